"""LRN: the hold-out asks what training teaches: its classes, and its difficulty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import percent
from auditor.checks.base import Check
from auditor.detectors.holdout import compared
from auditor.detectors.studies import DuplicateStudy, ProbeStudy
from auditor.model import Evidence, Finding, Pillar, Severity, Shape, Split, Status

if TYPE_CHECKING:
    from auditor.detectors.results import ClassSize, ProbeFacts
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

EXPECTED: Final = 7.0
"""Hold-out rows that a class should have by its share of training, from which none at all is no chance (probability below .001)."""
FOREIGN: Final = 0.01
FOREIGN_VETO: Final = 0.5
"""Share of the hold-out that is of classes training has not, from which it is a condition, and a veto (our choice)."""
LOST: Final = 0.2
"""Share of the skill in training below which the hold-out asks for something else than training teaches (our choice)."""
LEAST: Final = 0.02
"""Difference of the figure that is mentioned however many rows show it (our choice)."""


class FairHoldout(Check):
    """The hold-out is neither easier nor harder than the training data.

    What it measures: the probe's figure on hold-out rows that did not leak, against the same figure cross-validated on the training
    rows, beyond what the additional rows explain (half of the gain from doubling), in points of the metric; classes of training
    without a hold-out row although their share asks for seven; and the share of hold-out rows whose class no training row has.

    Why: hard rows or classes taken out of the hold-out, or moved into training, raise every figure and help no user; a harder hold-out
    is from another source or time than the training data, or labelled otherwise; a class that is not taught cannot be right.

    What to do: draw the hold-out anew, by chance or by time, and leave it alone; write classes alike in all files. Easier, or a class
    missing: a condition. Harder: advice, and a condition where less than a fifth of the skill in training is left. Classes that
    training has not: advice, from 1 % of the hold-out a condition, from half of it a veto.
    Rows deleted from both cannot be seen here: only against a production sample (DRF001) or the declared classes (BAL002).

    Source: two-sided test at 99 %; thresholds are our choice.
    """

    code = "LRN006"
    title = "The hold-out is as hard as training"
    pillar = Pillar.MEASURABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The probe and the class counts."""
        return (ProbeStudy(), DuplicateStudy()) if self._applies(data) else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """At most one finding on difficulty, one on classes and one on classes that are not taught."""
        if not self._applies(data):
            return
        sizes = facts[DuplicateStudy()].by_class
        strange = [c for c in sizes if c.holdout and not c.rows]
        if strange:
            yield self._strange(strange, sum(c.holdout for c in sizes))
        missing = absent(sizes)
        if missing:
            text = f"{len(missing)} class{'es' if len(missing) > 1 else ''} of the training data {'have' if len(missing) > 1 else 'has'} no hold-out row: {_names(missing)}"
            yield self.finding(Status.WARN, "classes", text, evidence=Evidence(float(len(missing)), unit="classes without a hold-out row"), fix="draw the hold-out anew, from all classes")
        found = compared(facts[ProbeStudy()])
        if found is None:
            return
        difference, half, n = found
        probe = facts[ProbeStudy()]
        evidence = Evidence(difference, difference - half, difference + half, n, f"{probe.metric}, hold-out less cross-validated", probe.method)
        shown = f"{100 * difference:+.1f} points of {probe.metric}, ±{100 * half:.1f}"
        if abs(difference) < max(half, LEAST):
            yield self.finding(Status.PASS, "test", f"the hold-out is as hard as the training data ({shown})", evidence=evidence)
        elif difference > 0:
            yield self.finding(Status.WARN, "test", f"the hold-out is easier than the training data ({shown}): hard rows may be missing from it", evidence=evidence, fix="draw the hold-out anew, by chance or by time")
        elif self._lost(probe):
            text = f"little of what the training data teach holds in the hold-out ({shown}): its labels are wrong or named otherwise, or it is from elsewhere"
            yield self.finding(Status.WARN, "test", text, evidence=evidence, fix="read 20 rows of the hold-out beside rows of training, labels first")
        else:
            yield self.finding(Status.WARN, "test", f"the hold-out is harder than the training data ({shown}): it is from elsewhere, or more of its labels are wrong", severity=Severity.MINOR, evidence=evidence, fix="find out how they differ")

    def _lost(self, probe: ProbeFacts) -> bool:
        taught, held = (probe.skill(i.value if i else None) for i in (probe.cv_group, probe.holdout))
        return taught is not None and held is not None and held < LOST * taught

    def _strange(self, strange: list[ClassSize], held: int) -> Finding:
        rows = sum(c.holdout for c in strange)
        share = rows / max(1, held)
        number = f"{len(strange)} class{'es' if len(strange) > 1 else ''} of the hold-out {'have' if len(strange) > 1 else 'has'} no training row"
        text = f"{number} ({rows:,} of {held:,} labels there, {percent(share)}): {_names([c.name for c in strange])}"
        status = Status.FAIL if share >= FOREIGN_VETO else Status.WARN
        severity = Severity.BLOCKER if share >= FOREIGN_VETO else Severity.MAJOR if share >= FOREIGN else Severity.MINOR
        fix = "write classes alike in all files, collect training rows of these, or take them out of the hold-out"
        return self.finding(status, "classes not taught", text, severity=severity, evidence=Evidence(share, n=held, unit="share of hold-out labels"), fix=fix)

    def _applies(self, data: Dataset) -> bool:
        return data.shape is Shape.CLASSIFICATION and {str(Split.TRAIN), str(Split.HOLDOUT)} <= {str(s) for s in data.splits}


def absent(sizes: Iterable[ClassSize]) -> list[str]:
    """Classes of training without a hold-out row, though their share of training asks for `EXPECTED`."""
    known = list(sizes)
    rows, held = sum(c.rows for c in known), sum(c.holdout for c in known)
    return [c.name for c in known if rows and not c.holdout and held * c.rows / rows >= EXPECTED]


def _names(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")


CHECKS = (FairHoldout(),)
