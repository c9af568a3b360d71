"""International bank account numbers: how long they are in each country, so that one ends where it ends and not in the next word."""

from __future__ import annotations

from typing import Final

_LENGTHS: Final = {
    15: "NO", 16: "BE", 18: "DK FI FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK", 21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR", 27: "FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU",
    31: "MT SC", 32: "LC",
}  # fmt: skip
"""Characters of the number by country (SWIFT IBAN registry)."""

PATTERN: Final = (
    r"\b(?:IBAN)?(?:"
    + "|".join(f"(?:{countries.replace(' ', '|')})[0-9]{{2}}(?:[ -]?[A-Z0-9]){{{n - 4}}}" for n, countries in _LENGTHS.items())
    + r")\b"
)
"""In groups or in one piece, also with the word in one piece with it."""
