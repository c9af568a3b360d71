"""One row against every rule of every target that is studied."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

from auditor.targets.canon import ASSISTANT, FUNCTION, TOOL, Message, Record
from auditor.targets.formats import record_of
from auditor.targets.jsonpos import Defect, Path
from auditor.targets.messages import MEDIA
from auditor.targets.predicates import CONTENT, PREDICATES, TOOLS
from auditor.targets.predicates.turns import masked
from auditor.targets.signature import text_paths
from auditor.targets.spec import Rule, Target
from auditor.targets.twins import PAIRED, SINGLE, TOOLED

IGNORED, CONTEXT, TRAINED, CHOSEN, REJECTED = range(5)
"""What a text of a row is for."""
_ALWAYS: Final = frozenset({"row_format", "data_type", "single_format", "reserved", "template_tokens", "placeholders", "damaged", "json"})
_ATTACHED: Final = frozenset({"images", "videos", "audios", "image", "video", "audio"})
_LISTS: Final = ("messages", "conversations")
"""Keys under which a JSON string may hold all messages, so that no signature tells what they are."""
_REASONING: Final = ("reasoning", "reasoning_content")
"""Keys of a message with what is thought before the answer, which is learned with it."""
_OUTSIDE: Final = frozenset({"tools", "functions"})


@dataclass(slots=True)
class RuleHit:
    """A rule that a row breaks."""

    index: int
    """Of the rule, in the order of `Judge.rules`."""
    count: int
    path: Path
    """The first place."""
    detail: str
    at: int | None = None
    """Character position where it is known."""


@dataclass(slots=True, eq=False)
class Verdict:
    """What all targets say about one row, or about all rows of one signature."""

    format: str
    media: tuple[str, ...]
    hits: tuple[RuleHit, ...]
    rejected: int
    """Bits of the targets that refuse the row."""
    dropped: int
    """Bits of the targets that lose it."""
    untrained: bool
    special: int
    """What else rows of this signature must share for the verdict to hold, see `twins`; 0 = nothing."""
    classes: tuple[int, ...]
    """What each text of the row is for."""
    messages: int
    named: int = 0
    """Messages with a name, which costs a token more where templates are counted."""
    variants: dict[tuple[bool, bool], Verdict] = field(default_factory=dict)
    plain: bool = False
    """Whether every text is context or trained."""
    uses: bytes = b""
    """`classes`, a byte each."""
    answered: tuple[int, ...] = ()
    """Places of the texts that are trained or are one of two answers."""
    ask: Callable[[Sequence[str]], object] | None = None
    """Picks the texts that are context from those of a row; None where there are none."""
    answer: Callable[[Sequence[str]], object] | None = None
    """Picks the texts that are answers."""
    kind: tuple[str, tuple[str, ...]] = ("", ())
    """What all rows of a file have to agree in."""
    fate: tuple[int, int, bool] = (0, 0, False)
    attached: bool = False
    """Whether it has images, sound or other files, in its messages or beside them: they are part of what is asked."""
    given: bytes = b""
    """A byte for each token of a row that is tokenized already, 1 where it is trained."""

    def __post_init__(self) -> None:
        asked = [i for i, use in enumerate(self.classes) if use == CONTEXT or (self.attached and use == IGNORED)]
        self.answered = tuple(i for i, use in enumerate(self.classes) if use > CONTEXT)
        self.ask = itemgetter(*asked) if asked else None
        self.answer = itemgetter(*self.answered) if self.answered else None
        self.uses = bytes(self.classes)
        self.kind = (self.format, self.media)
        self.fate = (self.rejected, self.dropped, self.untrained)
        self.plain = all(use in {CONTEXT, TRAINED} for use in self.classes)

    @property
    def paired(self) -> bool:
        """Whether the row has two answers of which the longer counts."""
        return CHOSEN in self.classes


class Judge:
    """The rules of the studied targets, sorted by what they ask."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = tuple(targets)
        self.rules: list[tuple[int, Rule]] = [(t, rule) for t, target in enumerate(targets) for rule in target.rules]
        self._asked: dict[tuple[str, str], list[int]] = {}
        self._json: dict[str, list[int]] = {}
        self._uniform: list[int] = []
        for i, (_, rule) in enumerate(self.rules):
            if rule.check in PREDICATES:
                # the same question of several targets is asked once
                self._asked.setdefault((rule.check, repr(sorted(rule.args.items()))), []).append(i)
            elif rule.check == "json":
                for kind in rule.args["kinds"]:
                    self._json.setdefault(kind, []).append(i)
            elif rule.check == "uniform":
                self._uniform.append(i)
        self.id_patterns = tuple(re.compile(rule.args["pattern"]) for _, rule in self.rules if rule.check == "call_id")
        """What the rules ask of the ids of calls."""

    def of_kind(self, kind: str) -> list[int]:
        """Rules about a peculiarity of the file or of its JSON."""
        return self._json.get(kind, [])

    def by_check(self, check: str) -> list[int]:
        """Rules of one of the engine's own checks."""
        return [i for i, (_, rule) in enumerate(self.rules) if rule.check == check]

    def judge(self, value: object, defects: Iterable[Defect] = (), *, content: bool = True) -> Verdict:
        """The verdict on a row that was read; without `content` that on its structure only."""
        record = record_of(value)
        hits = self._defects(defects)
        tooled = record.tools_given or any(m.calls or m.role in {TOOL, FUNCTION} for m in record.every)
        for (check, _), rules in self._asked.items():
            if (check in CONTENT and not content) or (check in TOOLS and not tooled):
                continue
            self._ask(PREDICATES[check], record, rules, hits)
        media = tuple(sorted({p.kind for m in record.every for p in m.parts if p.kind in MEDIA}))
        attached = isinstance(value, dict) and not _ATTACHED.isdisjoint(value)
        alone = media or attached or record.shape == "tokens" or (isinstance(value, dict) and any(isinstance(value.get(k), str) for k in _LISTS))
        special = (TOOLED if tooled else 0) | (PAIRED if record.shape == "preference" else 0) | (SINGLE if alone else 0)
        hits = self._relevant(hits)
        rejected, dropped = self._bits(hits)
        return Verdict(
            record.format,
            media,
            tuple(hits),
            rejected,
            dropped,
            untrained(record),
            special,
            classes_of(record),
            len(record.every),
            sum("name" in m.keys for m in record.every),
            attached=bool(media or attached),
            given=given_tokens(record),
        )

    def with_content(self, verdict: Verdict, value: object) -> Verdict:
        """The verdict on one row, from that on its structure and from what stands in its text."""
        record = record_of(value)
        hits: list[RuleHit] = []
        for (check, _), rules in self._asked.items():
            if check in CONTENT:
                self._ask(PREDICATES[check], record, rules, hits)
        return self._extended(verdict, self._relevant([*verdict.hits, *hits])) if hits else verdict

    def _extended(self, verdict: Verdict, hits: list[RuleHit]) -> Verdict:
        rejected, dropped = self._bits(hits)
        return Verdict(
            verdict.format, verdict.media, tuple(hits), rejected, dropped,
            verdict.untrained, verdict.special, verdict.classes, verdict.messages, verdict.named,
            attached=verdict.attached, given=verdict.given,
        )  # fmt: skip

    def unreadable(self, defects: Iterable[Defect]) -> Verdict:
        """The verdict on a row that is no JSON."""
        hits = self._defects(defects)
        rejected, dropped = self._bits(hits)
        return Verdict("unreadable", (), tuple(hits), rejected, dropped, True, 0, (), 0)

    def mixed(self, verdict: Verdict, other_format: bool, other_media: bool) -> Verdict:
        """The verdict on a row of another shape than the first one's."""
        hits = list(verdict.hits)
        for i in self._uniform:
            if other_media if self.rules[i][1].args.get("media") else other_format:
                told = "other media" if self.rules[i][1].args.get("media") else f"reads as {verdict.format}"
                hits.append(RuleHit(i, 1, (), f"{told}, the first row doesn't"))
        return self._extended(verdict, hits)

    def _ask(self, predicate: Callable[[Record, Any], Any], record: Record, rules: list[int], hits: list[RuleHit]) -> None:
        found = list(predicate(record, self.rules[rules[0]][1].args))
        if found:
            path, detail = found[0]
            hits.extend(RuleHit(i, len(found), path, detail) for i in rules)

    def _relevant(self, hits: list[RuleHit]) -> list[RuleHit]:
        """Where a target doesn't read the format at all, its rules about the inside of a row say nothing more."""
        foreign = {self.rules[h.index][0] for h in hits if self.rules[h.index][1].check == "row_format" and self.rules[h.index][1].level == "error"}
        return [h for h in hits if self.rules[h.index][0] not in foreign or self.rules[h.index][1].check in _ALWAYS]

    def _defects(self, defects: Iterable[Defect]) -> list[RuleHit]:
        hits: list[RuleHit] = []
        for defect in defects:
            detail = f"expected {defect.detail}" if defect.detail else ""
            hits += [RuleHit(i, 1, defect.path, detail, defect.at) for i in self.of_kind(defect.kind)]
        return hits

    def _bits(self, hits: Iterable[RuleHit]) -> tuple[int, int]:
        rejected = dropped = 0
        for hit in hits:
            target, rule = self.rules[hit.index]
            if rule.level == "error":
                rejected |= 1 << target
            elif rule.level == "loss":
                dropped |= 1 << target
        return rejected, dropped


def untrained(record: Record) -> bool:
    """Whether nothing of a row would be learned."""
    if record.shape in {"unknown", "prompt"}:
        return record.shape == "prompt"
    if record.shape == "tokens":
        return masked(record)
    targets = record.targets
    return not targets or all(m.blank for m in targets)


def given_tokens(record: Record) -> bytes:
    """Whether each token of a tokenized row is trained, a byte each: all are where there are no labels, -100 is not."""
    if record.shape != "tokens" or record.broken or not isinstance(record.value, dict):
        return b""
    labels = record.value.get("labels")
    return bytes(label != -100 for label in labels) if labels is not None else b"\1" * len(record.value["input_ids"])


def classes_of(record: Record) -> tuple[int, ...]:
    """What each text of a row is for, in the order of `signature.walk`."""
    uses: dict[Path, int] = {}
    for messages, trained in ((record.messages, TRAINED), (record.chosen, CHOSEN), (record.rejected, REJECTED)):
        for message in messages:
            use = trained if _learned(record, message, trained) else CONTEXT
            for part in message.parts:
                if part.text is not None or part.kind == "result":
                    uses[part.path] = use
            uses[*message.path, "name"] = CONTEXT
            for key in _REASONING:
                uses[*message.path, key] = use
            for call in message.calls:
                uses[call.arguments_path] = use
                uses[call.path] = use
    for key in record.encoded:
        uses[key,] = TRAINED if record.targets else CONTEXT
    found = []
    for path in text_paths(record.value):
        known = (uses[path[:n]] for n in range(len(path), 0, -1) if path[:n] in uses)
        outside = any(step in _OUTSIDE for step in path[:2])
        found.append(next(known, CONTEXT if outside else IGNORED))
    return tuple(found)


def _learned(record: Record, message: Message, trained: int) -> bool:
    if trained == TRAINED:
        return record.shape not in {"preference", "prompt"} and message.trained
    return message.role == ASSISTANT
