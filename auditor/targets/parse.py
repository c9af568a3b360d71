r"""One record's bytes → its value, as fast as that can be done without hiding a defect.

orjson refuses NaN, lone surrogates, broken UTF-8 and trailing data by itself, but lets the last of two equal keys win. Two
counts tell whether that can have happened: every key of the text is followed by a colon, so `":` occurs at least once for
each key that has no white space before its colon. Where the number of `":` (but for `\":`, the end of an escaped quote, as
in the arguments of a tool call) equals the number of keys of the parsed value and no quote is followed by white space and a
colon, no key was swallowed. All else goes to the exact reader.
"""

from __future__ import annotations

import re
from typing import Final

import orjson

from auditor.targets.jsonpos import Defect, Parsed, parse

_SPACED = re.compile(rb'"[ \t\r\n]+:')
_CLEAN: Final[tuple[Defect, ...]] = ()


def keys_of(value: object) -> int:
    """Number of keys in all objects of a value."""
    count, stack = 0, [value]
    while stack:
        item = stack.pop()
        if type(item) is dict:
            count += len(item)
            stack.extend(item.values())
        elif type(item) is list:
            stack.extend(item)
    return count


def colons(data: bytes) -> int:
    """How many keys the text has at the least, and exactly where no text begins with a colon; -1 where that can't be told.

    A quote behind a backslash ends no key, unless that backslash is escaped itself.
    """
    escaped = data.count(b'\\":')
    if escaped and b'\\\\":' in data:
        return -1
    return data.count(b'":') - escaped


def suspicious(block: bytes) -> bool:
    """Whether a colon may be apart from its key somewhere, so that counting proves nothing."""
    return _SPACED.search(block) is not None


def loads(data: bytes) -> Parsed:
    """Value and defects of one JSON text. Never raises.

    Bytes that are no UTF-8 are replaced and reported as a `utf8` defect, so that the rest is still looked at.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return exact(data)
    if colons(data) == keys_of(value) and not suspicious(data) and b"\\u0000" not in data:
        return Parsed(True, value, _CLEAN)
    return exact(data)


def exact(data: bytes) -> Parsed:
    """The same by the slow reader, which names every defect."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        text = data.decode(errors="replace")
        at = len(data[: error.start].decode(errors="replace"))
        parsed = parse(text)
        broken = Defect("utf8", at, (), "UTF-8")
        # What does not parse for lack of UTF-8 is told once, as that.
        others = tuple(d for d in parsed.defects if d.kind != "syntax")
        return Parsed(parsed.ok, parsed.value, (broken, *others))
    return parse(text)
