"""Messages, content parts, tool calls and tools of a row, read without trusting any of their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from auditor.targets.canon import ASSISTANT, TOOL, Message, Part, Tool, ToolCall
from auditor.targets.jsonpos import Path
from auditor.targets.parse import loads

_WEIGHTS: Final = ("weight", "loss_weight", "train", "training")
_MEDIA_KEYS: Final[Mapping[str, str]] = {
    "image_url": "image",
    "image": "image",
    "video": "video",
    "video_url": "video",
    "input_audio": "audio",
    "audio": "audio",
    "audio_url": "audio",
    "file": "file",
    "fileData": "file",
    "file_data": "file",
    "inlineData": "file",
    "document": "file",
}
_TEXT_KEYS: Final = ("text", "value", "content")
_CALL_KEYS: Final = ("functionCall", "function_call", "toolUse")
_RESULT_KEYS: Final = ("functionResponse", "function_response", "toolResult")
MEDIA: Final = frozenset({"image", "video", "audio", "file"})
"""Kinds of parts that are media."""


def parts_of(content: object, path: Path) -> tuple[Part, ...]:
    """Parts of a content; a string is one text part, null has none."""
    if isinstance(content, str):
        return (Part("text", path, content),)
    if isinstance(content, list):
        return tuple(_part(item, (*path, i)) for i, item in enumerate(content))
    return ()


def _part(item: object, path: Path) -> Part:
    if not isinstance(item, dict):
        return Part("none", path)
    kind = item.get("type")
    if kind is not None and not isinstance(kind, str):
        return Part("other", path, raw=item)
    if kind in {"text", "reference", "thinking"} or (kind is None and "text" in item):
        for key in _TEXT_KEYS:
            if isinstance(item.get(key), str):
                return Part("text", (*path, key), item[key], typed=kind is not None)
        return Part("text", path, None, typed=kind is not None)
    if kind in _MEDIA_KEYS:
        return _medium(item, str(kind), path, typed=True)
    if kind is None:
        for key in _MEDIA_KEYS:
            if key in item:
                return _medium(item, key, path, typed=False)
        for keys, what in ((_CALL_KEYS, "call"), (_RESULT_KEYS, "result")):
            for key in keys:
                if isinstance(item.get(key), dict):
                    return Part(what, (*path, key), typed=False, raw=item[key])
    return Part("other", path, typed=kind is not None, raw=item)


def _medium(item: Mapping[str, object], key: str, path: Path, *, typed: bool) -> Part:
    part = _located(item, key, path, typed=typed)
    part.raw = item
    return part


def _located(item: Mapping[str, object], key: str, path: Path, *, typed: bool) -> Part:
    value = item.get(key)
    at: Path = (*path, key) if key in item else path
    if isinstance(value, dict):
        for inner in ("url", "uri", "fileUri", "data", "s3Location", "source"):
            found = value.get(inner)
            if isinstance(found, dict):
                nested = found.get("uri") or (found.get("s3Location") or {})
                nested = nested.get("uri") if isinstance(nested, dict) else nested
                return Part(_MEDIA_KEYS[key], (*at, inner), url=nested if isinstance(nested, str) else None, typed=typed)
            if isinstance(found, str):
                return Part(_MEDIA_KEYS[key], (*at, inner), url=found, typed=typed)
        return Part(_MEDIA_KEYS[key], at, typed=typed)
    return Part(_MEDIA_KEYS[key], at, url=value if isinstance(value, str) else None, typed=typed)


def messages_of(value: object, path: Path, roles: Mapping[str, str]) -> list[Message]:
    """Messages of a list; nothing where it is no list."""
    if not isinstance(value, list):
        return []
    messages: list[Message] = []
    for i, item in enumerate(value):
        message = message_of(item, (*path, i), roles)
        if any(p.kind == "result" for p in message.parts):
            messages += _apart(message)
        else:
            messages.append(message)
    return messages


def _apart(message: Message) -> list[Message]:
    """A turn with results of tools among its parts (Gemini, Bedrock): each result as a message of its own, in their order."""
    found: list[Message] = []
    for part in message.parts:
        raw = part.raw
        if part.kind == "result" and isinstance(raw, dict):
            answer = raw.get("toolUseId", raw.get("id"))
            found.append(replace(message, role=TOOL, path=part.path, content_path=part.path, parts=(part,), result_id=answer, result_name=raw.get("name"), calls=()))
        elif found and found[-1].role != TOOL:
            found[-1].parts = (*found[-1].parts, part)
        else:
            found.append(replace(message, parts=(part,)))
    return found


def content_key_of(item: Mapping[str, object]) -> str:
    """Key of a message's content; empty where it has none."""
    return next((key for key in ("content", "value", "parts", "text") if key in item), "")


def message_of(item: object, path: Path, roles: Mapping[str, str]) -> Message:
    """One message. A turn that is no object becomes an empty message that says so."""
    if not isinstance(item, dict):
        return Message("?", None, path, item, path, present=False, is_object=False, turn=True)
    role_key = "role" if "role" in item else "from"
    native = item.get(role_key)
    role = roles.get(native, "?") if isinstance(native, str) else "?"
    content_key = content_key_of(item)
    content = item.get(content_key)
    content_path: Path = (*path, content_key) if content_key else path
    weight_key = next((key for key in _WEIGHTS if item.get(key) is not None), "")
    message = Message(
        role,
        native,
        path,
        content,
        content_path,
        present=bool(content_key),
        parts=parts_of(content, content_path),
        weight=item.get(weight_key) if weight_key else None,
        weight_key=weight_key,
        keys=tuple(item),
        result_id=item.get("tool_call_id"),
        name=item.get("name"),
        turn=True,
    )
    message.calls = (*calls_of(item, path), *_part_calls(message.parts))
    if native == "function_call":
        message.calls = _sharegpt_calls(content, content_path)
    return message


def calls_of(item: Mapping[str, object], path: Path) -> tuple[ToolCall, ...]:
    """Tool calls of an assistant's message, in the current and in the deprecated spelling."""
    found: list[ToolCall] = []
    calls = item.get("tool_calls")
    if isinstance(calls, list):
        for i, call in enumerate(calls):
            found.append(_call(call, (*path, "tool_calls", i)))
    elif calls is not None:
        found.append(ToolCall((*path, "tool_calls"), arguments_path=(*path, "tool_calls")))
    single = item.get("function_call")
    if isinstance(single, dict):
        at = (*path, "function_call")
        found.append(ToolCall(at, single.get("name"), single.get("arguments"), (*at, "arguments")))
    return tuple(found)


def _call(call: object, path: Path) -> ToolCall:
    if not isinstance(call, dict):
        return ToolCall(path, arguments_path=path)
    inner = call.get("function")
    function = inner if isinstance(inner, dict) else call
    at = (*path, "function") if function is inner else path
    return ToolCall(path, function.get("name"), function.get("arguments"), (*at, "arguments"), call.get("id"))


def _part_calls(parts: tuple[Part, ...]) -> tuple[ToolCall, ...]:
    """Calls that stand as parts of the content: `functionCall` (Gemini) and `toolUse` (Bedrock)."""
    found = []
    for part in parts:
        raw = part.raw
        if part.kind == "call" and isinstance(raw, dict):
            key = "input" if "input" in raw else "args"
            found.append(ToolCall(part.path, raw.get("name"), raw.get(key), (*part.path, key), raw.get("toolUseId", raw.get("id")), encoded=False))
    return tuple(found)


def _sharegpt_calls(content: object, path: Path) -> tuple[ToolCall, ...]:
    """`{"name": ..., "arguments": {...}}` as the text of a ShareGPT turn, or a list of them."""
    parsed = loads(content.encode(errors="replace")) if isinstance(content, str) else None
    if parsed is None or not parsed.ok:
        return (ToolCall(path, None, content, path, encoded=False),)
    calls = parsed.value if isinstance(parsed.value, list) else [parsed.value]
    found = []
    for call in calls:
        given = call if isinstance(call, dict) else {}
        found.append(ToolCall(path, given.get("name"), given.get("arguments"), path, encoded=False))
    return tuple(found)


def tools_of(value: object, path: Path) -> tuple[Tool, ...]:
    """Declared functions: a list, or a JSON string of one (ShareGPT, TRL), wrapped or bare."""
    if isinstance(value, str):
        parsed = loads(value.encode(errors="replace"))
        value = parsed.value if parsed.ok else None
    if isinstance(value, dict) and path[-1:] == ("toolConfig",):
        value, path = value.get("tools"), (*path, "tools")
    if not isinstance(value, list):
        return ()
    tools: list[Tool] = []
    for i, item in enumerate(value):
        at = (*path, i)
        if not isinstance(item, dict):
            tools.append(Tool(at, is_object=False))
            continue
        if isinstance(item.get("toolSpec"), dict):
            tools.append(_bedrock_tool(item["toolSpec"], (*at, "toolSpec")))
            continue
        key = next((k for k in ("functionDeclarations", "function_declarations") if isinstance(item.get(k), list)), "")
        if key:
            tools += [_gemini_tool(given, (*at, key, j)) for j, given in enumerate(item[key])]
            continue
        inner = item.get("function")
        function = inner if isinstance(inner, dict) else item
        where = (*at, "function") if function is inner else at
        tools.append(
            Tool(
                where,
                function.get("name"),
                function.get("description"),
                function.get("parameters"),
                # the deprecated key `functions` has them bare
                wrapped=function is inner or path[-1:] == ("functions",),
            )
        )
    return tuple(tools)


def _bedrock_tool(given: Mapping[str, object], path: Path) -> Tool:
    schema = given.get("inputSchema")
    return Tool(path, given.get("name"), given.get("description"), schema.get("json") if isinstance(schema, dict) else schema, wrapped=False)


def _gemini_tool(given: object, path: Path) -> Tool:
    if not isinstance(given, dict):
        return Tool(path, is_object=False)
    parameters = given.get("parameters", given.get("parametersJsonSchema"))
    return Tool(path, given.get("name"), given.get("description"), json_schema(parameters), wrapped=False)


def json_schema(value: object) -> object:
    """Gemini's schema as JSON Schema: the same, with the names of types in small letters (`STRING` is `string`)."""
    if isinstance(value, list):
        return [json_schema(item) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, object] = {}
    for key, item in value.items():
        if key == "type" and isinstance(item, str):
            found[key] = item.lower()
        elif key == "properties" and isinstance(item, dict):  # a property may be called "type" or "enum"
            found[key] = {name: json_schema(inner) for name, inner in item.items()}
        else:
            found[key] = item if key in {"enum", "required", "example", "default", "propertyOrdering"} else json_schema(item)
    return found


def is_answer(message: Message) -> bool:
    """Whether a message is an assistant's."""
    return message.role == ASSISTANT
