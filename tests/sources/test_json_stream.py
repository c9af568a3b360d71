"""Objects over several lines, one after the other: rows, and a fault of the file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.settings import Settings
from auditor.sources.discover import discover

ROWS = [{"text": f"some words {i} here", "label": "ab"[i % 2], "more": {"n": i, "x": [i]}} for i in range(50)]


@pytest.mark.parametrize("name", ["train.json", "train.jsonl"])
@pytest.mark.parametrize("between", ["\n", "", "\n\n"])
def test_rows_and_the_fault(tmp_path: Path, name: str, between: str) -> None:
    (tmp_path / name).write_text(between.join(json.dumps(r, indent=2) for r in ROWS) + "\n")
    source = discover(tmp_path, Settings())
    assert source.parts[0].data.collect()["text"].to_list() == [r["text"] for r in ROWS]
    assert [n.kind for n in source.dataset.notes] == ["json_stream"]
    assert source.dataset.rejected_rows == 0


def test_what_is_cut_off_is_told(tmp_path: Path) -> None:
    text = "\n".join(json.dumps(r, indent=2) for r in ROWS)
    (tmp_path / "train.json").write_text(text[:-20])
    data = discover(tmp_path, Settings()).dataset
    assert (data.rows, data.rejected_rows) == (49, 1)
    assert "after 49 objects" in data.rejects[0].reason
    assert data.rejects[0].line == text[: text.rindex("\n{")].count("\n") + 2


def test_one_object_is_a_document(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text(json.dumps({"data": ROWS}, indent=2))
    data = discover(tmp_path, Settings()).dataset
    assert data.rows == 50
    assert [n.kind for n in data.notes] == ["nested_rows"]


@pytest.mark.parametrize("name", ["train.json", "train.jsonl"])
def test_an_array_a_line(tmp_path: Path, name: str) -> None:
    lines = [json.dumps([f"some words {i}", "ab"[i % 2]]) for i in range(50)]
    (tmp_path / name).write_text("\n".join([*lines[:20], "[1, 2", *lines[20:]]) + "\n")
    source = discover(tmp_path, Settings())
    assert source.parts[0].data.collect().rows()[:2] == [("some words 0", "a"), ("some words 1", "b")]
    assert (source.dataset.rows, source.dataset.rejected_rows) == (50, 1)
    assert [(r.line, r.reason) for r in source.dataset.rejects] == [(21, "no JSON array, as the other lines are")]


def test_a_broken_array_is_no_lines_of_arrays(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text(json.dumps([[f"some words {i}", "ab"[i % 2]] for i in range(50)], indent=1)[:-40])
    data = discover(tmp_path, Settings()).dataset
    assert data.notes[0].kind == "truncated"
    assert data.rows == 48


@pytest.mark.parametrize("text", ['{\n"a": ' + "[" * 100_000, "[\n" + "[" * 100_000, json.dumps(ROWS[0], indent=1) + '\n{\n"a": ' + "[" * 100_000])
def test_what_is_too_deep_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in ROWS))
    data = discover(tmp_path, Settings()).dataset
    assert data.rows >= 50
    assert data.rejected_rows + len(data.ignored) + len(data.notes) > 0
