"""A canonical record → a row of another format, and what gets lost on the way.

Rules of the house for conversions: the row that came in that format goes out unchanged; no text is dropped without a word; a
row whose meaning the other format cannot hold is refused with the reason and not written in half.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from auditor.targets.canon import ASSISTANT, DEVELOPER, FUNCTION, SYSTEM, TOOL, USER, Message, Record, ToolCall

Row = dict[str, object]
JOINED: Final = "parts of a text are joined by a line break"
"""As LLaMA-Factory joins Alpaca's instruction and input."""


class CannotHoldError(ValueError):
    """The format has no place for something of the row; the message says for what."""


def render(record: Record, to: str, *, anew: bool = False) -> tuple[Row, tuple[str, ...]]:
    """The row in format `to`, with notes on what isn't exactly as it was.

    A row that has that format already goes out as it is, unless `anew`: then only what the format itself has is kept.

    Raises:
        CannotHoldError: the format has no place for the row.
        KeyError: nothing is written in that format.
    """
    if record.format == to and not anew and isinstance(record.value, dict):
        return dict(record.value), ()
    if record.broken or any(not m.is_object for m in record.every):
        raise CannotHoldError("the row isn't what its own format says")
    if record.format == "unknown":
        raise CannotHoldError("the row has no known format")
    if any(p.kind != "text" for m in record.every for p in m.parts):
        raise CannotHoldError("media aren't converted")
    notes: list[str] = []
    if to != "alpaca" and any(len([p for p in m.parts if p.text]) > 1 for m in record.every):
        notes.append(JOINED)
    if any(m.weight_key and m.role != ASSISTANT and m.weight for m in record.every):
        notes.append("weights of messages that aren't the assistant's are left out")
    row = WRITERS[to](record, notes)
    if record.extra:
        notes.append(f"{len(record.extra)} other columns left out")
    return row, tuple(notes)


def _text(message: Message) -> str:
    texts = [p.text for p in message.parts if p.text]
    if len(texts) == 1:
        return texts[0]
    return "\n".join(texts)


def _calls(message: Message, *, encoded: bool) -> list[Row]:
    calls: list[Row] = []
    for call in message.calls:
        arguments = call.arguments if call.arguments is not None else {}
        if encoded and not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        inner: Row = {"name": call.name, "arguments": arguments}
        made: Row = {"type": "function", "function": inner}
        calls.append({"id": call.id, **made} if call.id is not None else made)
    return calls


def _openai(message: Message, *, encoded: bool) -> Row:
    row: Row = {"role": message.role if message.role != "?" else message.native}
    text = _text(message)
    called = message.calls and all(c.encoded for c in message.calls)
    if message.calls:
        if text and called:
            row["content"] = text
        row["tool_calls"] = _calls(message, encoded=encoded)
    else:
        row["content"] = text
    if message.result_id is not None:
        row["tool_call_id"] = message.result_id
    if message.weight_key and message.role == ASSISTANT:
        row["weight"] = _weight(message)
    return row


def _weight(message: Message) -> int:
    if isinstance(message.weight, int | float) and message.weight in {0, 1}:
        return int(message.weight)
    raise CannotHoldError("a weight other than 0 and 1")


def _numbered(messages: list[Message]) -> None:
    """Give calls without ids (ShareGPT) ids of nine letters and digits, and results those of the calls they follow."""
    count, pending = 0, list[ToolCall]()
    for message in messages:
        if message.calls:
            pending = []
            for call in message.calls:
                if call.id is None:
                    count += 1
                    call.id = f"call{count:05d}"
                pending.append(call)
        elif message.role == TOOL and message.result_id is None and pending:
            message.result_id = pending.pop(0).id


def _tools(record: Record) -> list[Row]:
    tools: list[Row] = []
    for tool in record.tools:
        inner: Row = {"name": tool.name}
        if tool.description is not None:
            inner["description"] = tool.description
        if tool.parameters is not None:
            inner["parameters"] = tool.parameters
        tools.append({"type": "function", "function": inner})
    return tools


def _conversation(record: Record, wanted: str) -> list[Message]:
    if record.shape not in {"chat", "completion"}:
        raise CannotHoldError(f"a {record.shape} row isn't {wanted}")
    return record.messages


def _chat(record: Record, notes: list[str]) -> Row:  # noqa: ARG001 - one signature for all writers
    messages = _conversation(record, "a conversation")
    _numbered(messages)
    row: Row = {"messages": [_openai(m, encoded=True) for m in messages]}
    if record.tools:
        row["tools"] = _tools(record)
    return row


def _sharegpt(record: Record, notes: list[str]) -> Row:
    turns: list[Row] = []
    words = {SYSTEM: "system", DEVELOPER: "system", USER: "human", ASSISTANT: "gpt", TOOL: "observation", FUNCTION: "observation"}
    for message in _conversation(record, "a conversation"):
        if message.weight_key:
            raise CannotHoldError("weights have no place in ShareGPT")
        if message.role not in words:
            raise CannotHoldError("a role that ShareGPT has no word for")
        for call in message.calls:
            arguments = json.loads(call.arguments) if isinstance(call.arguments, str) and call.arguments else call.arguments
            turns.append({"from": "function_call", "value": json.dumps({"name": call.name, "arguments": arguments}, ensure_ascii=False)})
        if not message.calls or (_text(message) and all(c.encoded for c in message.calls)):
            turns.append({"from": words[message.role], "value": _text(message)})
    if any(c.id is not None for m in record.messages for c in m.calls):
        notes.append("ids of calls are left out")
    row: Row = {"conversations": turns}
    if record.tools:
        row["tools"] = json.dumps([t["function"] for t in _tools(record)], ensure_ascii=False)
    return row


def _single(record: Record, wanted: str) -> tuple[str, list[Message], Message]:
    """System text, the turns before the answer, and the answer."""
    messages = _conversation(record, wanted)
    if record.tools or any(m.calls or m.role in {TOOL, FUNCTION} for m in messages):
        raise CannotHoldError("tools have no place there")
    if any(m.weight_key for m in messages):
        raise CannotHoldError("weights have no place there")
    system = [m for m in messages if m.role in {SYSTEM, DEVELOPER}]
    turns = [m for m in messages if m not in system]
    if not turns or turns[-1].role != ASSISTANT:
        raise CannotHoldError("no answer at the end")
    return "\n".join(_text(m) for m in system), turns[:-1], turns[-1]


def _completion(record: Record, notes: list[str]) -> Row:  # noqa: ARG001
    system, before, answer = _single(record, "a prompt with its completion")
    if len(before) == 1 and before[0].role == USER and not system:
        return {"prompt": _text(before[0]), "completion": _text(answer)}
    # More than one turn: TRL's conversational spelling keeps them apart.
    turns = [m for m in record.messages if m is not answer]
    return {"prompt": [_openai(m, encoded=True) for m in turns], "completion": [_openai(answer, encoded=True)]}


def _strings(record: Record, notes: list[str]) -> Row:
    row = _completion(record, notes)
    if not isinstance(row["prompt"], str):
        raise CannotHoldError("more than one turn in a prompt that is a string")
    return row


def _alpaca(record: Record, notes: list[str]) -> Row:  # noqa: ARG001 - one signature for all writers
    system, before, answer = _single(record, "an instruction with its output")
    pairs, user = before[:-1], before[-1] if before else None
    if user is None or user.role != USER:
        raise CannotHoldError("no instruction before the answer")
    roles = [m.role for m in pairs]
    if roles != [USER, ASSISTANT] * (len(pairs) // 2):
        raise CannotHoldError("the history isn't pairs of question and answer")
    texts = [p.text or "" for p in user.parts]
    split = len(texts) == 2
    row: Row = {"instruction": texts[0] if split else _text(user), "input": texts[1] if split else "", "output": _text(answer)}
    if system:
        row["system"] = system
    if pairs:
        row["history"] = [[_text(pairs[i]), _text(pairs[i + 1])] for i in range(0, len(pairs), 2)]
    return row


def _gemini(record: Record, notes: list[str]) -> Row:
    messages = _conversation(record, "contents")
    return _contents(record, messages, notes)


def _contents(record: Record, messages: list[Message], notes: list[str]) -> Row:
    if record.tools or any(m.calls or m.role in {TOOL, FUNCTION} for m in messages):
        raise CannotHoldError("tools aren't converted to Gemini's schema")
    if any(m.weight_key for m in messages):
        raise CannotHoldError("weights have no place there")
    row: Row = {}
    system = _leading(messages, notes)
    if system:
        row["systemInstruction"] = {"parts": [{"text": system}]}
    row["contents"] = [
        {"role": "model" if m.role == ASSISTANT else "user", "parts": [{"text": _text(m)}]}
        for m in messages
        if m.role in {USER, ASSISTANT}
    ]
    return row


def _leading(messages: list[Message], notes: list[str]) -> str:
    systems = [m for m in messages if m.role in {SYSTEM, DEVELOPER}]
    if any(m.role in {SYSTEM, DEVELOPER} for m in messages[len(systems) :]):
        raise CannotHoldError("a system message in the middle")
    if len(systems) > 1:
        notes.append("system messages are joined by a line break")
    return "\n".join(_text(m) for m in systems)


def _converse(record: Record, notes: list[str]) -> Row:
    row = _apart(record, notes)
    row["schemaVersion"] = "bedrock-conversation-2024"
    if "system" in row:
        row["system"] = [{"text": row["system"]}]
    for message in _rows(row["messages"]):
        message["content"] = [{"text": message["content"]}]
    return {key: row[key] for key in ("schemaVersion", "system", "messages") if key in row}


def _rows(value: object) -> list[Row]:
    return value if isinstance(value, list) else []


def _apart(record: Record, notes: list[str]) -> Row:
    messages = _conversation(record, "a conversation")
    if record.tools or any(m.calls or m.role in {TOOL, FUNCTION} for m in messages):
        raise CannotHoldError("tools have no place there")
    if any(m.weight_key for m in messages):
        raise CannotHoldError("weights have no place there")
    system = _leading(messages, notes)
    row: Row = {"system": system} if system else {}
    row["messages"] = [{"role": m.role, "content": _text(m)} for m in messages if m.role in {USER, ASSISTANT}]
    return row


def _sides(record: Record, count: int | None = None) -> tuple[list[Message], list[Message]]:
    if record.shape != "preference":
        raise CannotHoldError(f"a {record.shape} row isn't a preference")
    for side in (record.chosen, record.rejected):
        if not side or (count is not None and len(side) != count):
            raise CannotHoldError("an answer of more than one message")
    return record.chosen, record.rejected


def _pairs_openai(record: Record, notes: list[str]) -> Row:  # noqa: ARG001
    chosen, rejected = _sides(record, 1)
    if not record.messages:
        raise CannotHoldError("the pair has no prompt")
    _numbered(record.messages)
    given: Row = {"messages": [_openai(m, encoded=True) for m in record.messages]}
    if record.tools:
        given["tools"] = _tools(record)
    return {
        "input": given,
        "preferred_output": [_openai(chosen[0], encoded=True)],
        "non_preferred_output": [_openai(rejected[0], encoded=True)],
    }


def _pairs_trl(record: Record, notes: list[str]) -> Row:  # noqa: ARG001
    chosen, rejected = _sides(record)
    _numbered(record.messages)
    row: Row = {}
    if record.messages:
        row["prompt"] = [_openai(m, encoded=True) for m in record.messages]
    row["chosen"] = [_openai(m, encoded=True) for m in chosen]
    row["rejected"] = [_openai(m, encoded=True) for m in rejected]
    if record.tools:
        row["tools"] = _tools(record)
    return row


def _pairs_sharegpt(record: Record, notes: list[str]) -> Row:
    chosen, rejected = _sides(record, 1)
    inner = Record("", "chat", None, record.messages, tools=record.tools)
    row = _sharegpt(inner, notes)
    return {
        **row,
        "chosen": {"from": "gpt", "value": _text(chosen[0])},
        "rejected": {"from": "gpt", "value": _text(rejected[0])},
    }


def _pairs_gemini(record: Record, notes: list[str]) -> Row:
    chosen, rejected = _sides(record, 1)
    row = _contents(record, record.messages, notes)
    row["completions"] = [
        {"score": score, "completion": {"role": "model", "parts": [{"text": _text(side[0])}]}}
        for score, side in ((1, chosen), (0, rejected))
    ]
    return row


def _plain(record: Record, notes: list[str]) -> Row:  # noqa: ARG001
    if record.shape != "text":
        raise CannotHoldError("joining turns into one text is the trainer's template to choose")
    return {"text": _text(record.messages[0])}


WRITERS: Final[Mapping[str, Callable[[Record, list[str]], Row]]] = {
    "chat": _chat,
    "sharegpt": _sharegpt,
    "completion": _completion,
    "strings": _strings,
    "alpaca": _alpaca,
    "gemini": _gemini,
    "converse": _converse,
    "apart": _apart,
    "pairs-openai": _pairs_openai,
    "pairs-explicit": _pairs_trl,
    "pairs-sharegpt": _pairs_sharegpt,
    "gemini-pairs": _pairs_gemini,
    "text": _plain,
}
"""Formats that are written. `converse` and `apart` are the two spellings of Bedrock, `strings` a completion of strings only."""
