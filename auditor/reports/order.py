"""Which finding matters most: vetoes, what cannot be judged, conditions, advice, and what passed."""

from __future__ import annotations

from enum import IntEnum

from auditor.model import Finding, Fix, Pillar, Report, Severity, Status

DATA_GATE = "data"
"""Name of the gate that asks for the data alone."""

PILLAR_BY_PREFIX = {
    "FIL": Pillar.LEARNABLE, "SCH": Pillar.LEARNABLE, "CMP": Pillar.LEARNABLE, "DUP": Pillar.LEARNABLE,
    "LEK": Pillar.MEASURABLE, "LBL": Pillar.LEARNABLE, "BAL": Pillar.LEARNABLE, "LRN": Pillar.LEARNABLE,
    "PII": Pillar.PERMITTED, "SEC": Pillar.PERMITTED, "TXT": Pillar.LEARNABLE, "EXP": Pillar.LEARNABLE,
    "TGT": Pillar.LEARNABLE, "DRF": Pillar.MEASURABLE, "USE": Pillar.JUSTIFIED,
}  # fmt: skip
"""Question that a family of codes belongs to, for findings that don't say."""


class Kind(IntEnum):
    """What a finding means for the verdict, most important first."""

    VETO = 0
    UNKNOWN = 1
    """A blocker that cannot be judged: the verdict is then `insufficient evidence`."""
    CONDITION = 2
    ADVICE = 3
    PASS = 4
    NOT_APPLICABLE = 5


GATE_OF_PATH = {"fine_tune": "fine_tuning", "custom_train": "custom_training"}
"""Name of the gate that a requested path has to pass."""

_UNKNOWN = (Status.UNKNOWN, Status.ERROR)
_GRAVE = (Severity.BLOCKER, Severity.MAJOR)


class Judge:
    """Reads from the gates what each finding of one report means.

    The gates have the last word, because a tier of risk may make a veto of a condition and a waiver a condition of a veto.
    Of the path gates only that of the requested path counts. Where no gate names a code, its severity decides.
    """

    def __init__(self, report: Report) -> None:
        wanted = {DATA_GATE, GATE_OF_PATH.get(report.verdict.path.requested, "fine_tuning")}
        gates = [g for g in report.gates if g.name in wanted]
        self._data = next((g for g in gates if g.name == DATA_GATE), None)
        self._failed = {c for g in gates for c in g.failed}
        self._unknown = {c for g in gates for c in g.unknown}
        self._listed = {c for g in gates for c in (*g.failed, *g.unknown, *g.conditions)}
        # One code may have findings of several severities; a gate names codes. Where a blocker explains why the gate
        # names the code, its lesser findings are conditions; where none does, the gate itself has raised them.
        blockers = {(f.code, f.status in _UNKNOWN) for f in report.findings if f.severity is Severity.BLOCKER}
        self._explained = {code for code, unknown in blockers if not unknown}
        self._explained_unknown = {code for code, unknown in blockers if unknown}

    def kind(self, finding: Finding) -> Kind:
        """What `finding` means for the verdict."""
        if finding.status is Status.PASS:
            return Kind.PASS
        if finding.status is Status.NOT_APPLICABLE:
            return Kind.NOT_APPLICABLE
        if finding.severity not in _GRAVE:
            return Kind.ADVICE
        unknown = finding.status in _UNKNOWN
        named = self._unknown if unknown else self._failed
        explained = self._explained_unknown if unknown else self._explained
        if finding.severity is Severity.BLOCKER:
            veto = finding.code in named or finding.code not in self._listed
        else:
            veto = finding.code in named and finding.code not in explained
        if finding.status is Status.WARN or not veto:
            return Kind.CONDITION
        return Kind.UNKNOWN if unknown else Kind.VETO

    def blocks_data(self, finding: Finding) -> bool:
        """Whether `finding` counts in the data gate; where no gate names its code, all but USE codes do."""
        if self._data is None or finding.code not in self._listed:
            return not finding.code.startswith("USE")
        return finding.code in (*self._data.failed, *self._data.unknown, *self._data.conditions)


def pillar_of(finding: Finding) -> Pillar:
    """The question that `finding` belongs to."""
    return finding.pillar or PILLAR_BY_PREFIX.get(finding.code[:3], Pillar.LEARNABLE)


def ordered_findings(report: Report) -> tuple[Finding, ...]:
    """Findings by importance: kind, data before path, worth, code, subject, message."""
    judge = Judge(report)

    def key(finding: Finding) -> tuple[int, bool, float, str, str, str]:
        worth = -(finding.gain or 0)
        return (
            judge.kind(finding),
            not judge.blocks_data(finding),
            worth,
            finding.code,
            finding.subject,
            finding.message,
        )

    return tuple(sorted(report.findings, key=key))


def ordered_fixes(report: Report) -> tuple[Fix, ...]:
    """Fixes by worth: those that unblock first, then by points of score; equal ones keep their order."""
    return tuple(sorted(report.fixes, key=lambda f: (not f.unblocks, -(f.gain or 0))))
