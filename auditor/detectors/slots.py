"""Texts that one template made: alike as a whole, and different examples all the same.

A prompt of two hundred words with the user's message in it, or several questions about one passage, agree in nearly all of
their words. A copy that was changed here and there does too. The difference is where they differ: texts of a template in
one place, a slot, which has words of its own in each (or in the same few, where the rows of a table were written out);
copies anywhere. So a cluster of near-duplicates is taken apart by what stands in its slots, and only where it has any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors.shingles import MAX_CHARS, batches, word_shingles
from auditor.detectors.texts import picked

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEMBERS = 3
"""Texts from which a slot can be told from a change: of two, either may be the changed one."""
MIN_WORDS = 20
"""Texts of fewer words (median) are compared as a whole: what is said in so few is the example."""
LOOKED = 400
"""Members that the common words are looked for in."""
COVERED = 0.5
"""Share of a text's words (median) that the template has at least."""
SHARED = 0.8
"""Share of the members that have the words of the template, and that differ in the same place."""
SLOT_WORDS = 4
"""Words in a slot (median): one or two are a name or a number in the same example."""
SLOTS_WORDS = 6
"""Words in all slots together, where none has so many."""
SLOTS_MEMBERS = 8
"""Texts that this takes: three or four copies with changes may differ in the same few places by chance."""
BLOCK = 20_000
"""Members taken apart at once."""


def contents(texts: Sequence[str], members: NDArray[np.int64], *, least: int = SLOT_WORDS) -> list[str] | None:
    """What stands in the slots of `members`, text by text; None where no template is seen, or its slots have fewer words than `least` (median).

    The words of a template are those in word pairs that nearly all members have.
    """
    if len(members) < MEMBERS:
        return None
    looked = [t[:MAX_CHARS] for t in picked(texts, members[:: -(-len(members) // LOOKED)])]
    looked = looked[: max(MEMBERS, next(batches(looked))[1])]
    if np.median([t.count(" ") + 1 for t in looked]) < MIN_WORDS:
        return None
    if not _made(looked, least):
        return _framed(looked, texts, members, least)
    common = _common(looked, SHARED)
    found: list[str] = []
    for begin in range(0, len(members), BLOCK):
        read = [t[:MAX_CHARS] for t in picked(texts, members[begin : begin + BLOCK])]
        for first, end in batches(read):
            for text, covered in zip(read[first:end], _covered(read[first:end], common), strict=True):
                found.append(" ".join(w for w, known in zip(_words(text), covered.tolist(), strict=True) if not known))
    return found


def _framed(looked: Sequence[str], texts: Sequence[str], members: NDArray[np.int64], least: int) -> list[str] | None:
    """What stands between the words that nearly all begin and end with; None where these are not most of the text, or leave next to nothing.

    For slots written in the few words of a board, a maze or a sequence: all texts have the same pairs of them, in another order.
    """
    if len(looked) < SLOTS_MEMBERS:
        return None
    read = [_words(t) for t in looked]
    frame = _frame(read)
    if np.median([sum(map(len, frame)) / max(1, len(words)) for words in read]) < COVERED:
        return None
    if _varying([_between(words, *frame) for words in read]) < least:
        return None
    found: list[str] = []
    for begin in range(0, len(members), BLOCK):
        found += [" ".join(_between(_words(t[:MAX_CHARS]), *frame)) for t in picked(texts, members[begin : begin + BLOCK])]
    return found


def _varying(texts: Sequence[list[str]]) -> int:
    """Places of the texts (up to their median length) in which not nearly all have one word, counted from the first."""
    found = 0
    for at in range(int(np.median([len(words) for words in texts]))):
        there = Counter(words[at] for words in texts if len(words) > at)
        found += there.most_common(1)[0][1] <= SHARED * there.total()
    return found


def bare(texts: Sequence[str]) -> list[str]:
    """Texts without the words that nearly all of them begin and end with: `the final answer is: (12)` is a figure."""
    read = [_words(t) for t in texts]
    frame = _frame(read) if len(read) >= SLOTS_MEMBERS else ([], [])
    return [" ".join(_between(words, *frame)) for words in read]


def own_words(texts: Sequence[str]) -> NDArray[np.int64]:
    """Words of each text beside those that nearly all different ones begin and end with; the frame is that of a sample."""
    different = list(dict.fromkeys(texts))
    read = [_words(" ".join(t[:MAX_CHARS].split())) for t in different[:: max(1, -(-len(different) // LOOKED))]]
    frame = sum(map(len, _frame(read))) if len(read) >= SLOTS_MEMBERS else 0
    return np.array([max(0, len(t.split()) - frame) for t in texts], dtype=np.int64)


def _frame(texts: Sequence[list[str]]) -> tuple[list[str], list[str]]:
    """The words that nearly all of the texts begin and end with."""
    head = _beginning(texts)
    return head, _beginning([words[len(head) :][::-1] for words in texts])[::-1]


def _beginning(texts: Sequence[Sequence[str]]) -> list[str]:
    """The words that more than `SHARED` of the texts begin with."""
    least, left, found = SHARED * len(texts), list(texts), list[str]()
    while left:
        at = len(found)
        word, count = Counter(words[at] for words in left if len(words) > at).most_common(1)[0] if any(len(words) > at for words in left) else ("", 0)
        if count <= least:
            break
        found.append(word)
        left = [words for words in left if len(words) > at and words[at] == word]
    return found


def _between(words: list[str], head: list[str], tail: list[str]) -> list[str]:
    """Words without those of the frame that they begin and end with."""
    if words[: len(head)] == head:
        words = words[len(head) :]
    return words[: len(words) - len(tail)] if tail and words[len(words) - len(tail) :] == tail else words


def _words(text: str) -> list[str]:
    """Words as `word_shingles` has them."""
    return [w for w in text.split(" ") if w]


def _common(texts: Sequence[str], share: float) -> NDArray[np.uint64]:
    """Word pairs of more than `share` of the texts, sorted."""
    grams, starts = word_shingles(texts)
    text = np.repeat(np.arange(len(texts)), np.diff(starts))
    each = np.unique(np.stack([grams, text.astype(np.uint64)]), axis=1)[0]
    values, counts = np.unique(each, return_counts=True)
    return values[counts > share * len(texts)]


def _made(texts: Sequence[str], least: int) -> bool:
    """Whether the texts differ in one place, by words enough.

    A word is a text's own where it stands in no pair that most have; one that few copies changed is not. The place is told by the
    last pair that nearly all have, so that questions which begin alike are in one place.
    """
    usual, fixed = _common(texts, 0.5), _common(texts, SHARED)
    grams, starts = word_shingles(texts)
    anchor = np.isin(grams, fixed)
    places: dict[int, list[int]] = {}
    shares = []
    for covered, begin, end in zip(_covered(texts, usual), starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        shares.append(float(covered.mean()) if len(covered) else 0.0)
        edges = np.flatnonzero(np.diff(np.concatenate([[True], covered, [True]]).astype(np.int8)))
        known = np.flatnonzero(anchor[begin:end])
        own: dict[int, int] = {}
        for first, stop in edges.reshape(-1, 2).tolist():
            at = int(np.searchsorted(known, first - 2, side="right")) - 1
            place = int(grams[begin + known[at]]) if at >= 0 else 0
            own[place] = own.get(place, 0) + stop - first
        for place, size in own.items():
            places.setdefault(place, []).append(size)
    template = [float(covered.mean()) if len(covered) else 0.0 for covered in _covered(texts, fixed)]
    if np.median(shares) < COVERED or np.median(template) < COVERED:  # of two forms, half and half, each is what most have
        return False
    sizes = [float(np.median(found)) for found in places.values() if len(found) >= SHARED * len(texts)]
    return max(sizes, default=0) >= (least if len(texts) >= SLOTS_MEMBERS else SLOT_WORDS) or (len(texts) >= SLOTS_MEMBERS and sum(sizes) >= SLOTS_WORDS)


def _covered(texts: Sequence[str], common: NDArray[np.uint64]) -> Iterator[NDArray[np.bool_]]:
    """For each word of each text whether it stands in a common pair."""
    grams, starts = word_shingles(texts)
    known = np.isin(grams, common)
    for text, begin, end in zip(texts, starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        words = np.zeros(len(_words(text)), np.bool_)
        if len(words) > 1:
            words[:-1] |= known[begin:end]
            words[1:] |= known[begin:end]
        yield words
