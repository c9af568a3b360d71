"""Rows whose values occur more than once, without keeping anything a row where all are unique."""

from __future__ import annotations

import polars as pl

from auditor.suites.gx.columns import Columns, Family
from auditor.suites.gx.conditions_map import Condition
from auditor.suites.gx.mixed import keys
from auditor.suites.gx.seen import Seen

HASH = "__gx_hash"
MANY = 10_000_000
"""Rows from which memory counts for more than CPU: sorted hashes take 500 MB at 16 million rows and 2.2 GB at 133 million."""


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
    collision costs nothing but that comparison. The hashes are sorted, not grouped: eight bytes a row, where the table of
    a `group_by` over all-unique keys takes about three times that. Where there are many, two passes over the keys alone go
    before: a filter of bounded size says which may repeat, and these are compared. Within the one pass all columns of rows
    that are only suspected would wait in memory.
    """
    aliases = [f"__gx_key{i}" for i in range(len(names))]
    known: dict[int, tuple[pl.LazyFrame, pl.LazyFrame]] = {}  # the count and the sample of rows ask for the same; a frame is held so that its id stays its own

    def suspected(frame: pl.LazyFrame, keyed: pl.LazyFrame) -> pl.LazyFrame:
        if (columns.rows or 0) < MANY:
            return _sorted(keyed.select(HASH))
        if id(frame) not in known:
            keys = [_key(columns, n).alias(k) for n, k in zip(names, aliases, strict=True)]
            known[id(frame)] = frame, _seen(keyed.select(HASH, *keys), aliases)
        return known[id(frame)][1]

    def rows(frame: pl.LazyFrame) -> pl.LazyFrame:
        given = frame
        if skip_missing:
            frame = frame.filter(~columns.missing(names[0]))
        keyed = frame.with_columns(pl.struct(_key(columns, n).alias(k) for n, k in zip(names, aliases, strict=True)).hash().alias(HASH))
        suspects = keyed.join(suspected(given, keyed), on=HASH, how="semi", maintain_order="left")
        compared = suspects.with_columns(_key(columns, n).alias(k) for n, k in zip(names, aliases, strict=True))
        return compared.filter(pl.len().over(aliases) > 1)

    return Condition(rows=rows)


def _sorted(hashes: pl.LazyFrame) -> pl.LazyFrame:
    """Hashes that repeat."""
    ordered = hashes.select(pl.all().sort())
    return ordered.filter(pl.all() == pl.all().shift(1)).unique()


def _seen(keyed: pl.LazyFrame, keys: list[str]) -> pl.LazyFrame:
    """Hashes that repeat, found by passes at once; an expression that is broken breaks where it is asked for."""
    hashes = keyed.select(HASH)
    try:
        maybe = hashes.map_batches(Seen(), schema=hashes.collect_schema(), streamable=True).unique().collect(engine="streaming").lazy()
        groups = keyed.join(maybe, on=HASH, how="semi").group_by(keys).agg(pl.len(), pl.col(HASH).first())
        return groups.filter(pl.col("len") > 1).select(HASH).unique().collect(engine="streaming").lazy()
    except (pl.exceptions.PolarsError, TypeError, ValueError):
        return _sorted(hashes)
