"""Slices of the data (values of a category or group column) with too few rows or worse labels than the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors.results import RowSet, SliceError
from auditor.detectors.statistics import normal_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs

MOST = 100
"""Columns of more different values are not slices."""
THIN = 10
LEAST = 30
"""Rows of a slice from which its error says something."""
P = 0.001
WORSE = 0.1
"""Error above the rest's from which a slice is reported (our choice)."""


def judge(inputs: Inputs, train: NDArray[np.int64], wrong: NDArray[np.bool_]) -> tuple[tuple[SliceError, ...], tuple[tuple[str, int], ...]]:
    """Slices with worse labels, and thin ones; `wrong` says which rows of `train` the probe gets wrong."""
    found, thin = [], []
    looked = 0
    for name, ids in _columns(inputs, train):
        counts = np.bincount(ids[ids >= 0], minlength=1)
        values = np.flatnonzero(counts)
        if not 2 <= len(values) <= MOST:
            continue
        few = int((counts[values] < THIN).sum())
        if few:
            thin.append((name, few))
        for value in values[counts[values] >= LEAST].tolist():
            inside = ids == value
            looked += 1
            if (~inside).sum() >= LEAST:
                found.append((name, inside, *_compare(wrong[inside], wrong[~inside])))
    worse = [(name, inside, error, rest, p * looked) for name, inside, error, rest, p in found if p * looked < P and error - rest >= WORSE]
    worse.sort(key=lambda w: (w[3] - w[2], w[0]))
    return tuple(SliceError(n, int(i.sum()), e, float(wrong.mean()), p, _where(inputs, train[i & wrong])) for n, i, e, _, p in worse), tuple(thin)


def _columns(inputs: Inputs, train: NDArray[np.int64]) -> list[tuple[str, NDArray[np.int64]]]:
    table = inputs.table
    columns = [(n, table.categories[train, j].astype(np.int64)) for j, n in enumerate(table.category_names)]
    if inputs.group is not None:
        columns.append(("group", inputs.group[train]))
    return columns


def _compare(inside: NDArray[np.bool_], outside: NDArray[np.bool_]) -> tuple[float, float, float]:
    a, b = float(inside.mean()), float(outside.mean())
    pooled = float(np.concatenate([inside, outside]).mean())
    spread = np.sqrt(max(1e-12, pooled * (1 - pooled) * (1 / len(inside) + 1 / len(outside))))
    return a, b, 2 * normal_tail(abs(a - b) / float(spread))


def _where(inputs: Inputs, rows: NDArray[np.int64]) -> RowSet:
    order = np.lexsort((inputs.row[rows], inputs.file[rows]))
    return RowSet(inputs.file[rows][order], inputs.row[rows][order])
