"""Whatever stands where: every row gets a verdict, and a conversion or a reason why not."""

from __future__ import annotations

import contextlib
import copy
import random
from typing import Any

import pytest
from target_cases import BASES, IMAGE, nova_tools, tools

from auditor.targets.convert import PLANS
from auditor.targets.formats import record_of
from auditor.targets.media import CannotHoldError
from auditor.targets.render import KTO, render_rows
from auditor.targets.spec import load, names
from auditor.targets.twins import peculiarities
from auditor.targets.verdict import Judge

STRANGE: tuple[Any, ...] = (None, 0, 1.5, True, "", "x", [], {}, [None], ["x"], [[]], {"text": []}, {"role": "user", "content": "x"}, IMAGE, {"type": []}, {"type": {}, "text": "x"})
KEYS = ("type", "text", "role", "content", "id", "name", "function", "arguments", "tool_calls", "tool_call_id", "weight", "parts", "image", "toolUse", "toolResult", "functionCall", "label", "tools")
ROWS = [*(make(1) for make in BASES.values()), tools(), nova_tools(), {"messages": [{"role": "user", "content": IMAGE}, {"role": "assistant", "content": "x"}]}]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [p for step, item in steps for p in [(*path, step), *places(item, (*path, step))]]


def spoilt(row: Any, dice: random.Random) -> Any:
    row = copy.deepcopy(row)
    for _ in range(dice.randint(1, 3)):
        found = places(row)
        if not found:
            break
        *way, last = dice.choice(found)
        holder = row
        for step in way:
            holder = holder[step]
        if isinstance(holder, dict) and dice.random() < 0.4:
            last = dice.choice(KEYS)
        holder[last] = copy.deepcopy(dice.choice(STRANGE))
    return row


@pytest.mark.parametrize("seed", range(4))
def test_every_row_gets_a_verdict(seed: int) -> None:
    dice = random.Random(seed)
    judge = Judge([load(name) for name in names()])
    formats = sorted({to for plan in PLANS.values() for to in plan} | set(KTO))
    for _ in range(250):
        row = spoilt(dice.choice(ROWS), dice)
        verdict = judge.judge(row)
        peculiarities(row, verdict.special, judge.id_patterns)
        with contextlib.suppress(CannotHoldError, ValueError):  # the two ways to say no
            render_rows(record_of(row), dice.choice(formats), anew=True)


@pytest.mark.parametrize("kind", [[], {}, ["text"], {"type": "text"}, 3, True])
def test_type_of_a_part_may_be_anything(kind: Any) -> None:
    row = {"messages": [{"role": "user", "content": [{"type": kind, "text": "x"}]}, {"role": "assistant", "content": "y"}]}
    judge = Judge([load("openai")])
    found = [h.path for h in judge.judge(row).hits if judge.rules[h.index][1].level == "error"]
    assert ("messages", 0, "content", 0) in found
