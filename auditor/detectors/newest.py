"""The day of the newest record, from the column that says when a row was made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.model import Role, Split
from auditor.scan.days import READABLE, day_in
from auditor.scan.request import Study

if TYPE_CHECKING:
    import polars as pl

    from auditor.scan.request import Facts, Rows

SECONDS = (1e8, 1e10)
"""Numbers between these are read as seconds since 1970 (1973 to 2286), a thousand or a million times as many as milli- or microseconds."""


@dataclass(frozen=True, slots=True)
class NewestFacts:
    """What the column says."""

    column: str
    """Empty when no column plays the role."""
    newest: dt.date | None
    """None where too few cells read as a day."""
    rows: int
    """Filled cells."""


@dataclass(frozen=True)
class NewestStudy(Study[NewestFacts]):
    """Day of the newest record that is no production sample."""

    def run(self, rows: Rows, facts: Facts) -> NewestFacts:  # noqa: ARG002 - reads no other fact
        """Read the column once."""
        import polars as pl

        column = next(iter(rows.dataset.role(Role.TIME)), None)
        if column is None:
            return NewestFacts("", None, 0)
        splits = tuple(str(s) for s in Split if s is not Split.PRODUCTION)
        frame = rows.lazy(splits)
        day = day_of(frame.collect_schema()[column], column)
        filled = pl.col(column).is_not_null().sum().alias("filled")
        found = frame.select(filled, day.is_not_null().sum().alias("read"), day.max().alias("newest")).collect(engine="streaming").row(0, named=True)
        enough = found["read"] and found["read"] >= READABLE * found["filled"]
        return NewestFacts(column, found["newest"] if enough else None, int(found["filled"]))


def day_of(dtype: pl.DataType, column: str) -> pl.Expr:
    """The cells of a column as days; null where they are none. Numbers are read as seconds, milli- or microseconds since 1970."""
    import polars as pl

    cell = pl.col(column)
    if dtype.is_temporal():
        return cell.cast(pl.Date, strict=False) if dtype.base_type() in (pl.Date, pl.Datetime) else pl.lit(None, dtype=pl.Date)
    if dtype.is_numeric():
        number = cell.cast(pl.Float64, strict=False)
        low, high = SECONDS
        scales = [pl.when(number.is_between(low * factor, high * factor)).then(number / factor) for factor in (1.0, 1e3, 1e6)]
        return pl.from_epoch(pl.coalesce(scales).cast(pl.Int64), time_unit="s").cast(pl.Date)
    if dtype != pl.String:
        return pl.lit(None, dtype=pl.Date)
    return day_in(cell)
