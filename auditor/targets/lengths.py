"""What is left of a row after the trainer has cut or dropped it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from auditor.targets.report import Range
from auditor.targets.spec import Target
from auditor.targets.tokens import Scale
from auditor.targets.verdict import CHOSEN, CONTEXT, IGNORED, REJECTED, TRAINED, Verdict


@dataclass(slots=True)
class RowSize:
    """Counted units of one row."""

    total: int
    """All of it; of two answers the longer one."""
    trained: int
    billed: int
    """All of it, both answers."""


def size_of(verdict: Verdict, counts: Sequence[int]) -> RowSize:
    """Units of a row by what they are for."""
    if verdict.plain:  # every text counts and there is one answer: the usual row
        return RowSize(total := sum(counts), sum([counts[i] for i in verdict.answered]), total)
    sums = [0, 0, 0, 0, 0]
    for use, count in zip(verdict.classes, counts, strict=True):
        sums[use] += count
    answers = sums[CHOSEN] + sums[REJECTED]
    longest = max(sums[CHOSEN], sums[REJECTED])
    shared = sums[CONTEXT] + sums[TRAINED]
    return RowSize(shared + longest, sums[TRAINED] + answers, shared + answers)


@dataclass(slots=True)
class Lengths:
    """Rows and tokens of one target that its sequence length takes away."""

    target: Target
    scale: Scale
    limit: int
    over: list[int] = field(default_factory=lambda: [0, 0, 0])
    """Rows over the limit: certainly, likely, possibly."""
    emptied: list[int] = field(default_factory=lambda: [0, 0, 0])
    """Of these, rows whose trained part is all behind the cut."""
    gone: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Trained tokens that are taken away."""
    unread: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Tokens of any kind that are taken away."""

    @property
    def safe(self) -> float:
        """Units below which a row is certainly not over the limit; infinite where there is no limit."""
        if not self.limit:
            return float("inf")
        return (self.limit - self.target.training.per_row) / self.scale.high

    def add(self, verdict: Verdict, counts: Sequence[int], size: RowSize, *, training: bool = True) -> tuple[bool, bool]:
        """Account for one row, for its tokens where it is one of `training`; whether it is certainly, and whether it is likely, over the limit."""
        rule = self.target.training
        template = rule.fixed(verdict.messages, verdict.named)
        fixed = template + len(verdict.given)
        room = max(0, self.limit - template)
        over = [False, False, False]
        for i, factor in enumerate((self.scale.low, self.scale.value, self.scale.high)):
            if size.total * factor + fixed <= self.limit:
                continue
            over[i] = True
            self.over[i] += 1
            tokens = size.billed * factor + fixed
            if rule.excess == "truncate":
                unread = tokens - self.limit * (2 if verdict.paired else 1)
                kept = kept_units(verdict, counts, (self.limit - fixed) / factor)
                gone = (size.trained - kept) * factor + verdict.given.count(1, room)
                self.emptied[i] += kept <= 0 and 1 not in verdict.given[:room] and (size.trained > 0 or 1 in verdict.given)
            else:
                unread, gone = tokens, size.trained * factor + verdict.given.count(1)
            if training:
                self.unread[i] += unread
                self.gone[i] += gone
        return over[0], over[1]


def kept_units(verdict: Verdict, counts: Sequence[int], room: float) -> float:
    """Trained units that stand before the cut, which takes the end of a row.

    Of a pair each answer is cut for itself, behind the shared context.
    """
    if verdict.paired:
        context = sum(c for u, c in zip(verdict.classes, counts, strict=True) if u == CONTEXT)
        kept = 0.0
        for side in (CHOSEN, REJECTED):
            answer = sum(c for u, c in zip(verdict.classes, counts, strict=True) if u == side)
            kept += min(answer, max(0.0, room - context))
        return kept
    kept = used = 0.0
    for use, count in zip(verdict.classes, counts, strict=True):
        if use == IGNORED:
            continue
        if use == TRAINED:
            kept += min(count, max(0.0, room - used))
        used += count
    return kept


def as_range(values: Sequence[float]) -> Range:
    """Three figures as a range."""
    return Range(int(values[0]), round(values[1]), round(values[2]))
