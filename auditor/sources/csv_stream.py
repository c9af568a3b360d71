"""Delimited text that is compressed or faulty and too large to hold: parsed row by row in every pass, a block in memory at a time.

The first pass decides the types over all rows by the same rules as the careful reader, and finds every fault.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auditor.model import FileNote, Reject
from auditor.sources.csv_dialect import Dialect
from auditor.sources.csv_format import data_rows
from auditor.sources.csv_numbers import LEADING_ZERO, MISTYPED_SHARE, missing_notes, plain_numbers
from auditor.sources.magic import DAMAGED
from auditor.sources.names import serve
from auditor.sources.text import MAX_REJECTS, Encoding, open_utf8, survey
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    import polars as pl

    from auditor.sources.types import Candidate

_ROWS: Final = 20_000
_CHARS: Final = 8 << 20
"""Rows and characters of a block."""


@dataclass
class _Column:
    """What the cells of a column look like, added up over blocks."""

    filled: int = 0
    truth: int = 0
    """Cells that are `true` or `false`."""
    zero: bool = False
    """Whether any begins with a zero as a code does."""
    missing: int = 0
    """Cells with a word for a missing number."""
    not_whole: int = 0
    not_number: int = 0
    odd_lines: list[int] = field(default_factory=list)
    """Lines of the first cells that are no numbers."""

    def add(self, cells: pl.Series, lines: list[int]) -> None:
        """Count the cells of a block, missing ones being null."""
        import polars as pl

        present = cells.is_not_null()
        self.filled += int(present.sum())
        self.truth += int(cells.is_in(["true", "false"]).sum() or 0)
        plain = _plain(cells)
        self.missing += int((present & plain.is_null()).sum())
        self.zero = self.zero or bool(plain.str.contains(LEADING_ZERO).any())
        whole, number = (plain.is_not_null() & plain.cast(t, strict=False).is_null() for t in (pl.Int64, pl.Float64))
        self.not_whole += int(whole.sum())
        self.not_number += int(number.sum())
        if len(self.odd_lines) < MAX_REJECTS and self.not_number <= MAX_REJECTS:
            self.odd_lines += [lines[i] for i in number.arg_true().to_list()]

    def kind(self) -> str:
        """`bool`, `int`, `float` or `text`."""
        numbers = self.filled - self.missing
        if not numbers or self.truth == self.filled or self.zero:
            return "bool" if self.filled and self.truth == self.filled else "text"
        if not self.not_whole:
            return "int"
        return "float" if self.not_number <= numbers * MISTYPED_SHARE else "text"


@dataclass
class _Faults:
    """Rows that could not be read."""

    name: str
    rejects: list[Reject] = field(default_factory=list)
    lost: int = 0

    def add(self, line: int, reason: str) -> None:
        """Count a row."""
        self.lost += 1
        if len(self.rejects) < MAX_REJECTS:
            self.rejects.append(Reject(self.name, line, reason))


@dataclass(frozen=True)
class CsvScan:
    """A delimited file as every pass reads it."""

    path: Path
    container: str
    dialect: Dialect
    encoding: Encoding
    kinds: tuple[str, ...] = ()

    def blocks(self, faults: _Faults | None = None) -> Iterator[tuple[list[int], pl.DataFrame]]:
        """(line of each row, cells as text) of some rows at a time."""
        import polars as pl

        names = self.dialect.names
        schema = dict.fromkeys(names, pl.String)
        rows: list[list[str]] = []
        lines: list[int] = []
        size = 0
        with open_utf8(self.path, self.container, self.encoding) as stream:
            text = io.TextIOWrapper(stream, encoding="utf-8", newline=None)
            for line, cells, problem in data_rows(text, self.dialect):
                if problem is not None:
                    if faults is not None:
                        faults.add(line, problem)
                    continue
                rows.append(cells)
                lines.append(line)
                size += sum(map(len, cells))
                if len(rows) >= _ROWS or size >= _CHARS:
                    yield lines, pl.DataFrame(rows, schema=schema, orient="row")
                    rows, lines, size = [], [], 0
        if rows:
            yield lines, pl.DataFrame(rows, schema=schema, orient="row")

    def frame(self) -> pl.LazyFrame:
        """All rows, lazily, in the types of the file."""
        import polars as pl
        from polars.io.plugins import register_io_source

        dtypes = {"bool": pl.Boolean(), "int": pl.Int64(), "float": pl.Float64(), "text": pl.String()}
        return register_io_source(_Reader(self), schema=pl.Schema({n: dtypes[k] for n, k in zip(self.dialect.names, self.kinds, strict=True)}), is_pure=True)


@dataclass(frozen=True)
class _Reader:
    scan: CsvScan

    def __call__(self, columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, size: int | None) -> Iterator[pl.DataFrame]:
        del size
        wanted = [(n, k) for n, k in zip(self.scan.dialect.names, self.scan.kinds, strict=True) if columns is None or n in columns]
        return serve(self._frames(wanted), columns, predicate, limit)

    def _frames(self, wanted: list[tuple[str, str]]) -> Iterator[pl.DataFrame]:
        import polars as pl

        try:
            for _, block in self.scan.blocks():
                yield pl.DataFrame([_cast(_missing(block[n]), k) for n, k in wanted])
        except DAMAGED:
            return  # told once, when the file was first read


def _missing(cells: pl.Series) -> pl.Series:
    return cells.set(cells == "", None)


def _cast(cells: pl.Series, kind: str) -> pl.Series:
    import polars as pl

    if kind == "bool":
        return cells == "true"
    return cells if kind == "text" else _plain(cells).cast(pl.Int64 if kind == "int" else pl.Float64, strict=False)


def _plain(cells: pl.Series) -> pl.Series:
    import polars as pl

    return cells.to_frame("x").select(plain_numbers(pl.col("x"))).to_series().alias(cells.name)


def read_streamed(file: Candidate, container: str, dialect: Dialect, notes: tuple[FileNote, ...]) -> ReadResult:
    """The rows of the file, parsed again by every pass."""
    found = survey(file, container)
    faults, columns = _Faults(file.name, list(found.rejects), found.lost), [_Column() for _ in dialect.names]
    scan, rows = CsvScan(file.path, container, dialect, found.encoding), 0
    try:
        for lines, block in scan.blocks(faults):
            rows += block.height
            for column, name in zip(columns, dialect.names, strict=True):
                column.add(_missing(block[name]), lines)
    except DAMAGED:
        pass  # found by the survey
    kinds = tuple(c.kind() for c in columns)
    scan = replace(scan, kinds=kinds)
    told = [*notes, *found.notes]
    if found.damage:
        told.append(FileNote(file.name, "truncated", found.damage))
    if faults.lost:
        first = min(r.line or 0 for r in faults.rejects)
        told.append(FileNote(file.name, "ragged", f"{faults.lost} rows could not be read (fields missing, too many, a quote left open, or the header once more)", first, faults.lost))
    told += missing_notes(file.name, {n: c.missing for n, c, k in zip(dialect.names, columns, kinds, strict=True) if k in {"int", "float"}})
    odd = [(n, c) for n, c, k in zip(dialect.names, columns, kinds, strict=True) if k == "float" and c.not_number]
    mistyped = [Reject(file.name, line, f"column '{n}': not a number (read as missing)", lost=False) for n, c in odd for line in c.odd_lines]
    if mistyped:
        total = sum(c.not_number for _, c in odd)
        told.append(FileNote(file.name, "mistyped", f"{total} cells do not fit their column's type and were read as missing", mistyped[0].line, total))
    table = (RawTable(scan.frame(), rows, sliceable=False),) if rows else ()
    return ReadResult("csv", table, (*faults.rejects, *mistyped)[:MAX_REJECTS], faults.lost, tuple(told))
