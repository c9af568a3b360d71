"""The table: how well the score orders damaged data sets, leaving one source out, beside the baselines. `judge ROWS`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from corruptions import MENDED_BY
from fit import fit, good, matrix, offset, reached
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from auditor.checks.stability import LEAST
from auditor.decision.expected import skill
from auditor.decision.factors import NAMES, Range
from auditor.decision.score import evaluate, mended, shipped_model
from auditor.model import Score

PROBED = ("skill", "independence", "representativeness", "stability", "robustness")
"""Factors that need a trained probe; the rest (size, coverage, labels, leakage) is what a mean of data qualities would read."""

UNSEEN = 1e-4
"""Of a probability: a hundredth of a point, which no report shows. Of two classes both steps of a ladder drop one, and read 1e-6 either way."""


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


def gate(rows: list[dict[str, Any]], p: NDArray, y: NDArray) -> None:
    """False and true passes: a set passes when no veto other than the score's own holds it and the score reaches the floor."""
    truth = np.array([r["R"] for r in rows])
    held = np.array([bool(({*r["failed"], *r["unknown"]}) - {"USE020"}) for r in rows])
    for name, floor in (("medium", 0.65), ("high", 0.8)):
        ok = (p >= floor) & ~held
        false = ok & ~y
        worst = truth[false].min() if false.any() else 1.0
        print(f"gate at {name}: false passes {false.sum() / max(1, (~y).sum()):.1%} of bad (lowest R {worst:.2f}), true passes {(ok & y).sum() / max(1, y.sum()):.1%} of good")
        if name == "medium":
            seen = sorted({rows[i]["condition"] for i in np.flatnonzero(ok)} & {"drop_classes 0.1", "drop_classes 0.5", "leak 0.2", "leak 0.7", "near_copies 0.05", "shuffle_labels"})
            print(f"  of those that must never pass, passed: {', '.join(seen) or 'none'}")


def alone(rows: list[dict[str, Any]], p: NDArray, y: NDArray) -> None:
    """How far single factors get, what the rules on stability say, and the score where the truth itself is no draw."""
    value = {n: np.array([r["factors"][n][0] for r in rows], dtype=float) for n in NAMES}
    reached = np.array([r["R"] for r in rows])
    print("single factors, AUC of R >= .9: " + ", ".join(f"{n} {roc_auc_score(reached >= 0.9, v):.2f}" for n, v in value.items()))
    unsteady = np.array([r["factors"]["stability"][2] < LEAST for r in rows])
    print(f"good below stability {LEAST}: {y[unsteady].mean():.0%} of {unsteady.sum()}, else {y[~unsteady].mean():.0%}")
    border = (abs(reached - 0.9) < 0.04) | (abs(np.nan_to_num(np.array([r["optimism"] for r in rows], dtype=float)) - 0.05) < 0.02)
    print(f"{border.mean():.0%} lie within .04 of R = .9 or .02 of optimism .05; elsewhere AUC {roc_auc_score(y[~border], p[~border]):.3f}")


def ladders(rows: list[dict[str, Any]], p: NDArray) -> None:
    """A worse corruption never raises the score."""
    for low, high in (("uniform 0.1", "uniform 0.4"), ("fewer 0.4", "fewer 0.05"), ("drop_classes 0.1", "drop_classes 0.5"), ("missing 0.15", "missing 0.5"), ("leak 0.2", "leak 0.7")):
        at = {(r["set"], r["seed"], r["condition"]): v for r, v in zip(rows, p, strict=True)}
        pairs = [(v, at[*key[:2], high]) for key, v in at.items() if key[2] == low and (*key[:2], high) in at]
        if pairs:
            print(f"ladder {low} -> {high}: not raised in {np.mean([b <= a + UNSEEN for a, b in pairs]):.0%} of {len(pairs)}")


def scored(row: dict[str, Any]) -> Score:
    """The shipped model's score of the factors that a row recorded."""
    return evaluate({n: Range(*f) for n, f in row["factors"].items()}, shipped_model(), calibrated=True)


def beside_clean(rows: list[dict[str, Any]], apart: list[dict[str, Any]]) -> None:
    """Gaming, invariance and gains: the score against the one of the same set undamaged; by the shipped model."""
    clean = {(r["set"], r["seed"]): r["score"] for r in rows if r["condition"] == "clean"}
    for condition in sorted({r["condition"] for r in apart}):
        moved = [r["score"] - clean[r["set"], r["seed"]] for r in apart if r["condition"] == condition]
        if condition.startswith(("game", "same")):
            worst = max(moved) if condition.startswith("game") else max(map(abs, moved))
            print(f"{condition:24s} greatest {'rise' if condition.startswith('game') else 'change'} {worst:+.2f} points of {len(moved)} sets")
    told = [r["verdict"].startswith("ready") for r in apart if r["condition"] == "clean with target"]
    if told:
        print(f"clean controls with a target of .9 of clean: READY or WITH CONDITIONS in {np.mean(told):.0%} of {len(told)}")
    whole = {(r["set"], r["seed"]): scored(r).value for r in rows if r["condition"] == "clean"}
    pairs = []
    for r in rows:
        codes = MENDED_BY.get(r["condition"].split()[0], ()) if "+" not in r["condition"] else ()
        if codes and "gains" in r and (r["set"], r["seed"]) in clean:
            told, mine = {*r["gains"], *r["failed"], *r["unknown"]}, scored(r)
            pairs.append((max([0.0, *(mended((c,), mine).value - mine.value for c in codes if c in told)]), whole[r["set"], r["seed"]] - mine.value))
    if pairs:
        predicted, measured = np.array(pairs).T
        real = np.abs(measured) > 1
        sign = np.mean((predicted[real] > 0.05) == (measured[real] > 0))
        print(f"gain of the fix: Spearman {spearmanr(predicted, measured).statistic:.2f} of {len(pairs)}; sign right in {sign:.0%} of {real.sum()} that move by more than a point")


def expected(rows: list[dict[str, Any]]) -> None:
    """How often the 90 % range of the expected metric holds what was reached, with the range fitted on the other sources."""
    held = width = 0.0
    names = sorted({r["set"] for r in rows})
    for name in names:
        low, _, high = offset([r for r in rows if r["set"] != name])
        mine = [(skill({n: f[0] for n, f in r["factors"].items()}), reached(r)) for r in rows if r["set"] == name]
        held += float(np.mean([min(1, max(0, c + low)) - 1e-9 <= t <= min(1, max(0, c + high)) + 1e-9 for c, t in mine])) / len(names)
        width += float(np.mean([min(1, max(0, c + high)) - min(1, max(0, c + low)) for c, _ in mine])) / len(names)
    print(f"expected metric: 90 % range of the other sources holds the truth in {held:.0%}; mean width {width:.2f} of chance-scaled skill")


def main() -> None:
    """Command line."""
    found = [json.loads(text) for text in Path(sys.argv[1]).read_text().splitlines()]
    apart = [r for r in found if r["condition"].startswith(("game", "same", "clean with"))]
    rows = [r for r in found if r not in apart]
    y = np.array([good(r) for r in rows])
    print(f"{len(rows)} damaged data sets, {len({r['set'] for r in rows})} sources, {y.mean():.0%} good")

    def column(name: str) -> NDArray:
        return np.array([r["factors"][name][0] for r in rows], dtype=float)

    line("row count", np.array([r["rows"] for r in rows], dtype=float), rows)
    line("cross-validated skill", column("skill"), rows)
    line("own hold-out accuracy", np.nan_to_num(np.array([r["own"] for r in rows], dtype=float)), rows)
    counted = [n not in PROBED for n in NAMES]
    line("mean of the counted qualities", np.exp(matrix(rows))[:, counted].mean(axis=1), rows)
    line("unweighted mean of all factors", np.exp(matrix(rows)).mean(axis=1), rows)
    line("shipped score", np.array([r["score"] for r in rows]), rows)
    p = left_out(rows)
    line("score, source left out", p, rows)
    print("\ncalibration (source left out)")
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        band = (p >= low) & (p < high)
        if band.any():
            print(f"  predicted {p[band].mean():.2f}  observed {y[band].mean():.2f}  n {band.sum()}")
    gate(rows, p, y)
    alone(rows, p, y)
    ladders(rows, p)
    beside_clean(rows, apart)
    expected(rows)
    print(f"seconds of CPU an audit: median {np.median([r['seconds'] for r in rows]):.1f}")


if __name__ == "__main__":
    main()
