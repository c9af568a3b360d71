"""Is the row what the target can read at all?"""

from __future__ import annotations

from typing import Final

from auditor.targets.canon import ASSISTANT, USER, Record
from auditor.targets.jsonpos import described
from auditor.targets.predicates.base import Args, Hits


def data_type(record: Record, args: Args) -> Hits:
    """The row is a JSON object."""
    if not isinstance(record.value, dict):
        yield (), f"expected an object, found {described(record.value)}"


def row_format(record: Record, args: Args) -> Hits:
    """The row is spelled in one of `accept`ed formats."""
    if isinstance(record.value, dict) and record.format not in args["accept"]:
        accepted = ", ".join(args["accept"])
        yield (), f"read as {record.format}; accepted: {accepted}"


def row_keys(record: Record, args: Args) -> Hits:
    """The row has no other keys than those listed for its format."""
    allowed = args.get(record.format)
    if allowed is not None and isinstance(record.value, dict):
        for key in record.value:
            if key not in allowed:
                yield (key,), f"key beside {', '.join(allowed)}"


def single_format(record: Record, args: Args) -> Hits:
    """The required keys of one of the target's formats are there, not those of two."""
    if isinstance(record.value, dict):
        found = [name for name, keys in args.items() if all(key in record.value for key in keys)]
        if len(found) > 1:
            yield (), f"keys of {' and '.join(sorted(found))} in one row"


def exclusive_keys(record: Record, args: Args) -> Hits:
    """Of each group of keys (different names for one thing) only one is used, in the row or in a message."""
    rows: list[tuple[tuple[str | int, ...], object]] = [((), record.value)]
    rows += [(m.path, dict.fromkeys(m.keys)) for m in record.every]
    for path, value in rows:
        if isinstance(value, dict):
            for group in args["groups"]:
                both = [key for key in group if key in value]
                if len(both) > 1:
                    yield (*path, both[-1]), f"{' and '.join(both)} together"


def structure(record: Record, args: Args) -> Hits:
    """Every field has the type its format asks for; those of `strings` are strings, where the format would take more.

    With `encoded = true` a list of messages may stand as a JSON string; those of `flat` are no list of messages.
    """
    for path, wanted, value in record.broken:
        yield path, f"expected {wanted}, found {described(value)}"
    if not args.get("encoded"):
        for key in record.encoded:
            yield (key,), "expected a list of messages, found a JSON string of one"
    row = record.value if isinstance(record.value, dict) else {}
    told = {path for path, _, _ in record.broken}
    for key in args.get("strings", ()):
        if record.shape != "chat" and key in row and not isinstance(row[key], str) and (key,) not in told:
            yield (key,), f"expected a string, found {described(row[key])}"
    for key in args.get("flat", ()):
        if record.format == "completion" and any(m.turn for m in record.messages if m.path[0] == key):
            yield (key,), "expected text, found messages"


def messages_present(record: Record, args: Args) -> Hits:
    """There are at least `min` messages (1 unless said otherwise)."""
    least = args.get("min", 1)
    optional = record.format in {"pairs-implicit", "pairs-messages"}
    if record.format in {"unknown", "tokens"} or optional or record.broken:
        return
    if record.format in {"completion", "kto"} and isinstance(record.value, dict) and record.value.get("prompt") == []:
        yield ("prompt",), "an empty prompt"
    elif len([m for m in record.messages if m.path not in APART]) < least:
        yield home(record), f"{len(record.messages)} messages, at least {least} needed"


def assistant_present(record: Record, args: Args) -> Hits:
    """The conversation has a turn of the assistant."""
    if record.shape in {"chat", "kto"} and record.messages and not any(m.role == ASSISTANT for m in record.messages):
        graded = record.messages[-1].role == USER and record.extra
        more = "; with fields beside the messages it looks like a row for reinforcement fine-tuning, which is another method" if graded else ""
        yield home(record), f"no message of the assistant{more}"


def label_unread(record: Record, args: Args) -> Hits:
    """No row carries a verdict on its answer: where it isn't read, answers that are unwanted are learned like the others."""
    if record.shape == "kto" and record.format != "kto" and isinstance(record.value, dict):
        yield ("kto_tag" if "kto_tag" in record.value else "label",), "a verdict on the answer that isn't read"


def row_columns(record: Record, args: Args) -> Hits:
    """A row of a format that `args` names has all the keys listed for it."""
    for key in args.get(record.format, ()):
        if isinstance(record.value, dict) and key not in record.value:
            yield (), f"no {key}"


def same_kind(record: Record, args: Args) -> Hits:
    """A prompt and its answers are all text, or all messages."""
    row = record.value if isinstance(record.value, dict) else {}
    kinds = {key: "text" if isinstance(row[key], str) else "a list of messages" for key in ("prompt", "completion", "chosen", "rejected") if isinstance(row.get(key), str | list)}
    if record.shape in {"completion", "kto", "preference"} and len(set(kinds.values())) > 1:
        (first, kind), *others = kinds.items()
        key = next(k for k, other in others if other != kind)
        yield (key,), f"{kinds[key]}, and `{first}` is {kind}"


APART: Final = frozenset({("system",), ("systemInstruction",), ("system_instruction",), ("system_prompt",)})
"""Paths of a system prompt that stands apart from the messages."""


def home(record: Record) -> tuple[str | int, ...]:
    """Where the messages of a row stand; the row itself where a format has no such place."""
    return {
        "chat": ("messages",),
        "sharegpt": ("conversations",),
        "gemini": ("contents",),
        "gemini-pairs": ("contents",),
        "interactions": ("interactions",),
        "pairs-openai": ("input", "messages"),
        "pairs-explicit": ("prompt",),
        "segments": ("segments",),
    }.get(record.format, ())


def label_type(record: Record, args: Args) -> Hits:
    """The label of an unpaired preference is true or false; those of a stepwise row are all so."""
    if record.shape == "kto" and not isinstance(record.label, bool):
        key = next((k for k in ("label", "kto_tag") if isinstance(record.value, dict) and k in record.value), "label")
        yield (key,), f"expected true or false, found {described(record.label)}"
    if record.shape == "stepwise" and isinstance(record.label, list):
        for i, label in enumerate(record.label):
            if not isinstance(label, bool):
                yield ("labels", i), f"expected true or false, found {described(label)}"
