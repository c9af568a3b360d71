"""Some rows on their way through the engine, side by side, so that what can be added up is added up by NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from auditor.targets.lengths import RowSize, size_of
from auditor.targets.reader import RawRecord
from auditor.targets.verdict import TRAINED, Verdict

Ints = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(slots=True)
class Batch:
    """Rows, their verdicts, and all of their texts in one list."""

    records: list[RawRecord] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    """Where the texts of each row end in `texts`."""
    values: dict[int, object] = field(default_factory=dict)
    """Rows that have no bytes of their own (tables), by their place in the batch."""

    def add(self, record: RawRecord, verdict: Verdict, texts: list[str], value: object = None) -> None:
        """One more row."""
        if value is not None:
            self.values[len(self.records)] = value
        self.records.append(record)
        self.verdicts.append(verdict)
        self.texts += texts
        self.ends.append(len(self.texts))

    def begin(self, i: int) -> int:
        """Where the texts of row `i` begin in `texts`."""
        return self.ends[i - 1] if i else 0

    def texts_of(self, i: int) -> list[str]:
        """Texts of row `i`, in the order of `signature.walk`."""
        return self.texts[self.ends[i - 1] if i else 0 : self.ends[i]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counted units of each row, as `lengths.RowSize` has them."""

    total: Ints
    trained: Ints
    billed: Ints

    def row(self, i: int) -> RowSize:
        """Those of one row."""
        return RowSize(int(self.total[i]), int(self.trained[i]), int(self.billed[i]))


def sizes_of(verdicts: Sequence[Verdict], ends: Sequence[int], units: Ints) -> Sizes:
    """Sizes of rows whose texts have `units` and end at `ends`; equal to `lengths.size_of` of each row."""
    stops = np.asarray(ends, dtype=np.int64)
    starts = np.concatenate(([0], stops[:-1])).astype(np.int64)
    uses = np.frombuffer(b"".join([v.uses for v in verdicts]), np.uint8)
    total = _between(units, starts, stops)
    sizes = Sizes(total, _between(units * (uses == TRAINED), starts, stops), total.copy())
    for i, verdict in enumerate(verdicts):
        if not verdict.plain:
            size = size_of(verdict, [int(n) for n in units[starts[i] : stops[i]]])
            sizes.total[i], sizes.trained[i], sizes.billed[i] = size.total, size.trained, size.billed
    return sizes


def _between(values: Ints, starts: Ints, stops: Ints) -> Ints:
    sums = np.concatenate(([0], np.cumsum(values))).astype(np.int64)
    difference: Ints = sums[stops] - sums[starts]
    return difference
