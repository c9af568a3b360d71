"""Distinct values of a column and how often they occur, from a sample of values that any partitioning gives alike.

Kept are the k values of least hash with their exact numbers of rows (k minimum values, Bar-Yossef et al. 2002; with counts it
is a "bottom-k sample" of Cohen and Kaplan 2007). A value among the k least of the whole is among the k least of every
partition that holds it, so merging loses nothing: up to k distinct values everything is exact, above it the number of
distinct values has a relative standard error of 1/sqrt(k-2), 0.6 %.
"""

from __future__ import annotations

from collections.abc import Mapping
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
_FEW: Final = 20_000
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


_Groups = tuple["NDArray[np.uint64]", "NDArray[np.int64]", "NDArray[np.int64]"]


def _least(hashes: NDArray[np.uint64], rows: NDArray[np.int64] | None, limit: np.uint64 | None, *, many: bool) -> _Groups:
    """`_grouped`, looking only at hashes that can be among the least: up to `limit`, or up to where enough different ones are found."""
    import numpy as np

    bound = limit
    if limit is None and many and len(hashes) > 2 * KMV:
        enough = KMV + KMV // 4
        bound = np.partition(hashes, enough)[enough]
    if bound is None:
        return _grouped(hashes, rows)
    places = np.flatnonzero(hashes <= bound)
    found, first, counts = _grouped(hashes[places], None if rows is None else rows[places])
    if limit is None and len(found) < KMV:
        return _grouped(hashes, rows)
    return found, places[first], counts


def _grouped(hashes: NDArray[np.uint64], rows: NDArray[np.int64] | None) -> _Groups:
    """The `KMV` least hashes, ascending, where each is found first, and its rows."""
    import numpy as np
    import polars as pl

    if rows is not None:
        found, first, where = np.unique(hashes, return_index=True, return_inverse=True)
        return found[:KMV], first[:KMV].astype(np.int64), np.bincount(where, rows).astype(np.int64)[:KMV]
    if len(hashes) < _FEW:  # sorting a few costs less than handing them to other threads
        found, first, counts = np.unique(hashes, return_index=True, return_counts=True)
        return found[:KMV], first[:KMV].astype(np.int64), counts[:KMV].astype(np.int64)
    keyed = pl.DataFrame({"h": hashes, "at": np.arange(len(hashes))})
    least = keyed.group_by("h").agg(pl.len().cast(pl.Int64).alias("n"), pl.col("at").min()).sort("h").head(KMV)
    return least["h"].to_numpy(), least["at"].to_numpy(), least["n"].to_numpy()


@dataclass(frozen=True)
class Values(ColumnMeasure[ValueState]):
    """Distinct values of a column and their frequencies."""

    column: str

    def of(self, chunk: Chunk) -> ValueState:
        """State of one chunk."""
        return self._counted(chunk, None, many=True)

    def fold(self, state: ValueState, chunk: Chunk) -> ValueState:
        """As `merge` of the chunk's state, skipping at once what cannot be among the least hashes."""
        limit = None if state.exact else state.hashes[-1]
        seen = None if len(state.hashes) < VALUES else state.hashes[VALUES - 1]
        return self.merge(state, self._counted(chunk, limit, seen, many=len(state.hashes) > KMV // 2))

    def _counted(self, chunk: Chunk, limit: np.uint64 | None, seen: np.uint64 | None = None, *, many: bool) -> ValueState:
        """State of a chunk: of hashes up to `limit`, and with values of those up to `seen` only (`merge` looks at no other).

        `many`: there may be more different values than are kept, so that it pays to try the least hashes first.
        """
        import numpy as np
        import polars as pl

        from auditor.scan.chunk import owned
        from auditor.scan.hashes import fingerprints

        cells, each = chunk.cells(self.column)
        if cells.dtype == pl.Null:
            cells = cells.cast(pl.String)
        hashes = fingerprints(cells)
        table = np.bincount((hashes & np.uint64(_CELLS - 1)).view(np.int64), each, _CELLS).astype(np.int64)
        hashes, first, rows = _least(hashes, each, limit, many=many)
        kept = cells.gather(first[: VALUES if seen is None else min(VALUES, int(np.searchsorted(hashes, seen, side="right")))])
        if kept.dtype in (pl.String, pl.Categorical, pl.Enum):
            kept = owned(kept.cast(pl.String).str.slice(0, _LONGEST))
        elif kept.dtype.is_float():
            kept = kept.set(kept == 0, 0.0)  # 0.0 and -0.0 are one value, shown as the first
        return ValueState(hashes, rows, table, kept)

    def merge(self, a: ValueState, b: ValueState) -> ValueState:
        """The least hashes of both, with the rows of both."""
        import numpy as np
        import polars as pl

        table = a.table + b.table
        if not len(b.hashes):
            return ValueState(a.hashes, a.rows, table, a.values)
        if len(a.hashes) == len(b.hashes) and np.array_equal(a.hashes, b.hashes):
            return ValueState(a.hashes, a.rows + b.rows, table, a.values)
        at = np.searchsorted(a.hashes, b.hashes)
        known = at < len(a.hashes)
        known[known] = a.hashes[at[known]] == b.hashes[known]
        rows = a.rows.copy()
        rows[at[known]] += b.rows[known]
        new = np.flatnonzero(~known)
        if not len(new):
            return ValueState(a.hashes, rows, table, a.values)
        size = min(KMV, len(a.hashes) + len(new))
        place = at[new] + np.arange(len(new))  # of each new hash among all
        new, place = new[place < size], place[place < size]
        old = np.ones(size, np.bool_)
        old[place] = False
        hashes, counts = np.empty(size, np.uint64), np.empty(size, np.int64)
        hashes[place], counts[place] = b.hashes[new], b.rows[new]
        hashes[old], counts[old] = a.hashes[: size - len(new)], rows[: size - len(new)]
        values = a.values
        if a.values is None or b.values is None:
            values = None
        elif len(place) and place[0] < VALUES:
            # A value among the first VALUES of the union was among the first VALUES of the state it comes from.
            chosen = np.cumsum(old[:VALUES]) - 1
            chosen[place[place < VALUES]] = len(a.values) + new[place < VALUES]
            values = pl.concat([a.values, b.values]).gather(chosen)
        return ValueState(hashes, counts, table, values)
