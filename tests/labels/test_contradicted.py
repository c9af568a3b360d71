"""Two labels of the same input cancel out: they cost rows, and are no measure of the labels of other rows."""

from __future__ import annotations

import numpy as np
import pytest
from corpus import sentences
from support import facts, tabular, texts

from auditor.decision.factors import factors
from auditor.detectors.studies import DuplicateStudy, LeakStudy, ProbeStudy, StabilityStudy

STUDIES = (DuplicateStudy(), LeakStudy(), ProbeStudy(), StabilityStudy())
SOUND = sentences(4, 90)


def contradicted(share):
    """Some rows once more with another label."""
    rows, labels = SOUND
    rng = np.random.default_rng(3)
    chosen = rng.permutation(len(rows))[: round(share * len(rows))].tolist()
    others = [str(rng.choice([n for n in sorted(set(labels)) if n != labels[i]])) for i in chosen]
    return [*rows, *(rows[i] for i in chosen)], [*labels, *others]


@pytest.fixture(scope="module")
def read():
    out = {}
    for share in (0.0, 0.2, 0.4, 0.8):
        rows = texts(*contradicted(share))
        known = facts(rows, *STUDIES)
        out[share] = known[ProbeStudy()], factors(rows.dataset, known)
    return out


def test_rows_that_no_copy_contradicts_are_judged_as_before(read):
    clean, _ = read[0.0]
    assert clean.contradicted == 0
    for share in (0.2, 0.4):
        probe, _ = read[share]
        assert probe.contradicted == 2 * round(share * len(SOUND[0]))
        assert probe.off_diagonal == pytest.approx(clean.off_diagonal, abs=0.05)
        assert probe.cv_group.value == pytest.approx(clean.cv_group.value, abs=0.08)


def test_the_more_are_contradicted_the_less_labels_are_trusted(read):
    trust = [found["labels"].value for _, found in read.values()]
    assert trust == sorted(trust, reverse=True)
    assert trust[2] == pytest.approx(trust[0] * (1 - 0.4 / 1.4), abs=0.06)
    assert "contradicted by copies" in read[0.4][1]["labels"].note


def test_where_all_are_contradicted_all_are_judged():
    probe = facts(texts(*contradicted(1.0)), *STUDIES)[ProbeStudy()]
    assert probe.contradicted == 0
    assert probe.accuracy < 0.7


def test_rows_of_a_coarse_table_are_alike_by_nature():
    rng = np.random.default_rng(1)
    x = rng.integers(0, 3, size=(600, 3))
    labels = np.where(rng.random(600) < np.where(x[:, 0] > 0, 0.8, 0.2), "yes", "no").tolist()
    known = facts(tabular(x, labels), *STUDIES)
    assert known[DuplicateStudy()].natural
    assert known[ProbeStudy()].contradicted == 0
