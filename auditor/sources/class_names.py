"""Names of classes that are numbers in the rows: Hugging Face's `ClassLabel`, kept in the metadata of a Parquet or Arrow file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

_KEY: Final = "huggingface"
_BEGINS: Final = b'{"info": {'
"""How the value under that key begins, as `json.dumps` writes it."""
_HEAD: Final = 1 << 20
"""Bytes at the beginning of an Arrow stream that hold its schema."""
_NOTHING: Final = -1
"""What stands for no label."""


def of_parquet(path: Path) -> str:
    """What the writer of a Parquet file says of its columns, as JSON; empty where it says nothing.

    Raises:
        PolarsError, OSError: where the file has no whole footer.
    """
    import polars as pl

    return pl.read_parquet_metadata(path).get(_KEY, "")


def of_arrow(path: Path) -> str:
    """The same of an Arrow file, in whose schema it stands as it is; Polars does not hand it out."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    at = head.find(_BEGINS)
    return head[at:].decode("utf-8", "replace") if at >= 0 and _KEY.encode() in head else ""


def named(scan: pl.LazyFrame, said: str) -> pl.LazyFrame:
    """The rows with the names of their classes in place of numbers, where `said` holds names; a number without a name stays as it is."""
    features = _features(said)
    return scan.with_columns(_expressions(scan, features)) if features else scan


def declared(scan: pl.LazyFrame, said: str) -> dict[str, tuple[str, ...]]:
    """All classes of each column that `said` names some for, with rows or without: whoever wrote the file has declared them."""
    features = _features(said)
    return {c: tuple(names) for c, dtype in scan.collect_schema().items() if (names := _names(features.get(c), dtype))} if features else {}


def _features(said: str) -> dict[str, Any]:
    try:
        features = json.JSONDecoder().raw_decode(said)[0]["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _names(feature: object, dtype: pl.DataType) -> list[str]:
    """The names of classes that a column's feature holds, in the order of their numbers; none where they are not clear."""
    import polars as pl

    if isinstance(dtype, pl.List) and isinstance(feature, dict):
        feature = feature.get("feature")
    elif isinstance(dtype, pl.List) and isinstance(feature, list) and len(feature) == 1:
        feature = feature[0]
    names = feature.get("names") if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" else None
    sound = isinstance(names, list) and bool(names) and all(isinstance(n, str) for n in names) and len({*names}) == len(names)
    return names if sound and isinstance(names, list) else []


def _expressions(scan: pl.LazyFrame, features: dict[str, Any]) -> Iterator[pl.Expr]:
    import polars as pl

    for column, dtype in scan.collect_schema().items():
        several = isinstance(dtype, pl.List)
        numbers = dtype.inner.is_integer() if isinstance(dtype, pl.List) else dtype.is_integer()
        names = _names(features.get(column), dtype)
        if numbers and names:
            cell = pl.element() if several else pl.col(column)
            number = cell.cast(pl.Int64)
            name = pl.when(number != _NOTHING).then(number.replace_strict(dict(enumerate(names)), default=number.cast(pl.String), return_dtype=pl.String))
            yield pl.col(column).list.eval(name) if several else name.alias(column)
