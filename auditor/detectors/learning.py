"""The learning curve: accuracy against rows, a three-parameter power law, and what more rows would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors import models
from auditor.detectors.folds import assign, halves
from auditor.detectors.results import CurvePoint, Interval, LearningCurve
from auditor.detectors.statistics import Z95

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHARES = (0.08, 0.12, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0)
"""Of the training side; measured in the facts on 5 % to 50 %."""
REPEATS = (3, 3, 3, 2, 2, 2, 1, 1)
MIN_ROWS = 60
MAX_ROWS = 10_000
TEST_FOLDS = 5
PROMISE = 4
"""No promise beyond this many times the rows there are."""
SEED = 7_310


def curve(x: models.Features, code: NDArray[np.int64], train: NDArray[np.int64], unit: NDArray[np.int64], k: int, target: float | None) -> LearningCurve | None:
    """Curve of the quick probe on a fifth of the rows set aside; None with too few rows."""
    if len(train) < MIN_ROWS:
        return None
    rows = train[:MAX_ROWS]
    fold = assign(code[rows], unit[rows], TEST_FOLDS)
    pool, test = rows[fold > 0], rows[fold == 0]
    points = []
    for s, (part, repeats) in enumerate(zip(SHARES, REPEATS, strict=True)):
        scores = []
        size = 0
        for r in range(repeats):
            chosen = pool if part == 1.0 else halves(pool, unit, part, SEED + 100 * s + r)
            size = len(chosen)
            if len(np.unique(code[chosen])) < 2:
                continue
            guess = models.quick(x, code, chosen, test, k).argmax(axis=1)
            scores.append(float((guess == code[test]).mean()))
        if scores:
            points.append(CurvePoint(size, float(np.mean(scores)), len(scores), float(np.std(scores))))
    if len(points) < 4:
        return None
    return fitted(tuple(points), len(test), len(train), target)


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


def _others(sizes: NDArray[np.float64], errors: NDArray[np.float64]):  # type: ignore[no-untyped-def]  # noqa: ANN202
    last = slice(-4, None)
    for args, floor in (((sizes[last], errors[last]), True), ((sizes[last], errors[last]), False)):
        a, b, c = power(*args, floor=floor)
        yield lambda n, a=a, b=b, c=c: a * n**-b + c


def _needed(a: float, b: float, c: float, error: float) -> int | None:
    if error <= c or a <= 0 or b <= 0:
        return None if error <= c else 0
    return int(np.ceil((a / (error - c)) ** (1 / b)))
