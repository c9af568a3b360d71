"""LEK: what is measured has not been learnt by heart, and the label is not in the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import flags, of_sample, percent, refs
from auditor.checks.base import Check
from auditor.detectors.results import DuplicateFacts
from auditor.detectors.studies import LeakStudy
from auditor.model import Evidence, Finding, Pillar, Role, Severity, Split, Status

if TYPE_CHECKING:
    from auditor.detectors.results import SplitLeak
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

LIMIT: Final = 0.01
LIMIT_STRICT: Final = 0.001
"""Leaked share of the hold-out that is a veto; the second at high and regulated risk (readiness specification 2.3)."""
MARKS: Final = 10
"""Marks of classes that are told."""
MOSTLY_FILLED: Final = 0.5
"""Share of a class for which a column is filled, and for no other, from which that is a condition (our choice)."""


class _Leak(Check):
    pillar = Pillar.MEASURABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Leakage."""
        return (LeakStudy(),)


class SplitLeakage(_Leak):
    """Hold-out rows that are in the training data.

    What it measures: share of hold-out (and validation) rows, 0 to 1 with a Wilson interval, whose input equals a training row's after
    normalisation, whose entity (group column) or id is in train, or that have a near-duplicate in train more often than training rows
    have among themselves (people do write alike: 15 % of BANKING77's test rows have a near-twin in train, and so do 14 % of its training rows).

    Why: training is unharmed, measuring is: leaked rows read up to 12 points too good.

    What to do: remove the rows from train, or split again by entity. A veto above 1 % (0.1 % at high and regulated risk) unless fewer
    than half that is certain; below it, advice. Rows of a table with few distinct values equal each other by chance: those that equal
    a training row no more often (99 %) than training rows equal each other are only a condition, what goes beyond counts as leaked.
    Without a hold-out it is unknown.

    Source: readiness specification 2.3, split.leak.
    """

    code = "LEK001"
    title = "Hold-out is not in train"

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per evaluation split."""
        found, sample = facts[LeakStudy()], of_sample(data, facts.find(DuplicateFacts))
        limit = settings.policy.get("leak", LIMIT_STRICT if settings.risk in ("high", "regulated") else LIMIT)
        if found.of(str(Split.HOLDOUT)) is None:
            yield self.finding(Status.UNKNOWN, "test", "there is no hold-out, so nothing can be measured honestly", severity=Severity.MAJOR, fix='set rows aside before training, or name them: [data] holdout = "FILE"')
        for leak in found.splits:
            yield self._judged(data, leak, limit, sample)

    def _judged(self, data: Dataset, leak: SplitLeak, limit: float, sample: str) -> Finding:
        share = leak.share
        parts = [f"{n:,} {what}" for n, what in ((leak.exact, "same input"), (leak.group, "same entity"), (leak.id, "same id")) if n]
        evidence = Evidence(share.value, share.low, share.high, leak.rows, f"share of {leak.split} rows", "equal after normalisation, near-duplicates beyond expectation, entities, ids", refs(data, leak.where))
        marks = flags(self.code, data, leak.where)
        near = f"; {percent(leak.similar)} have a near-duplicate in train, {percent(leak.expected)} to be expected"
        chance = f"; {leak.chance:,} {'more ' if leak.leaked else ''}equal a training row by chance, as often as training rows equal each other (few distinct values)" if leak.chance else ""
        text = f"{leak.leaked:,} of {leak.rows:,} {leak.split} rows ({percent(leak.leaked / leak.rows)}) are in train" + (f": {', '.join(parts)}" if parts else "") + near + chance + sample
        fix = "remove those rows from train, or split again so that copies and entities stay on one side"
        if share.value > limit and share.low > limit / 2 and leak.split == Split.HOLDOUT:
            return self.finding(Status.FAIL, leak.split, text, evidence=evidence, fix=fix, flags=marks)
        if share.value > limit:
            return self.finding(Status.WARN, leak.split, text, severity=Severity.MAJOR, evidence=evidence, fix=fix, flags=marks)
        if leak.chance > limit * leak.rows:
            return self.finding(Status.WARN, leak.split, text, severity=Severity.MAJOR, evidence=evidence, fix="if rows were copied before the split, split again by entity", flags=marks)
        return self.finding(Status.PASS, leak.split, text, evidence=evidence, flags=marks)


class TargetLeakage(_Leak):
    """A column gives the label away.

    What it measures: chance-scaled balanced accuracy (R2 for numbers), 0 to 1, of the label predicted from one column alone, or from
    whether it is filled, each half of the rows judged by the other half; from .99 on a column counts as the label in other words. A
    number is also told by a straight line (of its values or its ranks), and by columns that add up to it. For text, the same of the
    first and last line and word, and the share of rows that spell out their own label (from .2 on where that is always behind the same
    characters). And what marks one class alone and is no content: a column that is filled for a fifth of its rows and more, and for no
    other; and, for half of its texts and at most 1 % of the others, HTML or a wrong encoding; for 80 %, capitals, one length (of 80
    characters and more), an end in the middle of a sentence, the same three words at the beginning or the end; and, with the extra
    `language`, that its texts are in another language than those of all other classes.

    Why: what is known only after the outcome makes every offline figure too good and is missing in production.

    What to do: drop the column, or show that it is known before the label; bring texts into one form. A condition from .99, advice from
    .95; a mark of one class is a condition, a column that is filled for less than half of it advice.

    Source: Kaufman et al. 2012 (leakage in data mining); thresholds are our choice.
    """

    code = "LEK002"
    title = "No column gives the label away"

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per column."""
        if not data.role(Role.LABEL):
            return
        for leak in facts[LeakStudy()].target:
            near, kind = leak.kind.startswith("near_"), leak.kind.removeprefix("near_")
            severity = Severity.MINOR if near else Severity.MAJOR
            evidence = Evidence(leak.skill, n=leak.n, unit="chance-scaled skill", method="cross-fitted majority by value or bin")
            if kind.startswith("words: "):
                text = f"the text in '{leak.column}' gives the label away ({kind.removeprefix('words: ')}): skill {leak.skill:.2f} of 1"
                yield self.finding(Status.WARN, leak.column, text, severity=severity, evidence=evidence, fix="take it out of the texts, unless they have it in production before the label is known")
                continue
            how = {"missingness": "alone (whether it is filled) tells", "sum": "and others add up to", "copy": "alone (its value) tells"}[kind]
            text = f"column '{leak.column}' {how} the label: skill {leak.skill:.2f} of 1{'' if near else '; the probe learned without it'}"
            yield self.finding(Status.WARN, leak.column, text, severity=severity, evidence=evidence, fix="drop it unless it is known before the label in production")
        for mark in facts[LeakStudy()].marks[:MARKS]:
            evidence = Evidence(mark.share, n=mark.rows, unit="share of the class", method="forms of texts, and which cells are filled, by class")
            if mark.column:
                text = f"column '{mark.column}' is filled for {percent(mark.share)} of the rows of class '{mark.name}' and for no other row: where it is filled, it tells the label"
                severity = Severity.MAJOR if mark.share >= MOSTLY_FILLED else Severity.MINOR
                yield self.finding(Status.WARN, mark.column, text, severity=severity, evidence=evidence, fix="drop it unless it is known before the label in production")
            else:
                text = f"{percent(mark.share)} of the texts of class '{mark.name}' {mark.how}, and {percent(mark.others)} of all others: a model learns that instead of the class"
                yield self.finding(Status.WARN, f"{mark.name}: {mark.how}", text, severity=Severity.MAJOR, evidence=evidence, fix="bring the texts of all classes into one form, unless production has that difference too")


class TimeLeakage(_Leak):
    """The hold-out is not later than the training data.

    What it measures: share of the hold-out rows with a time (0 to 1) that are not later than the newest training row, where a time column
    is known; times in a text column are compared by day.

    Why: a model that has seen the future of what it is tested on looks better than it will be.

    What to do: split by time, if the model is to work on later data. Advice only: many tasks have no arrow of time.

    Source: readiness specification 1 (statement 14).
    """

    code = "LEK003"
    title = "Hold-out is later than train"
    severity = Severity.MINOR

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """At most one finding."""
        overlap = facts[LeakStudy()].time_overlap
        if overlap:
            yield self.finding(Status.WARN, "test", f"{percent(overlap)} of hold-out rows with a time are not later than the newest training row", evidence=Evidence(overlap, unit="share of test rows"), fix="split by time if the model must work on later data")


class Contaminated(_Leak):
    """Evaluation sets that you named are in the training data.

    What it measures: rows of each set named with `--against` of which at least half of all 8-word sequences occur in the training rows
    (a prompt template that all rows of a set share is taken off first).

    Why: a benchmark that was trained on measures memory.

    What to do: remove the training rows listed by `--rows`. A veto above 1 % of the evaluation rows, a condition below.

    Source: n-gram overlap as in Brown et al. 2020 and Chowdhery et al. 2022.
    """

    code = "LEK004"
    title = "Evaluation sets are not in train"

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per set."""
        if not settings.against:
            return
        for found in facts[LeakStudy()].against:
            if found.reason:
                yield self.finding(Status.UNKNOWN, found.name, f"overlap with '{found.name}' was not measured: {found.reason}", severity=Severity.MAJOR)
                continue
            share = found.matched / max(1, found.rows)
            evidence = Evidence(share, n=found.rows, unit="share of evaluation rows", method="8-word sequences, at least half of a row's", refs=refs(data, found.train))
            where = "train" if found.drawn is None else f"the {found.drawn:,} training rows of a sample; there may be more in the others"
            text = f"{found.matched:,} of {found.rows:,} rows of '{found.name}' ({percent(share)}) are in {where}"
            if not found.matched:
                yield self.finding(Status.PASS, found.name, text, evidence=evidence)
                continue
            severity = Severity.BLOCKER if share > LIMIT else Severity.MAJOR
            yield self.finding(Status.FAIL, found.name, f"{text}, {percent(found.mean_overlap)} of their sequences", severity=severity, evidence=evidence, fix="remove the rows from train", flags=flags(self.code, data, found.train))


CHECKS = (SplitLeakage(), TargetLeakage(), TimeLeakage(), Contaminated())
