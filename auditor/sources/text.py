"""Bytes of a text file to decoded text, saying what was wrong with the encoding."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auditor.model import FileNote, Reject
from auditor.sources.magic import open_text

if TYPE_CHECKING:
    from auditor.sources.types import Candidate

_WINDOWS: Final = "cp1252"


@dataclass(frozen=True)
class TextBytes:
    """UTF-8 bytes of a file, whatever its own encoding was."""

    data: bytes
    notes: tuple[FileNote, ...]
    damage: str = ""
    """Why the file ends early, where decompression failed; empty when it is whole."""


def bom_note(file: Candidate) -> FileNote:
    """What is said of a file in UTF-8 that starts with a byte order mark."""
    return FileNote(file.name, "bom", "starts with a byte order mark; some trainers take it for data", 1)


def read_utf8(file: Candidate, container: str) -> TextBytes:
    """The decompressed content as UTF-8. A damaged archive gives what could be read, with `damage` set."""
    data, damage = _read(file, container)
    notes: list[FileNote] = []
    for bom, codec in ((codecs.BOM_UTF8, ""), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if not data.startswith(bom):
            continue
        data = data[len(bom) :]
        if codec:
            data = data.decode(codec, "replace").encode()
            notes.append(FileNote(file.name, "encoding", f"is {codec[:6].upper()}, not UTF-8; most trainers cannot read it", 1))
        else:
            notes.append(bom_note(file))
        break
    return TextBytes(data, tuple(notes), damage)


def _read(file: Candidate, container: str) -> tuple[bytes, str]:
    import lzma
    import zlib

    import zstandard

    chunks: list[bytes] = []
    try:
        with open_text(file.path, container) as stream:
            while chunk := stream.read(1 << 22):
                chunks.append(chunk)
    except (EOFError, OSError, lzma.LZMAError, zlib.error, zstandard.ZstdError) as error:
        return b"".join(chunks), f"{type(error).__name__} while reading: the file is cut or damaged"
    return b"".join(chunks), ""


def is_utf8(data: bytes) -> bool:
    """Whether all of `data` is valid UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def repair(data: bytes, name: str) -> tuple[bytes, tuple[FileNote, ...], tuple[Reject, ...], int]:
    """Valid UTF-8 from bytes that are not.

    A file whose lines beyond ASCII are mostly invalid is taken for Windows-1252 as a whole (a superset of Latin-1 for
    printable text); in an otherwise valid file the few invalid lines are rejected. Returns data, notes, rejects and their number.
    """
    lines = data.split(b"\n")
    foreign = [i for i, line in enumerate(lines) if not line.isascii()]
    bad = [i for i in foreign if not is_utf8(lines[i])]
    if not bad:
        return data, (), (), 0
    if len(bad) * 2 > len(foreign):
        text = data.decode(_WINDOWS, "replace")
        note = FileNote(
            name, "encoding", "is not UTF-8; read as Windows-1252. Save it as UTF-8 so that every trainer reads the same", bad[0] + 1, len(bad)
        )
        return text.encode(), (note,), (), 0
    starts = _offsets(lines)
    rejects = tuple(Reject(name, i + 1, "not valid UTF-8", starts[i]) for i in bad)
    note = FileNote(name, "encoding", f"{len(bad)} lines are not valid UTF-8 and were left out", bad[0] + 1, len(bad))
    for i in bad:
        lines[i] = b""
    return b"\n".join(lines), (note,), rejects, len(bad)


def _offsets(lines: list[bytes]) -> list[int]:
    at, out = 0, []
    for line in lines:
        out.append(at)
        at += len(line) + 1
    return out
