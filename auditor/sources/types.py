"""What a reader returns, and a part of the data as everything after it sees it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import groupby
from typing import TYPE_CHECKING

from auditor.scan.chunk import CHUNK_ROWS
from auditor.scan.request import FILE, ROW, SPLIT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from auditor.model import Dataset, FileNote, Reject
    from auditor.sources.proof import Proof


@dataclass(frozen=True)
class RawTable:
    """Rows of one file (or of one split inside it), as its reader gives them."""

    frame: pl.LazyFrame
    rows: int
    split: str | None = None
    """Split named inside the file (a dict of splits); None where the file name decides."""
    sliceable: bool = True
    """Whether a slice of `frame` costs no more than its own rows."""
    costly: bool = False
    """Whether a piece costs more than its own rows."""
    proof: Proof | None = field(default=None, compare=False)
    """Where not all of the file was read: whether a pass has found it as it was taken to be."""
    cut: Callable[[int, int], pl.LazyFrame] | None = field(default=None, compare=False)
    """Rows from a first row on, so many; for files in which a slice would read all that comes before."""
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    """All classes of a column, with rows or without, where the file says them."""


@dataclass(frozen=True)
class ReadResult:
    """All that a reader says of one file."""

    format: str
    tables: tuple[RawTable, ...] = ()
    rejects: tuple[Reject, ...] = ()
    rejected_rows: int = 0
    notes: tuple[FileNote, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A file that may hold data, before it is read."""

    path: Path
    name: str
    """POSIX path relative to the audited folder."""
    size: int


@dataclass(frozen=True)
class Whole:
    """What several parts are pieces of: a table that is cut, or a table of the rows of several small files."""

    key: tuple[int, int]
    """File and first row; another one for every whole."""
    rows: int
    frame: pl.LazyFrame
    placed: pl.LazyFrame | None = None
    """The rows with the technical columns, where they are of several files."""
    costly: bool = False
    """Whether a piece costs more than its own rows."""

    @property
    def first_row(self) -> int:
        """Row of the file in which it begins."""
        return self.key[1]


@dataclass(frozen=True)
class Part:
    """A partition: consecutive rows of one file, or those of them that belong to one split."""

    file: int
    """Index in `Dataset.files`."""
    split: str
    first_row: int
    rows: int
    frame: pl.LazyFrame = field(repr=False, compare=False)
    chunk_rows: int = CHUNK_ROWS
    """Rows of a chunk, see `auditor.scan.chunk`; the part begins at a multiple of it."""
    within: tuple[str, tuple[str, ...]] | None = None
    """A column, and the values of it that the rows of this part have, where a column says the split."""
    whole: Whole | None = field(default=None, repr=False, compare=False)
    """The table that this part is a piece of, where it is one of several."""
    placed: pl.LazyFrame | None = field(default=None, repr=False, compare=False)
    """The rows with the technical columns, where they are of several files."""
    sliceable: bool = field(default=True, repr=False, compare=False)
    """Whether a slice of `frame` costs no more than its own rows."""
    cut: Callable[[int, int], pl.LazyFrame] | None = field(default=None, repr=False, compare=False)
    """As of `RawTable`, while what the rows are is being told."""

    def with_columns(self, made: Sequence[pl.Expr]) -> Part:
        """The part with columns more or others."""
        whole = self.whole
        if whole is not None:
            whole = replace(whole, frame=whole.frame.with_columns(made), placed=None if whole.placed is None else whole.placed.with_columns(made))
        cut = self.cut
        return replace(self, frame=self.frame.with_columns(made), whole=whole, cut=None if cut is None else lambda first, rows: cut(first, rows).with_columns(made))

    def stretch(self, first: int, rows: int) -> pl.LazyFrame | None:
        """So many rows from a row of the part on; None where they cost more than themselves."""
        if self.within is not None:
            return None
        if self.cut is not None:
            return self.cut(self.first_row - (self.first_row if self.whole is None else self.whole.first_row) + first, rows)
        return self.frame.slice(first, rows) if self.sliceable else None

    @property
    def data(self) -> pl.LazyFrame:
        """The rows as they are."""
        return self._own(self.frame)

    def lazy(self) -> pl.LazyFrame:
        """The rows with the technical columns `FILE`, `ROW` and `SPLIT`."""
        import polars as pl

        if self.placed is not None:
            return self.placed
        return self._own(
            self.frame.with_row_index(ROW, self.first_row).with_columns(
                pl.lit(self.file, pl.UInt32).alias(FILE), pl.lit(self.split).alias(SPLIT), pl.col(ROW).cast(pl.UInt32)
            )
        )

    def _own(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        import polars as pl

        return frame if self.within is None else frame.filter(pl.col(self.within[0]).cast(pl.String).is_in(self.within[1]))


class Join(Enum):
    """Which pieces are read together."""

    ALL = "all"
    """Of all tables, as for one plan: an engine that is given forty slices of a file reads them side by side, which takes forty times the
    memory (10 GB for 8 GB of CSV)."""
    COSTLY = "costly"
    """Of tables whose pieces cost more than their own rows; the others are read one after the other, which takes less memory."""
    FILES = "files"
    """Of tables that are several small files."""


def joined(parts: Iterable[Part], which: Join = Join.ALL) -> list[Part]:
    """The same rows in fewer parts: all pieces of a table are the table."""
    out: list[Part] = []
    for _, group in groupby(parts, key=lambda p: (p.split, p.within, p.whole.key if p.whole else (p.file, p.first_row))):
        pieces = list(group)
        whole = pieces[0].whole
        if whole is not None and _wanted(whole, which) and sum(p.rows for p in pieces) == whole.rows:
            pieces = [replace(pieces[0], first_row=whole.first_row, rows=whole.rows, frame=whole.frame, placed=whole.placed, whole=None)]
        out += pieces
    return out


def _wanted(whole: Whole, which: Join) -> bool:
    return which is Join.ALL or whole.placed is not None or (which is Join.COSTLY and whole.costly)


@dataclass(frozen=True)
class Source:
    """A data set on disk: its description, and its rows as parts in file order."""

    dataset: Dataset
    parts: tuple[Part, ...]
    proofs: tuple[tuple[Proof, pl.LazyFrame], ...] = field(default=(), repr=False, compare=False)
    """What a pass has yet to find true, and the rows that it must have gone through for that."""
