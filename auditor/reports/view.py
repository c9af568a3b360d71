"""What the first page says, worked out once for all formats; the formats only lay it out. Strings are cleaned here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.model import Factor, Finding, Fix, Pillar, Report, Split
from auditor.reports.columns import FourColumn, declared_value, four_columns
from auditor.reports.order import Judge, Kind, ordered_findings, ordered_fixes, pillar_of
from auditor.reports.text import clean, count, figure, plural, prose
from auditor.reports.text import name as visible
from auditor.reports.words import (
    DATA_VERDICTS,
    FACTORS,
    KINDS,
    PATH_VERDICTS,
    PILLAR_STATES,
    QUESTIONS,
    State,
    capital,
    path_name,
    state_of,
)

SPLITS_SHOWN = 4
"""Splits that the size of the data set is broken down by."""
MISSING_SHOWN = 4
"""Missing pieces of evidence that the path's box names."""
WHY_LINES = 7
"""Most reasons on the first page."""
PASSES = ("LEK", "PII", "SEC", "LBL", "LRN", "BAL", "DUP", "SCH", "FIL")
"""Families whose passing an approver asks about, in that order; they fill what is left of the first page."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of the first page: all findings of one code that mean the same."""

    kind: Kind
    state: State
    scope: str
    """Empty, or `path` where only the path is concerned, not the data."""
    head: str
    """First sentence of the first finding."""
    rest: str
    code: str
    more: int
    """Further findings of this code and kind."""


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
class FactorLine:
    """One factor of the score."""

    name: str
    value: float
    low: float
    high: float
    known: bool
    text: str


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """The score as shown; never without its range and what blocks it."""

    value: int
    low: int
    high: int
    text: str
    """`range 47–70, blocked by 2 vetoes`."""
    meaning: str
    model: str
    needed: int | None
    """Low end that the gate asks for, 0 to 100, where the policy says so."""


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
    recommended: str
    score: ScoreLine
    pillars: tuple[PillarState, ...]
    why: tuple[Reason, ...]
    why_more: str
    fixes: tuple[FixLine, ...]
    four: tuple[FourColumn, ...]
    factors: tuple[FactorLine, ...]
    overrides: tuple[str, ...]
    waivers: tuple[str, ...]
    verify: str


def first_page(report: Report) -> FirstPage:
    """The first page of `report`."""
    data = report.dataset
    why, why_more = _why(report)
    name = visible(data.name)
    return FirstPage(
        name=name,
        request=path_name(clean(report.verdict.path.requested)),
        risk=clean(str(declared_value(report, "risk_tier") or "not declared, counts as low")),
        size=_size(report),
        digest=clean(data.digest.removeprefix("sha256:")),
        policy=_policy(report),
        data=state_of(DATA_VERDICTS, report.verdict.data),
        data_lines=_data_lines(report),
        path=state_of(PATH_VERDICTS, report.verdict.path.status),
        path_lines=_path_lines(report),
        recommended=path_name(clean(report.verdict.path.recommended)),
        score=_score(report),
        pillars=_pillars(report),
        why=why,
        why_more=why_more,
        fixes=tuple(_fix(f) for f in ordered_fixes(report)),
        four=four_columns(report),
        factors=tuple(_factor(f) for f in report.score.factors),
        overrides=_overrides(report),
        waivers=_waivers(report),
        verify=f"audit verify report.json ./{name}",
    )


def _size(report: Report) -> str:
    by_split: Counter[str] = Counter()
    for file in report.dataset.files:
        by_split[file.split] += file.rows
    names = {Split.HOLDOUT.value: "hold-out"}
    shown = list(by_split.items())[:SPLITS_SHOWN]
    parts = " / ".join(f"{names.get(s, clean(s, 30))} {count(n)}" for s, n in shown)
    parts += f" / {len(by_split) - len(shown)} more" if len(by_split) > len(shown) else ""
    text = f"{plural(report.dataset.rows, 'row')} in {plural(len(report.dataset.files), 'file')}"
    text += f": {parts}" if len(by_split) > 1 else ""
    unread = report.dataset.rejected_rows
    return text + (f", {plural(unread, 'row')} could not be read" if unread else "")


def _policy(report: Report) -> str:
    version, digest = report.policy.get("version"), report.policy.get("digest")
    return ":".join(clean(str(v))[:8] for v in (version, digest) if v)


def _tally(report: Report) -> str:
    """`2 vetoes failed, 1 cannot be judged, 3 conditions.`, of the data gate."""
    kinds: Counter[Kind] = Counter()
    seen: set[tuple[Kind, str]] = set()
    judge = Judge(report)
    for finding in report.findings:
        key = (judge.kind(finding), finding.code)
        if key not in seen and judge.blocks_data(finding):
            seen.add(key)
            kinds[key[0]] += 1
    parts = []
    if kinds[Kind.VETO]:
        parts.append(plural(kinds[Kind.VETO], "veto", "vetoes") + " failed")
    if kinds[Kind.UNKNOWN]:
        parts.append(f"{kinds[Kind.UNKNOWN]} cannot be judged")
    if kinds[Kind.CONDITION]:
        parts.append(plural(kinds[Kind.CONDITION], "condition"))
    text = ", ".join(parts) or "No veto failed, no condition"
    return f"{text}; {plural(kinds[Kind.PASS], 'check')} passed."


def _data_lines(report: Report) -> tuple[str, ...]:
    """The tally, how many fixes unblock, and reasons that are not a finding's message and so stand nowhere else."""
    lines = [_tally(report)]
    unblocking = sum(f.unblocks for f in report.fixes)
    if unblocking:
        lines.append(f"{plural(unblocking, 'fix', 'fixes')} below would unblock it.")
    messages = {f.message for f in report.findings}
    return (*lines, *(prose(r) for r in report.verdict.reasons if r not in messages))


def _path_lines(report: Report) -> tuple[str, ...]:
    path = report.verdict.path
    lines = [f"Recommended now: {path_name(clean(path.recommended))}."]
    lines += [prose(r) for r in path.reasons]
    if path.missing:
        more = f" and {len(path.missing) - MISSING_SHOWN} more" if len(path.missing) > MISSING_SHOWN else ""
        lines.append("Missing evidence: " + ", ".join(clean(m.what) for m in path.missing[:MISSING_SHOWN]) + more + ".")
    return tuple(lines)


def _score(report: Report) -> ScoreLine:
    score = report.score
    judge = Judge(report)
    vetoes = len({f.code for f in report.findings if judge.kind(f) is Kind.VETO and judge.blocks_data(f)})
    text = f"range {round(score.low)}–{round(score.high)}"
    if vetoes:
        text += f", blocked by {plural(vetoes, 'veto', 'vetoes')}"
    elif report.verdict.data == "insufficient_evidence":
        text += ", blocked by what cannot be judged"
    meaning = prose(score.note)
    if not score.calibrated and "uncalibrated" not in meaning.lower() and "not calibrated" not in meaning.lower():
        meaning = f"Not calibrated: a ranking aid, not a probability. {meaning}".rstrip()
    return ScoreLine(
        value=round(score.value),
        low=round(score.low),
        high=round(score.high),
        text=text,
        meaning=meaning,
        model=clean(score.model),
        needed=_needed(report),
    )


def _needed(report: Report) -> int | None:
    """Low end of the score that the requested path's gate asks for, 0 to 100, as `[policy] score` says it."""
    thresholds = report.policy.get("thresholds")
    table = thresholds.get(report.verdict.path.requested) if isinstance(thresholds, Mapping) else None
    needed = table.get("score") if isinstance(table, Mapping) else None
    return round(100 * needed) if isinstance(needed, (int, float)) and not isinstance(needed, bool) else None


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


def _why(report: Report) -> tuple[tuple[Reason, ...], str]:
    groups: dict[tuple[Kind, str], list[Finding]] = {}
    judge = Judge(report)
    for finding in ordered_findings(report):
        groups.setdefault((judge.kind(finding), finding.code), []).append(finding)
    reasons = [_reason(kind, found, judge) for (kind, _), found in groups.items()]
    grave = [r for r in reasons if r.kind <= Kind.CONDITION]
    passed = sorted((r for r in reasons if r.kind is Kind.PASS and r.code[:3] in PASSES), key=_pass_key)
    # What concerns the data comes first; the path's missing evidence is in the path's own box and only fills up.
    shown = [r for r in grave if not r.scope]
    room_for_pass = 1 if passed else 0
    shown = shown[: WHY_LINES - room_for_pass]
    shown += [r for r in grave if r.scope][: WHY_LINES - room_for_pass - len(shown)]
    shown.sort(key=lambda r: r.kind)
    hidden = len(grave) - len(shown)
    shown += passed[: min(3, WHY_LINES - len(shown))]
    return tuple(shown), f"{plural(hidden, 'more reason')} below" if hidden else ""


def _pass_key(reason: Reason) -> tuple[int, str]:
    return PASSES.index(reason.code[:3]), reason.code


def _reason(kind: Kind, found: list[Finding], judge: Judge) -> Reason:
    head, _, rest = prose(found[0].message).partition(". ")
    return Reason(
        kind=kind,
        state=KINDS[kind],
        scope="" if judge.blocks_data(found[0]) else "path",
        head=head if not rest else head + ".",
        rest=rest,
        code=clean(found[0].code),
        more=len(found) - 1,
    )


def _fix(fix: Fix) -> FixLine:
    worth = [f"+{figure(fix.gain, 2)}"] if fix.gain is not None and fix.gain > 0 else []
    worth += ["unblocks"] if fix.unblocks else []
    return FixLine(
        code=clean(fix.code),
        action=prose(fix.action),
        rows="" if fix.rows is None else count(fix.rows),
        worth=", ".join(worth) or "–",
    )


def _factor(factor: Factor) -> FactorLine:
    low, high = figure(factor.low, 2), figure(factor.high, 2)
    known = factor.source != "unknown"
    text = figure(factor.value, 2) if known else f"unknown, anywhere from {low} to {high}"
    if known and (factor.low, factor.high) != (factor.value, factor.value):
        text += f" ({low}–{high})"
    parts = [text, clean(factor.source) if known else "", prose(factor.note)]
    name = FACTORS.get(factor.name, capital(factor.name.replace("_", " ")))
    return FactorLine(clean(name), factor.value, factor.low, factor.high, known, " · ".join(p for p in parts if p))


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
        said = {k: clean(str(waiver.get(k) or "")) for k in ("code", "subject", "owner", "reason", "expires", "problem")}
        about = f" ({said['subject']})" if said["subject"] else ""
        problem = f", NOT VALID: {said['problem']}" if said["problem"] else ""
        out.append(f"{said['code']}{about} by {said['owner']} until {said['expires']}: {said['reason']}{problem}")
    return tuple(out)
