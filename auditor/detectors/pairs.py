"""Pair signal: does a response fit its own prompt better than other responses of the set do?

TF-IDF of characters (2-4) over prompts and responses, 100 SVD dimensions. A response fits by what it shares with its prompt
(cosine) and by what goes together in other pairs: a ridge regression from prompts to responses, fitted on other rows, says
what is to be expected, so that a translation, code or a table fits its prompt without a word in common. For each row, the
share of other responses that fit its prompt worse than its own; the mean is an AUC: .5 = responses are exchangeable.

Seven published files read .87 to .99, a made translation into another alphabet 1.00, both with responses shuffled .46 to .56
(`tests/benchmarks/labels_pairs.py`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from auditor.detectors import slots
from auditor.detectors.asking import asking
from auditor.detectors.canned import canned
from auditor.detectors.debris import no_replies
from auditor.detectors.hashing import text_hash
from auditor.detectors.inputs import CONVERSATIONAL, Inputs, load
from auditor.detectors.models import unit
from auditor.detectors.pair_results import PairFacts
from auditor.detectors.results import Interval, RowSet
from auditor.detectors.statistics import Z95
from auditor.detectors.threads import one_thread
from auditor.detectors.turned import turned
from auditor.model import Role, Split
from auditor.sources.answers import OPTION

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.scan.request import Rows

CAP = 10_000
FIT_ROWS = 4000
"""Rows that vocabulary and dimensions are fitted on."""
SAMPLE = 2000
"""Responses that each own response is compared with: makes it linear."""
DIMENSIONS = 100
MIN_ROWS = 20
MAX_TEXT = 2000
BUDGET = 5_000_000
"""Characters of a prompt or response, and of all together, that are compared."""
MIN_DISTINCT = 0.05
"""Share of distinct responses below which there is nothing to tell them apart by."""
SEED = 4_711
FOLDS = 5
RIDGE = 10.0
"""Penalty of the regression; with 1 the seven files read alike, but less is seen of 30 % foreign responses among 300 rows."""
WORDED = 0.1
"""Share of responses with a word in them below which they are figures: results of sums fit any of them to someone who does not add up."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_COMMAND = re.compile(r"\\[A-Za-z]+")
"""A command of LaTeX, of which results are made."""
CLEAR = 0.6
"""Share of the responses held for own ones that must be in the top tenth of their prompt for foreign ones to be told from them. Of the sets of
`tests/benchmarks/labels_pairs.py` the published ones of 300 rows and more have it, with 30 % foreign responses too; pairs of a broad subject
and one file of 91 rows don't."""


def of_rows(rows: Rows) -> PairFacts:
    """Pair signal of the training rows of a data set."""
    if rows.dataset.shape not in CONVERSATIONAL:
        return PairFacts(0, sampled=False, measured=False, reason="the data are not prompts with responses")
    if OPTION in rows.dataset.role(Role.RESPONSE):
        reason = "responses are picked from the options beside the question, so they fit by construction; whether the key names the right one does not show"
        return PairFacts(rows.count((str(Split.TRAIN),)), sampled=False, measured=False, no_signal=True, reason=reason)

    def read(*, telling: bool) -> PairFacts:
        return study(load(rows, splits=(str(Split.TRAIN),), cap=CAP, labelled=False, telling=telling).wanted())

    with one_thread():
        found = read(telling=True)
        if found.rows >= MIN_ROWS and found.distinct_responses < MIN_DISTINCT:
            return read(telling=False)  # the longest turn is an example that all talks begin with
        return found


def study(inputs: Inputs) -> PairFacts:
    """Pair signal of rows with a prompt and a response."""
    prompts, responses = inputs.prompt or [], inputs.response or []
    both = np.array([i for i, (p, r) in enumerate(zip(prompts, responses, strict=True)) if p.strip() and r.strip()], dtype=np.int64)
    seen = None if inputs.unread is None else both[inputs.unread[both] == 0]
    base = PairFacts(len(both) if seen is None else len(seen), inputs.sampled, measured=False)
    if seen is not None and len(seen) < MIN_ROWS:
        return replace(base, reason="responses are about images, sound or files, which are not read here", no_signal=True)
    both = both if seen is None else seen
    if len(both) < MIN_ROWS:
        before = base.rows == 0 and sum(bool(r.strip()) for r in responses) >= MIN_ROWS
        if before and not any(p.strip() for p in prompts):
            return replace(base, reason="no response has a prompt before it: the assistant speaks first, or the sides are exchanged", unasked=True)
        return replace(base, reason=f"{len(both)} rows have both a prompt and a response (at least {MIN_ROWS})", no_signal=True)
    chosen = inputs.take(both)
    keys = text_hash(r.strip().lower() for r in chosen.response or [])
    same = canned(text_hash(p.strip().lower() for p in chosen.prompt or []), keys, slots.own_words(chosen.response or []))
    same |= no_replies(pl.Series(chosen.response or [], dtype=pl.String))
    if same.any() and (~same).sum() >= MIN_ROWS:  # what is said to everything belongs to no prompt less than to another
        base = replace(base, canned=int(same.sum()))
        both, keys = both[~same], keys[~same]
        chosen = inputs.take(both)
    distinct = len(np.unique(keys)) / len(keys)
    base = replace(base, distinct_responses=distinct)
    if distinct < MIN_DISTINCT or len(np.unique(keys)) < MIN_ROWS:
        return replace(base, reason="responses are near-identical: no pair signal measurable", no_signal=True)
    if _worded(chosen.response or []) < WORDED:
        return replace(base, reason="responses are figures, of which a reader of words cannot tell what they answer", no_signal=True)
    space = _space(chosen)
    if space is None:
        return replace(base, reason="prompts and responses have no text in common to compare by", no_signal=True)
    prompt, response = space
    base = replace(base, turned=_rows(chosen, turned(prompt, response, chosen.prompt or [], chosen.response or [])))
    if base.turned is None:
        wrong, right = asking(chosen.prompt or [], chosen.response or [])
        base = replace(base, asking=_rows(chosen, wrong), asked=right)
    rank = percentiles(*fitting(prompt, response, keys), keys)
    order = np.random.Generator(np.random.PCG64(SEED)).permutation(len(both))
    null = percentiles(*fitting(prompt, response[order], keys[order]), keys[order])
    return _judge(base, chosen, rank, null)


def _worded(responses: list[str]) -> float:
    """Share of the different responses with a word in them, beside those that nearly all begin and end with."""
    told = slots.bare(sorted({_COMMAND.sub("", r) for r in responses}))
    return sum(bool(_WORD.search(t)) for t in told) / len(told)


def _rows(inputs: Inputs, mask: NDArray[np.bool_]) -> RowSet | None:
    """The rows of a mask in the order of files and rows; None where there are none."""
    found = np.flatnonzero(mask)
    found = found[np.lexsort((inputs.row[found], inputs.file[found]))]
    return RowSet(inputs.file[found], inputs.row[found]) if len(found) else None


def _asked(prompts: list[str]) -> list[str]:
    """Prompts without the template that all of them share, if there is one: it is as near to any response."""
    plain = [" ".join(p.split()) for p in prompts]
    return slots.contents(plain, np.arange(len(plain)), least=1) or prompts


def _space(inputs: Inputs) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    most = int(np.clip(BUDGET / max(1, 2 * len(inputs)), 200, MAX_TEXT))
    prompts = [p[-most:] for p in _asked(inputs.prompt or [])]
    responses = [r[:most] for r in inputs.response or []]
    vectorise = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2, dtype=np.float32, max_features=100_000)
    try:
        fit = vectorise.fit_transform(prompts[:FIT_ROWS] + responses[:FIT_ROWS])
    except ValueError:  # no character sequence occurs twice
        return None
    d = min(DIMENSIONS, min(fit.shape) - 1)
    if d < 2:
        return None
    reduce = TruncatedSVD(d, n_iter=3, random_state=0).fit(fit)

    n = len(prompts)

    def project(texts: list[str], begin: int) -> NDArray[np.float32]:
        if n <= FIT_ROWS:  # all of them were fitted on, so their counts are there
            parts = [reduce.transform(fit[begin : begin + n])]
        else:
            parts = [reduce.transform(vectorise.transform(texts[i : i + 2000])) for i in range(0, n, 2000)]
        x = np.concatenate(parts).astype(np.float32)
        return unit(x)

    return project(prompts, 0), project(responses, n)


def fitting(prompt: NDArray[np.float32], response: NDArray[np.float32], keys: NDArray[np.uint64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Vectors of prompts and responses whose product is their cosine, plus the cosine of the response with what other pairs let expect of the prompt.

    Equal responses (by `keys`) are in one fold, so that a copy of a pair never vouches for it.
    """
    expected = np.zeros_like(response)
    _, group = np.unique(keys, return_inverse=True)
    fold = np.random.Generator(np.random.PCG64(SEED)).permutation(int(group.max()) + 1)[group] % FOLDS
    for k in range(FOLDS):
        others, mine = fold != k, fold == k
        middle = prompt[others].mean(axis=0)
        x, y = (prompt[others] - middle).astype(np.float64), response[others] - response[others].mean(axis=0)
        weights = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y)
        expected[mine] = (prompt[mine] - middle) @ weights
    apart = response - response.mean(axis=0)
    return np.hstack([prompt, unit(expected)]), np.hstack([response, unit(apart)])


def percentiles(prompt: NDArray[np.float32], response: NDArray[np.float32], keys: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Share of the (sampled) responses farther from each prompt than its own; ties and equal responses count half."""
    n = len(prompt)
    step = max(1, n // SAMPLE)
    sample = np.arange(0, n, step)[:SAMPLE]
    own = (prompt * response).sum(axis=1)
    out = np.empty(n)
    for begin in range(0, n, 1000):
        rows = slice(begin, begin + 1000)
        near = prompt[rows] @ response[sample].T
        mine = own[rows][:, None]
        equal = (keys[rows][:, None] == keys[sample][None, :]) | (np.abs(near - mine) <= 1e-6)
        below = np.where(equal, 0.5, near < mine)
        itself = np.arange(n)[rows][:, None] == sample[None, :]
        below[itself] = 0
        out[rows] = below.sum(axis=1) / np.maximum(1, len(sample) - itself.sum(axis=1))
    return out


def _interval(rank: NDArray[np.float64]) -> Interval:
    half = Z95 * float(rank.std(ddof=1)) / float(np.sqrt(len(rank)))
    value = float(rank.mean())
    return Interval(value, max(0.0, value - half), min(1.0, value + half), len(rank))


def _judge(base: PairFacts, inputs: Inputs, rank: NDArray[np.float64], null: NDArray[np.float64]) -> PairFacts:
    """AUC, the share of foreign responses, and who they are.

    A foreign response has a uniform percentile. So the density of low percentiles, where own responses are rare, bounds the share q from
    above: q <= P(rank < t) / t. That is near the truth only where own responses crowd at the top; where they are spread, they are
    taken for foreign ones, and the low end is 0.
    """
    found, shuffled = _interval(rank), _interval(null)
    share, high = mismatch(rank)
    clear = _crowded(rank, share) >= CLEAR
    order = np.lexsort((np.arange(len(rank)), rank))
    suspects = order[rank[order] < cut(rank, share)]
    return replace(
        base,
        measured=True,
        auc=found,
        shuffled=shuffled,
        mismatched=share if clear else 0.0,
        mismatched_high=high,
        clear=clear,
        suspects=RowSet(inputs.file[suspects], inputs.row[suspects], (1 - rank[suspects]).astype(np.float32)),
        method=f"LSA percentile, with what other pairs let expect, among up to {SAMPLE} responses of the set",
    )


def cut(rank: NDArray[np.float64], share: float) -> float:
    """Percentile below which at least half of the rows should be foreign, if `share` of all are."""
    places = np.arange(0.02, 0.96, 0.01)
    below = np.array([(rank < t).mean() for t in places])
    good = np.flatnonzero(share * places >= 0.5 * below)
    return float(places[good[-1]]) if len(good) else 0.0


def mismatch(rank: NDArray[np.float64]) -> tuple[float, float]:
    """Estimate and upper end of the share of rows whose percentile is uniform rather than high."""
    cuts = np.array([0.3, 0.4, 0.5])
    shares = np.array([(rank < t).mean() for t in cuts])
    share = float(min(1.0, (shares / cuts).min()))
    spread = Z95 * float(np.sqrt(max(shares[-1], 1 / len(rank)) * (1 - shares[-1]) / len(rank))) / cuts[-1]
    return share, min(1.0, float(shares[-1] / cuts[-1]) + spread)


def _crowded(rank: NDArray[np.float64], share: float) -> float:
    """Share of the rows that are not foreign, if `share` are, in the top tenth of percentiles."""
    return float(np.clip(((rank > 0.9).mean() - 0.1 * share) / (1 - share), 0, 1)) if share < 1 else 0.0
