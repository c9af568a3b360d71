"""Rows of our own invention, after what the validators of providers and trainers look at: wrong ones with the path, and valid ones.

Each wrong row is a valid one with one thing changed. `WRONG[target]` has `(name, row, path)`, `VALID[target]` rows that pass.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from target_cases import BASES, chat, completion, gemini, gemini_pairs, haiku, nova, nova_tools, pairs, tools, trl_pairs

Row = dict[str, Any]
Path = tuple[str | int, ...]
Case = tuple[str, Row, Path]
DELETE = object()
PNG = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


def changed(row: Row, path: Path, value: Any) -> Row:
    row = copy.deepcopy(row)
    holder: Any = row
    for step in path[:-1]:
        holder = holder[step]
    if value is DELETE:
        del holder[path[-1]]
    elif isinstance(holder, list) and path[-1] == len(holder):
        holder.append(value)
    else:
        holder[path[-1]] = value
    return row


def cases(base: Callable[[int], Row], table: Iterable[tuple[str, Path, Any] | tuple[str, Path, Any, Path]]) -> list[Case]:
    """`(name, place, value)`, with the path told where that isn't the place."""
    return [(entry[0], changed(base(1), entry[1], entry[2]), entry[-1] if len(entry) == 4 else entry[1]) for entry in table]


def said(role: str, content: Any = "x", **more: Any) -> Row:
    return {"role": role, "content": content, **more}


M: Path = ("messages",)
ANY_CHAT: tuple[Any, ...] = (
    ("no messages", M, []),
    ("messages null", M, None),
    ("messages an object", M, {"role": "user"}),
    ("a message is text", (*M, 1), "hello"),
    ("no role", (*M, 1, "role"), DELETE, (*M, 1)),
    ("role in capitals", (*M, 1, "role"), "User"),
    ("role null", (*M, 2, "role"), None),
    ("role of another trainer", (*M, 1, "role"), "human"),
    ("text under another key", (*M, 1), {"role": "user", "value": "x"}),
    ("content a number", (*M, 2, "content"), 7),
    ("content an object", (*M, 1, "content"), {"text": "x"}),
    ("content a list of numbers", (*M, 1, "content"), [1, 2], (*M, 1, "content", 0)),
    ("no answer", (*M, 2), DELETE, M),
)
WEIGHTS: tuple[Any, ...] = (
    ("weight 2", (*M, 2, "weight"), 2),
    ("weight a word", (*M, 2, "weight"), "1"),
    ("weight -1", (*M, 2, "weight"), -1),
)
CALLS: tuple[Any, ...] = (
    ("tools an object", ("tools",), {"name": "weather"}),
    ("a tool is text", ("tools", 0), "weather"),
    ("a tool without a name", ("tools", 0, "function", "name"), DELETE),
)
STRICT_CALLS: tuple[Any, ...] = (
    *CALLS,
    ("a tool that isn't wrapped", ("tools", 0), {"name": "weather", "parameters": {}}),
    ("arguments an object", (*M, 2, "tool_calls", 0, "function", "arguments"), {"city": "X"}),
)
PREFERENCE: tuple[Any, ...] = (
    ("input text", ("input",), "Question?"),
    ("input without messages", ("input", "messages"), DELETE),
    ("input of no messages", ("input", "messages"), []),
    ("chosen text", ("preferred_output",), "Good."),
    ("chosen empty", ("preferred_output",), []),
    ("two chosen", ("preferred_output",), [said("assistant"), said("assistant", "y")]),
    ("two rejected", ("non_preferred_output",), [said("assistant"), said("assistant", "y")]),
    ("rejected by the user", ("non_preferred_output", 0, "role"), "user"),
    ("chosen a number", ("preferred_output", 0, "content"), 3),
    ("prompt with an unknown role", ("input", "messages", 0, "role"), "robot"),
    ("rejected is no object", ("non_preferred_output", 0), "Bad."),
)

def sharegpt_calls(i: int = 0) -> Row:
    call = '{"name": "weather", "arguments": {"city": "X"}}'
    said = [("human", f"Weather {i}?"), ("function_call", call), ("observation", "sun"), ("gpt", "Sunny.")]
    return {"conversations": [{"from": who, "value": what} for who, what in said]}


def medium(kind: str, form: str, uri: str = "") -> Row:
    return {kind: {"format": form, "source": {"s3Location": {"uri": uri or f"s3://b/a.{form}"}}}}


G: Path = ("contents",)
VERTEX: tuple[Any, ...] = (
    ("no contents", G, []),
    ("contents null", G, None),
    ("contents an object", G, {"role": "user", "parts": []}),
    ("a content is text", (*G, 0), "Q?"),
    ("role assistant", (*G, 1, "role"), "assistant"),
    ("role system", (*G, 0, "role"), "system"),
    ("no role", (*G, 0, "role"), DELETE, (*G, 0)),
    ("no parts", (*G, 1, "parts"), DELETE, (*G, 1)),
    ("parts text", (*G, 0, "parts"), "Q?"),
    ("a part is text", (*G, 0, "parts", 0), "Q?"),
    ("text a number", (*G, 0, "parts", 0, "text"), 3, (*G, 0, "parts", 0)),
    ("no answer of the model", (*G, 1), DELETE, G),
    ("a typed part", (*G, 0, "parts", 0), {"type": "text", "text": "Q?"}),
)
S: Path = ("system",)
NOVA: tuple[Any, ...] = (
    ("no messages", M, []),
    ("one message", (*M, 1), DELETE, M),
    ("begins with the assistant", (*M, 0, "role"), "assistant", (*M, 0)),
    ("twice the user", (*M, 1, "role"), "user", (*M, 1)),
    ("a system message", (*M, 0, "role"), "system"),
    ("content text", (*M, 0, "content"), "Question?"),
    ("content null", (*M, 1, "content"), None),
    ("empty text", (*M, 1, "content", 0, "text"), "", (*M, 1, "content")),
    ("a typed block", (*M, 0, "content", 0), {"type": "text", "text": "x"}),
    ("system text", S, "Be brief."),
    ("system an object", S, {"text": "Be brief."}),
    ("schemaVersion a number", ("schemaVersion",), 2024),
    ("a reserved word", (*M, 0, "content", 0, "text"), "User: hi"),
    ("a reserved word in small letters", (*M, 1, "content", 0, "text"), "my user: hi"),
    ("a block of nothing", (*M, 0, "content", 0), {}),
    ("an image of another format", (*M, 0, "content", 1), medium("image", "bmp"), (*M, 0, "content", 1, "image", "format")),
    ("an image without a place", (*M, 0, "content", 1), {"image": {"format": "png"}}, (*M, 0, "content", 1, "image", "source")),
    ("a space in the URI", (*M, 0, "content", 1), medium("image", "png", "s3://b/a b.png"), (*M, 0, "content", 1, "image", "source")),
    ("two documents", (*M, 0, "content"), [medium("document", "pdf")] * 2, (*M, 0, "content", 1)),
    ("a document of the assistant", (*M, 1, "content", 1), medium("document", "pdf")),
    ("reasoning of the user", (*M, 0, "content", 1), {"reasoningContent": {"reasoningText": {"text": "t"}}}),
    ("nothing but reasoning", (*M, 1, "content"), [{"reasoningContent": {"reasoningText": {"text": "t"}}}]),
    ("an image of the assistant", (*M, 1, "content", 1), {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://b/a.png"}}}}),
    ("eleven images", (*M, 0, "content"), [{"text": "x"}, *({"image": {"format": "png", "source": {"s3Location": {"uri": f"s3://b/{i}.png"}}}} for i in range(11))]),
    ("an image elsewhere", (*M, 0, "content", 1), {"image": {"format": "png", "source": {"s3Location": {"uri": "https://b/a.png"}}}}),
)
SPEC: Path = ("toolConfig", "tools", 0, "toolSpec")
NOVA_TOOLS: tuple[Any, ...] = (
    ("toolConfig a list", ("toolConfig",), []),
    ("no tools", ("toolConfig", "tools"), []),
    ("a tool without toolSpec", ("toolConfig", "tools", 0), {"name": "weather"}),
    ("a tool without a description", (*SPEC, "description"), " "),
    ("a schema without a type", (*SPEC, "inputSchema", "json"), {}, (*SPEC, "inputSchema")),
    ("an undeclared tool", (*M, 1, "content", 1, "toolUse", "name"), "other", (*M, 1, "content", 1, "toolUse")),
    ("input text", (*M, 1, "content", 1, "toolUse", "input"), "{}"),
    ("a call without an id", (*M, 1, "content", 1, "toolUse", "toolUseId"), DELETE),
    ("a result with another id", (*M, 2, "content", 0, "toolResult", "toolUseId"), "t2"),
    ("a result of nothing", (*M, 2, "content", 0, "toolResult", "content"), []),
    ("a result of both", (*M, 2, "content", 0, "toolResult", "content", 0), {"text": "x", "json": {}}),
    ("a call of the user", (*M, 0, "content", 0), {"toolUse": {"toolUseId": "t0", "name": "weather", "input": {}}}),
    ("a second call with one id", (*M, 1, "content", 0), {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {}}}, (*M, 1, "content", 1)),
)
HAIKU: tuple[Any, ...] = (
    ("no messages", M, []),
    ("one message", (*M, 1), DELETE, M),
    ("twice the assistant", (*M, 0, "role"), "assistant", (*M, 0)),
    ("a system message", (*M, 0), said("system"), (*M, 0, "role")),
    ("content blocks", (*M, 0, "content"), [{"text": "x"}]),
    ("content null", (*M, 1, "content"), None),
    ("system blocks", S, [{"text": "Be brief."}]),
    ("a message is text", (*M, 0), "x"),
    ("ends with the user", (*M, 2), said("user")),
    ("no role", (*M, 0, "role"), DELETE, (*M, 0)),
)
LLAMA: tuple[Any, ...] = (
    ("content text", (*M, 0, "content"), "Question?"),
    ("two system blocks", (*S, 1), {"text": "And kind."}),
    ("system text", S, "Be brief."),
    ("role system", (*M, 0, "role"), "system"),
    ("an image without a place", (*M, 0, "content", 1), {"image": {"format": "png", "source": {}}}, (*M, 0, "content", 1, "image", "source")),
    ("an image of the assistant", (*M, 1, "content", 1), medium("image", "png")),
    ("a video", (*M, 0, "content", 1), medium("video", "mp4")),
    ("no answer", (*M, 1), DELETE, M),
)
STRINGS: tuple[Any, ...] = (
    ("prompt a number", ("prompt",), 3),
    ("prompt null", ("prompt",), None),
    ("completion null", ("completion",), None),
    ("completion a number", ("completion",), 3),
    ("completion true", ("completion",), True),
    ("no completion", ("completion",), DELETE, ()),
    ("no prompt", ("prompt",), DELETE, ()),
    ("prompt an object", ("prompt",), {"text": "x"}),
    ("completion an empty list", ("completion",), []),
    ("completion a list of numbers", ("completion",), [3], ("completion",)),
)
KTO: tuple[Any, ...] = (
    ("label 1", ("label",), 1),
    ("label a word", ("label",), "true"),
    ("label null", ("label",), None),
    ("label 0.5", ("label",), 0.5),
    ("label a list", ("label",), [True]),
    ("no label", ("label",), DELETE, ()),
    *STRINGS[:4],
    ("no prompt", ("prompt",), DELETE, ()),
)
PRM: tuple[Any, ...] = (
    ("one label too few", ("labels",), [True]),
    ("one label too many", ("labels",), [True, False, True]),
    ("a label 1", ("labels", 0), 1),
    ("a label null", ("labels", 1), None),
    ("labels true", ("labels",), True),
    ("completions text", ("completions",), "One."),
    ("a completion is a number", ("completions", 1), 2),
    ("prompt messages", ("prompt",), [said("user")]),
    ("prompt null", ("prompt",), None),
    ("no labels", ("labels",), DELETE, ()),
    ("no completions", ("completions",), DELETE, ()),
)
TRL_PAIRS: tuple[Any, ...] = (
    ("chosen null", ("chosen",), None),
    ("rejected a number", ("rejected",), 3),
    ("prompt null", ("prompt",), None),
    ("chosen empty", ("chosen",), []),
    ("rejected empty", ("rejected",), []),
    ("chosen by the user alone", ("chosen", 0, "role"), "user", ("chosen", 0)),
    ("an unknown role", ("prompt", 0, "role"), "robot"),
    ("prompt ends with system", ("prompt", 0, "role"), "system", ("prompt", 0)),
    ("a message is text", ("rejected", 0), "Bad."),
    ("content a number", ("chosen", 0, "content"), 3),
    ("no rejected", ("rejected",), DELETE, ()),
)

WRONG: dict[str, list[Case]] = {
    "openai": [
        *cases(chat, ANY_CHAT),
        *cases(chat, WEIGHTS),
        *cases(chat, [
            ("weight true", (*M, 2, "weight"), True),
            ("weight of a user", (*M, 1, "weight"), 0),
            ("null content of a user", (*M, 1, "content"), None),
            ("an image of the assistant", (*M, 2, "content"), [PNG], (*M, 2, "content", 0)),
            ("an image over http", (*M, 1, "content"), [{"type": "image_url", "image_url": {"url": "http://e.org/a.png"}}], (*M, 1, "content", 0)),
            ("a bare part", (*M, 1, "content"), [{"text": "x"}], (*M, 1, "content", 0)),
            ("a part of an unknown type", (*M, 1, "content"), [{"type": "video"}], (*M, 1, "content", 0)),
        ]),
        *cases(tools, STRICT_CALLS),
        *cases(tools, [("parallel_tool_calls a word", ("parallel_tool_calls",), "false"), ("parallel_tool_calls 0", ("parallel_tool_calls",), 0)]),
    ],
    "openai-dpo": cases(pairs, [*PREFERENCE, ("parallel_tool_calls a word", ("input", "parallel_tool_calls"), "no"), ("an image", ("input", "messages", 0, "content"), [PNG], ("input", "messages", 0, "content", 0))]),
    "together": [
        *cases(chat, ANY_CHAT),
        *cases(chat, WEIGHTS),
        *cases(chat, [("weight null", (*M, 2, "weight"), None)]),
        *cases(chat, [("an image of the system", (*M, 0, "content"), [{"type": "text", "text": "x"}, PNG], (*M, 0, "content", 1))]),
    ],
    "together-dpo": cases(pairs, PREFERENCE),
    "mistral": [
        *cases(chat, [e for e in ANY_CHAT if e[0] != "no answer"]),
        *cases(chat, WEIGHTS),
        *cases(chat, [
            ("ends with the user", (*M, 3), said("user")),
            ("no answer", (*M, 2), DELETE, (*M, 1)),
            ("a second system message", (*M, 1), said("system")),
            ("an answer to nothing", (*M, 1), DELETE, M),
            ("null content of a user", (*M, 1, "content"), None),
            ("an image of the assistant", (*M, 2, "content"), [{"type": "text", "text": "x"}, PNG], (*M, 2, "content", 1)),
            ("says nothing and calls nothing", (*M, 2, "content"), "", (*M, 2)),
            ("a result before any call", (*M, 1), said("tool", tool_call_id="abcdef123")),
        ]),
        *cases(tools, STRICT_CALLS),
        *cases(tools, [
            ("an id of eight", (*M, 2, "tool_calls", 0, "id"), "abcdef12"),
            ("an id with a dash", (*M, 2, "tool_calls", 0, "id"), "abcdef-23"),
            ("no id", (*M, 2, "tool_calls", 0, "id"), DELETE),
            ("a result with another id", (*M, 3, "tool_call_id"), "zzzzzz999"),
            ("a result without an id", (*M, 3, "tool_call_id"), DELETE),
            ("a result with a name of two words", (*M, 3, "name"), "the weather"),
            ("a call without a name", (*M, 2, "tool_calls", 0, "function", "name"), DELETE, (*M, 2, "tool_calls", 0)),
            ("content beside calls", (*M, 2, "content"), "x", (*M, 2)),
            ("a name with a space", (*M, 2, "tool_calls", 0, "function", "name"), "the weather", (*M, 2, "tool_calls", 0)),
            ("a tool without parameters", ("tools", 0, "function", "parameters"), DELETE),
            ("parameters that are no schema", ("tools", 0, "function", "parameters", "type"), "thing"),
        ]),
    ],
    "fireworks": [
        *cases(chat, ANY_CHAT),
        *cases(chat, WEIGHTS),
        *cases(chat, [("system in the middle", (*M, 3), said("system")), ("null content", (*M, 2, "content"), None), ("weight true", (*M, 2, "weight"), True)]),
    ],
    "vertex": cases(gemini, VERTEX),
    "vertex-dpo": cases(gemini_pairs, [
        *(e for e in VERTEX if e[1][:2] != (*G, 1)),
        ("one completion", ("completions", 1), DELETE, ("completions",)),
        ("completions null", ("completions",), None),
        ("two scores of 1", ("completions", 1, "score"), 1.0, ("completions",)),
        ("a score in words", ("completions", 0, "score"), "1", ("completions",)),
        ("a completion of the user", ("completions", 0, "completion", "role"), "user"),
        ("contents end with the model", (*G, 1), {"role": "model", "parts": [{"text": "x"}]}),
    ]),
    "bedrock-nova": [*cases(nova, NOVA), *cases(nova_tools, NOVA_TOOLS)],
    "bedrock-claude": cases(haiku, HAIKU),
    "bedrock-llama": [*cases(completion, STRINGS), *cases(nova, LLAMA)],
    "bedrock-titan": cases(completion, STRINGS),
    "trl-sft": [*cases(chat, [*ANY_CHAT[:7], *ANY_CHAT[8:12]]), *cases(tools, CALLS)],
    "trl-dpo": cases(trl_pairs, TRL_PAIRS),
    "trl-kto": cases(BASES["trl-kto"], KTO),
    "trl-prm": cases(BASES["trl-prm"], PRM),
    "axolotl": [*cases(chat, [*ANY_CHAT[:7], *ANY_CHAT[8:12]]), *cases(tools, CALLS)],
    "llamafactory": [
        *cases(chat, [*ANY_CHAT[:7], *ANY_CHAT[8:12]]),
        *cases(chat, [
            ("ends with the user", (*M, 2), DELETE, (*M, 1)),
            ("twice the user", (*M, 2, "role"), "user", (*M, 2)),
            ("begins with the assistant", (*M, 1, "role"), "assistant", (*M, 1)),
            ("an image without a marker", ("images",), ["a.png"]),
            ("a tag 1", ("kto_tag",), 1),
            ("a system message at the end", (*M, 2), said("system"), (*M, 2)),
            ("null content", (*M, 1, "content"), None),
            ("a call without a function", (*M, 2, "tool_calls"), [{"name": "f"}, 3]),
        ]),
        *cases(sharegpt_calls, [
            ("OpenAI's word for the user", ("conversations", 0, "from"), "user"),
            ("a call that is no JSON", ("conversations", 1, "value"), "weather(X)"),
            ("a call of nothing", ("conversations", 1, "value"), DELETE, ("conversations", 1)),
            ("a result after a result", ("conversations", 3, "from"), "observation", ("conversations", 3)),
        ]),
    ],
}  # fmt: skip
WRONG["azure"] = WRONG["openai"]
WRONG["azure-dpo"] = [c for c in WRONG["openai-dpo"] if c[0] not in {"two chosen", "two rejected", "an image"}]
"""Azure takes outputs of several messages."""


def with_(row: Row, **more: Any) -> Row:
    return {**copy.deepcopy(row), **more}


LONGER = {"messages": [*chat()["messages"], said("user"), said("assistant", "y")]}
VALID: dict[str, list[Row]] = {
    "openai": [
        LONGER,
        tools(2),
        with_(tools(3), parallel_tool_calls=True),
        {"messages": [said("developer"), said("user", name="ann"), said("assistant", weight=0), said("user"), said("assistant", "y", weight=1)]},
        {"messages": [said("user", [{"type": "text", "text": "see"}, PNG]), said("assistant")]},
        {"messages": [said("user"), {"role": "assistant", "content": None, "tool_calls": tools()["messages"][2]["tool_calls"]}], "tools": tools()["tools"]},
        {"messages": [said("user"), {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}}], "functions": [{"name": "f", "parameters": {"type": "object", "properties": {}}}]},
    ],
    "openai-dpo": [pairs(i) for i in range(4)] + [{**pairs(5), "input": {"messages": chat()["messages"][:2], "tools": tools()["tools"], "parallel_tool_calls": False}}],
    "together": [LONGER, tools(2), chat(2), {"messages": chat(3)["messages"][1:]}, {"messages": [said("user"), said("assistant", weight=0), said("user"), said("assistant", weight=1)]}],
    "together-dpo": [pairs(i) for i in range(5)],
    "mistral": [{"interactions": [said("assistant"), said("user"), {"role": "assistant", "text": "y"}], "system_prompt": "s"}, LONGER, tools(2), chat(2), {"messages": chat(3)["messages"][1:]}, {"messages": [said("user"), said("assistant", weight=0), said("user"), said("assistant", weight=1.0)]}],
    "fireworks": [LONGER, tools(2), chat(2), {"messages": chat(3)["messages"][1:]}, {"messages": [said("user"), said("assistant", weight=0), said("user"), said("assistant", weight=1)]}],
    "vertex": [
        gemini(2),
        {"contents": gemini(3)["contents"]},
        {"contents": [{"role": "user", "parts": [{"text": "a"}, {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/a.png"}}]}, {"role": "model", "parts": [{"text": "b"}]}]},
        {"contents": [{"role": "user", "parts": [{"text": "a"}]}, {"role": "user", "parts": [{"text": "b"}]}, {"role": "model", "parts": [{"text": "c"}]}]},
        {"system_instruction": {"role": "system", "parts": [{"text": "s"}]}, "contents": gemini(4)["contents"] * 2},
    ],
    "vertex-dpo": [gemini_pairs(i) for i in range(4)] + [{"contents": gemini(0)["contents"] + gemini(0)["contents"][:1], "completions": gemini_pairs(0)["completions"][::-1]}],
    "bedrock-nova": [
        nova(2),
        nova_tools(1),
        {**nova(3), "id": 3},
        {"messages": [{"role": "user", "content": [{"text": "read"}, medium("document", "pdf"), medium("image", "png", "s3://b/a")]}, {"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "t"}}}, {"text": "c"}]}]},
        {"messages": nova(3)["messages"]},
        {"messages": nova(3)["messages"] * 2},
        {"schemaVersion": "bedrock-conversation-2024", "messages": nova(4)["messages"]},
        {"messages": [{"role": "user", "content": [{"text": "a"}, {"text": "b"}]}, {"role": "assistant", "content": [{"text": "c"}]}]},
    ],
    "bedrock-claude": [haiku(i) for i in range(3)] + [{**haiku(4), "source": "web"}, {**haiku(4), "system": None}, {"messages": haiku(4)["messages"]}, {"system": "s", "messages": haiku(5)["messages"] * 2}],
    "bedrock-llama": [completion(i) for i in range(5)] + [nova(1), {"messages": [{"role": "user", "content": [{"text": "x"}, medium("image", "png")]}, nova(1)["messages"][1]]}],
    "bedrock-titan": [completion(i) for i in range(5)],
    "trl-sft": [LONGER, tools(2), chat(2), {"messages": chat(3)["messages"][1:]}, {"messages": [said("user"), said("assistant", [{"type": "text", "text": "x"}])]}],
    "trl-dpo": [trl_pairs(i) for i in range(4)] + [{"prompt": [said("system"), said("user")], "chosen": [said("assistant"), said("user"), said("assistant")], "rejected": [said("assistant", "y")]}],
    "trl-kto": [BASES["trl-kto"](i) for i in range(4)] + [{"prompt": "q", "completion": "a", "label": False}],
    "trl-prm": [BASES["trl-prm"](i) for i in range(4)] + [{"prompt": "q", "completions": ["a"], "labels": [False]}],
    "axolotl": [LONGER, tools(2), chat(2), {"messages": chat(3)["messages"][1:]}, {"messages": [said("user"), said("assistant", training=False), said("user"), said("assistant", training=True)]}],
    "llamafactory": [sharegpt_calls(1), {"messages": [*tools()["messages"][:3], *[tools()["messages"][3]] * 2, said("assistant")]}, LONGER, chat(2), {"messages": chat(3)["messages"][1:]}, {"messages": [said("user", "<image>see"), said("assistant")], "images": ["a.png"]}, {"messages": chat(4)["messages"], "kto_tag": True}],
}  # fmt: skip
VALID["azure"] = VALID["openai"]
VALID["azure-dpo"] = VALID["openai-dpo"]
