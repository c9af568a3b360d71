"""Words and figures as a reader sees them. Every string that comes from the audited folder goes through `clean`.

Names of files, columns and classes are hostile until shown otherwise: they may hold terminal escapes, line breaks,
direction overrides that turn "not ready" around, or a megabyte of text. Formats escape for their own syntax afterwards.
"""

from __future__ import annotations

import math
import re
import unicodedata

NAME_LIMIT = 120
"""Longest name shown, in characters; the middle of a longer one is left out."""
PROSE_LIMIT = 600
"""Longest message or fix shown, in characters."""

_PLAIN = re.compile(r"[ -~]*")
_JOINERS = {"\u200c", "\u200d"}  # needed to spell Persian and Indic names and to join emoji; they hide nothing
_BLANKS = {"\u115f", "\u1160", "\u3164", "\uffa0"}  # letters by category that are drawn as nothing
_MAX_MARKS = 4  # combining marks on one letter; the most that a living script stacks, more paints over other lines


def clean(text: str, limit: int = NAME_LIMIT) -> str:
    r"""`text` on one line with every invisible or steering character spelled out (`\x1b`, `\u202e`, `\n`).

    Spelled out are categories Cc, Cf (but the joiners), Cs, Co, Zl and Zp of Unicode, non-characters, blank letters, and
    combining marks beyond four in a row. The result is at most `limit` characters, with `…` in the middle of longer ones.
    """
    if len(text) > 4 * limit:  # spelling never shortens, so the middle will be cut anyway and need not be looked at
        text = text[: 2 * limit] + text[-2 * limit :]
    return clip(text if _PLAIN.fullmatch(text) else _spell(text), limit)


def name(text: str) -> str:
    """`clean` for something that must be visible: a name without a visible character reads `(empty)` or `(blank)`."""
    shown = clean(text)
    return shown if shown.strip() else "(blank)" if text else "(empty)"


def prose(text: str) -> str:
    """`clean` for a message, a reason or a fix, which may be longer than a name."""
    return clean(text, PROSE_LIMIT)


_COMMAND = re.compile(r"audit [a-z-]+ -")


def sentence(text: str) -> str:
    """`prose` with a capital at its start and a full stop at its end, unless it starts with what looks like a name or is a command to type."""
    shown = prose(text).strip()
    if not shown:
        return ""
    first = shown.split(" ", 1)[0].rstrip(":,;.")
    if first.isalpha() and first.islower() and not _COMMAND.match(shown):
        shown = shown[0].upper() + shown[1:]
    return shown if shown[-1] in ".!?…:" else shown + "."


def clip(text: str, limit: int) -> str:
    """`text` if it has at most `limit` characters, else its two ends around `…`."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 3
    return text[: limit - 1 - tail] + "…" + text[len(text) - tail :]


def _spell(text: str) -> str:
    out: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        out.append(_escape(char) if _hides(char, category) or marks > _MAX_MARKS else char)
    return "".join(out)


def _hides(char: str, category: str) -> bool:
    if char in _JOINERS:
        return False
    code = ord(char)
    return (
        category in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        or char in _BLANKS
        or code & 0xFFFE == 0xFFFE
        or 0xFDD0 <= code <= 0xFDEF
    )


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def to_ascii(text: str) -> str:
    r"""`text` with our own signs in ASCII (`–` to `-`) and every other character spelled out (`\u00e9`)."""
    return text.translate(_SIGNS).encode("ascii", "backslashreplace").decode("ascii")


_SIGNS = str.maketrans(
    {
        "–": "-", "—": "-", "…": "...", "·": "-", "×": "x", "✓": "+", "✕": "x", "≥": ">=", "≤": "<=", "→": "->", "±": "+-",
        "█": "#", "░": ".", "▒": "=", "│": "|", "─": "-", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " ",
    }
)  # fmt: skip


def count(number: float) -> str:
    """A whole number with thousands separated: `12,418`."""
    return f"{round(number):,}"


def figure(number: float | None, digits: int = 3) -> str:
    """A number at `digits` significant digits (whole part kept whole), `?` where there is none or it is not finite."""
    if number is None or not math.isfinite(number):
        return "?"
    if number == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(number)))
    if magnitude >= 15 or magnitude < -6:
        return f"{number:.{digits - 1}e}"
    places = max(0, digits - 1 - magnitude)
    text = f"{number:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float | None) -> str:
    """A share of 0 to 1 in percent, at two significant digits and one decimal from 10 %: `6.2 %`, `12.4 %`; `?` for none.

    Nothing but 0 reads as `0 %` and nothing but 1 as `100 %`.
    """
    if share is None or not math.isfinite(share):
        return "?"
    value = 100 * share
    if value in {0, 100}:
        return f"{value:.0f} %"
    if 0 < value < 0.01:
        return "<0.01 %"
    if value >= 99.95 and value < 100:
        return ">99.9 %"
    return f"{value:.1f} %".replace(".0 ", " ") if value >= 10 else f"{figure(value, 2)} %"


def interval(value: float | None, low: float | None, high: float | None) -> str:
    """`0.86 (0.81–0.9)`; without bounds the value alone, and without a value `0.3–1`; empty where all is unknown."""
    if value is None and (low is None or high is None):
        return ""
    if low is None or high is None or low == high == value:
        return figure(value)
    bounds = f"{figure(low)}–{figure(high)}"
    return bounds if value is None else f"{figure(value)} ({bounds})"


def size(number: int) -> str:
    """Bytes in the unit that fits: `512 B`, `1.4 MB` (powers of 1,000)."""
    value = float(number)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            return f"{figure(value, 2 if value < 10 else 3)} {unit}"
        value /= 1000
    return f"{number} B"


def plural(number: int, one: str, many: str = "") -> str:
    """`1 veto`, `2 vetoes`: the number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def cells(text: str) -> int:
    """Width of `text` in terminal cells: East Asian wide characters take two, combining marks and joiners none."""
    if text.isascii():
        return len(text)
    return sum(_cell(c) for c in text)


def _cell(char: str) -> int:
    if char in _JOINERS or unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def fit(text: str, width: int) -> str:
    """`text` cut to at most `width` cells, with `…` where something is cut."""
    if cells(text) <= width:
        return text
    out, used = [], 1
    for char in text:
        used += _cell(char)
        if used > width:
            break
        out.append(char)
    return "".join(out) + "…"


def pad(text: str, width: int, *, right: bool = False) -> str:
    """`text` cut or filled with spaces to exactly `width` cells."""
    text = fit(text, width)
    space = " " * (width - cells(text))
    return space + text if right else text + space
