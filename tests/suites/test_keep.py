"""Rows that are kept as they stream by: in their order whatever the order of batches, and from one reading of the source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as e
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.io.plugins import register_io_source

from auditor.suites import gx as polars_gx
from auditor.suites.gx.keep import ROW_INDEX, Keep, Keeper


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 9), st.randoms(), st.none() | st.integers(1, 20))
def test_the_first_flagged_rows_are_kept_in_order(flags: list[bool], size: int, random: Any, limit: int | None) -> None:
    rows = pl.DataFrame({"flag": flags}, schema={"flag": pl.Boolean}).with_row_index(ROW_INDEX)
    keeper = Keeper([Keep((ROW_INDEX,), "flag", limit), Keep((ROW_INDEX,))])
    batches = [rows[i : i + size] for i in range(0, len(flags), size)]
    random.shuffle(batches)
    for batch in batches:
        assert keeper(batch) is batch
    flagged = [i for i, flag in enumerate(flags) if flag]
    assert keeper.give(0, lambda: rows.schema)[ROW_INDEX].to_list() == flagged[:limit]
    assert keeper.give(1, lambda: rows.schema)[ROW_INDEX].to_list() == list(range(len(flags)))


def test_no_more_pieces_are_held_than_the_first_rows_need() -> None:
    keeper = Keeper([Keep((ROW_INDEX,), "flag", 20)])
    for start in range(100_000, 0, -1000):
        keeper(pl.DataFrame({ROW_INDEX: range(start, start + 1000), "flag": [True] * 1000}))
    assert sum(piece.height for _, piece in keeper._pieces[0]) == 20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="resident memory is read from /proc")
def test_a_few_kept_rows_do_not_hold_the_texts_of_their_batches() -> None:
    def resident() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

    keeper = Keeper([Keep((ROW_INDEX, "text"), "flag", 500)])
    before = resident()
    for start in range(0, 400_000, 2000):  # 540 MB in all
        text = [f"{i:07}" * 200 for i in range(start, start + 2000)]
        keeper(pl.DataFrame({ROW_INDEX: range(start, start + 2000), "text": text, "flag": [i == 7 for i in range(2000)]}))
    assert resident() - before < 300
    kept = keeper.give(0, pl.Schema)
    assert kept.height == 200
    assert kept["text"][1] == "0002007" * 200


@pytest.fixture(name="batch")
def _batch() -> Any:
    assert polars_gx is not None
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_polars("s").add_dataframe_asset("rows")
    definition = asset.add_batch_definition_whole_dataframe("all")
    return lambda frame: definition.get_batch({"dataframe": frame})


def test_a_source_is_read_once_for_samples_uniqueness_and_quantiles(batch: Any) -> None:
    rows = 120_000
    r = np.random.default_rng(3)
    table = pl.DataFrame({"id": range(rows), "name": [f"n{i // 2}" for i in range(rows)], "x": r.normal(size=rows), "kind": r.choice(["a", "b"], rows)})
    read: list[int] = []

    def batches(columns: list[str] | None, predicate: Any, limit: Any, size: Any) -> Iterator[pl.DataFrame]:
        read.append(1)
        for start in range(0, rows, 10_000):
            part = table[start : start + 10_000]
            yield part if columns is None else part.select(columns)

    suite = gx.ExpectationSuite(
        "suite",
        expectations=[
            e.ExpectColumnValuesToBeUnique(column="id"),
            e.ExpectColumnValuesToBeUnique(column="name"),
            e.ExpectCompoundColumnsToBeUnique(column_list=["name", "x"]),
            e.ExpectColumnMedianToBeBetween(column="x", min_value=-1, max_value=1),
            e.ExpectColumnValuesToBeInSet(column="kind", value_set=["a"]),
            e.ExpectColumnValuesToBeBetween(column="x", min_value=-2, max_value=2),
            e.ExpectColumnMeanToBeBetween(column="x", min_value=-1, max_value=1),
        ],
    )
    result = batch(register_io_source(batches, schema=table.schema)).validate(suite)
    failed = {(r.expectation_config.type, r.expectation_config.kwargs.get("column")) for r in result.results if not r.success}
    assert failed == {
        ("expect_column_values_to_be_unique", "name"),
        ("expect_column_values_to_be_in_set", "kind"),
        ("expect_column_values_to_be_between", "x"),
    }
    named = next(r.result for r in result.results if r.expectation_config.kwargs.get("column") == "name")
    assert named["unexpected_count"] == rows
    assert named["partial_unexpected_list"] == [f"n{i // 2}" for i in range(20)]
    assert len(read) == 1


def test_the_last_and_the_first_row_may_be_the_pair(batch: Any) -> None:
    rows = 60_000
    table = pl.DataFrame({"a": [*range(rows), 0], "b": [*(f"v{i}" for i in range(rows)), "v0"]}).lazy()
    suite = gx.ExpectationSuite("s", expectations=[e.ExpectCompoundColumnsToBeUnique(column_list=["a", "b"])])
    found = batch(table).validate(suite, result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["a"]}).results[0]
    assert not found.success
    assert found.result["unexpected_list"] == [{"a": 0, "b": "v0"}] * 2
