"""Fixtures that several parts share."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

# What an earlier run measured must not answer for the code under test; tests of the cache name a folder of their own.
os.environ["AUDIT_CACHE_DIR"] = "none"

# The same examples on every machine, so that a red run can be run again; `--hypothesis-profile=search` looks for new ones.
_PHASES = tuple(p for p in hypothesis.Phase if p is not hypothesis.Phase.explain)
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, phases=_PHASES)
hypothesis.settings.register_profile("search", deadline=None, phases=_PHASES)
hypothesis.settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden` rewrites the expected verdicts of the samples; read the diff."""
    parser.addoption("--update-golden", action="store_true", default=False, help="rewrite samples/*/expected.json")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real files for trying things; they are not part of the project, so tests on them skip where it is absent."""
    folder = Path(os.environ.get("AUDITOR_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("the folder of real files is absent")
    return folder
