"""Run Great Expectations' own JSON cases on stock pandas and on the Polars engine, and print the table.

    python tests/suites/conformance.py FOLDER

FOLDER holds files in the format of Great Expectations' test definitions. A case counts where stock pandas of the installed
version passes it. "native" forbids the fallback to pandas.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import json
import logging
import math
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl


@dataclass
class Case:
    """One case and its outcomes."""

    expectation: str
    dataset: dict[str, Any]
    test: dict[str, Any]
    where: str
    pandas: str = ""
    polars: str = ""
    native: str = ""


def cases(folder: Path) -> list[Case]:
    """All cases of a folder that are meant for pandas."""
    found: list[Case] = []
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text())
        if not isinstance(document, dict) or (document.get("only_for") and "pandas" not in document["only_for"]):
            continue
        for d, dataset in enumerate(document["datasets"]):
            for test in dataset["tests"]:
                if _wanted(document) and _wanted(dataset) and _wanted(test):
                    found.append(Case(document["expectation_type"], dataset, test, f"{path.stem}[{d}] {test['title']}"))
    return found


def _wanted(entry: dict[str, Any]) -> bool:
    only, suppressed = entry.get("only_for") or [], entry.get("suppress_test_for") or []
    return "pandas" not in suppressed and (not only or any(str(o).startswith("pandas") for o in only))


def pandas_frame(dataset: dict[str, Any]) -> Any:
    """The data of a case as stock Great Expectations builds it."""
    from great_expectations.self_check.util import get_test_validator_with_data

    validator = get_test_validator_with_data(
        "pandas",
        copy.deepcopy(dataset["data"]),
        schemas=copy.deepcopy(dataset.get("schemas")),
        context=_context(),
    )
    return validator.active_batch.data


def polars_frame(frame: Any) -> pl.DataFrame:
    """The same values in Polars' types; a column of mixed types is an Object column."""
    import pandas as pd

    made: dict[str, pl.Series] = {}
    for name in frame.columns:
        column = frame[name]
        values = [None if _missing(v) else v.item() if hasattr(v, "item") else v for v in column.tolist()]
        values = [v.to_pydatetime() if isinstance(v, pd.Timestamp) else v for v in values]
        if isinstance(column.dtype, pd.StringDtype) or str(column.dtype) == "str":
            made[str(name)] = pl.Series(str(name), values, dtype=pl.String)
            continue
        if str(column.dtype).startswith(("int", "float", "uint")) and not column.isna().any():
            made[str(name)] = pl.Series(str(name), column.to_numpy())
            continue
        try:
            made[str(name)] = pl.Series(str(name), values, strict=True)
        except (TypeError, pl.exceptions.PolarsError):
            made[str(name)] = pl.Series(str(name), values, dtype=pl.Object)
    return pl.DataFrame(made)


def _missing(value: Any) -> bool:
    import pandas as pd

    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))


_CONTEXT: list[Any] = []


def _context() -> Any:
    import great_expectations as gx

    if not _CONTEXT:
        _CONTEXT.append(gx.get_context(mode="ephemeral"))
        _CONTEXT[0].variables.progress_bars = {"globally": False, "metric_calculations": False}
    return _CONTEXT[0]


def _validator(frame: Any, *, forbid: bool | None) -> Any:
    from great_expectations.core.batch import Batch, LegacyBatchDefinition
    from great_expectations.core.id_dict import IDDict
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.validator.validator import Validator

    from auditor.suites.gx import PolarsExecutionEngine

    engine = PandasExecutionEngine() if forbid is None else PolarsExecutionEngine(forbid_fallback=forbid)
    definition = LegacyBatchDefinition("ds", "runtime", "asset", IDDict({}))
    if forbid is None:
        batch = Batch(data=frame, batch_definition=definition)
    else:
        from auditor.suites.gx.engine import PolarsBatchData

        batch = Batch(data=PolarsBatchData(engine, frame.lazy()), batch_definition=definition)
    return Validator(execution_engine=engine, data_context=_context(), batches=[batch])


def outcome(case: Case, frame: Any, *, forbid: bool | None) -> str:
    """Empty where the case passes, else what went wrong. `forbid`: None is stock pandas."""
    from great_expectations.self_check.util import evaluate_json_test_v3_api

    try:
        validator = _validator(frame, forbid=forbid)
        evaluate_json_test_v3_api(validator, case.expectation, copy.deepcopy(case.test), raise_exception=True)
    except Exception as error:  # noqa: BLE001 - any failure is an outcome here
        return f"{type(error).__name__}: {str(error)[:300]}"
    return ""


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """No logs, warnings or progress bars."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def run(folder: Path) -> list[Case]:
    """All counting cases with their outcomes."""
    counting = []
    with silent():
        for case in cases(folder):
            try:
                frame = pandas_frame(case.dataset)
            except Exception:  # noqa: BLE001 - data that stock pandas cannot build is no case for it
                continue
            if outcome(case, frame.copy(), forbid=None):
                continue
            data = polars_frame(frame)
            case.polars, case.native = outcome(case, data, forbid=False), outcome(case, data, forbid=True)
            counting.append(case)
    return counting


def table(done: list[Case]) -> str:
    """The table: expectation, cases, native, with fallback, failed."""
    lines = [f"{'expectation':<74} {'cases':>5} {'native':>6} {'fallb':>5} {'fail':>4}"]
    for kind in sorted({c.expectation for c in done}):
        mine = [c for c in done if c.expectation == kind]
        lines.append(_row(kind, mine))
    return "\n".join([*lines, _row("all", done)])


def _row(name: str, mine: list[Case]) -> str:
    native = sum(not c.native for c in mine)
    passed = sum(not c.polars or not c.native for c in mine)
    return f"{name:<74} {len(mine):>5} {native:>6} {passed - native:>5} {len(mine) - passed:>4}"


def main() -> None:
    """Print the table and every failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    done = run(given.folder)
    print(table(done))
    for case in done:
        if case.native:
            print(f"\n{case.where}\n  native: {case.native}\n  fallback: {case.polars or 'passes'}")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))  # run from a checkout, installed or not
    main()
