"""Truth that moves with time, inputs relabelled later, and a hold-out that is not like production."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from corpus import sentences
from support import facts, judged, table

from auditor.checks.overtime import HoldsLater
from auditor.detectors.overtime import TimeStudy
from auditor.detectors.studies import DuplicateStudy, HoldoutDriftStudy, LeakStudy
from auditor.model import Status

FIRST = dt.date(2025, 1, 1)


def dated(rows, labels, days, kind=str):
    """Texts with a class and the day they were made."""
    made = [FIRST + dt.timedelta(days=int(d)) for d in days]
    written = {str: [d.isoformat() for d in made], int: [int(dt.datetime.combine(d, dt.time(9), dt.UTC).timestamp()) for d in made], dt.date: made}[kind]
    return table({"text": rows, "label": labels, "made": written}, {"text": ["text"], "label": ["label"], "time": ["made"]})


def said(data):
    return {f.subject: f.status for f in judged(data, "DRF003", found=facts(data, DuplicateStudy(), TimeStudy()))}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", [str, int, dt.date])
def test_what_does_not_change_passes(seed, kind):
    rows, labels = sentences(3, 150, seed=seed)
    days = np.random.default_rng(seed).integers(0, 300, len(rows))
    assert said(dated(rows, labels, days, kind)) == {"made": Status.PASS}


@pytest.mark.parametrize(
    ("empty", "garbage", "overlap"),
    [
        (0, 0, 0.5),
        (30, 0, 0.5),  # rows without a time say nothing of the others
        (100, 0, 0.5),
        (10, 5, 0.5),
        (0, 60, None),  # a column that is hardly one of days
    ],
)
def test_empty_times_are_no_unreadable_ones(empty, garbage, overlap):
    train = [(FIRST + dt.timedelta(days=i)).isoformat() for i in range(100)]
    held = [(FIRST + dt.timedelta(days=d)).isoformat() for d in (*range(50, 100), *range(100, 150))]
    held += [None, ""] * (empty // 2) + ["soon"] * garbage
    rows = [f"row {i}" for i in range(len(train) + len(held))]
    split = ["train"] * len(train) + ["test"] * len(held)
    data = table({"text": rows, "label": ["a", "b"] * (len(rows) // 2) + ["a"] * (len(rows) % 2), "made": [*train, *held]}, {"text": ["text"], "label": ["label"], "time": ["made"]}, split=split)
    assert facts(data, DuplicateStudy(), LeakStudy())[LeakStudy()].time_overlap == (None if overlap is None else pytest.approx(overlap, abs=0.01))


def test_a_truth_that_moved_is_seen():
    rows, labels = sentences(3, 200)
    days = np.random.default_rng(0).integers(0, 300, len(rows))
    turned = {"class_0": "class_1", "class_1": "class_2", "class_2": "class_0"}
    moved = [turned[c] if d > 225 and i % 2 else c for i, (c, d) in enumerate(zip(labels, days, strict=True))]
    assert said(dated(rows, moved, days)) == {"made": Status.WARN}


@pytest.mark.parametrize(("share", "status"), [(0.0, Status.PASS), (0.5, Status.WARN)])
def test_inputs_that_recur_with_another_label_are_counted(share, status):
    rows, labels = sentences(3, 100)
    again = rows[:100]
    other = [labels[i] if i >= share * 100 else ("class_0" if labels[i] != "class_0" else "class_1") for i in range(100)]
    days = [*np.random.default_rng(0).integers(0, 200, len(rows)), *[290] * 100]
    data = dated([*rows, *again], [*labels, *other], days)
    assert said(data)["labels"] is status
    found = facts(data, DuplicateStudy(), TimeStudy())[TimeStudy()]
    assert (found.again, found.changed) == (100, round(share * 100))


@pytest.mark.parametrize(
    ("days", "why"),
    [([7] * 300, "too few"), ([0] * 290 + [9] * 10, "too few")],
)
def test_without_older_and_newer_rows_it_is_not_known(days, why):
    rows, labels = sentences(3, 100)
    data = dated(rows, labels, days)
    found = judged(data, "DRF003", found=facts(data, DuplicateStudy(), TimeStudy()))
    assert [f.status for f in found] == [Status.UNKNOWN]
    assert why in found[0].message


def test_cells_that_are_no_days_are_not_read():
    rows, labels = sentences(3, 100)
    data = table({"text": rows, "label": labels, "made": ["soon"] * 300}, {"text": ["text"], "label": ["label"], "time": ["made"]})
    assert said(data) == {"made": Status.UNKNOWN}


def test_only_classes_with_times_are_asked():
    rows, labels = sentences(2, 50)
    plain = table({"text": rows, "label": labels}, {"text": ["text"], "label": ["label"]})
    assert not list(HoldsLater().needs(plain.dataset, plain.settings))
    assert not judged(plain, "DRF003", found=facts(plain, DuplicateStudy()))


@pytest.mark.parametrize(("polished", "status"), [(False, Status.PASS), (True, Status.WARN)])
def test_a_polished_hold_out_is_told_from_production(polished, status):
    rows, labels = sentences(4, 200, words=12)
    held = [" ".join(r.split()[:4]) if polished else r for r in rows[400:600]]
    parts = ["train"] * 400 + ["test"] * 200 + ["production"] * 200
    data = table({"text": [*rows[:400], *held, *rows[600:]], "label": labels}, {"text": ["text"], "label": ["label"]}, split=parts)
    assert [f.status for f in judged(data, "DRF004", found=facts(data, HoldoutDriftStudy()))] == [status]


def test_without_production_nothing_is_said_of_the_hold_out():
    rows, labels = sentences(2, 50)
    data = table({"text": rows, "label": labels}, {"text": ["text"], "label": ["label"]}, split=["train"] * 60 + ["test"] * 40)
    assert not judged(data, "DRF004", found=facts(data, DuplicateStudy()))
