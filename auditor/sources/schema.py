"""One schema for many files: which belong together, and what type a column has over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from auditor.scan.hashes import without_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

_KEY: Final = "x"


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
    """The type that holds the values of all; None where columns of such types don't go together."""
    if len(seen) == 1:
        return seen[0]
    if any(t.is_nested() for t in seen):
        merged = _within(seen)
        return merged if merged.is_nested() else None
    return _plain(seen)


def _plain(seen: list[pl.DataType]) -> pl.DataType | None:
    """The type of values that are not nested; None where they are of different kinds: Polars would make numbers of dates beside numbers."""
    import polars as pl

    if len({_kind(t) for t in seen if t != pl.Null}) > 1:
        return None
    try:
        return pl.concat([pl.DataFrame(schema={"x": t}) for t in seen], how="vertical_relaxed").schema["x"]
    except pl.exceptions.PolarsError:
        return None


def _kind(dtype: pl.DataType) -> str:
    import polars as pl

    if dtype.is_numeric() or dtype == pl.Boolean:
        return "number"
    if dtype in (pl.Date, pl.Datetime):
        return "day"
    return "text" if dtype in (pl.String, pl.Categorical, pl.Enum) else str(dtype.base_type())


def _within(seen: list[pl.DataType]) -> pl.DataType:
    """The same inside a nested value, where what doesn't go together is text: as the reader of one file has it."""
    import polars as pl

    told = [t for t in seen if t != pl.Null]
    if not told:
        return pl.Null()
    if all(isinstance(t, pl.Struct) for t in told):
        fields: dict[str, list[pl.DataType]] = {}
        for field in (f for t in told for f in cast("pl.Struct", t).fields):
            fields.setdefault(field.name, []).append(cast("pl.DataType", field.dtype))
        return pl.Struct({name: _within(types) for name, types in fields.items()})
    if all(isinstance(t, pl.List | pl.Array) for t in told):
        same = told[0] if all(t == told[0] for t in told) else None
        return same or pl.List(_within([cast("pl.DataType", cast("pl.List", t).inner) for t in told]))
    if any(t.is_nested() for t in told):
        return pl.String()
    return _plain(told) or pl.String()


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
        else:
            out.append(_converted(pl.col(name), have[name], dtype).alias(name))
    return frame.select(out)


def _converted(value: pl.Expr, have: pl.DataType, want: pl.DataType) -> pl.Expr:
    """A value in a wider type: nested ones field by field, which Polars' cast does not do."""
    import polars as pl

    if have == want:
        return value
    if isinstance(want, pl.Struct) and isinstance(have, pl.Struct):
        known = {f.name: cast("pl.DataType", f.dtype) for f in have.fields}
        wanted = {f.name: cast("pl.DataType", f.dtype) for f in want.fields}
        fields = [(_converted(value.struct.field(n), known[n], t) if n in known else pl.lit(None, t)).alias(n) for n, t in wanted.items()]
        return pl.when(value.is_not_null()).then(pl.struct(fields))
    if isinstance(want, pl.List) and isinstance(have, pl.List | pl.Array):
        listed = value if isinstance(have, pl.List) else value.arr.to_list()
        return listed.list.eval(_converted(pl.element(), cast("pl.DataType", have.inner), cast("pl.DataType", want.inner)))
    return _written(value, have) if want == pl.String else value.cast(want)


def _written(value: pl.Expr, have: pl.DataType) -> pl.Expr:
    """A value as text: a list or struct as its JSON (a missing one stays missing), bytes as the digits of their hash."""
    import polars as pl

    if have.is_nested():
        return pl.when(value.is_not_null()).then(pl.struct(without_bytes(value, have).alias(_KEY)).struct.json_encode().str.strip_prefix(f'{{"{_KEY}":').str.strip_suffix("}"))
    return value.dt.to_string("iso") if have == pl.Duration else without_bytes(value, have).cast(pl.String)  # a cast of durations is an error


def dtype_name(dtype: pl.DataType) -> str:
    """Short name of a type, without the fields inside nested ones."""
    import polars as pl

    if isinstance(dtype, pl.List | pl.Array):
        return f"List({dtype_name(dtype.inner)})"  # type: ignore[arg-type]
    return str(dtype.base_type())
