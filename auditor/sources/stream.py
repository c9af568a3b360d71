"""Files that are gone through block by block, again by every pass: what is in memory is a block, however large the file is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from auditor.sources.json_columns import Kind, frame_of, schema_of, transpose
from auditor.sources.names import served
from auditor.sources.types import RawTable

if TYPE_CHECKING:
    import polars as pl

Objects = list[dict[str, Any]]


@dataclass(frozen=True)
class BlockScan:
    """Rows as objects, a block at a time; small and picklable where `opener` is."""

    opener: Callable[[int], Iterator[Objects]]
    """Blocks of the rows from a first one on."""
    kind: Kind = field(default_factory=lambda: Kind("object"))
    rows: int = 0
    cuttable: bool = False
    """Whether beginning at a later row saves reading what comes before."""

    def measured(self) -> BlockScan:
        """The same with its types and number of rows, for which it is gone through once."""
        kind, rows = self.kind, 0
        for block in self.opener(0):
            rows += len(block)
            kind = kind.join(transpose(block).kind)
        return replace(self, kind=kind, rows=rows)

    def frame(self, first: int = 0, rows: int | None = None) -> pl.LazyFrame:
        """Lazy rows `first` to `first + rows`."""
        from polars.io.plugins import register_io_source

        reader = _Reader(self, first, self.rows - first if rows is None else rows)
        return register_io_source(reader, schema=schema_of(self.kind), is_pure=True)

    def table(self, *, hold: bool) -> RawTable:
        """The rows, kept in memory as columns with `hold`."""
        if hold:
            return RawTable(self.frame().collect(engine="streaming").lazy(), self.rows)
        return RawTable(self.frame(), self.rows, sliceable=False, cut=self.frame if self.cuttable else None)


@dataclass(frozen=True)
class _Reader:
    scan: BlockScan
    first: int
    rows: int

    def __call__(self, columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, size: int | None) -> Iterator[pl.DataFrame]:
        del size
        left = self.rows if limit is None else min(limit, self.rows)
        for block in self.scan.opener(self.first):
            frame = frame_of(block[:left], self.scan.kind)
            left -= frame.height
            yield served(frame, columns, predicate)
            if left <= 0:
                return
