"""Words for missing labels and numbers stored as text, beside what only looks like them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from auditor.audit import examine
from auditor.settings import DataSettings, Settings

N = 100
TEXT = [f"please send order {i} to me" if i % 2 else f"i cannot log in to account {i}" for i in range(N)]


def found(tmp_path: Path, frame: pl.DataFrame, code: str, data: DataSettings | None = None) -> list[tuple[str, str]]:
    frame.write_parquet(tmp_path / "train.parquet")
    report = examine(tmp_path, replace(Settings(select=(code,)), data=data or DataSettings())).report
    return [(str(f.status), f.message) for f in report.findings if f.code == code]


@pytest.mark.parametrize(
    ("word", "classes", "told"),
    [("NaN", (), True), ("n/a", (), True), ("?", (), True), (" ", (), True), ("none", (), False), ("unknown", (), False), ("na", ("yes", "no", "na"), False)],
)
def test_a_word_for_missing_is_no_label(tmp_path: Path, word: str, classes: tuple[str, ...], told: bool) -> None:
    labels = [word if i % 4 == 0 else ("yes", "no")[i % 3 == 0] for i in range(N)]
    [(status, message)] = found(tmp_path, pl.DataFrame({"text": TEXT, "label": labels}), "CMP003", DataSettings(label="label", classes=classes))
    assert (status, f"25 of them a word for missing ({word!r})" in message) == (("warn", True) if told else ("pass", False))


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([f"{i},5" for i in range(N)], True),
        ([f"{i}.25" for i in range(N)], True),
        ([f"{i:05}" for i in range(N)], False),
        ([f"{i}.25" if i % 2 else f"v{i}" for i in range(N)], False),
    ],
)
def test_numbers_that_are_text(tmp_path: Path, cells: list[str], told: bool) -> None:
    frame = pl.DataFrame({"text": TEXT, "price": cells, "label": ["a", "b"] * (N // 2)})
    assert any("all its cells are numbers" in m for _, m in found(tmp_path, frame, "SCH002")) is told
