"""Rows whose values occur more than once, without keeping anything a row where all are unique."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from auditor.suites.gx.columns import Columns, Family
from auditor.suites.gx.conditions_map import Condition, Together
from auditor.suites.gx.mixed import keys
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
    collision costs nothing but that comparison. Where there are many rows, two passes over the keys alone go before: a filter
    of bounded size says which may repeat, and only these are kept.
    """
    keyed = {f"__gx_key:{n}": _key(columns, n) for n in names}
    many = (columns.rows or 0) >= MANY
    whole_numbers = len(names) == 1 and columns.family(names[0]) is Family.INTEGER and columns.dtype(names[0]) not in _WIDE
    exact = whole_numbers and skip_missing and not many  # they are their own mark; the filter needs hashes
    key = pl.struct(e.alias(n) for n, e in keyed.items()).hash() if not exact else keyed[f"__gx_key:{names[0]}"]
    mark = "\0".join(["__gx_hash", *names])
    present = ~columns.missing(names[0]) if skip_missing else None

    def pick(frame: pl.DataFrame) -> pl.DataFrame:
        suspects = _repeating(frame, mark)
        return suspects[suspects[list(keyed)].is_duplicated().to_numpy().nonzero()[0]]

    def rows(frame: pl.LazyFrame, wanted: Sequence[str]) -> pl.LazyFrame:
        frame = (frame if present is None else frame.filter(present)).with_columns(key.alias(mark))
        by = [e.alias(n) for n, e in keyed.items()]
        suspects = frame.select(mark, *dict.fromkeys([*names, *wanted])).join(_seen(frame.select(mark, *by), mark, list(keyed)), on=mark, how="semi", maintain_order="left")
        return suspects.filter(pl.len().over(by) > 1)

    if many:
        return Condition(rows=rows)
    return Condition(whole=Together({mark: key, **keyed}, present, pick))


def _repeating(frame: pl.DataFrame, mark: str) -> pl.DataFrame:
    """Rows whose mark repeats. Sorted marks take eight bytes a row, a table of all-unique keys three times that."""
    import numpy as np

    ordered = frame.get_column(mark).sort().to_numpy()
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    return frame[np.flatnonzero(np.isin(frame.get_column(mark).to_numpy(), repeated))] if len(repeated) else frame.clear()


def _seen(keyed: pl.LazyFrame, mark: str, keys: list[str]) -> pl.LazyFrame:
    """Hashes that repeat, found by passes at once; an expression that is broken breaks where it is asked for."""
    hashes = keyed.select(mark)
    try:
        maybe = hashes.map_batches(Seen(), schema=hashes.collect_schema(), streamable=True).unique().collect(engine="streaming").lazy()
        groups = keyed.join(maybe, on=mark, how="semi").group_by(keys).agg(pl.len(), pl.col(mark).first())
        return groups.filter(pl.col("len") > 1).select(mark).unique().collect(engine="streaming").lazy()
    except (pl.exceptions.PolarsError, TypeError, ValueError):
        return hashes.unique()
