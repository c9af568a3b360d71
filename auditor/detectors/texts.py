"""Many texts as one column: what a list of Python strings would hold a second time is read a part at a time.

A million texts of 500 characters are 550 MB as Python strings. As a column they share the bytes of the frame they came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, overload

import polars as pl

from auditor.detectors.hashing import PART, normalised

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Texts(Sequence[str]):
    """The strings of a column without nulls; with `normal`, each as `hashing.normalised` makes it, at the time of reading."""

    def __init__(self, column: pl.Series, *, normal: bool = False) -> None:
        self._column = column
        self._normal = normal

    def __len__(self) -> int:
        return self._column.len()

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return self._list(self._column[at])
        return self._list(self._column[at : at + 1 or None])[0]

    def __iter__(self) -> Iterator[str]:
        for begin in range(0, len(self), PART):
            yield from self._list(self._column[begin : begin + PART])

    def _list(self, column: pl.Series) -> list[str]:
        return (normalised(column) if self._normal else column).to_list()

    def column(self, begin: int, end: int) -> pl.Series:
        """The texts from `begin` to `end` as they are, as a column."""
        return self._column[begin:end]

    def at(self, index: list[int] | NDArray[np.int64]) -> list[str]:
        """The texts at `index`, in that order."""
        return self._list(self._column.gather(index))

    def take(self, index: NDArray[np.int64]) -> Texts:
        """The texts at `index` as a column: 16 bytes a text, the characters are shared."""
        return Texts(self._column.gather(index), normal=self._normal)

    def normal(self) -> Texts:
        """The same texts, normalised when they are read."""
        return Texts(self._column, normal=True)


def picked(texts: Sequence[str] | Mapping[int, str], index: list[int] | NDArray[np.int64]) -> list[str]:
    """The texts at `index`, in that order, of a column or of any other sequence."""
    return texts.at(index) if isinstance(texts, Texts) else [texts[i] for i in index]


def taken(texts: Sequence[str], index: NDArray[np.int64]) -> Sequence[str]:
    """As `picked`; of a column, a column."""
    return texts.take(index) if isinstance(texts, Texts) else [texts[i] for i in index]
