"""Bytes in base64 within texts: an image in a data URI holds nothing to read, and any short pattern occurs in it by chance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

ENCODED = 512
"""Characters in a row of the alphabet of base64 from which they are bytes and no word, token or key."""
_RUN = f"[A-Za-z0-9+/]{{{ENCODED},}}"
_ENCODED = re.compile(r"(?<![A-Za-z0-9+/])(?<!-----)" + _RUN)
"""Not behind the head of a private key, which is one."""


def without_encoded(texts: pl.Series) -> pl.Series:
    """The texts with as many blanks in place of such bytes; no nulls."""
    import polars as pl

    long = texts.str.len_bytes() >= ENCODED
    if not long.any():
        return texts
    at = long.arg_true()
    at = at.filter(texts.gather(at).str.contains(_RUN))
    if at.is_empty():
        return texts
    blank = [_ENCODED.sub(lambda m: " " * len(m[0]), t) for t in texts.gather(at).to_list()]
    return texts.clone().scatter(at, pl.Series(blank, dtype=pl.String))
