"""Labels that are not one class a row, with injected errors, beside the plain use of Cleanlab's module for each.

    python tests/benchmarks/labels_kinds.py [--data FOLDER] [--seeds 3]

Several labels: one to three BANKING77 sentences joined, a label dropped or added in 10 % of rows. Tokens: names, places, sums
and dates put into sentences, 5 % of entity tokens mistagged. Regression: scikit-learn's diabetes and friedman1, 5 % of targets
times ten, or 10 % shuffled. Annotators: three of different care. Average precision of the ranking of wrong rows.
"""

from __future__ import annotations

import argparse
import csv
import warnings
from pathlib import Path

import numpy as np
import polars as pl
from cleanlab.multilabel_classification.rank import get_label_quality_scores as multilabel_scores
from cleanlab.regression.rank import get_label_quality_scores as regression_scores
from cleanlab.token_classification.rank import get_label_quality_scores as token_scores
from sklearn import datasets
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from threadpoolctl import threadpool_limits

from auditor.detectors import tokens
from auditor.detectors.inputs import from_frame
from auditor.detectors.probe import study as probe_study
from auditor.model import Column, Dataset, Role, RoleChoice, Shape
from auditor.settings import Settings

warnings.filterwarnings("ignore")


def banking(folder):
    with (folder / "banking77_train.csv").open(encoding="utf-8") as stream:
        rows = [(r["text"], r["category"]) for r in csv.DictReader(stream)]
    wanted = sorted({c for _, c in rows})[1::4]
    return {c: [t for t, k in rows if k == c] for c in wanted}


class Rows:
    """What the probe asks of the engine."""

    def __init__(self, columns, roles, shape):
        n = len(next(iter(columns.values())))
        self.frame = pl.DataFrame({**columns, "__file": np.zeros(n, np.uint32), "__row": np.arange(n), "__split": ["train"] * n}, strict=False)
        self.dataset = Dataset("b", ".", (), (), tuple(Column(c, "") for c in columns), tuple(RoleChoice(Role(r), tuple(c), "") for r, c in roles.items()), shape, "", (), 0)
        self.settings = Settings()

    def count(self, splits=None):
        return self.frame.height

    def select(self, columns, **_):
        return self.frame.select("__file", "__row", "__split", *columns)


def ours(rows):
    if rows.dataset.shape is Shape.TOKEN_LABELS:
        found = tokens.of_rows(rows)
    else:
        found = probe_study(from_frame(rows.frame, rows.dataset), None, None, rows)
    suspicion = np.full(rows.frame.height, -1.0)
    suspicion[found.scores.row] = 1 - found.scores.quality
    return suspicion, found


def several(folder, rng):
    by = banking(folder)
    names = sorted(by)
    texts, labels, wrong = [], [], []
    for _ in range(1500):
        chosen = rng.choice(len(names), rng.integers(1, 4), replace=False).tolist()
        texts.append(" ".join(str(rng.choice(by[names[j]])) for j in chosen))
        bad = rng.random() < 0.1
        if bad and rng.random() < 0.5 and len(chosen) > 1:
            chosen = chosen[1:]
        elif bad:
            chosen = [*chosen, int(rng.choice([j for j in range(len(names)) if j not in chosen]))]
        labels.append(sorted(chosen))
        wrong.append(bad)
    x = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(texts)
    y = np.zeros((len(texts), len(names)), int)
    for i, c in enumerate(labels):
        y[i, c] = 1
    p = cross_val_predict(OneVsRestClassifier(LogisticRegression(C=10)), x, y, cv=KFold(5, shuffle=True, random_state=0), method="predict_proba")
    rows = Rows({"text": texts, "labels": [[names[j] for j in c] for c in labels]}, {"text": ["text"], "label": ["labels"]}, Shape.CLASSIFICATION)
    return np.array(wrong), 1 - multilabel_scores(labels, p), ours(rows)


KINDS = {
    "PER": "anna ben carla dmitri elif farid grace hugo ines jonas".split(),  # noqa: SIM905
    "LOC": "london paris berlin tokyo madrid oslo cairo lima delhi rome".split(),  # noqa: SIM905
    "SUM": ["50", "120", "9.99", "1000", "75", "300"],
    "DAY": "monday tuesday friday yesterday today march april".split(),  # noqa: SIM905
}


def tagged(folder, rng):
    sentences = [t for rows in banking(folder).values() for t in rows[:60]]
    all_tokens, all_tags, wrong = [], [], []
    names = ["O", *KINDS]
    for text in sentences:
        words = text.split()
        tags = ["O"] * len(words)
        for kind in rng.choice(list(KINDS), rng.integers(0, 3), replace=False):
            at = int(rng.integers(0, len(words) + 1))
            words.insert(at, str(rng.choice(KINDS[kind])))
            tags.insert(at, str(kind))
        bad = False
        for i, tag in enumerate(tags):
            if tag != "O" and rng.random() < 0.05:
                tags[i], bad = str(rng.choice([n for n in names if n != tag])), True
        all_tokens.append(words)
        all_tags.append(tags)
        wrong.append(bad)
    flat = [w for s in all_tokens for w in s]
    x = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 4)).fit_transform(flat)
    y = np.array([names.index(t) for s in all_tags for t in s])
    p = cross_val_predict(LogisticRegression(C=10, max_iter=200), x, y, cv=KFold(5), method="predict_proba")
    ends = np.cumsum([len(s) for s in all_tokens])
    plain = token_scores([y[e - len(s) : e].tolist() for s, e in zip(all_tokens, ends, strict=True)], [p[e - len(s) : e] for s, e in zip(all_tokens, ends, strict=True)])[0]
    rows = Rows({"tokens": all_tokens, "tags": all_tags}, {"tokens": ["tokens"], "label": ["tags"]}, Shape.TOKEN_LABELS)
    return np.array(wrong), 1 - plain, ours(rows)


def numbers(load, kind, rng):
    x, y = load()
    y = y.copy()
    chosen = rng.permutation(len(y))[: int((0.05 if kind == "times ten" else 0.1) * len(y))]
    y[chosen] = y[chosen] * 10 if kind == "times ten" else y[np.roll(chosen, 1)]
    wrong = np.zeros(len(y), bool)
    wrong[chosen] = True
    guess = cross_val_predict(LinearRegression(), x, y, cv=KFold(5, shuffle=True, random_state=0))
    columns = {f"f{j}": x[:, j] for j in range(x.shape[1])}
    rows = Rows({**columns, "target": y}, {"feature": list(columns), "label": ["target"]}, Shape.REGRESSION)
    return wrong, 1 - regression_scores(y, guess, method="residual"), ours(rows)


def annotated(folder, rng):
    by = banking(folder)
    names = sorted(by)
    texts = [(t, c) for c in names for t in by[c][:80]]
    votes = [[c if rng.random() < care else str(rng.choice(names)) for care in (0.95, 0.85, 0.6)] for _, c in texts]
    rows = Rows({"text": [t for t, _ in texts], **{f"annotator_{j}": [v[j] for v in votes] for j in range(3)}}, {"text": ["text"], "annotator": ["annotator_0", "annotator_1", "annotator_2"]}, Shape.CLASSIFICATION)
    inputs = from_frame(rows.frame, rows.dataset)
    given = np.empty(len(texts), object)
    given[inputs.row] = [inputs.labels.names[c] for c in inputs.labels.code]
    x = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform([t for t, _ in texts])
    y = np.array([names.index(g) for g in given])
    p = cross_val_predict(LogisticRegression(C=10), x, y, cv=StratifiedKFold(5, shuffle=True, random_state=0), method="predict_proba")
    return given != np.array([c for _, c in texts]), 1 - p[np.arange(len(y)), y], ours(rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    diabetes = lambda: datasets.load_diabetes(return_X_y=True)  # noqa: E731
    friedman = lambda: datasets.make_friedman1(600, noise=1, random_state=0)  # noqa: E731
    cases = {
        "several labels": lambda r: several(args.data, r),
        "tokens": lambda r: tagged(args.data, r),
        "diabetes x10": lambda r: numbers(diabetes, "times ten", r),
        "diabetes shuffled": lambda r: numbers(diabetes, "shuffled", r),
        "friedman x10": lambda r: numbers(friedman, "times ten", r),
        "friedman shuffled": lambda r: numbers(friedman, "shuffled", r),
        "annotators": lambda r: annotated(args.data, r),
    }
    print("kind                wrong   AP plain  ours   | flagged: rows, right; candidates: rows, right")
    for name, case in cases.items():
        lines = []
        for seed in range(args.seeds):
            wrong, plain, (suspicion, found) = case(np.random.default_rng(seed))
            scores = found.scores
            right = [wrong[scores.row[mask]].mean() if mask.any() else np.nan for mask in (scores.flagged, scores.candidate)]
            lines.append([wrong.mean(), average_precision_score(wrong, plain), average_precision_score(wrong, suspicion), scores.flagged.sum(), right[0], scores.candidate.sum(), right[1]])
        m = np.nanmean(lines, axis=0)
        print(f"{name:18s}  {m[0]:.3f}   {m[1]:.3f}     {m[2]:.3f}  | {m[3]:.0f}, {m[4]:.2f}; {m[5]:.0f}, {m[6]:.2f}", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
