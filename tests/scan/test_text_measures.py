"""What is told of text cells from a few of their bytes is what looking at all of each cell tells."""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.scan.chunk import Cells, Chunk
from auditor.scan.measures import Counts, LengthQuantiles, Lengths, Moments, Quantiles, Values
from auditor.scan.passes import _Plan
from auditor.scan.patterns import PATTERNS, PatternCounts
from auditor.scan.text import measured

ENDS = st.sampled_from([" ", "\t", "\n", "\x0b", "\x1c", "\x85", "\xa0", "\u1680", "\u2003", "\u2028", "\u200b", "\u3000", "\ufeff", "", "a", "é", "語", "0"])
KINDS = st.one_of(
    st.text(max_size=6),
    st.text("0123456789abcdefABCDEF-", min_size=14, max_size=40),
    st.sampled_from(["true", "YES", "faLſe", "yeſ", "no", "n", "https://a.b", "HTTP://a", "http", "[1]", " {x} ", "<p", " <!x", "<1", "2024-01-31", "1.2.2024", "٢٠٢٤-٠١-٣١", "١٢", "-.5e3", "1,5", "." * 300]),
    st.uuids().map(str),
    st.uuids().map(lambda u: u.hex),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
)
CELLS = st.lists(st.builds(lambda a, b, c: a + b + c, ENDS, KINDS, ENDS), min_size=1, max_size=40) | st.lists(st.text("0123456789", max_size=140), min_size=1, max_size=20)


@given(CELLS)
def test_kinds_sizes_and_ends(cells: list[str]) -> None:
    column = pl.Series("x", cells)
    chunk = Chunk(column.to_frame())
    short = column.filter(column.str.len_bytes() <= 256)
    assert PatternCounts("x").of(chunk) == tuple(int(short.str.contains(p).sum()) for p in PATTERNS.values())
    text, kept = measured(Cells(column, None)), column.str.strip_chars()
    assert text.blank.tolist() == (kept == "").to_list()
    assert text.padded.tolist() == (kept != column).to_list()
    assert text.chars.tolist() == [len(c) for c in cells]
    lengths, rows = text.lengths
    assert dict(zip(lengths.tolist(), rows.tolist(), strict=True)) == Counter(map(len, cells))


def test_every_character_at_an_end() -> None:
    characters = [chr(c) for c in range(1, sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]
    column = pl.Series("x", [f"{c}x" for c in characters] + [f"x{c}" for c in characters] + characters)
    text, kept = measured(Cells(column, None)), column.str.strip_chars()
    assert text.blank.tolist() == (kept == "").to_list()
    assert text.padded.tolist() == (kept != column).to_list()


R = np.random.default_rng(5)
N = 5000
MAKE = {
    "few words": lambda: pl.Series("x", [f"w{i}" for i in R.integers(0, 7, N)]),
    "many words": lambda: pl.Series("x", [f"a longer word {i}" for i in R.integers(0, 900, N)]),
    "days": lambda: pl.Series("x", R.integers(0, 700, N)).cast(pl.Int32).cast(pl.Date),
    "whole": lambda: pl.Series("x", R.integers(-30, 900, N)),
    "truth": lambda: pl.Series("x", R.random(N) < 0.1),
    "holes": lambda: pl.Series("x", [None if i % 5 else i for i in range(N)]),
    "all null": lambda: pl.Series("x", [None] * N, pl.String),
    "real": lambda: pl.Series("x", R.normal(size=N)),
}


@pytest.mark.parametrize("name", MAKE)
def test_chunks_that_wait_for_each_other_count_what_each_counts(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    frames = [MAKE[name]().to_frame() for _ in range(12)]
    if name == "many words":
        frames.append(pl.DataFrame({"x": [f"unlike all others {i}" for i in range(N)]}))  # repeats no more
    monkeypatch.setattr("auditor.scan.repeats.CHUNK_ROWS", 2000)
    dtype = frames[0]["x"].dtype
    measures = [Counts("x"), Values("x")]
    measures += [Lengths("x"), LengthQuantiles("x"), PatternCounts("x")] if dtype == pl.String else []
    measures += [Moments("x"), Quantiles("x")] if dtype.is_numeric() else []
    plan = _Plan(measures)
    for frame in frames:
        plan.add(frame)
    together = plan.states()
    for measure in measures:
        apart = measure.of(Chunk(frames[0]))
        for frame in frames[1:]:
            apart = measure.merge(apart, measure.settle(measure.of(Chunk(frame))))
        if isinstance(measure, Values):
            assert list(together[measure].counts.items()) == list(apart.counts.items())
            assert np.array_equal(together[measure].hashes, apart.hashes)
        elif isinstance(measure, LengthQuantiles | Quantiles):
            assert together[measure].items() == apart.items()
        else:
            assert together[measure] == apart
