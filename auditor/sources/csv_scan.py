"""Delimited text as every pass reads it: piece by piece, each in the way that reading it once has shown to be right."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING

from auditor.sources.csv_dialect import Dialect
from auditor.sources.csv_numbers import converted
from auditor.sources.csv_pieces import Record, one_by_one
from auditor.sources.csv_shape import delimiters
from auditor.sources.magic import DAMAGED
from auditor.sources.names import served
from auditor.sources.proof import Proof
from auditor.sources.text import Encoding, open_utf8

if TYPE_CHECKING:
    import polars as pl


class Way(IntEnum):
    """How a piece is read."""

    TYPED = 0
    """By Polars, in the types of the columns."""
    TEXT = 1
    """By Polars as text, since some cell is not of its column's type."""
    BY_ROW = 2
    """Row by row, since some row is faulty or its quotes are not regular."""


@dataclass(frozen=True)
class CsvScan:
    """A delimited file; small and picklable."""

    path: Path
    container: str
    dialect: Dialect
    encoding: Encoding
    parsed: tuple[pl.DataType, ...] = ()
    """As which each column is parsed."""
    dtypes: tuple[pl.DataType, ...] = ()
    """The type of each column."""
    offsets: tuple[int, ...] = ()
    """Byte at which each piece begins, and after them where the last one ends; in UTF-8, decompressed."""
    firsts: tuple[int, ...] = ()
    """Number of the first row of each piece, and after them of all rows."""
    ways: tuple[Way, ...] = ()
    folded: tuple[bool, ...] = ()
    """Whether some row of the piece is over several lines."""
    proof: Proof | None = field(default=None, compare=False)
    """Where only the first piece was parsed so far: whether the others are as it has been taken for granted."""

    @property
    def rows(self) -> int:
        """All rows."""
        return self.firsts[-1]

    def frame(self, first: int = 0, rows: int | None = None) -> pl.LazyFrame:
        """Lazy rows `first` to `first + rows`."""
        import polars as pl
        from polars.io.plugins import register_io_source

        reader = _Reader(self, first, self.rows - first if rows is None else rows)
        return register_io_source(reader, schema=pl.Schema(zip(self.dialect.names, self.dtypes, strict=True)), is_pure=True)

    def typed(self, number: int, data: bytes, columns: Sequence[int]) -> pl.DataFrame:
        """Some columns of a piece, called by their numbers.

        Raises:
            PolarsError: where a piece is not as it was.
        """
        import polars as pl

        way = self.ways[number]
        if way is Way.BY_ROW:
            found = by_row(one_by_one(data, self.dialect, 1), len(self.dialect.names))
        else:
            dtypes = self.parsed if way is Way.TYPED else (pl.String(),) * len(self.parsed)
            found = parsed(data, self.dialect.delimiter, dtypes, columns, folded=self.folded[number])
        return pl.DataFrame([converted(found[str(i)], self.dtypes[i]) for i in columns])


def parsed(data: bytes, delimiter: str, dtypes: Sequence[pl.DataType], columns: Sequence[int] | None = None, *, rows: int | None = None, folded: bool) -> pl.DataFrame:
    """The first `rows` of regular text, columns called by their numbers; `folded` where a row is over several lines.

    Raises:
        PolarsError: some cell is not of its type, some row has too many fields, or bytes are not UTF-8.
    """
    import polars as pl

    if folded:
        data = data.translate(None, b"\r")  # what ends lines within cells is the same in all rows, however they are read
    schema = {str(i): dtype for i, dtype in enumerate(dtypes)}
    return pl.read_csv(data, separator=delimiter, has_header=False, schema=schema, columns=None if columns is None else list(columns), n_rows=rows)


def sound(frame: pl.DataFrame, rows: int, data: bytes, dialect: Dialect) -> bool:
    """Whether a parse of all columns found each row with all its fields: Polars pads short rows with null, without a word.

    Rows with too many fields are an error of the parser, so that there are as many delimiters as there should be only where no row is short.
    """
    import polars as pl

    if frame.height != rows:
        return False
    width = frame.width
    if frame[str(width - 1)].null_count() and delimiters(data, dialect.delimiter) != rows * (width - 1):
        return False
    again = dialect.given and all(t == pl.String for t in frame.dtypes) and (frame["0"].str.strip_chars() == dialect.given[0]).any()
    return not again


def by_row(records: Iterable[Record], width: int) -> pl.DataFrame:
    """The good ones of some rows, columns called by their numbers; empty cells are null."""
    import polars as pl

    schema = {str(i): pl.String() for i in range(width)}
    frame = pl.DataFrame([cells for _, cells, problem in records if problem is None], schema=schema, orient="row")
    return pl.DataFrame([cells.set(cells == "", None) for cells in frame])


@dataclass(frozen=True)
class _Reader:
    scan: CsvScan
    first: int
    rows: int

    def __call__(self, columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, size: int | None) -> Iterator[pl.DataFrame]:
        del size
        names = self.scan.dialect.names
        wanted = [i for i, n in enumerate(names) if columns is None or n in columns] or [0]  # of no columns the height is asked for
        left = self.rows if limit is None else min(limit, self.rows)
        for frame in self._frames(wanted, left):
            yield served(frame.rename({str(i): names[i] for i in wanted}), columns, predicate)

    def _frames(self, wanted: list[int], left: int) -> Iterator[pl.DataFrame]:
        """The rows, at least one frame of them."""
        import polars as pl

        scan, proof = self.scan, self.scan.proof
        whole = self.first == 0 and left == scan.rows and len(wanted) == len(scan.dtypes)
        at = max(0, bisect_right(scan.firsts, self.first, hi=len(scan.ways)) - 1)
        skip = self.first - scan.firsts[at]
        for number, data in _pieces(scan, at):
            rows = scan.firsts[number + 1] - scan.firsts[number]
            try:
                frame = scan.typed(number, data, wanted)
            except pl.exceptions.PolarsError:
                if proof is None:
                    raise
                proof.failed = True
                return
            if proof is not None and not proof.done and (frame.height != rows or (whole and not sound(frame, rows, data, scan.dialect))):
                proof.failed = True
                return
            yield frame.slice(skip, left)
            left -= min(left, frame.height - skip)
            skip = 0
            if not left:
                break
        if whole and proof is not None:
            proof.done = True


def _pieces(scan: CsvScan, at: int) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each piece from one on."""
    buffer = memoryview(bytearray(max((b - a for a, b in zip(scan.offsets, scan.offsets[1:], strict=False)), default=0)))
    try:
        with open_utf8(scan.path, scan.container, scan.encoding) as stream:
            _forward(stream, scan, at)
            for number in range(at, len(scan.ways)):
                size = scan.offsets[number + 1] - scan.offsets[number]
                have = 0
                while have < size and (n := stream.readinto(buffer[have:size])):  # type: ignore[attr-defined]
                    have += n
                yield number, bytes(buffer[:have])
    except DAMAGED:
        return  # told once, when the file was first read


def _forward(stream: IO[bytes], scan: CsvScan, at: int) -> None:
    """To where a piece begins."""
    if scan.encoding.plain:
        stream.seek(scan.encoding.mark + scan.offsets[at])
        return
    left = scan.offsets[at]
    while left and (piece := stream.read(min(left, 1 << 20))):
        left -= len(piece)
