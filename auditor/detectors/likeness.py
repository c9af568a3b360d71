"""How alike two written texts of a row are: what paraphrase, entailment, retrieval and similarity sets are labelled by.

Words on their own hardly tell whether two sentences mean the same: in pairs of questions made from CLINC150 the probe reads a
balanced accuracy of .87 with these figures and .56 from words alone (`tests/benchmarks/labels_pairs.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_TEXT = 1000
BUDGET = 4_000_000
"""Characters of a text, and of all together, that are compared."""
DIMENSIONS = 64
_FEATURES = 50_000


def likeness(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float32]:
    """One row a pair, float32: cosines of characters, words and their LSA, shared words by either's and by all, lengths; no label is looked at."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    n = len(first)
    most = int(np.clip(BUDGET / max(1, 2 * n), 100, MAX_TEXT))
    texts = [t[:most].lower() for t in (*first, *second)]
    figures = [np.log1p([float(len(t)) for t in part]) for part in (first, second)]
    figures.append(figures[0] - figures[1])
    for options in ({"analyzer": "char_wb", "ngram_range": (3, 4)}, {"token_pattern": r"(?u)\b\w+\b"}):
        try:
            found = TfidfVectorizer(sublinear_tf=True, dtype=np.float32, max_features=_FEATURES, min_df=2, **options).fit_transform(texts)
        except ValueError:  # nothing occurs twice
            continue
        a, b = found[:n], found[n:]
        figures += [_dots(a, b), _meaning(found, n)]
        if "token_pattern" in options:
            here, there = a.astype(bool).astype(np.float32), b.astype(bool).astype(np.float32)
            both, one, other = _dots(here, there), _dots(here, here), _dots(there, there)
            figures += [both / np.maximum(1, one), both / np.maximum(1, other), both / np.maximum(1, one + other - both)]
    return np.stack(figures, axis=1).astype(np.float32)


def _dots(a: object, b: object) -> NDArray[np.float64]:
    return np.asarray(a.multiply(b).sum(axis=1), dtype=np.float64).ravel()  # type: ignore[attr-defined]


def _meaning(found: object, n: int) -> NDArray[np.float64]:
    """Cosine in the space of words that occur together."""
    from auditor.detectors.models import embed

    x = embed(found, DIMENSIONS)
    return np.asarray((x[:n] * x[n:]).sum(axis=1), dtype=np.float64)
