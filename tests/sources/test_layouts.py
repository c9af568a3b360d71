"""Databases, workbooks, archives, and layouts that say themselves which files count."""

from __future__ import annotations

import io
import sqlite3
import sys
import zipfile
from pathlib import Path

import pytest

from auditor.checks.files import Foreign
from auditor.errors import MissingExtra, SourceError
from auditor.model import Status
from auditor.scan.request import Facts
from auditor.settings import Settings
from auditor.sources.discover import discover

GOOD = b'{"text":"one","label":"a"}\n{"text":"two","label":"b"}\n{"text":"three","label":"a"}\n'


def frame(folder: Path):
    return discover(folder, Settings()).parts[0].frame.collect()


def test_sqlite(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "d.db")
    database.execute('CREATE TABLE "my ""rows" (text TEXT, n INTEGER, mixed, raw BLOB)')
    database.executemany('INSERT INTO "my ""rows" VALUES (?,?,?,?)', [("one", 1, 2, b"\x00\xff"), ("two", None, "x", None)])
    database.commit()
    database.close()
    found = frame(tmp_path)
    assert found.to_dict(as_series=False) == {"text": ["one", "two"], "n": [1, None], "mixed": ["2", "x"], "raw": ["00ff", None]}


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "d.db").write_bytes(b"SQLite format 3\x00" + b"junk" * 100)
    (tmp_path / "good.jsonl").write_bytes(GOOD)
    assert [(n.file, n.kind) for n in discover(tmp_path, Settings()).dataset.notes] == [("d.db", "unreadable")]


def workbook(path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the excel extra is not installed")
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["text", "n"], ["one", 1], ["two", 2.5], [None, None]):
        sheet.append(row)
    book.create_sheet("other")
    book.save(path)


def test_excel(tmp_path: Path) -> None:
    workbook(tmp_path / "d.xlsx")
    assert frame(tmp_path).to_dict(as_series=False) == {"text": ["one", "two"], "n": [1.0, 2.5]}


@pytest.mark.parametrize(("rows", "told"), [([], []), ([["legend", "of codes"]], ["has 1 more sheet with rows, which were not read"])])
def test_other_sheets_are_told_where_they_hold_rows(tmp_path: Path, rows: list[list[str]], told: list[str]) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the excel extra is not installed")
    book = openpyxl.Workbook()
    for row in (["text", "n"], ["one", 1], ["two", 2]):
        book.active.append(row)
    other = book.create_sheet("other")
    book.create_sheet("empty")
    for row in rows:
        other.append(row)
    book.save(tmp_path / "d.xlsx")
    data = discover(tmp_path, Settings()).dataset
    assert [n.message for n in data.notes] == told
    found = [f for f in Foreign().judge(data, Facts(), Settings()) if f.status is Status.WARN]
    assert [f.fix for f in found] == ["save each sheet that holds data as a file of its own, and move what explains them out"] * len(told)


@pytest.mark.parametrize(
    ("head", "names", "lines"),
    [
        ([["text", "label", "n"]], ["text", "label", "n"], 0),
        ([["Export of tickets", None, None], ["made in 2024", None, None], ["text", "label", "n"]], ["text", "label", "n"], 2),
        ([["Sheet", "of 2024", None], ["text", "label", "n"]], ["Sheet", "of 2024", "Unnamed: 2"], 0),
        ([["text", None, "n"]], ["text", "Unnamed: 1", "n"], 0),
    ],
)
def test_titles_of_a_sheet(tmp_path: Path, head: list[list[str | None]], names: list[str], lines: int) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the excel extra is not installed")
    book = openpyxl.Workbook()
    for row in [*head, *([f"some words {i}", "ab"[i % 2], i] for i in range(40))]:
        book.active.append(row)
    book.save(tmp_path / "train.xlsx")
    source = discover(tmp_path, Settings())
    assert source.parts[0].data.collect().columns == names
    assert [n.count for n in source.dataset.notes if n.kind == "preamble"] == ([lines] if lines else [])


def test_excel_without_the_extra_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workbook(tmp_path / "d.xlsx")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(SourceError, match=r"optional package: pip install 'dataset-readiness-auditor\[excel\]'"):
        discover(tmp_path, Settings())


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("members", "rows", "word"),
    [
        ({"a.jsonl": GOOD}, 3, ""),
        ({"a.csv": b"text,label\none,a\ntwo,b\n", "__MACOSX/a.csv": b"x"}, 2, ""),
        ({"a.jsonl": GOOD, "b.jsonl": GOOD}, 0, "2 files"),
        ({"a.csv": b"0" * (1 << 21)}, 0, ""),
    ],
)
def test_zip(tmp_path: Path, members: dict[str, bytes], rows: int, word: str) -> None:
    (tmp_path / "p.zip").write_bytes(packed(members))
    (tmp_path / "q.jsonl").write_bytes(GOOD)
    data = discover(tmp_path, Settings()).dataset
    assert sum(f.rows for f in data.files if f.path == "p.zip") == rows or not word
    assert word in " ".join(n.message for n in data.notes)


CARD = """---
configs:
- config_name: other
  data_files: old.jsonl
- config_name: default
  data_files:
  - split: train
    path: "data/a*.jsonl"
  - split: test
    path: ["data/b.jsonl"]
---
# A card
"""


def test_a_card_names_files_and_splits(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name in ("data/a1.jsonl", "data/a2.jsonl", "data/b.jsonl", "old.jsonl"):
        (tmp_path / name).write_bytes(GOOD)
    (tmp_path / "README.md").write_text(CARD)
    data = discover(tmp_path, Settings()).dataset
    assert {f.path: f.split for f in data.files} == {"data/a1.jsonl": "train", "data/a2.jsonl": "train", "data/b.jsonl": "test"}
    assert {i.path: i.reason for i in data.ignored}["old.jsonl"] == "not among the data_files that README.md names"


@pytest.mark.parametrize("card", ["---\nconfigs: [\n---", "---\nconfigs: 7\n---", "---\n- x\n---", "no block", "---\nconfigs:\n- config_name: a\n---"])
def test_a_card_that_names_nothing_changes_nothing(tmp_path: Path, card: str) -> None:
    (tmp_path / "train.jsonl").write_bytes(GOOD)
    (tmp_path / "README.md").write_text(card)
    assert discover(tmp_path, Settings()).dataset.rows == 3


def test_a_delta_table_without_the_extra_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_delta_log").mkdir()
    (tmp_path / "_delta_log" / "00000000000000000000.json").write_text("{}")
    (tmp_path / "a.jsonl").write_bytes(GOOD)
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(MissingExtra, match=r"\[delta\]"):
        discover(tmp_path, Settings())


def test_only_the_current_version_of_a_delta_table_is_read(tmp_path: Path) -> None:
    pytest.importorskip("deltalake", reason="the delta extra is not installed")
    import polars as pl

    one = pl.DataFrame({"text": ["one", "two"], "label": ["a", "b"]})
    one.write_delta(str(tmp_path))
    pl.DataFrame({"text": ["three"], "label": ["a"]}).write_delta(str(tmp_path), mode="overwrite")
    assert discover(tmp_path, Settings()).dataset.rows == 1


def test_an_arrow_stream_beyond_the_memory_is_read_by_every_pass(tmp_path: Path) -> None:
    import polars as pl

    whole = pl.DataFrame({"text": ["one", "two", "three"], "label": ["a", "b", "a"]})
    whole.write_ipc_stream(tmp_path / "data-00000-of-00001.arrow")
    held, read = (discover(tmp_path, Settings(memory_mb=m)).parts[0] for m in (768, 0))
    assert held.frame.collect().equals(whole)
    assert read.frame.collect().equals(whole)
    assert read.frame.filter(pl.col("label") == "a").select("text").head(1).collect().rows() == [("one",)]


def test_a_remote_path_is_refused_with_a_reason() -> None:
    from auditor.errors import UsageError

    with pytest.raises(UsageError, match="remote paths are read by"):
        discover(Path("s3://bucket/data"), Settings())
