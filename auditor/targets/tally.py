"""Counts of what was found, while the rows go by. Memory grows with what is wrong, not with what is right."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final

from auditor.model import RowRef
from auditor.targets.jsonpos import locate, spelled
from auditor.targets.report import Issue, Place
from auditor.targets.spec import Rule

SHOWN: Final = 3
"""Places that are shown for one rule; all are counted."""


@dataclass(slots=True)
class Group:
    """All places of one rule."""

    count: int = 0
    rows: int = 0
    places: list[Place] = field(default_factory=list)
    files: array[int] = field(default_factory=lambda: array("H"))
    numbers: array[int] = field(default_factory=lambda: array("I"))
    lines: array[int] = field(default_factory=lambda: array("I"))
    """Physical line of each row, 0 where it has none."""

    def row(self, file: int, number: int, count: int, line: int) -> None:
        """One more row, with `count` places."""
        self.lines.append(line)
        self.count += count
        self.rows += 1
        self.files.append(file)
        self.numbers.append(number)

    def issue(self, target: str, rule: Rule, names: tuple[str, ...]) -> Issue:
        """The finished group."""
        refs = tuple(RowRef(names[f], n, line or None) for f, n, line in zip(self.files, self.numbers, self.lines, strict=True))
        return Issue(
            target, rule.id, rule.check, rule.level, rule.text, rule.fix, rule.source, rule.evidence,
            self.count, self.rows, tuple(self.places), refs,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A row on its way: where it is and its bytes."""

    file: int
    name: str
    number: int
    line: int | None
    offset: int | None
    data: bytes = b""
    lead: int = 0
    """Characters before the row on its line."""


def place_of(spot: Spot, path: tuple[str | int, ...], detail: str, at: int | None) -> Place:
    """Line, column and path of what is wrong with a row."""
    line, column = spot.line, None
    if spot.data:
        text = spot.data.decode(errors="replace")
        where = at if at is not None else locate(text, path)
        if where is not None and line is not None:
            before = text.rfind("\n", 0, where)
            line += text.count("\n", 0, where)
            column = where - before + (spot.lead if before < 0 else 0)
    return Place(spot.name, line, column, spot.offset, spelled(path), detail, spot.number)
