"""A quantile sketch whose counts add up: logarithmic-linear buckets read off the bits of a float.

The idea is DDSketch's (Masson, Rim and Lee, VLDB 2019) with the bucketing of HdrHistogram (Tene): sign, exponent and the
first 6 bits of the mantissa of the IEEE 754 double are the bucket. No logarithm is taken, so no library's rounding can move a
value; two sketches merge by adding counts, so any partitioning and any order give the same sketch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BITS: Final = 6
_SHIFT: Final = 52 - _BITS
_SIGN: Final = 63
_NEGATIVE: Final = 1 << (_SIGN - _SHIFT)
"""The sign bit, shifted as the bucket is."""
SKETCH_ERROR: Final = 1 / 2 ** (_BITS + 1)
"""Largest relative error of a quantile: half a bucket of width 2^-6, 0.8 % of the value. Whole numbers up to 127 are exact."""


@dataclass(frozen=True, eq=False)
class Sketch:
    """Rows per bucket, buckets ascending (which is the order of their values); bucket 0 is zero."""

    buckets: NDArray[np.int64] | None = field(default=None)
    counts: NDArray[np.int64] | None = field(default=None)

    @property
    def total(self) -> int:
        """Values counted."""
        return int(self.counts.sum()) if self.counts is not None else 0

    def items(self) -> list[tuple[int, int]]:
        """(bucket, rows), ascending."""
        if self.buckets is None or self.counts is None:
            return []
        return list(zip(self.buckets.tolist(), self.counts.tolist(), strict=True))

    def merge(self, other: Sketch) -> Sketch:
        """Adds counts."""
        import numpy as np

        if self.buckets is None or self.counts is None or not len(self.buckets):
            return other
        if other.buckets is None or other.counts is None or not len(other.buckets):
            return self
        if len(self.buckets) < len(other.buckets):
            return other.merge(self)
        at = np.searchsorted(self.buckets, other.buckets)
        known = self.buckets[np.minimum(at, len(self.buckets) - 1)] == other.buckets
        counts = self.counts.copy()
        counts[at[known]] += other.counts[known]
        if known.all():
            return Sketch(self.buckets, counts)
        new = ~known
        return Sketch(np.insert(self.buckets, at[new], other.buckets[new]), np.insert(counts, at[new], other.counts[new]))


def sketch_of(finite: NDArray[np.float64], rows: NDArray[np.int64] | None = None) -> Sketch:
    """The sketch of finite values, each counted once or as often as `rows` says."""
    import numpy as np

    if not len(finite):
        return Sketch()
    # sign, exponent and what is kept of the mantissa fit half of the width
    keys = (np.ascontiguousarray(finite, np.float64).view(np.uint64) >> np.uint64(_SHIFT)).astype(np.uint32)
    signed = bool(keys.max() >= _NEGATIVE)
    if signed:  # the sign below the rest, so that numbers of like size lie close together
        keys = ((keys & np.uint32(_NEGATIVE - 1)) << np.uint32(1)) | (keys >> np.uint32(_SIGN - _SHIFT))
    low = keys.min()
    counts = np.bincount(keys - low, rows)  # of weights, sums in float64: exact below 2^53 rows
    used = np.flatnonzero(counts)
    buckets, counted = used + int(low), counts[used].astype(np.int64)
    if not signed:
        return Sketch(buckets, counted)
    negative = (buckets & 1).astype(np.bool_)
    buckets >>= 1
    return Sketch(buckets[~negative], counted[~negative]).merge(Sketch(-buckets[negative][::-1], counted[negative][::-1]))


def bucket_values(buckets: NDArray[np.int64]) -> NDArray[np.float64]:
    """The values that buckets stand for, their middles: within `SKETCH_ERROR` of every value in them."""
    import numpy as np

    middle = ((np.abs(buckets) << _SHIFT) | (1 << (_SHIFT - 1))).view(np.float64)
    return np.asarray(np.where(buckets == 0, 0.0, np.where(buckets < 0, -middle, middle)), dtype=np.float64)


def quantile(sketch: Sketch, q: float, *, whole: bool = False) -> float | None:
    """The q-quantile (0 to 1, the value at rank floor(q (n-1))) of a sketch, None of an empty one; `whole` where values are whole numbers."""
    import numpy as np

    if sketch.buckets is None or sketch.counts is None or not sketch.total:
        return None
    seen = sketch.counts.cumsum()
    at = int(np.searchsorted(seen, q * (sketch.total - 1), side="right"))
    at = min(at, len(seen) - 1)
    value = float(bucket_values(sketch.buckets[at : at + 1])[0])
    # the middle of a bucket that holds one whole number lies at most half above it
    return float(int(value)) if whole else value
