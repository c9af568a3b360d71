"""Pairs of answers."""

from __future__ import annotations

from auditor.targets.canon import ASSISTANT, Message, Record
from auditor.targets.jsonpos import described
from auditor.targets.predicates.base import Args, Hits

_CHOSEN = ("chosen", "preferred_output", "chosen_messages", "response_j", "completions")
_REJECTED = ("rejected", "non_preferred_output", "rejected_messages", "response_k", "completions")


def _sides(record: Record) -> tuple[tuple[str, object], ...]:
    value = record.value if isinstance(record.value, dict) else {}
    return tuple((key, value.get(key)) for key in ("preferred_output", "non_preferred_output") if key in value)


def output_count(record: Record, args: Args) -> Hits:
    """Each answer is a list of `min` to `max` messages."""
    if record.format != "pairs-openai":
        return
    for key, side in _sides(record):
        if isinstance(side, list) and not args["min"] <= len(side) <= args["max"]:
            yield (key,), f"{len(side)} messages, {args['min']} to {args['max']} allowed"


def output_role(record: Record, args: Args) -> Hits:
    """The messages of an answer have one of `allowed` roles."""
    if record.shape == "preference":
        for message in (*record.chosen, *record.rejected):
            if message.is_object and message.role not in args["allowed"]:
                key = next(((k,) for k in ("role", "from") if k in message.keys), ())
                where = (*message.path, *key)
                yield where, f"role is none of {', '.join(args['allowed'])}"


def output_content(record: Record, args: Args) -> Hits:
    """Each answer has a message of the assistant that says or calls something."""
    if record.shape != "preference":
        return
    if record.broken:
        return
    for side, keys in ((record.chosen, _CHOSEN), (record.rejected, _REJECTED)):
        if not any(m.role == ASSISTANT and (m.present or m.calls) for m in side):
            key = next((k for k in keys if isinstance(record.value, dict) and k in record.value), keys[0])
            yield side[0].path if side else (key,), "no content of the assistant"


def answer_object(record: Record, args: Args) -> Hits:
    """Beside a conversation each answer is one message object."""
    row = record.value if isinstance(record.value, dict) else {}
    if record.format in {"pairs-sharegpt", "pairs-chat"}:
        for key in ("chosen", "rejected"):
            if not isinstance(row.get(key), dict):
                yield (key,), f"expected a message, found {described(row.get(key))}"


def pair_equal(record: Record, args: Args) -> Hits:
    """The two answers differ."""
    if record.shape == "preference" and record.chosen and record.rejected and said(record.chosen) == said(record.rejected):
        yield record.rejected[0].path, "both answers are the same: there is nothing to prefer"


def prompt_shared(record: Record, args: Args) -> Hits:
    """Two answers without a prompt beside them begin alike: the trainer takes that beginning for the prompt."""
    row = record.value if isinstance(record.value, dict) else {}
    if record.format not in {"pairs-implicit", "pairs-messages"} or record.messages or record.broken:
        return
    chosen, rejected = row.get("chosen"), row.get("rejected")
    if isinstance(chosen, str) and isinstance(rejected, str) and begin_alike(chosen, rejected):
        return
    if record.chosen and record.rejected and said(record.chosen) != said(record.rejected):
        yield record.chosen[0].path, "no prompt, and the answers share no beginning that could be it"


def begin_alike(a: str, b: str) -> bool:
    """Whether two texts share a beginning that isn't blank."""
    for one, other in zip(a, b, strict=False):
        if one != other:
            return False
        if not one.isspace():
            return True
    return False


def prompt_once(record: Record, args: Args) -> Hits:
    """The answers of a pair don't begin with the prompt again, which stands beside them."""
    if record.shape == "preference" and repeated(record) and record.messages[0].turn:
        yield record.chosen[0].path, "both answers begin with the prompt, which stands beside them too"


def repeated(record: Record) -> int:
    """How many messages both answers repeat from the prompt beside them; 0 where they don't repeat all of it."""
    count = len(record.messages)
    given = said(record.messages)
    sides = (record.chosen, record.rejected)
    return count if count and all(len(side) > count and said(side[:count]) == given for side in sides) else 0


def said(messages: list[Message]) -> list[object]:
    """What makes one answer different from another: roles, texts and calls."""
    return [(m.role, m.text.strip(), [(c.name, str(c.arguments)) for c in m.calls]) for m in messages]
