"""Random label noise, told apart from a probe's own mistakes by where the contradictions are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from corpus import flipped, sentences
from hypothesis import given
from hypothesis import strategies as st
from support import facts, judged, tabular, texts

from auditor.detectors.studies import ProbeStudy
from auditor.detectors.surest import LEAST, random_noise, surest
from auditor.model import Severity, Status


def rows(n, noise, own, seed=0):
    """Probabilities and contradictions: noise everywhere, the probe's own mistakes growing where it is unsure (mean `own`)."""
    rng = np.random.default_rng(seed)
    peak = rng.random(n).astype(np.float32)
    hard = rng.random(n) < own * 4 * (1 - peak) ** 3
    return peak, hard | (rng.random(n) < noise)


@pytest.mark.parametrize(
    ("n", "noise", "own", "steady"),
    [
        (4000, 0.3, 0.02, True),
        (4000, 0.2, 0.02, True),
        (4000, 0.1, 0.01, True),
        (4000, 0.0, 0.02, False),
        (4000, 0.0, 0.25, False),
        (4000, 0.1, 0.25, False),
        (400, 0.3, 0.02, True),
        (120, 0.3, 0.02, False),  # too few rows to call anything steady
    ],
)
def test_steady(n, noise, own, steady):
    found = surest(*rows(n, noise, own))
    assert found.steady == steady
    at = random_noise(found, 0.8 * noise, noise + own)
    assert at.low - 0.01 <= noise <= at.high + 0.01
    assert steady == (at.low > 0)


def test_too_few_countsay_nothing():
    peak, wrong = rows(4 * LEAST - 1, 0.3, 0.1)
    assert surest(peak, wrong) is None
    assert random_noise(None, 0.1, 0.2) is None


@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=4 * LEAST, max_size=200), st.floats(0, 1), st.floats(0, 1))
def test_the_range_is_a_range(found, a, b):
    peak, wrong = np.array([f[0] for f in found], np.float32), np.array([f[1] for f in found])
    off, joint = min(a, b), max(a, b)
    noise = random_noise(surest(peak, wrong), off, joint)
    assert 0 <= noise.low <= noise.value <= noise.high <= 1


@given(st.integers(0, 50), st.floats(0, 0.4))
def test_more_noise_never_lowers_the_bound(seed, extra):
    peak, wrong = rows(400, 0.1, 0.1, seed)
    more = wrong | (np.random.default_rng(seed + 1).random(400) < extra)
    assert surest(peak, more).quarter.value >= surest(peak, wrong).quarter.value
    assert surest(peak, more).half.value >= surest(peak, wrong).half.value


@pytest.mark.parametrize("share", [0.2, 0.3])
def test_many_wrong_labels_in_easy_data_are_a_veto_with_the_share(share):
    words, labels = sentences(6, 120, own=0.6)
    noisy, changed = flipped(labels, share)
    data = texts(words, noisy)
    found = facts(data)
    probe = found[ProbeStudy()]
    assert probe.identifiable
    assert probe.steady
    assert probe.noise.low <= share <= probe.noise.high
    assert abs(probe.noise.value - len(changed) / len(labels)) < 0.04
    (finding,) = judged(data, "LBL002", found=found)
    assert (finding.status, finding.severity) == (Status.FAIL, Severity.BLOCKER)


@pytest.mark.parametrize("spread", [0.8, 1.6, 3.0])
def test_hard_clean_data_is_never_vetoed(spread):
    """Overlapping classes: the probe errs often, and the labels are right."""
    rng = np.random.default_rng(3)
    label = rng.integers(0, 3, 900)
    matrix = rng.normal(size=(900, 4)) * spread + np.eye(4)[label] * 2
    data = tabular(matrix, [f"c{i}" for i in label])
    found = facts(data)
    assert not found[ProbeStudy()].steady
    assert {f.status for f in judged(data, "LBL002", found=found)} <= {Status.WARN, Status.UNKNOWN, Status.PASS}


@pytest.mark.parametrize(
    ("count", "centre", "use", "expected"),
    [
        (150, 1.1, {}, Status.UNKNOWN),  # more doubted than the limit, and nobody said what is good enough
        (150, 1.1, {"target": 0.6}, Status.WARN),
        (150, 1.1, {"target": 0.95}, Status.UNKNOWN),
        (700, 1.6, {}, Status.WARN),  # two halves teach the same
        (700, 1.6, {"risk_tier": "high"}, Status.UNKNOWN),
        (120, 1.9, {}, Status.WARN),  # few doubted
        (120, 1.9, {"risk_tier": "high"}, Status.UNKNOWN),
        (700, 0.0, {"target": 0.3}, Status.UNKNOWN),  # nothing learned
    ],
)
def test_noise_that_cannot_be_told_from_difficulty_holds_the_data_up_only_where_it_matters(count, centre, use, expected):
    rng = np.random.default_rng(5)
    label = rng.integers(0, 2, count)
    matrix = rng.normal(size=(count, 3))
    matrix[:, 0] += centre * label
    data = tabular(matrix, [f"c{i}" for i in label])
    data.settings = replace(data.settings, use_case=replace(data.settings.use_case, **use))
    found = facts(data)
    assert found[ProbeStudy()].identifiable is False
    (finding,) = judged(data, "LBL002", found=found)
    assert (finding.status, finding.severity) == (expected, Severity.BLOCKER if expected is Status.UNKNOWN else Severity.MAJOR)
