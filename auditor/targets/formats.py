"""How a row is spelled → its canonical record. One adapter per way of spelling; detection by keys alone.

Sources: dataset_formats.md of TRL 1.10.0.dev0, data/README.md of LLaMA-Factory @ff6d4d1, docs/dataset-formats of axolotl
@067b021, the OpenAI, Gemini and Bedrock guides named in `data/*.toml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from auditor.targets.canon import ASSISTANT, DEVELOPER, FUNCTION, SYSTEM, TOOL, USER, Message, Part, Record
from auditor.targets.jsonpos import Path
from auditor.targets.messages import message_of, messages_of, parts_of, tools_of
from auditor.targets.parse import loads

Row = Mapping[str, object]

ROLES: Final[Mapping[str, str]] = {
    "system": SYSTEM,
    "developer": DEVELOPER,
    "user": USER,
    "assistant": ASSISTANT,
    "tool": TOOL,
    "function": FUNCTION,
}
SHAREGPT_ROLES: Final[Mapping[str, str]] = {
    "system": SYSTEM,
    "human": USER,
    "user": USER,
    "gpt": ASSISTANT,
    "assistant": ASSISTANT,
    "chatgpt": ASSISTANT,
    "bing": ASSISTANT,
    "bard": ASSISTANT,
    "function_call": ASSISTANT,
    "observation": TOOL,
    "tool": TOOL,
}
GEMINI_ROLES: Final[Mapping[str, str]] = {"user": USER, "model": ASSISTANT, "system": SYSTEM, "function": TOOL}
_MEDIA: Final = ("images", "videos", "audios")


@dataclass(frozen=True)
class Format:
    """One way of spelling a row."""

    name: str
    shape: str
    title: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    read: Callable[[Row], Record]


def _text_message(role: str, value: object, path: Path) -> Message:
    return Message(role, role, path, value, path, parts=parts_of(value, path))


def _chat(row: Row) -> Record:
    record = Record("chat", "chat", row)
    _conversation(record, row, "messages")
    _system(record, row)
    _tools(record, row)
    for key in ("kto_tag", "label"):
        if key in row and (key == "kto_tag" or isinstance(row[key], bool)):  # a label may be a topic, too
            record.label, record.shape = row[key], "kto"
    return record


def _system(record: Record, row: Row, key: str = "system") -> None:
    """A system prompt that stands apart from the messages (Bedrock, ShareGPT, Gemini)."""
    if key not in row:
        return
    value = row[key]
    path: Path = (key,)
    if isinstance(value, dict):
        value, path = value.get("parts"), (*path, "parts")
    record.messages.insert(0, Message(SYSTEM, None, (key,), value, path, parts=parts_of(value, path)))


def _tools(record: Record, row: Row) -> None:
    for key in ("tools", "functions", "available_tools", "toolConfig"):
        if key in row:
            record.tools, record.tools_path = tools_of(row[key], (key,)), (key,)
            record.tools_given = True
            return


def _broken_list(record: Record, value: object, path: Path) -> None:
    if not isinstance(value, list):
        record.broken = (*record.broken, (path, "a list of messages", value))


def _conversation(record: Record, row: Row, key: str) -> None:
    """The messages of a row: a list, or (axolotl) a JSON string of one."""
    value = row.get(key)
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        parsed = loads(value.encode(errors="replace"))
        if parsed.ok and isinstance(parsed.value, list):
            value, record.encoded = parsed.value, (key,)
    roles = SHAREGPT_ROLES if key == "conversations" or (isinstance(value, list) and _is_sharegpt(value)) else ROLES
    record.messages = messages_of(value, (key,), roles)
    _broken_list(record, value, (key,))


def _sharegpt(row: Row) -> Record:
    record = Record("sharegpt", "chat", row)
    _conversation(record, row, "conversations")
    _system(record, row)
    _tools(record, row)
    if "kto_tag" in row:
        record.label, record.shape = row["kto_tag"], "kto"
    return record


def _gemini(row: Row) -> Record:
    record = Record("gemini", "chat", row, messages_of(row.get("contents"), ("contents",), GEMINI_ROLES))
    _broken_list(record, row.get("contents"), ("contents",))
    _system(record, row, "systemInstruction" if "systemInstruction" in row else "system_instruction")
    _tools(record, row)
    return record


def _gemini_pairs(row: Row) -> Record:
    record = _gemini(row)
    record.format, record.shape = "gemini-pairs", "preference"
    pairs = row.get("completions")
    if not isinstance(pairs, list) or len(pairs) != 2:
        record.broken = (*record.broken, (("completions",), "a list of two completions", pairs))
        return record
    scores = []
    for i, pair in enumerate(pairs):
        path: Path = ("completions", i)
        answer = pair.get("completion") if isinstance(pair, dict) else None
        score = pair.get("score") if isinstance(pair, dict) else None
        scores.append(score)
        message = message_of(answer, (*path, "completion"), GEMINI_ROLES)
        (record.chosen if score == 1 else record.rejected).append(message)
    if sorted(map(str, map(_number, scores))) != ["0.0", "1.0"]:
        record.broken = (*record.broken, (("completions",), "one score of 1 and one of 0", pairs))
    return record


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _mistral(row: Row) -> Record:
    record = Record("interactions", "chat", row, messages_of(row.get("interactions"), ("interactions",), ROLES))
    _broken_list(record, row.get("interactions"), ("interactions",))
    _system(record, row, "system_prompt")
    _tools(record, row)
    return record


def _alpaca(row: Row, answer: str, name: str) -> Record:
    record = Record(name, "completion", row)
    if row.get("system"):
        record.messages.append(_text_message(SYSTEM, row["system"], ("system",)))
    history = row.get("history")
    if isinstance(history, list):
        for i, pair in enumerate(history):
            if isinstance(pair, list) and len(pair) == 2:
                record.messages.append(_text_message(USER, pair[0], ("history", i, 0)))
                record.messages.append(_text_message(ASSISTANT, pair[1], ("history", i, 1)))
            else:
                record.broken = (*record.broken, (("history", i), "a pair of question and answer", pair))
    user = _text_message(USER, row.get("instruction"), ("instruction",))
    if row.get("input"):
        user.parts = (*user.parts, *parts_of(row["input"], ("input",)))
    record.messages.append(user)
    if answer in row:
        record.messages.append(_text_message(ASSISTANT, row[answer], (answer,)))
    _strings(record, row, "instruction", answer)
    _tools(record, row)
    if "kto_tag" in row and answer:
        record.label, record.shape = row["kto_tag"], "kto"
    return record


def _strings(record: Record, row: Row, *keys: str) -> None:
    for key in keys:
        if not isinstance(row.get(key), str):
            record.broken = (*record.broken, ((key,), "a string", row.get(key)))


def _turns(value: object, path: Path, role: str) -> list[Message]:
    """A prompt or an answer: a string, one message, a list of messages, or a list of content parts."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and "type" in value[0]:
        return [_text_message(role, value, path)]
    if isinstance(value, list):
        return messages_of(value, path, SHAREGPT_ROLES if _is_sharegpt(value) else ROLES)
    if isinstance(value, dict):
        return [message_of(value, path, SHAREGPT_ROLES if "from" in value else ROLES)]
    return [_text_message(role, value, path)]


def _is_sharegpt(value: list[object]) -> bool:
    return bool(value) and isinstance(value[0], dict) and "from" in value[0]


def _completion(row: Row) -> Record:
    record = Record("completion", "completion", row)
    for key in ("prompt", "completion"):
        if not isinstance(row[key], str | list) or (key == "completion" and row[key] == []):
            record.broken = (*record.broken, ((key,), "a string or messages", row[key]))
    record.messages = [*_turns(row["prompt"], ("prompt",), USER), *_turns(row["completion"], ("completion",), ASSISTANT)]
    _tools(record, row)
    return record


def _kto(row: Row) -> Record:
    record = _completion(row)
    record.format, record.shape, record.label = "kto", "kto", row["label"]
    return record


def _stepwise(row: Row) -> Record:
    record = Record("stepwise", "stepwise", row, label=row["labels"])
    record.messages = [*_turns(row["prompt"], ("prompt",), USER)]
    steps, labels = row["completions"], row["labels"]
    _strings(record, row, "prompt")
    if not isinstance(steps, list):
        record.broken = (*record.broken, (("completions",), "a list of strings", steps))
        return record
    for i, step in enumerate(steps):
        record.messages.append(_text_message(ASSISTANT, step, ("completions", i)))
        if not isinstance(step, str):
            record.broken = (*record.broken, (("completions", i), "a string", step))
    if not isinstance(labels, list) or len(labels) != len(steps):
        record.broken = (*record.broken, (("labels",), "one label for each completion", labels))
    return record


def _pairs_openai(row: Row) -> Record:
    record = Record("pairs-openai", "preference", row)
    given = row["input"]
    if isinstance(given, dict):
        record.messages = messages_of(given.get("messages"), ("input", "messages"), ROLES)
        _broken_list(record, given.get("messages"), ("input", "messages"))
        _tools(record, given)
        record.tools_path = ("input", *record.tools_path) if record.tools_path else ()
        for tool in record.tools:
            tool.path = ("input", *tool.path)
    else:
        record.broken = ((("input",), "an object with `messages`", given),)
    for key, into in (("preferred_output", record.chosen), ("non_preferred_output", record.rejected)):
        into.extend(messages_of(row[key], (key,), ROLES))
        _broken_list(record, row[key], (key,))
    return record


def _pairs(row: Row, context: str, chosen: str, rejected: str, name: str) -> Record:
    record = Record(name, "preference", row)
    for key in (context, chosen, rejected):
        if key and not isinstance(row[key], str | list | dict):
            record.broken = (*record.broken, ((key,), "a string or messages", row[key]))
    if context:
        record.messages = _turns(row[context], (context,), USER)
    record.chosen = _turns(row[chosen], (chosen,), ASSISTANT)
    record.rejected = _turns(row[rejected], (rejected,), ASSISTANT)
    if not context:
        _shared_context(record)
    _tools(record, row)
    return record


def _pairs_alpaca(row: Row) -> Record:
    record = _alpaca(row, "", "pairs-alpaca")
    record.shape, record.broken = "preference", ()
    _strings(record, row, "instruction", "chosen", "rejected")
    record.chosen = _turns(row["chosen"], ("chosen",), ASSISTANT)
    record.rejected = _turns(row["rejected"], ("rejected",), ASSISTANT)
    return record


def _shared_context(record: Record) -> None:
    """Where both answers repeat the conversation, its common beginning is the context."""
    common = 0
    for a, b in zip(record.chosen, record.rejected, strict=False):
        if a.role == b.role and a.content == b.content and (a.role != ASSISTANT or common + 1 < len(record.chosen)):
            common += 1
        else:
            break
    common = min(common, len(record.chosen) - 1, len(record.rejected) - 1)
    if common > 0:
        record.messages = record.chosen[:common]
        record.chosen, record.rejected = record.chosen[common:], record.rejected[common:]


def _segments(row: Row) -> Record:
    """Pieces of one text, each with a label that says whether it is trained (axolotl's `input_output`)."""
    record = Record("segments", "segments", row)
    segments = row["segments"]
    if not isinstance(segments, list):
        record.broken = ((("segments",), "a list of segments", segments),)
        return record
    for i, segment in enumerate(segments):
        path: Path = ("segments", i)
        if not isinstance(segment, dict):
            record.broken = (*record.broken, (path, "an object with label and text", segment))
            continue
        record.messages.append(_text_message(ASSISTANT if segment.get("label") is True else USER, segment.get("text"), (*path, "text")))
        for key, wanted, kind in (("label", "true or false", bool), ("text", "a string", str)):
            if not isinstance(segment.get(key), kind):
                record.broken = (*record.broken, ((*path, key), wanted, segment.get(key)))
    return record


def _tokens(row: Row) -> Record:
    """A row that is tokenized already."""
    record = Record("tokens", "tokens", row)
    ids = row["input_ids"]
    for key in ("input_ids", *_ALONGSIDE):
        value = row.get(key)
        if key in row and not (isinstance(value, list) and all(type(item) is int for item in value)):
            record.broken = (*record.broken, ((key,), "a list of integers", value))
        elif isinstance(value, list) and isinstance(ids, list) and len(value) != len(ids):
            record.broken = (*record.broken, ((key,), f"as many numbers as input_ids has ({len(ids)})", value))
    return record


def _text(row: Row) -> Record:
    record = Record("text", "text", row)
    record.messages = [_text_message(ASSISTANT, row["text"], ("text",))]
    return record


def _prompt(row: Row) -> Record:
    record = Record("prompt", "prompt", row, _turns(row["prompt"], ("prompt",), USER))
    _tools(record, row)
    return record


_ALONGSIDE: Final = ("labels", "attention_mask", "position_ids")
_CALLS: Final = ("tools", "functions", "parallel_tool_calls", "toolConfig")

FORMATS: Final = (
    Format("pairs-openai", "preference", "input, preferred_output, non_preferred_output", ("input", "preferred_output", "non_preferred_output"), (), _pairs_openai),
    Format("gemini-pairs", "preference", "contents with two scored completions", ("contents", "completions"), ("systemInstruction", "system_instruction"), _gemini_pairs),
    Format("pairs-sharegpt", "preference", "conversations, chosen, rejected", ("conversations", "chosen", "rejected"), ("system", "tools", *_MEDIA), lambda r: _pairs(r, "conversations", "chosen", "rejected", "pairs-sharegpt")),
    Format("pairs-alpaca", "preference", "instruction, input, chosen, rejected", ("instruction", "chosen", "rejected"), ("input", "system", "history", *_MEDIA), _pairs_alpaca),
    Format("pairs-explicit", "preference", "prompt, chosen, rejected", ("prompt", "chosen", "rejected"), ("tools", "images"), lambda r: _pairs(r, "prompt", "chosen", "rejected", "pairs-explicit")),
    Format("pairs-chat", "preference", "messages, chosen, rejected", ("messages", "chosen", "rejected"), ("system", "tools", *_MEDIA), lambda r: _pairs(r, "messages", "chosen", "rejected", "pairs-chat")),
    Format("pairs-messages", "preference", "chosen_messages, rejected_messages", ("chosen_messages", "rejected_messages"), ("tools",), lambda r: _pairs(r, "", "chosen_messages", "rejected_messages", "pairs-messages")),
    Format("pairs-responses", "preference", "question, response_j, response_k", ("question", "response_j", "response_k"), (), lambda r: _pairs(r, "question", "response_j", "response_k", "pairs-responses")),
    Format("pairs-implicit", "preference", "chosen, rejected", ("chosen", "rejected"), ("tools", "images"), lambda r: _pairs(r, "", "chosen", "rejected", "pairs-implicit")),
    Format("stepwise", "stepwise", "prompt, completions, labels", ("prompt", "completions", "labels"), (), _stepwise),
    Format("kto", "kto", "prompt, completion, label", ("prompt", "completion", "label"), ("tools",), _kto),
    Format("chat", "chat", "messages with role and content", ("messages",), ("system", "schemaVersion", *_CALLS, *_MEDIA, "kto_tag", "label"), _chat),
    Format("sharegpt", "chat", "conversations with from and value", ("conversations",), ("system", "tools", *_MEDIA, "kto_tag"), _sharegpt),
    Format("gemini", "chat", "contents with role and parts", ("contents",), ("systemInstruction", "system_instruction", "tools"), _gemini),
    Format("interactions", "chat", "interactions (Mistral's older key)", ("interactions",), ("system_prompt", "available_tools", "tools"), _mistral),
    Format("alpaca", "completion", "instruction, input, output", ("instruction", "output"), ("input", "system", "history", "tools", *_MEDIA, "kto_tag"), lambda r: _alpaca(r, "output", "alpaca")),
    Format("gpteacher", "completion", "instruction, input, response", ("instruction", "response"), ("input", "system"), lambda r: _alpaca(r, "response", "gpteacher")),
    Format("completion", "completion", "prompt, completion", ("prompt", "completion"), ("tools", "images"), _completion),
    Format("segments", "segments", "segments with label and text", ("segments",), (), _segments),
    Format("tokens", "tokens", "input_ids, labels, attention_mask", ("input_ids",), _ALONGSIDE, _tokens),
    Format("text", "text", "text", ("text",), (), _text),
    Format("prompt", "prompt", "prompt", ("prompt",), ("tools", "images"), _prompt),
)
"""Every format, the more specific before the more general."""

_ANSWERS: Final = ("response", "answer", "output", "reply", "solution")
BY_NAME: Final[Mapping[str, Format]] = {f.name: f for f in FORMATS}


def detect(row: object) -> Format | None:
    """The format of a row: the first whose required keys are all there; None where there is none."""
    if not isinstance(row, Mapping):
        return None
    found = next((f for f in FORMATS if all(key in row for key in f.required)), None)
    if found is not None and found.name == "prompt" and any(isinstance(row.get(key), str) for key in _ANSWERS):
        return None  # there is an answer, under a name that no trainer reads
    if found is not None and found.name == "segments" and _spoken(row["segments"]):
        return None
    return found


def _spoken(segments: object) -> bool:
    """Whether segments are those of a recording, which say who and when, and none of them whether it is trained."""
    pieces = [s for s in segments if isinstance(s, Mapping)] if isinstance(segments, list) else []
    return bool(pieces) and not any("label" in s for s in pieces) and all(len(s) > 1 for s in pieces)


def record_of(row: object) -> Record:
    """The canonical record of a row; of format `unknown` where no format fits."""
    found = detect(row)
    if found is None or not isinstance(row, Mapping):
        return Record("unknown", "unknown", row)
    record = found.read(row)
    known = (*found.required, *found.optional)
    record.extra = tuple(key for key in row if key not in known)
    return record


__all__ = ["BY_NAME", "FORMATS", "Format", "Part", "Row", "detect", "record_of"]
