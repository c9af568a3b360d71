"""Declared classes are names; a column of numbers, of truth values or of several classes has them all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.audit import examine
from auditor.model import Status
from auditor.settings import DataSettings, Settings

TEXTS = [f"row number {i} says {'abcdefgh'[i % 8]}{i % 7}" for i in range(120)]
PAIRS = ["a|b", "b|c", "a", "c", "a|c", "b", "a|d", "b|d", "d", "c|d", "a|b|c", "b|c|d"]


@pytest.mark.parametrize(
    ("labels", "classes", "held"),
    [
        ([i % 3 for i in range(120)], ("0", "1", "2"), True),
        ([i % 3 for i in range(120)], ("0", "1"), False),
        ([float(i % 3) for i in range(120)], ("0", "1", "2"), True),
        ([i % 2 == 0 for i in range(120)], ("true", "false"), True),
        (["xyz"[i % 3] for i in range(120)], ("x", "y", "z"), True),
        (["xyz"[i % 3] for i in range(120)], ("x", "y"), False),
        ([i % 2 for i in range(120)], ("spam", "ham"), False),
        ([PAIRS[i % 12] for i in range(120)], ("a", "b", "c", "d"), True),
        ([PAIRS[i % 12].split("|") for i in range(120)], ("a", "b", "c", "d"), True),
    ],
)
def test_only_declared_classes_occur(labels: list[Any], classes: tuple[str, ...], held: bool, tmp_path: Path) -> None:
    pl.DataFrame({"text": TEXTS, "label": labels}).write_parquet(tmp_path / "d.parquet")
    report = examine(tmp_path, Settings(select=("EXP",), data=DataSettings(classes=classes))).report
    broken = [f for f in report.findings if f.code == "EXP001" and f.status is Status.FAIL]
    assert (not broken) is held, [f.message for f in broken]
