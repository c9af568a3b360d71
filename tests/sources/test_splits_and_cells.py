"""Columns that say more than a value: the split of a row, several classes in a cell."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from auditor.audit import examine
from auditor.errors import ConfigError
from auditor.model import Report, Role, Shape, Split
from auditor.scan.request import ROW
from auditor.settings import DataSettings, Settings
from auditor.sources.discover import discover
from auditor.sources.several import delimiter_of, split_cell
from auditor.sources.splits import split_of_path

DRAWN = random.Random(3)
WORDS = ["".join(DRAWN.choice("abcdefghijkl") for _ in range(6)) for _ in range(400)]
TAGS = ("python", "pandas", "java", "sql", "linux", "css", "git", "docker")


def rows(n: int) -> pl.DataFrame:
    frame = [{"text": " ".join([*DRAWN.sample(WORDS, 7), "good" if i % 2 else "bad"]), "label": i % 2, "split": DRAWN.choice(["train", "train", "train", "test", "dev"])} for i in range(n)]
    return pl.DataFrame(frame)


def written(folder: Path, **frames: pl.DataFrame) -> Path:
    folder.mkdir()
    for name, frame in frames.items():
        frame.write_csv(folder / f"{name}.csv")
    return folder


def report_of(folder: Path, **data: str) -> Report:
    return examine(folder, Settings(select=("DUP", "LBL", "LRN", "LEK", "SCH", "BAL"), data=DataSettings(**data))).report  # type: ignore[arg-type]


def told(report: Report) -> set[tuple[str, str, str, str]]:
    return {(f.code, f.subject, str(f.status), f.message) for f in report.findings}


def test_a_column_says_the_split_as_files_do(tmp_path: Path) -> None:
    frame = rows(300)
    frame = pl.concat([frame, frame.filter(pl.col("split") == "train").head(20).with_columns(split=pl.lit("test"))])  # a leak
    apart = {name: frame.filter(pl.col("split") == name).drop("split") for name in ("train", "dev", "test")}
    one, many = report_of(written(tmp_path / "one", data=frame)), report_of(written(tmp_path / "many", **apart))
    assert one.dataset.role(Role.SPLIT) == ("split",)
    assert one.dataset.files[0].split == "train,validation,test"
    assert told(one) == told(many)
    assert any(f.code == "LEK001" and f.status == "fail" for f in one.findings)


def test_rows_keep_their_number_and_none_is_lost(tmp_path: Path) -> None:
    frame = rows(200)
    source = discover(written(tmp_path / "d", data=frame), Settings())
    seen = pl.concat([p.lazy().collect() for p in source.parts])
    assert sorted(seen[ROW].to_list()) == list(range(200))
    assert sum(p.rows for p in source.parts) == 200
    assert {p.split for p in source.parts} == {str(Split.TRAIN), str(Split.VALIDATION), str(Split.HOLDOUT)}


@pytest.mark.parametrize(
    ("name", "values", "taken"),
    [
        ("split", ("train", "test"), True),
        ("Set", ("training", "dev"), True),
        ("partition", ("train", "holdout"), True),
        ("split", ("train", "train"), False),  # says nothing
        ("split", ("train", "unused"), False),  # a value that is no split
        ("split", ("test", "dev"), False),  # no training rows
        ("source", ("train", "test"), False),  # another name
        ("fold", ("1", "2"), False),
    ],
)
def test_which_columns_say_a_split(name: str, values: tuple[str, str], taken: bool, tmp_path: Path) -> None:
    frame = rows(60).drop("split").with_columns(pl.Series(name, [values[i % 3 == 0] for i in range(60)]))
    found = discover(written(tmp_path / "d", data=frame), Settings()).dataset
    assert (found.role(Role.SPLIT) == (name,)) is taken


def test_a_declared_column(tmp_path: Path) -> None:
    frame = rows(60).rename({"split": "used_for"})
    folder = written(tmp_path / "d", data=frame)
    assert report_of(folder, split="used_for").dataset.role(Role.SPLIT) == ("used_for",)
    with pytest.raises(ConfigError, match="no such column"):
        report_of(folder, split="splt")
    with pytest.raises(ConfigError, match="each row must say train") as told:
        report_of(folder, split="text")
    assert not any(word in str(told.value) for word in WORDS)


@pytest.mark.parametrize("spelled", ["|", ";", ", ", "list"])
def test_several_classes_in_a_cell(spelled: str, tmp_path: Path) -> None:
    drawn = [DRAWN.sample(TAGS, DRAWN.randint(1, 3)) for _ in range(240)]
    cells = [str(tags) if spelled == "list" else spelled.join(tags) for tags in drawn]
    frame = pl.DataFrame({"text": [" ".join([*DRAWN.sample(WORDS, 5), *tags]) for tags in drawn], "labels": cells})
    report = report_of(written(tmp_path / "d", data=frame))
    assert report.dataset.shape is Shape.CLASSIFICATION
    assert report.dataset.label_delimiter == {"list": "[]", ", ": ","}.get(spelled, spelled)
    assert any(f.code == "LRN001" and f.status == "pass" for f in report.findings)
    assert any(f"{len(TAGS)} classes" in f.message for f in report.findings)


@pytest.mark.parametrize(
    ("cells", "delimiter"),
    [
        (["Sports, Outdoors", "Books, Media", "Toys, Games", "Home, Kitchen", "Garden, Patio", "Auto, Parts", "Pets, Fish", "Music, Sound", "Food, Drinks", "Art, Craft", "Baby, Child"], ""),
        (["positive;high", "positive;low", "negative;high", "negative;low"], ""),  # two questions, not a list
        (["card_arrival", "card_lost"] * 9, ""),
        ([f"{a};{b}" for a in "abcdef" for b in "abcdef" if a != b], ";"),
        ([f"['{a}', \"{b}\"]" for a in "abcdef" for b in "abcdef" if a != b], "[]"),
        ([], ""),
    ],
)
def test_delimiters(cells: list[str], delimiter: str) -> None:
    assert delimiter_of(pl.Series(cells, dtype=pl.String)) == delimiter


def test_split_cell() -> None:
    assert split_cell(" a |b||c ", "|") == ["a", "b", "c"]
    assert split_cell("['a', \"b c\"]", "[]") == ["a", "b c"]
    assert split_cell("[]", "[]") == []


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ([f"a row of text, number {i}".encode() for i in range(300)], True),
        (["déjà vu".encode(), None] * 150, True),
        ([b"plain"] * 299 + [b"\xff\xfe"], False),  # no text throughout: nothing may be lost
        ([b"PNG\x00\x01"] * 300, False),
    ],
)
def test_text_that_is_stored_as_bytes(cells: list[bytes | None], text: bool, tmp_path: Path) -> None:
    pl.DataFrame({"body": cells, "label": [i % 2 for i in range(300)]}).write_parquet(tmp_path / "d.parquet")
    source = discover(tmp_path, Settings())
    body = source.parts[0].lazy().collect()["body"]
    assert body.dtype == (pl.String if text else pl.Binary)
    assert body.null_count() == sum(c is None for c in cells)
    assert (source.dataset.role(Role.MEDIA) == ("body",)) is not text


@pytest.mark.parametrize("memory_mb", [0, 768])
@pytest.mark.parametrize("form", ["csv", "parquet", "jsonl", "two.csv"])
def test_rows_sorted_by_class_have_one(tmp_path: Path, form: str, memory_mb: int) -> None:
    r = random.Random(1)
    labels = ["0"] * 22_000 + ["4"] * 22_000
    frame = pl.DataFrame({"text": [f"{' '.join(r.choices(WORDS, k=6))} {i}" for i in range(len(labels))], "target": labels})
    name = form.rpartition(".")[2]
    pieces = [frame] if form == name else [frame.head(22_000), frame.tail(22_000)]
    for i, piece in enumerate(pieces):
        getattr(piece, {"csv": "write_csv", "parquet": "write_parquet", "jsonl": "write_ndjson"}[name])(tmp_path / f"part{i}.{name}")
    found = [discover(tmp_path, Settings(memory_mb=memory_mb, partition_rows=rows)).dataset for rows in (4096, 1 << 20)]
    assert found[0] == found[1]
    assert [c.columns for c in found[0].roles if c.role is Role.LABEL] == [("target",)]
    assert found[0].shape is Shape.CLASSIFICATION


@pytest.mark.parametrize(("name", "classes", "label"), [("intent", 1500, True), ("intent", 3900, False), ("city", 1500, False)])
def test_a_column_named_like_a_label_may_have_very_many_classes(tmp_path: Path, name: str, classes: int, label: bool) -> None:
    r = random.Random(2)
    rows = [{"text": " ".join(r.choices(WORDS, k=7)), name: f"class {i % classes}"} for i in range(4000)]
    pl.DataFrame(rows).write_csv(tmp_path / "d.csv")
    assert discover(tmp_path, Settings()).dataset.role(Role.LABEL) == ((name,) if label else ())


@pytest.mark.parametrize(
    ("path", "split"),
    [("Trainingsdaten.csv", "train"), ("Testdaten_2024.csv", "test"), ("entrenamiento/datos.jsonl", "train"), ("prueba/datos.jsonl", "test"), ("validación.csv", "validation"), ("testdatenbank.csv", None), ("datos.csv", None)],
)
def test_splits_are_named_in_other_languages_too(path: str, split: str | None) -> None:
    assert split_of_path(path) == split
