"""Numbers and days that stand for a missing one: -999, 9999, 99 beside 0 to 10, 1 January 1900.

Which numbers are taken for such is fixed; that one is, is told by the others, from which it stands apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from auditor.scan.request import ColumnMeasure

if TYPE_CHECKING:
    from auditor.scan.chunk import Chunk

NUMBERS: Final = (*(sign * (10**n - 1) for n in range(2, 10) for sign in (1, -1)), -1, -9, -7777, -8888, 7777, 8888, -2147483648, 2147483647)
"""All nines of two to nine figures, the codes of surveys and databases, and the ends of a 32-bit integer."""
DAYS: Final = ("0001-01-01", "1582-10-15", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01", "2099-12-31", "2999-12-31", "9999-01-01", "9999-12-31")
"""First and last days of databases, spreadsheets and operating systems."""
_ISO: Final = 10
"""Characters of a day in ISO form."""
LEAST: Final = 10
"""Cells with a number or day from which it may be a sentinel; one alone may be a wrong value (our choice)."""
LEAST_SHARE: Final = 0.001
LEAST_OTHERS: Final = 20
"""Other cells from which it can be told (our choice)."""
_WIDE: Final = 20
"""Largest other value from which a -1 below them is none of them (our choice): -1 beside 0 and 1 is a value."""


@dataclass(frozen=True, slots=True)
class SentinelState:
    """What of a column may stand for missing, and the extremes of the rest."""

    rows: Mapping[float, int] = field(default_factory=dict)
    """Rows of each of `NUMBERS` that occurs."""
    n: int = 0
    """Finite values in all."""
    low: float | None = None
    """Extremes of the other values, None where there is none."""
    high: float | None = None
    whole: bool = True
    """Whether none of the other values has a fraction."""


@dataclass(frozen=True)
class Sentinels(ColumnMeasure[SentinelState]):
    """Sentinel numbers of a numeric column."""

    def of(self, chunk: Chunk) -> SentinelState:
        """Of one chunk."""
        import numpy as np

        x = chunk.finite(self.column)[0]
        if not len(x):
            return SentinelState()
        lowest, highest = float(x.min()), float(x.max())
        found = np.isin(x, [v for v in NUMBERS if lowest <= v <= highest])
        values, rows = np.unique(x[found], return_counts=True)
        rest = x[~found]
        counts = dict(zip(values.tolist(), rows.tolist(), strict=True))
        if not len(rest):
            return SentinelState(counts, len(x))
        return SentinelState(counts, len(x), float(rest.min()), float(rest.max()), bool((rest == np.floor(rest)).all()))

    def merge(self, a: SentinelState, b: SentinelState) -> SentinelState:
        """Sums and extremes."""
        rows = {v: a.rows.get(v, 0) + b.rows.get(v, 0) for v in sorted({*a.rows, *b.rows})}
        low = [x for x in (a.low, b.low) if x is not None]
        high = [x for x in (a.high, b.high) if x is not None]
        return SentinelState(rows, a.n + b.n, min(low, default=None), max(high, default=None), a.whole and b.whole)


def standing_apart(state: SentinelState) -> dict[float, int]:
    """Numbers that stand for a missing one, with their rows.

    Apart from the others by more than these are from one another and from zero (99 beside 92 and 95 is a year); or negative, all nines, where no other is negative. The others are
    what remains without numbers that stand apart: those nearest to zero are asked first, for 999 stands apart from no 9999.
    """
    if state.low is None or state.high is None:
        return {}
    low, high, found = state.low, state.high, {}
    others = state.n - sum(state.rows.values())
    for value, rows in sorted(state.rows.items(), key=lambda v: abs(v[0])):
        apart = value - high if value > high else low - value
        negative = value < 0 <= low and (value <= -9 or (state.whole and high >= _WIDE))
        if others >= LEAST_OTHERS and high > low and (apart > max(high - low, abs(high), abs(low)) or negative):
            if rows >= max(LEAST, LEAST_SHARE * state.n):
                found[value] = rows
        else:
            low, high, others = min(low, value), max(high, value), others + rows
    return found


@dataclass(frozen=True, slots=True)
class DayState:
    """First and last days among the days of a column, and the extremes of the others (ISO)."""

    rows: Mapping[str, int] = field(default_factory=dict)
    n: int = 0
    low: str | None = None
    high: str | None = None


@dataclass(frozen=True)
class SentinelDays(ColumnMeasure[DayState]):
    """Days of `DAYS` in a column of points in time, or of text that begins with a day in ISO form."""

    by_value = True

    def of(self, chunk: Chunk) -> DayState:
        """Of one chunk."""
        import numpy as np
        import polars as pl

        cells, each = chunk.cells(self.column)
        rows = np.ones(len(cells), np.int64) if each is None else each
        if cells.dtype == pl.String:
            text = chunk.text(self.column)
            known = np.flatnonzero(text.bytes >= _ISO)
            for place in (4, 7):
                known = known[text.flat.take(text.starts[known] + place) == ord("-")]
            days, rows = text.cells.values.gather(known).str.slice(0, _ISO).str.to_date("%Y-%m-%d", strict=False), rows[known]
        elif cells.dtype in (pl.Date, pl.Datetime):
            days = cells.cast(pl.Date)
        else:
            return DayState()
        there = days.is_not_null().to_numpy()
        number, rows = days.drop_nulls().to_physical().to_numpy(), rows[there]
        if not len(number):
            return DayState()
        found = {day: int(rows[number == at].sum()) for day, at in _epoch_days().items()}
        rest = number[~np.isin(number, list(_epoch_days().values()))]
        ends = [str(np.datetime64(int(v), "D")) for v in (rest.min(), rest.max())] if len(rest) else [None, None]
        return DayState({day: n for day, n in found.items() if n}, int(rows.sum()), *ends)

    def merge(self, a: DayState, b: DayState) -> DayState:
        """Sums and extremes."""
        rows = {v: a.rows.get(v, 0) + b.rows.get(v, 0) for v in sorted({*a.rows, *b.rows})}
        low = [x for x in (a.low, b.low) if x is not None]
        high = [x for x in (a.high, b.high) if x is not None]
        return DayState(rows, a.n + b.n, min(low, default=None), max(high, default=None))


@cache
def _epoch_days() -> Mapping[str, int]:
    """`DAYS` as days since 1970."""
    import datetime as dt

    return {day: (dt.date.fromisoformat(day) - dt.date(1970, 1, 1)).days for day in DAYS}


def days_apart(state: DayState) -> dict[str, int]:
    """Days that stand for a missing one: outside the others by more years than these span, and five at least."""
    if state.low is None or state.high is None or state.n - sum(state.rows.values()) < LEAST_OTHERS:
        return {}
    low, high = int(state.low[:4]), int(state.high[:4])
    needed = max(_YEARS, high - low)
    return {
        day: rows
        for day, rows in state.rows.items()
        if rows >= max(LEAST, LEAST_SHARE * state.n) and (int(day[:4]) < low - needed or int(day[:4]) > high + needed)
    }


_YEARS: Final = 5
"""Years between a sentinel and the nearest other day (our choice)."""
