"""The unit of the pass: a run of consecutive rows whose boundaries depend on the file only.

Chunks begin at multiples of a fixed number of rows, counted from the first data row of the file. However a file is cut
into partitions (at such multiples), the same chunks come out, so sums of floating-point numbers come out the same too.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from auditor.scan.text import Text

CHUNK_ROWS: Final = 1 << 16
"""Rows of a chunk: large enough that the cost of a call doesn't count (half as many cost a third more CPU), small enough that ten columns
fit the cache (twice as many take 40 MB more at the same CPU; 2M rows x 15 columns)."""
CHUNK_BYTES: Final = 32 << 20
"""A chunk of long rows is kept near this size."""


def chunk_rows(size: int, rows: int) -> int:
    """Rows of a chunk for a file of `size` bytes and `rows` rows: a power of two from 256 to `CHUNK_ROWS`."""
    per_row = max(1, size // max(1, rows))
    fitting = max(256, CHUNK_BYTES // per_row)
    return min(CHUNK_ROWS, 1 << (fitting.bit_length() - 1))


class Chunk:
    """A frame with what several measures derive from its columns, made once."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self._numbers: dict[str, NDArray[np.float64]] = {}
        self._cells: dict[str, Cells] = {}
        self._texts: dict[str, Text] = {}
        self._finite: dict[str, tuple[NDArray[np.float64], int, int]] = {}

    @classmethod
    def of_cells(cls, column: str, cells: Cells) -> Chunk:
        """What measures that go `by_value` need of a column."""
        import polars as pl

        chunk = cls(pl.DataFrame())
        chunk._cells[column] = cells
        return chunk

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Non-null values of a numeric column as float64."""
        import polars as pl

        if column not in self._numbers:
            values = self.frame[column]
            values = values.drop_nulls() if values.null_count() else values
            self._numbers[column] = (values if values.dtype == pl.Float64 else values.cast(pl.Float64)).to_numpy()
        return self._numbers[column]

    def cells(self, column: str) -> Cells:
        """Non-null cells, or each value once."""
        if column not in self._cells:
            values = self.frame[column]
            self._cells[column] = Cells(values.drop_nulls() if values.null_count() else values, None)
        return self._cells[column]

    def finite(self, column: str) -> tuple[NDArray[np.float64], int, int]:
        """The `numbers` that are neither NaN nor infinite, and how many are the one and the other."""
        import numpy as np

        if column not in self._finite:
            x = self.numbers(column)
            if not len(x) or (np.isfinite(x.min()) and np.isfinite(x.max())):  # NaN, too, comes out of both
                self._finite[column] = x, 0, 0
            else:
                good = np.isfinite(x)
                nan = int(np.isnan(x).sum())
                self._finite[column] = x[good], nan, int(len(x) - good.sum() - nan)
        return self._finite[column]

    def text(self, column: str) -> Text:
        """The `cells` of a text column, measured."""
        from auditor.scan.text import measured

        if column not in self._texts:
            self._texts[column] = measured(self.cells(column))
        return self._texts[column]


def owned(text: pl.Series) -> pl.Series:
    """The same strings in memory of their own: gathered or filtered ones keep alive all the characters of the column they came from."""
    return text + ""


def compact(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows in memory of their own, see `owned`; any type of column."""
    import polars as pl

    buffer = io.BytesIO()
    frame.write_ipc(buffer)
    buffer.seek(0)
    return pl.read_ipc(buffer)


class Cells(NamedTuple):
    """Values and the rows of each; rows are None where each value stands for one row."""

    values: pl.Series
    rows: NDArray[np.int64] | None

    def total(self, which: NDArray[np.bool_]) -> int:
        """Rows of the values for which the mask `which` is true."""
        import numpy as np

        return int(np.count_nonzero(which) if self.rows is None else self.rows[which].sum())


def batches(frame: pl.LazyFrame, size: int) -> Iterator[pl.DataFrame]:
    """Rows of a frame in order, exactly `size` at a time (the last fewer), without holding more than a few such batches."""
    # Row groups read ahead of need are much of the memory of a pass over Parquet. Measured on 10M rows x 15 columns, decoding alone: 313 MB
    # at the default, 187 MB with one, at the same CPU.
    os.environ.setdefault("POLARS_ROW_GROUP_PREFETCH_SIZE", "1")
    yield from exact(frame.collect_batches(chunk_size=size, maintain_order=True, engine="streaming"), size)


def exact(pieces: Iterator[pl.DataFrame], size: int) -> Iterator[pl.DataFrame]:
    """The same rows in frames of exactly `size` rows, the last one fewer."""
    held: list[pl.DataFrame] = []
    count = 0
    for piece in pieces:
        at = 0
        while count + piece.height - at >= size:
            held.append(piece.slice(at, size - count))
            at += size - count
            yield _whole(held)
            held, count = [], 0
        if at < piece.height:
            held.append(piece.slice(at) if at else piece)
            count += piece.height - at
    if count:
        yield _whole(held)


def _whole(pieces: list[pl.DataFrame]) -> pl.DataFrame:
    """One frame, each column of which lies in one piece."""
    import polars as pl

    frame = pl.concat(pieces) if len(pieces) > 1 else pieces[0]
    # Column by column: all at once, they wait for the threads that decode what comes next. A list would give a column without a name one.
    return frame if max(frame.n_chunks("all"), default=1) == 1 else pl.DataFrame({column.name: column.rechunk() for column in frame})
