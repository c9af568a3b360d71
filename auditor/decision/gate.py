"""The gate: a conjunction of vetoes and conditions. There is nothing in it that could outweigh a veto."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from auditor.decision.policy import DATA_SIDE, severity_in
from auditor.model import Gate, Severity, Status

if TYPE_CHECKING:
    from auditor.decision.waivers import Waived
    from auditor.model import Finding

UNKNOWN = (Status.UNKNOWN, Status.ERROR)
"""Outcomes that say nothing about the data; an error counts as unknown, never as pass."""


def is_path_side(code: str) -> bool:
    """True for what was declared about the use, which only the path gates ask for."""
    return code.startswith("USE") and code not in DATA_SIDE


def judge(name: str, findings: Iterable[Finding], tier: str, waived: tuple[Waived, ...] = ()) -> Gate:
    """Gate `name` (`data`, `fine_tuning` or `custom_training`) over `findings`.

    A failed blocker is a failed veto, an unknown one an unknown veto, anything else that is not a pass and at least major
    a condition. A blocker with a waiver that holds is a condition. Codes come out sorted, each once per list.
    """
    failed: set[str] = set()
    unknown: set[str] = set()
    conditions: set[str] = set()
    for finding in findings:
        if name == "data" and is_path_side(finding.code):
            continue
        if finding.status in (Status.PASS, Status.NOT_APPLICABLE):
            continue
        severity = severity_in(name, finding.code, finding.status is Status.WARN, finding.severity, tier)
        if severity is Severity.BLOCKER and any(w.covers(finding.code, finding.subject) for w in waived):
            severity = Severity.MAJOR
        if severity is Severity.BLOCKER and finding.status is Status.FAIL:
            failed.add(finding.code)
        elif severity is Severity.BLOCKER and finding.status in UNKNOWN:
            unknown.add(finding.code)
        elif severity in (Severity.BLOCKER, Severity.MAJOR):
            conditions.add(finding.code)
    return Gate(
        name=name,
        passed=not failed and not unknown,
        failed=tuple(sorted(failed)),
        unknown=tuple(sorted(unknown)),
        conditions=tuple(sorted(conditions)),
    )


def data_verdict(gate: Gate) -> str:
    """Verdict on the data from the data gate: a failed veto outranks an unknown one, that outranks conditions."""
    if gate.failed:
        return "not_ready"
    if gate.unknown:
        return "insufficient_evidence"
    return "ready_with_conditions" if gate.conditions else "ready"


def exit_code(data: str, path: str, requested: Gate | None, *, which: str, strict: bool) -> int:
    """Exit code of the command line: 0 passed, 1 not passed, 3 insufficient evidence.

    Args:
        data: verdict on the data.
        path: status of the requested path.
        requested: gate of the requested path; None for a path that trains nothing.
        which: `data` lets only the data verdict decide, `all` asks for both.
        strict: conditions count as not passed.
    """
    outcomes = {"not_ready": 1, "insufficient_evidence": 3, "ready_with_conditions": 1 if strict else 0, "ready": 0}
    codes = [outcomes[data]]
    if which != "data":
        codes.append({"justified": 0, "not_justified": 1, "not_yet_proven": 3}[path])
        if requested is not None:
            if requested.failed or (strict and requested.conditions):
                codes.append(1)
            elif requested.unknown:
                codes.append(3)
    return 1 if 1 in codes else max(codes)
