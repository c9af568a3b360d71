"""Random label noise where the probe is surest: told apart from the probe's own mistakes by where the contradictions are.

Labels that are wrong at random are wrong everywhere, also where the inputs leave no doubt; a probe's own mistakes gather where it
is unsure. So rows are ordered by the probability of the probe's choice (a probability from folds that did not hold the row, so its
own label has no part in it), and contradictions are counted in the surest quarter and in the surest half:

    at most    contradictions in the surest quarter: random noise is not more than that, whatever the probe is worth
    steady     as many in the second quarter as in the first, and most of what there is overall: then the probe's own mistakes are
               not what is seen, and the share is an estimate

Measured on 23 data sets (clean, 5 to 40 % uniform, confusable and a weak annotator's noise; 3 seeds): `tests/benchmarks/labels_noise.py`.
A label that its inputs do not decide (a coin toss for an outcome) looks the same as a wrong one, here and to every learner. Mistakes
made consistently, or only in hard cases, do not show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors.results import Interval
from auditor.detectors.statistics import share

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST, LEAST_STEADY = 10, 40
"""Rows in a quarter below which nothing is said, and below which nothing is called steady."""
MOSTLY = 0.72
"""Share of the overall contradictions that the surest half must show to be steady: clean hard data reads .17 to .60, uniform noise
from 10 % on in easy data .74 and more."""
OWN = 0.15
"""What is contradicted beyond that, as a share of what is not, up to which the probe may judge: its own mistakes are few. Easy data
reads .02 to .14 at any noise, hard data .1 to .4."""
CLEAR = 2.576
"""Standard errors (99 %, two-sided) beyond which the second quarter is worse than the first."""
RISE = 0.15
"""Rise from the first to the second quarter that is no rise, however many rows show it: clean hard data rises by 42 % and more."""


@dataclass(frozen=True)
class Surest:
    """Contradictions among the rows that a probe is surest of."""

    quarter: Interval
    """Share of contradicted labels in the surest quarter."""
    half: Interval
    """The same in the surest half."""
    steady: bool
    """Contradictions don't depend on how sure the probe is: they are the labels', not the probe's."""


def surest(peak: NDArray[np.float32], wrong: NDArray[np.bool_]) -> Surest | None:
    """Contradictions of rows with out-of-fold probability `peak` of the chosen class; None for fewer than 40 rows."""
    size = len(peak) // 4
    if size < LEAST:
        return None
    order = np.argsort(-peak, kind="stable")
    counts = [int(wrong[order[begin : begin + size]].sum()) for begin in (0, size)]
    first, second = (c / size for c in counts)
    half = share(sum(counts), 2 * size)
    spread = math.sqrt((half.value * (1 - half.value) + 0.25 / size) * 2 / size)
    level = second - first <= max(CLEAR * spread, RISE * first)
    error = float(wrong.mean())
    mostly = half.value >= MOSTLY * error > 0 and error - half.value <= OWN * (1 - error)
    return Surest(share(counts[0], size), half, steady=level and mostly and size >= LEAST_STEADY)


def random_noise(found: Surest | None, off_diagonal: float, joint: float) -> Interval | None:
    """Share of labels wrong at random, with its range.

    Where contradictions are steady: the lower of two estimates that both err upwards by the probe's own mistakes (the joint's, and
    the surest half's), within the 95 % intervals of half and quarter, which the off-diagonal rate may widen downwards. Else the surest
    quarter's share, from 0 to the upper end of its interval.
    """
    if found is None:
        return None
    if found.steady:
        value = min(joint, found.half.value)
        return Interval(value, min(found.half.low, found.quarter.low, off_diagonal, value), max(found.half.high, value), found.half.n)
    value = min(found.quarter.value, joint)
    return Interval(value, 0.0, max(value, found.quarter.high), found.quarter.n)
