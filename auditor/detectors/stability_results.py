"""What the study of stability answers: frozen numbers."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.detectors.results import Interval


@dataclass(frozen=True, slots=True)
class StabilityFacts:
    """Do halves of the training rows teach the same, and do the doubted labels change what is taught?

    Agreement is Cohen's kappa of the answers to the same inputs: 1 = always the same, 0 = no more often than by chance.
    """

    measured: bool
    reason: str = ""
    """Why not, where it was not measured."""
    applies: bool = True
    """False where rows do not have one class each: the question has no meaning here yet."""
    rows: int = 0
    """Training rows used, each input with a label once."""
    stands_for: int = 0
    """Such rows there are; of more than are used the figures are lower bounds, for more rows agree more."""
    halves: Interval | None = None
    """Agreement of two models, each taught one half."""
    without_doubted: Interval | None = None
    """Agreement of a model of all rows with one of the rows whose label the other half confirms."""
    doubted: float = 0.0
    """Share of rows whose label the other half's model contradicts."""
    asked: str = ""
    """Whose inputs were answered: `production`, or `training` (a fifth of it set apart)."""
    inputs: int = 0
    """How many they were."""

    @property
    def sampled(self) -> bool:
        """Fewer rows were used than there are."""
        return self.stands_for > self.rows
