"""Ranking of wrong labels beside plain Cleanlab on TF-IDF + logistic regression: average precision, noise rate, CPU seconds.

    python tests/benchmarks/labels_noise.py [--data FOLDER] [--seeds 3] [--full]
    python tests/benchmarks/labels_noise.py --estimates     # the share of random noise: error, range, identifiable, veto

Noise: `uniform` (any other class), `confusable` (by the confusion of a cross-validated model), `weak` (a weak annotator's
mistakes, consistent), `none`. Baseline and ours run on the same labels in the same process, one thread. `--estimates` adds data
that a probe can hardly tell apart (the first words of a text, the top of a digit, overlapping clusters).
"""

from __future__ import annotations

import argparse
import csv
import json
import time
import warnings
from pathlib import Path

import numpy as np
import polars as pl
from cleanlab.count import num_label_issues
from cleanlab.rank import get_label_quality_scores
from sklearn import datasets
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from auditor.detectors import label_issues, models
from auditor.detectors.classes import WEAK, identifiable
from auditor.detectors.inputs import from_frame
from auditor.detectors.statistics import balanced_accuracy
from auditor.detectors.surest import random_noise, surest
from auditor.detectors.task import prepare
from auditor.model import Column, Dataset, Role, RoleChoice, Shape

warnings.filterwarnings("ignore")

VETO = 0.1


def texts(folder, name, start, step):
    if name == "banking77":
        with (folder / "banking77_train.csv").open(encoding="utf-8") as stream:
            rows = [(r["text"], r["category"]) for r in csv.DictReader(stream)]
    else:
        rows = [tuple(r) for r in json.loads((folder / "clinc150_full.json").read_text())["train"]]
    wanted = sorted({c for _, c in rows})[start::step]
    index = {c: i for i, c in enumerate(wanted)}
    rows = [r for r in rows if r[1] in index]
    return [t for t, _ in rows], np.array([index[c] for _, c in rows])


def sources(folder, full):
    yield "banking77[1::4]", *texts(folder, "banking77", 1, 4)
    yield "clinc150[0::6]", *texts(folder, "clinc150", 0, 6)
    for name, load in (("digits", datasets.load_digits), ("breast cancer", datasets.load_breast_cancer), ("wine", datasets.load_wine)):
        found = load()
        yield name, found.data, found.target
    if full:
        yield "banking77", *texts(folder, "banking77", 0, 1)


def hard(folder):
    for name, words in (("banking77", 3), ("banking77", 5), ("clinc150", 3)):
        x, y = texts(folder, name, 1, 4) if name == "banking77" else texts(folder, name, 0, 6)
        yield f"{name}, {words} words", [" ".join(t.split()[:words]) for t in x], y
    digits = datasets.load_digits()
    yield "digits, top", digits.data[:, :24], digits.target
    for k, apart in ((2, 0.5), (4, 0.7)):
        yield f"clusters, {k}", *datasets.make_classification(2000, 20, n_informative=6, flip_y=0, random_state=1, n_classes=k, class_sep=apart)


def baseline_matrix(x):
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(x) if isinstance(x, list) else x


def plain_model(x):
    return LogisticRegression(C=10, max_iter=300) if isinstance(x, list) else make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))


def corrupt(x, y, kind, rate, rng):
    k, z = y.max() + 1, y.copy()
    chosen = rng.permutation(len(y))[: int(rate * len(y))]
    if kind == "uniform":
        z[chosen] = (y[chosen] + rng.integers(1, k, len(chosen))) % k
    elif kind == "confusable":
        p = cross_val_predict(plain_model(x), baseline_matrix(x), y, cv=StratifiedKFold(5, shuffle=True, random_state=0), method="predict_proba") + 1e-9
        p[np.arange(len(y)), y] = 0
        p /= p.sum(axis=1, keepdims=True)
        for i in chosen:
            z[i] = rng.choice(k, p=p[i])
    elif kind == "weak":
        few = np.concatenate([rng.permutation(np.flatnonzero(y == c))[:4] for c in range(k)])
        m = baseline_matrix(x)
        guess = plain_model(x).fit(m[few], y[few]).predict(m)
        wrong = rng.permutation(np.flatnonzero(guess != y))[: int(rate * len(y))]
        z[wrong] = guess[wrong]
    return z


def plain(x, z):
    start = time.process_time()
    p = cross_val_predict(plain_model(x), baseline_matrix(x), z, cv=StratifiedKFold(5, shuffle=True, random_state=0), method="predict_proba")
    quality = get_label_quality_scores(z, p)
    return -quality, num_label_issues(z, p) / len(z), time.process_time() - start


def ours(x, z):
    columns = {"text": x} if isinstance(x, list) else {f"c{j}": x[:, j] for j in range(x.shape[1])}
    role = RoleChoice(Role.TEXT, ("text",), "") if isinstance(x, list) else RoleChoice(Role.FEATURE, tuple(columns), "")
    data = Dataset("b", ".", (), (), tuple(Column(c, "") for c in columns), (role, RoleChoice(Role.LABEL, ("label",), "")), Shape.CLASSIFICATION, "", (), 0)
    start = time.process_time()
    frame = pl.DataFrame({**columns, "label": [str(v) for v in z], "__file": np.zeros(len(z), np.uint32), "__row": np.arange(len(z)), "__split": ["train"] * len(z)})
    inputs = from_frame(frame, data)
    features = models.features(inputs)
    task = prepare(features, inputs.labels.code.astype(np.int64), np.arange(len(z)), np.arange(len(z)), folds=5)
    p = task.probabilities()
    issues = label_issues.find(task.truth, p, inputs.labels.names)
    right = p.argmax(1) == task.truth
    sure = surest(p.max(1), ~right)
    noise = random_noise(sure, issues.off_diagonal, max(issues.off_diagonal, issues.joint))
    weak = (balanced_accuracy(task.truth, right).value - 1 / task.k) / (1 - 1 / task.k) < WEAK
    known = identifiable(issues.off_diagonal, noise, weak=weak, steady=sure.steady)
    suspicion = np.empty(len(z))
    suspicion[inputs.row] = -issues.quality
    return suspicion, issues, right.mean(), time.process_time() - start, (noise, known, known and sure.steady and noise.low > VETO)


def estimates(args):
    print("set                 noise      rate    value   low    high | error  range holds  identifiable  veto")
    for name, x, y in (*sources(args.data, args.full), *hard(args.data)):
        if args.only and args.only not in name:
            continue
        for kind, rate in (("none", 0), ("uniform", 0.05), ("uniform", 0.1), ("uniform", 0.2), ("uniform", 0.3), ("uniform", 0.4), ("confusable", 0.1), ("weak", 0.1)):
            rows = []
            for seed in range(args.seeds if kind != "none" else 1):
                z = corrupt(x, y, kind, rate, np.random.default_rng(seed))
                true = (z != y).mean()
                noise, known, veto = ours(x, z)[4]
                rows.append([true, noise.value, noise.low, noise.high, abs(noise.value - true), noise.low - 0.005 <= true <= noise.high + 0.005, known, veto])
            m = np.mean(rows, axis=0)
            print(f"{name:19s} {kind:10s} {m[0]:.3f}   {m[1]:.3f}  {m[2]:.3f}  {m[3]:.3f} | {m[4]:.3f}  {m[5]:.2f}         {m[6]:.2f}          {m[7]:.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--estimates", action="store_true")
    args = parser.parse_args()
    if args.estimates:
        estimates(args)
        return
    print("set              noise       rate   AP plain  ours    | off-diagonal joint  plain's | CPU plain ours | flagged acc")
    spent, off = np.zeros(2), []
    for name, x, y in sources(args.data, args.full):
        if args.only and args.only not in name:
            continue
        for kind, rate in (("none", 0), ("uniform", 0.1), ("uniform", 0.2), ("confusable", 0.1), ("weak", 0.1)):
            rows = []
            for seed in range(args.seeds if kind != "none" else 1):
                rng = np.random.default_rng(seed)
                z = corrupt(x, y, kind, rate, rng)
                wrong = z != y
                a, plain_rate, a_cpu = plain(x, z)
                b, issues, acc, b_cpu, _ = ours(x, z)
                ap = [average_precision_score(wrong, s) if wrong.any() else np.nan for s in (a, b)]
                rows.append([wrong.mean(), *ap, issues.off_diagonal, issues.joint, plain_rate, a_cpu, b_cpu, issues.flagged.mean(), acc])
            m = np.mean(rows, axis=0)
            spent += np.sum(rows, axis=0)[6:8]
            off += [abs(m[4] - m[0])] if kind == "uniform" else []
            print(f"{name:16s} {kind:10s} {m[0]:.3f}   {m[1]:.3f}    {m[2]:.3f}   | {m[3]:.3f}  {m[4]:.3f}  {m[5]:.3f} | {m[6]:6.1f} {m[7]:6.1f} | {m[8]:.3f} {m[9]:.3f}", flush=True)
    print(f"CPU in all: plain {spent[0]:.1f} s, ours {spent[1]:.1f} s, ratio {spent[1] / spent[0]:.2f}; random noise: mean error of the joint {100 * np.mean(off):.2f} points")


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
