"""Near-duplicate texts: MinHash bands propose, exact Jaccard similarity decides.

Short texts (up to `SHORT_WORDS` words) are sets of character trigrams, long ones of word pairs; those in between are both.
128 hash functions in 32 bands of 4: a pair of similarity s agrees in each band with probability s^4. Pairs that agree in
enough bands, and that their sketches (a bit for each shingle) do not rule out, are compared exactly, so no pair below the thresholds is
ever reported.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors import slots
from auditor.detectors.hashing import PART, codes, mix, text_hash
from auditor.detectors.shingles import CHARS, MAX_CHARS, batches, char_shingles, word_shingles
from auditor.detectors.texts import Texts, picked, taken

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Maker = Callable[[Sequence[str]], "tuple[NDArray[np.uint64], NDArray[np.int64]]"]
_Readable = Sequence[str] | Mapping[int, str]

SHORT_WORDS = 30
"""Texts of more words are compared by word pairs."""
LONG_WORDS = 20
"""Texts of fewer words are compared by characters only."""
SHORT_JACCARD = 0.75
"""Character trigrams: one changed word in about ten. A clean BANKING77 loses 4 % of its rows to it (our choice)."""
LONG_JACCARD = 0.65
"""Word pairs: corresponds to .8 on single words or 5-character shingles and to .5 on word triples, for spread-out edits."""
ADDED_JACCARD = 0.5
"""Trigrams; enough where one text is the other with one word added or removed (four words at least)."""
BANDS, BAND_ROWS = 32, 4
SKETCH = 512
"""Bits of a sketch. Two sets differ in at least as many shingles as their sketches differ in bits, which bounds the similarity from above."""
SHORT_AGREE, LONG_AGREE = 5, 2
"""Bands that must agree before an exact comparison: a pair of similarity .75 does with probability .988 (5), of .8 with .9995; of .65
with .985 (2), of .7 with .998, of .8 with > .9999."""
MAX_PAIRS = 5_000
"""Pairs compared at once."""
MAX_KNOWN = 600_000
"""Shingles kept as sets for comparison, and those of one block of pairs more: some 100 MB."""
MAX_BUCKET = 24
MOST_CLUSTERS = 20_000
"""Clusters, largest first, that are looked at for a template; of data with more, most are pairs and triples."""
MOST_ALIKE = 0.9
"""Share of the texts of a template with one answer above which answers tell none of them apart (our choice)."""
LOOKED = 1_000
"""Texts without spaces whose characters are counted."""
CHANCE = 0.05
"""Share of their shingles that two random texts without spaces may have in common, far below the limits: our choice."""
FEW_SIGNS = 5
"""Characters of a shingle that texts with spaces must need before they get more than three: of boards and digits. Prose needs three, at times four."""
WORDS = 2
"""Words of a long text's shingle."""
WORDS_CHANCE = 0.2
"""The same of words: larger, so that prose is always compared by pairs (its words say eight bits and more each; our choice)."""
_WORDS, _SIGNS = re.compile(r"\D+"), re.compile(r"[^\w]+")
MAX_SIZE = 24
"""Characters or words of a shingle at most: strings of two characters and 20,000 of them need 19."""
LINKS = 4
"""Members of a bucket up to which all pairs are compared; beyond it each with the bucket's first few."""
METHOD = (
    f"MinHash {BANDS}x{BAND_ROWS} + exact Jaccard >= {SHORT_JACCARD} (character trigrams, short texts) or >= {LONG_JACCARD} "
    "(word pairs, long texts); pairs of .8 and more are found with probability > .999"
)


class Sets:
    """Disjoint sets of 0..n-1 (union by smaller index, path halving)."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))

    def find(self, i: int) -> int:
        """Representative of the set of `i`."""
        parent = self.parent
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    def join(self, i: int, j: int) -> None:
        """Make one set of two."""
        a, b = self.find(i), self.find(j)
        if a != b:
            self.parent[max(a, b)] = min(a, b)

    def ids(self) -> NDArray[np.int64]:
        """Representative of each element."""
        found = np.array(self.parent, dtype=np.int64)
        while len(found):
            above = found[found]
            if (above == found).all():
                break
            found = above
        return found


def cluster_texts(texts: Sequence[str], *, depth: int = 2, kinds: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """Cluster of each text (smallest index of its members). Texts are expected normalised; equal ones fall together.

    Texts of one template are compared by what stands in its slots, whether all are of it or those of a cluster, and what stands there
    again, `depth` times (questions about a passage within a prompt). `kinds` are the answers of the texts
    as numbers: where these vary in a template, a word or a number in its slot is an example.
    Linear in the number of texts but for pathological ones; memory 210 bytes a text beside the texts themselves.
    """
    if not depth:
        return _clusters(texts)[0]
    parts = _in_slots(texts, np.arange(len(texts)), kinds)
    if parts is not None:
        return _by_figures(cluster_texts(parts, depth=depth - 1, kinds=kinds), parts)
    ids, words = _clusters(texts)
    return _taken_apart(texts, ids, words, depth, kinds)


def _in_slots(texts: Sequence[str], members: NDArray[np.int64], kinds: NDArray[np.int64] | None) -> list[str] | None:
    """What stands in the slots of `members`, of a word or a number too where their answers vary; None where there is no template.

    Neither where prompt and answer differ by the same word or number, a name or a counter: that is no answer.
    """
    varied = kinds is not None and len(kinds) and np.unique(kinds, return_counts=True)[1].max() <= MOST_ALIKE * len(kinds)
    parts = slots.contents(texts, members, least=1 if varied else slots.SLOT_WORDS)
    if parts is None or not varied:
        return parts
    words = [_SIGNS.sub(" ", part).split() for part in parts]
    often = Counter(w for given in words for w in set(given))
    usual = {w for w, n in often.items() if n > slots.SHARED * len(parts)}
    own = [[w for w in given if w not in usual] for given in words]
    carried = np.mean([len(w) > 1 and len(set(w)) == 1 for w in own])
    return parts if carried <= slots.SHARED else None


def _by_figures(ids: NDArray[np.int64], parts: Sequence[str]) -> NDArray[np.int64]:
    """Clusters of slots of a word or two, split where their figures differ: a date and the next one are alike, and two examples."""
    if np.median([part.count(" ") + 1 for part in parts]) >= slots.SLOT_WORDS:
        return ids
    figures = codes(text_hash(_WORDS.sub(" ", part) for part in parts))
    _, first, inverse = np.unique(np.stack([ids, figures]), axis=1, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)


def _taken_apart(texts: Sequence[str], ids: NDArray[np.int64], words: NDArray[np.int32], depth: int, kinds: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """Clusters with those of one template each split by what stands in its slot."""
    order = np.argsort(ids, kind="stable").astype(np.int64)
    edges = np.flatnonzero(np.concatenate([[True], np.diff(ids[order]) != 0, [True]]))
    sizes = np.diff(edges)
    largest = np.argsort(-sizes, kind="stable")[:MOST_CLUSTERS]
    for at in largest[sizes[largest] >= slots.MEMBERS].tolist():
        members = order[edges[at] : edges[at + 1]]
        if words[members].max() < slots.MIN_WORDS:
            continue
        told = None if kinds is None else kinds[members]
        parts = _in_slots(texts, members, told)
        if parts is not None:
            ids[members] = members[_by_figures(cluster_texts(parts, depth=depth - 1, kinds=told), parts)]
    return ids


def _clusters(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Cluster of each text, and its words."""
    sets = Sets(len(texts))
    words, sizes = np.zeros(len(texts), np.int32), np.zeros(len(texts), np.int32)
    for i, text in enumerate(texts):
        words[i], sizes[i] = text.count(" ", 0, MAX_CHARS) + 1, min(len(text), MAX_CHARS)
    spaceless = sizes > 15 * words  # scripts that write without spaces: characters are their words
    short = np.flatnonzero((words <= SHORT_WORDS) | spaceless)
    long = np.flatnonzero((words >= LONG_WORDS) & ~spaceless)
    strings, spaced = np.flatnonzero(spaceless), short[~spaceless[short]]
    needed = telling_size(texts, spaced)
    each = needed if needed >= FEW_SIGNS else CHARS, telling_size(texts, strings)
    groups = [(short, CHARS, True)] if each == (CHARS, CHARS) else [(spaced, each[0], True), (strings, each[1], True)]
    groups.append((long, telling_words(texts, long), False))
    for members, run, by_chars in groups:
        if len(members) > 1:
            _cluster(texts, members, sets, words[members], maker(run, by_chars=by_chars), by_chars=by_chars)
    return sets.ids(), words


def telling_size(texts: Sequence[str], members: NDArray[np.int64]) -> int:
    """Characters that a shingle of texts without spaces must have to tell two of them apart.

    Two random texts of n characters over an alphabet of effective size a (its perplexity) share about n / a^k of their shingles of k
    characters. Three do for anything written; a sequence of four letters, a string of bits or a hash needs more, or all look alike. Of
    these every character but the first counts with what it says beside the one before it: next to nothing where commas take turns.
    """
    if len(members) < 2:
        return CHARS
    read = _sampled(texts, members)
    points = np.frombuffer("".join(read).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    _, signs, counts = np.unique(points, return_inverse=True, return_counts=True)
    size = _telling(counts, len(read), CHANCE, CHARS)
    if size == CHARS:
        return size
    pairs = np.unique(signs[:-1] * len(counts) + signs[1:], return_counts=True)[1]
    first, both = _bits(counts), _bits(pairs)
    return _shingle(np.log2(len(points) / len(read) / CHANCE) - first, both - first, CHARS - 1) + 1


def telling_words(texts: Sequence[str], members: NDArray[np.int64]) -> int:
    """Words that a shingle of texts must have, by the same reckoning: two do for prose, sequences of a few codes or events need more."""
    if len(members) < 2:
        return WORDS
    read = _sampled(texts, members)
    counts = Counter(word for text in read for word in text.split())
    return _telling(np.fromiter(counts.values(), np.int64, len(counts)), len(read), WORDS_CHANCE, WORDS)


def _sampled(texts: Sequence[str], members: NDArray[np.int64]) -> list[str]:
    """Some of the texts, one batch of shingles at most."""
    read = [t[:MAX_CHARS] for t in picked(texts, members[:: max(1, len(members) // LOOKED)])]
    return read[: max(2, next(batches(read))[1])]


def _telling(counts: NDArray[np.int64], texts: int, chance: float, least: int) -> int:
    """Elements of a shingle with which two random texts share no more than `chance` of theirs; `counts` is how often each element is there."""
    if not len(counts):
        return least
    return _shingle(np.log2(counts.sum() / texts / chance), _bits(counts), least)


def _bits(counts: NDArray[np.int64]) -> float:
    """What an element says, in bits, where the elements occur so often."""
    share = counts / counts.sum()
    return float(-(share * np.log2(share)).sum())


def _shingle(needed: float, bits: float, least: int) -> int:
    """Elements of so many `bits` each that say the bits `needed`: `least` or more, and `least` where they say nothing."""
    return int(min(MAX_SIZE, max(least, np.ceil(needed / bits) if bits > 1e-9 else least)))


def _cluster(texts: Sequence[str], members: NDArray[np.int64], sets: Sets, words: NDArray[np.int32], make: _Maker, *, by_chars: bool) -> None:
    """Join the near-duplicates among `members` by shingles of characters or of words."""
    keys, sketches, grams = band_keys(taken(texts, members), make)
    read: _Readable = texts
    if by_chars and isinstance(texts, Texts):
        read = dict(zip(members.tolist(), texts.at(members), strict=True))  # read one by one below, and short
    limit = SHORT_JACCARD if by_chars else LONG_JACCARD
    known: dict[int, frozenset[int]] = {}
    held = 0
    whole = np.zeros((len(members), BANDS), np.bool_)
    for band in range(BANDS):
        roots = sets.ids()[members]
        for block in _proposed(keys[:, band], roots, whole[:, band]):
            pairs = block[_promising(block, keys, band, whole, words, by_chars=by_chars)]
            pairs = pairs[_possible(pairs, sketches, grams, words, limit, by_chars=by_chars)]
            fresh = [(i, j) for i, j in members[pairs].tolist() if sets.find(i) != sets.find(j)]
            if held > MAX_KNOWN:
                known.clear()
                held = 0
            held += _learn(read, fresh, known, make)
            for i, j in fresh:
                if sets.find(i) != sets.find(j) and _same((read, i, j), known[i], known[j], limit, by_chars=by_chars):
                    sets.join(i, j)


def _promising(
    pairs: NDArray[np.int64], keys: NDArray[np.uint32], band: int, whole: NDArray[np.bool_], words: NDArray[np.int32], *, by_chars: bool
) -> NDArray[np.bool_]:
    """Pairs worth an exact comparison.

    Not those that an earlier band proposed already (they fell into one bucket there, and all pairs of it were compared), and not those
    that agree in too few bands to be alike, unless they may differ by one word only.
    """
    a, b = pairs[:, 0], pairs[:, 1]
    same = keys[a] == keys[b]
    seen = (same[:, :band] & whole[a, :band]).any(axis=1)
    enough = np.count_nonzero(same, axis=1) >= (SHORT_AGREE if by_chars else LONG_AGREE)
    if by_chars:
        enough |= np.abs(words[a] - words[b]) == 1
    return np.asarray(enough & ~seen, dtype=np.bool_)


def _possible(
    pairs: NDArray[np.int64], sketches: NDArray[np.uint64], grams: NDArray[np.int32], words: NDArray[np.int32], limit: float, *, by_chars: bool
) -> NDArray[np.bool_]:
    """Pairs that their sketches do not rule out: with sizes s in all and d differences, the similarity is (s - d) / (s + d)."""
    a, b = pairs[:, 0], pairs[:, 1]
    differ = np.bitwise_count(sketches[a] ^ sketches[b]).sum(axis=1, dtype=np.int32)
    size = grams[a] + grams[b]
    bound = (size - differ) / np.maximum(1, size + differ)
    needed = np.where(np.abs(words[a] - words[b]) == 1, ADDED_JACCARD, limit) if by_chars else limit
    return np.asarray(bound >= needed, dtype=np.bool_)


def _learn(texts: _Readable, pairs: list[tuple[int, int]], known: dict[int, frozenset[int]], make: _Maker) -> int:
    """Put the shingle sets of the members of `pairs` that are not known yet into `known`; how many shingles these are."""
    missing = list(dict.fromkeys(k for pair in pairs for k in pair if k not in known))
    read = [t[:MAX_CHARS] for t in picked(texts, missing)]
    added = 0
    for begin, end in batches(read):
        part = missing[begin:end]
        grams, starts = make(read[begin:end])
        flat = grams.tolist()
        bounds = starts.tolist()
        for k, low, high in zip(part, bounds[:-1], bounds[1:], strict=True):
            known[k] = frozenset(flat[low:high])
        added += len(flat)
    return added


def _same(pair: tuple[_Readable, int, int], x: frozenset[int], y: frozenset[int], limit: float, *, by_chars: bool) -> bool:
    texts, i, j = pair
    small, large = (len(x), len(y)) if len(x) < len(y) else (len(y), len(x))
    if large == 0 or small < ADDED_JACCARD * large:
        return large == 0
    common = len(x & y)
    jaccard = common / (len(x) + len(y) - common)
    if jaccard >= limit:
        return True
    return by_chars and jaccard >= ADDED_JACCARD and one_word_more(texts[i][:MAX_CHARS].split(), texts[j][:MAX_CHARS].split())


def one_word_more(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether one is the other with one word added, at four words and more."""
    short, long = (a, b) if len(a) < len(b) else (b, a)
    if len(long) != len(short) + 1 or len(short) < 3:
        return False
    same = 0
    while same < len(short) and short[same] == long[same]:
        same += 1
    return list(short[same:]) == list(long[same + 1 :])


def _runs(texts: Sequence[str]) -> Iterator[tuple[int, int, list[str]]]:
    """(begin, end, texts) of runs of about `BATCH_CHARS` characters, each text cut to `MAX_CHARS`."""
    for first in range(0, len(texts), PART):
        read = [t[:MAX_CHARS] for t in texts[first : first + PART]]
        for begin, end in batches(read):
            yield first + begin, first + end, read[begin:end]


def maker(size: int, *, by_chars: bool) -> _Maker:
    """What makes shingles of so many characters or words."""
    return lambda texts: char_shingles(texts, size) if by_chars else word_shingles(texts, size)


def band_keys(texts: Sequence[str], make: _Maker) -> tuple[NDArray[np.uint32], NDArray[np.uint64], NDArray[np.int32]]:
    """Texts x bands (texts that agree in a band have the same key there), the texts' sketches, and their numbers of shingles."""
    rng = np.random.Generator(np.random.PCG64(77))  # fixed: the keys are comparable between runs
    factors = rng.integers(1, 1 << 32, BANDS * BAND_ROWS, dtype=np.uint64).astype(np.uint32) | np.uint32(1)
    offsets = rng.integers(0, 1 << 32, BANDS * BAND_ROWS, dtype=np.uint64).astype(np.uint32)
    keys = np.zeros((len(texts), BANDS), np.uint32)
    sketches = np.zeros((len(texts), SKETCH // 64), np.uint64)
    sizes = np.zeros(len(texts), np.int32)
    for begin, end, part in _runs(texts):
        grams, starts = make(part)
        sizes[begin:end] = np.diff(starts)
        sketches[begin:end] = _sketched(grams, starts)
        small = (grams >> np.uint64(32)).astype(np.uint32)
        filled = np.flatnonzero(np.diff(starts) > 0)
        at = starts[:-1][filled]
        for band in range(BANDS):
            key = np.zeros(len(filled), np.uint64)
            for row in range(band * BAND_ROWS, (band + 1) * BAND_ROWS):
                if len(filled):
                    low = np.minimum.reduceat(small * factors[row] + offsets[row], at)
                    key = mix(key * np.uint64(31) + low)
            keys[begin + filled, band] = (key >> np.uint64(32)).astype(np.uint32)
    return keys, sketches, sizes


def _sketched(grams: NDArray[np.uint64], starts: NDArray[np.int64]) -> NDArray[np.uint64]:
    """One bit of `SKETCH` for each shingle of each text."""
    n = len(starts) - 1
    bits = np.zeros(n * SKETCH, np.bool_)
    text = np.repeat(np.arange(n, dtype=np.int64) * SKETCH, np.diff(starts))
    bits[text + (grams & np.uint64(SKETCH - 1)).astype(np.int64)] = True
    return np.packbits(bits).view(np.uint64).reshape(n, SKETCH // 64)


def _proposed(keys: NDArray[np.uint32], known: NDArray[np.int64], whole: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Pairs of positions with equal keys that are not in one cluster (`known`) yet.

    Large buckets are linked to their first members only; members of the others are marked in `whole`.
    """
    order = np.argsort(keys, kind="stable").astype(np.int64)
    ordered = keys[order]
    edges = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]]))
    lengths = np.diff(edges)
    whole[order] = np.repeat(lengths <= MAX_BUCKET, lengths)
    found: list[NDArray[np.int64]] = []
    for size in np.unique(lengths[lengths > 1]).tolist():
        first = edges[:-1][lengths == size]
        for a in range(size if size <= MAX_BUCKET else LINKS):
            others = np.arange(a + 1, size)
            found.append(np.column_stack([np.repeat(order[first + a], len(others)), order[(first[:, None] + others).ravel()]]))
    if found:
        pairs = np.concatenate(found)
        pairs = pairs[known[pairs[:, 0]] != known[pairs[:, 1]]]
        for begin in range(0, len(pairs), MAX_PAIRS):
            yield pairs[begin : begin + MAX_PAIRS]
