"""Sizes and ends of the cells of a text column.

Most cells begin and end in an ordinary letter, which the first and the last byte show at a fraction of the cost of stripping
white space or of a search by pattern; only the others are looked at again.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


class Text(NamedTuple):
    """Cells of a text column (n of them) beside what was measured of each, arrays of n."""

    cells: pl.Series
    chars: NDArray[np.float64]
    bytes: NDArray[np.uint32]
    first: NDArray[np.uint8]
    """First byte, 0 of an empty cell."""
    last: NDArray[np.uint8]
    """Last byte, 0 of an empty cell."""
    blank: NDArray[np.bool_]
    """Nothing but white space."""
    padded: NDArray[np.bool_]
    """White space at an end."""


def measured(cells: pl.Series) -> Text:
    """Measure non-null cells of type String, Categorical or Enum."""
    import numpy as np
    import polars as pl

    text = cells.cast(pl.String).alias("x")
    c = pl.col("x")
    found = text.to_frame().select(
        chars=c.str.len_chars().cast(pl.Float64),
        bytes=c.str.len_bytes(),
        first=c.cast(pl.Binary).bin.get(0, null_on_oob=True),
        last=c.cast(pl.Binary).bin.get(-1, null_on_oob=True),
    )
    found = found.fill_null(0) if found["first"].null_count() else found
    chars, sizes, first, last = (found[name].to_numpy() for name in ("chars", "bytes", "first", "last"))
    leading, trailing = _space()
    blank, padded = sizes == 0, np.zeros(len(sizes), np.bool_)
    some = np.flatnonzero(leading.take(first) | trailing.take(last))
    if len(some):
        kept = text.gather(some).str.strip_chars().str.len_bytes().to_numpy()
        blank[some], padded[some] = kept == 0, kept < sizes[some]
    return Text(text, chars, sizes, first, last, blank, padded)


@cache
def _space() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether a byte can begin, and whether it can end, a cell with white space (Unicode's White_Space, in UTF-8) at that end."""
    import numpy as np

    spaces = [chr(c).encode() for c in (*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)]
    begin, end = np.zeros(256, np.bool_), np.zeros(256, np.bool_)
    begin[[s[0] for s in spaces]] = True
    end[[s[-1] for s in spaces]] = True
    return begin, end
