"""A verdict that is remembered is the one that would be found by looking again, for rows with tools and pairs too."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target_cases import write

from auditor.targets.batch import sizes_of
from auditor.targets.engine import Engine, Source
from auditor.targets.jsonpos import described
from auditor.targets.lengths import size_of
from auditor.targets.signature import walk
from auditor.targets.spec import load, names
from auditor.targets.study import compatibility
from auditor.targets.tokens import ByteCounter
from auditor.targets.toolschema import _key, _plain, violations

SOME = ("openai", "openai-dpo", "together", "together-dpo", "mistral", "trl-sft", "trl-dpo", "llamafactory", "vertex-dpo", "generic")
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}, "n": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}


def tool_row() -> dict[str, Any]:
    call = {"id": "call00001", "type": "function", "function": {"name": "find", "arguments": '{"a": "x"}'}}
    return {
        "messages": [
            {"role": "user", "content": "q."},
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call00001", "content": "r."},
            {"role": "assistant", "content": "a."},
        ],
        "tools": [{"type": "function", "function": {"name": "find", "description": "d.", "parameters": SCHEMA}}],
    }


ANSWERS = st.sampled_from(["yes.", "no.", " yes.", "yes. ", "", "maybe\nso."])
USER = {"role": "user", "content": "q."}


@st.composite
def pairs(draw: st.DrawFn) -> dict[str, Any]:
    a, b = draw(ANSWERS), draw(ANSWERS)
    one, other = {"role": "assistant", "content": a}, {"role": "assistant", "content": b}
    shared = [draw(st.sampled_from([USER, {"role": "user", "content": "p."}])) for _ in range(2)]
    return draw(
        st.sampled_from(
            [
                {"prompt": "q.", "chosen": a, "rejected": b},
                {"chosen": [shared[0], one], "rejected": [shared[1], other]},
                {"chosen": [USER, shared[0], one], "rejected": [USER, shared[1], other]},
                {"input": {"messages": [USER]}, "preferred_output": [one], "non_preferred_output": [other]},
                {"conversations": [{"from": "human", "value": "q."}], "chosen": {"from": "gpt", "value": a}, "rejected": {"from": "gpt", "value": b}},
                {"question": "q.", "response_j": a, "response_k": b},
            ]
        )
    )


@st.composite
def tooled(draw: st.DrawFn) -> dict[str, Any]:
    row = copy.deepcopy(tool_row())
    call = row["messages"][1]["tool_calls"][0]
    call["id"] = draw(st.sampled_from(["call00001", "call00002", "c", "null", None, 3]))
    row["messages"][2]["tool_call_id"] = draw(st.sampled_from(["call00001", "call00002", "c"]))
    call["function"]["name"] = draw(st.sampled_from(["find", "lose", "", "a b", None]))
    call["function"]["arguments"] = draw(st.sampled_from(['{"a": "x"}', '{"a": "y"}', '{"a": 1}', "{}", "x", "[]", '{"a": "x", "b": 1}', {"a": "x"}, None]))
    function = row["tools"][0]["function"]
    function["name"] = draw(st.sampled_from(["find", "lose"]))
    function["parameters"] = draw(st.sampled_from([SCHEMA, {"type": "object"}, {"type": "x"}, {"properties": []}, None]))
    if draw(st.booleans()):
        del row["tools"]
    return row


def told(verdict: Any) -> object:
    return [(h.index, h.path, h.count) for h in verdict.hits], verdict.fate, verdict.classes, verdict.format


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(pairs(), tooled()), min_size=2, max_size=6))
def test_remembered_verdict_is_that_of_the_row(rows: list[dict[str, Any]]) -> None:
    engine = Engine([load(n) for n in SOME], ByteCounter())
    for row in rows:
        texts: list[str] = []
        known = engine._known(walk(row, texts)[0], row)
        assert told(known) == told(engine.judge.judge(row, content=False))
        assert len(known.classes) == len(texts)


def test_a_remembered_verdict_saves_the_work(tmp_path: Path) -> None:
    """A thousand rows with ids and arguments of their own are judged a few times."""
    rows = []
    for i in range(1000):
        row = tool_row()
        row["messages"][1]["tool_calls"][0] |= {"id": f"call{i:05d}", "function": {"name": "find", "arguments": f'{{"a": "{i}"}}'}}
        row["messages"][2]["tool_call_id"] = f"call{i:05d}"
        rows.append(row)
    path = write(tmp_path, rows)
    engine = Engine([load(n) for n in SOME], ByteCounter())
    engine.feed(Source(path, path.name))
    assert len(engine.twins) == 1
    assert {engine.judge.rules[i][1].id for i, g in engine.groups.items() if engine.judge.rules[i][1].level == "error"} <= {"OAI-DPO", "TOG-PREF", "TRL-DPO", "VTX-PREF"}


def test_each_shown_place_tells_of_its_own_row(tmp_path: Path) -> None:
    """Rows share a verdict, but not the words about what was found in them."""
    rows = [{"messages": [{"role": "user", "content": "q."}, {"role": "assistant", "content": "a.", "weight": "1" * n}]} for n in (3, 5, 7)]
    outcome = compatibility([write(tmp_path, rows)], ["openai"]).outcome("openai")
    assert outcome is not None
    details = next(i for i in outcome.errors if i.rule == "OAI-WEIGHT").places
    assert [described("1" * n) in p.detail for n, p in zip((3, 5, 7), details, strict=True)] == [True] * 3


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2) | st.sampled_from(["a", "b", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null"])


def schemas() -> st.SearchStrategy[dict[str, Any]]:
    leaf = st.builds(lambda kind: {"type": kind}, TYPES) | st.just({"type": "string", "enum": ["a", "b"]})
    deeper = st.recursive(leaf, lambda inner: st.builds(lambda i: {"type": "array", "items": i}, inner) | objects(inner), max_leaves=4)
    return objects(deeper)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda properties, required, more: {"type": "object", "properties": properties, "required": required, "additionalProperties": more},
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        st.lists(st.sampled_from("abc"), max_size=2, unique=True),
        st.booleans(),
    )


@settings(max_examples=200, deadline=None)
@given(schemas(), st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3))
def test_what_the_quick_test_lets_pass_jsonschema_does_too(schema: dict[str, Any], value: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    key = _key(schema)
    assert key is not None
    quick = _plain(key)
    assert quick is not None
    valid = Draft202012Validator(schema).is_valid(value)
    assert valid or not quick(value)
    assert (not violations(schema, value)) == valid


@pytest.mark.parametrize(
    "schema",
    [
        {"type": ["string", "null"]},
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {"type": "object", "properties": {"a": {"type": "string", "minLength": 2}}},
        {"anyOf": [{"type": "object"}]},
        {"type": "object", "properties": {"a": True}},
        {"type": "object", "required": "a"},
        {"type": "integer", "enum": [1]},
        {},
    ],
)
def test_quick_test_leaves_other_keywords_alone(schema: dict[str, Any]) -> None:
    key = _key(schema)
    assert key is not None
    assert _plain(key) is None


@pytest.mark.parametrize("name", names())
def test_sizes_of_a_batch_are_those_of_its_rows(name: str) -> None:
    engine = Engine([load(name)], ByteCounter())
    rows: list[Any] = [tool_row(), {"chosen": [USER, {"role": "assistant", "content": "yes."}], "rejected": [USER, {"role": "assistant", "content": "n."}]}, {"text": "t."}, {"odd": "x"}, {}]
    units: list[int] = []
    verdicts, ends, sizes = [], [], []
    for row in rows:
        texts: list[str] = []
        verdicts.append(engine._known(walk(row, texts)[0], row))
        counts = engine.counter.counts(texts)
        sizes.append(size_of(verdicts[-1], counts))
        units += counts
        ends.append(len(units))
    found = sizes_of(verdicts, ends, np.asarray(units, dtype=np.int64))
    assert [found.row(i) for i in range(len(rows))] == sizes
