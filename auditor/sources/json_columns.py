"""From parsed JSON to columns, by transposing: types of a whole block are found and built at the speed of lists.

A type is found over all values of a place (`a.b[]`), never from the first ones. Where a place holds kinds that don't go
together (a number here, an object there), its values are kept as JSON text: nothing is turned into null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    import polars as pl

_DEEPEST: Final = 48
"""Nesting beyond this is kept as JSON text."""
_WHOLE: Final = {"null", "bool", "int", "float", "text", "json"}


@dataclass(frozen=True)
class Kind:
    """Type of a place: `null`, `bool`, `int`, `float`, `text`, `json` (mixed, as text), `list` of `inner`, or `object` of `fields`."""

    name: str
    inner: Kind | None = None
    fields: dict[str, Kind] = field(default_factory=dict)

    def join(self, other: Kind) -> Kind:
        """The kind that holds both; associative and, but for the order of fields, commutative."""
        if self == other or other.name == "null":
            return self
        if self.name == "null":
            return other
        if {self.name, other.name} == {"int", "float"}:
            return Kind("float")
        if self.name != other.name:
            return Kind("json")
        if self.inner is not None and other.inner is not None:
            return Kind("list", self.inner.join(other.inner))
        merged = dict(self.fields)
        for key, kind in other.fields.items():
            merged[key] = merged[key].join(kind) if key in merged else kind
        return Kind("object", None, merged)


def kind_of(values: list[Any], depth: int = 0) -> Kind:
    """The kind of all `values` together; None counts as nothing."""
    types = set(map(type, values))
    types.discard(type(None))
    if not types:
        return Kind("null")
    if types == {str}:
        return Kind("text")
    if types == {bool}:
        return Kind("bool")
    if types <= {int, float}:
        whole = [v for v in values if type(v) is int]
        if whole and not (-(2**63) <= min(whole) and max(whole) < 2**63):
            return Kind("json")
        return Kind("int" if types == {int} else "float")
    if depth >= _DEEPEST or len(types) > 1:
        return Kind("json")
    filled = [v for v in values if v is not None]
    if types == {list}:
        return Kind("list", kind_of(list(chain.from_iterable(filled)), depth + 1))
    keys = dict.fromkeys(chain.from_iterable(filled))
    return Kind("object", None, {k: kind_of([v.get(k) for v in filled], depth + 1) for k in keys})


def frame_of(rows: list[dict[str, Any]], kind: Kind) -> pl.DataFrame:
    """A frame of objects that `kind` (an object) holds; every field of `kind` is a column. Columns without any value are text."""
    import polars as pl

    columns = [_series([r.get(k) for r in rows], inner, k) for k, inner in kind.fields.items()]
    usable = [c.cast(pl.String) if c.dtype == pl.Null else c for c in columns]
    return pl.DataFrame(usable) if usable else pl.DataFrame({"json": ["{}"] * len(rows)}, schema={"json": pl.String})


def schema_of(kind: Kind) -> pl.Schema:
    """Schema of `frame_of`."""
    return frame_of([], kind).schema


def _series(values: list[Any], kind: Kind, name: str = "") -> pl.Series:
    import polars as pl

    if kind.name == "null" or (kind.name == "object" and not kind.fields):
        return pl.Series(name, [None] * len(values), dtype=pl.Null)
    if kind.name == "json":
        return pl.Series(name, [_as_text(v) for v in values], dtype=pl.String)
    if kind.name == "float":
        return pl.Series(name, [None if v is None else float(v) for v in values], dtype=pl.Float64)
    if kind.name in _WHOLE:
        return pl.Series(name, values, dtype={"bool": pl.Boolean, "int": pl.Int64, "text": pl.String}[kind.name])
    if kind.inner is not None:
        return _lists(values, kind.inner, name)
    fields = [_series([None if v is None else v.get(k) for v in values], inner, k) for k, inner in kind.fields.items()]
    made = pl.DataFrame(fields).to_struct(name)
    absent = [v is None for v in values]
    return made.to_frame().select(pl.when(~pl.Series("absent", absent, dtype=pl.Boolean)).then(pl.col(name)).alias(name)).to_series() if any(absent) else made


def _lists(values: list[Any], inner: Kind, name: str) -> pl.Series:
    import numpy as np
    import polars as pl

    flat = _series(list(chain.from_iterable(v for v in values if v)), inner, "v")
    lengths = np.array([len(v) if v else 0 for v in values], np.int64)
    if not flat.len():
        empty = pl.Series(name, [None if v is None else [] for v in values], dtype=pl.List(flat.dtype))
        return empty
    at = pl.Series("i", np.repeat(np.arange(len(values)), lengths)).set_sorted()
    grouped = pl.DataFrame([at, flat]).group_by("i", maintain_order=True).agg("v")["v"]
    if grouped.len() == len(values):
        return grouped.alias(name)
    # a place in `grouped` for every list with elements; the others are empty or missing
    filled = lengths > 0
    places = np.where(filled, np.cumsum(filled) - 1, grouped.len())
    pool = pl.concat([grouped, pl.Series("v", [[]], dtype=grouped.dtype)])
    out = pool.gather(places).alias(name)
    absent = [v is None for v in values]
    return out.to_frame().select(pl.when(~pl.Series("absent", absent, dtype=pl.Boolean)).then(pl.col(name)).alias(name)).to_series() if any(absent) else out


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # a whole number beyond 64 bits, or nesting beyond orjson's limit
        return None if value is None else repr(value)
