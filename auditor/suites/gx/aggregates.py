"""Native aggregate and table metrics."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import polars as pl

from auditor.suites.gx.columns import NUMERIC, Family, TypeMismatchError, members, side
from auditor.suites.gx.comparable import comparable
from auditor.suites.gx.frames import pandas_dtype, to_pandas
from auditor.suites.gx.mixed import among, keys
from auditor.suites.gx.plans import Chosen, Flags, Fold, Picked, Plan, Sample, Scalar, Table, Whole, group_counts
from auditor.suites.gx.register import Asked, register, register_known
from auditor.suites.gx.text import as_text

if TYPE_CHECKING:
    from auditor.suites.gx.engine import PolarsExecutionEngine

_TIMES = frozenset({Family.DATE, Family.DATETIME, Family.TIME, Family.DURATION})
MAX_DISTINCT = 20
"""Most distinct values that Great Expectations lists (its `MAX_DISTINCT_VALUES`)."""


def _needs(asked: Asked, allowed: frozenset[Family], what: str) -> Family:
    kind = asked.columns.flat(asked.column)
    if kind not in allowed and kind is not Family.NOTHING:
        raise TypeMismatchError(f'column "{asked.column}" is {asked.columns.dtype(asked.column)}: {what}')
    return kind


def _number(asked: Asked, what: str) -> pl.Expr | None:
    kind = _needs(asked, NUMERIC, what)
    if kind is Family.NOTHING:
        return None
    present = asked.columns.present(asked.column)
    return present.cast(pl.Float64) if kind in (Family.DECIMAL, Family.BOOLEAN) else present


def mean(asked: Asked) -> Plan:
    """`column.mean`."""
    if asked.columns.flat(asked.column) in _TIMES - {Family.TIME}:
        return Scalar(asked.columns.present(asked.column).mean(), comparable)
    x = _number(asked, "a mean needs numbers")
    return Scalar(pl.lit(None)) if x is None else Scalar(x.mean())


def deviation(asked: Asked) -> Plan:
    """`column.standard_deviation` of the sample (n - 1); None below two values."""
    x = _number(asked, "a standard deviation needs numbers")
    return Scalar(pl.lit(None)) if x is None else Scalar(x.cast(pl.Float64).std(ddof=1))


def total(asked: Asked) -> Plan:
    """`column.sum`; integers are added exactly."""
    kind = asked.columns.flat(asked.column)
    if kind is Family.DURATION:
        return Scalar(asked.columns.present(asked.column).sum(), comparable)
    x = _number(asked, "a sum needs numbers")
    if x is None:
        return Scalar(pl.lit(0))
    if kind is Family.DECIMAL:
        return Scalar(asked.columns.present(asked.column).sum(), lambda v: None if v is None else float(v))
    return Scalar(x.cast(pl.Int128).sum() if kind is Family.INTEGER else x.sum())


def extreme(which: str) -> Callable[[Asked], Plan]:
    """`column.min` or `column.max`; dates compare with text bounds."""

    def plan(asked: Asked) -> Plan:
        asked.columns.flat(asked.column)
        present = asked.columns.plain(asked.column).filter(~asked.columns.missing(asked.column))
        return Scalar(present.min() if which == "min" else present.max(), comparable)

    return plan


def median(asked: Asked) -> Plan:
    """`column.median`, the mean of the middle two for an even count."""
    _needs(asked, NUMERIC | _TIMES, "a median needs numbers or times")
    return _quantiles(asked, [0.5], "linear", lambda values: comparable(values[0]))


def quantiles(asked: Asked) -> Plan:
    """`column.quantile_values`, interpolated as numpy does; `nearest` unless said otherwise."""
    how = asked.values.get("allow_relative_error") or "nearest"
    allowed = ("linear", "lower", "higher", "midpoint", "nearest")
    if how not in allowed:
        raise ValueError(
            "If specified for pandas, allow_relative_error must be one an allowed value for the 'interpolation'"
            f"parameter of .quantile() (one of {allowed})"
        )
    _needs(asked, NUMERIC | _TIMES, "quantiles need numbers or times")
    return _quantiles(asked, list(asked.values["quantiles"]), how, lambda values: [comparable(v) for v in values])


def _quantiles(asked: Asked, wanted: list[float], how: str, post: Callable[[list[Any]], Any]) -> Plan:
    kind = asked.columns.family(asked.column)
    if kind is Family.NOTHING:
        return Scalar(pl.lit(None), lambda _: post([None] * len(wanted)))
    value = asked.columns.plain(asked.column)
    if kind in (Family.DECIMAL, Family.BOOLEAN):
        value = value.cast(pl.Float64)
    mark = f"__gx_order:{asked.column}"
    present = Flags(("present", asked.column), ~asked.columns.missing(asked.column))
    whole = Whole(mark, {mark: value}, present, lambda kept: kept)

    def read(frame: pl.DataFrame) -> Any:
        last = frame.height - 1
        if last < 0:
            return post([None] * len(wanted))
        at = [last * float(q) for q in wanted]
        ordered = frame.get_column(mark).sort()
        values = [ordered[i] for p in at for i in (math.floor(p), math.ceil(p))]
        return post([_between(low, high, p, how) for low, high, p in zip(values[::2], values[1::2], at, strict=True)])

    return Fold(whole, (), read)


def _between(low: Any, high: Any, position: float, how: str) -> Any:
    """The quantile at a fractional position between two neighbours, as numpy interpolates."""
    part = position - math.floor(position)
    if low is None or part == 0 or low == high:
        return low
    if how == "nearest":
        even = math.floor(position) % 2 == 0
        return low if part < 0.5 or (part == 0.5 and even) else high
    if how == "midpoint":
        part = 0.5
    if how in ("lower", "higher"):
        return low if how == "lower" else high
    gap = high - low
    return low + gap * part if part < 0.5 else high - gap * (1 - part)


def present_count(asked: Asked) -> Plan:
    """`column.non_null_count`."""
    return Scalar((~asked.columns.missing(asked.column)).sum(), lambda v: int(v or 0))


def length(which: str) -> Callable[[Asked], Plan]:
    """`column_values.length.min` or `.max`, in characters."""

    def plan(asked: Asked) -> Plan:
        size = as_text(asked.columns, asked.column).str.len_chars()
        return Scalar(size.min() if which == "min" else size.max())

    return plan


def _groups(asked: Asked, then: Callable[[pl.LazyFrame], pl.LazyFrame], post: Callable[[pl.DataFrame], Any]) -> Plan:
    asked.columns.flat(asked.column)
    make = group_counts(asked.columns, asked.column)
    return Table(lambda frame: then(make(frame)), post)


def distinct(asked: Asked) -> Plan:
    """`column.distinct_values`, without missing ones."""
    return _groups(asked, lambda g: g.select("value"), lambda d: set(d.get_column("value").to_list()))


def distinct_count(asked: Asked) -> Plan:
    """`column.distinct_values.count`."""
    return _groups(asked, lambda g: g.select(pl.len()), lambda d: int(d.item()))


def distinct_below(asked: Asked) -> Plan:
    """`column.distinct_values.count.under_threshold`."""
    limit = asked.values.get("threshold")
    return _groups(asked, lambda g: g.select(pl.len()), lambda d: limit is not None and int(d.item()) < limit)


def _outside(asked: Asked) -> tuple[pl.Series, Callable[[pl.LazyFrame], pl.LazyFrame]]:
    given = list(asked.values.get("value_set") or [])
    if asked.columns.flat(asked.column) is Family.OBJECT:
        return pl.Series([], dtype=pl.Null), lambda g: g.filter(~among(pl.col("value"), given))
    wanted = members(asked.columns, asked.column, given)
    value = pl.col("value").cast(pl.String) if wanted.dtype == pl.String else pl.col("value")
    return wanted, lambda g: g.filter(~value.is_in(pl.lit(wanted).implode()))


def _order(asked: Asked) -> list[pl.Expr]:
    """What groups are sorted by; values of mixed types by their kind."""
    value = pl.col("value")
    return [keys(value)] if asked.columns.family(asked.column) is Family.OBJECT else [value]


def not_in_set_count(asked: Asked) -> Plan:
    """`column.distinct_values.not_in_set.count`."""
    _, outside = _outside(asked)
    return _groups(asked, lambda g: outside(g).select(pl.len()), lambda d: int(d.item()))


def not_in_set(asked: Asked) -> Plan:
    """`column.distinct_values.not_in_set`, the least ones first."""
    _, outside = _outside(asked)
    limit = asked.values.get("limit") or MAX_DISTINCT
    return _groups(
        asked,
        lambda g: outside(g).select("value").sort(_order(asked)).head(limit),
        lambda d: d.get_column("value").to_list(),
    )


def _absent(asked: Asked, post: Callable[[list[Any]], Any]) -> Plan:
    """Values of the set that do not occur: those that the column cannot hold, and those it does not."""
    given = list(dict.fromkeys(asked.values.get("value_set") or []))

    def read(frame: pl.DataFrame) -> Any:
        have = frame.get_column("value")
        texts = have.cast(pl.String) if have.dtype.base_type() in (pl.Categorical, pl.Enum) else have
        found = set(texts.to_list())
        return post([v for v in given if not _held(asked, v, found)])

    if asked.columns.flat(asked.column) is Family.OBJECT:
        return _groups(asked, lambda g: g.filter(among(pl.col("value"), given)).select("value"), read)
    wanted = members(asked.columns, asked.column, given)
    value = pl.col("value").cast(pl.String) if wanted.dtype == pl.String else pl.col("value")
    return _groups(asked, lambda g: g.filter(value.is_in(pl.lit(wanted).implode())).select("value"), read)


def _held(asked: Asked, value: Any, found: set[Any]) -> bool:
    if asked.columns.family(asked.column) is Family.OBJECT:
        return value in found
    return any(v in found for v in members(asked.columns, asked.column, [value]).to_list())


def missing_from_column(asked: Asked) -> Plan:
    """`column.distinct_values.missing_from_column`."""
    limit = asked.values.get("limit") or MAX_DISTINCT
    return _absent(asked, lambda absent: absent[:limit])


def missing_from_column_count(asked: Asked) -> Plan:
    """`column.distinct_values.missing_from_column.count`."""
    return _absent(asked, len)


def most_common(asked: Asked) -> Plan:
    """`column.most_common_value`: all values with the highest count."""
    return _groups(
        asked,
        lambda g: g.filter(pl.col("len") == pl.col("len").max()).select("value").sort(_order(asked)),
        lambda d: d.get_column("value").to_list(),
    )


def value_counts(asked: Asked) -> Plan:
    """`column.value_counts` as a pandas series, the form that expectations read."""
    order = asked.values.get("sort") or "value"
    if order not in ("value", "count", "none"):
        raise ValueError("sort must be either 'value', 'count', or 'none'")
    if asked.values.get("collate") is not None:
        raise ValueError("collate parameter is not supported in PandasDataset")

    def post(frame: pl.DataFrame) -> Any:
        return to_pandas(frame.rename({"len": "count"})).set_index("value")["count"]

    by = [pl.col("len"), *_order(asked)] if order == "count" else _order(asked)
    down = [order == "count", *[False] * (len(by) - 1)]
    return _groups(asked, lambda g: g.sort(by, descending=down), post)


def histogram(asked: Asked) -> Plan:
    """`column.histogram`: counts in bins that include their left edge, the last one both."""
    bins = list(asked.values["bins"])
    columns, name = asked.columns, asked.column

    def below(edge: Any, *, strict: bool) -> pl.Expr:
        return (side(columns, name, edge, lower=False, strict=strict) & ~columns.missing(name)).sum()

    edges = [below(edge, strict=True) for edge in bins[:-1]] + [below(bins[-1], strict=False)]
    return Table(
        lambda frame: frame.select([e.alias(str(i)) for i, e in enumerate(edges)]),
        lambda d: [int(b or 0) - int(a or 0) for a, b in zip(d.row(0), d.row(0)[1:], strict=False)],
    )


def between_count(asked: Asked) -> Plan:
    """`column_values.between.count`."""
    low, high = asked.values.get("min_value"), asked.values.get("max_value")
    if low is None and high is None:
        raise ValueError("min_value and max_value cannot both be None")
    if low is not None and high is not None and low > high:
        raise ValueError("min_value cannot be greater than max_value")
    columns, name = asked.columns, asked.column
    parts = [~columns.missing(name)]
    if low is not None:
        parts.append(side(columns, name, low, lower=True, strict=bool(asked.values.get("strict_min"))))
    if high is not None:
        parts.append(side(columns, name, high, lower=False, strict=bool(asked.values.get("strict_max"))))
    return Scalar(pl.all_horizontal(parts).sum(), lambda v: int(v or 0))


def head(asked: Asked) -> Plan:
    """`table.head` as a pandas frame."""
    columns = tuple(asked.columns.schema)
    limit = None if asked.values.get("fetch_all") else int(asked.values.get("n_rows") or 5)
    whole = Picked("table.head", lambda frame, _: Chosen(frame))
    return Sample(("table.head", limit), whole, columns, limit, lambda d: to_pandas(d.select(columns)))


def column_types(asked: Asked) -> list[dict[str, Any]]:
    """`table.column_types`, as pandas types (`int64`, `datetime64[us]`), which is what type expectations compare."""
    return [{"name": n, "type": pandas_dtype(t)} for n, t in asked.columns.schema.items()]


AGGREGATES: dict[str, Callable[[Asked], Plan]] = {
    "column.mean": mean,
    "column.standard_deviation": deviation,
    "column.sum": total,
    "column.min": extreme("min"),
    "column.max": extreme("max"),
    "column.median": median,
    "column.quantile_values": quantiles,
    "column.non_null_count": present_count,
    "column.distinct_values": distinct,
    "column.distinct_values.count": distinct_count,
    "column.distinct_values.count.under_threshold": distinct_below,
    "column.distinct_values.not_in_set": not_in_set,
    "column.distinct_values.not_in_set.count": not_in_set_count,
    "column.distinct_values.missing_from_column": missing_from_column,
    "column.distinct_values.missing_from_column.count": missing_from_column_count,
    "column.most_common_value": most_common,
    "column.value_counts": value_counts,
    "column.histogram": histogram,
    "column_values.between.count": between_count,
    "column_values.length.min": length("min"),
    "column_values.length.max": length("max"),
    "table.head": head,
}
"""Plan by the name of its metric in Great Expectations."""


def register_aggregates(engine: type[PolarsExecutionEngine]) -> None:
    """Register every aggregate and table metric."""
    for name, plan in AGGREGATES.items():
        register(engine, name, plan)
    register(engine, "table.row_count", lambda _: Scalar(pl.len(), int))
    register_known(engine, "table.columns", lambda asked: list(asked.columns.schema))
    register_known(engine, "table.column_count", lambda asked: len(asked.columns.schema))
    register_known(engine, "table.column_types", column_types)
