"""Numbers that pass a checksum by chance, told from what stands in their place in other rows.

One number in ten passes Luhn, and one in two thousand hexadecimal ids of 16 characters is all digits: a log of a million requests
holds a dozen "cards". What they are shows in their siblings: behind the same word other rows have ids with letters, or numbers that fail.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from auditor.detectors.pii_spec import Spec, near
from auditor.detectors.pii_validate import card

if TYPE_CHECKING:
    import polars as pl

    from auditor.detectors.pii_presidio import Span

_LEAST: Final = 8
"""Different siblings from which they say something."""
_CHANCE: Final = 0.1
"""Share of numbers that pass Luhn by chance."""
_SPREAD: Final = 3.0
"""Standard deviations above it up to which it may be chance: where more numbers pass, there are cards among them."""
_BEFORE: Final = re.compile(r"([^\W\d_]{2,30})[^\w\n]{1,3}\Z")


def without_chance(found: list[tuple[int, list[Span]]], texts: pl.Series, spec: Spec, context: str) -> list[tuple[int, list[Span]]]:
    """What was found in `texts` (index, spans) without cards that are ids; `context`: the words of the column's name."""
    if not any(s.entity == spec.entity for _, spans in found for s in spans):
        return found
    known: dict[tuple[str, int], bool] = {}
    out = []
    phrase = re.compile(spec.near, re.IGNORECASE)
    for i, spans in found:
        kept = []
        for s in spans:
            text = texts[i] if s.entity == spec.entity else ""
            place = _place(text, s) if text and not near(phrase, text, s.start, s.end, context) else None
            if place is not None and place not in known:
                known[place] = _are_ids(texts, *place)
            if place is None or not known[place]:
                kept.append(s)
        if kept:
            out.append((i, kept))
    return out


def _place(text: str, span: Span) -> tuple[str, int] | None:
    """The word before a number and how long the number is; None for one that is grouped, or behind no word."""
    before = _BEFORE.search(text[max(0, span.start - 40) : span.start])
    return (before[1], span.end - span.start) if before and text[span.start : span.end].isdigit() else None


def _are_ids(texts: pl.Series, word: str, length: int) -> bool:
    siblings = texts.str.extract(rf"\b{re.escape(word)}[^\w\n]{{1,3}}([0-9A-Fa-f]{{{length}}})\b", 1).drop_nulls().unique().to_list()
    n, passed = len(siblings), sum(t.isdigit() and bool(card(t)) for t in siblings)
    return n >= _LEAST and passed <= n * _CHANCE + _SPREAD * (n * _CHANCE * (1 - _CHANCE)) ** 0.5
