"""Names of columns that mean something else to the libraries below: `*` and `^...$` choose columns, some are ours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.model import FileNote
from auditor.scan.request import FILE, ROW, SPLIT

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from auditor.sources.types import RawTable, ReadResult


def chooses(name: str) -> bool:
    """Whether Polars takes a name for a choice of columns."""
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def spoken(name: str) -> str:
    """The name by which a column is read and told."""
    return f"column {name}" if chooses(name) or name in (FILE, ROW, SPLIT) else name


def with_spoken(result: ReadResult, file: str) -> ReadResult:
    """The result with columns that cannot be called by their names renamed, and told so."""
    tables = [_renamed(t) for t in result.tables]
    odd = dict.fromkeys(name for _, names in tables for name in names)
    notes = (FileNote(file, "renamed", f"column '{name}' is read as '{spoken(name)}': the name has a meaning of its own to many tools", 1) for name in odd)
    return replace(result, tables=tuple(t for t, _ in tables), notes=(*result.notes, *notes)) if odd else result


def _renamed(table: RawTable) -> tuple[RawTable, list[str]]:
    names = table.frame.collect_schema().names()
    odd = [n for n in names if spoken(n) != n and spoken(n) not in names]
    if not odd:
        return table, []
    cut = table.cut
    return replace(table, frame=rename(table.frame, odd), cut=None if cut is None else lambda first, rows: rename(cut(first, rows), odd)), odd


def rename(frame: pl.LazyFrame, names: Iterable[str]) -> pl.LazyFrame:
    """The frame with columns `names` by their spoken names."""
    return frame.rename({name: spoken(name) for name in names})


def served(frame: pl.DataFrame, columns: list[str] | None, predicate: pl.Expr | None) -> pl.DataFrame:
    """What a pass asked for of some rows; names are names, whatever they look like."""
    import polars as pl

    chosen = frame if columns is None else pl.DataFrame({c: frame.get_column(c) for c in columns}, height=frame.height)
    return chosen if predicate is None else chosen.filter(predicate)
