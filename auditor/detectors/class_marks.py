"""What marks the rows of one class and hardly any others, and is no content: markup, mojibake, capitals, a cut, a greeting, a language, a filled column.

Such a mark comes from where the rows of a class were fetched. A model learns the mark instead of the class.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from auditor.detectors import language
from auditor.detectors.debris import MOJIBAKE
from auditor.detectors.results import ClassMark
from auditor.detectors.text_defects import FINISHED

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs

MIN_ROWS = 50
LEAST = 20
"""Rows of a class from which its mark is told (our choice)."""
OWN = 0.8
DEBRIS = 0.5
OTHERS = 0.01
"""Share of the texts of a class, at least, that have a mark, of markup and wrong encoding half, and of the others, at most (our choice)."""
FILLED = 0.2
"""Share of a class's rows for which a column is filled, from which that none of the others is tells (our choice)."""
BY_CHANCE = 10
"""Rows of other classes that would be expected among as many as are filled (our choice)."""
LETTERS = 10
LONG = 40
CUT_FROM = 80
"""Letters from which capitals are no abbreviation, characters from which a text should end as a sentence does, and from which one length is no chance."""
CUT = r"[.!?。！？…][\"'”’)\]]*\s"
"""What a text holds that was cut: the end of another sentence. Titles, queries and lines of a log hold none."""
MARKUP = frozenset({"html", "xhtml", "xml", "svg", "markup", "php", "jsx", "tsx", "vue", "javascript", "js", "css", "web"})
"""Words in the name of a class whose texts are markup: of such the tags are the content."""
WORDS = 3
"""Words that make a greeting or a closing."""
HEAD = 20_000
MOST_CLASSES = 100
READ_EACH = 100
PER_TEXT = 200
"""Classes whose languages are told, and texts of each, and characters of a text, that are read for it."""
PATTERNS = {
    "hold HTML tags": r"(?i)</?(?:p|div|br|span|b|i|u|a|ul|ol|li|td|tr|table|h[1-6]|strong|em|img|font|html|body)(?:\s[^<>]*)?/?>",
    "hold HTML entities": r"&(?:amp|lt|gt|quot|nbsp|apos|#\d{2,5}|#x[0-9a-fA-F]{2,5});",
    "hold letters of a wrong encoding": MOJIBAKE,
}


def class_marks(inputs: Inputs) -> tuple[ClassMark, ...]:
    """Marks of single classes among labelled rows, those of most rows first."""
    if len(inputs) < MIN_ROWS or inputs.labels.kind != "single":
        return ()
    code = inputs.labels.code.astype(np.int64)
    sizes = np.bincount(code, minlength=len(inputs.labels.names))
    if (sizes > 0).sum() < 2:
        return ()
    classes = _Classes(code, sizes, inputs.labels.names)
    found = [*_gaps(inputs, classes)]
    if inputs.text is not None:
        found += [*_marks_of_texts(inputs.text, classes), *_of_language(inputs.text, classes)]
    return tuple(sorted(found, key=lambda m: (-m.rows, m.name, m.how)))


class _Classes(NamedTuple):
    """Class of each row, rows of each class, and what the classes are called."""

    code: NDArray[np.int64]
    sizes: NDArray[np.int64]
    names: tuple[str, ...]


def _marks_of_texts(texts: Sequence[str], classes: _Classes) -> Iterator[ClassMark]:
    text = pl.Series([t[:HEAD].strip() for t in texts], dtype=pl.String)
    for how, pattern in PATTERNS.items():
        yield from (m for m in _of_one(how, _bools(text.str.contains(pattern)), classes, own=DEBRIS) if not MARKUP & {*re.split(r"[\W_]+", m.name.lower())})
    masks: list[tuple[str, NDArray[np.bool_]]] = []
    letters = text.str.count_matches(r"\p{L}").to_numpy()
    masks.append(("are written in capitals", (letters >= LETTERS) & ~_bools(text.str.contains(r"\p{Ll}")) & _bools(text.str.contains(r"\p{Lu}"))))
    masks.append(("end in the middle of a sentence", ~_bools(text.str.contains(FINISHED)) & _bools(text.str.contains(CUT)) & (text.str.len_chars().to_numpy() >= LONG)))
    for how, mask in masks:
        yield from _of_one(how, mask, classes)
    lengths = text.str.len_chars().to_numpy().astype(np.int64)
    yield from _alike("have the same length", np.where(lengths >= CUT_FROM, lengths, -1), text.hash().to_numpy(), classes)
    words = [" ".join(t.split()[:WORDS]).lower() for t in text]
    yield from _alike("begin with the same words", _ids(words), text.hash().to_numpy(), classes)
    words = [" ".join(t.rsplit(maxsplit=WORDS)[-WORDS:]).lower() for t in text]
    yield from _alike("end with the same words", _ids(words), text.hash().to_numpy(), classes)


def _of_language(texts: Sequence[str], classes: _Classes) -> Iterator[ClassMark]:
    """The one class whose texts are in another language than those of all other classes; classes called after languages are meant so."""
    code, sizes, names = classes
    known = np.flatnonzero(sizes >= LEAST)
    if not language.installed() or not 2 <= len(known) <= MOST_CLASSES:
        return
    told = {int(c): language.of_all([texts[i][:PER_TEXT] for i in np.flatnonzero(code == c)[:READ_EACH]]) for c in known}
    spoken = Counter(told.values())
    # of two classes the smaller one is named
    other = min(told, key=lambda c: (spoken[told[c]], sizes[c], c))
    if None in spoken or len(spoken) != 2 or spoken[told[other]] != 1 or re.search(language.WANTED, names[other]) or names[other].lower() in spoken:
        return
    yield ClassMark("", names[other], "are in another language than those of the others", int(sizes[other]), 1.0, 0.0)


def _of_one(how: str, mask: NDArray[np.bool_], classes: _Classes, *, own: float = OWN) -> Iterator[ClassMark]:
    """The class whose rows have the mark, where hardly any others have."""
    code, sizes, names = classes
    have = np.bincount(code[mask], minlength=len(sizes))
    for c in np.flatnonzero((sizes >= LEAST) & (have >= own * sizes)).tolist():
        rest = int(sizes.sum() - sizes[c])
        others = int(have.sum() - have[c])
        if others <= OTHERS * rest:
            yield ClassMark("", names[c], how, int(have[c]), float(have[c] / sizes[c]), others / rest)


def _alike(how: str, value: NDArray[np.int64], text: NDArray[np.uint64], classes: _Classes) -> Iterator[ClassMark]:
    """The class of whose different texts most have one `value` (below 0: none), which hardly any others have."""
    code, sizes, names = classes
    first = np.unique(np.column_stack([text, code.astype(np.uint64)]), axis=0, return_index=True)[1]
    value, code = value[first], code[first]
    counts = np.bincount(code, minlength=len(sizes))
    for c in np.flatnonzero(counts >= LEAST).tolist():
        mine = value[code == c]
        top, n = Counter(mine[mine >= 0].tolist()).most_common(1)[0] if (mine >= 0).any() else (-1, 0)
        if n >= OWN * len(mine):
            yield from (m for m in _of_one(how, value == top, _Classes(code, counts, names)) if m.name == names[c])


def _gaps(inputs: Inputs, classes: _Classes) -> Iterator[ClassMark]:
    """Columns that are filled for a part of one class and for no row of the others."""
    code, sizes, names = classes
    table = inputs.table
    filled = [(n, ~np.isnan(table.numeric[:, j])) for j, n in enumerate(table.numeric_names) if n not in table.derived]
    filled += [(n, table.categories[:, j] >= 0) for j, n in enumerate(table.category_names)]
    filled += [(n, ~table.unfilled[:, j]) for j, n in enumerate(table.worded)]
    for name, mask in filled:
        have = np.bincount(code[mask], minlength=len(sizes))
        c = int(have.argmax())
        share = float(have[c] / max(1, sizes[c]))
        expected = have.sum() * (1 - sizes[c] / sizes.sum())
        if have[c] >= LEAST and have[c] == have.sum() and share >= FILLED and share < 1 and expected >= BY_CHANCE:
            yield ClassMark(name, names[c], "filled", int(have[c]), share, 0.0)


def _ids(words: list[str]) -> NDArray[np.int64]:
    return np.array(np.unique(words, return_inverse=True)[1], dtype=np.int64) if words else np.zeros(0, np.int64)


def _bools(mask: pl.Series) -> NDArray[np.bool_]:
    return np.asarray(mask.fill_null(value=False).to_numpy(), dtype=np.bool_)
