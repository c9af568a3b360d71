# ruff: noqa: DTZ001, PLR0917 - moments without a zone are what is tested
"""Types on which stock pandas raises or answers wrongly; each fault of the stock engine is shown beside our answer."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pytest
from suite_helpers import raised

BIG = 2**53


@pytest.fixture
def e() -> Any:
    from great_expectations import expectations

    return expectations


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_datetimes_of_every_unit_against_text_bounds(validate: Any, e: Any, unit: str) -> None:
    moments = [dt.datetime(2020, 1, 1), dt.datetime(2020, 6, 1, 12), dt.datetime(2021, 1, 1)]
    frame = pl.DataFrame({"t": pl.Series(moments, dtype=pl.Datetime(unit))})
    for low, high, count in [("2020-01-01", "2020-12-31", 1), ("2020-06-01T12:00:00", None, 1), (None, "2020-06-01T11:59:59", 2)]:
        result = validate(frame, e.ExpectColumnValuesToBeBetween(column="t", min_value=low, max_value=high))
        assert not raised(result)
        assert result.result["unexpected_count"] == count
    assert validate(frame, e.ExpectColumnMaxToBeBetween(column="t", max_value="2021-01-01")).success
    assert not validate(frame, e.ExpectColumnMinToBeBetween(column="t", min_value="2020-01-02")).success


def test_stock_pandas_raises_on_datetimes_in_microseconds(validate: Any, e: Any) -> None:
    stock = pd.DataFrame({"t": pd.Series(["2020-01-01", "2021-01-01"]).astype("datetime64[us]")})
    assert raised(validate(stock, e.ExpectColumnValuesToBeBetween(column="t", min_value="2020-01-01")))


def test_datetimes_with_a_zone(validate: Any, e: Any) -> None:
    frame = pl.DataFrame({"t": pl.Series([dt.datetime(2020, 1, 1, 0, 30)]).dt.replace_time_zone("Europe/Berlin")})
    for low, holds in [("2020-01-01", True), ("2020-01-01T00:00:00Z", False), ("2019-12-31T23:30:00+00:00", True)]:
        assert validate(frame, e.ExpectColumnValuesToBeBetween(column="t", min_value=low)).success is holds, low


def test_integers_beyond_two_to_the_53(validate: Any, e: Any) -> None:
    frame = pl.DataFrame({"x": [BIG, BIG + 1, None]})
    result = validate(frame, e.ExpectColumnValuesToBeBetween(column="x", max_value=BIG))
    assert result.result["unexpected_list"] == [BIG + 1]
    assert validate(frame, e.ExpectColumnValuesToBeInSet(column="x", value_set=[BIG + 1])).result["unexpected_count"] == 1
    assert validate(frame, e.ExpectColumnMaxToBeBetween(column="x", max_value=BIG + 1)).result["observed_value"] == BIG + 1
    assert validate(frame, e.ExpectColumnSumToBeBetween(column="x")).result["observed_value"] == 2 * BIG + 1
    assert validate(frame, e.ExpectColumnValuesToBeUnique(column="x")).success


def test_stock_pandas_rounds_integers_beside_a_null(validate: Any, e: Any) -> None:
    stock = pd.DataFrame({"x": [BIG, BIG + 1, None]})
    assert validate(stock, e.ExpectColumnValuesToBeBetween(column="x", max_value=BIG)).success


@pytest.mark.parametrize("dtype", [pl.Int8, pl.UInt8, pl.Int32, pl.UInt64, pl.Int128])
def test_bounds_outside_of_an_integer_type(validate: Any, e: Any, dtype: Any) -> None:
    frame = pl.DataFrame({"x": pl.Series([0, 5, 100], dtype=dtype)})
    for low, high, count in [(-1000, 10**12, 0), (0.5, 99.5, 2), (10**12, None, 3), (None, -1, 3), (-0.5, 5, 1)]:
        assert validate(frame, e.ExpectColumnValuesToBeBetween(column="x", min_value=low, max_value=high)).result["unexpected_count"] == count


def test_decimals_are_compared_as_written(validate: Any, e: Any) -> None:
    frame = pl.DataFrame({"d": pl.Series(["0.10", "0.30", None]).cast(pl.Decimal(10, 2))})
    assert validate(frame, e.ExpectColumnValuesToBeBetween(column="d", min_value=0.1, max_value=0.3)).success
    assert not validate(frame, e.ExpectColumnValuesToBeBetween(column="d", max_value=0.3, strict_max=True)).success
    assert validate(frame, e.ExpectColumnValuesToBeInSet(column="d", value_set=[0.1, 0.3])).success
    assert validate(frame, e.ExpectColumnMaxToBeBetween(column="d", max_value=0.3)).result["observed_value"] == Decimal("0.30")
    assert validate(frame, e.ExpectColumnMeanToBeBetween(column="d", min_value=0.19, max_value=0.21)).success


@pytest.mark.parametrize("dtype", [pl.Categorical(), pl.Enum(["b", "a", "c"])])
def test_categories_are_text(validate: Any, e: Any, dtype: Any) -> None:
    frame = pl.DataFrame({"c": pl.Series(["b", "a", "b", None], dtype=dtype)})
    assert validate(frame, e.ExpectColumnValuesToBeInSet(column="c", value_set=["a", "b", "z"])).success
    assert validate(frame, e.ExpectColumnValuesToMatchRegex(column="c", regex="^[ab]$")).success
    assert validate(frame, e.ExpectColumnValueLengthsToEqual(column="c", value=1)).success
    assert validate(frame, e.ExpectColumnDistinctValuesToEqualSet(column="c", value_set=["a", "b"])).success
    assert validate(frame, e.ExpectColumnValuesToBeUnique(column="c")).result["unexpected_index_list"] == [0, 2]
    assert validate(frame, e.ExpectColumnMostCommonValueToBeInSet(column="c", value_set=["b"])).success


def test_durations(validate: Any, e: Any) -> None:
    frame = pl.DataFrame({"d": [dt.timedelta(hours=1), dt.timedelta(days=2)]})
    result = validate(frame, e.ExpectColumnValuesToBeBetween(column="d", max_value=86_400))
    assert result.result["unexpected_index_list"] == [1]
    assert validate(frame, e.ExpectColumnMaxToBeBetween(column="d", max_value=2 * 86_400)).result["observed_value"] == 172_800.0
    assert validate(frame, e.ExpectColumnMeanToBeBetween(column="d", min_value=3600, max_value=172_800)).success
    assert validate(frame, e.ExpectColumnValuesToBeIncreasing(column="d")).success


def test_dates_against_text_bounds(validate: Any, e: Any) -> None:
    frame = pl.DataFrame({"d": [dt.date(2020, 1, 1), dt.date(2021, 1, 1)]})
    assert validate(frame, e.ExpectColumnValuesToBeBetween(column="d", min_value="2020-01-01", max_value="2021-01-01")).success
    assert validate(frame, e.ExpectColumnValuesToBeInSet(column="d", value_set=["2020-01-01"])).result["unexpected_count"] == 1
    assert validate(frame, e.ExpectColumnMaxToBeBetween(column="d", max_value="2021-01-01")).success
    assert not validate(frame, e.ExpectColumnMaxToBeBetween(column="d", max_value="2020-12-31")).success
    assert validate(frame, e.ExpectColumnMedianToBeBetween(column="d", min_value="2020-01-01", max_value="2021-01-01")).success


@pytest.mark.parametrize("column", ["l", "s", "a"])
def test_nested_columns_are_named_as_unsupported(validate: Any, e: Any, column: str) -> None:
    frame = pl.DataFrame({"l": [[1], None], "s": [{"k": 1}, {"k": 2}], "a": pl.Series([[1], [2]], dtype=pl.Array(pl.Int64, 1))})
    for made in (
        e.ExpectColumnValuesToBeUnique(column=column),
        e.ExpectColumnValuesToBeInSet(column=column, value_set=[1]),
        e.ExpectColumnMaxToBeBetween(column=column, max_value=1),
        e.ExpectColumnValuesToMatchRegex(column=column, regex="x"),
        e.ExpectColumnUniqueValueCountToBeBetween(column=column, max_value=1),
    ):
        message = raised(validate(frame, made))
        assert "nested" in message
        assert f'"{column}"' in message
    assert validate(frame, e.ExpectColumnValuesToNotBeNull(column="l")).result["unexpected_count"] == 1


def test_nan_is_missing_like_null(validate: Any, e: Any) -> None:
    frame = pl.DataFrame({"x": [1.0, float("nan"), None, 3.0]})
    assert validate(frame, e.ExpectColumnValuesToNotBeNull(column="x")).result["unexpected_count"] == 2
    assert validate(frame, e.ExpectColumnValuesToBeBetween(column="x", min_value=0, max_value=5)).success
    assert validate(frame, e.ExpectColumnMeanToBeBetween(column="x")).result["observed_value"] == 2.0
    assert validate(frame, e.ExpectColumnMaxToBeBetween(column="x")).result["observed_value"] == 3.0
    assert validate(frame, e.ExpectColumnUniqueValueCountToBeBetween(column="x")).result["observed_value"] == 2
    assert validate(frame, e.ExpectColumnValuesToBeUnique(column="x")).success


EXPECTATIONS: list[tuple[str, dict[str, Any]]] = [
    ("ExpectColumnValuesToBeBetween", {"min_value": 0, "max_value": 1}),
    ("ExpectColumnValuesToBeInSet", {"value_set": [1]}),
    ("ExpectColumnValuesToBeUnique", {}),
    ("ExpectColumnValuesToMatchRegex", {"regex": "a"}),
    ("ExpectColumnValueLengthsToBeBetween", {"min_value": 1}),
    ("ExpectColumnValuesToBeIncreasing", {}),
    ("ExpectColumnValueZScoresToBeLessThan", {"threshold": 2, "double_sided": True}),
    ("ExpectColumnValuesToNotBeOutliers", {}),
]


@pytest.mark.parametrize(("name", "kwargs"), EXPECTATIONS)
@pytest.mark.parametrize("dtype", [pl.Int64, pl.Float64, pl.Null])
@pytest.mark.parametrize("rows", [0, 3])
def test_empty_frames_and_columns_without_a_value_hold(validate: Any, e: Any, name: str, kwargs: dict[str, Any], dtype: Any, rows: int) -> None:
    frame = pl.DataFrame({"x": pl.Series([None] * rows, dtype=dtype)})
    result = validate(frame, getattr(e, name)(column="x", **kwargs))
    assert not raised(result), raised(result)
    assert result.success


@pytest.mark.parametrize("dtype", [pl.Int64, pl.String, pl.Datetime("us"), pl.Null])
@pytest.mark.parametrize("rows", [0, 2])
def test_aggregates_without_a_value_do_not_hold(validate: Any, e: Any, dtype: Any, rows: int) -> None:
    frame = pl.DataFrame({"x": pl.Series([None] * rows, dtype=dtype)})
    for made in (e.ExpectColumnMaxToBeBetween(column="x", min_value=0), e.ExpectColumnMinToBeBetween(column="x", min_value=0)):
        result = validate(frame, made)
        assert not raised(result)
        assert not result.success
    assert validate(frame, e.ExpectColumnUniqueValueCountToBeBetween(column="x", max_value=0)).success


def test_text_that_is_no_json_does_not_match_a_schema(validate: Any, e: Any) -> None:
    frame = pl.DataFrame({"j": ['{"a": 1}', "{", '{"a": "x"}']})
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    from great_expectations.expectations.core import ExpectColumnValuesToMatchJsonSchema

    result = validate(frame, ExpectColumnValuesToMatchJsonSchema(column="j", json_schema=schema))
    assert result.result["unexpected_index_list"] == [1, 2]


def test_columns_of_mixed_types(validate: Any, e: Any) -> None:
    frame = pl.DataFrame({"o": pl.Series([1, "x", None, True, 2.5], dtype=pl.Object)})
    assert validate(frame, e.ExpectColumnValuesToBeInSet(column="o", value_set=[1, "x", 2.5])).success
    assert validate(frame, e.ExpectColumnValuesToBeInTypeList(column="o", type_list=["int", "str"])).result["unexpected_count"] == 1
    assert "same type" in raised(validate(frame, e.ExpectColumnValuesToBeBetween(column="o", min_value=0)))
    assert validate(frame, e.ExpectColumnValuesToBeUnique(column="o")).result["unexpected_index_list"] == [0, 3]
    assert validate(frame, e.ExpectColumnValuesToNotBeNull(column="o")).result["unexpected_count"] == 1
