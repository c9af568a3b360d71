"""What the study of targets says. Frozen, without a value of the data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditor.model import RowRef

if TYPE_CHECKING:
    from auditor.targets.packing import Packed


@dataclass(frozen=True, slots=True)
class Range:
    """A figure with its bounds; all three are equal where it is counted and not estimated."""

    low: int
    value: int
    high: int

    @property
    def exact(self) -> bool:
        """Whether nothing is uncertain about it."""
        return self.low == self.high

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.value + other.value, self.high + other.high)

    def __str__(self) -> str:
        return f"{self.value:,}" if self.exact else f"{self.low:,} to {self.high:,}"


ZERO = Range(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule is broken."""

    file: str
    line: int | None = None
    """1-based physical line."""
    column: int | None = None
    """1-based character in the line."""
    offset: int | None = None
    """Byte offset of the row in the file."""
    path: str = ""
    """JSON path, `$.messages[2].content`."""
    detail: str = ""
    """What was found there: a shape, never a value."""
    row: int | None = None
    """0-based row of the file, None where it is about the file."""

    def __str__(self) -> str:
        where = self.file
        if self.line is not None:
            where += f":{self.line}"
            if self.column is not None:
                where += f":{self.column}"
        return f"{where} {self.path}".rstrip() if self.path not in {"", "$"} else where


@dataclass(frozen=True, slots=True)
class Issue:
    """All places where one rule of one target is broken."""

    target: str
    rule: str
    check: str
    level: str
    text: str
    fix: str
    source: str
    evidence: str
    count: int
    """Places, over all rows."""
    rows: int
    """Rows with at least one of them; 0 for a rule about the file."""
    places: tuple[Place, ...]
    """The first three."""
    refs: tuple[RowRef, ...] = field(default=(), repr=False)
    """Every row concerned."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one target would do with the data."""

    target: str
    title: str
    status: str
    status_text: str
    version: str
    as_of: str
    """Day on which the rules were last looked up."""
    rows: int
    """Rows that are read, rejected ones and those of validation files included."""
    training: int
    """Of these, rows of the training files."""
    accepted: int
    """Rows without an error."""
    rejected: int
    dropped: Range
    """Accepted rows that vanish without a word."""
    truncated: Range
    """Accepted rows that are cut."""
    untrained: Range
    """Accepted rows in which nothing is trained."""
    lost: Range
    """Accepted rows with a loss of any kind, each counted once."""
    tokens: Range
    """Tokens of all training rows, before anything is cut."""
    billed_tokens: Range
    """The same after cutting and dropping what is too long: what one epoch reads."""
    target_tokens: Range
    """Tokens that a loss is taken on, before anything is cut."""
    kept_tokens: Range
    """Of these, those left after dropping and cutting."""
    max_length: int
    excess: str
    method: str
    """How tokens were counted."""
    exact: bool
    epochs: tuple[int, int]
    issues: tuple[Issue, ...]
    file_ok: bool
    """Whether no rule about the file as a whole is broken."""
    packed: tuple[Packed, Packed, Packed] | None = None
    """What packing makes of the rows at the low, likely and high number of tokens; None where it was not asked for."""

    @property
    def ok(self) -> bool:
        """Whether the target would take the files."""
        return self.file_ok and self.rejected == 0

    @property
    def errors(self) -> tuple[Issue, ...]:
        """Issues of level error."""
        return tuple(i for i in self.issues if i.level == "error")

    def loss(self) -> float:
        """Share of rows that are certainly lost, 0 to 1: the low end of the range."""
        return self.lost.low / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class TargetReport:
    """The compatibility of the data with every target that was asked for, and with the own rules."""

    files: tuple[str, ...]
    rows: int
    """Rows of the files that go to training, in all layouts."""
    format: str
    """Format of most rows, see `formats.FORMATS`."""
    formats: tuple[tuple[str, int], ...]
    """Formats met, with their rows."""
    reason: str
    """Why it was taken for that."""
    outcomes: tuple[Outcome, ...]
    requested: tuple[str, ...]
    duplicates: int
    """Rows that repeat an earlier one exactly."""
    effective: int
    """Rows left without exact repeats and without rows in which nothing is trained."""
    suits: tuple[str, ...]
    """Active targets that read this format."""
    shared: tuple[str, ...] = ()
    """Training files in which a column gives some rows to other splits; their rows are all counted, as whoever takes the file trains on all."""

    def outcome(self, target: str) -> Outcome | None:
        """The outcome for a target, None where it was not studied."""
        return next((o for o in self.outcomes if o.target == target), None)
