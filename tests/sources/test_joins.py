"""Inputs in one file, labels in another: read together by their key, and nothing else is."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.audit import examine
from auditor.model import Role, Shape, Status
from auditor.settings import DataSettings, Settings
from auditor.sources.discover import discover

DRAWN = random.Random(21)
WORDS = ["".join(DRAWN.choice("abcdefghijkl") for _ in range(6)) for _ in range(200)]
KINDS = ("red", "green", "blue")


def rows(n: int, first: int = 0) -> pl.DataFrame:
    made = []
    for i in range(n):
        kind = DRAWN.choice(KINDS)
        made.append({"id": f"r{first + i}", "text": " ".join([*DRAWN.sample(WORDS, 6), *([kind + "ish"] * 2)]), "label": kind})
    return pl.DataFrame(made)


def apart(folder: Path, whole: pl.DataFrame, name: str = "train") -> None:
    whole.select("id", "text").write_csv(folder / f"{name}_texts.csv")
    whole.select("label", "id").sample(fraction=1, shuffle=True, seed=1).write_csv(folder / f"{name}_labels.csv")


@pytest.mark.parametrize("partition", [1_000_000, 256])
def test_inputs_and_labels_in_two_files(partition: int, tmp_path: Path) -> None:
    whole, held = rows(900), rows(200, 900)
    apart(tmp_path, whole)
    apart(tmp_path, held, "test")
    settings = Settings(partition_rows=partition, select=("FIL", "LBL", "LRN", "LEK", "CMP", "EXP"))
    source = discover(tmp_path, settings)
    assert (source.dataset.shape, source.dataset.role(Role.LABEL), source.dataset.rows) == (Shape.CLASSIFICATION, ("label",), 1100)
    kept = pl.concat([p.data for p in source.parts if p.split == "train"]).select("id", "text", "label").collect()
    assert kept.equals(whole)
    report = examine(tmp_path, settings).report
    assert not [f for f in report.findings if f.status is Status.FAIL]
    assert {f.code: f.status for f in report.findings}["LRN001"] is Status.PASS
    assert any("read together by 'id'" in f.message for f in report.findings)
    assert {f.path: f.rows for f in report.dataset.files} == {"train_texts.csv": 900, "train_labels.csv": 0, "test_texts.csv": 200, "test_labels.csv": 0}


def test_a_row_without_its_label_has_none(tmp_path: Path) -> None:
    whole = rows(400)
    whole.select("id", "text").write_csv(tmp_path / "train_texts.csv")
    whole.select("id", "label").head(398).write_csv(tmp_path / "train_labels.csv")
    source = discover(tmp_path, Settings())
    assert pl.concat([p.data for p in source.parts]).collect()["label"].null_count() == 2


NOT_JOINED: list[tuple[str, Any]] = [
    ("other keys", lambda f: f.with_columns(pl.col("id") + "x")),
    ("fewer rows", lambda f: f.head(100)),
    ("keys that come back", lambda f: f.with_columns(id=pl.lit("r1"))),
    ("no key", lambda f: f.rename({"id": "text"}).select("text", "label")),
    ("more in common", lambda f: f.with_columns(text=pl.lit("x"))),
]


@pytest.mark.parametrize(("name", "change"), NOT_JOINED, ids=[n for n, _ in NOT_JOINED])
def test_other_files_are_not_joined(name: str, change: Any, tmp_path: Path) -> None:
    whole = rows(200)
    whole.select("id", "text").write_csv(tmp_path / "train_texts.csv")
    change(whole.select("id", "label")).write_csv(tmp_path / "train_labels.csv")
    assert "joined" not in {n.kind for n in discover(tmp_path, Settings()).dataset.notes}


def test_splits_are_not_joined_with_each_other(tmp_path: Path) -> None:
    whole = rows(200)
    whole.select("id", "text").write_csv(tmp_path / "train.csv")
    whole.select("id", "label").write_csv(tmp_path / "test.csv")
    assert "joined" not in {n.kind for n in discover(tmp_path, Settings(data=DataSettings())).dataset.notes}


def translated(folder: Path, n: int, name: str = "train") -> None:
    for language in ("en", "de"):
        (folder / f"{name}.{language}").write_text("\n".join(f"{language} {' '.join(DRAWN.sample(WORDS, 7))} {i}" for i in range(n)) + "\n")


@pytest.mark.parametrize("settings", [Settings(), Settings(partition_rows=256, memory_mb=0)])
def test_two_languages_line_by_line(settings: Settings, tmp_path: Path) -> None:
    translated(tmp_path, 600)
    translated(tmp_path, 80, "test")
    source = discover(tmp_path, settings)
    assert source.dataset.shape is Shape.PROMPT_COMPLETION
    assert source.dataset.role(Role.PROMPT) != source.dataset.role(Role.RESPONSE)
    rows = pl.concat([p.data for p in source.parts if p.split == "train"]).collect()
    assert rows.height == 600
    assert all(e.split()[-1] == d.split()[-1] and (e[:2], d[:2]) == ("en", "de") for e, d in rows.select("en", "de").iter_rows())


def test_languages_of_different_length_are_left_apart(tmp_path: Path) -> None:
    translated(tmp_path, 60)
    text = (tmp_path / "train.de").read_text()
    for other in (text + "more\n", text.replace("\n", "\n\n", 1).rpartition("de")[0]):  # a line more; a blank one instead of the last
        (tmp_path / "train.de").write_text(other)
        assert discover(tmp_path, Settings()).dataset.shape is Shape.PLAIN_TEXT


XY: dict[str, tuple[str, str, int, bool]] = {
    "X and y": ("X_{}.csv", "y_{}.csv", 0, True),
    "words": ("{}/features.csv", "{}/labels.csv", 0, True),
    "behind": ("{}_x.csv", "{}_y.csv", 0, True),
    "another length": ("X_{}.csv", "y_{}.csv", 1, False),
    "other names": ("box_{}.csv", "boy_{}.csv", 0, False),
}


@pytest.mark.parametrize("name", XY)
@pytest.mark.parametrize("partition", [1_000_000, 256])
def test_inputs_and_labels_row_by_row(tmp_path: Path, name: str, partition: int) -> None:
    x, y, more, one = XY[name]
    for split, n in (("train", 600), ("test", 300)):
        for form in (x, y):
            (tmp_path / form.format(split)).parent.mkdir(exist_ok=True)
        made = pl.DataFrame({"a": [DRAWN.random() for _ in range(n)], "b": range(n)})
        made.write_csv(tmp_path / x.format(split))
        pl.DataFrame({"kind": [i % 3 for i in range(n + more)]}).write_csv(tmp_path / y.format(split))
    source = discover(tmp_path, Settings(partition_rows=partition))
    assert ([c.name for c in source.dataset.columns] == ["a", "b", "kind"]) is one
    if one:
        got = pl.concat([p.lazy() for p in source.parts]).collect()
        assert (got["kind"] == got["b"] % 3).all()
        assert sorted(got["__split"].unique()) == ["test", "train"]
        assert source.dataset.role(Role.FEATURE) == ("a", "b")


def test_old_text_files_of_inputs_and_labels(tmp_path: Path) -> None:
    for split, n in (("train", 300), ("test", 100)):
        (tmp_path / split).mkdir()
        (tmp_path / split / f"X_{split}.txt").write_text("\n".join("  ".join(f"{DRAWN.gauss(0, 1): .7e}" for _ in range(6)) for _ in range(n)) + "\n")
        (tmp_path / split / f"y_{split}.txt").write_text("\n".join(str(i % 3 + 1) for i in range(n)) + "\n")
    data = discover(tmp_path, Settings()).dataset
    assert (data.rows, data.shape, data.role(Role.LABEL)) == (400, Shape.CLASSIFICATION, ("label",))
    assert len(data.role(Role.FEATURE)) == 6
