"""Production failures, tagged by where they come from: prompt, system, model, or human judgement.

The practice that this serves: collect a hundred ugly production examples and tag each point of failure before choosing
anything. This module counts the tags with intervals and says whether there are enough of them to say so.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from auditor.decision.intervals import kappa, wilson
from auditor.decision.tables import Record, read_records
from auditor.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = ("prompt", "system", "model", "human_judgement", "data", "unknowable")
"""Where a failure can come from. `data` is a wrong label or reference, `unknowable` one that no path can mend."""

TAGS: Mapping[str, str] = MappingProxyType({
    "instruction_unclear": "prompt", "output_rules_missing": "prompt", "example_missing": "prompt",
    "retrieval_missing": "system", "retrieval_stale": "system", "input_unreadable": "system", "tool_error": "system",
    "routing": "system", "approval": "system", "no_fallback": "system", "logging": "system",
    "domain_behaviour": "model", "edge_class": "model", "style": "model", "consistency": "model",
    "human_judgement": "human_judgement", "label_wrong": "data", "unknowable": "unknowable",
    "prompt": "prompt", "system": "system", "model": "model", "data": "data",
})  # fmt: skip
"""Tags, each with its level; a level is a tag of its own for whoever does not want to be more precise."""

REQUIRED = ("id", "date", "source", "tag")
"""Columns without which a list of failures is a list of anecdotes."""


@dataclass(frozen=True, slots=True)
class Share:
    """Count of one level among the usable failures, with its Wilson 95 % interval."""

    level: str
    hits: int
    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of the usable failures, 0 to 1."""
        return self.hits / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Triage:
    """What a sheet of tagged failures says."""

    rows: int
    usable: int
    """Rows with id, date, `production` as source, and a tag."""
    refused: Mapping[str, int]
    """Rows that are not evidence, by reason."""
    shares: tuple[Share, ...]
    tags: tuple[tuple[str, int], ...]
    """Usable failures by tag, most frequent first."""
    double_tagged: int
    kappa: float | None
    """Agreement of the two taggers on levels; None without rows that both tagged."""
    first: str
    last: str
    """Dates of the oldest and newest usable failure."""

    def level(self, name: str) -> Share:
        """Share of one level."""
        return next(share for share in self.shares if share.level == name)

    def without(self, *levels: str) -> tuple[float, float, float]:
        """Share of failures that would go away if all of `levels` were fixed, with its interval."""
        hits = sum(self.level(name).hits for name in levels)
        low, high = wilson(hits, self.usable)
        return (hits / self.usable if self.usable else 0.0), low, high

    def top_share(self, k: int = 3) -> float:
        """Share of failures under the `k` most frequent tags: high means that mistakes repeat."""
        return sum(count for _, count in self.tags[:k]) / self.usable if self.usable else 0.0


def _date(cell: str) -> dt.date | None:
    """ISO date, or the date of an ISO time stamp."""
    try:
        return dt.date.fromisoformat(cell[:10])
    except ValueError:
        return None


def _tag(record: Record, column: str, name: str) -> str:
    """Normalised tag of a cell; empty when there is none.

    Raises:
        ConfigError: a word that is not a tag; with line and the nearest tag.
    """
    cell = record[column].lower().replace("-", "_").replace(" ", "_").replace("judgment", "judgement")
    if not cell or cell in TAGS:
        return cell
    near = difflib.get_close_matches(cell, TAGS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"tags are {', '.join(TAGS)}"
    raise ConfigError(f"{name} line {record.line}: column {column!r} has no known tag; {hint}")


def summarise(records: list[Record], name: str) -> Triage:
    """Counts over `records`.

    Refused, and counted by reason: rows without id, date or tag, of another source than production, or with an id that
    was there before. A sheet without the four columns is refused as a whole: it is a polished sample.

    Raises:
        ConfigError: a column is missing, a tag is not known, or a date is not ISO; with the line.
    """
    columns = {column for record in records for column in record.cells}
    missing = [column for column in REQUIRED if column not in columns]
    if records and missing:
        raise ConfigError(
            f"{name}: no column {', '.join(missing)}; failures need id, date, source and tag, so that they can be told "
            "from polished examples (`audit triage --template` writes a sheet)"
        )
    refused: Counter[str] = Counter()
    tags: list[str] = []
    pairs: list[tuple[str, str]] = []
    dates: list[dt.date] = []
    ids: set[str] = set()
    for record in records:
        tag, second = _tag(record, "tag", name), _tag(record, "tag2", name)
        date = _date(record["date"])
        if record["date"] and date is None:
            raise ConfigError(f"{name} line {record.line}: column 'date' is not YYYY-MM-DD")
        reason = _refusal(record, tag, ids)
        ids.add(record["id"])
        if reason or date is None:
            refused[reason or "no date"] += 1
            continue
        tags.append(tag)
        dates.append(date)
        if second:
            pairs.append((TAGS[tag], TAGS[second]))
    levels = Counter(TAGS[tag] for tag in tags)
    shares = tuple(Share(level, levels[level], len(tags), *wilson(levels[level], len(tags))) for level in LEVELS)
    return Triage(
        rows=len(records),
        usable=len(tags),
        refused=dict(sorted(refused.items())),
        shares=shares,
        tags=tuple(sorted(Counter(tags).items(), key=lambda item: (-item[1], item[0]))),
        double_tagged=len(pairs),
        kappa=kappa(pairs),
        first=min(dates).isoformat() if dates else "",
        last=max(dates).isoformat() if dates else "",
    )


def _refusal(record: Record, tag: str, ids: set[str]) -> str:
    """Why a row is no evidence; empty when it is."""
    if not record["id"]:
        return "no id"
    if record["id"] in ids:
        return "id appears twice"
    if not record["date"]:
        return "no date"
    if record["source"].lower() != "production":
        return "not from production" if record["source"] else "no source"
    return "" if tag else "no tag"


def read_triage(path: Path) -> Triage:
    """Summary of a sheet of failures.

    Raises:
        ConfigError: the file cannot be read, or is not a sheet of tagged production failures.
    """
    return summarise(read_records(path, key="failures"), path.name)


TEMPLATE = "id,date,source,tag,tag2,what_happened,what_was_expected\n"
"""Header of an empty sheet. `tag2` is the tag of a second person, on at least 20 rows."""


def template() -> str:
    """Starter sheet as CSV: the header, and one row a tag that explains it and counts as no evidence."""
    notes = {
        "instruction_unclear": "the prompt did not say what was wanted",
        "output_rules_missing": "format, length or tone were never specified",
        "example_missing": "an example in the prompt would have shown it",
        "retrieval_missing": "the fact was never given to the model",
        "retrieval_stale": "an outdated fact was given to the model",
        "input_unreadable": "scan, encoding or layout made the input useless",
        "tool_error": "a tool call failed or returned rubbish",
        "routing": "the request went to the wrong place",
        "approval": "somebody should have approved it and was not asked",
        "no_fallback": "there was no way out for a hard case",
        "logging": "nobody can tell any more what happened",
        "domain_behaviour": "instructions and facts were right, the behaviour was not",
        "edge_class": "a rare kind of input that the model keeps missing",
        "style": "the style stays wrong in spite of instructions and examples",
        "consistency": "the same input gets different answers",
        "human_judgement": "people who know would not agree either",
        "label_wrong": "the reference it was judged by is wrong",
        "unknowable": "nothing at hand could have told the right answer",
    }
    rows = [f'example-{tag},2026-01-01,example,{tag},,"{note}",' for tag, note in notes.items()]
    return TEMPLATE + "\n".join(rows) + "\n"
