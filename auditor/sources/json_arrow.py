"""Blocks of JSON lines by Arrow's faster C++ parser (`tests/benchmarks/scale_ndjson.py`), only where that gives exactly what our own reading gives.

The types come from what was read before, an unknown key or a value of another type is an error, and every line must begin an
object, end one and make one row. Whatever doesn't fit is read by `json_lines` as if this file did not exist, so a report does
not depend on whether pyarrow (`.[arrow]`) is installed.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from auditor.sources.json_columns import Kind

WORTH_BYTES: Final = 16 << 20
"""From this size of a file on, loading pyarrow pays."""
SMALL_BLOCK: Final = 1 << 18
"""Bytes parsed at once: parsed JSON takes about ten times its size, and is gone through several times, so it should fit the cache."""
BLOCK: Final = 1 << 21
"""Bytes parsed at once by Arrow."""
_PATIENCE: Final = 8
"""Blocks refused in a row after which a file is not tried any more."""
_NEWLINE, _RETURN, _OPEN, _CLOSE = b"\n\r{}"
_SCALARS: Final = {"null", "bool", "int", "float", "text"}


class ArrowBlocks:
    """The fast way through one file; gives up on files that it does not suit."""

    def __init__(self, size: int) -> None:
        self._left = _PATIENCE if size >= WORTH_BYTES and importlib.util.find_spec("pyarrow") is not None else 0
        self._plan: _Plan | None = None
        self.block: int = BLOCK if self._left else SMALL_BLOCK
        """Bytes of a block that suit the way the file will be read."""

    def frame(self, data: bytes, lines: int, kind: Kind, *, all_keys: bool = True) -> pl.DataFrame | None:
        """The rows of a block of `lines` lines as `json_columns.frame_of` makes them; None where they must be read the other way.

        `kind` must hold what was read so far. Without `all_keys`, keys that it lacks are passed over.
        """
        if not self._left:
            return None
        if self._plan is None or self._plan.kind is not kind:
            self._plan = _Plan.of(kind) if kind.fields and suits(kind) else None
        found = self._plan.read(data, lines, all_keys=all_keys) if self._plan is not None and _one_object_a_line(data, lines) else None
        self._left = _PATIENCE if found is not None else self._left - 1
        return found


@dataclass(frozen=True)
class _Plan:
    """A kind as Arrow and Polars call it."""

    kind: Kind
    arrow: pa.Schema
    polars: pl.Schema
    floats: tuple[str, ...]
    """Fields that hold numbers with a fraction somewhere."""

    @classmethod
    def of(cls, kind: Kind) -> _Plan:
        import pyarrow as pa

        from auditor.sources.json_columns import schema_of

        return cls(kind, pa.schema([(k, _type(inner)) for k, inner in kind.fields.items()]), schema_of(kind), tuple(k for k, inner in kind.fields.items() if _has_float(inner)))

    def read(self, data: bytes, lines: int, *, all_keys: bool) -> pl.DataFrame | None:
        """The rows, where there is one of these types a line."""
        import polars as pl
        import pyarrow as pa
        from pyarrow import json

        parse = json.ParseOptions(explicit_schema=self.arrow, unexpected_field_behavior="error" if all_keys else "ignore")
        try:
            if not data.isascii():
                data.decode()  # its parser passes on bytes that are no UTF-8
            # The system's allocator: frames that are held make Arrow's own one ask the kernel for new pages all the time.
            table = json.read_json(pa.BufferReader(data), json.ReadOptions(use_threads=False, block_size=len(data) + 1), parse, memory_pool=pa.system_memory_pool())
        except (pa.ArrowException, UnicodeDecodeError):
            return None
        if table.num_rows != lines:
            return None
        found = pl.DataFrame(table)
        empty = [k for k, dtype in zip(found.columns, found.dtypes, strict=True) if dtype == pl.Null]
        found = found.cast(dict.fromkeys(empty, pl.String)) if empty else found
        return found if found.schema == self.polars and all(_plain(found[k], self.kind.fields[k]) for k in self.floats) else None


def suits(kind: Kind) -> bool:
    """Whether each place has one type: neither mixed, nor objects without keys."""
    if kind.inner is not None:
        return suits(kind.inner)
    if kind.name == "object":
        return bool(kind.fields) and all(map(suits, kind.fields.values()))
    return kind.name in _SCALARS


def _one_object_a_line(data: bytes, lines: int) -> bool:
    """Whether all lines begin with `{` and end with `}`.

    Then each begins and ends at least one object (a `}` followed by a line's end and a `{` is no JSON inside of an object),
    and as many rows as lines means one object a line.
    """
    import numpy as np

    if data[:1] != b"{" or data[-4:].rstrip()[-1:] != b"}":
        return False
    raw = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(raw == _NEWLINE)[: lines - 1]  # of all lines but the last
    last = ends - 1 - (raw[ends - 1] == _RETURN)
    return len(ends) == lines - 1 and bool((raw[ends + 1] == _OPEN).all() and (raw[last] == _CLOSE).all())


@cache
def _scalar(name: str) -> pa.DataType:
    import pyarrow as pa

    return {"null": pa.null(), "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "text": pa.string()}[name]


def _type(kind: Kind) -> pa.DataType:
    import pyarrow as pa

    if kind.inner is not None:
        return pa.list_(_type(kind.inner))
    if kind.name == "object":
        return pa.struct([(k, _type(inner)) for k, inner in kind.fields.items()])
    return _scalar(kind.name)


def _has_float(kind: Kind) -> bool:
    return kind.name == "float" or (kind.inner is not None and _has_float(kind.inner)) or any(map(_has_float, kind.fields.values()))


def _plain(values: pl.Series, kind: Kind) -> bool:
    """Whether no number is NaN or infinite, which is no JSON, or as large as 2**63: our reading keeps whole numbers of that size as text."""
    import numpy as np

    if kind.inner is not None:
        return _plain(values.explode(), kind.inner)
    if kind.name == "object":
        return all(_plain(values.struct.field(k), inner) for k, inner in kind.fields.items() if _has_float(inner))
    return bool((np.abs(values.drop_nulls().to_numpy()) < 2.0**63).all())
