"""LRN: what the data teach is taught again by half of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import percent
from auditor.checks.base import Check
from auditor.decision.outside import outside
from auditor.detectors.studies import StabilityStudy
from auditor.model import Evidence, Finding, Pillar, Severity, Shape, Status

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

LEAST: Final = 0.4
"""Agreement of halves below which it is a condition. Of the benchmark's damaged sets below it 13 % taught a good model, above it 48 %
(`tests/benchmarks/score_validity/judge.py`)."""


class Stable(Check):
    """Two halves of the training rows teach the same answers.

    What it measures: agreement beyond chance (Cohen's kappa, 0 to 1) of two cheap models, each taught one half of the training rows, on
    production inputs where there is a sample of them, else on a fifth of the training rows set apart; near-duplicates are in one half.
    Beside it the agreement of a model of all rows with one that was not shown the rows whose label the other half contradicts.

    Why: where halves teach different things, what is learnt hangs on which rows happen to be there: too few of them, too many wrong
    labels, or nothing to learn. Unlike accuracy this hardly depends on how hard the task is. Where the doubted labels change no answer,
    settling them first gains nothing. Mistakes made consistently are taught by both halves and do not show.

    What to do: below .40 it is a condition: collect more rows of the classes that differ, or fix the doubted labels. At most 12,000
    rows are used; more rows agree more.

    Source: disagreement of two runs as a measure of test error, Jiang et al. 2022; thresholds by `tests/benchmarks/score_validity`.
    """

    code = "LRN007"
    title = "Halves of the data teach the same"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The two halves."""
        return (StabilityStudy(),) if data.shape is Shape.CLASSIFICATION else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """At most one finding."""
        if data.shape is not Shape.CLASSIFICATION:
            return
        found = facts[StabilityStudy()]
        if not found.measured or found.halves is None or found.without_doubted is None:
            if found.applies:
                yield self.finding(Status.UNKNOWN, "train", f"whether halves of the data teach the same was not measured: {found.reason}", severity=Severity.MINOR)
            return
        agreed = found.halves
        whose = "production inputs" if found.asked == "production" else "training inputs set apart"
        evidence = Evidence(agreed.value, agreed.low, agreed.high, found.inputs, "kappa of two models", f"two cheap models, each taught one half of {found.rows:,} rows, asked about {found.inputs:,} {whose}")
        text = f"two models taught one half of the rows each agree with kappa {agreed.value:.2f} ({agreed.low:.2f} to {agreed.high:.2f}) on {whose}"
        known = outside(data, facts, settings)
        if agreed.high < LEAST and known.weak and known.chance:
            yield self.finding(Status.NOT_APPLICABLE, "train", f"{text}: the models are too weak for this task (LRN001)", evidence=evidence)
            return
        if agreed.high < LEAST:
            yield self.finding(Status.WARN, "train", f"{text}: what is learnt hangs on which rows are there", evidence=evidence, fix="collect more rows, of the rarest classes first, or fix the doubted labels (LBL002)")
            return
        if found.doubted:
            text += f"; without the {percent(found.doubted)} of rows that the other half contradicts the answers stay the same with {found.without_doubted.value:.2f}"
        yield self.finding(Status.PASS, "train", text, evidence=evidence)


CHECKS = (Stable(),)
