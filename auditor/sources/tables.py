"""SQLite databases and Excel workbooks: rows of tables and sheets, held in memory."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from auditor.model import FileNote
from auditor.sources.json_columns import frame_of, kind_of
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from auditor.sources.types import Candidate

_STEP: Final = 20_000


def read_sqlite(file: Candidate) -> ReadResult:
    """Every table of a database, opened read-only; views and triggers are left alone, so nothing in it is executed."""
    tables: list[RawTable] = []
    notes: list[FileNote] = []
    address = f"{file.path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        database = sqlite3.connect(address, uri=True)
    except sqlite3.Error:
        return ReadResult("sqlite", notes=(_damaged(file, "SQLite database"),))
    try:
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")
        names = [str(n) for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            cursor = database.execute(f"SELECT * FROM {quoted}")  # noqa: S608 - the name comes from the database and is quoted
            columns = [str(d[0]) for d in cursor.description]
            table = _table(columns, cursor)
            if table is not None:
                tables.append(table)
    except (sqlite3.Error, OverflowError):
        notes.append(_damaged(file, "SQLite database"))
    finally:
        database.close()
    if not tables and not notes:
        notes.append(FileNote(file.name, "empty", "is a database without rows"))
    return ReadResult("sqlite", tuple(tables), notes=tuple(notes))


def read_excel(file: Candidate) -> ReadResult:
    """The first sheet with rows of a workbook (values, never formulas); its first row names the columns."""
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
            header = next(rows, None)
            table = _table(_names(header), rows) if header else None
            if table is not None:
                left = len(sheets) - number - 1
                notes = (FileNote(file.name, "other_schema", f"has {left} more sheets, which were not read"),) if left else ()
                return ReadResult("excel", (table,), notes=notes)
    finally:
        book.close()
    return ReadResult("excel", notes=(FileNote(file.name, "empty", "is a workbook without rows"),))


def _names(header: Iterable[Any]) -> list[str]:
    out: list[str] = []
    for i, cell in enumerate(header):
        name = str(cell).strip() if cell is not None else f"column_{i}"
        out.append(name if name not in out else f"{name}_{i}")
    return out


def _table(columns: list[str], rows: Iterable[Iterable[Any]]) -> RawTable | None:
    import polars as pl

    plain: list[dict[str, Any]] = []
    for batch in _batches(rows):
        plain.extend({c: _cell(v) for c, v in zip(columns, row, strict=False)} for row in batch)
    if not plain:
        return None
    frame = frame_of(plain, kind_of(plain))
    return RawTable(pl.LazyFrame(frame), frame.height)


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
