"""A strict JSON reader that knows where everything is, for records that a fast parser refuses or that need a place.

Fast parsers either stop at the first defect or hide it (the last of two equal keys wins, NaN passes, a lone surrogate
becomes an exception without a place). This one goes on where the text still makes sense and names every defect.
It is slow (about 2 MB/s) and runs only on records that have something to tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

Path = tuple[str | int, ...]
"""A JSON path: keys and 0-based indices."""

MAX_DEPTH: Final = 128
"""Deepest nesting that is read. Chat rows need about 12; deeper input is an attack on the parser, not a training row."""

_SPACE = re.compile(r"[ \t\n\r]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORD = re.compile(r"-?[A-Za-z_]+")
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_NAN: Final = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with the JSON text itself."""

    kind: str
    """`syntax`, `duplicate_key`, `nan`, `lone_surrogate`, `nul`, `deep` or `utf8`."""
    at: int
    """Character position in the record's text, 0-based."""
    path: Path
    detail: str = ""
    """What was expected; never a value."""


class _StopError(Exception):
    """The text makes no sense from here on."""

    def __init__(self, defect: Defect) -> None:
        self.defect = defect


class _Parser:
    """Recursive descent over one text."""

    def __init__(self, text: str, want: Path | None = None) -> None:
        self.text = text
        self.defects: list[Defect] = []
        self.want = want
        self.found: int | None = None

    def stop(self, at: int, path: Path, detail: str, kind: str = "syntax") -> _StopError:
        return _StopError(Defect(kind, at, path, detail))

    def skip(self, i: int) -> int:
        match = _SPACE.match(self.text, i)
        return match.end() if match else i

    def document(self) -> object:
        i = self.skip(0)
        value, i = self.value(i, (), 0)
        i = self.skip(i)
        if i != len(self.text):
            raise self.stop(i, (), "nothing more after the value")
        return value

    def value(self, i: int, path: Path, depth: int) -> tuple[object, int]:
        if path == self.want and self.found is None:
            self.found = i
        if depth > MAX_DEPTH:
            raise self.stop(i, path, f"nesting of at most {MAX_DEPTH}", "deep")
        text = self.text
        if i >= len(text):
            raise self.stop(i, path, "a value, but the text ends")
        char = text[i]
        if char == '"':
            return self.string(i, path)
        if char == "{":
            return self.mapping(i, path, depth)
        if char == "[":
            return self.array(i, path, depth)
        return self.scalar(i, path)

    def scalar(self, i: int, path: Path) -> tuple[object, int]:
        number = _NUMBER.match(self.text, i)
        if number:
            whole = number.group()
            if number.group(1) or number.group(2):
                return float(whole), number.end()
            # Python limits the digits of an integer literal (CVE-2020-10735); a longer one is no number for anyone.
            if len(whole) > 400:
                raise self.stop(i, path, "a number of at most 400 digits")
            return int(whole), number.end()
        word = _WORD.match(self.text, i)
        if word:
            name = word.group()
            if name in {"true", "false", "null"}:
                return {"true": True, "false": False, "null": None}[name], word.end()
            if name in _NAN:
                self.defects.append(Defect("nan", i, path, "a number that JSON has"))
                return _NAN[name], word.end()
        raise self.stop(i, path, "a value")

    def string(self, i: int, path: Path) -> tuple[str, int]:
        text, start, out = self.text, i, []
        i += 1
        while True:
            plain = _PLAIN.match(text, i)
            if plain:
                out.append(plain.group())
                i = plain.end()
            if i >= len(text):
                raise self.stop(start, path, "a closing quote")
            char = text[i]
            if char == '"':
                break
            if char != "\\":
                raise self.stop(i, path, "an escape in place of a control character")
            piece, i = self.escape(i, path)
            out.append(piece)
        value = "".join(out)
        if "\0" in value:
            self.defects.append(Defect("nul", start, path, "text without NUL"))
        return value, i + 1

    def escape(self, i: int, path: Path) -> tuple[str, int]:
        text = self.text
        letter = text[i + 1 : i + 2]
        if letter in _ESCAPES:
            return _ESCAPES[letter], i + 2
        digits = _HEX.match(text, i + 2)
        if letter != "u" or not digits:
            raise self.stop(i, path, "a valid escape")
        code = int(digits.group(), 16)
        end = digits.end()
        if 0xD800 <= code <= 0xDBFF and text.startswith("\\u", end):
            second = _HEX.match(text, end + 2)
            low = int(second.group(), 16) if second else 0
            if second and 0xDC00 <= low <= 0xDFFF:
                return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)), second.end()
        if 0xD800 <= code <= 0xDFFF:
            self.defects.append(Defect("lone_surrogate", i, path, "both halves of a surrogate pair"))
        return chr(code), end

    def mapping(self, i: int, path: Path, depth: int) -> tuple[object, int]:
        text, result = self.text, dict[str, object]()
        i = self.skip(i + 1)
        if text[i : i + 1] == "}":
            return result, i + 1
        while True:
            if text[i : i + 1] != '"':
                raise self.stop(i, path, "a key in double quotes")
            at = i
            key, i = self.string(i, path)
            inner = (*path, key)
            if key in result:
                self.defects.append(Defect("duplicate_key", at, inner, "each key once"))
            i = self.skip(i)
            if text[i : i + 1] != ":":
                raise self.stop(i, inner, "a colon")
            result[key], i = self.value(self.skip(i + 1), inner, depth + 1)
            i = self.skip(i)
            char = text[i : i + 1]
            if char == "}":
                return result, i + 1
            if char != ",":
                raise self.stop(i, path, "a comma or a closing brace")
            i = self.skip(i + 1)

    def array(self, i: int, path: Path, depth: int) -> tuple[object, int]:
        text, result = self.text, list[object]()
        i = self.skip(i + 1)
        if text[i : i + 1] == "]":
            return result, i + 1
        while True:
            item, i = self.value(i, (*path, len(result)), depth + 1)
            result.append(item)
            i = self.skip(i)
            char = text[i : i + 1]
            if char == "]":
                return result, i + 1
            if char != ",":
                raise self.stop(i, path, "a comma or a closing bracket")
            i = self.skip(i + 1)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text holds: `ok` is False where it is no JSON at all and `value` means nothing."""

    ok: bool
    value: object
    defects: tuple[Defect, ...]


def parse(text: str) -> Parsed:
    """Value and every defect of `text`. Never raises: a text that makes no sense has a `syntax` or `deep` defect."""
    parser = _Parser(text)
    try:
        value = parser.document()
    except _StopError as stop:
        return Parsed(False, None, (*parser.defects, stop.defect))
    return Parsed(True, value, tuple(parser.defects))


def locate(text: str, path: Path) -> int | None:
    """Character position where the value at `path` begins, of its longest part that exists; None for no JSON."""
    while True:
        parser = _Parser(text, path)
        try:
            parser.document()
        except _StopError:
            if parser.found is None and not path:
                return None
        if parser.found is not None:
            return parser.found
        if not path:
            return None
        path = path[:-1]


def spelled(path: Path) -> str:
    """`$.messages[2].content`. Keys that don't look like names are written `*`: they may be data."""
    parts = ["$"]
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        else:
            parts.append(f".{step}" if _PLAIN_KEY.match(step) else ".*")
    return "".join(parts)


def described(value: object) -> str:
    """The shape of a value without its content: `string, 12 characters`, `list of 2`, `integer`."""
    if isinstance(value, str):
        blank = "blank " if not value.strip() else ""
        return f"{blank}string, {len(value)} character{'' if len(value) == 1 else 's'}"
    if isinstance(value, list):
        return f"list of {len(value)}"
    if isinstance(value, dict):
        return f"object with {len(value)} key{'' if len(value) == 1 else 's'}"
    if value is None:
        return "null"
    return {bool: "boolean", int: "integer", float: "number"}.get(type(value), type(value).__name__)
