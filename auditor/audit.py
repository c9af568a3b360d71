"""The spine: discover → scan → judge → decide → report. Read this file first.

Only `sources`, `scan` and the detectors ever see a row; what stands here moves small values from left to right.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from auditor import __version__
from auditor.checks.base import Check
from auditor.errors import Unavailable
from auditor.model import Evidence, Finding, NotChecked, Report, Severity, Status
from auditor.registry import all_checks, select

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.engine import Pass
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings
    from auditor.sources.types import Source

Progress = Callable[[str, float], None]
"""Told the stage and how far it is, 0 to 1."""


def _silent(stage: str, share: float) -> None:
    """No progress."""


@dataclass(frozen=True)
class Examined:
    """A finished audit with the facts behind it, for outputs that list rows."""

    report: Report
    facts: Facts


def run(path: str | Path, settings: Settings | None = None, progress: Progress = _silent) -> Report:
    """Audit the file or folder at `path`, which may be remote (`s3://`, `gs://`, `az://`, `hf://datasets/`, `https://`).

    Raises:
        AuditError: when nothing could be audited or the configuration is wrong.
    """
    from auditor.sources.remote import is_remote, local_copy, shown

    if not is_remote(str(path)):
        return examine(path, settings, progress).report
    with local_copy(str(path), {}, progress) as copy:
        return examine(copy, settings, progress, shown(str(path))).report


def examine(path: str | Path, settings: Settings | None = None, progress: Progress = _silent, address: str = "") -> Examined:
    """As `run` for a local path, keeping the facts; `address` is what `path` is a copy of, when it is one."""
    from auditor.decision import check_declared, decide
    from auditor.decision.crosswalk import crosswalk
    from auditor.decision.outside import outside
    from auditor.decision.score import readiness
    from auditor.detectors.pii import is_personal
    from auditor.detectors.pii_numbers import about_persons
    from auditor.privacy import scrub
    from auditor.scan import profile
    from auditor.scan.recall import open_recall
    from auditor.settings_file import load
    from auditor.sources.names import spoken_path

    started, clock = datetime.now(UTC), time.perf_counter()
    root = Path(path)
    settings = settings if settings is not None else load(root)
    checks = select(all_checks(), settings.select, settings.ignore)
    check_declared(root, settings)
    memory = open_recall(root, settings, address)
    personal = memory.personal(is_personal)
    known = memory.load()
    if known is not None:
        (data, facts), timings = known, {"recall": time.perf_counter() - clock}
    else:
        data, facts, timings = _measured(root, settings, checks, progress, memory.known)
    findings = scrub(judge(checks, data, facts, settings), data, facts, personal)
    score = readiness(data, facts, outside(data, facts, settings))
    decision = decide(data, findings, score, settings)
    report = Report(
        tool_version=__version__,
        dataset=replace(data, root=spoken_path(address or data.root)),
        verdict=decision.verdict,
        gates=decision.gates,
        score=score,
        fixes=decision.fixes,
        next_verdict=decision.next_verdict,
        findings=decision.findings,
        profile=profile.build(data, facts, personal, about_persons),
        not_checked=(*_unselected(settings), *_ignored(settings), *_unchecked(checks, data, facts, settings), *decision.not_checked),
        declared=decision.declared,
        policy=decision.policy,
        crosswalk=crosswalk(data, decision.findings, settings),
        started=started.isoformat(timespec="seconds"),
        seconds=time.perf_counter() - clock,
        timings=timings,
    )
    if known is None or memory.grown:
        memory.keep(data, facts)
    return Examined(report, facts)


def _measured(
    root: Path, settings: Settings, checks: Sequence[Check], progress: Progress, digests: Mapping[Path, str]
) -> tuple[Dataset, Facts, dict[str, float]]:
    """The data read and every question of the checks answered, with the seconds that each stage took."""
    from auditor.scan import profile, still
    from auditor.sources.walk import located

    def wanted(data: Dataset) -> list[Request]:
        return [*profile.requests(data), *(r for c in checks for r in c.needs(data, settings))]

    before = still.states(root)
    source, done, reading = answered(root, settings, wanted, progress, digests)
    still.unchanged(root, before, located(root, (f.path for f in source.dataset.files)).values())
    return source.dataset, done.facts, {"read": reading, **done.timings}


def answered(
    root: Path, settings: Settings, wanted: Callable[[Dataset], Iterable[Request]], progress: Progress, digests: Mapping[Path, str] | None = None
) -> tuple[Source, Pass, float]:
    """The data at `root`, every question about them answered, and the seconds that reading took."""
    from auditor.progress import measured
    from auditor.scan import engine
    from auditor.sources.discover import discover
    from auditor.sources.proof import RefutedError

    def read(*, trust: bool) -> tuple[Source, Pass, float]:
        clock = time.perf_counter()
        source = discover(root, settings, lambda name, share: progress(f"reading {name}", share), digests, trust=trust)
        data, reading = source.dataset, time.perf_counter() - clock
        size = measured(data.rows, sum(f.bytes for f in data.files))
        return source, engine.run(source, wanted(data), settings, lambda stage, share: progress(f"{stage} ({size})", share)), reading

    try:
        return read(trust=True)
    except RefutedError:
        return read(trust=False)


def judge(checks: Iterable[Check], data: Dataset, facts: Facts, settings: Settings) -> tuple[Finding, ...]:
    """All findings; a check that cannot be judged gives an `error`, which counts as unknown."""
    from auditor.scan.engine import guarded

    findings: list[Finding] = []
    for check in checks:
        found, reason = guarded(check.code, lambda check=check: _judged(check, data, facts, settings))  # type: ignore[misc]
        findings.extend(found if found is not None else [_error(check, reason)])
    return tuple(findings)


def _judged(check: Check, data: Dataset, facts: Facts, settings: Settings) -> list[Finding]:
    try:
        return list(check.judge(data, facts, settings))
    except Unavailable as missing:
        return [_error(check, str(missing))]


def _error(check: Check, reason: str) -> Finding:
    # What is only advice when it fails stays advice when it cannot be measured.
    return Finding(
        check.code,
        Status.ERROR,
        check.severity if check.severity is not Severity.INFO else Severity.MINOR,
        "dataset",
        f"could not be checked ({reason}): {check.title.lower()}",
        Evidence(),
        "run again with -vv and report the place it names",
        pillar=check.pillar,
    )


def _unselected(settings: Settings) -> tuple[NotChecked, ...]:
    """What a selection leaves out: a verdict on a few rules must not read as one on all."""
    return (NotChecked(f"every rule but {', '.join(settings.select)}", "only these were selected", "audit without --select"),) if settings.select else ()


def _ignored(settings: Settings) -> tuple[NotChecked, ...]:
    return tuple(NotChecked(code, f"ignored in audit.toml: {reason or 'no reason given'}", f"remove ignore.{code}") for code, reason in settings.ignore.items())


def _unchecked(checks: Iterable[Check], data: Dataset, facts: Facts, settings: Settings) -> tuple[NotChecked, ...]:
    """What checks say they did not look at; each module of `auditor.checks` may export `not_checked`."""
    import sys

    out: list[NotChecked] = []
    for name in dict.fromkeys(type(c).__module__ for c in checks):
        told = getattr(sys.modules[name], "not_checked", None)
        if told is not None:
            out.extend(told(data, facts, settings))
    return tuple(out)
