"""Cleanlab, fenced in: suspicious labels, noise range and confused classes from out-of-fold probabilities."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors.results import ConfusedPair

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_PAIRS = 20
NEAR = 3
"""Classes that a confusable label may be behind; further back it is put down to chance."""
SURE = 1.5
"""From two thirds of the doubted labels scattered, self-confidence alone ranks."""


@dataclass(frozen=True)
class Issues:
    """What confident learning says about labels."""

    quality: NDArray[np.float32] = field(repr=False)
    """0 to 1, low is suspicious: rank blend of self-confidence and margin."""
    suggested: NDArray[np.int64] = field(repr=False)
    flagged: NDArray[np.bool_] = field(repr=False)
    """`low_self_confidence`: precision .96 on random noise."""
    candidate: NDArray[np.bool_] = field(repr=False)
    """`prune_by_class`: the review list."""
    off_diagonal: float
    joint: float
    pairs: tuple[ConfusedPair, ...]
    scattered: float
    """Share of doubted labels that are far from what the model considers at all: 1 = random noise, 0 = confusions."""


def find(code: NDArray[np.int64], p: NDArray[np.float32], names: tuple[str, ...]) -> Issues:
    """Judge labels `code` (every class 0..K-1 occurs) by probabilities `p` (rows sum to 1, no NaN).

    Raises:
        ValueError: when the probabilities are not usable (cleanlab itself would silently take NaN).
    """
    if p.ndim != 2 or len(p) != len(code) or not np.isfinite(p).all():
        raise ValueError("probabilities must be finite, one row a label")
    from cleanlab.count import compute_confident_joint, estimate_joint
    from cleanlab.filter import find_label_issues

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        confident, off = compute_confident_joint(code, p, return_indices_of_off_diagonals=True)
        joint = estimate_joint(code, p, confident_joint=confident)
        flagged = find_label_issues(code, p, filter_by="low_self_confidence", n_jobs=1, confident_joint=confident)
        candidate = find_label_issues(code, p, filter_by="prune_by_class", n_jobs=1, confident_joint=confident)
    quality, suggested, scattered = rank(code, p, np.asarray(off, dtype=np.int64))
    return Issues(
        quality=quality,
        suggested=suggested,
        flagged=np.asarray(flagged, dtype=np.bool_),
        candidate=np.asarray(candidate, dtype=np.bool_),
        off_diagonal=len(off) / len(code),
        joint=float(max(0.0, 1 - np.trace(joint))),
        pairs=pairs_of(np.asarray(confident), np.bincount(code, minlength=len(names)), names),
        scattered=scattered,
    )


def rank(code: NDArray[np.int64], p: NDArray[np.float32], off: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.int64], float]:
    """Quality of each label, the class suggested instead, and how random the doubted labels look.

    Self-confidence ranks best under random noise, the margin under systematic confusion, and which one it is can be told:
    among doubted rows of K classes, random noise puts the given label anywhere among the model's choices, confusion puts
    it second or third. The blend follows that share.
    """
    n, k = p.shape
    rows = np.arange(n)
    own = p[rows, code]
    others = p.copy()
    others[rows, code] = -1
    suggested = others.argmax(axis=1)
    place = (p[off] > own[off][:, None]).sum(axis=1)
    quality, scattered = blend(own, own - others[rows, suggested], place, k)
    return quality, suggested.astype(np.int64), scattered


def blend(own: NDArray[np.float32], margin: NDArray[np.float32], place: NDArray[np.int64], k: int) -> tuple[NDArray[np.float32], float]:
    """Quality from self-confidence and margin, and the share of doubted labels (`place` = classes preferred to the given one)
    that no confusion explains.
    """
    scattered = 0.0
    if len(place) and k > NEAR + 1:
        scattered = float(min(1.0, (place > NEAR).mean() / (1 - (NEAR + 1) / k)))
    weight = 0.5 + 0.5 * min(1.0, SURE * scattered)
    order = np.lexsort((np.arange(len(own)), weight * average_ranks(own) + (1 - weight) * average_ranks(margin)))
    quality = np.empty(len(own), np.float32)
    quality[order] = np.sort(own)  # the order of the blend on the scale of a probability
    return quality, scattered


def average_ranks(values: NDArray[np.float32] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Average ranks 0..n-1."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts + 1) / 2)[inverse], dtype=np.float64)


def pairs_of(confident: NDArray[np.int64], sizes: NDArray[np.int64], names: tuple[str, ...]) -> tuple[ConfusedPair, ...]:
    """Pairs of classes by the number of rows in the confident joint (given x suggested)."""
    counts = confident.copy()
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:MAX_PAIRS]
    found = [(int(i // len(names)), int(i % len(names))) for i in order]
    return tuple(
        ConfusedPair(names[a], names[b], int(counts[a, b]), float(counts[a, b] / max(1, sizes[a]))) for a, b in found if counts[a, b] > 1
    )
