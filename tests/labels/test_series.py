"""Time series: numbers that follow those before them are no lot, though the inputs beside them tell nothing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from support import facts, judged, table

from auditor.checks.learnability import SERIES
from auditor.detectors.order import _past
from auditor.detectors.studies import DuplicateStudy, OrderStudy, ProbeStudy
from auditor.model import Role, Shape

DAY = dt.date(2022, 1, 1)


def _series(n: int, places: int, seed: int) -> list[float]:
    """Random walks of several places that take turns."""
    rng = np.random.default_rng(seed)
    level, out = rng.normal(100, 30, places), []
    for _ in range(n // places):
        level = level + rng.normal(0, 3, places)
        out += list(level + rng.normal(0, 1, places))
    return [float(v) for v in out]


def _judged(values, *, time=True):
    rng = np.random.default_rng(9)
    n = len(values)
    columns = {"colour": rng.choice(["red", "blue", "green"], n).tolist(), "size": rng.integers(0, 10**6, n).tolist(), "y": values}
    roles = {Role.LABEL: ("y",), Role.FEATURE: ("colour", "size")}
    if time:
        columns["day"] = [(DAY + dt.timedelta(days=i)).isoformat() for i in range(n)]
        roles[Role.TIME] = ("day",)
    rows = table(columns, {str(r): c for r, c in roles.items()}, Shape.REGRESSION)
    return next(iter(judged(rows, "LRN001", found=facts(rows, DuplicateStudy(), ProbeStudy(), OrderStudy()))))


@pytest.mark.parametrize("places", [1, 3])
def test_a_series_is_a_condition(places):
    found = _judged(_series(600, places, 1))
    assert (found.status, found.severity) == ("warn", "major")
    assert "a time series" in found.message


@pytest.mark.parametrize("change", ["shuffled", "shuffled with copies", "sorted", "without a time"])
def test_what_is_no_series_stays_a_veto(change):
    values = _series(600, 1, 1)
    if change == "shuffled":
        values = np.random.default_rng(2).permutation(values).tolist()
    elif change == "shuffled with copies":
        values = np.repeat(np.random.default_rng(2).permutation(values)[:200], 3).tolist()
    elif change == "sorted":
        values = sorted(values)
    assert _judged(values, time=change != "without a time").status == "fail"


def _table(values: list[float], days: list[int]):
    rng = np.random.default_rng(9)
    n = len(values)
    columns = {"colour": rng.choice(["red", "blue", "green"], n).tolist(), "size": rng.integers(0, 10**6, n).tolist(), "y": values, "day": [(DAY + dt.timedelta(days=d)).isoformat() for d in days]}
    return table(columns, {str(Role.LABEL): ("y",), str(Role.FEATURE): ("colour", "size"), str(Role.TIME): ("day",)}, Shape.REGRESSION)


def _order_of(values: list[float], days: list[int]) -> float:
    rows = _table(values, days)
    return facts(rows, OrderStudy())[OrderStudy()].past or 0.0


def test_a_series_is_told_in_order_of_time_whatever_the_file_is_sorted_by():
    values, at = _series(600, 1, 1), np.random.default_rng(3).permutation(600)
    assert _order_of([values[i] for i in at], at.tolist()) > 0.9  # shuffled rows of a series
    assert _order_of(values, at.tolist()) < SERIES  # sorted by what rises with the number, at any time
    assert _order_of(values[::-1], list(range(599, -1, -1))) > 0.9  # the newest first
    assert _order_of(_series(200, 1, 1) + _series(200, 1, 2) + _series(200, 1, 3), [*range(200)] * 3) > 0.9  # one place behind another


@pytest.mark.parametrize("times", [2, 3, 5])
def test_copies_beside_one_another_are_no_series(times):
    values = np.repeat(np.random.default_rng(4).normal(100, 9, 300), times).tolist()
    assert _order_of(values, list(range(len(values)))) < SERIES


def test_shuffled_numbers_do_not_follow_those_before():
    rng = np.random.default_rng(0)
    assert max(_past(rng.normal(size=100)) for _ in range(2000)) < SERIES
    assert _past(np.ones(100)) is None
