"""What the study of prompts and responses answers: counts and row references, never values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.detectors.results import RowSet


@dataclass(frozen=True, slots=True)
class TextDefect:
    """One kind of defect in texts of conversations."""

    kind: str
    """`empty_response`, `empty_prompt`, `truncated`, `broken_off`, `echo`, `missing`, `canned`, `markup`, `refusal`, `placeholder`, `merged`, `control`, `service_error`, `encoded`, `loop`, `open_fence`, `open_reasoning`, `no_answer`, `empty_reasoning`, `language` (script), `other_language`,
    `equal_sides`, `undecided`, `empty_side`, `preference_cycle`, `contradiction`."""
    rows: int
    n: int
    """Rows that could have it."""
    where: RowSet = field(repr=False, compare=False)

    @property
    def share(self) -> float:
        """Share of rows, 0 to 1."""
        return self.rows / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What prompts and responses look like, and what is wrong with them."""

    rows: int
    sampled: bool
    defects: tuple[TextDefect, ...]
    repeated_prompts: int = 0
    """Rows whose prompt occurs more than once (normal for open-ended generation)."""
    unfinished: float | None = None
    """Share of responses without terminal punctuation: the set's own habit."""
    longer_chosen: float | None = None
    """Preference data: share of pairs in which the longer side was chosen."""
    templated: float = 0.0
    """Share of responses that begin with the most frequent 40 characters."""
    reason: str = ""

    def of(self, kind: str) -> TextDefect | None:
        """Defect of a kind, None where no row has it."""
        return next((d for d in self.defects if d.kind == kind), None)
