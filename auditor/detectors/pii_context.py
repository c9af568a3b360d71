"""Words around a number that say what it is: in the text, in the name it is assigned to, in the name of its column."""

from __future__ import annotations

import re

from auditor.detectors.pii_forms import context_words

NEAR_BEFORE = 64
"""Characters before a match in which a context phrase counts: about ten words (our choice; Presidio takes five words)."""
NEAR_AFTER = 24
"""Characters after a match in which a context phrase counts ("... is my phone number")."""


def near(phrase: re.Pattern[str], text: str, start: int, end: int, context: str = "") -> bool:
    """Is a context phrase around `text[start:end]`, or in `context` (the words of the column's name)?"""
    if context and says(phrase, context):
        return True
    if phrase.search(before(text, start, NEAR_BEFORE)):
        return True
    # behind a comma or a full stop something else begins: "..., ssn 536..." is about the next number
    stop = _STOP.search(text, end, end + NEAR_AFTER)
    return bool(phrase.search(text, end, stop.start() if stop else min(len(text), end + NEAR_AFTER)))


_STOP = re.compile(r"[,;.\n]")


def before(text: str, start: int, most: int) -> str:
    """The last `most` characters before `start`, a word that is cut left out, names of fields and variables as their words.

    `nhs_number` and `cardNumber` say what they hold as `NHS number` does; `card_id` names something else and says nothing, as in names of columns.
    """
    at = max(0, start - most)
    while 0 < at < start and text[at - 1].isalnum() and text[at].isalnum():
        at += 1
    return _NAME.sub(_spoken, text[at:start])


_NAME = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+|(?<![A-Za-z0-9])[A-Za-z]?[a-z0-9]{2,}(?:[A-Z][a-z0-9]+)+")


def _spoken(found: re.Match[str]) -> str:
    return " ".join(context_words(found[0]))


def in_names(phrase: str) -> str:
    """The pattern `phrase` for text in which words of a name may be joined: `national insurance` is in `national_insurance` and `nationalInsurance`."""
    return _BLANK.sub("[ _]?", phrase)


_BLANK = re.compile(r"(?<![\[\\]) (?!\?)")


def says(phrase: re.Pattern[str], context: str) -> bool:
    """Do the words of a column's name contain the phrase? (A column called `text` is no "text me at".)"""
    return bool(phrase.search(f"{context} column"))
