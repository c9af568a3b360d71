"""A JSON array larger than memory: its elements in blocks, found by their brackets and parsed a block at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

import orjson

from auditor.model import FileNote, Reject
from auditor.sources.json_constants import constants_note, loads
from auditor.sources.json_lines import json_kind
from auditor.sources.magic import DAMAGED, open_text
from auditor.sources.stream import BlockScan
from auditor.sources.types import ReadResult

if TYPE_CHECKING:
    from auditor.sources.types import Candidate

_PIECE: Final = 1 << 20
_MARKS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|"|[{}\[\],]', re.DOTALL)
"""A whole string, a quote whose string is not whole yet, or a mark that opens, closes or separates."""
_FIRST: Final = 1000
"""Elements by which it is told what a row looks like."""
MAX_REJECTS: Final = 1000


class _Broken(Exception):  # noqa: N818 - not an error of the program: the place where an array stops being one
    """The array breaks; `offset` is where the element begins that cannot be read."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


@dataclass
class _Seen:
    """What is told of the elements that are no rows, or no JSON."""

    name: str
    rejects: list[Reject] = field(default_factory=list)
    lost: int = 0
    position: int = 0
    broken: int | None = None
    constants: int = 0

    def odd(self, item: object) -> None:
        """Count an element that is unlike the others."""
        self.lost += 1
        if len(self.rejects) < MAX_REJECTS:
            self.rejects.append(Reject(self.name, None, f"element {self.position} is a JSON {json_kind(item)}, unlike the others"))


def elements(stream: IO[bytes], seen: _Seen) -> Iterator[list[Any]]:
    """The elements of the array that a stream holds, some of them at a time; constants that are no JSON are told to `seen`.

    Raises:
        _Broken: where what follows is no JSON, or the array ends before its bracket does; the elements before it came already.
    """
    data, begin, base, opened = b"", 0, 0, False
    while piece := stream.read(max(_PIECE, len(data) - begin)):  # more and more of an element that is very long
        data = data[begin:] + piece
        base, begin = base + begin, 0
        if not opened:
            begin, opened = data.index(b"[") + 1, True
        end, closed = _whole(data, begin)
        if end > begin or closed:
            yield from _parsed(data[begin:end], base + begin, seen)
        begin = end + (not closed and end > begin and data[end : end + 1] == b",")
        if closed:
            rest = data[end + 1 :].strip() or stream.read(_PIECE).strip()
            if rest:
                raise _Broken(base + end + 1)
            return
    start = _start(data, begin)
    try:
        last, constants = loads(data[start:])
    except orjson.JSONDecodeError:
        raise _Broken(base + start) from None
    seen.constants += constants
    yield [last]  # whole, and only the bracket behind it is missing
    raise _Broken(base + len(data))


def _start(data: bytes, at: int) -> int:
    """Where the element behind white space begins."""
    return len(data) - len(data[at:].lstrip())


def _whole(data: bytes, begin: int) -> tuple[int, bool]:
    """End of the last whole element (its comma, or the bracket that closes the array), and whether the array is closed there."""
    depth, end = 0, begin
    for found in _MARKS.finditer(data, begin):
        mark = found[0]
        if mark in (b"{", b"["):
            depth += 1
        elif mark == b"," and not depth:
            end = found.start()
        elif mark in (b"}", b"]"):
            if not depth:
                return found.start(), True
            depth -= 1
        elif mark == b'"':
            break  # the string goes on in the next piece
    return end, False


def _parsed(data: bytes, offset: int, seen: _Seen) -> Iterator[list[Any]]:
    if not data.strip():
        return
    try:
        items, constants = loads(b"[" + data + b"]")
        seen.constants += constants
        yield items
    except orjson.JSONDecodeError:
        good, at = [], 0
        while at < len(data):
            end = _next(data, at)
            try:
                item, constants = loads(data[at:end])
            except orjson.JSONDecodeError:
                break
            good.append(item)
            seen.constants += constants
            at = end + 1
        yield good
        raise _Broken(offset + _start(data, at)) from None


def _next(data: bytes, at: int) -> int:
    depth = 0
    for found in _MARKS.finditer(data, at):
        if found[0] == b"," and not depth:
            return found.start()
        depth += (found[0] in (b"{", b"[")) - (found[0] in (b"}", b"]"))
    return len(data)


@dataclass(frozen=True)
class ArrayRows:
    """Rows of an array of objects, of lists of one length, or of strings."""

    path: Path
    container: str
    expected: str
    """`object`, `array` or `string`."""
    width: int = 0
    """Elements of each list."""

    def __call__(self, first: int) -> Iterator[list[dict[str, Any]]]:
        """All rows; the file is never cut, so `first` is 0."""
        del first
        return self.blocks(_Seen(""))

    def blocks(self, seen: _Seen) -> Iterator[list[dict[str, Any]]]:
        """Blocks of rows; what is none is told to `seen`."""
        with open_text(self.path, self.container) as stream:
            try:
                for items in elements(stream, seen):
                    rows = []
                    for item in items:
                        row = self._row(item)
                        if row is not None:
                            rows.append(row)
                        else:
                            seen.odd(item)
                        seen.position += 1
                    yield rows
            except _Broken as place:
                seen.broken = place.offset
            except DAMAGED:
                seen.broken = -1

    def _row(self, item: object) -> dict[str, Any] | None:
        if isinstance(item, dict) and self.expected == "object":
            return item
        if isinstance(item, list) and self.expected == "array" and len(item) == self.width:
            return {f"column_{i}": v for i, v in enumerate(item)}
        return {"text": item} if isinstance(item, str) and self.expected == "string" else None


@dataclass
class _Listening:
    """`ArrayRows` that tells what it sees."""

    rows: ArrayRows
    seen: _Seen

    def __call__(self, first: int) -> Iterator[list[dict[str, Any]]]:
        del first
        return self.rows.blocks(self.seen)


def read_array(file: Candidate, container: str, notes: tuple[FileNote, ...]) -> ReadResult:
    """A file that is one array, read by blocks in every pass."""
    rows = _shape(file, container)
    seen = _Seen(file.name)
    scan = BlockScan(_Listening(rows, seen)).measured()
    rejects, lost = seen.rejects, seen.lost
    if lost:
        notes = (*notes, FileNote(file.name, "bad_json", f"{lost} elements of the array are not rows", None, lost))
    if seen.constants:
        notes = (*notes, constants_note(file.name, seen.constants))
    if seen.broken is not None:
        reason = f"the array breaks here, after {seen.position} elements; the rest was not read"
        rejects.append(Reject(file.name, _line(file, container, seen.broken), reason, seen.broken if seen.broken >= 0 else None))
        notes = (*notes, FileNote(file.name, "truncated", f"is not valid JSON after {seen.position} elements; those were read", rejects[-1].line))
        lost += 1
    table = BlockScan(rows, scan.kind, scan.rows).table(hold=False)
    return ReadResult("json", (table,) if scan.rows else (), tuple(rejects), lost, notes)


def _shape(file: Candidate, container: str) -> ArrayRows:
    with open_text(file.path, container) as stream:
        try:
            head = next(elements(stream, _Seen("")), [])[:_FIRST]
        except (_Broken, *DAMAGED):
            head = []
    kinds = [json_kind(i) for i in head]
    expected = max(set(kinds), key=kinds.count) if kinds else "object"
    width = len(head[kinds.index("array")]) if expected == "array" else 0
    return ArrayRows(file.path, container, expected, width)


def _line(file: Candidate, container: str, offset: int) -> int | None:
    if offset < 0:
        return None
    line = 1
    with open_text(file.path, container) as stream:
        while offset > 0 and (piece := stream.read(min(_PIECE, offset))):
            line += piece.count(b"\n")
            offset -= len(piece)
    return line
