"""What to do, in order of worth: first what blocks, then what the score gains, then the rest."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from auditor.decision.gate import is_path_side
from auditor.decision.score import MENDS, mended
from auditor.model import Fix, NextVerdict, Severity, Status

if TYPE_CHECKING:
    from auditor.model import Finding, Gate, Score

_SCORE: Final = "USE020"
"""The code that asks for a score; it is met by mending others."""
_NEW_ROWS: Final = frozenset({"BAL003", "DUP002", "LRN002", "LRN005"})
"""Codes that are met by other rows than there are: no row of these can be mended, so they are named only where they have to be met."""
_RANK = {Severity.BLOCKER: 0, Severity.MAJOR: 1, Severity.MINOR: 2, Severity.INFO: 3}


def _rows(findings: list[Finding]) -> int | None:
    """Distinct rows to touch; None where the findings are not about rows."""
    places = {(flag.file, flag.row) for finding in findings for flag in finding.flags}
    return len(places) or None


def _touched(findings: Iterable[Finding], codes: Iterable[str]) -> int:
    """Distinct rows that mending `codes` touches; those that others have to stand in for are not touched."""
    wanted = set(codes) - _NEW_ROWS
    return _rows([f for f in findings if f.code in wanted]) or 0


def fixes(findings: Iterable[Finding], gates: Iterable[Gate]) -> tuple[Fix, ...]:
    """One fix a code, for everything that is not a pass and says what to do.

    A score that is too low is no fix of its own where others would raise it. `unblocks` is set for vetoes of one of `gates`, failed or unknown: mending all of those is the smallest way to its next
    verdict, since no gain elsewhere could outweigh one of them.
    """
    blocking = {code for gate in gates for code in (*gate.failed, *gate.unknown)}
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.status not in (Status.PASS, Status.NOT_APPLICABLE) and finding.fix:
            by_code.setdefault(finding.code, []).append(finding)
    if any((f.gain or 0) > 0 for group in by_code.values() for f in group):
        by_code.pop(_SCORE, None)  # the others are what raises it
    ranked = []
    for code, group in by_code.items():
        group.sort(key=lambda f: (_RANK[f.severity], f.subject, f.message))
        gains = [f.gain for f in group if f.gain is not None]
        fix = Fix(code, group[0].fix, _rows(group), max(gains) if gains else None, code in blocking)
        # What blocks comes first, and of that the data before the paperwork: the verdict on the data stands alone.
        ranked.append((not fix.unblocks, is_path_side(code), -(fix.gain or 0.0), _RANK[group[0].severity], code, fix))
    return tuple(entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:-1]))


def next_verdict(findings: Iterable[Finding], gate: Gate, score: Score, floor: float) -> NextVerdict | None:
    """The smallest set of codes whose mending takes the verdict on the data one step up; None when it is `ready`.

    From a failed or unknown veto the step is to `ready_with_conditions`, from conditions to `ready`. Each veto has to be met, so
    only the score leaves a choice: of the codes that would raise it by mending what is there, the fewest that lift it over `floor` (its value for the
    first step, its low end for the second), and of those the set that lifts it most. A score that is not calibrated leaves no choice.

    Args:
        findings: all findings of the report.
        gate: the gate of the data.
        score: the readiness score.
        floor: least score that the gate asks for, in points.
    """
    blocked = bool(gate.failed or gate.unknown)
    asked = (*gate.failed, *gate.unknown) if blocked else gate.conditions
    if not asked:
        return None
    verdict = "ready_with_conditions" if blocked and gate.conditions else "ready"
    if not score.calibrated:  # an ordering says nothing of what mending would be worth: all that is asked has to be met
        codes = tuple(sorted(asked))
        return NextVerdict(verdict, codes, _touched(findings, codes), score.value)
    must = tuple(code for code in asked if code != _SCORE)
    open_findings = [f for f in findings if f.status not in (Status.PASS, Status.NOT_APPLICABLE)]
    helpful = sorted({f.code for f in open_findings if f.code in MENDS and f.code not in _NEW_ROWS and (f.gain or 0) > 0} - set(must))
    extra: tuple[str, ...] | None = ()
    if _SCORE in asked or (blocked and mended(must, score).value < floor):
        extra = _least(must, helpful, score, floor, low_end=not blocked)
    if extra is None:
        all_of_it = mended((*must, *helpful), score)
        note = f"the score would read {all_of_it.value:.0f}, {floor:.0f} is asked for: this data set needs more than mending"
        if score.unmeasured:
            note = "most of what the score is made of was not measured, so nobody knows what it would read"
        return NextVerdict("", (*must, *helpful), _touched(open_findings, (*must, *helpful)), all_of_it.value, note)
    chosen = tuple(sorted({*must, *extra}))
    return NextVerdict(verdict, chosen, _touched(open_findings, chosen), mended(chosen, score).value)


def _least(must: tuple[str, ...], helpful: list[str], score: Score, floor: float, *, low_end: bool) -> tuple[str, ...] | None:
    """The fewest of `helpful` that, beside `must`, lift the score over `floor`; None when all of them do not."""

    def reached(codes: tuple[str, ...]) -> float:
        read = mended((*must, *codes), score)
        return max(read.low, read.gate_low) if low_end else read.value

    if reached(tuple(helpful)) < floor:  # more mended is never worse
        return None
    for size in range(len(helpful) + 1):
        enough = [c for c in itertools.combinations(helpful, size) if reached(c) >= floor]
        if enough:
            return max(enough, key=lambda c: (reached(c), c))
    return None
