"""What is written in another form than the engines read: spans as lists of three, classes as columns of 0 and 1, chats as JSON in a cell."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

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
CHAT: Final = "messages"
"""Last part of the name of a column made of chats in JSON."""
_SPEAKERS, _SAYINGS = frozenset({"role", "from"}), frozenset({"content", "value", "tool_calls"})
"""Keys of a message: who speaks, and what."""
_VALID: Final = 0.95
"""Share of cells that must be chats; the others are read as empty."""


def with_chats(parts: list[Part], schema: pl.Schema) -> tuple[list[Part], pl.Schema]:
    """A column more for each text column whose cells are chats in JSON, as spreadsheets and tables without nested types hold them."""
    import polars as pl

    texts = [c for c, t in schema.items() if t == pl.String and f"{c}.{CHAT}" not in schema]
    if not texts or any(isinstance(t, pl.List) and isinstance(t.inner, pl.Struct) for t in schema.values()):
        return parts, schema
    sample = pl.concat([p.frame.select(texts).head(_SAMPLE) for p in parts[:4]]).collect()
    made = []
    for name in texts:
        cells = sample[name].drop_nulls()
        if cells.len() and cells.str.starts_with("[").mean() >= _VALID:  # type: ignore[operator]
            found = [turns for turns in map(_turns, cells) if turns]
            if len(found) >= _VALID * cells.len():
                made.append(_chat(name, sorted({key for turns in found for turn in turns for key in turn})))
    if not made:
        return parts, schema
    new = [p.with_columns(made) for p in parts]
    return new, new[0].frame.collect_schema()


def is_chat(name: str, columns: Mapping[str, str]) -> bool:
    """Whether a column of `columns` (types by name) was made here of the text column that it is named after."""
    outer, _, inner = name.rpartition(".")
    return inner == CHAT and columns.get(outer) == "String"


def _chat(name: str, keys: Sequence[str]) -> pl.Expr:
    import polars as pl

    dtype = pl.List(pl.Struct(dict.fromkeys(keys, pl.String)))

    def decoded(cells: pl.Series) -> pl.Series:
        rows = [[{k: _plain(turn.get(k)) for k in keys} for turn in turns] if (turns := _turns(cell)) else None for cell in cells]
        return pl.Series(cells.name, rows, dtype)

    return pl.col(name).map_batches(decoded, return_dtype=dtype, is_elementwise=True).alias(f"{name}.{CHAT}")


def _turns(cell: str | None) -> list[dict[str, Any]]:
    """The messages of a cell; none where it is something else."""
    import orjson

    try:
        found = orjson.loads(cell or "")
    except orjson.JSONDecodeError:
        return []
    turns = found if isinstance(found, list) else []
    return turns if all(isinstance(t, dict) and _SPEAKERS & t.keys() and _SAYINGS & t.keys() for t in turns) else []


def _plain(value: object) -> str | None:
    """Text as it is, nothing as nothing, all else as JSON."""
    if value is None or isinstance(value, str):
        return value
    import orjson

    return orjson.dumps(value).decode()


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
    new = [p.with_columns(made) for p in parts]
    return new, new[0].frame.collect_schema()


def with_reviews(parts: list[Part], schema: pl.Schema) -> tuple[list[Part], pl.Schema]:
    """Spans that were rejected or passed over are no labels: Prodigy writes them beside what was accepted, told apart by `answer`."""
    import polars as pl

    if "answer" not in schema or schema["answer"] != pl.String or not {"_task_hash", "_input_hash"} & {*schema} or not isinstance(schema.get("spans"), pl.List):
        return parts, schema
    made = [pl.when(pl.col("answer") == "accept").then(pl.col("spans"))]
    return [p.with_columns(made) for p in parts], schema


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
