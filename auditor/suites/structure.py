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
_MAX_MASKS = 2000
_RUNS = re.compile(r"A+|a+|9+|[^Aa9]")
_CLASSES = {"A": "[A-Z]", "a": "[a-z]", "9": r"\d"}


@dataclass(frozen=True)
class Pattern:
    """A pattern that the values follow."""

    name: str
    regex: str


def known_format(frame: pl.LazyFrame, name: str, present: int) -> Pattern | None:
    """The first known format that every text of a column has; None below `MIN_ROWS` texts."""
    import polars as pl

    if present < MIN_ROWS:
        return None
    text = pl.col(name).cast(pl.String)
    tried = [text.str.contains(regex).all().alias(kind) for kind, regex in FORMATS]
    held = frame.select(tried).collect(engine="streaming").row(0, named=True)
    return next((Pattern(kind, regex) for kind, regex in FORMATS if held[kind]), None)


def shape(frame: pl.LazyFrame, name: str, present: int) -> Pattern | None:
    """A pattern of letter and digit runs (`AAA-9999`) that every text has, or None where the texts are free.

    Runs of one class that differ in length between texts become a range. Only punctuation is taken over from the texts.
    """
    import polars as pl

    if present < MIN_ROWS:
        return None
    text = pl.col(name).cast(pl.String).drop_nulls()
    free = (text.str.len_chars() > _MAX_LENGTH) | text.str.contains(r"[^\x21-\x7e]")
    if frame.select(free.any()).collect(engine="streaming").item():
        return None
    mask = text.str.replace_all(r"[A-Z]", "A").str.replace_all(r"[a-z]", "a").str.replace_all(r"\d", "9")
    masks = frame.select(mask.alias("mask")).unique().head(_MAX_MASKS + 1).collect(engine="streaming").to_series().sort()
    return _pattern(masks.to_list()) if masks.len() <= _MAX_MASKS else None


def _pattern(masks: list[str]) -> Pattern | None:
    lengths: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for mask in masks:
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
