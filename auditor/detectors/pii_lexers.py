"""The strings of a text file with the places of their characters in it, so that a piece can be replaced and nothing else.

CSV and TSV fields, JSON string and number tokens, lines of plain text. Paths are written as the scan writes them
(`messages[].content`), so that a column's name is the same context here and there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Token:
    """One value of a text file."""

    path: str
    start: int
    end: int
    """Characters of the file that hold the value, quotes left out."""
    kind: str
    """`plain`, `quoted` (CSV), `json` (escaped) or `number` (a JSON number)."""
    names: bool = False
    """Whether it is the name of a column or field, and no value."""


_ESCAPE = re.compile(r'\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)|""', re.DOTALL)


def decoded(raw: str, kind: str) -> tuple[str, list[int]]:
    """Value of a token, and for each of its characters (and the end) the offset in `raw`."""
    if kind in {"plain", "number"} or (kind == "json" and "\\" not in raw) or (kind == "quoted" and '"' not in raw):
        return raw, list(range(len(raw) + 1))
    out: list[str] = []
    places: list[int] = []
    at = 0
    for m in _ESCAPE.finditer(raw):
        if (m[0] == '""') != (kind == "quoted"):
            continue
        out.append(raw[at : m.start()])
        places.extend(range(at, m.start()))
        value = '"' if kind == "quoted" else _unescape(m[0])
        out.append(value)
        places.extend([m.start()] * len(value))
        at = m.end()
    out.append(raw[at:])
    places.extend(range(at, len(raw) + 1))
    return "".join(out), places


def _unescape(escape: str) -> str:
    try:
        return str(json.loads(f'"{escape}"'))
    except ValueError:
        return escape[1:]


def lines(text: str) -> Iterator[Token]:
    """Lines that are not blank."""
    for m in re.finditer(r"[^\n]+", text):
        end = m.end() - len(m[0]) + len(m[0].rstrip("\r"))
        if m[0].strip():
            yield Token("text", m.start(), end, "plain")


def fields(text: str, delimiter: str, names: tuple[str, ...], *, header: bool) -> Iterator[Token]:
    """Fields of a delimited file, the header left out."""
    d = re.escape(delimiter)
    field = re.compile(rf'(?:"((?:[^"]|"")*)"(?={d}|\r?\n|\r|\Z)|([^{d}\r\n]*))({d}|\r?\n|\r|\Z)')
    at, column, row = 0, 0, 0
    while at < len(text):
        m = field.match(text, at)
        if m is None:
            return
        group = 1 if m[1] is not None else 2
        if (row or not header) and m.end(group) > m.start(group):
            name = names[column] if column < len(names) else f"column_{column}"
            yield Token(name, m.start(group), m.end(group), "quoted" if group == 1 else "plain")
        if m[3] == delimiter:
            column += 1
        else:
            row, column = row + 1, 0
        if m.end() == at:
            return
        at = m.end()


_JSON = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}\[\]:,])|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)', re.DOTALL)


def values(text: str, *, naming: bool = False) -> Iterator[Token]:
    """String and number values of JSON, one document or one a line, at the path of their keys; the keys too where `naming`."""
    stack: list[str] = []
    """`[]` for a list, else the current key of an object (empty before the first)."""
    expect_key = False
    for m in _JSON.finditer(text):
        if m[2] is not None:
            expect_key = _structure(m[2], stack, expect_key=expect_key)
        elif m[1] is not None and expect_key and stack and stack[-1] != "[]":
            stack[-1] = "." + (decoded(m[1], "json")[0] if "\\" in m[1] else m[1])
            if naming:
                yield Token(_path(stack), m.start(1), m.end(1), "json", names=True)
        elif m[1] is not None:
            yield Token(_path(stack), m.start(1), m.end(1), "json")
        elif m[3] is not None:
            yield Token(_path(stack), m.start(3), m.end(3), "number")


def _structure(sign: str, stack: list[str], *, expect_key: bool) -> bool:
    """Follow one structural character; returns whether the next string is a key."""
    if sign == "{":
        stack.append("")
        return True
    if sign == "[":
        stack.append("[]")
        return False
    if sign in "}]":
        if stack:
            stack.pop()
        return False
    if sign == ",":
        return bool(stack) and stack[-1] != "[]"
    return expect_key and sign != ":"


def _path(stack: list[str]) -> str:
    return "".join(stack).removeprefix("[]").removeprefix(".")

