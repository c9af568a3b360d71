"""Folds that keep what belongs together in one fold, class by class, in an order that depends on content only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def assign(code: NDArray[np.int64], group: NDArray[np.int64] | None, folds: int) -> NDArray[np.int64]:
    """Fold of each row.

    Rows of one group share a fold; every class is spread as evenly as its groups allow. Rows must be in canonical order.
    Groups of one row are dealt out class by class; larger ones before them, each to the fold that has the fewest rows of
    its most frequent class.
    """
    n = len(code)
    fold = np.full(n, -1, np.int64)
    k = int(code.max(initial=0)) + 1
    load = np.zeros((folds, k), np.int64)
    if group is not None:
        ids, inverse, counts = np.unique(group, return_inverse=True, return_counts=True)
        first = np.full(len(ids), n, np.int64)
        np.minimum.at(first, inverse, np.arange(n))
        members = np.argsort(inverse, kind="stable")
        ends = np.cumsum(counts)
        large = np.flatnonzero(counts > 1)
        for g in large[np.lexsort((first[large], -counts[large]))].tolist():
            rows = members[ends[g] - counts[g] : ends[g]]
            own = np.bincount(code[rows], minlength=k)
            main = int(own.argmax())
            best = int(np.lexsort((load.sum(axis=1), load[:, main]))[0])
            fold[rows] = best
            load[best] += own
    for c in range(k):
        rows = np.flatnonzero((code == c) & (fold < 0))
        if len(rows):
            fold[rows] = _deal(len(rows), load[:, c], offset=c)
    return fold


def _deal(n: int, load: NDArray[np.int64], offset: int) -> NDArray[np.int64]:
    """Folds for `n` rows such that loads even out; ties begin at another fold for each class."""
    folds = len(load)
    levels = load.copy()
    order = (np.arange(folds) + offset) % folds
    out = np.empty(n, np.int64)
    if np.ptp(levels) == 0:
        out[:] = order[np.arange(n) % folds]
        return out
    for i in range(n):
        best = order[int(np.argmin(levels[order]))]
        out[i] = best
        levels[best] += 1
    return out


def halves(train: NDArray[np.int64], group: NDArray[np.int64] | None, share: float, seed: int) -> NDArray[np.int64]:
    """About `share` of the rows of `train`, whole groups, chosen by a fixed generator over the groups."""
    ids = train if group is None else group[train]
    unique, inverse = np.unique(ids, return_inverse=True)
    rng = np.random.Generator(np.random.PCG64(seed))
    first = np.full(len(unique), len(train), np.int64)
    np.minimum.at(first, inverse, np.arange(len(train)))
    rank = np.empty(len(unique), np.int64)
    rank[np.argsort(first)] = rng.permutation(len(unique))
    chosen = rank < max(1, round(share * len(unique)))
    return train[chosen[inverse]]
