"""What the score must notice, and what must not move it. The first table is the one on which published readiness scores
give the same 85 to 100 to good labels, shuffled labels and 30 % wrong labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from auditor.audit import run
from auditor.model import Report
from auditor.reports.json_report import to_dict


def gaussian(rows: int = 3000, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 8))
    y = (x @ np.array([1.5, -1.2, 1.0, 0.8, -0.6, 0.4, 0.0, 0.0]) + rng.normal(scale=0.5, size=rows) > 0).astype(int)
    return pl.DataFrame({f"x{i}": x[:, i] for i in range(8)}).with_columns(pl.Series("label", y))


def shuffled(frame: pl.DataFrame, label: str = "label") -> pl.DataFrame:
    order = np.random.default_rng(1).permutation(frame.height)
    return frame.with_columns(frame[label][order].alias(label))


def flipped(frame: pl.DataFrame, share: float) -> pl.DataFrame:
    flip = np.random.default_rng(2).random(frame.height) < share
    return frame.with_columns(pl.Series("label", np.where(flip, 1 - frame["label"].to_numpy(), frame["label"].to_numpy())))


VARIANTS: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "good": lambda f: f,
    "shuffled": shuffled,
    "flipped": lambda f: flipped(f, 0.3),
    "leak": lambda f: f.with_columns((pl.col("label") * 10 + 3).alias("code")),
    "twice": lambda f: pl.concat([f, f]),
    "twenty": lambda f: f.head(20),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    out = {}
    for name, change in VARIANTS.items():
        folder = tmp_path_factory.mktemp(name)
        change(gaussian()).write_csv(folder / "train.csv")
        out[name] = run(folder)
    return out


def test_good_labels_score_highest_by_a_wide_margin(reports: dict[str, Report]) -> None:
    scores = {k: r.score.value for k, r in reports.items()}
    assert reports["good"].verdict.data == "ready_with_conditions"
    assert scores["good"] >= scores["flipped"] + 15, scores
    assert scores["good"] >= scores["shuffled"] + 40, scores
    assert scores["flipped"] > scores["shuffled"], scores


def test_a_column_that_is_the_label_in_other_words_is_named(reports: dict[str, Report]) -> None:
    found = [f for f in reports["leak"].findings if f.code == "LEK002"]
    assert [f.subject for f in found] == ["code"]
    assert "LEK002" in reports["leak"].gates[0].conditions


@pytest.mark.parametrize("name", ["shuffled", "twenty"])
def test_what_cannot_teach_fails_the_gate(reports: dict[str, Report], name: str) -> None:
    assert not reports[name].gates[0].passed
    assert reports[name].verdict.data in ("not_ready", "insufficient_evidence")


@pytest.mark.parametrize("name", ["leak", "twice"])
def test_a_leaking_column_or_copies_do_not_raise_the_score(reports: dict[str, Report], name: str) -> None:
    assert reports[name].score.value <= reports["good"].score.value + 1


def test_real_labels_shuffled(shared_data: Path, tmp_path: Path) -> None:
    train = pl.read_csv(shared_data / "banking77_train.csv")
    clinc = json.loads((shared_data / "clinc150_full.json").read_text())
    intents = pl.DataFrame(clinc["train"][:6000], schema=["text", "label"], orient="row")
    for name, frame, label in (("banking", train, "category"), ("clinc", intents, "label")):
        for kind, data in (("good", frame), ("shuffled", shuffled(frame, label))):
            (tmp_path / name / kind).mkdir(parents=True)
            data.write_csv(tmp_path / name / kind / "train.csv")
        good, bad = run(tmp_path / name / "good"), run(tmp_path / name / "shuffled")
        assert good.gates[0].passed, good.gates[0]
        assert not bad.gates[0].passed
        assert good.score.value >= bad.score.value + 30


def body(report: Report) -> str:
    found = to_dict(report)
    found.pop("run")
    return json.dumps(found, sort_keys=True)


def test_two_runs_are_the_same_bytes(tmp_path: Path) -> None:
    flipped(gaussian(800), 0.1).write_csv(tmp_path / "train.csv")
    assert body(run(tmp_path)) == body(run(tmp_path))


def test_row_order_column_order_and_format_do_not_matter(tmp_path: Path) -> None:
    frame = flipped(gaussian(1200), 0.1)
    versions = {
        "csv": lambda p: frame.write_csv(p / "train.csv"),
        "parquet": lambda p: frame.write_parquet(p / "train.parquet"),
        "rows": lambda p: frame.sample(fraction=1, shuffle=True, seed=3).write_csv(p / "train.csv"),
        "columns": lambda p: frame.select(reversed(frame.columns)).write_csv(p / "train.csv"),
        "files": lambda p: (frame.head(500).write_csv(p / "train-1.csv"), frame.tail(700).write_csv(p / "train-2.csv")),
    }
    scores = {}
    for name, write in versions.items():
        (tmp_path / name).mkdir()
        write(tmp_path / name)
        scores[name] = run(tmp_path / name).score.value
    assert max(scores.values()) - min(scores.values()) <= 0.5, scores
