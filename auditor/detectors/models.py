"""The cheap probes: what a data set looks like to a learner that costs seconds.

    text     TF-IDF of words (1,2) and characters (2-5) -> {logistic regression on 256 SVD dimensions, complement naive
             Bayes, 10 nearest neighbours by cosine^2}, probabilities averaged
    tabular  extra trees (leaf >= 3), logistic regression and 10 nearest neighbours on standardised columns, averaged
    mixed    both kinds side by side
    vectors  of a model that the user names, beside the SVD dimensions in equal parts

Measured on BANKING77 (uniform noise 10 %, average precision of the ranking by self-confidence): logistic regression on
SVD dimensions scaled to length 6 .977, the same on raw TF-IDF .974 at 12 times the cost. On 15 classes with 600 rows
(three draws; 10 % uniform, 14 % of a weak annotator): words alone .963, .675; with vectors of MiniLM-L6 .986, .813; with the mean of 300 GloVe
numbers a word .959, .676.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.detectors.near_table import scaled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs

DIMENSIONS = 256
LENGTH = 6.0
"""Norm given to SVD vectors before logistic regression with C = 1 (3: .914, 6: .977, 12: .965 average precision)."""
ALIKE = 0.4
"""Weight of a standardised figure of likeness beside words of unit length: our choice, between .15 and .8 little changes. In pairs of questions
with 0, 10 and 30 % wrong labels the ensemble's balanced accuracy is .87, .79 and .62 (`tests/benchmarks/labels_pairs.py`)."""
TOLERANCE = 1e-3
"""Gradient at which logistic regression stops, for classes alike in size. A class of one row in a thousand is still predicted ten times as
often as it occurs when the gradient of its intercept is .01: of 14 in 20,000 rows none was found, with this and its share all but one."""
NEIGHBOURS = 10
MAX_TEXT = 4000
BUDGET = 4_000_000
"""Characters of a text, and of all together, that a probe reads: beyond, more of the same costs more than it tells. Of many long
texts it so reads the beginnings (at least `LEAST_TEXT` characters of each)."""
LEAST_TEXT = 200
MAX_FEATURES = 200_000
TREES = 100
"""As many rank wrong labels as well as 150 do (`tests/benchmarks/labels_noise.py`: .995 and .685, .956 and .607 for random and consistent ones) in two thirds
of the time."""
LEAF = 3
TREE_BYTES, LEAST_TREES = 500_000_000, 6
"""Memory that trees of many classes may take: 20,000 rows of 1,000 classes would take 4 GB in 40 trees."""
MANY_NUMBERS = 1_000_000
"""Cells of a table from which on trees are grown in threads."""
TREE_ROWS = 600_000
"""Rows times trees at most: above 4,000 rows there are fewer trees (never fewer than 40)."""


@dataclass(frozen=True)
class Features:
    """Inputs as matrices; `sparse` and `dense` have the rows of the inputs."""

    sparse: Any
    """TF-IDF (CSR, float32), None for tables."""
    dense: NDArray[np.float32]
    """SVD of the text (unit length), or standardised columns."""
    trees: NDArray[np.float32] | None
    """Columns for trees: of a table, or how alike the two texts of a row are; None for other texts."""
    unit: bool = False
    """Dense rows have unit length (texts, embeddings)."""

    def __len__(self) -> int:
        return len(self.dense)


def features(inputs: Inputs, meaning: NDArray[np.float32] | None = None) -> Features | None:
    """Matrices of the inputs, fitted without looking at labels; None where nothing can be read. `meaning`: vectors of the texts."""
    kind = inputs.kind
    if kind == "none" or not len(inputs):
        return None
    sparse = text_matrix(inputs.text) if inputs.text is not None else None
    parts = []
    if sparse is not None:
        words = embed(sparse, DIMENSIONS)
        parts.append(words if meaning is None else np.concatenate([words, meaning], axis=1) * np.float32(0.5**0.5))
    columns = _columns(inputs) if inputs.table.width else None
    if columns is not None and columns.shape[1]:
        parts.append(unit(columns) * (0.5 if sparse is not None else 1.0) if sparse is not None else columns)
    if not parts:
        return None
    alike = _alike(inputs) if sparse is not None else None
    if alike is not None:
        parts.append(alike * ALIKE)
    dense = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
    return Features(sparse, dense, columns if sparse is None else alike, unit=sparse is not None)


def _alike(inputs: Inputs) -> NDArray[np.float32] | None:
    """Standardised figures of how alike the two texts of a row are, where rows have two."""
    from auditor.detectors.likeness import likeness

    if inputs.pair is None:
        return None
    x = likeness(*inputs.pair)
    return np.asarray(((x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-6)).clip(-3, 3), dtype=np.float32)


def text_matrix(texts: Sequence[str]) -> Any:
    """TF-IDF of words and characters; None where no text has a word."""
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import TfidfVectorizer

    limit = readable(texts)
    short = [t[:limit] for t in texts]
    common: dict[str, Any] = {"sublinear_tf": True, "dtype": np.float32, "max_features": MAX_FEATURES, "lowercase": True}
    parts = []
    for options in (
        {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"},
        {"analyzer": "char_wb", "ngram_range": (2, 5), "min_df": 2 if len(texts) > 20 else 1},
    ):
        try:
            parts.append(TfidfVectorizer(**common, **options).fit_transform(short))
        except ValueError:  # an empty vocabulary
            continue
    return sp.hstack(parts).tocsr() if parts else None


def readable(texts: Sequence[str]) -> int:
    """Characters of each text that fit into the budget."""
    lengths = np.fromiter((len(t) for t in texts), dtype=np.int64, count=len(texts))
    limits = (MAX_TEXT, 3000, 2000, 1400, 1000, 700, 500, 350, 250)
    return next((limit for limit in limits if int(np.minimum(lengths, limit).sum()) <= BUDGET), LEAST_TEXT)


def embed(matrix: Any, dimensions: int) -> NDArray[np.float32]:
    """Rows of a sparse matrix in at most `dimensions` dimensions, at unit length."""
    from sklearn.decomposition import TruncatedSVD

    d = min(dimensions, min(matrix.shape) - 1)
    if d < 1:
        return np.ones((matrix.shape[0], 1), np.float32)
    reduced = TruncatedSVD(d, n_iter=2, random_state=0).fit_transform(matrix).astype(np.float32)
    return unit(reduced)


def unit(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows at length 1; rows of zeros stay."""
    return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _columns(inputs: Inputs) -> NDArray[np.float32]:
    """Standardised numbers, one column a category level (the 50 most frequent) and one a column with gaps."""
    table = inputs.table
    parts = [scaled(table).clip(-10, 10)]
    for j in range(table.categories.shape[1]):
        codes = table.categories[:, j]
        counts = np.bincount(codes[codes >= 0], minlength=1)
        levels = [level for level in np.argsort(-counts, kind="stable")[:50] if 0 < counts[level] < len(codes)]
        parts += [(codes == level).astype(np.float32)[:, None] for level in levels]
    gaps = np.isnan(table.numeric)
    partial = (gaps.mean(axis=0) > 0.01) & (gaps.mean(axis=0) < 0.99) if gaps.shape[1] and len(gaps) else np.zeros(gaps.shape[1], np.bool_)
    parts.append(gaps[:, partial].astype(np.float32))
    return np.concatenate(parts, axis=1)


def predict(x: Features, code: NDArray[np.int64], train: NDArray[np.int64], test: NDArray[np.int64], k: int) -> NDArray[np.float32]:
    """Class probabilities of the rows `test` from an ensemble trained on `train`; classes are 0..k-1."""
    y = code[train]
    seen = np.unique(y)
    if len(seen) < 2:
        out = np.full((len(test), k), 1e-3, np.float32)
        out[:, seen] = 1
        return _normal(out)
    votes = [linear(x, y, train, test, k), neighbours(x.dense[train], y, x.dense[test], k)]
    if x.sparse is not None:
        votes.append(bayes(x.sparse[train], y, x.sparse[test], k))
    if x.trees is not None:  # how alike two texts are weighs as much as their words, which alone say little
        votes += [trees(x.trees[train], y, x.trees[test], k)] * (1 if x.sparse is None else 2)
    return _normal(np.mean(votes, axis=0, dtype=np.float32))


def quick(x: Features, code: NDArray[np.int64], train: NDArray[np.int64], test: NDArray[np.int64], k: int) -> NDArray[np.float32]:
    """The same from the one cheapest good model: logistic regression on text, extra trees on tables."""
    y = code[train]
    if len(np.unique(y)) < 2:
        return predict(x, code, train, test, k)
    if x.trees is not None and x.sparse is None:
        return trees(x.trees[train], y, x.trees[test], k, count=50)
    return linear(x, y, train, test, k)


def other(x: Features, code: NDArray[np.int64], train: NDArray[np.int64], test: NDArray[np.int64], k: int) -> NDArray[np.float32]:
    """The same from the cheapest model of another family than `quick`: naive Bayes on text, logistic regression on tables."""
    y = code[train]
    if len(np.unique(y)) < 2:
        return quick(x, code, train, test, k)
    if x.sparse is not None:
        return bayes(x.sparse[train], y, x.sparse[test], k)
    return linear(x, y, train, test, k)


def linear(x: Features, y: NDArray[np.int64], train: NDArray[np.int64], test: NDArray[np.int64], k: int) -> NDArray[np.float32]:
    """Logistic regression on the dense features."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    scale = LENGTH if x.unit else 1.0
    model = LogisticRegression(C=1.0, max_iter=60, tol=TOLERANCE * even(y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of many classes 60 steps are enough to rank by
        model.fit(x.dense[train] * scale, y)
    return _spread(model.predict_proba(x.dense[test] * scale), model.classes_, k)


def even(y: NDArray[np.int64]) -> float:
    """The share of the rarest class over that of all classes alike, 0 to 1."""
    counts = np.bincount(y)
    counts = counts[counts > 0]
    return float(counts.min() * len(counts) / counts.sum())


def bayes(train: Any, y: NDArray[np.int64], test: Any, k: int) -> NDArray[np.float32]:
    """Complement naive Bayes; its joint log-likelihoods through a softmax."""
    from sklearn.naive_bayes import ComplementNB

    model = ComplementNB(alpha=0.3).fit(train, y)
    return _spread(softmax(model.predict_joint_log_proba(test)), model.classes_, k)


def neighbours(train: NDArray[np.float32], y: NDArray[np.int64], test: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """Nearest neighbours by cosine, weighted by its square; blockwise."""
    a, b = unit(train), unit(test)
    count = min(NEIGHBOURS, len(a))
    out = np.full((len(b), k), 1e-3, np.float32)
    for begin in range(0, len(b), 1000):
        near = b[begin : begin + 1000] @ a.T
        index = np.argpartition(-near, count - 1, axis=1)[:, :count]
        weight = np.maximum(np.take_along_axis(near, index, axis=1), 0) ** 2
        rows = np.arange(begin, begin + len(index))
        for c in range(count):
            np.add.at(out, (rows, y[index[:, c]]), weight[:, c])
    return _normal(out)


def trees(train: NDArray[np.float32], y: NDArray[np.int64], test: NDArray[np.float32], k: int, count: int | None = None) -> NDArray[np.float32]:
    """Extremely randomised trees."""
    from sklearn.ensemble import ExtraTreesClassifier

    size = count or int(np.clip(TREE_ROWS / len(train), 40, TREES))
    tree = 16 * k * len(train) / LEAF  # bytes: a number for each class in each of twice as many nodes as leaves
    size = min(size, max(LEAST_TREES, int(TREE_BYTES / tree)))
    model = grown(ExtraTreesClassifier(size, min_samples_leaf=LEAF, random_state=0), train, y)
    return _spread(model.predict_proba(test), model.classes_, k)


def grown(forest: Any, train: NDArray[np.float32], y: NDArray[Any]) -> Any:
    """The forest, fitted: with as many threads as Polars may use where that takes long enough to matter; each tree is the same with any number."""
    import polars as pl

    forest.n_jobs = pl.thread_pool_size() if train.size > MANY_NUMBERS else 1
    forest.fit(train, y)
    forest.n_jobs = 1  # trees that are asked side by side are added up in any order, and the last digit would vary
    return forest


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Row-wise softmax."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True), dtype=np.float64)


def _spread(p: NDArray[np.float64], classes: NDArray[np.int64], k: int) -> NDArray[np.float32]:
    out = np.zeros((len(p), k), np.float32)
    out[:, classes] = p
    return out


def _normal(p: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(p / np.maximum(p.sum(axis=1, keepdims=True), 1e-9), dtype=np.float32)
