"""`audit explain --report` says this report's own numbers."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
from decision_cases import EVIDENCE, decided, finding, full, score, use

from auditor.cli import main
from auditor.decision import walk
from auditor.decision.score import shipped_model

SAMPLES = Path(__file__).parents[2] / "samples"


def body(decision, of):
    return json.loads(json.dumps({
        "schema": "audit-report/1",
        "verdict": asdict(decision.verdict), "policy": dict(decision.policy), "gates": {g.name: asdict(g) for g in decision.gates},
        "score": {**asdict(of), "factors": {"size": {"value": 0.8, "low": 0.7, "high": 0.9, "source": "measured", "note": "", "contribution": -0.5}}},
        "fixes": [asdict(f) for f in decision.fixes], "findings": [asdict(f) for f in decision.findings],
    }))  # fmt: skip


def test_decision_names_codes_reasons_and_exit_code():
    of = score(70, 60)
    text = walk.decision(body(decided(use(full(), owner="nobody"), EVIDENCE, (finding("LEK001", "fail"),), of, variants=True), of))
    for part in ("LEK001 is fail", "USE004", "not ready", "not justified", "Exit code 1", "retrieve", "variants"):
        assert part in text
    assert "0.8" in walk.score(body(decided(full(), EVIDENCE, of=of), of))


def test_the_sum_of_what_the_factors_take_gives_the_score(tmp_path):
    out = tmp_path / "r.json"
    with pytest.raises(SystemExit):
        main([str(SAMPLES / "noisy-labels"), "-q", "--no-cache", "-f", "json", "-o", str(out)])
    report = json.loads(out.read_text())
    taken = [f["contribution"] for f in report["score"]["factors"].values()]
    at_best = shipped_model().fit.intercept
    assert 100 / (1 + math.exp(-at_best - sum(taken))) == pytest.approx(report["score"]["value"], abs=0.01)
    assert max(taken) <= 0
    assert min(taken) == report["score"]["factors"]["labels"]["contribution"]
    text = walk.score(report)
    assert f"log-odds {at_best:+.2f}, a score of 93; {at_best:+.2f} {sum(taken):+.2f} = " in text
    assert f"The gate reads {report['score']['gate_low']:.3g}" in text


@pytest.mark.parametrize("broken", [{}, {"gates": [], "verdict": 3}, {"score": {"factors": {"x": 1}}, "findings": [1, None], "fixes": "no"}])
def test_reports_with_holes_do_not_crash(broken):
    assert walk.decision(broken)
    assert walk.score(broken)


def test_through_the_command_line(tmp_path, capsys):
    of = score()
    file = tmp_path / "r.json"
    file.write_text(json.dumps(body(decided(full(), EVIDENCE, of=of), of)))
    for word in ("score", "decision"):
        with pytest.raises(SystemExit) as done:
            main(["explain", word, "--report", str(file)])
            raise SystemExit(0)
        assert not done.value.code
    assert "justified" in capsys.readouterr().out
    with pytest.raises(SystemExit) as done:
        main(["explain", "LEK", "--report", str(file)])
    assert done.value.code == 2
