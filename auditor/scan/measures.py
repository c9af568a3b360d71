"""The profile's sufficient statistics: each knows how to count in one pass and how to add.

Every merge is exact, so the figures do not depend on how the rows were cut up. Quantiles and distinct values have files of
their own, `sketch` and `values`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from auditor.scan.request import ColumnMeasure
from auditor.scan.sketch import SKETCH_ERROR, Sketch, bucket_values, quantile
from auditor.scan.values import KMV, VALUES, Values, ValueState

if TYPE_CHECKING:
    from auditor.scan.chunk import Chunk

__all__ = [
    "KMV", "SKETCH_ERROR", "VALUES", "Counts", "LengthQuantiles", "LengthState", "Lengths", "MomentState", "Moments", "Quantiles", "Sketch", "ValueState", "Values",
    "bucket_values", "quantile",
]


@dataclass(frozen=True)
class Counts(ColumnMeasure[tuple[int, int]]):
    """(rows, nulls) of a column."""

    def of(self, chunk: Chunk) -> tuple[int, int]:
        """The two counts."""
        values = chunk.frame[self.column]
        return values.len(), values.null_count()

    def merge(self, a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        """Sums."""
        return a[0] + b[0], a[1] + b[1]


@dataclass(frozen=True)
class MomentState:
    """Moments of the finite values; `low` and `high` are None where there is none.

    Each chunk has a mean m and a sum of squared deviations d of its n values. Kept are the sums of n m, n m^2 and d over the
    chunks as exact fractions: adding them is associative, and nothing cancels when M2 = sum d + sum n m^2 - (sum n m)^2 / N
    is taken at the end (the update of Chan, Golub and LeVeque, 1979, without its rounding).
    """

    n: int = 0
    total: Fraction = Fraction(0)
    """Sum of n m."""
    squares: Fraction = Fraction(0)
    """Sum of d + n m^2."""
    low: float | None = None
    high: float | None = None
    nan: int = 0
    infinite: int = 0
    zeros: int = 0

    @property
    def mean(self) -> float:
        """Mean of the finite values, 0 where there is none."""
        return _float(self.total / self.n) if self.n else 0.0

    @property
    def m2(self) -> float:
        """Sum of squared deviations from the mean; infinite where a double cannot hold it."""
        return max(0.0, _float(self.squares - self.total * self.total / self.n)) if self.n else 0.0

    @property
    def std(self) -> float | None:
        """Sample standard deviation, None below two values."""
        return math.sqrt(self.m2 / (self.n - 1)) if self.n > 1 else None


def _float(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.copysign(math.inf, exact)


@dataclass(frozen=True)
class Moments(ColumnMeasure[MomentState]):
    """Count, mean, spread, extremes of a numeric column; NaN and infinite values are counted apart."""

    def of(self, chunk: Chunk) -> MomentState:
        """Moments of one chunk, in float64."""
        import numpy as np

        x, nan, infinite = chunk.finite(self.column)
        n = len(x)
        if not n:
            return MomentState(nan=nan, infinite=infinite)
        # Scaled by a power of two, which is exact, so that squares of the largest doubles stay finite.
        low, high = float(x.min()), float(x.max())
        scale = 2.0 ** max(0, math.frexp(max(abs(low), abs(high)))[1] - 500)
        small = x / scale if scale > 1 else x
        mean = float(small.mean())
        spread = small - mean
        m, squares = Fraction(mean), Fraction(float(np.square(spread, out=spread).sum()))
        if scale > 1:
            m, squares = m * Fraction(scale), squares * Fraction(scale) ** 2
        return MomentState(n, n * m, squares + n * m * m, low, high, nan, infinite, int(np.count_nonzero(x == 0)) if low <= 0 <= high else 0)

    def merge(self, a: MomentState, b: MomentState) -> MomentState:
        """Sums and extremes."""
        low = [x for x in (a.low, b.low) if x is not None]
        high = [x for x in (a.high, b.high) if x is not None]
        return MomentState(
            a.n + b.n,
            a.total + b.total,
            a.squares + b.squares,
            min(low, default=None),
            max(high, default=None),
            a.nan + b.nan,
            a.infinite + b.infinite,
            a.zeros + b.zeros,
        )


@dataclass(frozen=True)
class LengthState:
    """Characters of the filled cells of a text column; sums are exact integers."""

    n: int = 0
    blank: int = 0
    total: int = 0
    shortest: int | None = None
    longest: int | None = None
    padded: int = 0
    """Cells with white space at an end."""
    at_longest: int = 0
    """Cells of just `longest` characters."""


@dataclass(frozen=True)
class Lengths(ColumnMeasure[LengthState]):
    """Lengths and blanks of a text column."""

    by_value = True

    def of(self, chunk: Chunk) -> LengthState:
        """Counts and sums over the non-null cells of one chunk."""
        text = chunk.text(self.column)
        lengths, rows = text.lengths
        if not len(lengths):
            return LengthState()
        blank, padded = text.cells.total(text.blank), text.cells.total(text.padded)
        return LengthState(int(rows.sum()), blank, int((lengths * rows).sum()), int(lengths[0]), int(lengths[-1]), padded, int(rows[-1]))

    def merge(self, a: LengthState, b: LengthState) -> LengthState:
        """Sums and extremes."""
        low = [x for x in (a.shortest, b.shortest) if x is not None]
        high = [x for x in (a.longest, b.longest) if x is not None]
        longest = max(high, default=None)
        at = sum(x.at_longest for x in (a, b) if x.longest == longest)
        return LengthState(a.n + b.n, a.blank + b.blank, a.total + b.total, min(low, default=None), longest, a.padded + b.padded, at)


@dataclass(frozen=True)
class Quantiles(ColumnMeasure[Sketch]):
    """Sketch of the finite values of a numeric column, from which quantiles and histograms are read."""

    by_value = True

    def of(self, chunk: Chunk) -> Sketch:
        """Rows per bucket of one chunk."""
        import polars as pl

        from auditor.scan.sketch import sketch_of

        cells = chunk.cells(self.column)
        if cells.rows is None:
            return sketch_of(chunk.finite(self.column)[0])
        return sketch_of(cells.values.cast(pl.Float64).to_numpy(), cells.rows)  # floats are never counted, so all of these are finite

    def merge(self, a: Sketch, b: Sketch) -> Sketch:
        """Adds counts."""
        return a.merge(b)


@dataclass(frozen=True)
class LengthQuantiles(ColumnMeasure[Sketch]):
    """Sketch of the characters of the cells of a text column."""

    by_value = True

    def of(self, chunk: Chunk) -> Sketch:
        """Rows per bucket of one chunk."""
        import numpy as np

        from auditor.scan.sketch import sketch_of

        lengths, rows = chunk.text(self.column).lengths
        return sketch_of(lengths.astype(np.float64), rows)

    def merge(self, a: Sketch, b: Sketch) -> Sketch:
        """Adds counts."""
        return a.merge(b)
