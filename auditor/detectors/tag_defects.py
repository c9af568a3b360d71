"""Defects of tags that need no model: entities without a beginning, and rows that nobody tagged.

The latter are told by words that are tagged nearly always, wherever they stand in other rows: of 1,500 made rows, 580 of them without a
name and 469 with their tags taken away, 472 were told. Tags moved along their tokens are not told this way: in rows of one template the
words beside a name tell more than the name does. Where names have capitals, those tell: tags that fit them one token further are moved.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

OUTSIDE = "O"
_BEGIN = ("B", "S", "U")
_INSIDE = ("I", "E", "L", "M")
"""Prefixes of tags that begin an entity, and of such that go on with one (IOB, BIOES, BILOU, BMES)."""
OFTEN = 3
SURE = 0.9
"""Times a word occurs in other tagged rows, and share of these in which it is tagged, from which it is expected to be (our choice)."""
UNTAGGED = 0.2
UNTAGGED_ROWS = 20
"""Estimated share of the rows without any tag that were not tagged, and rows with such a word, from which it is told (our choice)."""
FITS, MISSES = 0.8, 0.4
"""Overlap (of the union) of tagged and capital words, one moved by a token, from which they fit, and unmoved up to which they do not (our choice)."""
MOVED, MOVED_ROWS = 0.1, 20
"""Share of the tagged rows, and rows, with tags that are moved so, from which it is told (our choice)."""


@dataclass(frozen=True, slots=True)
class TagDefects:
    """Counts of rows and entities."""

    entities: int = 0
    orphans: int = 0
    """Entities whose first tag is one that goes on with an entity."""
    older: bool = False
    """Whether that is how all tags are written, but between neighbours of one type (IOB1)."""
    bare: int = 0
    """Rows without any tag."""
    untagged: int = 0
    """Of these, about how many were not tagged; 0 where that is not told."""
    tagged: int = 0
    """Rows with tags."""
    moved: int = 0
    """Of these, those whose tags stand one token beside the capital words; 0 where that is not told."""
    ahead: bool = False
    """Whether they stand before them, not behind."""


def tag_defects(words: Sequence[Sequence[str]], tags: Sequence[Sequence[str]]) -> TagDefects:
    """Of rows of tokens with as many tags."""
    if not any(t == OUTSIDE for row in tags for t in row):
        return TagDefects()  # parts of speech: every token has a tag
    low = [[w.lower() for w in row] for row in words]
    marked = [[t != OUTSIDE for t in row] for row in tags]
    seen, tagged = Counter[str](), Counter[str]()
    for row, mask in zip(low, marked, strict=True):
        if any(mask):
            seen.update(row)
            tagged.update(w for w, m in zip(row, mask, strict=True) if m)
    entities, orphans, older = _beginnings(tags)
    bare, untagged = _untagged(low, marked, seen, tagged)
    return TagDefects(entities, orphans, older, bare, untagged, *_moved(words, marked))


def _beginnings(tags: Sequence[Sequence[str]]) -> tuple[int, int, bool]:
    """Entities, those without a beginning, and whether tags begin entities only behind another of the same type."""
    entities = orphans = loose = 0
    for row in tags:
        before = OUTSIDE
        for tag in row:
            prefix, _, kind = tag.partition("-")
            if kind and prefix in _BEGIN:
                entities += 1
                loose += before.partition("-")[2] != kind
            elif kind and prefix in _INSIDE and before.partition("-")[2] != kind:
                entities += 1
                orphans += 1
            before = tag
    return entities, orphans, bool(orphans) and not loose and orphans < entities


def _expected(word: str, seen: int, tagged: int) -> bool:
    return seen >= OFTEN and tagged >= SURE * seen and len(word) > 1 and any(c.isalpha() for c in word)


def _untagged(low: list[list[str]], marked: list[list[bool]], seen: Counter[str], tagged: Counter[str]) -> tuple[int, int]:
    """Rows without any tag, and how many of them were not tagged: those with an expected word, by how many of the tagged rows have one."""
    bare = [row for row, mask in zip(low, marked, strict=True) if not any(mask)]
    telling = sum(any(_expected(w, seen[w], tagged[w]) for w in set(row)) for row in bare)
    if telling < UNTAGGED_ROWS:
        return len(bare), 0
    have = full = 0
    for row, mask in zip(low, marked, strict=True):
        if any(mask):
            own, mine = Counter(row), Counter(w for w, m in zip(row, mask, strict=True) if m)
            full += 1
            have += any(_expected(w, seen[w] - own[w], tagged[w] - mine[w]) for w in own)
    share = telling / len(bare) / max(have / max(1, full), telling / len(bare))
    return len(bare), round(share * len(bare)) if share >= UNTAGGED else 0


def _moved(words: Sequence[Sequence[str]], marked: Sequence[Sequence[bool]]) -> tuple[int, int, bool]:
    """Rows with tags, how many have them one token behind (or before) their capital words, and which; a sentence's first word has a capital anyhow.

    Tagged figures say nothing: a dose stands behind the name of a drug, and is meant.
    """
    tagged = 0
    moved = Counter[int]()
    for row, mask in zip(words, marked, strict=True):
        told = {i for i, m in enumerate(mask) if m}
        tagged += bool(told)
        capital = {i for i, w in enumerate(row) if w[:1].isupper()}
        if not told or not capital - {0} or any(c.isdigit() for i in told for c in row[i]) or _overlap(told, capital, 0, len(row)) > MISSES:
            continue
        moved.update(step for step in (1, -1) if _overlap(told, capital, step, len(row)) >= FITS)
    step, rows = max(moved.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
    return tagged, rows if rows >= max(MOVED_ROWS, MOVED * tagged) else 0, step < 0


def _overlap(told: set[int], capital: set[int], step: int, n: int) -> float:
    """Words both tagged and, `step` before, capital, as a share of those that are either; the first word counts only where it is tagged."""
    there = {i + step for i in capital if 0 <= i + step < n and (i or step in told)}
    return len(told & there) / max(1, len(told | there))
