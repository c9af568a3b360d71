r"""Python's regular expressions as Rust's, where the two mean the same; SQL `LIKE` patterns as regular expressions.

Great Expectations means Python's `re.search`. Polars has another engine (no look-around, no back references, other `$`, `\w`
and `\s`). `to_rust` reads a pattern with Python's own parser and writes it anew for Rust; where that cannot be exact it
returns None and the caller runs Python's engine.
"""

from __future__ import annotations

import re
from functools import cache
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any

_CATEGORY = {
    sre.CATEGORY_DIGIT: r"\p{Nd}",
    sre.CATEGORY_NOT_DIGIT: r"\P{Nd}",
    sre.CATEGORY_SPACE: r"\s\x1c-\x1f",
    sre.CATEGORY_WORD: r"\p{L}\p{N}_",
}
r"""Inside brackets. Python counts the separators 0x1c-0x1f as space; its `\w` has no combining marks, unlike Rust's."""
_NEGATED = {sre.CATEGORY_NOT_SPACE: r"[^\s\x1c-\x1f]", sre.CATEGORY_NOT_WORD: r"[^\p{L}\p{N}_]"}
_MAX_REPEAT = 1000
"""Rust's engine builds repeats out; above this a pattern may exceed its size limit, so Python runs it."""


class _NotExactError(Exception):
    """The pattern uses something that Rust's engine lacks or understands otherwise."""


def _literal(code: int) -> str:
    return re.escape(chr(code)) if chr(code).isascii() and chr(code).isprintable() else f"\\x{{{code:x}}}"


def _in_class(items: list[tuple[Any, Any]]) -> str:
    negate, parts = "", []
    for op, value in items:
        if op is sre.NEGATE:
            negate = "^"
        elif op is sre.LITERAL:
            parts.append(_literal(value))
        elif op is sre.RANGE:
            parts.append(f"{_literal(value[0])}-{_literal(value[1])}")
        elif op is sre.CATEGORY and value in _CATEGORY:
            parts.append(_CATEGORY[value])
        elif op is sre.CATEGORY and value in _NEGATED:
            parts.append(_NEGATED[value])
        else:
            raise _NotExactError
    return f"[{negate}{''.join(parts)}]"


def _anchor(where: Any, flags: int) -> str:
    if flags & re.MULTILINE:
        if where is sre.AT_BEGINNING:
            return r"(?m:^)"
        if where is sre.AT_END:
            return r"(?m:$)"
    if where in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
        return r"\A"
    if where is sre.AT_END_STRING:
        return r"\z"
    raise _NotExactError


def _repeat(value: tuple[int, Any, Any], flags: int, *, lazy: bool) -> str:
    low, high, inner = value
    if low > _MAX_REPEAT or (high is not sre.MAXREPEAT and high > _MAX_REPEAT):
        raise _NotExactError
    top = "" if high is sre.MAXREPEAT else str(high)
    return f"(?:{_sequence(inner, flags, last=False)}){{{low},{top}}}{'?' if lazy else ''}"


def _sequence(parsed: Any, flags: int, *, last: bool) -> str:
    """Rust text of a parsed sequence; `last`: nothing follows it, so Python's `$` may be spelt out."""
    out: list[str] = []
    items = list(parsed)
    for i, (op, value) in enumerate(items):
        ends = last and i == len(items) - 1
        if op is sre.LITERAL:
            out.append(_literal(value))
        elif op is sre.NOT_LITERAL:
            out.append(f"[^{_literal(value)}]")
        elif op is sre.ANY:
            out.append("(?s:.)" if flags & re.DOTALL else r"[^\n]")
        elif op is sre.IN:
            out.append(_in_class(value))
        elif op is sre.AT and value is sre.AT_END and not flags & re.MULTILINE and ends:
            out.append(r"\n?\z")
        elif op is sre.AT:
            out.append(_anchor(value, flags))
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            out.append(_repeat(value, flags, lazy=op is sre.MIN_REPEAT))
        elif op is sre.BRANCH:
            out.append("(?:" + "|".join(_sequence(b, flags, last=ends) for b in value[1]) + ")")
        elif op is sre.SUBPATTERN:
            _, added, removed, inner = value
            if added or removed:
                raise _NotExactError
            out.append(f"(?:{_sequence(inner, flags, last=ends)})")
        else:
            raise _NotExactError
    return "".join(out)


@cache
def to_rust(pattern: str) -> str | None:
    """The same search for Rust's engine, or None where only Python's own does it. Raises `re.error` for a bad pattern."""
    compiled = re.compile(pattern)
    if compiled.flags & (re.ASCII | re.LOCALE | re.IGNORECASE):
        # Python folds case by its own tables (the dotted I, the long s); ASCII changes the classes.
        return None
    parsed = sre_parser.parse(pattern)
    if parsed.state.flags & re.VERBOSE:
        parsed = sre_parser.parse(pattern, parsed.state.flags)
    try:
        return _sequence(parsed, compiled.flags, last=True)
    except _NotExactError:
        return None


def like_to_regex(pattern: str, escape: str | None = None) -> str:
    r"""An SQL `LIKE` pattern as a regular expression that is anchored at both ends.

    `%` is any text, `_` any one character, `escape` makes the character after it literal. Case matters, as in PostgreSQL.
    """
    out: list[str] = []
    chars = iter(pattern)
    for char in chars:
        if escape and char == escape:
            out.append(re.escape(next(chars, "")))
        elif char == "%":
            out.append(".*")
        elif char == "_":
            out.append(".")
        else:
            out.append(re.escape(char))
    return rf"(?s)\A{''.join(out)}\Z"
