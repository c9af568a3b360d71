"""First lines that name the columns beside first lines that don't."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from auditor.cli import cli
from auditor.settings import Settings
from auditor.sources.discover import discover
from auditor.sources.names import withheld

R = random.Random(2)
Cells = tuple[object, ...]


def w() -> str:
    return R.choice(("alpha", "beta", "gamma", "delta"))


CASES: dict[str, tuple[str, Callable[[int], Cells], list[str] | None]] = {
    "plain": ("text,label", lambda i: (f"{w()} {i}", w()[0]), ["text", "label"]),
    "row numbers of pandas": (",text,label", lambda i: (i, f"{w()} {i}", w()[0]), ["Unnamed: 0", "text", "label"]),
    "row names of R": ('"","text","label"', lambda i: (f'"r{i}"', f"{w()} {i}", w()[0]), ["Unnamed: 0", "text", "label"]),
    "row names of R without a field": ("text,label", lambda i: (i + 1, f"{w()} {i}", w()[0]), ["Unnamed: 0", "text", "label"]),
    "a comma too many in every line": ("text,label,", lambda i: (f"{w()} {i}", w()[0], ""), ["text", "label", "Unnamed: 2"]),
    "a name twice": ("q,q,answer", lambda i: (i, i * 2, w()[0]), ["q", "q_1", "answer"]),
    "columns of an array": ("0,1,2,3,4,5,label", lambda i: (*(R.randrange(9) for _ in range(6)), w()), ["0", "1", "2", "3", "4", "5", "label"]),
    "rows and columns of an array": (",0,1,2,3,4", lambda i: (i, *(R.random() for _ in range(5))), ["Unnamed: 0", "0", "1", "2", "3", "4"]),
    "years": ("country,1990,1995,2000", lambda i: (f"{w()}{i}", R.random(), R.random(), R.random()), ["country", "1990", "1995", "2000"]),
    "names like the values": ("text,f1", lambda i: (f"{w()} {i}", f"{w()[0]}{i % 9}"), ["text", "f1"]),
    "names like the values, beside numbers": ("day_1,sales_2020,n", lambda i: (f"day_{i + 5}", f"north_{i}", i), ["day_1", "sales_2020", "n"]),
    "years with a gap": ("country,1990,1991,1993", lambda i: (f"{w()}{i}", R.randrange(9), R.randrange(9), R.randrange(9)), ["country", "1990", "1991", "1993"]),
    "a name that is a number to some": ("inf,n", lambda i: (R.random(), i), ["inf", "n"]),
    "a name among the values, above numbers": ("treatment,age", lambda i: (R.choice(("placebo", "treatment")), 20 + i), ["treatment", "age"]),
    "few different rows": ("vaccine,none", lambda i: (R.choice(("vaccine", "placebo")), R.choice(("none", "case"))), None),
    "a mark for missing above numbers": ("NA,alpha 1 x", lambda i: (R.random(), f"{w()} {i} x"), None),
    "a cell missing in the first row": ("hello,,x", lambda i: (w(), w(), "y"), None),
    "the first cell missing in the first row": (",beta,x", lambda i: (w(), w(), "y"), None),
    "numbers": ("0.5,2,alpha", lambda i: (R.random(), i, w()), None),
    "sequences": ("0,1,2,3,4,alpha", lambda i: (i % 2, i % 2 + 1, i % 2 + 2, i % 2 + 3, i % 2 + 4, w()), None),
    "yes and no": ("yes,yes,7", lambda i: (R.choice(("yes", "no")), R.choice(("yes", "no")), i), None),
    "texts and labels": ("alpha 1 beta,b", lambda i: (f"{w()} {i} {w()}", w()[0]), None),
}


@pytest.mark.parametrize("memory_mb", [768, 0])
@pytest.mark.parametrize("name", CASES)
def test_the_first_line(tmp_path: Path, name: str, memory_mb: int) -> None:
    first, row, columns = CASES[name]
    path = tmp_path / "train.csv"
    path.write_text(first + "\n" + "".join(",".join(map(str, row(i))) + "\n" for i in range(60)))
    source = discover(tmp_path, replace(Settings(), memory_mb=memory_mb))
    data = source.dataset
    assert [c.name for c in data.columns] == (columns or [f"column_{i}" for i in range(first.count(",") + 1)])
    assert data.rows == 60 + (columns is None)
    assert data.rejected_rows == 0
    assert source.parts[0].data.collect().height == data.rows
    assert [n.kind for n in data.notes if n.kind != "missing_marks"] == (["duplicate_columns"] if name == "a name twice" else ["no_header"] if columns is None else [])


ROWS = [(f"{w()} {w()} {i}", w()[0], f"{R.random():.3f}") for i in range(60)]
BODY = "".join(",".join(r) + "\n" for r in ROWS)
WHOLE: dict[str, tuple[str, str, list[str], int]] = {
    "comments": ("# made by a tool\n# on 2024-01-01\ntext,label,n\n" + BODY, "utf-8", ["preamble"], 0),
    "a title": ("Export of tickets\n\ntext,label,n\n" + BODY, "utf-8", ["preamble"], 0),
    "what Excel writes for itself": ("sep=,\ntext,label,n\n" + BODY, "utf-8", ["preamble"], 0),
    "files put together": ("text,label,n\n" + BODY[: BODY.index("\n", 200) + 1] + "text,label,n\n" + BODY[BODY.index("\n", 200) + 1 :], "utf-8", ["ragged"], 1),
    "two bytes a character": ("text,label,n\n" + BODY, "utf-16", ["encoding"], 0),
    "a space behind each comma": ("text, label, n\n" + BODY.replace(",", ", "), "utf-8", [], 0),
}


@pytest.mark.parametrize("memory_mb", [768, 0])
@pytest.mark.parametrize("name", WHOLE)
def test_what_stands_around_the_rows(tmp_path: Path, name: str, memory_mb: int) -> None:
    text, codec, notes, lost = WHOLE[name]
    (tmp_path / "train.csv").write_bytes(text.encode(codec))
    source = discover(tmp_path, replace(Settings(), memory_mb=memory_mb))
    got = source.parts[0].data.collect()
    assert got.columns == ["text", "label", "n"]
    assert [(t, la.strip(), f"{n:.3f}") for t, la, n in got.rows()] == ROWS
    assert [n.kind for n in source.dataset.notes] == notes
    assert source.dataset.rejected_rows == lost


def test_the_header_again_far_down_among_texts(tmp_path: Path) -> None:
    body = "".join(f"{w()} {i},{w()[0]}\n" for i in range(3000))
    (tmp_path / "train.csv").write_text("text,label\n" + body + "text,label\n" + body.replace(" ", "  "))
    data = discover(tmp_path, Settings()).dataset
    assert (data.rows, data.rejected_rows) == (6000, 1)
    assert [(r.line, r.reason) for r in data.rejects] == [(3002, "the header line once more")]


@pytest.mark.parametrize("memory_mb", [768, 0])
def test_quotes_behind_backslashes(tmp_path: Path, memory_mb: int) -> None:
    texts = [f'he said "{w()} {i}", really \\ {w()}' for i in range(60)]
    (tmp_path / "train.csv").write_text("text,label\n" + "".join('"' + t.replace("\\", "\\\\").replace('"', '\\"') + f'",{"xy"[i % 2]}\n' for i, t in enumerate(texts)))
    got = discover(tmp_path, replace(Settings(), memory_mb=memory_mb)).parts[0].data.collect()
    assert got["text"].to_list() == texts


NUMBERS: dict[str, tuple[list[str], list[float | None] | None, int]] = {
    "words for missing": (["1", "NA", "3", "NULL", "?"], [1, None, 3, None, None], 3),
    "broken ones": ([" 1.5", "None ", "3"], [1.5, None, 3.0], 1),
    "codes": (["001", "NA", "003"], None, 0),
    "words": (["1", "NA", "many"], None, 0),
    "nothing else": (["NA", "NULL", "NA"], None, 0),
}


@pytest.mark.parametrize("how", ["fast", "streamed", "careful"])
@pytest.mark.parametrize("name", NUMBERS)
def test_words_for_missing_numbers(tmp_path: Path, name: str, how: str) -> None:
    cells, want, missing = NUMBERS[name]
    lines = [f"row {i},{c}" for i, c in enumerate(cells * 30)]
    if how != "fast":
        lines.append("a row,with,too many")
    (tmp_path / "train.csv").write_text("text,n\n" + "\n".join(lines) + "\n")
    source = discover(tmp_path, replace(Settings(), memory_mb=0 if how == "streamed" else 768))
    got = source.parts[0].data.collect()["n"].to_list()
    assert got == (cells if want is None else want) * 30
    told = [n.count for n in source.dataset.notes if n.kind == "missing_marks"]
    assert told == ([missing * 30] if missing else [])


ADDRESS = "ann.lee@corp-mail.com"


@pytest.mark.parametrize(
    ("first", "row"),
    [
        (f"Ann Lee,{ADDRESS},please help", lambda i: (f"{w()} lee{i}", f"{w()}.{i}@corp-mail.com", "please help me")),
        ("AB-17,one text", lambda i: (f"CD-{i}", f"some text {i}")),
        ("12:30,one text", lambda i: (f"{i % 24}:00", f"some text {i}")),
        ("+49 30 123456789,one text", lambda i: (f"call me {i}", f"some text {i}")),
    ],
)
def test_a_first_row_like_the_others_names_nothing(tmp_path: Path, first: str, row: Callable[[int], Cells]) -> None:
    (tmp_path / "train.csv").write_text(first + "\n" + "".join(",".join(map(str, row(i))) + "\n" for i in range(60)))
    data = discover(tmp_path, Settings()).dataset
    assert data.rows == 61
    assert all(c.name.startswith("column_") for c in data.columns)


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_names_that_may_be_somebodys_are_withheld(tmp_path: Path, kind: str) -> None:
    frame = pl.DataFrame({"text": [f"some words {i}" for i in range(60)], "label": ["a", "b"] * 30, ADDRESS: range(60), "+49 30 1234 56789": range(60)})
    {"jsonl": frame.write_ndjson, "parquet": frame.write_parquet}[kind](tmp_path / f"train.{kind}")
    for form in ("json", "markdown", "html", "terminal"):
        said = CliRunner().invoke(cli, ["run", str(tmp_path), "-f", form, "--no-cache"]).output
        assert "corp-mail" not in said
        assert "56789" not in said
    assert [n.kind for n in discover(tmp_path, Settings()).dataset.notes] == ["renamed", "renamed"]


def test_fields_inside_are_withheld_too(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    rows = [{"text": f"some words {i}", "label": "ab"[i % 2], "scores": {ADDRESS: f"by bob.{i}@corp-mail.com"}} for i in range(60)]
    (tmp_path / "d" / "train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    for words in (["run", "-f", "json", "--no-cache"], ["run", "-f", "html", "--no-cache"], ["redact", "-o", str(tmp_path / "out")]):
        assert "corp-mail" not in CliRunner().invoke(cli, [*words, str(tmp_path / "d")]).output
    CliRunner().invoke(cli, ["run", "--no-cache", "--rows", str(tmp_path / "rows.jsonl"), str(tmp_path / "d")])
    assert "corp-mail" not in (tmp_path / "rows.jsonl").read_text()


@pytest.mark.parametrize(
    ("name", "hidden"),
    [
        (ADDRESS, True), ("mail of ann@x.org", True), ("+49 30 1234 56789", True), ("(0)301-234-5678", True), ("123456789", True), ("call 030 123 45 678", True),
        ("ENSG00000139618", False), ("pixel784", False), ("2020-01-01 00:00:00", False), ("20200101120000", False), ("2019/12/31 23", False), ("sales_2020_2021", False), ("a@b", False), ("12345678", False), ("0.123456789x", False),
    ],
)  # fmt: skip
def test_which_names_are_withheld(name: str, hidden: bool) -> None:
    assert withheld(name) is hidden


@pytest.mark.parametrize("memory_mb", [768, 0])
@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_line_ends_of_any_machine(tmp_path: Path, end: str, memory_mb: int) -> None:
    (tmp_path / "train.csv").write_bytes(("text,label,n" + end + BODY.replace("\n", end)).encode())
    source = discover(tmp_path, replace(Settings(), memory_mb=memory_mb))
    assert [r[0] for r in source.parts[0].data.collect().rows()] == [r[0] for r in ROWS]


def test_a_carriage_return_in_a_cell_ends_nothing_in_quotes(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_bytes(b"text,label\n" + b"".join(b'"some words\rand more %d",%c\n' % (i, b"ab"[i % 2]) for i in range(60)))
    data = discover(tmp_path, Settings()).dataset
    assert (data.rows, [c.name for c in data.columns]) == (60, ["text", "label"])


@pytest.mark.parametrize("name", ["x" * 10**6 + "@", "@" * 10**6, "1 " * 10**6 + "x", "a." * 10**6])
def test_long_names_take_no_time(name: str) -> None:
    assert withheld(name) is name.startswith("1")


SURVEY = [["ResponseId", "Duration (in seconds)", "Q1"], ["Response ID", "Duration", "How far do you agree?\nPlease choose."], ['{"ImportId":"_recordId"}', '{"ImportId":"duration"}', '{"ImportId":"QID1","choiceId":"1"}']]


@pytest.mark.parametrize(("heads", "names"), [(3, SURVEY[0]), (2, None), (1, SURVEY[0])])
def test_three_rows_of_headings_of_a_survey(tmp_path: Path, heads: int, names: list[str] | None) -> None:
    rows = [[f"R_{i:04x}", str(30 + i * 7 % 90), str(1 + i % 5)] for i in range(60)]
    with (tmp_path / "survey.csv").open("w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows([*SURVEY[:heads], *rows])
    source = discover(tmp_path, Settings())
    found = source.parts[0].data.collect()
    if names:
        assert found.columns == names
        assert found.height == 60
        assert found["Q1"].to_list() == [1 + i % 5 for i in range(60)]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("broken", [0, 1])
def test_commas_of_a_text_are_no_delimiter(tmp_path: Path, delimiter: str, broken: int) -> None:
    """Two columns by either, but by commas in half of the rows only; a row that lacks a field changes nothing."""
    texts = [("Hello, the parcel is late", "no parcel yet", "Hello, my kettle, and the lamp, are late")[0 if i % 2 else i % 3] for i in range(100)]
    lines = [f"Text{delimiter}Kategorie", *(f"{t} {i}{delimiter}{'ab'[i % 2]}" for i, t in enumerate(texts)), *["lost"] * broken]
    (tmp_path / "train.csv").write_text("\n".join(lines))
    data = discover(tmp_path, Settings()).dataset
    assert ([c.name for c in data.columns], data.rows) == (["Text", "Kategorie"], 100)


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_commas_inside_cells_do_not_delimit_what_the_header_has_none_of(tmp_path: Path, delimiter: str) -> None:
    lines = [delimiter.join(("title", "meta", "price"))]
    lines += [delimiter.join((f"word{i}", '"{""a"": 1, ""b"": 2, ""c"": 3}"', f"{i},5")) for i in range(20)]
    lines[7] += f"{delimiter}extra"  # one ragged row of twenty leaves the right delimiter below the share that is believed at once
    (tmp_path / "train.tsv").write_text("\n".join(lines) + "\n")
    parts = discover(tmp_path, Settings()).parts
    assert parts[0].frame.collect_schema().names()[:3] == ["title", "meta", "price"]
    assert sum(p.rows for p in parts) >= 19
