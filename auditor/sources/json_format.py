"""JSON files: lines of objects, or one document. A bad row costs itself only, and keeps its place and reason."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from auditor.model import FileNote, Reject
from auditor.sources import intents
from auditor.sources.json_array import read_array
from auditor.sources.json_columns import frame_of, kind_of
from auditor.sources.json_constants import constants_note, loads
from auditor.sources.json_documents import WIDEST, is_coco, is_too_wide, label_studio, rows_of, several_tables
from auditor.sources.json_lines import LineScan, json_kind, read_lines
from auditor.sources.magic import DAMAGED, open_text
from auditor.sources.splits import split_of_name
from auditor.sources.text import read_utf8
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    from auditor.sources.types import Candidate

MAX_REJECTS: Final = 1000
_HEAD: Final = 1 << 20
_JSON_VALUE: Final = re.compile(r"[^ \t\r\n]")


def read(file: Candidate, container: str, *, hold: bool = True) -> ReadResult:
    """Rows of a JSON file: lines of objects, an array of objects or of lists, a dict of splits, or one object with the rows inside.

    With `hold` the rows are kept in memory; without it lines and arrays are parsed again by every pass.
    """
    by_lines = any(s in ("jsonl", "ndjson") for s in file.name.lower().split(".")[1:])
    head = _head(file, container)
    spread = False
    if not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        lines = head.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        first = next((line for line in lines if line.strip()), b"")
        many = by_lines or sum(bool(x.strip()) for x in lines[:3]) > 1
        spread = first.strip() == b"{"
        if (many and _is_object(first)) or (by_lines and not spread and not first.lstrip().startswith(b"[")):
            return _of_lines(file, container, (_bom(file),) if head.startswith(b"\xef\xbb\xbf") else (), hold=hold)
        if not hold and first.lstrip().startswith(b"["):
            told = [_bom(file)] if head.startswith(b"\xef\xbb\xbf") else []
            return read_array(file, container, (*told, *([_array_in_lines(file)] if by_lines else [])))
    whole = read_utf8(file, container, mend=False)
    data, notes = whole.data, whole.survey.notes
    if whole.survey.damage:
        notes = (*notes, FileNote(file.name, "truncated", whole.survey.damage))
    start = data[:_HEAD].lstrip()[:1]
    document, constants = _document(data) if start == b"[" or spread or not by_lines else (None, 0)
    if constants:
        notes = (*notes, constants_note(file.name, constants))
    if document is not None:
        if by_lines and start == b"[":
            notes = (*notes, _array_in_lines(file))
        return _from_document(document, file, notes)
    if start == b"[" and (arrays := _arrays(data, file, notes)) is not None:
        return arrays
    if not by_lines and start == b"[":
        return _salvaged(data, file, notes)
    if spread and (several := _one_after_the_other(data, file, notes)) is not None:
        return several
    return _of_lines(file, container, notes, hold=True, data=data)


def _head(file: Candidate, container: str) -> bytes:
    try:
        with open_text(file.path, container) as stream:
            return stream.read(_HEAD)
    except DAMAGED:
        return b""


def _bom(file: Candidate) -> FileNote:
    return FileNote(file.name, "bom", "starts with a byte order mark; some trainers take it for data", 1)


def _array_in_lines(file: Candidate) -> FileNote:
    return FileNote(file.name, "array_in_jsonl", "is one JSON array, not one object a line; trainers that expect lines reject it", 1)


def _lines(count: int, one: str, more: str) -> str:
    return f"1 line {one}" if count == 1 else f"{count} lines {more}"


def _of_lines(file: Candidate, container: str, notes: tuple[FileNote, ...], *, hold: bool, data: bytes | None = None) -> ReadResult:
    found = read_lines(file, container, hold=hold, data=data)
    faults = found.faults
    if found.damage:
        notes = (*notes, FileNote(file.name, "truncated", found.damage))
    if faults.lost:
        first = next((r.line for r in faults.rejects if r.lost), None)
        notes = (*notes, FileNote(file.name, "bad_json", f"{_lines(faults.lost, 'is no JSON object', 'are not JSON objects')}", first, faults.lost))
    if faults.constants:
        notes = (*notes, FileNote(file.name, "mistyped", f"{_lines(faults.constants, 'holds', 'hold')} NaN or Infinity, which is not JSON; read as missing", None, faults.constants))
    rejects = tuple(faults.rejects)
    if not found.scan.rows:
        return ReadResult("jsonl", (), rejects, faults.lost, notes)
    if found.held is not None:
        return ReadResult("jsonl", (RawTable(found.held.lazy(), found.held.height),), rejects, faults.lost, notes)
    return ReadResult("jsonl", (_unheld(found.scan, container),), rejects, faults.lost, notes)


def _is_object(line: bytes) -> bool:
    return isinstance(_document(line)[0], dict)


def _document(data: bytes) -> tuple[Any, int]:
    """What the document says, None where it is no JSON, and how many constants in it are none."""
    try:
        return loads(data)
    except orjson.JSONDecodeError:
        return None, 0


def _from_document(document: object, file: Candidate, notes: tuple[FileNote, ...]) -> ReadResult:
    if phrases := intents.of_document(document, file.name):
        table, rejects = _from_list(phrases, file, None)
        return _result((table,), rejects, (*notes, *intents.told(file.name)))
    if isinstance(document, list):
        table, rejects = _from_list(document, file, None)
        return _result((table,), rejects, notes)
    if isinstance(document, dict) and document and all(isinstance(v, list) and v for v in document.values()):
        splits = {k: split_of_name(k) for k in document}
        if all(splits.values()):
            found = [_from_list(v, file, splits[k]) for k, v in document.items()]
            return _result(tuple(t for t, _ in found), [r for _, rs in found for r in rs], notes)
    if isinstance(document, dict):
        if is_coco(document):
            note = FileNote(file.name, "unreadable", "holds boxes in images (COCO), which are not read; classes of whole images are, in folders named after them, or in a table of file names and classes", 1)
            return ReadResult("json", notes=(*notes, note))
        within = rows_of(document)
        if within is not None:
            table, rejects = _from_list(within[0], file, None)
            return _result((table,), rejects, (*notes, FileNote(file.name, "nested_rows", within[1], 1)))
        if several := several_tables(document):
            note = FileNote(file.name, "unreadable", f"is one JSON document with {several} lists of objects or objects by key, so several tables and no list of rows; write one file of rows (one object a line)", 1)
            return ReadResult("json", notes=(*notes, note))
        if is_too_wide(document):
            note = FileNote(file.name, "unreadable", f"is one JSON document of more than {WIDEST:,} fields, so keys stand for rows in it; write one file of rows (one object a line)", 1)
            return ReadResult("json", notes=(*notes, note))
        frame = frame_of([document], kind_of([document]))
        return ReadResult("json", (RawTable(frame.lazy(), 1),), notes=notes)
    reject = Reject(file.name, 1, f"a JSON {json_kind(document)} where rows are expected")
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
    except (ValueError, RecursionError):
        pass
    line = text.count("\n", 0, at) + 1
    reject = Reject(file.name, line, f"the array breaks here, after {len(items)} elements; the rest was not read", len(text[:at].encode()))
    table, rejects = _from_list(items, file, None)
    notes = (*notes, FileNote(file.name, "truncated", f"is not valid JSON from line {line} on; {len(items)} elements before it were read", line))
    return _result((table,), [*rejects, reject], notes)


def _arrays(data: bytes, file: Candidate, notes: tuple[FileNote, ...]) -> ReadResult | None:
    """An array a line, as pairs and triplets of texts are written; None where fewer than two lines are one."""
    items: list[Any] = []
    rejects: list[Reject] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            item, _ = _document(line)
            if isinstance(item, list):
                items.append(item)
            else:
                rejects.append(Reject(file.name, number, "no JSON array, as the other lines are"))
    if len(items) < 2 or len(items) < len(rejects):
        return None
    table, faults = _from_list(items, file, None)
    return _result((table,), [*faults, *rejects], (*notes, FileNote(file.name, "nested_rows", "has an array a line; its places are named column_0 and so on", 1)))


def _one_after_the_other(data: bytes, file: Candidate, notes: tuple[FileNote, ...]) -> ReadResult | None:
    """Objects over several lines each, as jq writes them; None where there is no second one."""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    items: list[Any] = []
    rejects: list[Reject] = []
    at = 0
    while found := _JSON_VALUE.search(text, at):
        begin = found.start()
        try:
            item, at = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            line = text.count("\n", 0, begin) + 1
            rejects.append(Reject(file.name, line, f"no JSON from here on, after {len(items)} objects; the rest was not read", len(text[:begin].encode())))
            break
        items.append(item)
    if len(items) < 2:
        return None
    table, faults = _from_list(items, file, None)
    told = FileNote(file.name, "json_stream", "has objects over several lines one after the other; it is neither one JSON document nor one object a line, and trainers reject it", 1)
    return _result((table,), [*faults, *rejects], (*notes, told))


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _result(tables: tuple[RawTable, ...], rejects: list[Reject], notes: tuple[FileNote, ...]) -> ReadResult:
    kept = tuple(t for t in tables if t.rows)
    if rejects:
        notes = (*notes, FileNote(rejects[0].file, "bad_json", f"{len(rejects)} elements of the array are not rows", None, len(rejects)))
    return ReadResult("json", kept, tuple(rejects[:MAX_REJECTS]), len(rejects), notes)


def _from_list(items: list[Any], file: Candidate, split: str | None) -> tuple[RawTable, list[Reject]]:
    """Rows of an array: objects, or lists of one length (then columns are named by position)."""
    import polars as pl

    items = label_studio(items) or items
    rejects: list[Reject] = []
    good: list[dict[str, Any]] = []
    kinds = [type(i) for i in items[:1000]]
    expected = max(set(kinds), key=kinds.count) if kinds else dict
    width = len(items[kinds.index(list)]) if expected is list else 0
    for position, item in enumerate(items):
        if isinstance(item, dict) and expected is dict:
            good.append(item)
        elif isinstance(item, list) and expected is list and len(item) == width:
            good.append({f"column_{i}": v for i, v in enumerate(item)})
        elif isinstance(item, str) and expected is str:
            good.append({"text": item})
        else:
            rejects.append(Reject(file.name, None, f"element {position} is a JSON {json_kind(item)}, unlike the others"))
    frame = frame_of(good, kind_of(good)) if good else pl.DataFrame()
    return RawTable(frame.lazy(), frame.height, split), rejects


def _unheld(scan: LineScan, container: str) -> RawTable:
    """Rows that are parsed by every pass; a piece of a compressed file costs unpacking all before it, so there are none."""
    plain = container == "text"
    return RawTable(scan.frame(), scan.rows, sliceable=plain, cut=scan.frame if plain else None)
