"""Delimited text is read in pieces: wherever they end, rows and faults are those of reading the whole row by row."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.audit import answered
from auditor.scan import profile
from auditor.settings import Settings
from auditor.sources import csv_format, csv_pieces, csv_shape
from auditor.sources.csv_dialect import Dialect
from auditor.sources.csv_records import records
from auditor.sources.csv_scan import parsed as csv_scan_parsed
from auditor.sources.discover import discover
from auditor.sources.types import Candidate

CELLS = ["plain", "é", "", '""', '"x, y"', '"a\nb"', '"a\r\nb\n\nc"', '"he said ""no"""', "12", "-3.5"]
ODD = [*CELLS, 'in"side', '"open', ' "x"', '"x" ', "bare\rreturn", '"a""\n"', '"']


def expected(text: str, dialect: Dialect) -> tuple[list[list[str | None]], list[int]]:
    """Good rows below the header (cells as text), and the lines of bad ones."""
    good: list[list[str | None]] = []
    bad: list[int] = []
    header = True
    for line, cells, problem in records(list(io.StringIO(text, newline=None)), dialect.delimiter, len(dialect.names)):
        if header and problem is None:
            header = False
        elif problem is None and tuple(cells) != dialect.given:
            good.append([c or None for c in cells])
        else:
            bad.append(line)
    return good, bad


@pytest.mark.parametrize("seed", range(6))
def test_pieces_of_any_size_give_the_rows_of_the_whole(tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    r = random.Random(seed)
    path = tmp_path / "d.csv"
    by_polars = 0
    for _ in range(150):
        ahead = r.choice([3, 5, 1000])
        for module in ("csv_records", "csv_pieces", "csv_shape"):
            monkeypatch.setattr(f"auditor.sources.{module}.OPEN_QUOTE_LINES", ahead)
        monkeypatch.setattr(csv_pieces, "PIECE", r.choice([5, 17, 64, 200, 4096]))
        width, delimiter, end = r.choice([1, 2, 3, 4]), r.choice([",", "\t"]), r.choice(["\n", "\r\n"])
        cells, faulty = (CELLS, 0.0) if r.random() < 0.5 else (ODD, r.choice([0.0, 0.05]))
        names = tuple(f"name{i}" for i in range(width))
        dialect = Dialect(delimiter, True, names, given=names)
        lines = [delimiter.join(r.choice(cells) for _ in range(width if r.random() >= faulty else r.randrange(1, width + 2))) for _ in range(r.randrange(1, 40))]
        lines.insert(r.randrange(len(lines)), delimiter.join(["word"] * width))  # so that all columns are text
        lines += [delimiter.join(names)] * (r.random() < 0.1)
        text = end.join([delimiter.join(names), *lines]) + end * (r.random() < 0.8)
        path.write_bytes(text.encode())
        good, bad = expected(text, dialect)
        for hold in (True, False):
            found = csv_format.read(Candidate(path, path.name, len(text)), "text", dialect, hold=hold)
            got = [[None if v in ("", None) else str(v) for v in row] for t in found.tables for row in t.frame.collect().rows()]
            want = good if not found.tables else [[None if c is None else as_read(c, str(t)) for c, t in zip(row, found.tables[0].frame.collect_schema().dtypes(), strict=True)] for row in good]
            assert got == want, repr(text)
            assert [x.line for x in found.rejects if x.lost] == bad, repr(text)
            assert found.rejected_rows == len(bad)
            by_polars += not bad and len(good) > 1
    assert by_polars > 50


def as_read(cell: str, dtype: str) -> str | None:
    """A cell as its column's type has it."""
    if dtype == "String":
        return cell
    try:
        return str(float(cell) if dtype == "Float64" else int(cell))
    except ValueError:
        return None


ROWS = [f"{i},word {i % 7},{i}.5" for i in range(3000)]
LATE = {
    "as it begins": ROWS,
    "over several lines": [*ROWS[:2000], '7,"two\nlines, and ""quotes""",1.5', *ROWS[2000:]],
    "empty cells": [*ROWS, ",,", "1,,"],
    "a short row": [*ROWS, "1,x", *ROWS[:9]],
    "a long row": [*ROWS, "1,x,2,3"],
    "a blank line": [*ROWS, "", *ROWS[:9]],
    "an odd cell": [*ROWS, "oops,x,2.5"],
    "fractions": [*ROWS, *(f"{i}.25,x,2.5" for i in range(500))],
    "words": [*ROWS, *(f"id {i},x,2.5" for i in range(500))],
    "an open quote": [*ROWS, '1,"x,2.5', *ROWS[:1500]],
    "a quote inside": [*ROWS, '1,5" screw,2.5'],
    "a bare return": [*ROWS, "1,x\ry,2.5"],
    "the header again": [*ROWS, "n,text,x", *ROWS[:9]],
}


@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
@pytest.mark.parametrize("name", LATE)
def test_what_comes_late_is_found_though_the_beginning_was_trusted(tmp_path: Path, name: str, codec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_pieces, "PIECE", 4000)
    path = tmp_path / "d.csv"
    lines = [*LATE[name], *(["1,naïve,0.5"] if codec == "cp1252" else [])]
    path.write_bytes("\n".join(["n,text,x", *lines, ""]).encode(codec))
    told = [answered(path, replace(Settings(), memory_mb=mb), profile.requests, lambda *_: None) for mb in (0, 768)]
    assert told[0][0].dataset == told[1][0].dataset == discover(path, Settings()).dataset
    built = [profile.build(source.dataset, done.facts, lambda values: [False] * len(values), lambda *_: False) for source, done, _ in told]
    assert built[0] == built[1]


def test_a_clean_file_is_parsed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_pieces, "PIECE", 4000)
    read: list[str] = []
    for module, name in (("csv_format", "reading"), ("csv_scan", "pass")):
        monkeypatch.setattr(f"auditor.sources.{module}.parsed", lambda data, *a, name=name, **k: read.append(name) or csv_scan_parsed(data, *a, **k))
    path = tmp_path / "d.csv"
    path.write_text("\n".join(["n,text,x", *ROWS, ""]))
    answered(path, replace(Settings(), memory_mb=0), profile.requests, lambda *_: None)
    pieces = -(-path.stat().st_size // 4000)
    assert read.count("reading") == 2  # some rows as text, and the first piece
    assert pieces <= read.count("pass") < 3 * pieces  # all, and the sample that tells roles: as many rows as there are here


def test_text_over_several_lines_is_regular_where_its_quotes_are() -> None:
    def of(text: str, width: int = 2) -> csv_shape.Shape:
        return csv_shape.shape(bytearray(text.encode()), len(text.encode()), ",", width)

    assert of('a,b\n1,"x\ny"\n2,z\n') == (len('a,b\n1,"x\ny"\n2,z\n'), 3, 4, True)
    assert of('a,b\n1,"x\n') == (4, 1, 1, True)  # the last row is not whole yet
    assert not of('a,b\n1,x"y\n2,"z"\n3,a"b\n').regular
    assert not of('a,b\n1,"x" y\n').regular
    assert not of("a,b\n1,x\ry\n").regular
    assert of("a,b\r\n1,x\r\n").regular
    assert not of('a,b,c\n1,"x\n1,2,3\ny",3\n', 3).regular  # the quote may have swallowed a row
    assert not of('1,"' + "x\n" * 1001).regular


@pytest.mark.parametrize(
    ("text", "rows", "bad"),
    [
        ('"x\ny",1,a\n', 1, []),
        ('"x\ny",1,a,more\n"p",2,b\n', 1, [1]),  # one row with too many fields over two lines
        ('"x\ny\nz",1\n"p",2,b\n', 1, [1]),
        ('"x,1,a\np,2,b\nq",3,c\nr,4,d\n', 3, [1]),  # a stray quote: what it swallowed are rows
        ('"x,1,a\nhe said ""no"", q",3,c,more\nr,4,d\n', 1, [1]),
        ('"x\ny",1,a,more\n"x\ny",1,a,more\np,2,b\n', 1, [1, 3]),
    ],
)
def test_a_faulty_row_over_several_lines_is_one_row(text: str, rows: int, bad: list[int]) -> None:
    found = list(records(list(io.StringIO(text, newline=None)), ",", 3))
    assert sum(problem is None for _, _, problem in found) == rows
    assert [line for line, _, problem in found if problem is not None] == bad
