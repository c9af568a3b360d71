"""The day in a cell of text, in the forms that exports write: ISO, numbers by dots, slashes or dashes, and months by their English names.

`03/04/2024` is the third of April to one half of the world and the fourth of March to the other. Which one a column means is told
by a day beyond the twelfth somewhere in it; where there is none, or both ways occur, no cell of it reads as a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

READABLE: Final = 0.9
"""Share of the filled cells that must read as a day."""
_SEEN: Final = 500
"""Cells of a sample that are looked at."""
_LONGEST: Final = 40
"""Characters of a point in time with its zone."""
_YEAR_FIRST: Final = r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[^\d.]|$)"
_DOTS: Final = r"^(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[^\d.]|$)"
_EITHER: Final = r"^(\d{1,2})([-/])(\d{1,2})([-/])(\d{4}|\d{2})(?:\D|$)"
_WEEKDAY: Final = r"^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[., ]+)?"
_MONTH: Final = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?"
_DAY_MONTH: Final = _WEEKDAY + r"(\d{1,2})[ \-/.]+" + _MONTH + r"[ \-/.,]+(\d{4}|\d{2})(?:\D|$)"
_MONTH_DAY: Final = _WEEKDAY + _MONTH + r"[ .\-]+(\d{1,2})(?:,? +|-)(\d{4})(?:\D|$)"
_MONTH_LAST: Final = _WEEKDAY + _MONTH + r" +(\d{1,2}) \d\d:\d\d:\d\d .*?(\d{4})$"
_MONTHS: Final = {m: f"{i:02}" for i, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}


def day_in(text: pl.Expr) -> pl.Expr:
    """The cells of a column of text as days; null where they are none."""
    import polars as pl

    cell = text.str.strip_chars()
    low = pl.when(cell.str.len_chars() <= _LONGEST).then(cell.str.to_lowercase())

    def part(pattern: str, group: int) -> pl.Expr:
        return low.str.extract(pattern, group)

    first, second = part(_EITHER, 1), part(_EITHER, 3)
    above = [(p.cast(pl.Int32, strict=False) > 12).any() for p in (first, second)]
    day_first, month_first = above[0] & ~above[1], above[1] & ~above[0]
    ways = [
        _day(part(_YEAR_FIRST, 1), part(_YEAR_FIRST, 2), part(_YEAR_FIRST, 3)),
        _day(part(_DOTS, 3), part(_DOTS, 2), part(_DOTS, 1)),
        pl.when(day_first).then(_day(part(_EITHER, 5), second, first)),
        pl.when(month_first).then(_day(part(_EITHER, 5), first, second)),
        _day(part(_DAY_MONTH, 3), _month(part(_DAY_MONTH, 2)), part(_DAY_MONTH, 1)),
        _day(part(_MONTH_DAY, 3), _month(part(_MONTH_DAY, 1)), part(_MONTH_DAY, 2)),
        _day(part(_MONTH_LAST, 3), _month(part(_MONTH_LAST, 1)), part(_MONTH_LAST, 2)),
    ]
    # behind a date in this form anything may stand
    iso = pl.when(cell.str.contains(r"^\d{4}-")).then(cell.str.slice(0, 10)).str.to_date("%Y-%m-%d", strict=False)
    return pl.coalesce(iso, *ways)


def are_days(text: pl.Series) -> bool:
    """Whether the cells of a sample are days or points in time."""
    import polars as pl

    cells = text.cast(pl.String).head(_SEEN).drop_nulls()
    cells = cells.filter(cells.str.strip_chars() != "")
    if not len(cells) or not any(c.isdigit() for c in cells[0]):
        return False
    read = cells.to_frame("cell").select((day_in(pl.col("cell")).is_not_null() & (pl.col("cell").str.len_chars() <= _LONGEST)).sum()).item()
    return bool(read >= READABLE * len(cells))


def _month(name: pl.Expr) -> pl.Expr:
    import polars as pl

    return name.replace_strict(_MONTHS, default=None, return_dtype=pl.String)


def _day(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    import polars as pl

    # two digits are of this century up to the seventieth year, as POSIX reads them
    whole = pl.when(year.str.len_chars() == 4).then(year).when(year.cast(pl.Int32, strict=False) < 69).then(pl.lit("20") + year).otherwise(pl.lit("19") + year)
    return pl.concat_str([whole, month.str.zfill(2), day.str.zfill(2)], separator="-").str.to_date("%Y-%m-%d", strict=False)
