"""JSON lines and JSON documents, row by row: a bad row costs itself only, and keeps its line, offset and reason."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson

from auditor.model import FileNote, Reject
from auditor.sources.splits import split_of_name
from auditor.sources.text import read_utf8
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    import polars as pl

    from auditor.sources.types import Candidate

MAX_REJECTS: Final = 1000
_CONSTANT: Final = "NaN or Infinity, which is not JSON"


@dataclass
class _Lines:
    """What line-by-line reading found."""

    good: list[bytes] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    lost: int = 0
    constants: int = 0
    """Rows kept although they hold NaN or Infinity."""


def read(file: Candidate, container: str) -> ReadResult:
    """Rows of a JSON file: lines of objects, an array of objects or of lists, a dict of splits, or one object."""
    whole = read_utf8(file, container)
    data, notes = whole.data, list(whole.notes)
    if whole.damage:
        notes.append(FileNote(file.name, "truncated", whole.damage))
    lines = data.split(b"\n")
    first = next((line for line in lines if line.strip()), b"")
    by_lines = file.name.split(".")[1:] and any(s in ("jsonl", "ndjson") for s in file.name.lower().split("."))
    document = None if by_lines or (_is_object(first) and sum(bool(x.strip()) for x in lines[:3]) > 1) else _document(data)
    if document is None and by_lines and not _is_object(first) and first.lstrip().startswith(b"["):
        document = _document(data)
        if document is not None:
            notes.append(FileNote(file.name, "array_in_jsonl", "is one JSON array, not one object a line; trainers that expect lines reject it", 1))
    if document is not None:
        return _from_document(document, file, tuple(notes))
    if not by_lines and first.lstrip().startswith(b"["):
        return _salvaged(data, file, tuple(notes))
    found = _from_lines(lines, file)
    if found.lost:
        notes.append(FileNote(file.name, "bad_json", f"{found.lost} lines are not JSON objects", _first_lost(found), found.lost))
    if found.constants:
        notes.append(FileNote(file.name, "mistyped", f"{found.constants} lines hold NaN or Infinity, which is not JSON; read as missing", None, found.constants))
    frame = frame_of(found.good)
    table = RawTable(frame.lazy(), frame.height)
    return ReadResult("jsonl", (table,) if frame.height else (), tuple(found.rejects[:MAX_REJECTS]), found.lost, tuple(notes))


def _first_lost(found: _Lines) -> int | None:
    return next((r.line for r in found.rejects if r.lost), None)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _document(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def _from_lines(lines: list[bytes], file: Candidate) -> _Lines:
    found, offset = _Lines(), 0
    for number, line in enumerate(lines, 1):
        start, offset = offset, offset + len(line) + 1
        if not line.strip():
            continue
        reason = ""
        try:
            value = orjson.loads(line)
            if isinstance(value, dict):
                found.good.append(line.strip())
                continue
            reason = f"a JSON {_kind(value)} where an object is expected"
        except orjson.JSONDecodeError as error:
            reason = _reason(line, error)
            lenient = _without_constants(line) if reason is _CONSTANT else None
            if lenient is not None:
                found.good.append(lenient)
                found.constants += 1
                if len(found.rejects) < MAX_REJECTS:
                    found.rejects.append(Reject(file.name, number, f"{_CONSTANT} (read as missing)", start, lost=False))
                continue
        found.lost += 1
        if len(found.rejects) < MAX_REJECTS:
            found.rejects.append(Reject(file.name, number, reason, start))
    return found


def _without_constants(line: bytes) -> bytes | None:
    try:
        value = json.loads(line, parse_constant=lambda _: None)
    except ValueError:
        return None
    return orjson.dumps(value) if isinstance(value, dict) else None


def _kind(value: object) -> str:
    return {list: "array", str: "string", bool: "true/false", int: "number", float: "number"}.get(type(value), "null")


def _reason(line: bytes, error: orjson.JSONDecodeError) -> str:
    # The decoder's own message may quote the data: say what it means and where, nothing else.
    try:
        line.decode()
    except UnicodeDecodeError as bad:
        return f"not valid UTF-8 at byte {bad.start + 1}"
    if re.search(rb"[:\[,]\s*-?(NaN|Infinity)\b", line):
        return _CONSTANT
    if "surrogate" in str(error):
        return f"a lone surrogate escape at column {error.colno}"
    if error.pos >= len(line.decode().rstrip()) - 1:
        return "cut off: the object is not closed"
    return f"not valid JSON at column {error.colno}"


def _from_document(document: object, file: Candidate, notes: tuple[FileNote, ...]) -> ReadResult:
    if isinstance(document, list):
        table, rejects = _from_list(document, file, None)
        return _result((table,), rejects, notes)
    if isinstance(document, dict) and document and all(isinstance(v, list) and v for v in document.values()):
        splits = {k: split_of_name(k) for k in document}
        if all(splits.values()):
            found = [_from_list(v, file, splits[k]) for k, v in document.items()]
            return _result(tuple(t for t, _ in found), [r for _, rs in found for r in rs], notes)
        lists = [v for v in document.values() if all(isinstance(r, dict) for r in v)]
        if len(document) == 1 and lists and not _is_talk(lists[0]):
            table, rejects = _from_list(lists[0], file, None)
            return _result((table,), rejects, notes)
    if isinstance(document, dict):
        frame = frame_of([orjson.dumps(document)])
        return ReadResult("json", (RawTable(frame.lazy(), 1),), notes=notes)
    reject = Reject(file.name, 1, f"a JSON {_kind(document)} where rows are expected")
    return ReadResult("json", rejects=(reject,), rejected_rows=1, notes=notes)


def _salvaged(data: bytes, file: Candidate, notes: tuple[FileNote, ...]) -> ReadResult:
    """The elements before the place where a JSON array breaks; what follows is one reject, since nothing in it can be trusted."""
    text = data.decode("utf-8", "replace")
    decoder, items = json.JSONDecoder(parse_constant=_no_constant), []
    at = text.index("[") + 1
    try:
        while True:
            while at < len(text) and text[at] in " \t\r\n,":
                at += 1
            item, at = decoder.raw_decode(text, at)
            items.append(item)
    except ValueError:
        pass
    line = text.count("\n", 0, at) + 1
    reject = Reject(file.name, line, f"the array breaks here, after {len(items)} elements; the rest was not read", len(text[:at].encode()))
    table, rejects = _from_list(items, file, None)
    notes = (*notes, FileNote(file.name, "truncated", f"is not valid JSON from line {line} on; {len(items)} elements before it were read", line))
    return _result((table,), [*rejects, reject], notes)


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _is_talk(rows: list[Any]) -> bool:
    # One conversation is one row, not a table of turns.
    return all(isinstance(r, dict) and ({"from", "value"} <= r.keys() or {"role", "content"} <= r.keys()) for r in rows)


def _result(tables: tuple[RawTable, ...], rejects: list[Reject], notes: tuple[FileNote, ...]) -> ReadResult:
    kept = tuple(t for t in tables if t.rows)
    if rejects:
        notes = (*notes, FileNote(rejects[0].file, "bad_json", f"{len(rejects)} elements of the array are not rows", None, len(rejects)))
    return ReadResult("json", kept, tuple(rejects[:MAX_REJECTS]), len(rejects), notes)


def _from_list(items: list[Any], file: Candidate, split: str | None) -> tuple[RawTable, list[Reject]]:
    """Rows of an array: objects, or lists of one length (then columns are named by position)."""
    rejects: list[Reject] = []
    good: list[bytes] = []
    kinds = [type(i) for i in items[:1000]]
    expected = max(set(kinds), key=kinds.count) if kinds else dict
    width = len(items[kinds.index(list)]) if expected is list else 0
    for position, item in enumerate(items):
        if isinstance(item, dict) and expected is dict:
            good.append(orjson.dumps(item))
        elif isinstance(item, list) and expected is list and len(item) == width:
            good.append(orjson.dumps({f"column_{i}": v for i, v in enumerate(item)}))
        elif isinstance(item, str) and expected is str:
            good.append(orjson.dumps({"text": item}))
        else:
            rejects.append(Reject(file.name, None, f"element {position} is a JSON {'object' if isinstance(item, dict) else _kind(item)}, unlike the others"))
    frame = frame_of(good)
    return RawTable(frame.lazy(), frame.height, split), rejects


def frame_of(rows: list[bytes]) -> pl.DataFrame:
    """A frame from JSON objects. Where a field has kinds that don't go together, its values are kept as JSON text."""
    import polars as pl

    if not rows:
        return pl.DataFrame()
    try:
        frame = pl.read_ndjson(io.BytesIO(b"\n".join(rows)), infer_schema_length=None)
    except pl.exceptions.PolarsError:
        values = [orjson.loads(r) for r in rows]
        mixed = _mixed_paths(values)
        data = b"\n".join(orjson.dumps(_plain(v, (), mixed)) for v in values)
        frame = pl.read_ndjson(io.BytesIO(data), infer_schema_length=None)
    if frame.height == len(rows):
        return _usable(frame)
    return pl.DataFrame({"json": [r.decode() for r in rows]})  # objects without any field have no columns to count rows by


def _usable(frame: pl.DataFrame) -> pl.DataFrame:
    # Columns without any value have no type; text is the one that every later step understands.
    import polars as pl

    nulls = [c for c, t in frame.schema.items() if t == pl.Null]
    empty = [c for c, t in frame.schema.items() if isinstance(t, pl.Struct) and not t.fields]
    return frame.with_columns(pl.col(nulls).cast(pl.String)).with_columns(pl.lit(None, pl.String).alias(c) for c in empty)


_Path = tuple[str, ...]


def _mixed_paths(values: list[Any]) -> frozenset[_Path]:
    seen: dict[_Path, set[str]] = {}

    def walk(value: Any, path: _Path) -> None:
        if value is None:
            return
        kind = "object" if isinstance(value, dict) else _kind(value)
        seen.setdefault(path, set()).add(kind)
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, (*path, key))
        elif isinstance(value, list):
            for inner in value:
                walk(inner, (*path, "[]"))

    for value in values:
        walk(value, ())
    return frozenset(p for p, kinds in seen.items() if len(kinds) > 1)


def _plain(value: Any, path: _Path, mixed: frozenset[_Path]) -> Any:
    if path in mixed and value is not None:
        return value if isinstance(value, str) else orjson.dumps(value).decode()
    if isinstance(value, dict):
        return {k: _plain(v, (*path, k), mixed) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v, (*path, "[]"), mixed) for v in value]
    return value


