"""Plain text, CSV, Parquet and Arrow files → rows as objects: trainers take them, so rules must see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from auditor.errors import SourceError
from auditor.sources.magic import DAMAGED
from auditor.targets.reader import JsonFile, Quirk
from auditor.targets.request import row_suffix

TABLES: Final = frozenset({".txt", ".csv", ".tsv", ".parquet", ".arrow", ".feather"})
_BATCH: Final = 10_000


def table_rows(file: JsonFile) -> Iterator[tuple[int | None, dict[str, object]]]:
    """Rows of a table with the physical line where one begins (None where the format has no lines).

    Raises:
        SourceError: the file is no such table.
    """
    if row_suffix(file.path) in {".csv", ".tsv"}:
        yield from _csv(file)
    elif row_suffix(file.path) == ".txt":
        yield from _text(file)
    else:
        yield from _columns(file.path)


def _text(file: JsonFile) -> Iterator[tuple[int | None, dict[str, object]]]:
    """One row per line that isn't blank, as the `text` loader of `datasets` gives them."""
    if file.path.stat().st_size == 0:
        file.note(Quirk("empty"))
    try:
        with file.opened() as raw, io.TextIOWrapper(raw, encoding="utf-8") as handle:
            for number, line in enumerate(handle, 1):
                if line.strip():
                    yield number, {"text": line.rstrip("\n")}
    except UnicodeDecodeError:
        file.note(Quirk("utf8"))
    except DAMAGED as error:
        raise SourceError(f"{file.path.name}: cut off or damaged") from error


def _csv(file: JsonFile) -> Iterator[tuple[int | None, dict[str, object]]]:
    if file.path.stat().st_size == 0:
        file.note(Quirk("empty"))
        return
    try:
        with file.opened() as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle, delimiter="\t" if row_suffix(file.path) == ".tsv" else ",")
            before = reader.line_num
            for row in reader:
                line = before + 1 if before else 2
                before = reader.line_num
                if None in row or None in row.values():
                    file.note(Quirk("csv", line, None, "another number of fields than the header"))
                yield line, {str(k): v for k, v in row.items() if k is not None}
    except UnicodeDecodeError:
        file.note(Quirk("utf8"))
    except (csv.Error, *DAMAGED) as error:
        raise SourceError(f"{file.path.name}: cannot be read as a table") from error


def _columns(path: Path) -> Iterator[tuple[int | None, dict[str, object]]]:
    import polars as pl

    try:
        lazy = pl.scan_parquet(path) if path.suffix.lower() == ".parquet" else pl.scan_ipc(path)
        total = lazy.select(pl.len()).collect().item()
        for start in range(0, total, _BATCH):
            for row in lazy.slice(start, _BATCH).collect().iter_rows(named=True):
                yield None, {k: _told(v) for k, v in row.items() if v is not None}
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{path.name}: cannot be read as a table") from error


def _told(value: object) -> object:
    """A cell as JSON has it, which knows no dates, durations, decimals and bytes: trainers' loaders write those as text as well."""
    if isinstance(value, dict):
        return {k: _told(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_told(v) for v in value]
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return value if value is None or isinstance(value, str | int | float) else str(value)


def table_columns(path: Path) -> tuple[str, ...]:
    """Names of the columns of a Parquet or Arrow file."""
    import polars as pl

    try:
        scan = pl.scan_parquet(path) if path.suffix.lower() == ".parquet" else pl.scan_ipc(path)
        return tuple(scan.collect_schema().names())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SourceError(f"{path.name}: cannot be read as a table") from error
