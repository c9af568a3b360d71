"""Names of columns that mean something else to the libraries below: `*` and `^...$` choose columns, some are ours."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from auditor.model import FileNote
from auditor.scan.request import FILE, ROW, SPLIT
from auditor.sources.splits import split_of_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from auditor.sources.types import RawTable, ReadResult

MASK: Final = "masked-"
"""What the masked part of a path begins with."""
_PERSONAL: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}\.\w{2,}|(?<!\w)(?!(?:19|20)\d\d[-/. ]?[01]\d[-/. ]?[0-3]\d)\+?\d(?:[ .\-/()]{0,2}\d){8,24}(?!\w)")
"""An e-mail address, or nine digits and more by themselves that are no date; a gene or a part may be numbered behind letters.
Lengths are bounded, so that a name of a million characters takes no longer than it must."""
_ADDRESS: Final = re.compile(r"[^\s@/\\]{1,64}@[^\s@/\\]{1,255}?\.[A-Za-z]{2,24}(?![A-Za-z])")
"""An e-mail address in the name of a file or folder."""
_ENDINGS: Final = frozenset(["arrow", "avi", "bmp", "bz", "csv", "dat", "db", "feather", "flac", "gif", "gz", "html", "jpeg", "jpg", "json", "jsonl", "log", "md", "mp", "npy", "parquet", "pdf", "png", "rst", "sqlite", "svg", "tar", "tsv", "txt", "wav", "webp", "xls", "xlsx", "xml", "xz", "yaml", "yml", "zip", "zst"])
"""What follows the last dot of a file that is no address."""


def chooses(name: str) -> bool:
    """Whether Polars takes a name for a choice of columns."""
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def withheld(name: str) -> bool:
    """Whether a name holds an e-mail address or a number like a telephone's, so that it may be somebody's and is in no report."""
    return bool(_PERSONAL.search(name))


def told(name: str) -> str:
    """The name by which a field is told."""
    return f"column {hashlib.sha256(name.encode()).hexdigest()[:6]}" if withheld(name) else name


def masked(path: str) -> str:
    """A path of fields with what is withheld masked."""
    return _PERSONAL.sub(lambda found: told(found[0]), path)


def spoken_path(path: str) -> str:
    """A path with e-mail addresses masked, by which a file is told; a word for a split inside one stays."""
    return _ADDRESS.sub(_mask, path)


def _mask(found: re.Match[str]) -> str:
    if found[0].rsplit(".", 1)[-1].lower() in _ENDINGS:  # `icon@2x.png`, `data@v2.csv`
        return found[0]
    split = split_of_name(found[0])
    return f"{split + '-' if split else ''}{MASK}{hashlib.sha256(found[0].encode()).hexdigest()[:6]}"


def spoken(name: str) -> str:
    """The name by which a column is read and told."""
    return f"column {name}" if chooses(name) or name in (FILE, ROW, SPLIT) else told(name)


def with_spoken(result: ReadResult, file: str) -> ReadResult:
    """The result with columns that cannot be called by their names renamed, and told so."""
    tables = [_renamed(t) for t in result.tables]
    odd = dict.fromkeys(name for _, names in tables for name in names)
    notes = (FileNote(file, "renamed", _why(name), 1) for name in odd)
    return replace(result, tables=tuple(t for t, _ in tables), notes=(*result.notes, *notes)) if odd else result


def _why(name: str) -> str:
    if withheld(name):
        return f"a column is read as '{spoken(name)}': its name may be personal and is withheld"
    return f"column '{name}' is read as '{spoken(name)}': the name has a meaning of its own to many tools"


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


def serve(frames: Iterable[pl.DataFrame], columns: list[str] | None, predicate: pl.Expr | None, limit: int | None) -> Iterator[pl.DataFrame]:
    """What a pass asked for of the first `limit` rows of some frames; no more of them are read than that takes."""
    left = limit
    for frame in frames:
        some = frame if left is None else frame.head(left)
        left = None if left is None else left - some.height
        yield served(some, columns, predicate)
        if left is not None and left <= 0:
            return
