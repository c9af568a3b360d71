"""How many rows count, and why none does where none does: TGT010 and TGT012 do not contradict each other, nor what the auditor read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from target_cases import chat, write

from auditor.audit import examine
from auditor.model import Finding, Status
from auditor.settings import Settings
from auditor.targets.study import compatibility

COUNT = 120


def found(folder: Path, code: str, *also: str) -> Finding:
    report = examine(folder, Settings(select=("TGT", *also))).report
    return next(f for f in report.findings if f.code == code)


def benchmark(i: int) -> dict[str, Any]:
    """A task as HumanEval has it."""
    body = f"    return value * {i} + offset\n"
    return {"task_id": f"T/{i}", "prompt": f"def task_{i}(value, offset):\n", "canonical_solution": body, "test": f"assert task_{i}(1, 0) == {i}", "entry_point": f"task_{i}"}


def renamed(i: int) -> dict[str, Any]:
    words = {"system": "system", "user": "customer", "assistant": "bot"}
    return {"messages": [{**m, "role": words[m["role"]]} for m in chat(i)["messages"]]}


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (benchmark, "another key: task_id, canonical_solution, test, entry_point)"),
        (renamed, "(no message has a role that trainers know as the assistant's)"),
        (lambda i: {"prompt": [{"role": "user", "content": f"Question {i}?"}]}, "(rows for reinforcement learning, perhaps)"),
    ],
)
def test_rows_without_an_answer_are_not_said_to_be_few(row: Any, why: str, tmp_path: Path) -> None:
    path = write(tmp_path, [row(i) for i in range(COUNT)])
    count = found(tmp_path, "TGT010")
    assert count.status is Status.WARN
    assert count.message.startswith(f"in none of {COUNT} rows is there an answer that a trainer would learn (TGT012")
    assert "0 exact repeats" not in count.message
    assert why in compatibility([path], ["auto"]).reason


def test_rows_with_answers_are_counted(tmp_path: Path) -> None:
    rows = [chat(i) for i in range(COUNT)]
    rows[3]["messages"].pop()
    path = write(tmp_path, rows)
    assert found(tmp_path, "TGT010").message.startswith(f"{COUNT - 1} effective rows (0 exact repeats taken away)")
    assert "no answer" not in compatibility([path], ["auto"]).reason


def test_rows_in_a_field_of_a_document_are_counted_as_they_were_read(tmp_path: Path) -> None:
    words = [f"word{i * 37 % 101} item{i} thing{i * 53 % 97} step{i * i % 89}" for i in range(COUNT)]
    rows = [{"messages": [{"role": "user", "content": w}, {"role": "assistant", "content": w[::-1]}]} for w in words]
    (tmp_path / "train.json").write_text(json.dumps({"version": 1, "data": [*rows, *rows[:20]]}))
    assert found(tmp_path, "TGT010", "DUP").message.startswith(f"{COUNT} effective rows (20 exact repeats taken away)")
