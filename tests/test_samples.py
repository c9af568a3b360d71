"""Every sample has the verdict it is there to show; `pytest tests/test_samples.py --update-golden` rewrites expected.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import run
from auditor.reports.json_report import to_dict

SAMPLES = sorted(p for p in (Path(__file__).parents[1] / "samples").iterdir() if p.is_dir())
SCORE_SLACK = 3.0
"""Points by which other releases of numpy and scikit-learn may move a score."""


def summary(report: dict[str, Any]) -> dict[str, Any]:
    """What a golden file holds: verdicts, gates and what failed, not every figure."""
    return {
        "shape": report["dataset"]["shape"],
        "verdict": {
            "data": report["verdict"]["data"],
            "path": {k: report["verdict"]["path"][k] for k in ("requested", "recommended", "status", "reasons")},
            "exit_code": report["verdict"]["exit_code"],
        },
        "gates": {
            name: {k: gate[k] for k in ("passed", "failed", "unknown", "conditions")} for name, gate in report["gates"].items()
        },
        "score": round(report["score"]["value"], 1),
    }


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda p: p.name)
def test_sample(folder: Path, request: pytest.FixtureRequest) -> None:
    found = summary(to_dict(run(folder)))
    golden = folder / "expected.json"
    if request.config.getoption("--update-golden"):
        golden.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    expected = json.loads(golden.read_text())
    score, wanted = found.pop("score"), expected.pop("score")
    assert found == expected
    assert score == pytest.approx(wanted, abs=SCORE_SLACK)
