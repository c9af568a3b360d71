"""Plain text, one row a line that is not blank: a block in memory at a time, however large the file is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from auditor.model import FileNote
from auditor.sources.lines import blocks
from auditor.sources.magic import DAMAGED
from auditor.sources.names import served
from auditor.sources.text import Encoding, open_utf8, survey
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    import polars as pl

    from auditor.sources.types import Candidate

_BLOCK: Final = 1 << 22


@dataclass(frozen=True)
class TextScan:
    """A file of lines as every pass reads it."""

    path: Path
    container: str
    encoding: Encoding
    offsets: tuple[int, ...] = ()
    """Byte offset of each block in what is read."""
    firsts: tuple[int, ...] = ()
    """Number of the first row of each block."""
    rows: int = 0

    def frame(self, first: int = 0, rows: int | None = None) -> pl.LazyFrame:
        """Lazy rows `first` to `first + rows`."""
        import polars as pl
        from polars.io.plugins import register_io_source

        reader = _Reader(self, first, self.rows - first if rows is None else rows)
        return register_io_source(reader, schema=pl.Schema({"text": pl.String()}), is_pure=True)

    def open(self, offset: int = 0) -> IO[bytes]:
        """The file from an offset on."""
        stream = open_utf8(self.path, self.container, self.encoding)
        if offset and self.encoding.plain:
            stream.seek(offset + self.encoding.mark)
        elif offset:
            while offset:
                offset -= len(stream.read(min(offset, _BLOCK)))
        return stream


@dataclass(frozen=True)
class _Reader:
    scan: TextScan
    first: int
    rows: int

    def __call__(self, columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, size: int | None) -> Iterator[pl.DataFrame]:
        import polars as pl

        del size
        scan = self.scan
        left = self.rows if limit is None else min(limit, self.rows)
        at = max(0, bisect_right(scan.firsts, self.first) - 1)
        skip = self.first - scan.firsts[at]
        try:
            with scan.open(scan.offsets[at]) as stream:
                for block in blocks(stream, size=_BLOCK):
                    frame = pl.DataFrame([_rows(block.data).slice(skip, left)])
                    skip = 0
                    left -= frame.height
                    yield served(frame, columns, predicate)
                    if left <= 0:
                        return
        except DAMAGED:
            return  # told once, when the file was first read


def _rows(data: bytes) -> pl.Series:
    """The lines of a block that are not blank."""
    import polars as pl

    lines = pl.Series("text", [data.decode()]).str.split("\n").explode()
    return lines.filter(lines.str.strip_chars() != "").str.strip_chars_end("\r")


def read_lines(file: Candidate, container: str, *, hold: bool) -> ReadResult:
    """Plain text; with `hold` the rows are kept in memory, without it they are read again by every pass."""
    found = survey(file, container)
    offsets: list[int] = []
    firsts: list[int] = []
    rows = 0
    try:
        with open_utf8(file.path, container, found.encoding) as stream:
            for block in blocks(stream, size=_BLOCK):
                offsets.append(block.offset)
                firsts.append(rows)
                rows += len(_rows(block.data))
    except DAMAGED:
        pass  # found by the survey
    notes = (*found.notes, FileNote(file.name, "truncated", found.damage)) if found.damage else found.notes
    scan = TextScan(file.path, container, found.encoding, tuple(offsets), tuple(firsts), rows)
    if not rows:
        return ReadResult("text", (), found.rejects, found.lost, notes)
    table = RawTable(scan.frame().collect().lazy(), rows) if hold else RawTable(scan.frame(), rows, cut=scan.frame)
    return ReadResult("text", (table,), found.rejects, found.lost, notes)
