"""Many small files as one table.

A plan over thousands of frames takes a time that grows with the square of their number, and a chunk of one row takes as long as one of
thousands: 10,000 files of a row each took half a minute in every pass over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from auditor.scan.chunk import chunk_rows
from auditor.scan.request import FILE, ROW, SPLIT
from auditor.sources.names import serve
from auditor.sources.types import Part, Whole

if TYPE_CHECKING:
    import polars as pl

_SMALL_ROWS: Final = 1000
"""Rows of a small file, less than what is worth remembering by itself (`auditor.scan.cache.WORTH_ROWS`)."""
_MOST_BYTES: Final = 64 << 20
"""Size of the files of one table; in memory they are there twice for a moment."""
_LEAST_FILES: Final = 8
_READ_ROWS: Final = 4096
_READ_BYTES: Final = 8 << 20
"""Rows and bytes that are read before they are handed on."""


def gathered(parts: Iterable[Part], sizes: Sequence[int], *, hold: bool) -> list[Part]:
    """The same parts; small files of a split that follow each other are pieces of one table. `sizes` are the bytes of the files.

    With `hold` the table is kept in memory, without it its files are read one after the other by every pass.
    """
    out: list[Part] = []
    run: list[Part] = []
    total = 0
    for part in parts:
        small = part.whole is None and part.within is None and part.rows < _SMALL_ROWS
        if run and not (small and part.split == run[0].split and total < _MOST_BYTES):
            out += _one(run, total, hold=hold)
            run, total = [], 0
        if small:
            run.append(part)
            total += sizes[part.file]
        else:
            out.append(part)
    return out + _one(run, total, hold=hold)


def _one(run: list[Part], size: int, *, hold: bool) -> list[Part]:
    """Pieces of a table of all rows of a run."""
    if len(run) < _LEAST_FILES:
        return run
    several = _Several(tuple(run))
    key = (run[0].file, run[0].first_row)
    rows = sum(p.rows for p in run)
    chunk = chunk_rows(size, rows)
    columns = run[0].frame.collect_schema().names()
    if not hold:
        placed = several.frame()
        whole = Whole(key, rows, placed.select(columns), placed)
        return [replace(p, chunk_rows=chunk, whole=whole) for p in run]
    table = several.read(run)
    whole = Whole(key, rows, table.lazy().select(columns), table.lazy())
    out, at = [], 0
    for part in run:
        out.append(replace(part, frame=whole.frame.slice(at, part.rows), chunk_rows=chunk, whole=whole))
        at += part.rows
    return out


@dataclass(frozen=True)
class _Several:
    """The rows of several files with the technical columns, in the order of `Part.lazy`."""

    parts: tuple[Part, ...]

    def frame(self) -> pl.LazyFrame:
        """All rows, lazily."""
        from polars.io.plugins import register_io_source

        return register_io_source(self, schema=self.parts[0].lazy().collect_schema(), is_pure=True)

    def read(self, parts: Sequence[Part]) -> pl.DataFrame:
        """The rows of some of the parts."""
        return self._placed(parts, [p.frame.collect() for p in parts])

    def __call__(self, columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, size: int | None) -> Iterator[pl.DataFrame]:
        del size
        return serve(self._blocks(), columns, predicate, limit)

    def _blocks(self) -> Iterator[pl.DataFrame]:
        held: list[pl.DataFrame] = []
        begin = rows = size = 0
        for i, part in enumerate(self.parts):
            held.append(part.frame.collect())
            rows, size = rows + held[-1].height, size + int(held[-1].estimated_size())
            if rows >= _READ_ROWS or size >= _READ_BYTES or i == len(self.parts) - 1:
                yield self._placed(self.parts[begin : i + 1], held)
                begin, rows, size, held = i + 1, 0, 0, []

    @staticmethod
    def _placed(parts: Sequence[Part], frames: list[pl.DataFrame]) -> pl.DataFrame:
        import numpy as np
        import polars as pl

        heights = [f.height for f in frames]
        at = np.concatenate([np.arange(p.first_row, p.first_row + n) for p, n in zip(parts, heights, strict=True)])
        return pl.DataFrame(
            {
                ROW: pl.Series(at, dtype=pl.UInt32),
                **{c.name: c for c in pl.concat(frames).rechunk()},
                FILE: pl.Series(np.repeat([p.file for p in parts], heights), dtype=pl.UInt32),
                SPLIT: pl.Series([parts[0].split]).new_from_index(0, len(at)),
            }
        )
