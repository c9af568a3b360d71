"""From parsed JSON to columns, by transposing: types of a whole block are found and built at the speed of lists.

A type is found over all values of a place (`a.b[]`), never from the first ones. Where a place holds kinds that don't go
together (a number here, an object there), its values are kept as JSON text: nothing is turned into null.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
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


@dataclass(frozen=True)
class Place:
    """All values of one place of a block, transposed: what is found once is used for the type and for the column."""

    kind: Kind
    values: list[Any]
    inner: Place | None = None
    """All elements of a place of lists, one after the other."""
    fields: dict[str, Place] = field(default_factory=dict)
    """Values of each key of a place of objects; None where the object or the key is missing."""


def transpose(values: list[Any], depth: int = 0) -> Place:
    """The place of `values`; None counts as nothing."""
    types = set(map(type, values))
    types.discard(type(None))
    if not types:
        return Place(Kind("null"), values)
    if types == {str}:
        return Place(Kind("text"), values)
    if types == {bool}:
        return Place(Kind("bool"), values)
    if types <= {int, float}:
        whole = [v for v in values if type(v) is int]
        if whole and (min(whole) < -(2**63) or max(whole) >= 2**63):
            return Place(Kind("json"), values)
        return Place(Kind("int" if types == {int} else "float"), values)
    if depth >= _DEEPEST or len(types) > 1:
        return Place(Kind("json"), values)
    if types == {list}:
        inner = transpose(list(chain.from_iterable(filter(None, values))), depth + 1)
        return Place(Kind("list", inner.kind), values, inner)
    columns = _uniform(values)
    if columns is None:
        columns = {k: _field(values, k) for k in dict.fromkeys(chain.from_iterable(filter(None, values)))}
    fields = {k: transpose(column, depth + 1) for k, column in columns.items()}
    return Place(Kind("object", None, {k: p.kind for k, p in fields.items()}), values, None, fields)


def _uniform(values: list[Any]) -> dict[str, list[Any]] | None:
    """Values by key where all objects have the same keys (as many, and all of the first one's), else None: no key is looked at twice."""
    try:
        if len(set(map(len, values))) == 1:
            return {k: list(map(itemgetter(k), values)) for k in values[0]}
    except (KeyError, TypeError):
        pass  # a missing object or key
    return None


def _field(values: list[Any], key: str) -> list[Any]:
    try:
        return list(map(itemgetter(key), values))  # most keys are in every object
    except (KeyError, TypeError):
        return [None if v is None else v.get(key) for v in values]


def kind_of(values: list[Any]) -> Kind:
    """The kind of all `values` together."""
    return transpose(values).kind


def frame_of(rows: list[dict[str, Any]], kind: Kind, place: Place | None = None) -> pl.DataFrame:
    """A frame of objects that `kind` (an object) holds; every field of `kind` is a column. Columns without any value are text.

    `place` is what `transpose` made of the rows, where it was called already.
    """
    import polars as pl

    columns = [_part(rows, inner, k, place) for k, inner in kind.fields.items()]
    usable = [c.cast(pl.String) if c.dtype == pl.Null else c for c in columns]
    return pl.DataFrame(usable) if usable else pl.DataFrame({"json": ["{}"] * len(rows)}, schema={"json": pl.String})


def schema_of(kind: Kind) -> pl.Schema:
    """Schema of `frame_of`."""
    return frame_of([], kind).schema


def _part(values: list[Any], kind: Kind, key: str, place: Place | None) -> pl.Series:
    if place is None or place.kind.name != "object":
        return _series(_field(values, key), kind, key)
    known = place.fields.get(key)
    return _series(known.values, kind, key, known) if known is not None else _series([None] * len(values), kind, key)


def _series(values: list[Any], kind: Kind, name: str = "", place: Place | None = None) -> pl.Series:
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
        return _lists(values, kind.inner, name, place.inner if place is not None else None)
    made = pl.DataFrame([_part(values, inner, k, place) for k, inner in kind.fields.items()]).to_struct(name)
    return _without(made, values)


def _without(made: pl.Series, values: list[Any]) -> pl.Series:
    """The series with null where there is no value."""
    import polars as pl

    if None not in values:
        return made
    filled = pl.Series("filled", [v is not None for v in values], dtype=pl.Boolean)
    return made.to_frame().select(pl.when(filled).then(pl.col(made.name)).alias(made.name)).to_series()


def _lists(values: list[Any], inner: Kind, name: str, place: Place | None) -> pl.Series:
    import numpy as np
    import polars as pl

    flat = _series(list(chain.from_iterable(filter(None, values))) if place is None else place.values, inner, "v", place)
    if not flat.len():
        return pl.Series(name, [None if v is None else [] for v in values], dtype=pl.List(flat.dtype))
    lengths = np.fromiter(map(len, values) if None not in values else (len(v) if v else 0 for v in values), np.int64, len(values))
    at = pl.Series("i", np.repeat(np.arange(len(values)), lengths)).set_sorted()
    grouped = pl.DataFrame([at, flat]).group_by("i", maintain_order=True).agg("v")["v"]
    if grouped.len() == len(values):
        return grouped.alias(name)
    # a place in `grouped` for every list with elements; the others are empty or missing
    filled = lengths > 0
    places = np.where(filled, np.cumsum(filled) - 1, grouped.len())
    pool = pl.concat([grouped, pl.Series("v", [[]], dtype=grouped.dtype)])
    return _without(pool.gather(places).alias(name), values)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # a whole number beyond 64 bits, or nesting beyond orjson's limit
        return None if value is None else repr(value)
