"""Characters that stand for others in numbers and addresses. Every replacement is as long as what it replaces, so that places stay right."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_PLAIN = {
    "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ",  # blanks at which no line breaks
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\uff0d": "-",  # typographic hyphens
    "\uff20": "@", "\uff0e": ".",  # full-width signs
}  # fmt: skip
_ODD = "[" + "".join(_PLAIN) + "]"


def plain(texts: pl.Series) -> pl.Series:
    """The texts with the blanks and hyphens of word processors, and full-width signs, as the keyboard has them; no nulls."""
    odd = texts.str.contains(_ODD)
    if not odd.any():
        return texts
    at = odd.arg_true()
    return texts.clone().scatter(at, texts.gather(at).str.replace_many(list(_PLAIN), list(_PLAIN.values())))


_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3031-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f]")
"""Letters of Thai, Lao, Burmese, Khmer, Chinese, Japanese and Korean."""


@functools.lru_cache(maxsize=4)
def apart(text: str) -> str:
    """`text` with commas for the letters of scripts that set no blank between a word and a number, so that the number stands by itself."""
    return text if text.isascii() else _UNSPACED.sub("\u3001", text)
