"""The rows of delimited text line by line, each bad one with its line and reason; what quotes leave open is found out."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

OPEN_QUOTE_LINES: Final = 1000
"""A quoted field over more lines than this is taken for an unclosed quote."""


class _Window:
    """The lines of a text by number (from 0) without their ends; those that are not needed any more are forgotten."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._source = iter(lines)
        self._held: deque[str] = deque()
        self._first = 0

    def has(self, at: int) -> bool:
        """Whether there is a line `at`."""
        while at >= self._first + len(self._held):
            line = next(self._source, None)
            if line is None:
                return False
            self._held.append(line.rstrip("\r\n"))
        return True

    def line(self, at: int) -> str:
        """Line `at`, which `has` has seen."""
        return self._held[at - self._first]

    def forget(self, before: int) -> None:
        """Lines before this one are not asked for again."""
        while self._first < before and self._held:
            self._held.popleft()
            self._first += 1


def records(lines: Iterable[str], delimiter: str, width: int) -> Iterator[tuple[int, list[str], str | None]]:
    """(1-based line, cells, None) per good row and (line, [], reason) per bad one; an open quote costs its first line only.

    Never holds more lines than a quoted field may have.
    """
    window = _Window(lines)
    at = 0
    while window.has(at):
        window.forget(at)
        start = at
        is_open = _open(window.line(at), delimiter)
        at += 1
        while is_open and window.has(at) and at - start < OPEN_QUOTE_LINES:
            is_open = _open(window.line(at), delimiter, inside=True)
            at += 1
        if is_open:
            yield start + 1, [], "a quote is opened and never closed"
            at = start + 1
            continue
        chunk = "\n".join(window.line(i) for i in range(start, at))
        if not chunk and width > 1:
            continue  # a blank line is no row; in a one-column file it is an empty cell
        cells = _cells(chunk, delimiter)
        swallowed = at - start > 1 and _swallows([window.line(i) for i in range(start + 1, at - 1)], delimiter, width)
        if len(cells) == width and not swallowed:
            yield start + 1, cells, None
        elif swallowed or any(_is_row(window.line(i), delimiter, width) for i in range(start + 1, at)):
            # The quote was closed by another row's stray quote: only the first line is to blame, the others are rows.
            yield start + 1, [], "a quote is opened and never closed"
            at = start + 1
        else:
            yield start + 1, [], f"{len(cells)} fields where {width} are expected"


def _cells(text: str, delimiter: str) -> list[str]:
    """The cells of one row."""
    return text.split(delimiter) if '"' not in text else next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [""])


def _is_row(line: str, delimiter: str, width: int) -> bool:
    """Whether a line is a row by itself."""
    return not _open(line, delimiter) and len(_cells(line, delimiter)) == width


def _swallows(inner: list[str], delimiter: str, width: int) -> bool:
    """Whether lines inside a quoted field are rows of their own: most of them have the fields of a row (prose seldom does)."""
    if width < 3 or not inner:
        return False
    fits = sum(line.count(delimiter) == width - 1 for line in inner)
    return fits * 2 > len(inner)


def _open(line: str, delimiter: str, *, inside: bool = False) -> bool:
    """Whether a line ends inside a quoted field; `inside`: it begins there. A quote in the middle of an unquoted field opens nothing."""
    at = 0
    while inside or '"' in line[at:]:
        if not inside and line[at] != '"':
            at = line.find(delimiter, at) + 1
            if not at:
                return False
            continue
        close = line.find('"', at if inside else at + 1)
        while close >= 0 and line[close + 1 : close + 2] == '"':
            close = line.find('"', close + 2)
        if close < 0:
            return True
        inside = False
        at = line.find(delimiter, close) + 1
        if not at:
            return False
    return False
