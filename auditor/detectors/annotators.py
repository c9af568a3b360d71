"""Several annotators per row: the majority's label, how far they agree, and how credible the majority is beside the probe."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors.hashing import text_hash
from auditor.detectors.labels import Labels, class_name, declared_names

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from auditor.model import Dataset


def majority(frame: pl.DataFrame, columns: tuple[str, ...], data: Dataset) -> Labels:
    """Most frequent label of each row (ties: first by name, which no order of columns can change), and all given ones."""
    given = [[class_name(v) for v in row] for row in frame.select(columns).iter_rows()]
    names = sorted({n for row in given for n in row if n is not None} | set(declared_names(data)))
    index = {n: i for i, n in enumerate(names)}
    votes = np.array([[-1 if n is None else index[n] for n in row] for row in given], dtype=np.int32).reshape(len(given), len(columns))
    code = np.array([_top(row) for row in votes.tolist()], dtype=np.int32)
    keys = np.concatenate([text_hash(names), np.zeros(1, np.uint64)])
    return Labels("single", code, tuple(names), keys[code], declared=frozenset(declared_names(data)) or None, votes=votes)


def _top(row: list[int]) -> int:
    counts = Counter(v for v in row if v >= 0)
    return min(counts, key=lambda v: (-counts[v], v)) if counts else -1


def agreement(votes: NDArray[np.int32]) -> tuple[float | None, float | None]:
    """Share of annotator pairs that agree on a row, and the same beyond chance (Krippendorff's alpha, nominal); None without pairs."""
    k = int(votes.max(initial=-1)) + 1
    counts = np.zeros((len(votes), max(1, k)))
    for column in votes.T:
        rows = np.flatnonzero(column >= 0)
        np.add.at(counts, (rows, column[rows]), 1)
    m = counts.sum(axis=1)
    counts, m = counts[m >= 2], m[m >= 2]
    if not len(m):
        return None, None
    agree = (counts * (counts - 1)).sum(axis=1) / (m * (m - 1))
    weight = m / m.sum()
    observed = 1 - float((weight * agree).sum())
    totals, n = counts.sum(axis=0), float(m.sum())
    expected = 1 - float((totals * (totals - 1)).sum() / (n * (n - 1)))
    return float(agree.mean()), 1 - observed / expected if expected > 0 else None


def consensus(votes: NDArray[np.int32], p: NDArray[np.float32], code: NDArray[np.int64]) -> NDArray[np.float32]:
    """Probability of each row's majority label, given the probe and every annotator's vote.

    `post(c) ~ p(c) * product over annotators of (a_j if the vote is c, else (1 - a_j) / (K - 1))`, where a_j is how often annotator
    j agrees with the others' majority. Cleanlab's CROWDLAB quality is of the label that it prefers itself, not of the majority's: as
    a ranking of wrong majority labels it read .25 average precision where the plain probe read .95.
    `votes` and `code` are classes 0..K-1 of `p`; -1 = no vote.
    """
    n, k = p.shape
    log = np.log(np.maximum(p.astype(np.float64), 1e-4))
    for j in range(votes.shape[1]):
        given = np.flatnonzero(votes[:, j] >= 0)
        if not len(given):
            continue
        rest = np.delete(votes, j, axis=1)[given]
        others = np.array([_top(row) for row in rest.tolist()])
        known = others >= 0
        care = float((votes[given, j][known] == others[known]).mean()) if known.any() else 0.5
        care = min(0.99, max(1.5 / k, care))
        miss = np.log((1 - care) / max(1, k - 1))
        log[given] += miss
        log[given, votes[given, j]] += np.log(care) - miss
    log -= log.max(axis=1, keepdims=True)
    post = np.exp(log)
    return np.asarray(post[np.arange(n), code] / post.sum(axis=1), dtype=np.float32)
