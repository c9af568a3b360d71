"""`NaN` and `Infinity`, which Python writes into JSON and no other reader takes."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from auditor.model import FileNote

_MARKS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|(?<![\w.])-?(?:NaN|Infinity)\b', re.DOTALL)
"""A whole string, in which the words are text, or one of the constants."""


def without_constants(data: bytes) -> tuple[bytes, int]:
    """JSON with null in the place of each constant outside of strings, and how many there were."""
    if b"NaN" not in data and b"Infinity" not in data:
        return data, 0
    count = 0

    def put(found: re.Match[bytes]) -> bytes:
        nonlocal count
        if found[0].startswith(b'"'):
            return found[0]
        count += 1
        return b"null"

    return _MARKS.sub(put, data), count


def constants_note(name: str, count: int) -> FileNote:
    """What is said of a document that holds some."""
    return FileNote(name, "mistyped", f"{count} {'value is' if count == 1 else 'values are'} NaN or Infinity, which is not JSON; read as missing", None, count)


def loads(data: bytes) -> tuple[Any, int]:
    """What JSON says, and how many constants in it were read as missing.

    Raises:
        orjson.JSONDecodeError: where it is no JSON for another reason.
    """
    try:
        return orjson.loads(data), 0
    except orjson.JSONDecodeError:
        plain, count = without_constants(data)
        if not count:
            raise
        return orjson.loads(plain), count
