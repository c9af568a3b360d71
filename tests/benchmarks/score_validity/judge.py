"""The table: how well the score orders damaged data sets, leaving one source out, beside the baselines. `judge ROWS`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from fit import fit, good, matrix
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score


def left_out(rows: list[dict[str, Any]]) -> NDArray:
    """Score of each row from a model that has not seen its source."""
    x, y = matrix(rows), np.array([good(r) for r in rows], dtype=float)
    sets = np.array([r["set"] for r in rows])
    out = np.zeros(len(rows))
    for s in set(sets):
        w = fit(x[sets != s], y[sets != s])
        out[sets == s] = 1 / (1 + np.exp(-(x[sets == s] @ w[:-1] + w[-1])))
    return out


def line(name: str, v: NDArray, rows: list[dict[str, Any]]) -> None:
    """AUC over all, mean AUC and rank correlation within a set, and the worst set."""
    y, truth = np.array([good(r) for r in rows]), np.array([r["R"] for r in rows])
    groups = [np.array([i for i, r in enumerate(rows) if (r["set"], r["seed"]) == g]) for g in sorted({(r["set"], r["seed"]) for r in rows})]
    within = [roc_auc_score(y[g], v[g]) for g in groups if 0 < y[g].sum() < len(g)]
    rho = [float(spearmanr(v[g], truth[g]).statistic) for g in groups]
    print(f"{name:34s} AUC {roc_auc_score(y, v):.3f}  within {np.mean(within):.3f}  rho {np.nanmean(rho):.3f}  worst {np.nanmin(rho):.3f}")


def main() -> None:
    """Command line."""
    rows = [json.loads(text) for text in Path(sys.argv[1]).read_text().splitlines()]
    y, truth = np.array([good(r) for r in rows]), np.array([r["R"] for r in rows])
    print(f"{len(rows)} damaged data sets, {len({r['set'] for r in rows})} sources, {y.mean():.0%} good")

    def column(name: str) -> NDArray:
        return np.array([r["factors"][name][0] for r in rows], dtype=float)

    line("row count", np.array([r["rows"] for r in rows], dtype=float), rows)
    line("cross-validated skill", column("skill"), rows)
    line("own hold-out accuracy", np.nan_to_num(np.array([r["own"] for r in rows], dtype=float)), rows)
    line("unweighted mean of the factors", np.exp(matrix(rows)).mean(axis=1), rows)
    line("shipped score", np.array([r["score"] for r in rows]), rows)
    p = left_out(rows)
    line("score, source left out", p, rows)
    print("\ncalibration (source left out)")
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        band = (p >= low) & (p < high)
        if band.any():
            print(f"  predicted {p[band].mean():.2f}  observed {y[band].mean():.2f}  n {band.sum()}")
    passed = np.array([r["passed"] for r in rows])
    for name, floor in (("medium", 0.65), ("high", 0.8)):
        ok = (p >= floor) & passed
        false = ok & ~y
        worst = truth[false].min() if false.any() else 1.0
        print(f"gate at {name}: false passes {false.sum() / max(1, (~y).sum()):.1%} of bad (lowest R {worst:.2f}), true passes {(ok & y).sum() / max(1, y.sum()):.1%} of good")
    for low, high in (("uniform 0.1", "uniform 0.4"), ("fewer 0.4", "fewer 0.05"), ("drop_classes 0.1", "drop_classes 0.5"), ("missing 0.15", "missing 0.5"), ("leak 0.2", "leak 0.7")):
        pairs = [(p[i], p[j]) for i, a in enumerate(rows) for j, b in enumerate(rows) if (a["set"], a["seed"]) == (b["set"], b["seed"]) and a["condition"] == low and b["condition"] == high]
        if pairs:
            print(f"ladder {low} -> {high}: not raised in {np.mean([b <= a + 1e-9 for a, b in pairs]):.0%} of {len(pairs)}")
    print(f"seconds of CPU an audit: median {np.median([r['seconds'] for r in rows]):.1f}")


if __name__ == "__main__":
    main()
