"""Small exact statistics."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors.results import Interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

Z95 = 1.959963984540054
Z99 = 2.5758293035489004


def share(hits: int, n: int) -> Interval:
    """A proportion with its 95 % Wilson interval; nothing observed is 0 in 0..1."""
    if n <= 0:
        return Interval(0.0, 0.0, 1.0, 0)
    p, z2 = hits / n, Z95 * Z95
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Interval(p, max(0.0, min(p, centre - half)), min(1.0, max(p, centre + half)), n)


def mean(values: NDArray[np.float64], weights: NDArray[np.float64] | None = None, n: int | None = None) -> Interval:
    """A (weighted) mean with its normal 95 % interval; `n` = independent units, when fewer than values."""
    if not len(values):
        return Interval(0.0, 0.0, 1.0, 0)
    w = np.ones(len(values)) if weights is None else weights
    w = w / w.sum()
    centre = float((w * values).sum())
    spread = float((w * w * (values - centre) ** 2).sum()) * len(values) / max(1, len(values) - 1)
    half = Z95 * math.sqrt(spread * (len(values) / (n or len(values))))
    return Interval(centre, max(0.0, centre - half), min(1.0, centre + half), n or len(values))


def balanced_accuracy(truth: NDArray[np.int64], right: NDArray[np.bool_], n: int | None = None) -> Interval:
    """Mean recall over the classes that occur, with its interval (rows weighted by 1 / class size).

    The rare classes' recalls are smoothed (one pseudo-observation at the pooled recall) for the interval only.
    """
    if not len(truth):
        return Interval(0.0, 0.0, 1.0, 0)
    _, code, counts = np.unique(truth, return_inverse=True, return_counts=True)
    hits = np.bincount(code, weights=right)
    recall = hits / counts
    pooled = float(np.mean(right))
    smooth = (hits + pooled) / (counts + 1)
    variance = float((smooth * (1 - smooth) / counts).mean() / len(counts))
    half = Z95 * math.sqrt(variance * len(truth) / (n or len(truth)))
    value = float(recall.mean())
    return Interval(value, max(0.0, value - half), min(1.0, value + half), n or len(truth))


def auc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> Interval:
    """Area under the ROC curve with its 95 % interval (DeLong's variance from placements)."""
    m, n = len(positive), len(negative)
    if not m or not n:
        return Interval(0.5, 0.0, 1.0, 0)
    ordered = np.sort(negative)
    above = (np.searchsorted(ordered, positive, side="left") + np.searchsorted(ordered, positive, side="right")) / (2 * n)
    ordered = np.sort(positive)
    below = 1 - (np.searchsorted(ordered, negative, side="left") + np.searchsorted(ordered, negative, side="right")) / (2 * m)
    value = float(above.mean())
    variance = (float(above.var(ddof=1)) / m if m > 1 else 0.25) + (float(below.var(ddof=1)) / n if n > 1 else 0.25)
    half = Z95 * math.sqrt(max(variance, (2 * min(m, n) + 1) / (12 * m * n) * 1e-3))
    return Interval(value, max(0.0, value - half), min(1.0, value + half), min(m, n))


def normal_tail(z: float) -> float:
    """Probability of a standard normal above `z`."""
    return 0.5 * math.erfc(z / math.sqrt(2))
