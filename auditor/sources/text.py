"""Text files of any encoding as UTF-8, saying what was wrong; a block in memory at a time unless the whole is asked for."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final, cast

from auditor.model import FileNote, Reject
from auditor.sources.lines import blocks, filled
from auditor.sources.magic import DAMAGED, open_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _typeshed import WriteableBuffer

    from auditor.sources.types import Candidate

MAX_REJECTS: Final = 1000
_WINDOWS: Final = "cp1252"
_PIECE: Final = 1 << 20
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class Encoding:
    """How the bytes of a file are read."""

    codec: str = "utf-8"
    mark: int = 0
    """Bytes of the byte order mark."""
    gaps: bool = False
    """Whether some lines are not UTF-8; they read as blank ones."""
    returns: bool = False
    """Whether lines end with a carriage return alone, which is read as a line end."""

    @property
    def plain(self) -> bool:
        """Whether the bytes are what is read."""
        return self.codec == "utf-8" and not self.gaps and not self.returns


@dataclass(frozen=True)
class Survey:
    """What a file's encoding is, what is to be said of it, and which lines are lost."""

    encoding: Encoding
    notes: tuple[FileNote, ...] = ()
    rejects: tuple[Reject, ...] = ()
    """At most `MAX_REJECTS`."""
    lost: int = 0
    damage: str = ""
    """Why the file ends early, where decompression failed; empty when it is whole."""


@dataclass(frozen=True)
class TextBytes:
    """UTF-8 bytes of a file, whatever its own encoding was."""

    data: bytes
    survey: Survey


def bom_note(file: Candidate) -> FileNote:
    """What is said of a file in UTF-8 that starts with a byte order mark."""
    return FileNote(file.name, "bom", "starts with a byte order mark; some trainers take it for data", 1)


def is_utf8(data: bytes) -> bool:
    """Whether all of `data` is valid UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def read_utf8(file: Candidate, container: str, *, mend: bool) -> TextBytes:
    """The decompressed content as UTF-8, of a damaged archive what could be read; with `mend` valid throughout, as `survey` decides."""
    found = survey(file, container) if mend else Survey(*marked(file, container))
    pieces: list[bytes] = []
    error: Exception | None = None
    try:
        with open_utf8(file.path, container, found.encoding) as stream:
            while error is None:
                piece, error = filled(stream, _PIECE)
                if not piece:
                    break
                pieces.append(piece)
    except DAMAGED as refused:
        error = refused
    damage = found.damage or ("" if error is None else _damage(error))
    return TextBytes(b"".join(pieces), Survey(found.encoding, found.notes, found.rejects, found.lost, damage))


def _damage(error: Exception) -> str:
    return f"{type(error).__name__} while reading: the file is cut or damaged"


def marked(file: Candidate, container: str) -> tuple[Encoding, tuple[FileNote, ...]]:
    """The encoding that the first bytes say, and what is to be said of them."""
    try:
        with open_text(file.path, container) as stream:
            head = stream.read(len(codecs.BOM_UTF8))
    except DAMAGED:
        return Encoding(), ()
    for mark, codec in _MARKS:
        if head.startswith(mark):
            odd = FileNote(file.name, "encoding", f"is {codec[:6].upper()}, not UTF-8; most trainers cannot read it", 1)
            return Encoding(codec, len(mark)), (bom_note(file) if codec == "utf-8" else odd,)
    return Encoding(), ()


def survey(file: Candidate, container: str) -> Survey:
    """Go through a file for its encoding.

    A file whose lines beyond ASCII are mostly invalid is taken for Windows-1252 as a whole (a superset of Latin-1 for
    printable text); in an otherwise valid file the few invalid lines are rejected.
    """
    encoding, notes = marked(file, container)
    bad: list[tuple[int, int]] = []
    lost, damage = 0, ""
    try:
        with open_utf8(file.path, container, encoding) as stream:
            for block in blocks(stream, size=_PIECE):
                if block.data.isascii() or is_utf8(block.data):
                    continue
                for line, offset, content in _lines(block.data, block.line, block.offset):
                    if not content.isascii() and not is_utf8(content):
                        lost += 1
                        bad += [(line, offset)] if len(bad) < MAX_REJECTS else []
    except DAMAGED as error:
        damage = _damage(error)
    if not lost:
        return Survey(encoding, notes, damage=damage)
    if lost * 2 > _foreign(file, container, encoding):
        note = FileNote(file.name, "encoding", "is not UTF-8; read as Windows-1252. Save it as UTF-8 so that every trainer reads the same", bad[0][0], lost)
        return Survey(Encoding(_WINDOWS, encoding.mark), (*notes, note), damage=damage)
    rejects = tuple(Reject(file.name, line, "not valid UTF-8", offset) for line, offset in bad)
    note = FileNote(file.name, "encoding", f"{lost} lines are not valid UTF-8 and were left out", bad[0][0], lost)
    return Survey(Encoding(mark=encoding.mark, gaps=True), (*notes, note), rejects, lost, damage)


def _lines(data: bytes, line: int, offset: int) -> Iterator[tuple[int, int, bytes]]:
    for number, content in enumerate(data.split(b"\n"), line):
        yield number, offset, content
        offset += len(content) + 1


def _foreign(file: Candidate, container: str, encoding: Encoding) -> int:
    """Lines with bytes beyond ASCII."""
    count = 0
    try:
        with open_utf8(file.path, container, encoding) as stream:
            for block in blocks(stream, size=_PIECE):
                count += 0 if block.data.isascii() else sum(not content.isascii() for content in block.data.split(b"\n"))
    except DAMAGED:
        pass  # told by the survey
    return count


def open_utf8(path: Path, container: str, encoding: Encoding) -> IO[bytes]:
    """The content as UTF-8, without its mark.

    Raises:
        OSError, EOFError, lzma.LZMAError, zstandard.ZstdError: as `open_text`, here or while reading.
    """
    stream = open_text(path, container)
    stream.read(encoding.mark)
    if encoding.plain:
        return stream
    return cast("IO[bytes]", io.BufferedReader(_Read(stream, encoding), _PIECE))


class _Read(io.RawIOBase):
    """A stream in another encoding, or with lines that are not UTF-8, as valid UTF-8."""

    def __init__(self, stream: IO[bytes], encoding: Encoding) -> None:
        self._stream = stream
        pieces = _whole_lines(stream) if encoding.gaps else _decoded(stream, encoding.codec)
        self._pieces = (p.replace(b"\r", b"\n") for p in pieces) if encoding.returns else pieces
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer as far as there is something left of a piece; 0 at the end."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        into = memoryview(buffer).cast("B")
        n = min(len(into), len(self._left))
        into[:n], self._left = self._left[:n], self._left[n:]
        return n

    def close(self) -> None:
        """The stream below too."""
        self._stream.close()
        super().close()


def _decoded(stream: IO[bytes], codec: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(codec)("replace")
    while piece := stream.read(_PIECE):
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _whole_lines(stream: IO[bytes]) -> Iterator[bytes]:
    for block in blocks(stream, size=_PIECE):
        if block.data.isascii() or is_utf8(block.data):
            yield block.data
        else:
            yield b"\n".join(content if is_utf8(content) else b"" for content in block.data.split(b"\n"))
