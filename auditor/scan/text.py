"""Sizes and ends of the cells of a text column, read off their bytes, which stand one behind the other.

Most cells begin and end in an ordinary letter, which the first and the last byte show at a fraction of the cost of stripping
white space or of a search by pattern; only the others are looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from auditor.scan.chunk import Cells

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Text:
    """Cells of a text column (n of them) beside what was measured of each, arrays of n."""

    cells: Cells
    """Strings."""
    flat: NDArray[np.uint8]
    """All bytes, one cell behind the other."""
    starts: NDArray[np.int64]
    """Where each cell begins in `flat`."""
    bytes: NDArray[np.int64]
    chars: NDArray[np.int64]
    first: NDArray[np.uint8]
    """First byte, 0 of an empty cell."""
    last: NDArray[np.uint8]
    """Last byte, 0 of an empty cell."""
    blank: NDArray[np.bool_]
    """Nothing but white space."""
    padded: NDArray[np.bool_]
    """White space at an end."""

    @cached_property
    def lengths(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The different numbers of characters, ascending, and the rows of each."""
        import numpy as np

        if not len(self.chars) or int(self.chars.max()) > _MOST_COUNTED:
            lengths, which = np.unique(self.chars, return_inverse=True)
            return lengths, np.bincount(which, self.cells.rows, len(lengths)).astype(np.int64)
        rows = np.bincount(self.chars, self.cells.rows).astype(np.int64)  # of weights, sums in float64: exact below 2^53 rows
        used = np.flatnonzero(rows)
        return used, rows[used]

    @cached_property
    def digits_only(self) -> bool:
        """Whether no cell has anything but ASCII digits."""
        import numpy as np

        def digits(found: NDArray[np.uint8]) -> bool:
            return bool((found - np.uint8(48) < 10).all())

        return digits(self.first) and digits(self.last) and digits(self.flat)


_MOST_COUNTED = 1 << 16
"""Characters up to which there is a counter for each length."""


def measured(cells: Cells) -> Text:
    """Measure non-null cells of type String, Categorical or Enum."""
    import numpy as np
    import polars as pl

    text = cells.values.cast(pl.String).alias("x")
    flat = text.cast(pl.Binary).cast(pl.List(pl.UInt8)).explode(empty_as_null=False).to_numpy() if text.len() else np.zeros(0, np.uint8)
    sizes = text.str.len_bytes().to_numpy().astype(np.int64)
    ends = sizes.cumsum()
    starts = ends - sizes
    plain = not len(flat) or int(flat.max()) < 0x80
    chars = sizes if plain else text.str.len_chars().to_numpy().astype(np.int64)
    blank, padded = sizes == 0, np.zeros(len(sizes), np.bool_)
    if len(flat):
        first, last = flat.take(starts, mode="clip"), flat.take(ends - 1, mode="clip")
        if blank.any():
            first[blank] = last[blank] = 0
    else:
        first = last = np.zeros(len(sizes), np.uint8)
    leading, trailing = _space()
    some = np.flatnonzero(leading.take(first) | trailing.take(last))
    if len(some):
        kept = text.gather(some).str.strip_chars().str.len_bytes().to_numpy()
        blank[some], padded[some] = kept == 0, kept < sizes[some]
    return Text(Cells(text, cells.rows), flat, starts, sizes, chars, first, last, blank, padded)


@cache
def _space() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether a byte can begin, and whether it can end, a cell with white space (Unicode's White_Space, in UTF-8) at that end."""
    import numpy as np

    spaces = [chr(c).encode() for c in (*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)]
    begin, end = np.zeros(256, np.bool_), np.zeros(256, np.bool_)
    begin[[s[0] for s in spaces]] = True
    end[[s[-1] for s in spaces]] = True
    return begin, end
