"""JSON lines in blocks: bounded memory, and for every bad line its number, byte offset and reason.

A file is read a few megabytes at a time. A block whose lines all parse costs one call of orjson a line; a block with a bad line
is gone through again, line by line. Small files are held; large ones are described by where their blocks begin and parsed
again by every pass, so memory does not grow with the file.
"""

from __future__ import annotations

import gc
import io
import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from auditor.model import Reject
from auditor.sources.json_arrow import SMALL_BLOCK, ArrowBlocks
from auditor.sources.json_columns import Kind, frame_of, schema_of, transpose
from auditor.sources.lines import Block, blocks
from auditor.sources.magic import DAMAGED, open_text
from auditor.sources.names import served

if TYPE_CHECKING:
    import polars as pl

    from auditor.sources.types import Candidate

_GATHER: Final = 64
"""Blocks whose rows make one piece of a held frame."""
MAX_REJECTS: Final = 1000
_BOM: Final = b"\xef\xbb\xbf"
CONSTANT: Final = "NaN or Infinity, which is not JSON"


@dataclass
class Faults:
    """What is wrong with a file's lines."""

    name: str
    rejects: list[Reject] = field(default_factory=list)
    """At most `MAX_REJECTS`."""
    lost: int = 0
    constants: int = 0
    """Rows kept although they hold NaN or Infinity."""

    def add(self, line: int, offset: int, reason: str, *, lost: bool) -> None:
        """Count a bad line."""
        self.lost += lost
        self.constants += not lost
        if len(self.rejects) < MAX_REJECTS:
            self.rejects.append(Reject(self.name, line, reason, offset, lost))


def objects(block: Block, faults: Faults | None = None) -> list[dict[str, Any]]:
    """The objects of a block; lines that are none are counted in `faults`."""
    data = block.data.removeprefix(_BOM) if not block.offset else block.data
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    try:
        values: list[Any] = list(map(orjson.loads, lines))
    except orjson.JSONDecodeError:
        return _careful(block, data, lines, faults)
    if set(map(type, values)) <= {dict}:
        return values
    return _careful(block, data, lines, faults)


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage collection meanwhile: parsed JSON has no cycles, and looking for them takes longer than parsing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _careful(block: Block, data: bytes, lines: list[bytes], faults: Faults | None) -> list[dict[str, Any]]:
    faults = faults if faults is not None else Faults("")
    out: list[dict[str, Any]] = []
    offset = block.offset + len(block.data) - len(data)
    for number, line in enumerate(lines, block.line):
        start, offset = offset, offset + len(line) + 1
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            reason = reason_of(line, error)
            lenient = _without_constants(line) if reason is CONSTANT else None
            if lenient is None:
                faults.add(number, start, reason, lost=True)
            else:
                faults.add(number, start, f"{CONSTANT} (read as missing)", lost=False)
                out.append(lenient)
            continue
        if isinstance(value, dict):
            out.append(value)
        else:
            faults.add(number, start, f"a JSON {json_kind(value)} where an object is expected", lost=True)
    return out


def _without_constants(line: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(line, parse_constant=lambda _: None)
        return value if isinstance(value, dict) and orjson.dumps(value) else None
    except (ValueError, RecursionError, TypeError):
        return None


def json_kind(value: object) -> str:
    """What JSON calls the value."""
    return {list: "array", str: "string", bool: "true/false", int: "number", float: "number", dict: "object"}.get(type(value), "null")


def reason_of(line: bytes, error: orjson.JSONDecodeError) -> str:
    """What is wrong and where, in words of our own: the decoder's message may quote the data."""
    try:
        text = line.decode()
    except UnicodeDecodeError as bad:
        return f"not valid UTF-8 at byte {bad.start + 1}"
    if re.search(rb"[:\[,]\s*-?(NaN|Infinity)\b", line):
        return CONSTANT
    if "surrogate" in str(error):
        return f"a lone surrogate escape at column {error.colno}"
    return _after_object(text) or ("cut off: the object is not closed" if error.pos >= len(text.rstrip()) - 1 else f"not valid JSON at column {error.colno}")


def _after_object(text: str) -> str:
    """What is wrong with a line that begins with a whole object, or is an object in other quotes; empty for any other."""
    if text.lstrip().startswith("{'"):
        return "in single quotes, as Python prints a dict; json.dumps writes JSON"
    try:
        value, end = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return ""
    rest = text.lstrip()[end:].strip()
    if not isinstance(value, dict) or rest[:1] not in {",", "{"}:
        return ""
    return "a comma after the object; a line holds an object and nothing else" if rest == "," else "several objects on one line"


@dataclass(frozen=True)
class LineScan:
    """A file of JSON lines as every pass reads it; small and picklable."""

    path: Path
    container: str
    kind: Kind
    offsets: tuple[int, ...]
    """Byte offset of each block."""
    firsts: tuple[int, ...]
    """Number of the first good row of each block."""
    rows: int
    size: int
    """Bytes of the file, as it is stored; 0 for what was read from memory."""
    block: int = SMALL_BLOCK
    """Bytes of a block."""

    def rows_of(self, block: int) -> int:
        """Good rows of a block."""
        return (self.firsts[block + 1] if block + 1 < len(self.firsts) else self.rows) - self.firsts[block]

    def frame(self, first: int = 0, rows: int | None = None) -> pl.LazyFrame:
        """Lazy rows `first` to `first + rows`."""
        from polars.io.plugins import register_io_source

        reader = _Reader(self, first, self.rows - first if rows is None else rows)
        return register_io_source(reader, schema=schema_of(self.kind), is_pure=True)


@dataclass(frozen=True)
class _Reader:
    scan: LineScan
    first: int
    rows: int

    def __call__(self, columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, size: int | None) -> Iterator[pl.DataFrame]:
        del size
        scan = self.scan
        left = self.rows if limit is None else min(limit, self.rows)
        at = max(0, bisect_right(scan.firsts, self.first) - 1)
        start, skip = (scan.offsets[at], self.first - scan.firsts[at]) if scan.offsets else (0, 0)
        wanted = scan.kind.fields if columns is None else {c: scan.kind.fields[c] for c in columns if c in scan.kind.fields}
        kind = Kind("object", None, dict(wanted))
        arrow = ArrowBlocks(scan.size)
        with open_text(scan.path, scan.container) as stream:
            stream.seek(start)
            try:
                for number, block in enumerate(blocks(stream, start, size=scan.block), at):
                    whole = block.lines == scan.rows_of(number)
                    frame = arrow.frame(block.data, block.lines, kind, all_keys=False) if whole else None
                    if frame is not None:
                        height = frame.height
                        frame = frame.slice(skip, left)
                        skip -= min(skip, height)
                        left -= frame.height
                    else:
                        with _uncollected():
                            found = objects(block)
                            taken = found[skip : skip + left]
                            skip -= min(skip, len(found))
                            left -= len(taken)
                            frame = frame_of(taken, kind)
                            del found, taken
                    yield served(frame, columns, predicate)
                    if left <= 0:
                        return
            except DAMAGED:
                return  # told once, when the file was first read


@dataclass(frozen=True)
class Lines:
    """What reading a file of lines found."""

    scan: LineScan
    faults: Faults
    held: pl.DataFrame | None
    """The rows, where they were to be held."""
    damage: str = ""
    """Why the file ends early, where decompression failed."""


class _Held:
    """Frames of blocks, a few of them made one as they come, so that the whole has few pieces."""

    def __init__(self, block: int) -> None:
        self._gather = _GATHER if block == SMALL_BLOCK else 1  # large blocks are few already, and joining copies
        self._new: list[pl.DataFrame] = []
        self._pieces: list[pl.DataFrame] = []

    def add(self, frame: pl.DataFrame) -> None:
        """Take the rows of the next block."""
        if self._new and self._new[0].schema != frame.schema:
            self._join()
        self._new.append(frame)
        if len(self._new) == self._gather:
            self._join()

    def _join(self) -> None:
        import polars as pl

        if self._new:
            self._pieces.append(pl.concat(self._new, rechunk=True) if len(self._new) > 1 else self._new[0])
        self._new = []

    def whole(self, schema: pl.Schema) -> pl.DataFrame | None:
        """All rows, or None where a later block had other types than an earlier one."""
        import polars as pl

        self._join()
        return pl.concat(self._pieces) if all(f.schema == schema for f in self._pieces) else None


def read_lines(file: Candidate, container: str, *, hold: bool, data: bytes | None = None) -> Lines:
    """Go through a file once: its rows (when they are to be held), types, faults and blocks.

    With `data`, these bytes are read in the file's place (it had another encoding) and always held.
    """
    import polars as pl

    faults = Faults(file.name)
    kind = Kind("object")
    offsets: list[int] = []
    firsts: list[int] = []
    arrow = ArrowBlocks(file.size if data is None else 0)
    frames = _Held(arrow.block)
    rows, damage = 0, ""
    try:
        with open_text(file.path, container) if data is None else io.BytesIO(data) as stream:
            for block in blocks(stream, size=arrow.block):
                offsets.append(block.offset)
                firsts.append(rows)
                fast = arrow.frame(block.data, block.lines, kind)
                if fast is not None:
                    rows += fast.height
                    if hold:
                        frames.add(fast)
                    continue
                with _uncollected():
                    found = objects(block, faults)
                    rows += len(found)
                    place = transpose(found)
                    kind = kind.join(place.kind) if found else kind
                    if hold and found and data is None:
                        frames.add(frame_of(found, kind, place))
                    del found, place
    except DAMAGED as error:
        damage = f"{type(error).__name__} while reading: the file is cut or damaged"
    scan = LineScan(file.path, container, kind, tuple(offsets), tuple(firsts), rows, file.size if data is None else 0, arrow.block)
    if data is not None:
        held = pl.concat([frame_of(objects(b), kind) for b in blocks(io.BytesIO(data), size=SMALL_BLOCK)]) if rows else None
        return Lines(scan, faults, held, damage)
    if not hold or not rows:
        return Lines(scan, faults, None, damage)
    whole = frames.whole(schema_of(kind))
    return Lines(scan, faults, whole if whole is not None else scan.frame().collect(), damage)
