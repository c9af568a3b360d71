"""Several classes in one text cell: `python|pandas`, `a; b`, `['x', 'y']`, as CSV files have them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl

LIST: Final = "[]"
"""What stands for a list as Python writes it."""
DELIMITERS: Final = ("|", ";", ",")
MIN_SHARE: Final = 0.1
"""Share of the cells with more than one class."""
MIN_COMBINATIONS: Final = 10
MIN_AGAIN: Final = 0.8
"""Share of the classes that occur in two and more combinations. In names with a comma in them (`Sports, Outdoors`) hardly a part does."""
MAX_CLASSES: Final = 30
"""Classes in a cell."""


def split_cell(cell: str, delimiter: str) -> list[str]:
    """The classes in a cell, in its order; none of a blank one."""
    if delimiter == LIST:
        return [c for part in cell.strip().strip("[]").split(",") if (c := part.strip().strip("'\"").strip())]
    return [c for part in cell.split(delimiter) if (c := part.strip())]


def delimiter_of(text: pl.Series) -> str:
    """What stands between the classes in the cells of a column without nulls; empty where a cell is one class.

    It is told from a character inside names by what stands between: the same few classes in ever other combinations.
    """
    cells = text.unique().to_list()
    if len(cells) < MIN_COMBINATIONS:
        return ""
    bracketed = all(c.strip().startswith("[") and c.strip().endswith("]") for c in cells if c.strip())
    for delimiter in (LIST,) if bracketed else DELIMITERS:
        if float(text.str.contains(delimiter if delimiter != LIST else ",", literal=True).mean() or 0) < MIN_SHARE:  # type: ignore[arg-type]
            continue  # most columns end here, before any cell is taken apart
        combinations = {tuple(sorted(set(split_cell(c, delimiter)))) for c in cells}
        times = Counter(name for names in combinations for name in names)
        several = [c for c in cells if len(split_cell(c, delimiter)) > 1]
        if not times or len(combinations) < max(MIN_COMBINATIONS, len(times) + 1) or max(map(len, combinations)) > MAX_CLASSES:
            continue
        if sum(n > 1 for n in times.values()) < MIN_AGAIN * len(times) or float(text.is_in(several).mean() or 0) < MIN_SHARE:  # type: ignore[arg-type]
            continue
        return delimiter
    return ""
