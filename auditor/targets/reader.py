"""Bytes of a file → its records, each with line and byte offset, and what is wrong with the file as a file.

Providers differ in what they forgive (blank lines, a byte-order mark, one array in place of lines), so nothing is forgiven
or refused here: every peculiarity is a `Quirk`, and the target's table says what it means. Memory is one block and one
record, whatever the size of the file.
Lines and offsets of a compressed file are those of the decompressed stream.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, NamedTuple

from auditor.errors import SourceError
from auditor.sources.magic import DAMAGED, open_text, zip_refusal
from auditor.targets.request import container_of

BLOCK: Final = 1 << 20
"""Bytes read at a time."""
MAX_RECORD: Final = 1 << 26
"""Bytes of the longest record that is read (64 MiB: ten images of 10 MB in base64 are over every provider's limit for a row)."""
KEPT: Final = 100
"""Quirks of one kind that are kept with their place; the rest is counted."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8", "bom"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf16"),
)
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}"]', re.DOTALL)
_CUT: Final = "the compressed file to its end: it is cut off or damaged"
_WHITE: Final = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class Quirk:
    """Something about a file that some readers refuse."""

    kind: str
    """`empty`, `bom`, `utf16`, `utf32`, `array`, `multiline`, `blank_line`, `crlf`, `syntax`, `too_long`."""
    line: int | None = None
    offset: int | None = None
    detail: str = ""


class RawRecord(NamedTuple):
    """The bytes of one top-level value."""

    line: int
    """1-based physical line where it begins."""
    offset: int | None
    """Byte offset in the file, None where the file isn't UTF-8 (offsets of decoded text would mislead)."""
    data: bytes
    lead: int = 0
    """Characters before it on that line."""


@dataclass
class JsonFile:
    """One JSON or JSON Lines file. Iterate over it once; `quirks` and `layout` are complete after that."""

    path: Path
    quirks: list[Quirk] = field(default_factory=list)
    layout: str = "lines"
    """`lines`, `array` (one array of rows) or `objects` (objects over many lines)."""
    size: int = 0
    """Bytes, decompressed."""
    crlf: int = 0
    """Lines that end in CR LF."""
    counts: Counter[str] = field(default_factory=Counter)
    """How often each kind of quirk was met, kept or not."""

    def note(self, quirk: Quirk) -> None:
        """Count a quirk and keep the first ones."""
        self.counts[quirk.kind] += 1
        if self.counts[quirk.kind] <= KEPT:
            self.quirks.append(quirk)

    def __iter__(self) -> Iterator[RawRecord]:
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[list[RawRecord]]:
        """Records, about one block of the file at a time.

        Raises:
            SourceError: the file cannot be opened.
        """
        try:
            with self.opened() as file:
                yield from self._batches(file)
        except OSError as error:
            raise SourceError(f"{self.path.name}: {error.strerror or 'cannot be read'}") from error

    def opened(self) -> IO[bytes]:
        """The bytes of the rows, decompressed where the name says that they are compressed.

        Raises:
            SourceError: a zip file with several members, a password, or the marks of a bomb.
        """
        if container_of(self.path) == "zip":
            refusal = zip_refusal(self.path)
            if refusal:
                raise SourceError(f"{self.path.name} {refusal}")
        return open_text(self.path, container_of(self.path))

    def _block(self, file: IO[bytes]) -> bytes:
        """The next block; a compressed file that is cut off or damaged ends there, with a quirk."""
        if not container_of(self.path):
            return file.read(BLOCK)
        try:
            block = file.read(BLOCK)
        except DAMAGED:
            block = b""
            self.note(Quirk("syntax", None, self.size or None, _CUT))
        else:
            # zstandard takes the end of the file for the end of the data; most files say how long that is
            if not block and self.size < _announced(self.path):
                self.note(Quirk("syntax", None, self.size or None, _CUT))
        self.size += len(block)
        return block

    def _batches(self, file: IO[bytes]) -> Iterator[list[RawRecord]]:
        head = self._block(file)
        if not container_of(self.path):
            self.size = self.path.stat().st_size
        if not head:
            if not self.counts["syntax"]:
                self.note(Quirk("empty"))
            return
        skip, encoding = self._encoding(head)
        start = None if encoding else skip
        blocks = self._utf8(head[skip:], file, encoding)
        first = next(blocks, b"")
        while not first.strip(_WHITE):
            more = next(blocks, None)
            if more is None:
                break
            first += more
        self.layout = layout_of(first)
        if self.layout == "array":
            self.note(Quirk("array", 1, start))
        elif self.layout == "objects":
            self.note(Quirk("multiline", 1, start))
        split = self._lines if self.layout == "lines" else self._values
        yield from split(first, blocks, start)
        if self.crlf:
            self.note(Quirk("crlf", None, None, f"{self.crlf} lines"))

    def _encoding(self, head: bytes) -> tuple[int, str]:
        """Length of the byte-order mark and the encoding, empty for UTF-8."""
        for mark, name, kind in _BOMS:
            if head.startswith(mark):
                self.note(Quirk(kind, 1, 0))
                return len(mark), "" if name == "utf-8" else name
        # UTF-16 without a mark: JSON begins with an ASCII character, so one byte of the first pair is NUL (RFC 4627, 3).
        if head[:1] == b"\0" or head[1:2] == b"\0":
            self.note(Quirk("utf16", 1, 0))
            return 0, "utf-16-be" if head[:1] == b"\0" else "utf-16-le"
        return 0, ""

    def _utf8(self, head: bytes, file: IO[bytes], encoding: str) -> Iterator[bytes]:
        """Blocks as UTF-8; other encodings are decoded with replacement, since the quirk is already told."""
        decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
        block = head
        while block:
            yield decoder.decode(block).encode("utf-8", "replace") if decoder else block
            block = self._block(file)

    def _lines(self, first: bytes, blocks: Iterator[bytes], start: int | None) -> Iterator[list[RawRecord]]:
        line, offset, rest = 1, start or 0, b""
        block: bytes | None = first
        while block is not None:
            pieces = (rest + block).split(b"\n") if rest else block.split(b"\n")
            rest = pieces.pop()
            following = next(blocks, None)
            if following is None and rest:
                pieces.append(rest)
            batch: list[RawRecord] = []
            for piece in pieces:
                if piece.endswith(b"\r"):
                    self.crlf += 1
                # only JSON's own white space: a form feed is a defect for every parser
                if piece.strip(_WHITE):
                    batch.append(RawRecord(line, None if start is None else offset, piece))
                else:
                    self.note(Quirk("blank_line", line, None if start is None else offset))
                offset += len(piece) + 1
                line += 1
            yield batch
            if len(rest) > MAX_RECORD:
                self.note(Quirk("too_long", line, offset))
                return
            block = following

    def _values(self, first: bytes, blocks: Iterator[bytes], start: int | None) -> Iterator[list[RawRecord]]:
        splitter = _Splitter(self, start, array=self.layout == "array")
        block: bytes | None = first
        while block is not None:
            yield splitter.feed(block)
            if splitter.done:
                return
            block = next(blocks, None)
        splitter.end()


def _announced(path: Path) -> int:
    """Bytes that the first frame of a zstd file says it holds; 0 where it doesn't say."""
    import zstandard

    if container_of(path) != "zstd":
        return 0
    with path.open("rb") as file:
        head = file.read(32)
    try:
        return max(0, int(zstandard.frame_content_size(head)))
    except zstandard.ZstdError:
        return 0


def layout_of(head: bytes) -> str:
    """How the rows of a file are laid out, judged by its beginning: `lines`, `array` or `objects`."""
    from auditor.targets.parse import loads

    text = head.lstrip(_WHITE)
    line, newline, rest = text.partition(b"\n")
    complete = loads(line.strip(_WHITE)) if newline or len(head) < BLOCK else None
    if complete is not None and complete.ok:
        alone = not rest.strip(_WHITE)
        rows = isinstance(complete.value, list) and (not complete.value or isinstance(complete.value[0], dict))
        return "array" if rows and alone else "lines"
    if text.startswith(b"["):
        return "array"
    if text.startswith(b"{") and newline:
        # A first line that is no JSON is one broken row, unless the lines after it belong to the same object.
        depth = 0
        for match in _TOKEN.finditer(text):
            token = match.group()
            depth += (token in {b"{", b"["}) - (token in {b"}", b"]"})
            if token == b'"' or depth < 0:
                break
            if depth == 0:
                whole = loads(text[: match.end()])
                return "objects" if whole.ok and b"\n" in text[: match.end()] else "lines"
        return "objects" if len(head) >= BLOCK and rest.lstrip(_WHITE)[:1] in {b'"', b"}"} else "lines"
    return "lines"


class _Splitter:
    """Finds the objects of one array, or objects one after the other, in blocks of bytes."""

    def __init__(self, file: JsonFile, start: int | None, *, array: bool) -> None:
        self.file = file
        self.known = start is not None
        self.base = start or 0
        self.line = 1
        self.rest = b""
        self.floor = 1 if array else 0
        self.depth = 0
        self.scan = 0
        self.begin = 0
        self.gap = 0
        self.mark = 0
        self.lead = 0
        """Characters on the line of `mark` before it."""
        self.done = False

    def offset(self, at: int) -> int | None:
        return self.base + at if self.known else None

    def broken(self, at: int, detail: str, kind: str = "syntax") -> None:
        line = self.line + self.rest.count(b"\n", 0, at)
        self.file.note(Quirk(kind, line, self.offset(at), detail))

    def feed(self, block: bytes) -> list[RawRecord]:
        self.rest += block
        data, found = self.rest, list[RawRecord]()
        counted, line = 0, self.line
        for match in _TOKEN.finditer(data, self.scan):
            token, at = match.group(), match.start()
            if token == b'"':  # a string that goes on in the next block
                self.scan = at
                break
            self.scan = match.end()
            if token in {b"{", b"["}:
                if self.depth == self.floor:
                    self.check_gap(at)
                    self.begin = at
                self.depth += 1
            elif token in {b"}", b"]"}:
                self.depth -= 1
                if self.depth < self.floor:
                    self.check_gap(at)
                    self.close(at)
                    break
                if self.depth == self.floor:
                    line += data.count(b"\n", counted, self.begin)
                    counted = self.begin
                    self.advance(self.begin)
                    found.append(RawRecord(line, self.offset(self.begin), data[self.begin : self.scan], self.lead))
                    self.gap = self.scan
        self.drop()
        return found

    def advance(self, to: int) -> None:
        """Count the characters of a line up to a place."""
        passed = self.rest[self.mark : to]
        newline = passed.rfind(b"\n")
        tail = passed[newline + 1 :]
        self.lead = (self.lead if newline < 0 else 0) + (len(tail) if tail.isascii() else len(tail.decode(errors="replace")))
        self.mark = to

    def close(self, at: int) -> None:
        """The array ends; what follows it is a defect."""
        self.done = True
        self.gap = at + 1
        if self.rest[at + 1 :].strip(_WHITE):
            self.broken(at + 1, "nothing more after the array")

    def check_gap(self, at: int) -> None:
        between = self.rest[self.gap : at].strip(b" \t\r\n,")
        if between and not (self.floor and self.gap == 0 and between == b"["):
            self.broken(self.gap, "an object in each place of the array" if self.floor else "nothing between objects")

    def drop(self) -> None:
        """Forget what has been read, but for a record that has begun."""
        keep = self.begin if self.depth > self.floor else min(self.gap, self.scan)
        if self.depth == 0 and self.floor == 1:
            keep = 0
        if len(self.rest) - keep > MAX_RECORD:
            self.broken(keep, "", "too_long")
            self.done = True
        if keep > self.mark:
            self.advance(keep)
        self.mark -= keep
        self.line += self.rest.count(b"\n", 0, keep)
        self.rest = self.rest[keep:]
        self.base += keep
        self.scan -= keep
        self.begin -= keep
        self.gap -= keep

    def end(self) -> None:
        if not self.done and (self.depth > 0 or self.rest[self.gap :].strip(b" \t\r\n,")):
            self.broken(max(0, self.gap), "a closing bracket; the file ends inside a value")
