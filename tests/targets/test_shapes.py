"""Laws of the shapes: reading and writing gives the row back; every single corruption is found at its place."""

from __future__ import annotations

import copy
import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_cases import BASES, chat, pairs, tools, write

from auditor.errors import UsageError
from auditor.targets.convert import convert
from auditor.targets.formats import detect, record_of
from auditor.targets.jsonpos import locate, parse, spelled
from auditor.targets.parse import keys_of, loads
from auditor.targets.render import CannotHoldError, render
from auditor.targets.signature import text_paths, walk
from auditor.targets.spec import load
from auditor.targets.study import compatibility
from auditor.targets.verdict import Judge

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(lambda t: t.strip())
NAME = st.text(string.ascii_letters, min_size=1, max_size=8)


@st.composite
def conversations(draw: st.DrawFn) -> dict[str, Any]:
    messages = [{"role": "system", "content": draw(TEXT)}] if draw(st.booleans()) else []
    for i in range(draw(st.integers(1, 4))):
        messages.append({"role": "user", "content": draw(TEXT)})
        answer: dict[str, Any] = {"role": "assistant", "content": draw(TEXT)}
        if draw(st.booleans()):
            answer["weight"] = draw(st.sampled_from([0, 1]))
        messages.append(answer)
        if draw(st.integers(0, 4)) == 0:
            arguments = json.dumps(draw(st.dictionaries(NAME, st.integers() | TEXT, max_size=2)))
            call = {"id": f"call{i:05d}", "type": "function", "function": {"name": draw(NAME), "arguments": arguments}}
            messages += [{"role": "assistant", "tool_calls": [call]}, {"role": "tool", "content": draw(TEXT), "tool_call_id": call["id"]}]
            messages.append({"role": "assistant", "content": draw(TEXT)})
    return {"messages": messages}


@st.composite
def sharegpts(draw: st.DrawFn) -> dict[str, Any]:
    turns = [{"from": "system", "value": draw(TEXT)}] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 4))):
        turns += [{"from": "human", "value": draw(TEXT)}, {"from": "gpt", "value": draw(TEXT)}]
    return {"conversations": turns}


@st.composite
def alpacas(draw: st.DrawFn) -> dict[str, Any]:
    row = {"instruction": draw(TEXT), "input": draw(st.just("") | TEXT), "output": draw(TEXT)}
    if draw(st.booleans()):
        row["system"] = draw(TEXT)
    if draw(st.booleans()):
        row["history"] = [[draw(TEXT), draw(TEXT)]]
    return row


@st.composite
def geminis(draw: st.DrawFn) -> dict[str, Any]:
    row: dict[str, Any] = {"systemInstruction": {"parts": [{"text": draw(TEXT)}]}} if draw(st.booleans()) else {}
    row["contents"] = [
        {"role": role, "parts": [{"text": draw(TEXT)}]} for _ in range(draw(st.integers(1, 3))) for role in ("user", "model")
    ]
    return row


@st.composite
def preferences(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "input": {"messages": [{"role": "user", "content": draw(TEXT)}]},
        "preferred_output": [{"role": "assistant", "content": draw(TEXT)}],
        "non_preferred_output": [{"role": "assistant", "content": draw(TEXT)}],
    }


COMPLETIONS = st.fixed_dictionaries({"prompt": TEXT, "completion": TEXT})
ROUND = [
    ("chat", conversations()),
    ("sharegpt", sharegpts()),
    ("alpaca", alpacas()),
    ("gemini", geminis()),
    ("completion", COMPLETIONS),
    ("strings", COMPLETIONS),
    ("pairs-openai", preferences()),
    ("text", st.fixed_dictionaries({"text": TEXT})),
]


@pytest.mark.parametrize(("to", "rows"), ROUND, ids=[name for name, _ in ROUND])
def test_writing_what_was_read_gives_the_row_back(to: str, rows: st.SearchStrategy[dict[str, Any]]) -> None:
    @settings(max_examples=60, deadline=None)
    @given(rows)
    def law(row: dict[str, Any]) -> None:
        assert render(record_of(copy.deepcopy(row)), to, anew=True)[0] == row

    law()


@pytest.mark.parametrize(
    ("rows", "there", "back"),
    [
        (sharegpts(), "chat", "sharegpt"),
        (sharegpts(), "gemini", "sharegpt"),
        (geminis(), "chat", "gemini"),
        (COMPLETIONS, "chat", "completion"),
        (COMPLETIONS, "sharegpt", "strings"),
        (preferences(), "pairs-explicit", "pairs-openai"),
        (preferences(), "pairs-sharegpt", "pairs-openai"),
        (preferences(), "gemini-pairs", "pairs-openai"),
    ],
)
def test_there_and_back(rows: st.SearchStrategy[dict[str, Any]], there: str, back: str) -> None:
    @settings(max_examples=40, deadline=None)
    @given(rows)
    def law(row: dict[str, Any]) -> None:
        other, notes = render(record_of(copy.deepcopy(row)), there)
        assert notes == ()
        assert render(record_of(other), back)[0] == row

    law()


def test_tool_calls_survive_sharegpt() -> None:
    there, notes = render(record_of(tools()), "sharegpt")
    assert notes == ("ids of calls are left out",)
    back, _ = render(record_of(there), "chat")
    assert [m["role"] for m in back["messages"]] == [m["role"] for m in tools()["messages"]]
    assert json.loads(back["messages"][2]["tool_calls"][0]["function"]["arguments"]) == {"city": "X0"}
    assert back["tools"] == tools()["tools"]


@pytest.mark.parametrize(
    ("row", "to"),
    [
        (tools(), "alpaca"),
        (tools(), "apart"),
        (chat(), "pairs-openai"),
        (pairs(), "chat"),
        ({"text": "a"}, "chat"),
        (chat(), "text"),
        ({"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": 0.5}]}, "chat"),
        ({"other": 1}, "chat"),
        ({"messages": "x"}, "sharegpt"),
    ],
)
def test_what_has_no_place_is_refused(row: dict[str, Any], to: str) -> None:
    with pytest.raises(CannotHoldError):
        render(record_of(row), to, anew=True)


def test_convert_says_row_by_row_what_it_could_not(tmp_path: Path) -> None:
    path = write(tmp_path, [chat(), tools(), {"other": 1}, {"instruction": "a", "input": "b", "output": "c"}])
    path.write_bytes(path.read_bytes() + b"{broken\n")
    done = convert(path, "bedrock-claude", tmp_path / "out.jsonl")
    assert (done.rows, done.written, done.refused_rows) == (5, 2, 3)
    assert [(r.line, bool(r.reason)) for r in done.refused] == [(2, True), (3, True), (5, True)]
    assert done.notes == (("parts of a text are joined by a line break", 1),)
    assert not done.lossless
    with pytest.raises(UsageError, match="exists"):
        convert(path, "openai", tmp_path / "out.jsonl")
    with pytest.raises(UsageError, match="source"):
        convert(path, "openai", path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.jsonl", "train.jsonl"]


@pytest.mark.parametrize("target", ["openai", "openai-dpo", "together", "mistral", "vertex", "vertex-dpo", "bedrock-nova", "bedrock-claude", "bedrock-llama", "fireworks", "trl-sft", "trl-dpo", "axolotl", "llamafactory"])
def test_what_was_converted_is_taken(target: str, tmp_path: Path) -> None:
    row = pairs if "dpo" in target else chat
    path = write(tmp_path, [row(i) for i in range(120)])
    assert convert(path, target, tmp_path / "out.jsonl").refused_rows == 0
    outcome = compatibility([tmp_path / "out.jsonl"], [target]).outcome(target)
    assert outcome is not None
    assert outcome.ok, outcome.errors


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_both_readers_agree(value: object, ascii_only: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    data = text.encode("utf-8", "surrogatepass")
    exact = parse(text)
    assert exact.ok
    assert exact.value == value
    assert loads(data).value == value
    assert keys_of(value) == sum(1 for d in _dicts(value) for _ in d)


def _dicts(value: object) -> list[dict[str, object]]:
    if isinstance(value, dict):
        return [value, *(d for v in value.values() for d in _dicts(v))]
    return [d for v in value for d in _dicts(v)] if isinstance(value, list) else []


@settings(max_examples=100, deadline=None)
@given(JSON)
def test_texts_and_their_paths_keep_step(value: object) -> None:
    texts: list[str] = []
    walk(value, texts)
    paths = text_paths(value)
    assert len(texts) == len(paths)
    for text, path in zip(texts, paths, strict=True):
        found: Any = value
        for step in path:
            found = found[step]
        assert found == text


@settings(max_examples=80, deadline=None)
@given(conversations(), st.sampled_from(["role", "content", "weight", "drop", "swap", "blank"]), st.integers(0, 9), st.data())
def test_rows_of_one_signature_share_their_verdict(row: dict[str, Any], change: str, at: int, data: st.DataObject) -> None:
    """What the engine remembers for a signature is what it would find by looking again."""
    messages = row["messages"]
    message = messages[at % len(messages)]
    if change == "drop":
        messages.remove(message)
    elif change == "swap":
        messages.reverse()
    elif change == "blank":
        message["content"] = data.draw(st.sampled_from(["", " ", "\t\n", "a "]))
    else:
        message[change] = data.draw(st.sampled_from(["user", "x", 0, 1, 1.0, True, None, [], {}]))
    judge = Judge([load(n) for n in ("openai", "together", "mistral", "trl-sft", "llamafactory", "generic")])
    twin = json.loads(json.dumps(row))
    for other in twin["messages"]:
        if isinstance(other.get("content"), str) and other["content"].strip() and other["content"][-1].strip():
            other["content"] = "Another text of the same kind."
    assert walk(row, [])[0] == walk(twin, [])[0]
    first, second = judge.judge(row, content=False), judge.judge(twin, content=False)
    if not first.special:
        assert [(h.index, h.path, h.count) for h in first.hits] == [(h.index, h.path, h.count) for h in second.hits]
        assert first.fate == second.fate


CORRUPTIONS = [
    (("messages",), None),
    (("messages",), "text"),
    (("messages", 0), "text"),
    (("messages", 1, "role"), "robot"),
    (("messages", 1, "role"), 3),
    (("messages", 2, "content"), 3),
    (("messages", 2, "content"), None),
    (("messages", 2, "content"), {"a": 1}),
    (("messages", 1, "content"), [3]),
]


@pytest.mark.parametrize("target", ["openai", "together", "mistral", "fireworks"])
@pytest.mark.parametrize(("path", "value"), CORRUPTIONS)
def test_corrupted_field_is_found_at_its_path(target: str, path: tuple[Any, ...], value: object, tmp_path: Path) -> None:
    rows = [chat(i) for i in range(12)]
    holder: Any = rows[6]
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    outcome = compatibility([write(tmp_path, rows)], [target]).outcome(target)
    assert outcome is not None
    assert not outcome.ok
    places = [p for i in outcome.errors for p in i.places]
    assert {p.line for p in places} == {7}
    wanted = spelled(path)
    near = {wanted, spelled(path[:-1])} if target == "mistral" else {wanted}
    assert any(p.path.startswith(wanted) or p.path in near for p in places), places
    text = json.dumps(rows[6])
    assert {p.column for p in places} <= {(locate(text, path[:n]) or 0) + 1 for n in range(len(path) + 1)} | {p.column for p in places if len(p.path) > len(wanted)}


@pytest.mark.parametrize("target", sorted(BASES))
def test_format_is_one_the_target_accepts(target: str) -> None:
    found = detect(BASES[target](0))
    assert found is not None
    assert not load(target).accept or found.name in load(target).accept


@pytest.mark.parametrize(
    ("segments", "trained"),
    [
        ([{"label": False, "text": "Where?"}, {"label": True, "text": "Here."}], True),
        ([{"text": "Where?"}], True),
        ([{"text": "Where?"}, {"label": True, "text": "Here."}], True),
        ([], True),
        ([{"speaker": "agent", "start": 0.0, "end": 1.5, "text": "Where?"}], False),
        ([{"id": 0, "start": 0.0, "end": 1.5, "text": "Where?"}, {"id": 1, "start": 1.5, "end": 2.0, "text": "Here."}], False),
    ],
)
def test_segments_of_a_recording_are_not_those_of_axolotl(segments: list[dict[str, object]], trained: bool) -> None:
    """Rows of speech that say who spoke and when were told that none of them is trained."""
    found = detect({"segments": segments})
    assert (found is not None and found.name == "segments") == trained
