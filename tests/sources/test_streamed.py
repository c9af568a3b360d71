"""Files that are not held give the same rows, faults and notes as held ones; nothing is read whole."""

from __future__ import annotations

import bz2
import gzip
import json
import random
import sqlite3
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from auditor.errors import SourceError
from auditor.settings import Settings
from auditor.sources import json_array
from auditor.sources.discover import discover
from auditor.sources.types import Source


def both(path: Path) -> tuple[Source, Source]:
    return discover(path, Settings()), discover(path, replace(Settings(), memory_mb=0))


def same(path: Path) -> pl.DataFrame:
    held, streamed = both(path)
    first, second = (pl.concat([p.lazy() for p in s.parts]).collect() for s in (held, streamed))
    assert first.equals(second)
    assert first.schema == second.schema
    assert held.dataset == streamed.dataset
    return second


def objects(r: random.Random) -> list[dict[str, object]]:
    odd = ['"', "\\", "é", ",", "[", "}", "\n", "a\\", '",']
    return [{"id": i, "t": "s" * r.randrange(5) + r.choice(odd), "v": {"m": r.choice([*odd, None])}, "l": [1] * r.randrange(3)} for i in range(r.randrange(1, 30))]


@pytest.mark.parametrize("piece", [7, 64, 1 << 20])
def test_an_array_in_pieces_is_the_array(tmp_path: Path, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_array, "_PIECE", piece)
    r = random.Random(piece)
    path = tmp_path / "d.json"
    for _ in range(15):
        text = json.dumps(objects(r), indent=r.choice([None, 1]), ensure_ascii=r.random() < 0.5)
        path.write_text(text)
        same(path)


@pytest.mark.parametrize("piece", [16, 1 << 20])
def test_an_array_that_breaks_keeps_what_came_before(tmp_path: Path, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_array, "_PIECE", piece)
    r = random.Random(4)
    path = tmp_path / "d.json"
    for _ in range(15):
        data = json.dumps([*objects(r), *objects(r)], indent=1).encode()
        path.write_bytes(data[: r.randrange(len(data) // 3, len(data) - 1)])
        held, streamed = both(path)
        assert held.dataset.rows == streamed.dataset.rows
        assert [(x.line, x.reason) for x in held.dataset.rejects] == [(x.line, x.reason) for x in streamed.dataset.rejects]


@pytest.mark.parametrize(
    ("text", "rows", "rejected"),
    [
        ('[[1,"a"],[2,"b"],[3]]', 2, 1),
        ('["one","two"]', 2, 0),
        ('[{"a":1},2,{"a":3}]', 2, 1),
        ('\ufeff[{"a":1}]', 1, 0),
        ('[{"a":1},{"a":2}] trailing', 2, 1),
        ('[{"a":1},{"a":2} {"a":3}]', 1, 1),
    ],
)
def test_arrays_of_all_sorts(tmp_path: Path, text: str, rows: int, rejected: int) -> None:
    path = tmp_path / "d.json"
    path.write_text(text)
    data = discover(path, replace(Settings(), memory_mb=0)).dataset
    assert (data.rows, data.rejected_rows) == (rows, rejected)


def test_an_empty_array_is_no_data(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text("[ ]")
    with pytest.raises(SourceError):
        discover(tmp_path / "d.json", replace(Settings(), memory_mb=0))


def test_sqlite_by_blocks_and_by_partitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.sources.tables._STEP", 100)
    monkeypatch.setattr("auditor.scan.chunk.CHUNK_ROWS", 256)
    path = tmp_path / "d.db"
    database = sqlite3.connect(path)
    database.execute('CREATE TABLE "t t" (id INTEGER PRIMARY KEY, x, y TEXT)')
    database.executemany('INSERT INTO "t t" VALUES (?, ?, ?)', ((i, i if i < 900 else i / 2, None if i % 7 else f"é{i}") for i in range(1, 1001)))
    database.commit()
    database.close()
    rows = same(path)
    assert rows["x"].dtype == pl.Float64
    cut = discover(path, replace(Settings(), memory_mb=0, partition_rows=256))
    assert len(cut.parts) == 4
    assert pl.concat([p.lazy() for p in cut.parts]).collect().equals(rows)


def test_a_sheet_with_types_that_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="the excel extra is not installed")
    monkeypatch.setattr("auditor.sources.tables._STEP", 10)
    book = openpyxl.Workbook()
    book.active.append(["n", "mixed", "late"])
    for i in range(40):
        book.active.append([i if i < 20 else i + 0.5, True if i < 15 else f"word {i}", None if i < 30 else i])
    book.save(tmp_path / "d.xlsx")
    rows = same(tmp_path / "d.xlsx")
    assert rows["n"].to_list()[:2] == [0.0, 1.0]
    assert rows["mixed"].to_list()[0] == "true"
    assert rows["late"].to_list()[-1] == 39


CSV = {
    "clean": b"a,b,c\n" + b"".join(b"%d,word %d,%d.5\n" % (i, i, i) for i in range(500)),
    "quoted": b"a,b\n" + b"".join(b'%d,"x, ""y""\n%d"\n' % (i, i) for i in range(300)),
    "ragged": b"a,b,c\n" + b"1,2,3\n" * 200 + b"1,2\n" + b"4,5,6\n" * 200 + b"1,2,3,4\n",
    "mistyped": b"a,b\n" + b"1,x\n" * 400 + b"oops,y\n" + b"2,z\n" * 100,
    "codes": b"zip,flag\n" + b"01234,true\n10115,false\n" * 100,
    "open quote": b'a,b\n1,"x\n' + b"2,y\n" * 300,
    "windows": "a,b\n1,naïve\n".encode("cp1252") * 50,
    "crlf": b"a,b\r\n" + b'1,"x\r\ny"\r\n' * 100,
    "empty cells": b"a,b\n" + b"1,\n,2\n" * 100,
}


@pytest.mark.parametrize("name", CSV)
def test_compressed_and_faulty_csv_by_blocks(tmp_path: Path, name: str) -> None:
    (tmp_path / "d.csv.bz2").write_bytes(bz2.compress(CSV[name]))
    same(tmp_path / "d.csv.bz2")
    (tmp_path / "e.csv").write_bytes(CSV[name])
    same(tmp_path / "e.csv")


def long_enough(line: str) -> str:
    return f"{line} of a text that goes on for a while"


LINES = [long_enough(f"{w} {i}") if i % 9 else "" for i, w in enumerate(["plain", "naïve", "語", " white", "\tspace "] * 80)]
TEXTS = {
    "utf-8": "\n".join(LINES).encode(),
    "crlf and no end": "\r\n".join(LINES).encode(),
    "mark": ("\ufeff" + "\n".join(LINES)).encode(),
    "utf-16-le": ("\ufeff" + "\n".join(LINES)).encode("utf-16-le"),
    "utf-16-be": ("\ufeff" + "\n".join(LINES)).encode("utf-16-be"),
    "windows": "\n".join(long_enough(f"naïve {i}") for i in range(300)).encode("cp1252"),
    "some bad": "\n".join(LINES).encode() + b"\n\xff\xfe bad\n" + "\n".join(LINES).encode() + b"\n\xe9\n",
    "bad at a mark": ("\ufeff" + "\n".join(LINES)).encode() + b"\n\xff bad\n",
    "one line": long_enough("only one é").encode(),
}


@pytest.mark.parametrize("piece", [64, 1 << 20])
@pytest.mark.parametrize("name", TEXTS)
def test_plain_text_of_every_encoding(tmp_path: Path, name: str, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.sources.text_lines._BLOCK", piece)
    monkeypatch.setattr("auditor.sources.text._PIECE", piece)
    (tmp_path / "d.txt").write_bytes(TEXTS[name])
    rows = same(tmp_path / "d.txt")
    (tmp_path / "e.txt.bz2").write_bytes(bz2.compress(TEXTS[name]))
    assert same(tmp_path / "e.txt.bz2")["text"].equals(rows["text"])
    codec = name if name.startswith("utf-16") else "cp1252" if name == "windows" else "utf-8"
    lines = TEXTS[name].decode(codec, "replace").lstrip("\ufeff").split("\n")
    assert rows["text"].to_list() == [x.rstrip("\r") for x in lines if x.strip() and "\ufffd" not in x]
    data = discover(tmp_path / "d.txt", replace(Settings(), memory_mb=0)).dataset
    assert data.rejected_rows == sum("\ufffd" in x for x in lines)
    assert [lines[r.line - 1].startswith("\ufffd") for r in data.rejects] == [True] * data.rejected_rows


def test_plain_text_by_partitions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.sources.text_lines._BLOCK", 1000)
    monkeypatch.setattr("auditor.scan.chunk.CHUNK_ROWS", 256)
    for codec in ("utf-8-sig", "utf-16"):
        (tmp_path / f"{codec}.txt").write_bytes("\n".join(long_enough(f"é {i}") for i in range(1000)).encode(codec))
        whole = same(tmp_path / f"{codec}.txt")
        cut = discover(tmp_path / f"{codec}.txt", replace(Settings(), memory_mb=0, partition_rows=256))
        assert len(cut.parts) == 4
        assert pl.concat([p.lazy() for p in cut.parts]).collect().equals(whole)
        assert [p.lazy().collect().height for p in cut.parts] == [256, 256, 256, 232]


def test_a_cut_archive_of_text_keeps_what_was_read(tmp_path: Path) -> None:
    r = random.Random(1)
    data = gzip.compress("\n".join(long_enough(str(r.random())) for _ in range(50_000)).encode())
    (tmp_path / "d.txt.gz").write_bytes(data[: len(data) // 2])
    rows = same(tmp_path / "d.txt.gz")
    assert 10_000 < rows.height < 40_000
    notes = discover(tmp_path / "d.txt.gz", replace(Settings(), memory_mb=0)).dataset.notes
    assert [n.kind for n in notes] == ["truncated"]


@pytest.mark.parametrize("codec", ["utf-16", "cp1252"])
def test_tables_in_other_encodings_by_blocks(tmp_path: Path, codec: str) -> None:
    (tmp_path / "d.csv").write_bytes("".join(["a,b\n", *(f"{i},naïve {i}\n" for i in range(500))]).encode(codec))
    assert same(tmp_path / "d.csv")["b"].to_list()[:2] == ["naïve 0", "naïve 1"]


@pytest.mark.parametrize("arrow", [True, False])
def test_arrow_streams_by_batches(tmp_path: Path, arrow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if arrow:
        pytest.importorskip("pyarrow", reason="the arrow extra is not installed")
    else:
        monkeypatch.setattr("auditor.sources.columnar.importlib.util.find_spec", lambda _: None)
    frame = pl.DataFrame({"text": [long_enough(f"é {i}") for i in range(900)], "label": ["a", "b", None] * 300, "turns": [[{"role": "user", "content": f"{i}"}] for i in range(900)], "x": range(900)})
    frame.with_columns(pl.col("label").cast(pl.Categorical)).write_ipc_stream(tmp_path / "d.arrow")
    assert same(tmp_path / "d.arrow")["x"].sum() == sum(range(900))
    (tmp_path / "d.arrow").write_bytes((tmp_path / "d.arrow").read_bytes()[:5000])
    with pytest.raises(SourceError, match="cut off or damaged"):
        discover(tmp_path / "d.arrow", replace(Settings(), memory_mb=0))
