"""Nothing personal leaves, nothing touches the network."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from auditor.audit import run
from auditor.reports import RenderOptions, html
from auditor.reports.json_report import to_dict
from auditor.settings import DataSettings, Settings

REPO = Path(__file__).parents[1]
EMAIL, PHONE, SSN, CARD = "olga.petrenko7@mailhub.net", "(415) 867-2143", "536-22-8471", "4539578763621486"
SECRET = "postgres://shop:" + "Zx9" + "kQ2mWv7@db7.internal-shop.net:5432/orders"
PLANTED = [EMAIL, PHONE, SSN, CARD, SECRET]

FORBID = """
import socket, sys
def refuse(*a, **k): raise AssertionError("network touched")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
socket.create_connection = refuse
from auditor.cli import main
main(sys.argv[1:])
"""


def planted(folder: Path) -> None:
    lines = ["text,label"]
    for i in range(200):
        value = PLANTED[i % 5] if i % 4 == 0 else f"the number {i * 37} of things in box {i}"
        label = EMAIL if i % 50 == 7 else "abc"[i % 3]
        lines.append(f'"please write to {value} about item {i}",{label}')
    lines.append(f'"{EMAIL} unclosed,{SSN}')
    lines.append(f"{CARD},{PHONE},{SSN}")
    (folder / "train.csv").write_text("\n".join(lines) + "\n")
    (folder / "more.jsonl").write_text(json.dumps({"text": f"call {PHONE} or {SSN} " * 3, "label": "a"}) + f'\n{{"text": "{EMAIL}\n')


def everything(text: str) -> str:
    found = [text]
    for chunk in re.findall(r"[A-Za-z0-9+/=]{24,}", text):
        try:
            found.append(base64.b64decode(chunk + "==").decode("utf-8", "replace"))
        except ValueError:
            continue
    return "\n".join(found)


def test_planted_values_are_in_no_output_and_no_socket_is_opened(tmp_path: Path) -> None:
    data, out, scratch = tmp_path / "data", tmp_path / "out", tmp_path / "tmp"
    for folder in (data, out, scratch):
        folder.mkdir()
    planted(data)
    words = ["run", str(data), "-vv", "--rows", str(out / "rows.jsonl"), "--label-scores", str(out / "scores.csv")]
    for name in ("json", "html", "markdown", "sarif", "junit"):
        words += ["-f", name, "-o", str(out / f"r.{name}")]
    words += ["-f", "terminal"]
    done = subprocess.run(
        [sys.executable, "-c", FORBID, *words],
        capture_output=True,
        text=True,
        cwd=REPO,
        env={**os.environ, "TMPDIR": str(scratch), "HOME": str(scratch)},
        check=False,
    )
    assert done.returncode == 1, done.stderr
    texts = [done.stdout, done.stderr, *(p.read_text("utf-8", "replace") for f in (out, scratch) for p in f.rglob("*") if p.is_file())]
    assert len(texts) >= 9
    for text in texts:
        decoded = everything(text)
        for value in (*PLANTED, "olga.petrenko7", "867-2143", "536228471", "kQ2mWv7"):
            assert value not in decoded
    report = json.loads((out / "r.json").read_text())
    assert {"PII001", "PII002", "SEC001"} & {f["code"] for f in report["findings"] if f["status"] in ("fail", "warn")}


CRASH = """
import importlib, sys
module, name = sys.argv[1].split(":")
def crash(*a, **k): raise ValueError("while looking at " + sys.argv[2])
setattr(importlib.import_module(module), name, crash)
from auditor.cli import main
main(sys.argv[3:])
"""


@pytest.mark.parametrize(
    "stage",
    [
        "auditor.sources.discover:discover",
        "auditor.sources.csv_format:read",
        "auditor.suites.run:run_suites",
        "auditor.detectors.probe:of_rows",
        "auditor.reports.html:_context",
        "auditor.output:write_text",
    ],
)
def test_a_crash_in_any_stage_shows_no_value(tmp_path: Path, stage: str) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    out.mkdir()
    planted(data)
    words = ["run", str(data), "-vv", "-f", "json", "-o", str(out / "r.json"), "-f", "html", "-o", str(out / "r.html"), "-f", "terminal"]
    done = subprocess.run([sys.executable, "-c", CRASH, stage, EMAIL, *words], capture_output=True, text=True, cwd=REPO, check=False)
    assert done.returncode in (1, 3, 4), done.stderr
    for text in (done.stdout, done.stderr, *(p.read_text("utf-8", "replace") for p in out.iterdir())):
        for value in PLANTED:
            assert value not in everything(text)
    if done.returncode == 4:
        assert "internal error: ValueError" in done.stderr
        assert [p.name for p in out.iterdir()] in ([], ["r.json"])
    else:
        assert json.loads((out / "r.json").read_text())["verdict"]["data"] != "ready"


def test_classes_that_are_addresses_are_masked_however_many_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.scan.values.VALUES", 20)
    people = [f"jane.roe{i}@mailbox{i}.test.org" for i in range(40)]
    rows = [f"words number {i} and {i * 7 % 13},{p}" for i, p in enumerate(p for p in people for _ in range(2))]
    (tmp_path / "train.csv").write_text("\n".join(["text,who", *rows]) + "\n")
    settings = Settings(data=DataSettings(label="who", classes=tuple(people[5:])), select=("BAL", "LRN", "LBL", "DUP"))
    report = run(tmp_path, settings)
    assert any("(masked)" in f.message + f.subject for f in report.findings)
    assert not any("jane.roe" in f.message + f.subject + f.fix for f in report.findings)


PEOPLE = [f"{a} {b}" for a in ("Petra", "Ivan", "Lucia") for b in ("Novotna", "Karlsen")]


@pytest.mark.parametrize(
    ("column", "values", "hidden"),
    [
        ("first_name", [p.split()[0] for p in PEOPLE], True),
        ("customer_name", PEOPLE, True),
        ("Assignee", PEOPLE, True),
        ("opened_by", [", ".join(p.split()[::-1]) for p in PEOPLE], True),
        ("Assignee", ["billing", "second line", "network", "hardware", "field", "stores"], False),
        ("product_name", [f"{a} Kettle" for a in ("Steel", "Enamel", "Copper", "Glass", "Travel", "Camp")], False),
    ],
)
def test_values_of_a_column_about_persons_are_shown_nowhere(tmp_path: Path, column: str, values: list[str], hidden: bool) -> None:
    """Neither among the most frequent values of the profile nor, where the column is the label, as the names of classes."""
    words = ["parcel", "refund", "crack", "street", "password", "colour"]
    for label in (column, "kind"):
        texts = [f"{words[i % 6]} {i * 37 % 101} of order {i} {words[i % 6]}" for i in range(240)]
        pl.DataFrame({column: [values[i % 6] for i in range(240)], "text": texts, "kind": [i % 2 for i in range(240)]}).write_csv(tmp_path / "train.csv")
        report = run(tmp_path, Settings(data=DataSettings(label=label)))
        written = json.dumps(to_dict(report)) + html.render(report, RenderOptions(verbose=True))
        assert all(v not in written for v in values) == hidden, label
