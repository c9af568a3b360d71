"""Has a column changed? Tests on counts, which hold their false alarms at any n. No row is needed, only the counts of two samples.

A fixed limit for the population stability index is wrong for small samples: without any drift its expectation is
`(1/n + 1/m) (bins - 1)`, .18 for two samples of 100 in ten bins. So it fires above its own chi-squared quantile only
(readiness specification, section 5: .000 to .010 false alarms at n = 50 to 5000, against .75 for `PSI > .1` at n = 100).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

FLOOR_PSI = 0.1
"""Least index that matters in practice, whatever n (the usual "moderate shift"; policy)."""
FLOOR_RANK = 0.05
"""Least distance from one half of the chance that a new value exceeds an old one that matters in practice (our choice)."""
ALPHA = 0.015
"""False alarms over all columns and signals of one look."""
MIN_ROWS = 100
"""Below so many values on either side nothing is said (section 5)."""
MIN_EXPECTED = 5.0
"""Cells in which fewer are expected are pooled, as the chi-squared approximation asks for (Cochran 1954)."""


@dataclass(frozen=True, slots=True)
class Test:
    """A statistic against its limit."""

    value: float
    limit: float
    n: int
    sure: bool = True
    """A second test agrees that it is beyond chance."""

    @property
    def fired(self) -> bool:
        """True when the value exceeds the limit, beyond chance."""
        return self.sure and self.value > self.limit


def pool(old: Sequence[float], new: Sequence[float]) -> tuple[list[float], list[float]]:
    """Cells in which too few are expected, joined into one.

    Both samples decide together: choosing the cells that were large in one of them would make the other look drifted (at 51
    levels and n = 100 in 5 % of all cases).
    """
    total, fewest = sum(old) + sum(new), min(sum(old), sum(new))
    big = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if total and (a + b) / total * fewest >= MIN_EXPECTED]
    rest = [i for i in range(len(old)) if i not in set(big)]
    out_old, out_new = [float(old[i]) for i in big], [float(new[i]) for i in big]
    if rest:
        out_old.append(float(sum(old[i] for i in rest)))
        out_new.append(float(sum(new[i] for i in rest)))
    return out_old, out_new


def psi(old: Sequence[float], new: Sequence[float]) -> float:
    """Population stability index of two rows of counts, with half a count added to each cell."""
    cells = len(old)
    n, m = sum(old) + 0.5 * cells, sum(new) + 0.5 * cells
    return sum(((a + 0.5) / n - (b + 0.5) / m) * math.log((a + 0.5) * m / ((b + 0.5) * n)) for a, b in zip(old, new, strict=True))


def psi_test(old: Sequence[float], new: Sequence[float], alpha: float) -> Test | None:
    """`psi` against max(.1, (1/n + 1/m) times the chi-squared quantile at 1 - alpha); None below 100 values on either side.

    Pearson's statistic has to agree: the index follows its chi-squared limit only roughly where cells are small.
    """
    from scipy.stats import chi2

    n, m = sum(old), sum(new)
    if min(n, m) < MIN_ROWS:
        return None
    a, b = pool(old, new)
    if len(a) < 2:
        return Test(0.0, FLOOR_PSI, int(m))
    noise = (1 / n + 1 / m) * float(chi2.ppf(1 - alpha, len(a) - 1))
    together = [(x, y, (x + y) / (n + m)) for x, y in zip(a, b, strict=True)]
    pearson = sum((x - n * e) ** 2 / (n * e) + (y - m * e) ** 2 / (m * e) for x, y, e in together if e > 0)
    return Test(psi(a, b), max(FLOOR_PSI, noise), int(m), sure=pearson > noise / (1 / n + 1 / m))


def rank_test(old: Sequence[float], new: Sequence[float], alpha: float) -> Test | None:
    """Distance from one half of the chance that a new value lies in a higher bin than an old one (Mann-Whitney with ties).

    Finds shifts of the middle that the index, spread over all bins, sees late: at n = 100 half a standard deviation.
    Limit: normal quantile at 1 - alpha/2 with the variance for ties, at least 0.05.
    """
    n, m = sum(old), sum(new)
    if min(n, m) < MIN_ROWS:
        return None
    wins = below = 0.0
    ties = 0.0
    for a, b in zip(old, new, strict=True):
        wins += b * (below + a / 2)
        below += a
        ties += (a + b) ** 3 - (a + b)
    total = n + m
    variance = (total + 1 - ties / (total * (total - 1))) / (12 * n * m)
    limit = NormalDist().inv_cdf(1 - alpha / 2) * math.sqrt(max(variance, 0.0))
    return Test(abs(wins / (n * m) - 0.5), max(limit, FLOOR_RANK), int(m))


def smallest_shift(n: int, m: int, alpha: float) -> float:
    """Shift of the middle, in standard deviations of a normal column, that `rank_test` finds with 80 % at sizes n and m."""
    z = NormalDist()
    reach = (z.inv_cdf(1 - alpha / 2) + z.inv_cdf(0.8)) * math.sqrt((1 / n + 1 / m) / 12)
    return math.sqrt(2) * z.inv_cdf(min(0.5 + max(reach, FLOOR_RANK), 0.999))
