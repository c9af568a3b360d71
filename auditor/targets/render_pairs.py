"""Preferences: two answers side by side, and answers with a verdict each (KTO)."""

from __future__ import annotations

from auditor.targets.canon import ASSISTANT, Message, Record
from auditor.targets.media import CannotHoldError
from auditor.targets.render_blocks import Row, contents, numbered, text_of
from auditor.targets.render_chat import called, openai_message, sharegpt, tools_rows


def _sides(record: Record, count: int | None = None) -> tuple[list[Message], list[Message]]:
    if record.shape != "preference":
        raise CannotHoldError(f"a {record.shape} row isn't a preference")
    for side in (record.chosen, record.rejected):
        if not side or (count is not None and len(side) != count):
            raise CannotHoldError("an answer of more than one message")
    return record.chosen, record.rejected


def pairs_openai(record: Record, notes: list[str]) -> Row:  # noqa: ARG001
    """`input`, `preferred_output`, `non_preferred_output`, of one message each."""
    chosen, rejected = _sides(record, 1)
    if not record.messages:
        raise CannotHoldError("the pair has no prompt")
    numbered(record.messages)
    given: Row = {"messages": [openai_message(m) for m in record.messages]}
    if record.tools:
        given["tools"] = tools_rows(record)
    return {
        "input": given,
        "preferred_output": [openai_message(chosen[0])],
        "non_preferred_output": [openai_message(rejected[0])],
    }


def pairs_trl(record: Record, notes: list[str]) -> Row:  # noqa: ARG001
    """`prompt`, `chosen`, `rejected` as lists of messages."""
    chosen, rejected = _sides(record)
    numbered(record.messages)
    row: Row = {}
    if record.messages:
        row["prompt"] = [openai_message(m) for m in record.messages]
    row["chosen"] = [openai_message(m) for m in chosen]
    row["rejected"] = [openai_message(m) for m in rejected]
    if record.tools:
        row["tools"] = tools_rows(record)
    return row


def pairs_sharegpt(record: Record, notes: list[str]) -> Row:
    """`conversations` with two answers."""
    chosen, rejected = _sides(record, 1)
    inner = Record("", "chat", None, record.messages, tools=record.tools)
    row = sharegpt(inner, notes)
    return {**row, "chosen": _turn(chosen[0]), "rejected": _turn(rejected[0])}


def _turn(message: Message) -> Row:
    """An answer as ShareGPT has it: a text, or calls."""
    if message.calls and text_of(message) and message.native != "function_call":
        raise CannotHoldError("a text beside a call has no place in one turn")
    return {"from": "function_call", "value": called(message)} if message.calls else {"from": "gpt", "value": text_of(message)}


def pairs_gemini(record: Record, notes: list[str]) -> Row:
    """`contents` with two scored completions."""
    chosen, rejected = _sides(record, 1)
    if any(m.calls for m in (chosen[0], rejected[0])):
        raise CannotHoldError("a call has no place in a scored completion of text")
    row = contents(record, record.messages, notes)
    row["completions"] = [
        {"score": score, "completion": {"role": "model", "parts": [{"text": text_of(side[0])}]}}
        for score, side in ((1, chosen), (0, rejected))
    ]
    return row


def _labelled(record: Record) -> list[tuple[list[Message], list[Message], bool]]:
    """Prompt, answer and verdict of a KTO row, or of both answers of a pair."""
    if record.shape == "preference":
        chosen, rejected = _sides(record)
        if not record.messages:
            raise CannotHoldError("the pair has no prompt")
        return [(record.messages, chosen, True), (record.messages, rejected, False)]
    if record.shape != "kto":
        raise CannotHoldError(f"a {record.shape} row says of no answer whether it is wanted")
    if not isinstance(record.label, bool):
        raise CannotHoldError("a label that isn't true or false")
    prompt, answer = parted(record)
    return [(prompt, answer, record.label)]


def parted(record: Record) -> tuple[list[Message], list[Message]]:
    """Prompt and answer of a KTO row; in a conversation the answer is its last message.

    Raises:
        CannotHoldError: there is no answer at the end, or no prompt before it.
    """
    if record.format == "kto":
        answer = [m for m in record.messages if m.path[:1] == ("completion",)]
    else:
        answer = record.messages[-1:]
    prompt = record.messages[: len(record.messages) - len(answer)]
    if not prompt or not answer or answer[0].role != ASSISTANT:
        raise CannotHoldError("no prompt with an answer at its end")
    return prompt, answer


def kto(record: Record, notes: list[str]) -> list[Row]:  # noqa: ARG001 - one signature for all writers
    """`prompt`, `completion` and `label` as TRL has them: one row for a KTO row, two for a pair."""
    made: list[Row] = []
    for prompt, answer, label in _labelled(record):
        numbered([*prompt, *answer])
        plain = len(prompt) == len(answer) == 1 and not (prompt[0].turn or answer[0].turn or prompt[0].calls or answer[0].calls)
        row: Row = {
            "prompt": text_of(prompt[0]) if plain else [openai_message(m) for m in prompt],
            "completion": text_of(answer[0]) if plain else [openai_message(m) for m in answer],
            "label": label,
        }
        if record.tools:
            row["tools"] = tools_rows(record)
        made.append(row)
    return made


def kto_sharegpt(record: Record, notes: list[str]) -> list[Row]:
    """`conversations` with `kto_tag`, as LLaMA-Factory has them."""
    made: list[Row] = []
    for prompt, answer, label in _labelled(record):
        inner = Record("", "chat", None, [*prompt, *answer], tools=record.tools)
        made.append({**sharegpt(inner, notes), "kto_tag": label})
    return made


def paired(good: Record, bad: Record) -> Record:
    """Two KTO rows of one prompt as a pair."""
    prompt, chosen = parted(good)
    _, rejected = parted(bad)
    extra = tuple(dict.fromkeys((*good.extra, *bad.extra)))
    return Record("kto", "preference", None, prompt, chosen, rejected, tools=good.tools, extra=extra)
