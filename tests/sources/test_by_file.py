"""Files that are classes by their names, folders that are values, and such as are neither."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from auditor.errors import ConfigError
from auditor.model import Role, Shape
from auditor.scan.request import FILE as FILE_INDEX
from auditor.settings import DataSettings, Settings
from auditor.sources.by_file import FILE, told
from auditor.sources.discover import discover


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["positive.txt", "negative.txt"], ["positive", "negative"]),
        (["rt-polarity.pos", "rt-polarity.neg"], ["pos", "neg"]),
        (["train_pos.txt", "train_neg.txt", "test_pos.txt", "test_neg.txt"], ["pos", "neg", "pos", "neg"]),
        (["Fake.csv", "True.csv"], ["fake", "true"]),
        (["spam/part-0.csv.gz", "spam/part-1.csv.gz", "ham/part-0.csv.gz"], ["spam", "spam", "ham"]),
        (["train/normal.parquet", "train/attack.parquet", "test/normal.parquet", "test/attack.parquet"], ["normal", "attack", "normal", "attack"]),
        (["pos.txt", "neg.txt", "neutral.txt"], ["pos", "neg", "neutral"]),
    ],
)
def test_opposites_are_classes(names: list[str], classes: list[str]) -> None:
    assert list(told(names, declared=False).values()) == classes


@pytest.mark.parametrize(
    "names",
    [
        ["january.csv", "february.csv"],
        ["europe.csv", "asia.csv"],
        ["positive.txt"],
        ["positive.txt", "positive_2.txt"],
        ["positive.txt", "negative.txt", "other.txt"],
        ["positive_negative.csv", "positive.csv"],
        ["true_positive.csv", "false_negative.csv", "rest.csv"],
        ["clean.csv", "raw.csv"],
        ["train.csv", "test.csv"],
        ["part-0.csv", "part-1.csv"],
        ["position.txt", "negotiation.txt"],
        [],
    ],
)
def test_other_names_are_not(names: list[str]) -> None:
    assert told(names, declared=False) == {}


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["billing.csv", "shipping.csv"], ["billing", "shipping"]),
        (["tickets_billing_2023.csv", "tickets_shipping_2024.csv"], ["billing", "shipping"]),
        (["train/lost card.jsonl", "train/top up.jsonl", "test/lost card.jsonl", "test/top up.jsonl"], ["lost card", "top up", "lost card", "top up"]),
        (["a/001.csv", "a/002.csv", "b/001.csv"], ["a", "a", "b"]),
        (["train/cat/data.csv", "test/cat/data.csv", "train/dog/data.csv"], ["cat", "cat", "dog"]),
        (["part-0.csv", "part-1.csv"], []),
        (["one.csv"], []),
    ],
)
def test_declared_whatever_differs_is_a_class(names: list[str], classes: list[str]) -> None:
    assert list(told(names, declared=True).values()) == classes


def _written(folder: Path, names: list[str], header: str = "text") -> Path:
    for k, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        cells = "," * header.count(",")
        lines = [f"some words of kind {k} and number {i}{cells}" for i in range(20)]
        path.write_text("\n".join([header, *lines] if name.endswith(".csv") else lines) + "\n")
    return folder


@pytest.mark.parametrize("names", [["positive.txt", "negative.txt"], ["spam.csv", "ham.csv"], ["x.pos", "x.neg"]])
def test_rows_have_the_class_of_their_file(tmp_path: Path, names: list[str]) -> None:
    source = discover(_written(tmp_path, [*names, "production.csv" if names[0].endswith(".csv") else "production.txt"]), Settings())
    data = source.dataset
    assert (data.shape, data.role(Role.LABEL), data.role(Role.TEXT)) == (Shape.CLASSIFICATION, ("label",), ("text",))
    rows = [row for p in source.parts for row in p.lazy().collect().to_dicts()]
    found = {data.files[r[FILE_INDEX]].path: r["label"] for r in rows}
    assert {found[n] for n in names} == {Path(n).stem if names[0] != "x.pos" else Path(n).suffix[1:] for n in names}
    assert found[next(n for n in found if n.startswith("production"))] is None
    assert [n.kind for n in data.notes if n.kind == "class_of_file"] == ["class_of_file"]


@pytest.mark.parametrize(
    ("header", "settings"),
    [("text,label", DataSettings()), ("text,answer", DataSettings()), ("text", DataSettings(shape="plain_text")), ("text,kind", DataSettings(label="kind"))],
    ids=["a label", "an answer", "declared as text", "declared"],
)
def test_files_are_no_classes_where_something_else_says_it(tmp_path: Path, header: str, settings: DataSettings) -> None:
    data = discover(_written(tmp_path, ["spam.csv", "ham.csv"], header), Settings(data=settings)).dataset
    assert not any(n.kind == "class_of_file" for n in data.notes)
    assert [c.name for c in data.columns] == header.split(",")


def test_classes_of_files_can_be_declared(tmp_path: Path) -> None:
    folder = _written(tmp_path, ["billing.csv", "shipping.csv"], "text,status")
    assert discover(folder, Settings()).dataset.role(Role.LABEL) != ("label",)
    data = discover(folder, Settings(data=DataSettings(label=FILE))).dataset
    assert data.role(Role.LABEL) == ("label",)
    assert not data.notes


def test_a_label_of_one_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="do not tell at least two classes apart"):
        discover(_written(tmp_path, ["billing.csv"]), Settings(data=DataSettings(label=FILE)))


def _parts(folder: Path, *names: str) -> Path:
    for k, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"text": [f"some words of kind {k} and number {i}" for i in range(30)]}).write_parquet(path)
    return folder


def test_folders_of_a_partitioned_table_are_columns(tmp_path: Path) -> None:
    folder = _parts(tmp_path, "year=2022/topic=tax%20law/p0.parquet", "year=2023/topic=rent/p0.parquet", "year=__HIVE_DEFAULT_PARTITION__/topic=tax%20law/p1.parquet")
    source = discover(folder, Settings())
    assert source.dataset.role(Role.LABEL) == ("topic",)
    assert {c.name: c.dtype for c in source.dataset.columns} == {"text": "String", "year": "Int64", "topic": "String"}
    found = {tuple(p.data.select("year", "topic").unique().collect().row(0)) for p in source.parts}
    assert found == {(2022, "tax law"), (2023, "rent"), (None, "tax law")}


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (["a=1/x.parquet", "y.parquet"], ["text", "a"]),
        (["a=one/x.parquet", "a=2/x.parquet"], ["text", "a"]),
        (["a = 1/x.parquet", "=1/x.parquet", "1=2/x.parquet"], ["text"]),
        (["x/a=1.parquet", "x/a=2.parquet"], ["text"]),
        (["text=b/x.parquet"], ["text"]),
    ],
    ids=["absent in one", "numbers and words", "no names", "names of files", "a column of that name"],
)
def test_what_looks_like_a_partition(tmp_path: Path, names: list[str], columns: list[str]) -> None:
    assert [c.name for c in discover(_parts(tmp_path, *names), Settings()).dataset.columns] == columns


def test_a_partition_says_the_split(tmp_path: Path) -> None:
    data = discover(_parts(tmp_path, "split=train/x.parquet", "split=test/x.parquet"), Settings()).dataset
    assert {f.path: f.split for f in data.files} == {"split=train/x.parquet": "train", "split=test/x.parquet": "test"}
