"""What to do, in order of worth: first what blocks, then what the score gains, then the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from auditor.decision.gate import is_path_side
from auditor.model import Fix, Severity, Status

if TYPE_CHECKING:
    from auditor.model import Finding, Gate

_RANK = {Severity.BLOCKER: 0, Severity.MAJOR: 1, Severity.MINOR: 2, Severity.INFO: 3}


def _rows(findings: list[Finding]) -> int | None:
    """Distinct rows to touch; None where the findings are not about rows."""
    places = {(flag.file, flag.row) for finding in findings for flag in finding.flags}
    return len(places) or None


def fixes(findings: Iterable[Finding], gates: Iterable[Gate]) -> tuple[Fix, ...]:
    """One fix a code, for everything that is not a pass and says what to do.

    `unblocks` is set for vetoes of one of `gates`, failed or unknown: mending all of those is the smallest way to its next
    verdict, since no gain elsewhere could outweigh one of them.
    """
    blocking = {code for gate in gates for code in (*gate.failed, *gate.unknown)}
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.status not in (Status.PASS, Status.NOT_APPLICABLE) and finding.fix:
            by_code.setdefault(finding.code, []).append(finding)
    ranked = []
    for code, group in by_code.items():
        group.sort(key=lambda f: (_RANK[f.severity], f.subject, f.message))
        gains = [f.gain for f in group if f.gain is not None]
        fix = Fix(code, group[0].fix, _rows(group), max(gains) if gains else None, code in blocking)
        # What blocks comes first, and of that the data before the paperwork: the verdict on the data stands alone.
        ranked.append((not fix.unblocks, is_path_side(code), -(fix.gain or 0.0), _RANK[group[0].severity], code, fix))
    return tuple(entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:-1]))
