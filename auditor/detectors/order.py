"""Do labels change along the file? Sorted files break naive splits; drifting ones say that the truth changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from auditor.detectors.labels import read_labels
from auditor.detectors.newest import day_of
from auditor.detectors.results import OrderFacts
from auditor.model import Role, Shape, Split
from auditor.scan.days import READABLE
from auditor.scan.request import FILE, ROW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.model import Dataset
    from auditor.scan.request import Rows

CAP = 1_000_000
"""Rows looked at: memory must not grow with the data."""
PARTS = 4
MIN_ROWS = 100
IN_TURN = 0.9
"""Share of the steps along the file that go one way in time from which it lies in order of time; series one behind another do (our choice)."""
LAGS = 12
"""How many values back the past of a series is looked at."""
SORTED = 3.0
"""Runs of equal labels per class up to which a file counts as sorted by label."""


def of_rows(rows: Rows) -> OrderFacts:
    """Labels of the training rows against their place."""
    data = rows.dataset
    column = next(iter(data.role(Role.LABEL)), None)
    if column is None or data.shape not in (Shape.CLASSIFICATION, Shape.REGRESSION):
        return OrderFacts(0, None, None, sorted_by_label=False, reason="there is no label column")
    frame = _in_order(rows, column)
    labels = read_labels(frame.get_column(column), data)
    known = np.flatnonzero(labels.present)
    if len(known) < MIN_ROWS or labels.kind not in ("single", "number"):
        return OrderFacts(len(known), None, None, sorted_by_label=False, reason="too few labelled rows")
    if labels.number is not None:
        return _numbers(labels.number[known], _time(frame, data)[known])
    return _classes(labels.code[known].astype(np.int64))


def _in_order(rows: Rows, column: str) -> pl.DataFrame:
    """Label column of the training rows, beside numbers that of their time, in file order; above `CAP` rows of about that many, drawn by their number."""
    train = (str(Split.TRAIN),)
    time = rows.dataset.role(Role.TIME)[:1] if rows.dataset.shape is Shape.REGRESSION else ()
    frame, count = rows.lazy(train).select(*dict.fromkeys((FILE, ROW, column, *time))), rows.count(train)
    if count > CAP:
        # by a mixed number and not by each n-th, which would meet labels that take turns at one of them only
        mixed = pl.col(ROW).cast(pl.UInt64) % 2**31 * 0x9E3779B1 % 2**32
        frame = frame.filter(mixed < CAP * 2**32 // count)
    return frame.collect(engine="streaming").sort(FILE, ROW)


def _classes(code: NDArray[np.int64]) -> OrderFacts:
    from scipy.stats import chi2

    code = np.unique(code, return_inverse=True)[1]
    k = int(code.max()) + 1
    if k < 2:
        return OrderFacts(len(code), None, None, sorted_by_label=False, reason="one class only")
    part = np.arange(len(code)) * PARTS // len(code)
    table = np.zeros((PARTS, k))
    np.add.at(table, (part, code), 1)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / len(code)
    statistic = float(((table - expected) ** 2 / expected).sum())
    effect = float(np.ptp(table / table.sum(axis=1, keepdims=True), axis=0).max())
    runs = 1 + int((code[1:] != code[:-1]).sum())
    return OrderFacts(len(code), float(chi2.sf(statistic, (PARTS - 1) * (k - 1))), effect, sorted_by_label=runs <= SORTED * k)


def _time(frame: pl.DataFrame, data: Dataset) -> NDArray[np.float64]:
    """When each row was, by the column that says so: its days, or its numbers; NaN where that is not known."""
    column = next((c for c in data.role(Role.TIME) if c in frame.columns), None)
    if column is None:
        return np.full(len(frame), np.nan)
    kind = frame.schema[column]
    cell = pl.col(column) if kind.is_numeric() else pl.col(column).to_physical() if kind.is_temporal() else day_of(kind, column).to_physical()
    return frame.select(cell.cast(pl.Float64)).to_series().fill_null(np.nan).to_numpy()


def _numbers(y: NDArray[np.float64], time: NDArray[np.float64]) -> OrderFacts:
    from scipy.stats import spearmanr

    if float(np.ptp(y)) == 0:
        return OrderFacts(len(y), None, None, sorted_by_label=False, reason="one value only")
    found = spearmanr(np.arange(len(y)), y)
    rho = float(found.statistic)
    return OrderFacts(len(y), float(found.pvalue), abs(rho), sorted_by_label=abs(rho) > 0.999, past=_past(_in_turn(y, time)))


def _in_turn(y: NDArray[np.float64], time: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers in order of time: rows sorted by something else follow those before them as well, and are no series for that."""
    known = np.isfinite(time)
    step = np.diff(time[known])
    if known.mean() < READABLE or not len(step) or max((step >= 0).mean(), (step <= 0).mean()) >= IN_TURN:
        return y
    return y[np.argsort(np.where(known, time, np.inf), kind="stable")]


def _past(y: NDArray[np.float64]) -> float | None:
    """How well a value is told by one of those before it; up to twelve back, so that series of several places may take turns.

    Equal values are not compared, for copies lie beside one another: what is told is the change, of a hundred changes at least.
    """
    if 1 + np.count_nonzero(np.diff(y)) < MIN_ROWS:
        return None
    pairs = [(y[k:], y[:-k]) for k in range(1, min(LAGS, len(y) - 2) + 1)]
    pairs = [(now[now != before], before[now != before]) for now, before in pairs]
    return max((float(np.corrcoef(now, before)[0, 1]) for now, before in pairs if len(now) > 1 and np.ptp(now) and np.ptp(before)), default=None)
