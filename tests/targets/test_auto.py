"""`--target auto`: which shape a file has, why, and which targets would take its rows as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import customer_cases as cases
import pytest
from customer_cases import bot, gpt, human, said, segments, tokens, turns, user
from target_cases import chat, completion, gemini, gemini_pairs, haiku, nova, pairs, write

from auditor.targets.study import compatibility

Row = dict[str, Any]
SFT = {"axolotl", "azure", "fireworks", "llamafactory", "mistral", "together", "trl-sft"}
PAIR = {"chosen": "Here.", "rejected": "No."}
SHAPES: list[tuple[str, Row, str, set[str]]] = [
    ("chat", said(cases.SYSTEM, user(), bot()), "chat", SFT),
    ("chat with tools", said(user(), bot(None, tool_calls=[cases.CALL]), {"role": "tool", "tool_call_id": "abcdef123", "content": "van"}, bot(), tools=[cases.TOOL]), "chat", SFT),
    ("chat with other columns", said(user(), bot(), id=3, topic="parcels"), "chat", SFT - {"together"} | {"bedrock-claude"}),
    ("chat with a picture", said(user([cases.words(), cases.picture()]), bot([cases.words()])), "chat", SFT),
    ("chat as a string", {"messages": cases.ENCODED}, "chat", {"axolotl"}),
    ("chat of from and value", {"messages": [human(), gpt()]}, "chat", {"llamafactory", "trl-sft"}),
    ("a lone question", said(user(), reference_answer="42"), "chat", set()),
    ("alpaca", {"instruction": "Where?", "input": "", "output": "Here."}, "alpaca", {"axolotl", "llamafactory"}),
    ("alpaca, liked", {"instruction": "Where?", "output": "Here.", "kto_tag": True}, "alpaca", {"llamafactory"}),
    ("sharegpt", turns(human(), gpt()), "sharegpt", {"axolotl", "llamafactory", "trl-sft"}),
    ("sharegpt of role and content", turns(user(), bot()), "sharegpt", {"axolotl", "trl-sft"}),
    ("sharegpt, liked", turns(human(), gpt(), kto_tag=False), "sharegpt", {"llamafactory"}),
    ("completion", {"prompt": "Where?", "completion": "Here."}, "completion", {"axolotl", "bedrock-llama", "bedrock-titan", "together", "trl-sft"}),
    ("completion of messages", {"prompt": [user()], "completion": [bot()]}, "completion", {"axolotl", "trl-sft"}),
    ("a question and a key that nobody reads", {"prompt": "Where?", "response": "Here."}, "unknown", set()),
    ("pairs", {"prompt": "Where?", **PAIR}, "pairs-explicit", {"axolotl", "trl-dpo", "trl-kto"}),
    ("pairs of messages", {"prompt": [user()], "chosen": [bot()], "rejected": [bot("No.")]}, "pairs-explicit", {"axolotl", "trl-dpo", "trl-kto"}),
    ("pairs of both", {"prompt": "Where?", "chosen": [bot()], "rejected": [bot("No.")]}, "pairs-explicit", {"axolotl"}),
    ("implicit pairs", {"chosen": [user(), bot()], "rejected": [user(), bot("No.")]}, "pairs-implicit", {"trl-dpo", "trl-kto"}),
    ("OpenAI's pairs", pairs(), "pairs-openai", {"azure-dpo", "fireworks", "together", "together-dpo"}),
    ("pairs of turns", turns(human(), chosen=gpt(), rejected=gpt("No.")), "pairs-sharegpt", {"axolotl", "llamafactory"}),
    ("pairs of instructions", {"instruction": "Where?", **PAIR}, "pairs-alpaca", {"axolotl", "llamafactory"}),
    ("labelled", {**completion(), "label": True}, "kto", {"axolotl", "trl-kto"}),
    ("text", {"text": "A parcel is a small package."}, "text", {"axolotl", "llamafactory", "mistral", "together", "trl-sft"}),
    ("Gemini", gemini(), "gemini", {"vertex"}),
    ("Gemini's pairs", gemini_pairs(), "gemini-pairs", {"vertex-dpo"}),
    ("Nova", nova(), "chat", {"axolotl", "bedrock-llama", "bedrock-nova", "llamafactory", "trl-sft"}),
    ("Claude", haiku(), "chat", SFT - {"together"} | {"bedrock-claude"}),
    ("segments", segments((False, "Where?"), (True, "Here.")), "segments", {"axolotl"}),
    ("tokens", tokens(), "tokens", {"axolotl", "trl-sft", "together"}),
    ("nothing known", {"question": "Where?", "answer": "Here."}, "unknown", set()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "row", "shape", "suits"), SHAPES, ids=[s[0] for s in SHAPES])
def test_shape_and_targets(name: str, row: Row, shape: str, suits: set[str], tmp_path: Path) -> None:
    report = compatibility([write(tmp_path, [row] * 3)], ["auto"])
    assert (report.format, set(report.suits)) == (shape, suits)
    assert report.reason.startswith("3 of 3 rows have the keys" if shape != "unknown" else "no row has the keys of a known format; those of the first are ")


def test_a_lone_question_is_told_as_such(tmp_path: Path) -> None:
    for row in (said(user(), reference_answer="42"), {"prompt": "Where?", "reference": "Here."}):
        assert "no answer to learn" in compatibility([write(tmp_path, [row] * 3)], ["auto"]).reason
    assert "no answer" not in compatibility([write(tmp_path, [said(user()), chat()])], ["auto"]).reason


MIXED = [
    ([chat()] * 3 + [{"text": "x"}] * 2, "chat", "3 of 5 rows have the keys messages; the others read 2 as text", [4, 5]),
    ([{"text": "x"}] + [chat()] * 3, "chat", "3 of 4 rows have the keys messages; the others read 1 as text", [2, 3, 4]),
    ([{"question": "x"}] * 3 + [chat(), completion()], "unknown", "most rows have the keys of no known format; the others read 1 as chat, 1 as completion", [4, 5]),
    ([chat(), said(user(), bot(None, tool_calls=[cases.CALL]), tools=[cases.TOOL])], "chat", "2 of 2 rows have the keys messages", []),
]


@pytest.mark.parametrize(("rows", "shape", "reason", "lines"), MIXED)
def test_mixed_files(rows: list[Row], shape: str, reason: str, lines: list[int], tmp_path: Path) -> None:
    report = compatibility([write(tmp_path, rows)], ["auto"])
    assert (report.format, report.reason) == (shape, reason)
    assert [p.line for i in report.outcomes[0].issues if i.check == "uniform" for p in i.places] == lines


def test_one_wrong_row_at_the_head_decides_nothing(tmp_path: Path) -> None:
    rows = [said(user(), {"role": "robot", "content": "x"}), *[chat(i) for i in range(5)]]
    assert set(compatibility([write(tmp_path, rows)], ["auto"]).suits) == SFT
    # where all are wrong, those that read the shape are named all the same
    assert "together" in compatibility([write(tmp_path, [rows[0] | {"messages": [*rows[0]["messages"], bot()]}] * 3)], ["auto"]).suits


def test_keys_that_may_be_data_are_not_told(tmp_path: Path) -> None:
    reason = compatibility([write(tmp_path, [{"jane@example.org": 1, "age": 3}])], ["auto"]).reason
    assert "jane" not in reason
    assert "age" in reason
    assert json.dumps(reason)
