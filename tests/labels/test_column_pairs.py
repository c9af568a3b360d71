"""Columns that say the same, and columns that are exchanged in a part of the rows: hits beside near misses."""

from __future__ import annotations

import numpy as np
import pytest
from support import facts, table

from auditor.detectors.studies import DuplicateStudy, LeakStudy
from auditor.model import Shape

N = 400
R = np.random.default_rng(2)
X = R.uniform(10, 900, N)
TOWN = R.choice(["Bern", "Basel", "Chur", "Davos"], N)
JOB = R.choice(["cook", "clerk", "smith"], N)
CODE = {"Bern": "BE", "Basel": "BS", "Chur": "GR", "Davos": "GD"}


def found(**columns):
    data = table({**columns, "label": R.choice(["a", "b"], N).tolist()}, {"feature": list(columns), "label": ["label"]}, Shape.CLASSIFICATION)
    return facts(data, DuplicateStudy(), LeakStudy())[LeakStudy()].columns


@pytest.mark.parametrize(
    ("other", "how"),
    [
        (X, "equal"),
        (1.8 * X + 32, "line"),
        ((0.17 * X).round(2), "line"),
        ((0.0929 * X).round(1), "line"),
        (-X, "line"),
        (X + R.normal(0, 0.5, N), ""),
        (np.log(X), ""),
        (X**1.01, ""),
        (np.where(np.arange(N) % 40, X, X + 5), ""),
        (R.uniform(10, 900, N), ""),
    ],
)
def test_numbers_that_say_the_same(other, how):
    assert found(x=X, other=other).copies == ((("x", "other", how),) if how else ()) or (how and found(x=X, other=other).copies == (("other", "x", how),))


@pytest.mark.parametrize(
    ("other", "how"),
    [
        (TOWN, "equal"),
        ([CODE[t] for t in TOWN], "names"),
        (["north" if t in {"Basel", "Bern"} else "east" for t in TOWN], ""),
        ([CODE[t] if i else "GD" for i, t in enumerate(TOWN)], "" if TOWN[0] != "Davos" else "names"),
        (JOB, ""),
    ],
)
def test_categories_that_say_the_same(other, how):
    assert [c[2] for c in found(town=TOWN.tolist(), other=list(other)).copies] == ([how] if how else [])


def test_two_truths_are_two_sides_of_one_thing():
    yes = R.random(N) < 0.5
    assert not found(yes=[str(y) for y in yes], no=[str(not y) for y in yes]).copies


@pytest.mark.parametrize(("share", "told"), [(0.0, False), (0.004, False), (0.1, True), (0.2, True)])
def test_values_that_are_exchanged(share, told):
    which = R.permutation(N) < share * N
    pair = found(town=np.where(which, JOB, TOWN).tolist(), job=np.where(which, TOWN, JOB).tolist()).exchanged
    assert [(len(p.where), {p.first, p.second}) for p in pair] == ([(int(which.sum()), {"town", "job"})] if told else [])
    assert all(sorted(p.where.row.tolist()) == np.flatnonzero(which).tolist() for p in pair)


def test_home_and_away_teams_share_their_values():
    assert not found(home=TOWN.tolist(), away=R.permutation(TOWN).tolist()).exchanged
    other = [*JOB[:-30].tolist(), *TOWN[-30:].tolist()]
    assert not found(town=TOWN.tolist(), job=other).exchanged


def test_places_that_people_leave_more_often_than_they_reach_are_not_exchanged():
    suburb, centre = np.array(["Aare", "Biel", "Cham"]), np.array(["Markt", "Bahnhof"])
    morning = R.random(N) < 0.8
    start = np.where(morning, R.choice(suburb, N), R.choice(np.concatenate([suburb, centre]), N))
    end = np.where(morning, R.choice(centre, N), R.choice(np.concatenate([suburb, centre]), N))
    assert not found(start=start.tolist(), end=end.tolist()).exchanged
