"""What `audit convert` writes is what the target takes: other words and ids where only those are refused, one format a file, and no silent loss."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from target_cases import chat, tools, write

from auditor.targets.convert import ConvertResult, convert
from auditor.targets.fitting import DEVELOPED, PARTED, RENUMBERED
from auditor.targets.study import compatibility

ROWS = 100


def developed(i: int) -> dict[str, Any]:
    row = chat(i)
    row["messages"][0]["role"] = "developer"
    return row


def called(i: int) -> dict[str, Any]:
    """A call as OpenAI numbers it."""
    row = tools(i)
    row["messages"][2]["tool_calls"][0]["id"] = row["messages"][3]["tool_call_id"] = f"call_{i:024d}"
    return row


def pictured(i: int) -> dict[str, Any]:
    row = chat(i)
    row["messages"][1]["content"] = [{"type": "text", "text": f"Question {i}?"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]
    return row


def alpaca(i: int) -> dict[str, Any]:
    return {"instruction": f"Task {i}", "input": "", "output": f"Output {i}", "system": "Be brief." if i % 2 else ""}


def converted(folder: Path, rows: list[dict[str, Any]], to: str) -> tuple[ConvertResult, list[dict[str, Any]], set[str]]:
    """The account, the rows written, and the rules of the target by which they would be refused or lost."""
    out = folder / "out.jsonl"
    result = convert(write(folder, rows), to, out)
    outcome = compatibility([out], [to]).outcome(to)
    assert outcome is not None
    broken = {i.rule for i in outcome.issues if i.level in {"error", "loss"}}
    return result, [json.loads(line) for line in out.read_text().splitlines()], broken


@pytest.mark.parametrize("to", ["together", "mistral", "fireworks", "llamafactory"])
def test_developer_is_written_as_system_where_nobody_knows_the_word(to: str, tmp_path: Path) -> None:
    result, rows, broken = converted(tmp_path, [developed(i) for i in range(ROWS)], to)
    assert (result.written, result.refused_rows, result.notes, broken) == (ROWS, 0, ((DEVELOPED, ROWS),), set())
    assert "developer" not in json.dumps(rows)
    assert json.dumps(rows).count("Be brief.") == ROWS


def test_developer_stays_where_it_is_known(tmp_path: Path) -> None:
    result, rows, _ = converted(tmp_path, [developed(i) for i in range(ROWS)], "openai")
    assert result.lossless
    assert rows[0]["messages"][0]["role"] == "developer"


def test_ids_of_calls_are_those_that_the_target_asks_for(tmp_path: Path) -> None:
    result, rows, broken = converted(tmp_path, [called(i) for i in range(ROWS)], "mistral")
    assert (result.notes, broken) == (((RENUMBERED, ROWS),), set())
    for row in rows:
        call, answer = row["messages"][2]["tool_calls"][0], row["messages"][3]
        assert call["id"] == answer["tool_call_id"] == "call00001"


def test_ids_that_are_taken_stay(tmp_path: Path) -> None:
    result, rows, _ = converted(tmp_path, [tools(i) for i in range(ROWS)], "mistral")
    assert result.lossless
    assert rows[0] == tools(0)


def test_texts_beside_media_become_lists_where_both_may_not_be_mixed(tmp_path: Path) -> None:
    result, rows, broken = converted(tmp_path, [pictured(i) for i in range(ROWS)], "together")
    assert (result.notes, broken) == (((PARTED, ROWS),), set())
    assert rows[0]["messages"][2]["content"] == [{"type": "text", "text": "Answer 0."}]


@pytest.mark.parametrize(("to", "form"), [("axolotl", "chat"), ("llamafactory", "sharegpt"), ("bedrock-llama", "converse"), ("trl-sft", "chat")])
def test_several_formats_become_one_where_the_target_wants_one(to: str, form: str, tmp_path: Path) -> None:
    result, rows, broken = converted(tmp_path, [*map(chat, range(ROWS)), *map(alpaca, range(ROWS))], to)
    assert (result.formats, result.written, result.refused_rows, broken) == ((form,), 2 * ROWS, 0, set())
    written = json.dumps(rows)
    assert written.count("Question ") == written.count("Task ") == ROWS


def test_one_format_that_the_target_reads_is_copied(tmp_path: Path) -> None:
    result, rows, broken = converted(tmp_path, [alpaca(i) for i in range(ROWS)], "axolotl")
    assert (result.lossless, broken) == (True, set())
    assert rows == [alpaca(i) for i in range(ROWS)]


def test_formats_that_no_one_format_holds_are_named(tmp_path: Path) -> None:
    result, _, broken = converted(tmp_path, [*map(chat, range(ROWS)), *({"text": f"A text {i}."} for i in range(20))], "trl-sft")
    assert [(count, "chat, text" in told) for told, count in result.notes] == [(ROWS + 20, True)]
    assert broken == {"TRL-FIRST"}


def test_a_shape_that_was_removed_is_written_anew(tmp_path: Path) -> None:
    talk = [{"from": "human", "value": "Question?"}, {"from": "gpt", "value": "Answer."}]
    result, rows, broken = converted(tmp_path, [{"conversations": talk}] * ROWS, "axolotl")
    assert (result.format, broken) == ("chat", set())
    assert "messages" in rows[0]


def test_rows_that_the_target_drops_are_named(tmp_path: Path) -> None:
    odd = {"messages": [*chat()["messages"], {"role": "assistant", "content": "And more."}]}
    result, _, broken = converted(tmp_path, [*map(chat, range(ROWS)), odd], "llamafactory")
    assert "LF-PARITY" in broken
    assert any("drops them without a word (LF-PARITY)" in told for told, _ in result.notes)
