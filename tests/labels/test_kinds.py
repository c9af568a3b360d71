"""Labels that are not one class a row, each with errors put in."""

from __future__ import annotations

import numpy as np
import pytest
from corpus import sentences
from support import facts, judged, table, tabular, texts

from auditor.detectors.studies import DriftStudy, DuplicateStudy, LeakStudy, OrderStudy, ProbeStudy
from auditor.model import Shape, Status

STUDIES = (DuplicateStudy(), LeakStudy(), ProbeStudy())


def lift(scores, wrong):
    """Share of the wrong rows among as many lowest-ranked ones."""
    worst = scores.row[np.argsort(scores.quality, kind="stable")][: len(wrong)]
    return len(set(worst.tolist()) & wrong) / len(wrong)


def test_several_labels():
    rows, labels = sentences(6, 60, own=0.7)
    rng = np.random.default_rng(0)
    pairs = rng.permutation(len(rows)).reshape(-1, 2)
    both = [f"{rows[a]} {rows[b]}" for a, b in pairs]
    given = [sorted({labels[a], labels[b]}) for a, b in pairs]
    wrong = set(rng.permutation(len(both))[:15].tolist())
    for i in wrong:
        given[i] = [next(c for c in sorted(set(labels)) if c not in given[i])]
    data = table({"text": both, "labels": given}, {"text": ["text"], "label": ["labels"]})
    found = facts(data, *STUDIES)[ProbeStudy()]
    assert found.kind == "multilabel"
    assert found.signal_p < 1e-6
    assert lift(found.scores, wrong) >= 0.6


def tagged(n, seed=0):
    rng = np.random.default_rng(seed)
    names, places = ["anna", "ben", "carla", "emil"], ["oslo", "paris", "rome", "lima"]
    tokens = [["my", "friend", str(rng.choice(names)), "went", "to", str(rng.choice(places)), str(rng.choice(["today", "again", "once"]))] for _ in range(n)]
    return tokens, [["O", "O", "PER", "O", "O", "LOC", "O"] for _ in range(n)]


def test_tags_of_tokens():
    tokens, tags = tagged(150)
    wrong = set(range(0, 150, 15))
    for i in wrong:
        tags[i] = ["O", "O", "LOC", "O", "O", "PER", "O"]
    data = table({"tokens": tokens, "tags": tags}, {"tokens": ["tokens"], "label": ["tags"]}, Shape.TOKEN_LABELS)
    found = facts(data, *STUDIES)[ProbeStudy()]
    assert found.measured
    assert lift(found.scores, wrong) >= 0.9


def test_spans_and_rows_that_do_not_fit():
    tokens, _ = tagged(80)
    rows = [" ".join(t) for t in tokens]
    spans = [[{"start": 10, "end": 10 + len(t[2]), "label": "PER"}] for t in tokens]
    spans[3] = [{"start": 10, "end": 5000, "label": "PER"}]
    data = table({"text": rows, "spans": spans}, {"text": ["text"], "label": ["spans"]}, Shape.TOKEN_LABELS)
    found = facts(data, *STUDIES)[ProbeStudy()]
    assert found.broken == 1
    assert found.accuracy > 0.95


def test_targets_that_are_far_out():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4))
    y = 3 * x[:, 0] + x[:, 1] + rng.normal(0, 0.3, 300) + 20
    wrong = set(rng.permutation(300)[:12].tolist())
    for i in wrong:
        y[i] *= 10
    data = tabular(x, y.tolist(), shape=Shape.REGRESSION)
    found = facts(data, *STUDIES)[ProbeStudy()]
    assert lift(found.scores, wrong) == 1
    assert set(found.scores.row[found.scores.flagged].tolist()) == wrong
    assert {f.status for f in judged(data, "LRN001", found=facts(data, *STUDIES))} == {Status.PASS}


def test_targets_that_cannot_be_learnt():
    rng = np.random.default_rng(0)
    data = tabular(rng.normal(size=(300, 4)), rng.normal(size=300).tolist(), shape=Shape.REGRESSION)
    assert {f.status for f in judged(data, "LRN001", found=facts(data, *STUDIES))} == {Status.FAIL}


@pytest.mark.parametrize(("care", "status"), [((0.99, 0.97, 0.97), Status.PASS), ((0.9, 0.6, 0.5), Status.WARN)])
def test_annotators(care, status):
    rows, labels = sentences(3, 60, own=0.6)
    rng = np.random.default_rng(0)
    names = sorted(set(labels))
    votes = {f"annotator_{j}": [v if rng.random() < c else str(rng.choice(names)) for v in labels] for j, c in enumerate(care)}
    data = table({"text": rows, **votes}, {"text": ["text"], "annotator": list(votes)})
    known = facts(data, *STUDIES)
    assert known[ProbeStudy()].annotators == 3
    assert {f.status for f in judged(data, "LBL005", found=known)} == {status}


def test_a_slice_with_worse_labels():
    rows, labels = sentences(3, 120, own=0.6)
    source = ["bad" if i % 4 == 0 else "good" for i in range(len(rows))]
    rng = np.random.default_rng(0)
    names = sorted(set(labels))
    given = [str(rng.choice(names)) if s == "bad" else v for s, v in zip(source, labels, strict=True)]
    data = table({"text": rows, "label": given, "source": source}, {"text": ["text"], "label": ["label"], "feature": ["source"]})
    found = facts(data, *STUDIES)
    assert [f.subject for f in judged(data, "BAL004", found=found)] == ["source"]


def test_sorted_and_drifting_files():
    rows, labels = sentences(3, 60)
    order = sorted(range(len(rows)), key=lambda i: labels[i])
    ordered = texts([rows[i] for i in order], [labels[i] for i in order])
    assert facts(ordered, OrderStudy())[OrderStudy()].sorted_by_label
    assert judged(ordered, "DRF002", found=facts(ordered, OrderStudy()))
    mixed = texts(rows, labels)
    assert not judged(mixed, "DRF002", found=facts(mixed, OrderStudy()))


@pytest.mark.parametrize(
    ("labels", "drifts"),
    [([f"c{i % 20}" for i in range(6000)], False), ([f"c{i * i % 7}" for i in range(6000)], False), ([f"c{i % (5 + i // 600)}" for i in range(6000)], True)],
)
def test_order_of_many_rows_is_seen_in_a_part_of_them(labels, drifts, monkeypatch):
    monkeypatch.setattr("auditor.detectors.order.CAP", 1500)
    data = tabular(np.arange(6000.0)[:, None], labels)
    found = facts(data, OrderStudy())[OrderStudy()]
    assert 1400 < found.rows < 1600
    assert (found.label_p < 1e-3) is drifts
    assert not found.sorted_by_label


@pytest.mark.parametrize(("other", "status"), [(0, Status.PASS), (50, Status.FAIL)])
def test_production(other, status):
    train, labels = sentences(4, 120, words=12)
    far, _ = sentences(4, 120, seed=1, words=12) if not other else sentences(60, 8, seed=1, words=12, own=0.9)
    data = texts(train + far, labels + [None] * len(far), split=["train"] * len(train) + ["production"] * len(far))
    found = facts(data, DriftStudy())
    got = {f.status for f in judged(data, "DRF001", found=found)}
    assert got == {status}
