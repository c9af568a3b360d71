"""What it does to the score to make data look better than they are, through the command line and its JSON report.

    python tests/benchmarks/labels_gaming.py [--data FOLDER] [--seeds 1] [--only NAME]

A folder holds train.csv, test.csv and unlabelled production.csv of a real data set, with its classes declared. Each trick changes train
and test; the production sample stays. Printed: the score, its change against the untouched data, and the findings that got worse.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from threadpoolctl import threadpool_limits

ORDER = ("pass", "not_applicable", "unknown", "warn", "fail")
FAMILIES = ("DUP", "LEK", "LBL", "BAL", "LRN", "DRF")


def sources(folder):
    with (folder / "banking77_train.csv").open(encoding="utf-8") as stream:
        rows = [(r["text"], r["category"]) for r in csv.DictReader(stream)]
    wanted = sorted({c for _, c in rows})[2::5]
    rows = [r for r in rows if r[1] in wanted]
    yield "banking77[2::5]", np.array([t for t, _ in rows], dtype=object), np.array([c for _, c in rows], dtype=object)
    rows = [tuple(r) for r in json.loads((folder / "clinc150_full.json").read_text())["train"]]
    wanted = sorted({c for _, c in rows})[3::10]
    rows = [r for r in rows if r[1] in wanted]
    yield "clinc150[3::10]", np.array([t for t, _ in rows], dtype=object), np.array([c for _, c in rows], dtype=object)
    for name in ("digits", "breast_cancer"):
        found = getattr(datasets, f"load_{name}")()
        yield name, found.data, found.target.astype(str).astype(object)


def difficulty(x, y):
    """How little a cross-validated model believes in each row's label: 0 to 1."""
    text = x.dtype == object
    matrix = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(x) if text else x
    model = LogisticRegression(C=10, max_iter=300) if text else RandomForestClassifier(100, random_state=0)
    p = cross_val_predict(model, matrix, y, cv=5, method="predict_proba")
    return 1 - p[np.arange(len(y)), np.searchsorted(np.unique(y), y)]


def near(x, rng):
    """Rows hardly changed: one word more in a text, a thousandth of its spread in a number."""
    if x.dtype == object:
        return np.array([f"{t} {rng.choice(['please', 'thanks', 'now', 'ok'])}" for t in x], dtype=object)
    return x + 1e-3 * x.std(axis=0) * rng.normal(size=x.shape)


def tricks(x, y, splits, hard, rng):
    """Name, then (inputs, labels) of train and of test; the production sample is not the tricker's."""

    train, test = splits

    def part(index):
        return x[index], y[index]

    def joined(*parts):
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    whole = (part(train), part(test))
    yield "as it is", *whole
    yield "rows shuffled", part(rng.permutation(train)), part(rng.permutation(test))
    yield "three copies of each", joined(*(part(train),) * 3), part(test)
    yield "three near-copies of each", joined(part(train), *((near(x[train], rng), y[train]) for _ in range(3))), part(test)
    by_class = {c: hard[y == c].mean() for c in np.unique(y)}
    worst = sorted(by_class, key=by_class.get)[-max(1, len(by_class) // 5) :]
    easy = [~np.isin(y[part], worst) for part in (train, test)]
    yield "hard classes deleted", part(train[easy[0]]), part(test[easy[1]])
    yield "hard classes deleted in test", part(train), part(test[easy[1]])
    order = test[np.argsort(-hard[test])]
    cut = len(order) // 4
    yield "hard rows moved out of test", part(np.concatenate([train, order[:cut]])), part(order[cut:])
    kept = [index[hard[index] <= np.quantile(hard[index], 0.85)] for index in (train, test)]
    yield "hard rows deleted", part(kept[0]), part(kept[1])
    yield "hard rows deleted in test", part(train), part(kept[1])
    yield "test made of copies", part(train), joined(part(test[: len(test) // 2]), part(train[: len(test) // 2]))


def write(folder, name, x, y):
    text = x.dtype == object
    with (folder / name).open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow((["text"] if text else [f"f{j}" for j in range(x.shape[1])]) + (["label"] if y is not None else []))
        for i, row in enumerate(x):
            out.writerow(([row] if text else [f"{v:.6g}" for v in row]) + ([y[i]] if y is not None else []))


def audited(folder):
    done = subprocess.run([sys.executable, "-m", "auditor", str(folder), "--format", "json"], capture_output=True, text=True, check=False)
    return json.loads(done.stdout)


def worse(before, after):
    """Codes whose worst status got worse, or whose text of the same status changed for a finding with a figure."""

    def statuses(report):
        found = {}
        for f in report["findings"]:
            if f["code"].startswith(FAMILIES):
                found[f["code"]] = max(found.get(f["code"], 0), ORDER.index(f["status"]) if f["status"] in ORDER else 2)
        return found

    a, b = statuses(before), statuses(after)
    return [c for c in sorted(b) if b[c] > a.get(c, 0)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--trick", default="")
    args = parser.parse_args()
    print("set              trick                          score  change  gate          worse")
    for name, x, y in sources(args.data):
        if args.only and args.only not in name:
            continue
        with threadpool_limits(1):
            hard = difficulty(x, y)
        for seed in range(args.seeds):
            rng = np.random.default_rng(seed)
            order = rng.permutation(len(y))
            train, test, production = np.split(order, [int(0.55 * len(order)), int(0.75 * len(order))])
            first = None
            for trick, one, two in tricks(x, y, (train, test), hard, rng):
                if first is not None and args.trick not in trick:
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    place = Path(folder)
                    write(place, "train.csv", *one)
                    write(place, "test.csv", *two)
                    write(place, "production.csv", x[production], None)
                    classes = json.dumps(sorted(set(y.tolist())))
                    (place / "audit.toml").write_text(f'[data]\nlabel = "label"\nclasses = {classes}\n')
                    report = audited(place)
                first = first or report
                score, base = report["score"]["value"], first["score"]["value"]
                print(f"{name:16s} {trick:30s} {score:5.1f}  {score - base:+5.1f}   {report['verdict']['data']:13s} {' '.join(worse(first, report))}", flush=True)


if __name__ == "__main__":
    main()
