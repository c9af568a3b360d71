"""init, triage, verify and diff through the command line."""

from __future__ import annotations

import copy
import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from auditor import diff, verify
from auditor.cli import main
from auditor.decision import interview
from auditor.errors import UsageError
from auditor.settings_file import load

SAMPLE = Path(__file__).parents[2] / "samples" / "ready-tickets"


def audit(*words):
    try:
        main([str(w) for w in words])
    except SystemExit as done:
        return done.code or 0
    return 0


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(SAMPLE, tmp_path / "data", ignore=shutil.ignore_patterns("expected.json"))
    return tmp_path / "data"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    file = tmp_path_factory.mktemp("report") / "report.json"
    assert audit(SAMPLE, "-q", "-f", "json", "-o", file, "--select", "FIL,SCH,CMP,USE") in (0, 3)
    return file


ANSWERS = """
[use_case]
task = "route tickets"
cost_per_error = 12
errors_per_month = 40
target = 0.9
metric = "accuracy"
owner = "A. \\"Quote\\" N."
narrow = true
reviewers = ["B", "C"]
[costs]
build = 100
"""


def test_answers_become_a_file_that_loads(folder, tmp_path):
    answers = tmp_path / "answers.toml"
    answers.write_text(ANSWERS)
    assert audit("init", folder, "--answers", answers) == 0
    settings = load(folder)
    assert settings.use_case.owner == 'A. "Quote" N.'
    assert settings.use_case.reviewers == ("B", "C")
    assert settings.use_case.risk_tier == ""
    assert settings.costs.build == 100
    assert len(settings.baselines.holdout_sha256) == 64
    text = (folder / "audit.toml").read_text()
    for question in interview.QUESTIONS:
        assert question.text in text
        assert question.why in text
        assert question.empty in text
    assert audit("init", folder, "--answers", answers) == 2  # nothing is overwritten
    assert audit("init", folder, "--answers", answers, "--force") == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[costs]\nbuild = 5\n", "answers.toml:2: build is about the build; price the failure first"),
        ('[use_case]\nskill = "wizard"\n', "answers.toml:2: use_case.skill = 'wizard': must be one of ml_engineer, analyst, none"),
        ("[use_case]\n\nhuman_rework_rate = 20\n", "answers.toml:3: use_case.human_rework_rate = 20.0: must lie between 0 and 1"),
        ('[use_case]\nownr = "x"\n', "answers.toml:2: unknown key"),
        ('[use_case]\nmetric = "accuracy"\n[data]\nlabel = "a"\n', "answers.toml:3: data is no question of the interview and would be lost"),
        ("[policy]\nmodel_share = 0.4\n", "answers.toml:1: policy is no question"),
        ('[monitoring]\nplan = "p.yaml"\n', "answers.toml:1: monitoring is no question"),
    ],
)
def test_answers_that_are_wrong(folder, tmp_path, capsys, text, message):
    answers = tmp_path / "answers.toml"
    answers.write_text(text)
    assert audit("init", folder, "--answers", answers) == 2
    assert message in capsys.readouterr().err
    assert not (folder / "audit.toml").exists()


def test_interview_asks_again_and_skips_the_build_without_a_price():
    asked, told = [], []
    said = {"target": iter(["90", "0.9"]), "risk_tier": iter(["extreme", "high"]), "narrow": iter(["perhaps", "no"])}

    def prompt(question):
        asked.append((question.table, question.key))
        return next(said[question.key]) if question.key in said else ""

    answers = interview.ask(prompt, told.append)
    assert answers == {("use_case", "target"): 0.9, ("use_case", "risk_tier"): "high", ("use_case", "narrow"): False}
    assert len(told) == 3
    assert not any(table == "costs" for table, _ in asked)
    priced = interview.ask(lambda q: "1" if q.kind == "number" else "", told.append)
    assert ("costs", "build") in priced
    keys = [q.key for q in interview.QUESTIONS]
    assert keys.index("cost_per_error") < keys.index("build")


def test_a_frozen_holdout_that_was_declared_stays(folder, tmp_path):
    answers = tmp_path / "answers.toml"
    answers.write_text(f'[baselines]\nholdout_sha256 = "{"cd" * 32}"\n')
    assert audit("init", folder, "--answers", answers) == 0
    assert load(folder).baselines.holdout_sha256 == "cd" * 32


def test_no_question_is_asked_where_nothing_can_be_written(folder, tmp_path, capsys):
    assert audit("init", folder, "-o", tmp_path / "missing" / "audit.toml") == 2
    said = capsys.readouterr()
    assert "cannot be written" in said.err
    assert "What should the model do" not in said.err


@pytest.mark.parametrize(("text", "value"), [("12.5", 12.5), ("1,250", 1250), ("1,250,000.5", 1250000.5), ("1_000", 1000), (" 7 ", 7)])
def test_numbers_as_people_write_them(text, value):
    question = next(q for q in interview.QUESTIONS if q.key == "cost_per_error")
    assert interview.parse(question, text) == value


@pytest.mark.parametrize("text", ["Error rate", "latency"])
def test_a_metric_of_which_less_is_better_is_asked_again(text):
    question = next(q for q in interview.QUESTIONS if q.key == "metric")
    assert interview.parse(question, "accuracy") == "accuracy"
    with pytest.raises(UsageError, match="less of it is better"):
        interview.parse(question, text)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "1e99", "twelve", "12,5", "0,95", "1,25", "12,3456", "1.250,00"])
def test_numbers_that_are_none(text):
    question = next(q for q in interview.QUESTIONS if q.key == "cost_per_error")
    with pytest.raises(UsageError):
        interview.parse(question, text)


def test_triage_command(tmp_path, capsys):
    sheet = tmp_path / "failures.csv"
    assert audit("triage", "--template", "-o", sheet) == 0
    assert audit("triage", "--template", "-o", sheet) == 2
    assert audit("triage", sheet) == 3
    rows = "".join(f"r{i},2026-10-01,production,edge_class,\n" for i in range(40))
    sheet.write_text("id,date,source,tag,tag2\n" + rows)
    assert audit("triage", sheet, "--risk", "low") == 0
    assert audit("triage", sheet, "--risk", "medium", "-f", "json", "-o", tmp_path / "t.json") == 3
    body = json.loads((tmp_path / "t.json").read_text())
    assert body["levels"]["model"]["hits"] == 40
    assert "provisional" in body["lacking"]
    assert audit("triage") == 2
    capsys.readouterr()


def test_verify_same_changed_added_removed_altered(folder, report, tmp_path, capsys):
    assert audit("verify", report, folder) == 0
    assert "HOLDS" in capsys.readouterr().out
    (folder / "extra.csv").write_text("text,intent\na,b\n")
    assert audit("verify", report, folder) == 1
    assert "added: 'extra.csv'" in capsys.readouterr().out
    (folder / "extra.csv").unlink()
    kept = (folder / "test.csv").read_bytes()
    (folder / "test.csv").write_bytes(kept + b" ")
    assert audit("verify", report, folder) == 1
    assert "changed: 'test.csv'" in capsys.readouterr().out
    (folder / "test.csv").unlink()
    assert audit("verify", report, folder) == 1
    assert "removed: 'test.csv'" in capsys.readouterr().out
    (folder / "test.csv").write_bytes(kept)
    body = json.loads(report.read_text())
    body["verdict"]["data"] = "ready" if body["verdict"]["data"] != "ready" else "not_ready"
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(body))
    assert audit("verify", forged, folder) == 1
    assert "altered" in capsys.readouterr().out


@pytest.mark.parametrize(("days", "holds"), [(0, True), (1, True), (2, False), (365, False)])
def test_a_report_of_a_day_to_come_has_no_age(folder, report, days, holds):
    """Its date is in no digest, so that anybody may write one that never grows old."""
    body = verify.read_report(report)
    day = dt.date.fromisoformat(body["run"]["started"][:10]) - dt.timedelta(days=days)
    assert verify.verify(body, folder, load(folder), day=day, max_age=30).holds is holds
    assert verify.verify(body, folder, load(folder), day=day).holds


def test_verify_age_and_usage(folder, report, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "4000000000")
    assert audit("verify", report, folder) == 0
    assert audit("verify", report, folder, "--max-age", "90d") == 1
    assert "too old" in capsys.readouterr().out
    assert audit("verify", report, folder, "--max-age", "soon") == 2
    for text in ("", "{}", "[", '{"schema": "audit-report/1"}'):
        broken = tmp_path / "broken.json"
        broken.write_text(text)
        assert audit("verify", broken, folder) == 2


def test_diff_says_why_the_score_rose(report):
    old = json.loads(report.read_text())
    old["profile"]["classes"] = [{"name": name, "rows": 10} for name in ("a", "b", "c", "d")]
    old["score"]["factors"] = {"skill": {"value": 0.6}, "size": {"value": 0.9}}
    old["score"]["value"], old["verdict"]["data"] = 60, "ready"
    new = copy.deepcopy(old)
    new["profile"]["classes"] = [{"name": "a", "rows": 10}]
    new["score"]["factors"]["skill"]["value"], new["score"]["value"] = 0.8, 80
    found = diff.diff(old, new)
    assert found.vanished == ("b", "c", "d")
    assert "3 classes vanished" in found.warnings[0]
    text = diff.render(found)
    assert "skill rose from 0.60 to 0.80 because 3 classes vanished" in text
    assert found.exit_code == 0
    new["verdict"]["data"] = "not_ready"
    assert diff.diff(old, new).exit_code == 1
    assert diff.render(diff.diff(old, old)).startswith("verdicts unchanged")


def test_diff_of_findings(report, capsys, tmp_path):
    old = json.loads(report.read_text())
    new = copy.deepcopy(old)
    new["findings"] = [f for f in new["findings"] if f["code"] != "CMP001"]
    new["findings"].append({"code": "CMP001", "subject": "x\x1b[31m", "status": "fail", "severity": "major", "message": "half is empty"})
    found = diff.diff(old, new)
    assert any(line.startswith("CMP001 x") for line in found.worse)
    assert "\x1b" not in diff.render(found)
    other = tmp_path / "new.json"
    other.write_text(json.dumps(new))
    assert audit("diff", report, other) == 0
    assert "Worse" in capsys.readouterr().out


def test_verdicts_on_two_paths_are_not_compared(report):
    old = json.loads(report.read_text())
    new = copy.deepcopy(old)
    old["verdict"]["path"] |= {"requested": "fine_tune", "status": "justified"}
    new["verdict"]["path"] |= {"requested": "fine_tune", "status": "not_justified"}
    assert diff.diff(old, new).exit_code == 1
    new["verdict"]["path"]["requested"] = "configure"
    found = diff.diff(old, new)
    assert found.exit_code == 0
    assert "requested fine_tune -> configure: path justified of the one, not_justified of the other" in found.verdicts


def test_verify_notes_that_something_else_is_declared(tmp_path):
    data, report = tmp_path / "data", tmp_path / "r.json"
    shutil.copytree(SAMPLE.parent / "case-fine-tuning-justified", data)
    assert audit(data, "-q", "-f", "json", "-o", report, "--select", "FIL,USE", "--gate", "data") in (0, 3)
    notes = lambda: verify.verify(verify.read_report(report), data, load(data), day=dt.date(2026, 12, 1)).notes  # noqa: E731
    assert notes() == ()
    for name, old, new in (("audit.toml", "target = 0.9", "target = 0.5"), ("baselines.json", "0.77", "0.97"), ("failures.csv", "edge_class", "style")):
        before = (data / name).read_text()
        (data / name).write_text(before.replace(old, new))
        assert ["what is declared now" in note for note in notes()] == [True], name
        (data / name).write_text(before)
    (data / "baselines.json").write_text("[")
    assert "cannot be read: baselines.json line 1" in notes()[0]


def test_an_attestation_is_two_statements_about_the_same_files(report, tmp_path):
    out = tmp_path / "report.intoto.jsonl"
    assert audit("attest", report, "-o", out) == 0
    body = json.loads(report.read_text())
    standard, own = (json.loads(line) for line in out.read_text().splitlines())
    assert standard["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert {s["_type"] for s in (standard, own)} == {"https://in-toto.io/Statement/v1"}
    assert standard["subject"] == own["subject"]
    listed = {s["name"]: s["digest"]["sha256"] for s in own["subject"]}
    assert listed == {**{f["path"]: f["sha256"] for f in body["dataset"]["files"]}, "dataset": body["dataset"]["digest"]}
    assert all(len(digest) == 64 for digest in listed.values())
    assert standard["predicate"]["result"] == {"ready": "PASSED", "ready_with_conditions": "WARNED"}.get(body["verdict"]["data"], "FAILED")
    tested = [set(standard["predicate"][k]) for k in ("passedTests", "warnedTests", "failedTests")]
    assert sum(map(len, tested)) == len(set.union(*tested))
    assert tested[2] == {f["code"] for f in body["findings"] if f["status"] == "fail"}
    assert own["predicate"]["score"]["value"] == body["score"]["value"]
    assert sum(own["predicate"]["evidence"].values()) == len(body["score"]["factors"])


def test_an_altered_report_is_not_attested(report, tmp_path, capsys):
    body = json.loads(report.read_text())
    body["verdict"]["data"] = "ready"
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(body))
    assert audit("attest", forged) == 2
    assert "not as it was written" in capsys.readouterr().err


def test_a_plan_is_bound_to_a_report_about_the_same_data(folder, report, tmp_path, capsys):
    report_file, told = tmp_path / "r.json", json.loads(report.read_text())
    assert audit("plan", folder, "--report", report, "-o", tmp_path / "plan.yaml") == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "d.csv").write_text("text,label\n" + "".join(f"text number {i},{i % 2}\n" for i in range(20)))
    for body in (told, {**told, "dataset": 3}):
        report_file.write_text(json.dumps(body))
        assert audit("plan", tmp_path / "other", "--report", report_file, "-o", "-") == 2
        assert "about other data" in capsys.readouterr().err


def test_a_plan_that_is_not_where_it_is_looked_for(folder, tmp_path, capsys):
    assert audit("drift", tmp_path / "monitoring-plan.yaml", folder) == 2
    assert "writes it to PATH/monitoring-plan.yaml" in capsys.readouterr().err
    (tmp_path / "in").mkdir()
    assert audit("drift", tmp_path / "in", folder) == 2
    assert "is a folder and no plan" in capsys.readouterr().err
    (tmp_path / "in" / "monitoring-plan.yaml").write_text("x")
    assert audit("drift", tmp_path / "in", folder) == 2
    assert f"name the plan in it: {tmp_path / 'in' / 'monitoring-plan.yaml'}" in capsys.readouterr().err


def test_a_suite_that_was_edited_is_not_lost(folder, tmp_path, capsys):
    suite = tmp_path / "suite.json"
    suite.write_text("edited")
    assert audit("suite", folder, "-o", suite) == 2
    assert suite.read_text() == "edited"
    assert audit("suite", folder, "-o", suite, "--force") == 0
    assert "expectations written" in capsys.readouterr().err


def test_the_next_command_names_a_file_that_lies_elsewhere(folder, tmp_path, capsys):
    answers = tmp_path / "answers.toml"
    answers.write_text(ANSWERS)
    assert audit("init", folder, "--answers", answers, "-o", tmp_path / "else.toml") == 0
    assert f"Next: audit {folder} --config {tmp_path / 'else.toml'}" in capsys.readouterr().err
    assert audit("init", folder, "--answers", answers) == 0
    assert capsys.readouterr().err.endswith(f"Next: audit {folder}\n")
