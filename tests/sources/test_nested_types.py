"""Nested values of different width and type in the files of a data set, or along one file."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from auditor.errors import SourceError
from auditor.settings import Settings
from auditor.sources.discover import discover

LEAVES = {"true": True, "int": 3, "float": 1.5, "text": "s", "list": ["s"]}


def _message(leaf: object, *, wide: bool) -> dict[str, object]:
    return {"role": "user", "content": "hi", "weight": leaf} | ({"tool_call_id": "t"} if wide else {})


def _read(folder: Path) -> pl.DataFrame:
    return pl.concat([p.frame.collect() for p in discover(folder, Settings()).parts])


@pytest.mark.parametrize("nested", ["in a list", "alone"])
@pytest.mark.parametrize("files", [2, 12])  # of many small files one table is made
@pytest.mark.parametrize("second", LEAVES)
@pytest.mark.parametrize("first", LEAVES)
def test_files_with_structs_of_other_width_and_type(tmp_path: Path, first: str, second: str, files: int, nested: str) -> None:
    for i in range(files):
        wide = i % 2 == 1
        message = _message(LEAVES[second if wide else first], wide=wide)
        row = {"thread": [message] if nested == "in a list" else message}
        (tmp_path / f"part{i:02}.jsonl").write_text((json.dumps(row) + "\n") * 3)
    frame = _read(tmp_path)
    assert frame.height == 3 * files
    assert not any(frame.get_column(c).null_count() for c in frame.columns if c == "thread")
    assert "hi" in str(frame.to_dicts()[0])


@pytest.mark.parametrize("second", LEAVES)
@pytest.mark.parametrize("first", LEAVES)
def test_one_file_whose_structs_change_along_it(tmp_path: Path, first: str, second: str) -> None:
    rows = [{"thread": [_message(LEAVES[first], wide=False)]}] * 3000 + [{"thread": [_message(LEAVES[second], wide=True)]}] * 3000
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    frame = _read(tmp_path)
    assert frame.height == 6000
    assert not frame.get_column(frame.columns[0]).null_count()


def test_a_table_without_columns_holds_nothing(tmp_path: Path) -> None:
    pl.DataFrame([{}, {}, {}]).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(SourceError):
        discover(tmp_path, Settings())
    pl.DataFrame({"text": ["a"]}).write_parquet(tmp_path / "b.parquet")
    assert _read(tmp_path).columns == ["text"]
