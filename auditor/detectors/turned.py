"""Pairs whose sides are exchanged: the user's words as response, the assistant's as prompt.

A ridge regression tells prompts from responses by what they say and how long they are, each fifth of the rows judged by the others. Where
the two are told well apart, rows of which both sides look like the other one stand in a heap of their own: of 20 % exchanged rows among
1,200, 19 % read so, of five published sets up to 1 %, and where sides are alike (4 %) the rows between the heaps are far more than those
in the second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 20
LEAST_SHARE = 0.03
"""Exchanged rows that are told, and their share of all (our choice: published sets read up to .010)."""
HEAP = 0.7
"""Share of the rows in the wrong order that must be as clearly wrong (our choice: exchanged rows read .97, published sets up to .37)."""
FOLDS = 5
RIDGE = 10.0
SEED = 4_711


def turned(prompts: NDArray[np.float32], responses: NDArray[np.float32], said: list[str], answered: list[str]) -> NDArray[np.bool_]:
    """Rows whose sides are exchanged, none where that cannot be told; from unit vectors of the sides (n x d each) and their texts."""
    n = len(said)
    nothing = np.zeros(n, np.bool_)
    if n < LEAST / LEAST_SHARE:
        return nothing
    x = np.vstack([np.hstack([prompts, _forms(said)]), np.hstack([responses, _forms(answered)])]).astype(np.float64)
    y = np.concatenate([np.ones(n), -np.ones(n)])
    fold = np.tile(np.random.Generator(np.random.PCG64(SEED)).permutation(n) % FOLDS, 2)
    read = np.zeros(2 * n)
    for k in range(FOLDS):
        others, mine = fold != k, fold == k
        middle, spread = x[others].mean(axis=0), x[others].std(axis=0) + 1e-9
        z = (x[others] - middle) / spread
        weights = np.linalg.solve(z.T @ z + RIDGE * np.eye(z.shape[1]), z.T @ y[others])
        read[mine] = ((x[mine] - middle) / spread) @ weights
    order = read[:n] - read[n:]
    clear = (order < -0.5 * max(0.0, float(np.median(order)))) & (read[:n] < 0) & (read[n:] > 0)
    wrong = order < 0
    return clear if clear.sum() >= max(LEAST, LEAST_SHARE * n) and clear.sum() >= HEAP * wrong.sum() else nothing


def _forms(texts: list[str]) -> NDArray[np.float32]:
    """Length, lines, and how a text ends: n x 4."""
    return np.array([[np.log1p(len(t)), np.log1p(t.count("\n")), t.rstrip().endswith("?"), t.rstrip().endswith(".")] for t in texts], dtype=np.float32)
