"""Learning curves fitted on half of the data against the accuracy at all of it.

    python tests/benchmarks/labels_curve.py [--data FOLDER] [--runs 4]

For each set and run: a fifth is set aside, the curve is fitted on eight sizes of half of the rest, and read at the whole
rest. Prints the mean absolute error in points and how often the band held the truth.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import polars as pl
from labels_noise import sources
from threadpoolctl import threadpool_limits

from auditor.detectors import models
from auditor.detectors.inputs import from_frame
from auditor.detectors.learning import REPEATS, SHARES, draws, fitted
from auditor.detectors.results import CurvePoint
from auditor.model import Column, Dataset, Role, RoleChoice, Shape

warnings.filterwarnings("ignore")


def accuracy(x, y, train, test, k):
    return float((models.quick(x, y, train, test, k).argmax(1) == y[test]).mean())


def one(x, y, k, rng):
    order = rng.permutation(len(y))
    test, rest = order[: len(y) // 5], order[len(y) // 5 :]
    half = rest[: len(rest) // 2]
    points = []
    for share, repeats in zip(SHARES, REPEATS, strict=True):
        n = int(share * len(half))
        scores = [accuracy(x, y, rng.permutation(half)[:n], test, k) for _ in range(draws(repeats, len(half), share))]
        points.append(CurvePoint(n, float(np.mean(scores)), repeats, float(np.std(scores))))
    curve = fitted(tuple(points), len(test), len(rest), None)
    truth = accuracy(x, y, rest, test, k)
    return curve.now.value - truth, curve.now.low <= truth <= curve.now.high, (curve.now.high - curve.now.low) / 2


def features(x, y):
    columns = {"text": x} if isinstance(x, list) else {f"c{j}": x[:, j] for j in range(x.shape[1])}
    role = RoleChoice(Role.TEXT, ("text",), "") if isinstance(x, list) else RoleChoice(Role.FEATURE, tuple(columns), "")
    data = Dataset("b", ".", (), (), tuple(Column(c, "") for c in columns), (role, RoleChoice(Role.LABEL, ("label",), "")), Shape.CLASSIFICATION, "", (), 0)
    inputs = from_frame(pl.DataFrame({**columns, "label": [str(v) for v in y], "__file": np.zeros(len(y), np.uint32), "__row": np.arange(len(y)), "__split": ["train"] * len(y)}), data)
    return models.features(inputs), inputs.labels.code.astype(np.int64)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--runs", type=int, default=4)
    args = parser.parse_args()
    errors, held = [], []
    for name, x, y in sources(args.data, full=False):
        matrix, code = features(x, y)
        found = [one(matrix, code, int(code.max()) + 1, np.random.default_rng(run)) for run in range(args.runs)]
        errors.append(np.mean([abs(e) for e, _, _ in found]))
        held += [h for _, h, _ in found]
        print(f"{name:16s} mean |error| {100 * errors[-1]:.2f} points, signed {100 * np.mean([e for e, _, _ in found]):+.2f}, in the band {np.mean([h for _, h, _ in found]):.2f}, half-width {100 * np.mean([w for *_, w in found]):.1f}", flush=True)
    print(f"all: {100 * np.mean(errors):.2f} points; band held the truth in {sum(held)} of {len(held)} runs")


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
