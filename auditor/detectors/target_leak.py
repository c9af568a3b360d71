"""Columns that give the label away on their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors.inputs import Inputs, load
from auditor.detectors.results import TargetLeak
from auditor.model import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.scan.request import Rows

CAP = 20_000
MIN_ROWS = 50
COPY = 0.99
"""Chance-scaled cross-fitted balanced accuracy (R2 for numbers) of one column alone: the label in other words."""
NEAR_COPY = 0.95
BINS = 64
EXACT_LEVELS = 1000
NAMED = 0.9
"""Share of texts that spell out their own label, and no other."""


def given_away(rows: Rows) -> tuple[TargetLeak, ...]:
    """Leaking columns of the training split, worst first."""
    data = rows.dataset
    from auditor.model import Role

    if not data.role(Role.LABEL):
        return ()
    inputs = load(rows, splits=(str(Split.TRAIN),), cap=CAP)
    return columns_that_tell(inputs.take(np.flatnonzero(inputs.labels.present)))


def columns_that_tell(inputs: Inputs) -> tuple[TargetLeak, ...]:
    """Leaking columns among labelled rows."""
    labels = inputs.labels
    if len(inputs) < MIN_ROWS or labels.kind not in ("single", "number"):
        return ()
    table, found = inputs.table, []
    for j, name in enumerate(table.numeric_names):
        if name in table.derived:
            continue
        column = table.numeric[:, j]
        found.append((name, "copy", _skill(_bins(column), inputs)))
        found += _by_gaps(name, np.isnan(column), inputs)
    for j, name in enumerate(table.category_names):
        codes = table.categories[:, j]
        copy = (name, "copy", _skill(codes.astype(np.int64) + 1, inputs))
        found += [copy] if copy[2] >= NEAR_COPY else _by_gaps(name, codes < 0, inputs)  # of many values most are new to the other half
    for j, name in enumerate(table.worded):
        found += _by_gaps(name, table.unfilled[:, j], inputs)
    leaks = [TargetLeak(n, k if s >= COPY else f"near_{k}", s, len(inputs)) for n, k, s in found if s >= NEAR_COPY]
    spelled = _spelled(inputs)
    if spelled >= NAMED:
        leaks.append(TargetLeak("text", "copy", spelled, len(inputs)))
    return tuple(sorted(leaks, key=lambda leak: (-leak.skill, leak.column)))


def _by_gaps(name: str, missing: NDArray[np.bool_], inputs: Inputs) -> list[tuple[str, str, float]]:
    return [(name, "missingness", _skill(missing.astype(np.int64), inputs))] if 0.02 < missing.mean() < 0.98 else []


def _bins(column: NDArray[np.float32]) -> NDArray[np.int64]:
    values, codes = np.unique(column, return_inverse=True)
    if len(values) <= min(EXACT_LEVELS, len(column) / 5):
        return codes.astype(np.int64)
    known = column[~np.isnan(column)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1])) if len(known) else np.zeros(0)
    return np.where(np.isnan(column), BINS, np.searchsorted(edges, column)).astype(np.int64)


def _skill(bins: NDArray[np.int64], inputs: Inputs) -> float:
    """Chance-scaled balanced accuracy, or R2, of the bins' majority (mean), each half judged by the other."""
    half = np.arange(len(bins)) % 2
    if inputs.labels.kind == "number" and inputs.labels.number is not None:
        return _r2(bins, inputs.labels.number, half)
    code = np.unique(inputs.labels.code, return_inverse=True)[1]
    k = int(code.max()) + 1
    if k < 2:
        return 0.0
    right = np.zeros(len(bins), np.bool_)
    for side in (0, 1):
        learn, judge = half != side, half == side
        table = np.zeros((int(bins.max()) + 1, k), np.int64)
        np.add.at(table, (bins[learn], code[learn]), 1)
        fallback = int(np.bincount(code[learn], minlength=k).argmax())
        answer = np.where(table.sum(axis=1) > 0, table.argmax(axis=1), fallback)
        right[judge] = answer[bins[judge]] == code[judge]
    recall = np.bincount(code, weights=right) / np.bincount(code)
    return float((recall.mean() - 1 / k) / (1 - 1 / k))


def _r2(bins: NDArray[np.int64], y: NDArray[np.float64], half: NDArray[np.int64]) -> float:
    guess = np.full(len(y), y.mean())
    for side in (0, 1):
        learn, judge = half != side, half == side
        count = np.bincount(bins[learn], minlength=int(bins.max()) + 1)
        total = np.bincount(bins[learn], weights=y[learn], minlength=int(bins.max()) + 1)
        mean = np.where(count > 0, total / np.maximum(1, count), y[learn].mean())
        guess[judge] = mean[bins[judge]]
    spread = float(((y - y.mean()) ** 2).sum())
    return 1 - float(((y - guess) ** 2).sum()) / spread if spread > 0 else 0.0


def _spelled(inputs: Inputs) -> float:
    """Share of texts that contain their own label's name, less the share that contain another's (drawn at random)."""
    if inputs.text is None or inputs.labels.kind != "single":
        return 0.0
    names = [n.lower().replace("_", " ") for n in inputs.labels.names]
    if min(len(n) for n in names) < 2:
        return 0.0
    code = inputs.labels.code
    texts = [t.lower().replace("_", " ") for t in inputs.text]
    own = np.mean([names[c] in t for c, t in zip(code, texts, strict=True)])
    if own < NAMED:
        return 0.0
    wrong = [[n in t for i, n in enumerate(names) if i != c and n not in names[c]] for c, t in zip(code, texts, strict=True)]
    return float(own - np.mean([any(w) for w in wrong]))
