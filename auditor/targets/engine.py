"""Files → report: reads each row once and holds it against every target's rules."""

from __future__ import annotations

import re
from array import array
from collections import Counter as Tallies
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from auditor.targets.batch import Batch, Ints, sizes_of
from auditor.targets.columns import Columns
from auditor.targets.lengths import Lengths, RowSize
from auditor.targets.packing import Packed, pack
from auditor.targets.parse import colons, exact, loads, suspicious
from auditor.targets.predicates.text import STEMS
from auditor.targets.reader import JsonFile, RawRecord
from auditor.targets.request import row_suffix
from auditor.targets.signature import walk
from auditor.targets.spec import Target
from auditor.targets.tables import TABLES, table_rows
from auditor.targets.tally import SHOWN, Group, Spot, place_of
from auditor.targets.tokens import Counter
from auditor.targets.twins import peculiarities
from auditor.targets.verdict import Judge, RuleHit, Verdict

VALIDATION: Final = "validation"
"""Split of files that are read and not trained on."""
_CACHE: Final = 20_000
"""Signatures that are remembered; real files have a few hundred."""
_CHUNK: Final = 2_000
"""Rows of a table that are looked at together."""
_SAMPLES: Final = 20
"""Rows that are kept to try other targets on."""
_ESCAPED: Final = re.compile(rb"\\u00[0-7]|\\u[fF]{3}[dD]|<\\u[fF]{2}5[cC]")


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
    prompts: array[int] = field(default_factory=lambda: array("q"))
    """Digest of what each row asks, 0 where it asks nothing."""
    answers: array[int] = field(default_factory=lambda: array("q"))
    """Digest of what each row answers."""
    empty: bytearray = field(default_factory=bytearray)
    """1 for each row in which nothing is trained, else 0."""
    columns: Columns | None = None
    """How the rows are to be read, where a `dataset_info.json` says it."""


    def read(self, value: object) -> object:
        """A row by the columns of the file."""
        return self.columns.read(value) if self.columns else value


class Engine:
    """Holds the state of one study. Use `feed` for each file, then read the fields."""

    def __init__(self, targets: Sequence[Target], counter: Counter, max_length: int = 0, packing: str = "", columns: Mapping[Path, Columns] | None = None) -> None:
        self.columns = columns or {}
        self.judge = Judge(targets)
        self.counter = counter
        self.groups: dict[int, Group] = {}
        self.files: list[FileFacts] = []
        self.verdicts: dict[object, Verdict] = {}
        self.twins: dict[object, Verdict] = {}
        """Verdicts on rows with tools, calls or two answers, by signature and what is peculiar to the row."""
        self.formats: Tallies[str] = Tallies()
        self.fates: Tallies[tuple[int, int, bool]] = Tallies()
        self.too_long = [0] * len(targets)
        """Rows that a target refuses for their length, and that nothing else speaks against."""
        self.both = [[0, 0, 0] for _ in targets]
        """Rows over the limit that are lost for another reason too."""
        # Tokens are told of the training files alone: validation rows are neither trained on nor billed.
        self.messages = self.named = self.units = self.trained_units = 0
        self.given = self.given_trained = 0
        """Tokens of rows that are tokenized already."""
        self.training = 0
        """Rows of the training files."""
        self.rows = 0
        self.packing = packing
        self.room = [max_length or t.training.max_length for t in targets]
        """Tokens of a sequence, by target."""
        self.samples: list[object] = []
        """The first rows, as they stand."""
        self.rows_to_pack: list[Ints] = []
        """Of each row that one answer follows: units, messages, names, bits of the targets that don't train it, trained units, given tokens, and trained ones of these."""
        self.lengths = [
            # a row that goes on in the next sequence is not cut
            Lengths(t, counter.scale(t.training.encoding, exact=t.training.exact), 0 if packing in {"wrapped", "bfd_split"} and t.training.excess == "truncate" else room)
            for t, room in zip(targets, self.room, strict=True)
        ]
        self.safe = min(length.safe for length in self.lengths)
        self.limited = [i for i, length in enumerate(self.lengths) if length.limit and length.target.training.excess != "none"]
        self.length_rules = {self.judge.rules[i][0]: i for i in self.judge.by_check("length")}
        self.needles = self._needles()
        self.words = tuple(needle.decode() for needle in self.needles if needle != b"<\\/")
        self.spelled = self._spelled()
        self.bytes_spelled = re.compile(self.spelled.pattern.encode(), re.IGNORECASE) if self.spelled else None

    def _needles(self) -> tuple[bytes, ...]:
        """Words that make a row worth a look for itself, as they stand in JSON."""
        words = {*STEMS, "{{", "\ufffd"}
        for _, rule in self.judge.rules:
            if rule.check == "reserved" and rule.args.get("case", True):
                words.update(rule.args["words"])
            elif rule.check == "media_markers":
                words.update(rule.args["markers"])
        return tuple(sorted({w.encode() for w in words} | {b"<\\/"}))

    def _spelled(self) -> re.Pattern[str] | None:
        """Words that are looked for in whatever case."""
        words = {w for _, rule in self.judge.rules if rule.check == "reserved" and not rule.args.get("case", True) for w in rule.args["words"]}
        return re.compile("|".join(map(re.escape, sorted(words))), re.IGNORECASE | re.ASCII) if words else None

    def feed(self, source: Source) -> None:
        """Read one file.

        Raises:
            SourceError: it cannot be read at all.
        """
        facts = FileFacts(source, JsonFile(source.path), columns=self.columns.get(source.path))
        self.files.append(facts)
        if row_suffix(source.path) in TABLES:
            rows = table_rows(facts.file)
            while chunk := list(islice(rows, _CHUNK)):
                self._table(facts, chunk)
            facts.file.size = facts.file.size or source.path.stat().st_size
            return
        for batch in facts.file.batches():
            self._batch(facts, batch)

    def _table(self, facts: FileFacts, rows: list[tuple[int | None, dict[str, object]]]) -> None:
        batch = Batch()
        for line, given in rows:
            texts: list[str] = []
            if len(self.samples) < _SAMPLES:
                self.samples.append(given)
            read = facts.read(given)
            row = read if isinstance(read, dict) else given
            signature, _ = walk(row, texts)
            verdict = self._known(signature, row)
            if any(word in text for text in texts for word in self.words) or (self.spelled and any(map(self.spelled.search, texts))):
                verdict = self.judge.judge(row) if verdict.special else self.judge.with_content(verdict, row)
            batch.add(RawRecord(line or 0, None, b""), verdict, texts, row)
        self._absorb(facts, batch)

    def _batch(self, facts: FileFacts, records: list[RawRecord]) -> None:
        if not records:
            return
        joined = b"\n".join([r.data for r in records])
        spaced = suspicious(joined)
        present = [needle for needle in self.needles if needle[:1] in joined and needle in joined]
        # control words may be spelled with escapes; which bytes those are in this block a regular expression tells once
        present += set(_ESCAPED.findall(joined)) if b"\\u" in joined else ()
        present += set(self.bytes_spelled.findall(joined)) if self.bytes_spelled else ()
        batch = Batch()
        for record in records:
            texts: list[str] = []
            if facts.columns:
                verdict = self._mapped(record.data, present, texts, facts.columns)
            else:
                verdict = self._verdict(record.data, spaced, present, texts)
            batch.add(record, verdict, texts)
        self._absorb(facts, batch)

    def _verdict(self, data: bytes, spaced: bool, present: list[bytes], texts: list[str]) -> Verdict:
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            return self._slow(data, texts)
        if type(value) is not dict:
            return self._slow(data, texts)
        signature, keys = walk(value, texts)
        if (spaced or colons(data) != keys) and loads(data).defects:
            texts.clear()
            return self._slow(data, texts)
        verdict = self._known(signature, value)
        if present and any(needle in data for needle in present):
            if b"\\u0000" in data:
                texts.clear()
                return self._slow(data, texts)
            return self.judge.judge(value) if verdict.special else self.judge.with_content(verdict, value)
        return verdict

    def _mapped(self, data: bytes, present: list[bytes], texts: list[str], columns: Columns) -> Verdict:
        """The verdict on a row whose columns are named by a `dataset_info.json`."""
        parsed = loads(data)
        if not parsed.ok:
            return self.judge.unreadable(parsed.defects)
        value = columns.read(parsed.value)
        signature, _ = walk(value, texts)
        if parsed.defects or not isinstance(value, dict):
            return self.judge.judge(value, parsed.defects)
        verdict = self._known(signature, value)
        if any(needle in data for needle in present):
            return self.judge.judge(value) if verdict.special else self.judge.with_content(verdict, value)
        return verdict

    def _known(self, signature: object, value: Mapping[str, object]) -> Verdict:
        """The verdict on a row without what its words say, worked out once for all rows that are alike in all else."""
        verdict = self.verdicts.get(signature)
        if verdict is None:
            verdict = self.judge.judge(value, content=False)
            if len(self.verdicts) < _CACHE:
                self.verdicts[signature] = verdict
        if not verdict.special:
            return verdict
        peculiar = peculiarities(value, verdict.special, self.judge.id_patterns)
        if peculiar is None:
            return self.judge.judge(value)
        twin = self.twins.get((signature, peculiar))
        if twin is None:
            twin = self.judge.judge(value, content=False)
            if len(self.twins) < _CACHE:
                self.twins[signature, peculiar] = twin
        return twin

    def _slow(self, data: bytes, texts: list[str]) -> Verdict:
        parsed = exact(data)
        if not parsed.ok:
            return self.judge.unreadable(parsed.defects)
        walk(parsed.value, texts)
        return self.judge.judge(parsed.value, parsed.defects)

    def _absorb(self, facts: FileFacts, batch: Batch) -> None:
        """Take a batch into the account: what one row says at once, what many share by verdict."""
        units = np.asarray(self.counter.counts(batch.texts), dtype=np.int64)
        sizes = sizes_of(batch.verdicts, batch.ends, units)
        first = facts.rows
        if not batch.values and len(self.samples) < _SAMPLES:
            self.samples += [loads(r.data).value for r in batch.records[: _SAMPLES - len(self.samples)]]
        for i, found in enumerate(batch.verdicts):
            verdict = found
            if verdict.kind != facts.first and verdict.format != "unreadable":
                batch.verdicts[i] = verdict = self._odd(facts, verdict)
            texts = batch.texts_of(i)
            facts.prompts.append(hash(verdict.ask(texts)) if verdict.ask else 0)
            facts.answers.append(hash(verdict.answer(texts)) if verdict.answer else _other(batch.records[i], texts))
            facts.empty.append(verdict.untrained)
            if verdict.hits:
                self._hit(facts, batch, i, first + i)
        training = facts.source.split != VALIDATION
        facts.rows += len(batch.verdicts)
        self.rows += len(batch.verdicts)
        for verdict, count in Tallies(batch.verdicts).items():
            facts.media_rows += count * bool(verdict.media)
            self.formats[verdict.format] += count
            self.fates[verdict.fate] += count
            if training:
                self.training += count
                self.messages += count * verdict.messages
                self.named += count * verdict.named
        if self.packing and training:
            self.rows_to_pack.append(np.array(
                [(total, v.messages, v.named, v.rejected | v.dropped, trained, len(v.given), v.given.count(1)) for v, total, trained in zip(batch.verdicts, sizes.total.tolist(), sizes.trained.tolist(), strict=True) if not v.paired],
                dtype=np.int64,
            ).reshape(-1, 7))  # fmt: skip
        given = [i for i, v in enumerate(batch.verdicts) if v.given]
        if training:
            self.units += int(sizes.billed.sum())
            self.trained_units += int(sizes.trained.sum())
            self.given += sum(len(batch.verdicts[i].given) for i in given)
            self.given_trained += sum(batch.verdicts[i].given.count(1) for i in given)
        for i in sorted({*map(int, np.flatnonzero(sizes.total > self.safe)), *given}):
            counts = [int(n) for n in units[batch.begin(i) : batch.ends[i]]]
            verdict, size = batch.verdicts[i], sizes.row(i)
            for t in self.limited:
                if not verdict.rejected >> t & 1:
                    self._over(facts, batch.records[i], verdict, counts, size=size, t=t, number=first + i)

    def packed(self, t: int) -> tuple[Packed, Packed, Packed] | None:
        """What packing makes of the rows that a target trains, at the low, likely and high number of tokens."""
        length, size = self.lengths[t], self.room[t]
        rows = np.concatenate(self.rows_to_pack) if self.rows_to_pack else np.empty((0, 7), np.int64)
        rows = rows[(rows[:, 3] >> t & 1) == 0]
        training = length.target.training
        # who runs the trainer chooses how it packs; a provider with a tokenizer of its own, or one that refuses long rows, doesn't ask
        if not self.packing or not size or not rows.size or training.exact or training.excess not in {"truncate", "drop"}:
            return None
        fixed = training.per_message * rows[:, 1] + training.per_row + (rows[:, 2] if training.per_message else 0) + rows[:, 5]

        def made(factor: float, gone: float) -> Packed:
            tokens = np.ceil(rows[:, 0] * factor).astype(np.int64) + fixed
            kept = np.full(tokens.size, True) if training.excess == "truncate" else tokens <= size
            lost = gone if training.excess == "truncate" else 0.0  # what is cut off a row; dropped rows are left aside as a whole
            trained = max(0, round(int(rows[kept, 4].sum()) * factor + int(rows[kept, 6].sum()) - lost))
            return replace(pack(tokens[kept], size, self.packing), trained=trained)

        low, value, high = zip((length.scale.low, length.scale.value, length.scale.high), length.gone, strict=True)
        return made(*low), made(*value), made(*high)

    def _odd(self, facts: FileFacts, verdict: Verdict) -> Verdict:
        """The verdict on a row that may be of another shape than the first one of its file."""
        if facts.first is None:
            facts.first = verdict.kind
            return verdict
        key = (verdict.format != facts.first[0], verdict.media != facts.first[1])
        if key not in verdict.variants:
            verdict.variants[key] = self.judge.mixed(verdict, *key)
        return verdict.variants[key]

    def _hit(self, facts: FileFacts, batch: Batch, i: int, number: int) -> None:
        """Count the broken rules of a row; the first rows of a rule are shown with what stands in them and no other."""
        file, record, verdict = len(self.files) - 1, batch.records[i], batch.verdicts[i]
        own: dict[int, RuleHit] | None = None
        for hit in verdict.hits:
            group = self.groups.get(hit.index) or self.groups.setdefault(hit.index, Group())
            group.row(file, number, hit.count, record.line)
            if len(group.places) >= SHOWN:
                continue
            if own is None:
                parsed = loads(record.data) if record.data else None
                value = facts.read(parsed.value) if parsed is not None else batch.values.get(i)
                judged = self.judge.judge(value, parsed.defects if parsed else ()).hits if parsed is None or parsed.ok else ()
                own = {h.index: h for h in judged}
            shown = own.get(hit.index, hit)
            spot = Spot(file, facts.source.name, number, record.line or None, record.offset, record.data, record.lead)
            path, detail = shown.path, shown.detail
            if facts.columns and shown.at is None:
                path, detail = facts.columns.back(path), facts.columns.told(path, detail)
            group.places.append(place_of(spot, path, detail, shown.at))

    def _over(
        self, facts: FileFacts, record: RawRecord, verdict: Verdict, counts: list[int], *, size: RowSize, t: int, number: int
    ) -> None:
        length = self.lengths[t]
        certain, likely = length.add(verdict, counts, size, training=facts.source.split != VALIDATION)
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
            group.row(len(self.files) - 1, number, 1, record.line)
            if len(group.places) < SHOWN:
                fixed = length.target.training.fixed(verdict.messages, verdict.named) + len(verdict.given)
                told = f"{length.scale.range(size.total, fixed)} tokens, limit {length.limit:,}"
                spot = Spot(len(self.files) - 1, facts.source.name, number, record.line or None, record.offset)
                group.places.append(place_of(spot, (), told, None))


def _other(record: RawRecord, texts: Sequence[str]) -> int:
    """Digest of a row without answers: of its bytes, or of all its texts where it came from a table.

    `hash` is keyed anew in every process: no digest leaves it, and nobody can write rows whose digests agree.
    """
    return hash(record.data.strip() if record.data else tuple(texts))
