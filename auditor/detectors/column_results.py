"""What comparing the columns of a table answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.detectors.results import RowSet


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Two columns whose values are exchanged in some rows."""

    first: str
    second: str
    where: RowSet = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """Pairs of columns, among the labelled training rows that were looked at."""

    rows: int = 0
    copies: tuple[tuple[str, str, str], ...] = ()
    """Two columns and how they say the same: `equal`, `line` or `names` (each value of the one goes with one of the other)."""
    exchanged: tuple[Exchanged, ...] = ()
