"""What is kept of a scan: counts and places, never a value. States of batches merge in partition order."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.detectors.pii_leaves import locate
from auditor.model import Dataset, Flag, RowRef

PLACEHOLDER, BARE = 1, 2
_PLACE = struct.Struct("<IQiiIIfB")
MOST = 100_000
"""Places kept of one kind (placeholders, whole cells, others) of hits of one entity in one path, the first ones; all are counted. A column
of addresses would take 33 bytes a row of memory, and nobody goes through more one by one."""


class Place(NamedTuple):
    """One hit: file index, row, list positions, span in the string, score, bits (`PLACEHOLDER`, `BARE`)."""

    file: int
    row: int
    outer: int
    inner: int
    start: int
    end: int
    score: float
    bits: int


def pack(places: list[Place]) -> bytes:
    """33 bytes a hit."""
    return b"".join(_PLACE.pack(*p) for p in places)


@dataclass(frozen=True)
class Hits:
    """Hits of one entity in one path."""

    rows: int = 0
    """Rows with a hit that is neither a placeholder nor bare."""
    bare_rows: int = 0
    """Rows whose only hits are whole cells that look like a code or a number (judged with the column)."""
    placeholder_rows: int = 0
    """Rows whose only hits are placeholders."""
    blocks: tuple[bytes, ...] = field(default=(), repr=False)
    """Packed places in row order: the first `MOST` of each kind, and few more."""

    def merge(self, other: Hits) -> Hits:
        """Both, in order."""
        return Hits(
            self.rows + other.rows,
            self.bare_rows + other.bare_rows,
            self.placeholder_rows + other.placeholder_rows,
            _first(self.blocks + other.blocks, 2 * MOST),
        )

    def places(self) -> Iterator[Place]:
        """The first `MOST` hits of each kind, in row order."""
        for block in _first(self.blocks, MOST):
            for values in _PLACE.iter_unpack(block):
                yield Place(*values)


def _first(blocks: tuple[bytes, ...], room: int) -> tuple[bytes, ...]:
    """The first `MOST` places of each kind, where there are more than `room` in all."""
    if sum(map(len, blocks)) <= room * _PLACE.size:
        return blocks
    import numpy as np

    places = np.frombuffer(b"".join(blocks), np.dtype([("place", f"V{_PLACE.size - 1}"), ("bits", "u1")]))
    kept = np.zeros(len(places), np.bool_)
    for kind in np.unique(places["bits"]).tolist():
        kept[np.flatnonzero(places["bits"] == kind)[:MOST]] = True
    return (places[kept].tobytes(),)


@dataclass(frozen=True)
class Tally:
    """What one path looks like as a column."""

    rows: int = 0
    """Rows with at least one string."""
    cells: int = 0
    """Strings that are not empty."""
    forms: Mapping[str, int] = field(default_factory=dict)
    """Strings that are as a whole a number, an id, a hash...: see `pii_forms.FORMS`."""
    long: int = 0
    """Whole numbers of 13 to 19 digits."""
    luhn: int = 0
    """Those of `long` that are card numbers by scheme and Luhn; one in ten passes Luhn by chance."""

    def merge(self, other: Tally) -> Tally:
        """Sums."""
        forms = {k: self.forms.get(k, 0) + other.forms.get(k, 0) for k in sorted({*self.forms, *other.forms})}
        return Tally(self.rows + other.rows, self.cells + other.cells, forms, self.long + other.long, self.luhn + other.luhn)

    @property
    def coded(self) -> float:
        """Share of strings that are codes rather than text, 0 to 1."""
        return sum(self.forms.values()) / self.cells if self.cells else 0.0


@dataclass(frozen=True)
class PiiState:
    """Counts and places of a scan."""

    rows: int = 0
    tallies: Mapping[str, Tally] = field(default_factory=dict)
    """By path."""
    hits: Mapping[tuple[str, str], Hits] = field(default_factory=dict)
    """By (path, entity)."""

    def merge(self, other: PiiState) -> PiiState:
        """State of both, `self` first; associative, the empty state is neutral."""
        tallies = dict(self.tallies)
        for path, t in other.tallies.items():
            tallies[path] = tallies[path].merge(t) if path in tallies else t
        hits = dict(self.hits)
        for key, h in other.hits.items():
            hits[key] = hits[key].merge(h) if key in hits else h
        return PiiState(self.rows + other.rows, tallies, hits)


def flags(code: str, path: str, entity: str, hits: Hits, dataset: Dataset, *, want: int | None, bare: bool) -> tuple[Flag, ...]:
    """The places of `hits` as flags: placeholders or not (`want`), whole-cell codes with `bare` only."""
    names = [f.path for f in dataset.files]
    return tuple(
        Flag(code, names[p.file], p.row, None, locate(path, p.outer, p.inner), p.start, p.end, entity, round(p.score, 2))
        for p in hits.places()
        if p.bits & PLACEHOLDER == want and (bare or not p.bits & BARE)
    )


def refs(found: tuple[Flag, ...]) -> tuple[RowRef, ...]:
    """The first 20 rows of `found`."""
    return tuple(dict.fromkeys(RowRef(f.file, f.row) for f in found[:200]))[:20]
