"""Defects of prompts and responses that need no model to be seen: patterns, comparisons within a row and within a prompt."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from auditor.detectors import language, slots
from auditor.detectors.canned import canned
from auditor.detectors.debris import bools, empty_reasoning, in_response, looping, unclosed
from auditor.detectors.hashing import codes, combine, normalised, text_hash
from auditor.detectors.inputs import CONVERSATIONAL, Inputs, load
from auditor.detectors.results import RowSet
from auditor.detectors.text_results import TextDefect, TextFacts
from auditor.model import Split
from auditor.scan.missing import ALL, SURE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.scan.request import Rows

CAP = 200_000
WORDS_AT_ONCE = 2_000
MAX_TEXT = 20_000
"""Characters of a text that patterns look at (its end is looked at for cuts)."""
HABIT = 0.05
"""Truncation is told only where fewer than this share of responses end without punctuation: recall .98 at precision .82 on a set
with .9 %, precision .11 on one with 25 %."""
CUT_LENGTH = 40
"""Shorter responses (names, numbers) need no full stop."""
SPIKE = 20
SPIKE_SHARE = 0.02
SPIKE_HEIGHT = 3
"""Unfinished responses of one and the same length, their share of all, and how many more than of any other, from which they were cut there (our choice)."""
SPIKE_FROM = {"characters": 100, "words": 30}
"""Lengths from which that is no chance."""
EXPECTED_ENDS = 20.0
SELDOM = 0.1
"""Sentences that a word should end by how frequent it is, and the share of them from which it does end sentences (our choice)."""
FRAGMENTS = frozenset(["the", "and", "or", "of", "your", "my", "their", "our", "its", "because", "than", "every", "und", "oder", "ein", "eine", "einen", "einem", "weil", "dass", "zum", "zur", "vom", "et", "ou", "du", "des", "une", "dans", "el", "los", "del", "una", "para", "por"])
"""Words that end no sentence in whatever set, for sets that are too small to show it."""
BROKEN_LEAST = 10
"""Responses that end in a word which ends no sentence, from which they are told (our choice)."""
ECHO_WITHIN = 40
ECHO_LEAD = 80
ECHO_HABIT = 0.5
"""Characters of a prompt that is repeated within the response, how many may stand before it, and the share of such rows from which it is the set's
form (our choice: none in nine public sets)."""
ECHO_LENGTH = 20
ECHO_START = 10
REWRITES = 0.1
"""Characters of a prompt that is not repeated by chance; of a beginning that is; and share of such beginnings from which responses are their prompts, rewritten."""
SHORT_WORDS = 5
"""Answers of up to so many words can contradict one another; longer ones are variety."""
LETTERS = 20
"""Letters from which a text's script is told."""
FINISHED = r"[.!?:;…。！？；：」』”’\"')\]}>`*_~|。।؟۔]\s*$|\p{So}\s*$|\d\s*$|https?://\S+\s*$"
SCRIPTS = {"latin": r"\p{Latin}", "cjk": r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]", "cyrillic": r"\p{Cyrillic}", "arabic": r"\p{Arabic}", "greek": r"\p{Greek}", "hebrew": r"\p{Hebrew}", "devanagari": r"\p{Devanagari}", "thai": r"\p{Thai}"}
ALPHABETS = tuple(i for i, name in enumerate(SCRIPTS) if name in ("latin", "cyrillic", "arabic", "devanagari"))
"""Scripts that several languages share."""
_SYMMETRIC = 3


def of_rows(rows: Rows) -> TextFacts:
    """Defects of the training rows of a data set of prompts and responses."""
    if rows.dataset.shape not in CONVERSATIONAL:
        return TextFacts(0, sampled=False, defects=(), reason="the data are not prompts with responses")
    return find(load(rows, splits=(str(Split.TRAIN),), cap=CAP, labelled=False).wanted())


def find(inputs: Inputs) -> TextFacts:
    """Defects of rows with a prompt and a response."""
    prompts, responses = inputs.prompt or [], inputs.response or []
    n = len(inputs)
    if not n:
        return TextFacts(0, inputs.sampled, (), reason="no rows")
    prompt = pl.Series(prompts, dtype=pl.String)
    response = pl.Series(responses, dtype=pl.String)
    empty = bools(response.str.strip_chars() == "")
    found: dict[str, NDArray[np.bool_]] = {"empty_response": empty, "empty_prompt": bools(prompt.str.strip_chars() == "")}
    head = response.str.slice(0, MAX_TEXT)
    found |= in_response(prompt, head)
    found |= unclosed(response)
    found["empty_reasoning"] = empty_reasoning(prompt, head)
    found["loop"] = looping(responses)
    unfinished = ~bools(response.str.contains(FINISHED)) & bools(response.str.len_chars() >= CUT_LENGTH) & bools(response.str.contains(r"\S\s+\S"))
    habit = float(unfinished.sum() / max(1, (~empty).sum()))
    if habit < HABIT:
        found["truncated"] = unfinished
    else:
        found["truncated"] = _cut_alike(response, unfinished)
        found["broken_off"] = _broken_off(response, unfinished & ~found["truncated"])
    found["echo"] = _echoes(prompts, responses)
    languages, judged = _other_language(prompt, response)
    found |= languages
    found["missing"] = _missing(response) | _missing(prompt)
    plain_prompt, plain = (text_hash(normalised(s).to_list()) for s in (prompt, response))
    if inputs.unread is not None:  # the same question about another image is another question
        plain_prompt = combine([plain_prompt, inputs.unread], ["prompt", "unread"], n)
        found["empty_prompt"] &= inputs.unread == 0
    found["contradiction"] = _contradictions(codes(plain_prompt), plain, response, empty)
    found["canned"] = canned(plain_prompt, plain, slots.own_words(responses))
    longer = None
    if inputs.rejected is not None:
        longer = _sides(found, inputs.rejected, plain_prompt, plain, response)
    begin = response.str.slice(0, CUT_LENGTH).filter(response.str.len_chars() >= CUT_LENGTH)
    top = int(begin.value_counts(sort=True)["count"][0]) if len(begin) else 0
    counts = np.bincount(codes(plain_prompt))
    defects = tuple(_defect(inputs, kind, mask, judged.get(kind, n)) for kind, mask in found.items() if mask.any())
    return TextFacts(n, inputs.sampled, defects, int(counts[counts > 1].sum()), habit, longer, top / n)


def _cut_alike(response: pl.Series, unfinished: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Unfinished responses of a length that far more of them have than any other: they were cut there. Of a template there are several."""
    mask = np.zeros(len(response), np.bool_)
    text = text_hash(response.to_list())
    for unit, lengths in (("characters", response.str.len_chars()), ("words", response.str.count_matches(r"\S+"))):
        n = lengths.fill_null(0).to_numpy().astype(np.int64)
        length = int(np.bincount(n[unfinished], minlength=1).argmax())
        cut = unfinished & (n == length)
        other = int(np.bincount(n[~cut], minlength=1).max())
        varied = len(np.unique(text[cut])) > cut.sum() / 2
        if length >= SPIKE_FROM[unit] and varied and cut.sum() >= max(SPIKE, SPIKE_SHARE * len(n), SPIKE_HEIGHT * other):
            mask |= cut
    return mask


def _broken_off(response: pl.Series, unfinished: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Unfinished responses whose last word ends hardly any sentence of the others (`the`, `und`): no title, list or line of code ends so."""
    head = response.str.slice(0, MAX_TEXT).str.to_lowercase()
    ends: Counter[str] = Counter(head.str.extract_all(r"\p{L}+[.!?](?:\s|$)").explode().drop_nulls().str.extract(r"(\p{L}+)", 1).to_list())
    words: Counter[str] = Counter()
    for begin in range(0, len(head), WORDS_AT_ONCE):
        words.update(head[begin : begin + WORDS_AT_ONCE].str.extract_all(r"\p{L}+").explode().drop_nulls().to_list())
    rate = sum(ends.values()) / max(1, sum(words.values()))
    never = {w for w, n in words.items() if n * rate >= EXPECTED_ENDS and ends[w] <= SELDOM * n * rate}
    last = response.str.extract(r"(?:^|\s)(\p{L}+)\s*$", 1).to_list()
    mask = np.array([w is not None and (w in FRAGMENTS or w.lower() in never) for w in last], dtype=np.bool_) & unfinished
    return mask if mask.sum() >= BROKEN_LEAST else np.zeros(len(mask), np.bool_)


def _echoes(prompts: list[str], responses: list[str]) -> NDArray[np.bool_]:
    """Responses that are the end of their prompt, or hold all of it near their beginning, where responses are not prompts rewritten."""
    pairs = [(p.strip(), r.strip()) for p, r in zip(prompts, responses, strict=True)]

    long = [min(len(p), len(r)) >= ECHO_LENGTH for p, r in pairs]
    mask = np.array([enough and (p.endswith(r) or r.startswith(p)) for (p, r), enough in zip(pairs, long, strict=True)], dtype=np.bool_)
    quoted = np.array([len(p) >= ECHO_WITHIN and p in r[: len(p) + ECHO_LEAD] for p, r in pairs], dtype=np.bool_)
    mask |= quoted if quoted.mean() <= ECHO_HABIT else False
    others = [p[:ECHO_START] == r[:ECHO_START] for (p, r), same in zip(pairs, mask, strict=True) if not same and p and r]
    return mask if not others or np.mean(others) <= REWRITES else np.zeros(len(mask), np.bool_)


def _missing(text: pl.Series) -> NDArray[np.bool_]:
    """Texts that are a word for nothing; where most are short, only what programs alone write: `N/A` and `-` may be answers there."""
    said = text.str.strip_chars()
    words = said.str.count_matches(r"\S+").to_numpy()
    written = words[words > 0]
    long = bool(len(written)) and float(np.median(written)) > SHORT_WORDS
    return bools(said.str.to_lowercase().is_in(list(ALL if long else SURE)))


def _defect(inputs: Inputs, kind: str, mask: NDArray[np.bool_], n: int) -> TextDefect:
    index = np.flatnonzero(mask)
    index = index[np.lexsort((inputs.row[index], inputs.file[index]))]
    return TextDefect(kind, len(index), n, RowSet(inputs.file[index], inputs.row[index]))


def _scripts(text: pl.Series) -> NDArray[np.int64]:
    """Script (index in `SCRIPTS`) that most letters of each text's beginning are of; -1 for few letters."""
    head = text.str.slice(0, 2000)
    counts = np.column_stack([head.str.count_matches(p).fill_null(0).to_numpy() for p in SCRIPTS.values()])
    return np.where(counts.max(axis=1) >= LETTERS, counts.argmax(axis=1), -1).astype(np.int64)


def _other_language(prompt: pl.Series, response: pl.Series) -> tuple[dict[str, NDArray[np.bool_]], dict[str, int]]:
    """Rows whose response is in another script, or in another language of the same script, where nobody asked for it and it is not what the set is about."""
    a, b = _scripts(prompt), _scripts(response)
    free = ~bools(prompt.str.contains(language.WANTED))
    known = (a >= 0) & (b >= 0) & free
    differs = known & (a != b)
    told = language.mismatched(prompt.to_list(), response.to_list(), free & (a == b) & np.isin(a, ALPHABETS))
    share = float(differs.sum() / max(1, known.sum()))
    if told is not None:
        share += (1 - share) * float(told[0].sum() / max(1, told[2]))
    if share > language.HABIT:
        return {}, {}
    return {"language": differs} | ({"other_language": told[0]} if told is not None else {}), {"other_language": told[1]} if told is not None else {}


def _contradictions(prompt: NDArray[np.int64], plain: NDArray[np.uint64], response: pl.Series, empty: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows of prompts that have several different short answers, all of them short."""
    words = response.str.count_matches(r"\S+").fill_null(0).to_numpy()
    mask = np.zeros(len(prompt), np.bool_)
    counts = np.bincount(prompt)
    again = np.flatnonzero((counts[prompt] > 1) & ~empty)
    groups: dict[int, list[int]] = defaultdict(list)
    for i in again.tolist():
        groups[int(prompt[i])].append(i)
    for rows in groups.values():
        if len(rows) > 1 and max(words[rows]) <= SHORT_WORDS and len(set(plain[rows].tolist())) > 1:
            mask[rows] = True
    return mask


def _sides(found: dict[str, NDArray[np.bool_]], rejected: list[str], prompt: NDArray[np.uint64], chosen: NDArray[np.uint64], response: pl.Series) -> float | None:
    """Defects of preference pairs; returns the share of pairs whose longer side was chosen."""
    other = pl.Series(rejected, dtype=pl.String)
    worse = text_hash(normalised(other).to_list())
    blank = bools(other.str.strip_chars() == "")
    found["undecided"] = blank & found["empty_response"]
    found["equal_sides"] = (chosen == worse) & ~found["undecided"]
    found["empty_side"] = blank & ~found["empty_response"]
    found["empty_response"] = found["empty_response"] & ~blank
    found["preference_cycle"] = _cycles(prompt, chosen, worse)
    a, b = response.str.len_chars().to_numpy(), other.str.len_chars().to_numpy()
    differ = a != b
    return float((a > b)[differ].mean()) if differ.sum() >= 30 else None


def _cycles(prompt: NDArray[np.uint64], chosen: NDArray[np.uint64], rejected: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Rows in a cycle of preferences under one prompt (A over B over ... over A): strongly connected answers."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    nodes, ids = np.unique(np.concatenate([prompt * np.uint64(_SYMMETRIC) ^ chosen, prompt * np.uint64(_SYMMETRIC) ^ rejected]), return_inverse=True)
    n = len(prompt)
    a, b = ids[:n], ids[n:]
    graph = csr_matrix((np.ones(n), (a, b)), shape=(len(nodes), len(nodes)))
    _, part = connected_components(graph, directed=True, connection="strong")
    return np.asarray((part[a] == part[b]) & (a != b), dtype=np.bool_)
