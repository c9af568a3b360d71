"""Small tables of evidence (failures, baselines): CSV, JSON, JSON lines or Excel into rows of text, with line numbers.

They are read strictly, because they decide about money: what is wrong is named by file and line. Values are never quoted.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.errors import ConfigError, MissingExtra

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 64 * 1024 * 1024
"""Greatest size of an evidence file; a hundred failures are a few kilobytes."""


@dataclass(frozen=True)
class Record:
    """One row: its 1-based physical line and its cells as stripped text, by lower-case column name."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, key: str) -> str:
        """Cell of a column; empty when there is none."""
        return self.cells.get(key, "")


def _text(value: object) -> str:
    """A cell as text; nothing for null, `true`/`false` for booleans."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value).strip()


def _record(line: int, row: dict[str, object]) -> Record:
    return Record(line, {str(k).strip().lower(): _text(v) for k, v in row.items() if k is not None})


def _csv(text: str, name: str) -> Iterator[Record]:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        if not any(header):
            return
        double = {c for c in header if c and header.count(c) > 1}
        if double:
            places = ", ".join(str(i) for i, c in enumerate(header, 1) if c in double)
            raise ConfigError(f"{name} line 1: columns {places} have the same name")  # not which: without a header it is a value
        before = reader.line_num
        for row in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in row):
                continue
            if len(row) > len(header):
                raise ConfigError(f"{name} line {line}: {len(row)} cells, but the header has {len(header)}; quote cells with {delimiter!r}")
            yield _record(line, dict(zip(header, row, strict=False)))
    except csv.Error as error:
        raise ConfigError(f"{name} line {reader.line_num}: not CSV ({error})") from None


def _json_lines(text: str, name: str) -> Iterator[Record]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            raise ConfigError(f"{name} line {number}: not JSON") from None
        if not isinstance(row, dict):
            raise ConfigError(f"{name} line {number}: expected one object a line")
        yield _record(number, row)


def _json(text: str, name: str, key: str) -> Iterator[Record]:
    try:
        body = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{name} line {error.lineno}: not JSON ({error.msg})") from None
    except RecursionError:
        raise ConfigError(f"{name}: nested too deeply") from None
    rows = body.get(key) if isinstance(body, dict) else body
    if not isinstance(rows, list):
        raise ConfigError(f'{name}: expected a list of objects, or {{"{key}": [...]}}')
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise ConfigError(f"{name} entry {number}: expected an object")
        yield _record(number, row)


def _excel(path: Path, name: str) -> Iterator[Record]:
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ImportError:
        raise MissingExtra(f"reading {name}", "excel") from None
    import zipfile

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError):
        raise ConfigError(f"{name}: not an Excel workbook (.xlsx)") from None
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        header = [_text(cell) for cell in next(rows, ())]
        for number, row in enumerate(rows, 2):
            if any(_text(cell) for cell in row):
                yield _record(number, dict(zip(header, row, strict=False)))
    finally:
        book.close()


def read_records(path: Path, *, key: str) -> list[Record]:
    """Rows of an evidence file, in file order.

    Args:
        path: `.csv`, `.tsv`, `.json`, `.jsonl`, `.ndjson` or `.xlsx`.
        key: name of the list where a JSON file is an object.

    Raises:
        ConfigError: the file is missing, too large, not UTF-8, or not what its ending says; with the line.
        MissingExtra: Excel without the `excel` extra.
    """
    name = path.name
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ConfigError(f"{name} is not a file")
        if size > MAX_BYTES:
            raise ConfigError(f"{name} has {size:,} bytes; evidence files are limited to {MAX_BYTES:,}")
        suffix = path.suffix.lower()
        if suffix == ".xlsx":
            return list(_excel(path, name))
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except FileNotFoundError:
        raise ConfigError(f"{name}: no such file; evidence that audit.toml names is looked for in the audited folder") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{name}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}") from None
    if suffix in (".jsonl", ".ndjson"):
        return list(_json_lines(text, name))
    if suffix == ".json":
        return list(_json(text, name, key))
    if suffix in (".csv", ".tsv"):
        return list(_csv(text, name))
    raise ConfigError(f"{name}: evidence files end in .csv, .tsv, .json, .jsonl or .xlsx")
