"""What is kept of rows as they stream by, for answers that need more of them than a sum.

One consumer of the stream keeps everything. A frame of its own for each answer would be shorter, but where several take from
one scan, Polars runs those that gather rows one after the other and holds the whole batch, every column, for the ones that
wait: 1,270 MB instead of 850 MB at 5M rows of 12 columns. Only methods that Polars runs at once are used on the kept frames,
not those that make and collect a lazy one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

ROW_INDEX: Final = "__gx_row"
"""Name of the column with the 0-based position of a row in the batch."""
_FEW: Final = 4
"""Below one in this many, rows that are kept are copied out of their batch."""


@dataclass(frozen=True)
class Keep:
    """Columns to keep of the first `limit` rows (None: all) where the column `flag` is true (None: of every row)."""

    columns: tuple[str, ...]
    flag: str | None = None
    limit: int | None = None


class Keeper:
    """Passes batches on as they are and keeps what it is asked to; batches may come in any order and from any thread."""

    def __init__(self, keeps: Sequence[Keep]) -> None:
        self._keeps = keeps
        self._pieces: list[list[tuple[int, pl.DataFrame]]] = [[] for _ in keeps]
        self._lock = threading.Lock()

    def __call__(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` has the columns and flags of all keeps, and `ROW_INDEX`."""
        if frame.height:
            first = int(frame.item(0, ROW_INDEX))
            for keep, pieces in zip(self._keeps, self._pieces, strict=True):
                piece = _piece(frame, keep)
                if piece.height:
                    with self._lock:
                        pieces.append((first, piece))
                        _first(pieces, keep.limit)
        return frame

    def give(self, index: int, schema: Callable[[], pl.Schema]) -> pl.DataFrame:
        """Give away what the keep at `index` has, in the order of rows; `schema` gives that of the stream, for when it is nothing."""
        keep, pieces = self._keeps[index], [piece for _, piece in sorted(self._pieces[index], key=lambda p: p[0])]
        self._pieces[index] = []
        if not pieces:
            types = schema()
            return pl.DataFrame(schema={c: types[c] for c in keep.columns})
        return pl.concat(pieces)[: keep.limit]


def _piece(frame: pl.DataFrame, keep: Keep) -> pl.DataFrame:
    chosen = frame[list(keep.columns)]
    if keep.flag is not None and not (flagged := frame.get_column(keep.flag).to_numpy()).all():
        chosen = chosen[flagged.nonzero()[0][: keep.limit]]
    piece = chosen[: keep.limit]
    return _owned(piece) if piece.height < frame.height / _FEW else piece


def _owned(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows with texts of their own: a few rows would keep alive all characters of the row group that they came from."""
    held = (pl.String, pl.Binary)
    return pl.DataFrame([pl.Series(s.name, s.to_list(), dtype=s.dtype) if s.dtype in held else s for s in frame.get_columns()])


def _first(pieces: list[tuple[int, pl.DataFrame]], limit: int | None) -> None:
    """Drop pieces that cannot hold any of the first `limit` rows."""
    if limit is None or len(pieces) < 2:
        return
    pieces.sort(key=lambda p: p[0])
    have = 0
    for i, (_, piece) in enumerate(pieces):
        if have >= limit:
            del pieces[i:]
            return
        have += piece.height
