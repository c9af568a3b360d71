"""One classification problem, ready to be cross-validated."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors import models
from auditor.detectors.folds import assign, halves
from auditor.detectors.results import Interval
from auditor.detectors.statistics import balanced_accuracy

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEED = 20_240_501


@dataclass(frozen=True)
class Task:
    """Features and classes of rows; arrays have one entry a row of `x`."""

    x: models.Features = field(repr=False)
    code: NDArray[np.int64] = field(repr=False)
    """Class 0..k-1, -1 = none."""
    train: NDArray[np.int64] = field(repr=False)
    """Training rows with a class."""
    unit: NDArray[np.int64] = field(repr=False)
    """Rows of one unit share a fold."""
    fold: NDArray[np.int64] = field(repr=False)
    """Fold of each training row, -1 elsewhere."""
    k: int
    spare: NDArray[np.bool_] | None = field(default=None, repr=False)
    """Copies, from which nothing is learnt; they are judged like the rows that they repeat."""
    prior: NDArray[np.float64] | None = field(default=None, repr=False)
    """What probabilities are divided by before the largest decides; None where they decide as they are."""

    @property
    def units(self) -> int:
        """Independent training rows."""
        return len(np.unique(self.unit[self.train]))

    @property
    def learnt(self) -> NDArray[np.int64]:
        """Training rows to learn from."""
        return self._to_learn(self.train)

    def _to_learn(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return rows if self.spare is None else rows[~self.spare[rows]]

    @property
    def truth(self) -> NDArray[np.int64]:
        """Classes of the training rows."""
        return self.code[self.train]

    def splits(self) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Rows to learn from and rows to judge, fold by fold."""
        f = self.fold[self.train]
        return [(self._to_learn(self.train[f != i]), self.train[f == i]) for i in range(int(f.max(initial=-1)) + 1) if (f == i).any()]

    def by_row(self) -> Task:
        """The same with folds drawn by row, copies like any other."""
        fold = np.full(len(self.code), -1, np.int64)
        fold[self.train] = assign(self.truth, None, int(self.fold.max()) + 1)
        return replace(self, fold=fold, spare=None)

    def shuffled(self) -> Task:
        """The same with the training classes shuffled between rows."""
        code = self.code.copy()
        code[self.train] = np.random.Generator(np.random.PCG64(SEED)).permutation(self.truth)
        return replace(self, code=code)

    def probabilities(self) -> NDArray[np.float32]:
        """Ensemble probabilities of every training row by a model that has not seen its fold (rows as in `train`)."""
        p = np.zeros((len(self.code), self.k), np.float32)
        for rest, test in self.splits():
            p[test] = models.predict(self.x, self.code, rest, test, self.k)
        return p[self.train]

    def decide(self, p: NDArray[np.float32]) -> NDArray[np.int64]:
        """Class of each row of probabilities, by the rule that `prior` says."""
        return np.asarray((p if self.prior is None else p / self.prior).argmax(axis=1), dtype=np.int64)

    def fair(self) -> Task:
        """The same deciding as balanced accuracy asks for: by probability over the class's share of the training rows.

        Where 5 % of customers leave, a model that tells them from the others can still find nobody likelier to leave than to stay:
        the largest probability is the best decision for plain accuracy only.
        """
        return replace(self, prior=(np.bincount(self.code[self.learnt], minlength=self.k) + 1.0) / (len(self.learnt) + self.k))

    def quick(self, share: float = 1.0) -> Interval:
        """Balanced accuracy of the quick probe, learning from `share` of the other folds' units."""
        guess = np.zeros(len(self.code), np.int64)
        for i, (rest, test) in enumerate(self.splits()):
            part = rest if share >= 1 else halves(rest, self.unit, share, SEED + i)
            guess[test] = self.decide(models.quick(self.x, self.code, part, test, self.k))
        return balanced_accuracy(self.truth, guess[self.train] == self.truth, self.units)


def prepare(x: models.Features, code: NDArray[np.int64], train: NDArray[np.int64], unit: NDArray[np.int64], *, folds: int, spare: NDArray[np.bool_] | None = None) -> Task:
    """A task with grouped folds; a class of fewer units than folds is missing from some, which one rare class may not change for all."""
    k = int(code.max()) + 1
    fold = np.full(len(code), -1, np.int64)
    task = Task(x, code, train, unit, fold, k, spare)
    learnt = task.learnt  # so that folds are those of the rows without copies
    known, first = np.unique(unit[learnt], return_index=True)
    dealt = assign(code[learnt], unit[learnt], min(folds, len(known)))
    fold[train] = dealt[first[np.searchsorted(known, unit[train])]]
    return task
