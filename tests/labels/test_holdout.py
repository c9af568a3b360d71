"""A hold-out that was made easier, and what it is told by; tricks that may not lift the measures behind the score."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from corpus import sentences
from support import facts, judged, tabular, texts

from auditor.checks.holdout import absent, compared
from auditor.detectors.results import ClassSize, Interval
from auditor.detectors.studies import DuplicateStudy, LeakStudy, ProbeStudy
from auditor.model import Severity, Status

STUDIES = (DuplicateStudy(), LeakStudy(), ProbeStudy())


def overlapping(n, seed):
    """Two classes that overlap, and how hard each row is."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 2, n)
    matrix = rng.normal(size=(n, 5)) + 1.1 * label[:, None] * np.array([1, 1, 0, 0, 0])
    hard = np.abs(matrix[:, 0] + matrix[:, 1] - 1.1) * np.where((matrix[:, 0] + matrix[:, 1] > 1.1) == (label == 1), -1, 1)
    return matrix, label, hard


def split(matrix, label, train, test):
    order = np.concatenate([train, test])
    return tabular(matrix[order], [f"c{v}" for v in label[order]], split=["train"] * len(train) + ["test"] * len(test))


def said(data):
    return {(f.subject, f.status) for f in judged(data, "LRN006", found=facts(data, *STUDIES))}


@pytest.mark.parametrize("seed", range(4))
def test_a_hold_out_drawn_by_chance_passes(seed):
    matrix, label, _ = overlapping(900, seed)
    assert said(split(matrix, label, np.arange(600), np.arange(600, 900))) == {("test", Status.PASS)}


def test_hard_rows_taken_out_of_the_hold_out_are_seen():
    matrix, label, hard = overlapping(900, 1)
    test = np.arange(600, 900)
    test = test[np.argsort(hard[test])][:200]
    assert said(split(matrix, label, np.arange(600), test)) == {("test", Status.WARN)}
    moved = np.setdiff1d(np.arange(600, 900), test)
    assert said(split(matrix, label, np.concatenate([np.arange(600), moved]), test)) == {("test", Status.WARN)}


def test_a_class_taken_out_of_the_hold_out_is_seen():
    rows, labels = sentences(4, 60, own=0.6)
    parts = ["test" if i % 3 == 0 else "train" for i in range(len(rows))]
    kept = [i for i in range(len(rows)) if not (parts[i] == "test" and labels[i] == labels[0])]
    data = texts([rows[i] for i in kept], [labels[i] for i in kept], split=[parts[i] for i in kept])
    assert ("classes", Status.WARN) in said(data)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda i, v: v, set()),
        (lambda i, v: v.upper(), {("classes not taught", Status.FAIL, Severity.BLOCKER), ("classes", Status.WARN, Severity.MAJOR), ("test", Status.WARN, Severity.MAJOR)}),
        (lambda i, v: "other" if i % 12 == 0 else v, {("classes not taught", Status.WARN, Severity.MAJOR)}),
        (lambda i, v: "other" if i == 0 else v, {("classes not taught", Status.WARN, Severity.MAJOR)}),  # 1 of 80
        (lambda i, v: f"class_{i % 4}", {("test", Status.WARN, Severity.MAJOR)}),  # labels of other rows
    ],
)
def test_labels_of_the_hold_out_that_training_does_not_teach(change, expected):
    rows, labels = sentences(4, 60, own=0.6)
    parts = ["test" if i % 3 == 0 else "train" for i in range(len(rows))]
    data = texts(rows, [change(i, v) if p == "test" else v for i, (v, p) in enumerate(zip(labels, parts, strict=True))], split=parts)
    found = {(f.subject, f.status, f.severity) for f in judged(data, "LRN006", found=facts(data, *STUDIES)) if f.status is not Status.PASS}
    assert {f for f in found if f[2] is not Severity.MINOR} == expected


@pytest.mark.parametrize(
    ("sizes", "missing"),
    [
        ([("a", 100, 20), ("b", 100, 20)], []),
        ([("a", 100, 20), ("b", 100, 0)], ["b"]),
        ([("a", 1000, 40), ("b", 20, 0)], []),  # too rare to be missed
        ([("a", 100, 0), ("b", 100, 0)], []),  # no hold-out at all
    ],
)
def test_absent(sizes, missing):
    assert absent(ClassSize(name, rows, rows, held) for name, rows, held in sizes) == missing


def test_nothing_is_said_without_both_figures():
    probe = SimpleNamespace(cv_group=Interval(0.8, 0.75, 0.85, 100), holdout=None, holdout_rows=0, cv_half=None)
    assert compared(probe) is None


def test_tricks_do_not_lift_what_the_score_rests_on():
    """Copies, near-copies and another order: effective rows and grouped skill stay."""
    rows, labels = sentences(5, 30, own=0.4)
    rng = np.random.default_rng(0)
    plain = facts(texts(rows, labels), *STUDIES)
    order = rng.permutation(len(rows))
    near = [f"{r} {rng.choice(['please', 'thanks', 'now'])}" for r in rows]
    tricks = {
        "order": ([rows[i] for i in order], [labels[i] for i in order]),
        "copies": (rows * 3, labels * 3),
        "near-copies": (rows + near, labels * 2),
    }
    for words, names in tricks.values():
        found = facts(texts(words, names), *STUDIES)
        assert found[DuplicateStudy()].n_eff <= plain[DuplicateStudy()].n_eff * 1.02
        assert found[ProbeStudy()].cv_group.value <= plain[ProbeStudy()].cv_group.value + 0.02
