"""Copies among training rows: a model that learns from each of them is another one, though there is nothing more to learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEW = 0.1
"""Quantile of the groups of equal rows that tells how often all rows were copied (our choice)."""


def spare(exact: NDArray[np.int64], code: NDArray[np.int64], *, natural: bool) -> NDArray[np.bool_]:
    """Rows that repeat another input with its label; `exact` and `code` have a number for the input and the label of each row.

    How often an input comes with either of two labels is knowledge, and so is how often one comes in a table where rows repeat by
    nature: of these all but one in m are spare, where nearly all rows are there m times or more.
    """
    if not len(exact):
        return np.zeros(0, np.bool_)
    pairs, group, size = np.unique(np.stack([exact, code]), axis=1, return_inverse=True, return_counts=True)
    times = int(np.quantile(size, FEW, method="lower"))
    keep = -(-size // times)
    if not natural:
        _, at, labels = np.unique(pairs[0], return_inverse=True, return_counts=True)
        keep[labels[at] == 1] = 1
    order = np.argsort(group, kind="stable")
    place = np.empty(len(group), np.int64)
    place[order] = np.arange(len(group)) - np.repeat(np.cumsum(size) - size, size)
    return np.asarray(place >= keep[group], dtype=np.bool_)
