"""Distinct values of a column and how often they occur, alike for any partitioning.

Up to `VALUES` distinct values all are kept with their exact numbers of rows; of more, none: a sample of them is no use to a reader,
and whoever holds many values has much to lose. The number of distinct values is exact up to `KMV` and is told above that from the
`KMV` least hash values (k minimum values, Bar-Yossef et al. 2002). A hash among the k least of the whole is among the k least of
every partition that holds it, so merging loses nothing; the relative standard error is 1/sqrt(k-2), 0.6 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from auditor.scan.repeats import Index, first_of, grouped
from auditor.scan.request import ColumnMeasure

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from auditor.scan.chunk import Chunk

KMV: Final = 32_768
"""Hash values kept to count distinct values; up to this many the count is exact."""
VALUES: Final = 10_000
"""Distinct values up to which each is kept with its count."""
_LONGEST: Final = 1000
"""Characters of a value that are kept."""


@dataclass(frozen=True, eq=False)
class ValueState:
    """Distinct values and the rows of each; values are held in memory only and never written."""

    hashes: NDArray[np.uint64]
    """The `KMV` least hash values, ascending."""
    rows: NDArray[np.int64] | None
    """Rows of each of them; None where there are more than `VALUES`."""
    values: pl.Series | None = None
    """The values themselves; None where there are more than `VALUES`."""
    loose: tuple[NDArray[np.uint64], ...] = ()
    """Hashes that were met and are not sorted in yet; empty once settled."""
    index: Index | None = None
    """Of `hashes`, where it is worth asking which of them come again."""

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
        """Whether `counts` has every value; else it has none."""
        return self.rows is not None

    @cached_property
    def counts(self) -> Mapping[object, int]:
        """Rows per value, most frequent first; empty where there are more than `VALUES` different ones."""
        if self.values is None or self.rows is None:
            return {}
        import numpy as np

        order = np.lexsort((self.hashes, -self.rows))
        out: dict[object, int] = {}
        for value, n in zip(self.values.gather(order).to_list(), self.rows[order].tolist(), strict=True):
            out[value] = out.get(value, 0) + n
        return out


def _different(ordered: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each of some ascending hashes once; `np.unique` builds a hash table before it sorts, which takes longer."""
    import numpy as np

    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


def _least(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The `KMV` least of two ascending lists of different hashes."""
    import numpy as np

    if len(a) == KMV:
        b = b[: np.searchsorted(b, a[-1])]
    at = np.searchsorted(a, b)
    known = at < len(a)
    known[known] = a[at[known]] == b[known]
    new = ~known
    return np.insert(a, at[new], b[new])[:KMV] if new.any() else a


@dataclass(frozen=True)
class Values(ColumnMeasure[ValueState]):
    """Distinct values of a column and their frequencies."""

    by_value = True

    def of(self, chunk: Chunk) -> ValueState:
        """State of one chunk."""
        import numpy as np

        return self.fold(ValueState(np.zeros(0, np.uint64), np.zeros(0, np.int64), _shown(chunk.cells(self.column).values.head(0))), chunk)

    def fold(self, state: ValueState, chunk: Chunk) -> ValueState:
        """As `merge` of the chunk's state, looking only at hashes that can be among the least."""
        from auditor.scan.hashes import fingerprints

        cells, each = chunk.cells(self.column)
        every = fingerprints(cells)
        if not state.complete:
            if state.index is not None:
                small = every[~state.index.find(every)[1] & (every < state.hashes[-1])]
            else:
                small = every if state.exact else every[every < state.hashes[-1]]
            loose = (*state.loose, small)
            waiting = replace(state, loose=loose)
            return waiting if sum(map(len, loose)) < KMV else self.settle(waiting)
        hashes, rows = grouped(every, each)
        if len(hashes) > VALUES:
            return ValueState(_least(state.hashes, hashes[:KMV]), None)
        return self.merge(state, ValueState(hashes, rows, _shown(cells.gather(first_of(every, hashes)))))

    def settle(self, state: ValueState) -> ValueState:
        """Sorts in the hashes put off: many at a time, since each time costs a search among those that are kept."""
        import numpy as np

        if not state.loose:
            return state
        met = np.concatenate(state.loose)
        different = _different(np.sort(met))
        hashes = _least(state.hashes, different)
        # where values return, and the least hashes are not few of all, most of those to come are kept already
        again = state.index is not None or 4 * len(different) < 3 * len(met)
        worth = again and len(hashes) == KMV and int(hashes[-1]) >> 62
        return ValueState(hashes, None, index=Index(hashes) if worth else None)

    def merge(self, a: ValueState, b: ValueState) -> ValueState:
        """The least hashes of both, with values and rows of both while these are few."""
        import numpy as np
        import polars as pl

        if a.rows is None or b.rows is None or a.values is None or b.values is None:
            return ValueState(_least(a.hashes, b.hashes), None)
        if np.array_equal(a.hashes, b.hashes):
            return ValueState(a.hashes, a.rows + b.rows, a.values)
        both = np.concatenate([a.hashes, b.hashes])
        hashes, first, inverse = np.unique(both, return_index=True, return_inverse=True)
        if len(hashes) > VALUES:
            return ValueState(hashes[:KMV], None)
        rows = np.bincount(inverse, np.concatenate([a.rows, b.rows]), len(hashes)).astype(np.int64)  # sums in float64: exact below 2^53 rows
        values = a.values if len(hashes) == len(a.hashes) else pl.concat([a.values, b.values]).gather(first)
        return ValueState(hashes, rows, values)


def _shown(values: pl.Series) -> pl.Series:
    """Values as they are kept: cut, in memory of their own."""
    import polars as pl

    from auditor.scan.chunk import owned

    if values.dtype == pl.Null:
        return values.cast(pl.String)
    if values.dtype in (pl.String, pl.Categorical, pl.Enum):
        return owned(values.cast(pl.String).str.slice(0, _LONGEST))
    return values.set(values == 0, 0.0) if values.dtype.is_float() else values  # 0.0 and -0.0 are one value, shown as the first
