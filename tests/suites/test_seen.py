"""Hashes that may have come before: nothing that repeats is missing, few of the others are given, and both ways agree."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.suites.gx.seen import Seen


def _given(batches: list[np.ndarray]) -> list[int]:
    seen = Seen()
    return [h for batch in batches for h in seen(pl.DataFrame({"h": batch.astype(np.uint64)}))["h"].to_list()]


@given(st.lists(st.lists(st.integers(0, 40) | st.integers(0, 2**64 - 1), max_size=30), max_size=12))
def test_every_hash_that_repeats_is_given(batches: list[list[int]]) -> None:
    found = set(_given([np.array(batch, dtype=np.uint64) for batch in batches]))
    flat = [h for batch in batches for h in batch]
    assert {h for h in flat if flat.count(h) > 1} <= found


@pytest.mark.parametrize(("rows", "batch"), [(40_000, 40_000), (3_000_000, 100_000)])
def test_few_of_those_that_come_once_are_given_and_all_that_return_are(rows: int, batch: int) -> None:
    random = np.random.default_rng(5)
    hashes = np.unique(random.integers(0, 2**64 - 1, rows, dtype=np.uint64))
    random.shuffle(hashes)
    again = hashes[:: max(1, rows // 500)]
    found = _given([*(hashes[i : i + batch] for i in range(0, len(hashes), batch)), again])
    assert set(again.tolist()) <= set(found)
    assert len(found) - len(again) <= 0.04 * rows


def test_the_filter_takes_a_few_bytes_a_hash() -> None:
    seen = Seen()
    random = np.random.default_rng(6)
    for _ in range(40):
        seen(pl.DataFrame({"h": random.integers(0, 2**64 - 1, 100_000, dtype=np.uint64)}))
    assert sum(table.nbytes for table in seen._tables) <= 12 * 4_000_000


@pytest.mark.parametrize("repeated", [0, 1, 700])
def test_many_rows_and_few_are_judged_alike(repeated: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from auditor.suites.gx import repeats
    from auditor.suites.load import Item, Suite
    from auditor.suites.run import run_suites

    values = [f"v{i}" for i in range(20_000)] + [f"v{i * 3}" for i in range(repeated)]
    frame = pl.DataFrame({"a": values, "b": range(len(values)), "n": [None if i % 9 == 0 else min(i, 20_000) for i in range(len(values))]}).lazy()
    items = (
        Item("expect_column_values_to_be_unique", {"column": "a"}, "critical", "", "expectation 1", ("a",)),
        Item("expect_column_values_to_be_unique", {"column": "n"}, "critical", "", "expectation 3", ("n",)),
        Item("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]}, "critical", "", "expectation 2", ("a", "b")),
    )
    found = []
    for many in (10**9, 1000):
        monkeypatch.setattr(repeats, "MANY", many)
        found.append(run_suites([Suite("s", "s", items, ())], frame, (), len(values))[0].results)
    assert found[0] == found[1]
    last = sum(i % 9 != 0 for i in range(20_000, 20_000 + repeated))
    assert [r.unexpected for r in found[0]] == [2 * repeated, last if last > 1 else 0, 0]
