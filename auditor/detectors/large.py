"""The probe for many texts: hashed words, complement naive Bayes, confident learning in two passes over blocks.

Of few classes it is naive Bayes and logistic regression, probabilities averaged. On 22,500 short texts (CLINC150 as two to five classes, 5 % of
labels wrong) naive Bayes, regression and both find wrong labels with an average precision of .75 to .99, .60 to .97 and .75 to .996, and
have a balanced accuracy of .87 to .94, .92 to .99 and .92 to .97, of which the largest probability gives .66 to .91, .88 to .96 and .82 to .92.

Memory is one block of probabilities (`BLOCK` x classes, float32), the hashed texts, and a weight matrix; nothing of size rows x
classes is kept. 100,000 short texts of 77 classes take about a dozen CPU seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from auditor.detectors import given, surest
from auditor.detectors.classes import DECIDED, WEAK, identifiable, signal_p, usable
from auditor.detectors.folds import assign, halves
from auditor.detectors.label_issues import MAX_PAIRS, blend, pairs_of
from auditor.detectors.learning import fitted
from auditor.detectors.results import ClassSize, CurvePoint, LabelScores, ProbeFacts
from auditor.detectors.statistics import balanced_accuracy, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.probe import Probe

_Block = tuple["NDArray[np.int64]", "NDArray[np.float32]"]

BLOCK = 20_000
LEAST = 1000
"""Characters of each text that are read."""
ALPHA = 0.3
EVEN = 1e-6
"""Least mean probability of a class."""
FEW_CLASSES = 8
"""Classes up to which regression is worth its time, which grows with them; naive Bayes' does not."""
MANY_CLASSES = 128
"""From so many classes on there are fewer hash buckets, so that the weights stay within some 300 MB."""
JUDGED = 20_000
"""Rows on which the comparisons (half the data, shuffled labels, curve) are judged."""
SEED = 40_961


@dataclass(frozen=True)
class Hashed:
    """TF-IDF of hashed words and word pairs (CSR, float32), and the classes of the rows."""

    x: Any = field(repr=False)
    code: NDArray[np.int64] = field(repr=False)
    k: int

    def fit(self, rows: NDArray[np.int64], code: NDArray[np.int64] | None = None) -> Model:
        """What these rows teach, under other classes than theirs where `code` has some."""
        y = (self.code if code is None else code)[rows]
        line = None
        if self.k <= FEW_CLASSES and len(np.unique(y)) > 1:
            from sklearn.linear_model import SGDClassifier

            line = SGDClassifier(loss="log_loss", alpha=1e-6, max_iter=5, tol=None, random_state=0).fit(self.x[rows], y)
        return Model(self._bayes(rows, y), line)

    def _bayes(self, rows: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.float32]:
        """Weights (features x classes) of complement naive Bayes (Rennie et al. 2003); unseen classes get none."""
        import scipy.sparse as sp

        one = sp.csr_matrix((np.ones(len(rows), np.float32), (np.arange(len(rows)), y)), shape=(len(rows), self.k))
        weights = (self.x[rows].T.tocsr() @ one).toarray()
        np.subtract(weights.sum(axis=1, keepdims=True, dtype=np.float64).astype(np.float32) + np.float32(ALPHA), weights, out=weights)
        total = np.log(weights.sum(axis=0, dtype=np.float64)).astype(np.float32)
        np.log(weights, out=weights)
        np.subtract(total, weights, out=weights)
        return np.asarray(weights, dtype=np.float32)

    def blocks(self, rows: NDArray[np.int64], model: Model) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Rows and their class probabilities, block by block."""
        for begin in range(0, len(rows), BLOCK):
            part = rows[begin : begin + BLOCK]
            x = self.x[part]
            score = np.asarray(x @ model.bayes, dtype=np.float32)
            score -= score.max(axis=1, keepdims=True)
            np.exp(score, out=score)
            score /= score.sum(axis=1, keepdims=True)
            if model.line is not None:
                score[:, model.line.classes_] += model.line.predict_proba(x).astype(np.float32)
                score /= score.sum(axis=1, keepdims=True)
            yield part, score

    def guess(self, rows: NDArray[np.int64], model: Model, mean: NDArray[np.float64] | None = None) -> NDArray[np.int64]:
        """Class of each row: the most probable one, or that whose probability is most above its `mean`."""
        if not len(rows):
            return np.zeros(0, np.int64)
        return np.concatenate([(p if mean is None else p / mean).argmax(axis=1) for _, p in self.blocks(rows, model)])

    def mean(self, rows: NDArray[np.int64], model: Model) -> NDArray[np.float64]:
        """Mean probability of each class."""
        return np.asarray(sum(p.sum(axis=0, dtype=np.float64) for _, p in self.blocks(rows, model)) / len(rows) + EVEN, dtype=np.float64)


class Model(NamedTuple):
    """A fitted probe."""

    bayes: NDArray[np.float32]
    line: Any
    """Logistic regression, None for many classes."""


def hashed(texts: Sequence[str], code: NDArray[np.int64], k: int) -> Hashed:
    """Hash texts; document frequencies are counted without looking at labels."""
    import scipy.sparse as sp
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

    bits = 18 if k <= MANY_CLASSES else 16
    vectorise = HashingVectorizer(ngram_range=(1, 2), n_features=1 << bits, alternate_sign=False, norm=None, dtype=np.float32, token_pattern=r"(?u)\b\w+\b")  # noqa: S106
    parts = [vectorise.transform([t[:LEAST] for t in texts[i : i + BLOCK]]) for i in range(0, len(texts), BLOCK)]
    x = TfidfTransformer(sublinear_tf=True).fit_transform(sp.vstack(parts).tocsr())
    return Hashed(x.astype(np.float32), code, k)


def study(probe: Probe, sizes: tuple[ClassSize, ...]) -> ProbeFacts:
    """The probe of many texts with one class each."""
    inputs = probe.inputs
    base = ProbeFacts("text", len(probe.train), inputs.sampled, len(sizes), sizes, measured=False)
    names, code, train = usable(probe)
    if len(names) < 2 or inputs.text is None:
        return replace(base, reason="fewer than two classes have three rows that are not copies of one another")
    k = len(names)
    data = hashed(inputs.text, code, k)
    fold = np.full(len(code), -1, np.int64)
    fold[train] = assign(code[train], probe.unit[train], 2)
    models = [data.fit(train[fold[train] != f]) for f in range(2)]
    if probe.pred_probs:
        found = confident(given.probabilities(probe, train, names).blocks, code[train], k)
    else:
        place = np.full(len(code), -1, np.int64)
        place[train] = np.arange(len(train))
        halves_ = [(train[fold[train] == f], models[f]) for f in range(2)]
        found = confident(lambda: ((place[rows], p) for half, m in halves_ for rows, p in data.blocks(half, m)), code[train], k)
    units = len(np.unique(probe.unit[train]))
    right = found.guess == code[train]
    group, fair = (balanced_accuracy(code[train], guess == code[train], units) for guess in (found.guess, found.fair))
    even = fair.value > group.value + DECIDED  # which rule reads better, as in `classes`
    facts = replace(
        base,
        measured=True,
        classes=k,
        chance=1 / k,
        cv_group=fair if even else group,
        accuracy=float(right.mean()),
        cv_error=1 - float(right.mean()),
        majority=float(np.bincount(code[train]).max() / len(train)),
        method=f"2-fold cross-validation of complement naive Bayes {'and logistic regression ' if models[0].line is not None else ''}on hashed words, near-duplicates and entities kept together",
    )
    facts = _compared(facts, data, probe, train, fold, even=even)
    facts = _holdout(facts, data, probe, train, found.mean if even else None)
    return _noise(facts, probe, train, names, found)


@dataclass(frozen=True)
class Confident:
    """Confident learning over blocks; arrays in the order of the training rows."""

    own: NDArray[np.float32] = field(repr=False)
    peak: NDArray[np.float32] = field(repr=False)
    """Probability of `guess`."""
    guess: NDArray[np.int64] = field(repr=False)
    fair: NDArray[np.int64] = field(repr=False)
    """Class whose probability is most above its mean: where one class in a hundred rows is asked for, hardly any row is likelier of it than not."""
    mean: NDArray[np.float64] = field(repr=False)
    suggested: NDArray[np.int64] = field(repr=False)
    margin: NDArray[np.float32] = field(repr=False)
    place: NDArray[np.int64] = field(repr=False)
    """Classes more probable than the given one."""
    off: NDArray[np.bool_] = field(repr=False)
    joint: NDArray[np.int64] = field(repr=False)
    """Confident joint, uncalibrated (given x suggested)."""


def confident(blocks: Callable[[], Iterator[_Block]], given_code: NDArray[np.int64], k: int) -> Confident:
    """Two passes: self-confidence and thresholds, then the confident joint (equal to Cleanlab's, which a test holds it to).

    `blocks` gives, afresh at each call, positions and class probabilities (which may be written to) until every label had its turn.
    """
    n = len(given_code)
    own, margin, peak = (np.empty(n, np.float32) for _ in range(3))
    guess, fair, suggested, place = (np.empty(n, np.int64) for _ in range(4))
    mean = np.full(k, EVEN)
    for i, p in blocks():
        mean += p.sum(axis=0, dtype=np.float64) / n
        line, label = np.arange(len(i)), given_code[i]
        own[i] = p[line, label]
        guess[i] = p.argmax(axis=1)
        peak[i] = p[line, guess[i]]
        place[i] = (p > own[i][:, None]).sum(axis=1)
        p[line, label] = -1
        suggested[i] = p.argmax(axis=1)
        margin[i] = own[i] - p[line, suggested[i]]
    threshold = (np.bincount(given_code, weights=own, minlength=k) / np.maximum(1, np.bincount(given_code, minlength=k))).astype(np.float32)
    joint = np.zeros((k, k), np.int64)
    off = np.zeros(n, np.bool_)
    for i, p in blocks():
        fair[i] = (p / mean).argmax(axis=1)
        p[p < threshold - 1e-6] = -1
        best = p.argmax(axis=1)
        sure = p[np.arange(len(i)), best] >= 0
        np.add.at(joint, (given_code[i][sure], best[sure]), 1)
        off[i] = sure & (best != given_code[i])
    return Confident(own, peak, guess, fair, mean, suggested, margin, place, off, joint)


def calibrated(joint: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Joint distribution of given and true labels: rows add up to the given labels' shares (Northcutt et al. 2021)."""
    counts = joint.astype(np.float64)
    empty = counts.diagonal() == 0
    counts[empty, empty] = 1
    counts *= (sizes / np.maximum(1e-9, counts.sum(axis=1)))[:, None]
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def _compared(facts: ProbeFacts, data: Hashed, probe: Probe, train: NDArray[np.int64], fold: NDArray[np.int64], *, even: bool) -> ProbeFacts:
    """Copies apart, half the rows, shuffled labels, and the learning curve; judged on a fixed part of one fold."""
    def guess(rows: NDArray[np.int64], model: Model) -> NDArray[np.int64]:
        return data.guess(rows, model, data.mean(rows, model) if even else None)

    test, rest = train[fold[train] == 0][:JUDGED], train[fold[train] != 0]
    rng = np.random.Generator(np.random.PCG64(SEED))
    mixed = data.code.copy()
    mixed[train] = rng.permutation(data.code[train])
    null = balanced_accuracy(mixed[test], guess(test, data.fit(rest[:JUDGED], mixed)) == mixed[test])
    points = []
    for i, part in enumerate((0.03, 0.06, 0.12, 0.25, 0.5, 1.0)):
        chosen = rest if part == 1 else halves(rest, probe.unit, part, SEED + i)
        model = data.fit(chosen)
        plain = data.guess(test, model)
        decided = guess(test, model) if even else plain
        points.append((len(chosen), float((plain == data.code[test]).mean()), balanced_accuracy(data.code[test], decided == data.code[test])))
    group = facts.cv_group
    whole, half = points[-1][2], points[-2][2]
    ratio = group.value / whole.value if group and whole.value > 0 else 1.0
    naive = group
    if group and len(np.unique(probe.unit[train])) < 0.995 * len(train):
        loose = assign(data.code[train], None, 2)
        side = train[loose == 0][:JUDGED]
        apart = balanced_accuracy(data.code[side], guess(side, data.fit(train[loose != 0])) == data.code[side])
        naive = replace(apart, value=min(1.0, apart.value * ratio), high=max(apart.high, min(1.0, apart.value * ratio)))
    curve = fitted(tuple(CurvePoint(n, a, 1, 0.0) for n, a, _ in points), len(test), len(train), probe.target)
    halved = replace(half, value=min(1.0, half.value * ratio), high=max(half.high, min(1.0, half.value * ratio)))
    return replace(facts, shuffled=null, signal_p=signal_p(group, null, facts.chance) if group else None, cv_naive=naive, cv_half=halved, curve=curve)


def _holdout(facts: ProbeFacts, data: Hashed, probe: Probe, train: NDArray[np.int64], mean: NDArray[np.float64] | None) -> ProbeFacts:
    held, clean = probe.held_all, probe.held
    if not len(held):
        return facts
    guess = np.full(len(data.code), -2, np.int64)
    guess[held] = data.guess(held, data.fit(train), mean)
    right = (guess == data.code) & (data.code >= 0)
    raw = probe.inputs.labels.code.astype(np.int64)
    return replace(
        facts,
        holdout=balanced_accuracy(raw[clean], right[clean]) if len(clean) else None,
        holdout_all=balanced_accuracy(raw[held], right[held]).value,
        holdout_accuracy=share(int(right[clean].sum()), len(clean)) if len(clean) else None,
        holdout_rows=len(clean),
    )


def _noise(facts: ProbeFacts, probe: Probe, train: NDArray[np.int64], names: tuple[str, ...], found: Confident) -> ProbeFacts:
    """Range of random noise, candidates (prune by class) and flags (low self-confidence), as Cleanlab defines them."""
    code = np.asarray([], np.int64)
    labels = probe.inputs.labels
    index = {labels.names.index(n): i for i, n in enumerate(names)}
    code = np.array([index[c] for c in labels.code[train].tolist()], dtype=np.int64)
    sizes = np.bincount(code, minlength=len(names))
    joint = calibrated(found.joint, sizes)
    expected = np.rint((joint.sum(axis=1) - joint.diagonal()) * len(train)).astype(np.int64)
    order = np.lexsort((np.arange(len(train)), found.own, code))
    rank = np.empty(len(train), np.int64)
    rank[order] = np.arange(len(train)) - np.repeat(np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
    candidate = (rank < np.minimum(expected, np.maximum(0, sizes - 5))[code]) & (found.guess != code)
    total = int(found.off.sum())
    low = np.zeros(len(train), np.bool_)
    low[np.argsort(found.own, kind="stable")[:total]] = True
    off = total / len(train)
    ratio = min(2.0, off / facts.cv_error) if facts.cv_error else 0.0
    skill = facts.skill(facts.cv_group.value) if facts.cv_group else 0.0
    quality, _ = blend(found.own, found.margin, found.place[found.off], len(names))
    wrong = np.bincount(code, weights=found.guess != code, minlength=len(names)) / np.maximum(1, sizes)
    errors = dict(zip(names, wrong.tolist(), strict=True))
    inputs = probe.inputs
    flagged = low & (found.guess != code)
    sure = surest.surest(found.peak, found.guess != code)
    high = max(off, float(1 - np.trace(joint)))
    noise = surest.random_noise(sure, off, high)
    steady = sure is not None and sure.steady
    scores = LabelScores(inputs.file[train], inputs.row[train], code.astype(np.int32), found.suggested.astype(np.int32), quality, flagged, candidate, names)
    return replace(
        facts,
        sizes=tuple(replace(s, error=errors.get(s.name)) for s in facts.sizes),
        off_diagonal=off,
        joint=high,
        noise_ratio=ratio,
        noise=noise,
        steady=steady,
        identifiable=identifiable(off, noise, weak=(skill or 0.0) < WEAK, steady=steady),
        candidates=int(candidate.sum()),
        flagged=int(flagged.sum()),
        pairs=pairs_of(found.joint, sizes, names)[:MAX_PAIRS],
        scores=scores,
    )
