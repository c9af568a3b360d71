"""The studies that checks of labels, duplicates, leakage and learnability ask for. Cheap to import: the work is imported when run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.detectors.pair_results import PairFacts
from auditor.detectors.results import DriftFacts, DuplicateFacts, LeakFacts, OrderFacts, ProbeFacts
from auditor.detectors.stability_results import StabilityFacts
from auditor.detectors.text_results import TextFacts
from auditor.scan.request import Study

if TYPE_CHECKING:
    from auditor.scan.request import Facts, Request, Rows


@dataclass(frozen=True)
class DuplicateStudy(Study[DuplicateFacts]):
    """Clusters of the rows of train, validation and hold-out."""

    def run(self, rows: Rows, facts: Facts) -> DuplicateFacts:  # noqa: ARG002 - reads no other fact
        """Find them."""
        from auditor.detectors.duplicates import of_rows

        return of_rows(rows)


@dataclass(frozen=True)
class LeakStudy(Study[LeakFacts]):
    """Leakage between the splits and out of the label."""

    def after(self) -> tuple[Request, ...]:
        """The clusters."""
        return (DuplicateStudy(),)

    def run(self, rows: Rows, facts: Facts) -> LeakFacts:
        """Find it."""
        from auditor.detectors.leakage import of_rows

        return of_rows(rows, facts[DuplicateStudy()])


@dataclass(frozen=True)
class ProbeStudy(Study[ProbeFacts]):
    """What a cheap model can learn from the training split, and which labels it doubts."""

    def after(self) -> tuple[Request, ...]:
        """Clusters and leaked rows."""
        return (DuplicateStudy(), LeakStudy())

    def run(self, rows: Rows, facts: Facts) -> ProbeFacts:
        """Train and judge."""
        from auditor.detectors.probe import of_rows

        return of_rows(rows, facts.get(DuplicateStudy()), facts.get(LeakStudy()))


@dataclass(frozen=True)
class StabilityStudy(Study[StabilityFacts]):
    """Whether halves of the training rows teach the same."""

    def after(self) -> tuple[Request, ...]:
        """The clusters, which stay in one half, and the columns that give the label away."""
        return (DuplicateStudy(), LeakStudy())

    def run(self, rows: Rows, facts: Facts) -> StabilityFacts:
        """Teach halves and compare their answers."""
        from auditor.detectors.stability import of_rows

        return of_rows(rows, facts.get(DuplicateStudy()), facts.get(LeakStudy()))


@dataclass(frozen=True)
class PairStudy(Study[PairFacts]):
    """Pair signal of prompts and responses."""

    def run(self, rows: Rows, facts: Facts) -> PairFacts:  # noqa: ARG002 - reads no other fact
        """Measure it."""
        from auditor.detectors.pairs import of_rows

        return of_rows(rows)


@dataclass(frozen=True)
class DriftStudy(Study[DriftFacts]):
    """Training inputs against production inputs."""

    def run(self, rows: Rows, facts: Facts) -> DriftFacts:  # noqa: ARG002 - reads no other fact
        """Measure it."""
        from auditor.detectors.drift import of_rows

        return of_rows(rows)


@dataclass(frozen=True, slots=True)
class HoldoutDriftFacts:
    """The hold-out against production; a type of its own, as the score reads the drift of training by type."""

    drift: DriftFacts


@dataclass(frozen=True)
class HoldoutDriftStudy(Study[HoldoutDriftFacts]):
    """Hold-out inputs against production inputs."""

    def run(self, rows: Rows, facts: Facts) -> HoldoutDriftFacts:  # noqa: ARG002 - reads no other fact
        """Measure it."""
        from auditor.detectors.drift import of_rows
        from auditor.model import Split

        return HoldoutDriftFacts(of_rows(rows, str(Split.HOLDOUT)))


@dataclass(frozen=True)
class OrderStudy(Study[OrderFacts]):
    """Whether labels change along the file."""

    def run(self, rows: Rows, facts: Facts) -> OrderFacts:  # noqa: ARG002 - reads no other fact
        """Measure it."""
        from auditor.detectors.order import of_rows

        return of_rows(rows)


@dataclass(frozen=True)
class TextStudy(Study[TextFacts]):
    """Defects of prompts and responses."""

    def run(self, rows: Rows, facts: Facts) -> TextFacts:  # noqa: ARG002 - reads no other fact
        """Find them."""
        from auditor.detectors.text_defects import of_rows

        return of_rows(rows)
