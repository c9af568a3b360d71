"""Conversations in several forms are one data set: copies between the forms are seen, and that there are several is told."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import examine
from auditor.model import Finding, Report, Severity, Shape, Status
from auditor.settings import DataSettings, Settings

Row = dict[str, Any]
N = 60
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def pair(i: int) -> tuple[str, str]:
    said = " ".join(NUMBERS[int(d)] for d in f"{i * 7919:08d}")
    return f"What is written in line {said} of the book?", f"In line {said} the book tells of {NUMBERS[i % 10]} sailors and a storm."


def chat(i: int) -> Row:
    asked, given = pair(i)
    return {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": asked}, {"role": "assistant", "content": given}]}


def alpaca(i: int) -> Row:
    asked, given = pair(i)
    return {"instruction": asked, "input": "", "output": given}


def sharegpt(i: int) -> Row:
    asked, given = pair(i)
    return {"conversations": [{"from": "human", "value": asked}, {"from": "gpt", "value": given}]}


def completion(i: int) -> Row:
    return dict(zip(("prompt", "completion"), pair(i), strict=True))


def qa(i: int) -> Row:
    return dict(zip(("question", "answer"), pair(i), strict=True))


def preference(i: int) -> Row:
    return {**dict(zip(("prompt", "chosen"), pair(i), strict=True)), "rejected": "No."}


def with_source(i: int) -> Row:
    return {**qa(i), "context": f"A passage that the question is about, number {i}."}


def write(path: Path, rows: list[Row]) -> None:
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
    else:
        path.write_text("".join(json.dumps(r) + "\n" for r in rows))


def audited(folder: Path, settings: Settings | None = None) -> Report:
    return examine(folder, settings or Settings(select=("FIL", "LEK001", "DUP001"))).report


def of(report: Report, code: str) -> list[Finding]:
    return [f for f in report.findings if f.code == code and f.status is not Status.PASS]


FORMS = [alpaca, sharegpt, completion, qa]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_copies_in_another_form_are_leaks(form: Callable[[int], Row], suffix: str, tmp_path: Path) -> None:
    if form is sharegpt and suffix == "csv":
        pytest.skip("no list fits a cell")
    write(tmp_path / "train.jsonl", [chat(i) for i in range(N)])
    write(tmp_path / f"test.{suffix}", [form(i) for i in range(N - 10, N + 20)])
    report = audited(tmp_path)
    assert (report.dataset.shape, report.dataset.rows) == (Shape.CHAT, N + 30)
    assert [(f.status, f.severity) for f in of(report, "LEK001")] == [(Status.FAIL, Severity.BLOCKER)]
    assert "10 of 30 test rows" in of(report, "LEK001")[0].message
    told = of(report, "FIL004")
    assert [(f.severity, f.subject) for f in told] == [(Severity.MINOR, f"test.{suffix}")]


def test_training_files_in_several_forms_are_a_condition(tmp_path: Path) -> None:
    for name, form, first in (("a", completion, 0), ("b", alpaca, N), ("c", qa, 2 * N - 5)):
        write(tmp_path / f"{name}.jsonl", [form(i) for i in range(first, first + N + (name == "a"))])
    report = audited(tmp_path)
    assert report.dataset.rows == 3 * N + 1
    assert {(f.subject, f.severity) for f in of(report, "FIL004")} == {("b.jsonl", Severity.MAJOR), ("c.jsonl", Severity.MAJOR)}
    assert "6 of" in of(report, "DUP001")[0].message, "one of the first file and five of the second come again"


@pytest.mark.parametrize("form", FORMS)
def test_rows_of_several_forms_in_one_file(form: Callable[[int], Row], tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", [*map(chat, range(N)), *(form(i) for i in range(N - 3, 2 * N))])
    report = audited(tmp_path)
    assert [(f.subject, f.severity) for f in of(report, "FIL004")] == [("train.jsonl", Severity.MAJOR)]
    assert f"3 of {2 * N + 3} training rows" in of(report, "DUP001")[0].message


@pytest.mark.parametrize("other", [preference, with_source, lambda i: {"city": NUMBERS[i % 10], "people": i}])
def test_what_is_no_plain_conversation_stays_another_data_set(other: Callable[[int], Row], tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", [chat(i) for i in range(N)])
    write(tmp_path / "more.jsonl", [other(i) for i in range(N - 10)])
    report = audited(tmp_path)
    assert report.dataset.rows == N
    assert ["looks like another data set" in f.message for f in of(report, "FIL004")] == [True]


def test_one_form_is_left_as_it_is(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", [alpaca(i) for i in range(N)])
    write(tmp_path / "test.jsonl", [{k: v for k, v in alpaca(i).items() if k != "input"} for i in range(N, 2 * N)])
    report = audited(tmp_path)
    assert report.dataset.shape is Shape.PROMPT_COMPLETION
    assert of(report, "FIL004") == []


def test_a_question_beside_its_messages_is_one_form(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", [{**chat(i), **completion(i)} for i in range(N)])
    report = audited(tmp_path)
    assert {c.name for c in report.dataset.columns} == {"messages", "prompt", "completion"}
    assert of(report, "FIL004") == []


def test_declared_columns_are_not_rewritten(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", [alpaca(i) for i in range(N)])
    write(tmp_path / "more.jsonl", [qa(i) for i in range(N - 10)])
    declared = DataSettings(roles={"prompt": "instruction", "response": "output"})
    report = audited(tmp_path, Settings(select=("FIL",), data=declared))
    assert "instruction" in {c.name for c in report.dataset.columns}
