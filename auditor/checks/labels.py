"""LBL: labels are trusted, and like is labelled alike."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import flags, of_sample, percent, refs
from auditor.checks.base import Check
from auditor.detectors.results import RowSet
from auditor.detectors.stability_results import StabilityFacts
from auditor.detectors.studies import DuplicateStudy, ProbeStudy, StabilityStudy
from auditor.model import Evidence, Finding, NotChecked, Pillar, Role, Severity, Shape, Status

if TYPE_CHECKING:
    from auditor.detectors.results import ClassSize, LabelScores, ProbeFacts
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

LABELLED: Final = (Shape.CLASSIFICATION, Shape.REGRESSION, Shape.TOKEN_LABELS)
STRICT: Final = ("high", "regulated")
STABLE: Final = 0.7
"""Agreement of models taught by halves from which labels that cannot be told from a hard task are a condition (our choice; what the gate lets
pass with it is printed by `tests/benchmarks/score_validity/judge.py`)."""
NOTABLE: Final = 0.03
"""Share of random mistakes from which on it is a condition: clean sets read up to 2.4 % where .5 % were confirmed (our choice)."""


def noise_limit(settings: Settings) -> float:
    """Share of wrong labels that is a veto: 10 %, 5 % at high and regulated risk (specification 2.3)."""
    return settings.policy.get("label_noise", 0.05 if settings.risk in STRICT else 0.10)


class LabelNoise(Check):
    """How many labels are wrong, as far as this can be told without people.

    What it measures: the share of labels wrong at random (0 to 1), as a range. Random mistakes are as frequent where a cross-validated
    probe is surest as elsewhere; the probe's own mistakes gather where it is unsure. Where contradictions are that steady, the range is
    an estimate: on uniform and confusable noise of 5 to 40 % in five easy sets it held the truth in every one of 90 runs, with a mean
    error of .9 points. Where they are not, it is an upper bound. **Mistakes that annotators make consistently, or only in hard cases,
    are invisible to it**, and an outcome that the inputs do not decide looks like a wrong label. Of the candidates, 20 to 60 % are wrong
    on natural data; the rest are unusual.

    Why: wrong labels teach the wrong lesson and falsify every evaluation.

    Words are read as words: "refund" and "money back" have nothing in common. `[labels] vectors` names a model on this machine (spaCy's
    vectors, or a sentence model as model.onnx and tokenizer.json) whose vectors of the texts are read beside them, up to 20,000 rows. In 600
    questions of 15 kinds a small sentence model (MiniLM-L6) raised the average precision of the ranking from .96 to .99 for random mistakes,
    from .68 to .81 for those of a weak annotator; the mean of spaCy's word vectors changed neither.

    What to do: review the candidates; `--label-scores` lists all rows. `audit spotcheck` draws rows to review; the sheet, given back,
    outranks the estimate. A veto above the limit (10 %; 5 % at high or regulated risk) takes the lower bound of a spot check or of a
    steady estimate. More doubted labels than the limit, and noise that cannot be told from the probe's own error, is unknown until people
    have looked. Up to medium risk it is only a condition where a steady range holds the limit (as it is with a spot check), where no more
    labels are doubted than the limit, where the probe reaches the declared target all the same, or where two halves of the rows teach the
    same (LRN007, kappa .7 or more). At high risk a spot check needs 100 rows, where regulated 300.

    Source: Northcutt et al. 2021 (confident learning); readiness specification 2.3, 2.4; the surest rows are our own measure.
    """

    code = "LBL002"
    title = "Labels are right"
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The probe, and whether halves of the rows teach the same."""
        return ((ProbeStudy(), StabilityStudy()) if data.shape is Shape.CLASSIFICATION else (ProbeStudy(),)) if data.shape in LABELLED else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """From the spot check where there is one, else from the estimate."""
        if data.shape not in LABELLED:
            return
        if settings.spotcheck:
            from pathlib import Path

            from auditor.spotcheck import read, sheet_at

            yield self._spotchecked(settings, *read(sheet_at(Path(data.root), settings.spotcheck), data))
            return
        probe = facts[ProbeStudy()]
        subject = next(iter(data.role(Role.LABEL)), "dataset")
        if not probe.measured or probe.off_diagonal is None:
            yield self.finding(Status.UNKNOWN, subject, f"label noise could not be estimated: {probe.reason or 'no estimate for this kind of label'}", fix="have 100 rows reviewed (`audit spotcheck -n 100`)")
            return
        yield self._estimated(data, probe, facts.find(StabilityFacts), settings, subject)

    def _spotchecked(self, settings: Settings, value: float, low: float, high: float, n: int) -> Finding:
        limit = noise_limit(settings)
        evidence = Evidence(value, low, high, n, "share of labels wrong", "human spot check, stratified exact 95 % interval")
        text = f"people found {percent(value)} of labels wrong ({percent(low)} to {percent(high)}; {n} rows reviewed)"
        worst = high if settings.risk == "regulated" else low
        if worst > limit:
            return self.finding(Status.FAIL, "labels", f"{text}: above {100 * limit:.3g}%", evidence=evidence, fix="relabel the classes that the sheet shows as wrong, then draw a new sample")
        if settings.risk in STRICT and n < spot_rows(settings):
            return self.finding(Status.UNKNOWN, "labels", f"{text}: risk tier {settings.risk} needs {spot_rows(settings)} reviewed rows", evidence=evidence, fix=f"have {spot_rows(settings)} rows reviewed (`audit spotcheck -n {spot_rows(settings)}`)")
        if high > limit:
            return self.finding(Status.WARN, "labels", f"{text}: {100 * limit:.3g}% cannot be ruled out", severity=Severity.MAJOR, evidence=evidence, fix="review more rows")
        return self.finding(Status.PASS, "labels", text, evidence=evidence)

    def _estimated(self, data: Dataset, probe: ProbeFacts, stability: StabilityFacts | None, settings: Settings, subject: str) -> Finding:
        value, low, high = estimate(probe)
        limit = noise_limit(settings)
        rows = suspects(probe.scores)
        evidence = Evidence(value, low, high, probe.rows, "share of labels wrong at random", probe.method, refs(data, rows))
        marks = flags(self.code, data, rows)
        steady = probe.noise is not None and probe.steady
        review = f"review the candidates first; `audit spotcheck -n {spot_rows(settings)}` turns the estimate into a measurement"
        if probe.identifiable is False:
            text = f"{percent(probe.off_diagonal or 0.0)} of labels are doubted, but that cannot be told from the probe's own error ({percent(probe.cv_error or 0.0)}): not identifiable"
            bearable = "" if settings.risk in STRICT else _bearable(probe, stability, settings, limit)
            if bearable:
                return self.finding(Status.WARN, subject, f"{text}, {bearable}", severity=Severity.MAJOR, evidence=evidence, fix=review, flags=marks)
            return self.finding(Status.UNKNOWN, subject, text, evidence=evidence, fix=f"have {spot_rows(settings)} rows reviewed (`audit spotcheck -n {spot_rows(settings)}`): only people can tell here", flags=marks)
        read = f" among the {probe.rows:,} labels of a sample" if probe.sampled else ""
        tail = f"{probe.candidates:,} candidates{read}, expect 20-60 % of them to be really wrong; consistent mistakes do not show"
        if steady and low > limit:
            why = f"about {percent(value)} of labels are wrong at random ({percent(low)} to {percent(high)}): they are contradicted as often where the probe is surest as elsewhere"
            fix = f"fix the labels: {probe.candidates:,} candidates{read} are listed, most suspicious first; where you hold them to be right, `audit spotcheck -n {spot_rows(settings)}` outranks this"
            return self.finding(Status.FAIL, subject, f"{why}; the limit is {100 * limit:.3g}%", evidence=evidence, fix=fix, flags=marks)
        # a regression has no range: one share of targets lies far from what like rows have
        told = f"{percent(low)} to {percent(high)}" if percent(low) != percent(high) else f"about {percent(value)}"
        text = f"{told} of labels look randomly wrong; {tail}"
        # A bound that is wide for want of rows says nothing by itself: labels have to be doubted as well.
        doubted = value if steady or probe.noise is None else min(high, max(value, probe.off_diagonal or 0.0))
        if doubted > limit and steady and settings.risk not in STRICT:
            return self.finding(Status.WARN, subject, f"{text}: the limit of {100 * limit:.3g}% lies between", severity=Severity.MAJOR, evidence=evidence, fix=review, flags=marks)
        if doubted > limit:
            return self.finding(Status.UNKNOWN, subject, f"{text}: the limit is {100 * limit:.3g}%", evidence=evidence, fix=review, flags=marks)
        if value > NOTABLE:
            return self.finding(Status.WARN, subject, text, severity=Severity.MAJOR, evidence=evidence, fix=review, flags=marks)
        if probe.candidates:
            return self.finding(Status.WARN, subject, text, severity=Severity.MINOR, evidence=evidence, fix=review, flags=marks)
        return self.finding(Status.PASS, subject, "no label is doubted by the probe; consistent mistakes do not show", evidence=evidence)


def estimate(probe: ProbeFacts) -> tuple[float, float, float]:
    """Share of labels wrong at random with its low and high end (0 to 1).

    From the rows where the probe is surest; for tags and several labels a row, where that is not measured, from the confident
    joint: its off-diagonal rate, discounted as far as it is the probe's own error (specification 2.4), to one minus the trace.
    """
    if probe.noise is not None:
        return probe.noise.value, probe.noise.low, probe.noise.high
    low = probe.off_diagonal or 0.0
    discount = min(1.0, max(0.0, 1.1 - (probe.noise_ratio or 0.0)))
    return low * discount, low * discount, max(low, probe.joint or 0.0)


def _bearable(probe: ProbeFacts, stability: StabilityFacts | None, settings: Settings, limit: float) -> str:
    """Why noise that cannot be told from the probe's error need not hold the data up; empty where it must.

    The doubted labels are within the limit even if all of them are wrong; or a target is declared and the probe reaches it with the
    labels as they are: then it does not matter which of the two its error is; or halves of the rows teach the same, as they do not where
    wrong labels are too many for the rows. A probe that learned next to nothing shows none of it.
    """
    from auditor.detectors.classes import WEAK

    group, target = probe.cv_group, settings.use_case.target
    if group is None or (probe.skill(group.value) or 0.0) < WEAK:
        return ""
    if max(probe.off_diagonal or 0.0, estimate(probe)[0]) <= limit:
        return f"but within the limit of {100 * limit:.3g}% even if all of them are wrong"
    if target is not None and min(group.value, probe.holdout.value if probe.holdout else 1.0) >= target:
        return f"but the probe reaches the target of {target:.2f} with the labels as they are"
    if stability is not None and stability.halves is not None and stability.halves.value >= STABLE:
        return f"but two halves of the rows teach the same all the same (kappa {stability.halves.value:.2f})"
    return ""


def spot_rows(settings: Settings) -> int:
    """Rows that a spot check should have: 100, 300 where regulated (specification 2.5)."""
    return int(settings.policy.get("spotcheck_rows", 300 if settings.risk == "regulated" else 100))


def suspects(scores: LabelScores | None) -> RowSet:
    """Candidates, most suspicious first, `score` = quality."""
    import numpy as np

    if scores is None:
        return RowSet(np.zeros(0, np.uint32), np.zeros(0, np.int64))
    chosen = np.flatnonzero(scores.candidate | scores.flagged)
    order = chosen[np.lexsort((scores.row[chosen], scores.file[chosen], scores.quality[chosen]))]
    return RowSet(scores.file[order], scores.row[order], scores.quality[order])


class Conflicts(Check):
    """The same input has different labels.

    What it measures: groups of training rows whose input is identical after normalisation (certain) or nearly so (for review), with
    more than one label; share of labelled rows (0 to 1) outside their group's majority. And classes whose names are the same but for
    capitals, spaces and dashes: a condition.

    Why: at most one of the labels can be right, or the input does not hold what decides.

    What to do: settle each group, and the guideline behind it. Identical inputs above the limit (10 %; 5 % at high or regulated risk)
    are a veto, above 1 % a condition; near-identical ones are a review list. In tables of few distinct values, equal rows with
    different labels are natural and only a condition.

    Source: readiness specification 2.3; ISO/IEC 5259-2 Con-ML-2.
    """

    code = "LBL003"
    title = "Like is labelled alike"
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The clusters."""
        return (DuplicateStudy(),) if data.shape in LABELLED else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding on inputs, and one per class in several spellings, at most ten."""
        if data.shape not in LABELLED or data.shape is Shape.REGRESSION:
            return
        found = facts[DuplicateStudy()]
        if not found.labelled:
            return
        for names in _spellings(found.by_class)[:10]:
            rows, told = sum(c.rows for c in names), ", ".join(f"'{c.name}'" for c in names[:5])
            yield self.finding(
                Status.WARN,
                " / ".join(c.name for c in names[:5]),
                f"{rows:,} training rows are of classes that differ in nothing but capitals, spaces and dashes: {told}; a model is taught to tell them apart",
                severity=Severity.MAJOR,
                evidence=Evidence(float(len(names)), n=rows, unit="spellings", method="names of classes without capitals, spaces and dashes"),
                fix="spell them one way, unless they are meant to differ",
            )
        exact = found.exact_conflict_minority
        evidence = Evidence(exact, n=found.labelled, unit="share of labelled rows", method=found.method, refs=refs(data, found.conflicts))
        marks = flags(self.code, data, found.conflicts)
        text = f"{found.exact_conflict_groups:,} groups of identical inputs have different labels ({percent(exact)} of labels are in the minority){of_sample(data, found)}"
        near = f"{found.conflict_groups:,} {'group' if found.conflict_groups == 1 else 'groups'} of same or nearly same inputs {'has' if found.conflict_groups == 1 else 'have'} different labels{of_sample(data, found)}"
        limit = noise_limit(settings)
        if exact > limit and not found.natural:
            yield self.finding(Status.FAIL, "labels", f"{text}: the limit is {100 * limit:.3g}%", evidence=evidence, fix="settle each group", flags=marks)
        elif exact > 0.01:
            yield self.finding(Status.WARN, "labels", text, severity=Severity.MAJOR, evidence=evidence, fix="settle each group", flags=marks)
        elif found.conflict_groups:
            yield self.finding(Status.WARN, "labels", near, severity=Severity.MINOR, evidence=evidence, fix="read them: some are mistakes, some real distinctions", flags=marks)
        else:
            yield self.finding(Status.PASS, "labels", f"no two like inputs have different labels{of_sample(data, found)}", evidence=evidence)


def _spellings(classes: Sequence[ClassSize]) -> list[list[ClassSize]]:
    """Classes whose names are the same but for capitals, spaces and dashes, those of most rows first; `m` and `M` are two units."""
    alike: defaultdict[str, list[ClassSize]] = defaultdict(list)
    for size in classes:
        alike[re.sub(r"[\s_-]+", "", size.name).casefold()].append(size)
    found = [sorted(v, key=lambda c: (-c.rows, c.name)) for k, v in alike.items() if len(v) > 1 and len(k) > 2 and any(x.isalpha() for x in k)]
    return sorted(found, key=lambda v: (-sum(c.rows for c in v), v[0].name))


class ConfusedClasses(Check):
    """Two classes that annotators (or the guideline) mix up.

    What it measures: pairs of classes with the number of rows labelled as one that look like the other with confidence, and their
    share of the first class (0 to 1). Reported from 10 rows and 10 % on.

    Why: confusion between two classes is learnt; random mistakes average out.

    What to do: sharpen the guideline for the pair, relabel those rows, or merge the classes.

    Source: confident joint (Northcutt et al. 2021); thresholds are our choice.
    """

    code = "LBL004"
    title = "Classes are told apart"
    pillar = Pillar.LEARNABLE
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The probe, and the names of classes."""
        return (ProbeStudy(), DuplicateStudy()) if data.shape is Shape.CLASSIFICATION else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per pair, at most ten."""
        if data.shape is not Shape.CLASSIFICATION:
            return
        probe = facts[ProbeStudy()]
        spelt = [{c.name for c in names} for names in _spellings(facts[DuplicateStudy()].by_class)]
        for pair in [p for p in probe.pairs if p.rows >= 10 and p.share >= 0.1 and not any({p.given, p.suggested} <= names for names in spelt)][:10]:
            yield self.finding(
                Status.WARN,
                f"{pair.given} / {pair.suggested}",
                f"{pair.rows} rows labelled '{pair.given}' ({pair.share:.0%} of them) look like '{pair.suggested}'",
                evidence=Evidence(pair.share, n=pair.rows, unit="share of the class", method=probe.method),
                fix="sharpen the guideline for this pair, relabel, or merge them",
            )


class Agreement(Check):
    """People who label the same row say the same.

    What it measures: share of annotator pairs that agree on a row (0 to 1), and Krippendorff's alpha, which takes off what chance would give.

    Why: no model can agree with labels better than their makers agree with one another.

    What to do: sharpen the guideline where they differ; have ties settled. A condition below alpha .667, advice below .8.

    Source: Krippendorff 2004 (alpha .8 reliable, .667 tentative).
    """

    code = "LBL005"
    title = "Annotators agree"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The probe."""
        return (ProbeStudy(),) if data.role(Role.ANNOTATOR) and data.shape is Shape.CLASSIFICATION else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """At most one finding."""
        if not data.role(Role.ANNOTATOR) or data.shape is not Shape.CLASSIFICATION:
            return
        probe = facts[ProbeStudy()]
        if probe.alpha is None or probe.agreement is None:
            return
        evidence = Evidence(probe.alpha, n=probe.rows, unit="Krippendorff's alpha")
        text = f"{probe.annotators} annotators agree on {percent(probe.agreement)} of their common rows (alpha {probe.alpha:.2f})"
        if probe.alpha >= 0.8:
            yield self.finding(Status.PASS, "annotators", text, evidence=evidence)
            return
        severity = Severity.MAJOR if probe.alpha < 0.667 else Severity.MINOR
        yield self.finding(Status.WARN, "annotators", text, severity=severity, evidence=evidence, fix="sharpen the guideline where they differ, and have ties settled")


CHECKS = (LabelNoise(), Conflicts(), ConfusedClasses(), Agreement())


def not_checked(data: Dataset, facts: Facts, settings: Settings) -> tuple[NotChecked, ...]:  # noqa: ARG001
    """Whether the model that `[labels] vectors` names was not used, and why."""
    probe = facts.get(ProbeStudy()) if settings.labels.vectors else None
    if probe is None or not probe.vectors_unused:
        return ()
    return (NotChecked("labels by the meaning of texts ([labels] vectors)", probe.vectors_unused, "for more rows, give your own model's out-of-fold probabilities: [labels] pred_probs"),)
