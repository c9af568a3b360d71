"""LLaMA-Factory's `dataset_info.json` beside the data: which columns of a file mean what, and which words are the roles.

A row is read under its entry as LLaMA-Factory reads it and rewritten with the usual names, so that the same rules judge it;
the paths of what they find are led back to the user's own keys. Source: LLaMA-Factory @ff6d4d1, data/README.md,
src/llamafactory/data/parser.py and converter.py. With `columns` only what they list is read, with `tags` likewise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from auditor.targets import jsonpos
from auditor.targets.parse import loads

NAME: Final = "dataset_info.json"
FORMATTING: Final = ("alpaca", "sharegpt", "openai")
_SOURCES: Final = ("file_name", "hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name")
_ALPACA: Final[Mapping[str, str]] = {"prompt": "instruction", "query": "input", "response": "output", "history": "history"}
_COMMON: Final = ("system", "tools", "images", "videos", "audios", "chosen", "rejected", "kto_tag")
_DEFAULTS: Final[Mapping[str, str]] = {"prompt": "instruction", "query": "input", "response": "output", "messages": "conversations"}
_TAGS: Final[Mapping[str, str]] = {
    "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
    "observation_tag": "observation", "function_tag": "function_call", "system_tag": "system",
}  # fmt: skip
_OPENAI_ROLES: Final[Mapping[str, str]] = {"user_tag": "user", "assistant_tag": "assistant", "observation_tag": "tool", "function_tag": "assistant", "system_tag": "system"}
_CONTENT: Final = frozenset({*_ALPACA.values(), *_COMMON, "text", "messages", "conversations"})
"""Columns whose names say that they are meant to be read."""
_LARGEST: Final = 1 << 24
"""Bytes of a `dataset_info.json` that is read."""

Row = dict[str, object]


@dataclass
class Columns:
    """One entry: how the rows of a file are to be read."""

    entry: str
    """Name of the data set; empty where no entry names the file."""
    formatting: str = "alpaca"
    ranking: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    """Usual key → column of the file."""
    tags: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    """What is wrong with the entry itself."""
    unseen: set[str] = field(default_factory=set)
    """Columns that the entry names and no row has had."""
    unlisted: Counter[str] = field(default_factory=Counter)
    """Rows that fill a column which by its name is meant to be read, and which the entry doesn't list."""

    @property
    def chat(self) -> bool:
        """Whether a row is a list of messages."""
        return self.formatting != "alpaca"

    @property
    def plain(self) -> bool:
        """Whether the file has the usual names."""
        return all(usual == column for usual, column in self.names.items()) and dict(self.tags) in ({}, dict(_TAGS))

    def read(self, value: object) -> object:
        """A row with the usual names; what is no row stays as it is."""
        if not isinstance(value, dict) or self.faults or not self.entry:
            return value
        if self.unseen:
            self.unseen.difference_update(value)
        self.unlisted.update(key for key in _CONTENT.intersection(value).difference(self.names.values()) if value[key])
        row: Row = {}
        for usual, column in self.names.items():
            given = value.get(column)
            if usual in {"conversations", "messages"}:
                row[usual] = [self._turn(item) for item in given] if isinstance(given, list) else given
            elif usual in {"instruction", "output", "text"} or (self.ranking and usual in {"chosen", "rejected"}):
                row[usual] = self._turn(given) if self.chat else given
            elif given is not None:
                row[usual] = given
        if not self.chat and "text" not in row:
            row.setdefault("instruction", "")
        return row

    def _turn(self, item: object) -> object:
        """A message with the usual keys, and the usual word for its role."""
        if not isinstance(item, dict):
            return item
        role_key, content_key = ("from", "value") if self.formatting == "sharegpt" else ("role", "content")
        turn: Row = {}
        role = item.get(self.tags.get("role_tag", ""))
        if role is not None:
            usual = next((tag for tag, word in self.tags.items() if word == role and tag in _OPENAI_ROLES), "")
            words = _TAGS if self.formatting == "sharegpt" else _OPENAI_ROLES
            turn[role_key] = words[usual] if usual else f"{role} (no tag)"
        if self.tags.get("content_tag", "") in item:
            turn[content_key] = item[self.tags["content_tag"]]
        if self.formatting == "openai" and "tool_calls" in item:
            turn["tool_calls"] = item["tool_calls"]
        return turn

    def back(self, path: jsonpos.Path) -> jsonpos.Path:
        """The path in the file's own row."""
        if not path or self.faults or not self.entry:
            return path
        first, *rest = path
        own: list[str | int] = [self.names.get(str(first), str(first))]
        keys = {"from": "role_tag", "role": "role_tag", "value": "content_tag", "content": "content_tag"}
        for depth, step in enumerate(rest):
            tag = keys.get(str(step)) if depth <= 1 and self.chat else None
            own.append(self.tags.get(tag, step) if tag else step)
        return tuple(own)


    def told(self, path: jsonpos.Path, detail: str) -> str:
        """What was found, in the entry's own words for roles."""
        words = [self.tags[tag] for tag in _OPENAI_ROLES if tag in self.tags]
        return f"role is none of {', '.join(words)}" if words and path[-1:] in {("from",), ("role",)} else detail


def columns_of(path: Path) -> Columns | None:
    """The entry of a file in the `dataset_info.json` of its folder, or of the folder above; None where there is none."""
    for folder in (path.parent, path.parent.parent):
        info = _entries(folder / NAME)
        if info is None:
            continue
        relative = path.relative_to(folder)
        named = {relative.as_posix(), *(p.as_posix() for p in relative.parents)} - {"."}
        found = next((name for name, entry in info.items() if isinstance(entry, dict) and str(entry.get("file_name", "")).strip("/") in named), "")
        if found or folder == path.parent:
            return _columns(found, info[found]) if found else Columns("")
    return None


@lru_cache(maxsize=16)
def _read(path: Path, stamp: tuple[int, int]) -> Mapping[str, object] | None:  # noqa: ARG001 - a file that changed is read anew
    parsed = loads(path.read_bytes())
    value = parsed.value if parsed.ok else None
    if not isinstance(value, dict) or not any(isinstance(e, dict) and any(k in e for k in _SOURCES) for e in value.values()):
        return None  # `datasets` writes a file of that name too
    return value


def _entries(path: Path) -> Mapping[str, object] | None:
    try:
        state = path.stat()
        return _read(path, (state.st_mtime_ns, state.st_size)) if state.st_size <= _LARGEST else None
    except OSError:
        return None


def _columns(name: str, entry: object) -> Columns:
    given: Row = entry if isinstance(entry, dict) else {}
    formatting = given.get("formatting", "alpaca")
    if formatting not in FORMATTING:
        return Columns(name, faults=(f"`formatting` is none of {', '.join(FORMATTING)}",))
    columns, tags = given.get("columns"), given.get("tags")
    listed = _words(columns) if isinstance(columns, dict) else dict(_DEFAULTS)
    chat = formatting != "alpaca"
    usual = {"messages": "conversations" if formatting == "sharegpt" else "messages"} if chat else dict(_ALPACA)
    ranking = given.get("ranking") is True
    names = {usual.get(key, key): column for key, column in listed.items() if key in usual or key in _COMMON}
    faults = []
    if chat and "messages" not in listed:
        faults.append("`columns` doesn't name `messages`")
    if ranking and not {"chosen", "rejected"} <= set(listed):
        faults.append("`ranking` without the columns `chosen` and `rejected`")
    if not chat and not {"prompt", "query"} & set(listed):
        faults.append("`columns` names neither `prompt` nor `query`")
    if ranking:
        names.pop("output", None)
    else:
        names = {key: column for key, column in names.items() if key not in {"chosen", "rejected"}}
        if not chat and "output" not in names:  # pre-training reads the prompt alone
            names = {"text": listed.get("prompt", ""), **{k: c for k, c in names.items() if k in {"images", "videos", "audios"}}}
    optional = {"system", "tools"} if formatting == "openai" else set()
    unseen = {column for key, column in names.items() if key not in optional}
    words = _words(tags) if isinstance(tags, dict) else dict(_TAGS)
    return Columns(name, str(formatting), ranking, names, words if chat else {}, tuple(faults), unseen)


def _words(table: Mapping[str, object]) -> dict[str, str]:
    return {key: value for key, value in table.items() if isinstance(value, str) and value}
