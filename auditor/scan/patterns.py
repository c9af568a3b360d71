"""What the strings of a column look like: numbers, dates, addresses, markup. Structure only, no value leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auditor.scan.request import ColumnMeasure

if TYPE_CHECKING:
    from auditor.scan.chunk import Chunk

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
_ANY: Final = "|".join(f"(?:{p})" for p in PATTERNS.values())


@dataclass(frozen=True)
class PatternCounts(ColumnMeasure[tuple[int, ...]]):
    """Cells of a text column per kind, in the order of `PATTERNS`; cells above 256 bytes are prose and count as none."""

    def of(self, chunk: Chunk) -> tuple[int, ...]:
        """The counts. Most columns match no kind at all, so one search for all decides which cells are looked at again."""
        import polars as pl

        text = chunk.frame[self.column].cast(pl.String)
        some = text.filter((text.str.len_bytes() <= 256) & text.str.contains(_ANY))
        if not some.len():
            return (0,) * len(PATTERNS)
        found = some.alias("x").to_frame().select(pl.col("x").str.contains(p).sum().alias(k) for k, p in PATTERNS.items())
        return tuple(int(n or 0) for n in found.row(0))

    def merge(self, a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
        """Sums."""
        return tuple(x + y for x, y in zip(a, b, strict=True))
