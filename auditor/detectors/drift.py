"""Does training look like production? A classifier that tries to tell them apart, on de-duplicated inputs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors import models
from auditor.detectors.folds import assign
from auditor.detectors.inputs import Inputs, load
from auditor.detectors.results import DriftFacts
from auditor.detectors.statistics import auc
from auditor.detectors.threads import one_thread
from auditor.model import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.scan.request import Rows

CAP = 2000
"""Distinct rows of each side."""
POWER = 2.576 + 0.842
"""Standard errors that show with probability .8 at one false alarm in a hundred."""
WARN = 0.05
"""AUC above .5 from which a shift is reported."""
PER_SHARE = 0.18
"""AUC above .5 by share of rows from new classes: a quarter of them read .544, half .61 (BANKING77)."""
MIN_ROWS = 30
"""Fewer on either side say nothing; below 300 the interval is wide and says so itself."""


def of_rows(rows: Rows, near: str = str(Split.TRAIN)) -> DriftFacts:
    """Training (or the split `near`) against production, where there is a sample of it."""
    other = str(Split.PRODUCTION)
    if not rows.count((other,)):
        return DriftFacts(other, 0, measured=False, reason="there is no production sample")
    inputs = load(rows, splits=(near, other), cap=100_000, labelled=False)

    with one_thread():
        return study(inputs, other, near)


def study(inputs: Inputs, other: str, near: str = str(Split.TRAIN)) -> DriftFacts:
    """Domain classifier of the split `near` against the split `other`; in conversations prompts are compared, not responses."""
    if inputs.prompt is not None and inputs.text is not None:
        inputs = replace(inputs, text=inputs.prompt)
    train, far = (distinct(inputs, s)[:CAP] for s in (near, other))
    base = DriftFacts(other, len(far), measured=False)
    if min(len(train), len(far)) < MIN_ROWS:
        return replace(base, reason=f"{min(len(train), len(far))} distinct rows on one side are too few (at least {MIN_ROWS})")
    n = min(len(train), len(far))
    both = same_gaps(inputs.take(paired(inputs, spread(train, n), spread(far, n))), n)
    x = models.features(both)
    if x is None:
        return replace(base, reason=inputs.why_none)
    side = np.repeat([0, 1], n).astype(np.int64)
    fold = assign(side, np.arange(2 * n, dtype=np.int64) % n, 3)
    score = np.zeros(2 * n)
    rows = np.arange(2 * n)
    for f in range(3):
        test, rest = rows[fold == f], rows[fold != f]
        if len(test) and len(np.unique(side[rest])) == 2:
            score[test] = models.quick(x, side, rest, test, 2)[:, 1]
    found = auc(score[side == 1], score[side == 0])
    noise = POWER * float(np.sqrt((2 * n + 1) / (12 * n * n)))
    return replace(
        base,
        measured=True,
        auc=found,
        detectable=min(1.0, max(noise, WARN) / PER_SHARE),
        method=f"domain classifier on {n} distinct rows a side, 3-fold",
    )


def paired(inputs: Inputs, train: NDArray[np.int64], far: NDArray[np.int64]) -> NDArray[np.int64]:
    """All rows of `train`, then all of `far`, the same input at the same place of both; as many rows in each.

    A pair stays in one fold: a row of the other side that is the same, or that lacks the same cells, would teach the
    classifier the opposite of the truth.
    """
    _, left, right = np.intersect1d(inputs.key[train], inputs.key[far], return_indices=True)
    return np.concatenate([train[left], np.delete(train, left), far[right], np.delete(far, right)])


def same_gaps(both: Inputs, n: int) -> Inputs:
    """The first and the last `n` rows with the same cells missing: each pair of rows lacks what either of them lacks.

    Missing values have findings of their own. Left in, a classifier tells the sides apart by the gaps alone (15 % of cells
    missing at random on one side: AUC .99 on 30 columns) and says nothing of the values.
    """
    table = both.table
    if not table.width:
        return both
    pair = np.arange(2 * n) % n
    numeric, categories = table.numeric.copy(), table.categories.copy()
    gaps, blanks = np.isnan(numeric), categories < 0
    numeric[(gaps[:n] | gaps[n:])[pair]] = np.nan
    categories[(blanks[:n] | blanks[n:])[pair]] = -1
    return replace(both, table=replace(table, numeric=numeric, categories=categories))


def distinct(inputs: Inputs, split: str) -> NDArray[np.int64]:
    """First row of each distinct input of a split, in canonical order."""
    rows = inputs.of(split)
    return rows[np.sort(np.unique(inputs.key[rows], return_index=True)[1])]


def spread(rows: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """`n` of the rows, evenly over their (hashed) order."""
    return rows[np.linspace(0, len(rows) - 1, n).astype(np.int64)] if len(rows) > n else rows


