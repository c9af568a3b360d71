"""Real files, where they are at hand: what was published must not fail for its pairs, the same with responses shuffled must."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support import judged
from threadpoolctl import threadpool_limits

from auditor.detectors import pairs
from auditor.detectors.inputs import load
from auditor.detectors.studies import PairStudy
from auditor.model import Status
from auditor.scan.request import Facts
from auditor.scan.rows import SourceRows
from auditor.settings import Settings
from auditor.sources.discover import discover


def verdict(rows, inputs):
    found = Facts()
    with threadpool_limits(1):
        found.put(PairStudy(), pairs.study(inputs))
    return {f.status for f in judged(rows, "LRN004", found=found)}


@pytest.mark.parametrize("name", ["identity.json", "v1_sft.jsonl", "dpo_en_sharegpt.json", "glaive_toolcall_en.json"])
def test_shuffled_responses_fail_and_published_ones_do_not(shared_data, name):
    rows = SourceRows(discover(shared_data / name, Settings()), Settings())
    inputs = load(rows, labelled=False)
    assert Status.FAIL not in verdict(rows, inputs)
    order = np.random.default_rng(0).permutation(len(inputs))
    shuffled = replace(inputs, response=[inputs.response[i] for i in order])
    assert verdict(rows, shuffled) == {Status.FAIL}
