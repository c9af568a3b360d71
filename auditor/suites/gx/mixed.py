"""Columns of mixed Python types (Polars' Object): judged value by value, by Python, as pandas does for its objects."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import polars as pl

from auditor.suites.gx.text import judged, key_of

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def compared(x: pl.Expr, symbol: str, bound: Any) -> pl.Expr:
    """`x symbol bound`; null where the two do not compare (text with a number)."""
    compare = _OPERATORS[symbol]

    def judge(value: Any) -> bool | None:
        if symbol not in ("==", "!=") and isinstance(value, str) != isinstance(bound, str):
            return None
        try:
            return bool(compare(value, bound))
        except TypeError:
            return None

    return judged(x, judge)


def among(x: pl.Expr, values: list[Any]) -> pl.Expr:
    """True where the value equals one of `values`."""
    keys = {key_of(v) for v in values if v is not None}
    return judged(x, lambda value: key_of(value) in keys)


def keys(x: pl.Expr) -> pl.Expr:
    """Text that is equal for equal values."""
    return judged(x, key_of, pl.String)


def instances(x: pl.Expr, types: tuple[type, ...]) -> pl.Expr:
    """True where the value is an instance of one of `types`."""
    return judged(x, lambda value: isinstance(value, types))
