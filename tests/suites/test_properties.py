# ruff: noqa: DTZ001, PLR0917 - moments without a zone are what is tested
"""For random frames and arguments our result is that of stock pandas.

Frames are of types on which stock pandas is right (see `test_right_where_pandas_is_wrong` for the others): integers without
nulls below 2^53, floats with nulls, text with nulls, truth values, datetimes in nanoseconds.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import great_expectations.expectations as e
import pandas as pd
import polars as pl
from great_expectations.expectations.core import (
    ExpectColumnValuesToBeDecreasing,
    ExpectColumnValuesToBeIncreasing,
    ExpectColumnValuesToBeJsonParseable,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from suite_helpers import raised

LOOSE = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
INTS = st.integers(-50, 50)
FLOATS = st.one_of(st.none(), st.floats(-100, 100, allow_nan=False).map(lambda v: round(v, 3)))
TEXTS = st.one_of(st.none(), st.text('ab1 .{}"', max_size=4))
BOUND = st.one_of(st.none(), st.integers(-60, 60), st.floats(-60, 60).map(lambda v: round(v, 2)))


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    n = draw(st.integers(1, 12))
    column = lambda values: draw(st.lists(values, min_size=n, max_size=n))  # noqa: E731
    return pl.DataFrame(
        {
            "i": pl.Series(column(INTS), dtype=pl.Int64),
            "j": pl.Series(column(INTS), dtype=pl.Int64),
            "f": pl.Series(column(FLOATS), dtype=pl.Float64),
            "g": pl.Series(column(FLOATS), dtype=pl.Float64),
            "s": pl.Series(column(TEXTS), dtype=pl.String),
            "u": pl.Series(column(TEXTS), dtype=pl.String),
        }
    )


def as_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            **{c: frame[c].to_numpy() for c in ("i", "j")},
            **{c: frame[c].cast(pl.Float64).to_numpy() for c in ("f", "g")},
            **{c: pd.Series(frame[c].to_list(), dtype=object) for c in ("s", "u")},
        }
    )


def plain(value: Any) -> Any:
    """Values comparable across engines: NaN and NaT are None, numpy scalars Python's."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, pd.Timestamp):
        value = value.item()
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return round(value, 9) if isinstance(value, float) else value


KEYS = (
    "element_count", "unexpected_count", "missing_count", "unexpected_list", "unexpected_index_list",
    "partial_unexpected_list", "unexpected_percent", "unexpected_percent_total", "observed_value",
)  # fmt: skip


def same(validate: Any, frame: pl.DataFrame, make: Any) -> None:
    ours, stock = validate(frame.lazy(), make()), validate(as_pandas(frame), make())
    if raised(stock):
        return  # what stock pandas cannot do is no measure
    assert not raised(ours), raised(ours)
    assert ours.success == bool(stock.success), (ours.result, stock.result)
    for key in KEYS:
        if key in stock.result:
            assert plain(ours.result.get(key)) == plain(stock.result[key]), key


@LOOSE
@given(frames(), st.sampled_from(["i", "f"]), BOUND, BOUND, st.booleans(), st.booleans(), st.sampled_from([1, 0.5]))
def test_between(validate: Any, frame: pl.DataFrame, column: str, low: Any, high: Any, left: bool, right: bool, mostly: float) -> None:
    if low is None and high is None:
        low = 0
    if low is not None and high is not None and low > high:
        low, high = high, low
    same(validate, frame, lambda: e.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, strict_min=left, strict_max=right, mostly=mostly))


@LOOSE
@given(frames(), st.sampled_from(["i", "f", "s"]), st.lists(st.one_of(INTS, st.text("ab1", max_size=2)), min_size=1, max_size=4), st.booleans())
def test_sets(validate: Any, frame: pl.DataFrame, column: str, values: list[Any], negated: bool) -> None:
    kind = e.ExpectColumnValuesToNotBeInSet if negated else e.ExpectColumnValuesToBeInSet
    fitting = [v for v in values if isinstance(v, str) == (column == "s")] or ([0] if column != "s" else ["a"])
    same(validate, frame, lambda: kind(column=column, value_set=fitting))


@LOOSE
@given(frames(), st.sampled_from([r"^a", r"\d$", r"^\w+$", r"(?i)B", r"a(?!b)", r"\s", r"^$"]), st.booleans())
def test_patterns(validate: Any, frame: pl.DataFrame, pattern: str, negated: bool) -> None:
    kind = e.ExpectColumnValuesToNotMatchRegex if negated else e.ExpectColumnValuesToMatchRegex
    same(validate, frame, lambda: kind(column="s", regex=pattern))


@LOOSE
@given(frames(), st.lists(st.sampled_from([r"^a", r"\d$", r"b"]), min_size=1, max_size=3), st.sampled_from(["any", "all", None]))
def test_pattern_lists(validate: Any, frame: pl.DataFrame, given_patterns: list[str], how: str | None) -> None:
    if how is None:
        same(validate, frame, lambda: e.ExpectColumnValuesToNotMatchRegexList(column="s", regex_list=given_patterns))
    else:
        same(validate, frame, lambda: e.ExpectColumnValuesToMatchRegexList(column="s", regex_list=given_patterns, match_on=how))


@LOOSE
@given(frames(), st.sampled_from(["i", "s"]), st.integers(0, 3), st.integers(0, 3))
def test_lengths(validate: Any, frame: pl.DataFrame, column: str, low: int, more: int) -> None:
    same(validate, frame, lambda: e.ExpectColumnValueLengthsToBeBetween(column=column, min_value=low, max_value=low + more))
    same(validate, frame, lambda: e.ExpectColumnValueLengthsToEqual(column=column, value=low))


@LOOSE
@given(frames(), st.sampled_from(["i", "f", "s"]))
def test_presence_uniqueness_order_json(validate: Any, frame: pl.DataFrame, column: str) -> None:
    same(validate, frame, lambda: e.ExpectColumnValuesToBeNull(column=column))
    same(validate, frame, lambda: e.ExpectColumnValuesToNotBeNull(column=column))
    same(validate, frame, lambda: e.ExpectColumnValuesToBeUnique(column=column))
    if column != "s":
        for kind in (ExpectColumnValuesToBeIncreasing, ExpectColumnValuesToBeDecreasing):
            for strictly in (True, False):
                same(validate, frame, lambda kind=kind, strictly=strictly: kind(column=column, strictly=strictly))
    else:
        same(validate, frame, lambda: ExpectColumnValuesToBeJsonParseable(column=column))


@LOOSE
@given(frames(), st.sampled_from(["i", "f"]), st.floats(0.1, 3).map(lambda v: round(v, 1)), st.booleans())
def test_scores_and_outliers(validate: Any, frame: pl.DataFrame, column: str, threshold: float, double: bool) -> None:
    same(validate, frame, lambda: e.ExpectColumnValueZScoresToBeLessThan(column=column, threshold=threshold, double_sided=double))
    for method in ("iqr", "std"):
        same(validate, frame, lambda method=method: e.ExpectColumnValuesToNotBeOutliers(column=column, method=method, multiplier=threshold))


@LOOSE
@given(frames(), st.sampled_from(["both_values_are_missing", "either_value_is_missing", "neither"]), st.booleans())
def test_pairs(validate: Any, frame: pl.DataFrame, rule: str, or_equal: bool) -> None:
    for a, b in (("i", "j"), ("f", "g"), ("i", "f")):
        same(validate, frame, lambda a=a, b=b: e.ExpectColumnPairValuesAToBeGreaterThanB(column_A=a, column_B=b, or_equal=or_equal, ignore_row_if=rule))
    for a, b in (("i", "j"), ("f", "g"), ("s", "u"), ("i", "s")):
        same(validate, frame, lambda a=a, b=b: e.ExpectColumnPairValuesToBeEqual(column_A=a, column_B=b, ignore_row_if=rule))
    same(validate, frame, lambda: e.ExpectColumnPairValuesToBeInSet(column_A="i", column_B="j", value_pairs_set=[(0, 0), (1, 2)], ignore_row_if=rule))


@LOOSE
@given(frames(), st.sampled_from(["all_values_are_missing", "any_value_is_missing", "never"]), st.integers(-20, 20))
def test_column_lists(validate: Any, frame: pl.DataFrame, rule: str, total: int) -> None:
    for columns in (["i", "j"], ["f", "g"], ["s", "u"], ["i", "s"]):
        same(validate, frame, lambda columns=columns: e.ExpectCompoundColumnsToBeUnique(column_list=columns, ignore_row_if=rule))
        same(validate, frame, lambda columns=columns: e.ExpectSelectColumnValuesToBeUniqueWithinRecord(column_list=columns, ignore_row_if=rule))
    same(validate, frame, lambda: e.ExpectMulticolumnSumToEqual(column_list=["i", "j"], sum_total=total, ignore_row_if=rule))


@LOOSE
@given(frames(), st.sampled_from(["i", "f"]), BOUND, BOUND)
def test_aggregates(validate: Any, frame: pl.DataFrame, column: str, low: Any, high: Any) -> None:
    kinds = (
        e.ExpectColumnMaxToBeBetween, e.ExpectColumnMinToBeBetween, e.ExpectColumnMeanToBeBetween, e.ExpectColumnStdevToBeBetween,
        e.ExpectColumnSumToBeBetween, e.ExpectColumnMedianToBeBetween, e.ExpectColumnUniqueValueCountToBeBetween,
    )  # fmt: skip
    if low is not None and high is not None and low > high:
        low, high = high, low
    for kind in kinds:
        bounds = {"min_value": low, "max_value": high}
        if kind is e.ExpectColumnUniqueValueCountToBeBetween:
            bounds = {"min_value": 1, "max_value": 5}
        same(validate, frame, lambda kind=kind, bounds=bounds: kind(column=column, **bounds))
    same(validate, frame, lambda: e.ExpectColumnProportionOfUniqueValuesToBeBetween(column=column, min_value=0.2, max_value=0.9))
    same(validate, frame, lambda: e.ExpectColumnProportionOfNonNullValuesToBeBetween(column=column, min_value=0.2, max_value=0.9))


@LOOSE
@given(frames(), st.sampled_from(["i", "f"]), st.lists(st.sampled_from([0, 0.05, 0.25, 1 / 3, 0.5, 0.75, 0.9, 1]), min_size=1, max_size=3), st.sampled_from([False, "linear", "lower", "higher", "midpoint", "nearest"]))
def test_quantiles(validate: Any, frame: pl.DataFrame, column: str, wanted: list[float], how: Any) -> None:
    ranges = {"quantiles": wanted, "value_ranges": [[-10, 10]] * len(wanted)}
    same(validate, frame, lambda: e.ExpectColumnQuantileValuesToBeBetween(column=column, quantile_ranges=ranges, allow_relative_error=how))


@LOOSE
@given(frames(), st.sampled_from(["i", "f"]), st.lists(INTS, min_size=1, max_size=5, unique=True))
def test_distinct_values(validate: Any, frame: pl.DataFrame, column: str, values: list[int]) -> None:
    for kind in (e.ExpectColumnDistinctValuesToBeInSet, e.ExpectColumnDistinctValuesToContainSet, e.ExpectColumnDistinctValuesToEqualSet):
        ours, stock = validate(frame, kind(column=column, value_set=values)), validate(as_pandas(frame), kind(column=column, value_set=values))
        assert ours.success == bool(stock.success)
    same(validate, frame.filter(pl.col("f").is_not_null()) if frame["f"].null_count() < frame.height else frame, lambda: e.ExpectColumnMostCommonValueToBeInSet(column=column, value_set=values, ties_okay=True))


@LOOSE
@given(frames(), st.sampled_from(["i > 0", "i > 0 and f < 10", "s == 'a'", "not (i == j)", "f != 3", "i in [1, 2, 3] or j >= 5"]))
def test_row_conditions(validate: Any, frame: pl.DataFrame, condition: str) -> None:
    same(validate, frame, lambda: e.ExpectColumnValuesToBeBetween(column="j", min_value=-10, max_value=10, row_condition=condition, condition_parser="pandas"))
    same(validate, frame, lambda: e.ExpectTableRowCountToBeBetween(min_value=2, row_condition=condition, condition_parser="pandas"))


def test_datetimes(validate: Any) -> None:
    moments = [dt.datetime(2020, 1, d) for d in (1, 5, 9)]
    expected = e.ExpectColumnValuesToBeBetween(column="t", min_value="2020-01-02T06:00:00")
    ours = validate(pl.DataFrame({"t": pl.Series(moments, dtype=pl.Datetime("ns"))}), expected)
    stock = validate(pd.DataFrame({"t": pd.Series(moments).astype("datetime64[ns]")}), expected)
    assert ours.result["unexpected_index_list"] == [0]
    assert raised(stock) or stock.result["unexpected_index_list"] == [0]
