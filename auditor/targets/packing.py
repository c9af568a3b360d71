"""Rows packed into sequences of one length, as trainers do it to waste nothing on padding: what comes out, simulated.

Strategies, as TRL names them (trl/data_utils.py, `pack_dataset`, @f2cd577):

    bfd      best-fit decreasing: rows are cut at the sequence length, sorted, and each goes where the least room is left
             that it fits in; no row is split
    wrapped  all rows one after the other, cut every `size` tokens: nothing is lost, rows go on in the next sequence
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

STRATEGIES: Final = ("bfd", "wrapped")
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
    """Rows that stand in more than one sequence (wrapped), or lose their end (bfd)."""


def pack(lengths: Ints, size: int, strategy: str) -> Packed:
    """Pack rows of `lengths` tokens, in the order given, into sequences of `size` tokens.

    Raises:
        ValueError: no such strategy, or a size below 1.
    """
    if strategy not in STRATEGIES or size < 1:
        raise ValueError(f"packing is one of {', '.join(STRATEGIES)}, into 1 token or more")
    rows = lengths[lengths > 0]
    if strategy == "wrapped":
        ends = np.cumsum(rows)
        total = int(ends[-1]) if rows.size else 0
        split = int(((ends - rows) // size != (ends - 1) // size).sum())
        return _packed(strategy, size, -(-total // size), total, split)
    cut = np.minimum(rows, size)
    return _packed(strategy, size, _best_fit(cut, size), int(cut.sum()), int((rows > size).sum()))


def _packed(strategy: str, size: int, sequences: int, tokens: int, split: int) -> Packed:
    return Packed(strategy, size, sequences, tokens, 1 - tokens / (sequences * size) if sequences else 0.0, split)


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
