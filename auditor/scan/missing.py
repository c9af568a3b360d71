"""Words that stand where a value is missing (`nan`, `N/A`, `NULL`, `-`), told from the same words meant.

`None` is what Python writes for a missing class, and a class of its own beside `Mild` and `Severe`; `NA` is North America beside `EU`;
`-` is the other answer to `+`. Which it is, is told by what else stands in the column.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from auditor.scan.request import ColumnMeasure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from auditor.scan.chunk import Chunk

SURE: Final = frozenset({"nan", "-nan", "<na>", "#n/a", "#na", "nat", "<null>", "(null)", "[null]", "\\n", "#value!", "#ref!", "#div/0!", "#name?", "#num!"})
"""What programs write for nothing (pandas, spreadsheets, databases); small letters."""
WORDS: Final = frozenset({"na", "n/a", "n.a.", "null", "none", "todo", "tbd", "tba"})
"""What programs and people write for nothing, and what may be meant."""
MARKS: Final = frozenset({"?", "-", "--", ".", "..", "...", "???", "\N{EN DASH}", "\N{EM DASH}"})
"""Marks in an empty place."""
ALL: Final = SURE | WORDS | MARKS
_MOST_BYTES: Final = 12
"""The longest of them, with white space around it."""
_TYPES: Final = frozenset({"int", "integer", "str", "string", "bool", "boolean", "float", "double", "object", "array", "list", "number", "dict"})
_STATES: Final = frozenset({"done", "doing", "in progress", "wip", "open", "closed", "review", "backlog", "fixme", "hack", "xxx"})
"""Names beside which `null` is a type, and beside which `todo` is a state or a kind of comment."""
_REGIONS: Final = frozenset({"emea", "apac", "latam", "mena", "anz", "ssa", "dach", "nordics", "row", "cala", "asia", "europe", "africa"})
"""Names of regions beside which `NA` is North America."""
_CODE: Final = (2, 3)
"""Letters of the codes of countries and continents."""


def missing_classes(counts: Mapping[str, int], meant: Collection[str] = ()) -> dict[str, int]:
    """Of the values of a column of classes (value -> rows) those that stand for a missing one; `meant` are the declared ones."""
    plain = {value: value.strip().lower() for value in counts if value not in meant}
    others = [value.strip() for value in counts if value.strip().lower() not in ALL and value.strip()]
    return {value: counts[value] for value, word in plain.items() if not word or (word in ALL and not _meant(value.strip(), word, others))}


def _meant(value: str, word: str, others: list[str]) -> bool:
    """Whether a word for nothing says something beside these other values."""
    beside = {o.lower().replace("_", " ").replace("-", " ") for o in others}
    if not others:
        return True
    if word in MARKS:  # signs, as of strands and of punctuation
        return 2 * sum(not any(c.isalnum() for c in o) for o in others) >= len(others) or "+" in others
    if word in ("null", "none", "nan") and beside & _TYPES:
        return True
    if word == "none":  # as Python writes it, where nothing else has a capital
        return value != "None" or any(c.isupper() for o in others for c in o)
    if word == "na":
        return value.isupper() and (bool(beside & _REGIONS) or 2 * sum(o.isalpha() and o.isupper() and len(o) in _CODE for o in others) >= len(others))
    return word == "todo" and bool(beside & _STATES)


@dataclass(frozen=True)
class MissingWords(ColumnMeasure[tuple[tuple[str, int], ...]]):
    """Cells of a text column that are nothing but such a word: pairs of the word as it is spelled, without white space, and its cells."""

    by_value = True

    def of(self, chunk: Chunk) -> tuple[tuple[str, int], ...]:
        """Of one chunk; long cells are not looked at."""
        import numpy as np
        import polars as pl

        text = chunk.text(self.column)
        short = np.flatnonzero((text.bytes <= _MOST_BYTES) & _begins().take(text.first))
        if not len(short):
            return ()
        cells = text.cells.values.gather(short).str.strip_chars()
        hit = cells.str.to_lowercase().is_in(list(ALL)).to_numpy()
        if not hit.any():
            return ()
        rows = np.ones(int(hit.sum()), np.int64) if text.cells.rows is None else text.cells.rows[short[hit]]
        found = pl.DataFrame({"word": cells.filter(pl.Series(hit)), "rows": rows}).group_by("word").agg(pl.col("rows").sum()).sort("word")
        return tuple(zip(found["word"].to_list(), found["rows"].to_list(), strict=True))

    def merge(self, a: tuple[tuple[str, int], ...], b: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        """Sums."""
        total = dict(a)
        for word, n in b:
            total[word] = total.get(word, 0) + n
        return tuple(sorted(total.items()))


@cache
def _begins() -> NDArray[np.bool_]:
    """Whether a byte may begin such a cell: as the words do, or as white space."""
    import numpy as np

    begins = np.zeros(256, np.bool_)
    begins[list({w.encode()[0] for word in ALL for w in (word, word.upper())} | set(b"\t\n\x0b\x0c\r ") | {0xC2, 0xE1, 0xE2, 0xE3})] = True
    return begins


LEAST: Final = 5
"""Cells from which one spelling is a program's (our choice)."""


def missing_texts(words: Mapping[str, int]) -> dict[str, int]:
    """Of the words that are whole texts those that say nothing.

    People answer `None`, `none.` and `n/a` in as many spellings as they are people; a program spells a word in one way.
    """
    spellings: dict[str, int] = {}
    for word in words:
        spellings[word.lower()] = spellings.get(word.lower(), 0) + 1

    def counts(word: str, n: int) -> bool:
        low = word.lower()
        if low in SURE or low in MARKS:
            return True
        return spellings[low] == 1 and n >= LEAST and (low not in ("none", "na") or word in ("None", "NA"))

    return {word: n for word, n in words.items() if counts(word, n)}
