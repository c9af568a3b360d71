"""Fit the score model on rows of `run.py` and write it with its provenance: `fit ROWS MODEL.json`."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from auditor.decision.expected import skill
from auditor.decision.factors import NAMES

FLOORS = {n: 0.05 if n == "skill" else 0.02 for n in NAMES}
RIDGE = 1.0
"""Penalty on the variance of the weights: few sources say little of single weights, and collinear factors (the three sizes, the two
readings of labels) would trade places. With penalties from .1 to 2 sources that are left out are ordered alike."""


def good(row: dict[str, Any]) -> bool:
    """Taught at least 90 % of what clean data teach, and its own hold-out does not flatter by more than 5 points."""
    return row["R"] >= 0.9 and not row["optimism"] > 0.05


def matrix(rows: list[dict[str, Any]], typical: dict[str, float] | None = None) -> NDArray:
    """Logarithms of the factors; what a row has not measured takes the typical value."""
    out = np.array([[r["factors"][n][0] for n in NAMES] for r in rows], dtype=float)
    for j, n in enumerate(NAMES):
        unknown = np.array([r["factors"][n][3] == "unknown" and r["factors"][n][1] < r["factors"][n][2] for r in rows])
        if typical is not None:
            out[unknown, j] = np.minimum(out[unknown, j], typical[n])
        out[:, j] = np.log(np.clip(out[:, j], FLOORS[n], 1.0))
    return out


def fit(x: NDArray, y: NDArray) -> NDArray:
    """Weights (non-negative) and intercept of a logistic model."""
    n, k = x.shape

    def loss(w: NDArray) -> tuple[float, NDArray]:
        p = 1 / (1 + np.exp(-(x @ w[:k] + w[k])))
        apart = w[:k] - w[:k].mean()
        value = -(y * np.log(p + 1e-9) + (1 - y) * np.log(1 - p + 1e-9)).mean() + RIDGE * (apart**2).mean()
        return float(value), np.r_[x.T @ (p - y) / n + 2 * RIDGE * apart / k, (p - y).mean()]

    return minimize(loss, np.r_[np.full(k, 0.5), 0.0], jac=True, bounds=[(0, None)] * k + [(None, None)], method="L-BFGS-B").x


def offset(rows: list[dict[str, Any]]) -> list[float]:
    """What trained models read above the expected skill: 5 %, middle and 95 %, each set counting alike."""
    gaps = [reached(r) - skill({n: f[0] for n, f in r["factors"].items()}) for r in rows]
    sets = [r["set"] for r in rows]
    weight = np.array([1 / sets.count(s) for s in sets])
    order = np.argsort(gaps)
    share = np.cumsum(weight[order]) / weight.sum()
    return [round(float(np.array(gaps)[order][np.searchsorted(share, q)]), 4) for q in (0.05, 0.5, 0.95)]


def reached(row: dict[str, Any]) -> float:
    """Chance-scaled balanced accuracy of the trained model on clean rows."""
    chance = 1 / row["classes"]
    return max(0.0, (row["test"] - chance) / (1 - chance))


def as_json(w: NDArray) -> dict[str, Any]:
    return {"weights": {n: round(float(a), 4) for n, a in zip(NAMES, w[:-1], strict=True)}, "intercept": round(float(w[-1]), 4)}


def main() -> None:
    """Command line."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    rows = [json.loads(line) for line in source.read_text().splitlines()]
    rows = [r for r in rows if not r["condition"].startswith(("game", "same", "clean with"))]
    x, y = matrix(rows), np.array([good(r) for r in rows], dtype=float)
    sets = np.array([r["set"] for r in rows])
    fits = {s: fit(x[sets != s], y[sets != s]) for s in sorted(set(sets))}
    refits = {s: as_json(w) for s, w in fits.items()}
    unseen = np.array([row @ fits[s][:-1] + fits[s][-1] for row, s in zip(x, sets, strict=True)])
    table = {
        "model": "readiness/1.0",
        **as_json(fit(x, y)),
        "floors": FLOORS,
        "mended": {n: round(float(np.median([r["factors"][n][0] for r in rows if r["condition"] == "clean"])), 4) for n in NAMES},
        "offset": offset(rows),
        "typical": {n: round(float(np.median(np.exp(x[:, j]))), 4) for j, n in enumerate(NAMES)},
        "refits": refits,
        "provenance": {
            "rows": len(rows), "sources": sorted(set(sets.tolist())), "conditions": len({r["condition"] for r in rows}), "good_share": round(float(y.mean()), 4),
            "rows_sha256": hashlib.sha256(source.read_bytes()).hexdigest(), "ridge": RIDGE,
            "benchmark": "tests/benchmarks/score_validity", "auc_source_left_out": round(float(roc_auc_score(y, unseen)), 3),
        },
    }  # fmt: skip
    target.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
