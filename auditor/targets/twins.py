"""What sets rows of one signature apart where rules look at more than structure: tools, calls, results, two answers.

Rows that agree in their signature and in this are twins: every rule but those about words in the text judges them alike,
so one verdict serves them all. What is kept is chosen so that the claim holds without a look at the rules in force: names
and tools as they stand, ids by their pattern and by who shares them, arguments by what a JSON Schema says of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import orjson

from auditor.targets.canon import Record, ToolCall
from auditor.targets.formats import record_of
from auditor.targets.messages import content_key_of
from auditor.targets.predicates.preference import begin_alike
from auditor.targets.predicates.tools import arguments_of
from auditor.targets.signature import walk
from auditor.targets.toolschema import violations

TOOLED, PAIRED, SINGLE = 1, 2, 4
"""Bits of `Verdict.special`: the row has tools or calls; it has two answers; it has no twin at all."""
_SIDES: Final = (
    ("preferred_output", "non_preferred_output"),
    ("chosen", "rejected"),
    ("chosen_messages", "rejected_messages"),
    ("response_j", "response_k"),
)
_CONTEXTS: Final = ("prompt", "messages", "conversations", "instruction")
_IMPLICIT: Final = (("chosen", "rejected"), ("chosen_messages", "rejected_messages"))

Row = Mapping[str, object]


def peculiarities(row: Row, special: int, patterns: Sequence[re.Pattern[str]]) -> object | None:
    """Something hashable that twins share, or None for a row that has to be judged for itself.

    Args:
        row: as read, with the signature of a verdict.
        special: the bits of that verdict.
        patterns: which ids of calls the rules in force ask for.
    """
    if special & SINGLE:
        return None
    found: list[object] = []
    if special & PAIRED:
        if _alike(row) or _whole(row):
            return None
        chosen, rejected = row.get("chosen"), row.get("rejected")
        found.append(isinstance(chosen, str) and isinstance(rejected, str) and begin_alike(chosen, rejected))
        found.append([_prefix(row[a], row[b]) for a, b in _IMPLICIT if a in row and b in row] or None)
    if special & TOOLED:
        tooled = _tooled(record_of(row), patterns)
        if tooled is None:
            return None
        found.append(tooled)
    return repr(found)


def _alike(row: Row) -> bool:
    """Whether the two answers may say the same: false only where they certainly don't."""
    sides = [(row[a], row[b]) for a, b in _SIDES if a in row and b in row]
    pairs = row.get("completions")
    if isinstance(pairs, list) and len(pairs) == 2:
        sides.append((pairs[0], pairs[1]))
    return not sides or any(_same(a, b) for a, b in sides)


def _whole(row: Row) -> bool:
    """Whether the answers may be more than answers: messages that may repeat the prompt beside them."""
    chosen = row.get("chosen")
    return isinstance(chosen, list) and len(chosen) > 1 and any(key in row for key in _CONTEXTS)


def _same(a: object, b: object) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return a.strip() == b.strip()
    first: list[str] = []
    second: list[str] = []
    walk(a, first)
    walk(b, second)
    return "\n".join(first).split() == "\n".join(second).split()


def _prefix(a: object, b: object) -> int:
    """How many messages both answers begin with, by their content; their roles are in the signature."""
    count = 0
    if isinstance(a, list) and isinstance(b, list):
        for one, other in zip(a, b, strict=False):
            if not isinstance(one, dict) or not isinstance(other, dict):
                break
            if one.get(content_key_of(one)) != other.get(content_key_of(other)):
                break
            count += 1
    return count


def _tooled(record: Record, patterns: Sequence[re.Pattern[str]]) -> object | None:
    """Tools as they stand; names, ids and arguments of calls by what can be asked of them."""
    declared: object = None
    if record.tools_given:
        holder = record.value
        for step in record.tools_path:
            holder = holder.get(step) if isinstance(holder, dict) else None
        try:
            text = orjson.dumps(holder)
        except TypeError:  # a table may hold what JSON doesn't
            return None
        declared = (len(text), hash(text))
    schemas = {t.name: t.parameters for t in record.tools if isinstance(t.name, str)}
    ids: dict[object, int] = {}
    found: list[object] = [declared]
    for message in record.every:
        for call in message.calls:
            if not isinstance(call.name, str | None) or not isinstance(call.id, str | None):
                return None
            found.append((call.name, _id(call.id, ids, patterns), _arguments(call, schemas)))
        if message.result_id is not None:
            if not isinstance(message.result_id, str):
                return None
            found.append(_id(message.result_id, ids, patterns))
    return found


def _id(given: str | None, ids: dict[object, int], patterns: Iterable[re.Pattern[str]]) -> object:
    if given is None:
        return None
    return ids.setdefault(given, len(ids)), given == "null", [p.search(given) is not None for p in patterns]


def _arguments(call: ToolCall, schemas: Mapping[str, object]) -> object:
    ok, value = arguments_of(call)
    schema = schemas.get(call.name) if isinstance(call.name, str) else None
    told = violations(schema, value) if ok and isinstance(schema, dict) and isinstance(value, dict) else ()
    return ok, type(value).__name__, told
