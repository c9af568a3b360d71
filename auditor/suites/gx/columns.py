"""What a Polars column can be compared with: missing values, type families, and literals brought to the column's type.

Everything here is exact: an integer column is never compared through floats (they lose integers beyond 2^53), a decimal
never through binary fractions, a datetime never through text.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

import polars as pl
from great_expectations.exceptions import InvalidMetricAccessorDomainKwargsKeyError

MIXED = "Column values, min_value, and max_value must either be None or of the same type."
"""Wording of Great Expectations for a bound of another type than the column."""


class Family(StrEnum):
    """Types that behave alike under the expectations."""

    INTEGER = "integer"
    FLOAT = "float"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    DURATION = "duration"
    NOTHING = "null"
    BINARY = "binary"
    OBJECT = "object"
    NESTED = "nested"


NUMERIC = frozenset({Family.INTEGER, Family.FLOAT, Family.DECIMAL, Family.BOOLEAN})


class TypeMismatchError(TypeError):
    """A comparison that has no meaning between the column's type and the given value."""


class NestedColumnError(TypeError):
    """The column holds lists or structs, which expectations on values cannot judge."""


def family(dtype: pl.DataType) -> Family:
    """Family of a Polars data type."""
    if dtype.is_integer():
        return Family.INTEGER
    if dtype.is_float():
        return Family.FLOAT
    if dtype.is_nested():
        return Family.NESTED
    by_type: dict[Any, Family] = {
        pl.Decimal: Family.DECIMAL,
        pl.Boolean: Family.BOOLEAN,
        pl.String: Family.TEXT,
        pl.Categorical: Family.TEXT,
        pl.Enum: Family.TEXT,
        pl.Date: Family.DATE,
        pl.Datetime: Family.DATETIME,
        pl.Time: Family.TIME,
        pl.Duration: Family.DURATION,
        pl.Null: Family.NOTHING,
        pl.Binary: Family.BINARY,
    }
    return by_type.get(dtype.base_type(), Family.OBJECT)


@dataclass(frozen=True)
class Columns:
    """The columns of a batch, by name."""

    schema: pl.Schema
    rows: int | None = None
    """Rows of the batch, where known."""

    def dtype(self, name: str) -> pl.DataType:
        """Type of a column; raises Great Expectations' own error where there is no such column."""
        if name not in self.schema:
            message = f'Error: The column "{name}" in BatchData does not exist.'
            raise InvalidMetricAccessorDomainKwargsKeyError(message=message)
        return self.schema[name]

    def family(self, name: str) -> Family:
        """Family of a column's type."""
        return family(self.dtype(name))

    def flat(self, name: str) -> Family:
        """Family of a column whose values can be judged; raises `NestedColumnError` for lists, arrays and structs."""
        found = self.family(name)
        if found is Family.NESTED:
            dtype = self.dtype(name)
            raise NestedColumnError(
                f'column "{name}" is nested ({dtype}): expectations on its values are not supported; '
                "unnest or explode it first (null counts and row counts do work)"
            )
        return found

    def missing(self, name: str) -> pl.Expr:
        """True where the value is missing: null, or NaN in a float column, as in pandas."""
        column = pl.col(name)
        if self.family(name) is Family.FLOAT:
            return column.is_null() | column.is_nan().fill_null(value=False)
        return column.is_null()

    def present(self, name: str) -> pl.Expr:
        """The values of a column that are not missing."""
        return pl.col(name).filter(~self.missing(name))

    def plain(self, name: str) -> pl.Expr:
        """The column with categories as text, so that it can be compared with text."""
        column = pl.col(name)
        if self.dtype(name).base_type() in (pl.Categorical, pl.Enum):
            return column.cast(pl.String)
        return column


def parse_moment(value: object) -> dt.datetime | None:
    """A datetime from text or a date, or None where it is neither."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    if isinstance(value, str):
        from dateutil.parser import parse  # type: ignore[import-untyped] # no stubs

        try:
            made = parse(value)
        except (ValueError, OverflowError):
            return None
        return made if isinstance(made, dt.datetime) else None
    return None


def _moment_side(x: pl.Expr, dtype: pl.DataType, moment: dt.datetime, *, lower: bool, strict: bool) -> pl.Expr:
    """Compare datetimes in microseconds, nanoseconds where the column has them. A bound without a zone is local time."""
    zone, unit = getattr(dtype, "time_zone", None), getattr(dtype, "time_unit", "us")
    if zone is None and moment.tzinfo is not None:
        moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
    if unit == "ns" and not 1678 <= moment.year <= 2261:  # what 64 bits of nanoseconds can hold
        return pl.lit((moment.year < 1678) == lower)
    literal = moment_literal(moment, zone).dt.cast_time_unit("ns" if unit == "ns" else "us")
    if unit == "ms":
        x = x.dt.cast_time_unit("us")
    return _side(x, literal, lower=lower, strict=strict)


def moment_literal(moment: dt.datetime, zone: str | None) -> pl.Expr:
    """A datetime in microseconds as a literal of the given zone; without a zone of its own it is local time there."""
    if zone is None:
        return pl.lit(moment.replace(tzinfo=None), dtype=pl.Datetime("us"))
    if moment.tzinfo is None:
        local = pl.lit(moment, dtype=pl.Datetime("us"))
        return local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    utc = pl.lit(moment.astimezone(dt.UTC).replace(tzinfo=None), dtype=pl.Datetime("us"))
    return utc.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)


def to_decimal(value: object) -> Decimal | None:
    """A finite decimal as written (0.1 is one tenth), or None where the value is no number."""
    if isinstance(value, bool | str) or value is None:
        return None
    try:
        made = Decimal(str(value))
    except InvalidOperation:
        return None
    return made if made.is_finite() else None


def duration(value: object) -> dt.timedelta | None:
    """A duration from a timedelta, a number of seconds or text such as `1 days 02:00:00`, or None where it is neither."""
    if isinstance(value, dt.timedelta):
        return value
    if is_number(value):
        return dt.timedelta(seconds=float(str(value)))
    if isinstance(value, str):
        import pandas as pd

        try:
            return pd.Timedelta(value).to_pytimedelta()  # type: ignore[no-any-return]
        except ValueError:
            return None
    return None


def _time(value: object) -> dt.time | None:
    if isinstance(value, dt.time):
        return value
    if isinstance(value, str):
        try:
            return dt.time.fromisoformat(value)
        except ValueError:
            return None
    return None


def is_number(value: object) -> bool:
    """True for a number that is not a truth value."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _side(x: pl.Expr, bound: pl.Expr, *, lower: bool, strict: bool) -> pl.Expr:
    if lower:
        return x > bound if strict else x >= bound
    return x < bound if strict else x <= bound


def _integer_side(x: pl.Expr, dtype: pl.DataType, bound: Any, *, lower: bool, strict: bool) -> pl.Expr:
    """Compare integers with any number without leaving the integers."""
    if isinstance(bound, float) and not math.isfinite(bound):
        return pl.lit(not math.isnan(bound) and (bound < 0) == lower)
    if bound != int(bound):
        whole = math.ceil(bound) if lower else math.floor(bound)
        strict = False
    else:
        whole = int(bound)
    if strict:
        whole += 1 if lower else -1
    low, high = _integer_range(dtype)
    if lower and whole <= low:
        return pl.lit(value=True)
    if not lower and whole >= high:
        return pl.lit(value=True)
    if whole < low or whole > high:
        return pl.lit(value=False)
    return _side(x, pl.lit(whole, dtype=dtype), lower=lower, strict=False)


def _integer_range(dtype: pl.DataType) -> tuple[int, int]:
    bits = int(str(dtype).removeprefix("U").removeprefix("Int"))
    return (0, 2**bits - 1) if dtype.is_unsigned_integer() else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def side(columns: Columns, name: str, bound: Any, *, lower: bool, strict: bool) -> pl.Expr:
    """`column >= bound` (or `>`, `<=`, `<`), with the bound brought to the column's type.

    Raises `TypeMismatchError` where the two cannot be compared, `NestedColumnError` for nested columns.
    """
    columns.flat(name)
    try:
        return side_of(columns.plain(name), columns.dtype(name), bound, lower=lower, strict=strict)
    except TypeMismatchError as error:
        raise TypeMismatchError(f'{error} (column "{name}")') from error


def side_of(x: pl.Expr, dtype: pl.DataType, bound: Any, *, lower: bool, strict: bool) -> pl.Expr:
    """As `side`, for an expression of a known type that is not nested; categories already as text."""
    kind = family(dtype)
    literal: pl.Expr | None = None
    if kind is Family.BOOLEAN and isinstance(bound, int | float):
        return _side(x.cast(pl.Int8), pl.lit(bound), lower=lower, strict=strict)
    if kind is Family.INTEGER and isinstance(bound, int | float | Decimal):
        return _integer_side(x, dtype, bound, lower=lower, strict=strict)
    if kind is Family.FLOAT and isinstance(bound, int | float | Decimal):
        literal = pl.lit(float(bound), dtype=dtype)
    elif kind is Family.DECIMAL and (number := to_decimal(bound)) is not None:
        exponent = number.as_tuple().exponent
        scale = max(getattr(dtype, "scale", 0) or 0, -exponent if isinstance(exponent, int) else 0)
        x, literal = x.cast(pl.Decimal(38, scale)), pl.lit(number, dtype=pl.Decimal(38, scale))
    elif kind is Family.TEXT and isinstance(bound, str):
        literal = pl.lit(bound)
    elif kind in (Family.DATE, Family.DATETIME) and (moment := parse_moment(bound)) is not None:
        if kind is Family.DATE:
            x, dtype = x.cast(pl.Datetime("us")), pl.Datetime("us")
        return _moment_side(x, dtype, moment, lower=lower, strict=strict)
    elif kind is Family.TIME and (clock := _time(bound)) is not None:
        literal = pl.lit(clock)
    elif kind is Family.DURATION and (span := duration(bound)) is not None:
        literal = pl.lit(span)
    elif kind is Family.NOTHING:
        return pl.lit(value=True)
    if literal is None:
        raise TypeMismatchError(f"{MIXED} The column is {dtype}, the bound is {type(bound).__name__}.")
    return _side(x, literal, lower=lower, strict=strict)


def members(columns: Columns, name: str, values: list[Any]) -> pl.Series:
    """The values that the column can hold, in its type; the others cannot occur and are left out."""
    kind, dtype = columns.flat(name), columns.dtype(name)
    kept = [made for v in values if v is not None and (made := _member(kind, dtype, v)) is not None]
    if kind is Family.TEXT:
        return pl.Series(kept, dtype=pl.String)
    if kind is Family.DATE:
        return pl.Series(kept, dtype=pl.Date)
    if kind is Family.DATETIME:
        return _moments(kept, dtype)
    if kind is Family.DECIMAL:
        return pl.Series(kept, dtype=dtype)
    if kind is Family.NOTHING:
        return pl.Series([], dtype=pl.Null)
    return pl.Series(kept, dtype=dtype)


def _moments(values: list[dt.datetime], dtype: pl.DataType) -> pl.Series:
    """Datetimes in the type of a column; those without a zone are local time there."""
    import zoneinfo

    zone = getattr(dtype, "time_zone", None)
    if zone is not None:
        values = [m if m.tzinfo else m.replace(tzinfo=zoneinfo.ZoneInfo(zone)) for m in values]
    naive = [m.astimezone(dt.UTC).replace(tzinfo=None) if m.tzinfo else m for m in values]
    made = pl.Series(naive, dtype=pl.Datetime("us")).cast(pl.Datetime(getattr(dtype, "time_unit", "us")))
    return made.dt.replace_time_zone("UTC").dt.convert_time_zone(zone) if zone else made


def _member(kind: Family, dtype: pl.DataType, value: Any) -> Any:
    if kind is Family.OBJECT:
        return value
    if kind is Family.TEXT:
        return value if isinstance(value, str) else None
    if kind is Family.BOOLEAN:
        return bool(value) if isinstance(value, int | float) and value in (0, 1) else None
    if kind is Family.INTEGER:
        if not isinstance(value, int | float | Decimal) or not math.isfinite(value) or value != int(value):
            return None
        low, high = _integer_range(dtype)
        return int(value) if low <= value <= high else None
    if kind is Family.FLOAT:
        if not isinstance(value, int | float | Decimal):
            return None
        try:
            return float(value)
        except OverflowError:
            return None
    if kind is Family.DECIMAL:
        return _fitting(to_decimal(value), dtype)
    if kind is Family.DATE:
        moment = parse_moment(value)
        return moment.date() if moment is not None and moment.time() == dt.time() else None
    if kind is Family.DATETIME:
        return parse_moment(value)
    if kind is Family.TIME:
        return _time(value)
    if kind is Family.DURATION:
        return duration(value)
    if kind is Family.BINARY:
        return value if isinstance(value, bytes) else None
    return None


def _fitting(value: Decimal | None, dtype: pl.DataType) -> Decimal | None:
    """The decimal, where the column's scale can hold it without rounding."""
    if value is None:
        return None
    scale = getattr(dtype, "scale", 0) or 0
    shifted = value.scaleb(scale)
    return value if shifted == shifted.to_integral_value() else None
