"""The smallest set of fixes that reaches the next verdict, and what a trained model is expected to reach."""

from __future__ import annotations

from dataclasses import replace

import pytest
from decision_cases import finding
from hypothesis import given
from hypothesis import strategies as st

from auditor.decision.expected import expected, skill
from auditor.decision.factors import NAMES, exact, unknown
from auditor.decision.fixes import fixes, next_verdict
from auditor.decision.score import MENDS, evaluate, mended, shipped_model, variants, with_gains
from auditor.detectors.results import ProbeFacts
from auditor.model import Gate

SOUND = dict.fromkeys(NAMES, 0.97)


def read(**changes: float):
    """The score of a data set that is sound but for `changes`."""
    return evaluate({n: exact(v) for n, v in {**SOUND, **changes}.items()}, shipped_model(), calibrated=True)


def gate(failed=(), unknown=(), conditions=()):
    return Gate("data", not failed and not unknown, tuple(failed), tuple(unknown), tuple(conditions))


def found(score, *codes):
    """Failed findings of `codes` with their gains."""
    return with_gains(tuple(finding(code, "fail") for code in codes), score)


def test_every_veto_has_to_be_met():
    score = read()
    step = next_verdict(found(score, "LEK001", "PII001", "BAL003"), gate(["LEK001"], ["PII001"], ["BAL003"]), score, 50)
    assert step is not None
    assert (step.verdict, step.codes) == ("ready_with_conditions", ("LEK001", "PII001"))


def test_without_conditions_left_the_next_verdict_is_ready():
    score = read()
    assert next_verdict(found(score, "LEK001"), gate(["LEK001"]), score, 50).verdict == "ready"
    assert next_verdict((), gate(), score, 50) is None


def test_a_low_score_is_no_fix_of_its_own_where_others_raise_it():
    score = read(labels=0.2, label_joint=0.5)
    listed = fixes(found(score, "USE020", "LBL002", "LEK001"), [gate(["USE020"])])
    assert [f.code for f in listed] == ["LBL002", "LEK001"]
    assert [f.code for f in fixes(found(score, "USE020", "PII001"), [gate(["USE020"])])] == ["USE020", "PII001"]


def test_of_several_fixes_the_fewest_that_lift_the_score_are_named():
    score = read(labels=0.2, label_joint=0.5, representativeness=0.9, leakage=0.95)
    assert score.value < 65
    step = next_verdict(found(score, "USE020", "LBL002", "DRF001", "LEK001"), gate(["USE020"], (), ["DRF001"]), score, 65)
    assert step.codes == ("LBL002",)
    assert step.score >= 65


def test_two_are_named_where_one_is_not_enough():
    score = read(labels=0.2, label_joint=0.5, representativeness=0.31, leakage=0.95)
    one = max(mended((c,), score).value for c in ("LBL002", "DRF001", "LEK001"))
    both = mended(("LBL002", "DRF001"), score).value
    step = next_verdict(found(score, "LBL002", "DRF001", "LEK001"), gate(["USE020"], (), ["DRF001"]), score, (one + both) / 2)
    assert step.codes == ("DRF001", "LBL002")


def test_copies_cannot_be_mended_into_examples():
    score = read(independence=0.1, size_2=0.5, size_5=0.4, size_20=0.3, smallest_class=0.4, labels=0.4)
    floor = mended(("DUP002",), score).value
    assert floor > mended(("LBL002",), score).value
    step = next_verdict(found(score, "DUP002", "LBL002"), gate(["USE020"]), score, floor)
    assert (step.verdict, step.codes) == ("", ("LBL002",))
    assert "more than mending" in step.note
    assert "DUP002" in next_verdict(found(score, "DUP002"), gate(["DUP002"]), score, 0).codes


def test_what_no_listed_fix_reaches_is_said():
    score = read(skill=0.05)
    step = next_verdict(found(score, "LEK001"), gate(["USE020"]), score, 65)
    assert step.verdict == ""
    assert "more than mending" in step.note


@given(st.lists(st.sampled_from(sorted(MENDS)), unique=True), st.sampled_from(sorted(MENDS)), st.fixed_dictionaries({n: st.floats(0.05, 1) for n in NAMES}))
def test_mending_more_never_lowers_the_score(codes, another, values):
    score = read(**values)
    assert mended((*codes, another), score).value >= mended(codes, score).value - 1e-6 >= score.value - 2e-6


@pytest.mark.parametrize(
    ("coverage", "moves"),
    [
        (unknown("no class list", 0.5, undeclared=True), False),  # to declare the classes is not to collect rows of them
        (exact(1.0), False),  # spelling
        (exact(0.8), True),  # classes without rows
    ],
)
def test_a_list_of_classes_adds_no_rows(coverage, moves):
    small = {**{n: exact(v) for n, v in SOUND.items()}, "size_20": exact(0.3), "smallest_class": exact(0.4), "coverage": coverage}
    score = evaluate(small, shipped_model(), calibrated=True)
    declared = evaluate({**small, "coverage": exact(1.0)}, shipped_model(), calibrated=True)
    reached = mended(("BAL002",), score).value
    assert (reached > declared.value + 1) == moves
    assert moves or reached == pytest.approx(declared.value, abs=0.5)


def test_each_refit_is_a_variant_of_the_score():
    score = read(labels=0.5)
    assert set(variants(score)) == set(shipped_model().refits)
    assert all(v.low <= v.value <= v.high for v in variants(score).values())


@pytest.mark.parametrize(
    ("changes", "lower"), [({"coverage": 0.5}, True), ({"skill": 0.3}, True), ({"leakage": 0.3}, False)]
)
def test_expected_skill_falls_with_what_teaches_less(changes, lower):
    assert (skill({**SOUND, **changes}) < skill(SOUND)) == lower


def test_expected_metric_is_read_between_guessing_and_perfection():
    probe = ProbeFacts("text", 500, sampled=False, classes=4, sizes=(), measured=True, chance=0.25)
    got = expected({**SOUND, "skill": 0.6}, probe, (-0.2, 0.0, 0.2))
    assert got.low < got.value < got.high <= 1
    assert got.low >= 0.25
    assert expected(SOUND, replace(probe, measured=False), (-0.2, 0.0, 0.2)) is None
    assert expected(SOUND, None, (-0.2, 0.0, 0.2)) is None


def test_an_ordering_promises_no_points():
    score = replace(read(labels=0.2), calibrated=False)
    told = found(score, "LBL002", "LEK001")
    assert all(f.gain is None for f in told)
    step = next_verdict(told, gate(["LBL002"], (), ["LEK001", "USE020"]), score, 50)
    assert (step.verdict, step.codes, step.score) == ("ready_with_conditions", ("LBL002",), score.value)
