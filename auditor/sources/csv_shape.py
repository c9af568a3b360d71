"""Where the rows of delimited text end, told from quotes and line ends alone.

Where every quote stands as RFC 4180 has it (section 2, rules 5 to 7), an even number of quotes before a line end says that a row
ends there, and any parser finds the same fields. Everywhere else two readers may find different rows, so nothing is claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.sources.csv_records import OPEN_QUOTE_LINES
from auditor.sources.lines import how_many

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_QUOTE: Final = ord('"')
_NEWLINE: Final = ord("\n")
_RETURN: Final = ord("\r")


class Shape(NamedTuple):
    """The whole rows at the beginning of some bytes."""

    size: int
    """Bytes of the whole rows."""
    rows: int
    """Line ends outside quotes."""
    lines: int
    """Line ends."""
    regular: bool
    """Whether every parser finds the same rows and fields."""


def shape(data: bytearray, have: int, delimiter: str, width: int) -> Shape:
    """The whole rows of the first `have` bytes; a row is whole when its line end is there."""
    import numpy as np

    raw = np.frombuffer(data, np.uint8, have)
    if data.find(b'"', 0, have) < 0:
        size = data.rfind(b"\n", 0, have) + 1
        lines = int(np.count_nonzero(raw[:size] == _NEWLINE))
        return Shape(size, lines, lines, regular=not _bare_return(raw[:size], data))
    quotes, ends = np.flatnonzero(raw == _QUOTE), np.flatnonzero(raw == _NEWLINE)
    outside = _outside(quotes, ends)
    if not outside.any():
        return Shape(0, 0, len(ends), regular=len(ends) <= OPEN_QUOTE_LINES)
    size = int(ends[outside][-1]) + 1
    quotes, whole = quotes[quotes < size], ends < size
    ends, outside = ends[whole], outside[whole]
    inner = ends[~outside]
    regular = (
        _well_placed(raw[:size], quotes, ord(delimiter))
        and not _bare_return(raw[:size], data)
        and not (len(inner) and _doubtful(raw[:size], ends[outside], inner, ord(delimiter), width))
    )
    return Shape(size, int(outside.sum()), len(ends), regular)


def delimiters(data: bytes, delimiter: str) -> int:
    """Delimiters outside quotes in whole rows."""
    import numpy as np

    if b'"' not in data:
        return how_many(delimiter.encode(), data)
    raw = np.frombuffer(data, np.uint8)
    return int(_outside(np.flatnonzero(raw == _QUOTE), np.flatnonzero(raw == ord(delimiter))).sum())


def first_lines(data: bytes) -> NDArray[np.int64]:
    """For each whole row the number (from 0) of the line in which it begins."""
    import numpy as np

    raw = np.frombuffer(data if data.endswith(b"\n") else data + b"\n", np.uint8)
    outside = _outside(np.flatnonzero(raw == _QUOTE), np.flatnonzero(raw == _NEWLINE))
    return np.concatenate([[0], np.flatnonzero(outside)[:-1] + 1])


def _outside(quotes: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which places have an even number of quotes before them."""
    import numpy as np

    found: NDArray[np.bool_] = np.searchsorted(quotes, places) & 1 == 0
    return found


def _bare_return(raw: NDArray[np.uint8], data: bytearray) -> bool:
    """Whether a carriage return ends a line by itself."""
    import numpy as np

    if data.find(b"\r", 0, len(raw)) < 0:
        return False
    at = np.flatnonzero(raw == _RETURN)
    return bool((raw[np.minimum(at + 1, len(raw) - 1)] != _NEWLINE).any())


def _well_placed(raw: NDArray[np.uint8], quotes: NDArray[np.int64], delimiter: int) -> bool:
    """Whether each opening quote begins a field and each closing one ends it, or is doubled; the last byte is a line end."""
    opens, closes = quotes[::2], quotes[1::2]
    before = raw[opens[opens > 0] - 1]
    after = raw[closes + 1]
    begins = (before == delimiter) | (before == _NEWLINE) | (before == _QUOTE)
    ends = (after == delimiter) | (after == _NEWLINE) | (after == _RETURN) | (after == _QUOTE)
    return bool(begins.all() and ends.all())


def _doubtful(raw: NDArray[np.uint8], ends: NDArray[np.int64], inner: NDArray[np.int64], delimiter: int, width: int) -> bool:
    """Whether a quoted field is over so many lines, or has such lines in it, that its quote may have swallowed rows."""
    import numpy as np

    row = np.searchsorted(ends, inner)
    if int(np.bincount(row - row[0]).max()) >= OPEN_QUOTE_LINES:
        return True
    if width < 3:  # as in `records`
        return False
    marks = np.searchsorted(np.flatnonzero(raw == delimiter), inner)
    return bool(((marks[1:] - marks[:-1] == width - 1) & (row[1:] == row[:-1])).any())
