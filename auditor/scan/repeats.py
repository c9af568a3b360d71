"""Columns whose values repeat: each value once, with its rows, over as many chunks as there are.

Looking at five values costs as much as looking at a thousand, so what is measured value by value waits until the pass ends or there
are many. A value is known by Polars' hash of it, which is fast and the same while a process lives; nothing of it leaves this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from auditor.scan.chunk import CHUNK_BYTES, CHUNK_ROWS, Cells, owned

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

_BITS: Final = 4
"""Sixteen places for each hash: more than two seldom share one."""
_COUNTABLE: Final = frozenset({"Boolean", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "Date", "Datetime", "Duration", "Time"})
_LOOK: Final = 2048
"""Cells from which it is told whether values repeat."""


class Index:
    """Some different hashes, spread evenly and ascending, and by the first bits of a hash where such hashes begin."""

    def __init__(self, hashes: NDArray[np.uint64]) -> None:
        import numpy as np

        self.hashes = hashes
        bits = len(hashes).bit_length() + _BITS
        self._shift = np.uint64(64 - bits)
        first = np.bincount((hashes >> self._shift).view(np.int64), minlength=1 << bits)
        last = max(0, len(hashes) - 1)
        self._begin = (first.cumsum() - first).clip(max=last).astype(np.min_scalar_type(last))  # small, so that it stays in the cache

    def find(self, wanted: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Where each of `wanted` is, and whether it is there. One whose first bits more than two hashes share may be there unseen."""
        import numpy as np

        at = self._begin.take((wanted >> self._shift).view(np.int64)).astype(np.int64)
        if not len(self.hashes):
            return at, at < 0
        known = self.hashes.take(at) == wanted
        others = np.flatnonzero(~known)
        if len(others):
            next_to = (at[others] + 1).clip(max=len(self.hashes) - 1)
            second = self.hashes[next_to] == wanted[others]
            at[others[second]], known[others] = next_to[second], second
        return at, known


class Places:
    """A counter for each whole number, time or truth value between the least and the greatest: cheaper than a hash of each row."""

    def __init__(self, dtype: pl.DataType) -> None:
        import numpy as np

        self._dtype = dtype
        self._low = 0
        self._rows = np.zeros(0, np.int64)

    @property
    def cells(self) -> Cells:
        """The values and their rows."""
        import numpy as np
        import polars as pl

        used = np.flatnonzero(self._rows)
        stored = pl.Series([], dtype=self._dtype).to_physical().dtype
        return Cells(pl.Series(used + self._low).cast(stored).cast(self._dtype), self._rows[used])

    def add(self, values: pl.Series) -> bool:
        """Count non-null values, or none of them where they lie too far apart for that."""
        import numpy as np

        if not values.len():
            return True
        raw = values.to_physical().to_numpy()
        if raw.dtype == np.bool_:
            true = int(np.count_nonzero(raw))
            counted = np.array([len(raw) - true, true], np.int64)
            self._rows = self._rows + counted if len(self._rows) else counted
            return True
        low, high = int(raw.min()), int(raw.max())
        have = len(self._rows)
        if have:
            low, high = min(low, self._low), max(high, self._low + have - 1)
        if high - low >= CHUNK_ROWS // 2:
            return False
        if high - low >= have:
            rows = np.zeros(high - low + 1, np.int64)
            rows[self._low - low :][:have] = self._rows
            self._low, self._rows = low, rows
        self._rows += np.bincount(np.subtract(raw, self._low, dtype=np.int64), minlength=len(self._rows))
        return True


class Repeats:
    """Different values of a column and the rows of each."""

    def __init__(self, dtype: pl.DataType) -> None:
        import numpy as np

        self._places = Places(dtype) if str(dtype.base_type()) in _COUNTABLE else None
        self._index = Index(np.zeros(0, np.uint64))
        self._rows = np.zeros(0, np.int64)
        self._values: pl.Series | None = None
        self._size = 0

    @property
    def many(self) -> bool:
        """Whether there are so many values, or such long ones, that they are better let go."""
        return len(self._rows) > CHUNK_ROWS or self._size > CHUNK_BYTES

    @property
    def worth(self) -> bool:
        """Whether counting has saved looking at half of the rows."""
        return 2 * len(self._rows) < int(self._rows.sum())

    @property
    def cells(self) -> Cells:
        """The values and their rows; none where none was added."""
        import polars as pl

        if self._places is not None:
            return self._places.cells
        return Cells(pl.Series([]) if self._values is None else self._values, self._rows)

    def add(self, values: pl.Series) -> None:
        """Count non-null values."""
        import numpy as np
        import polars as pl

        if self._places is not None:
            if self._places.add(values):
                return
            found = self._places.cells
            self._places = None
            self._insert(found.values, found.values.hash().to_numpy(), found.rows)
        hashes = values.hash().to_numpy()
        at, known = self._index.find(hashes)
        if known.all():
            self._rows += np.bincount(at, minlength=len(self._rows))
            return
        self._rows += np.bincount(at[known], minlength=len(self._rows))
        self._insert(values.filter(pl.Series(~known)) if known.any() else values, hashes[~known])

    def _insert(self, values: pl.Series, hashes: NDArray[np.uint64], each: NDArray[np.int64] | None = None) -> None:
        import numpy as np
        import polars as pl

        new, rows = grouped(hashes, each)
        have = self._index.hashes
        at = np.searchsorted(have, new)
        known = at < len(have)
        known[known] = have[at[known]] == new[known]
        self._rows[at[known]] += rows[known]
        add = ~known
        if not add.any():
            return
        some = values.gather(first_of(hashes, new[add]))
        some = owned(some) if some.dtype == pl.String else some
        self._size += int(some.estimated_size())
        order = np.insert(np.arange(len(have)), at[add], np.arange(len(have), len(have) + len(some)))
        self._values = some if self._values is None else pl.concat([self._values, some]).gather(order)
        self._rows = np.insert(self._rows, at[add], rows[add])
        self._index = Index(np.insert(have, at[add], new[add]))


def repeats(values: pl.Series) -> bool:
    """Whether values come back so often (some 10,000 different ones in a chunk) that counting them is cheaper than looking at each row."""
    import polars as pl

    if values.len() < 2 * _LOOK or values.dtype.is_nested() or values.dtype.is_float() or values.dtype in (pl.Null, pl.Object):
        return False  # floats seldom repeat, and are hashed as fast as they are counted
    return values.gather_every(values.len() // _LOOK).head(_LOOK).n_unique() <= 0.9 * _LOOK


def grouped(hashes: NDArray[np.uint64], rows: NDArray[np.int64] | None = None) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Different hashes, ascending, and the rows of each. Sorting without indices is several times cheaper than with them."""
    import numpy as np

    if not len(hashes):
        return hashes, np.zeros(0, np.int64)
    if rows is None:
        ordered = np.sort(hashes)
    else:
        order = np.argsort(hashes)
        ordered, rows = hashes[order], rows[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    counts = np.diff(starts, append=len(ordered)) if rows is None else np.add.reduceat(rows, starts)
    return ordered[starts], counts.astype(np.int64)


def first_of(hashes: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Where each of `wanted` (ascending, all of them there) is first among `hashes`."""
    import numpy as np

    at = np.searchsorted(wanted, hashes[::-1])  # backwards, so that the first one is written last
    at[at == len(wanted)] = 0
    same = np.flatnonzero(wanted[at] == hashes[::-1])
    out = np.zeros(len(wanted), np.int64)
    out[at[same]] = len(hashes) - 1 - same
    return out
