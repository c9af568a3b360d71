"""Rows whose values occur more than once, without keeping anything a row where all are unique."""

from __future__ import annotations

import polars as pl

from auditor.suites.gx.columns import Columns, Family
from auditor.suites.gx.conditions_map import Condition
from auditor.suites.gx.mixed import keys
from auditor.suites.gx.seen import Seen


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

    Found by a 64-bit hash, which is smaller than text, and a filter of bounded size for those that may have come before
    (`Seen`); their rows are then compared in full, so that a false suspicion costs nothing but that comparison.
    """
    aliases = [f"__gx_key{i}" for i in range(len(names))]

    def rows(frame: pl.LazyFrame) -> pl.LazyFrame:
        if skip_missing:
            frame = frame.filter(~columns.missing(names[0]))
        keyed = frame.with_columns(pl.struct(_key(columns, n).alias(k) for n, k in zip(names, aliases, strict=True)).hash().alias("__gx_hash"))
        twice = keyed.select("__gx_hash").map_batches(Seen(), schema={"__gx_hash": pl.UInt64}, streamable=True).unique()
        suspects = keyed.join(twice, on="__gx_hash", how="semi", maintain_order="left")
        compared = suspects.with_columns(_key(columns, n).alias(k) for n, k in zip(names, aliases, strict=True))
        return compared.filter(pl.len().over(aliases) > 1)

    return Condition(rows=rows)
