"""Every kind of row into every format: what comes out says the same, or a note or a refusal says what it doesn't."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import customer_cases as cases
import pytest
from customer_cases import CALL, SYSTEM, TOOL, bot, gpt, human, said, turns, user
from target_cases import chat, gemini, haiku, nova, nova_tools, pairs, tools, write

from auditor.targets.canon import Message
from auditor.targets.convert import convert
from auditor.targets.formats import record_of
from auditor.targets.media import CannotHoldError
from auditor.targets.render import KTO, WRITERS, render_rows
from auditor.targets.render_blocks import result_text

Row = dict[str, Any]
OTHER = {**CALL, "id": "abcdef124", "function": {"name": "track", "arguments": '{"n": 2}'}}
TOLD = {"role": "tool", "tool_call_id": "abcdef123", "content": "van"}
TOLD_TOO = {"role": "tool", "tool_call_id": "abcdef124", "content": "ship"}
NAMED = '{"name": "track", "arguments": {"n": 1}}'
ASKED = [user([cases.words(), cases.picture()])]
ROWS: dict[str, Row] = {
    "turns": said(SYSTEM, user("a"), bot("b"), user("c"), bot("d")),
    "two systems": said(SYSTEM, {"role": "system", "content": "In German."}, user(), bot()),
    "developer": said({"role": "developer", "content": "Be brief."}, user(), bot()),
    "system in the middle": said(user(), bot(), SYSTEM, user(), bot()),
    "tools": tools(1),
    "parallel calls": said(user(), bot(None, tool_calls=[CALL, OTHER]), TOLD, TOLD_TOO, bot(), tools=[TOOL]),
    "results the other way": said(user(), bot(None, tool_calls=[CALL, OTHER]), TOLD_TOO, TOLD, bot(), tools=[TOOL]),
    "text and call": said(user(), bot("I'll look.", tool_calls=[CALL]), TOLD, bot(), tools=[TOOL]),
    "ends with a call": said(user(), bot(None, tool_calls=[CALL]), tools=[TOOL]),
    "tools not called": said(user(), bot(), tools=[TOOL]),
    "call without a name": said(user(), bot(None, tool_calls=[{"id": "a", "type": "function", "function": {"arguments": "{}"}}])),
    "picture": said(*ASKED, bot()),
    "picture first": said(user([cases.picture(), cases.words("a"), cases.words("b")]), bot()),
    "marker": turns(human("<image>What?"), gpt(), images=["a.png"]),
    "name": said(user(name="Ann"), bot()),
    "weight": said(user(), bot(weight=0), user(), bot(weight=1)),
    "reasoning": said(user(), bot(reasoning="Hm.")),
    "ends with the user": said(user(), bot(), user()),
    "begins with the assistant": said(bot("Hello."), user(), bot()),
    "twice the user": said(user("a"), user("b"), bot()),
    "white space": said(user("a\n b "), bot(" b\n")),
    "sharegpt": turns({"from": "system", "value": "Be brief."}, human(), gpt()),
    "sharegpt with a system column": turns(human(), gpt(), system="Be brief."),
    "sharegpt with a call": turns(human(), {"from": "function_call", "value": NAMED}, {"from": "observation", "value": "van"}, gpt(), tools=json.dumps([TOOL["function"]])),
    "sharegpt with a broken call": turns(human(), {"from": "function_call", "value": "track"}, {"from": "observation", "value": "van"}, gpt()),
    "alpaca": {"instruction": "i", "input": "x", "output": "o", "system": "s", "history": [["a", "b"], ["c", "d"]]},
    "alpaca without an instruction": {"instruction": "", "input": "x", "output": "o"},
    "completion": {"prompt": "p", "completion": "c"},
    "completion of messages": {"prompt": [SYSTEM, user()], "completion": [bot()]},
    "completion of turns": {"prompt": [user("a")], "completion": [bot("a"), user("b"), bot("c")]},
    "pair": pairs(),
    "pair of text": {"prompt": "p", "chosen": "x", "rejected": "y"},
    "pair after turns": {"prompt": [SYSTEM, user("a"), bot("b"), user("c")], "chosen": [bot("x")], "rejected": [bot("y")]},
    "pair of turns": {"prompt": [user()], "chosen": [bot("x"), user("more"), bot("z")], "rejected": [bot("y")]},
    "pair without a prompt": {"chosen": [user(), bot("x")], "rejected": [user(), bot("y")]},
    "pair of calls": {"prompt": [user()], "chosen": [bot(None, tool_calls=[CALL])], "rejected": [bot("y")], "tools": [TOOL]},
    "pair of text and call": {"prompt": [user()], "chosen": [bot("I'll look.", tool_calls=[CALL])], "rejected": [bot("y")], "tools": [TOOL]},
    "pair of sharegpt": turns(human(), chosen=gpt("x"), rejected=gpt("y"), system="s"),
    "pair of sharegpt's calls": turns(human(), chosen={"from": "function_call", "value": NAMED}, rejected=gpt("y"), tools=json.dumps([TOOL["function"]])),
    "pair of instructions": {"instruction": "i", "input": "x", "chosen": "a", "rejected": "b", "system": "s"},
    "pair with a picture": {"prompt": ASKED, "chosen": [bot("x")], "rejected": [bot("y")]},
    "kto": {"prompt": "p", "completion": "c", "label": False},
    "kto of messages": {"prompt": [SYSTEM, user("a"), bot("b"), user("c")], "completion": [bot("x")], "label": True},
    "kto of turns": turns(human(), gpt(), kto_tag=False, system="s"),
    "kto of instructions": {"instruction": "i", "input": "x", "output": "o", "kto_tag": True},
    "kto of a call": {"prompt": [user()], "completion": [bot(None, tool_calls=[CALL])], "label": True, "tools": [TOOL]},
    "kto of a chat": said(user(), bot(), label=False),
    "encoded": {"messages": cases.ENCODED},
    "from and value": {"messages": [human(), gpt()]},
    "segments": cases.segments((False, "a"), (True, "b")),
    "tokens": cases.tokens(),
    "nova": nova(1), "nova with tools": nova_tools(), "claude": haiku(1), "gemini": gemini(1),
}  # fmt: skip


def _arguments(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def _turn(message: Message) -> tuple[object, ...]:
    own = "" if message.calls and message.native == "function_call" else result_text(message)
    calls = [(c.name, _arguments(c.arguments)) for c in message.calls]
    others = sum(p.kind not in {"text", "call", "result"} for p in message.parts)
    return message.role, own, calls, others, not (message.weight_key and message.weight == 0)


def meaning(row: object) -> tuple[object, ...]:
    """All that a row says, whatever its format."""
    record = record_of(copy.deepcopy(row))
    sides = [[_turn(m) for m in side] for side in (record.messages, record.chosen, record.rejected)]
    return *sides, [(t.name, t.description, t.parameters) for t in record.tools], record.label


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("to", [*WRITERS, *KTO])
def test_nothing_changes_in_silence(name: str, to: str) -> None:
    row = ROWS[name]
    try:
        made, notes = render_rows(record_of(copy.deepcopy(row)), to, anew=True)
    except (CannotHoldError, ValueError):  # told by `convert`, see below
        return
    if len(made) == 1 and not notes:
        assert meaning(json.loads(json.dumps(made[0]))) == meaning(row), made


WRITTEN: list[tuple[str, str, Row]] = [
    ("parallel calls", "sharegpt", {"from": "function_call", "value": '[{"name": "track", "arguments": {}}, {"name": "track", "arguments": {"n": 2}}]'}),
    ("text and call", "sharegpt", {"from": "gpt", "value": "I'll look."}),
    ("pair of calls", "pairs-sharegpt", {"from": "function_call", "value": '{"name": "track", "arguments": {}}'}),
    ("sharegpt with a call", "gemini", {"role": "model", "parts": [{"functionCall": {"name": "track", "args": {"n": 1}}}]}),
    ("pair of sharegpt's calls", "pairs-explicit", {"role": "assistant", "tool_calls": [{"type": "function", "function": {"name": "track", "arguments": '{"n": 1}'}}]}),
]


@pytest.mark.parametrize(("name", "to", "turn"), WRITTEN)
def test_calls_are_written_once_and_whole(name: str, to: str, turn: Row) -> None:
    made = render_rows(record_of(copy.deepcopy(ROWS[name])), to, anew=True)[0][0]
    found = [m for value in made.values() if isinstance(value, list | dict) for m in (value if isinstance(value, list) else [value])]
    assert turn in found


REFUSED: list[tuple[str, str, str]] = [
    ("tools", "alpaca", "tools have no place there"),
    ("tools not called", "alpaca", "tools have no place there"),
    ("picture", "alpaca", "media have no place there"),
    ("marker", "openai", "markers"),
    ("weight", "sharegpt", "weights have no place"),
    ("kto of instructions", "openai", "kto"),
    ("kto of a chat", "trl-sft", "kto"),
    ("kto of turns", "openai", "kto"),
    ("pair", "trl-sft", "preference"),
    ("pair of calls", "vertex-dpo", "a call has no place"),
    ("pair of text and call", "llamafactory", "a text beside a call"),
    ("call without a name", "sharegpt", "name its function"),
    ("segments", "openai", "segments"),
    ("tokens", "openai", "tokens"),
]


@pytest.mark.parametrize(("name", "to", "reason"), REFUSED)
def test_rows_are_refused_one_by_one(name: str, to: str, reason: str, tmp_path: Path) -> None:
    good = ROWS["pair after turns"] if to in {"vertex-dpo", "llamafactory"} else chat()
    if name == "pair of text and call":
        good = turns(human(), gpt())
    result = convert(write(tmp_path, [good, ROWS[name], good]), to, tmp_path / "out.jsonl")
    assert [r.line for r in result.refused] == [2]
    assert reason in result.refused[0].reason
    assert (result.written, result.lines) == (2, 2)


NOTED: list[tuple[str, str, str]] = [
    ("two systems", "alpaca", "system messages are joined by a line break"),
    ("developer", "sharegpt", "developer messages are written as the system's"),
    ("tools", "sharegpt", "ids of calls are left out"),
    ("text and call", "sharegpt", "a text beside a call becomes a turn before it"),
    ("alpaca", "chat", "parts of a text are joined by a line break"),
    ("reasoning", "sharegpt", "1 other keys of messages left out"),
    ("name", "alpaca", "names of speakers are left out"),
]


@pytest.mark.parametrize(("name", "to", "note"), NOTED)
def test_what_is_not_as_it_was_is_noted(name: str, to: str, note: str) -> None:
    assert note in render_rows(record_of(copy.deepcopy(ROWS[name])), to, anew=True)[1]


def test_a_prompt_that_answers_repeat_is_written_once(tmp_path: Path) -> None:
    row = {"prompt": "Where?", "chosen": [user("Where?"), bot("x")], "rejected": [user("Where?"), bot("y")]}
    for to in ("trl-dpo", "openai-dpo"):
        result = convert(write(tmp_path, [row]), to, tmp_path / f"{to}.jsonl")
        assert result.notes == (("the prompt, which both answers repeat, is written once", 1),)
        made = json.loads((tmp_path / f"{to}.jsonl").read_text())
        assert meaning(made)[:3] == meaning({"prompt": [user("Where?")], "chosen": [bot("x")], "rejected": [bot("y")]})[:3]


CIRCLES = [
    ("turns", ("sharegpt", "alpaca", "completion", "chat")),
    ("turns", ("alpaca", "sharegpt", "gemini", "chat")),
    ("tools", ("sharegpt", "gemini", "converse", "chat")),
    ("parallel calls", ("sharegpt", "chat")),
    ("completion of messages", ("chat", "sharegpt", "completion")),
    ("pair", ("pairs-explicit", "pairs-sharegpt", "gemini-pairs", "pairs-openai")),
    ("pair of calls", ("pairs-sharegpt", "pairs-openai", "pairs-explicit")),
    ("kto of messages", ("kto-sharegpt", "kto")),
    ("kto of a call", ("kto-sharegpt", "kto")),
    ("picture", ("gemini", "chat")),
]


@pytest.mark.parametrize(("name", "formats"), CIRCLES)
def test_round_trips(name: str, formats: tuple[str, ...]) -> None:
    row = ROWS[name]
    for to in formats:
        row = json.loads(json.dumps(render_rows(record_of(row), to, anew=True)[0][0]))
    assert meaning(row) == meaning(ROWS[name])
