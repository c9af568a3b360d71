# ruff: noqa: DTZ001 - moments without a zone are what is tested
"""The engine under Great Expectations' own objects: formats, conditions, indices, failures, passes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from suite_helpers import raised

FRAME = pl.DataFrame(
    {
        "id": [10, 11, 12, 13, 14],
        "x": [1, 2, 3, None, 50],
        "s": ["a", "b", "b", None, "dd"],
        "t": [dt.datetime(2020, 1, 1), dt.datetime(2021, 1, 1), dt.datetime(2022, 1, 1), None, dt.datetime(2023, 1, 1)],
    }
)


@pytest.fixture
def e() -> Any:
    from great_expectations import expectations

    return expectations


@pytest.mark.parametrize("form", ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"])
@pytest.mark.parametrize("lazy", [True, False])
def test_result_formats(validate: Any, e: Any, form: str, lazy: bool) -> None:
    result = validate(FRAME.lazy() if lazy else FRAME, e.ExpectColumnValuesToBeBetween(column="x", max_value=10), form)
    assert result.success is False
    found = result.result
    assert set(found) >= {
        "BOOLEAN_ONLY": set(),
        "BASIC": {"unexpected_count", "partial_unexpected_list", "missing_count"},
        "SUMMARY": {"partial_unexpected_index_list", "partial_unexpected_counts"},
        "COMPLETE": {"unexpected_list", "unexpected_index_list", "unexpected_index_query"},
    }[form]
    if form == "COMPLETE":
        assert (found["unexpected_list"], found["unexpected_index_list"]) == ([50], [4])
        assert found["unexpected_index_query"] == "df[[4]]"


def test_index_columns_name_the_rows(validate: Any, e: Any) -> None:
    form = {"result_format": "COMPLETE", "unexpected_index_column_names": ["id"]}
    result = validate(FRAME, e.ExpectColumnValuesToBeUnique(column="s"), form)
    assert result.result["unexpected_index_list"] == [{"s": "b", "id": 11}, {"s": "b", "id": 12}]
    wrong = validate(FRAME, e.ExpectColumnValuesToBeUnique(column="s"), {**form, "unexpected_index_column_names": ["nope"]})
    assert "nope" in raised(wrong)


def test_unexpected_rows_are_a_frame_with_the_original_index(validate: Any, e: Any) -> None:
    form = {"result_format": "COMPLETE", "include_unexpected_rows": True}
    result = validate(FRAME, e.ExpectColumnValuesToBeBetween(column="x", max_value=2), form)
    rows = result.result["unexpected_rows"]
    assert rows.index.to_list() == [2, 4]
    assert rows["id"].to_list() == [12, 14]


@pytest.mark.parametrize(
    ("condition", "parser", "unexpected"),
    [
        ("x > 2", "pandas", [50]),
        ("x>2 & s=='b'", "pandas", []),
        ("s in ['dd'] or x == 1", "pandas", [50]),
        ("not (x < 10)", "pandas", [50]),
        ("10 < x", "pandas", [50]),
        ("s.isnull()", "pandas", []),
        ("x != 50", "pandas", []),
        ("`x` >= 50 and id == [14, 15]", "pandas", [50]),
        ("x < id", "pandas", []),
        ('col("x") > 2', "great_expectations", [50]),
        ('col("s").notnull()', "great_expectations", [50]),
    ],
)
def test_row_conditions_as_text(validate: Any, e: Any, condition: str, parser: str, unexpected: list[int]) -> None:
    made = e.ExpectColumnValuesToBeBetween(column="x", max_value=10, row_condition=condition, condition_parser=parser)
    result = validate(FRAME, made)
    assert not raised(result)
    assert result.result["unexpected_list"] == unexpected


def test_row_conditions_as_objects(validate: Any, e: Any) -> None:
    from great_expectations.expectations.row_conditions import Column

    for condition, count in [
        (Column("x") > 2, 2),
        ((Column("x") > 2) & (Column("s") == "b"), 1),
        ((Column("x") == 1) | (Column("s") == "dd"), 2),
        (Column("s").is_null(), 1),
        (Column("s").is_in(["a", "b"]), 3),
        (Column("s").is_not_in(["a", "b"]), 2),
        (Column("t") >= dt.datetime(2021, 1, 1), 3),
    ]:
        result = validate(FRAME, e.ExpectTableRowCountToEqual(value=count, row_condition=condition))
        assert result.success, (condition, result.result)


@pytest.mark.parametrize("condition", ["x.sum() > 3", "x >", "__import__('os').system('true')", "nope == 1", "@x == 1"])
def test_conditions_that_do_not_translate_raise(validate: Any, e: Any, condition: str) -> None:
    made = e.ExpectColumnValuesToNotBeNull(column="s", row_condition=condition, condition_parser="pandas")
    assert raised(validate(FRAME, made))


def _engine(frame: pl.LazyFrame, **kwargs: Any) -> Any:
    from auditor.suites.gx import PolarsExecutionEngine

    engine = PolarsExecutionEngine(**kwargs)
    engine.load_batch_data("rows", frame)
    return engine


def _run(context: Any, engine: Any, made: list[Any]) -> list[Any]:
    from great_expectations.validator.validator import Validator

    configured = [m.configuration for m in made]
    for c in configured:
        c.kwargs["batch_id"] = "rows"
    return Validator(execution_engine=engine, data_context=context).graph_validate(
        configured, runtime_configuration={"result_format": {"result_format": "SUMMARY", "partial_unexpected_count": 20}}
    )


def test_a_suite_is_one_collect(context: Any, e: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    whole, one = pl.collect_all, pl.LazyFrame.collect
    monkeypatch.setattr(pl, "collect_all", lambda *a, **k: calls.append("all") or whole(*a, **k))
    monkeypatch.setattr(pl.LazyFrame, "collect", lambda *a, **k: calls.append("one") or one(*a, **k))
    engine = _engine(FRAME.lazy(), forbid_fallback=True)
    made = [
        e.ExpectColumnValuesToBeUnique(column="s"),
        e.ExpectColumnMedianToBeBetween(column="x", min_value=0),
        e.ExpectColumnValuesToMatchRegex(column="s", regex="^."),
        e.ExpectCompoundColumnsToBeUnique(column_list=["x", "s"]),
        e.ExpectColumnDistinctValuesToBeInSet(column="s", value_set=["a", "b"]),
        e.ExpectColumnValuesToBeBetween(column="x", max_value=10, row_condition='col("x") > 2', condition_parser="great_expectations"),
    ]
    assert [r.success for r in _run(context, engine, made)].count(True) == 3
    assert calls == ["all"]
    assert engine.passes == 1


def test_a_broken_expectation_costs_only_itself(context: Any, e: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    whole = pl.collect_all
    monkeypatch.setattr(pl, "collect_all", lambda *a, **k: calls.append(1) or whole(*a, **k))
    made = [
        e.ExpectColumnValuesToBeBetween(column="s", min_value=1),
        e.ExpectColumnValuesToNotBeNull(column="nope"),
        e.ExpectColumnMeanToBeBetween(column="s", min_value=1),
        e.ExpectColumnValuesToMatchRegex(column="s", regex="("),
        e.ExpectColumnValuesToNotBeNull(column="id"),
        e.ExpectColumnMaxToBeBetween(column="x", max_value=50),
    ]
    done = {r.expectation_config.type + str(r.expectation_config.kwargs.get("column")): r for r in _run(context, _engine(FRAME.lazy()), made)}
    assert {k for k, r in done.items() if raised(r)} == {
        "expect_column_values_to_be_betweens",
        "expect_column_values_to_not_be_nullnope",
        "expect_column_mean_to_be_betweens",
        "expect_column_values_to_match_regexs",
    }
    assert done["expect_column_values_to_not_be_nullid"].success
    assert done["expect_column_max_to_be_betweenx"].success
    assert len(calls) == 1


def test_an_expression_that_polars_refuses_is_found_without_reading_the_data_again_and_again() -> None:
    from auditor.suites.gx.plans import Domain, Scalar, resolve

    plans = [(f"m{i}", Scalar(pl.col("x").sum())) for i in range(20)]
    plans.insert(7, ("bad", Scalar(pl.col("s").dt.year().sum())))
    answers, passes = resolve([Domain(FRAME.lazy(), list(plans))])
    assert isinstance(answers.pop("bad"), Exception)
    assert set(answers.values()) == {56}
    assert passes <= 2


def test_a_second_frame_under_the_same_asset_gives_its_own_result(validate: Any, e: Any) -> None:
    made = e.ExpectTableRowCountToEqual(value=5)
    assert validate(FRAME, made).success
    assert not validate(FRAME.head(2), made).success


def test_validation_definitions_and_checkpoints_run(context: Any, e: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import great_expectations as gx

    monkeypatch.chdir(tmp_path)
    definition = context.data_sources.get("polars").get_asset("rows").get_batch_definition("all")
    quantiles = {"quantiles": [0.5], "value_ranges": [[0, 10]]}
    suite = context.suites.add(
        gx.ExpectationSuite("stock", expectations=[e.ExpectColumnQuantileValuesToBeBetween(column="x", quantile_ranges=quantiles)])
    )
    validation = context.validation_definitions.add(gx.ValidationDefinition(name="v", data=definition, suite=suite))
    assert validation.run(batch_parameters={"dataframe": FRAME.lazy()}).success
    checkpoint = context.checkpoints.add(gx.Checkpoint(name="c", validation_definitions=[validation]))
    assert checkpoint.run(batch_parameters={"dataframe": FRAME}).success
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", [None, {}, {"dataframe": 1}, {"dataframe": FRAME, "more": 1}])
def test_only_a_polars_frame_is_a_batch(context: Any, given: Any) -> None:
    from great_expectations.exceptions import GreatExpectationsError

    definition = context.data_sources.get("polars").get_asset("rows").get_batch_definition("all")
    with pytest.raises((GreatExpectationsError, ValueError)):
        definition.get_batch(given)


def test_a_metric_without_native_implementation_gets_only_its_columns(context: Any) -> None:
    from great_expectations.core.metric_domain_types import MetricDomainTypes
    from great_expectations.exceptions import ExecutionEngineError

    engine = _engine(FRAME.lazy())
    frame, _, _ = engine.get_compute_domain({"batch_id": "rows", "column": "x"}, MetricDomainTypes.COLUMN)
    assert list(frame.columns) == ["x"]
    assert engine.fallbacks == [("", ("x",))]
    with pytest.raises(ExecutionEngineError, match="forbidden"):
        _engine(FRAME.lazy(), forbid_fallback=True).get_domain_records({"batch_id": "rows", "column": "x"})


def test_the_pair_rules_of_missing_values(validate: Any, e: Any) -> None:
    frame = pl.DataFrame({"a": [1, None, None, 4], "b": [1, None, 3, None]})
    for rule, unexpected in [("both_values_are_missing", 2), ("either_value_is_missing", 0), ("neither", 3)]:
        result = validate(frame, e.ExpectColumnPairValuesToBeEqual(column_A="a", column_B="b", ignore_row_if=rule))
        assert result.result["unexpected_count"] == unexpected, rule
