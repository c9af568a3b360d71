"""Columns against each other: such that say the same, and such whose values are exchanged in a part of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from auditor.detectors.column_results import ColumnFacts, Exchanged
from auditor.detectors.results import RowSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs

    _Category: TypeAlias = tuple[NDArray[np.int32], tuple[str, ...]]
    """Index of each row's value, -1 where there is none, and the values."""

MIN_ROWS = 50
MOST = 300
"""Columns that are compared; of more, pairs are too many."""
STRAIGHT = 1e-6
"""Share of a column's variance that a line through another may leave: rounding to two figures of four leaves 1e-5 and more, of six 1e-9."""
ROUNDED = 0.6
"""Units of a column's last place by which a line may miss each of its values."""
LEVELS = 3
"""Different values from which it is no chance, and no other side of one thing, that two categories say the same (our choice)."""
CATEGORIES = 1000
OWN = 2 / 3
"""Share of a value's occurrences in both columns that must be in one of them for it to belong there (our choice)."""
ACCOUNTED = 0.9
"""Share of the cells with a value that belongs to the other column that must be in exchanged rows: between places people go both ways (our choice)."""
EXCHANGED = 5
EXCHANGED_SHARE = 0.005
"""Rows in which each of two columns holds a value of the other, and their share, from which values are exchanged (our choice)."""
EXCHANGED_MOST = 0.45


def compare(inputs: Inputs) -> ColumnFacts:
    """Pairs among the columns of a table's rows."""
    table, n = inputs.table, len(inputs)
    if n < MIN_ROWS or not 2 <= table.width <= MOST:
        return ColumnFacts(n)
    numbers = {name: table.numeric[:, j].astype(np.float64) for j, name in enumerate(table.numeric_names) if name not in table.derived}
    words = {name: (table.categories[:, j], table.levels[j]) for j, name in enumerate(table.category_names) if LEVELS <= len(table.levels[j]) <= CATEGORIES}
    return ColumnFacts(n, (*_lines(numbers), *_names(words)), tuple(_exchanged(words, inputs)))


def _lines(numbers: dict[str, NDArray[np.float64]]) -> list[tuple[str, str, str]]:
    """Pairs of numbers of which one is a line of the other, each column told with the first it goes with."""
    kept, standard = [], []
    for name, x in numbers.items():
        known = np.isfinite(x)
        if known.sum() < MIN_ROWS or len(np.unique(x[known])) < LEVELS:
            continue
        z = np.where(known, x - x[known].mean(), 0.0)
        kept.append(name)
        standard.append(z / np.sqrt((z**2).sum()))
    if len(kept) < 2:
        return []
    alike = np.abs(np.stack(standard) @ np.stack(standard).T)
    found: list[tuple[str, str, str]] = []
    told: set[str] = set()
    for i, j in zip(*np.nonzero(np.triu(alike > 1 - 1e-4, 1)), strict=True):
        a, b = kept[int(i)], kept[int(j)]
        if b in told or a in told:
            continue
        how = _same(numbers[a], numbers[b])
        if how:
            found.append((a, b, how))
            told.add(b)
    return found


def _same(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """`equal`, `line` or nothing; a line holds for every value, but for rounding."""
    known = np.isfinite(x)
    if not (known == np.isfinite(y)).all():
        return ""
    x, y = x[known], y[known]
    if (x == y).all():
        return "equal"
    for a, b in ((x, y), (y, x)):
        slope, middle = np.polyfit(a, b, 1)
        left = np.abs(b - slope * a - middle)
        if (left**2).mean() <= STRAIGHT * b.var() or left.max() <= ROUNDED * _place(b):
            return "line"
    return ""


def _place(x: NDArray[np.float64]) -> float:
    """Unit of the last decimal place that a column uses, at most two of them; 0 for whole numbers, which are counted."""
    for places in (1, 2):
        if np.allclose(x, np.round(x, places), rtol=1e-6, atol=1e-9):
            return 0.0 if np.allclose(x, np.round(x), rtol=1e-6, atol=1e-9) else float(10.0**-places)
    return 0.0


def _names(words: dict[str, _Category]) -> list[tuple[str, str, str]]:
    """Pairs of categories of which each value of the one goes with one of the other."""
    found: list[tuple[str, str, str]] = []
    told: set[str] = set()
    names = list(words)
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            (x, ours), (y, theirs) = words[a], words[b]
            if a in told or b in told or len(ours) != len(theirs):
                continue
            pairs = np.unique(np.column_stack([x, y]), axis=0)
            if len(pairs) != len(np.unique(x)) or len(pairs) != len(np.unique(y)):
                continue
            found.append((a, b, "equal" if all(ours[p] == theirs[q] for p, q in pairs.tolist() if min(p, q) >= 0) else "names"))
            told.add(b)
    return found


def _exchanged(words: dict[str, _Category], inputs: Inputs) -> list[Exchanged]:
    """Pairs of categories in some rows of which each holds a value that belongs to the other."""
    found = []
    names = list(words)
    counts = {n: dict(zip(levels, np.bincount(code[code >= 0], minlength=len(levels)).tolist(), strict=True)) for n, (code, levels) in words.items()}
    for i, a in enumerate(names):
        for b in names[i + 1 :]:
            both = sorted(counts[a].keys() & counts[b].keys())
            guests = [[v for v in both if counts[x][v] < (1 - OWN) * (counts[a][v] + counts[b][v])] for x in (a, b)]
            if not all(guests):
                continue
            masks = [np.isin(words[x][0], [words[x][1].index(v) for v in strange]) for x, strange in zip((a, b), guests, strict=True)]
            rows = np.flatnonzero(masks[0] & masks[1])
            if len(guests[0]) + len(guests[1]) < len(both) or 2 * len(rows) < ACCOUNTED * (masks[0].sum() + masks[1].sum()):
                continue
            if max(EXCHANGED, EXCHANGED_SHARE * len(inputs)) <= len(rows) <= EXCHANGED_MOST * len(inputs):
                rows = rows[np.lexsort((inputs.row[rows], inputs.file[rows]))]
                found.append(Exchanged(a, b, RowSet(inputs.file[rows], inputs.row[rows])))
    return found
