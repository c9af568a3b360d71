"""Why the verdicts are what they are: at most seven lines, vetoes first, what was good last."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.model import Finding, Report
from auditor.reports.order import Judge, Kind, ordered_findings
from auditor.reports.text import clean, plural, sentence
from auditor.reports.words import KINDS, State, path_name

WHY_LINES = 7
"""Most reasons on the first page."""
PATH_FAILED = 2
"""Failed vetoes of the path that get a line each beside those of the data; the rest of the path's reasons share one."""
NAMED = 3
"""Missing pieces of evidence that the shared line names."""
PASSES = ("LEK", "PII", "SEC", "LRN", "LBL", "BAL", "DUP", "SCH", "FIL")
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


def reasons(report: Report) -> tuple[tuple[Reason, ...], str]:
    """The lines of the first page, and how many reasons stand below only (empty when all are shown).

    What concerns the data comes first. What is missing for the path alone shares one line, because a run without any
    configuration lacks all of it and the data would drown in it.
    """
    groups: dict[tuple[Kind, str], list[Finding]] = {}
    judge = Judge(report)
    for finding in ordered_findings(report):
        groups.setdefault((judge.kind(finding), finding.code), []).append(finding)
    lines = [_reason(kind, found, judge) for (kind, _), found in groups.items()]
    grave = [r for r in lines if r.kind <= Kind.CONDITION]
    own_lines = [r for r in grave if r.scope and r.kind is Kind.VETO][:PATH_FAILED]
    shared = [r for r in grave if r.scope and r not in own_lines]
    path = [*own_lines, *([_shared(shared, report)] if shared else [])]
    passed = _passes(lines)
    data = [r for r in grave if not r.scope]
    shown = data[: WHY_LINES - len(path) - bool(passed)]
    hidden = len(data) - len(shown)
    shown += sorted(path, key=lambda r: r.kind)
    shown += passed[: min(3, WHY_LINES - len(shown))]
    return tuple(shown), f"{plural(hidden, 'more reason')} below" if hidden else ""


def _shared(lines: list[Reason], report: Report) -> Reason:
    """One line for all that the path lacks."""
    if len(lines) == 1:
        return lines[0]
    kind = min(line.kind for line in lines)
    path = path_name(clean(report.verdict.path.requested))
    first, *others = (line.head.rstrip(".") for line in lines[:NAMED])
    named = "; ".join([first, *map(_continued, others)])
    more = f"; and {len(lines) - NAMED} more" if len(lines) > NAMED else ""
    return Reason(
        kind,
        KINDS[kind],
        "path",
        f"{plural(len(lines), 'requirement')} of {path} are not met or not declared.",
        f"{named}{more}.",
        lines[0].code,
        0,
    )


def _continued(head: str) -> str:
    """`head` as it reads behind a semicolon."""
    word = head.split(" ", 1)[0]
    return head[0].lower() + head[1:] if word.isalpha() and word[1:].islower() else head


def _passes(lines: list[Reason]) -> list[Reason]:
    """What passed, the first of each family that an approver asks about."""
    by_family: dict[str, Reason] = {}
    for line in sorted((r for r in lines if r.kind is Kind.PASS and not r.scope), key=lambda r: r.code):
        by_family.setdefault(line.code[:3], line)
    return [by_family[family] for family in PASSES if family in by_family]


def _reason(kind: Kind, found: list[Finding], judge: Judge) -> Reason:
    head, _, rest = sentence(found[0].message).partition(". ")
    return Reason(
        kind=kind,
        state=KINDS[kind],
        scope="" if judge.blocks_data(found[0]) else "path",
        head=f"{head}." if rest else head,
        rest=rest,
        code=clean(found[0].code),
        more=len(found) - 1,
    )
