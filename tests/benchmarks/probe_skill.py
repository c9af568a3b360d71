"""How much of what a table can teach the probe finds, beside the model of another family that the score is judged by.

    python tests/benchmarks/probe_skill.py [--sets churn,diamonds] [--noise 0.1]

Skill is balanced accuracy beyond chance, cross-validated and judged on the labels before noise: of the quick trees, of the ensemble in which
each model counts alike, of the ensemble weighed by what foretells labels, and of a random forest. AP is the average precision with which
the ensemble of equal votes finds the wrong labels.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.metrics import average_precision_score, balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from auditor.detectors import models
from auditor.detectors.inputs import from_frame
from auditor.detectors.task import prepare
from auditor.model import Column, Dataset, Role, RoleChoice, Shape

sys.path.insert(0, str(Path(__file__).parent / "score_validity"))
warnings.filterwarnings("ignore")


def task_of(x, code):
    """The rows as the probe is given them."""
    names = [f"c{j}" for j in range(x.shape[1])]
    data = Dataset("b", ".", (), (), tuple(Column(c, "") for c in names), (RoleChoice(Role.FEATURE, tuple(names), ""), RoleChoice(Role.LABEL, ("label",), "")), Shape.CLASSIFICATION, "", (), 0)
    n = len(code)
    frame = pl.DataFrame({**{c: x[:, j] for j, c in enumerate(names)}, "label": [f"{v:04}" for v in code], "__file": np.zeros(n, np.uint32), "__row": np.arange(n), "__split": ["train"] * n})
    inputs = from_frame(frame, data)
    return inputs.row, prepare(models.features(inputs), inputs.labels.code.astype(np.int64), np.arange(n), np.arange(n), 5)


def skill(truth, p, given, k):
    """Of the better of two rules: the most probable class, or the most probable for its share."""
    share = np.bincount(given, minlength=k) / len(given)
    return max((balanced_accuracy_score(truth, q.argmax(axis=1)) - 1 / k) / (1 - 1 / k) for q in (p, p / share))


def main() -> None:
    """Command line."""
    import sets

    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", default="breast_cancer,wine,credit,spam7,churn,diamonds,penguins,glass,hpc,oj,titanic,two_class,biopsy,cells,digits")
    parser.add_argument("--noise", type=float, default=0.1)
    args = parser.parse_args()
    print(f"{'set':14s} noise | quick alike  best forest |   AP")
    rows = []
    for name in args.sets.split(","):
        clean = sets.load(name, Path(), 0)
        x, truth = np.asarray(clean.x, dtype=float), np.unique(clean.y.astype(str), return_inverse=True)[1]
        k = int(truth.max()) + 1
        for noise in (0.0, args.noise):
            rng = np.random.default_rng(0)
            wrong = rng.random(len(truth)) < noise
            code = np.where(wrong, (truth + rng.integers(1, k, len(truth))) % k, truth)
            order, task = task_of(x, code)
            p = np.zeros((len(code), k), np.float32)
            for rest, test in task.splits():
                p[test] = models.quick(task.x, task.code, rest, test, k)
            found = task.probabilities()
            forest = cross_val_predict(make_pipeline(SimpleImputer(keep_empty_features=True), RandomForestClassifier(60, random_state=0)), x, code, cv=StratifiedKFold(5, shuffle=True, random_state=0), method="predict_proba")
            own = found.alike[np.arange(len(code)), code[order]]
            row = (*(skill(truth[order], q, code, k) for q in (p, found.alike, found.best)), skill(truth, forest, code, k), average_precision_score(wrong[order], -own) if noise else np.nan)
            rows.append((noise, *row))
            print(f"{name:14s} {noise:5.2f} | {row[0]:5.2f} {row[1]:5.2f} {row[2]:5.2f}  {row[3]:5.2f} | {row[4]:5.2f}", flush=True)
    for noise in (0.0, args.noise):
        mean = np.mean([r[1:] for r in rows if r[0] == noise], axis=0)
        print(f"{'mean':14s} {noise:5.2f} | {mean[0]:5.3f} {mean[1]:5.3f} {mean[2]:5.3f} {mean[3]:5.3f} | {mean[4]:5.3f}")


if __name__ == "__main__":
    main()
