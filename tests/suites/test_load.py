"""Suites are read strictly: everything that Great Expectations would drop silently is an error that says where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from suite_helpers import dataset

from auditor.errors import ConfigError
from auditor.model import Role, Shape
from auditor.suites.load import load_suite
from auditor.suites.run import run_suites
from auditor.suites.shipped import shipped_suites

FRAME = pl.DataFrame({"text": ["a b", "c"], "label": ["x", "y"], "n": [1, 2]})
GOOD = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "text"}}


def suite(*expectations: Any, **more: Any) -> str:
    return json.dumps({"name": "s", "expectations": list(expectations), **more}, indent=1)


def run(tmp_path: Path, text: str, roles: dict[str, str] | None = None, classes: tuple[str, ...] = ()) -> Any:
    path = tmp_path / "suite.json"
    path.write_text(text)
    loaded = load_suite(path, "expectations/suite.json", dataset(roles, classes=classes), tuple(FRAME.columns))
    return run_suites([loaded], FRAME.lazy(), ())[0]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("{", ["suite.json:1:2", "not JSON"]),
        ('{"name": "s",\n "expectations": [,]}', ["suite.json:2:", "not JSON"]),
        ("[]", ["object with 'name'"]),
        (suite(), ["no expectations"]),
        ('{"name": "s"}', ["no expectations"]),
        (suite(GOOD, expectation=1), ["'expectation'", "'expectations'"]),
        (suite(GOOD, "x"), ["expectation 2 (line", "object"]),
        (suite({**GOOD, "severty": "info"}), ["'severty'", "did you mean 'severity'"]),
        (suite({**GOOD, "severity": "warnin"}), ["'warnin'", "did you mean 'warning'", "line 4"]),
        (suite({**GOOD, "severity": "high"}), ["'high'", "critical, warning, info"]),
        (suite({"kwargs": {}}), ["'type' is missing"]),
        (suite({"type": "expect_column_values_to_not_be_nul", "kwargs": {"column": "text"}}), ["did you mean 'expect_column_values_to_not_be_null'"]),
        (suite(GOOD, {**GOOD, "kwargs": {"colum": "text"}}), ["'colum'", "did you mean 'column'", "expectation 2 (line 10)"]),
        (suite({**GOOD, "kwargs": {"column": "txt"}}), ["'txt'", "did you mean 'text'", "'label'"]),
        (suite({**GOOD, "kwargs": {}}), ["column"]),
        (suite({**GOOD, "kwargs": {"column": "text", "mostly": 2}}), ["mostly"]),
        (suite({**GOOD, "kwargs": {"column": "$txt"}}), ["'$txt' is no role", "did you mean 'text'"]),
        (suite({**GOOD, "kwargs": []}), ["must be an object"]),
        (suite({"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["text", "lable"]}}), ["'lable'", "did you mean 'label'"]),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        run(tmp_path, text)
    message = str(caught.value)
    assert message.startswith("expectations/suite.json")
    for part in parts:
        assert part in message, message


def test_a_good_suite_runs_in_its_order(tmp_path: Path) -> None:
    text = suite(
        {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 3}, "severity": "info", "notes": ["why"]},
        GOOD,
        {"expectation_type": "expect_column_values_to_be_unique", "kwargs": {"column": "n"}, "severity": "warning"},
    )
    done = run(tmp_path, text)
    assert [(r.type.split("_to_")[1], r.success, r.severity) for r in done.results] == [
        ("equal", False, "info"),
        ("not_be_null", True, "critical"),
        ("be_unique", True, "warning"),
    ]
    assert done.results[0].observed == "2"
    assert done.results[0].note == "why"
    assert done.passes == 1


def test_placeholders_stand_for_the_columns_of_a_role(tmp_path: Path) -> None:
    text = suite(
        {**GOOD, "kwargs": {"column": "$text"}},
        {**GOOD, "kwargs": {"column": "$time"}},
        {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["$text", "n"]}},
        {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "$label", "value_set": "$classes"}},
    )
    done = run(tmp_path, text, {"text": "text", "label": "label"}, classes=("x", "z"))
    assert [r.columns for r in done.results] == [("text",), ("text", "n"), ("label",)]
    assert done.results[2].unexpected == 1
    assert done.skipped == ("expect_column_values_to_not_be_null",)
    assert len(run(tmp_path, text, {"text": "text", "label": "label"}).skipped) == 2


def test_a_column_that_the_suite_asserts_is_judged_not_refused(tmp_path: Path) -> None:
    text = suite(
        {"type": "expect_column_to_exist", "kwargs": {"column": "gone"}},
        {**GOOD, "kwargs": {"column": "gone"}},
    )
    exists, present = run(tmp_path, text).results
    assert exists.success is False
    assert present.success is None
    assert "gone" in present.error


def test_wording_counts_sets_and_names_bounds(tmp_path: Path) -> None:
    text = suite(
        {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "label", "value_set": ["secret one", "x", "y"]}},
        {"type": "expect_column_values_to_be_between", "kwargs": {"column": "n", "min_value": 1, "max_value": 9}},
    )
    first, second = run(tmp_path, text).results
    assert "set of 3 values" in first.wording
    assert "secret" not in first.wording
    assert "1" in second.wording
    assert "9" in second.wording


def test_rows_are_located_and_values_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "suite.json"
    path.write_text(suite({"type": "expect_column_values_to_match_regex", "kwargs": {"column": "text", "regex": "^c"}}))
    located = FRAME.with_columns(pl.lit(1, dtype=pl.UInt32).alias("__file"), pl.Series("__row", [7, 9], dtype=pl.UInt32))
    loaded = load_suite(path, "s", dataset(), tuple(FRAME.columns))
    (result,) = run_suites([loaded], located.lazy(), ("a.csv", "b.csv"))[0].results
    assert [(r.file, r.row) for r in result.refs] == [("b.csv", 7)]
    assert (result.unexpected, result.elements) == (1, 2)
    assert "a b" not in repr(result)


def test_technical_columns_are_no_columns_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "suite.json"
    path.write_text(suite({"type": "expect_table_column_count_to_equal", "kwargs": {"value": 3}}))
    located = FRAME.with_columns(pl.lit(0, dtype=pl.UInt32).alias("__file"), pl.lit(0, dtype=pl.UInt32).alias("__row"))
    loaded = load_suite(path, "s", dataset(), tuple(FRAME.columns))
    assert run_suites([loaded], located.lazy(), ("a.csv",))[0].results[0].success


@pytest.mark.parametrize("shape", [s.value for s in Shape])
def test_every_shape_has_a_suite_that_loads_and_runs_with_every_role(shape: str) -> None:
    path = shipped_suites()[shape]
    roles = {r.value: f"c_{r.value}" for r in Role}
    columns = tuple(roles.values())
    loaded = load_suite(path, shape, dataset(roles, shape, classes=("a", "b")), columns)
    assert not loaded.skipped
    frame = pl.DataFrame({c: ["a", "b", "c", "d"] if c != "c_label" else ["a", "b", "a", "a"] for c in columns})
    if shape == "regression":
        frame = frame.with_columns(pl.Series("c_label", [1.0, 2.0, 3.0, 2.5]))
    done = run_suites([loaded], frame.lazy(), ())[0]
    broken = [(r.type, r.error, r.unexpected) for r in done.results if r.success is not True]
    allowed = "expect_column_proportion_of_unique_values_to_be_between"
    assert [b for b in broken if b[0] != allowed] == []
    assert all(r.note for r in done.results)
    assert {r.fallback for r in done.results} == {()}


def test_shipped_suites_hold_on_clean_data(shared_data: Path) -> None:
    frame = pl.read_csv(shared_data / "banking77_train.csv")
    data = dataset({"text": "text", "label": "category"}, "classification")
    loaded = load_suite(shipped_suites()["classification"], "shipped", data, tuple(frame.columns))
    assert all(r.success for r in run_suites([loaded], frame.lazy(), ())[0].results)
    for name, answer in (("alpaca_zh.json", "output"), ("roleplay_instruct.json", "response")):
        chat = pl.read_json(shared_data / name)
        data = dataset({"prompt": "instruction", "response": answer}, "prompt_completion")
        loaded = load_suite(shipped_suites()["prompt_completion"], "shipped", data, tuple(chat.columns))
        failed = [r for r in run_suites([loaded], chat.lazy(), ())[0].results if not r.success]
        assert [r for r in failed if r.severity == "critical"] == []
