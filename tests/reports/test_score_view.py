"""What stands beside the score: where its factors come from and whether the verdicts hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_samples import not_ready

from auditor.reports.score_view import factor_line, score_line

MANY = ["risk tier high", "the score at its low end", "a score fitted without wine"]


@pytest.mark.parametrize(
    ("sensitivity", "said"),
    [
        ({}, "Factors: 2 measured, 1 estimated, 1 unknown."),
        (
            {"variants": 47, "unchanged": 47, "changed_by": [], "flips": []},
            "Factors: 2 measured, 1 estimated, 1 unknown. Verdicts the same in 47 of 47 variants.",
        ),
        (
            {"variants": 47, "unchanged": 38, "changed_by": MANY[:1], "flips": ["…"] * 9},
            "Factors: 2 measured, 1 estimated, 1 unknown. Verdicts the same in 38 of 47 variants; changed by risk tier high.",
        ),
        (
            {"variants": 47, "unchanged": 30, "changed_by": MANY, "flips": ["…"] * 17},
            "Factors: 2 measured, 1 estimated, 1 unknown. Verdicts the same in 30 of 47 variants; changed by risk tier high, the score at its low end and 1 more.",
        ),
    ],
)
def test_the_score_says_what_is_behind_it(sensitivity: dict[str, object], said: str) -> None:
    report = not_ready()
    assert score_line(replace(report, policy={**report.policy, "sensitivity": sensitivity})).behind == said


def test_a_score_without_factors_and_a_policy_without_variants_say_nothing() -> None:
    report = not_ready()
    assert score_line(replace(report, score=replace(report.score, factors=()), policy={})).behind == ""


def test_a_lower_end_is_said_to_be_one() -> None:
    report = not_ready()
    lower = replace(report.score.factors[0], value=0.4, low=0.4, high=1.0, source="at_least", note="")
    line = score_line(replace(report, score=replace(report.score, factors=(lower,)), policy={}))
    assert line.behind == "Factors: 1 as a lower end."
    assert factor_line(lower).text == "at least 0.4"


def test_a_factor_shows_what_it_takes() -> None:
    factor = not_ready().score.factors[0]
    assert factor_line(replace(factor, contribution=-0.876)).takes == "−0.88"
    assert factor_line(factor).takes == "0"
