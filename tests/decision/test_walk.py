"""`audit explain --report` says this report's own numbers."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest
from decision_cases import EVIDENCE, decided, finding, full, score, use

from auditor.cli import main
from auditor.decision import walk


def body(decision, of):
    return json.loads(json.dumps({
        "schema": "audit-report/1",
        "verdict": asdict(decision.verdict), "policy": dict(decision.policy), "gates": {g.name: asdict(g) for g in decision.gates},
        "score": {**asdict(of), "factors": {"size": {"value": 0.8, "low": 0.7, "high": 0.9, "source": "measured", "note": ""}}},
        "fixes": [asdict(f) for f in decision.fixes], "findings": [asdict(f) for f in decision.findings],
    }))  # fmt: skip


def test_decision_names_codes_reasons_and_exit_code():
    of = score(70, 60)
    text = walk.decision(body(decided(use(full(), owner="nobody"), EVIDENCE, (finding("LEK001", "fail"),), of, variants=True), of))
    for part in ("LEK001 is fail", "USE004", "not ready", "not justified", "Exit code 1", "retrieve", "variants"):
        assert part in text
    assert "0.8" in walk.score(body(decided(full(), EVIDENCE, of=of), of))


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
