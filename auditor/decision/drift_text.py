"""Has a text column changed? A domain classifier between then and now, without keeping any text.

What is kept of the reference: two halves, each with a basis (48 directions in the space of hashed words and character
trigrams, document frequencies) and, of each row of the *other* half, its 48 coordinates on that basis and six properties, a
byte each, in no row order. A basis never sees the rows it describes: otherwise they would fit it better than any new row, and
the test would always fire. Coordinates tell a topic, not a text. Beside them stands the mean row over all words and trigrams.
"""

from __future__ import annotations

import base64
import hashlib
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Final, cast

from auditor.detectors.threads import one_thread
from auditor.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

WORDS: Final = 3072
TRIGRAMS: Final = 1024
DIMENSIONS: Final = 48
PROPERTIES: Final = 6
HALF: Final = 1000
"""Greatest number of rows per half."""
MIN_ROWS: Final = 300
"""Distinct texts on either side, below which nothing is said (readiness specification, section 5)."""
MIN_AUC: Final = 0.52
"""Least AUC that matters in practice (our choice; the specification's .55 hides 25 % of new topics at n = 1000)."""
SPREAD: Final = 1.3
"""Standard deviation of the cross-validated AUC without drift, in Mann-Whitney standard errors; measured 1.0 to 1.29."""


_DAMAGED: Final = "the reference of a text column in the plan is damaged; write the plan again with `audit plan`"


@dataclass(frozen=True, slots=True)
class TextTest:
    """Outcome on one column."""

    auc: float
    p: float
    n: int
    fired: bool
    smallest: float
    """Share of rows of a new topic that would go unseen about half of the time at this n (measured on intents, a rough guide)."""


def distinct(texts: Iterable[str | None], most: int) -> list[str]:
    """Distinct texts of least content hash, in order of that hash: a sample that depends on nothing else."""
    keyed = {hashlib.blake2b(t.encode("utf-8", "replace"), digest_size=8).digest(): t for t in texts if t and t.strip()}
    return [keyed[key] for key in sorted(keyed)[:most]]


def _counts(texts: Sequence[str]) -> Any:
    """Sparse 0/1 matrix of hashed words, word pairs and character trigrams; one row a text."""
    from scipy import sparse
    from sklearn.feature_extraction.text import HashingVectorizer

    one_word = r"(?u)\w+"
    words = HashingVectorizer(n_features=WORDS, ngram_range=(1, 2), token_pattern=one_word, alternate_sign=False, norm=None, binary=True)
    letters = HashingVectorizer(n_features=TRIGRAMS, analyzer="char_wb", ngram_range=(3, 3), alternate_sign=False, norm=None, binary=True)
    clipped = [t[:2000] for t in texts]
    return sparse.hstack([words.transform(clipped), letters.transform(clipped)]).tocsr()


def _properties(texts: Sequence[str]) -> Array:
    """Length and shares of digits, capitals and marks of each text."""
    import numpy as np

    rows = []
    for text in texts:
        size = max(1, len(text))
        digits, capitals = sum(c.isdigit() for c in text), sum(c.isupper() for c in text)
        marks = sum(not c.isalnum() and not c.isspace() for c in text)
        rows.append((math.log1p(len(text)), digits / size, capitals / size, marks / size))
    return np.array(rows, dtype=np.float64).reshape(len(rows), 4)


@dataclass(frozen=True)
class Basis:
    """Directions and document frequencies of one half."""

    idf: Array
    directions: Array

    @classmethod
    def fit(cls, texts: Sequence[str]) -> Basis:
        """Basis of `texts`; directions are rounded to a byte, as they are kept."""
        import numpy as np
        from scipy.sparse.linalg import svds

        counts = _counts(texts)
        seen = np.asarray((counts > 0).sum(axis=0)).ravel()
        # Rounded as it is kept, so that rows then and now are described alike.
        idf = np.where(seen > 0, np.round(10 * (np.log((1 + counts.shape[0]) / (1 + seen)) + 1)) / 10, 0.0)
        weighted = _unit(counts, np.where(idf > 0, idf, _unseen(idf)))
        rank = min(DIMENSIONS, min(weighted.shape) - 1)
        with one_thread():
            _, _, directions = svds(weighted, k=rank, v0=np.ones(min(weighted.shape)))
        whole, scale = _byte(directions)
        return cls(idf, whole * scale)

    def describe(self, texts: Sequence[str]) -> Array:
        """Coordinates and properties of each text: directions, what they leave over, share of unseen words, four properties."""
        import numpy as np

        counts = _counts(texts)
        weighted = _unit(counts, np.where(self.idf > 0, self.idf, _unseen(self.idf)))
        places = np.asarray(weighted @ self.directions.T)
        left = 1 - (places**2).sum(axis=1)
        total = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1)
        new = np.asarray(counts[:, np.flatnonzero(self.idf <= 0)].sum(axis=1)).ravel() / total
        return np.column_stack([places, left, new, _properties(texts)])


def _unseen(idf: Array) -> float:
    return float(idf.max(initial=1.0))


def _unit(counts: Any, idf: Array) -> Any:
    """Rows weighted by `idf` and scaled to length one."""
    import numpy as np
    from scipy import sparse

    weighted = counts.multiply(idf).tocsr()
    norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return sparse.diags(1 / np.maximum(norms, 1e-12)) @ weighted


def _byte(table: Array) -> tuple[Array, Array]:
    """A table as whole numbers from -127 to 127 and the scale of each row."""
    import numpy as np

    scale = np.maximum(np.abs(table).max(axis=1, keepdims=True, initial=0.0), 1e-12) / 127
    return np.round(table / scale), scale


def _pack(table: Array) -> str:
    import numpy as np

    return base64.b64encode(zlib.compress(np.ascontiguousarray(table).astype(np.int8).tobytes(), 9)).decode()


def _unpack(text: object, columns: int) -> Array:
    """A packed table.

    Raises:
        ConfigError: it is damaged.
    """
    import numpy as np

    try:
        engine = zlib.decompressobj()
        raw = engine.decompress(base64.b64decode(cast("str", text), validate=True), 32 * 1024 * 1024)
        whole = engine.eof  # else it was cut short, or is longer than any reference
        table = np.frombuffer(raw, dtype=np.int8).astype(np.float64).reshape(-1, columns)
    except (TypeError, ValueError, zlib.error):
        raise ConfigError(_DAMAGED) from None
    if not whole:
        raise ConfigError(_DAMAGED)
    return table


def reference(texts: Iterable[str | None]) -> dict[str, object] | None:
    """What a plan keeps of a text column; None below 300 distinct texts."""
    chosen = distinct(texts, 2 * HALF)
    if len(chosen) < MIN_ROWS:
        return None
    halves = (chosen[0::2], chosen[1::2])
    out: dict[str, object] = {"n": len(chosen), "whole": _kept_mean(chosen)}
    for name, own, other in (("a", halves[0], halves[1]), ("b", halves[1], halves[0])):
        basis = Basis.fit(own)
        directions, scale = _byte(basis.directions)
        rows = basis.describe(other)
        table, widths = _byte(rows.T)
        packed = table.T[sorted(range(len(rows)), key=lambda i, t=table: tuple(t[:, i]))]  # type: ignore[misc]
        out[name] = {
            "directions": _pack(directions), "scale": [float(f"{s:.6g}") for s in scale.ravel()],
            "idf": _pack(basis.idf.reshape(1, -1) * 10), "rows": _pack(packed), "widths": [float(f"{w:.6g}") for w in widths.ravel()],
        }  # fmt: skip
    return out


def _load(part: Mapping[str, Any]) -> tuple[Basis, Array, Array]:
    import numpy as np

    try:
        scale, widths = np.array(part["scale"], dtype=np.float64), np.array(part["widths"], dtype=np.float64)
        directions = _unpack(part["directions"], WORDS + TRIGRAMS) * scale.reshape(-1, 1)
        rows = _unpack(part["rows"], len(widths)) * widths
        idf = _unpack(part["idf"], WORDS + TRIGRAMS)[0] / 10
    except (KeyError, TypeError, ValueError, IndexError):
        raise ConfigError(_DAMAGED) from None
    return Basis(idf, directions), rows, widths


def _auc(old: Array, new: Array) -> float:
    """Cross-validated AUC of a strongly regularised classifier between the two; one half when they are alike."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold

    x = np.vstack([old, new])
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9)
    y = np.r_[np.zeros(len(old)), np.ones(len(new))]
    out = np.zeros(len(y))
    with one_thread():
        for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(x, y):
            model = LogisticRegression(C=0.003, class_weight="balanced", max_iter=300).fit(x[train], y[train])
            out[test] = model.decision_function(x[test])
    return float(roc_auc_score(y, out))


def _profile(counts: Any) -> Any:
    """Rows of `counts` over the root of their length: what the mean of a column of texts is taken of."""
    import numpy as np
    from scipy import sparse

    total = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1)
    return (sparse.diags(1 / np.sqrt(total)) @ counts).tocsr()


def _kept_mean(texts: Sequence[str]) -> dict[str, object]:
    """Mean row and document frequencies of texts, without any row."""
    import numpy as np

    counts = _counts(texts)
    mean = np.asarray(_profile(counts).mean(axis=0)).ravel().astype("<f4")
    seen = np.asarray((counts > 0).sum(axis=0)).ravel().astype("<f4")
    return {"n": len(texts), "mean": _squeeze(mean), "seen": _squeeze(seen)}


def _squeeze(vector: Any) -> str:
    return base64.b64encode(zlib.compress(vector.tobytes(), 9)).decode()


def _widen(text: object) -> Array:
    """A vector over all words and trigrams.

    Raises:
        ConfigError: it is damaged.
    """
    import numpy as np

    try:
        engine = zlib.decompressobj()
        raw = engine.decompress(base64.b64decode(cast("str", text), validate=True), 4 * (WORDS + TRIGRAMS) + 1)
        vector = np.frombuffer(raw, dtype="<f4").astype(np.float64)
    except (TypeError, ValueError, zlib.error):
        raise ConfigError(_DAMAGED) from None
    if len(vector) != WORDS + TRIGRAMS or not (np.isfinite(vector) & (vector >= 0)).all():
        raise ConfigError(_DAMAGED)
    return vector


def _mean_test(kept: Mapping[str, Any], texts: Sequence[str]) -> float:
    """p-value of the distance between the mean rows of then and now, weighted by pooled inverse document frequency.

    The squared distance of two means of n and m rows with covariance S has mean `(1/n + 1/m) tr S` and variance
    `2 (1/n + 1/m)^2 tr S^2` where nothing has changed (Chen and Qin 2010); a gamma distribution of these moments stands for it. S
    is that of the new rows. Weights are pooled over both samples, so that neither is described better than the other.

    Raises:
        ConfigError: the reference is damaged.
    """
    import numpy as np
    from scipy import sparse
    from scipy.stats import gamma

    try:
        n = int(kept["n"])
        then, seen = _widen(kept["mean"]), _widen(kept["seen"])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ConfigError(_DAMAGED) from None
    if n < MIN_ROWS:
        raise ConfigError(_DAMAGED)
    counts, m = _counts(texts), len(texts)
    both = seen + np.asarray((counts > 0).sum(axis=0)).ravel()
    weight = np.log((1 + n + m) / (1 + np.minimum(both, n + m)))
    rows = _profile(counts) @ sparse.diags(weight)
    distance = float(((then * weight - np.asarray(rows.mean(axis=0)).ravel()) ** 2).sum())
    products = np.asarray((rows @ rows.T).todense())
    middle = products.mean(axis=0)
    products += products.mean() - middle[:, None] - middle[None, :]
    diagonal = np.diag(products)
    trace, squares = diagonal.sum() / (m - 1), max(1e-300, ((products**2).sum() - (diagonal**2).sum()) / (m * (m - 1)))
    spread = 1 / n + 1 / m
    mean, variance = spread * trace, 2 * spread * spread * squares
    return float(gamma.sf(distance, mean * mean / variance, scale=variance / mean)) if mean > 0 else 1.0


def test(kept: Mapping[str, Any], texts: Iterable[str | None], alpha: float) -> TextTest | None:
    """The reference `kept` by a plan against new `texts`; None below 300 distinct new texts.

    Fires when the classifier's AUC (mean of the two halves) and the distance of the mean rows are beyond chance at `alpha`
    together and the AUC is at least 0.52. The means see new topics earlier (50 % of rows at n = 300: .93 against .35 for the
    classifier on 48 directions), the classifier says how far the two can be told apart.

    Raises:
        ConfigError: the reference is damaged.
    """
    import numpy as np

    chosen = distinct(texts, 2 * HALF)
    if len(chosen) < MIN_ROWS:
        return None
    try:
        halves, whole = (kept["a"], kept["b"]), kept["whole"]
    except (KeyError, TypeError):
        raise ConfigError(_DAMAGED) from None
    aucs, size = [], 0
    for half in halves:
        basis, rows, widths = _load(half)
        new = basis.describe(chosen)
        if new.shape[1] != rows.shape[1]:
            raise ConfigError(_DAMAGED)
        new = np.round(new / widths) * widths
        size += len(rows)
        aucs.append(_auc(rows, new))
    auc = sum(aucs) / 2
    error = SPREAD * math.sqrt((1 / size + 1 / len(chosen)) / 12)
    by_auc = 1 - NormalDist().cdf((auc - 0.5) / error)
    p = combine((by_auc, _mean_test(whole, chosen)), (0.3, 0.7))
    return TextTest(auc, p, len(chosen), p < alpha and auc >= MIN_AUC, smallest_share(size, len(chosen)))


def combine(ps: Sequence[float], weights: Sequence[float]) -> float:
    """One p-value of several that look at the same rows; weights sum to 1.

    Cauchy combination (Liu and Xie 2020): holds its level at small p however the parts depend on each other, and loses less
    than the smallest p times their number.
    """
    angle = sum(w * math.tan((0.5 - min(max(p, 1e-12), 1 - 1e-12)) * math.pi) for p, w in zip(ps, weights, strict=True))
    return 0.5 - math.atan(angle) / math.pi


def smallest_share(n: int, m: int) -> float:
    """Share of rows of a new topic that is seen about half of the time with n old and m new texts.

    The AUC of a mixture is about `.5 + .2 * share` for intents of one domain (measured: .535 at 25 %, .60 at 50 %, n = 1000);
    it has to reach the 1 % point.
    """
    error = SPREAD * math.sqrt((1 / n + 1 / m) / 12)
    return min(1.0, NormalDist().inv_cdf(0.995) * error / 0.2)
