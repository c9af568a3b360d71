"""Native metrics of map expectations: what every condition yields, once the condition is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
from great_expectations.exceptions import InvalidMetricAccessorDomainKwargsKeyError

from auditor.suites.gx.columns import TypeMismatchError
from auditor.suites.gx.frames import to_pandas
from auditor.suites.gx.keep import ROW_INDEX
from auditor.suites.gx.plans import Count, Flags, Fold, Pick, Picked, Rows, Sample, Scalar, Table, Tally, Whole
from auditor.suites.gx.register import Asked, core_metric_names, register

if TYPE_CHECKING:
    from auditor.suites.gx.engine import PolarsExecutionEngine

MAX_VALUES = 200
"""Most unexpected values that Great Expectations keeps (its `MAX_RESULT_RECORDS`)."""


@dataclass(frozen=True)
class Together:
    """A condition on all rows together; the parts of a `Whole`, with `where` as an expression."""

    marks: Mapping[str, pl.Expr]
    where: pl.Expr | None
    pick: Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class Condition:
    """Rows that do not meet an expectation.

    Either `unexpected`, an expression about one row (null counts as met); or, for conditions that depend on other rows,
    `whole`, which judges what is kept of all rows, or `rows`, which picks them by a frame of its own, with `count`, a cheaper
    way to count them if there is one.
    """

    unexpected: pl.Expr | None = None
    whole: Together | None = None
    rows: Pick | None = None
    count: Rows | None = None
    unfit: pl.Expr | None = None
    """Rows that cannot be judged, if only some cannot."""
    error: Exception | None = None
    """Raised if there is any row that cannot be judged: by `unfit`, or else any value at all."""


Judge = Callable[[Asked], Condition]


def _flags(base: str, asked: Asked, condition: Condition) -> Flags | Whole | Picked:
    """How to get the unexpected rows of a domain."""
    key, keep = (base, asked.identity), asked.keep
    if condition.whole is not None:
        where = [e for e in (condition.whole.where, keep) if e is not None]
        return Whole(key, condition.whole.marks, Flags(("where", key), pl.all_horizontal(where)) if where else None, condition.whole.pick)
    if condition.rows is not None:
        rows = condition.rows
        return Picked(key, rows if keep is None else (lambda frame, columns: rows(frame.filter(keep), columns)))
    unexpected = condition.unexpected if condition.unexpected is not None else pl.lit(value=False)
    return Flags(key, unexpected if asked.keep is None else unexpected & asked.keep)


def _count(base: str, asked: Asked, condition: Condition) -> Count | Table | Tally | Fold:
    picked = _flags(base, asked, condition)
    if isinstance(picked, Flags):
        unfit = condition.unfit
        if unfit is None and condition.error is not None:
            unfit = ~pl.all_horizontal([asked.columns.missing(c) for c in _value_columns(asked)])
        return Count(picked, None if unfit is None else Flags(("unfit", picked.key), unfit), condition.error)
    if isinstance(picked, Whole):
        return Fold(picked, (), lambda d: d.height)
    counted, keep = condition.count, asked.keep
    if counted is None:
        return Tally(picked)
    return Table(counted if keep is None else (lambda frame: counted(frame.filter(keep))), lambda d: int(d.item() or 0))


def _value_columns(asked: Asked) -> list[str]:
    return [asked.column] if asked.domain.get("column") else asked.column_list


def _limit(asked: Asked, *, cap: int | None) -> int | None:
    given = asked.result_format
    if given.get("result_format") == "COMPLETE":
        return cap
    asked_for = int(given.get("partial_unexpected_count", 20))
    return asked_for if cap is None else min(asked_for, cap)


def _values_of(asked: Asked) -> Callable[[pl.DataFrame], list[Any]]:
    names = _value_columns(asked)
    if asked.domain.get("column"):
        return lambda d: d.get_column(names[0]).to_list()
    if asked.domain.get("column_A"):
        return lambda d: list(zip(d.get_column(names[0]).to_list(), d.get_column(names[1]).to_list(), strict=True))
    return lambda d: d.select(names).to_dicts()


def _excluded(asked: Asked) -> bool:
    return bool(asked.result_format.get("exclude_unexpected_values", False))


def _index_columns(asked: Asked, hidden: tuple[str, ...]) -> list[str]:
    named = asked.result_format.get("unexpected_index_column_names") or []
    named = [named] if isinstance(named, str) else [str(n) for n in named]
    for name in named:
        if name not in asked.columns.schema and name not in hidden:
            message = (
                f'Error: The unexpected_index_column "{name}" does not exist in Dataframe. '
                "Please check your configuration and try again."
            )
            raise InvalidMetricAccessorDomainKwargsKeyError(message=message)
    return named


def _index_of(asked: Asked, named: list[str]) -> Callable[[pl.DataFrame], list[Any]]:
    if not named:
        return lambda d: d.get_column(ROW_INDEX).to_list()
    if _excluded(asked):
        return lambda d: [{n: d.get_column(n).to_list() for n in named}] if d.height else []
    columns = list(dict.fromkeys([*_value_columns(asked), *named]))
    return lambda d: d.select(columns).to_dicts()


def register_condition(engine: type[PolarsExecutionEngine], base: str, judge: Judge, *, hidden: tuple[str, ...]) -> None:
    """Register every metric that Great Expectations derives from the map condition `base`."""
    names = core_metric_names()

    def judged(asked: Asked) -> Condition:
        for name in _value_columns(asked):
            asked.columns.dtype(name)
        try:
            return judge(asked)
        except TypeMismatchError as error:
            return Condition(error=error)

    def sample(asked: Asked, columns: list[str], cap: int | None, post: Callable[[pl.DataFrame], Any]) -> Sample:
        picked = _flags(base, asked, judged(asked))
        return Sample((base, asked.identity), picked, tuple(columns), _limit(asked, cap=cap), post)

    def values(asked: Asked) -> Scalar | Sample:
        if _excluded(asked):
            return Scalar(pl.lit(0), lambda _: [])
        return sample(asked, _value_columns(asked), MAX_VALUES, _values_of(asked))

    def index_list(asked: Asked) -> Sample:
        named = _index_columns(asked, hidden)
        columns = list(dict.fromkeys([*_value_columns(asked), *named])) if named else [ROW_INDEX]
        return sample(asked, columns, None, _index_of(asked, named))

    def index_query(asked: Asked) -> Scalar | Sample:
        told = asked.result_format.get("return_unexpected_index_query")
        if told is False or (not told and asked.result_format.get("result_format") != "COMPLETE"):
            return Scalar(pl.lit(0), lambda _: None)  # it would not be shown, and it names every row
        picked = _flags(base, asked, judged(asked))
        key = (base, "query", asked.identity)
        return Sample(key, picked, (ROW_INDEX,), None, lambda d: f"df[{d.get_column(ROW_INDEX).to_list()}]")

    def rows(asked: Asked) -> Sample:
        columns = [ROW_INDEX, *asked.columns.schema]
        return sample(asked, columns, MAX_VALUES, lambda d: to_pandas(d.select(columns), index=ROW_INDEX))

    def value_counts(asked: Asked) -> Table | Fold:
        picked, name = _flags(base, asked, judged(asked)), asked.column

        def counted(frame: pl.LazyFrame) -> pl.LazyFrame:
            return frame.group_by(pl.col(name).alias("value")).len("count").sort("value")

        def post(frame: pl.DataFrame) -> Any:
            return to_pandas(frame).set_index("value")["count"]

        if isinstance(picked, Whole):
            return Fold(picked, (name,), lambda d: post(counted(d.lazy()).collect()))
        return Table(lambda frame: counted(frame.filter(picked.expr) if isinstance(picked, Flags) else picked.rows(frame, [name]).frame), post)

    def filtered(asked: Asked) -> Scalar:
        judged(asked)
        return Scalar(pl.len() if asked.keep is None else asked.keep.sum(), lambda v: int(v or 0))

    derived: dict[str, Callable[[Asked], Any]] = {
        "unexpected_count": lambda asked: _count(base, asked, judged(asked)),
        "unexpected_values": values,
        "unexpected_index_list": index_list,
        "unexpected_index_query": index_query,
        "unexpected_rows": rows,
        "unexpected_value_counts": value_counts,
        "filtered_row_count": filtered,
    }
    for suffix, plan in derived.items():
        if f"{base}.{suffix}" in names:
            register(engine, f"{base}.{suffix}", plan)
