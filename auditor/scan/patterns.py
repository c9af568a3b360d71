"""What the strings of a column look like: numbers, dates, addresses, markup. Structure only, no value leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auditor.scan.chunk import Cells
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
_PROSE: Final = 256
_LEAST_HEX: Final = 16
_ANY: Final = "|".join(f"(?:{p})" for p in PATTERNS.values())


@dataclass(frozen=True)
class PatternCounts(ColumnMeasure[tuple[int, ...]]):
    """Cells of a text column per kind, in the order of `PATTERNS`; cells above 256 bytes are prose and count as none."""

    def of(self, chunk: Chunk) -> tuple[int, ...]:
        """The counts. Most columns match no kind at all, so one search for all decides which cells are looked at again."""
        import polars as pl

        cells = chunk.cells(self.column)
        measured = chunk.text(self.column)
        fitting = pl.DataFrame([measured.cells, measured.bytes]).select(pl.when(pl.col("bytes") <= _PROSE).then(pl.col("x")).str.contains(_ANY)).to_series()
        some = fitting.fill_null(value=False)
        if not some.any():
            return (0,) * len(PATTERNS)
        text, rows = measured.cells.filter(some), None if cells.rows is None else cells.rows[some.to_numpy()]
        whole = Cells(text, rows)
        integer = text.str.contains(PATTERNS["integer"])
        other = ~integer
        # digits alone are no other kind, but for hexadecimal digits
        rest = Cells(text.filter(other), None if rows is None else rows[other.to_numpy()])
        counts = {"integer": whole.total(integer), "hex": whole.total((text.str.len_bytes() >= _LEAST_HEX) & text.str.contains(PATTERNS["hex"]))}
        return tuple(counts[k] if k in counts else rest.total(rest.values.str.contains(p)) if rest.values.len() else 0 for k, p in PATTERNS.items())

    def merge(self, a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
        """Sums."""
        return tuple(x + y for x, y in zip(a, b, strict=True))
