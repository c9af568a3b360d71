"""Every field of a valid row of every target, spoilt in six ways: each is found, and at its place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from target_cases import BASES, tools

from auditor.targets.jsonpos import Path
from auditor.targets.spec import load
from auditor.targets.verdict import Judge

DELETED = object()
SPOILT: tuple[Any, ...] = (None, 3, [], {}, "", DELETED)
FINE = {"system", "systemInstruction", "schemaVersion", "tools", "description", "id", "type"}
"""Keys that may be missing (the rest of the row is still valid), or whose value no rule is known for."""


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    if path:
        yield path
    for step, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, step))


def spoil(row: Any, path: Path, value: Any) -> Any:
    row = copy.deepcopy(row)
    holder = row
    for step in path[:-1]:
        holder = holder[step]
    if value is DELETED:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return row


def still_valid(path: Path, value: Any) -> bool:
    """A whole turn taken out leaves a shorter conversation; an optional key may go."""
    turn = len(path) == 2 and path[0] in {"messages", "contents"}
    return (value is DELETED and (turn or path[-1] in FINE)) or path == ("schemaVersion",)


def related(found: Path, spoilt: Path, row: Any) -> bool:
    """The place told is the spoilt one, inside it, around it, or (order of turns) another turn of the same list."""
    short = min(len(found), len(spoilt))
    return found[:short] == spoilt[:short] or not found or found[0] in {spoilt[0], "completions"} or found[0] in row


@pytest.mark.parametrize("target", sorted(set(BASES) - {"together-eval"}))
def test_every_spoilt_field_is_found(target: str) -> None:
    base = BASES[target](1)
    judge = Judge([load(target), load("generic")])
    valid = judge.judge(base)
    assert not [h for h in valid.hits if judge.rules[h.index][1].level == "error"]
    for path in places(base):
        for value in SPOILT:
            row = spoil(base, path, value)
            if row == base or still_valid(path, value):
                continue
            verdict = judge.judge(row)
            if verdict.format != valid.format:
                verdict = judge.mixed(verdict, True, False)
            grave = [h for h in verdict.hits if judge.rules[h.index][1].level in {"error", "loss", "warning"}]
            assert grave, (path, value)
            assert any(related(h.path, path, row) for h in grave), (path, value, [h.path for h in grave])


CALLS = [
    (("messages", 2, "tool_calls", 0, "function", "name"), "nope", {"GEN-09"}),
    (("messages", 2, "tool_calls", 0, "function", "name"), 3, {"GEN-33"}),
    (("messages", 2, "tool_calls", 0, "function", "name"), DELETED, {"GEN-33"}),
    (("messages", 2, "tool_calls", 0, "function", "arguments"), "{", {"GEN-08"}),
    (("messages", 2, "tool_calls", 0, "function", "arguments"), "[1]", {"GEN-08"}),
    (("messages", 2, "tool_calls", 0, "function", "arguments"), {"city": "X"}, {"OAI-TOOLARG"}),
    (("messages", 2, "tool_calls", 0, "function", "arguments"), '{"city": 3}', {"GEN-10"}),
    (("messages", 2, "tool_calls", 0, "function", "arguments"), "{}", {"GEN-10"}),
    (("messages", 2, "tool_calls", 0, "id"), "other", {"GEN-11"}),
    (("messages", 2, "tool_calls"), [], {"GEN-11", "GEN-31"}),
    (("messages", 3, "tool_call_id"), "other", {"GEN-11"}),
    (("messages", 3), {"role": "user", "content": "x"}, {"GEN-11"}),
    (("tools",), [], {"GEN-09"}),
    (("tools",), "text", {"OAI-TOOLS", "GEN-09"}),
    (("tools", 0, "function", "name"), 3, {"OAI-TOOLS", "GEN-09"}),
    (("tools", 0), "x", {"OAI-TOOLS", "GEN-09"}),
]


@pytest.mark.parametrize(("path", "value", "rules"), CALLS)
def test_every_spoilt_call_is_found(path: Path, value: Any, rules: set[str]) -> None:
    judge = Judge([load("openai"), load("generic")])
    assert not [h for h in judge.judge(tools()).hits if judge.rules[h.index][1].level in {"error", "warning"}]
    row = spoil(tools(), path, value)
    found = {judge.rules[h.index][1].id for h in judge.judge(row).hits}
    assert rules <= found


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row["messages"].pop(),  # ends with the result of a tool: another defect, but not the pairing
        lambda row: row["messages"].__setitem__(slice(3, None), []),  # ends with the call itself, which is what is learned
        lambda row: row["messages"][3].pop("tool_call_id"),  # paired by number
        lambda row: row["messages"][2]["tool_calls"][0]["function"].update(arguments='{"city": "é", "more": 1}'),
        lambda row: row["tools"].append(copy.deepcopy(row["tools"][0])),
    ],
)
def test_near_misses_of_calls(change: Any) -> None:
    judge = Judge([load("generic")])
    row = tools()
    change(row)
    found = {judge.rules[h.index][1].id for h in judge.judge(row).hits}
    assert not found & {"GEN-08", "GEN-09", "GEN-10", "GEN-11", "GEN-33"}


GEMINI_TOOLS: dict[str, Any] = {
    "contents": [
        {"role": "user", "parts": [{"text": "q"}]},
        {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"n": 1}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"ok": True}}}]},
        {"role": "model", "parts": [{"text": "a"}]},
    ],
    "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}}, "required": ["n"]}}]}],
}
SPOILT_GEMINI: list[tuple[Path, Any]] = [
    (("contents", 1, "parts", 0, "functionCall", "name"), DELETED),
    (("contents", 1, "parts", 0, "functionCall", "name"), "g"),
    (("contents", 1, "parts", 0, "functionCall", "args"), "text"),
    (("contents", 1, "parts", 0, "functionCall", "args", "n"), "one"),
    (("contents", 1, "parts", 0, "functionCall"), "f"),
    (("contents", 1, "parts", 0), {"text": "no call"}),
    (("contents", 2, "parts", 0), {"text": "no result"}),
    (("contents", 2, "parts", 0, "functionResponse"), None),
    (("contents", 2, "role"), "tool"),
    (("tools",), []),
    (("tools", 0, "functionDeclarations", 0), "f"),
    (("tools", 0, "functionDeclarations", 0, "name"), 3),
    (("contents", 3, "parts", 0), "a"),
]


@pytest.mark.parametrize(("path", "value"), SPOILT_GEMINI)
def test_every_spoilt_call_of_gemini_is_found(path: Path, value: Any) -> None:
    judge = Judge([load("vertex"), load("generic")])

    def grave(row: Any) -> list[Path]:
        return [h.path for h in judge.judge(row).hits if judge.rules[h.index][1].level in {"error", "warning"}]

    assert not grave(GEMINI_TOOLS)
    found = grave(spoil(GEMINI_TOOLS, path, value))
    assert any(related(p, path, GEMINI_TOOLS) for p in found), found
