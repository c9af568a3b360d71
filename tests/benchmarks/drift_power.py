"""False alarms and power of `audit drift`, by hand: `python tests/benchmarks/drift_power.py [REPEATS]`.

False alarms: two samples of one distribution, per signal at the error it gets when it is alone in a plan (ALPHA). Power:
normal columns moved by half a standard deviation; texts with 25 % and 50 % of rows from topics that the reference lacks, and
the shorter half of the texts. Texts are sentences made from word lists here; with AUDITOR_SHARED_DATA they are BANKING77.
"""

from __future__ import annotations

import csv
import os
import random
import sys
from pathlib import Path

import numpy as np

from auditor.decision import drift_text
from auditor.decision.drift_stats import ALPHA, psi_test, rank_test

SHARED = Path(os.environ.get("AUDITOR_SHARED_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


def numeric(old: np.ndarray, new: np.ndarray) -> bool:
    """The verdict on one numeric column, as `reference` reaches it."""
    edges = np.unique(np.quantile(old, np.arange(1, 10) / 10, method="nearest"))
    a, b = (np.bincount(np.searchsorted(edges, x, side="right"), minlength=len(edges) + 1) for x in (old, new))
    return any(t is not None and t.fired for t in (psi_test(a, b, ALPHA / 3), rank_test(a, b, 2 * ALPHA / 3)))


def numbers(repeats: int) -> None:
    """Numeric and categorical columns."""
    rng = np.random.default_rng(1)
    draws = {"normal": rng.standard_normal, "lognormal": lambda n: rng.lognormal(0, 1.5, n), "counts": lambda n: rng.poisson(2, n).astype(float)}
    for n in (100, 300, 1000):
        for name, draw in draws.items():
            print(f"false alarms  {name:10} n={n:5} {np.mean([numeric(draw(n), draw(n)) for _ in range(repeats)]):.4f}")
        for levels in (5, 51):
            p = rng.dirichlet(np.full(levels, 2.0))
            fired = [psi_test(rng.multinomial(n, p), rng.multinomial(n, p), ALPHA).fired for _ in range(repeats)]
            print(f"false alarms  {levels:2} levels  n={n:5} {np.mean(fired):.4f}")
        moved = [numeric(rng.standard_normal(n), rng.standard_normal(n) + 0.5) for _ in range(repeats)]
        print(f"power         .5 sd      n={n:5} {np.mean(moved):.4f}")


def corpus() -> tuple[list[str], list[str]]:
    """Texts with their topics."""
    file = SHARED / "banking77_train.csv"
    if file.is_file():
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream))[1:]
        return [r[0] for r in rows], [r[1] for r in rows]
    rng = random.Random(5)
    common = [f"w{i}" for i in range(400)]
    out = [(f"t{t}", " ".join(rng.choices([f"t{t}x{i}" for i in range(12)], k=3) + rng.choices(common, k=rng.randint(3, 18)))) for t in range(60) for _ in range(150)]
    return [text for _, text in out], [topic for topic, _ in out]


def texts(repeats: int) -> None:
    """Text columns."""
    words, topics = corpus()
    topic = np.array(topics)
    length = np.array([len(w) for w in words])
    rng = np.random.default_rng(2)
    for n in (300, 1000):
        for case in ("same", "25 % new", "50 % new", "short half"):
            fired, aucs = [], []
            for _ in range(repeats if case == "same" else repeats // 2):
                order = rng.permutation(len(words))
                old, rest = order[:n], order[n:]
                if case.endswith("new"):
                    fresh = np.isin(topic[order], rng.choice(np.unique(topic), len(np.unique(topic)) // 4, replace=False))
                    known, share = order[~fresh], int(case[:2]) / 100
                    old, rest = known[:n], np.r_[known[n : 2 * n - int(share * n)], order[fresh][: int(share * n)]]
                elif case == "short half":
                    rest = rest[length[rest] < np.median(length)]
                kept = drift_text.reference([words[i] for i in old])
                outcome = drift_text.test(kept, [words[i] for i in rest[:n]], ALPHA) if kept else None
                if outcome is not None:
                    fired.append(outcome.fired)
                    aucs.append(outcome.auc)
            print(f"texts  {case:10} n={n:5} fired {np.mean(fired):.3f}  AUC {np.mean(aucs):.3f}  ({len(fired)} runs)", flush=True)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    numbers(25 * count)
    texts(count)
