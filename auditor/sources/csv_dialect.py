"""How a delimited file is written, told from its beginning: the delimiter, the names of the columns, and what stands before them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from dataclasses import dataclass
from typing import Final

from auditor.sources.csv_numbers import MISSING
from auditor.sources.names import withheld

DELIMITERS: Final = (",", "\t", ";", "|")
_SAMPLE_ROWS: Final = 1000
_REGULAR: Final = 0.98
"""Share of rows with the same number of fields from which a delimiter is believed before one that would give more fields."""
_WORDS: Final = 4
"""Words of a cell from which it is a sentence and hardly a column's name."""
_COUNTED: Final = 5
_YEARS: Final = 3
"""Columns named by numbers in order, so many at least, have a header."""
_AGAIN: Final = 20
"""Of so many rows at least one may be the header once more."""
_FORM: Final = 3
"""Runs of letters, digits and signs in a cell whose form says something: many a column is named q1."""
_IMPORTED: Final = re.compile(r'\s*\{"ImportId":')
"""What Qualtrics writes under each column in the last of its three rows of headings: names, questions, ids."""
_PREAMBLE: Final = 20
"""Rows before a header at most."""


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written."""

    delimiter: str
    header: bool
    names: tuple[str, ...]
    short: bool = False
    """The header has no field for the first column, as R writes row names."""
    given: tuple[str, ...] = ()
    """The fields of the header as they stand there; none without a header."""
    preamble: int = 0
    """Lines before the header: a title, comments, `sep=;`."""
    escaped: bool = False
    """A quote within a quoted field has a backslash before it and not a second quote (MySQL, Spark)."""

    survey: bool = False
    """The columns are named in the first line, and what is skipped stands below it."""

    @property
    def twice(self) -> tuple[str, ...]:
        """Names that several columns have."""
        return tuple(dict.fromkeys(c for c in self.given if c and self.given.count(c) > 1))


def sniff(text: str, agreement: float = 0.8) -> Dialect | None:
    """Delimiter and header from the start of a file, or None where no delimiter gives the same number (>= 2) of fields.

    `agreement` is the share of rows that must have that number; a file that is named .csv needs less to be believed.
    """
    best: tuple[int, str, bool, list[list[str]], list[int]] | None = None
    so_far = (False, False, 0, 0.0)
    for delimiter, escaped in itertools.product(DELIMITERS, (False, True) if '\\"' in text else (False,)):
        rows, ends = _head(text, delimiter, escaped=escaped)
        if not rows:
            continue
        widths = [len(r) for r in rows]
        common = max(dict.fromkeys(widths), key=widths.count)
        share = widths.count(common) / len(widths)
        if common < 2 or share < agreement:
            continue
        if escaped and share < 1:
            continue
        # commas of a text are in some of its rows twice; what nearly every row has as often delimits
        # what the first row has none of stands in the cells below it: commas of JSON between tabs, of numbers between semicolons
        rank = (len(rows[0]) > 1, share >= _REGULAR, common, share)
        if best is None or rank > so_far or (escaped and best[1] == delimiter and not _regular(best)):
            best, so_far = (common, delimiter, escaped, rows, ends), rank
    if best is None:
        return None
    width, delimiter, escaped, rows, ends = best
    survey = next((i for i, r in enumerate(rows[:_PREAMBLE]) if i and len(r) == width and all(_IMPORTED.match(c) for c in r)), 0)
    if survey:  # the columns are named in the first row, and what stands between says no more of a row than a title does
        names = [c.strip() for c in rows[0]]
        return Dialect(delimiter, header=True, names=tuple(_unique(names, width)), given=tuple(names), preamble=ends[survey - 1], escaped=escaped, survey=True)
    told = rows[0][0].startswith("sep=")  # a line that Excel writes for itself
    at = next((i for i, r in enumerate(rows) if len(r) == width and (i or not told)), 0)
    if at and (at > _PREAMBLE or (len(rows[0]) == width - 1 and not told) or not _has_header(rows[at:], width)):
        at = 0
    rows = rows[at:]
    short = len(rows[0]) == width - 1
    first = [c.strip() for c in (["", *rows[0]] if short else rows[0])]
    header = _has_header([first, *rows[1:]], width)
    names = _unique(first[:width] if header else [f"column_{i}" for i in range(width)], width)
    return Dialect(delimiter, header, tuple(names), short and header, tuple(first) if header else (), ends[at - 1] if at else 0, escaped)


def _regular(best: tuple[int, str, bool, list[list[str]], list[int]]) -> bool:
    return all(len(r) == best[0] for r in best[3])


def _head(text: str, delimiter: str, *, escaped: bool) -> tuple[list[list[str]], list[int]]:
    """The first rows that are not blank, and the line in which each ends."""
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, doublequote=not escaped, escapechar="\\" if escaped else None)
    csv.field_size_limit(1 << 30)
    rows, ends = [], []
    for row in reader:
        if row:
            rows.append(row)
            ends.append(reader.line_num)
            if len(rows) == _SAMPLE_ROWS:
                break
    return rows, ends


def single_column(text: str) -> Dialect | None:
    """The dialect of a one-column file whose first line is a name."""
    rows, _ = _head(text, ",", escaped=False)
    if not rows or len(rows[0]) != 1:
        return None
    header = _has_header(rows, 1)
    return Dialect(",", header, tuple(rows[0] if header else ["column_0"]))


def _has_header(rows: list[list[str]], width: int) -> bool:
    # A header names: its cells are short, filled, mostly different, no numbers, and do not turn up among the values below them.
    first = [c.strip() for c in rows[0]]
    others = [r for r in rows[1:] if [c.strip() for c in r] != first]
    if (len(rows) - 1 - len(others)) * _AGAIN <= len(rows):  # files put together have it again; a row of few values comes oftener
        rows = [rows[0], *others]
    below = [[r[i].strip() for r in rows[1:] if len(r) > i] for i in range(width)]
    names = [c for c in first if c]
    if len(first) != width or not names or 2 * len(set(names)) <= len(names) or any(len(c) > 60 for c in names):
        return False
    if any(not c and not _nameless(i, below[i]) for i, c in enumerate(first)):
        return False
    words = [(c, cells) for c, cells in zip(first, below, strict=True) if c and not _number(c) and c not in MISSING]
    above_numbers = any(any(cells) and all(_number(x) for x in cells if x) for _, cells in words)
    if any(withheld(c) for c in names) or (not above_numbers and any(_alike(c, cells) for c, cells in words)):
        return False
    numbers = [c for c in names if _number(c)]
    if numbers and (not _counted(numbers) or _counted([c for c in rows[1] if _number(c)] if len(rows) > 1 else [])):
        return False
    if _sentences(names, [[r[i] for i, c in enumerate(first) if c and len(r) > i] for r in rows[1:]]):
        return False
    return above_numbers or not any(c in seen for c, seen in words)


def _alike(cell: str, below: list[str]) -> bool:
    """Whether a cell with digits or an @ in it has the form of most cells below it, so that it is one of them: a code, an address, a time."""
    form = _form(cell)
    if not below or not re.search(r"[\d@]", cell) or len(form) < _FORM:
        return False
    return 2 * sum(_form(c) == form for c in below) > len(below)


def _form(cell: str) -> str:
    """A cell with one sign for each run of letters and of digits."""
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", cell))


def _counted(numbers: list[str]) -> bool:
    """Whether they count columns (0, 1, 2 ... as pandas names those of an array) or years."""
    whole = [int(c) if c.isdecimal() and c.isascii() and len(c) < 9 else -1 for c in numbers]
    steps = {b - a for a, b in itertools.pairwise(whole)}
    if whole and whole[0] in {0, 1} and len(whole) >= _COUNTED:
        return steps == {1}
    return len(whole) >= _YEARS and min(steps) > 0 and 1900 <= whole[0] <= whole[-1] <= 2100


def _nameless(at: int, cells: list[str]) -> bool:
    """Whether a column may lack a name in a header: row numbers or names before the first column, as pandas and R write them, or nothing at all."""
    return not any(cells) or (at == 0 and all(cells) and len(set(cells)) == len(cells))


def _sentences(first: list[str], below: list[list[str]]) -> bool:
    """Whether the first row is sentences above sentences, as in texts side by side. The questions of a survey stand above short answers too."""
    if not below or any(len(c.split()) < _WORDS or c.endswith(("?", ":")) for c in first):
        return False
    return all(sum(len(r[i].split()) >= _WORDS for r in below if len(r) > i) * 2 > len(below) for i in range(len(first)))


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return any(c.isdigit() for c in text)  # a column may be called inf


def _unique(names: list[str], width: int) -> list[str]:
    out: list[str] = []
    for i, raw in enumerate(names):
        name = raw.strip() or f"Unnamed: {i}"  # as pandas names it, so as a trainer will
        out.append(name if name not in out else f"{name}_{i}")
    return out + [f"column_{i}" for i in range(len(out), width)]
