"""A stream of delimited text in pieces of whole rows, so that a piece can be read without the others and what is in memory is a piece.

A row is a row of `records`, wherever the stream is cut. Where quotes are regular its end is told by counting them; elsewhere the
rows are read one by one, and a piece ends where what follows can change nothing in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Final

from auditor.sources.csv_dialect import Dialect
from auditor.sources.csv_records import OPEN_QUOTE_LINES, records
from auditor.sources.csv_shape import shape
from auditor.sources.lines import blocks
from auditor.sources.magic import DAMAGED

PIECE: Final = 4 << 20
"""Bytes of a piece: with a quarter of it parsing takes a fifth more CPU, with twice as much the same (2 GB, 15 columns)."""
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_ESCAPED: Final = re.compile(r'\\(["\\])')

Record = tuple[int, list[str], str | None]
"""Line (from 1), cells, and what is wrong with it."""


class NotUtf8Error(Exception):
    """Bytes that are no text in the encoding they were taken for."""


@dataclass(frozen=True)
class Piece:
    """Whole rows."""

    offset: int
    """Byte at which it begins, in the stream."""
    line: int
    """Number of its first line, from 1."""
    lines: int
    data: bytes
    rows: int
    """Rows as told by line ends outside quotes; of a piece that is not regular, by reading them."""
    records: tuple[Record, ...] = ()
    """Its rows one by one, where they had to be looked at."""


def pieces(stream: IO[bytes], dialect: Dialect, take: Callable[[Piece], bool], offset: int = 0, line: int = 1) -> Iterator[Piece]:
    """The rest of a stream, which stands at `offset`: regular pieces are given to `take`, others come with their rows.

    A piece that `take` refuses is cut anew: where a row over several lines is bad, its other lines may be rows.

    Raises:
        NotUtf8Error: where rows have to be looked at and are no text.
        OSError, EOFError, lzma.LZMAError, zstandard.ZstdError: after the last line that could be read.
    """
    buffer, have, wanted = bytearray(2 * PIECE), 0, PIECE
    final = False
    damage: Exception | None = None
    while True:
        if not final:
            if len(buffer) < wanted + 2:
                buffer += bytes(wanted + 2 - len(buffer))
            before = have
            have, damage = _fill(stream, buffer, have, wanted)
            final = have < wanted
            if damage is not None:
                have = max(before, buffer.rfind(b"\n", 0, have) + 1)  # the line in which it breaks is not whole
        if not have:
            break
        piece = _regular(buffer, have, dialect, offset, line, final=final)
        if piece is None or not piece.data or not take(piece):
            short = piece is not None and not piece.data and not final
            piece = None if short else _one_by_one(bytes(memoryview(buffer)[:have]), dialect, offset, line, final=final)
            if piece is None:
                wanted = have + max(PIECE, have)  # doubled, so that a row of a gigabyte is not looked at once a piece
                continue
            yield piece
        size = len(piece.data)
        have -= size
        buffer[:have] = buffer[size : size + have]
        offset, line, wanted = offset + size, line + piece.lines, max(PIECE, have)
    if damage is not None:
        raise damage


def _fill(stream: IO[bytes], buffer: bytearray, have: int, wanted: int) -> tuple[int, Exception | None]:
    """Bytes in the buffer after reading until `wanted` are there or the stream ends, and what broke it."""
    view = memoryview(buffer)
    try:
        while have < wanted:
            n = stream.readinto(view[have:wanted])  # type: ignore[attr-defined]
            if not n:
                break
            have += n
    except DAMAGED as error:
        return have, error
    return have, None


def _regular(buffer: bytearray, have: int, dialect: Dialect, offset: int, line: int, *, final: bool) -> Piece | None:
    """The whole rows with which the buffer begins, if any; None where quotes are not regular."""
    if dialect.escaped:
        return None
    closed = have
    if final and buffer[have - 1] != ord("\n"):
        buffer[have] = ord("\n")
        closed = have + 1
    found = shape(buffer, closed, dialect.delimiter, len(dialect.names))
    return Piece(offset, line, found.lines, bytes(memoryview(buffer)[: min(found.size, have)]), found.rows) if found.regular else None


def _one_by_one(data: bytes, dialect: Dialect, offset: int, line: int, *, final: bool) -> Piece | None:
    try:
        lines = _LINE.findall((data if final else data[: data.rfind(b"\n") + 1]).decode())
    except UnicodeDecodeError:
        raise NotUtf8Error from None
    sure = len(lines) if final else len(lines) - OPEN_QUOTE_LINES - 2  # a quote is looked for so far ahead
    if sure <= OPEN_QUOTE_LINES and not final:
        return None
    found: list[Record] = []
    end = len(lines)
    for number, cells, problem in _records(lines, dialect):
        if number > sure:
            end = number - 1
            break
        found.append((line + number - 1, cells, problem))
    size = len(data) if final and end == len(lines) else len("".join(lines[:end]).encode())
    return Piece(offset, line, end, data[:size], sum(p is None for _, _, p in found), tuple(found))


def one_by_one(data: bytes, dialect: Dialect, line: int) -> list[Record]:
    """The rows of a piece that is not regular; its first line has number `line`."""
    return [(line + number - 1, cells, problem) for number, cells, problem in _records(_LINE.findall(data.decode()), dialect)]


def _records(lines: list[str], dialect: Dialect) -> Iterator[Record]:
    """The `records` of some lines; a header line among them is a bad row."""
    plain = map(_unescaped, lines) if dialect.escaped else lines
    for number, cells, problem in records(plain, dialect.delimiter, len(dialect.names)):
        if problem is None and dialect.given and cells[0].strip() == dialect.given[0] and tuple(c.strip() for c in cells) == dialect.given:
            yield number, [], "the header line once more"
        else:
            yield number, cells, problem


def _unescaped(line: str) -> str:
    r"""A line with `""` for `\"` and `\` for `\\`."""
    return _ESCAPED.sub(lambda m: '""' if m[1] == '"' else m[1], line) if "\\" in line else line


def data_start(stream: IO[bytes], dialect: Dialect) -> tuple[int, int]:
    """(Byte offset, number from 1) of the line after the header and what stands before it; the stream is read that far or further.

    Raises:
        NotUtf8Error: where what stands there is no text.
    """
    if not dialect.header:
        return 0, 1
    starts = [0]

    def lines() -> Iterator[str]:
        for block in blocks(stream, size=1 << 16):
            try:
                whole = block.data.decode()
            except UnicodeDecodeError:
                raise NotUtf8Error from None
            for line in _LINE.findall(whole):
                starts.append(starts[-1] + len(line.encode()))
                yield _unescaped(line) if dialect.escaped else line

    for line, cells, problem in records(lines(), dialect.delimiter, len(dialect.names)):
        if line > dialect.preamble and (problem is None or dialect.short):
            after = line + sum(c.count("\n") for c in cells)
            return starts[after], after + 1
    return starts[-1], len(starts)
