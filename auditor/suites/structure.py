"""The structure of text values: known formats, and shapes of letters and digits. No value, nor a letter of one, is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

FORMATS = (
    ("UUID", r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"),
    ("e-mail address", r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"),
    ("web address", r"^https?://[^\s]+$"),
    ("IPv4 address", r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$"),
    ("ISO date", r"^\d{4}-\d{2}-\d{2}$"),
    ("ISO date and time", r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$"),
    ("SHA-256", r"^[0-9a-f]{64}$"),
    ("SHA-1", r"^[0-9a-f]{40}$"),
    ("MD5", r"^[0-9a-f]{32}$"),
    ("whole number", r"^[+-]?\d+$"),
    ("decimal number", r"^[+-]?\d+[.,]\d+$"),
)
"""Formats with a name of their own, the narrow ones first."""

MIN_ROWS = 20
"""Fewer values than this show no pattern: at 20, a pattern that one value in ten breaks would have been broken with 88 %."""
_MAX_SHAPES = 4
"""More shapes than this is free text, not a format (our choice)."""
_MAX_LENGTH = 64
_RUNS = re.compile(r"A+|a+|9+|[^Aa9]")
_CLASSES = {"A": "[A-Z]", "a": "[a-z]", "9": r"\d"}


@dataclass(frozen=True)
class Pattern:
    """A pattern that the values follow."""

    name: str
    regex: str


def known_format(values: pl.Series) -> Pattern | None:
    """The first known format that every value has; None below `MIN_ROWS` values."""
    if values.len() < MIN_ROWS:
        return None
    for name, regex in FORMATS:
        if bool(values.str.contains(regex).all()):
            return Pattern(name, regex)
    return None


def shape(values: pl.Series) -> Pattern | None:
    """A pattern of letter and digit runs (`AAA-9999`) that every value has, or None where the values are free text.

    Runs of one class that differ in length between values become a range. Only punctuation is taken over from the values.
    """
    if values.len() < MIN_ROWS or int(str(values.str.len_chars().max() or 0)) > _MAX_LENGTH:
        return None
    if bool(values.str.contains(r"[^\x21-\x7e]").any()):
        return None
    masks = (
        values.str.replace_all(r"[A-Z]", "A").str.replace_all(r"[a-z]", "a").str.replace_all(r"\d", "9").unique().sort()
    )
    lengths: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for mask in masks.to_list():
        runs = _RUNS.findall(mask)
        kinds = tuple(run[0] for run in runs)
        known = lengths.get(kinds)
        sizes = [len(run) for run in runs]
        lengths[kinds] = [(n, n) for n in sizes] if known is None else [
            (min(lo, n), max(hi, n)) for (lo, hi), n in zip(known, sizes, strict=True)
        ]  # fmt: skip
        if len(lengths) > _MAX_SHAPES:
            return None
    if not any(len(kinds) > 1 or kinds == ("9",) for kinds in lengths):
        return None  # one run of letters is any word
    parts = sorted(_written(kinds, sizes) for kinds, sizes in lengths.items())
    return Pattern("shape", f"^(?:{'|'.join(parts)})$" if len(parts) > 1 else f"^{parts[0]}$")


def _written(kinds: tuple[str, ...], sizes: list[tuple[int, int]]) -> str:
    out: list[str] = []
    for kind, (low, high) in zip(kinds, sizes, strict=True):
        if kind not in _CLASSES:
            out.append(re.escape(kind))
        elif low == high:
            out.append(_CLASSES[kind] + (f"{{{low}}}" if low > 1 else ""))
        else:
            out.append(f"{_CLASSES[kind]}{{{low},{high}}}")
    return "".join(out)
