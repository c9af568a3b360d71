"""TXT008: responses that people voted against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import percent
from auditor.checks.base import Check
from auditor.model import Evidence, Pillar, Role, Severity, Shape, Status
from auditor.scan.measures import Values

if TYPE_CHECKING:
    from auditor.model import Dataset, Finding
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

NOTED: Final = 0.01
"""Share of marked rows from which it is a condition (our choice, as for other defects of responses)."""


class Unwanted(Check):
    """Responses marked as bad are not taught as good ones.

    What it measures: share (0 to 1) of the rows with a vote (`feedback`, `thumbs`, `rating` of two values, a boolean) whose response was
    voted against.

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

    def _applies(self, data: Dataset) -> bool:
        return bool(data.role(Role.SCORE)) and data.shape in (Shape.CHAT, Shape.PROMPT_COMPLETION)


CHECKS = (Unwanted(),)
"""What people said of responses."""
