"""Can the better of two responses be told from the other? A cheap model, taught by some pairs, judges the rest.

TF-IDF of characters (2-4) of the better response minus that of the other, how much longer it is and how much more it has in common with
the prompt; a logistic regression without intercept, in cross-validation that keeps a prompt's pairs together. Where sides were drawn by
lot it is right in half of the pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from auditor.detectors.results import Interval, RowSet
from auditor.model import Shape, Split
from auditor.scan.request import Study

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs
    from auditor.scan.request import Facts, Rows

CAP: Final = 5000
"""Training rows read, chosen by content."""
LEAST: Final = 50
"""Pairs below which nothing is said."""
BUDGET: Final = 10_000_000
MAX_TEXT: Final = 2000
"""Characters of all texts together, and of each, that are compared."""
FOLDS: Final = 5
STRENGTH: Final = 3.0
"""Inverse of the regression's penalty."""
NEARNESS: Final = 5.0
"""Weight of what a response has in common with its prompt: that cosine differs by .1 to .3 where a query's answer stands beside a foreign one."""
SEEN: Final = 0.7
"""Share of right judgements from which the wrong ones are worth reading first."""


@dataclass(frozen=True, slots=True)
class PreferenceFacts:
    """How often a cheap model takes the better of two responses for the better one."""

    pairs: int
    """Pairs of two different responses."""
    sampled: bool
    right: Interval | None = None
    """Share of pairs judged right; .5 = by lot. None where there are too few."""
    doubtful: RowSet | None = field(default=None, repr=False, compare=False)
    """Pairs judged wrong, the clearest first; None where the model sees too little."""
    method: str = "TF-IDF of both sides, logistic regression in 5-fold cross-validation by prompt"


@dataclass(frozen=True)
class PreferenceStudy(Study[PreferenceFacts]):
    """Whether preferences can be told."""

    def run(self, rows: Rows, facts: Facts) -> PreferenceFacts:  # noqa: ARG002 - reads no other fact
        """Teach and judge."""
        if rows.dataset.shape is not Shape.PREFERENCE:
            return PreferenceFacts(0, sampled=False)
        from auditor.detectors.inputs import load
        from auditor.detectors.threads import one_thread

        with one_thread():
            return measure(load(rows, splits=(str(Split.TRAIN),), cap=CAP, labelled=False))


def measure(inputs: Inputs) -> PreferenceFacts:
    """Judge the pairs of preference data by models that have not seen their prompts."""
    import numpy as np

    from auditor.detectors.hashing import text_hash
    from auditor.detectors.statistics import share

    prompts, better, worse = inputs.prompt or [], inputs.response or [], inputs.rejected or []
    told = np.array([i for i, (a, b) in enumerate(zip(better, worse, strict=True)) if a.strip() and b.strip() and a.strip() != b.strip()], dtype=np.int64)
    if len(told) < LEAST:
        return PreferenceFacts(len(told), inputs.sampled)
    most = int(np.clip(BUDGET / (3 * len(told)), 200, MAX_TEXT))
    texts = [[side[i][:most] for i in told] for side in (better, worse)]
    asked = [prompts[i][-most:] for i in told]
    place = text_hash(asked)
    if len(np.unique(place)) < FOLDS:  # one prompt for all: its answers are what differs
        place = text_hash(texts[0])
    margin = _margins(asked, texts[0], texts[1], place)
    if margin is None:
        return PreferenceFacts(len(told), inputs.sampled)
    halves = int(np.sum(margin == 0))
    right = share(int(np.sum(margin > 0)) + halves // 2, len(told))
    doubtful = None
    if right.value >= SEEN:
        order = np.argsort(margin, kind="stable")
        wrong = order[margin[order] < 0]
        doubtful = RowSet(inputs.file[told[wrong]], inputs.row[told[wrong]], (1 / (1 + np.exp(margin[wrong]))).astype(np.float32))
    return PreferenceFacts(len(told), inputs.sampled, right, doubtful)


def _margins(asked: list[str], better: list[str], worse: list[str], place: NDArray[np.uint64]) -> NDArray[np.float64] | None:
    """Log-odds of each better side to be the better one; None where no sequence of characters occurs twice."""
    import numpy as np
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    n = len(better)
    vectorise = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2, dtype=np.float32, max_features=50_000)
    try:
        sides = vectorise.fit_transform(better + worse)
    except ValueError:
        return None
    prompt = vectorise.transform(asked)
    near = [np.asarray(prompt.multiply(side).sum(axis=1)).ravel() for side in (sides[:n], sides[n:])]
    long = [np.log1p(np.array([len(t) for t in side])) for side in (better, worse)]
    features = sparse.hstack([sides[:n] - sides[n:], np.column_stack([long[0] - long[1], NEARNESS * (near[0] - near[1])])]).tocsr()
    group = np.unique(place, return_inverse=True)[1] % FOLDS
    margin = np.zeros(n)
    for k in range(FOLDS):
        taught, judged = features[group != k], group == k
        if not judged.any() or not taught.shape[0]:
            continue
        # each pair is shown from both ends, so that neither end is the usual one
        both = sparse.vstack([taught, -taught])
        side = np.repeat([1, 0], taught.shape[0])
        model = LogisticRegression(C=STRENGTH, fit_intercept=False, max_iter=300).fit(both, side)
        margin[judged] = model.decision_function(features[judged])
    return margin
