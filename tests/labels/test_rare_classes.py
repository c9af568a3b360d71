"""A class of a few rows in a thousand: it is found by the probe, and a sample of rows does not lose it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from auditor.audit import examine
from auditor.detectors import models, probe
from auditor.detectors.inputs import load
from auditor.detectors.results import ProbeFacts
from auditor.detectors.task import prepare
from auditor.model import Split
from auditor.scan.rows import SourceRows
from auditor.settings import Settings
from auditor.sources.discover import discover

ROWS, RARE, SAMPLE = 12_000, 48, 1500
"""A sample has six rows of the rare class."""


def table(seed: int = 1, rows: int = ROWS, rare: int = RARE) -> pl.DataFrame:
    """Rows with the largest sums of four columns, and noise, are the rare class."""
    r = np.random.default_rng(seed)
    x = r.normal(size=(rows, 10))
    last = np.argsort(x[:, :4].sum(axis=1) + 0.3 * r.normal(size=rows))[-rare:]
    y = np.full(rows, "good")
    y[last] = "odd"
    return pl.DataFrame({f"f{i}": x[:, i].round(6) for i in range(10)}).with_columns(pl.Series("label", y))


def probed(path: Path, frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, **settings: int) -> ProbeFacts:
    """What the probe says, of a sample of `SAMPLE` rows."""
    monkeypatch.setattr(probe, "FULL_ROWS", SAMPLE)
    path.mkdir(exist_ok=True)
    frame.write_parquet(path / "train.parquet")
    done = examine(path, replace(Settings(cache_dir="none"), select=("LRN", "LBL"), **settings))
    return next(v for r, v in done.facts.items() if type(r).__name__ == "ProbeStudy")


def test_regression_goes_on_until_rare_classes_are_fitted() -> None:
    frame = table(rows=20_000, rare=14)
    x = frame.drop("label").to_numpy().astype(np.float32)
    code = (frame["label"] == "odd").to_numpy().astype(np.int64)
    assert models.even(code) == pytest.approx(2 * 14 / 20_000)
    assert models.even(np.array([0, 0, 2, 2, 5, 5])) == 1
    task = prepare(models.Features(None, x, x), code, np.arange(len(x)), np.arange(len(x)), folds=5).fair()
    p = np.zeros((len(x), 2), np.float32)
    for rest, test in task.splits():
        p[test] = models.linear(task.x, code[rest], rest, test, 2)
    found = task.decide(p) == code
    assert found[code == 1].mean() > 0.9
    assert found[code == 0].mean() > 0.9


def test_a_sample_keeps_rare_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = probed(tmp_path / "a", table(), monkeypatch)
    assert SAMPLE < found.rows <= SAMPLE + RARE
    assert found.cv_group is not None
    assert found.cv_group.value > 0.9
    assert found.majority == pytest.approx(1 - RARE / ROWS, abs=0.003)  # shares are those of all rows
    assert found.accuracy is not None
    assert found.accuracy > 0.99
    assert found.off_diagonal is not None
    assert found.off_diagonal < 0.02


@pytest.mark.parametrize("rare", [3, 4, 6])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_class_of_which_the_sample_has_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rare: int, seed: int) -> None:
    found = probed(tmp_path, table(seed, rare=rare), monkeypatch)
    assert found.measured
    assert found.classes == 2
    assert found.off_diagonal is not None
    assert found.majority == pytest.approx(1, abs=0.01)


def test_labels_that_say_nothing_are_not_learnt_for_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table()
    shuffled = frame.with_columns(frame["label"].shuffle(seed=1))
    found = probed(tmp_path / "b", shuffled, monkeypatch)
    assert found.cv_group is not None
    assert found.cv_group.value < 0.65
    assert found.signal_p is not None
    assert found.signal_p > 0.01


def test_the_rows_added_depend_on_content_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = table()
    first = probed(tmp_path / "c", frame, monkeypatch)
    for other in (probed(tmp_path / "d", frame.reverse(), monkeypatch), probed(tmp_path / "e", frame, monkeypatch, partition_rows=1024, memory_mb=0)):
        assert (first.rows, first.cv_group, first.off_diagonal, first.accuracy) == (other.rows, other.cv_group, other.off_diagonal, other.accuracy)


def test_as_many_of_each_rare_class(tmp_path: Path) -> None:
    r = np.random.default_rng(3)
    sizes = {"a": 30_000, "b": 2000, "c": 500, "d": 90}
    frame = pl.DataFrame({"u": r.normal(size=sum(sizes.values())), "v": r.normal(size=sum(sizes.values())), "label": [k for k, n in sizes.items() for _ in range(n)]})
    frame.write_parquet(tmp_path / "t.parquet")
    rows = SourceRows(discover(tmp_path, Settings()), Settings())
    found = rows.alike(("u", "label"), "label", {"b": 2000, "c": 500, "d": 90}, splits=(str(Split.TRAIN),), cap=240)
    counts = dict(found["label"].value_counts().iter_rows())
    assert found.height == 240
    assert all(55 <= counts[k] <= 105 for k in "bcd")
    inputs = load(rows, splits=(str(Split.TRAIN),), cap=3000, rare=True)
    have = np.bincount(inputs.labels.code)
    assert inputs.added is not None
    assert inputs.added.sum() == len(inputs) - 3000
    assert have[3] >= 80
    assert have[2] >= 150
    assert have[1] >= 180


@pytest.mark.parametrize("shuffled", [False, True])
def test_rare_classes_of_many_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, shuffled: bool) -> None:
    r = np.random.default_rng(5)
    words = ["".join(r.choice(list("abcdefghijkl"), 6)) for _ in range(3000)]
    rare = r.random(6000) < 0.02
    texts = [" ".join([*r.choice(words, 12), *(["refund", "lawyer"] if bad else [])]) for bad in rare]
    label = pl.Series(np.where(rare, "complaint", "other"))
    found = probed(tmp_path, pl.DataFrame({"text": texts, "label": label.shuffle(seed=2) if shuffled else label}), monkeypatch)
    assert found.method.startswith("2-fold")
    assert found.cv_group is not None
    assert found.signal_p is not None
    assert (found.cv_group.value > 0.9) is not shuffled
    assert (found.signal_p < 0.01) is not shuffled
