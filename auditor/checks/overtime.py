"""DRF: what the data teach does not change with time, and the hold-out is like production."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks.base import Check
from auditor.detectors.overtime import TimeStudy
from auditor.detectors.studies import HoldoutDriftStudy
from auditor.model import Evidence, Finding, Pillar, Role, Severity, Shape, Split, Status

if TYPE_CHECKING:
    from auditor.detectors.overtime import TimeFacts
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

CLEAR: Final = 2.576
"""Standard errors (99 %, two-sided) from which a difference is one."""
LEAST: Final = 0.03
"""Balanced accuracy lost with time that is mentioned however many rows show it (our choice)."""
RELABELLED: Final = 0.1
"""Share of recurring inputs with another label later from which the truth has changed (the limit of label noise)."""
RECURRING: Final = 20
"""Inputs that must recur before their labels say anything."""
SHIFTED: Final = 0.05
"""AUC above .5 from which the hold-out is another kind of data than production; as for training (DRF001)."""


class HoldsLater(Check):
    """What the older rows teach holds for the newer ones.

    What it measures: balanced accuracy (0 to 1) of a probe that learned from the older three quarters of the training rows, on the newest
    quarter, against the same with as many rows drawn without regard to time; and, of the inputs that recur, the share whose label is
    another one later. Classification with a column that says when a row was made; at least 50 rows in either part.

    Why: a random hold-out promises what the model reaches in the past. Where truth moves with time, weights are out of date when they
    ship, and retrieval or rules that can be edited serve better. It is also the measured side of the declared change interval (USE009).

    What to do: split by time and judge by that figure; retrain as often as the change asks for, or move the changing facts out of the
    weights. A condition.

    Source: readiness specification, section 1 (14, 16); two-sided test at 99 %, thresholds are our choice.
    """

    code = "DRF003"
    title = "What held earlier holds later"
    pillar = Pillar.MAINTAINABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The older rows against the newer ones."""
        return (TimeStudy(),) if self._applies(data) else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding on what is learned, one on labels that changed."""
        if not self._applies(data):
            return
        found = facts[TimeStudy()]
        if found.again >= RECURRING:
            yield self._labels(found)
        if found.later is None or found.mixed is None:
            yield self.finding(Status.UNKNOWN, found.column, f"whether older rows teach what newer ones show was not measured: {found.reason}", severity=Severity.MINOR, fix='name the column: [data] time = "COLUMN", with days as YYYY-MM-DD')
            return
        lost = found.mixed.value - found.later.value
        half = CLEAR * math.hypot((found.mixed.high - found.mixed.low) / 2, (found.later.high - found.later.low) / 2) / 1.96
        evidence = Evidence(lost, lost - half, lost + half, found.newer, "balanced accuracy lost with time", f"probe on {found.older} older rows, judged from {found.since} on")
        shown = f"{found.later.value:.2f} on rows from {found.since} on, {found.mixed.value:.2f} where older and newer rows are mixed"
        if lost >= max(half, LEAST):
            yield self.finding(Status.WARN, found.column, f"what was learned from older rows holds less for newer ones: {shown}", evidence=evidence, fix="split by time and judge by that; keep what changes out of the weights")
        else:
            yield self.finding(Status.PASS, found.column, f"older rows teach what newer ones show: {shown}", evidence=evidence)

    def _labels(self, found: TimeFacts) -> Finding:
        from auditor.detectors.statistics import share

        rate = share(found.changed, found.again)
        evidence = Evidence(rate.value, rate.low, rate.high, found.again, "share of recurring inputs with another label later", "Wilson 95 % interval")
        text = f"{found.changed:,} of {found.again:,} inputs that recur have another label from {found.since} on"
        if rate.low > RELABELLED:
            return self.finding(Status.WARN, "labels", f"{text}: the truth changed", evidence=evidence, fix="drop or relabel the rows from before the change")
        return self.finding(Status.PASS, "labels", text, evidence=evidence)

    def _applies(self, data: Dataset) -> bool:
        return data.shape is Shape.CLASSIFICATION and bool(data.role(Role.TIME)) and bool(data.role(Role.LABEL))


class LikelyHoldout(Check):
    """The hold-out looks like production.

    What it measures: AUC (.5 = indistinguishable, 1 = another kind of data) of a classifier that tells de-duplicated hold-out inputs from
    production inputs, with its interval. At least 30 distinct rows on either side.

    Why: ten polished examples in a slide deck are no hold-out. A figure measured on short, clean or old rows is not the figure of the
    documents that come in.

    What to do: draw the hold-out from production and label it. A condition. Without a production sample nothing is said here: DRF001 asks
    for one.

    Source: readiness specification, section 1 (25) and 5.
    """

    code = "DRF004"
    title = "The hold-out looks like production"
    pillar = Pillar.MEASURABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Hold-out against production."""
        return (HoldoutDriftStudy(),) if self._applies(data) else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding where both are there and large enough."""
        if not self._applies(data):
            return
        found = facts[HoldoutDriftStudy()].drift
        if not found.measured or found.auc is None:
            yield self.finding(Status.UNKNOWN, "test", f"the hold-out was not compared with production: {found.reason}", severity=Severity.MINOR)
            return
        auc = found.auc
        evidence = Evidence(auc.value, auc.low, auc.high, found.rows, "AUC hold-out against production", found.method)
        text = f"hold-out and production are told apart with AUC {auc.value:.2f} ({auc.low:.2f} to {auc.high:.2f})"
        if auc.value >= 0.5 + SHIFTED and auc.low > 0.5:
            yield self.finding(Status.WARN, "test", text, evidence=evidence, fix="draw the hold-out from production and label it")
        else:
            yield self.finding(Status.PASS, "test", text, evidence=evidence)

    def _applies(self, data: Dataset) -> bool:
        return {str(Split.HOLDOUT), str(Split.PRODUCTION)} <= {str(s) for s in data.splits}


CHECKS = (HoldsLater(), LikelyHoldout())
