"""TXT008: responses that people voted against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import percent
from auditor.checks.base import Check
from auditor.model import Evidence, Pillar, Role, Severity, Shape, Status
from auditor.scan.measures import Values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.model import Dataset, Finding
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

NOTED: Final = 0.01
"""Share of marked rows from which it is a condition (our choice, as for other defects of responses)."""


class Unwanted(Check):
    """Responses marked as bad are not taught as good ones.

    What it measures: share (0 to 1) of the rows with a vote (`feedback`, `thumbs`, `rating` of two values, a boolean) whose response was
    voted against. And of the rows with a grade (`rating`, `score`, `helpfulness` of whole numbers from 0 or 1 up to at most 10) those in the
    lowest quarter of the scale, 1 and 2 of 5: advice, since a grade may be of something else.

    Why: supervised fine-tuning learns every response alike, the one with the thumb down as faithfully as the others.

    What to do: leave those rows out, or train by a method that reads the mark (KTO), or pair them with better responses (DPO). A condition
    from 1 % of the rows on. Rows that are KTO's by their names (`completion` and `label`, `kto_tag`) are meant so: advice.

    Source: TRL's KTO trainer; the threshold is our choice.
    """

    code = "TXT008"
    title = "Unwanted responses are not taught"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Counts of the votes."""
        return [Values(c) for c in data.role(Role.SCORE)] if self._applies(data) else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding."""
        if not self._applies(data):
            return
        import polars as pl

        from auditor.sources.votes import are_votes, wanted

        column = data.role(Role.SCORE)[0]
        found = facts[Values(column)]
        values, counts = pl.Series(list(found.counts)), list(found.counts.values())
        if not len(values) or not (values.dtype == pl.Boolean or are_votes(values)):
            yield from self._graded(column, found.counts)
            return
        said = wanted(values).to_list()
        against = sum(n for n, good in zip(counts, said, strict=True) if good is False)
        n = against + sum(n for n, good in zip(counts, said, strict=True) if good)
        share = against / max(1, n)
        evidence = Evidence(share, n=n, unit="share of rows with a vote")
        if not against:
            yield self.finding(Status.PASS, column, f"none of {n:,} responses is marked as unwanted in '{column}'", evidence=evidence)
            return
        meant = any(r.role is Role.SCORE and "KTO" in r.reason for r in data.roles)
        yield self.finding(
            Status.WARN,
            column,
            f"{against:,} of {n:,} responses ({percent(share)}) are marked as unwanted in '{column}'; supervised fine-tuning would teach them like the others",
            severity=Severity.MINOR if meant or share < NOTED else Severity.MAJOR,
            evidence=evidence,
            fix="leave those rows out, or train by a method that reads the mark (KTO)",
        )

    def _graded(self, column: str, counts: Mapping[object, int]) -> Iterator[Finding]:
        """Grades may be of something else than the response, so that bad ones are no more than advice."""
        from auditor.sources.votes import low_grades

        scale = low_grades([v for v in counts if v is not None])
        if scale is None:
            return
        low, high, worst = scale
        n = sum(k for v, k in counts.items() if v is not None)
        bad = sum(k for v, k in counts.items() if isinstance(v, int) and v <= worst)
        share, grades = bad / n, f"{low}" if worst == low else f"{low} to {worst}"
        evidence = Evidence(share, n=n, unit="share of rows with a grade")
        if not bad:
            return
        text = f"{bad:,} of {n:,} rows ({percent(share)}) have a low grade in '{column}' ({grades} of {low} to {high}); if it says how good the response is, supervised fine-tuning teaches it like the others"
        yield self.finding(Status.WARN, column, text, severity=Severity.MINOR, evidence=evidence, fix="leave the rows with low grades out, or pair them with better responses (DPO)")

    def _applies(self, data: Dataset) -> bool:
        return bool(data.role(Role.SCORE)) and data.shape in (Shape.CHAT, Shape.PROMPT_COMPLETION)


CHECKS = (Unwanted(),)
"""What people said of responses."""
