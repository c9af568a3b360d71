"""Readers lose nothing: what cannot be read is a reject or a note with its place, and the rest is there."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import polars as pl
import pytest
import zstandard

from auditor.errors import SourceError, UsageError
from auditor.settings import Settings
from auditor.sources import json_format
from auditor.sources.discover import discover
from auditor.sources.one_file import read_file
from auditor.sources.types import Candidate, Source

GOOD = b'{"text":"one","label":"a"}\n{"text":"two","label":"b"}\n{"text":"three","label":"a"}\n'


def read(folder: Path, files: dict[str, bytes]) -> Source:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return discover(folder, Settings())


def rows(source: Source) -> int:
    return sum(p.frame.collect().height for p in source.parts)


@pytest.mark.parametrize(
    ("name", "data", "kept", "rejects"),
    [
        ("clean.csv", b"a,b\n1,x\n2,y\n", 2, []),
        ("short.csv", b"a,b,c\n1,2,3\n4,5\n6,7,8\n", 2, [3]),
        ("long.csv", b"a,b\n1,2\n3,4,5\n6,7\n", 2, [3]),
        ("open_quote.csv", b'a,b\n1,x\n2,"y\n3,z\n4,w\n', 3, [3]),
        ("two_open_quotes.csv", b'a,b,c\n1,x,0\n2,"y,0\n3,z,0\n4,w,0\n5,"v,0\n6,u,0\n', 4, [3, 6]),
        ("quoted_newline.csv", b'a,b\n1,"x\ny"\n2,z\n3,w\n', 3, []),
        ("inch.csv", b'a,b\n5" pipe,1\n6" pipe,2\nx,3\n', 3, []),
        ("crlf.csv", b"a,b\r\n1,2\r\n3,4\r\n", 2, []),
        ("semicolon.csv", b"a;b\n1;2\n3;4\n", 2, []),
        ("empty_cells.csv", b"a,b\n1,\n,2\n3,4\n", 3, []),
        ("syntax.jsonl", GOOD + b'{"text": \n' + GOOD, 6, [4]),
        ("not_object.jsonl", GOOD + b"[1,2]\n" + GOOD, 6, [4]),
        ("blank.jsonl", GOOD + b"\n\n" + GOOD, 6, []),
        ("utf8.jsonl", GOOD + b'{"text":"\xff","label":"a"}\n', 3, [4]),
        ("surrogate.jsonl", GOOD + b'{"text":"\\ud800","label":"a"}\n', 3, [4]),
        ("trailing.jsonl", GOOD + b'{"text":"x","label":"a"} junk\n', 3, [4]),
        ("array.json", b'[{"text":"one","label":"a"},{"text":"two","label":"b"},7]', 2, [None]),
        ("cut.json", b'[{"text":"one","label":"a"},\n{"text":"two","label":"b"},\n{"text":"thr', 2, [3]),
    ],
)
def test_rows_and_rejects(tmp_path: Path, name: str, data: bytes, kept: int, rejects: list[int | None]) -> None:
    source = read(tmp_path, {name: data})
    assert rows(source) == kept == source.dataset.rows
    assert [r.line for r in source.dataset.rejects] == rejects
    assert source.dataset.rejected_rows == len(rejects)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text":"four","label":"a"},', "a comma after the object"),
        (b'{"text":"four","label":"a"}{"text":"five","label":"b"}', "several objects on one line"),
        (b"{'text': 'four', 'label': 'a'}", "in single quotes"),
        (b'{"text":"four","label":"a"', "cut off"),
        (b'{"text":"four","label":a}', "not valid JSON at column"),
        (b'{"text":"four","label":"a"} and more', "not valid JSON at column"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(tmp_path: Path, line: bytes, reason: str) -> None:
    found = read(tmp_path, {"a.jsonl": GOOD + line + b"\n"}).dataset
    assert [(r.line, r.reason.startswith(reason)) for r in found.rejects] == [(4, True)]


def test_nan_in_json_keeps_the_row_and_says_so(tmp_path: Path) -> None:
    source = read(tmp_path, {"x.jsonl": b'{"a": 1.5, "b": "x y"}\n{"a": NaN, "b": "z w"}\n'})
    assert rows(source) == 2
    assert source.dataset.rejects[0].line == 2
    assert source.dataset.rejected_rows == 0
    assert [n.kind for n in source.dataset.notes] == ["mistyped"]


CONSTANTS = [
    b'[{"a": 1.5, "b": "is NaN, or \\"NaN"}, {"a": NaN, "b": "z"},\n{"a": -Infinity, "b": "InfinityNaN"}]',
    b'{"train": [{"a": 1.5, "b": "is NaN"},\n {"a": NaN, "b": "z"},\n {"a": Infinity, "b": ": NaN"}]}',
]


@pytest.mark.parametrize("data", CONSTANTS)
@pytest.mark.parametrize("hold", [True, False])
def test_nan_in_a_document_is_missing_and_told(tmp_path: Path, data: bytes, hold: bool) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(data)
    found = json_format.read(Candidate(path, path.name, len(data)), "text", hold=hold)
    (table,) = found.tables
    frame = table.frame.collect()
    assert frame["a"].to_list() == [1.5, None, None]
    assert sum(b.count("NaN") for b in frame["b"]) == data.count(b"NaN") - 1  # in strings they are words
    assert [(n.kind, n.count) for n in found.notes if n.kind == "mistyped"] == [("mistyped", 2)]
    assert found.rejected_rows == 0


def test_a_word_that_is_no_constant_breaks_a_document(tmp_path: Path) -> None:
    source = read(tmp_path, {"x.json": b'[{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": NaNs, "b": "z"}]'})
    assert rows(source) == 2
    assert source.dataset.rejects


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"t.csv": b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n"}, "lfs_pointer"),
        ({"t.csv.dvc": b"outs:\n- md5: abc\n  path: t.csv\n"}, "dvc_pointer"),
        ({"t.jsonl": b""}, "empty"),
        ({"t.parquet": b"PAR1 and then nothing"}, "truncated"),
        ({"t.parquet": b"hello"}, "unreadable"),
        ({"t.jsonl": b'[{"text":"one","label":"a"},{"text":"two","label":"b"}]'}, "array_in_jsonl"),
        ({"t.csv": "name,text\nJosé,café olé\nZoë,naïve\n".encode("latin-1")}, "encoding"),
        ({"t.csv": "a,b\n1,x\n".encode("utf-16")}, "encoding"),
        ({"t.csv": b"\xef\xbb\xbfa,b\n1,\n3,y\n"}, "bom"),
        ({"t.csv": b"\xef\xbb\xbfa,b\n1,x\n3,y\n"}, "bom"),
        ({"t.jsonl.gz": gzip.compress(GOOD * 2000)[:-200]}, "truncated"),
    ],
)
def test_notes(tmp_path: Path, files: dict[str, bytes], kind: str) -> None:
    source = read(tmp_path, {"good.jsonl": GOOD, **files}) if kind != "array_in_jsonl" else read(tmp_path, files)
    assert kind in [n.kind for n in source.dataset.notes]
    assert rows(source) >= 2


def _tar(*names: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(GOOD)
            archive.addfile(member, io.BytesIO(GOOD))
    return out.getvalue()


def _zip(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, GOOD)
    return out.getvalue()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"t.tar.gz": gzip.compress(_tar("train.jsonl", "test.jsonl"))}, "is a tar archive; unpack it"),
        ({"t.csv.tar": _tar("train.csv")}, "is a tar archive; unpack it"),
        ({"t.zip": _zip("train.jsonl", "test.jsonl")}, "is a zip file of 2 files; unpack it"),
        ({"t.npz": _zip("x.npy", "y.npy")}, "is a file of NumPy arrays"),
        ({"t.docx": _zip("word/document.xml", "_rels/x")}, "is a document of Word or PowerPoint"),
        ({f"p{i}.pdf": b"%PDF-1.4" for i in range(30)}, r"30 files \(p0.pdf, p1.pdf, \.\.\.\): .*text in PDF and HTML is not read"),
        ({}, "the folder is empty"),
    ],
)
def test_what_holds_no_rows_is_told_with_what_to_do(tmp_path: Path, files: dict[str, bytes], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        read(tmp_path, files)


@pytest.mark.parametrize(("suffix", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress), ("zst", zstandard.compress)])
def test_compressed_text(tmp_path: Path, suffix: str, pack) -> None:
    source = read(tmp_path, {f"a.jsonl.{suffix}": pack(GOOD), f"b.csv.{suffix}": pack(b"text,label\nx y,a\nz w,b\n")})
    assert rows(source) == 5


def test_columnar(tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": ["a b", "c d"], "label": ["x", "y"]})
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_ipc(tmp_path / "b.arrow")
    frame.write_ipc_stream(tmp_path / "c.arrow")
    source = discover(tmp_path, Settings())
    assert rows(source) == 6
    assert {f.format for f in source.dataset.files} == {"parquet", "arrow"}


def test_leading_zeros_stay_text(tmp_path: Path) -> None:
    source = read(tmp_path, {"zip.csv": b"zip,n\n00123,1\n99999,2\n"})
    assert source.parts[0].frame.collect()["zip"].to_list() == ["00123", "99999"]


def test_a_few_odd_cells_are_reported_not_lost(tmp_path: Path) -> None:
    lines = [f"{i},{i * 2}" for i in range(300)]
    lines[150] = "oops,300,"
    lines[200] = "oops,400"
    source = read(tmp_path, {"n.csv": ("a,b\n" + "\n".join(lines) + "\n").encode()})
    assert source.dataset.rejected_rows == 1
    assert any("column 'a': not a number" in r.reason and r.line == 202 for r in source.dataset.rejects)
    assert source.parts[0].frame.collect()["a"].null_count() == 1


def test_mixed_kinds_become_text_not_null(tmp_path: Path) -> None:
    data = b'{"a":1,"b":[1]}\n{"a":true,"b":{"c":2}}\n{"a":"x","b":null}\n'
    frame = read(tmp_path, {"m.jsonl": data}).parts[0].frame.collect()
    assert frame["a"].to_list() == ["1", "true", "x"]
    assert frame["b"].null_count() == 1


def test_nothing_readable_is_an_error_that_lists_what_was_seen(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Git LFS pointer"):
        read(tmp_path, {"t.csv": b"version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n"})
    with pytest.raises(UsageError, match="no such file"):
        discover(tmp_path / "absent", Settings())


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real.jsonl").write_bytes(GOOD)
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "real.jsonl")
    source = discover(tmp_path, Settings())
    assert [f.path for f in source.dataset.files] == ["real.jsonl"]
    assert [i.path for i in source.dataset.ignored] == ["link.jsonl"]


@pytest.mark.parametrize(("text", "columns", "fast"), [
    ("zip,n\n01234,1\n10115,2\n", {"zip": ["01234", "10115"], "n": [1, 2]}, True),
    ("a,b\n1,x\n2,\n", {"a": [1, 2], "b": ["x", None]}, True),
    ('a,b\n"x, ""y""",1\n"z",\n', {"a": ['x, "y"', "z"], "b": [1, None]}, True),
    ("a,b\n1,x\n2\n", {"a": [1], "b": ["x"]}, False),
    ('a,b\n"x,y",1\nz\n', {"a": ["x,y"], "b": [1]}, False),
])
def test_empty_cells_and_codes_need_no_careful_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, columns: dict, fast: bool) -> None:
    from auditor.sources import csv_format

    called = []
    careful = csv_format.by_row
    monkeypatch.setattr(csv_format, "by_row", lambda *a: called.append(1) or careful(*a))
    path = tmp_path / "x.csv"
    path.write_text(text)
    found = read_file(Candidate(path, path.name, path.stat().st_size))
    assert found is not None
    assert found.tables[0].frame.collect().to_dict(as_series=False) == columns
    assert bool(called) is not fast
    assert bool(found.rejects) is not fast


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_strings_stored_as_codes_are_strings(tmp_path: Path, suffix: str) -> None:
    strings = pl.DataFrame({"text": [f"a text of some words {i}" for i in range(400)], "kind": ["red", "blue", "red", None] * 100, "label": ["yes", "no"] * 200, "tags": [["a", "b"], ["c"]] * 200})
    codes = strings.with_columns(pl.col("kind", "text").cast(pl.Categorical), pl.col("label").cast(pl.Enum(["no", "yes"])), pl.col("tags").cast(pl.List(pl.Categorical)))
    found = []
    for name, frame in (("strings", strings), ("codes", codes)):
        (tmp_path / name).mkdir()
        path = tmp_path / name / f"train.{suffix}"
        (frame.write_parquet if suffix == "parquet" else frame.write_ipc)(path)
        source = discover(path, Settings())
        found.append((source.dataset.columns, source.dataset.roles, pl.concat([p.data for p in source.parts]).collect()))
    assert found[0][:2] == found[1][:2]
    assert found[0][2].equals(found[1][2])
