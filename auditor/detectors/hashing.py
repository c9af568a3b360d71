"""Stable hashes of rows: the same on every machine, process, Polars version, file format and row order.

Everything seeded or sampled in the label studies is ordered by these, so that shuffling a file changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

_EDGES = " \t\r\n.,;:!?\"'`´’‘“”…()[]{}<>*_-"
PART = 50_000
"""Texts that are normalised at once."""
SIGNIFICANT = 6
"""Digits of a number that count: what a float survives in CSV, JSON and float32 Parquet alike."""


def mix(h: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finaliser of SplitMix64 (Steele et al. 2014): every input bit reaches every output bit."""
    h = h + np.uint64(0x9E3779B97F4A7C15)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


def text_hash(values: Iterable[str]) -> NDArray[np.uint64]:
    """64-bit BLAKE2b of each string. Lone surrogates are hashed as they are."""
    blake = hashlib.blake2b
    out = b"".join(blake(v.encode("utf-8", "surrogatepass"), digest_size=8).digest() for v in values)
    return np.frombuffer(out, dtype="<u8").astype(np.uint64)


def number_hash(values: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Hash of numbers rounded to `SIGNIFICANT` digits; all NaN are equal, and so are 0 and -0."""
    x = np.asarray(values, dtype=np.float64)
    with np.errstate(all="ignore"):
        magnitude = np.where((x != 0) & np.isfinite(x), np.floor(np.log10(np.abs(x))), 0)
        scale = 10.0 ** (magnitude - (SIGNIFICANT - 1))
        rounded = np.where(np.isfinite(x) & (scale > 0), np.rint(x / scale), x)
    carried = np.isfinite(x) & (np.abs(rounded) == 10.0**SIGNIFICANT)  # 9.999999 is 10.0000
    rounded, magnitude = np.where(carried, rounded / 10, rounded), np.where(carried, magnitude + 1, magnitude)
    rounded = np.where(np.isnan(rounded), np.float64(-7.0e77), rounded) + 0.0
    return mix(rounded.view(np.uint64) ^ mix(magnitude.astype(np.int64).view(np.uint64)))


def combine(parts: Sequence[NDArray[np.uint64]], names: Sequence[str], n: int) -> NDArray[np.uint64]:
    """One hash a row over named parts; the order of the parts does not matter, their names do."""
    total = np.zeros(n, np.uint64)
    for name, part in zip(names, parts, strict=True):
        total = total + mix(part ^ text_hash([name])[0])
    return mix(total)


def normalised(text: pl.Series) -> pl.Series:
    """Text as compared for identity: NFKC, lower case, single spaces, no punctuation at the ends; null reads as empty."""
    text = text.fill_null("")
    if text.str.len_bytes().sum() != text.str.len_chars().sum():  # plain ASCII is its own normal form
        text = text.str.normalize("NFKC")
    text = text.str.to_lowercase()
    spaced = text.str.contains(r"\s\s|[^\S ]").arg_true()  # looking is five times as fast as replacing, and few texts need it
    if spaced.len():
        text = text.scatter(spaced, text.gather(spaced).str.replace_all(r"\s+", " "))
    return text.str.strip_chars(_EDGES)


def normal_parts(texts: Sequence[str]) -> Iterator[list[str]]:
    """`normalised` texts, a part of them at a time: as columns and lists at once a million would be there four times over."""
    import polars as pl

    from auditor.detectors.texts import Texts

    for begin in range(0, len(texts), PART):
        part = texts.column(begin, begin + PART) if isinstance(texts, Texts) else pl.Series(texts[begin : begin + PART], dtype=pl.String)
        yield normalised(part).to_list()


def codes(values: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Dense ids 0.. of equal values."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def place_key(file: NDArray[np.uint32], row: NDArray[np.int64]) -> NDArray[np.int64]:
    """One number for a place: rows up to 2^40 in files up to 2^23."""
    return (file.astype(np.int64) << 40) | row.astype(np.int64)
