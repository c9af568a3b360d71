"""Rules about a file as a whole, or about all rows together: names, sizes, counts, layout, splits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from auditor.targets.engine import VALIDATION, Engine, FileFacts
from auditor.targets.report import Place
from auditor.targets.request import row_suffix
from auditor.targets.spec import Rule, Target
from auditor.targets.tables import table_columns

Found = tuple[Place, int]
"""Where, and how often."""


def file_hits(engine: Engine, target: Target, rule: Rule) -> Iterator[Found]:
    """Places where a rule about files is broken; nothing for rules about rows."""
    check = _CHECKS.get(rule.check)
    if check is not None:
        yield from check(engine, target, rule.args)


def _json(engine: Engine, target: Target, args: Any) -> Iterator[Found]:  # noqa: ARG001
    suffixes = args.get("suffixes")
    for facts in engine.files:
        if suffixes and row_suffix(facts.source.path) not in suffixes:
            continue
        left = dict(facts.file.counts)
        for quirk in facts.file.quirks:
            if quirk.kind in args["kinds"] and quirk.kind in left:
                detail = _WORDS.get(quirk.kind, quirk.detail)
                yield Place(facts.source.name, quirk.line, None, quirk.offset, "", quirk.detail or detail), 1
        for kind, count in left.items():
            told = sum(q.kind == kind for q in facts.file.quirks)
            if kind in args["kinds"] and count > told:
                yield Place(facts.source.name, None, None, None, "", f"{count - told} more"), count - told


_WORDS: Final = {
    "empty": "the file is empty",
    "bom": "byte-order mark",
    "utf16": "UTF-16, or no UTF-8 at all",
    "utf32": "UTF-32",
    "array": "one array in place of lines",
    "multiline": "an object over several lines",
    "blank_line": "blank line",
    "syntax": "no JSON",
    "too_long": "a row longer than 64 MiB",
}


def _suffix(engine: Engine, target: Target, args: Any) -> Iterator[Found]:  # noqa: ARG001
    for facts in engine.files:
        path = facts.source.path
        if ((args.get("compressed") and row_suffix(path)) or path.suffix.lower()) not in args["allowed"]:
            yield Place(facts.source.name, detail=f"none of {', '.join(args['allowed'])}"), 1


def _filename(engine: Engine, target: Target, args: Any) -> Iterator[Found]:  # noqa: ARG001
    for facts in engine.files:
        if not re.search(args["pattern"], facts.source.name, re.ASCII):
            yield Place(facts.source.name, detail="other characters in the path"), 1


def _file(engine: Engine, target: Target, args: Any) -> Iterator[Found]:  # noqa: ARG001
    for facts in engine.files:
        if args.get("bom") == "required" and not facts.file.counts["bom"] and facts.file.size:
            yield Place(facts.source.name, detail="no byte-order mark"), 1


def _bytes(engine: Engine, target: Target, args: Any) -> Iterator[Found]:  # noqa: ARG001
    for facts in engine.files:
        most = args.get("max")
        if facts.source.split == VALIDATION:
            most = args.get("max_validation", most)
        size = facts.file.size
        if size < args.get("min", 0):
            yield Place(facts.source.name, detail=f"{size:,} bytes, at least {args['min']:,}"), 1
        if most is not None and size > most:
            yield Place(facts.source.name, detail=f"{size:,} bytes, at most {most:,}"), 1


def _rows(engine: Engine, target: Target, args: Any) -> Iterator[Found]:  # noqa: ARG001
    train = sum(f.rows for f in engine.files if f.source.split != VALIDATION)
    checked = sum(f.rows for f in engine.files if f.source.split == VALIDATION)
    media = any(f.media_rows for f in engine.files)
    most = args.get("max_media", args.get("max")) if media else args.get("max")
    for count, least, limit, what in (
        (train, args.get("min"), most, "rows"),
        (checked, args.get("min_validation") if checked else None, args.get("max_validation"), "validation rows"),
        (train + checked, args.get("min_total"), args.get("max_total"), "rows in all"),
    ):
        if least is not None and count < least:
            yield Place(_name(engine), detail=f"{count:,} {what}, at least {least:,}"), 1
        if limit is not None and count > limit:
            yield Place(_name(engine), detail=f"{count:,} {what}, at most {limit:,}"), 1
    if args.get("validation") and not checked:
        yield Place(_name(engine), detail="no validation set"), 1


def _name(engine: Engine) -> str:
    return engine.files[0].source.name if len(engine.files) == 1 else f"{len(engine.files)} files"


def _columns(engine: Engine, target: Target, args: Any) -> Iterator[Found]:  # noqa: ARG001
    for facts in engine.files:
        if facts.source.path.suffix.lower() not in args["suffixes"]:
            if facts.first and facts.first[0] == "tokens":
                yield Place(facts.source.name, detail=f"tokenized rows outside {' and '.join(args['suffixes'])}"), 1
            continue
        names = table_columns(facts.source.path)
        for name in args["required"]:
            if name not in names:
                yield Place(facts.source.name, detail=f"no column {name}"), 1
        others = [n for n in names if n not in args["allowed"]]
        if others:
            yield Place(facts.source.name, detail=f"{len(others)} columns beside {', '.join(args['allowed'])}"), 1


def _entry(engine: Engine, target: Target, args: Any) -> Iterator[Found]:  # noqa: ARG001
    for facts in engine.files:
        columns, kind = facts.columns, args.get("kind", "faults")
        if columns is None:
            continue
        if not columns.entry:
            if kind == "missing":
                yield Place(facts.source.name, detail="no entry with this `file_name`"), 1
        elif kind == "faults":
            for fault in columns.faults:
                yield Place(facts.source.name, detail=f"entry {columns.entry}: {fault}"), 1
            if facts.rows and columns.unseen and not columns.faults:
                keys = sorted(key for key, column in columns.names.items() if column in columns.unseen)
                yield Place(facts.source.name, detail=f"entry {columns.entry}: no row has the columns named for {', '.join(keys)}"), 1
        elif kind == "unlisted":
            for column, rows in sorted(columns.unlisted.items()):
                yield Place(facts.source.name, path=f"$.{column}", detail=f"entry {columns.entry} doesn't list {column}"), rows


def _split(engine: Engine, target: Target, args: Any) -> Iterator[Found]:  # noqa: ARG001
    if "overlap" in args["kinds"]:
        train = _pairs([f for f in engine.files if f.source.split != VALIDATION])
        for facts in engine.files:
            if facts.source.split == VALIDATION:
                shared = int(np.isin(_pairs([facts]), train).sum())
                if shared:
                    yield Place(facts.source.name, detail=f"{shared:,} rows are in the training data"), shared
    if "conflict" in args["kinds"]:
        files = [f for f in engine.files if f.source.split != VALIDATION]
        pairs = np.unique(_pairs(files))
        _, counts = np.unique(pairs["prompt"][pairs["prompt"] != 0], return_counts=True)
        again = int((counts > 1).sum())
        if again:
            yield Place(_name(engine), detail=f"{again:,} prompts with more than one answer"), again


def _pairs(files: list[FileFacts]) -> np.ndarray[Any, Any]:
    """Digests of question and answer of every row, as one array of pairs."""
    pairs = np.zeros(sum(f.rows for f in files), [("prompt", np.uint64), ("answer", np.uint64)])
    at = 0
    for facts in files:
        pairs["prompt"][at : at + facts.rows] = np.frombuffer(facts.prompts, np.uint64)
        pairs["answer"][at : at + facts.rows] = np.frombuffer(facts.answers, np.uint64)
        at += facts.rows
    return pairs


def duplicates(engine: Engine) -> int:
    """Training rows that repeat an earlier one's question and answer, character for character."""
    rows = _pairs([f for f in engine.files if f.source.split != VALIDATION])
    return int(rows.size - np.unique(rows).size)


def effective(engine: Engine) -> int:
    """Different training rows in which something is trained; one that is repeated and empty is taken away once."""
    files = [f for f in engine.files if f.source.split != VALIDATION]
    rows, empty = _pairs(files), np.frombuffer(b"".join(f.empty for f in files), np.bool_)
    return int(np.unique(rows).size - np.unique(rows[empty]).size)


_CHECKS: Final = {
    "json": _json,
    "suffix": _suffix,
    "filename": _filename,
    "file": _file,
    "bytes": _bytes,
    "rows": _rows,
    "columns": _columns,
    "entry": _entry,
    "split": _split,
}
