"""Rare classes: balanced accuracy is read with decisions made for it."""

from __future__ import annotations

import numpy as np
import pytest
from support import facts, tabular

from auditor.detectors.studies import DuplicateStudy, LeakStudy, ProbeStudy


def probed(share, signal, seed=0, n=1500):
    rng = np.random.default_rng(seed)
    label = (rng.random(n) < share).astype(int)
    matrix = rng.normal(size=(n, 6))
    matrix[:, :2] += signal * label[:, None]
    data = tabular(matrix, [f"c{v}" for v in label], split=["train" if i % 4 else "test" for i in range(n)])
    return facts(data, DuplicateStudy(), LeakStudy(), ProbeStudy())[ProbeStudy()]


def test_a_rare_class_that_can_be_told_apart_is_worth_something():
    found = probed(0.1, 1.3)
    assert found.cv_group.value > 0.75
    assert found.holdout.value > 0.7
    assert found.accuracy > 0.85  # decided for accuracy, as before


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_without_signal_it_is_worth_nothing(share):
    found = probed(share, 0.0, seed=1)  # with the first one chance alone reads .53 (.50 to .56)
    assert found.cv_group.low < 0.5 < found.cv_group.high + 0.02
    assert found.signal_p > 0.01
