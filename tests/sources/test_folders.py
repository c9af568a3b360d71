"""Documents in class folders: one row a file, and folders that look like classes and are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.audit import examine
from auditor.model import Role, Shape, Status
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
        ([*_many("pos", "neg"), "logo.png", "pos/scan.jpg"], {"pos", "neg"}),
    ],
    ids=["splits", "plain", "one level down", "newsgroups", "a list beside them", "unlabelled", "two letters", "an image among them"],
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


def _png(seed: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + seed.to_bytes(4, "big") * 9 + b"IEND\xaeB`\x82"


def _jpeg(seed: int) -> bytes:
    return b"\xff\xd8\xff\xe0" + seed.to_bytes(4, "big") * 9 + b"\xff\xd9" + b"camera notes"


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        (_many("train/cat", "train/dog", "test/cat", "test/dog", names="{}.png"), {"cat", "dog"}),
        ([*_many("ok", "scratch", names="{}.JPG"), "readme.txt", "names.txt"], {"ok", "scratch"}),
        (_many("yes", "no", names="{}.wav"), {"yes", "no"}),
    ],
    ids=["splits", "a list beside them", "sounds"],
)
def test_media_in_class_folders_are_labelled(paths: list[str], found: set[str]) -> None:
    labels = classes(_files(*paths, size=1 << 22))
    assert set(labels.values()) == found
    assert not any(name.endswith(".txt") for name in labels)


@pytest.mark.parametrize(
    "paths",
    [
        _many("images", "masks", names="{}.png"),
        _many("train", "test", names="{}.jpg"),
        [*_many("cat", "dog", names="{}.jpg"), "labels.csv"],
        _many("pets/cat/siamese", "pets/cat/persian", "pets/dog/poodle", names="{}.jpg"),
        _many("all", names="{}.jpg"),
    ],
    ids=["sides", "splits only", "a table", "two levels", "one folder"],
)
def test_other_folders_of_media_are_no_classes(paths: list[str]) -> None:
    assert classes(_files(*paths)) == {}


def test_images_are_told_apart_by_their_bytes(tmp_path: Path) -> None:
    for split, n in (("train", 12), ("test", 6)):
        for k, label in enumerate(("cat", "dog")):
            (tmp_path / split / label).mkdir(parents=True)
            for i in range(n):
                seed = 100 * k + i + (0 if split == "train" or i < 2 else 50)  # two of each class are in both splits
                (tmp_path / split / label / f"{i}.{'png' if i % 2 else 'jpg'}").write_bytes(_png(seed) if i % 2 else _jpeg(seed))
    (tmp_path / "train" / "cat" / "cut.png").write_bytes(_png(7)[:30])
    (tmp_path / "train" / "cat" / "cut.jpg").write_bytes(_jpeg(9)[:30])
    (tmp_path / "train" / "dog" / "gone.jpg").write_text("<html>404</html>")
    report = examine(tmp_path, Settings(select=("LEK", "FIL", "LBL", "LRN", "PII"))).report
    assert report.dataset.rows == 36
    assert report.dataset.role(Role.MEDIA) == ("media",)
    assert {(n.file, n.kind) for n in report.dataset.notes} == {("train/cat/cut.png", "truncated"), ("train/cat/cut.jpg", "truncated"), ("train/dog/gone.jpg", "unreadable")}
    by_code = {f.code: f for f in report.findings}
    assert (by_code["LEK001"].status, by_code["LEK001"].evidence.value) == (Status.FAIL, 4 / 12)
    assert by_code["LRN001"].status is Status.UNKNOWN
    assert any("'media'" in item.what for item in report.not_checked)
