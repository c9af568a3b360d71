"""Intervals for shares, in plain Python: small numbers of failures, baselines and tags need no library."""

from __future__ import annotations

import math

Z95 = 1.959963984540054
"""Normal quantile of a two-sided 95 % interval."""


def wilson(hits: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson score interval of the share `hits / n`, both ends 0 to 1; the whole range when `n` is 0.

    Source: Wilson 1927; keeps its coverage at shares near 0 and 1, where the textbook interval has none.
    """
    if n <= 0:
        return 0.0, 1.0
    share = min(max(hits / n, 0.0), 1.0)
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z / scale * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if share == 0 else max(0.0, centre - half)
    high = 1.0 if share == 1 else min(1.0, centre + half)
    return low, high


def rows_for_half_width(half: float, share: float = 0.5, z: float = Z95) -> int:
    """Least n at which the normal interval of `share` is no wider than ± `half` (0 to 1)."""
    return math.ceil(z * z * share * (1 - share) / (half * half))


def least_hits(n: int, floor: float) -> int | None:
    """Least number of hits among `n` whose Wilson lower bound reaches `floor`; None when no number does."""
    for hits in range(n + 1):
        if wilson(hits, n)[0] >= floor:
            return hits
    return None


def kappa(pairs: list[tuple[str, str]]) -> float | None:
    """Cohen's kappa of two taggers; None without pairs. 1 when both always say the same, whatever it is."""
    if not pairs:
        return None
    n = len(pairs)
    seen = sum(a == b for a, b in pairs) / n
    kinds = {kind for pair in pairs for kind in pair}
    chance = sum(sum(a == k for a, _ in pairs) * sum(b == k for _, b in pairs) for k in kinds) / (n * n)
    if chance >= 1:
        return 1.0
    return (seen - chance) / (1 - chance)
