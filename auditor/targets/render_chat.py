"""Conversations and what is read off them: OpenAI's chat, ShareGPT, prompt with completion, Alpaca, Bedrock's strings, text."""

from __future__ import annotations

import json
from dataclasses import replace

from auditor.targets.canon import ASSISTANT, DEVELOPER, FUNCTION, SYSTEM, TOOL, USER, Message, Record
from auditor.targets.media import CannotHoldError, as_openai, medium_of
from auditor.targets.messages import MEDIA
from auditor.targets.render_blocks import conversation, leading, numbered, result_text, text_of, weighted

Row = dict[str, object]


def pictured(message: Message) -> bool:
    """Whether a message has media."""
    return any(p.kind in MEDIA for p in message.parts)


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


def openai_message(message: Message) -> Row:
    """A message as OpenAI's chat format has it; with media, its content is a list of parts."""
    if message.role == FUNCTION and message.result_id is not None:  # the older spelling of a result
        role: object = TOOL
    else:
        role = message.role
    if role == "?":
        raise CannotHoldError("a role that nobody knows")
    row: Row = {"role": role}
    text = result_text(message)
    if message.calls:
        if text and message.native != "function_call":  # the text of ShareGPT's turn is the call itself
            row["content"] = text
        row["tool_calls"] = _calls(message, encoded=True)
    elif pictured(message):
        row["content"] = [as_openai(medium_of(p.raw)) if p.kind in MEDIA else {"type": "text", "text": p.text or ""} for p in message.parts]
    else:
        row["content"] = text
    if message.calls and pictured(message):
        raise CannotHoldError("media beside a call have no place there")
    if message.result_id is not None:
        row["tool_call_id"] = message.result_id
    if message.weight_key and message.role == ASSISTANT:
        row["weight"] = _weight(message)
    return row


def _weight(message: Message) -> int:
    if isinstance(message.weight, int | float) and message.weight in {0, 1}:
        return int(message.weight)
    raise CannotHoldError("a weight other than 0 and 1")


def tools_rows(record: Record) -> list[Row]:
    """Tools of a row as OpenAI has them."""
    tools: list[Row] = []
    for tool in record.tools:
        inner: Row = {"name": tool.name}
        if tool.description is not None:
            inner["description"] = tool.description
        if tool.parameters is not None:
            inner["parameters"] = tool.parameters
        tools.append({"type": "function", "function": inner})
    return tools


def chat(record: Record, notes: list[str]) -> Row:  # noqa: ARG001 - one signature for all writers
    """`messages`, with tools."""
    messages = conversation(record, "a conversation")
    numbered(messages)
    row: Row = {"messages": [openai_message(m) for m in messages]}
    if record.tools:
        row["tools"] = tools_rows(record)
    return row


def called(message: Message) -> str:
    """Calls of a message as the text of a ShareGPT turn: one object, or a list where there are several."""
    calls: list[Row] = []
    for call in message.calls:
        arguments = json.loads(call.arguments) if isinstance(call.arguments, str) and call.arguments else call.arguments
        calls.append({"name": call.name, "arguments": arguments})
    return json.dumps(calls[0] if len(calls) == 1 else calls, ensure_ascii=False)


def sharegpt(record: Record, notes: list[str]) -> Row:
    """`conversations` of `from` and `value`; ids of calls have no place there."""
    turns: list[Row] = []
    words = {SYSTEM: "system", DEVELOPER: "system", USER: "human", ASSISTANT: "gpt", TOOL: "observation", FUNCTION: "observation"}
    for message in conversation(record, "a conversation"):
        if weighted([message]):
            raise CannotHoldError("weights have no place in ShareGPT")
        if message.role not in words:
            raise CannotHoldError("a role that ShareGPT has no word for")
        text = result_text(message)
        if not message.calls or (text and message.native != "function_call"):
            turns.append({"from": words[message.role], "value": text})
            if message.calls:
                notes.append("a text beside a call becomes a turn before it")
        if message.calls:
            turns.append({"from": "function_call", "value": called(message)})
        if message.role == DEVELOPER:
            notes.append("developer messages are written as the system's")
    if any(c.id is not None for m in record.messages for c in m.calls):
        notes.append("ids of calls are left out")
    row: Row = {"conversations": turns}
    if record.tools:
        row["tools"] = json.dumps([t["function"] for t in tools_rows(record)], ensure_ascii=False)
    return row


def _single(record: Record, wanted: str, notes: list[str]) -> tuple[str, list[Message], Message]:
    """System text, the turns before the answer, and the answer."""
    messages = conversation(record, wanted)
    if record.tools or any(m.calls or m.role in {TOOL, FUNCTION} for m in messages):
        raise CannotHoldError("tools have no place there")
    if weighted(messages):
        raise CannotHoldError("weights have no place there")
    system = [m for m in messages if m.role in {SYSTEM, DEVELOPER}]
    turns = [m for m in messages if m not in system]
    if not turns or turns[-1].role != ASSISTANT:
        raise CannotHoldError("no answer at the end")
    return leading(messages, notes), turns[:-1], turns[-1]


def completion(record: Record, notes: list[str]) -> Row:
    """`prompt` and `completion`: strings for one question and answer, lists of messages for more."""
    system, before, answer = _single(record, "a prompt with its completion", notes)
    if len(before) == 1 and before[0].role == USER and not system:
        return {"prompt": text_of(before[0]), "completion": text_of(answer)}
    # More than one turn: TRL's conversational spelling keeps them apart.
    turns = [openai_message(replace(m, weight_key="")) for m in record.messages if m is not answer]
    return {"prompt": turns, "completion": [openai_message(replace(answer, weight_key=""))]}


def strings(record: Record, notes: list[str]) -> Row:
    """The same with strings only."""
    row = completion(record, notes)
    if not isinstance(row["prompt"], str):
        raise CannotHoldError("more than one turn in a prompt that is a string")
    return row


def alpaca(record: Record, notes: list[str]) -> Row:
    """`instruction`, `input`, `output`."""
    system, before, answer = _single(record, "an instruction with its output", notes)
    pairs, user = before[:-1], before[-1] if before else None
    if user is None or user.role != USER:
        raise CannotHoldError("no instruction before the answer")
    roles = [m.role for m in pairs]
    if roles != [USER, ASSISTANT] * (len(pairs) // 2):
        raise CannotHoldError("the history isn't pairs of question and answer")
    texts = [p.text or "" for p in user.parts]
    split = len(texts) == 2
    row: Row = {"instruction": texts[0] if split else text_of(user), "input": texts[1] if split else "", "output": text_of(answer)}
    if system:
        row["system"] = system
    if pairs:
        row["history"] = [[text_of(pairs[i]), text_of(pairs[i + 1])] for i in range(0, len(pairs), 2)]
    return row


def apart(record: Record, notes: list[str]) -> Row:
    """Messages of strings with the system prompt apart (Claude on Bedrock)."""
    messages = conversation(record, "a conversation")
    if record.tools or any(m.calls or m.role in {TOOL, FUNCTION} for m in messages):
        raise CannotHoldError("tools have no place there")
    if weighted(messages):
        raise CannotHoldError("weights have no place there")
    system = leading(messages, notes)
    row: Row = {"system": system} if system else {}
    row["messages"] = [{"role": m.role, "content": text_of(m)} for m in messages if m.role in {USER, ASSISTANT}]
    return row


def plain(record: Record, notes: list[str]) -> Row:  # noqa: ARG001
    """One `text`."""
    if record.shape != "text":
        raise CannotHoldError("joining turns into one text is the trainer's template to choose")
    return {"text": text_of(record.messages[0])}
