"""Gemini's contents and Bedrock's conversation schema: messages of parts, with tools and media, and a system prompt apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from auditor.targets.canon import ASSISTANT, DEVELOPER, FUNCTION, SYSTEM, TOOL, USER, Message, Part, Record, ToolCall
from auditor.targets.media import CannotHoldError, as_bedrock, as_gemini, medium_of
from auditor.targets.parse import loads

Row = dict[str, object]
_ALPACA: Final = frozenset({"alpaca", "gpteacher", "pairs-alpaca"})
"""Formats whose parts of a text are one text, joined by a line break."""
_GEMINI_SCHEMA: Final = frozenset(
    ["type", "format", "title", "description", "nullable", "default", "items", "minItems", "maxItems", "enum", "properties", "propertyOrdering", "required", "minProperties", "maxProperties", "minimum", "maximum", "minLength", "maxLength", "pattern", "example", "anyOf"]
)
"""Fields of Gemini's Schema (an OpenAPI 3.0 subset: https://ai.google.dev/api/caching#Schema)."""


def text_of(message: Message) -> str:
    """All texts of a message, joined by a line break where there are several."""
    return "\n".join([p.text for p in message.parts if p.text])


def conversation(record: Record, wanted: str) -> list[Message]:
    """Messages of a conversation.

    Raises:
        CannotHoldError: the row is none.
    """
    if record.shape not in {"chat", "completion"}:
        raise CannotHoldError(f"a {record.shape} row isn't {wanted}")
    return record.messages


def weighted(messages: list[Message]) -> bool:
    """Whether an answer has another weight than 1, which is what it counts without one."""
    return any(m.weight_key and m.role == ASSISTANT and m.weight != 1 for m in messages)


def numbered(messages: list[Message]) -> None:
    """Give calls without ids (ShareGPT, Gemini) ids of nine letters and digits, and results those of the calls they follow.

    A result that names its function answers the first open call of that name.
    """
    count, pending = 0, list[ToolCall]()
    for message in messages:
        if message.calls:
            pending = []
            for call in message.calls:
                if call.id is None:
                    count += 1
                    call.id = f"call{count:05d}"
                pending.append(call)
        elif message.role in {TOOL, FUNCTION} and pending:
            called = _answered(message, pending)
            pending.remove(called)
            if message.result_id is None:
                message.result_id = called.id


def _answered(message: Message, pending: list[ToolCall]) -> ToolCall:
    """The open call that a result answers: by id, else by name, else the first."""
    for given, key in ((message.result_id, "id"), (message.result_name or message.name, "name")):
        match = next((c for c in pending if given is not None and getattr(c, key) == given), None)
        if match is not None:
            return match
    return pending[0]


def result_text(message: Message) -> str:
    """What a tool said, as text: of Gemini's response and Bedrock's blocks too."""
    raw = next((p.raw for p in message.parts if p.kind == "result"), None)
    if not isinstance(raw, dict):
        return text_of(message)
    if "content" not in raw:
        return unwrapped(raw.get("response"))
    blocks = raw["content"] if isinstance(raw["content"], list) else []
    texts = []
    for block in blocks:
        given = block if isinstance(block, dict) else {}
        if isinstance(given.get("text"), str):
            texts.append(given["text"])
        elif "json" in given:
            texts.append(_dumped(given["json"]))
        else:
            raise CannotHoldError("a result of a tool that isn't text")
    if raw.get("status", "success") != "success":
        raise CannotHoldError("the status of a tool's result has no place there")
    return "\n".join(texts)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _as_object(text: str) -> Row | None:
    """The object that a text spells exactly as `json.dumps` would; None for any other text."""
    parsed = loads(text.encode(errors="replace"))
    if not parsed.ok or parsed.defects or not isinstance(parsed.value, dict):
        return None
    return parsed.value if _dumped(parsed.value) == text else None


def wrapped(text: str) -> Row:
    """A tool's text as the object that Gemini asks for: itself where it is one, else `{"output": text}`. `unwrapped` undoes it."""
    given = _as_object(text)
    return {"output": text} if given is None or _is_wrapped(given) else given


def _is_wrapped(value: Mapping[str, object]) -> bool:
    inner = value.get("output")
    return len(value) == 1 and isinstance(inner, str) and wrapped(inner) == value


def unwrapped(value: object) -> str:
    """The text of Gemini's response object."""
    if isinstance(value, dict) and _is_wrapped(value):
        return str(value["output"])
    return _dumped(value)


def arguments(call: ToolCall) -> Row:
    """Arguments of a call as an object.

    Raises:
        CannotHoldError: they are none.
    """
    given = call.arguments
    if isinstance(given, str):
        parsed = loads(given.encode(errors="replace")) if given.strip() else None
        given = {} if parsed is None else parsed.value if parsed.ok and not parsed.defects else None
    elif given is None:
        given = {}
    if not isinstance(given, dict):
        raise CannotHoldError("arguments of a call aren't a JSON object")
    return given


def leading(messages: list[Message], notes: list[str]) -> str:
    """The system prompt at the beginning; one in the middle has no place apart."""
    systems = [m for m in messages if m.role in {SYSTEM, DEVELOPER}]
    if any(m.role in {SYSTEM, DEVELOPER} for m in messages[len(systems) :]):
        raise CannotHoldError("a system message in the middle")
    if len(systems) > 1:
        notes.append("system messages are joined by a line break")
    if any(m.role == DEVELOPER for m in systems):
        notes.append("developer messages are written as the system's")
    return "\n".join(text_of(m) for m in systems)


def _pieces(record: Record, message: Message, medium: Callable[[Part], Row]) -> list[Row]:
    """Texts and media of a message in their order; those of an instruction with its input as one text."""
    if message.calls and message.native == "function_call":  # the text of ShareGPT's turn is the call itself
        return []
    if record.format in _ALPACA:
        return [{"text": text_of(message)}]
    pieces: list[Row] = []
    for part in message.parts:
        if part.kind == "text":
            if part.text or not message.calls:
                pieces.append({"text": part.text or ""})
        elif part.kind != "call":
            pieces.append(medium(part))
    return pieces or ([] if message.calls else [{"text": ""}])


def _turns(messages: list[Message], key: str, made: Callable[[Message], list[Row]]) -> list[Row]:
    """Turns of user and assistant; results of tools, and what the user says after them, are one turn of the user."""
    turns: list[Row] = []
    answered = False
    for message in messages:
        if message.role in {SYSTEM, DEVELOPER}:
            continue
        if weighted([message]):
            raise CannotHoldError("weights have no place there")
        pieces = made(message)
        user = message.role != ASSISTANT
        content = turns[-1][key] if turns else None
        if answered and user and isinstance(content, list):
            content += pieces
        else:
            word = "user" if user else "assistant" if key == "content" else "model"
            turns.append({"role": word, ("content" if key == "content" else "parts"): pieces})
        answered = message.role in {TOOL, FUNCTION}
    return turns


def _checked(messages: list[Message]) -> None:
    """Only roles that have a place."""
    if any(m.role not in {SYSTEM, DEVELOPER, USER, ASSISTANT, TOOL, FUNCTION} for m in messages):
        raise CannotHoldError("a role that has no place there")
    if any(p.kind in {"other", "none"} for m in messages for p in m.parts):
        raise CannotHoldError("a part of a message that isn't known")


def contents(record: Record, messages: list[Message], notes: list[str]) -> Row:
    """`systemInstruction`, `contents` and `tools` of Gemini."""
    _checked(messages)
    given = any(c.id is not None for m in messages for c in m.calls)
    numbered(messages)
    names = _names(messages)

    def made(message: Message) -> list[Row]:
        if message.role in {TOOL, FUNCTION}:
            name = names.get(id(message))
            if name is None:
                raise CannotHoldError("a result of a tool without its call")
            return [{"functionResponse": {"name": name, "response": wrapped(result_text(message))}}]
        calls: list[Row] = [{"functionCall": {"name": c.name, "args": arguments(c)}} for c in message.calls]
        return [*_pieces(record, message, lambda p: as_gemini(medium_of(p.raw), notes)), *calls]

    row: Row = {}
    system = leading(messages, notes)
    if system:
        row["systemInstruction"] = {"parts": [{"text": system}]}
    row["contents"] = _turns(messages, "parts", made)
    if record.tools:
        row["tools"] = [{"functionDeclarations": [_declaration(t.name, t.description, t.parameters) for t in record.tools]}]
    if given:
        notes.append("ids of calls are left out")
    return row


def _names(messages: list[Message]) -> dict[int, object]:
    """The function that each result answers for, by the identity of its message; results out of order cannot be told apart."""
    found: dict[int, object] = {}
    pending: list[ToolCall] = []
    for message in messages:
        if message.calls:
            pending = list(message.calls)
        elif message.role in {TOOL, FUNCTION} and pending:
            called = _answered(message, pending)
            if next(c for c in pending if c.name == called.name) is not called:
                raise CannotHoldError("results out of the order of their calls")
            pending.remove(called)
            found[id(message)] = called.name
    return found


def _declaration(name: object, description: object, parameters: object) -> Row:
    made: Row = {"name": name}
    if description is not None:
        made["description"] = description
    if parameters is not None:
        made["parameters"] = gemini_schema(parameters)
    return made


def gemini_schema(value: object) -> object:
    """A JSON Schema as Gemini's Schema: the names of types in capitals.

    Raises:
        CannotHoldError: a keyword that Gemini's Schema doesn't have, or a list of types.
    """
    if not isinstance(value, dict):
        raise CannotHoldError("a schema of a tool that isn't an object")
    made: Row = {}
    for key, item in value.items():
        if key not in _GEMINI_SCHEMA or (key == "type" and not isinstance(item, str)):
            raise CannotHoldError("the schema of a tool has a keyword that Gemini's schema doesn't have")
        if key == "type":
            made[key] = str(item).upper()
        elif key == "properties" and isinstance(item, dict):
            made[key] = {name: gemini_schema(inner) for name, inner in item.items()}
        elif key == "items":
            made[key] = gemini_schema(item)
        elif key == "anyOf" and isinstance(item, list):
            made[key] = [gemini_schema(inner) for inner in item]
        else:
            made[key] = item
    return made


def converse(record: Record, notes: list[str]) -> Row:
    """Bedrock's conversation schema, `bedrock-conversation-2024`."""
    messages = conversation(record, "a conversation")
    _checked(messages)
    numbered(messages)

    def made(message: Message) -> list[Row]:
        if message.role in {TOOL, FUNCTION}:
            if message.result_id is None:
                raise CannotHoldError("a result of a tool without its call")
            return [{"toolResult": {"toolUseId": message.result_id, "content": [{"text": result_text(message)}]}}]
        calls: list[Row] = [{"toolUse": {"toolUseId": c.id, "name": c.name, "input": arguments(c)}} for c in message.calls]
        return [*_pieces(record, message, lambda p: as_bedrock(medium_of(p.raw), notes)), *calls]

    row: Row = {"schemaVersion": "bedrock-conversation-2024"}
    system = leading(messages, notes)
    if system:
        row["system"] = [{"text": system}]
    row["messages"] = _turns(messages, "content", made)
    if record.tools:
        row["toolConfig"] = {"tools": [_spec(t.name, t.description, t.parameters) for t in record.tools]}
    return row


def _spec(name: object, description: object, parameters: object) -> Row:
    inner: Row = {"name": name}
    if description is not None:
        inner["description"] = description
    if parameters is not None:
        inner["inputSchema"] = {"json": parameters}
    return {"toolSpec": inner}
