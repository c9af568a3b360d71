"""Conversions between shapes with tools, media and labels: there and back is the identity, the rest is refused with its reason."""

from __future__ import annotations

import copy
import datetime as dt
import json
import string
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_cases import pairs, tools, write

from auditor.targets.convert import convert
from auditor.targets.formats import record_of
from auditor.targets.media import CannotHoldError
from auditor.targets.render import render, render_rows
from auditor.targets.render_blocks import gemini_schema, unwrapped, wrapped
from auditor.targets.study import compatibility

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(lambda t: t.strip())
NAME = st.text(string.ascii_letters, min_size=1, max_size=8)
JSON_TEXT = st.dictionaries(NAME, st.integers() | TEXT, max_size=2).map(lambda d: json.dumps(d, ensure_ascii=False))
SCHEMA = {"type": "object", "properties": {"type": {"type": "string", "enum": ["a"]}, "n": {"type": "array", "items": {"type": "integer"}}}, "required": ["type"]}
IMAGES = st.sampled_from(["data:image/png;base64,AAAA", "data:image/webp;base64,BBBB", "https://example.org/a/b.png", "https://example.org/x.jpg?y=1"])


@st.composite
def tooled(draw: st.DrawFn, *, ids: bool) -> dict[str, Any]:
    """OpenAI's chat with calls (parallel ones too) and results; `ids` as `numbered` gives them where they have to come back."""
    messages = [{"role": "system", "content": draw(TEXT)}] if draw(st.booleans()) else []
    count = 0
    for _ in range(draw(st.integers(1, 3))):
        messages.append({"role": "user", "content": draw(TEXT)})
        calls: list[dict[str, Any]] = []
        for _ in range(draw(st.integers(0, 2))):
            count += 1
            given_id = draw(st.text(string.ascii_letters, min_size=9, max_size=9)) + str(count) if ids else f"call{count:05d}"
            function = {"name": draw(NAME), "arguments": draw(JSON_TEXT)}
            calls.append({"id": given_id, "type": "function", "function": function})
        if calls:
            said = {"content": draw(TEXT)} if draw(st.booleans()) else {}
            messages.append({"role": "assistant", **said, "tool_calls": calls})
            messages += [{"role": "tool", "content": draw(TEXT | JSON_TEXT), "tool_call_id": c["id"]} for c in calls]
        messages.append({"role": "assistant", "content": draw(TEXT)})
    declared = [{"type": "function", "function": {"name": draw(NAME), "description": draw(TEXT), "parameters": SCHEMA}}]
    return {"messages": messages, "tools": declared} if draw(st.booleans()) else {"messages": messages}


@st.composite
def pictured(draw: st.DrawFn) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [{"type": "text", "text": draw(TEXT)}]
    for url in draw(st.lists(IMAGES, min_size=1, max_size=3)):
        parts.append({"type": "image_url", "image_url": {"url": url}})
    if draw(st.booleans()):
        parts.append({"type": "text", "text": draw(TEXT)})
    return {"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": draw(TEXT)}]}


@st.composite
def preferences(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": draw(TEXT)}],
        "chosen": [{"role": "assistant", "content": draw(TEXT)}],
        "rejected": [{"role": "assistant", "content": draw(TEXT)}],
    }


def law(rows: st.SearchStrategy[dict[str, Any]], there: str, back: str, notes: set[str]) -> None:
    @settings(max_examples=40, deadline=None)
    @given(rows)
    def holds(row: dict[str, Any]) -> None:
        other, told = render(record_of(copy.deepcopy(row)), there)
        assert set(told) <= notes
        assert render(record_of(json.loads(json.dumps(other))), back, anew=True)[0] == row

    holds()


def test_tools_there_and_back() -> None:
    law(tooled(ids=False), "gemini", "chat", {"ids of calls are left out"})
    law(tooled(ids=True), "converse", "chat", set())


def test_media_there_and_back() -> None:
    law(pictured(), "gemini", "chat", set())
    law(pictured().filter(lambda r: "https" not in json.dumps(r)), "converse", "chat", set())


@settings(max_examples=60, deadline=None)
@given(tooled(ids=True))
def test_bedrock_to_gemini_and_back_to_the_same_conversation(row: dict[str, Any]) -> None:
    blocks, _ = render(record_of(copy.deepcopy(row)), "converse")
    contents, _ = render(record_of(copy.deepcopy(blocks)), "gemini")
    again, _ = render(record_of(contents), "converse")
    assert [m["role"] for m in again["messages"]] == [m["role"] for m in blocks["messages"]]
    assert again.get("toolConfig") == blocks.get("toolConfig")
    assert again.get("system") == blocks.get("system")


TEXTS = st.one_of(TEXT, JSON_TEXT, TEXT.map(lambda t: json.dumps({"output": t}, ensure_ascii=False)), JSON_TEXT.map(lambda t: json.dumps({"output": t}, ensure_ascii=False)))


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_wrapping_a_result_is_undone(text: str) -> None:
    assert unwrapped(wrapped(text)) == text
    nested = {"output": text}
    assert wrapped(unwrapped(nested)) == nested


def test_what_is_written_for_gemini_and_bedrock() -> None:
    row, notes = render(record_of(tools()), "gemini")
    assert notes == ("ids of calls are left out",)
    assert row["contents"][1:3] == [
        {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"city": "X0"}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "weather", "response": {"output": "sun"}}}]},
    ]
    parameters = row["tools"][0]["functionDeclarations"][0]["parameters"]
    assert parameters == {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
    row, notes = render(record_of(tools()), "converse")
    assert notes == ()
    assert row["messages"][1] == {"role": "assistant", "content": [{"toolUse": {"toolUseId": "abcdef123", "name": "weather", "input": {"city": "X0"}}}]}
    assert row["messages"][2] == {"role": "user", "content": [{"toolResult": {"toolUseId": "abcdef123", "content": [{"text": "sun"}]}}]}
    assert row["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]["type"] == "object"


def asked(content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": content}, {"role": "assistant", "content": "a"}]}


def url(place: str, **more: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": place, **more}}


@pytest.mark.parametrize(
    ("row", "to", "reason"),
    [
        (asked([url("https://example.org/a.png")]), "converse", "place that Bedrock cannot read"),
        (asked([url("s3://bucket/a.png")]), "gemini", "place that Gemini cannot read"),
        (asked([url("https://example.org/a")]), "gemini", "media type isn't said"),
        (asked([url("data:image/png;base64,AAAA")]), "alpaca", "media have no place"),
        (asked([url("data:image/png;base64,AAAA")]), "sharegpt", "media have no place"),
        (asked([{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]), "converse", "audio"),
        (asked([{"type": "hologram"}]), "gemini", "isn't known"),
        ({"contents": [{"role": "user", "parts": [{"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/v.mp4"}}]}, {"role": "model", "parts": [{"text": "a"}]}]}, "chat", "video"),
        ({"messages": tools()["messages"], "images": ["a.png"]}, "gemini", "media beside the text"),
        ({"text": "just words"}, "chat", "marks of a chat template"),
        ({"text": "<|im_start|>user\na<|im_end|>\nand more"}, "chat", "marks of a chat template"),
        ({"text": "<|im_start|>user\na<|im_end|>\n"}, "chat", "marks of a chat template"),
        ({"text": "\n\nHuman: a\n\nHuman: b\n\nAssistant: c"}, "chat", "marks of a chat template"),
        ({"prompt": "q", "completions": ["a", "b"], "labels": [True, False]}, "chat", "labelled false"),
        ({"prompt": "q", "completion": "a", "label": True}, "chat", "a kto row isn't"),
        ({"prompt": "q", "completion": "a", "label": 1}, "kto-sharegpt", "true or false"),
        ({"chosen": "a", "rejected": "b"}, "kto", "no prompt"),
        ({"messages": tools()["messages"]}, "kto", "of no answer whether it is wanted"),
        ({"messages": [*tools()["messages"][:3], {"role": "tool", "tool_call_id": "zzzzzzzzz", "content": "x"}, {"role": "tool", "tool_call_id": "y", "content": "x"}]}, "gemini", "without its call"),
    ],
)
def test_what_has_no_place_is_refused_with_the_reason(row: dict[str, Any], to: str, reason: str) -> None:
    with pytest.raises(CannotHoldError, match=reason):
        render_rows(record_of(row), to, anew=True)


@pytest.mark.parametrize("schema", [{"type": ["string", "null"]}, {"type": "object", "additionalProperties": False}, {"$ref": "#/a"}, {"oneOf": []}, True])
def test_a_schema_that_gemini_has_not_is_refused(schema: object) -> None:
    with pytest.raises(CannotHoldError):
        gemini_schema(schema)


@pytest.mark.parametrize(
    ("text", "template", "roles"),
    [
        ("<|im_start|>system\ns<|im_end|>\n<|im_start|>user\nq\n<|im_end|>\n<|im_start|>assistant\na<|im_end|>\n", "ChatML", "sua"),
        ("<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nq<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\na<|eot_id|>", "Llama 3", "ua"),
        ("<bos><start_of_turn>user\nq<end_of_turn>\n<start_of_turn>model\na<end_of_turn>\n", "Gemma", "ua"),
        ("<|user|>\nq</s>\n<|assistant|>\na</s>\n", "Zephyr", "ua"),
        ("\n\nHuman: q\n\nAssistant: a\n\nb\n\nHuman: c\n\nAssistant: d", "HH-RLHF", "uaua"),
    ],
)
def test_marks_of_a_template_give_turns(text: str, template: str, roles: str) -> None:
    row, notes = render(record_of({"text": text}), "chat")
    assert "".join(m["role"][0] for m in row["messages"]) == roles
    assert len(notes) == 1
    assert template in notes[0]


def test_a_pair_becomes_two_rows_of_kto_and_they_a_pair_again(tmp_path: Path) -> None:
    @settings(max_examples=15, deadline=None)
    @given(st.lists(preferences(), min_size=1, max_size=4))
    def holds(rows: list[dict[str, Any]]) -> None:
        for path in tmp_path.iterdir():
            path.unlink()
        first = write(tmp_path, rows)
        there = convert(first, "kto", tmp_path / "kto.jsonl")
        assert (there.rows, there.written, there.lines, there.notes) == (len(rows), len(rows), 2 * len(rows), ())
        back = convert(tmp_path / "kto.jsonl", "pairs-explicit", tmp_path / "back.jsonl")
        assert (back.rows, back.written, back.lines) == (2 * len(rows), 2 * len(rows), len(rows))
        assert [json.loads(line) for line in (tmp_path / "back.jsonl").read_text().splitlines()] == rows

    holds()


def test_kto_rows_without_a_partner_are_told(tmp_path: Path) -> None:
    rows = [
        {"prompt": "q", "completion": "good", "label": True},
        {"prompt": "q", "completion": "better", "label": True},
        {"prompt": "p", "completion": "bad", "label": False},
        {"prompt": "q", "completion": "bad", "label": False},
    ]
    done = convert(write(tmp_path, rows), "trl-dpo", tmp_path / "out.jsonl")
    assert (done.written, done.lines, done.refused_rows) == (2, 1, 2)
    assert [r.line for r in done.refused] == [2, 3]
    made = json.loads((tmp_path / "out.jsonl").read_text())
    assert (made["chosen"][0]["content"], made["rejected"][0]["content"]) == ("good", "bad")


def test_llama_factory_tags_and_trl_labels(tmp_path: Path) -> None:
    row = {"prompt": "q", "completion": "a", "label": False}
    there, _ = render_rows(record_of(row), "kto-sharegpt")
    assert there == [{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}], "kto_tag": False}]
    back, _ = render_rows(record_of(there[0]), "kto")
    assert back == [{"prompt": [{"role": "user", "content": "q"}], "completion": [{"role": "assistant", "content": "a"}], "label": False}]
    steps = {"prompt": "q", "completions": ["One.", "Two."], "labels": [True, True]}
    made, notes = render(record_of(steps), "completion")
    assert made == {"prompt": "q", "completion": "One.\nTwo."}
    assert notes == ("steps are joined by a line break and their labels left out: all of them are true",)
    done = convert(write(tmp_path, [steps, {**steps, "labels": [True, False]}]), "trl-sft", tmp_path / "out.jsonl")
    assert (done.written, done.refused_rows) == (1, 1)


@pytest.mark.parametrize("target", ["vertex", "openai", "mistral", "trl-sft", "llamafactory"])
def test_rows_with_tools_are_taken_after_conversion(target: str, tmp_path: Path) -> None:
    source = write(tmp_path, [tools(i) for i in range(120)])
    middle = tmp_path / "middle.jsonl"
    assert convert(source, "converse", middle).lossless
    done = convert(middle, target, tmp_path / "out.jsonl")
    assert done.refused_rows == 0
    assert not [n for n, _ in done.notes if "refuses" in n], done.notes
    outcome = compatibility([tmp_path / "out.jsonl"], [target]).outcome(target)
    assert outcome is not None
    assert outcome.ok, outcome.errors


def test_what_the_target_refuses_all_the_same_is_told(tmp_path: Path) -> None:
    row = tools()
    row["messages"][2]["content"] = "One moment."
    done = convert(write(tmp_path, [row]), "mistral", tmp_path / "out.jsonl")
    assert done.written == 1
    assert any("refuses" in note and "MIS-XOR" in note for note, _ in done.notes)


def test_tools_reach_nova_as_its_validator_takes_them(tmp_path: Path) -> None:
    done = convert(write(tmp_path, [tools()]), "bedrock-nova", tmp_path / "out.jsonl")
    assert done.written == 1
    assert not any("refuses" in note for note, _ in done.notes)


def test_nothing_of_a_message_is_left_out_in_silence() -> None:
    row = {"messages": [{"role": "user", "name": "x", "content": "q"}, {"role": "assistant", "content": "a", "reasoning_content": "r"}], "parallel_tool_calls": False}
    _, notes = render(record_of(row), "sharegpt")
    assert notes == ("1 other columns left out", "names of speakers are left out", "1 other keys of messages left out")
    assert render(record_of(pairs()), "pairs-explicit")[1] == ()


GEMINI_CALL = {
    "contents": [
        {"role": "user", "parts": [{"text": "q"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"n": 1}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"ok": True}}}]},
        {"role": "model", "parts": [{"text": "a"}]},
    ],
    "tools": [{"functionDeclarations": [{"name": "f", "description": "d", "parameters": {"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}}, "required": ["n"]}}]}],
}


@pytest.mark.parametrize(
    ("change", "rule", "path"),
    [
        (lambda r: None, "", ""),
        (lambda r: r["contents"][1]["parts"][0]["functionCall"].update(name="g"), "GEN-09", "$.contents[1].parts[0].functionCall"),
        (lambda r: r["contents"][1]["parts"][0]["functionCall"].update(args={}), "GEN-10", "$.contents[1].parts[0].functionCall.args"),
        (lambda r: r["contents"][1]["parts"][0]["functionCall"].update(args=[1]), "GEN-08", "$.contents[1].parts[0].functionCall.args"),
        (lambda r: r["contents"].pop(1), "GEN-11", "$.contents[1].parts[0].functionResponse"),
    ],
)
def test_calls_of_gemini_are_checked(change: Any, rule: str, path: str, tmp_path: Path) -> None:
    row = copy.deepcopy(GEMINI_CALL)
    change(row)
    report = compatibility([write(tmp_path, [row])], ["vertex"])
    vertex, own = report.outcome("vertex"), report.outcome("generic")
    assert vertex is not None
    assert own is not None
    assert not vertex.rejected
    found = {i.rule: i.places[0].path for i in own.issues if i.rule.startswith("GEN-") and i.check != "rows"}
    assert found.get(rule, "") == path if rule else not set(found) & {"GEN-08", "GEN-09", "GEN-10", "GEN-11", "GEN-33"}, found


def test_weights_of_one_say_nothing_and_others_have_no_place() -> None:
    def row(weight: float) -> dict[str, Any]:
        return {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "weight": weight}]}

    for to in ("gemini", "converse", "apart", "sharegpt", "completion"):
        made, notes = render(record_of(row(1)), to)
        assert "weight" not in json.dumps(made)
        assert notes == ("weights of 1, which is what an answer counts without one, are left out",)
        with pytest.raises(CannotHoldError, match="weights"):
            render(record_of(row(0)), to)
    assert render(record_of(row(0)), "chat", anew=True)[0] == row(0)


def test_cells_that_json_does_not_know_are_written_as_text(tmp_path: Path) -> None:
    cells = {"at": [dt.time(1, 2)], "day": [dt.date(2024, 1, 2)], "price": [Decimal("1.5")], "raw": [b"\xff"], "inner": [{"for": [dt.timedelta(1)]}]}
    pl.DataFrame({"text": ["a text of some words"]} | cells).write_parquet(tmp_path / "a.parquet")
    written = convert(tmp_path / "a.parquet", "trl-sft", tmp_path / "out.jsonl").written
    row = json.loads((tmp_path / "out.jsonl").read_text())
    assert (written, row["text"]) == (1, "a text of some words")
    assert row.get("day", "2024-01-02") == "2024-01-02"
