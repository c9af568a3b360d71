"""Several annotators per row: the majority's label, how far they agree, and Cleanlab's consensus on top of the probe."""

from __future__ import annotations

import warnings
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
    """Quality of each row's consensus (Cleanlab's CROWDLAB); self-confidence where annotators cannot be compared.

    `votes` and `code` are classes 0..K-1 of `p`; -1 = no vote.
    """
    import pandas as pd
    from cleanlab.multiannotator import get_label_quality_multiannotator

    table = pd.DataFrame(np.where(votes >= 0, votes.astype(np.float64), np.nan))
    table = table.loc[:, table.notna().any()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = get_label_quality_multiannotator(table, p.astype(np.float64), verbose=False)
    except ValueError:  # no two annotators share a row
        return p[np.arange(len(code)), code]
    return np.asarray(found["label_quality"]["consensus_quality_score"].to_numpy(), dtype=np.float32)
