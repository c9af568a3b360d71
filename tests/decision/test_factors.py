"""Factors of the score: what may raise one and what may not."""

from __future__ import annotations

import pytest

from auditor.decision.factors import _probe_skills
from auditor.detectors.results import Interval, ProbeFacts

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
