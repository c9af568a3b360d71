"""Redaction: found spans go, everything else stays byte for byte, and a second look finds nothing."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.checks.pii import CHECKS
from auditor.cli import cli
from auditor.detectors.pii_lexers import decoded, fields, values
from auditor.detectors.pii_redact import Edit, applied
from auditor.errors import UsageError
from auditor.redact import redact
from auditor.scan import engine
from auditor.settings import PiiSettings, Settings
from auditor.sources.discover import discover

MAIL, CARD, SSN = "anna.k@gmx.de", "4556 7375 8689 9855", "536-22-8712"
ROWS = [
    {"id": 1, "text": f'she said "write to {MAIL}"\nsoon – ü', "tags": ["a", SSN], "n": 4556737586899855},
    {"id": 2, "text": "nothing here, \\ and \t tab", "tags": [], "n": 4929939187355598},
    {"id": 3, "text": f"{CARD} and {MAIL} and {MAIL}", "tags": ["b"], "n": 4539578763621486},
    {"id": 4, "text": "", "tags": ["ok"], "n": 4716190207394368},
]


def failing(folder: Path) -> set[str]:
    s = Settings()
    source = discover(folder, s)
    requests = [r for c in CHECKS for r in c.needs(source.dataset, s) if type(r).__name__ != "NamesStudy"]
    facts = engine.run(source, requests, s).facts
    return {f.code for c in CHECKS if c.code != "PII003" for f in c.judge(source.dataset, facts, s) if f.status in {"fail", "warn", "error"}}


def csv_text() -> str:
    def cell(value: object) -> str:
        return '"' + str(value).replace('"', '""') + '"'

    return "id,text,n\r\n" + "".join(f"{r['id']},{cell(r['text'])},{r['n']}\r\n" for r in ROWS)


def write(folder: Path, kind: str) -> Path:
    folder.mkdir()
    match kind:
        case "jsonl":
            (folder / "train.jsonl").write_text("".join(json.dumps(r, ensure_ascii=i % 2 == 0) + "\n" for i, r in enumerate(ROWS)))
        case "json":
            (folder / "train.json").write_text(json.dumps(ROWS, indent=3))
        case "csv":
            (folder / "train.csv").write_bytes(csv_text().encode())
        case "tsv":
            (folder / "train.tsv").write_text("text\tlabel\n" + "".join(f"line {i} {MAIL}\tx\n" for i in range(4)))
        case "txt":
            (folder / "train.txt").write_bytes(f"one\r\n\r\nwrite to {MAIL}\nlatin \xe9".encode())
        case "gz":
            (folder / "train.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in ROWS).encode()))
        case "parquet":
            pl.DataFrame(ROWS).write_parquet(folder / "train.parquet")
        case "arrow":
            pl.DataFrame(ROWS).write_ipc(folder / "train.arrow")
    (folder / "README.md").write_text("about this data")
    return folder


KINDS = ("jsonl", "json", "csv", "tsv", "txt", "gz", "parquet", "arrow")


@pytest.mark.parametrize("kind", KINDS)
def test_round_trip(tmp_path: Path, kind: str) -> None:
    source = write(tmp_path / "in", kind)
    assert failing(source)
    result = redact(source, tmp_path / "out", Settings())
    assert not failing(tmp_path / "out")
    assert (tmp_path / "out" / "README.md").read_text() == "about this data"
    assert result.copied == ("README.md",)
    name = result.files[0]
    read = gzip.decompress if kind == "gz" else bytes
    new = read((tmp_path / "out" / name).read_bytes())
    assert not any(v.encode() in new for v in (MAIL, CARD, SSN, "4556737586899855") if kind not in {"parquet", "arrow"})
    assert not list(tmp_path.glob(".redact-*"))


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "tsv", "txt"])
def test_every_other_byte_is_kept(tmp_path: Path, kind: str) -> None:
    source = write(tmp_path / "in", kind)
    result = redact(source, tmp_path / "out", Settings())
    old, new = ((tmp_path / d / result.files[0]).read_bytes() for d in ("in", "out"))
    for value, mark in ((MAIL, "<EMAIL_ADDRESS>"), (CARD, "<CREDIT_CARD>"), (SSN, "<US_SSN>")):
        old = old.replace(value.encode(), mark.encode())
    for row in ROWS:
        old = old.replace(str(row["n"]).encode(), b"" if kind == "csv" else b"null")
    assert new == old


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_columns_and_types_are_kept(tmp_path: Path, kind: str) -> None:
    source = write(tmp_path / "in", kind)
    redact(source, tmp_path / "out", Settings())
    read = pl.read_parquet if kind == "parquet" else pl.read_ipc
    old, new = (read(tmp_path / d / f"train.{kind}") for d in ("in", "out"))
    assert old.schema == new.schema
    assert new["n"].null_count() == 4
    assert new["text"].to_list()[0] == 'she said "write to <EMAIL_ADDRESS>"\nsoon – ü'
    assert new["tags"].to_list() == [["a", "<US_SSN>"], [], ["b"], ["ok"]]
    assert new["id"].equals(old["id"])


def test_surrogates_are_consistent_and_keyed(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "jsonl")
    for name, salt in (("a", "one"), ("b", "one"), ("c", "two")):
        redact(source, tmp_path / name, Settings(pii=PiiSettings(salt=salt)), surrogate=True)
    a, b, c = ((tmp_path / n / "train.jsonl").read_text() for n in "abc")
    assert a == b != c
    last = json.loads(a.split("\n")[2])["text"].split(" and ")
    assert last[1] == last[2] != last[0]
    assert last[1].endswith("@example.com")
    assert not failing(tmp_path / "a")


@pytest.mark.parametrize("kind", ["jsonl", "csv", "txt"])
def test_blocks_give_what_one_piece_gives(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "in", kind)
    name = redact(source, tmp_path / "whole", Settings()).files[0]
    monkeypatch.setattr("auditor.detectors.pii_redact._BLOCK", 40)
    redact(source, tmp_path / "blocks", Settings())
    assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "blocks" / name).read_bytes()


def test_placeholders_and_allowed_values_stay(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    text = f'{{"text": "write to someone@example.com or {MAIL}"}}\n' * 3
    (tmp_path / "in" / "train.jsonl").write_text(text)
    redact(tmp_path / "in", tmp_path / "out", Settings(pii=PiiSettings(allow_patterns=(r".*@gmx\.de",))))
    assert (tmp_path / "out" / "train.jsonl").read_text() == text


def test_a_single_file(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "jsonl") / "train.jsonl"
    redact(source, tmp_path / "clean.jsonl", Settings())
    assert MAIL not in (tmp_path / "clean.jsonl").read_text()


def test_invalid_bytes_survive(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "train.csv").write_bytes(b"text,label\n" + b"".join(b"caf\xe9 %d %s,x\n" % (i, MAIL.encode()) for i in range(5)))
    redact(tmp_path / "in", tmp_path / "out", Settings())
    assert (tmp_path / "out" / "train.csv").read_bytes() == b"text,label\n" + b"".join(b"caf\xe9 %d <EMAIL_ADDRESS>,x\n" % i for i in range(5))


def test_places_that_are_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "jsonl")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    for out in (tmp_path / "full", source / "inside", source):
        with pytest.raises(UsageError):
            redact(source, out, Settings())


def test_a_crash_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "in", "jsonl")

    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("planned")

    monkeypatch.setattr("auditor.detectors.pii_redact.Redactor.file", crash)
    with pytest.raises(RuntimeError, match="planned"):
        redact(source, tmp_path / "out", Settings())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]


@settings(max_examples=200, deadline=None)
@given(st.recursive(st.text(max_size=8) | st.integers() | st.booleans() | st.none(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=8), st.booleans())
def test_json_tokens_are_its_values(document: object, ascii_only: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only)
    strings: list[str] = []

    def walk(v: object) -> None:
        if isinstance(v, str):
            strings.append(v)
        elif isinstance(v, dict):
            for x in v.values():
                walk(x)
        elif isinstance(v, list):
            for x in v:
                walk(x)

    walk(document)
    tokens = [t for t in values(text) if t.kind == "json"]
    got = [decoded(text[t.start : t.end], "json") for t in tokens]
    assert [g[0] for g in got] == strings
    assert all(len(places) == len(value) + 1 for value, places in got)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.text(alphabet='ab,"\n ü', max_size=6), min_size=2, max_size=2), max_size=5))
def test_csv_fields_are_its_values(rows: list[list[str]]) -> None:
    import csv
    import io

    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    text = out.getvalue()
    got = [decoded(text[t.start : t.end], t.kind)[0] for t in fields(text, ",", ("x", "y"), header=False)]
    assert got == [c for r in rows for c in r if c]


@given(st.text(alphabet="abcdef", min_size=1, max_size=20), st.integers(0, 19), st.integers(1, 5))
def test_edits_map_back(text: str, at: int, size: int) -> None:
    a = min(at, len(text) - 1)
    b = min(len(text), a + size)
    done = applied(text, [Edit(a, b, "<X>")])
    assert done.text == text[:a] + "<X>" + text[b:]
    assert done.left[a] == a
    assert done.right[a + 3] == b
    assert [text[done.left[i]] for i in range(len(done.text)) if not a <= i < a + 3] == list(text[:a] + text[b:])


def test_what_was_not_looked_into_is_named(tmp_path: Path) -> None:
    source = write(tmp_path / "in", "jsonl")
    (source / "failures.csv").write_text(f"id,what\n1,{MAIL}\n")
    (source / f"notes of {MAIL}.md").write_text(MAIL)
    done = CliRunner().invoke(cli, ["redact", str(source), "-o", str(tmp_path / "out")])
    assert "unread  failures.csv: copied as it is, with whatever personal data it holds" in done.output
    assert done.output.count("unread  ") == 3
    assert MAIL not in done.output


WHOSE = f"votes by {MAIL}"
NAMED = {"text": "nothing in here to see at all", WHOSE: 1, "on 2026-01-31": 2, "votes": {"+49 151 23456789": 1, "yes": 2}}


@pytest.mark.parametrize("kind", ["csv", "jsonl", "json", "parquet"])
def test_names_of_columns_that_are_somebodys_go_too(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [{**NAMED, "text": f"{NAMED['text']} {i}"} for i in range(30)]
    flat = [{k: v for k, v in r.items() if k != "votes"} for r in rows]
    file = folder / f"train.{kind}"
    if kind == "csv":
        pl.DataFrame(flat).write_csv(file)
    elif kind == "parquet":
        pl.DataFrame(flat).write_parquet(file)
    else:
        file.write_text(json.dumps(rows) if kind == "json" else "\n".join(map(json.dumps, rows)))
    done = redact(folder, tmp_path / "out", Settings())
    told = f"column {hashlib.sha256(WHOSE.encode()).hexdigest()[:6]}"
    if kind == "csv":  # a first row with an address in it is read as values
        assert done.replaced["column_1", "EMAIL_ADDRESS"] == 1
    else:
        assert done.replaced[told, "COLUMN_NAME"] == (30 if kind.startswith("json") else 1)
    written = (tmp_path / "out" / file.name).read_bytes()
    assert MAIL.encode() not in written
    assert b"23456789" not in written
    data = pl.read_parquet(tmp_path / "out" / file.name) if kind == "parquet" else None
    names = data.columns if data is not None else written.decode()
    assert (told in names) is (kind != "csv")
    assert "on 2026-01-31" in names
    assert data is None or data.rows() == pl.DataFrame(flat).rows()


@pytest.mark.parametrize("kind", ["workbook", "database"])
def test_what_cannot_be_written_anew_is_refused_and_not_damaged(tmp_path: Path, kind: str) -> None:
    folder = write(tmp_path / "data", "csv")
    if kind == "workbook":
        openpyxl = pytest.importorskip("openpyxl", reason="the excel extra is not installed")
        book = openpyxl.Workbook()
        for row in csv.reader(io.StringIO(csv_text())):
            book.worksheets[0].append(row)
        book.save(folder / "more.xlsx")
    else:
        with closing(sqlite3.connect(folder / "more.db")) as base:
            base.execute("CREATE TABLE rows (id INTEGER, text TEXT, n INTEGER)")
            base.executemany("INSERT INTO rows VALUES (?, ?, ?)", [(r["id"], r["text"], r["n"]) for r in ROWS])
            base.commit()
    with pytest.raises(UsageError, match=r"more\.(xlsx|db): .* save its rows as CSV or Parquet"):
        redact(folder, tmp_path / "out", Settings())
    assert not (tmp_path / "out").exists()
