"""Numbers that pass a checksum by chance, told from what stands in their place in other rows.

One number in ten passes Luhn, and one in two thousand hexadecimal ids of 16 characters is all digits: a log of a million requests
holds a dozen "cards". What they are shows in their siblings: behind the same word other rows have ids with letters, or numbers that fail.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from auditor.detectors.pii_context import near
from auditor.detectors.pii_spec import Spec
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
_OTHERWISE: Final = re.compile(
    r"(?:\b|_)(?:id|ids|uuid|order|ticket|invoice|tracking|shipment|parcel|serial|imei|barcode|ean|upc|gtin|isbn|seed|hash|epoch|timestamp|trace|span|status|bestell\w*|auftrags\w*|rechnungs\w*|sendungs\w*|vertrags\w*"
    r"|kunden\w*|commande|facture|suivi|pedido|factura|seguimiento|ordine|fattura|zam[oó]wien\w*|faktur\w*)(?:[\W_]|\b(?:no|nr|num|number|n|id|is|was|code|key)\b){0,6}$",
    re.IGNORECASE,
)
"""A word for another number right before it."""
_BEFORE: Final = re.compile(r"([^\W\d_]{2,30})[^\w\n]{1,3}\Z")


def without_chance(found: list[tuple[int, list[Span]]], texts: pl.Series, spec: Spec, context: str) -> list[tuple[int, list[Span]]]:
    """What was found in `texts` (index, spans) without cards that are ids; `context`: the words of the column's name."""
    if not any(s.entity == spec.entity for _, spans in found for s in spans):
        return found
    known: dict[tuple[str, int], bool | None] = {}
    out = []
    phrase = re.compile(spec.near, re.IGNORECASE)
    for i, spans in found:
        kept = []
        for s in spans:
            if s.entity == spec.entity and not near(phrase, texts[i], s.start, s.end, context):
                place = _place(texts[i], s)
                if place is not None and place not in known:
                    known[place] = _are_ids(texts, *place)
                ids = known[place] if place is not None else None
                if ids or (ids is None and texts[i][s.start : s.end].isdigit() and _OTHERWISE.search(texts[i], max(0, s.start - 40), s.start)):
                    continue
            kept.append(s)
        if kept:
            out.append((i, kept))
    return out


def _place(text: str, span: Span) -> tuple[str, int] | None:
    """The word before a number and how long the number is; None for one that is grouped, or behind no word."""
    before = _BEFORE.search(text[max(0, span.start - 40) : span.start])
    return (before[1], span.end - span.start) if before and text[span.start : span.end].isdigit() else None


def _are_ids(texts: pl.Series, word: str, length: int) -> bool | None:
    """What the siblings show, None where they are too few; then what the word before the number says is believed."""
    siblings = texts.str.extract(rf"\b{re.escape(word)}[^\w\n]{{1,3}}([0-9A-Fa-f]{{{length}}})\b", 1).drop_nulls().unique().to_list()
    n, passed = len(siblings), sum(t.isdigit() and bool(card(t)) for t in siblings)
    if n < _LEAST:
        return None
    return bool(passed <= n * _CHANCE + _SPREAD * (n * _CHANCE * (1 - _CHANCE)) ** 0.5)
