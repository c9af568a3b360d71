"""Near-duplicate rows of tables: copies with a little noise on every number.

A fixed radius is wrong both ways (it flags 57 % of a clean table of six skewed columns and misses jittered copies in
another), so a row's copies are told by a gap: its nearest rows are at least `GAP` times closer than the next ones. In d
dimensions of independent data the chance of such a gap is about `GAP ** -d`; tables of fewer than `MIN_NUMERIC` varying
columns are therefore not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from auditor.detectors.near_text import Sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.table import Table

GAP = 4.0
MIN_NUMERIC = 5
NEAR = 0.05
"""Largest distance of a copy, per column, in standard deviations: jitter beyond it is new data (our choice)."""
NEIGHBOURS = 48
"""Copies of one row that are told apart from its surroundings."""
FAINT = 1e-6
"""Spread against the usual column's from which a column counts: noise on a constant is as large as any other in standard deviations."""
MAX_ROWS = 10_000
"""Rows compared; beyond it only exact duplicates are reported."""
CHANCE = 1e-3
"""Expected rows equal to a given one from which its repetition surprises nobody (our choice)."""
NATURAL = 0.5
"""Share of the repeated rows that can collide from which repetition is natural: four coarse tables read .75 to 1.0, the same with two
fifths of their rows copied .43 to .47 where half of the values are rare, and more where few are (our measurement)."""
METHOD = "identical at six significant digits, or nearest rows at least four times closer than the next ones"
EXACT_METHOD = "identical at six significant digits (near-duplicates not looked for)"


def cluster_rows(table: Table, exact: NDArray[np.int64]) -> tuple[NDArray[np.int64], str]:
    """Cluster of each row given its exact cluster, and how it was found."""
    _, first, inverse = np.unique(exact, return_index=True, return_inverse=True)
    x = scaled(table, FAINT)[first]
    if not x.shape[1] >= MIN_NUMERIC or not NEIGHBOURS < len(first) <= MAX_ROWS or x.shape[1] > 512:
        return exact, EXACT_METHOD
    sets = Sets(len(first))
    for i, j in _copies(x, table.categories[first]):
        sets.join(i, j)
    return sets.ids()[inverse], METHOD


def scaled(table: Table, faint: float = 0.0) -> NDArray[np.float32]:
    """Varying numeric columns in standard deviations, missing values at the median; those of less than `faint` times the usual spread left out."""
    x = table.numeric.astype(np.float32)
    if not x.shape[1] or not len(x):
        return x
    filled = ~np.all(np.isnan(x), axis=0)
    x = x[:, filled]
    median = np.nanmedian(x, axis=0)
    x = np.where(np.isnan(x), median, x)
    spread = x.std(axis=0)
    usable = np.isfinite(spread) & (spread > 1e-12 * (1 + np.abs(median)))
    if faint and usable.any():
        usable &= spread > faint * np.median(spread[usable])
    return np.asarray((x[:, usable] - median[usable]) / spread[usable], dtype=np.float32)


def _copies(x: NDArray[np.float32], categories: NDArray[np.int32]) -> list[tuple[int, int]]:
    from sklearn.neighbors import NearestNeighbors

    k = min(NEIGHBOURS + 1, len(x) - 1)
    distance, index = NearestNeighbors(n_neighbors=k + 1).fit(x).kneighbors(x)
    distance, index = distance[:, 1:], index[:, 1:]
    radius = NEAR * np.sqrt(x.shape[1])
    far = np.maximum(distance[:, 1:], 1e-9)
    gap = (far >= GAP * np.maximum(distance[:, :-1], 1e-9)) & (distance[:, :-1] < radius)
    pairs = []
    for i in np.flatnonzero(gap.any(axis=1)).tolist():
        last = int(np.flatnonzero(gap[i])[-1])
        pairs += [(i, j) for j in index[i, : last + 1].tolist() if np.array_equal(categories[i], categories[j])]
    return pairs


def collidable(table: Table, exact: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows, given the cluster of identical ones, that others would equal by chance, judged by the other distinct rows alone.

    Either chance does it (`n * product of the frequencies of their values >= CHANCE`, as for six columns of mostly zeros), or, where
    columns depend on each other, the row has a neighbour that differs in one column only and none of its values is its own. Two
    equal rows of measured numbers meet neither, however often they were copied.
    """
    if not table.width or not len(exact):
        return np.zeros(len(exact), np.bool_)
    _, first, inverse = np.unique(exact, return_index=True, return_inverse=True)
    n = len(first)
    columns = [*table.numeric.T, *table.categories.T]
    chance, whole = np.full(n, np.log(n)), np.zeros(n, np.uint64)
    for j, column in enumerate(columns):
        _, code, counts = np.unique(column[first], return_inverse=True, return_counts=True, equal_nan=True)
        with np.errstate(divide="ignore"):
            chance += np.log((counts[code] - 1) / n)
        whole += _mixed(code.astype(np.uint64), j)
    common = np.isfinite(chance)
    found = chance >= np.log(CHANCE)
    if len(columns) > 2 and not found[common].all():
        for j, column in enumerate(columns):  # counted again: marks of all columns at once would be as large as the table
            code = np.unique(column[first], return_inverse=True, equal_nan=True)[1]
            found |= common & pl.Series(whole - _mixed(code.astype(np.uint64), j)).is_duplicated().to_numpy()
    return np.asarray(found[inverse], dtype=np.bool_)


def _mixed(code: NDArray[np.uint64], column: int) -> NDArray[np.uint64]:
    """A 64-bit mark of a value of a column; marks are added, so that a column can be taken out of a row's sum again (splitmix64)."""
    x = (code + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + np.uint64((column + 1) * 0xD1B54A32D192ED03 % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)


def natural_repeats(collides: NDArray[np.bool_], repeated: NDArray[np.bool_]) -> bool:
    """Whether rows repeat because values are few: copies fall on every kind of row, chance only on those that can collide."""
    return bool(repeated.any() and collides[repeated].mean() >= NATURAL)
