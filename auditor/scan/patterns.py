"""What the strings of a column look like: numbers, dates, addresses, markup. Structure only, no value leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auditor.scan.chunk import Cells
from auditor.scan.request import ColumnMeasure

if TYPE_CHECKING:
    import polars as pl

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
_LOOK: Final = 128
_LEAST_HEX: Final = 16
_MOST_DIGITS: Final = 18
_INTEGER, _HEX = list(PATTERNS).index("integer"), list(PATTERNS).index("hex")
_ANY: Final = "|".join(f"(?:{p})" for p in PATTERNS.values())


@dataclass(frozen=True)
class PatternCounts(ColumnMeasure[tuple[int, ...]]):
    """Cells of a text column per kind, in the order of `PATTERNS`; cells above 256 bytes are prose and count as none."""

    def of(self, chunk: Chunk) -> tuple[int, ...]:
        """The counts. Most columns match no kind at all, so one search for all decides which cells are looked at again."""
        import polars as pl

        cells = chunk.cells(self.column)
        measured = chunk.text(self.column)
        fitting = pl.DataFrame([measured.cells, measured.bytes]).select(pl.when(pl.col("bytes") <= _PROSE).then(pl.col("x"))).to_series()
        plain = _plain_integers(fitting, measured.bytes)
        digits = plain.sum()
        some = (fitting.set(plain, None) if digits else fitting).str.contains(_ANY).fill_null(value=False)
        if not digits and not some.any():
            return (0,) * len(PATTERNS)

        def those(which: pl.Series) -> Cells:
            return Cells(measured.cells.filter(which), None if cells.rows is None else cells.rows[which.to_numpy()])

        rest = those(some)
        counts = [rest.total(rest.values.str.contains(p)) if rest.values.len() else 0 for p in PATTERNS.values()]
        if digits:
            whole = those(plain)
            counts[_INTEGER] += cells.total(plain)
            # digits alone are no other kind, but for hexadecimal digits
            counts[_HEX] += whole.total((whole.values.str.len_bytes() >= _LEAST_HEX) & whole.values.str.contains(PATTERNS["hex"]))
        return tuple(counts)

    def merge(self, a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
        """Sums."""
        return tuple(x + y for x, y in zip(a, b, strict=True))


def _plain_integers(text: pl.Series, sizes: pl.Series) -> pl.Series:
    """Cells that are an integer without white space: reading them as one is several times cheaper than the pattern, which settles the others."""
    import polars as pl

    few = text.gather_every(max(1, text.len() // _LOOK)).head(_LOOK)
    if few.str.contains(PATTERNS["integer"]).sum() * 2 < few.len():
        return pl.repeat(value=False, n=text.len(), dtype=pl.Boolean, eager=True)
    return (text.cast(pl.Int64, strict=False).is_not_null() & (sizes <= _MOST_DIGITS)).fill_null(value=False)
