"""The profile's sufficient statistics: each knows how to count in one pass and how to add.

Moments merge by Chan, Golub and LeVeque (1979) as n, mean, M2, never as raw sums of squares. Quantiles come from a
DDSketch (Masson, Rim and Lee, VLDB 2019): logarithmic buckets with a relative error of at most 2 % of the value; two
sketches merge by adding counts, so any partitioning gives the same figure. Distinct counts come from the k minimum hash
values (Bar-Yossef et al. 2002), exact up to k, with a relative standard error of 1/sqrt(k-2), 0.6 %, above.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from auditor.scan.request import ExprMeasure, FrameMeasure

if TYPE_CHECKING:
    import polars as pl

SKETCH_ERROR: Final = 0.02
"""Largest relative error of a quantile."""
_LOG_GAMMA: Final = math.log((1 + SKETCH_ERROR) / (1 - SKETCH_ERROR))
KMV: Final = 32_768
"""Hash values kept to count distinct values; up to this many the count is exact."""
VALUES: Final = 10_000
"""Values whose counts are kept; up to this many distinct values every count is exact."""


@dataclass(frozen=True)
class Counts(ExprMeasure[tuple[int, int]]):
    """(rows, nulls) of a column."""

    column: str

    def exprs(self) -> dict[str, pl.Expr]:
        """Rows and nulls."""
        import polars as pl

        return {"n": pl.len(), "nulls": pl.col(self.column).null_count()}

    def of(self, values: Mapping[str, Any]) -> tuple[int, int]:
        """The two counts."""
        return int(values["n"]), int(values["nulls"])

    def merge(self, a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        """Sums."""
        return a[0] + b[0], a[1] + b[1]


@dataclass(frozen=True)
class MomentState:
    """Moments of the finite values; `low` and `high` are None where there is none."""

    n: int = 0
    mean: float = 0.0
    m2: float = 0.0
    low: float | None = None
    high: float | None = None
    nan: int = 0
    infinite: int = 0
    zeros: int = 0

    @property
    def std(self) -> float | None:
        """Sample standard deviation, None below two values."""
        return math.sqrt(self.m2 / (self.n - 1)) if self.n > 1 else None


@dataclass(frozen=True)
class Moments(ExprMeasure[MomentState]):
    """Count, mean, spread, extremes of a numeric column; NaN and infinite values are counted apart."""

    column: str

    def exprs(self) -> dict[str, pl.Expr]:
        """Moments of finite values as Float64."""
        import polars as pl

        x = pl.col(self.column).cast(pl.Float64)
        finite = x.filter(x.is_finite())
        return {
            "n": finite.len(),
            "mean": finite.mean(),
            "var": finite.var(ddof=0),
            "low": finite.min(),
            "high": finite.max(),
            "nan": x.is_nan().sum(),
            "infinite": x.is_infinite().sum(),
            "zeros": (x == 0).sum(),
        }

    def of(self, values: Mapping[str, Any]) -> MomentState:
        """Moments from Polars' mean and population variance."""
        n = int(values["n"])
        if not n:
            return MomentState(nan=int(values["nan"] or 0), infinite=int(values["infinite"] or 0))
        return MomentState(
            n,
            float(values["mean"]),
            float(values["var"] or 0.0) * n,
            float(values["low"]),
            float(values["high"]),
            int(values["nan"] or 0),
            int(values["infinite"] or 0),
            int(values["zeros"] or 0),
        )

    def merge(self, a: MomentState, b: MomentState) -> MomentState:
        """Chan's pairwise update."""
        n = a.n + b.n
        extra = (a.nan + b.nan, a.infinite + b.infinite, a.zeros + b.zeros)
        if not a.n or not b.n:
            one = a if a.n else b
            return MomentState(n, one.mean, one.m2, one.low, one.high, *extra)
        delta = b.mean - a.mean
        low = min(x for x in (a.low, b.low) if x is not None)
        high = max(x for x in (a.high, b.high) if x is not None)
        return MomentState(n, a.mean + delta * b.n / n, a.m2 + b.m2 + delta * delta * a.n * b.n / n, low, high, *extra)


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


@dataclass(frozen=True)
class Lengths(ExprMeasure[LengthState]):
    """Lengths and blanks of a text column."""

    column: str

    def exprs(self) -> dict[str, pl.Expr]:
        """Counts and sums over non-null cells."""
        import polars as pl

        text = pl.col(self.column)
        size = text.str.len_chars()
        return {
            "n": text.count(),
            "blank": (text.str.strip_chars().str.len_bytes() == 0).sum(),
            "total": size.sum(),
            "shortest": size.min(),
            "longest": size.max(),
            "padded": (text.str.strip_chars().str.len_bytes() < text.str.len_bytes()).sum(),
        }

    def of(self, values: Mapping[str, Any]) -> LengthState:
        """The counts."""
        v = values
        return LengthState(int(v["n"]), int(v["blank"] or 0), int(v["total"] or 0), v["shortest"], v["longest"], int(v["padded"] or 0))

    def merge(self, a: LengthState, b: LengthState) -> LengthState:
        """Sums and extremes."""
        low = [x for x in (a.shortest, b.shortest) if x is not None]
        high = [x for x in (a.longest, b.longest) if x is not None]
        return LengthState(
            a.n + b.n, a.blank + b.blank, a.total + b.total, min(low, default=None), max(high, default=None), a.padded + b.padded
        )


Sketch = Mapping[int, int]


@dataclass(frozen=True)
class Quantiles(FrameMeasure[Sketch]):
    """Bucket counts of a numeric column (finite values): bucket 0 is zero, the sign is the value's, see `quantile`."""

    column: str
    lengths: bool = False
    """Of the characters of a text column instead."""

    def frame(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows per logarithmic bucket."""
        import polars as pl

        raw = pl.col(self.column).str.len_chars() if self.lengths else pl.col(self.column)
        x = raw.cast(pl.Float64)
        # Shifted so that every magnitude from 1e-300 up gets an index of at least 1, which leaves 0 for zero itself.
        index = ((x.abs().log() / _LOG_GAMMA).ceil() + _SHIFT).cast(pl.Int32, strict=False)
        bucket = pl.when(x == 0).then(0).when(x < 0).then(-index).otherwise(index)
        return rows.select(x.alias("x"), bucket.alias("b")).filter(pl.col("x").is_finite()).group_by("b").len()

    def of(self, result: pl.DataFrame) -> Sketch:
        """Counts by bucket."""
        return dict(sorted((int(b), int(n)) for b, n in result.iter_rows()))

    def merge(self, a: Sketch, b: Sketch) -> Sketch:
        """Adds counts."""
        out = dict(a)
        for bucket, n in b.items():
            out[bucket] = out.get(bucket, 0) + n
        return dict(sorted(out.items()))


_SHIFT: Final = 20_000


def bucket_value(bucket: int) -> float:
    """The value a bucket stands for: within 2 % of every value in it."""
    if bucket == 0:
        return 0.0
    gamma = math.exp(_LOG_GAMMA)
    return math.copysign(2 * math.exp((abs(bucket) - _SHIFT) * _LOG_GAMMA) / (gamma + 1), bucket)


def quantile(sketch: Sketch, q: float) -> float | None:
    """The q-quantile (0 to 1) of a sketch, None of an empty one."""
    total = sum(sketch.values())
    if not total:
        return None
    rank, seen = q * (total - 1), 0
    for bucket in sorted(sketch):
        seen += sketch[bucket]
        if seen > rank:
            return bucket_value(bucket)
    return bucket_value(max(sketch))


@dataclass(frozen=True)
class ValueState:
    """Distinct values and the most frequent of them."""

    hashes: tuple[int, ...] = ()
    """The `KMV` smallest hash values."""
    counts: Mapping[object, int] = field(default_factory=dict)
    """Rows per value, most frequent first, at most `VALUES`; held in memory only."""
    error: int = 0
    """No count is off by more than this; 0 means all are exact and complete."""
    longest: int = 0

    @property
    def distinct(self) -> int:
        """Distinct non-null values; exact up to `KMV`, estimated above."""
        if len(self.hashes) < KMV:
            return len(self.hashes)
        return round((KMV - 1) / ((self.hashes[KMV - 1] + 1) / 2**64))

    @property
    def exact(self) -> bool:
        """Whether `distinct` is exact."""
        return len(self.hashes) < KMV


@dataclass(frozen=True)
class Values(FrameMeasure[ValueState]):
    """Distinct values of a column and their frequencies."""

    column: str

    def frame(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """One row per distinct value."""
        import polars as pl

        return rows.select(pl.col(self.column).alias("v")).filter(pl.col("v").is_not_null()).group_by("v").len().with_columns(pl.col("v").hash(0).alias("h"))

    def of(self, result: pl.DataFrame) -> ValueState:
        """The smallest hashes and the largest counts."""
        hashes = tuple(sorted(result["h"].bottom_k(KMV).to_list()))
        top = result.sort(["len", "h"], descending=[True, False])
        kept = top.head(VALUES)
        error = int(top["len"][VALUES]) if top.height > VALUES else 0
        return ValueState(hashes, dict(zip(kept["v"].to_list(), kept["len"].to_list(), strict=True)), error)

    def merge(self, a: ValueState, b: ValueState) -> ValueState:
        """Union of hashes, sum of counts."""
        hashes = tuple(sorted({*a.hashes, *b.hashes})[:KMV])
        counts = dict(a.counts)
        for value, n in b.counts.items():
            counts[value] = counts.get(value, 0) + n
        error = a.error + b.error
        if len(counts) > VALUES:
            ranked = sorted(counts.items(), key=lambda kv: -kv[1])
            error += ranked[VALUES][1]
            counts = dict(ranked[:VALUES])
        return ValueState(hashes, counts, error)
