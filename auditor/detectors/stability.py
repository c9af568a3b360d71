"""Do two halves of the training rows teach the same answers, and do the doubted labels change them?

How well a probe reads its own noisy labels says as much about the task as about the data: a hard task reads low when nothing is
wrong. Whether what is learnt holds still says more about the data. Each near-duplicate cluster goes to one half; two models, each
taught one half, answer the same inputs, and their agreement beyond chance is counted. Too few rows, random mistakes and missing cells
make the halves disagree; a task that is hard for everybody does so much less, since a model's answer to a doubtful input can be the
same twice. The disagreement of two runs tells the test error without a label (Jiang et al., ICLR 2022); here the second run has other
rows as well. Consistent mistakes are taught by both halves alike and do not show.

Then the rows whose label is contradicted by what the other half taught are left out, and the answers compared with those of a model of
all rows: doubted labels that change nothing need not be settled first.

Answers are those that balanced accuracy asks for: the most probable class for its share of the training rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from auditor.detectors import models
from auditor.detectors.drift import distinct, spread
from auditor.detectors.folds import assign
from auditor.detectors.inputs import load
from auditor.detectors.probe import MIN_ROWS, units, untold
from auditor.detectors.results import DuplicateFacts, Interval, LeakFacts
from auditor.detectors.stability_results import StabilityFacts
from auditor.detectors.statistics import Z95
from auditor.detectors.threads import one_thread
from auditor.model import Shape, Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs
    from auditor.scan.request import Rows

LEAST_CAP, MOST_CAP, PER_CLASS = 6000, 12_000, 120
"""Training rows used: so many a class, within bounds. A model of each half, one of all and one of the confirmed rows are trained on them."""
LEAST_PER_CLASS: Final = 40
"""Rows of a class, on average, below which a part of the rows says nothing of all of them."""
MOST_CELLS: Final = 30_000_000
"""Words times classes up to which naive Bayes has a vote on labels: it holds three numbers for each."""
FEW: Final = 3000
"""Rows up to which they are halved in three ways instead of one: it costs little and steadies the figure."""
READ: Final = 20_000
"""Rows read to choose them from."""
ASKED: Final = 1000
"""Inputs answered."""
LEAST_ASKED: Final = 30
QUARTERS: Final = 4
HALVINGS: Final = ((0, 1), (0, 2), (0, 3))
"""Quarters that make the first half, in three ways."""
APART: Final = 5
"""Without production inputs one part in so many of the training clusters is set apart and answered. The hold-out would do as well, but whoever
draws it could move its hard rows into training."""
LEAST_CLASS: Final = 4
"""Clusters below which a class cannot be in both halves."""


def of_rows(rows: Rows, duplicates: DuplicateFacts | None, leaks: LeakFacts | None) -> StabilityFacts:
    """Stability of what a data set with one class a row teaches."""
    if rows.dataset.shape is not Shape.CLASSIFICATION:
        return StabilityFacts(measured=False, reason="measured for rows with one class each", applies=False)
    if rows.settings.labels.embeddings:
        return StabilityFacts(measured=False, reason="your own embeddings are read, and there are none of other inputs", applies=False)

    total = rows.count((str(Split.TRAIN),))
    inputs = untold(load(rows, splits=(str(Split.TRAIN),), cap=READ, beside=(str(Split.PRODUCTION), ASKED), rare=True), leaks)
    with one_thread():
        return study(inputs, duplicates, total)


def study(inputs: Inputs, duplicates: DuplicateFacts | None, total: int) -> StabilityFacts:
    """Stability of training rows, `total` of which there are, asked about production rows where `inputs` has enough of them."""
    labels = inputs.labels
    if labels.kind != "single":
        return StabilityFacts(measured=False, reason="measured for rows with one class each", applies=False)
    unit = units(inputs, duplicates)
    code, train = _usable(inputs, unit)
    if len(train) < MIN_ROWS or len(np.unique(code[train])) < 2:
        return StabilityFacts(measured=False, reason=f"two classes with {LEAST_CLASS} rows that are not copies of one another are needed")
    k = len(np.unique(code[train]))
    cap = min(MOST_CAP, max(LEAST_CAP, PER_CLASS * k))
    stands_for = round(len(train) * total / max(1, len(inputs.of(str(Split.TRAIN)))))
    if stands_for > cap and cap < LEAST_PER_CLASS * k:
        return StabilityFacts(measured=False, reason=f"{k:,} classes in {stands_for:,} rows are more than can be halved and learnt here", stands_for=stands_for)
    train, asked = spread(train, cap), spread(distinct(inputs, str(Split.PRODUCTION)), ASKED)
    others = len(asked) >= LEAST_ASKED
    used = np.concatenate([train, asked]) if others else train  # features are fitted on these alone, so that copies change nothing
    x = models.features(inputs.take(used))
    if x is None:
        return StabilityFacts(measured=False, reason=inputs.why_none)
    code, unit, train, asked = code[used], unit[used], np.arange(len(train)), np.arange(len(train), len(used))
    if not others:
        fold = assign(code, unit, APART)
        train, asked = train[fold > 0], spread(train[fold == 0], ASKED)
    apart = 0 if others else len(asked)
    said = _answered(x, code, unit, train, asked)
    return replace(said, stands_for=max(said.rows, stands_for - apart), asked="production" if others else "training")


def _usable(inputs: Inputs, unit: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Class of every row (-1 = none or too few rows) and one training row for each input with each of its labels."""
    raw = np.where(inputs.labels.present, inputs.labels.code.astype(np.int64), -1)
    train = inputs.of(str(Split.TRAIN))
    train = train[raw[train] >= 0]
    pair = np.stack([inputs.key[train], raw[train].astype(np.uint64)])
    train = train[np.sort(np.unique(pair, axis=1, return_index=True)[1])]
    clusters = np.unique(np.stack([raw[train], unit[train]]), axis=1)
    keep = np.flatnonzero(np.bincount(clusters[0], minlength=len(inputs.labels.names)) >= LEAST_CLASS)
    index = np.full(len(inputs.labels.names) + 1, -1, np.int64)
    index[keep] = np.arange(len(keep))
    code = index[raw]
    return code, train[code[train] >= 0]


def _answered(x: models.Features, code: NDArray[np.int64], unit: NDArray[np.int64], train: NDArray[np.int64], asked: NDArray[np.int64]) -> StabilityFacts:
    """Teach rows `train` or parts of them, ask the rows `asked`, compare."""
    k = int(code[train].max()) + 1
    prior = (np.bincount(code[train], minlength=k) + 1.0) / (len(train) + k)

    def answers(rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray((models.quick(x, code, rows, asked, k) / prior).argmax(axis=1), dtype=np.int64)

    lean = x.sparse is None or x.sparse.shape[1] * k <= MOST_CELLS
    quarter = assign(code[train], unit[train], QUARTERS)
    votes = np.zeros((len(train), k), np.float64)
    agreed = []
    for first in HALVINGS if len(train) <= FEW else HALVINGS[:1]:
        inside = np.isin(quarter, first)
        said = []
        for half in (inside, ~inside):
            rest = np.flatnonzero(~half)
            both = np.concatenate([train[rest], asked])
            p = models.quick(x, code, train[half], both, k)
            votes[rest] += p[: len(rest)]
            if lean:
                votes[rest] += models.other(x, code, train[half], train[rest], k)
            said.append((p[len(rest) :] / prior).argmax(axis=1))
        agreed.append(kappa(said[0], said[1], k))
    confirmed = train[votes.argmax(axis=1) == code[train]]
    same = kappa(answers(train), answers(confirmed), k) if len(confirmed) else Interval(0.0, 0.0, 1.0, len(asked))
    value, low, high = (float(np.mean(part)) for part in zip(*((a.value, a.low, a.high) for a in agreed), strict=True))
    return StabilityFacts(
        measured=True, rows=len(train), halves=Interval(value, low, high, len(asked)), without_doubted=same, doubted=1 - len(confirmed) / len(train), inputs=len(asked)
    )


def kappa(a: NDArray[np.int64], b: NDArray[np.int64], k: int) -> Interval:
    """Cohen's kappa of two lists of classes 0..k-1 with its 95 % interval (the share's normal one, chance taken as known), 0 to 1."""
    n = len(a)
    by_chance = float((np.bincount(a, minlength=k) / n) @ (np.bincount(b, minlength=k) / n))
    if by_chance >= 1 - 1e-9:
        return Interval(0.0, 0.0, 1.0, n)  # both say the same one thing to everything: nothing is told apart
    same = float((a == b).mean())
    half = Z95 * float(np.sqrt(max(same * (1 - same), 0.25 / n) / n))
    value, low, high = (min(1.0, max(0.0, (s - by_chance) / (1 - by_chance))) for s in (same, same - half, same + half))
    return Interval(value, low, high, n)
