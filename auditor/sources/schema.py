"""One schema for many files: which belong together, and what type a column has over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl


def groups_of(tables: Sequence[tuple[pl.Schema, int]]) -> tuple[list[int], list[int]]:
    """Indices of the tables that form the data set (those sharing most columns with the largest), and of the others."""
    weight: dict[tuple[str, ...], int] = {}
    for schema, rows in tables:
        names = tuple(sorted(str(n) for n in schema.names()))
        weight[names] = weight.get(names, 0) + rows
    first: tuple[str, ...] = max(weight, key=lambda k: (weight[k], k))
    largest = set(first)
    main: list[int] = []
    others: list[int] = []
    for i, (schema, _) in enumerate(tables):
        have = set(schema.names())
        shared = len(have & largest) / max(1, min(len(have), len(largest)))
        (main if shared >= 0.5 else others).append(i)
    return main, others


def unified(schemas: Sequence[pl.Schema]) -> tuple[pl.Schema, list[str]]:
    """The common schema in order of first appearance, and the columns whose types don't go together (they become text)."""
    import polars as pl

    types: dict[str, list[pl.DataType]] = {}
    for schema in schemas:
        for name, dtype in schema.items():
            known = types.setdefault(name, [])
            if dtype not in known:
                known.append(dtype)
    out: dict[str, pl.DataType] = {}
    clashes: list[str] = []
    for name, seen in types.items():
        merged = _supertype(seen)
        if merged is None:
            clashes.append(name)
        out[name] = merged or pl.String()
    return pl.Schema(out), clashes


def _supertype(seen: list[pl.DataType]) -> pl.DataType | None:
    import polars as pl

    if len(seen) == 1:
        return seen[0]
    numeric = all(t.is_numeric() for t in seen)
    nested = any(t.is_nested() for t in seen)
    if not numeric and not nested and any(t == pl.String for t in seen):
        return None
    try:
        return pl.concat([pl.DataFrame(schema={"x": t}) for t in seen], how="vertical_relaxed").schema["x"]
    except pl.exceptions.PolarsError:
        return None


def align(frame: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    """The frame with exactly the columns of `schema`; what it lacks is null."""
    import polars as pl

    have = frame.collect_schema()
    if have == schema:
        return frame
    out: list[pl.Expr] = []
    for name, dtype in schema.items():
        if name not in have:
            out.append(pl.lit(None, dtype).alias(name))
        elif have[name] == dtype:
            out.append(pl.col(name))
        elif dtype == pl.String and have[name].is_nested():
            out.append(pl.struct(pl.col(name)).struct.json_encode().alias(name))
        else:
            out.append(pl.col(name).cast(dtype))
    return frame.select(out)


def dtype_name(dtype: pl.DataType) -> str:
    """Short name of a type, without the fields inside nested ones."""
    import polars as pl

    if isinstance(dtype, pl.List | pl.Array):
        return f"List({dtype_name(dtype.inner)})"  # type: ignore[arg-type]
    return str(dtype.base_type())
