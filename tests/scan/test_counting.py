"""Columns whose values repeat are counted value by value: the same figures as row by row."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest

from auditor.scan import passes
from auditor.scan.chunk import Chunk, owned
from auditor.scan.measures import KMV, LengthQuantiles, Lengths, Values
from auditor.scan.passes import _Plan
from auditor.scan.patterns import PATTERNS, PatternCounts
from auditor.scan.repeats import repeats

R = np.random.default_rng(7)
N = 12_000
COLUMNS = {
    "words": pl.Series("x", np.array(["", " a", "alpha ", "\t", "12", "1.5", "é" * 300, "2024-01-31", "yes", "0123456789abcdef", "1234567890123456", "{}", "<p>"])[R.integers(0, 13, N)]),
    "holes": pl.Series("x", [None if i % 3 else f"v{i % 50}" for i in range(N)]),
    "whole": pl.Series("x", R.integers(-5, 5, N)),
    "truth": pl.Series("x", R.random(N) < 0.2),
    "days": pl.Series("x", R.integers(0, 400, N)).cast(pl.Int32).cast(pl.Date),
    "moments": pl.Series("x", R.integers(-400, 400, N)).cast(pl.Datetime("us", "Europe/Berlin")),
    "small": pl.Series("x", R.integers(-128, 128, N)).cast(pl.Int8),
    "high": pl.Series("x", 2**63 - 1 - R.integers(0, 50, N)),
    "wide": pl.Series("x", np.array([-(2**63), 2**63 - 1])[R.integers(0, 2, N)]),
    "some": pl.Series("x", [f"k{v}" for v in R.integers(0, 4000, N)]),
    "enum": pl.Series("x", np.array(["a", "b"])[R.integers(0, 2, N)]).cast(pl.Enum(["a", "b"])),
    "unique": pl.Series("x", [f"{i} text" for i in range(N)]),
    "zeros": pl.Series("x", [0.0, -0.0, float("nan"), 1.5] * (N // 4)),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_counted_by_value_is_counted_by_row(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    column = COLUMNS[name]
    text = column.dtype in (pl.String, pl.Enum)
    measures = [Values("x"), *([Lengths("x"), PatternCounts("x"), LengthQuantiles("x")] if text else [])]
    by_row = [m.of(Chunk(column.to_frame())) for m in measures]
    plan, pieces = _Plan(measures), [column[i : i + 5000].to_frame() for i in range(0, N, 5000)]
    if name != "unique":
        assert repeats(pieces[0]["x"].drop_nulls()) == (name not in ("zeros", "holes"))  # few values are not worth counting, floats never
    monkeypatch.setattr(passes, "repeats", lambda _: True)
    for piece in pieces:
        plan.add(piece)
    states = plan.states()
    by_value = [states[m] for m in measures]
    assert list(map(repr, by_value[0].counts.items())) == list(map(repr, by_row[0].counts.items()))
    assert by_value[0].distinct == by_row[0].distinct
    if text:
        assert by_value[1:3] == by_row[1:3]
        assert by_value[3].items() == by_row[3].items()
        kinds = Counter(by_value[2])
        assert sum(kinds.values()) or name != "words"
    if name == "words":
        assert all(n > 0 for n in by_value[2][:4])


def test_many_values_folded_are_the_least_of_all() -> None:
    values = Values("x")
    data = R.integers(0, 2**62, 3 * KMV)
    parts = [Chunk(pl.DataFrame({"x": p})) for p in np.array_split(np.concatenate([data, data[: KMV // 2]]), 3)]
    state = values.of(parts[0])
    for part in parts[1:]:
        state = values.fold(state, part)
    state = values.settle(state)
    whole = values.of(Chunk(pl.DataFrame({"x": np.concatenate([data, data[: KMV // 2]])})))
    assert np.array_equal(state.hashes, whole.hashes)
    assert not state.complete
    assert state.distinct == pytest.approx(3 * KMV, rel=0.03)


@pytest.mark.parametrize("different", [40_000, 100_000, 10**6])
def test_values_that_return_are_found_and_new_ones_kept(different: int) -> None:
    """The first of them are asked for again and again, so what is met is looked up instead of sorted in."""
    values = Values("x")
    data = np.concatenate([R.integers(0, different, 8 * KMV), R.integers(different, 2 * different, KMV)]) * 0.25
    state = values.of(Chunk(pl.DataFrame({"x": data[:1000]})))
    indexed = False
    for part in np.array_split(data[1000:], 9):
        state = values.fold(state, Chunk(pl.DataFrame({"x": part})))
        indexed |= state.index is not None
    assert indexed == (different < 10**6)
    whole = values.settle(values.of(Chunk(pl.DataFrame({"x": data}))))
    assert np.array_equal(values.settle(state).hashes, whole.hashes)


def test_strings_that_are_kept_own_their_characters() -> None:
    long = pl.Series("x", [f"{i} " * 100 for i in range(20_000)])
    kept = owned(long.gather([1, 5]))
    assert kept.to_list() == [long[1], long[5]]
    assert kept.to_frame().estimated_size() < 10_000


INTEGERS = [
    "0", "-5", "+5", "007", "1" * 18, "1" * 19, "-" + "1" * 17, "-" + "1" * 18, "9223372036854775807", "١٢", "1_0", " 1", "1 ", "1.0", "1e3", "0x1f", "", "-", "+", "--1", "1" * 16, "1" * 40,
]  # fmt: skip


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 1.0])
def test_integers_are_those_of_the_pattern_however_many_there_are(share: float) -> None:
    n = 4000
    cells = [INTEGERS[i % len(INTEGERS)] if R.random() > share else str(R.integers(-(10**9), 10**9)) for i in range(n)]
    column = pl.Series("x", [None, *cells, *(f"{i}{i}" for i in range(n))])
    expected = tuple(int(column.str.contains(p).sum()) for p in PATTERNS.values())
    assert PatternCounts("x").of(Chunk(column.to_frame())) == expected
