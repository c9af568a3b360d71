"""Great Expectations' own cases: those that stock pandas passes must pass here, nearly all without pandas."""

from __future__ import annotations

from pathlib import Path

import conformance
import pytest


def test_cases_of_great_expectations(shared_data: Path) -> None:
    folder = shared_data / "gx_cases"
    if not folder.is_dir():
        pytest.skip("the cases are absent")
    done = conformance.run(folder)
    assert len(done) > 200
    failed = [f"{c.where}: {c.native}" for c in done if c.native and c.polars]
    foreign = [f"{c.where}: {c.native}" for c in done if c.native]
    print(conformance.table(done))
    assert len(failed) <= 0.01 * len(done), failed
    assert len(foreign) <= 0.03 * len(done), foreign
