"""Does what the older rows teach hold for the newer ones? For data with a column that says when a row was made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditor.detectors.results import DuplicateFacts, Interval
from auditor.detectors.studies import DuplicateStudy
from auditor.detectors.threads import one_thread
from auditor.model import Role, Shape, Split
from auditor.scan.request import FILE, ROW, Study

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs
    from auditor.scan.request import Facts, Request, Rows

CAP = 10_000
"""Labelled training rows looked at."""
MIN_PART = 50
"""Rows that either part must have."""
QUARTER = 0.75
"""Share of the rows, by day, that counts as older."""
PARTS = 4


@dataclass(frozen=True, slots=True)
class TimeFacts:
    """The older rows against the newer ones."""

    column: str
    """Empty when no column plays the role."""
    reason: str = ""
    """Why nothing below was measured; empty where it was."""
    older: int = 0
    newer: int = 0
    since: dt.date | None = None
    """First day of the newer part."""
    later: Interval | None = None
    """Balanced accuracy on the newer rows of a probe that learned from the older ones."""
    mixed: Interval | None = None
    """The same with as many rows of either kind, drawn without regard to time; near-duplicates stay together."""
    again: int = 0
    """Different inputs that occur in both parts."""
    changed: int = 0
    """Of those, inputs whose most frequent label is another one later."""


@dataclass(frozen=True)
class TimeStudy(Study[TimeFacts]):
    """Older against newer training rows, for single-label classification."""

    def after(self) -> tuple[Request, ...]:
        """The clusters, which folds keep together."""
        return (DuplicateStudy(),)

    def run(self, rows: Rows, facts: Facts) -> TimeFacts:
        """Measure it."""
        with one_thread():
            return of_rows(rows, facts.get(DuplicateStudy()))


def of_rows(rows: Rows, duplicates: DuplicateFacts | None) -> TimeFacts:
    """Read the days, cut at three quarters, learn twice."""
    import numpy as np

    from auditor.detectors.inputs import load

    data = rows.dataset
    column = next(iter(data.role(Role.TIME)), "")
    base = TimeFacts(column)
    if not column or data.shape is not Shape.CLASSIFICATION:
        return replace(base, reason="no column says when a row was made" if not column else "only rows with one class are compared")
    inputs = load(rows, splits=(str(Split.TRAIN),), cap=CAP)
    day = _days(rows, column, inputs)
    known = np.flatnonzero((inputs.labels.kind == "single") & inputs.labels.present & (day >= 0))
    if len(known) < 0.9 * max(1, int(inputs.labels.present.sum())):
        return replace(base, reason=f"too few cells of '{column}' read as a day, or rows have several labels")
    inputs, day = inputs.take(known), day[known]
    newer = day > np.quantile(day, QUARTER, method="lower") if len(day) else np.zeros(0, bool)
    base = replace(base, older=int((~newer).sum()), newer=int(newer.sum()))
    if min(base.older, base.newer) < MIN_PART:
        return replace(base, reason=f"{min(base.older, base.newer)} rows are older or newer than the rest: too few (at least {MIN_PART})")
    return _compared(inputs, newer, duplicates, replace(base, since=dt.date.fromordinal(int(day[newer].min()))))


def _days(rows: Rows, column: str, inputs: Inputs) -> NDArray[np.int64]:
    """Ordinal day of each row of `inputs`, -1 where there is none."""
    import numpy as np
    import polars as pl

    from auditor.detectors.hashing import place_key
    from auditor.detectors.newest import day_of

    frame = rows.select((column,), splits=(str(Split.TRAIN),))
    days = frame.select(day_of(frame.schema[column], column).cast(pl.Int32).fill_null(-(2**31) + 1)).to_series().to_numpy().astype(np.int64)
    places = place_key(frame.get_column(FILE).to_numpy().astype(np.uint32), frame.get_column(ROW).to_numpy().astype(np.int64))
    order = np.argsort(places)
    found = days[order[np.searchsorted(places[order], place_key(inputs.file, inputs.row))]]
    ordinal = found + dt.date(1970, 1, 1).toordinal()
    return np.where((ordinal >= 1) & (ordinal <= dt.date.max.toordinal()), ordinal, -1)


def _compared(inputs: Inputs, newer: NDArray[np.bool_], duplicates: DuplicateFacts | None, base: TimeFacts) -> TimeFacts:
    import numpy as np

    from auditor.detectors import models
    from auditor.detectors.drift import spread
    from auditor.detectors.folds import assign
    from auditor.detectors.probe import units
    from auditor.detectors.statistics import balanced_accuracy

    code = inputs.labels.code.astype(np.int64)
    again, changed = _relabelled(inputs.key, code, newer)
    base = replace(base, again=again, changed=changed)
    x = models.features(inputs)
    if x is None or len(np.unique(code[~newer])) < 2:
        return replace(base, reason="nothing can be learnt from the older rows")
    unit = units(inputs, duplicates)
    chance = assign(code, unit, PARTS) == 0
    n, m = (min(int(f(newer).sum()), int(f(chance).sum())) for f in (np.logical_not, np.asarray))

    def read(test: NDArray[np.bool_]) -> Interval:
        learn, judge = spread(np.flatnonzero(~test), n), spread(np.flatnonzero(test), m)
        right = models.quick(x, code, learn, judge, int(code.max()) + 1).argmax(axis=1) == code[judge]
        return balanced_accuracy(code[judge], right, len(np.unique(unit[judge])))

    return replace(base, later=read(newer), mixed=read(chance))


def _relabelled(key: NDArray[np.uint64], code: NDArray[np.int64], newer: NDArray[np.bool_]) -> tuple[int, int]:
    """Inputs that occur in both parts, and those whose most frequent label differs (ties: the smallest code)."""
    import numpy as np

    def usual(part: NDArray[np.bool_]) -> dict[int, int]:
        pairs, counts = np.unique(np.stack([key[part], code[part].astype(np.uint64)]), axis=1, return_counts=True)
        order = np.lexsort((pairs[1], -counts, pairs[0]))
        ids, first = np.unique(pairs[0][order], return_index=True)
        return dict(zip(ids.tolist(), pairs[1][order][first].tolist(), strict=True))

    old, new = usual(~newer), usual(newer)
    both = old.keys() & new.keys()
    return len(both), sum(old[k] != new[k] for k in both)
