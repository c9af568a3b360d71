"""Files → report: reads each row once and holds it against every target's rules."""

from __future__ import annotations

import hashlib
import re
from array import array
from collections import Counter as Tallies
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from auditor.targets.lengths import Lengths, RowSize, size_of
from auditor.targets.parse import exact, loads, suspicious
from auditor.targets.predicates.text import STEMS
from auditor.targets.reader import JsonFile, RawRecord
from auditor.targets.signature import walk
from auditor.targets.spec import Target
from auditor.targets.tables import TABLES, table_rows
from auditor.targets.tally import SHOWN, Group, Spot, place_of
from auditor.targets.tokens import Counter
from auditor.targets.verdict import Judge, Verdict

_CACHE: Final = 20_000
"""Signatures that are remembered; real files have a few hundred."""
_ESCAPED: Final = re.compile(rb"\\u00[0-7]|\\u[fF]{3}[dD]")


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the data."""

    path: Path
    name: str
    """Path as it is shown."""
    split: str = "train"


@dataclass(slots=True)
class FileFacts:
    """What is known of a file after it was read."""

    source: Source
    file: JsonFile
    first: tuple[str, tuple[str, ...]] | None = None
    """Format and media of the first row that could be read."""
    rows: int = 0
    media_rows: int = 0
    prompts: array[int] = field(default_factory=lambda: array("Q"))
    """Digest of what each row asks, 0 where it asks nothing."""
    answers: array[int] = field(default_factory=lambda: array("Q"))
    """Digest of what each row answers."""


class Engine:
    """Holds the state of one study. Use `feed` for each file, then read the fields."""

    def __init__(self, targets: Sequence[Target], counter: Counter, max_length: int = 0) -> None:
        self.judge = Judge(targets)
        self.counter = counter
        self.groups: dict[int, Group] = {}
        self.files: list[FileFacts] = []
        self.verdicts: dict[object, Verdict] = {}
        self.formats: Tallies[str] = Tallies()
        self.fates: Tallies[tuple[int, int, bool]] = Tallies()
        self.too_long = [0] * len(targets)
        """Rows that a target refuses for their length, and that nothing else speaks against."""
        self.both = [[0, 0, 0] for _ in targets]
        """Rows over the limit that are lost for another reason too."""
        self.messages = self.named = self.units = self.trained_units = 0
        self.rows = 0
        self.lengths = [
            Lengths(t, counter.scale(t.training.encoding, exact=t.training.exact), max_length or t.training.max_length)
            for t in targets
        ]
        self.safe = min(length.safe for length in self.lengths)
        self.limited = [i for i, length in enumerate(self.lengths) if length.limit and length.target.training.excess != "none"]
        self.length_rules = {self.judge.rules[i][0]: i for i in self.judge.by_check("length")}
        self.needles = self._needles()
        self.words = tuple(needle.decode() for needle in self.needles if needle != b"<\\/")

    def _needles(self) -> tuple[bytes, ...]:
        """Words that make a row worth a look for itself, as they stand in JSON."""
        words = {*STEMS, "{{", "\ufffd"}
        for _, rule in self.judge.rules:
            if rule.check == "reserved":
                words.update(rule.args["words"])
            elif rule.check == "media_markers":
                words.update(rule.args["markers"])
        return tuple(sorted({w.encode() for w in words} | {b"<\\/"}))

    def feed(self, source: Source) -> None:
        """Read one file.

        Raises:
            SourceError: it cannot be read at all.
        """
        facts = FileFacts(source, JsonFile(source.path))
        self.files.append(facts)
        if source.path.suffix.lower() in TABLES:
            for line, row in table_rows(facts.file):
                self._table_row(facts, line, row)
            facts.file.size = source.path.stat().st_size
            return
        for batch in facts.file.batches():
            self._batch(facts, batch)

    def _table_row(self, facts: FileFacts, line: int | None, row: dict[str, object]) -> None:
        texts: list[str] = []
        signature, _ = walk(row, texts)
        verdict = self._known(signature, row)
        joined = "\0".join(texts)
        if verdict.own:
            verdict = self.judge.judge(row)
        elif any(word in joined for word in self.words):
            verdict = self.judge.with_content(verdict, row)
        self._row(facts, RawRecord(line or 0, None, b""), verdict, texts, self.counter.counts(texts))

    def _batch(self, facts: FileFacts, batch: list[RawRecord]) -> None:
        if not batch:
            return
        joined = b"\n".join(r.data for r in batch)
        spaced = suspicious(joined)
        present = [needle for needle in self.needles if needle in joined]
        # control words may be spelled with escapes; which bytes those are in this block a regular expression tells once
        present += set(_ESCAPED.findall(joined)) if b"\\u" in joined else ()
        read: list[tuple[RawRecord, Verdict, list[str]]] = []
        everything: list[str] = []
        for record in batch:
            verdict, texts = self._verdict(record.data, spaced, present)
            read.append((record, verdict, texts))
            everything += texts
        counts = self.counter.counts(everything)
        at = 0
        for record, verdict, texts in read:
            end = at + len(texts)
            self._row(facts, record, verdict, texts, counts[at:end])
            at = end

    def _verdict(self, data: bytes, spaced: bool, present: list[bytes]) -> tuple[Verdict, list[str]]:
        texts: list[str] = []
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            return self._slow(data)
        if type(value) is not dict:
            return self._slow(data)
        signature, keys = walk(value, texts)
        if (spaced or data.count(b'":') != keys) and loads(data).defects:
            return self._slow(data)
        verdict = self._known(signature, value)
        if verdict.own:
            return self.judge.judge(value), texts
        if present and any(needle in data for needle in present):
            if b"\\u0000" in data:
                return self._slow(data)
            verdict = self.judge.with_content(verdict, value)
        return verdict, texts

    def _known(self, signature: object, value: object) -> Verdict:
        """The verdict on the structure of a row, worked out once for all rows of its signature."""
        verdict = self.verdicts.get(signature)
        if verdict is None:
            verdict = self.judge.judge(value, content=False)
            if len(self.verdicts) < _CACHE:
                self.verdicts[signature] = verdict
        return verdict

    def _slow(self, data: bytes) -> tuple[Verdict, list[str]]:
        parsed = exact(data)
        if not parsed.ok:
            return self.judge.unreadable(parsed.defects), []
        texts: list[str] = []
        walk(parsed.value, texts)
        return self.judge.judge(parsed.value, parsed.defects), texts

    def _row(
        self,
        facts: FileFacts,
        record: RawRecord,
        verdict: Verdict,
        texts: list[str],
        counts: list[int],
    ) -> None:
        if verdict.format != "unreadable" and facts.first is None:
            facts.first = verdict.kind
        elif facts.first is not None and verdict.format != "unreadable" and verdict.kind != facts.first:
            key = (verdict.format != facts.first[0], verdict.media != facts.first[1])
            if key not in verdict.variants:
                verdict.variants[key] = self.judge.mixed(verdict, *key)
            verdict = verdict.variants[key]
        number = facts.rows
        facts.rows += 1
        self.rows += 1
        facts.media_rows += bool(verdict.media)
        facts.prompts.append(_digest([texts[i] for i in verdict.asked]) if verdict.asked else 0)
        facts.answers.append(_digest([texts[i] for i in verdict.answered]) if verdict.answered else _other(record, texts))
        self.formats[verdict.format] += 1
        spot = None
        if verdict.hits:
            spot = Spot(len(self.files) - 1, facts.source.name, number, record.line or None, record.offset, record.data)
            for hit in verdict.hits:
                group = self.groups.setdefault(hit.index, Group())
                group.row(spot.file, number, hit.count)
                if len(group.places) < SHOWN:
                    group.places.append(place_of(spot, hit.path, hit.detail, hit.at))
        self._account(facts, record, verdict, counts)

    def _account(self, facts: FileFacts, record: RawRecord, verdict: Verdict, counts: list[int]) -> None:
        size = size_of(verdict, counts)
        self.units += size.billed
        self.trained_units += size.trained
        self.messages += verdict.messages
        self.named += verdict.named
        self.fates[verdict.fate] += 1
        if size.total <= self.safe:
            return
        for t in self.limited:
            if not verdict.rejected >> t & 1:
                self._over(facts, record, verdict, counts, size=size, t=t)

    def _over(
        self, facts: FileFacts, record: RawRecord, verdict: Verdict, counts: list[int], *, size: RowSize, t: int
    ) -> None:
        length, number = self.lengths[t], facts.rows - 1
        certain, likely = length.add(verdict, counts, size)
        if not certain and not likely:
            return
        lost = verdict.untrained or verdict.dropped >> t & 1
        if length.target.training.excess == "reject":
            if certain:
                self.too_long[t] += 1
                self.fates[verdict.fate] -= 1
                self.fates[verdict.rejected | 1 << t, verdict.dropped, verdict.untrained] += 1
        elif lost:
            self.both[t][0] += certain
            self.both[t][1] += likely
        rule = self.length_rules.get(t)
        if rule is not None:
            group = self.groups.setdefault(rule, Group())
            group.row(len(self.files) - 1, number, 1)
            if len(group.places) < SHOWN:
                fixed = length.target.training.fixed(verdict.messages, verdict.named)
                told = f"{length.scale.range(size.total, fixed)} tokens, limit {length.limit:,}"
                spot = Spot(len(self.files) - 1, facts.source.name, number, record.line or None, record.offset)
                group.places.append(place_of(spot, (), told, None))


def _other(record: RawRecord, texts: list[str]) -> int:
    """The same for a row without answers: of its bytes, or of all its texts where it came from a table."""
    return _digest([record.data.decode("utf-8", "replace").strip()] if record.data else texts)


def _digest(texts: Iterable[str]) -> int:
    """Content of texts as a number, the same on every machine."""
    joined = "\0".join(texts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "little")
