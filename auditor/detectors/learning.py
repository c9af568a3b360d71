"""The learning curve: accuracy against rows, a three-parameter power law, and what more rows would bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors import models
from auditor.detectors.folds import assign, halves
from auditor.detectors.results import CurvePoint, Interval, LearningCurve
from auditor.detectors.statistics import Z95

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.task import Task

SHARES = (0.08, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0)
"""Of the training side; measured in the facts on 5 % to 50 %."""
REPEATS = (3, 3, 3, 2, 2, 2, 2, 1)
SMALL = 3000
"""Rows below which every size but the largest is drawn twice as often: it costs little and steadies the fit."""
MIN_ROWS = 60
MIN_POINTS = 4
MAX_ROWS = 10_000
TEST_FOLDS = 5
PROMISE = 4
"""No promise beyond this many times the rows there are."""
SEED = 7_310


def curve(task: Task, target: float | None) -> LearningCurve | None:
    """Curve of the quick probe on a fifth of the rows set aside; None with too few rows."""
    if len(task.learnt) < MIN_ROWS:
        return None
    rows = task.learnt[:MAX_ROWS]
    fold = assign(task.code[rows], task.unit[rows], TEST_FOLDS)
    pool, test = rows[fold > 0], rows[fold == 0]
    points = []
    for s, (part, repeats) in enumerate(zip(SHARES, REPEATS, strict=True)):
        sizes, scores = [], []
        for r in range(draws(repeats, len(pool), part)):
            chosen = halves(pool, task.unit, part, SEED + 100 * s + r)
            if len(np.unique(task.code[chosen])) >= 2:
                guess = models.quick(task.x, task.code, chosen, test, task.k).argmax(axis=1)
                sizes.append(len(chosen))
                scores.append(float((guess == task.code[test]).mean()))
        if scores:
            points.append(CurvePoint(int(np.mean(sizes)), float(np.mean(scores)), len(scores), float(np.std(scores))))
    return fitted(tuple(points), len(test), len(task.learnt), target) if len(points) >= MIN_POINTS else None


def draws(repeats: int, pool: int, part: float) -> int:
    """How often a size is drawn; all rows can be drawn in one way only."""
    return 1 if part == 1 else repeats * (2 if pool < SMALL else 1)


def fitted(points: tuple[CurvePoint, ...], test: int, n: int, target: float | None) -> LearningCurve:
    """Fit `error(n) = a n^-b + c` and read it at `n` and `2 n`.

    The band is the spread of four fits (three parameters on all and on the last four points, two parameters on the last
    four, exponential) widened by the sampling error of the test rows.
    """
    sizes = np.array([p.n for p in points], dtype=np.float64)
    errors = np.array([1 - p.accuracy for p in points])
    a, b, c = power(sizes, errors)
    low = float(max(0.0, errors.min()))
    noise = Z95 * float(np.sqrt(max(low * (1 - low), 0.25 / test) / test))

    def band(at: float) -> Interval:
        value = float(1 - (a * at**-b + c))
        others = [value, *(1 - f(at) for f in _others(sizes, errors))]
        return Interval(value, max(0.0, min(others) - noise), min(1.0, max(others) + noise), len(points))

    now, double = band(n), band(2 * n)
    goal = None if target is None else _needed(a, b, c, 1 - target)
    reachable = None if target is None else goal is not None and goal <= PROMISE * n
    return LearningCurve(points, now, double, 1 - c, a, b, c, double.value - now.value, target, goal if reachable else None, reachable)


def power(sizes: NDArray[np.float64], errors: NDArray[np.float64], *, floor: bool = True) -> tuple[float, float, float]:
    """Weighted least squares of `a n^-b + c` over a grid of `b` and `c`; `0 <= c <=` smallest error."""
    best = (np.inf, 0.0, 0.0, float(errors.mean()))
    weight = sizes / sizes.sum()
    for c in np.linspace(0, max(0.0, float(errors.min())), 41 if floor else 1):
        for b in np.linspace(0.05, 2.0, 79):
            basis = (sizes / sizes[-1]) ** -b
            a = max(0.0, float((weight * basis * (errors - c)).sum() / (weight * basis * basis).sum()))
            loss = float((weight * (errors - c - a * basis) ** 2).sum())
            if loss < best[0] - 1e-15:
                best = (loss, a * sizes[-1] ** b, float(b), float(c))
    return best[1], best[2], best[3]


def _others(sizes: NDArray[np.float64], errors: NDArray[np.float64]) -> list[Callable[[float], float]]:
    """The other fits of the band: both power laws on the last four points."""
    found: list[Callable[[float], float]] = []
    for floor in (True, False):
        a, b, c = power(sizes[-MIN_POINTS:], errors[-MIN_POINTS:], floor=floor)
        found.append(lambda n, a=a, b=b, c=c: float(a * n**-b + c))  # type: ignore[misc]
    return found


def _needed(a: float, b: float, c: float, error: float) -> int | None:
    if error <= c or a <= 0 or b <= 0:
        return None if error <= c else 0
    return int(np.ceil((a / (error - c)) ** (1 / b)))
