"""How numbers and days in text are written: hits beside near misses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from auditor.audit import examine
from auditor.scan.chunk import Chunk
from auditor.scan.forms import Forms, FormState
from auditor.settings import DataSettings, Settings

N = 200
R = np.random.default_rng(5)
VALUES = R.uniform(1, 90_000, N)
DAYS = [(int(y), int(m), int(d)) for y, m, d in zip(R.integers(2010, 2020, N), R.integers(1, 13, N), R.integers(1, 29, N), strict=True)]


def continental(x: float) -> str:
    return f"{x:,.2f}".translate(str.maketrans(",.", ".,"))


def told(tmp_path: Path, cells: list[str], code: str) -> list[tuple[str, str]]:
    frame = pl.DataFrame({"x": cells, "y": R.normal(size=len(cells)), "label": ["a", "b"] * (len(cells) // 2)})
    frame.write_parquet(tmp_path / "train.parquet")
    report = examine(tmp_path, Settings(select=(code,), data=DataSettings(label="label"))).report
    return [(str(f.severity), f.message) for f in report.findings if f.code == code and f.status == "warn" and f.subject == "x"]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([continental(v) for v in VALUES], "separators between thousands"),
        ([f"{v:,.2f}" for v in VALUES], "separators between thousands"),
        ([f"{v:.1f} kg" for v in VALUES], "numbers with a unit (kg)"),
        ([f"${v:,.2f}" for v in VALUES], "numbers with a unit ($)"),
        ([f"{v:.1f}" if i % 4 else "missing" for i, v in enumerate(VALUES)], "the other 50 hold one word"),
        ([f"{v:.1f}" if i % 4 else f"word {'abcdef'[i % 6]}" for i, v in enumerate(VALUES)], ""),
        ([("36 months", "60 months")[i % 2] for i in range(N)], ""),
        ([f"{i}th" for i in range(N)], ""),
        ([f"{i} Main" for i in range(N)], ""),
        ([f"{i:03}.{i:03}" for i in range(N)], "all its cells are numbers"),
        ([f"192.168.{i}.{i}" for i in range(N)], ""),
        ([f"A{i}" for i in range(N)], ""),
        ([str(1000 + i) for i in range(N)], ""),  # digits alone may be a code
    ],
)
def test_numbers_in_text(tmp_path: Path, cells: list[str], said: str) -> None:
    messages = [m for _, m in told(tmp_path, cells, "SCH002")]
    assert len(messages) == bool(said)
    assert all(said in m for m in messages)


@pytest.mark.parametrize(
    ("cells", "severity", "said"),
    [
        ([f"{m:02}/{d:02}/{y}" if i % 3 else f"{d:02}/{m:02}/{y}" for i, (y, m, d) in enumerate(DAYS)], "major", "day first in"),
        ([f"{d:02}/{m:02}/{y}" for y, m, d in DAYS], "", ""),
        ([f"{m}/{d}/{y}" for y, m, d in DAYS], "", ""),
        ([f"{v:.0f} kg" if i % 3 else f"{2.2 * v:.0f} lb" for i, v in enumerate(VALUES)], "major", "133 in kg, 67 in lb"),
        ([f"{v:.0f} kg" if i else f"{2.2 * v:.0f} lb" for i, v in enumerate(VALUES)], "", ""),
        ([f"{i % 9} months" if i % 3 else f"{i % 5} years" for i in range(N)], "", ""),
        ([f"{v:.0f}%" if i % 3 else f"{v:.0f}" for i, v in enumerate(VALUES)], "minor", "133 numbers in 'x' have a percent sign"),
        ([f"{v:.2f}" if i % 3 else f"{v:.2f}".replace(".", ",") for i, v in enumerate(VALUES)], "major", "decimal comma and"),
        ([continental(v) for v in VALUES], "", ""),
        ([f"{v:,.0f}" for v in VALUES], "", ""),
    ],
)
def test_two_ways_of_writing(tmp_path: Path, cells: list[str], severity: str, said: str) -> None:
    found = told(tmp_path, cells, "SCH003")
    assert [s for s, _ in found] == ([severity] if severity else [])
    assert all(said in m for _, m in found)


def test_parts_add_up() -> None:
    cells = pl.Series("x", ["1,5", "2.25", "3 kg", "1.234,56", "word", "other", "13/01/2020", "01/13/2020", None, "a long text that says 5 kg and goes on"])
    measure = Forms("x")
    whole = measure.of(Chunk(cells.to_frame()))
    assert (whole.plain, whole.comma, whole.point, dict(whole.units), whole.worded, len(whole.words), whole.day_first, whole.month_first, whole.days) == (3, 2, 1, {"kg": 1}, 2, 2, 1, 1, 2)
    assert measure.merge(measure.of(Chunk(cells.head(4).to_frame())), measure.of(Chunk(cells.tail(-4).to_frame()))) == whole
    assert measure.merge(whole, FormState()) == whole
