"""Parquet and Arrow: columnar files that Polars reads lazily, and plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.model import FileNote, Reject
from auditor.sources.text import is_utf8, read_utf8, repair
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    from auditor.sources.types import Candidate


def read_parquet(file: Candidate) -> ReadResult:
    """A Parquet file; a cut one has lost its footer, and with it everything."""
    import polars as pl

    try:
        scan = pl.scan_parquet(file.path)
        scan.collect_schema()
        rows = int(scan.select(pl.len()).collect().item())
        if rows:
            scan.tail(1).collect()  # the footer may be whole and the pages cut
    except (pl.exceptions.PolarsError, OSError):
        return ReadResult("parquet", notes=(_unreadable(file, "Parquet"),))
    return ReadResult("parquet", (RawTable(scan, rows),) if rows else (), notes=() if rows else (_no_rows(file),))


def read_arrow(file: Candidate, *, stream: bool) -> ReadResult:
    """An Arrow IPC file (Feather), or an IPC stream as Hugging Face's `save_to_disk` writes it."""
    import polars as pl

    try:
        scan = pl.read_ipc_stream(file.path).lazy() if stream else pl.scan_ipc(file.path)
        scan.collect_schema()
        rows = int(scan.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError):
        return ReadResult("arrow", notes=(_unreadable(file, "Arrow"),))
    return ReadResult("arrow", (RawTable(scan, rows),) if rows else (), notes=() if rows else (_no_rows(file),))


def _unreadable(file: Candidate, what: str) -> FileNote:
    return FileNote(file.name, "truncated", f"is a {what} file that cannot be read: cut off or damaged. Copy or download it again")


def _no_rows(file: Candidate) -> FileNote:
    return FileNote(file.name, "empty", "has columns and no rows")


def read_text(file: Candidate, container: str) -> ReadResult:
    """Plain text: one row a line that is not blank."""
    import polars as pl

    whole = read_utf8(file, container)
    data, notes, lost = whole.data, whole.notes, 0
    rejects: tuple[Reject, ...] = ()
    if not is_utf8(data):
        data, more, rejects, lost = repair(data, file.name)
        notes = (*notes, *more)
    if whole.damage:
        notes = (*notes, FileNote(file.name, "truncated", whole.damage))
    lines = [line.rstrip("\r") for line in data.decode().split("\n") if line.strip()]
    frame = pl.DataFrame({"text": lines}, schema={"text": pl.String})
    return ReadResult("text", (RawTable(frame.lazy(), frame.height),) if lines else (), rejects, lost, notes)
