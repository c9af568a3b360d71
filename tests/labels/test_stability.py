"""Halves of the rows teach the same where the data teach anything, and doubted labels are left out to see what they change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from corpus import flipped, sentences
from support import facts, judged, table, tabular, texts

from auditor.checks.stability import LEAST
from auditor.decision.factors import factors
from auditor.detectors.results import Interval, ProbeFacts
from auditor.detectors.stability import kappa
from auditor.detectors.stability_results import StabilityFacts
from auditor.detectors.studies import DuplicateStudy, LeakStudy, ProbeStudy, StabilityStudy
from auditor.model import Severity, Shape, Status
from auditor.scan.request import Facts
from auditor.settings import LabelSettings, Settings, UseCase


def stability(rows):
    return facts(rows, DuplicateStudy(), LeakStudy(), StabilityStudy())[StabilityStudy()]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 1, 0, 1], [0, 1, 0, 1], 1.0),
        ([0, 1, 0, 1], [1, 0, 1, 0], 0.0),  # less than chance counts as chance
        ([0, 0, 1, 1], [0, 1, 0, 1], 0.0),
        ([0, 0, 0, 1], [0, 0, 1, 1], 0.5),
        ([0, 0, 0, 0], [0, 0, 0, 0], 0.0),  # one answer to everything tells nothing apart
    ],
)
def test_agreement_beyond_chance(a, b, expected):
    found = kappa(np.array(a), np.array(b), 2)
    assert found.value == pytest.approx(expected)
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.fixture(scope="module")
def sound():
    return sentences(4, 80)


def test_sound_rows_teach_the_same_twice(sound):
    found = stability(texts(*sound))
    assert found.halves.value > 0.75
    assert found.without_doubted.value > 0.9
    assert (found.asked, found.sampled) == ("training", False)


@pytest.mark.parametrize(("share", "low", "high"), [(0.3, 0.3, 1.0), (1.0, 0.0, 0.15)])
def test_random_labels_do_not(sound, share, low, high):
    rows, labels = sound
    worse = flipped(labels, share)[0] if share < 1 else list(np.random.default_rng(0).permutation(labels))
    found = stability(texts(rows, worse))
    assert low <= found.halves.value <= high
    assert found.halves.value < stability(texts(rows, labels)).halves.value
    assert found.doubted >= 0.5 * share


def test_production_is_asked_where_there_is_enough_of_it(sound):
    rows, labels = sound
    for count, asked in ((60, "production"), (10, "training")):
        split = ["production" if i < count else "train" for i in range(len(rows))]
        assert stability(texts(rows, [None if s == "production" else y for s, y in zip(split, labels, strict=True)], split=split)).asked == asked


def test_copies_and_order_change_nothing(sound):
    rows, labels = sound
    once = stability(texts(rows, labels))
    assert stability(texts(rows * 3, labels * 3)) == once
    assert stability(texts(rows[::-1], labels[::-1])) == once


def test_hard_is_not_unstable():
    """Overlapping classes: a probe is wrong in a fifth of the rows, and two halves still teach the same boundary."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 2, 900)
    x = rng.normal(0, 1, (900, 3)) + 0.9 * y[:, None] * np.array([1, 1, 0])
    data = tabular(x, [f"c{v}" for v in y])
    known = facts(data, DuplicateStudy(), LeakStudy(), StabilityStudy())[StabilityStudy()]
    assert known.doubted > 0.15
    assert known.halves.value > 0.6


def test_a_column_that_copies_the_label_teaches_nothing():
    rng = np.random.default_rng(4)
    x, y = rng.normal(0, 1, (300, 3)), [f"c{v}" for v in rng.integers(0, 3, 300)]
    roles = {"feature": ["a", "b", "c", "told"], "label": ["label"]}
    data = table({**{n: x[:, j] for j, n in enumerate("abc")}, "told": [v.upper() for v in y], "label": y}, roles)
    assert stability(data).halves.value < 0.2


@pytest.mark.parametrize(
    ("rows", "applies"),
    [
        (table({"a": np.arange(80.0), "y": np.arange(80.0)}, {"feature": ["a"], "label": ["y"]}, Shape.REGRESSION), False),
        (texts(["one two three"] * 30, ["a", "b"] * 15), True),
        (texts(*sentences(2, 3)), True),
    ],
)
def test_not_measured_says_why(rows, applies):
    found = stability(rows)
    assert not found.measured
    assert found.reason
    assert found.applies == applies
    value = factors(rows.dataset, facts(rows))["stability"]
    assert (value.low, value.value) == ((1.0, 1.0) if not applies else (0.0, None))


def test_own_embeddings_stand_alone(sound):
    assert not stability(texts(*sound, settings=Settings(labels=LabelSettings(embeddings="e.npy")))).applies


def of(halves, doubted=0.2):
    return StabilityFacts(True, "", True, 500, 500, Interval(halves, halves - 0.05, halves + 0.05, 300), Interval(0.9, 0.85, 0.95, 300), doubted, "production", 300)


@pytest.mark.parametrize(("halves", "status"), [(0.9, Status.PASS), (LEAST, Status.PASS), (LEAST - 0.06, Status.WARN), (0.05, Status.WARN)])
def test_the_rule(sound, halves, status):
    rows, known = texts(*sound), Facts()
    known.put(StabilityStudy(), of(halves))
    (found,) = judged(rows, "LRN007", found=known)
    assert found.status is status
    assert found.evidence.value == pytest.approx(halves)


NOT_TOLD = ProbeFacts(
    "text", 500, sampled=False, classes=2, sizes=(), measured=True, chance=0.5, cv_group=Interval(0.8, 0.77, 0.83, 500), cv_error=0.2, off_diagonal=0.15, joint=0.2,
    noise_ratio=0.75, identifiable=False, noise=Interval(0.05, 0.0, 0.15, 100),
)  # fmt: skip


@pytest.mark.parametrize(
    ("halves", "probe", "risk", "expected"),
    [
        (0.8, NOT_TOLD, "medium", (Status.WARN, Severity.MAJOR)),
        (0.6, NOT_TOLD, "medium", (Status.UNKNOWN, Severity.BLOCKER)),
        (0.8, NOT_TOLD, "high", (Status.UNKNOWN, Severity.BLOCKER)),
        (0.8, replace(NOT_TOLD, cv_group=Interval(0.55, 0.5, 0.6, 500)), "medium", (Status.UNKNOWN, Severity.BLOCKER)),  # a probe that learned next to nothing
    ],
)
def test_doubted_labels_of_a_hard_task_are_a_condition_where_halves_agree(sound, halves, probe, risk, expected):
    rows, known = texts(*sound, settings=Settings(use_case=UseCase(risk_tier=risk))), Facts()
    known.put(ProbeStudy(), probe)
    known.put(StabilityStudy(), of(halves))
    (found,) = judged(rows, "LBL002", found=known)
    assert (found.status, found.severity) == expected


def test_more_rows_than_were_used_agree_more(sound):
    rows = texts(*sound)
    for whole, value in ((500, 0.6), (4000, 1 - 0.4 * (1 / 8) ** 0.3)):
        known = Facts()
        known.put(StabilityStudy(), replace(of(0.6), stands_for=whole))
        found = factors(rows.dataset, known)["stability"]
        assert found.value == pytest.approx(value)
        assert found.low == pytest.approx(0.55)
        assert (found.high == 1.0) == (whole > 500)


def test_many_classes_in_many_rows_count_as_usual_and_not_as_bad(sound):
    known = Facts()
    known.put(StabilityStudy(), StabilityFacts(measured=False, reason="1,000 classes", stands_for=20_000))
    found = factors(texts(*sound).dataset, known)["stability"]
    assert (found.value, found.low, found.undeclared) == (None, 0.0, True)
    (told,) = judged(texts(*sound), "LRN007", found=known)
    assert (told.status, told.severity) == (Status.UNKNOWN, Severity.MINOR)
