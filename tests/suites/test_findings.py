"""What a suite means for the gate, and that nothing heavy is imported before one runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from suite_helpers import dataset

from auditor.checks.expectations import CHECKS
from auditor.errors import ConfigError
from auditor.model import RowRef, Severity, Status
from auditor.scan.request import Facts
from auditor.settings import Settings, SuiteSettings
from auditor.suites.results import ExpectationResult, SuiteResult
from auditor.suites.shipped import suite_files
from auditor.suites.study import SuiteRun

HOLD, NATIVE = CHECKS


def judged(check: object, *results: ExpectationResult) -> list:
    data, settings = dataset(shape="table"), Settings()
    (request,) = check.needs(data, settings)  # type: ignore[attr-defined]
    facts = Facts()
    facts.put(request, (SuiteResult("s", "s.json", results),))
    return list(check.judge(data, facts, settings))  # type: ignore[attr-defined]


def result(severity: str = "critical", success: bool | None = False, **more: object) -> ExpectationResult:
    return ExpectationResult("expect_x", severity, ("a",), success, "a must be x", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("severity", "status", "weight"),
    [("critical", Status.FAIL, Severity.BLOCKER), ("warning", Status.WARN, Severity.MAJOR), ("info", Status.WARN, Severity.MINOR)],
)
def test_severities(severity: str, status: Status, weight: Severity) -> None:
    (finding,) = judged(HOLD, result(severity, unexpected=2, elements=8, refs=(RowRef("a.csv", 3),)))
    assert (finding.status, finding.severity) == (status, weight)
    assert finding.evidence.value == 0.25
    assert "2 of 8 rows" in finding.message
    assert finding.evidence.refs == (RowRef("a.csv", 3),)
    (broken,) = judged(HOLD, result(severity, None, error="no"))
    assert (broken.status, broken.severity) == (Status.ERROR, weight)


def test_a_suite_that_holds_is_one_finding() -> None:
    (finding,) = judged(HOLD, result(success=True), result(success=True))
    assert finding.status is Status.PASS
    assert judged(NATIVE, result(success=True)) == []


def test_two_expectations_of_one_kind_are_two_findings() -> None:
    first, second = judged(HOLD, result(), result())
    assert first.fingerprint != second.fingerprint


def test_falling_back_is_said() -> None:
    (finding,) = judged(NATIVE, result(success=True, fallback=("a",)))
    assert finding.severity is Severity.INFO
    assert "a" in finding.message


def test_which_suites_apply(tmp_path: Path) -> None:
    (tmp_path / "expectations").mkdir()
    (tmp_path / "expectations" / "mine.json").write_text("{}")
    (tmp_path / "extra.json").write_text("{}")
    data = dataset(shape="classification", root=str(tmp_path))
    settings = Settings(suites=SuiteSettings(files=("extra.json",)))
    assert [label for label, _ in suite_files(data, settings)] == ["shipped:classification", "expectations/mine.json", "extra.json"]
    none = Settings(suites=SuiteSettings(shipped=False))
    assert suite_files(dataset(), none) == ()
    assert list(HOLD.needs(dataset(), none)) == []
    with pytest.raises(ConfigError, match=r"gone\.json"):
        suite_files(data, Settings(suites=SuiteSettings(files=("gone.json",))))


def test_a_study_runs_all_suites_in_one_pass_without_production_rows(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"expectations": [{"type": "expect_table_row_count_to_equal", "kwargs": {"value": 2}}]}))
    asked = []

    class Rows:
        dataset = dataset()

        def lazy(self, splits: tuple[str, ...] | None = None) -> pl.LazyFrame:
            asked.append(splits)
            return pl.LazyFrame({"a": [1, 2], "__file": [0, 0], "__row": [0, 1], "__split": ["train", "train"]})

    done = SuiteRun((("one", str(path)), ("two", str(path)))).run(Rows(), Facts())  # type: ignore[arg-type]
    assert [r.results[0].success for r in done] == [True, True]
    assert done[0].passes == 1
    assert asked == [()]


def test_nothing_heavy_is_imported_before_a_suite_runs() -> None:
    code = (
        "import sys, auditor.checks.expectations, auditor.suites.load, auditor.suites.shipped, auditor.suites.study;"
        "heavy = {'great_expectations', 'pandas', 'polars', 'numpy', 'jsonschema'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_run_leaves_no_noise_and_no_files(tmp_path: Path) -> None:
    suite = tmp_path / "s.json"
    suite.write_text(json.dumps({"expectations": [{"type": "expect_column_max_to_be_between", "kwargs": {"column": "a", "max_value": 1}}]}))
    code = (
        "import polars as pl, sys; sys.path.insert(0, sys.argv[2])\n"
        "from auditor.suites.load import load_suite; from auditor.suites.run import run_suites\n"
        "from auditor.model import Dataset, Shape\n"
        "data = Dataset('d', '.', (), (), (), (), Shape.TABLE, '', (), 0)\n"
        "done = run_suites([load_suite(sys.argv[1], 's', data, ('a',))], pl.LazyFrame({'a': ['private']}), ())\n"
        "assert done[0].results[0].error, done"
    )
    cwd = tmp_path / "here"
    cwd.mkdir()
    done = subprocess.run([sys.executable, "-c", code, str(suite), str(Path(__file__).parents[2])], cwd=cwd, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(cwd.iterdir()) == []
