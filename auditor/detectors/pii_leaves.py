"""Every string of a column, however deep in lists and structs, with where it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.sources.names import told

if TYPE_CHECKING:
    import polars as pl

NO_ITEM = -1


@dataclass(frozen=True)
class Leaf:
    """The strings of one path (`messages[].content`) of one batch."""

    path: str
    text: pl.Series
    """Strings, no nulls."""
    index: pl.Series
    """UInt32: row of the batch of each string."""
    outer: pl.Series
    """Int32: position in the outermost list, -1 where there is none."""
    inner: pl.Series
    """Int32: position in the innermost list below that, -1 where there is none."""


def has_strings(dtype: object) -> bool:
    """Does a Polars data type hold strings anywhere?"""
    import polars as pl

    match dtype:
        case pl.List(inner=inner) | pl.Array(inner=inner):
            return has_strings(inner)
        case pl.Struct(fields=fields):
            return any(has_strings(f.dtype) for f in fields)
        case _:
            return dtype in (pl.String, pl.Categorical, pl.Enum)


def leaves(column: pl.Series) -> Iterator[Leaf]:
    """The strings of `column`, path by path in the order of the data type."""
    import polars as pl

    frame = pl.DataFrame({"v": column}).with_row_index("i").with_columns(outer=pl.lit(NO_ITEM, pl.Int32), inner=pl.lit(NO_ITEM, pl.Int32))
    yield from _walk(frame, column.name, 0)


def _walk(frame: pl.DataFrame, path: str, depth: int) -> Iterator[Leaf]:
    import polars as pl

    dtype = frame.schema["v"]
    if not has_strings(dtype):
        return
    frame = frame.filter(pl.col("v").is_not_null())
    if isinstance(dtype, pl.List | pl.Array):
        if isinstance(dtype, pl.Array):
            frame = frame.with_columns(pl.col("v").arr.to_list())
        slot = "inner" if depth else "outer"
        frame = frame.filter(pl.col("v").list.len() > 0)
        frame = frame.with_columns(pl.int_ranges(0, pl.col("v").list.len(), dtype=pl.Int32).alias(slot)).explode("v", slot)
        yield from _walk(frame, path + "[]", depth + 1)
    elif isinstance(dtype, pl.Struct):
        for field in dtype.fields:
            inner = frame.with_columns(pl.col("v").struct.field(field.name).alias("v"))
            yield from _walk(inner, f"{path}.{told(field.name)}", depth)
    else:
        yield Leaf(path, frame["v"].cast(pl.String), frame["i"], frame["outer"], frame["inner"])


def locate(path: str, outer: int, inner: int) -> str:
    """`messages[].content[].value` with its positions filled in: `messages[2].content[0].value`."""
    for at in (outer, inner):
        if at != NO_ITEM:
            path = path.replace("[]", f"[{at}]", 1)
    return path
