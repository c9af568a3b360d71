"""What the strings of a column look like: numbers, dates, addresses, markup. Structure only, no value leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from auditor.scan.request import ExprMeasure

if TYPE_CHECKING:
    import polars as pl

PATTERNS: Final = {
    "integer": r"^\s*[+-]?\d{1,18}\s*$",
    "decimal": r"^\s*[+-]?\d*[.,]\d+([eE][+-]?\d+)?\s*$",
    "date": r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}|$)|^\d{1,2}[./]\d{1,2}[./]\d{2,4}$",
    "boolean": r"^(?i:true|false|yes|no)$",
    "uuid": r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
    "hex": r"^[0-9a-fA-F]{16,128}$",
    "url": r"^https?://\S+$",
    "json": r"^\s*[\[{].*[\]}]\s*$",
    "html": r"^\s*<[a-zA-Z!]",
}
"""Kinds of string by an anchored pattern; anchors make the check cost a few characters a cell."""


@dataclass(frozen=True)
class PatternCounts(ExprMeasure[tuple[int, ...]]):
    """Cells of a text column per kind, in the order of `PATTERNS`."""

    column: str

    def exprs(self) -> dict[str, pl.Expr]:
        """One count per kind; only the first 256 bytes of a cell are looked at."""
        import polars as pl

        text = pl.col(self.column)
        # anything longer is prose: a pattern needs the whole cell, and long cells would cost the most
        short = pl.when(text.str.len_bytes() <= 256).then(text)
        return {kind: short.str.contains(pattern).sum() for kind, pattern in PATTERNS.items()}

    def of(self, values: Mapping[str, Any]) -> tuple[int, ...]:
        """The counts."""
        return tuple(int(values[kind] or 0) for kind in PATTERNS)

    def merge(self, a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
        """Sums."""
        return tuple(x + y for x, y in zip(a, b, strict=True))
