"""Bedrock's conversation schema, block by block.

Source: nova_ft_dataset_validator.py of aws-samples/amazon-nova-samples @1e88f24 (Nova 1 and 2, supervised).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from auditor.targets.canon import Record
from auditor.targets.jsonpos import Path, described
from auditor.targets.predicates.base import Args, Hits

Block = Mapping[str, object]
_FORMATS: Final[Mapping[str, frozenset[str]]] = {
    "image": frozenset({"jpeg", "png", "gif", "webp"}),
    "video": frozenset({"mov", "mkv", "mp4", "webm"}),
    "document": frozenset({"pdf"}),
}
_URI: Final = re.compile(r"[\w\-/.]+")
_SPEAKER: Final = {"image": "user", "video": "user", "document": "user", "toolResult": "user", "toolUse": "assistant", "reasoningContent": "assistant"}
"""Whose messages may hold a block."""
_SAID: Final = ("text", *(kind for kind in _SPEAKER if kind != "reasoningContent"))


def converse_blocks(record: Record, args: Args) -> Hits:
    """Every block of a conversation, and `toolConfig`, has the fields that Bedrock's schema asks for."""
    row = record.value
    if record.format != "chat" or not isinstance(row, dict):
        return
    version = row.get("schemaVersion")
    if version is not None and not isinstance(version, str):
        yield ("schemaVersion",), f"expected a string, found {described(version)}"
    yield from _system(row.get("system"), ("system",))
    yield from _tool_config(row.get("toolConfig"), ("toolConfig",))
    documents = 0
    for i, message in enumerate(_list(row.get("messages"))):
        role = message.get("role") if isinstance(message, dict) else None
        blocks = _list(message.get("content")) if isinstance(message, dict) else []
        if blocks and all(isinstance(b, dict) and b.get("reasoningContent") is not None and all(b.get(k) is None for k in _SAID) for b in blocks):
            yield ("messages", i, "content"), "nothing but reasoning"
        for j, block in enumerate(blocks):
            path: Path = ("messages", i, "content", j)
            if isinstance(block, dict):
                yield from _block(block, path, role)
                documents += block.get("document") is not None
                if documents > 1 and block.get("document") is not None:
                    yield (*path, "document"), "a second document, at most one"


def call_pairs(record: Record, args: Args) -> Hits:
    """Where a row has `toolConfig`, no id of a `toolUse` comes twice, and each `toolResult` answers an earlier one, once."""
    row = record.value
    if not isinstance(row, dict) or row.get("toolConfig") is None:
        return
    seen: dict[str, set[str]] = {"toolUse": set(), "toolResult": set()}
    for path, inner in _inside(row, *seen):
        key, name = str(path[-1]), inner.get("toolUseId")
        if not isinstance(name, str):
            continue
        if name in seen[key]:
            yield (*path, "toolUseId"), f"the id of another {key}"
        elif key == "toolResult" and name not in seen["toolUse"]:
            yield (*path, "toolUseId"), "no toolUse before it has this id"
        seen[key].add(name)


def block_kinds(record: Record, args: Args) -> Hits:
    """No block is of one of `kinds`."""
    row = record.value if isinstance(record.value, dict) else {}
    yield from ((path, str(path[-1])) for path, _ in _inside(row, *args["kinds"]))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _inside(row: Block, *kinds: str) -> Iterator[tuple[Path, Block]]:
    """Blocks of some kinds in their order, with their paths."""
    for i, message in enumerate(_list(row.get("messages"))):
        for j, block in enumerate(_list(message.get("content")) if isinstance(message, dict) else []):
            for kind in kinds:
                inner = block.get(kind) if isinstance(block, dict) else None
                if isinstance(inner, dict):
                    yield ("messages", i, "content", j, kind), inner


def _system(value: object, path: Path) -> Hits:
    if value is not None and not isinstance(value, list):
        yield path, f"expected a list of texts, found {described(value)}"
    for i, block in enumerate(_list(value)):
        if not isinstance(block, dict) or not isinstance(block.get("text"), str):
            yield (*path, i), "no text"


def _block(block: Block, path: Path, role: object) -> Hits:
    if all(block.get(kind) is None for kind in ("text", *_READERS)):
        yield path, f"none of text, {', '.join(_READERS)}"
    for kind, (read, speaker) in _READERS.items():
        value = block.get(kind)
        if value is None:
            continue
        at = (*path, kind)
        if not isinstance(value, dict):
            yield at, f"expected an object, found {described(value)}"
            continue
        yield from read(value, at)
        if isinstance(role, str) and role in {"user", "assistant"} and role != speaker:
            yield at, f"{kind} in a message of the {role}"


def _medium(value: Block, path: Path) -> Hits:
    kind = str(path[-1])
    name = value.get("format")
    if not isinstance(name, str) or name.lower() not in _FORMATS[kind]:
        yield (*path, "format"), f"format is none of {', '.join(sorted(_FORMATS[kind]))}"
    source = value.get("source")
    place = source.get("s3Location") if isinstance(source, dict) else None
    uri = place.get("uri") if isinstance(place, dict) else None
    if not isinstance(uri, str):
        yield (*path, "source"), "no s3Location with a uri"
    elif kind == "document" and not uri.startswith("s3://"):  # for images and video that is a rule of its own
        yield (*path, "source", "s3Location", "uri"), "document isn't at s3://"
    elif uri.startswith("s3://") and not _URI.fullmatch(uri.replace("s3://", "")):
        yield (*path, "source", "s3Location", "uri"), "other characters than letters, digits, _ - / ."
    owner = place.get("bucketOwner") if isinstance(place, dict) else None
    if not isinstance(owner, str | None):
        yield (*path, "source", "s3Location", "bucketOwner"), f"expected a string, found {described(owner)}"


def _tool_use(value: Block, path: Path) -> Hits:
    yield from _named(value, path, "toolUseId", "name")
    if not isinstance(value.get("input"), dict):
        yield (*path, "input"), f"expected an object, found {described(value.get('input'))}"


def _tool_result(value: Block, path: Path) -> Hits:
    yield from _named(value, path, "toolUseId")
    items = value.get("content")
    if not isinstance(items, list) or not items:
        yield (*path, "content"), "expected a list of results that isn't empty"
        return
    for i, item in enumerate(items):
        given = item if isinstance(item, dict) else {}
        text, value_ = given.get("text"), given.get("json")
        if (text is None) == (value_ is None) or not isinstance(text, str | None) or not isinstance(value_, dict | None):
            yield (*path, "content", i), "expected either a text or an object as json"


def _reasoning(value: Block, path: Path) -> Hits:
    inner = value.get("reasoningText")
    text = inner.get("text") if isinstance(inner, dict) else None
    if not isinstance(text, str) or not text:
        yield (*path, "reasoningText"), "no text"


_READERS: Final[Mapping[str, tuple[Callable[[Block, Path], Hits], str]]] = {
    **{kind: (_medium, _SPEAKER[kind]) for kind in _FORMATS},
    "toolUse": (_tool_use, _SPEAKER["toolUse"]),
    "toolResult": (_tool_result, _SPEAKER["toolResult"]),
    "reasoningContent": (_reasoning, _SPEAKER["reasoningContent"]),
}


def _named(value: Block, path: Path, *keys: str) -> Hits:
    for key in keys:
        given = value.get(key)
        if not isinstance(given, str) or not given.strip():
            yield (*path, key), "empty" if isinstance(given, str) else f"expected a string, found {described(given)}"


def _tool_config(value: object, path: Path) -> Hits:
    if value is None:
        return
    tools = value.get("tools") if isinstance(value, dict) else None
    if not isinstance(tools, list) or not tools:
        yield (*path, "tools") if isinstance(value, dict) else path, "expected a list of tools that isn't empty"
        return
    names: set[str] = set()
    for i, tool in enumerate(tools):
        at: Path = (*path, "tools", i, "toolSpec")
        spec = tool.get("toolSpec") if isinstance(tool, dict) else None
        if not isinstance(spec, dict):
            yield at[:-1], "no toolSpec"
            continue
        yield from _named(spec, at, "name", "description")
        schema = spec.get("inputSchema")
        inner = schema.get("json") if isinstance(schema, dict) else None
        if not isinstance(inner, dict) or "type" not in inner:
            yield (*at, "inputSchema"), "no JSON Schema with a type under `json`"
        name = spec.get("name")
        if isinstance(name, str) and name in names:
            yield (*at, "name"), "the name of another tool"
        elif isinstance(name, str):
            names.add(name)
