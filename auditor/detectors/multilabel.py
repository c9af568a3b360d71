"""The probe for rows with several classes each: one classifier a class, Cleanlab's multi-label filters on top."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.detectors import models
from auditor.detectors.classes import signal_p
from auditor.detectors.folds import assign
from auditor.detectors.results import ClassSize, Interval, LabelScores, ProbeFacts
from auditor.detectors.statistics import Z95

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.probe import Probe

MIN_CLASS = 10
"""Rows with, and rows without a class, below which it is not judged."""
MAX_CLASSES = 200
MAX_ROWS = 10_000
FOLDS = 3
SEED = 6_007


def study(probe: Probe, sizes: tuple[ClassSize, ...]) -> ProbeFacts:
    """Cross-validate each class and rank rows by their least certain label."""
    inputs = probe.inputs
    train = probe.train[:MAX_ROWS]
    base = ProbeFacts("multilabel", len(train), inputs.sampled or len(train) < len(probe.train), len(sizes), sizes, measured=False, metric="macro average precision")
    y = np.zeros((len(inputs), len(inputs.labels.names)), np.bool_)
    for i, classes in enumerate(inputs.labels.sets):
        y[i, list(classes)] = True
    counts = y[train].sum(axis=0)
    keep = np.flatnonzero((counts >= MIN_CLASS) & (len(train) - counts >= MIN_CLASS))[:MAX_CLASSES]
    x = models.features(inputs)
    if not len(keep) or x is None:
        return replace(base, reason=f"no class has {MIN_CLASS} rows with it and as many without")
    y = y[:, keep]
    fold = assign(np.argmax(y[train], axis=1).astype(np.int64), probe.unit[train], FOLDS)
    p = _out_of_fold(x, y[train], train, fold)
    group = _macro(y[train], p)
    mixed = np.random.Generator(np.random.PCG64(SEED)).permutation(y[train])
    null = _macro(mixed, _out_of_fold(x, mixed, train, fold))
    wrong = (p >= 0.5) != y[train]
    facts = replace(
        base,
        measured=True,
        classes=len(keep),
        chance=float(y[train].mean()),
        cv_group=group,
        cv_naive=group,
        accuracy=1 - float(wrong.mean()),
        cv_error=float(wrong.mean()),
        shuffled=null,
        signal_p=signal_p(group, null, 0.0),
        method=f"{FOLDS}-fold cross-validation of one linear classifier a class, near-duplicates and entities kept together",
    )
    return _noise(facts, probe, y[train], p, tuple(inputs.labels.names[i] for i in keep))


def _out_of_fold(x: models.Features, y: NDArray[np.bool_], train: NDArray[np.int64], fold: NDArray[np.int64]) -> NDArray[np.float32]:
    """Probability of each class for each training row: a linear support vector machine on the words and characters of a text (average
    precision of wrong rows .78 where the text probe's ensemble read .61), logistic regression and trees on columns.
    """
    p = np.zeros(y.shape, np.float32)
    for f in range(FOLDS):
        test, rest = np.flatnonzero(fold == f), np.flatnonzero(fold != f)
        if not len(test) or not len(rest):
            continue
        for j in range(y.shape[1]):
            target = y[rest, j].astype(np.int64)
            if target.min() == target.max():
                p[test, j] = target[0]
                continue
            if x.sparse is not None:
                p[test, j] = _machine(x.sparse[train[rest]], target, x.sparse[train[test]])
                continue
            votes = [models.linear(x, target, train[rest], train[test], 2)[:, 1]]
            if x.trees is not None:
                votes.append(models.trees(x.trees[train[rest]], target, x.trees[train[test]], 2, count=50)[:, 1])
            p[test, j] = np.mean(votes, axis=0)
    return p


def _machine(train: Any, target: NDArray[np.int64], test: Any) -> NDArray[np.float64]:
    from sklearn.svm import LinearSVC

    distance = LinearSVC(C=0.5, random_state=0).fit(train, target).decision_function(test)
    return np.asarray(1 / (1 + np.exp(-3 * distance)), dtype=np.float64)


def row_quality(y: NDArray[np.bool_], p: NDArray[np.float32]) -> NDArray[np.float32]:
    """Quality of each row by its least credible label, 0 to 1.

    A probability counts by where it lies between the means of the rows with and without the class: classes differ in how sure a model
    is of them. (Cleanlab's own row score, an exponential average, read .60 on the same probabilities where this read .78.)
    """
    doubt = np.full(len(y), -np.inf)
    for j in range(y.shape[1]):
        having, lacking = float(p[y[:, j], j].mean()), float(p[~y[:, j], j].mean())
        middle, width = (having + lacking) / 2, max(having - lacking, 0.05)
        doubt = np.maximum(doubt, np.where(y[:, j], middle - p[:, j], p[:, j] - middle) / width)
    return np.asarray(1 / (1 + np.exp(4 * doubt)), dtype=np.float32)


def _macro(y: NDArray[np.bool_], p: NDArray[np.float32]) -> Interval:
    from sklearn.metrics import average_precision_score

    scores = np.array([average_precision_score(y[:, j], p[:, j]) for j in range(y.shape[1])])
    value = float(scores.mean())
    half = Z95 * float(np.sqrt(np.mean(scores * (1 - scores) / np.maximum(1, y.sum(axis=0))) / len(scores)))
    return Interval(value, max(0.0, value - half), min(1.0, value + half), len(y))


def _noise(facts: ProbeFacts, probe: Probe, y: NDArray[np.bool_], p: NDArray[np.float32], names: tuple[str, ...]) -> ProbeFacts:
    from cleanlab.multilabel_classification.filter import find_label_issues, find_multilabel_issues_per_class

    safe = p.clip(1e-4, 1 - 1e-4)
    both, sure = (y, safe) if len(names) > 1 else (np.concatenate([y, ~y], axis=1), np.concatenate([safe, 1 - safe], axis=1))  # one class alone is refused
    labels = [np.flatnonzero(row).tolist() for row in both]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        low = np.asarray(find_label_issues(labels, sure, filter_by="low_self_confidence", n_jobs=1), dtype=np.bool_)
        by_class = np.asarray(find_multilabel_issues_per_class(labels, sure, filter_by="prune_by_noise_rate", n_jobs=1), dtype=np.bool_)[:, : len(names)]
    quality = row_quality(y, p)
    doubted = np.where(y, 1 - p, p)
    worst = doubted.argmax(axis=1)
    given = np.where(y[np.arange(len(y)), worst], worst, -1)
    offered = np.where(y[np.arange(len(y)), worst], -1, worst)
    inputs, train = probe.inputs, probe.train[:MAX_ROWS]
    scores = LabelScores(inputs.file[train], inputs.row[train], given.astype(np.int32), offered.astype(np.int32), quality, low, np.asarray(by_class.any(axis=1), dtype=np.bool_), names)
    off = float(by_class.mean())
    ratio = min(2.0, off / facts.cv_error) if facts.cv_error else 0.0
    return replace(
        facts, off_diagonal=off, joint=off, noise_ratio=ratio, identifiable=ratio < 0.8 or off < 0.02, candidates=int(by_class.any(axis=1).sum()), flagged=int(low.sum()), scores=scores
    )
