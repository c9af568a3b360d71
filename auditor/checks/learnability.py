"""LRN and DRF: a model can learn this, somebody could tell, and it looks like production."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import of_sample
from auditor.checks.base import Check
from auditor.decision.intervals import wilson
from auditor.decision.outside import CHANCE_P, outside
from auditor.detectors.results import DuplicateFacts, LeakFacts, OrderFacts
from auditor.detectors.studies import DriftStudy, DuplicateStudy, OrderStudy, ProbeStudy
from auditor.model import Evidence, Finding, Pillar, Role, Severity, Shape, Split, Status

if TYPE_CHECKING:
    from auditor.decision.outside import Outside
    from auditor.detectors.results import Interval, ProbeFacts
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

PROBED: Final = (Shape.CLASSIFICATION, Shape.REGRESSION, Shape.TOKEN_LABELS)
ENOUGH: Final = 100
"""Effective rows from which 'no better than chance' is a statement about the data and not about their number."""
_INTERVALS: Final = {"regression": "Olkin and Finn's interval of R2", "tokens": "normal interval over rows"}
"""How the interval of the hold-out's figure is told, by kind of probe, where it is not Wilson's."""
SERIES: Final = 0.4
"""Correlation of a number with one before it from which rows are a series: 2,000 times 100 shuffled numbers read .38 at most, more of
them less (`tests/labels/test_series.py`)."""
FAINT: Final = 0.05
"""Chance-scaled skill below which a signal, though real, is hardly any."""
OWN: Final = "give embeddings or probabilities of your own model ([labels])"
REVIEW: Final = "review rows (`audit spotcheck -n 100`)"
"""What shows that labels hold what a cheap probe does not see."""
LEAST: Final = 50
LEAST_PER_CLASS: Final = 5
"""Effective rows in all, and per class on average, below which nothing can be learnt or told (providers see improvements from 50 to
100 examples on; the half-width of any figure on 50 rows is 14 points)."""
TOLERANCE: Final = {"low": 0.05, "medium": 0.03, "high": 0.02, "regulated": 0.01}
"""Half-width of the hold-out figure that can be lived with (specification 2.3)."""
STRICTER: Final = 2.576 / 1.96
"""From the half-width of a 95 % interval to that of a 99 % one: one false alarm in a hundred (specification 5)."""
SHIFT_WARN: Final = 0.55
SHIFT_FAIL: Final = 0.65
"""AUC of the domain classifier (specification 2.3 and 5)."""


def _evidence(found: Interval, unit: str, method: str) -> Evidence:
    return Evidence(found.value, found.low, found.high, found.n, unit, method)


def _taken_for_the_label(data: Dataset) -> str:
    """A word on a label that nobody declared: where nothing can be learnt, the first question is whether it is the label at all."""
    guessed = next((c for c in data.roles if c.role is Role.LABEL and not c.declared), None)
    return f"; '{guessed.columns[0]}' was taken for the label ({guessed.reason}): if another column is, name it: --label COLUMN" if guessed and data.role(Role.FEATURE) else ""


class Learnable(Check):
    """A cheap model learns the labels from the inputs, and not by chance.

    What it measures: balanced accuracy (R2 for numbers) of a cheap ensemble in cross-validation that keeps near-duplicates and
    entities together, against the same on shuffled labels, each with its 95 % interval.

    Why: where labels cannot be learnt better than shuffled ones, more training is not the answer.

    What to do: check that labels and inputs belong together (a shifted column, a wrong join), that the inputs hold what decides, and
    that there are enough rows. No better than chance with 100 effective rows is a veto; with fewer it is unknown,
    and so it is where the interval lies above that of shuffled labels and chance is still not ruled out (one in a thousand).
    Some tasks are beyond a cheap probe. A baseline that reads clearly more on the same hold-out makes it unknown, a spot check that
    finds the labels right a condition; and so it is where numbers with a time follow those before them, for a series is learnt from
    its own past.

    Source: readiness specification 2.4; thresholds are our choice.
    """

    code = "LRN001"
    title = "Labels can be learnt"
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The probe, and for numbers with a time whether they follow those before; on whether the probe is too weak the evidence files speak."""
        series = (OrderStudy(),) if data.shape is Shape.REGRESSION and data.role(Role.TIME) else ()
        return (ProbeStudy(), *series) if data.shape in PROBED else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding."""
        if data.shape not in PROBED:
            return
        probe = facts[ProbeStudy()]
        if not probe.measured or probe.cv_group is None or probe.signal_p is None:
            yield self.finding(Status.UNKNOWN, "dataset", f"learnability could not be measured: {probe.reason}", fix="see the findings on labels and size")
            return
        judged = self._judged(probe, probe.cv_group, probe.signal_p, _taken_for_the_label(data))
        yield _outranked(_of_a_series(judged, data, facts), outside(data, facts, settings))

    def _judged(self, probe: ProbeFacts, found: Interval, p: float, taken: str) -> Finding:
        null = probe.shuffled.value if probe.shuffled else probe.chance
        evidence = _evidence(found, probe.metric, probe.method)
        text = f"a cheap probe reaches {probe.metric} {found.value:.2f} ({found.low:.2f} to {found.high:.2f}); with shuffled labels {null:.2f}"
        skill = probe.skill(found.value) or 0.0
        apart = found.low > (probe.shuffled.high if probe.shuffled else probe.chance)
        if p > CHANCE_P and found.n >= ENOUGH and not apart:
            return self.finding(Status.FAIL, "labels", f"{text}: to it these labels are as good as shuffled", evidence=evidence, fix=f"check that labels and inputs belong together, and that the inputs hold what decides; where only a large model can tell, {REVIEW} or {OWN}{taken}")
        if p > CHANCE_P:
            return self.finding(Status.UNKNOWN, "labels", f"{text}: {found.n} effective rows are too few to tell", evidence=evidence, fix=f"collect more rows{taken}")
        if skill < FAINT:
            return self.finding(Status.WARN, "labels", f"{text}: a real signal, but hardly any", severity=Severity.MAJOR, evidence=evidence, fix=f"look for better inputs; a stronger model may see more{taken}")
        return self.finding(Status.PASS, "labels", text, evidence=evidence)


def _of_a_series(judged: Finding, data: Dataset, facts: Facts) -> Finding:
    """LRN001 of a time series: where inputs tell nothing but the values before do, the numbers are no lot."""
    order = facts.find(OrderFacts)
    if judged.status is not Status.FAIL or not data.role(Role.TIME) or order is None or order.sorted_by_label or (order.past or 0.0) < SERIES:
        return judged
    text = f"{judged.message}, but a value follows those before it (correlation {order.past:.2f}): a time series, whose past the probe does not read"
    return replace(judged, status=Status.WARN, severity=Severity.MAJOR, message=text, fix="give the values before as columns, and set a later stretch of time aside as the hold-out")


def _outranked(judged: Finding, known: Outside) -> Finding:
    """LRN001 where the probe is known to be too weak: unknown, and a condition where the labels are known to be no lot."""
    if not known.weak:
        return judged
    if judged.status is Status.PASS:
        return replace(judged, message=f"{judged.message}; {known.words}: what the probe reads is a lower end")
    status, severity = (Status.WARN, Severity.MAJOR) if known.sound else (Status.UNKNOWN, judged.severity)
    if judged.severity is Severity.MAJOR:  # a signal, though faint: already no more than a condition
        status, severity = Status.WARN, Severity.MAJOR
    text = f"the probe is too weak for this task: {known.words}; {judged.message}"
    return replace(judged, status=status, severity=severity, message=text, fix=f"{OWN}, so that a model that can do the task is measured" if known.sound else f"{REVIEW} or {OWN}")


class EnoughRows(Check):
    """There is enough to learn from, and to say anything at all.

    What it measures: effective training rows (near-duplicates count once), in all and per class on average.

    Why: no number of rows is right for every task, but below fifty in all, or five a class, every figure of this report is a guess.

    What to do: collect. A veto below 50 in all or 5 a class.

    Source: providers' own minimum and recommendation; readiness specification 4.
    """

    code = "LRN002"
    title = "There are enough different rows"
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The clusters."""
        return (DuplicateStudy(),)

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding."""
        found = facts[DuplicateStudy()]
        n = found.n_eff
        classes = [c for c in found.by_class if c.declared]
        evidence = Evidence(float(n), n=found.rows, unit="effective training rows", method=found.method)
        mean = sum(c.n_eff for c in classes) / len(classes) if classes else None
        least = "at least " if found.sampled else ""
        text = f"{least}{n:,} effective training rows" + (f", {mean:.1f} a class on average" if mean is not None and len(classes) > 1 else "") + of_sample(data, found)
        if n < LEAST:
            yield self.finding(Status.FAIL, "train", f"{text}: fewer than {LEAST} show nothing", evidence=evidence, fix=f"collect at least {LEAST} different examples")
        elif mean is not None and data.shape is Shape.CLASSIFICATION and mean < LEAST_PER_CLASS:
            yield self.finding(Status.FAIL, "train", f"{text}: fewer than {LEAST_PER_CLASS} a class show nothing", evidence=evidence, fix=f"collect at least {LEAST_PER_CLASS} different examples a class")
        else:
            yield self.finding(Status.PASS, "train", text, evidence=evidence)


class HoldoutSize(Check):
    """The hold-out is large enough to see the difference that matters.

    What it measures: half-width of the 95 % interval of the probe's accuracy (of R2 for numbers) on hold-out rows that did not leak, in
    points (0 to 1), against the tolerance: `use_case.tolerance`, else .05, .03, .02, .01 by risk tier. Of very many rows the probe reads a
    sample; the half-width is that of all. Where the probe is too weak for the task (LRN001), that of the baseline that shows it; within
    the tolerance by that figure alone is a condition.

    Why: 139 rows give +-5 points at 90 %, 385 +-3, 865 +-2, 3,458 +-1.

    What to do: set more rows aside. A veto where the tolerance was declared, a condition where it is the tier's default.

    Source: readiness specification 2.3, holdout.too_small.
    """

    code = "LRN003"
    title = "The hold-out is large enough"
    pillar = Pillar.MEASURABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The probe."""
        return (ProbeStudy(),) if data.shape in PROBED else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding; none without a hold-out (LEK001 says that)."""
        if data.shape not in PROBED:
            return
        found = facts[ProbeStudy()].holdout_accuracy
        if found is None:
            if str(Split.HOLDOUT) in data.splits:
                without = set(data.bare)
                bare = all(i in without for i, f in enumerate(data.files) if str(Split.HOLDOUT) in f.split)
                why = "it has no column for the label" if bare else "no labelled rows remain without leaked ones"
                fix = "label it, or set labelled rows aside: what cannot be scored is no hold-out" if bare else "label the hold-out, or take the leaked rows out of train"
                yield self.finding(Status.UNKNOWN, "test", f"nothing could be measured on the hold-out: {why}", severity=Severity.MAJOR, fix=fix)
            return
        half, n = self._whole(found, facts)
        better = outside(data, facts, settings).better
        read = half
        if better is not None:  # it is on the task what the probe is too weak to be
            low, high = wilson(better.value * n, n)
            half = (high - low) / 2
        declared = settings.use_case.tolerance
        limit = declared if declared is not None else settings.policy.get("holdout_half_width", TOLERANCE.get(settings.risk, 0.05))
        kind = facts[ProbeStudy()].kind
        unit = "half-width of R2" if kind == "regression" else "half-width of the accuracy"
        evidence = Evidence(half, n=n, unit=unit, method=_INTERVALS.get(kind, "Wilson interval"))
        drawn = f", told from {found.n:,} of them" if n > found.n else ""
        text = f"{n:,} hold-out rows measure to within ±{100 * half:.1f} points{drawn} (tolerance ±{100 * limit:.1f})"
        need = int(n * (half / limit) ** 2) + 1 if limit > 0 else 0
        if half <= limit < read:
            told = f"{text}, if the figure of the baseline file is right; at what the probe reads ±{100 * read:.1f}"
            yield self.finding(Status.WARN, "test", told, severity=Severity.MAJOR, evidence=evidence, fix=f"{OWN}, or set more rows aside: about {int(n * (read / limit) ** 2) + 1:,} are enough in any case")
        elif half <= limit:
            yield self.finding(Status.PASS, "test", text, evidence=evidence)
        else:
            severity = Severity.BLOCKER if declared is not None else Severity.MAJOR
            yield self.finding(Status.FAIL, "test", text, severity=severity, evidence=evidence, fix=f"about {need:,} hold-out rows are needed")


    def _whole(self, found: Interval, facts: Facts) -> tuple[float, int]:
        """Half-width at the hold-out rows that there are and did not leak, and how many these are, where the probe read a sample of them."""
        half, leaks = (found.high - found.low) / 2, facts.find(LeakFacts)
        split = leaks.of(str(Split.HOLDOUT)) if leaks is not None else None
        if not facts[ProbeStudy()].sampled or split is None or not found.n:
            return half, found.n
        sizes, n = facts.find(DuplicateFacts), split.rows - split.leaked
        if sizes is not None and sizes.by_class:  # some rows may have no label
            n = min(n, sum(c.holdout for c in sizes.by_class))
        if n <= found.n:
            return half, found.n
        return half * (found.n / n) ** 0.5, n


class MoreRows(Check):
    """What more rows of this kind would bring.

    What it measures: the learning curve of a cheap probe, `error(n) = a n^-b + c` fitted to eight sizes, read at the rows there are and at
    twice as many, with a band from four fits and the test rows' sampling error.

    Why: "you need 500 rows" is wrong for every task; the curve says whether to collect, to relabel, or to stop.

    What to do: collect where the curve rises; where the declared target is above the fitted limit, mend labels or inputs instead. Advice;
    with a declared target a condition while the band's lower end is below it, a veto where even the upper end is; where the probe is
    known to be too weak for the task (LRN001), a condition.

    Source: readiness specification 2.3 (size.insufficient) and 4; Hestness et al. 2017.
    """

    code = "LRN005"
    title = "More rows would not help much"
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The probe."""
        return (ProbeStudy(),) if data.shape is Shape.CLASSIFICATION else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding where a curve could be fitted."""
        if data.shape is not Shape.CLASSIFICATION:
            return
        curve = facts[ProbeStudy()].curve
        target = settings.use_case.target
        if curve is None:
            if target is not None:
                yield self.finding(Status.UNKNOWN, "train", "too few rows for a learning curve, so the target cannot be judged", severity=Severity.MAJOR, fix="collect rows")
            return
        evidence = _evidence(curve.now, "accuracy", "learning curve of the probe, a n^-b + c")
        text = f"probe accuracy {curve.now.value:.2f} now ({curve.now.low:.2f} to {curve.now.high:.2f}), {curve.double.value:.2f} expected at twice the rows, limit {curve.ceiling:.2f}"
        if target is None:
            status = Status.WARN if curve.rising >= 0.03 else Status.PASS
            yield self.finding(status, "train", text, severity=Severity.MINOR if status is Status.WARN else Severity.INFO, evidence=evidence, fix="collect: the curve still rises" if status is Status.WARN else "")
            return
        need = f"about {curve.rows_for_target:,} rows reach it" if curve.rows_for_target else "more rows of this kind will not reach it with this probe"
        known = outside(data, facts, settings)
        if known.weak and curve.now.low < target:
            yield self.finding(Status.WARN, "train", f"what the target {target:.2f} needs is not known, for the probe is too weak for this task (LRN001): {text}", severity=Severity.MAJOR, evidence=evidence, fix="measure the target with your own model")
        elif curve.now.high < target:
            yield self.finding(Status.FAIL, "train", f"{text}; the target {target:.2f} is out of reach now: {need}", evidence=evidence, fix="collect, mend labels and inputs, or lower the target; where a large model does better, a baseline on this hold-out shows it (baselines.json)")
        elif curve.now.low < target:
            yield self.finding(Status.WARN, "train", f"{text}; the target {target:.2f} is not certain: {need}", severity=Severity.MAJOR, evidence=evidence, fix="collect, or measure with your own model")
        else:
            yield self.finding(Status.PASS, "train", f"{text}; the target {target:.2f} is reached", evidence=evidence)


class LikeProduction(Check):
    """Training inputs look like production inputs.

    What it measures: AUC (.5 = indistinguishable) of a classifier that tells de-duplicated training inputs from production inputs, with
    its 95 % interval. 10 % of rows from new classes stay invisible at a thousand rows; 25 % read .54.

    Why: a model meets production, not the training set.

    What to do: give a sample of unlabelled production inputs (`data.production`); without one it is unknown, a condition up to medium
    risk. A veto where the interval's lower end is above .65, a condition from .55 on.

    Source: readiness specification 2.3 (rep.shift) and 5; ISO/IEC 5259-2 Rep-ML-1.
    """

    code = "DRF001"
    title = "Training looks like production"
    pillar = Pillar.MEASURABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The domain classifier."""
        return (DriftStudy(),)

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding."""
        found = facts[DriftStudy()]
        if not found.measured or found.auc is None:
            yield self.finding(Status.UNKNOWN, "production", f"shift against production was not measured: {found.reason}", severity=Severity.MAJOR, fix='give unlabelled production inputs: [data] production = "FILE"')
            return
        auc = found.auc
        evidence = _evidence(auc, "AUC", found.method)
        text = f"training and production are told apart with AUC {auc.value:.2f} ({auc.low:.2f} to {auc.high:.2f}; {found.rows:,} distinct production rows)"
        if auc.low > SHIFT_FAIL:
            yield self.finding(Status.FAIL, "production", text, evidence=evidence, fix="collect training rows like the production sample")
        elif auc.value - 0.5 > STRICTER * (auc.high - auc.value) and auc.value >= SHIFT_WARN:
            yield self.finding(Status.WARN, "production", text, severity=Severity.MAJOR, evidence=evidence, fix="look at what is new in production")
        elif auc.high > SHIFT_FAIL:
            yield self.finding(Status.UNKNOWN, "production", f"{text}: too few rows to tell", severity=Severity.MAJOR, evidence=evidence, fix="give at least 300 production rows")
        else:
            blind = f"; new topics in less than about {found.detectable:.0%} of production rows would not show" if found.detectable else ""
            yield self.finding(Status.PASS, "production", text + blind, evidence=evidence)


class SteadyLabels(Check):
    """Labels do not change along the file.

    What it measures: whether rows are sorted by label; largest difference of a class's share between quarters of the training rows (0 to
    1), with a chi-squared test (rank correlation for numbers).

    Why: a sorted file breaks every split that does not shuffle; drift along the file says that the truth or the annotators changed.

    What to do: shuffle before splitting; look at what changed. Advice.

    Source: readiness specification 5; thresholds (p < 1e-6, 10 points) are our choice.
    """

    code = "DRF002"
    title = "Labels do not change along the file"
    pillar = Pillar.MAINTAINABLE
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Labels by position."""
        return (OrderStudy(),) if data.role(Role.LABEL) else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """At most one finding."""
        if not data.role(Role.LABEL):
            return
        found = facts[OrderStudy()]
        if found.label_p is None or found.effect is None:
            return
        numbers = data.shape is Shape.REGRESSION
        unit, method = ("rank correlation with the place in the file", "Spearman's test") if numbers else ("largest difference of a class share between quarters", "chi-squared test")
        evidence = Evidence(found.effect, n=found.rows, unit=unit, method=method)
        if found.sorted_by_label:
            yield self.finding(Status.WARN, "train", "rows are sorted by label", evidence=evidence, fix="shuffle before splitting")
        elif found.label_p < 1e-6 and found.effect >= 0.1:
            how = f"rank correlation with the place {found.effect:.2f}" if numbers else f"a class's share differs by {found.effect:.0%} between quarters"
            yield self.finding(Status.WARN, "train", f"labels change along the file: {how}", evidence=evidence, fix="find out what changed; shuffle before splitting, or split by time")


CHECKS = (Learnable(), EnoughRows(), HoldoutSize(), MoreRows(), LikeProduction(), SteadyLabels())
