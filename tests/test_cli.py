"""The command line as a user meets it: exit codes, errors in one line, files whole or absent, nothing heavy for `--help`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from auditor.settings_file import load

SAMPLES = Path(__file__).parents[1] / "samples"
HEAVY = ("polars", "pandas", "numpy", "sklearn", "cleanlab", "great_expectations", "presidio_analyzer", "spacy", "scipy", "jinja2")


def audit(*words: object, check: int | None = None, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "auditor", *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SAMPLES.parent), **(env or {})},
        check=False,
    )
    if check is not None:
        assert done.returncode == check, done.stderr + done.stdout
    return done


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["--version"], ["explain", "FIL002"], ["explain", "LEK"]])
def test_small_commands_load_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys\nfrom auditor.cli import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit as e:\n    assert not e.code, e.code\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=SAMPLES.parent)
    assert done.stderr.strip() == "[]"
    assert done.stdout.strip()


def test_help_texts_show_their_examples_and_no_markup() -> None:
    code = "from click.testing import CliRunner\nfrom auditor.cli import cli\nfor name in cli.commands:\n    print('#', name, CliRunner().invoke(cli, [name, '--help']).output)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=SAMPLES.parent)
    pages = done.stdout.split("\n# ")
    assert len(pages) > 10
    assert all("Example" in page and "\\b" not in page for page in pages), pages


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["/no/such/folder"], "no such file or folder"),
        ([SAMPLES, "-f", "pdf"], "no such format; formats are"),
        ([SAMPLES, "-o", "report.pdf"], "suffix names no format"),
        ([SAMPLES, "-f", "json", "-o", "/no/such/folder/r.json"], "folder does not exist"),
        ([SAMPLES, "--gate", "everything"], "Invalid value for '--gate'"),
        ([SAMPLES, "--ignore", "PIJ"], "did you mean 'PII'"),
        ([SAMPLES, "--pii-sample", "many"], "whole number or all"),
        ([SAMPLES, "--config", "/no/audit.toml"], "no such configuration file"),
        (["explain", "LEK01"], "did you mean"),
        (["verfy", "r.json", "./data"], "verfy: no such command, file or folder; did you mean `audit verify`?"),
        (["dat"], "dat: no such file or folder"),
        ([SAMPLES, "-f", "json", "-o", "same.x", "-f", "html", "-o", "same.x"], "two results cannot be written to one file"),
        ([SAMPLES, "-o", "/no/such/r.html"], "cannot be written (No such file or directory)"),
        ([SAMPLES, "-q", "--rows", "/no/such/r.jsonl"], "cannot be written (No such file or directory)"),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(words: list[object], says: str) -> None:
    done = audit(*words, check=2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


WAIVER = '[[waivers]]\ncode = "LEK001"\nowner = "A. N."\nreason = "ticket 7"\nexpires = "2026-12-20"\n'


def test_figures_that_are_in_range_load(tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text("[costs]\nunit_cost_delta = -0.5\nerror_rate_now = 1\nbuild = 0\n" + WAIVER)
    settings = load(tmp_path)
    (tmp_path / "audit.toml").write_text(WAIVER.replace('"2026-12-20"', "2026-12-20") + "since = 2026-12-01\n" + '[ignore]\nFIL006 = "ticket 8"\n')
    dated = load(tmp_path)
    assert (dated.waivers[0].expires, dated.waivers[0].since, dated.ignore) == ("2026-12-20", "2026-12-01", {"FIL006": "ticket 8"})
    assert (settings.costs.unit_cost_delta, settings.costs.error_rate_now, settings.waivers[0].code) == (-0.5, 1.0, "LEK001")


def test_a_wrong_configuration_names_line_and_word(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("text,label\nhello there,a\n")
    for text, says in (
        ('[data]\nlable = "x"\n', "audit.toml:2: unknown key 'data.lable'; did you mean 'label'?"),
        ("[use_case]\ntarget = 95\n", "audit.toml:2: use_case.target = 95.0: must lie between 0 and 1"),
        ('[use_case]\nrisk_tier = "hihg"\n', "did you mean 'high'?"),
        ('[data]\nlabel = "nope"\n', "columns are 'text', 'label'"),
        ("[data\n", "audit.toml"),
        ("[costs]\nerror_rate_now = 15\n", "audit.toml:2: costs.error_rate_now = 15.0: must lie between 0 and 1"),
        ("[costs]\nbuild = -5\n", "audit.toml:2: costs.build = -5.0: must not be negative"),
        ("[costs]\nunit_cost_delta = nan\n", "audit.toml:2: costs.unit_cost_delta = nan: must be a number"),
        ("[use_case]\ncost_per_error = inf\n", "audit.toml:2: use_case.cost_per_error = inf: must be a number"),
        ('[use_case]\nskill = "ML engineer"\n', "did you mean 'ml_engineer'?"),
        ('[use_case]\nmetric = "Error rate"\n', "audit.toml:2: use_case.metric = 'Error rate': less of it is better"),
        ('[baselines]\nholdout_sha256 = "abc"\n', "audit.toml:2: baselines.holdout_sha256 is not 64 hexadecimal digits"),
        (WAIVER.replace("LEK001", "lek001"), "audit.toml:2: [[waivers]] code = 'lek001': no rule is called so; did you mean 'LEK001'?"),
        (WAIVER.replace("A. N.", "nobody"), "audit.toml:3: the waiver of LEK001 has no owner: 'nobody' is none"),
        (WAIVER.replace("ticket 7", "tbd"), "audit.toml:4: the waiver of LEK001 has no reason"),
        (WAIVER.replace('owner = "A. N."\n', ""), "[waivers] lacks owner"),
        ('[ignore]\nFIL006 = " "\n', "audit.toml:2: ignore.FIL006 has no reason"),
    ):
        (tmp_path / "audit.toml").write_text(text)
        assert says in audit(tmp_path, check=2).stderr


def test_what_is_declared_is_read_before_the_data(tmp_path: Path) -> None:
    (tmp_path / "train.parquet").write_bytes(b"PAR1 cut")  # reading it fails: what is said of audit.toml is said first
    for name, text, says in (
        ("audit.toml", "[policy]\nmodel_shar = 0.2\n", "did you mean 'model_share'?"),
        ("audit.toml", WAIVER.replace("2026-12-20", "soon"), "expires is not a date"),
        ("baselines.json", '[{"path": "prompt", "metric": "accuracy", "value": 80, "n": 9}]', "'value' is not a number from 0 to 1"),
        ("failures.csv", "input,output\na,b\n", "failures need id, date, source and tag"),
        ("monitoring-plan.yaml", "a: 1\n", "is not a plan"),
    ):
        (tmp_path / name).write_text(text)
        assert says in audit(tmp_path, check=2).stderr
        (tmp_path / name).unlink()


def test_unreadable_data_is_exit_4(tmp_path: Path) -> None:
    (tmp_path / "train.parquet").write_bytes(b"PAR1 cut")
    done = audit(tmp_path, check=4)
    assert "no readable rows" in done.stderr
    assert done.stdout == ""


def test_formats_files_and_rows(tmp_path: Path) -> None:
    done = audit(
        SAMPLES / "leaking-split", "-f", "json", "-o", tmp_path / "r.json", "-f", "html", "-o", tmp_path / "r.html", "-f", "markdown",
        "--rows", tmp_path / "rows.jsonl", "--gate", "data", check=1,
    )  # fmt: skip
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["schema"] == "audit-report/1"
    assert report["verdict"]["exit_code"] == 1
    assert (tmp_path / "r.html").stat().st_size < 1_000_000
    assert "LEK001" in done.stdout
    assert all(line.startswith("audit: ") and "% after" in line for line in done.stderr.splitlines())  # progress, on a slow machine
    rows = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    leaked = [r for r in rows if r["code"] == "LEK001"]
    assert len(leaked) >= 72
    assert set().union(*rows) <= {"code", "file", "row", "column", "start", "end", "entity", "score", "group"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.html", "r.json", "rows.jsonl"]


def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path) -> None:
    lines = ["text,label", *(f"this is message number {i} about topic {i % 7} and some more words {i * 31},{'abc'[i % 3]}" for i in range(40_000))]
    (tmp_path / "train.csv").write_text("\n".join(lines) + "\n")
    out = tmp_path / "out"
    out.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "auditor", str(tmp_path / "train.csv"), "-f", "html", "-o", str(out / "r.html")],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=SAMPLES.parent,
    )
    time.sleep(3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip() == "audit: interrupted; nothing was written"
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_end_from_outside_leaves_no_half_of_a_copy(tmp_path: Path, number: int, code: int) -> None:
    lines = ["text,label", *(f"write to jane.roe{i}@mail.test about topic {i % 7} and some more words {i * 31},{'abc'[i % 3]}" for i in range(60_000))]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text("\n".join(lines) + "\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "auditor", "redact", str(tmp_path / "data"), "-o", str(tmp_path / "clean")],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=SAMPLES.parent,
    )
    limit = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < limit and len(list(tmp_path.iterdir())) < 2:  # the copy is begun
        time.sleep(0.05)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert err.strip() == "audit: interrupted; nothing was written"
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_a_full_disk_is_one_line_and_a_reader_that_leaves_changes_no_verdict() -> None:
    words = [sys.executable, "-m", "auditor", str(SAMPLES / "ready-tickets"), "--gate", "data"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, cwd=SAMPLES.parent, check=False)
    assert done.returncode == 2
    assert "audit: standard output: cannot be written (No space left on device)" in done.stderr
    assert "Exception" not in done.stderr
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=SAMPLES.parent)
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(60) == 0


def test_what_was_read_is_never_written_over(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(SAMPLES / "case-fine-tuning-justified", data)
    before = {p.name: p.read_bytes() for p in data.iterdir()}
    report, sheet = tmp_path / "r.json", tmp_path / "sheet.csv"
    audit(data, "-q", "-f", "json", "-o", report)
    for words in (
        (data, "-q", "-f", "json", "-o", data / "train.csv"),
        (data, "-q", "--rows", data / "failures.csv"),
        (data, "-q", "-f", "json", "-o", data / "audit.toml"),
        ("triage", data / "failures.csv", "-o", data / "failures.csv"),
        ("triage", "--template", "-o", data / "failures.csv"),
        ("attest", report, "-o", report),
    ):
        assert "name another file" in audit(*words, check=2).stderr
    audit("spotcheck", data, "-n", "20", "-o", sheet, check=0)
    sheet.write_text(sheet.read_text() + "filled in\n")
    assert "people may have filled it in; --force overwrites it" in audit("spotcheck", data, "-n", "20", "-o", sheet, check=2).stderr
    assert sheet.read_text().endswith("filled in\n")
    audit("spotcheck", data, "-n", "20", "-o", sheet, "--force", check=0)
    assert {p.name: p.read_bytes() for p in data.iterdir()} == before
    assert report.read_text().startswith("{\n")


def test_what_an_audit_wrote_beside_the_data_is_no_data(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(SAMPLES / "leaking-split", data)
    audit(data, "-q", "-f", "json", "-o", data / "r.json", "-f", "sarif", "-o", data / "r.sarif", "--rows", data / "flagged.jsonl", "--label-scores", data / "scores.csv")
    audit("attest", data / "r.json", "-o", data / "statements.jsonl", check=0)
    audit("suite", data, "-o", data / "suite.json", check=0)
    audit("triage", SAMPLES / "case-fine-tuning-justified" / "failures.csv", "-f", "json", "-o", data / "counts.json")
    audit("plan", data, check=0)
    audit("drift", data / "monitoring-plan.yaml", SAMPLES / "leaking-split", "-q", "-o", data / "look.json")
    audit("spotcheck", data, "-n", "20", "-o", data / "sheet.csv", check=0)
    (data / "more.jsonl").write_text('{"code": "A", "file": "x", "row": 1}\n')  # near, and none of ours
    audit(data, "-q", "-f", "json", "-o", tmp_path / "again.json")
    old, new = (json.loads((p).read_text()) for p in (data / "r.json", tmp_path / "again.json"))
    assert {f["path"] for f in new["dataset"]["files"]} == {f["path"] for f in old["dataset"]["files"]}
    assert [n["file"] for n in new["dataset"]["notes"] if n["kind"] == "other_schema"] == ["more.jsonl"]
    assert {"r.json", "r.sarif", "flagged.jsonl", "scores.csv", "statements.jsonl", "suite.json", "counts.json", "look.json", "sheet.csv"} <= {i["path"] for i in new["dataset"]["ignored"]}
    (data / "more.jsonl").unlink()
    assert "HOLDS: same data" in audit("verify", data / "r.json", data, check=0).stdout


def test_words_between_commas_and_switches() -> None:
    spaced, plain = (audit(SAMPLES / "ready-tickets", "--select", words, "--gate", "data", "-f", "junit").stdout for words in ("LEK001, DUP ,", "LEK001,DUP"))
    assert "LEK001" in spaced
    assert spaced == plain
    audit(SAMPLES / "ready-tickets", "-q", "--gate", "data", check=1, env={"AUDIT_STRICT": "on"})
    audit(SAMPLES / "ready-tickets", "-q", "--gate", "data", check=0, env={"AUDIT_STRICT": "off"})
    assert "AUDIT_STRICT=maybe: must be 1 or 0" in audit(SAMPLES / "ready-tickets", check=2, env={"AUDIT_STRICT": "maybe"}).stderr


def test_piped_output_has_no_escape_codes_and_no_color_is_kept() -> None:
    done = audit(SAMPLES / "ready-tickets", "--gate", "data", check=0, env={"NO_COLOR": "1"})
    assert "\x1b" not in done.stdout
    assert "READY WITH CONDITIONS" in done.stdout


def test_quiet_says_nothing() -> None:
    done = audit(SAMPLES / "leaking-split", "-q", "--gate", "data", check=1)
    assert done.stdout == done.stderr == ""


def test_label_column_is_named_on_the_command_line(tmp_path: Path) -> None:
    lines = ["alive,age,deck", *(f"{'no' if i % 3 else 'yes'},{20 + i % 40},{i % 3 + 1}" for i in range(90))]
    (tmp_path / "train.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "out").mkdir()

    def label_findings(*words: str) -> list[dict[str, Any]]:
        audit("run", tmp_path / "train.csv", "--no-cache", "--select", "LBL001", "-f", "json", "-o", tmp_path / "out" / "r.json", *words)
        return [f for f in json.loads((tmp_path / "out" / "r.json").read_text())["findings"] if f["code"] == "LBL001"]

    (unnamed,) = label_findings()
    assert unnamed["status"] == "unknown"
    assert "--label COLUMN" in unnamed["fix"]
    assert "alive, age, deck" in unnamed["fix"]
    (named,) = label_findings("--label", "alive")
    assert (named["status"], named["subject"]) == ("pass", "alive")
    wrong = audit("run", tmp_path / "train.csv", "--label", "aliv", check=2)
    assert wrong.stderr == "audit: --label aliv: no such column; columns are 'alive', 'age', 'deck'\n"  # not the fault of a file
    by_file = audit("run", tmp_path / "train.csv", "--label", "@file", check=2)
    assert "--label @file: the name of the one file" in by_file.stderr


def test_a_sheet_is_looked_into_before_the_data_are(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "broken.csv").write_bytes(b"\0")  # would be exit 4
    (tmp_path / "sheet.csv").write_text("sheet,id\n")
    assert "spot check 'none.csv': no such file" in audit(tmp_path / "data", "--spotcheck", tmp_path / "none.csv", check=2).stderr
    assert "not a sheet of `audit spotcheck`" in audit(tmp_path / "data", "--spotcheck", tmp_path / "sheet.csv", check=2).stderr
    (tmp_path / "data" / "own.csv").write_text("sheet,id\n")
    (tmp_path / "data" / "audit.toml").write_text('spotcheck = "own.csv"\n')  # beside the data, as all other evidence
    assert "spot check 'own.csv': not a sheet" in audit(tmp_path / "data", check=2).stderr


@pytest.mark.parametrize(("words", "says"), [
    (["--prices", "none.toml"], "--prices none.toml: no such file"),
    (["--address", "ray://head:1"], "add --executor ray"),
])
def test_options_that_cannot_work_say_so(tmp_path: Path, words: list[str], says: str) -> None:
    (tmp_path / "d.csv").write_text("text,label\nhello there,a\n")
    assert says in audit(tmp_path, *words, check=2).stderr


def test_a_score_that_was_not_measured_is_no_verdict_on_the_data(tmp_path: Path) -> None:
    done = audit(SAMPLES / "ready-tickets", "--no-cache", "--select", "PII,SEC", "-f", "json", "-o", tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    (score,) = [f for f in report["findings"] if f["code"] == "USE020"]
    assert (done.returncode, score["status"]) == (3, "unknown")
    assert "cannot be told" in score["message"]
    assert "--select" in score["fix"]
    assert "not measured" in report["score"]["note"]
    assert "needs more than mending" not in json.dumps(report)
    assert report["not_checked"][0]["what"] == "every rule but PII, SEC"
