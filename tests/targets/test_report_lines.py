"""What a reader of the first page and a code host get to see of the findings on targets."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from target_cases import chat, gemini, write

from auditor.audit import examine
from auditor.model import Report, Status
from auditor.reports import RenderOptions, formats
from auditor.reports.view import first_page
from auditor.settings import Settings, TargetSettings
from auditor.targets.study import compatibility
from auditor.targets.table import compatibility_rows, render_table


def report_of(folder: Path, *targets: str, **more: object) -> Report:
    return examine(folder, Settings(select=("TGT",), targets=TargetSettings(names=targets, **more))).report  # type: ignore[arg-type]


@pytest.fixture
def defective(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    rows = [chat(i) for i in range(120)]
    for i in range(30, 60):
        rows[i]["messages"][2]["content"] = "word " * 3000
    rows[7]["messages"][1]["role"] = "robot"
    rows[8]["messages"][2]["content"] = " "
    rows[9]["messages"][0]["content"] = "<|im_start|>"
    write(folder, rows)
    return folder


def test_every_finding_about_rows_has_file_and_line_in_sarif(defective: Path) -> None:
    report = report_of(defective, "openai", "trl-sft", "generic")
    log = json.loads(formats()["sarif"].render(report, RenderOptions()))["runs"][0]
    about = {(f.code, f.subject): f for f in report.findings if f.status not in {Status.PASS, Status.NOT_APPLICABLE}}
    assert {"TGT001", "TGT002", "TGT009"} <= {code for code, _ in about}
    for result in log["results"]:
        finding = about[result["ruleId"], result["properties"]["subject"]]
        places = [r["locations"][0]["physicalLocation"] for r in log["results"] if (r["ruleId"], r["properties"]["subject"]) == (finding.code, finding.subject)]
        if finding.flags:
            flagged = sorted({f.row for f in finding.flags})
            assert all(p["artifactLocation"]["uri"] == "train.jsonl" for p in places)
            assert [p["region"]["startLine"] for p in places] == [row + 1 for row in flagged][:10], finding.code
            assert all(f.line == f.row + 1 for f in finding.flags)
        assert log["tool"]["driver"]["rules"][result["ruleIndex"]]["help"]["text"]
    cut = about["TGT002", "trl-sft"]
    assert [r.line for r in cut.evidence.refs] == list(range(31, 51))


def test_first_page_tells_tokens_epochs_and_money(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder, [chat(i) for i in range(120)])
    prices = tmp_path / "prices.toml"
    prices.write_text("".join(f'[[price]]\ntarget = "openai"\nmodel = "{m}"\nusd_per_million_train_tokens = {p}\nas_of = 2026-11-20\nsource_url = "https://example.org"\n' for m, p in (("small", 3000.0), ("large", 25000.0))))
    report = report_of(folder, "together", "openai", prices=str(prices))
    told = first_page(report).cost
    assert len(told) == 2
    assert told[0].startswith("openai: ")
    assert " x 3 epochs = " in told[0]
    assert told[0].endswith(" USD")
    assert " to " in told[0].split("billed tokens, ")[1]
    assert "USD" not in told[1]
    for width in (80, 160):
        text = formats()["terminal"].render(report, dataclasses.replace(RenderOptions(), width=width))
        assert "COST" in text
        assert all(len(line) <= width for line in text.splitlines())
        assert len(text.splitlines()) <= 40
    for name in ("html", "markdown"):
        assert "Cost of training" in formats()[name].render(report, RenderOptions())
    assert first_page(report_of(folder)).cost == ()


def test_trained_tokens_of_a_packed_sequence(tmp_path: Path) -> None:
    pytest.importorskip("toktok")
    path = write(tmp_path, [chat(i) for i in range(200)])
    outcome = compatibility([path], ["trl-sft"], TargetSettings(packing="bfd", tokenizer="o200k_base")).outcome("trl-sft")
    assert outcome is not None
    assert outcome.packed is not None
    packed = outcome.packed[1]
    assert packed.trained == outcome.target_tokens.value
    assert packed.trained_each == packed.trained / packed.sequences
    assert 0 < packed.trained < packed.tokens


def test_cut_answers_are_not_counted_as_trained(tmp_path: Path) -> None:
    pytest.importorskip("toktok")
    rows = [chat(i) for i in range(20)]
    for row in rows:
        row["messages"][2]["content"] = "word " * 500
    path = write(tmp_path, rows)
    settings = TargetSettings(packing="bfd", tokenizer="o200k_base", max_length=100)
    outcome = compatibility([path], ["trl-sft"], settings).outcome("trl-sft")
    assert outcome is not None
    assert outcome.packed is not None
    assert outcome.packed[1].trained == outcome.kept_tokens.value < outcome.packed[1].tokens
    whole = compatibility([path], ["trl-sft"], dataclasses.replace(settings, packing="wrapped")).outcome("trl-sft")
    assert whole is not None
    assert whole.packed is not None
    assert whole.packed[1].trained == whole.target_tokens.value


def test_a_target_that_refuses_everything_loses_nothing_more(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder, [gemini(i) for i in range(120)])
    report = report_of(folder, "openai")
    lost = [f for f in report.findings if f.code == "TGT002"]
    assert [f.status for f in lost] == [Status.NOT_APPLICABLE]
    table = compatibility_rows(compatibility([folder], ["openai"]))
    assert table[0][-1] == "-"


def test_table_fits_a_narrow_terminal(defective: Path) -> None:
    report = compatibility([defective], ["openai", "bedrock-claude", "llamafactory", "trl-sft"])
    wide, narrow = render_table(report), render_table(report, 80)
    assert any("target tokens left" in line for line in wide.splitlines())
    assert all(len(line) <= 80 for line in narrow.splitlines())
    assert len(narrow.split("\n\n")[0].splitlines()) == 5


def test_tokenized_rows_are_counted_as_they_are(tmp_path: Path) -> None:
    rows = [{"input_ids": list(range(n)), "labels": [-100] * (n // 2) + [5] * (n - n // 2)} for n in (10, 20, 1500, 3000)]
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder, rows)
    report = report_of(folder, "trl-sft", "together")
    cut = next(f for f in report.findings if f.code == "TGT002" and f.subject == "trl-sft")
    # 1,024 tokens are kept: of 1,500 the last 476 go and 274 trained ones stay, of 3,000 all 1,500 trained ones go
    assert "2 cut, 1 without a trained token of 4 rows" in cut.message
    assert f"{(5 + 10 + 274) / (5 + 10 + 750 + 1500):.0%} of 2,265 target tokens are left" in cut.message
