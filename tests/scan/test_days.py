"""Days in text, in the forms that exports write them."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from auditor.scan.days import are_days, day_in

NEW_YEARS_EVE = dt.date(2023, 12, 31)


def days(cells: list[str]) -> list[dt.date | None]:
    return pl.LazyFrame({"cell": cells}).select(day_in(pl.col("cell"))).collect(engine="streaming")["cell"].to_list()


@pytest.mark.parametrize(
    "cell",
    [
        "2023-12-31", " 2023-12-31 ", "2023-12-31T23:59:59.000Z", "2023/12/31 10:00", "31.12.2023", "31.12.2023 10:00:00", "12/31/2023", "12/31/2023 03:04 PM", "31/12/2023", "31-12-23",
        "31/Dec/23 3:04 PM", "31 December 2023", "31-DEC-2023 10:00", "Dec 31, 2023", "December 31 2023", "Sun, 31 Dec 2023 10:00:00 GMT", "Sun Dec 31 20:19:24 +0000 2023",
    ],
)  # fmt: skip
def test_a_day_is_read_in_the_forms_of_exports(cell: str) -> None:
    assert days([cell]) == [NEW_YEARS_EVE]
    assert are_days(pl.Series([cell, cell]))


@pytest.mark.parametrize("cell", ["", " ", "31", "20231231", "v1.2.2023", "1.2.2023.4", "99.99.2023", "2023-13-40", "dec", "5 min", "in December 2023", "12 marchers 2023", "0123-456789"])
def test_what_is_no_day_is_none(cell: str) -> None:
    assert days([cell]) == [None]
    assert not are_days(pl.Series([cell, cell]))


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["03/04/2024", "13/04/2024"], [dt.date(2024, 4, 3), dt.date(2024, 4, 13)]),
        (["03/04/2024", "04/13/2024"], [dt.date(2024, 3, 4), dt.date(2024, 4, 13)]),
        (["03/04/2024", "04/03/2024"], [None, None]),
        (["13/04/2024", "04/13/2024"], [None, None]),
        (["03/04/69", "13/04/68"], [dt.date(1969, 4, 3), dt.date(2068, 4, 13)]),
    ],
)
def test_which_number_is_the_month_is_told_by_the_column_or_not_at_all(cells: list[str], read: list[dt.date | None]) -> None:
    assert days(cells) == read


def test_a_sentence_that_begins_with_a_day_is_no_column_of_days() -> None:
    assert not are_days(pl.Series(["2024-01-31 the customer called again and asked for the manager"] * 5))
