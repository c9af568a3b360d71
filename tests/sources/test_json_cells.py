"""Chats as JSON inside a text cell, as spreadsheets and databases hold them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import polars as pl
import pytest

from auditor.audit import examine
from auditor.model import Role, Shape
from auditor.settings import Settings
from auditor.sources.discover import discover

DRAWN = random.Random(8)
WORDS = ["".join(DRAWN.choice("abcdefghijkl") for _ in range(6)) for _ in range(500)]


def chat(speaker: str = "role", said: str = "content") -> list[dict[str, str]]:
    topic = DRAWN.sample(WORDS, 4)
    return [{speaker: "user", said: f"Tell me of {' '.join(topic)}?"}, {speaker: "assistant", said: f"{topic[0]} and {topic[2]} are {DRAWN.choice(WORDS)} of {topic[3]}."}]


def write(folder: Path, cells: list[str | None], kind: str = "csv") -> None:
    frame = pl.DataFrame({"id": range(len(cells)), "talk": cells}, schema_overrides={"talk": pl.String})
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}[kind](folder / f"train.{kind}")


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("keys", [("role", "content"), ("from", "value")])
def test_chats_in_cells_are_chats(kind: str, keys: tuple[str, str], tmp_path: Path) -> None:
    talks = [chat(*keys) for _ in range(40)]
    write(tmp_path, [json.dumps(t) for t in talks], kind)
    found = discover(tmp_path, Settings())
    assert found.dataset.shape is Shape.CHAT
    assert found.dataset.role(Role.MESSAGES) == ("talk.messages",)
    rows = pl.concat([p.data for p in found.parts]).collect()
    assert rows["talk.messages"].to_list() == [[dict(sorted(t.items())) for t in talk] for talk in talks]
    assert rows["talk"].to_list() == [json.dumps(t) for t in talks]


def test_a_cell_that_is_none_is_an_empty_chat(tmp_path: Path) -> None:
    cells: list[str | None] = [json.dumps(chat()) for _ in range(60)]
    cells[7], cells[9] = '[{"role": "user", "content": "cut off', None
    write(tmp_path, cells)
    report = examine(tmp_path, Settings(select=("TXT", "LBL", "LRN"))).report
    assert report.dataset.shape is Shape.CHAT
    empty = [f for f in report.findings if f.code == "TXT001" and "empty" in f.message]
    assert empty
    assert {round((f.evidence.value or 0) * 60) for f in empty} == {2}


@pytest.mark.parametrize(
    "cells",
    [
        [json.dumps([w, w]) for w in WORDS[:40]],
        [json.dumps([{"name": w, "score": 1}]) for w in WORDS[:40]],
        [f"[{w}] {' '.join(DRAWN.sample(WORDS, 9))}" for w in WORDS[:40]],
        [json.dumps(chat()) if i % 2 else " ".join(DRAWN.sample(WORDS, 9)) for i in range(40)],
        ["[]"] * 40,
    ],
    ids=["lists of words", "lists of things", "marks in brackets", "half of them", "empty lists"],
)
def test_other_lists_are_not(cells: list[str | None], tmp_path: Path) -> None:
    write(tmp_path, cells)
    found = discover(tmp_path, Settings())
    assert found.dataset.shape is not Shape.CHAT
    assert [c.name for c in found.dataset.columns] == ["id", "talk"]


def test_what_is_personal_is_found_once(tmp_path: Path) -> None:
    talks = [chat() for _ in range(40)]
    talks[3][1]["content"] += " Write to jane.roe@mailbox.test.org now."
    write(tmp_path, [json.dumps(t) for t in talks])
    report = examine(tmp_path, Settings(select=("PII",))).report
    assert {f.column for finding in report.findings for f in finding.evidence.refs} <= {"talk"}
    assert "jane.roe" not in repr(report)
