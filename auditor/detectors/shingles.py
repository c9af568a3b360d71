"""Shingles of texts as flat arrays of hashes: character trigrams for short texts, word pairs for long ones.

All work is done on the code points of many texts at once, so a text costs microseconds and no Python objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors.hashing import mix

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHARS = 3
"""Characters of a short text's shingle."""
BATCH_CHARS = 500_000
"""Characters hashed at once: arrays of a few megabytes stay in the cache, and long texts cannot fill the memory."""
MAX_CHARS = 20_000
"""Characters of a text that are compared; longer texts that begin alike are taken for near-duplicates."""
_BASE = np.uint64(0x9E3779B97F4A7C15)
_SPACE = np.uint32(32)


def code_points(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Code points of all texts, each between two spaces, and where each text begins (one more entry: the end)."""
    joined = "".join(f" {t} " for t in texts)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32)
    lengths = np.fromiter((len(t) + 2 for t in texts), dtype=np.int64, count=len(texts))
    return points, np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])


def batches(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Begin and end of runs of texts of about `BATCH_CHARS` characters."""
    begin, size = 0, 0
    for i, text in enumerate(texts):
        size += len(text) + 2
        if size >= BATCH_CHARS:
            yield begin, i + 1
            begin, size = i + 1, 0
    if begin < len(texts):
        yield begin, len(texts)


def char_shingles(texts: Sequence[str], size: int = CHARS) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hashes of all runs of `size` characters, text by text, and where each text's begin (one more entry: the end).

    A text that is too short is filled up with spaces, so no text is without any.
    """
    points, starts = code_points([t.ljust(size - 2) for t in texts])
    p = points.astype(np.uint64)
    if len(p) < size:
        return np.zeros(0, np.uint64), np.zeros(1, np.int64)
    grams = p[: len(p) - size + 1].copy()
    for j in range(1, size):
        grams *= _BASE
        grams += p[j : len(p) - size + 1 + j]
    grams = mix(grams)
    inside = np.ones(len(p), dtype=np.bool_)
    for j in range(1, size):
        inside[starts[1:] - j] = False
    counts = np.diff(starts) - (size - 1)
    return grams[inside[: len(grams)]], np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])


def word_shingles(texts: Sequence[str], size: int = 2) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hashes of all runs of `size` words, text by text, and where each text's begin; a shorter text is one run, an empty one none."""
    points, starts = code_points(texts)
    words, first = _words(points, starts)
    counts = np.diff(first)
    grams = words.copy()
    for step in range(1, size):
        grams = mix(grams * _BASE + np.concatenate([words[step:], np.zeros(min(step, len(words)), np.uint64)]))
    keep = np.ones(len(words), dtype=np.bool_)
    for step in range(1, size):
        keep[(first[1:] - step)[counts >= step]] = False
    short = np.flatnonzero((counts < size) & (counts > 0))
    if len(short):
        place = np.arange(len(words), dtype=np.uint64) - np.repeat(first[:-1], counts).astype(np.uint64)
        whole = np.add.reduceat(mix(words + place), first[:-1][counts > 0])
        grams[first[:-1][short]] = whole[np.searchsorted(np.flatnonzero(counts > 0), short)]
        keep[first[:-1][short]] = True
    kept = np.maximum(counts - size + 1, np.minimum(counts, 1))
    return grams[keep], np.concatenate([np.zeros(1, np.int64), np.cumsum(kept)])


def _words(points: NDArray[np.uint32], starts: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash of each word, and the first word of each text (one more entry: the end)."""
    if len(points) == 0:
        return np.zeros(0, np.uint64), np.zeros(len(starts), np.int64)
    solid = points != _SPACE
    begins = np.flatnonzero(solid & ~np.concatenate([np.zeros(1, np.bool_), solid[:-1]]))
    if len(begins) == 0:
        return np.zeros(0, np.uint64), np.zeros(len(starts), np.int64)
    ends = np.flatnonzero(~solid & np.concatenate([np.zeros(1, np.bool_), solid[:-1]]))
    power, inverse = _powers(1 << (len(points) - 1).bit_length())
    weighted = points * power[: len(points)]
    weighted[~solid] = 0
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(weighted)])
    hashes = mix((total[ends] - total[begins]) * inverse[begins] ^ (ends - begins).astype(np.uint64))
    return hashes, np.searchsorted(begins, starts).astype(np.int64)


@lru_cache(maxsize=2)
def _powers(n: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Powers 0..n-1 of the base and of its inverse modulo 2^64: they make a word's hash independent of where it stands."""
    inverse = np.uint64(pow(int(_BASE), -1, 1 << 64))
    return tuple(np.cumprod(np.concatenate([np.ones(1, np.uint64), np.full(n - 1, b, np.uint64)])) for b in (_BASE, inverse))  # type: ignore[return-value]
