"""Rows whose values occur more than once, without keeping anything a row where all are unique."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from auditor.suites.gx.columns import Columns, Family
from auditor.suites.gx.conditions_map import Condition, Together
from auditor.suites.gx.mixed import keys
from auditor.suites.gx.plans import Chosen
from auditor.suites.gx.seen import Seen

MANY = 10_000_000
"""Rows from which memory counts for more than CPU: the values and sorted hashes of 16 million rows take about a gigabyte."""
_WIDE = (pl.Int128, pl.UInt128)


def _key(columns: Columns, name: str) -> pl.Expr:
    """The value in a form in which equal values hash alike: categories as text, one zero, one NaN."""
    column = columns.plain(name)
    if columns.family(name) is Family.OBJECT:
        return keys(column)
    if columns.family(name) is Family.NOTHING:
        return column.cast(pl.String)
    if columns.family(name) is not Family.FLOAT:
        return column
    return pl.when(column.is_nan()).then(float("nan")).otherwise(column + 0.0)


def repeated(columns: Columns, names: list[str], *, skip_missing: bool) -> Condition:
    """Rows whose values in `names` occur more than once.

    Found by a 64-bit hash, which is smaller than text; rows of a hash that repeats are then compared in full, so that a
    collision costs nothing but that comparison. Where there are many rows, see `_many`.
    """
    keyed = {f"__gx_key:{n}": _key(columns, n) for n in names}
    present = ~columns.missing(names[0]) if skip_missing else None
    if (columns.rows or 0) >= MANY:
        return _many(pl.struct(e.alias(n) for n, e in keyed.items()), present)
    # whole numbers are their own mark
    exact = len(names) == 1 and columns.family(names[0]) is Family.INTEGER and columns.dtype(names[0]) not in _WIDE and skip_missing
    mark = "\0".join(["__gx_hash", *names])
    key = keyed[f"__gx_key:{names[0]}"] if exact else pl.struct(e.alias(n) for n, e in keyed.items()).hash()

    def pick(frame: pl.DataFrame) -> pl.DataFrame:
        suspects = _repeating(frame, mark)
        return suspects[suspects[list(keyed)].is_duplicated().to_numpy().nonzero()[0]]

    return Condition(whole=Together({mark: key, **keyed}, present, pick))


def _repeating(frame: pl.DataFrame, mark: str) -> pl.DataFrame:
    """Rows whose mark repeats. Sorted marks take eight bytes a row, a table of all-unique keys three times that."""
    import numpy as np

    ordered = frame.get_column(mark).sort().to_numpy()
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    return frame[np.flatnonzero(np.isin(frame.get_column(mark).to_numpy(), repeated))] if len(repeated) else frame.clear()


_MARKS = ("__gx_first", "__gx_second")


def _many(key: pl.Expr, present: pl.Expr | None) -> Condition:
    """The same for many rows: two passes over the keys alone go before, and no row is held.

    A filter of bounded size says which hashes may repeat; those are counted with a second hash beside them, since with 128
    bits no two of a thousand billion keys meet by chance. So nothing is kept but the marks of what repeats.
    """

    def marked(frame: pl.LazyFrame) -> pl.LazyFrame:
        return (frame if present is None else frame.filter(present)).with_columns(key.hash(seed).alias(name) for seed, name in enumerate(_MARKS))

    def rows(frame: pl.LazyFrame, wanted: Sequence[str]) -> Chosen:
        try:
            found = _counted(marked(frame).select(_MARKS))
        except (pl.exceptions.PolarsError, TypeError, ValueError):
            return Chosen(marked(frame))  # an expression that is broken breaks where it is asked for
        repeats = marked(frame).select(*_MARKS, *wanted).join(found.lazy(), on=_MARKS, how="semi", maintain_order="left")
        return Chosen(repeats, int(found["len"].sum()))

    return Condition(rows=rows)


def _counted(marks: pl.LazyFrame) -> pl.DataFrame:
    """Pairs of marks that occur more than once, and how often."""
    first = marks.select(_MARKS[0])
    maybe = first.map_batches(Seen(), schema=first.collect_schema(), streamable=True).unique().collect(engine="streaming").lazy()
    return marks.join(maybe, on=_MARKS[0], how="semi").group_by(_MARKS).len().filter(pl.col("len") > 1).collect(engine="streaming")
