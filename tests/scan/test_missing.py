"""Words, numbers and days that stand for a missing value, beside the same ones meant."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from auditor.scan.chunk import Cells, Chunk
from auditor.scan.missing import MissingWords, missing_classes, missing_texts
from auditor.scan.sentinels import DayState, SentinelDays, Sentinels, SentinelState, days_apart, standing_apart

R = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("word", "others", "stands"),
    [
        ("nan", ["yes", "no"], True),
        ("NaN", ["1", "2"], True),
        ("#N/A", ["DE", "FR"], True),
        ("N/A", ["cat", "dog"], True),
        ("NA", ["cat", "dog"], True),
        ("NA", ["EU", "AS", "SA"], False),
        ("NA", ["EU", "APAC", "LATAM"], False),
        ("NA", ["DE", "FR", "US"], False),
        ("NA", ["TA", "Gd", "Ex"], True),
        ("na", ["DE", "FR", "US"], True),
        ("None", ["cat", "dog"], True),
        ("None", ["Mild", "Severe"], False),
        ("none", ["mild", "severe"], False),
        ("none", ["cat", "dog"], False),
        ("unknown", ["cat", "dog"], False),
        ("NULL", ["cat", "dog"], True),
        ("null", ["string", "int"], False),
        ("TODO", ["cat", "dog"], True),
        ("todo", ["done", "in progress"], False),
        ("TODO", ["FIXME", "HACK"], False),
        ("-", ["yes", "no"], True),
        ("-", ["+"], False),
        (".", [",", "!", ";"], False),
        ("?", [".", "!"], False),
        ("?", ["edible", "poisonous"], True),
        (".", ["red", "blue"], True),
        ("", ["red", "blue"], True),
    ],
)
def test_a_class_that_is_a_word_for_nothing(word: str, others: list[str], stands: bool) -> None:
    assert missing_classes(dict.fromkeys([word, *others], 10)) == ({word: 10} if stands else {})
    assert missing_classes(dict.fromkeys([word, *others], 10), meant=(word,)) == {}


@pytest.mark.parametrize(
    ("words", "counted"),
    [
        ({"nan": 1}, {"nan"}),
        ({"-": 2, ".": 1}, {"-", "."}),
        ({"None": 9}, {"None"}),
        ({"None": 9, "none": 4}, set()),
        ({"none": 9}, set()),
        ({"N/A": 9}, {"N/A"}),
        ({"N/A": 4}, set()),
        ({"N/A": 9, "n/a": 9}, set()),
        ({"NULL": 9, "nan": 2}, {"NULL", "nan"}),
    ],
)
def test_a_text_that_is_a_word_for_nothing(words: dict[str, int], counted: set[str]) -> None:
    assert set(missing_texts(words)) == counted


def test_words_are_counted_as_they_are_spelled() -> None:
    cells = pl.Series("x", ["nan", " nan ", "NaN", "nancy", "a nan", "N/A", "", "-", "a longer text that is no word for nothing", None])
    measure = MissingWords("x")
    once = measure.of(Chunk(cells.to_frame()))
    assert dict(once) == {"nan": 2, "NaN": 1, "N/A": 1, "-": 1}
    assert measure.merge(once, measure.of(Chunk(cells.head(0).to_frame()))) == once
    assert dict(measure.of(Chunk.of_cells("x", Cells(pl.Series(["nan", "b"]), np.array([5, 7]))))) == {"nan": 5}


@pytest.mark.parametrize(
    ("others", "value", "times", "stands"),
    [
        (R.integers(0, 11, 400), 99, 20, True),
        (R.integers(0, 11, 400), 99, 9, False),
        (R.integers(0, 95, 400), 99, 20, False),
        (R.choice([92, 95], 400), 99, 200, False),
        (R.normal(120, 30, 400), -999, 20, True),
        (R.normal(10, 8, 400), -99, 20, True),
        (R.normal(0, 300, 400), -999, 20, False),
        (R.gamma(2, 50_000, 400), -999, 20, True),
        (R.integers(18, 80, 400), 999, 20, True),
        (R.integers(0, 30_000, 400), 9999, 20, False),
        (R.integers(0, 40, 400), -1, 20, True),
        (R.integers(0, 2, 400), -1, 200, False),
        (R.integers(-3, 40, 400), -1, 20, False),
        (R.uniform(0, 40, 400), -1, 20, False),
        (R.integers(0, 11, 400), 98, 20, False),
        (np.full(400, 7), 99, 20, False),
    ],
)
def test_a_number_that_stands_apart(others: np.ndarray, value: int, times: int, stands: bool) -> None:
    column = pl.Series("x", np.concatenate([others.astype(float), np.full(times, float(value))]))
    measure = Sentinels("x")
    state = measure.of(Chunk(column.to_frame()))
    assert standing_apart(state) == ({float(value): times} if stands else {})
    halves = [measure.of(Chunk(part.to_frame())) for part in (column.head(300), column.tail(-300))]
    assert standing_apart(measure.merge(*halves)) == standing_apart(state)
    assert measure.merge(state, SentinelState()) == state


def test_two_sentinels_do_not_hide_one_another() -> None:
    column = pl.Series("x", [*R.integers(0, 11, 400).tolist(), *[99] * 20, *[999] * 20])
    assert standing_apart(Sentinels("x").of(Chunk(column.to_frame()))) == {99.0: 20, 999.0: 20}


@pytest.mark.parametrize(
    ("years", "day", "times", "stands"),
    [
        ((2006, 2010), "1900-01-01", 20, True),
        ((2006, 2010), "9999-12-31", 20, True),
        ((2006, 2010), "1900-01-01", 9, False),
        ((1905, 2010), "1900-01-01", 20, False),
        ((1960, 1999), "1970-01-01", 20, False),
        ((2006, 2010), "2003-01-01", 20, False),
    ],
)
def test_a_day_that_stands_apart(years: tuple[int, int], day: str, times: int, stands: bool) -> None:
    cells = [f"{R.integers(years[0], years[1] + 1)}-{R.integers(1, 13):02}-11" for _ in range(300)] + [day] * times
    for column in (pl.Series("x", cells), pl.Series("x", cells).str.to_date(), pl.Series("x", [f"{c} 00:00:00" for c in cells])):
        state = SentinelDays("x").of(Chunk(column.to_frame()))
        assert days_apart(state) == ({day: times} if stands else {})
    assert SentinelDays("x").merge(state, DayState()) == state
