"""Columns whose types differ between the files of a data set: every value stays, what is missing stays missing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

import polars as pl
import pytest

from auditor.settings import Settings
from auditor.sources.discover import discover
from auditor.sources.schema import align, unified

if TYPE_CHECKING:
    from pathlib import Path

CELLS: dict[str, pl.Series] = {
    "whole": pl.Series([7, None], dtype=pl.Int64),
    "large": pl.Series([2**64 - 1, None], dtype=pl.UInt64),
    "float": pl.Series([1.5, None]),
    "flag": pl.Series([True, None]),
    "decimal": pl.Series([Decimal("1.25"), None], dtype=pl.Decimal(20, 2)),
    "text": pl.Series(["word", None]),
    "date": pl.Series([dt.date(2024, 1, 2), None]),
    "moment": pl.Series([dt.date(2024, 1, 2), None]).cast(pl.Datetime("us")),
    "zoned": pl.Series([dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), None], dtype=pl.Datetime("ms", "UTC")),
    "time": pl.Series([dt.time(1, 2), None]),
    "duration": pl.Series([dt.timedelta(hours=5), None]),
    "bytes": pl.Series([b"\xff\xfe", None]),
    "list": pl.Series([[1, 2], None]),
    "vector": pl.Series([[1.0, 2.0], None], dtype=pl.Array(pl.Float32, 2)),
    "bytes in a list": pl.Series([[b"\xff"], None]),
    "struct": pl.Series([{"a": dt.timedelta(1), "b": b"\xff"}, None]),
}


@pytest.mark.parametrize(("first", "second"), list(permutations(CELLS, 2)))
@pytest.mark.parametrize("nested", [False, True])
def test_every_two_types_are_read_as_one(first: str, second: str, nested: bool) -> None:
    frames = [pl.DataFrame({"c": CELLS[name]}) for name in (first, second)]
    if nested:
        frames = [f.select(pl.struct(k="c").alias("c")) for f in frames]
    schema, _ = unified([f.schema for f in frames])
    made = pl.concat([align(f.lazy(), schema) for f in frames]).collect()
    column = made["c"].struct.field("k") if nested else made["c"]
    assert column.is_null().to_list() == [False, True, False, True]


def test_dates_beside_numbers_are_no_numbers() -> None:
    schema, clashes = unified([pl.Schema({"c": pl.Date()}), pl.Schema({"c": pl.Int64()})])
    assert (schema["c"], clashes) == (pl.String, ["c"])


def test_lists_in_one_file_and_text_in_another_are_read_as_in_one_file(tmp_path: Path) -> None:
    rows = ['{"text": "a", "y": [1]}', '{"text": "b", "y": null}', '{"text": "c", "y": "word"}', '{"text": "d", "y": null}']
    apart, together = tmp_path / "apart", tmp_path / "together"
    for folder, cut in ((apart, 2), (together, 4)):
        folder.mkdir()
        for i in range(0, 4, cut):
            (folder / f"{i}.jsonl").write_text("\n".join(rows[i : i + cut]) + "\n")
    read = [pl.concat([p.frame.collect() for p in discover(folder, Settings()).parts])["y"].to_list() for folder in (apart, together)]
    assert read[0] == read[1] == ["[1]", None, "word", None]


def test_names_that_are_patterns_are_names_in_a_sheet(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the excel extra is not installed")
    book = openpyxl.Workbook()
    book.worksheets[0].append(["answer", "^a.*$", "price"])
    for i in range(40):
        book.worksheets[0].append([f"answer {i}", f"v{i}", i % 2 == 0 or None])
    book.save(tmp_path / "a.xlsx")
    read = pl.concat([p.frame.collect() for p in discover(tmp_path, Settings()).parts])
    assert read.get_column("column ^a.*$").to_list()[:2] == ["v0", "v1"]
