"""Hashes that may have come before: a filter of bounded size, in place of every hash of the data."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_FIRST: Final = 1 << 17
_LARGEST: Final = 1 << 25
"""Words of the first and of the largest table: 1 MiB and 256 MiB."""
_SHARE: Final = 4
"""Hashes that a table takes for each of its words: 16 bits a hash, of which three are set."""


class Seen:
    """Gives back the hashes of a batch that have come before, in this batch or an earlier one, and a few that have not.

    None that repeats is ever missing; of those that don't, about 2 to 3 % are given too, and it is for the caller to compare
    them in full. A Bloom filter whose three bits lie in one word (Putze, Sanders and Singler 2007, "Cache-, hash- and
    space-efficient Bloom filters", blocked by the word): hashes are sorted first, so that a table is walked and not jumped
    about in. Full tables are kept and a new one of four times the size is begun, so that a small set pays for a small one:
    the tables of 133 million hashes are 360 MB.
    """

    def __init__(self) -> None:
        self._tables: list[npt.NDArray[np.uint64]] = []
        self._room = 0
        self._lock = threading.Lock()  # the streaming engine may call from any of its threads

    def __call__(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` has one column of 64-bit hashes."""
        import numpy as np

        hashes = np.sort(frame.to_series().to_numpy())
        if not len(hashes):
            return frame
        six = np.uint64(63)
        bits = [np.uint64(1) << (hashes >> np.uint64(shift) & six) for shift in (0, 6, 12)]
        mask = bits[0] | bits[1] | bits[2]
        known = np.zeros(len(hashes), dtype=bool)
        known[1:] = hashes[1:] == hashes[:-1]
        with self._lock:
            for table in self._tables:
                known |= (table[_words(hashes, table)] & mask) == mask
            if self._room <= 0:
                size = min(_FIRST << 2 * len(self._tables), _LARGEST)
                self._tables.append(np.zeros(size, dtype=np.uint64))
                self._room = size * _SHARE
            table = self._tables[-1]
            words = _words(hashes, table)
            first = np.flatnonzero(np.r_[True, words[1:] != words[:-1]])
            table[words[first]] |= np.bitwise_or.reduceat(mask, first)
            self._room -= len(hashes)
        return pl.DataFrame({frame.columns[0]: hashes[known]})


def _words(hashes: npt.NDArray[np.uint64], table: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """The word of each hash by its upper bits, ascending as the hashes are; tables have a power of two of words."""
    import numpy as np

    return (hashes >> np.uint64(65 - len(table).bit_length())).astype(np.int64)
