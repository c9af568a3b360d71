"""A valid file for each target, and for each rule the smallest change that breaks it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from auditor.targets.spec import Rule, Target, load

Row = dict[str, Any]


def chat(i: int = 0) -> Row:
    return {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": f"Question {i}?"},
            {"role": "assistant", "content": f"Answer {i}."},
        ]
    }


def tools(i: int = 0) -> Row:
    call = {"id": "abcdef123", "type": "function", "function": {"name": "weather", "arguments": f'{{"city": "X{i}"}}'}}
    return {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": f"Weather {i}?"},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "abcdef123", "content": "sun"},
            {"role": "assistant", "content": "Sunny."},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "weather",
                    "description": "d",
                    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
                },
            }
        ],
    }


def pairs(i: int = 0) -> Row:
    return {
        "input": {"messages": [{"role": "user", "content": f"Question {i}?"}]},
        "preferred_output": [{"role": "assistant", "content": "Good."}],
        "non_preferred_output": [{"role": "assistant", "content": "Bad."}],
    }


def gemini(i: int = 0) -> Row:
    return {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [{"role": "user", "parts": [{"text": f"Q {i}?"}]}, {"role": "model", "parts": [{"text": "A."}]}],
    }


def gemini_pairs(i: int = 0) -> Row:
    row = gemini(i)
    row["contents"].pop()
    row["completions"] = [
        {"score": s, "completion": {"role": "model", "parts": [{"text": t}]}} for s, t in ((1.0, "Good."), (0.0, "Bad."))
    ]
    return row


def nova(i: int = 0) -> Row:
    return {
        "schemaVersion": "bedrock-conversation-2024",
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": f"Question {i}?"}]},
            {"role": "assistant", "content": [{"text": "Answer."}]},
        ],
    }


def nova_tools(i: int = 0) -> Row:
    return {
        **nova(i),
        "toolConfig": {"tools": [{"toolSpec": {"name": "weather", "description": "d", "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}}}}]},
        "messages": [
            {"role": "user", "content": [{"text": f"Weather {i}?"}]},
            {"role": "assistant", "content": [{"text": "One moment."}, {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "X"}}}]},
            {"role": "user", "content": [{"toolResult": {"toolUseId": "t1", "content": [{"json": {"sun": True}}]}}]},
            {"role": "assistant", "content": [{"text": "Sunny."}]},
        ],
    }


def haiku(i: int = 0) -> Row:
    return {"system": "Be brief.", "messages": chat(i)["messages"][1:]}


def completion(i: int = 0) -> Row:
    return {"prompt": f"Question {i}?", "completion": "Answer."}


def sharegpt(i: int = 0) -> Row:
    return {"conversations": [{"from": "human", "value": f"Question {i}?"}]}


def trl_pairs(i: int = 0) -> Row:
    row = pairs(i)
    return {"prompt": row["input"]["messages"], "chosen": row["preferred_output"], "rejected": row["non_preferred_output"]}


BASES: dict[str, Callable[[int], Row]] = {
    "openai": chat,
    "azure": chat,
    "openai-dpo": pairs,
    "azure-dpo": pairs,
    "together": chat,
    "together-dpo": pairs,
    "together-eval": chat,
    "mistral": chat,
    "vertex": gemini,
    "vertex-dpo": gemini_pairs,
    "bedrock-nova": nova,
    "bedrock-claude": haiku,
    "bedrock-llama": completion,
    "bedrock-titan": completion,
    "fireworks": chat,
    "trl-sft": chat,
    "trl-dpo": trl_pairs,
    "trl-kto": lambda i: {**completion(i), "label": i % 2 == 0},
    "trl-prm": lambda i: {"prompt": f"Question {i}?", "completions": ["One.", "Two."], "labels": [True, False]},
    "axolotl": chat,
    "llamafactory": chat,
    "torchtune": chat,
    "generic": chat,
}
"""A valid row of each target that can still be used (cohere is closed: nothing is valid there)."""

ROWS = 110
IMAGE = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]
PAIRED = {"answer_object", "prompt_end", "output_count", "output_role", "output_content"}
"""Checks of preferences, for targets whose usual row is a conversation."""


def write(folder: Path, rows: list[Any], name: str = "train.jsonl", prefix: bytes = b"") -> Path:
    path = folder / name
    path.write_bytes(prefix + "".join(json.dumps(r) + "\n" for r in rows).encode())
    return path


def messages(row: Row) -> list[Any]:
    """The conversation of a row, wherever it is."""
    for key in ("messages", "contents", "prompt"):
        if isinstance(row.get(key), list):
            return row[key]
    if "input" in row:
        return row["input"]["messages"]
    row.clear()
    row.update(chat())
    return row["messages"]


def outputs(row: Row) -> tuple[list[Any], list[Any]]:
    if "preferred_output" in row:
        return row["preferred_output"], row["non_preferred_output"]
    if "completions" in row:
        return [row["completions"][0]["completion"]], [row["completions"][1]["completion"]]
    return row["chosen"], row["rejected"]


def with_image(row: Row, url: str = "data:image/png;base64,AAAA", where: int = -2) -> None:
    found = messages(row)
    message = found[where] if len(found) > 1 else found[-1]
    key = "parts" if "parts" in message else "content"
    bare = isinstance(message.get(key), list) and "type" not in message[key][0]
    image = {"image": {"source": {"s3Location": {"uri": url}}}} if bare else {"type": "image_url", "image_url": {"url": url}}
    text = {"text": "see"} if bare else {"type": "text", "text": "see"}
    message[key] = [text, image]


def answer(row: Row) -> Row:
    answers = [m for m in messages(row) if m.get("role") in {"assistant", "model"}]
    return answers[-1] if answers else outputs(row)[0][0]


def _set(row: Row, **fields: Any) -> None:
    answer(row).update(fields)


def _content(row: Row, value: Any) -> None:
    found = messages(row)[-1]
    found["parts" if "parts" in found else "content"] = value


def _rename(row: Row) -> None:
    key = next(k for k in ("messages", "contents", "chosen", "input", "completion", "completions") if k in row)
    row["id_of_row"] = row.pop(key)


def _no_assistant(row: Row) -> None:
    found = messages(row)
    found[:] = [m for m in found if m.get("role") not in {"assistant", "model"}]


def _call(row: Row, **changes: Any) -> None:
    fresh = tools()
    row.clear()
    row.update(fresh)
    call = row["messages"][2]["tool_calls"][0]
    for key, value in changes.items():
        if key == "id":
            call["id"] = row["messages"][3]["tool_call_id"] = value
        else:
            call["function"][key] = value


def _tool(row: Row, **changes: Any) -> None:
    _call(row)
    row["tools"][0]["function"].update(changes)


def _pair_tool(row: Row) -> Row:
    """The object that holds `tools`: the row, or its input."""
    return row.get("input", row)


def _tools_wrong(row: Row, rule: Rule) -> None:
    _pair_tool(row)["tools"] = {"name": "x"} if rule.args.get("string") else [{"function": {"name": 3}}]


TOKENIZED = {"input_ids": [1, 2], "attention_mask": [1, 1], "labels": [-100, 2]}


def repeating(i: int = 0) -> Row:
    """A pair whose answers are whole conversations, with the prompt beside them all the same."""
    asked = {"role": "user", "content": f"Question {i}?"}
    return {"prompt": [asked], "chosen": [asked, {"role": "assistant", "content": "Good."}], "rejected": [asked, {"role": "assistant", "content": "Bad."}]}


MUTATIONS: dict[str, Callable[[Row, Rule], Any]] = {
    "data_type": lambda row, _: [1],
    "row_format": lambda row, _: {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]} if _.level == "warning" else _rename(row),
    "row_keys": lambda row, _: (row.clear(), row.update(TOKENIZED, extra=1)) if "tokens" in _.args else row.update(extra=1),
    "row_columns": lambda row, _: (row.clear(), row.update(input_ids=[1, 2], labels=[1, 2])),
    "label_unread": lambda row, _: row.update(label=False),
    "same_kind": lambda row, _: row.update(prompt="Question?") if "chosen" in row else _mixed(row),
    "prompt_shared": lambda row, _: (row.clear(), row.update(chosen="Good.", rejected="Bad.")),
    "prompt_once": lambda row, _: (row.clear(), row.update(repeating())),
    "reasoning": lambda row, _: _set(row, reasoning=["a", "b"]),
    "single_format": lambda row, _: row.update(text="both"),
    "exclusive_keys": lambda row, _: row.update(interactions=[]),
    "structure": lambda row, _: row.update(labels=[True]) if "labels" in row else _structure(row),
    "messages_present": lambda row, _: messages(row).clear() if _.args["min"] == 1 else messages(row).__delitem__(slice(1, None)),
    "assistant_present": lambda row, _: _no_assistant(row),
    "label_type": lambda row, _: row.update(labels=[1, 0]) if "labels" in row else row.update({"kto_tag" if "messages" in row else "label": "yes"}),
    "turn_object": lambda row, _: messages(row).__setitem__(0, "Hi"),
    "roles": lambda row, _: messages(row)[-1].update(role="robot"),
    "message_keys": lambda row, _: messages(row)[-1].update(mood="good"),
    "content_present": lambda row, _: messages(row)[-1].pop("parts" if "parts" in messages(row)[-1] else "content"),
    "content_null": lambda row, _: messages(row)[-1].update(content=None),
    "content_type": lambda row, _: row.update(prompt=3) if isinstance(row.get("prompt"), str) else _content(row, 3),
    "content_mixed": lambda row, _: messages(row).insert(0, {"role": "system", "content": [{"type": "text", "text": "a"}]}),
    "weights": lambda row, _: _set(row, **{_.args.get("keys", ["weight"])[0]: 2}),
    "weight_place": lambda row, _: messages(row)[-2].update(weight=1),
    "weight_bool": lambda row, _: _set(row, weight=True),
    "trained": lambda row, _: _set(row, weight=0),
    "blank_target": lambda row, _: _set(row, content="  \n"),
    "blank_message": lambda row, _: _content(row, [{"text": ""}]) if "roles" not in _.args else messages(row)[1].update(content=" "),
    "last_turn": lambda row, _: messages(row).append(dict(messages(row)[-2])),
    "prompt_end": lambda row, _: messages(row).append({**messages(row)[-1], "role": "model" if "contents" in row else "assistant"})
    if "assistant" not in _.args["allowed"]
    else messages(row).append({"role": "system", "content": "s"}),
    "first_turn": lambda row, _: messages(row).__delitem__(1) if _.args.get("alone") else messages(row).insert(0, {"role": "assistant", "content": "Hello."}),
    "system_first": lambda row, _: messages(row).insert(2, {"role": "system", "content": "s"}),
    "system_count": lambda row, _: messages(row).__setitem__(slice(0, 0), [{"role": "system", "content": "s"}] * 2),
    "system_inside": lambda row, _: row.update(system="Be brief."),
    "repeated_role": lambda row, _: messages(row).insert(0, dict(messages(row)[-2 if len(messages(row)) > 1 else -1])) or messages(row).insert(0, dict(messages(row)[0])),
    "follows": lambda row, _: messages(row).insert(1, {"role": "tool", "content": "t"}) if "tool" not in _.args["after"].get("system", ()) else None,
    "alternation": lambda row, _: messages(row).insert(0, dict(messages(row)[0])),
    "parity": lambda row, _: messages(row).insert(1, dict(messages(row)[1])),
    "trailing_space": lambda row, _: messages(row)[-2].update(content="Question "),
    "output_count": lambda row, _: outputs(row)[0].append(dict(outputs(row)[0][0])),
    "output_role": lambda row, _: row["chosen"].update({"from": "human"}) if isinstance(row.get("chosen"), dict) else outputs(row)[0][0].update(role="user"),
    "output_content": lambda row, _: outputs(row)[0][0].pop("content"),
    "answer_object": lambda row, _: row.update(chosen="Good."),
    "pair_equal": lambda row, _: copy.deepcopy({**pairs(), "non_preferred_output": pairs()["preferred_output"]}),
    "tool_list": _tools_wrong,
    "tool_schema": lambda row, _: _tool(row, parameters={"type": "strange"}),
    "tool_name": lambda row, _: _tool(row, name="a b"),
    "parallel_flag": lambda row, _: _pair_tool(row).update(parallel_tool_calls="yes", tools=[]),
    "call_shape": lambda row, _: _call(row, name=""),
    "arguments_string": lambda row, _: messages(row).append({"role": "assistant", "tool_calls": [{"id": "a", "function": {"name": "f", "arguments": {}}}]}),
    "arguments_json": lambda row, _: _call(row, arguments="{city:X}"),
    "arguments_schema": lambda row, _: _call(row, arguments="{}"),
    "declared": lambda row, _: _call(row, name="nope"),
    "call_id": lambda row, _: _call(row, id="short"),
    "content_or_calls": lambda row, _: _set(row, content=""),
    "pairing": lambda row, _: messages(row).insert(-1, {"role": "tool", "tool_call_id": "abcdef123", "content": "x"}),
    "converse_blocks": lambda row, _: (row.clear(), row.update(nova()), messages(row)[0]["content"].append({"image": {"format": "bmp", "source": {"s3Location": {"uri": "s3://b/a.bmp"}}}})),
    "call_pairs": lambda row, _: row.update(nova_tools(), messages=nova_tools()["messages"][:2] * 2),
    "block_kinds": lambda row, _: messages(row)[-1]["content"].append({"reasoningContent": {"reasoningText": {"text": "t"}}}),
    "no_tools": lambda row, _: row.update(tools=tools()["tools"]),
    "media_roles": lambda row, _: outputs(row)[0][0].update(content=IMAGE) if "input" in row else with_image(row, where=-1),
    "media_kinds": lambda row, _: with_image(row),
    "media_count": lambda row, _: (with_image(row, "s3://b/a.png"), _many(row)),
    "media_mixed": lambda row, _: (with_image(row, "s3://b/a.png"), messages(row)[-2]["content"].append({"video": {"source": {"s3Location": {"uri": "s3://b/v.mp4"}}}})),
    "image_url": lambda row, _: with_image(row, "ftp://host/a.png"),
    "image_bytes": lambda row, _: with_image(row, "data:image/png;base64," + "A" * 14_100_000),
    "media_weight": lambda row, _: (with_image(row), messages(row)[-2 if len(messages(row)) > 1 else -1].update(weight=1)),
    "media_markers": lambda row, _: row.update(images=["a.png"]),
    "media_suffix": lambda row, _: with_image(row, "s3://bucket/a.bmp"),
    "template_tokens": lambda row, _: _content(row, "Yes.<|im_end|>"),
    "placeholders": lambda row, _: _content(row, "I am {{name}}."),
    "reserved": lambda row, _: _content(row, [{"text": "User: hi"}]),
    "damaged": lambda row, _: _content(row, "caf�"),
}
"""Check → a change of a valid row (in place, or a new row) that breaks it."""


def _mixed(row: Row) -> None:
    more = {"label": True} if "label" in row else {}
    row.clear()
    row.update(prompt=[{"role": "user", "content": "Question?"}], completion="Answer.", **more)


def _structure(row: Row) -> None:
    for key in ("messages", "contents", "completions", "input"):
        if key in row:
            row[key] = "text"
            return
    key = next((k for k in ("chosen", "completion") if k in row), "messages")
    row[key] = 3


def _many(row: Row) -> None:
    message = messages(row)[-2 if len(messages(row)) > 1 else -1]
    key = "parts" if "parts" in message else "content"
    message[key] = [message[key][0]] + message[key][1:] * 11


def broken(target: Target, rule: Rule) -> Row | list[Any]:
    """A row that breaks `rule` of `target`."""
    row = copy.deepcopy(BASES[target.id](7))
    if rule.check in PAIRED and "messages" in row:
        row = pairs() if "pairs-openai" in target.accept or not target.accept else {**sharegpt(), "chosen": {"from": "gpt", "value": "a"}, "rejected": {"from": "gpt", "value": "b"}}
    if target.id == "trl-kto" and rule.check not in {"row_format", "label_type", "data_type", "structure"}:
        row = {"prompt": chat()["messages"][:2], "completion": chat()["messages"][2:], "label": True}
    if rule.check in {"call_id", "tool_schema", "tool_name", "pairing"} and "messages" not in row:
        row = chat()
    made = MUTATIONS[rule.check](row, rule)
    return made if isinstance(made, dict | list) and rule.check in {"data_type", "row_format", "pair_equal"} else row


def all_rules() -> list[tuple[str, str]]:
    """Every rule of every target that can be used."""
    return [(t, r.id) for t in BASES for r in load(t).rules]
