"""Great Expectations on Polars.

Importing this package imports great_expectations (seconds), registers the native metrics and makes
`context.data_sources.add_polars(name)` available, so the rest of the tool imports it inside functions only.

    import great_expectations as gx, polars as pl
    from auditor.suites import gx as polars_gx

    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_polars("polars").add_dataframe_asset("rows")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": pl.scan_parquet("rows.parquet")})
    batch.validate(gx.ExpectationSuite("suite", expectations=[...]))
"""

from __future__ import annotations

from auditor.suites.gx.aggregates import register_aggregates
from auditor.suites.gx.conditions_map import register_condition
from auditor.suites.gx.datasource import PolarsDatasource, PolarsFrameAsset
from auditor.suites.gx.engine import PolarsExecutionEngine
from auditor.suites.gx.map_column import COLUMN_CONDITIONS
from auditor.suites.gx.map_multi import MULTI_CONDITIONS
from auditor.suites.gx.stock_faults import mend

for _name, _judge in {**COLUMN_CONDITIONS, **MULTI_CONDITIONS}.items():
    register_condition(PolarsExecutionEngine, _name, _judge, hidden=("__file", "__row"))
register_aggregates(PolarsExecutionEngine)
mend()

__all__ = ["PolarsDatasource", "PolarsExecutionEngine", "PolarsFrameAsset"]
