"""Parquet and Arrow: columnar files that Polars reads lazily, and plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auditor.model import FileNote, Reject
from auditor.sources import folders
from auditor.sources.tagged import read_tagged
from auditor.sources.text import is_utf8, read_utf8, repair
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from auditor.sources.types import Candidate


_GLANCE: Final = 100
"""Rows that tell whether a column of bytes may be text."""


def read_parquet(file: Candidate) -> ReadResult:
    """A Parquet file; a cut one has lost its footer, and with it everything."""
    import polars as pl

    try:
        scan = _with_text(pl.scan_parquet(file.path))
        rows = int(scan.select(pl.len()).collect().item())
        if rows:
            scan.tail(1).collect()  # the footer may be whole and the pages cut
    except (pl.exceptions.PolarsError, OSError):
        return ReadResult("parquet", notes=(_unreadable(file, "Parquet"),))
    return ReadResult("parquet", (RawTable(scan, rows),) if rows else (), notes=() if rows else (_no_rows(file),))


def _with_text(scan: pl.LazyFrame) -> pl.LazyFrame:
    """The scan with columns of bytes that are text throughout read as text: some writers do not say that strings are strings."""
    import polars as pl

    names = [name for name, dtype in scan.collect_schema().items() if dtype == pl.Binary]
    # images are told by the first rows, without a look at all of them
    text = [name for name in names if _is_text(scan.head(_GLANCE), name) and _is_text(scan, name)]
    return scan.with_columns(pl.col(name).cast(pl.String) for name in text) if text else scan


def _is_text(scan: pl.LazyFrame, name: str) -> bool:
    import polars as pl

    control = pl.col(name).cast(pl.String).str.contains(r"[\x00-\x08]").any()
    try:
        return not scan.select(control).collect(engine="streaming").item()
    except pl.exceptions.ComputeError:  # not UTF-8
        return False


@dataclass(frozen=True)
class _StreamReader:
    """Reads an Arrow stream anew for every pass; only one such file is in memory at a time."""

    path: Path

    def __call__(self, columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, size: int | None) -> Iterator[pl.DataFrame]:
        import polars as pl

        del size
        frame = pl.read_ipc_stream(self.path, columns=columns, n_rows=limit)
        yield frame if predicate is None else frame.filter(predicate)


def read_arrow(file: Candidate, *, stream: bool, hold: bool = True) -> ReadResult:
    """An Arrow IPC file (Feather), or an IPC stream as Hugging Face's `save_to_disk` writes it.

    With `hold` the rows of a stream are kept in memory, without it they are read again by every pass.
    """
    import polars as pl
    from polars.io.plugins import register_io_source

    try:
        scan = pl.read_ipc_stream(file.path).lazy() if stream else pl.scan_ipc(file.path)
        if stream and not hold:
            scan = register_io_source(_StreamReader(file.path), schema=scan.collect_schema(), is_pure=True)
        scan.collect_schema()
        rows = int(scan.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        return ReadResult("arrow", notes=(_unreadable(file, "Arrow"),))
    return ReadResult("arrow", (RawTable(scan, rows, sliceable=hold or not stream),) if rows else (), notes=() if rows else (_no_rows(file),))


def _unreadable(file: Candidate, what: str) -> FileNote:
    return FileNote(file.name, "truncated", f"is a {what} file that cannot be read: cut off or damaged. Copy or download it again")


def _no_rows(file: Candidate) -> FileNote:
    return FileNote(file.name, "empty", "has columns and no rows")


def _text(file: Candidate, container: str) -> tuple[str, tuple[FileNote, ...], tuple[Reject, ...], int]:
    """Text of a file, notes on its encoding, and the lines that could not be read."""
    whole = read_utf8(file, container)
    data, notes, lost = whole.data, whole.notes, 0
    rejects: tuple[Reject, ...] = ()
    if not is_utf8(data):
        data, more, rejects, lost = repair(data, file.name)
        notes = (*notes, *more)
    if whole.damage:
        notes = (*notes, FileNote(file.name, "truncated", whole.damage))
    return data.decode(), notes, rejects, lost


def read_document(file: Candidate, label: str | None) -> ReadResult:
    """A whole file as one row, with the class that its folder is named after."""
    import polars as pl

    text, notes, rejects, lost = _text(file, "text")
    frame = pl.DataFrame({folders.TEXT: [text.strip()], folders.LABEL: [label]}, schema={folders.TEXT: pl.String, folders.LABEL: pl.String})
    return ReadResult("document", (RawTable(frame.lazy(), 1),), rejects, lost, notes)


def read_text(file: Candidate, container: str, form: str = "") -> ReadResult:
    """Plain text: one row a line that is not blank, or what the `form` of `tagged` makes of it."""
    import polars as pl

    text, notes, rejects, lost = _text(file, container)
    if form:
        found = read_tagged(text, form, file.name)
        if found.lost:
            notes = (*notes, FileNote(file.name, "ragged", f"{found.lost} lines are unlike the others", found.rejects[0].line, found.lost))
        return ReadResult(form, (RawTable(found.frame.lazy(), found.frame.height),), (*rejects, *found.rejects), lost + found.lost, notes)
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()]
    frame = pl.DataFrame({"text": lines}, schema={"text": pl.String})
    return ReadResult("text", (RawTable(frame.lazy(), frame.height),) if lines else (), rejects, lost, notes)
