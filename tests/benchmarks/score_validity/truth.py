"""What a trained model reaches: another family than the auditor's probe, measured on clean rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from corruptions import Split
from numpy.typing import NDArray
from sets import Clean
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC


@dataclass(frozen=True)
class Truth:
    """Balanced accuracy on clean rows and on the set's own hold-out."""

    test: float
    own: float


def _model(text: bool):
    if text:
        return make_pipeline(TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True, max_features=12000), LinearSVC(C=0.5, tol=1e-2))
    return make_pipeline(SimpleImputer(keep_empty_features=True), RandomForestClassifier(60, n_jobs=1, random_state=0))


def measure(split: Split, clean: Clean) -> Truth:
    """Train on the (damaged) split, measure on the clean test rows and on the split's own hold-out."""
    known, held = split.y != "", split.hy != ""
    y = split.y[known].astype(str)
    if len(np.unique(y)) < 2:
        return Truth(1 / len(np.unique(clean.y)), float("nan"))
    model = _model(split.text).fit(split.x[known], y)
    test = balanced_accuracy_score(clean.test_y.astype(str), model.predict(clean.test_x))
    own = balanced_accuracy_score(split.hy[held].astype(str), model.predict(split.hx[held])) if held.sum() else float("nan")
    return Truth(float(test), float(own))


def confusable(clean: Clean, x: NDArray, y: NDArray) -> dict[str, str]:
    """The class each class is most often taken for by a model trained on half of the clean rows."""
    half = len(y) // 2
    model = _model(clean.text).fit(x[:half], y[:half].astype(str))
    predicted = model.predict(x[half:])
    out = {}
    for c in np.unique(y.astype(str)):
        wrong = [p for p, t in zip(predicted, y[half:], strict=True) if t == c and p != c]
        classes = [k for k in np.unique(y.astype(str)) if k != c]
        out[c] = max(sorted(set(wrong)), key=wrong.count) if wrong else classes[0]
    return out
