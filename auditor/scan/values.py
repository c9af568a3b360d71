"""Distinct values of a column and how often they occur, from a sample of values that any partitioning gives alike.

Kept are the k values of least hash with their exact numbers of rows (k minimum values, Bar-Yossef et al. 2002; with counts it
is a "bottom-k sample" of Cohen and Kaplan 2007). A value among the k least of the whole is among the k least of every
partition that holds it, so merging loses nothing: up to k distinct values everything is exact, above it the number of
distinct values has a relative standard error of 1/sqrt(k-2), 0.6 %.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from auditor.scan.request import ColumnMeasure

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from auditor.scan.chunk import Chunk

KMV: Final = 32_768
"""Hash values kept to count distinct values; up to this many the count is exact."""
VALUES: Final = 10_000
"""Values kept beside their counts; up to this many distinct values the counts are complete."""
_CELLS: Final = 4096
"""Counters of the table from which the error of incomplete counts is told."""
_LONGEST: Final = 1000
"""Characters of a value that are kept."""


@dataclass(frozen=True, eq=False)
class ValueState:
    """Distinct values and the rows of each; values are held in memory only and never written."""

    hashes: NDArray[np.uint64]
    """The `KMV` least hash values, ascending."""
    rows: NDArray[np.int64]
    """Rows of each of them."""
    table: NDArray[np.int64]
    """Rows by the lowest 12 bits of their hash."""
    values: pl.Series | None = None
    """The values of the first `VALUES` hashes; None in a state that was stored."""

    @property
    def distinct(self) -> int:
        """Distinct non-null values; exact up to `KMV`, estimated above."""
        if self.exact:
            return len(self.hashes)
        return round((KMV - 1) / ((int(self.hashes[KMV - 1]) + 1) / 2**64))

    @property
    def exact(self) -> bool:
        """Whether `distinct` is exact."""
        return len(self.hashes) < KMV

    @property
    def complete(self) -> bool:
        """Whether `counts` has every value."""
        return len(self.hashes) <= VALUES

    @cached_property
    def counts(self) -> Mapping[object, int]:
        """Rows per value, most frequent first; each count is exact. Of more than `VALUES` distinct values a uniform sample of them."""
        if self.values is None:
            return {}
        import numpy as np

        rows = self.rows[:VALUES]
        order = np.lexsort((self.hashes[:VALUES], -rows))
        out: dict[object, int] = {}
        for value, n in zip(self.values.gather(order).to_list(), rows[order].tolist(), strict=True):
            out[value] = out.get(value, 0) + n
        return out

    @property
    def error(self) -> int:
        """No value that `counts` lacks has more rows than this; 0 when it is complete."""
        if self.complete:
            return 0
        import numpy as np

        known = np.bincount((self.hashes[:VALUES] & np.uint64(_CELLS - 1)).astype(np.int64), self.rows[:VALUES], _CELLS)
        return int((self.table - known.astype(np.int64)).max())


_Groups = tuple["NDArray[np.uint64]", "NDArray[np.int64]"]
_Pick = Callable[["NDArray[np.intp]"], "pl.Series | None"]
"""The values of some of a state's hashes, by their places among them."""


def _least(hashes: NDArray[np.uint64], rows: NDArray[np.int64] | None, limit: np.uint64 | None, *, many: bool) -> _Groups:
    """`_grouped`, looking only at hashes that can be among the least: up to `limit`, or up to where enough different ones are found."""
    import numpy as np

    bound = limit
    if limit is None and many and len(hashes) > 2 * KMV:
        enough = KMV + KMV // 4
        bound = np.partition(hashes, enough)[enough]
    if bound is None:
        return _grouped(hashes, rows)
    small = hashes <= bound
    found, counts = _grouped(hashes[small], None if rows is None else rows[small])
    if limit is None and len(found) < KMV:
        return _grouped(hashes, rows)
    return found, counts


def _grouped(hashes: NDArray[np.uint64], rows: NDArray[np.int64] | None) -> _Groups:
    """The `KMV` least hashes, ascending, and the rows of each. Sorting without indices is several times cheaper than with them."""
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
    return ordered[starts[:KMV]], counts[:KMV].astype(np.int64)


def _first(hashes: NDArray[np.uint64], wanted: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Where each of `wanted` (ascending, all of them there) is first among `hashes`."""
    import numpy as np

    out = np.zeros(len(wanted), np.int64)
    if len(wanted):
        near = np.flatnonzero(hashes <= wanted[-1])[::-1]  # backwards, so that the first one is written last
        at = np.searchsorted(wanted, hashes[near])
        same = wanted[at] == hashes[near]
        out[at[same]] = near[same]
    return out


@dataclass(frozen=True)
class Values(ColumnMeasure[ValueState]):
    """Distinct values of a column and their frequencies."""

    column: str

    def of(self, chunk: Chunk) -> ValueState:
        """State of one chunk."""
        return self.fold(_empty(), chunk)

    def fold(self, state: ValueState, chunk: Chunk) -> ValueState:
        """As `merge` of the chunk's state, skipping at once what cannot be among the least hashes."""
        import numpy as np
        import polars as pl

        from auditor.scan.hashes import fingerprints

        cells, each = chunk.cells(self.column)
        if cells.dtype == pl.Null:
            cells = cells.cast(pl.String)
        every = fingerprints(cells)
        table = np.bincount((every & np.uint64(_CELLS - 1)).view(np.int64), each, _CELLS).astype(np.int64)
        # where more different values may come than are kept, it pays to try the least hashes first
        many = not len(state.table) or len(state.hashes) > KMV // 2
        hashes, rows = _least(every, each, None if state.exact else state.hashes[-1], many=many)
        if not len(state.table):
            state = ValueState(state.hashes, state.rows, np.zeros(_CELLS, np.int64), _shown(cells.head(0)))
        return _joined(state, hashes, rows, table, lambda places: _shown(cells.gather(_first(every, hashes[places]))))

    def merge(self, a: ValueState, b: ValueState) -> ValueState:
        """The least hashes of both, with the rows of both."""
        return _joined(a, b.hashes, b.rows, b.table, lambda places: None if b.values is None else b.values.gather(places))


def _empty() -> ValueState:
    import numpy as np

    return ValueState(np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros(0, np.int64))


def _shown(values: pl.Series) -> pl.Series:
    """Values as they are kept: cut, in memory of their own."""
    import polars as pl

    from auditor.scan.chunk import owned

    if values.dtype in (pl.String, pl.Categorical, pl.Enum):
        return owned(values.cast(pl.String).str.slice(0, _LONGEST))
    return values.set(values == 0, 0.0) if values.dtype.is_float() else values  # 0.0 and -0.0 are one value, shown as the first


def _joined(a: ValueState, hashes: NDArray[np.uint64], rows: NDArray[np.int64], table: NDArray[np.int64], pick: _Pick) -> ValueState:
    """A state and the hashes of another, ascending; `pick` is asked only for values that the first doesn't have."""
    import numpy as np
    import polars as pl

    table = a.table + table
    if not len(hashes):
        return ValueState(a.hashes, a.rows, table, a.values)
    if len(a.hashes) == len(hashes) and np.array_equal(a.hashes, hashes):
        return ValueState(a.hashes, a.rows + rows, table, a.values)
    at = np.searchsorted(a.hashes, hashes)
    known = at < len(a.hashes)
    known[known] = a.hashes[at[known]] == hashes[known]
    summed = a.rows.copy()
    summed[at[known]] += rows[known]
    new = np.flatnonzero(~known)
    if not len(new):
        return ValueState(a.hashes, summed, table, a.values)
    size = min(KMV, len(a.hashes) + len(new))
    place = at[new] + np.arange(len(new))  # of each new hash among all
    new, place = new[place < size], place[place < size]
    old = np.ones(size, np.bool_)
    old[place] = False
    merged, counts = np.empty(size, np.uint64), np.empty(size, np.int64)
    merged[place], counts[place] = hashes[new], rows[new]
    merged[old], counts[old] = a.hashes[: size - len(new)], summed[: size - len(new)]
    values = a.values
    if values is not None and len(place) and place[0] < VALUES:
        # A value among the first VALUES of the union was among the first VALUES of the state it comes from.
        shown = place < VALUES
        fresh = pick(new[shown])
        chosen = np.cumsum(old[:VALUES]) - 1
        chosen[place[shown]] = len(values) + np.arange(int(shown.sum()))
        values = None if fresh is None else pl.concat([values, fresh]).gather(chosen)
    return ValueState(merged, counts, table, values)
