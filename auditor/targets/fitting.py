"""What a target's rules want spelled otherwise in a row that has its format, and that no reader would miss: ids, a role's word, lists of parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from auditor.targets.canon import DEVELOPER, SYSTEM
from auditor.targets.spec import Rule

DEVELOPED: Final = "developer messages are written as the system's"
RENUMBERED: Final = "ids of calls are written anew, nine letters and digits each"
PARTED: Final = "texts beside media are written as lists of parts"
_TALKS: Final = ("messages", "preferred_output", "non_preferred_output", "prompt", "completion", "chosen", "rejected")


def fit(row: dict[str, Any], broken: Iterable[Rule]) -> list[str]:
    """Mend in place what rules that `row` breaks are content with when it is spelled otherwise; notes on what was changed."""
    notes = []
    for rule in broken:
        allowed = rule.args.get("allowed", ())
        if rule.check == "roles" and DEVELOPER not in allowed and SYSTEM in allowed and _renamed(row):
            notes.append(DEVELOPED)
        elif rule.check == "call_id" and _renumbered(row):
            notes.append(RENUMBERED)
        elif rule.check == "content_mixed" and _parted(row):
            notes.append(PARTED)
    return notes


def _turns(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    given = row.get("input")
    for holder in (row, given if isinstance(given, dict) else {}):
        for talk in map(holder.get, _TALKS):
            yield from (t for t in talk if isinstance(t, dict)) if isinstance(talk, list) else ()


def _renamed(row: dict[str, Any]) -> bool:
    found = [t for t in _turns(row) if t.get("role") == DEVELOPER]
    for turn in found:
        turn["role"] = SYSTEM
    return bool(found)


def _renumbered(row: dict[str, Any]) -> bool:
    """Ids in the order of the calls; a result keeps to its call, and one without a call keeps its own."""
    turns = list(_turns(row))
    calls = [c for t in turns for c in t.get("tool_calls") or () if isinstance(c, dict)]
    given = {i: f"call{n:05d}" for n, i in enumerate(dict.fromkeys(c["id"] for c in calls if isinstance(c.get("id"), str)), 1)}
    for holder, key in (*((c, "id") for c in calls), *((t, "tool_call_id") for t in turns)):
        if isinstance(holder.get(key), str):
            holder[key] = given.get(holder[key], holder[key])
    return bool(given)


def _parted(row: dict[str, Any]) -> bool:
    found = [t for t in _turns(row) if isinstance(t.get("content"), str)]
    for turn in found:
        turn["content"] = [{"type": "text", "text": turn["content"]}]
    return bool(found)
