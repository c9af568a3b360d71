"""`audit convert`: rows of one shape rewritten for another target, row by row, nothing lost in silence."""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from auditor.errors import SourceError, UsageError
from auditor.output import atomic
from auditor.targets.canon import Message, Record
from auditor.targets.columns import columns_of
from auditor.targets.fitting import fit
from auditor.targets.formats import detect, record_of
from auditor.targets.media import CannotHoldError
from auditor.targets.parse import loads
from auditor.targets.reader import JsonFile
from auditor.targets.render import KTO, WRITERS, render_rows
from auditor.targets.render_blocks import text_of
from auditor.targets.render_pairs import paired, parted
from auditor.targets.request import METADATA, READABLE, row_suffix
from auditor.targets.spec import Rule, load
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
    "trl-kto": ("kto",),
    "trl-prm": (),
    "axolotl": ("chat", "text", "pairs-explicit"),
    "llamafactory": ("sharegpt", "text", "pairs-sharegpt", "kto-sharegpt"),
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
    """Rows that were carried over."""
    lines: int
    """Lines of the file that was written: a pair becomes two rows of KTO, and two such rows become one pair."""
    refused: tuple[Refusal, ...]
    """The first 1,000."""
    refused_rows: int
    notes: tuple[tuple[str, int], ...]
    """What isn't exactly as it was, with the number of rows."""
    format: str
    """Format of the rows written; the most frequent one where a target takes several."""
    formats: tuple[str, ...] = ()
    """All of them."""

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
    plan = (to,) if to in {*WRITERS, *KTO} else PLANS.get(to)
    judge = None if to in {*WRITERS, *KTO} else Judge([load(to)])  # an unknown name is told with the nearest one
    if plan is None:
        raise UsageError(f"nothing is converted to {to}; targets are {', '.join(sorted(PLANS))}")
    files = _files(source)
    if any(out.resolve() == f.resolve() for f, _ in files):
        raise UsageError(f"{out.name} is one of the sources")
    if out.exists() and not overwrite:
        raise UsageError(f"{out.name} exists; choose another name")
    if not out.parent.is_dir():
        raise UsageError(f"the folder of {out.name} does not exist")
    with atomic(out) as stream:
        file = io.TextIOWrapper(stream, encoding="utf-8", newline="\n")
        result = _write(files, plan, judge, file)
        if len(result.formats) > 1 and judge is not None and any(rule.check == "uniform" and not rule.args.get("media") for _, rule in judge.rules):
            result = _alike(files, plan, judge, file, result)
        file.flush()
        file.detach()
    return result


def _files(source: Path) -> list[tuple[Path, str]]:
    if source.is_dir():
        found = sorted(p for p in source.rglob("*") if p.is_file() and p.name not in METADATA and row_suffix(p) in READABLE)
        files = [(p, p.relative_to(source).as_posix()) for p in found]
    else:
        files = [(source, source.name)] if source.is_file() else []
    if not files:
        raise SourceError(f"{source.name}: nothing to convert")
    return files


@dataclass(slots=True)
class _Waiting:
    """A KTO row that waits for one of the same prompt with the other label."""

    file: str
    line: int | None
    record: Record


class _Writer:
    """Writes rows and keeps the account."""

    def __init__(self, plan: tuple[str, ...], judge: Judge | None, file: IO[str], *, only: bool) -> None:
        self.plan, self.judge, self.file, self.only = plan, judge, file, only
        self.rows = self.written = self.lines = self.refused_rows = 0
        self.refused: list[Refusal] = []
        self.notes: Counter[str] = Counter()
        self.formats: Counter[str] = Counter()
        self.waiting: dict[bytes, dict[bool, list[_Waiting]]] = {}
        self.pairing = any("pairs" in to for to in plan) and "kto" not in plan and "kto-sharegpt" not in plan

    def take(self, name: str, line: int | None, row: object, reason: str) -> None:
        """One row that was read, or the reason why it could not be."""
        self.rows += 1
        if reason:
            self.refuse(name, line, reason)
            return
        record = record_of(row)
        fits = not self.only or record.format in self.plan
        if self.judge is not None and isinstance(row, dict) and fits and not self._deaf(record) and not any(_refused(rule) for rule in self._broken(row)):
            self.put(record.format, [row], (), checked=True)
        elif self.pairing and record.shape == "kto" and isinstance(record.label, bool):
            self._pair(name, line, record)
        else:
            self._render(name, line, record, 1)

    def _deaf(self, record: Record) -> bool:
        """Whether the row says if its answer is wanted, and the target doesn't read it."""
        rules = self.judge.rules if self.judge is not None else []
        return record.shape == "kto" and record.format != "kto" and all(rule.check != "label_type" for _, rule in rules)

    def _render(self, name: str, line: int | None, record: Record, rows: int) -> bool:
        reason = ""
        for to in sorted(self.plan, key=lambda to: to != record.format):
            if to in KTO and len(self.plan) > 1 and record.shape == "preference":  # a pair stays a pair
                continue
            try:
                # a row of the right format that the target refuses all the same is written anew
                made, notes = render_rows(record if record.value is None else record_of(record.value), to, anew=self.judge is not None)
            except CannotHoldError as error:
                # what the apt format lacks says more than that another isn't apt
                if not reason or (to != "text" and reason.startswith(f"a {record.shape} row ")):
                    reason = str(error)
            except ValueError:
                reason = reason or "arguments of a call aren't JSON"
            else:
                self.put(to, made, notes, rows)
                return True
        if rows == 1:
            self.refuse(name, line, reason or f"a {record.shape} row has no label for each step, which the target asks for")
        return False

    def put(self, to: str, made: list[dict[str, object]], notes: tuple[str, ...], rows: int = 1, *, checked: bool = False) -> None:
        """Write what `rows` rows became."""
        fitted = () if checked else tuple(note for row in made for note in fit(row, self._broken(row)))
        for row in made:
            self.file.write(_dumped(row) + "\n")
        self.lines += len(made)
        self.written += rows
        self.formats[to] += rows
        self.notes.update(dict.fromkeys((*notes, *fitted), rows))
        broken = [] if checked else [rule for row in made for rule in self._broken(row)]
        for level, fate in (("error", "the target still refuses them"), ("loss", "the target drops them without a word")):
            ids = sorted({rule.id for rule in broken if rule.level == level})
            if ids:
                self.notes[f"written, but {fate} ({', '.join(ids)})"] += rows

    def _broken(self, row: dict[str, object]) -> list[Rule]:
        """Rules of the target that a row breaks."""
        return [self.judge.rules[hit.index][1] for hit in self.judge.judge(row).hits] if self.judge is not None else []

    def refuse(self, name: str, line: int | None, reason: str) -> None:
        """A row that is not written."""
        self.refused_rows += 1
        if len(self.refused) < 1000:
            self.refused.append(Refusal(name, line, reason))

    def _pair(self, name: str, line: int | None, record: Record) -> None:
        try:
            prompt, _ = parted(record)
        except CannotHoldError as error:
            self.refuse(name, line, str(error))
            return
        key = digest_of(prompt, record)
        good = record.label is True
        sides = self.waiting.setdefault(key, {True: [], False: []})
        if not sides[not good]:
            sides[good].append(_Waiting(name, line, record))
            return
        other = sides[not good].pop(0)
        pair = paired(record, other.record) if good else paired(other.record, record)
        if not self._render(name, line, pair, 2):
            for place in (other, _Waiting(name, line, record)):
                self.refuse(place.file, place.line, "the pair of this row and its partner has no place there")

    def close(self) -> ConvertResult:
        """Refuse what is still waiting, and give the account."""
        left = [w for sides in self.waiting.values() for waiting in sides.values() for w in waiting]
        for row in left:
            self.refuse(row.file, row.line, "no row of the same prompt with the other label is left to make a pair with")
        common = self.formats.most_common(1)
        return ConvertResult(
            self.rows, self.written, self.lines, tuple(sorted(self.refused, key=lambda r: (r.file, r.line or 0))), self.refused_rows,
            tuple(sorted(self.notes.items())), common[0][0] if common else "".join(self.plan[:1]), tuple(sorted(self.formats)),
        )  # fmt: skip


def _refused(rule: Rule) -> bool:
    """Whether a row that breaks the rule is written anew: it is refused, lost, or read only after a setting that nobody may make."""
    return rule.level in {"error", "loss"} or rule.check == "row_format"


def digest_of(prompt: list[Message], record: Record) -> bytes:
    """What two KTO rows must agree in to be about the same prompt: roles, texts and calls of its turns, and the tools."""
    said = [(m.role, text_of(m), [(str(c.name), str(c.arguments)) for c in m.calls]) for m in prompt]
    tools = [(str(t.name), str(t.description), str(t.parameters)) for t in record.tools]
    return hashlib.blake2b(repr((said, tools)).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _alike(files: list[tuple[Path, str]], plan: tuple[str, ...], judge: Judge, file: IO[str], mixed: ConvertResult) -> ConvertResult:
    """All rows in the one format that holds them all, for a target that decides by the first; where none does, as they were, and said."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        tried = {one: _write(files, (one,), judge, nowhere, only=True).refused_rows for one in dict.fromkeys((*plan, *mixed.formats)) if one in WRITERS}
    whole = [one for one, refused in tried.items() if refused == mixed.refused_rows]
    file.seek(0)
    file.truncate()
    if whole:
        return _write(files, whole[:1], judge, file, only=True)
    result = _write(files, plan, judge, file)
    told = f"written in {len(result.formats)} formats ({', '.join(result.formats)}) that no one format holds; the target wants one a file"
    return replace(result, notes=(*result.notes, (told, result.written)))


def _write(files: list[tuple[Path, str]], plan: Sequence[str], judge: Judge | None, file: IO[str], *, only: bool = False) -> ConvertResult:
    writer = _Writer(tuple(plan), judge, file, only=only)
    for path, name in files:
        columns = columns_of(path)
        for line, given, unreadable in _rows(path):
            # columns that only a `dataset_info.json` explains
            row = columns.read(given) if columns and detect(given) is None else given
            writer.take(name, line, row, unreadable)
    return writer.close()


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
