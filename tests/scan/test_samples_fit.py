"""Samples of rows that fit a size, and texts that stay a column: the same rows and figures however they come."""

from __future__ import annotations

import random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.detectors.hashing import normalised
from auditor.detectors.near_text import cluster_texts
from auditor.detectors.texts import Texts, picked, taken
from auditor.scan.hashes import row_hashes
from auditor.scan.request import FILE, ROW
from auditor.scan.rows import _BYTES, _KEY, _Sample, _size


def keyed(texts: list[str]) -> pl.DataFrame:
    frame = pl.DataFrame({FILE: [0] * len(texts), ROW: range(len(texts)), "t": texts}, schema={FILE: pl.UInt32, ROW: pl.UInt32, "t": pl.String})
    return frame.with_columns(pl.Series(_KEY, row_hashes(frame, ["t"])), _size(frame, ("t",)))


@given(st.lists(st.text(max_size=12), min_size=1, max_size=60), st.integers(0, 200), st.integers(1, 40), st.integers(1, 9), st.randoms())
@settings(max_examples=25, deadline=None)
def test_a_sample_depends_on_the_rows_alone(texts: list[str], room: int, cap: int, pieces: int, r: random.Random) -> None:
    rows = keyed(texts)
    ordered = rows.sort(_KEY, FILE, ROW)
    fitting = ordered.filter((pl.col(_BYTES).cum_sum() <= room) | (pl.int_range(pl.len()) == 0)).head(cap)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=r.randrange(1000))
    for frame in (rows, shuffled):
        sample = _Sample(cap, room)
        for begin in range(0, frame.height, pieces):
            sample.add(frame[begin : begin + pieces])
        found = sample.rows().sort(_KEY, FILE, ROW)
        # rows of equal content have equal hashes; which of them is cut off at the edge is told by their place
        assert found["t"].to_list() == fitting["t"].to_list()


def test_sizes_count_what_studies_make_of_a_row() -> None:
    frame = pl.DataFrame({"a": ["xy", None], "b": ["é", "zzz"], "n": [1, 2], "l": [["abc"], []]})
    assert _size(frame, ("a", "n")).to_list() == [10, 8]
    assert _size(frame, ("a", "b")).to_list() == [4, 3]
    joined = _size(frame, ("a", "b", "l")).to_list()
    assert joined[0] > 3 * 4
    assert joined[1] >= 9


TEXTS = ["one Two  three", "", "ÄÖ ü\u00a0x", "tab\there.", "same", "Same!", *(f"a text with {i} words in it " * 9 for i in range(40))]


def test_a_column_of_texts_is_a_list_of_texts() -> None:
    column = Texts(pl.Series(TEXTS))
    assert list(column) == TEXTS
    assert [column[0], column[-1], column[3]] == [TEXTS[0], TEXTS[-1], TEXTS[3]]
    assert column[1:4] == TEXTS[1:4]
    index = np.array([5, 0, 5, 12])
    assert picked(column, index) == picked(TEXTS, index) == list(taken(column, index))
    assert list(column.normal()) == normalised(pl.Series(TEXTS)).to_list()
    with pytest.raises(IndexError):
        column[len(TEXTS)]


def test_clusters_of_a_column_are_those_of_a_list() -> None:
    r = random.Random(2)
    words = [f"w{i}" for i in range(300)]
    rows = [" ".join(r.choices(words, k=r.choice([6, 25, 80]))) for _ in range(400)]
    rows += [t.replace("w1", "w2", 1) for t in rows[:150]]
    plain = normalised(pl.Series(rows)).to_list()
    expected = cluster_texts(plain)
    assert np.array_equal(cluster_texts(Texts(pl.Series(rows)).normal()), expected)
    assert len(np.unique(expected)) < len(rows)


@pytest.mark.parametrize("text", ["a  b", "a\tb", "a\u2003b", " a b ", "a\u00a0b", "A\u001cB", "x\n\ny", "plain text"])
def test_white_space_is_one_space(text: str) -> None:
    simple = pl.Series([text]).str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ")
    assert normalised(pl.Series([text, "other  text"]))[0] == simple.str.strip_chars(" ")[0]
