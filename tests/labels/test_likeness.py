"""Labels that say how two texts compare: paraphrases, questions asked twice, degrees of similarity."""

from __future__ import annotations

import numpy as np
import pytest
from corpus import sentences
from support import facts, judged, table

from auditor.detectors import probe
from auditor.detectors.inputs import load
from auditor.detectors.likeness import likeness
from auditor.detectors.studies import DuplicateStudy, ProbeStudy
from auditor.model import Shape, Status


def compared(n, *, shuffled=False, number=False):
    """Two sentences a row, half of them of one subject; the label says whether, or a number how much."""
    rng = np.random.default_rng(4)
    texts, subjects = sentences(30, 40, own=0.6)
    by = {s: [t for t, c in zip(texts, subjects, strict=True) if c == s] for s in sorted(set(subjects))}
    names = list(by)
    first, second, same = [], [], []
    for _ in range(n):
        a = names[rng.integers(len(names))]
        b = a if rng.random() < 0.5 else names[rng.integers(len(names))]
        first.append(by[a][rng.integers(40)])
        second.append(by[b][rng.integers(40)])
        same.append(a == b)
    label = [float(np.round(2 * s + rng.random(), 1)) if number else ("no", "yes")[s] for s in same]
    if shuffled:
        label = [label[i] for i in rng.permutation(n)]
    shape = Shape.REGRESSION if number else Shape.CLASSIFICATION
    return table({"a": first, "b": second, "label": label}, {"text": ["a"], "feature": ["b"], "label": ["label"]}, shape)


@pytest.mark.parametrize("number", [False, True])
@pytest.mark.parametrize(("shuffled", "status"), [(False, Status.PASS), (True, Status.FAIL)])
def test_what_two_texts_have_in_common_can_be_learnt(shuffled, status, number):
    data = compared(700, shuffled=shuffled, number=number)
    assert {f.status for f in judged(data, "LRN001", found=facts(data, ProbeStudy()))} == {status}


def test_the_pair_stays_with_its_row():
    data = compared(60)
    inputs = load(data)
    assert inputs.pair is not None
    chosen = inputs.take(np.arange(0, 60, 7))
    assert [f"{a}\n{b}" for a, b in zip(*chosen.pair, strict=True)] == list(chosen.text)


def test_only_two_written_texts_are_compared():
    texts, labels = sentences(3, 20)
    for more in ({}, {"b": ["x", "y"] * 30}, {"b": texts, "c": texts}):
        columns = {"a": texts, "label": labels, **more}
        data = table(columns, {"text": ["a"], "feature": [*more], "label": ["label"]})
        assert load(data).pair is None


def test_figures_of_odd_texts_are_finite():
    for first, second in ((["", ""], ["", ""]), (["a b", ""], ["a b", "c"]), (["日本"] * 3, ["日本", "", "x" * 5000])):
        found = likeness(first, second)
        assert found.shape[0] == len(first)
        assert np.isfinite(found).all()
    same = likeness(["the cat sat", "one two"], ["the cat sat", "three four"])
    assert (same[0] >= same[1] - 1e-6)[3:].all()


def test_pairs_of_texts_that_come_back_are_no_copies():
    rng = np.random.default_rng(8)
    texts, subjects = sentences(20, 30, own=0.6)
    first, second = rng.integers(0, 600, 3000), rng.integers(0, 600, 3000)
    label = ["yes" if subjects[a] == subjects[b] or rng.random() < 0.3 else "no" for a, b in zip(first, second, strict=True)]
    data = table({"a": [texts[i] for i in first], "b": [texts[i] for i in second], "label": label}, {"text": ["a"], "feature": ["b"], "label": ["label"]})
    found = facts(data, DuplicateStudy())
    assert found[DuplicateStudy()].exact < 30
    assert Status.FAIL not in {f.status for f in judged(data, "LBL003", found=found)}


def test_of_very_many_pairs_some_are_compared_in_full(monkeypatch):
    monkeypatch.setattr(probe, "FULL_ROWS", 500)
    data = compared(900)
    found = facts(data, ProbeStudy())[ProbeStudy()]
    assert (found.rows, found.sampled) == (500, True)
    assert found.cv_group.value > 0.8
