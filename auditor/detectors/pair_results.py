"""What the study of pairs answers: whether responses belong to their prompts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.detectors.results import Interval, RowSet


@dataclass(frozen=True, slots=True)
class PairFacts:
    """Does a response belong to its prompt? AUC .5 = no better than another row's response."""

    rows: int
    sampled: bool
    measured: bool
    reason: str = ""
    auc: Interval | None = None
    shuffled: Interval | None = None
    """The same with responses shuffled between prompts."""
    no_signal: bool = False
    """Responses are near-identical (or too few, too short): nothing could be measured, which is not bad."""
    distinct_responses: float = 1.0
    """Share of distinct responses."""
    mismatched: float | None = None
    """Estimated share of responses that belong to another prompt, 0 where that cannot be told."""
    mismatched_high: float | None = None
    """Its upper end."""
    clear: bool = True
    """Whether own responses fit so much better than others that foreign ones show."""
    suspects: RowSet | None = field(default=None, repr=False, compare=False)
    """Rows whose response fits other prompts better, most suspicious first; `score` = 1 - percentile."""
    unasked: bool = False
    """Whether there are responses and no prompt at all."""
    canned: int = 0
    """Rows whose response stands behind many different prompts, or answers nothing (a refusal, say); they fit any and were left out."""
    turned: RowSet | None = field(default=None, repr=False, compare=False)
    """Rows whose prompt and response seem to be exchanged, None where there are none."""
    asking: RowSet | None = field(default=None, repr=False, compare=False)
    """Rows whose response asks and whose prompt does not, None where they are few."""
    asked: int = 0
    """Rows in which it is the other way round, as it should be."""
    method: str = ""
