"""SQLite databases and Excel workbooks: rows of tables and sheets, a block of Python objects at a time."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from auditor.model import FileNote
from auditor.sources.json_columns import Kind, frame_of, schema_of, transpose
from auditor.sources.stream import BlockScan
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from auditor.sources.types import Candidate

_STEP: Final = 20_000
_LOOKED: Final = 20
"""Rows of a sheet in which the names of the columns are looked for."""
_FULL: Final = 0.8
"""Cells of a row of names that are filled, of those of the fullest row."""


def read_sqlite(file: Candidate, *, hold: bool = True) -> ReadResult:
    """Every table of a database, opened read-only; views and triggers are left alone, so nothing in it is executed.

    With `hold` the rows are kept in memory, without it they are read again by every pass.
    """
    tables: list[RawTable] = []
    notes: list[FileNote] = []
    try:
        with closing(_opened(file.path)) as database:
            names = [str(n) for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
        for name in names:
            scan = BlockScan(_SqliteRows(file.path, name), cuttable=True).measured()
            if scan.rows:
                tables.append(scan.table(hold=hold))
    except (sqlite3.Error, OverflowError):
        notes.append(_damaged(file, "SQLite database"))
    if not tables and not notes:
        notes.append(FileNote(file.name, "empty", "is a database without rows"))
    return ReadResult("sqlite", tuple(tables), notes=tuple(notes))


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)  # used by one thread after the other
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return database


@dataclass(frozen=True)
class _SqliteRows:
    """The rows of one table, in the order in which the database has them."""

    path: Path
    name: str

    def __call__(self, first: int) -> Iterator[list[dict[str, Any]]]:
        quoted = '"' + self.name.replace('"', '""') + '"'
        with closing(_opened(self.path)) as database:
            cursor = database.execute(f"SELECT * FROM {quoted} LIMIT -1 OFFSET ?", (first,))  # noqa: S608 - the name comes from the database and is quoted
            columns = [str(d[0]) for d in cursor.description]
            while rows := cursor.fetchmany(_STEP):
                yield _objects(columns, rows)


def read_excel(file: Candidate) -> ReadResult:
    """The first sheet with rows of a workbook (values, never formulas); its first row names the columns, or one below titles."""
    try:
        import openpyxl
    except ImportError:
        message = "is an Excel workbook; reading it needs an optional package: pip install 'dataset-readiness-auditor[excel]'"
        return ReadResult("excel", notes=(FileNote(file.name, "unreadable", message),))
    import zipfile
    from xml.etree.ElementTree import ParseError

    try:
        book = openpyxl.load_workbook(file.path, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile, ParseError):
        return ReadResult("excel", notes=(_damaged(file, "Excel workbook"),))
    try:
        sheets = book.worksheets
        for number, sheet in enumerate(sheets):
            rows = (r for r in sheet.iter_rows(values_only=True) if any(c is not None for c in r))
            head = list(islice(rows, _LOOKED))
            at = _header_at(head)
            table = _table(_names(head[at]), chain(head[at + 1 :], rows)) if head else None
            if table is not None:
                left = sum(_has_rows(s) for s in sheets[number + 1 :])
                notes = [FileNote(file.name, "sheets", f"has {left} more {'sheet' if left == 1 else 'sheets'} with rows, which were not read")] if left else []
                if at:
                    notes.append(FileNote(file.name, "preamble", f"has {at} rows before the one that names the columns, which a reader must be told to skip", 1, at))
                return ReadResult("excel", (table,), notes=tuple(notes))
    finally:
        book.close()
    return ReadResult("excel", notes=(FileNote(file.name, "empty", "is a workbook without rows"),))


def _has_rows(sheet: Any) -> bool:
    return any(any(c is not None for c in row) for row in islice(sheet.iter_rows(values_only=True), _LOOKED))


def _header_at(rows: Sequence[Sequence[Any]]) -> int:
    """The row that names the columns: the first one, or below titles the first that is nearly full, of words only."""
    filled = [sum(c is not None for c in row) for row in rows]
    most = max(filled, default=0)
    for i, (row, n) in enumerate(zip(rows, filled, strict=True)):
        if n >= max(2, _FULL * most) and all(isinstance(c, str) for c in row if c is not None):
            return i
        if 2 * n > most:
            break
    return 0


def _names(header: Iterable[Any]) -> list[str]:
    out: list[str] = []
    for i, cell in enumerate(header):
        name = str(cell).strip() if cell is not None else f"Unnamed: {i}"
        out.append(name if name not in out else f"{name}_{i}")
    return out


def _objects(columns: list[str], rows: Iterable[Iterable[Any]]) -> list[dict[str, Any]]:
    return [{c: _cell(v) for c, v in zip(columns, row, strict=False)} for row in rows]


def _table(columns: list[str], rows: Iterable[Iterable[Any]]) -> RawTable | None:
    """Rows as columns; of Python objects there is never more than a block."""
    import polars as pl

    frames: list[pl.DataFrame] = []
    kind = Kind("object")
    for batch in _batches(rows):
        block = _objects(columns, batch)
        place = transpose(block)
        kind = kind.join(place.kind)
        frames.append(frame_of(block, place.kind, place))
    if not frames:
        return None
    schema = schema_of(kind)
    frame = pl.concat([_as(f, schema) for f in frames])
    return RawTable(frame.lazy(), frame.height)


def _as(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    """A block in the types of the whole: cells of a sheet are plain values, so what goes together casts and what does not is text."""
    import polars as pl

    made: list[pl.Series] = []
    for name, dtype in schema.items():  # column by column: a name like `^a.*$` would be a pattern of others to pl.col
        made.append(frame[name].cast(dtype) if name in frame.columns else pl.Series(name, [None] * frame.height, dtype=dtype))
    return pl.DataFrame(made)


def _batches(rows: Iterable[Iterable[Any]]) -> Iterator[list[Iterable[Any]]]:
    source = iter(rows)
    while batch := list(islice(source, _STEP)):
        yield batch


def _cell(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _damaged(file: Candidate, what: str) -> FileNote:
    return FileNote(file.name, "unreadable", f"is a {what} that cannot be read: cut off, damaged or locked")
