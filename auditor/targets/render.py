"""A canonical record → a row of another format, and what gets lost on the way.

Rules of the house for conversions: the row that came in that format goes out unchanged; no text is dropped without a word; a
row whose meaning the other format cannot hold is refused with the reason and not written in half.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from auditor.targets.canon import ASSISTANT, FUNCTION, TOOL, Message, Part, Record
from auditor.targets.marked import turns_of
from auditor.targets.media import CannotHoldError
from auditor.targets.predicates.preference import repeated
from auditor.targets.render_blocks import Row, contents, conversation, converse, text_of
from auditor.targets.render_chat import alpaca, apart, chat, completion, pictured, plain, sharegpt, strings
from auditor.targets.render_pairs import kto, kto_sharegpt, pairs_gemini, pairs_openai, pairs_sharegpt, pairs_trl

JOINED: Final = "parts of a text are joined by a line break"
"""As LLaMA-Factory joins Alpaca's instruction and input."""
_PARTED: Final = frozenset({"alpaca", "gemini", "converse"})
"""Formats that keep the texts of a message apart."""
_WITH_MEDIA: Final = frozenset({"chat", "gemini", "converse", "pairs-openai", "pairs-explicit"})
_WEIGHTED: Final = frozenset({"chat", "pairs-openai", "pairs-explicit", "kto"})
_MESSAGE_KEYS: Final = frozenset(["role", "from", "content", "value", "parts", "text", "tool_calls", "function_call", "tool_call_id", "weight", "loss_weight", "train", "training"])
"""Keys of a message that every writer carries or refuses."""
_ATTACHED: Final = ("images", "videos", "audios", "image", "video", "audio")


def render(record: Record, to: str, *, anew: bool = False) -> tuple[Row, tuple[str, ...]]:
    """The one row in format `to`, with notes on what isn't exactly as it was; see `render_rows`.

    Raises:
        CannotHoldError: the format has no place for the row, or needs two rows for it.
        KeyError: nothing is written in that format.
    """
    rows, notes = render_rows(record, to, anew=anew)
    if len(rows) != 1:
        raise CannotHoldError("one row becomes two there")
    return rows[0], notes


def render_rows(record: Record, to: str, *, anew: bool = False) -> tuple[list[Row], tuple[str, ...]]:
    """The row in format `to`, which for `kto` are two rows for a pair, with notes on what isn't exactly as it was.

    A row that has that format already goes out as it is, unless `anew`: then only what the format itself has is kept.

    Raises:
        CannotHoldError: the format has no place for the row.
        KeyError: nothing is written in that format.
    """
    if record.format == to and not anew and isinstance(record.value, dict):
        return [dict(record.value)], ()
    if record.broken or any(not m.is_object for m in record.every):
        raise CannotHoldError("the row isn't what its own format says")
    if record.format == "unknown":
        raise CannotHoldError("the row has no known format")
    if any(not isinstance(c.name, str) for m in record.every for c in m.calls):
        raise CannotHoldError("a call that doesn't name its function")
    notes: list[str] = []
    again = repeated(record) if record.shape == "preference" else 0
    if again:
        record.chosen, record.rejected = record.chosen[again:], record.rejected[again:]
        notes.append("the prompt, which both answers repeat, is written once")
    _media_held(record, to)
    record = _turned(record, to, notes)
    if to not in _PARTED and any(len([p for p in m.parts if p.text]) > 1 and not pictured(m) for m in record.every):
        notes.append(JOINED)
    if any(m.weight_key and m.role != ASSISTANT and m.weight for m in record.every):
        notes.append("weights of messages that aren't the assistant's are left out")
    if to not in _WEIGHTED and any(m.weight_key and m.role == ASSISTANT and m.weight == 1 for m in record.every):
        notes.append("weights of 1, which is what an answer counts without one, are left out")
    made = KTO[to](record, notes) if to in KTO else WRITERS[to](record, notes)
    rows = made if isinstance(made, list) else [made]
    _left_out(record, notes)
    return rows, tuple(dict.fromkeys(notes))


def _media_held(record: Record, to: str) -> None:
    value = record.value if isinstance(record.value, dict) else {}
    if any(value.get(key) for key in _ATTACHED):
        raise CannotHoldError("media beside the text (images, videos, audios) aren't converted: what their markers stand for is the trainer's to say")
    if to not in _WITH_MEDIA and any(pictured(m) for m in record.every):
        raise CannotHoldError("media have no place there")
    if any(p.kind in {"other", "none"} for m in record.every for p in m.parts):
        raise CannotHoldError("a part of a message that isn't known")


def _left_out(record: Record, notes: list[str]) -> None:
    """Say what no format but the row's own has a place for."""
    value = record.value if isinstance(record.value, dict) else {}
    extra = len(record.extra) + ("parallel_tool_calls" in value)
    if extra:
        notes.append(f"{extra} other columns left out")
    if any(m.name is not None and m.role not in {TOOL, FUNCTION} for m in record.every):
        notes.append("names of speakers are left out")
    keys = {key for m in record.every for key in m.keys if key not in _MESSAGE_KEYS and key != "name"}
    if keys:
        notes.append(f"{len(keys)} other keys of messages left out")


def _turned(record: Record, to: str, notes: list[str]) -> Record:
    """A text or steps as the conversation that they are, where the row shows that beyond doubt."""
    if to in {"text", *KTO}:
        return record
    if record.shape == "text":
        template, turns = turns_of(text_of(record.messages[0]))
        notes.append(f"turns taken from the marks of {template}: only the answers are trained, and the trainer's own marks are used")
        messages = [Message(role, role, ("text",), text, ("text",), parts=(_part(text),), turn=True) for role, text in turns]
        return Record("marked", "chat", record.value, messages, extra=record.extra)
    if record.shape == "stepwise" and to != "stepwise":
        labels = record.label if isinstance(record.label, list) else []
        if not labels or any(label is not True for label in labels):
            raise CannotHoldError("a step that is labelled false (or not labelled) is no answer to learn")
        notes.append("steps are joined by a line break and their labels left out: all of them are true")
        steps = "\n".join(text_of(m) for m in record.messages if m.role == ASSISTANT)
        answer = Message(ASSISTANT, None, ("completions",), steps, ("completions",), parts=(_part(steps),))
        return Record("completion", "completion", record.value, [record.messages[0], answer], extra=record.extra)
    return record


def _part(text: str) -> Part:
    return Part("text", (), text)


def _gemini(record: Record, notes: list[str]) -> Row:
    return contents(record, conversation(record, "contents"), notes)


KTO: Final[Mapping[str, Callable[[Record, list[str]], list[Row]]]] = {"kto": kto, "kto-sharegpt": kto_sharegpt}
"""Formats of which one row may become two."""
WRITERS: Final[Mapping[str, Callable[[Record, list[str]], Row]]] = {
    "chat": chat,
    "sharegpt": sharegpt,
    "completion": completion,
    "strings": strings,
    "alpaca": alpaca,
    "gemini": _gemini,
    "converse": converse,
    "apart": apart,
    "pairs-openai": pairs_openai,
    "pairs-explicit": pairs_trl,
    "pairs-sharegpt": pairs_sharegpt,
    "gemini-pairs": pairs_gemini,
    "text": plain,
}
"""Formats that are written. `converse` and `apart` are the two spellings of Bedrock, `strings` a completion of strings only."""
