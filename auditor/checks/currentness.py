"""CMP004: the newest record is as young as the use asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from auditor.checks.base import Check
from auditor.decision.waivers import today
from auditor.detectors.newest import NewestStudy
from auditor.model import Evidence, Pillar, Severity, Status

if TYPE_CHECKING:
    from auditor.model import Dataset, Finding
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings


class Currentness(Check):
    """Age of the newest record against the age that the use can live with (`freshness_days` under `[use_case]`).

    Unit: days, 0 or more, between the latest day in the column that says when a row was made and today (UTC, or the day of
    SOURCE_DATE_EPOCH). Judged only where an age is declared: what a model learned from stale facts it repeats with confidence, and
    retrieval that lags has the same effect. Older than declared is a condition; without a readable time column it is unknown.
    What to do: add newer records, declare the time column (`[data] time = "COLUMN"`), or answer changing facts with retrieval.
    Source: readiness specification, section 1 (38); corresponds to Cur-ML-1 of ISO/IEC 5259-2.
    """

    code = "CMP004"
    title = "The newest record is recent enough"
    pillar = Pillar.MAINTAINABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The newest day, where an age is declared."""
        return () if settings.use_case.freshness_days is None else (NewestStudy(),)

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding, where an age is declared."""
        limit = settings.use_case.freshness_days
        if limit is None:
            return
        found = facts[NewestStudy()]
        if found.newest is None:
            why = f"too few cells of '{found.column}' read as a day" if found.column else "no column says when a row was made"
            yield self.finding(Status.UNKNOWN, "dataset", f"The age of the newest record is not known: {why}", fix='name the column: [data] time = "COLUMN", with days as YYYY-MM-DD')
            return
        age = (today() - found.newest).days
        evidence = Evidence(float(age), n=found.rows, unit="days", method=f"newest day in '{found.column}'")
        if age < 0:
            words = f"The newest record is dated {found.newest.isoformat()}, {-age} days from now: the times cannot be right"
            yield self.finding(Status.WARN, found.column, words, evidence=evidence, fix="correct the times")
        elif age > limit:
            words = f"The newest record is {age} days old ({found.newest.isoformat()}); the use lives with {limit:g}"
            yield self.finding(Status.WARN, found.column, words, evidence=evidence, fix="add newer records, or answer changing facts with retrieval")
        else:
            yield self.finding(Status.PASS, found.column, f"The newest record is {age} days old; the use lives with {limit:g}", evidence=evidence)


CHECKS = (Currentness(),)
