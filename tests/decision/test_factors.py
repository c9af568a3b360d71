"""Factors of the score: what may raise one and what may not."""

from __future__ import annotations

import pytest

from auditor.decision.factors import _flattering, _probe_skills, exact, unknown
from auditor.detectors.results import Interval, ProbeFacts
from auditor.detectors.studies import ProbeStudy
from auditor.scan.request import Facts

CROSS = Interval(0.7, 0.66, 0.74, 400)


@pytest.mark.parametrize(
    ("held", "counted"),
    [
        (Interval(0.9, 0.82, 0.95, 100), 0.4),  # easier than training: its hard rows may have been moved out of it
        (Interval(0.7, 0.6, 0.8, 100), 0.4),
        (Interval(0.6, 0.5, 0.7, 100), 0.2),  # harder: believed
    ],
)
def test_a_holdout_takes_skill_away_and_adds_none(held: Interval, counted: float) -> None:
    probe = ProbeFacts("text", 400, sampled=False, classes=2, sizes=(), measured=True, chance=0.5, cv_group=CROSS, holdout=held, holdout_rows=100)
    found = _probe_skills(probe)
    assert found["skill"].value == pytest.approx(counted)
    assert found["skill"].low <= counted <= found["skill"].high <= 0.6 + 1e-9


@pytest.mark.parametrize(
    ("held", "left"),
    [
        (Interval(0.7, 0.66, 0.74, 400), 1.0),
        (Interval(0.72, 0.68, 0.76, 400), 1.0),  # within chance
        (Interval(0.6, 0.56, 0.64, 400), 1.0),
        (Interval(0.85, 0.81, 0.89, 400), 0.62),
        (Interval(1.0, 0.99, 1.0, 400), 0.0),
    ],
)
def test_an_easier_holdout_flatters(held: Interval, left: float) -> None:
    known = Facts()
    known.put(ProbeStudy(), ProbeFacts("text", 400, sampled=False, classes=2, sizes=(), measured=True, chance=0.5, cv_group=CROSS, holdout=held, holdout_rows=400))
    assert _flattering(exact(1.0), known).value == pytest.approx(left, abs=0.02)
    assert _flattering(exact(0.5), known).value == pytest.approx(left / 2, abs=0.02)
    assert _flattering(unknown("no hold-out"), known).value is None
