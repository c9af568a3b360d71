"""Documents in class folders: one row a file, and folders that look like classes and are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model import Role, Shape
from auditor.settings import Settings
from auditor.sources.discover import discover
from auditor.sources.folders import classes
from auditor.sources.types import Candidate


def _files(*paths: str, size: int = 500) -> list[Candidate]:
    return [Candidate(Path(p), p, size) for p in paths]


def _many(*folders: str, names: str = "{}.txt", n: int = 6) -> list[str]:
    return [f"{folder}/{names.format(i)}" for folder in folders for i in range(n)]


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (_many("train/pos", "train/neg", "test/pos", "test/neg"), {"pos", "neg"}),
        (_many("business", "sport", "tech", names="{:03}.txt"), {"business", "sport", "tech"}),
        (_many("bbc/business", "bbc/sport"), {"business", "sport"}),
        (_many("20news-bydate-train/alt.atheism", "20news-bydate-train/sci.space", names="4996{}"), {"alt.atheism", "sci.space"}),
        ([*_many("pos", "neg", n=20), "urls_pos.txt"], {"pos", "neg"}),
        ([*_many("train/pos", "train/neg", "train/unsup"), *_many("test/pos", "test/neg")], {"pos", "neg", None}),
        (_many("it", "hr", names="ticket{}.txt")[:11], {"it", "hr"}),
    ],
    ids=["splits", "plain", "one level down", "newsgroups", "a list beside them", "unlabelled", "two letters"],
)
def test_documents_in_class_folders_are_labelled(paths: list[str], found: set[str | None]) -> None:
    assert set(classes(_files(*paths)).values()) == found


@pytest.mark.parametrize(
    "files",
    [
        _files(*_many("train", "test")),
        _files(*_many("part1", "part2")),
        _files(*_many("2021", "2022")),
        _files(*_many("only")),
        _files(*_many("pos", "neg", n=4)),
        _files(*_many("AA", "AB", names="wiki_{:02}"), size=1 << 20),
        _files(*_many("en", "de")),
        _files(*_many("articles", "summaries")),
        _files(*_many("News Articles/sport", "News Articles/tech", "Summaries/sport", "Summaries/tech")),
        _files(*_many("pos", "neg"), "train.csv"),
        _files(*_many("pos", "neg", n=5), *(f"notes{i}.txt" for i in range(5))),
        _files("train/a.txt", "test/b.txt"),
        [],
    ],
    ids=["splits only", "parts", "years", "one", "few", "shards", "languages", "sides", "sides above", "a table", "loose files", "lines", "nothing"],
)
def test_other_folders_are_no_classes(files: list[Candidate]) -> None:
    assert classes(files) == {}


def test_each_document_is_one_row_with_its_folder_as_label(tmp_path: Path) -> None:
    for split, n in (("train", 30), ("test", 8)):
        for label, word in (("pos", "splendid"), ("neg", "dreary")):
            folder = tmp_path / split / label
            folder.mkdir(parents=True)
            for i in range(n):
                (folder / f"{i}.txt").write_text(f"A {word} film, number {i}.\n\nThe second paragraph {i * 7}.\n")
    (tmp_path / "train" / "urls_pos.txt").write_text("http://localhost/1\n")
    (tmp_path / "vocabulary.txt").write_text("a\nfilm\n")
    (tmp_path / "train" / "pos" / "bad.txt").write_bytes("caf\xe9 splendid\nna\xefve".encode("latin-1"))
    source = discover(tmp_path, Settings())
    data = source.dataset
    assert data.rows == 77
    assert data.shape is Shape.CLASSIFICATION
    assert data.role(Role.LABEL) == ("label",)
    assert {f.split for f in data.files} == {"train", "test"}
    assert {i.path for i in data.ignored} == {"train/urls_pos.txt", "vocabulary.txt"}
    by_name = {data.files[p.file].path: p.frame.collect() for p in source.parts}
    assert by_name["test/neg/3.txt"].to_dicts() == [{"text": "A dreary film, number 3.\n\nThe second paragraph 21.", "label": "neg"}]
    assert by_name["train/pos/bad.txt"]["text"].item() == "caf\xe9 splendid\nna\xefve"
    assert any(n.kind == "encoding" and n.file == "train/pos/bad.txt" for n in data.notes)


def test_lists_of_lines_beside_tables_are_no_rows(tmp_path: Path) -> None:
    rows = "text,label\n" + "".join(f"some words {i},{'ab'[i % 2]}\n" for i in range(60))
    for name in ("train.csv", "test.csv"):
        (tmp_path / name).write_text(rows)
    (tmp_path / "labels.txt").write_text("a\nb\n")
    (tmp_path / "names.txt").write_text("ann\nbob\n")
    (tmp_path / "requirements.txt").write_text("numpy\n")
    (tmp_path / "production.txt").write_text("what people wrote\nand wrote again\n")
    data = discover(tmp_path, Settings()).dataset
    assert data.rows == 122
    assert {i.path: i.reason for i in data.ignored} == {
        "labels.txt": "lines of text beside tables",
        "names.txt": "lines of text beside tables",
        "requirements.txt": "documentation or configuration",
    }


def test_lines_alone_are_rows(tmp_path: Path) -> None:
    for name in ("names.txt", "corpus.txt"):
        (tmp_path / name).write_text("one line\nanother line\n")
    assert discover(tmp_path, Settings()).dataset.rows == 4
