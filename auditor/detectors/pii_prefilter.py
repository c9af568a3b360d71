r"""From a recognizer's regular expressions to Polars expressions that pass everything they could match, and little else.

The recognizers run in Python's `regex`, Polars in Rust's, which has no lookaround and no backreferences. `superset`
rewrites a pattern so that it matches wherever the original does: lookaround and word boundaries are conditions that only
take matches away, so they go; a backreference becomes the group it repeats. What the two engines understand differently
is widened: `\s` (Python counts U+001C to U+001F as space), and the Turkic I, which `regex` folds with i and Rust does
not, so the text is folded first (`fold`). The law is tested by fuzzing: no string that a recognizer flags is filtered out.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_LOOK = ("(?=", "(?!", "(?<=", "(?<!")
_INLINE = re.compile(r"\(\?[ims]+\)")
_COUNT = re.compile(r"\{(\d+)(,?)(\d*)\}\+?")
_MOST = 12
"""Repetitions counted exactly; Rust unrolls them, and long ones of Unicode classes exceed Polars' limit on size."""
_SPACE = r"\s\x1c-\x1f"


def _class_end(pattern: str, start: int) -> int:
    """Index after the character class that opens at `start`."""
    i = start + 1
    if pattern[i] == "^":
        i += 1
    if pattern[i] == "]":
        i += 1
    while pattern[i] != "]":
        i += 2 if pattern[i] == "\\" else 1
    return i + 1


def _group_end(pattern: str, start: int) -> int:
    """Index after the group that opens at `start`."""
    depth, i = 0, start
    while True:
        c = pattern[i]
        if c == "\\":
            i += 2
            continue
        if c == "[":
            i = _class_end(pattern, i)
            continue
        if c == "(":
            depth += 1
        elif c == ")":
            depth -= 1
            if not depth:
                return i + 1
        i += 1


def _class(text: str) -> str:
    r"""A character class as Rust reads it: literal `[`, `&&`, `--` and `~~` are escaped, `\s` is widened."""
    head = 2 if text.startswith("[^") else 1
    out, i = [text[:head]], head
    while i < len(text) - 1:
        c = text[i]
        if c == "\\":
            pair = text[i : i + 2]
            # a negated class with \s must not lose the four control characters
            out.append(_SPACE if pair == r"\s" and head == 1 else pair)
            i += 2
            continue
        out.append("\\" + c if c in "[]&~" or (c == "-" and i in {head, len(text) - 2}) else c)
        i += 1
    return "".join(out) + "]"


def superset(pattern: str) -> str:
    """A Rust regular expression that matches in every text in which `pattern` does."""
    groups: list[str] = []
    return _translate(pattern, groups)


def _translate(pattern: str, groups: list[str]) -> str:
    out: list[str] = []
    i = 0
    while i < len(pattern):
        c = pattern[i]
        if c == "\\":
            out.append(_escape(pattern[i : i + 2], groups))
            i += 2
        elif c == "[":
            end = _class_end(pattern, i)
            out.append(_class(pattern[i:end]))
            i = end
        elif pattern.startswith(_LOOK, i):
            i = _group_end(pattern, i)
            if i < len(pattern) and pattern[i] in "?*+":
                i += 1
        elif inline := _INLINE.match(pattern, i):
            out.append(inline[0])
            i = inline.end()
        elif c == "(":
            end = _group_end(pattern, i)
            out.append(_group(pattern[i:end], groups))
            i = end
        elif c in "^$":
            i += 1
        elif c == "{" and (counted := _COUNT.match(pattern, i)):
            out.append(_count(counted))
            i = counted.end()
        elif c in "+*?}" and pattern[i + 1 : i + 2] == "+":
            out.append(c)  # a possessive quantifier gives nothing back; a greedy one matches wherever it does
            i += 2
        else:
            out.append(c)
            i += 1
    return "".join(out)


def _count(found: re.Match[str]) -> str:
    """`{a,b}` with a lower bound of at most `_MOST` and no upper bound beyond it."""
    least = int(found[1])
    most = int(found[3]) if found[3] else least if not found[2] else None
    if most is not None and most <= _MOST:
        return f"{{{least},{most}}}"
    return f"{{{min(least, _MOST)},}}"


def _escape(pair: str, groups: list[str]) -> str:
    if pair in {r"\b", r"\B", r"\A", r"\Z"}:
        return ""
    if pair == r"\s":
        return f"[{_SPACE}]"
    if pair[1].isdigit() and pair != r"\0":
        return groups[int(pair[1]) - 1]
    if pair[1] in "-/ '\"#@:,;=<>_!%&~`":
        return re.escape(pair[1])
    return pair


def _group(text: str, groups: list[str]) -> str:
    """One group; a capturing one is remembered for backreferences in the order in which it opens."""
    if text.startswith("(?P<"):
        return _group("(" + text[text.index(">") + 1 :], groups)
    flags = re.match(r"\(\?([a-zA-Z-]*):", text)
    if flags or text.startswith("(?>"):
        head = flags.end() if flags else 3
        return f"(?{flags[1] if flags else ''}:{_translate(text[head:-1], groups)})"
    slot = len(groups)
    groups.append("")
    body = f"(?:{_translate(text[1:-1], groups)})"
    groups[slot] = body
    return body


@functools.cache
def any_of(patterns: tuple[str, ...], *, ignore_case: bool) -> str:
    """One Rust expression for all `patterns` (with dot-all and multi-line, Presidio's flags)."""
    flags = "ism" if ignore_case else "sm"
    return f"(?{flags})" + "|".join(f"(?:{superset(p)})" for p in patterns)


WORD = "^[0-9A-Za-z_]+$"
"""Cells that are one word of ASCII: a number, a code, an id."""


def whole(patterns: tuple[str, ...], *, ignore_case: bool) -> str | None:
    r"""As `any_of`, for cells that are one word; None where a pattern may match a piece of one.

    In a cell of nothing but word characters `\b` stands at both ends and nowhere else, so a pattern between two of them matches all or nothing.
    """
    if not patterns or not all(p.startswith(r"\b") and p.endswith(r"\b") and "|" not in _outside_groups(p) for p in patterns):
        return None
    return f"(?{'is' if ignore_case else 's'})^(?:" + "|".join(f"(?:{superset(p)})" for p in patterns) + ")$"


def _outside_groups(pattern: str) -> str:
    """`pattern` without its groups, classes and escapes."""
    out, i = [], 0
    while i < len(pattern):
        if pattern[i] in "([\\":
            i = i + 2 if pattern[i] == "\\" else _group_end(pattern, i) if pattern[i] == "(" else _class_end(pattern, i)
        else:
            out.append(pattern[i])
            i += 1
    return "".join(out)


def luhn(text: pl.Expr) -> pl.Expr:
    """Does `text`, at most 19 ASCII digits and nothing else, pass the Luhn checksum (ISO/IEC 7812-1)? Null for other text."""
    import polars as pl

    number = text.cast(pl.UInt64, strict=False)
    total = pl.lit(0, pl.UInt64)
    for place in range(19):
        digit = number // 10**place % 10
        total = total + (digit if place % 2 == 0 else digit * 2 - (digit > 4).cast(pl.UInt64) * 9)
    return total % 10 == 0


def fold(text: pl.Expr) -> pl.Expr:
    """`text` with the dotted capital and the dotless small I (U+0130, U+0131) as `i`."""
    return text.str.replace_all("[\u0130\u0131]", "i")


_GAP = r"[^\pL\pN]{0,4}"
"""Between two digits of one number: what `phonenumbers` allows (punctuation, at most four) and more."""


def phone(least: int) -> str:
    """Texts with `least` digits no further apart than a written phone number has them (extensions add digits, not fewer)."""
    return rf"\d(?:{_GAP}\d){{{least - 1}}}"
