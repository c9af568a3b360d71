"""Preferences that somebody had, beside sides drawn by lot: shares of pairs that a cheap model judges right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from corpus import dialogues
from support import facts, judged, table

from auditor.checks.learnability import STRICTER
from auditor.detectors.inputs import load
from auditor.detectors.preferences import PreferenceStudy, measure
from auditor.model import Severity, Shape, Status
from auditor.scan.rows import SourceRows
from auditor.settings import Settings
from auditor.sources.discover import discover

MANNERS = ("Let me know if that helps.", "Happy to explain further.", "Gladly.")
RUDE = ("Whatever.", "Look it up yourself.", "No idea, really.")


def pairs(n, lot=0.0, seed=1):
    """Prompts, better and worse responses; a share `lot` of the sides is drawn by lot."""
    drawn = np.random.default_rng(seed)
    prompts, responses = dialogues(n)
    sides = [[f"{r} {MANNERS[i % 3]}", f"{r} {RUDE[i % 3]}"] for i, r in enumerate(responses)]
    swapped = (drawn.random(n) < lot) & (drawn.random(n) < 0.5)
    sides = [s[::-1] if w else s for s, w in zip(sides, swapped, strict=True)]
    return list(prompts), [s[0] for s in sides], [s[1] for s in sides], swapped


def data_of(prompts, better, worse):
    return table({"prompt": prompts, "chosen": better, "rejected": worse}, {"prompt": ["prompt"], "chosen": ["chosen"], "rejected": ["rejected"]}, Shape.PREFERENCE)


def told(data):
    (finding,) = judged(data, "LRN008", found=facts(data, PreferenceStudy()))
    return finding


@pytest.mark.parametrize(
    ("n", "lot", "status", "severity"),
    [
        (300, 0.0, Status.PASS, Severity.INFO),
        (300, 0.6, Status.PASS, Severity.INFO),
        (600, 1.0, Status.WARN, Severity.MAJOR),
        (60, 1.0, Status.UNKNOWN, Severity.MINOR),
        (40, 0.0, Status.UNKNOWN, Severity.MINOR),
    ],
)
def test_sides_by_lot_are_told_from_preferences(n, lot, status, severity):
    finding = told(data_of(*pairs(n, lot, seed=2)[:3]))
    assert (finding.status, finding.severity) == (status, severity)


def test_pairs_that_were_swapped_are_named_first():
    *columns, swapped = pairs(400, lot=0.3)
    finding = told(data_of(*columns))
    named = [flag.row for flag in finding.flags]
    assert 0.5 < finding.evidence.value < 0.95
    assert np.mean(swapped[named]) > 0.8
    assert np.mean([k in set(named) for k in np.flatnonzero(swapped)]) > 0.8


def test_what_a_query_should_find_is_told_by_what_they_have_in_common():
    prompts, responses = dialogues(300)
    finding = told(data_of(prompts, responses, [*responses[7:], *responses[:7]]))
    assert finding.status is Status.PASS
    assert finding.evidence.value > 0.8


@pytest.mark.parametrize(
    ("better", "worse", "counted"),
    [(["same text here"] * 80, ["same text here "] * 80, 0), ([""] * 80, [f"text {i}" for i in range(80)], 0), ([f"yes {i}" for i in range(80)], [f"no {i}" for i in range(80)], 80)],
)
def test_only_pairs_of_two_different_responses_count(better, worse, counted):
    data = data_of(["Is it so?"] * 80, better, worse)
    assert facts(data, PreferenceStudy())[PreferenceStudy()].pairs == counted


def test_one_prompt_for_all_pairs_is_judged_by_its_answers():
    _, better, worse, _ = pairs(200)
    assert told(data_of(["Is it so?"] * 200, better, worse)).status is Status.PASS


def test_published_preferences_pass_and_with_sides_by_lot_they_do_not(shared_data):
    rows = SourceRows(discover(shared_data / "dpo_en_sharegpt.json", Settings()), Settings())
    inputs = load(rows, labelled=False)
    found = measure(inputs).right
    assert found is not None
    assert found.low > 0.57
    a, b = inputs.response or [], inputs.rejected or []
    for seed in range(5):
        lot = np.random.default_rng(seed).random(len(inputs)) < 0.5
        better = [y if s else x for x, y, s in zip(a, b, lot, strict=True)]
        worse = [x if s else y for x, y, s in zip(a, b, lot, strict=True)]
        by_lot = measure(replace(inputs, response=better, rejected=worse)).right
        assert by_lot is not None
        assert by_lot.value - STRICTER * (by_lot.value - by_lot.low) < 0.5
