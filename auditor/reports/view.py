"""What the first page says, worked out once for all formats; the formats only lay it out. Strings are cleaned here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.model import Fix, NotChecked, Pillar, Report, Split, Status
from auditor.reports.columns import FourColumn, declared_value, four_columns
from auditor.reports.order import DATA_GATE, Judge, Kind, ordered_fixes, pillar_of
from auditor.reports.reasons import Reason, reasons
from auditor.reports.score_view import FactorLine, ScoreLine, factor_line, score_line
from auditor.reports.text import clean, count, figure, plural, sentence
from auditor.reports.text import name as visible
from auditor.reports.words import (
    DATA_MEANINGS,
    DATA_VERDICTS,
    PATH_VERDICTS,
    PILLAR_STATES,
    QUESTIONS,
    State,
    path_name,
    state_of,
)

SPLITS_SHOWN = 4
"""Splits that the size of the data set is broken down by."""
WEAKEST = 7
"""Factors of the score on the first page, so that it fits one sheet of paper."""
COST = "TGT011"
"""Check that tells what training would bill."""
SPLIT_ORDER = ("train", "validation", "test", "production")


@dataclass(frozen=True, slots=True)
class PillarState:
    """One of the five questions and its answer."""

    pillar: Pillar
    name: str
    question: str
    state: State


@dataclass(frozen=True, slots=True)
class FixLine:
    """One thing to do and what it is worth."""

    code: str
    action: str
    rows: str
    worth: str


@dataclass(frozen=True, slots=True)
class FirstPage:
    """All that the first screen shows."""

    name: str
    request: str
    risk: str
    size: str
    digest: str
    policy: str
    """Version and short digest of the policy, empty where there is none."""
    data: State
    data_lines: tuple[str, ...]
    path: State
    path_lines: tuple[str, ...]
    """The recommended path first, then the reasons."""
    score: ScoreLine
    pillars: tuple[PillarState, ...]
    why: tuple[Reason, ...]
    why_more: str
    fixes: tuple[FixLine, ...]
    """As `all_fixes`, with all that has only to be declared on one line."""
    next_verdict: str
    """The smallest set of fixes that reaches the next verdict on the data; empty where it is ready."""
    all_fixes: tuple[FixLine, ...]
    four: tuple[FourColumn, ...]
    factors: tuple[FactorLine, ...]
    weakest: tuple[FactorLine, ...]
    """The seven factors with the least low end, which cost the score most, weakest first."""
    cost: tuple[str, ...]
    """What training would bill, for each target that was asked for: tokens, epochs, and money where a price is known."""
    unchecked: tuple[NotChecked, ...]
    """What was not looked at, without the path's missing evidence, which has a place of its own."""
    overrides: tuple[str, ...]
    waivers: tuple[str, ...]
    verify: str


def first_page(report: Report) -> FirstPage:
    """The first page of `report`."""
    data, name = report.dataset, visible(report.dataset.name)
    why, why_more = reasons(report)
    missing = {n.what for n in report.verdict.path.missing}
    factors = tuple(factor_line(f) for f in report.score.factors if f.source != "not_applicable")
    return FirstPage(
        name=name,
        request=path_name(clean(report.verdict.path.requested)),
        risk=clean(str(declared_value(report, "risk_tier") or "not declared, counts as low")),
        size=_size(report),
        digest=clean(data.digest.removeprefix("sha256:")),
        policy=":".join(clean(str(v))[:8] for v in (report.policy.get("version"), report.policy.get("digest")) if v),
        data=state_of(DATA_VERDICTS, report.verdict.data),
        data_lines=_data_lines(report),
        path=state_of(PATH_VERDICTS, report.verdict.path.status),
        path_lines=_path_lines(report),
        score=score_line(report),
        pillars=_pillars(report),
        why=why,
        why_more=why_more,
        fixes=_first_fixes(report),
        next_verdict=_next_verdict(report),
        all_fixes=tuple(_fix(f) for f in ordered_fixes(report)),
        four=four_columns(report),
        factors=factors,
        weakest=tuple(sorted(factors, key=lambda f: f.low)[:WEAKEST]),
        cost=_cost(report),
        unchecked=tuple(n for n in report.not_checked if n.what not in missing),
        overrides=_overrides(report),
        waivers=_waivers(report),
        verify=f"audit verify report.json ./{name}",
    )


def _cost(report: Report) -> tuple[str, ...]:
    """The first clause of each finding on what training would bill; where a price is out of date that is said too."""
    bills = [f for f in report.findings if f.code == COST and f.status is Status.PASS]
    warned = {f.subject.removesuffix(":prices") for f in report.findings if f.code == COST and f.status is Status.WARN and f.message.startswith("the price")}
    bills.sort(key=lambda f: "billed tokens," not in f.message)  # those with a price first
    return tuple(clean(f.message.split("; ")[0], 200) + (" (see the warning)" if f.subject in warned else "") for f in bills)


def _size(report: Report) -> str:
    by_split: Counter[str] = Counter()
    for file in report.dataset.files:
        by_split[file.split] += file.rows
    ordered = sorted(by_split.items(), key=lambda item: SPLIT_ORDER.index(item[0]) if item[0] in SPLIT_ORDER else 9)
    names = {Split.HOLDOUT.value: "hold-out"}
    parts = " / ".join(f"{names.get(s, clean(s, 30))} {count(n)}" for s, n in ordered[:SPLITS_SHOWN])
    parts += f" / {len(ordered) - SPLITS_SHOWN} more" if len(ordered) > SPLITS_SHOWN else ""
    text = f"{plural(report.dataset.rows, 'row')} in {plural(len(report.dataset.files), 'file')}"
    text += f": {parts}" if len(by_split) > 1 else ""
    unread = report.dataset.rejected_rows
    return text + (f", {plural(unread, 'row')} could not be read" if unread else "")


def _data_lines(report: Report) -> tuple[str, ...]:
    """The tally, how many fixes unblock, and reasons that are not a finding's message and so stand nowhere else."""
    meaning = DATA_MEANINGS.get(report.verdict.data, "")
    lines = [meaning, _tally(report)] if meaning else [_tally(report)]
    blocking = _blocking(report)
    unblocking = sum(f.unblocks and (blocking is None or f.code in blocking) for f in report.fixes)
    if unblocking:
        lines.append(f"{plural(unblocking, 'fix', 'fixes')} below would unblock it.")
    messages = {f.message for f in report.findings}
    return (*lines, *(sentence(r) for r in report.verdict.reasons if r not in messages))


def _blocking(report: Report) -> set[str] | None:
    """Codes that keep the data gate shut; None where there is no data gate."""
    gate = next((g for g in report.gates if g.name == DATA_GATE), None)
    return None if gate is None else {*gate.failed, *gate.unknown}


def _tally(report: Report) -> str:
    """`2 vetoes failed, 1 cannot be judged, 3 conditions; 12 checks passed.`, of the data gate."""
    judge = Judge(report)
    codes = {(judge.kind(f), f.code) for f in report.findings if judge.blocks_data(f)}
    kinds = Counter(kind for kind, _ in codes)
    parts = [plural(kinds[Kind.VETO], "veto", "vetoes") + " failed"] if kinds[Kind.VETO] else []
    parts += [f"{kinds[Kind.UNKNOWN]} cannot be judged"] if kinds[Kind.UNKNOWN] else []
    parts += [plural(kinds[Kind.CONDITION], "condition")] if kinds[Kind.CONDITION] else []
    text = ", ".join(parts) or "No veto failed, no condition"
    return f"{text}; {plural(kinds[Kind.PASS], 'check')} passed."


def _path_lines(report: Report) -> tuple[str, ...]:
    path = report.verdict.path
    recommended = f"Recommended now: {path_name(clean(path.recommended))}"
    plain = f"Recommended now: {path.recommended.replace('_', ' ')}"
    # The decision gives its recommendation with the reason; said once, in this page's words for paths.
    because = next((r[len(plain) :] for r in path.reasons if r.startswith(plain)), "")
    because = f", because{because[1:]}" if because.startswith(": ") else because
    lines = [sentence(recommended + because)]
    told = because.removeprefix(", because ")
    # The path that is enough is recommended for the very reason for which the requested one is not: once is enough.
    lines += [sentence(r) for r in path.reasons if not r.startswith(plain) and not (told and r.endswith(f": {told}"))]
    if path.missing and not any("missing" in r for r in path.reasons):
        pieces = len(path.missing)
        lines.append(
            f"{plural(pieces, 'piece')} of evidence {'is' if pieces == 1 else 'are'} missing; `audit init` asks for all of it."
        )
    return tuple(lines)


def _pillars(report: Report) -> tuple[PillarState, ...]:
    worst: dict[Pillar, Kind] = {}
    judge = Judge(report)
    for finding in report.findings:
        kind = judge.kind(finding)
        if kind is not Kind.NOT_APPLICABLE:
            pillar = pillar_of(finding)
            worst[pillar] = min(kind, worst.get(pillar, kind))
    states = {p: PILLAR_STATES[worst.get(p, Kind.NOT_APPLICABLE)] for p in Pillar}
    path = state_of(PATH_VERDICTS, report.verdict.path.status)
    words = {"good": "yes", "bad": "no"}
    states[Pillar.JUSTIFIED] = State(path.mark, words.get(path.tone, "not yet proven"), path.tone)
    return tuple(PillarState(p, p.value.capitalize(), QUESTIONS[p], states[p]) for p in Pillar)


SCORE = "USE020"
"""Code of the score, which is raised and not declared."""


def _first_fixes(report: Report) -> tuple[FixLine, ...]:
    """Fixes of the data first; what has only to be declared about the use shares one line behind those that unblock.

    What was declared and speaks against the request is no gap: its own fix says so.
    """
    blocking = _blocking(report) or set()
    ordered = ordered_fixes(report)
    against = {f.code for f in report.findings if f.status is Status.FAIL}
    declare = [
        f for f in ordered if f.code.startswith("USE") and f.rows is None and not f.gain and f.code not in blocking | against | {SCORE}
    ]
    rest = sorted((f for f in ordered if f not in declare), key=lambda f: f.unblocks and f.code not in blocking)
    if len(declare) < 2:
        return tuple(_fix(f) for f in ordered)
    at = sum(f.unblocks for f in rest)
    codes = [f.code for f in declare]
    shared = FixLine(
        code=clean(codes[0]),
        action=f"Declare what {len(codes)} requirements ask about the use ({clean(', '.join(codes[:3]))}{' ...' if len(codes) > 3 else ''}); `audit init` asks for all of it",
        rows="",
        worth="unblocks the path" if any(f.unblocks for f in declare) else "–",
    )
    lines = [_fix(f) for f in rest]
    return (*lines[:at], shared, *lines[at:])


def _next_verdict(report: Report) -> str:
    """`To READY WITH CONDITIONS: LEK001 and LBL002 (214 rows); score 61 → 78.`"""
    step = report.next_verdict
    if step is None:
        return ""
    codes = clean(", ".join(step.codes), 120)
    rows = f" ({plural(step.rows, 'row')})" if step.rows else ""
    if not step.verdict:
        return f"Not within reach of these fixes: with {codes} mended, {clean(step.note)}." if codes else f"Not within reach: {clean(step.note)}."
    moved = f"; score {round(report.score.value)} → {round(step.score)}" if round(step.score) > round(report.score.value) else ""
    return f"Smallest set that reaches {state_of(DATA_VERDICTS, step.verdict).word.upper()}: {codes}{rows}{moved}."


def _fix(fix: Fix) -> FixLine:
    worth = [f"+{figure(fix.gain, 2)}"] if fix.gain is not None and fix.gain > 0 else []
    worth += ["unblocks"] if fix.unblocks else []
    return FixLine(
        code=clean(fix.code),
        action=sentence(fix.action).removesuffix("."),
        rows="" if fix.rows is None else count(fix.rows),
        worth=", ".join(worth) or "–",
    )


def _overrides(report: Report) -> tuple[str, ...]:
    """Every threshold that the user changed and every code that is ignored, with what was there before or the reason."""
    out = []
    overrides = report.policy.get("overrides")
    for key, change in sorted(overrides.items()) if isinstance(overrides, Mapping) else ():
        value, default = (change.get("value"), change.get("default")) if isinstance(change, Mapping) else (change, None)
        before = f" (shipped: {clean(str(default))})" if default is not None else ""
        out.append(f"{clean(str(key))} = {clean(str(value))}{before}")
    ignored = report.policy.get("ignored")
    for code, reason in sorted(ignored.items()) if isinstance(ignored, Mapping) else ():
        out.append(f"{clean(str(code))} ignored: {clean(str(reason))}")
    return tuple(out)


def _waivers(report: Report) -> tuple[str, ...]:
    """Every waiver with its owner, reason and expiry, and what is wrong with it where something is."""
    out = []
    held = report.policy.get("waivers")
    for waiver in held if isinstance(held, (list, tuple)) else ():
        if not isinstance(waiver, Mapping):
            continue
        said = {
            k: clean(str(waiver.get(k) or "")) for k in ("code", "subject", "owner", "reason", "since", "expires", "problem")
        }
        about = f" ({said['subject']})" if said["subject"] else ""
        problem = f", NOT VALID: {said['problem']}" if said["problem"] else ""
        since = f" from {said['since']}" if said["since"] else ""
        out.append(f"{said['code']}{about} by {said['owner']}{since} until {said['expires']}: {said['reason']}{problem}")
    return tuple(out)
