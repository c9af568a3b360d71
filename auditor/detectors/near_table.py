"""Near-duplicate rows of tables: copies with a little noise on every number.

A fixed radius is wrong both ways (it flags 57 % of a clean table of six skewed columns and misses jittered copies in
another), so a row's copies are told by a gap: its nearest rows are at least `GAP` times closer than the next ones. In d
dimensions of independent data the chance of such a gap is about `GAP ** -d`; tables of fewer than `MIN_NUMERIC` varying
columns are therefore not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

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


def collidable(table: Table) -> NDArray[np.bool_]:
    """Rows that others would equal by chance: `n * product of the frequencies of their values >= .001`.

    Six columns of mostly zeros collide without anybody copying them; two equal rows of measured numbers do not.
    """
    n = len(table.numeric)
    if n == 0 or not table.width:
        return np.zeros(n, np.bool_)
    log = np.full(n, np.log(n))
    for column in (*table.numeric.T, *table.categories.T):
        _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True, equal_nan=True)
        log += np.log(counts[inverse] / n)
    return np.asarray(log >= np.log(1e-3), dtype=np.bool_)
