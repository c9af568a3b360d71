"""`audit verify`: is this report about this data, and was it left as it was written?"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from auditor.settings import Settings

SCHEMA = "audit-report/1"
MAX_BYTES = 256 * 1024 * 1024
"""Greatest size of a report; the largest real ones have a few megabytes."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Outcome of comparing a report with a folder."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    altered: bool
    """The body of the report is not what its digest says."""
    digest: str
    """Digest of the data as it is now."""
    age_days: int | None
    too_old: bool
    notes: tuple[str, ...]
    """Tool, score model or policy that differ from those of the report; they decide nothing here."""

    @property
    def holds(self) -> bool:
        """Same data, same report, not too old."""
        return not (self.added or self.removed or self.changed or self.altered or self.too_old)

    @property
    def exit_code(self) -> int:
        """0 holds, 1 does not."""
        return 0 if self.holds else 1


def read_report(path: Path) -> dict[str, Any]:
    """A JSON report.

    Raises:
        UsageError: the file is not one.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path.name} is larger than any report")
        body = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{path}: not JSON; verify and diff read reports written with -f json") from None
    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        raise UsageError(f"{path}: not a report of schema {SCHEMA}")
    return body


def dataset_digest(files: Mapping[str, str]) -> str:
    """sha256 over the lines `sha256␠␠path`, sorted by path, as `sha256sum` prints them."""
    lines = "".join(f"{files[path]}  {path}\n" for path in sorted(files))
    return hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


def parse_age(text: str) -> int:
    """`90d`, `12w` or `90` as days.

    Raises:
        UsageError: it is not a duration.
    """
    number, unit = (text[:-1], text[-1]) if text[-1:] in "dw" and text else (text, "d")
    if not number.isdigit():
        raise UsageError(f"--max-age {text}: write days or weeks, as in 90d or 12w")
    return int(number) * (7 if unit == "w" else 1)


def _listed(body: Mapping[str, Any]) -> tuple[dict[str, str], set[str]]:
    """Files of the report with their digests, and paths it saw and ignored.

    Raises:
        UsageError: the list of files is malformed.
    """
    try:
        data = body["dataset"]
        files = {str(f["path"]): str(f["sha256"]) for f in data["files"]}
        return files, {str(f["path"]) for f in data.get("ignored", [])} | {str(n["file"]) for n in data.get("notes", [])}
    except (KeyError, TypeError, AttributeError):
        raise UsageError("the report lists no files with sha256; it cannot be verified") from None


def verify(body: Mapping[str, Any], root: Path, settings: Settings, *, day: dt.date, max_age: int | None = None) -> Verification:
    """Report `body` against the data at `root`: every file is read again.

    Args:
        body: a report as read by `read_report`.
        root: the folder or file that it is about.
        settings: settings of that folder, for files left out and the policy in force.
        day: today.
        max_age: greatest age of the report in days; None for any.

    Raises:
        UsageError: the report or the folder is no such thing.
    """
    from auditor.reports.canonical import report_digest
    from auditor.sources.digest import sha256_of
    from auditor.sources.walk import walk

    listed, ignored = _listed(body)
    candidates, _ = walk(root, (*settings.data.ignore, *settings.evidence_files))
    here = {c.name: c.path for c in candidates}
    now = {name: sha256_of(path) for name, path in here.items() if name in listed}
    started = str(_at(body, "run", "started") or "")[:10]
    try:
        age = (day - dt.date.fromisoformat(started)).days
    except ValueError:
        age = None
    if age is not None and age < -1:  # clocks differ by a day at most; the date is in no digest
        age = None
    return Verification(
        added=tuple(sorted(set(here) - set(listed) - ignored)),
        removed=tuple(sorted(set(listed) - set(here))),
        changed=tuple(sorted(name for name, digest in now.items() if digest != listed[name])),
        altered=report_digest(body) != body.get("report_digest"),
        digest=dataset_digest(now),
        age_days=age,
        too_old=max_age is not None and (age is None or age > max_age),
        notes=_notes(body, root, settings),
    )


def _at(body: Mapping[str, Any], *keys: str) -> object:
    value: object = body
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _notes(body: Mapping[str, Any], root: Path, settings: Settings) -> tuple[str, ...]:
    from auditor import __version__
    from auditor.decision import evidence, summary
    from auditor.decision.policy import describe
    from auditor.reports.canonical import canonical

    out = []
    if _at(body, "tool", "version") != __version__:
        out.append(f"written by version {_at(body, 'tool', 'version')}, this is {__version__}")
    try:
        policy = describe(settings)["digest"]
    except ConfigError as error:
        out.append(f"the policy in force cannot be read: {error}")
    else:
        if _at(body, "policy", "digest") != policy:
            out.append("the policy in force is another one than that of the report; audit again")
    try:
        declared = canonical(summary.declared(settings, evidence.load(str(root), settings)))
    except ConfigError as error:
        out.append(f"what is declared now cannot be read: {error}")
    else:
        if canonical(_at(body, "declared")) != declared:
            out.append("what is declared now (use case, costs, failures, baselines) is not what the report was written from; audit again")
    return tuple(out)


def render(result: Verification) -> str:
    """A verification as text."""
    lines = ["HOLDS: same data, same report" if result.holds else "DOES NOT HOLD"]
    if result.altered:
        lines.append("  the report was altered: its body is not what its digest says")
    for word, names in (("added", result.added), ("removed", result.removed), ("changed", result.changed)):
        lines += [f"  {word}: {name!r}" for name in names[:50]]
        if len(names) > 50:
            lines.append(f"  and {len(names) - 50} more {word}")
    age = "of unknown age (its date is none, or has not come yet)" if result.age_days is None else f"{result.age_days} days old"
    lines.append(f"  the report is {age}{', which is too old' if result.too_old else ''}")
    lines += [f"  note: {note}" for note in result.notes]
    lines.append(f"  data as it is now: sha256:{result.digest}")
    return "\n".join(lines) + "\n"
