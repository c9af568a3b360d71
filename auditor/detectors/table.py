"""Feature columns as numbers and categories, whatever types they came in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from auditor.detectors.conversations import flatten
from auditor.detectors.hashing import text_hash

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARSES = 0.95
"""Share of a text column's values that must read as numbers for it to count as one (the rest is missing): our choice."""
MANY_TEXTS = 500
"""Different texts of a column that is read however often each comes back."""
MAX_LEVELS = 1000
"""Columns of more different strings than this, or of mostly different ones, are names rather than categories."""
MAX_VECTOR = 4096
"""Longest list column that is read as an embedding."""


@dataclass(frozen=True)
class Table:
    """Numeric and categorical features."""

    numeric: NDArray[np.float32] = field(repr=False)
    """Rows x numeric columns; NaN = missing or not finite."""
    numeric_names: tuple[str, ...]
    categories: NDArray[np.int32] = field(repr=False)
    """Rows x categorical columns: index in `levels`, -1 = missing."""
    category_names: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...] = field(repr=False)
    dropped: tuple[str, ...] = ()
    """Columns that cannot be features: names and identifiers."""
    opaque: tuple[str, ...] = ()
    """Columns that are not read, or not to the full, and in which rows differ all the same: media, nested values."""
    derived: frozenset[str] = frozenset()
    """Numeric columns made of lists: what one of them tells is no leak of a column."""
    worded: tuple[str, ...] = ()
    """Columns of names, dates and written text: no value of theirs comes again."""
    unfilled: NDArray[np.bool_] = field(default_factory=lambda: np.zeros((0, 0), np.bool_), repr=False)
    """Rows x `worded`: which cells are empty, for that a date of closing is there may tell all, whatever it says."""

    @property
    def width(self) -> int:
        """Number of usable columns."""
        return len(self.numeric_names) + len(self.category_names)

    def take(self, index: NDArray[np.int64]) -> Table:
        """The rows at `index`."""
        return replace(self, numeric=self.numeric[index], categories=self.categories[index], unfilled=self.unfilled[index])

    def without(self, names: frozenset[str]) -> Table:
        """The other columns."""
        numeric = [j for j, n in enumerate(self.numeric_names) if n not in names]
        categories = [j for j, n in enumerate(self.category_names) if n not in names]
        return replace(
            self,
            numeric=self.numeric[:, numeric],
            numeric_names=tuple(self.numeric_names[j] for j in numeric),
            categories=self.categories[:, categories],
            category_names=tuple(self.category_names[j] for j in categories),
            levels=tuple(self.levels[j] for j in categories),
        )


def read_table(frame: pl.DataFrame, n: int, *, alone: bool = True) -> tuple[Table, list[str] | None]:
    """Features of `n` rows, and the written text among them (None when there is none).

    `alone`: there is nothing else to read, so that names are better than nothing.
    """
    numeric: dict[str, NDArray[np.float32]] = {}
    categories: dict[str, tuple[NDArray[np.int32], tuple[str, ...]]] = {}
    dropped: list[str] = []
    unfilled: dict[str, NDArray[np.bool_]] = {}
    opaque: list[str] = []
    derived: set[str] = set()
    prose: list[list[str]] = []
    for whole, column in _flat(frame):
        numbers = _numbers(column)
        if numbers is not None:
            numeric.update(numbers)
            derived.update(numbers if column.dtype.is_nested() else ())
        elif (items := _items(column)) is not None:
            prose.append(items)
        elif column.dtype.is_nested() or column.dtype == pl.Binary:
            opaque.append(whole)
            made = _summary(column)
            numeric.update(made)
            derived.update(made)
        elif _is_prose(column):
            prose.append(column.cast(pl.String, strict=False).fill_null("").to_list())
            unfilled[column.name] = _unfilled(column)
        else:
            found = _categories(column)
            if found is None:
                dropped.append(column.name)
                unfilled[column.name] = _unfilled(column)
            else:
                categories[column.name] = found
    if alone and dropped and not (numeric or categories or prose):
        prose = [column.cast(pl.String).fill_null("").to_list() for _, column in _flat(frame) if column.name in dropped]
        dropped = []
    table = Table(
        np.column_stack(list(numeric.values())) if numeric else np.zeros((n, 0), np.float32),
        tuple(numeric),
        np.column_stack([c for c, _ in categories.values()]) if categories else np.zeros((n, 0), np.int32),
        tuple(categories),
        tuple(v for _, v in categories.values()),
        tuple(dropped),
        tuple(dict.fromkeys(opaque)),
        frozenset(derived),
        tuple(unfilled),
        np.column_stack(list(unfilled.values())) if unfilled else np.zeros((n, 0), np.bool_),
    )
    return table, ["\n".join(p) for p in zip(*prose, strict=True)] if prose else None


def _flat(frame: pl.DataFrame) -> Iterator[tuple[str, pl.Series]]:
    """Every column, structs field by field, with the name of the column that it is part of."""

    def taken(whole: str, column: pl.Series) -> Iterator[tuple[str, pl.Series]]:
        if column.dtype == pl.Struct:
            for name in sorted(column.struct.fields):
                yield from taken(whole, column.struct.field(name).alias(f"{column.name}.{name}"))
        elif column.dtype == pl.Null:
            yield whole, column.cast(pl.String)
        else:
            yield whole, column

    for column in frame.iter_columns():
        yield from taken(column.name, column)


def _items(column: pl.Series) -> list[str] | None:
    """Each row's list of words, classes or whole numbers (token ids, say) as a text of its own; None for any other column."""
    inner = getattr(column.dtype, "inner", None)
    if inner is None or not (inner in (pl.String, pl.Categorical, pl.Enum, pl.Boolean) or inner.is_integer()):
        return None
    if isinstance(column.dtype, pl.Array):
        column = column.arr.to_list()
    return column.cast(pl.List(pl.String)).list.join(" ", ignore_nulls=True).fill_null("").to_list()


def _summary(column: pl.Series) -> dict[str, NDArray[np.float32]]:
    """Length, mean, spread and ends of lists of numbers that differ in length (a signal, say); nothing of any other column."""
    inner = getattr(column.dtype, "inner", None)
    if inner is None or not inner.is_numeric():
        return {}
    values = (column.arr.to_list() if isinstance(column.dtype, pl.Array) else column).cast(pl.List(pl.Float64), strict=False).list
    found = {"length": values.len(), "mean": values.mean(), "std": values.std(), "min": values.min(), "max": values.max()}
    return {f"{column.name}.{name}": _finite(figure) for name, figure in found.items()}


def _finite(values: pl.Series) -> NDArray[np.float32]:
    with np.errstate(over="ignore"):
        small = values.cast(pl.Float64, strict=False).to_numpy().astype(np.float32)
    return np.where(np.isfinite(small), small, np.float32(np.nan)).astype(np.float32)


def _numbers(column: pl.Series) -> dict[str, NDArray[np.float32]] | None:
    dtype = column.dtype
    if dtype.is_nested():
        return _vector(column)
    if dtype.is_temporal():
        column = column.to_physical()
    elif dtype in (pl.Categorical, pl.Enum, pl.String):
        text = column.cast(pl.String).str.strip_chars()
        filled = text.filter(text != "")
        parsed = text.cast(pl.Float64, strict=False)
        if filled.is_empty() or parsed.is_not_null().sum() < PARSES * len(filled):
            return None
        column = parsed
    elif not (dtype.is_numeric() or dtype == pl.Boolean):
        return None
    return {column.name: _finite(column)}


def _vector(column: pl.Series) -> dict[str, NDArray[np.float32]] | None:
    """A list column of equally long number lists (an embedding), as one column each."""
    inner = getattr(column.dtype, "inner", None)
    if inner is None or not inner.is_numeric():
        return None
    if isinstance(column.dtype, pl.Array):
        column = column.arr.to_list()
    lengths = column.list.len().drop_nulls().unique().to_list()
    if len(lengths) != 1 or not 0 < lengths[0] <= MAX_VECTOR:
        return None
    width = int(lengths[0])
    rows = [v if v is not None else [None] * width for v in column.cast(pl.List(pl.Float32)).to_list()]
    matrix = np.array(rows, dtype=np.float32)
    return {f"{column.name}[{j}]": np.where(np.isfinite(matrix[:, j]), matrix[:, j], np.float32(np.nan)) for j in range(width)}


def _unfilled(column: pl.Series) -> NDArray[np.bool_]:
    text = column.cast(pl.String, strict=False).str.strip_chars().fill_null("")
    return (text == "").to_numpy()


def _is_prose(column: pl.Series) -> bool:
    """Written text: mostly different values of three words and more, or hundreds of different ones of four (the premises of many hypotheses)."""
    if column.dtype != pl.String:
        return False
    filled = column.filter(column.is_not_null() & (column != ""))
    if len(filled) == 0 or filled.n_unique() < min(20, 0.5 * len(filled)):
        return False
    words, different = filled.str.count_matches(r"\S+").mean(), filled.n_unique()
    return isinstance(words, float) and ((different > 0.3 * len(filled) and words >= 3) or (different >= MANY_TEXTS and words >= 4))


def _categories(column: pl.Series) -> tuple[NDArray[np.int32], tuple[str, ...]] | None:
    text = column.cast(pl.String, strict=False).str.strip_chars()
    text = text.set(text == "", None)
    levels = text.drop_nulls().unique().to_list()
    filled = len(text) - text.null_count()
    if not levels or len(levels) > MAX_LEVELS or (len(levels) > 20 and len(levels) > 0.5 * filled):
        return None
    order = np.argsort(text_hash(levels))
    names = [levels[i] for i in order]
    index = {name: i for i, name in enumerate(names)}
    found = np.array([-1 if v is None else index[v] for v in text.to_list()], dtype=np.int32)
    return found, tuple(names)


def cell_text(value: object) -> str:
    """Text of one cell, for a reviewer's sheet."""
    return flatten(value)
