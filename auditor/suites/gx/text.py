"""Values as text, and conditions that only Python can judge, as Polars expressions."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Hashable
from typing import Any

import polars as pl

from auditor.suites.gx.columns import Columns, Family, TypeMismatchError
from auditor.suites.gx.patterns import to_rust


def judged(expr: pl.Expr, judge: Callable[[Any], Any], dtype: pl.DataType | type[pl.DataType] = pl.Boolean) -> pl.Expr:
    """`judge` of each value that is not null, by Python; each distinct value of a batch is judged once."""

    def run(series: pl.Series) -> pl.Series:
        known: dict[Hashable, Any] = {}
        out: list[Any] = []
        for value in series.to_list():
            if value is None:
                out.append(None)
            elif not isinstance(value, str):  # 1, 1.0 and True are one key but three texts
                out.append(judge(value))
            else:
                if value not in known:
                    known[value] = judge(value)
                out.append(known[value])
        return pl.Series(series.name, out, dtype=dtype)

    return expr.map_batches(run, return_dtype=dtype, is_elementwise=True)


def key_of(value: Any) -> str:
    """Text that is equal for values that are equal in Python (1, 1.0 and True), for columns of mixed types."""
    if isinstance(value, str):
        return f"text:{value}"
    try:
        return f"hash:{hash(value)}"
    except TypeError:
        return f"repr:{value!r}"


def as_text(columns: Columns, name: str) -> pl.Expr:
    """The values as `str(value)` in Python, which is what lengths and patterns are judged on; null where missing."""
    kind = columns.flat(name)
    column = columns.plain(name)
    if kind in (Family.TEXT, Family.NOTHING):
        return column.cast(pl.String)
    if kind in (Family.INTEGER, Family.DECIMAL):
        return column.cast(pl.String)
    if kind is Family.BOOLEAN:
        return pl.when(column).then(pl.lit("True")).when(~column).then(pl.lit("False"))
    if kind is Family.BINARY:
        raise TypeMismatchError(f'column "{name}" is Binary, which has no text')
    return judged(column, str, pl.String)


def search(columns: Columns, name: str, pattern: str) -> pl.Expr:
    """True where `re.search(pattern, str(value))` finds something. Raises `ValueError` for a pattern that is none."""
    text = as_text(columns, name)
    try:
        rust = to_rust(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression ({error})") from error
    if rust is not None:
        return text.str.contains(rust)
    compiled = re.compile(pattern)
    return judged(text, lambda value: compiled.search(value) is not None)


def is_json(value: Any) -> bool:
    """True for text that is a JSON document."""
    try:
        json.loads(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def schema_judge(schema: Any) -> Callable[[Any], bool]:
    """A judge of JSON text against a JSON schema; text that is no JSON does not match. Raises for a bad schema."""
    import jsonschema
    from jsonschema import validators

    kind = validators.validator_for(schema)
    kind.check_schema(schema)
    validator = kind(schema)

    def judge(value: Any) -> bool:
        try:
            return bool(validator.is_valid(json.loads(value)))
        except (TypeError, ValueError, RecursionError, jsonschema.ValidationError):
            return False

    return judge


def strftime_judge(pattern: str) -> Callable[[Any], bool]:
    """A judge of text against a `strptime` format. Raises `ValueError` for a format that is none."""
    probe = dt.datetime(2001, 2, 3, 4, 5, 6, tzinfo=dt.UTC).strftime(pattern)
    dt.datetime.strptime(probe, pattern)  # noqa: DTZ007 - only the format is tried

    def judge(value: Any) -> bool:
        try:
            dt.datetime.strptime(value, pattern)  # noqa: DTZ007 - a zone is the format's business
        except ValueError:
            return False
        return True

    return judge


def is_date_text(value: Any) -> bool:
    """True for text that `dateutil` reads as a date."""
    from dateutil.parser import parse  # type: ignore[import-untyped] # no stubs

    try:
        parse(value)
    except (ValueError, OverflowError):
        return False
    return True
