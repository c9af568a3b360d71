"""`audit convert`: rows of one shape rewritten for another target, row by row, nothing lost in silence."""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from auditor.errors import SourceError, UsageError
from auditor.targets.formats import record_of
from auditor.targets.parse import loads
from auditor.targets.reader import JsonFile
from auditor.targets.render import WRITERS, CannotHoldError, render
from auditor.targets.request import READABLE, row_suffix
from auditor.targets.spec import load
from auditor.targets.tables import TABLES, table_rows
from auditor.targets.verdict import Judge

PLANS: Final = {
    "openai": ("chat",),
    "azure": ("chat",),
    "openai-dpo": ("pairs-openai",),
    "azure-dpo": ("pairs-openai",),
    "together": ("chat", "text", "pairs-openai"),
    "together-dpo": ("pairs-openai",),
    "mistral": ("chat", "text"),
    "vertex": ("gemini",),
    "vertex-dpo": ("gemini-pairs",),
    "bedrock-nova": ("converse",),
    "bedrock-claude": ("apart",),
    "bedrock-llama": ("strings", "converse"),
    "bedrock-titan": ("strings",),
    "fireworks": ("chat", "pairs-openai"),
    "trl-sft": ("chat", "text"),
    "trl-dpo": ("pairs-explicit",),
    "trl-kto": ("pairs-explicit",),
    "trl-prm": (),
    "axolotl": ("chat", "text", "pairs-explicit"),
    "llamafactory": ("sharegpt", "text", "pairs-sharegpt"),
}
"""Formats that are tried for a target, in this order, for a row that the target doesn't take as it is."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that could not be converted; it is not written."""

    file: str
    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class ConvertResult:
    """What became of the rows."""

    rows: int
    written: int
    refused: tuple[Refusal, ...]
    """The first 1,000."""
    refused_rows: int
    notes: tuple[tuple[str, int], ...]
    """What isn't exactly as it was, with the number of rows."""
    format: str
    """Format of the rows written; the most frequent one where a target takes several."""

    @property
    def lossless(self) -> bool:
        """Whether every row was written as it was."""
        return not self.refused_rows and not self.notes


def convert(source: Path, to: str, out: Path, *, overwrite: bool = False) -> ConvertResult:
    """Rewrite the rows of a file or folder as JSON Lines for a target (or a format named in `render.WRITERS`).

    The file appears under its name when it is complete, and only then. Rows that already have the shape are copied.

    Raises:
        UsageError: no conversion to `to`, or `out` exists (unless `overwrite`) or is one of the sources.
        SourceError: nothing to read.
    """
    plan = (to,) if to in WRITERS else PLANS.get(to)
    judge = None if to in WRITERS else Judge([load(to)])  # an unknown name is told with the nearest one
    if plan is None:
        raise UsageError(f"nothing is converted to {to}; targets are {', '.join(sorted(PLANS))}")
    files = _files(source)
    if any(out.resolve() == f.resolve() for f, _ in files):
        raise UsageError(f"{out.name} is one of the sources")
    if out.exists() and not overwrite:
        raise UsageError(f"{out.name} exists; choose another name")
    if not out.parent.is_dir():
        raise UsageError(f"the folder of {out.name} does not exist")
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            result = _write(files, plan, judge, file)
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(out)
    finally:
        Path(name).unlink(missing_ok=True)
    return result


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _files(source: Path) -> list[tuple[Path, str]]:
    if source.is_dir():
        found = sorted(p for p in source.rglob("*") if p.is_file() and row_suffix(p) in READABLE)
        files = [(p, p.relative_to(source).as_posix()) for p in found]
    else:
        files = [(source, source.name)] if source.is_file() else []
    if not files:
        raise SourceError(f"{source.name}: nothing to convert")
    return files


def _write(files: list[tuple[Path, str]], plan: tuple[str, ...], judge: Judge | None, file: IO[str]) -> ConvertResult:
    rows = written = refused_rows = 0
    refused: list[Refusal] = []
    notes: Counter[str] = Counter()
    formats: Counter[str] = Counter()
    for path, name in files:
        for line, row, unreadable in _rows(path):
            rows += 1
            reason = unreadable
            if not reason:
                made, told, reason = _made(row, plan, judge)
                if made is not None:
                    file.write(_dumped(made[1]) + "\n")
                    written += 1
                    formats[made[0]] += 1
                    notes.update(told)
                    continue
            refused_rows += 1
            if len(refused) < 1000:
                refused.append(Refusal(name, line, reason))
    common = formats.most_common(1)
    return ConvertResult(rows, written, tuple(refused), refused_rows, tuple(sorted(notes.items())), common[0][0] if common else "".join(plan[:1]))


def _made(
    row: object, plan: tuple[str, ...], judge: Judge | None
) -> tuple[tuple[str, dict[str, object]] | None, tuple[str, ...], str]:
    """Format and row, notes, and the reason where there is none."""
    record, reason = record_of(row), ""
    if judge is not None and isinstance(row, dict) and not judge.judge(row).rejected:
        return (record.format, row), (), ""
    for to in sorted(plan, key=lambda to: to != record.format):
        try:
            # a row of the right format that the target refuses all the same is written anew
            made, notes = render(record_of(row), to, anew=judge is not None)
        except CannotHoldError as error:
            reason = reason or str(error)
        except ValueError:
            reason = reason or "arguments of a call aren't JSON"
        else:
            return (to, made), notes, ""
    return None, (), reason or f"a {record.shape} row has no place there"


def _dumped(row: dict[str, object]) -> str:
    text = json.dumps(row, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate can only stand in a file as an escape, as it came
        return json.dumps(row)
    return text


def _rows(path: Path) -> Iterator[tuple[int | None, object, str]]:
    file = JsonFile(path)
    if row_suffix(path) in TABLES:
        for line, row in table_rows(file):
            yield line, row, ""
        return
    for record in file:
        parsed = loads(record.data)
        twice = any(d.kind == "duplicate_key" for d in parsed.defects)
        reason = "no JSON" if not parsed.ok else "a key twice in one object" if twice else ""
        yield record.line, parsed.value, reason
