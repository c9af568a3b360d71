"""Fixtures of the suite tests: a context made once, and a way to validate one expectation on either engine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl
import pytest

Validate = Callable[..., Any]


@pytest.fixture(scope="session")
def context() -> Iterator[Any]:
    import great_expectations as gx

    import auditor.suites.gx  # noqa: F401 - registers the engine

    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    made = gx.get_context(mode="ephemeral")
    made.variables.progress_bars = {"globally": False, "metric_calculations": False}
    made.data_sources.add_polars("polars").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    made.data_sources.add_pandas("pandas").add_dataframe_asset("rows").add_batch_definition_whole_dataframe("all")
    return made


@pytest.fixture(scope="session")
def validate(context: Any) -> Validate:
    """`validate(frame, expectation, result_format="COMPLETE")`: result on Polars for a Polars frame, else on pandas."""

    def run(frame: Any, expectation: Any, result_format: Any = "COMPLETE") -> Any:
        source = "polars" if isinstance(frame, pl.DataFrame | pl.LazyFrame) else "pandas"
        asset = context.data_sources.get(source).get_asset("rows")
        batch = asset.get_batch_definition("all").get_batch({"dataframe": frame})
        return batch.validate(expectation, result_format=result_format)

    return run
