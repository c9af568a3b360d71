"""Rows packed into sequences of one length, as trainers do it to waste nothing on padding: what comes out, simulated.

Strategies, as TRL names them (`pack_dataset` in trl/data_utils.py, read in a copy of unknown release that has these three;
another copy calls `bfd_split` `bfd-requeue`, and early releases know only `wrapped`):

    bfd        best-fit decreasing: rows are cut at the sequence length, sorted, and each goes where the least room is left
               that it fits in; no row is split
    bfd_split  the same, but what is over the sequence length becomes further rows instead of being lost
    wrapped    all rows one after the other, cut every `size` tokens: nothing is lost, rows go on in the next sequence

TRL packs within `Dataset.map(batched=True)`, that is among 1,000 rows in their order at a time (the default of `datasets`;
one process), so the order of rows counts.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

STRATEGIES: Final = ("bfd", "bfd_split", "wrapped")
BATCH: Final = 1000
"""Rows that are packed among themselves: the default batch of `datasets.Dataset.map`."""
Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Packed:
    """What packing makes of rows."""

    strategy: str
    size: int
    """Tokens of a sequence."""
    sequences: int
    tokens: int
    """Tokens in all sequences."""
    padding: float
    """Share of the sequences that is padding, 0 to 1."""
    split: int
    """Rows that stand in more than one sequence (wrapped), are cut into several (bfd_split), or lose their end (bfd)."""
    trained: int = 0
    """Tokens in all sequences that a loss is taken on."""

    @property
    def trained_each(self) -> float:
        """Trained tokens of a sequence, on average."""
        return self.trained / self.sequences if self.sequences else 0.0


def pack(lengths: Ints, size: int, strategy: str) -> Packed:
    """Pack rows of `lengths` tokens, in the order given, into sequences of `size` tokens.

    Raises:
        ValueError: no such strategy, or a size below 1.
    """
    if strategy not in STRATEGIES or size < 1:
        raise ValueError(f"packing is one of {', '.join(STRATEGIES)}, into 1 token or more")
    counted = [_batch(lengths[at : at + BATCH], size, strategy) for at in range(0, lengths.size, BATCH)]
    sequences, tokens, split = (sum(c[i] for c in counted) for i in range(3))
    return Packed(strategy, size, sequences, tokens, 1 - tokens / (sequences * size) if sequences else 0.0, split)


def _batch(lengths: Ints, size: int, strategy: str) -> tuple[int, int, int]:
    """Sequences, tokens in them and rows split of rows that are packed together."""
    rows = lengths[lengths > 0]
    if strategy == "wrapped":
        ends = np.cumsum(rows)
        total = int(ends[-1]) if rows.size else 0
        split = int(((ends - rows) // size != (ends - 1) // size).sum())
        return -(-total // size), total, split
    cut = np.minimum(rows, size)
    if strategy == "bfd_split":
        whole, rest = int((rows // size).sum()), rows % size
        cut = np.concatenate((np.full(whole, size, dtype=np.int64), rest[rest > 0]))
    return _best_fit(cut, size), int(cut.sum()), int((rows > size).sum())


def _best_fit(lengths: Ints, size: int) -> int:
    """Sequences that best-fit decreasing needs. Equal rows and equal rooms are placed together, so millions of rows are quick."""
    rooms: dict[int, int] = {}
    order: list[int] = []
    used = 0

    def put(room: int, bins: int) -> None:
        if room and bins:
            if room not in rooms:
                insort(order, room)
            rooms[room] = rooms.get(room, 0) + bins

    values, counts = np.unique(lengths, return_counts=True)
    for length, count in zip(values[::-1].tolist(), counts[::-1].tolist(), strict=True):
        left = count
        while left:
            at = bisect_left(order, length)
            if at == len(order):
                room, bins = size, -(-left // (size // length))
                used += bins
            else:
                room = order.pop(at)
                bins = rooms.pop(room)
            # what is put into a sequence makes it the tightest one that fits: it is filled before the next is begun
            each = room // length
            full = min(bins, left // each)
            rest = min(left - full * each, each) if full < bins else 0
            put(room - each * length, full)
            put(room - rest * length, 1 if rest else 0)
            put(room, bins - full - (1 if rest else 0))
            left -= full * each + rest
    return used
