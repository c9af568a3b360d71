"""Tables of numbers whose columns are set apart by any number of spaces or tabs, as old repositories have them."""

from __future__ import annotations

import re
from typing import Final

from auditor.model import Reject
from auditor.sources.numeric_text import Numeric, different

_CELL: Final = re.compile(r""""[^"]*"|'[^']*'|\S+""")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_MISSING: Final = ("?", "NA", "NaN", "nan")
_LEAST: Final = 3
"""Columns of such a table at least."""
_SAMPLE: Final = 1000
_SHARE: Final = 0.95
"""Of the lines that have as many cells as most, and of the cells of a column that are numbers."""
_NUMBERS: Final = 2 / 3
"""Columns of numbers, of all."""


def is_spaced(sample: str) -> bool:
    """Whether whole lines are rows of such a table; one delimiter a gap is for the reader of delimited text."""
    lines = [line for line in sample.splitlines() if line.strip()][:_SAMPLE]
    if len(lines) < _LEAST or any("," in line or ";" in line for line in lines[:_LEAST]):
        return False
    if all(line.count("\t") == lines[0].count("\t") >= 1 for line in lines) and not any("  " in line or "\t\t" in line for line in lines):
        return False
    rows = [_CELL.findall(line) for line in lines]
    rows = rows[_has_header(rows) :]
    width = max({len(r) for r in rows}, key=[len(r) for r in rows].count)
    whole = [r for r in rows if len(r) == width]
    if width < _LEAST or len(whole) < _SHARE * len(rows):
        return False
    return sum(_numeric([r[i] for r in whole]) for i in range(width)) >= _NUMBERS * width


def read_spaced(text: str, name: str) -> Numeric:
    """The rows; columns are named by the first line where it has names, else `column_0` and so on."""
    import polars as pl

    found = [(n, _CELL.findall(line)) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    header = _has_header([cells for _, cells in found[:_LEAST]])
    sizes = [len(cells) for _, cells in found]
    width = max(set(sizes), key=sizes.count)
    names = different([c.strip("\"'") for c in found[0][1]]) if header and len(found[0][1]) == width else [f"column_{i}" for i in range(width)]
    rows = [cells for _, cells in found[header:] if len(cells) == width]
    rejects = tuple(Reject(name, n, f"{len(cells)} values where there are {width} columns") for n, cells in found[header:] if len(cells) != width)
    columns = {}
    for i, column in enumerate(names):
        cells = [None if row[i] in _MISSING else row[i].strip("\"'") for row in rows]
        values = pl.Series(column, cells, pl.String)
        if _numeric([c for c in cells if c is not None]):
            number = values.cast(pl.Float64, strict=False)
            whole = not bool(values.str.contains(r"[.eE]").any()) and bool((number.drop_nulls().abs() < 2**53).all())
            values = number.cast(pl.Int64) if whole else number
        columns[column] = values
    return Numeric(pl.DataFrame(columns), rejects)


def _has_header(rows: list[list[str]]) -> bool:
    """Whether the first row has names above numbers."""
    return len(rows) > 1 and not any(_NUMBER.fullmatch(c) for c in rows[0]) and any(_NUMBER.fullmatch(c) for c in rows[1])


def _numeric(cells: list[str]) -> bool:
    filled = [c for c in cells if c not in _MISSING]
    return bool(filled) and sum(bool(_NUMBER.fullmatch(c)) for c in filled) >= _SHARE * len(filled)
