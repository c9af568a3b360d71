"""Labels written in another form than the engines read: spans as lists of three, classes as columns of 0 and 1."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from auditor.sources.types import Part

LABELS: Final = "labels"
"""Name of the column made of columns of 0 and 1."""
_SAMPLE: Final = 1000
_LEAST: Final = 3
"""Columns of 0 and 1 that are taken for classes."""
_FEATURE: Final = re.compile(r"^(is|has|had|was|num|n|count|contains|flag)_|_(flag|count)$")
"""Names that say what a row has rather than what it is."""


def with_spans(parts: list[Part], schema: pl.Schema) -> tuple[list[Part], pl.Schema]:
    """Columns of `[[start, end, "CLASS"], ...]`, as doccano and spaCy write them, as lists of `start`, `end` and `label`."""
    import polars as pl

    nested = [c for c, t in schema.items() if t == pl.List(pl.List(pl.String))]
    if not nested:
        return parts, schema
    sample = pl.concat([p.frame.select(nested).head(_SAMPLE) for p in parts[:4]]).collect()
    found = [c for c in nested if _triples(sample[c])]
    if not found:
        return parts, schema
    item = pl.element().list
    span = pl.struct(start=item.get(0, null_on_oob=True).cast(pl.Int64, strict=False), end=item.get(1, null_on_oob=True).cast(pl.Int64, strict=False), label=item.get(2, null_on_oob=True))
    made = [pl.col(c).list.eval(span) for c in found]
    new = [replace(p, frame=p.frame.with_columns(made)) for p in parts]
    return new, new[0].frame.collect_schema()


def _triples(column: pl.Series) -> bool:
    import polars as pl

    inner = column.drop_nulls().explode().drop_nulls()
    if not inner.len() or not bool((inner.list.len() == 3).all()):
        return False
    start, end, label = (inner.list.get(i) for i in range(3))
    numbers = start.str.contains(r"^\d+$").all() and end.str.contains(r"^\d+$").all() and not label.str.contains(r"^-?\d").any()
    return bool(numbers) and bool((start.cast(pl.Int64) <= end.cast(pl.Int64)).all())


def binary_columns(sample: pl.DataFrame, free: Sequence[str]) -> tuple[str, ...]:
    """The columns of `free` that look like one class each: three or more of 0 and 1 (or true and false), not named like features."""
    import polars as pl

    found = []
    for name in free:
        column = sample[name].drop_nulls()
        if column.dtype == pl.Boolean:
            both = column.n_unique() == 2
        elif column.dtype.is_numeric():
            both = column.n_unique() == 2 and column.min() == 0 and column.max() == 1
        else:
            both = False
        if both and not _FEATURE.search(name.lower()):
            found.append(name)
    return tuple(found) if len(found) >= _LEAST else ()


def with_labels(parts: list[Part], columns: Sequence[str]) -> tuple[list[Part], pl.Schema]:
    """A column `LABELS` more: names of the `columns` that are 1 in the row, an empty list where none is, null where none is filled."""
    import polars as pl

    names = pl.concat_list(pl.when(pl.col(c).cast(pl.Int8, strict=False) == 1).then(pl.lit(c)) for c in columns).list.drop_nulls()
    filled = pl.any_horizontal(pl.col(c).is_not_null() for c in columns)
    new = [replace(p, frame=p.frame.with_columns(pl.when(filled).then(names).alias(LABELS))) for p in parts]
    return new, new[0].frame.collect_schema()
