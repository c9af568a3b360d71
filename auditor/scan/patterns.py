"""What the strings of a column look like: numbers, dates, addresses, markup. Structure only, no value leaves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from auditor.scan.chunk import Cells
from auditor.scan.request import ColumnMeasure

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from auditor.scan.chunk import Chunk
    from auditor.scan.text import Text

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
_MOST_HEX: Final = 128
_MOST_DIGITS: Final = 18
_HEX_PLACES: Final = (4, 3, 5, 7, 1, 2, 6, 9, 10, 11, 12, 14, 15)
"""Bytes that are digits in every number of 16 hexadecimal digits and in every UUID."""
_LONGEST_TRUTH: Final = 8
"""Bytes; the long s of other scripts, which equals an s where case is ignored, takes two."""
_INTEGER, _HEX = list(PATTERNS).index("integer"), list(PATTERNS).index("hex")
_ANY: Final = "|".join(f"(?:{p})" for p in PATTERNS.values())


@dataclass(frozen=True)
class PatternCounts(ColumnMeasure[tuple[int, ...]]):
    """Cells of a text column per kind, in the order of `PATTERNS`; cells above 256 bytes are prose and count as none."""

    by_value = True

    def of(self, chunk: Chunk) -> tuple[int, ...]:
        """The counts. Most cells can be of no kind by their ends and size, and one search for all kinds decides which of the others are looked at again."""
        import numpy as np

        text = chunk.text(self.column)
        counts = [0] * len(PATTERNS)
        if text.digits_only:
            counts[_INTEGER] = text.cells.total((text.bytes > 0) & (text.bytes <= _MOST_DIGITS))
            counts[_HEX] = text.cells.total((text.bytes >= _LEAST_HEX) & (text.bytes <= _MOST_HEX))
            return tuple(counts)
        possible = _possible(text)
        found = int(np.count_nonzero(possible))
        if not found:
            return tuple(counts)
        (some, rows), sizes = text.cells, text.bytes
        if found < len(sizes):
            (some, rows), sizes = _those(some, rows, possible), sizes[possible]
        plain = _plain_integers(some, sizes)
        if plain is not None:
            counts[_INTEGER] += Cells(some, rows).total(plain)
            # digits alone are no other kind, but for hexadecimal digits
            long = plain & (sizes >= _LEAST_HEX)
            if long.any():
                counts[_HEX] += _matching(_those(some, rows, long), PATTERNS["hex"])
            if plain.all():
                return tuple(counts)
            some, rows = _those(some, rows, ~plain)
        kind = _those(some, rows, some.str.contains(_ANY).to_numpy())
        if kind.values.len():
            counts = [n + _matching(kind, p) for n, p in zip(counts, PATTERNS.values(), strict=True)]
        return tuple(counts)

    def merge(self, a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
        """Sums."""
        return tuple(x + y for x, y in zip(a, b, strict=True))


def _those(values: pl.Series, rows: NDArray[np.int64] | None, which: NDArray[np.bool_]) -> Cells:
    import polars as pl

    return Cells(values.filter(pl.Series(which)), None if rows is None else rows[which])


def _matching(cells: Cells, pattern: str) -> int:
    return cells.total(cells.values.str.contains(pattern).to_numpy())


_ANY_KIND, _HEX_DIGIT, _TRUTH = 1, 2, 4


@cache
def _firsts() -> NDArray[np.uint8]:
    """By first byte: can be of a kind whatever follows; is a hexadecimal digit; begins a word for true or false."""
    import numpy as np

    firsts = np.zeros(256, np.uint8)
    firsts[list(b"0123456789+-.,hH[{<\t\n\x0b\x0c\r ")] = _ANY_KIND
    firsts[0x80:] = _ANY_KIND  # digits and white space of other scripts
    firsts[list(b"0123456789abcdefABCDEF")] |= _HEX_DIGIT
    firsts[list(b"tfynTFYN")] |= _TRUTH
    return firsts


def _possible(text: Text) -> NDArray[np.bool_]:
    """Cells that may be of a kind, by their size and a few of their bytes."""
    import numpy as np

    size = text.bytes
    kind = _firsts().take(text.first)
    possible: NDArray[np.bool_] = (kind & _ANY_KIND).astype(np.bool_)
    if not possible.all():
        possible |= ((kind & _TRUTH) != 0) & (size <= _LONGEST_TRUTH)
        where = np.flatnonzero((kind & _firsts().take(text.last) & _HEX_DIGIT).astype(np.bool_) & ~possible & (size >= _LEAST_HEX))
        for place in _HEX_PLACES:  # a letter of prose is one of these digits every third time
            if not len(where):
                break
            where = where[(_firsts().take(text.flat.take(text.starts[where] + place)) & _HEX_DIGIT).astype(np.bool_)]
        possible[where] = True
    return possible & (size <= _PROSE) if int(size.max(initial=0)) > _PROSE else possible


def _plain_integers(text: pl.Series, sizes: NDArray[np.int64]) -> NDArray[np.bool_] | None:
    """Cells that are an integer without white space: reading them as one is several times cheaper than the pattern, which settles the
    others. None where few cells are integers.
    """
    import polars as pl

    few = text.gather_every(max(1, text.len() // _LOOK)).head(_LOOK)
    if few.cast(pl.Int64, strict=False).null_count() * 2 > few.len():
        return None
    read = text.cast(pl.Int64, strict=False)
    short = sizes <= _MOST_DIGITS
    return read.is_not_null().to_numpy() & short if read.null_count() else short
