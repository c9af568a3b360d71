"""BAL: every class that must be known is there, often enough."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import flags, of_sample, percent, refs
from auditor.checks.base import Check
from auditor.detectors.studies import DuplicateStudy, ProbeStudy
from auditor.model import Evidence, Finding, Pillar, Severity, Shape, Status

if TYPE_CHECKING:
    from auditor.detectors.results import ClassSize
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

SKEWED: Final = 10.0
"""Largest to smallest class from which balance is mentioned."""
EXTREME: Final = 0.95
"""Share of the largest class from which accuracy says nothing."""
THIN: Final = 10
"""Effective rows below which a class is thin, and share of thin classes above which it is a condition (specification 2.3)."""
THIN_SHARE: Final = 0.1


class _Balance(Check):
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Sizes of classes."""
        return (DuplicateStudy(),) if data.shape is Shape.CLASSIFICATION else ()

    def sizes(self, data: Dataset, facts: Facts) -> tuple[ClassSize, ...]:
        """Sizes of all classes; empty where there are none."""
        return facts[DuplicateStudy()].by_class if data.shape is Shape.CLASSIFICATION else ()


def _names(classes: list[ClassSize]) -> str:
    shown = ", ".join(f"'{c.name}'" for c in classes[:8])
    return shown + (f" and {len(classes) - 8} more" if len(classes) > 8 else "")


class Imbalance(_Balance):
    """One class drowns the others.

    What it measures: rows of the largest class by rows of the smallest, the largest class's share of labels (0 to 1), and the entropy of the
    labels in bits: how many equally frequent classes would be as hard to guess, which says how narrow the task is (section 1, 13).

    Why: a model that always answers the largest class looks good by accuracy and is useless.

    What to do: judge by balanced accuracy or F1; collect the small classes. Advice from 10:1, a condition where one class has 95 %.

    Source: ISO/IEC 5259-2 Bal-ML-8; thresholds are our choice.
    """

    code = "BAL001"
    title = "No class drowns the others"

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding."""
        sizes = [c for c in self.sizes(data, facts) if c.rows]
        total = sum(c.rows for c in sizes)
        if not total:
            return
        if len(sizes) == 1:
            yield self.finding(Status.FAIL, sizes[0].name, "all labels are the same class: there is nothing to learn", evidence=Evidence(1.0, n=total, unit="share of labels"), fix="add rows of the other classes")
            return
        largest, smallest = max(sizes, key=lambda c: c.rows), min(sizes, key=lambda c: c.rows)
        ratio, share = largest.rows / smallest.rows, largest.rows / total
        evidence = Evidence(ratio, n=total, unit="largest class / smallest class")
        bits = -sum(c.rows / total * math.log2(c.rows / total) for c in sizes)
        text = f"'{largest.name}' has {largest.rows:,} rows ({percent(share) if share >= 0.995 else f'{share:.0%}'} of labels), '{smallest.name}' {smallest.rows:,}; {len(sizes)} classes weigh as {2**bits:.3g} equal ones ({bits:.2g} bits){of_sample(data, facts[DuplicateStudy()])}"
        if share >= EXTREME:
            yield self.finding(Status.WARN, largest.name, text, severity=Severity.MAJOR, evidence=evidence, fix="collect the other classes; judge by balanced accuracy")
        elif ratio >= SKEWED:
            yield self.finding(Status.WARN, largest.name, text, severity=Severity.MINOR, evidence=evidence, fix="collect the small classes; judge by balanced accuracy")
        else:
            yield self.finding(Status.PASS, "labels", text, evidence=evidence)


class MissingClasses(_Balance):
    """Declared classes without a single row, and rows of classes that nobody declared.

    What it measures: classes of `data.classes` (or of the list that a Hugging Face file holds) without an effective training row; classes of the data outside the list.

    Why: deleting hard classes makes every figure rise and the model useless; only a declared list shows it.

    What to do: declare the list (until then it is unknown, a condition); collect what is missing (a veto); mend the spelling of what is
    not in the list (a condition).

    Source: readiness specification 2.3, class.missing; ISO/IEC 5259-2 Rep-ML-1, Eft-ML-3.
    """

    code = "BAL002"
    title = "Every declared class is there"

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding for the list, one for strangers."""
        if data.shape is not Shape.CLASSIFICATION:
            return
        sizes = self.sizes(data, facts)
        if not data.classes:
            yield self.finding(Status.UNKNOWN, "classes", f"{len(sizes)} classes occur; no list of classes was declared, so a missing one cannot be seen{of_sample(data, facts[DuplicateStudy()])}", severity=Severity.MAJOR, fix="declare every class the model must know: [data] classes = [...]")
            return
        declared = [c for c in sizes if c.declared]
        missing = [c for c in declared if not c.n_eff]
        strange = [c for c in sizes if not c.declared and c.rows]
        evidence = Evidence(float(len(missing)), n=len(declared), unit="declared classes without rows")
        if missing:
            whose = "" if settings.data.classes else "; the list is the one in the metadata of the files"
            fix = "collect them, or take them off the list in writing" if settings.data.classes else "collect them, or declare which classes are meant: [data] classes = [...]"
            yield self.finding(Status.FAIL, "classes", f"{len(missing)} of {len(declared)} declared classes have no training row: {_names(missing)}{whose}", evidence=evidence, fix=fix)
        else:
            yield self.finding(Status.PASS, "classes", f"all {len(declared)} declared classes occur", evidence=evidence)
        if strange:
            rows = sum(c.rows for c in strange)
            yield self.finding(Status.WARN, "undeclared classes", f"{len(strange)} classes are not in the declared list ({rows:,} rows): {_names(strange)}", severity=Severity.MAJOR, evidence=Evidence(float(rows), n=len(sizes), unit="rows"), fix="mend their spelling, or declare them")


class ThinClasses(_Balance):
    """Classes with too few different examples.

    What it measures: classes with fewer than 10 effective training rows (near-duplicates count once), as a share of the declared ones (of
    those that occur, where none are declared). Declared classes without any row are BAL002's.

    Why: retained skill of a class follows n / (n + h) with h from 1 to 26 over our data sets: below ten it may be half.

    What to do: collect these classes. Advice; a condition where more than 10 % of the classes are thin.

    Source: readiness specification 2.3, class.thin; section 4.
    """

    code = "BAL003"
    title = "No class is thin"

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding."""
        sizes = [c for c in self.sizes(data, facts) if c.declared]
        if not any(c.n_eff or not data.classes for c in sizes):
            return
        # a class that nobody declared and that has no training row is known from the hold-out: it will be asked for
        thin = sorted((c for c in sizes if c.n_eff < THIN and (c.n_eff or not data.classes)), key=lambda c: (c.n_eff, c.name))
        share, sample = len(thin) / len(sizes), of_sample(data, facts[DuplicateStudy()])
        evidence = Evidence(share, n=len(sizes), unit="share of classes")
        if not thin:
            least = min((c for c in sizes if c.n_eff), key=lambda c: c.n_eff)
            yield self.finding(Status.PASS, "classes", f"the smallest class, '{least.name}', has {least.n_eff:,} effective rows{sample}", evidence=evidence)
            return
        none = [c for c in thin if not c.n_eff]
        untaught = f"; {len(none)} of them {'is' if len(none) == 1 else 'are'} in the hold-out or validation rows and in no training row: {_names(none)}" if none else ""
        severity = Severity.MAJOR if share > THIN_SHARE else Severity.MINOR
        yield self.finding(Status.WARN, "classes", f"{len(thin)} of {len(sizes)} classes have fewer than {THIN} effective rows: {_names(thin)}{untaught}{sample}", severity=severity, evidence=evidence, fix=f"collect at least {THIN} different examples of each")


class Slices(Check):
    """No part of the data has worse labels than the rest.

    What it measures: for every category and group column of 2 to 100 values, the share of a value's rows (0 to 1) that the probe gets wrong,
    against the other rows; reported when 10 points worse at p < .001 over all slices looked at. Values with fewer than 10 rows are counted.

    Why: an average hides the customer, source or annotator whose labels are different.

    What to do: read rows of the slice: wrong labels, another guideline, or harder inputs. Advice.

    Source: slice-based evaluation; thresholds are our choice.
    """

    code = "BAL004"
    title = "No part of the data has worse labels"
    pillar = Pillar.LEARNABLE
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The probe."""
        return (ProbeStudy(),) if data.shape is Shape.CLASSIFICATION else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per slice, at most ten."""
        if data.shape is not Shape.CLASSIFICATION:
            return
        for part in facts[ProbeStudy()].slices[:10]:
            yield self.finding(
                Status.WARN,
                part.column,
                f"one value of '{part.column}' ({part.rows:,} rows) is got wrong in {percent(part.error)} of its rows, all rows in {percent(part.overall)}",
                evidence=Evidence(part.error, n=part.rows, unit="share of the slice's rows", method="cross-validated probe", refs=refs(data, part.where)),
                fix="read these rows: wrong labels, another guideline, or harder inputs",
                flags=flags(self.code, data, part.where),
            )


CHECKS = (Imbalance(), MissingClasses(), ThinClasses(), Slices())
