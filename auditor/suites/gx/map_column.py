"""Conditions of column map expectations."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from auditor.suites.gx.columns import (
    MIXED,
    NUMERIC,
    Columns,
    Family,
    TypeMismatchError,
    members,
    parse_moment,
    side,
    side_of,
)
from auditor.suites.gx.comparable import comparable
from auditor.suites.gx.conditions_map import Condition, Judge
from auditor.suites.gx.mixed import among, compared, instances
from auditor.suites.gx.patterns import like_to_regex
from auditor.suites.gx.plans import Chosen
from auditor.suites.gx.register import Asked
from auditor.suites.gx.repeats import repeated
from auditor.suites.gx.text import as_text, is_date_text, is_json, judged, schema_judge, search, strftime_judge
from auditor.suites.gx.typing_map import python_types_of, scalar_types


def _among_present(columns: Columns, name: str, met: pl.Expr) -> Condition:
    """Condition on the values that are not missing; `met` is null for a null value only, which then counts as met."""
    if columns.family(name) is Family.FLOAT:
        return Condition(~met & pl.col(name).is_not_nan())
    return Condition(~met)


def _within(asked: Asked, x: Any) -> pl.Expr:
    low, high = asked.values.get("min_value"), asked.values.get("max_value")
    if low is None and high is None:
        raise ValueError("min_value and max_value cannot both be None")
    parts = []
    if low is not None:
        parts.append(x(low, lower=True, strict=bool(asked.values.get("strict_min"))))
    if high is not None:
        parts.append(x(high, lower=False, strict=bool(asked.values.get("strict_max"))))
    return pl.all_horizontal(parts)


def _check_order(asked: Asked) -> None:
    """Raise `ValueError` where the bounds are the wrong way round; bounds of different types fit no column."""
    low, high = asked.values.get("min_value"), asked.values.get("max_value")
    if low is None or high is None:
        return
    if asked.columns.family(asked.column) is not Family.TEXT:
        low, high = comparable(parse_moment(low) or low), comparable(parse_moment(high) or high)
    try:
        wrong = low > high
    except TypeError as error:
        raise TypeMismatchError(MIXED) from error
    if wrong:
        raise ValueError("min_value cannot be greater than max_value")


def between(asked: Asked) -> Condition:
    """`column_values.between`."""
    _check_order(asked)
    name = asked.column
    if asked.columns.flat(name) is Family.OBJECT:
        met = _within(asked, lambda bound, **how: compared(pl.col(name), _symbol(**how), bound))
        return Condition(~met, unfit=met.is_null() & pl.col(name).is_not_null(), error=TypeMismatchError(MIXED))
    met = _within(asked, lambda bound, **how: side(asked.columns, name, bound, **how))
    return _among_present(asked.columns, name, met)


def _symbol(*, lower: bool, strict: bool) -> str:
    return (">" if lower else "<") + ("" if strict else "=")


def in_set(asked: Asked) -> Condition:
    """`column_values.in_set`; without a set every value is in it."""
    return _set(asked, wanted=True)


def not_in_set(asked: Asked) -> Condition:
    """`column_values.not_in_set`."""
    return _set(asked, wanted=False)


def _set(asked: Asked, *, wanted: bool) -> Condition:
    name, values = asked.column, asked.values.get("value_set")
    asked.columns.flat(name)
    if values is None:
        return Condition(pl.lit(value=False))
    inside = is_among(asked.columns, name, list(values))
    return _among_present(asked.columns, name, inside if wanted else ~inside)


def is_among(columns: Columns, name: str, values: list[Any]) -> pl.Expr:
    """True where the value is one of `values`; null where it is null."""
    kind = columns.flat(name)
    if kind is Family.NOTHING:
        return pl.lit(None, dtype=pl.Boolean)
    if kind is Family.OBJECT:
        return among(pl.col(name), values)
    return columns.plain(name).is_in(pl.lit(members(columns, name, values)).implode())


def _length(asked: Asked) -> pl.Expr:
    return as_text(asked.columns, asked.column).str.len_chars().cast(pl.Int64)


def length_between(asked: Asked) -> Condition:
    """`column_values.value_length.between`, in characters of `str(value)`."""
    length = _length(asked)
    met = _within(asked, lambda bound, **how: side_of(length, pl.Int64(), bound, **how))
    return _among_present(asked.columns, asked.column, met)


def length_equals(asked: Asked) -> Condition:
    """`column_values.value_length.equals`."""
    wanted = asked.values["value"]
    if wanted != int(wanted):
        return _among_present(asked.columns, asked.column, pl.lit(value=False))
    return _among_present(asked.columns, asked.column, _length(asked) == int(wanted))


def null(asked: Asked) -> Condition:
    """`column_values.null`: unexpected are the values that are there."""
    return Condition(~asked.columns.missing(asked.column))


def nonnull(asked: Asked) -> Condition:
    """`column_values.nonnull`: unexpected are the missing values."""
    return Condition(asked.columns.missing(asked.column))


def match_regex(asked: Asked) -> Condition:
    """`column_values.match_regex`, Python's `re.search`."""
    return _among_present(asked.columns, asked.column, search(asked.columns, asked.column, asked.values["regex"]))


def not_match_regex(asked: Asked) -> Condition:
    """`column_values.not_match_regex`."""
    return _among_present(asked.columns, asked.column, ~search(asked.columns, asked.column, asked.values["regex"]))


def _searches(asked: Asked, patterns: list[str]) -> list[pl.Expr]:
    return [search(asked.columns, asked.column, p) for p in patterns]


def _any_or_all(asked: Asked, found: list[pl.Expr]) -> pl.Expr:
    how = asked.values.get("match_on") or "any"
    if how not in ("any", "all"):
        raise ValueError("match_on must be either 'any' or 'all'")
    return pl.any_horizontal(found) if how == "any" else pl.all_horizontal(found)


def match_regex_list(asked: Asked) -> Condition:
    """`column_values.match_regex_list`: any or all of the patterns."""
    met = _any_or_all(asked, _searches(asked, asked.values["regex_list"]))
    return _among_present(asked.columns, asked.column, met)


def not_match_regex_list(asked: Asked) -> Condition:
    """`column_values.not_match_regex_list`: none of the patterns."""
    return _among_present(
        asked.columns, asked.column, ~pl.any_horizontal(_searches(asked, asked.values["regex_list"]))
    )


def _likes(asked: Asked, patterns: list[str]) -> list[pl.Expr]:
    return _searches(asked, [like_to_regex(p, asked.values.get("escape")) for p in patterns])


def match_like(asked: Asked) -> Condition:
    """`column_values.match_like_pattern`: SQL `LIKE`."""
    return _among_present(asked.columns, asked.column, _likes(asked, [asked.values["like_pattern"]])[0])


def not_match_like(asked: Asked) -> Condition:
    """`column_values.not_match_like_pattern`."""
    return _among_present(asked.columns, asked.column, ~_likes(asked, [asked.values["like_pattern"]])[0])


def match_like_list(asked: Asked) -> Condition:
    """`column_values.match_like_pattern_list`: any or all of the patterns."""
    met = _any_or_all(asked, _likes(asked, asked.values["like_pattern_list"]))
    return _among_present(asked.columns, asked.column, met)


def not_match_like_list(asked: Asked) -> Condition:
    """`column_values.not_match_like_pattern_list`: none of the patterns."""
    met = ~pl.any_horizontal(_likes(asked, asked.values["like_pattern_list"]))
    return _among_present(asked.columns, asked.column, met)


def _by_python(asked: Asked, judge: Any, *, other: bool | str) -> Condition:
    """Judge text by Python; `other` is the outcome for a column without text, or the wording of its error."""
    name, kind = asked.column, asked.columns.flat(asked.column)
    if kind in (Family.TEXT, Family.NOTHING):
        return _among_present(asked.columns, name, judged(asked.columns.plain(name).cast(pl.String), judge))
    if kind is Family.OBJECT:
        met = judged(pl.col(name), lambda v: judge(v) if isinstance(v, str) else other if isinstance(other, bool) else None)
        return Condition(~met, unfit=met.is_null() & pl.col(name).is_not_null(), error=TypeError(str(other)))
    if isinstance(other, str):
        return Condition(error=TypeError(other))
    return Condition(~asked.columns.missing(name) & pl.lit(not other))


def json_parseable(asked: Asked) -> Condition:
    """`column_values.json_parseable`."""
    return _by_python(asked, is_json, other=False)


def json_schema(asked: Asked) -> Condition:
    """`column_values.match_json_schema`; text that is no JSON does not match (stock pandas raises for all rows)."""
    return _by_python(asked, schema_judge(asked.values["json_schema"]), other="JSON schemas are matched against text")


def strftime(asked: Asked) -> Condition:
    """`column_values.match_strftime_format`."""
    return _by_python(
        asked,
        strftime_judge(asked.values["strftime_format"]),
        other="Values passed to expect_column_values_to_match_strftime_format must be of type string.",
    )


def dateutil_parseable(asked: Asked) -> Condition:
    """`column_values.dateutil_parseable`."""
    return _by_python(
        asked,
        is_date_text,
        other="Values passed to expect_column_values_to_be_dateutil_parseable must be of type string.",
    )


def _ordered(asked: Asked, *, up: bool) -> Condition:
    name, kind = asked.column, asked.columns.flat(asked.column)
    if kind is Family.NOTHING:
        return Condition(pl.lit(value=False))
    orderly = NUMERIC | {Family.DATE, Family.DATETIME, Family.TIME, Family.DURATION}
    if kind not in orderly:
        return Condition(error=TypeError(f'column "{name}" is {asked.columns.dtype(name)}: order needs numbers or times'))
    column = pl.col(name).cast(pl.Int8) if kind is Family.BOOLEAN else pl.col(name)
    before = column.shift(1)
    strictly = bool(asked.values.get("strictly"))
    wrong = (column <= before if strictly else column < before) if up else (
        column >= before if strictly else column > before
    )
    missing = asked.columns.missing(name)

    def rows(frame: pl.LazyFrame, _: Sequence[str]) -> Chosen:
        return Chosen(frame.filter(~missing).filter(wrong.fill_null(value=False)))

    return Condition(rows=rows, count=lambda f: f.filter(~missing).select(wrong.fill_null(value=False).sum()))


def increasing(asked: Asked) -> Condition:
    """`column_values.increasing`: no value below the one before it."""
    return _ordered(asked, up=True)


def decreasing(asked: Asked) -> Condition:
    """`column_values.decreasing`."""
    return _ordered(asked, up=False)


def unique(asked: Asked) -> Condition:
    """`column_values.unique`."""
    asked.columns.flat(asked.column)
    return repeated(asked.columns, [asked.column], skip_missing=True)


def _number(asked: Asked) -> pl.Expr | None:
    kind = asked.columns.flat(asked.column)
    if kind is Family.NOTHING:
        return None
    if kind not in NUMERIC:
        raise TypeMismatchError(f'column "{asked.column}" is {asked.columns.dtype(asked.column)}, not a number')
    return pl.col(asked.column).cast(pl.Float64)


def z_score(asked: Asked) -> Condition:
    """`column_values.z_score.under_threshold`, by the sample standard deviation; undefined scores meet it."""
    threshold = asked.values.get("threshold")
    if not isinstance(threshold, int | float | Decimal):
        raise TypeError("Cannot check if a string lies under a numerical threshold")
    x = _number(asked)
    if x is None:
        return Condition(pl.lit(value=False))
    present = x.filter(~asked.columns.missing(asked.column))
    score = (x - present.mean()) / present.std(ddof=1)
    double = asked.values.get("double_sided")
    over = score.abs() >= abs(float(threshold)) if double or double is None else score >= float(threshold)
    return Condition(~asked.columns.missing(asked.column) & over & ~score.is_nan())


def not_outliers(asked: Asked) -> Condition:
    """`column_values.not_outliers`, by the interquartile range or the standard deviation."""
    method, multiplier = asked.values.get("method") or "iqr", float(asked.values.get("multiplier") or 1.5)
    if method not in ("iqr", "std"):
        raise NotImplementedError(f"method {method!r} has not been implemented")
    x = _number(asked)
    if x is None:
        return Condition(pl.lit(value=False))
    missing = asked.columns.missing(asked.column)
    present = x.filter(~missing)
    if method == "iqr":
        low, high = present.quantile(0.25, "linear"), present.quantile(0.75, "linear")
        room = multiplier * (high - low)
        known = low.is_finite() & high.is_finite()
        outside = (x < low - room) | (x > high + room)
    else:
        center, room = present.mean(), multiplier * present.std(ddof=1)
        known = center.is_finite() & room.is_finite()
        outside = pl.when(room <= 0).then(x != center).otherwise((x - center).abs() >= room)
    return Condition(~missing & known & outside)


def of_type(asked: Asked) -> Condition:
    """`column_values.of_type`, for the types that pandas keeps as objects."""
    return _typed(asked, [asked.values["type_"]], f"Unrecognized numpy/python type: {asked.values['type_']}")


def in_type_list(asked: Asked) -> Condition:
    """`column_values.in_type_list`, for the types that pandas keeps as objects."""
    given = list(asked.values["type_list"])
    return _typed(asked, given, f"No recognized numpy/python type in list: {given}")


def _typed(asked: Asked, names: list[str], unknown: str) -> Condition:
    wanted = scalar_types(names)
    if not wanted:
        raise ValueError(unknown)
    if asked.columns.family(asked.column) is Family.OBJECT:
        return Condition(~instances(pl.col(asked.column), tuple(wanted)))
    held = python_types_of(asked.columns.dtype(asked.column))
    met = any(issubclass(h, tuple(wanted)) for h in held)
    return Condition(~asked.columns.missing(asked.column) & pl.lit(not met))


COLUMN_CONDITIONS: dict[str, Judge] = {
    "column_values.between": between,
    "column_values.in_set": in_set,
    "column_values.not_in_set": not_in_set,
    "column_values.value_length.between": length_between,
    "column_values.value_length.equals": length_equals,
    "column_values.null": null,
    "column_values.nonnull": nonnull,
    "column_values.match_regex": match_regex,
    "column_values.not_match_regex": not_match_regex,
    "column_values.match_regex_list": match_regex_list,
    "column_values.not_match_regex_list": not_match_regex_list,
    "column_values.match_like_pattern": match_like,
    "column_values.not_match_like_pattern": not_match_like,
    "column_values.match_like_pattern_list": match_like_list,
    "column_values.not_match_like_pattern_list": not_match_like_list,
    "column_values.json_parseable": json_parseable,
    "column_values.match_json_schema": json_schema,
    "column_values.match_strftime_format": strftime,
    "column_values.dateutil_parseable": dateutil_parseable,
    "column_values.increasing": increasing,
    "column_values.decreasing": decreasing,
    "column_values.unique": unique,
    "column_values.z_score.under_threshold": z_score,
    "column_values.not_outliers": not_outliers,
    "column_values.of_type": of_type,
    "column_values.in_type_list": in_type_list,
}
"""Condition by the name of its metric in Great Expectations."""
