"""Copies teach a probe nothing: however often all rows are copied, it reads as it did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.audit import examine
from auditor.detectors.spare import spare
from auditor.model import Report
from auditor.settings import Settings

CASES = [
    ("no copies", [0, 1, 2, 3], [0, 1, 0, 1], False, []),
    ("a copy", [0, 0, 1, 2, 3], [1, 1, 0, 0, 1], False, [1]),
    ("both labels are known of an input", [0, 0, 0, 1, 2], [1, 1, 0, 0, 1], False, []),
    ("rows repeat by nature", [0, 0, 0, 1, 2], [1, 1, 1, 0, 1], True, []),
    ("a coarse table written twice", [0] * 4 + [1] * 2 + [2] * 2, [1, 1, 1, 1, 0, 0, 1, 1], True, [2, 3, 5, 7]),
    ("both labels, and all written three times", [0] * 9, [1] * 6 + [0] * 3, False, [2, 3, 4, 5, 7, 8]),
]


@pytest.mark.parametrize(("exact", "code", "natural", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_spare_rows(exact: list[int], code: list[int], natural: bool, expected: list[int]) -> None:
    assert np.flatnonzero(spare(np.array(exact), np.array(code), natural=natural)).tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), min_size=1, max_size=40), st.integers(2, 5), st.booleans())
def test_copies_of_all_rows_leave_what_no_copies_leave(rows: list[tuple[int, int]], times: int, natural: bool) -> None:
    exact, code = (np.array(v, dtype=np.int64) for v in zip(*rows, strict=True))
    once = ~spare(exact, code, natural=natural)
    many = ~spare(np.repeat(exact, times), np.repeat(code, times), natural=natural)
    left = zip(np.repeat(exact, times)[many].tolist(), np.repeat(code, times)[many].tolist(), strict=True)
    assert sorted(left) == sorted(zip(exact[once].tolist(), code[once].tolist(), strict=True))


def report_of(folder: Path, frame: pl.DataFrame) -> Report:
    folder.mkdir()
    frame.head(240).write_csv(folder / "test.csv")
    frame.tail(-240).write_csv(folder / "train.csv")
    return examine(folder, Settings(select=("LRN", "LBL", "DUP", "LEK"))).report


@pytest.mark.parametrize("times", [2, 10])
def test_a_table_written_several_times_reads_no_better(times: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    y = rng.integers(0, 8, 640)
    centres = rng.normal(0, 1.1, (8, 6))
    frame = pl.DataFrame({f"f{j}": centres[y, j] + rng.normal(0, 1, 640) for j in range(6)} | {"label": [f"c{c}" for c in y]})
    once = report_of(tmp_path / "once", frame)
    more = report_of(tmp_path / "more", pl.concat([frame.head(240), *[frame.tail(-240)] * times]))
    assert more.score.value <= once.score.value + 1
    before, after = ({f.name: f.value for f in r.score.factors}["skill"] for r in (once, more))
    assert abs(before - after) < 0.05
