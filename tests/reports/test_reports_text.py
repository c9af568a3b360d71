"""Hostile names become harmless, figures readable."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.reports.text import (
    cells,
    clean,
    figure,
    fit,
    interval,
    name,
    pad,
    percent,
    plural,
    sentence,
    size,
    to_ascii,
)

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name_1.csv", "plain name_1.csv"),
        ("Überfällig – 名前 🙂", "Überfällig – 名前 🙂"),
        ("می‌خواهم", "می‌خواهم"),  # a joiner that Persian spelling needs
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("é", "é"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eready ton", "\\u202eready ton"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("a\u2028b", "a\\u2028b"),
        ("\ufeffbom", "\\ufeffbom"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\U000e0041tag", "\\U000e0041tag"),
        ("\ud800", "\\ud800"),
        ("\ufffe", "\\ufffe"),
        ("\u3164", "\\u3164"),
        ("\u00ad", "\\xad"),
        ("z" + "\u0301" * 4, "z" + "\u0301" * 4),
        ("z" + "\u0301" * 5, "z" + "\u0301" * 4 + "\\u0301"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text(st.characters(), max_size=400), st.integers(5, 200))
def test_clean_is_visible_bounded_and_stable(text: str, limit: int) -> None:
    shown = clean(text, limit)
    assert len(shown) <= limit
    assert not any(unicodedata.category(c) in HIDDEN and c not in "\u200c\u200d" for c in shown)
    assert clean(shown, limit) == shown
    shown.encode()


def test_clean_takes_a_huge_name_without_reading_all_of_it() -> None:
    shown = clean("head" + "\x00" * 10_000_000 + "tail")
    assert shown.startswith("head")
    assert shown.endswith("tail")
    assert len(shown) == 120


@pytest.mark.parametrize(("text", "shown"), [("", "(empty)"), ("  ", "(blank)"), ("a", "a"), ("0", "0")])
def test_name_is_never_invisible(text: str, shown: str) -> None:
    assert name(text) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0"), (1, "1"), (0.86, "0.86"), (0.8649, "0.865"), (12418, "12,418"), (41.23456, "41.2"), (-0.0619, "-0.0619"), (None, "?"), (float("nan"), "?"), (float("inf"), "?"), (1e-9, "1.00e-09"), (1e20, "1.00e+20"), (100.0, "100"), (1234.5, "1,234")],
)  # fmt: skip
def test_figure(number: float | None, shown: str) -> None:
    assert figure(number) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0 %"), (1, "100 %"), (0.062, "6.2 %"), (0.00004, "<0.01 %"), (0.0004, "0.04 %"), (0.9999, ">99.9 %"), (0.999, "99.9 %"), (0.5, "50 %"), (0.123, "12.3 %"), (None, "?"), (float("nan"), "?")],
)  # fmt: skip
def test_percent_keeps_nothing_and_all_for_nothing_and_all(share: float | None, shown: str) -> None:
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("bounds", "shown"),
    [
        ((0.86, 0.81, 0.9), "0.86 (0.81–0.9)"),
        ((0.5, None, 0.9), "0.5"),
        ((None, 0.3, 1), "0.3–1"),
        ((None, None, None), ""),
        ((1, 1, 1), "1"),
    ],
)
def test_interval(bounds: tuple[float | None, float | None, float | None], shown: str) -> None:
    assert interval(*bounds) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 B"), (999, "999 B"), (1400, "1.4 kB"), (1_204_111, "1.2 MB"), (25 * 10**9, "25 GB"), (10**16, "10,000 TB")],
)
def test_size(number: int, shown: str) -> None:
    assert size(number) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("audit convert --to together", "audit convert --to together."),
        ("audit the rows by hand", "Audit the rows by hand."),
        ("nothing is declared", "Nothing is declared."),
        ("unit_price is empty!", "unit_price is empty!"),
        ("USE001 asks", "USE001 asks."),
        ("", ""),
        ("done.", "Done."),
    ],
)
def test_sentence(text: str, shown: str) -> None:
    assert sentence(text) == shown


def test_plural() -> None:
    assert [plural(n, "veto", "vetoes") for n in (0, 1, 2000)] == ["0 vetoes", "1 veto", "2,000 vetoes"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60), st.integers(1, 40), st.booleans())
def test_pad_fills_exactly_and_fit_never_overflows(text: str, width: int, right: bool) -> None:
    assert cells(fit(text, width)) <= width
    assert cells(pad(text, width, right=right)) == width


@given(st.text(st.characters(), max_size=60))
def test_to_ascii(text: str) -> None:
    assert to_ascii(text).isascii()


def test_wide_characters_take_two_cells() -> None:
    assert [cells(t) for t in ("abc", "名前", "e\u0301", "ﾊﾟ")] == [3, 4, 1, 2]
