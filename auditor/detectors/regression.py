"""The probe for numeric targets: out-of-fold R2, and residuals that are far out of the rest's.

Cleanlab's own count of wrong targets is unreliable for regression (0 of 17 and 83 for 47 in our measurements) though its
ranking is good; the ranking here is the out-of-fold residual, and rows beyond `MAD_Z` robust deviations are flagged.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.detectors import models
from auditor.detectors.folds import assign, halves
from auditor.detectors.results import Interval, LabelScores, ProbeFacts
from auditor.detectors.statistics import Z95, normal_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.probe import Probe

MAD_Z = 5.0
"""Robust z of a residual from which a target is flagged."""
REVIEW_Z = 3.5
"""And from which it is a candidate (Iglewicz and Hoaglin 1993)."""
FENCE = 3.0
"""Quartile distances beyond the quartiles from which a target is far out (Tukey) and clipped for training."""
SPARED = 0.1
"""At most this share of rows, the flagged ones, is left out of R2: a few wild targets would be all that it measures."""
SEED = 9_021
MAX_ROWS = 20_000


def study(probe: Probe) -> ProbeFacts:
    """Cross-validate and rank residuals."""
    inputs = probe.inputs
    base = ProbeFacts("regression", len(probe.train), inputs.sampled, 0, (), measured=False, metric="R2")
    y = inputs.labels.number
    train = probe.train[:MAX_ROWS]
    if y is None or float(np.ptp(y[train])) == 0:
        return replace(base, reason="the target never changes")
    x = models.features(inputs, probe.meaning)
    if x is None:
        return replace(base, reason=inputs.why_none)
    unit = probe.unit
    fold = np.full(len(y), -1, np.int64)
    strata = np.zeros(len(y), np.int64)
    strata[train] = np.searchsorted(np.quantile(y[train], [0.2, 0.4, 0.6, 0.8]), y[train])
    fold[train] = assign(strata[train], unit[train], min(probe.folds, len(np.unique(unit[train]))))
    guess = _out_of_fold(x, y, train, fold)
    n = len(np.unique(unit[train]))
    group = r2(y[train], guess[train], n)
    mixed = y.copy()
    mixed[train] = np.random.Generator(np.random.PCG64(SEED)).permutation(y[train])
    null = r2(mixed[train], _out_of_fold(x, mixed, train, fold)[train], n)
    loose = np.full(len(y), -1, np.int64)
    loose[train] = assign(strata[train], None, min(probe.folds, len(train)))
    spread = max(1e-6, ((group.high - group.value) ** 2 + (null.high - null.value) ** 2) ** 0.5 / Z95)
    facts = replace(
        base,
        measured=True,
        cv_group=group,
        cv_naive=group if n > 0.995 * len(train) else r2(y[train], _out_of_fold(x, y, train, loose)[train], len(train)),
        cv_half=r2(y[train], _out_of_fold(x, y, train, fold, unit)[train], n),
        shuffled=null,
        signal_p=normal_tail((group.value - max(0.0, null.value)) / spread),
        method="grouped cross-validation of extra trees and ridge regression; residuals by robust z",
    )
    if len(probe.held):
        g = _predict(x, y, train, probe.held)
        score = r2(y[probe.held], g, len(probe.held))
        facts = replace(facts, holdout=score, holdout_accuracy=score, holdout_rows=len(probe.held))
    return _residuals(facts, probe, train, y, guess)


def r2(y: NDArray[np.float64], guess: NDArray[np.float64], n: int) -> Interval:
    """Explained variance against the mean, clipped at 0, with an approximate interval (Olkin and Finn 1995).

    Rows whose residual is flagged are left out, unless they are more than `SPARED` of all.
    """
    fine = robust_z(y - guess) <= MAD_Z
    if fine.mean() >= 1 - SPARED:
        y, guess = y[fine], guess[fine]
    total = float(((y - y.mean()) ** 2).sum())
    value = max(0.0, 1 - float(((y - guess) ** 2).sum()) / total) if total > 0 else 0.0
    half = Z95 * float(np.sqrt(max(4 * value * (1 - value) ** 2 / max(3, n), 1 / max(3, n) ** 2)))
    return Interval(value, max(0.0, value - half), min(1.0, value + half), n)


def _out_of_fold(
    x: models.Features, y: NDArray[np.float64], train: NDArray[np.int64], fold: NDArray[np.int64], unit: NDArray[np.int64] | None = None
) -> NDArray[np.float64]:
    """Predictions of the rows of `train` from the other folds (from half of them, whole units, where `unit` is given)."""
    guess = np.zeros(len(y))
    for f in range(int(fold[train].max()) + 1):
        test, rest = train[fold[train] == f], train[fold[train] != f]
        if unit is not None:
            rest = halves(rest, unit, 0.5, SEED + f)
        if len(test) and len(rest):
            guess[test] = _predict(x, y, rest, test)
    return guess


def _predict(x: models.Features, y: NDArray[np.float64], train: NDArray[np.int64], test: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean of ridge regression and extra trees; targets are winsorised for training so that wild ones don't spoil it."""
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.linear_model import Ridge

    low, high = np.quantile(y[train], [0.25, 0.75])
    fence = FENCE * (high - low)
    target = y[train].clip(low - fence, high + fence) if fence > 0 else y[train]
    ridge: Any = Ridge(alpha=1.0).fit(x.dense[train], target)
    votes = [ridge.predict(x.dense[test])]
    if x.trees is not None:
        count = int(np.clip(models.TREE_ROWS / len(train), 40, 100))
        forest = models.grown(ExtraTreesRegressor(count, min_samples_leaf=3, random_state=0), x.trees[train], target)
        votes.append(forest.predict(x.trees[test]))
    return np.asarray(np.mean(votes, axis=0), dtype=np.float64)


def _residuals(facts: ProbeFacts, probe: Probe, train: NDArray[np.int64], y: NDArray[np.float64], guess: NDArray[np.float64]) -> ProbeFacts:
    z = robust_z(y[train] - guess[train])
    inputs = probe.inputs
    nothing = np.full(len(train), -1, np.int32)
    scores = LabelScores(inputs.file[train], inputs.row[train], nothing, nothing, np.exp(-z / MAD_Z).astype(np.float32), z > MAD_Z, z > REVIEW_Z)
    off = float((z > MAD_Z).mean())
    return replace(facts, flagged=int((z > MAD_Z).sum()), candidates=int((z > REVIEW_Z).sum()), scores=scores, off_diagonal=off, identifiable=None)


def robust_z(residual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance from the median residual in robust standard deviations (1.4826 MAD; the mean deviation where MAD is 0)."""
    away = np.abs(residual - np.median(residual))
    scale = 1.4826 * float(np.median(away)) or 1.2533 * float(away.mean())
    return away / scale if scale > 0 else np.zeros(len(residual))
