"""The unit of the pass: a run of consecutive rows whose boundaries depend on the file only.

Chunks begin at multiples of a fixed number of rows, counted from the first data row of the file. However a file is cut
into partitions (at such multiples), the same chunks come out, so sums of floating-point numbers come out the same too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

CHUNK_ROWS: Final = 1 << 17
"""Rows of a chunk: large enough that the cost of a call doesn't count, small enough that ten columns fit the cache."""
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
        self._numbers: dict[tuple[str, bool], NDArray[np.float64]] = {}

    def numbers(self, column: str, *, lengths: bool = False) -> NDArray[np.float64]:
        """Non-null values of a numeric column as float64, or the characters of the non-null cells of a text column."""
        import polars as pl

        key = (column, lengths)
        if key not in self._numbers:
            values = self.frame[column].drop_nulls()
            values = values.cast(pl.String).str.len_chars() if lengths else values
            self._numbers[key] = values.cast(pl.Float64).to_numpy()
        return self._numbers[key]


def batches(frame: pl.LazyFrame, size: int) -> Iterator[pl.DataFrame]:
    """Rows of a frame in order, exactly `size` at a time (the last fewer), without holding more than a few such batches."""
    yield from exact(frame.collect_batches(chunk_size=size, maintain_order=True, engine="streaming"), size)


def exact(pieces: Iterator[pl.DataFrame], size: int) -> Iterator[pl.DataFrame]:
    """The same rows in frames of exactly `size` rows, the last one fewer."""
    import polars as pl

    held: list[pl.DataFrame] = []
    count = 0
    for piece in pieces:
        at = 0
        while count + piece.height - at >= size:
            held.append(piece.slice(at, size - count))
            at += size - count
            yield (pl.concat(held) if len(held) > 1 else held[0]).rechunk()
            held, count = [], 0
        if at < piece.height:
            held.append(piece.slice(at) if at else piece)
            count += piece.height - at
    if count:
        yield (pl.concat(held) if len(held) > 1 else held[0]).rechunk()
