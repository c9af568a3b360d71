"""Conditions on pairs and lists of columns."""

from __future__ import annotations

from typing import Any

import polars as pl

from auditor.suites.gx.columns import NUMERIC, Columns, Family, TypeMismatchError
from auditor.suites.gx.conditions_map import Condition, Judge
from auditor.suites.gx.map_column import is_among
from auditor.suites.gx.mixed import keys
from auditor.suites.gx.register import Asked
from auditor.suites.gx.repeats import repeated

_MOMENTS = (Family.DATE, Family.DATETIME)


def _comparable(columns: Columns, a: str, b: str, *, equality: bool) -> tuple[pl.Expr, pl.Expr] | None:
    """Both columns in a type in which they compare, or None where they never can."""
    x, y = columns.flat(a), columns.flat(b)
    left, right = columns.plain(a), columns.plain(b)
    if Family.NOTHING in (x, y):
        return left, right
    if Family.OBJECT in (x, y):
        return (keys(left), keys(right)) if equality else None
    if x in NUMERIC and y in NUMERIC:
        return (left.cast(pl.Int8) if x is Family.BOOLEAN else left), (right.cast(pl.Int8) if y is Family.BOOLEAN else right)
    if x in _MOMENTS and y in _MOMENTS and x is not y:
        return left.cast(pl.Datetime("us")), right.cast(pl.Datetime("us"))
    zones = {bool(getattr(columns.dtype(n), "time_zone", None)) for n in (a, b)}
    return (left, right) if x is y and len(zones) == 1 else None


def _equal(columns: Columns, a: str, b: str, *, missing_equal: bool) -> pl.Expr:
    """`a == b`, never null; missing values are equal to each other or to nothing."""
    both = _comparable(columns, a, b, equality=True)
    same = pl.lit(value=False) if both is None else (both[0] == both[1]).fill_null(value=False)
    either, together = columns.missing(a) | columns.missing(b), columns.missing(a) & columns.missing(b)
    return pl.when(either).then(together if missing_equal else pl.lit(value=False)).otherwise(same)


def pair_equal(asked: Asked) -> Condition:
    """`column_pair_values.equal`; a missing value equals nothing."""
    a, b = asked.column_list
    return Condition(~_equal(asked.columns, a, b, missing_equal=False))


def pair_greater(asked: Asked) -> Condition:
    """`column_pair_values.a_greater_than_b`; a missing value is greater than nothing."""
    a, b = asked.column_list
    both = _comparable(asked.columns, a, b, equality=False)
    if both is None:
        raise TypeMismatchError(
            f'columns "{a}" ({asked.columns.dtype(a)}) and "{b}" ({asked.columns.dtype(b)}) do not compare'
        )
    greater = both[0] >= both[1] if asked.values.get("or_equal") else both[0] > both[1]
    either = asked.columns.missing(a) | asked.columns.missing(b)
    return Condition(either | ~greater.fill_null(value=False))


def pair_in_set(asked: Asked) -> Condition:
    """`column_pair_values.in_set`; None in a pair means a missing value."""
    a, b = asked.column_list
    asked.columns.flat(a), asked.columns.flat(b)
    pairs = asked.values.get("value_pairs_set")
    if pairs is None:
        return Condition(pl.lit(value=False))
    seconds: dict[Any, list[Any]] = {}
    for first, second in pairs:
        seconds.setdefault(first, []).append(second)
    met = [_is_one_of(asked.columns, a, [first]) & _is_one_of(asked.columns, b, second) for first, second in seconds.items()]
    return Condition(~pl.any_horizontal(met) if met else pl.lit(value=True))


def _is_one_of(columns: Columns, name: str, values: list[Any]) -> pl.Expr:
    inside = is_among(columns, name, values).fill_null(value=False)
    missing = columns.missing(name)
    return pl.when(missing).then(pl.lit(None in values)).otherwise(inside)


def compound_unique(asked: Asked) -> Condition:
    """`compound_columns.unique`; missing values count as equal."""
    for name in asked.column_list:
        asked.columns.flat(name)
    return repeated(asked.columns, asked.column_list, skip_missing=False)


def sum_equal(asked: Asked) -> Condition:
    """`multicolumn_sum.equal`; a row with a missing value does not meet it."""
    names, total = asked.column_list, asked.values.get("sum_total")
    for name in names:
        if asked.columns.flat(name) not in (*NUMERIC, Family.NOTHING):
            raise TypeMismatchError(f'column "{name}" is {asked.columns.dtype(name)}: a sum needs numbers')
    whole = all(asked.columns.family(n) in (Family.INTEGER, Family.BOOLEAN) for n in names)
    exact = all(asked.columns.family(n) is not Family.FLOAT for n in names)
    kind = pl.Int128 if whole else pl.Decimal(38, 10) if exact else pl.Float64
    added = pl.sum_horizontal([pl.col(n).cast(kind) for n in names], ignore_nulls=False)
    missing = pl.any_horizontal([asked.columns.missing(n) for n in names])
    if total is None or (whole and total != int(total)):
        return Condition(pl.lit(value=True))
    wanted = pl.lit(int(total), dtype=pl.Int128) if whole else pl.lit(total).cast(kind)
    return Condition(missing | (added != wanted).fill_null(value=True))


def values_equal(asked: Asked) -> Condition:
    """`multicolumn_values.equal`; missing values are equal to each other."""
    first, *rest = asked.column_list
    met = [_equal(asked.columns, first, other, missing_equal=True) for other in rest]
    return Condition(~pl.all_horizontal(met) if met else pl.lit(value=False))


def unique_within_record(asked: Asked) -> Condition:
    """`select_column_values.unique.within_record`; missing values are equal to each other."""
    names = asked.column_list
    same = [_equal(asked.columns, a, b, missing_equal=True) for i, a in enumerate(names) for b in names[:i]]
    return Condition(pl.any_horizontal(same) if same else pl.lit(value=False))


MULTI_CONDITIONS: dict[str, Judge] = {
    "column_pair_values.equal": pair_equal,
    "column_pair_values.a_greater_than_b": pair_greater,
    "column_pair_values.in_set": pair_in_set,
    "compound_columns.unique": compound_unique,
    "multicolumn_sum.equal": sum_equal,
    "multicolumn_values.equal": values_equal,
    "select_column_values.unique.within_record": unique_within_record,
}
"""Condition by the name of its metric in Great Expectations."""
