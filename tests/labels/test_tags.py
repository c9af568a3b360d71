"""Tags of tokens: rows that have more or fewer of them than tokens are said, others draw nothing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.audit import examine
from auditor.model import Severity, Status
from auditor.settings import Settings

WORDS = ["the", "parcel", "went", "to", "Bern", "and", "Anna", "called", "from", "Basel", "today", "again"]


@pytest.mark.parametrize(("cut", "severity"), [(0, None), (1, Severity.MINOR), (40, Severity.MAJOR)])
def test_rows_whose_tags_do_not_fit_are_counted(cut: int, severity: Severity | None, tmp_path: Path) -> None:
    drawn = random.Random(2)
    rows = []
    for i in range(200):
        tokens = drawn.sample(WORDS, 8)
        tags = ["B-PLACE" if t in {"Bern", "Basel"} else "B-PERSON" if t == "Anna" else "O" for t in tokens]
        rows.append({"tokens": tokens, "ner_tags": tags[:-1] if i < cut else tags})
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = examine(tmp_path, Settings(select=("LBL001",))).report
    found = [(f.severity, f.evidence.value if f.evidence else 0) for f in report.findings if f.code == "LBL001" and f.status is Status.WARN]
    assert found == ([(severity, cut)] if severity else [])


KIND = {**{f"Name{i}": "PERSON" for i in range(30)}, **{f"Town{i}": "PLACE" for i in range(20)}}
PLAIN = ["rain", "again", "today", "the", "shop", "is", "closed", "nobody", "came"]


def sentence(drawn: random.Random, names: int) -> tuple[list[str], list[str]]:
    tokens = drawn.choices(PLAIN, k=6) + drawn.sample(list(KIND), names)
    drawn.shuffle(tokens)
    tags = ["O" if t not in KIND else f"{'I' if i and KIND.get(tokens[i - 1]) == KIND[t] else 'B'}-{KIND[t]}" for i, t in enumerate(tokens)]
    return tokens, tags


def said(tmp_path: Path, rows: list[tuple[list[str], list[str]]]) -> dict[str, Severity]:
    (tmp_path / "train.jsonl").write_text("\n".join(json.dumps({"tokens": w, "ner_tags": t}) for w, t in rows))
    report = examine(tmp_path, Settings(select=("LBL001",))).report
    return {f.subject: f.severity for f in report.findings if f.status is Status.WARN}


@pytest.mark.parametrize(
    ("change", "severity"),
    [
        (lambda t, _: t, None),
        (lambda t, _: t.replace("B-", "I-"), Severity.MAJOR),
        (lambda t, i: t.replace("B-", "I-") if i % 10 == 0 else t, Severity.MAJOR),
        (lambda t, i: t.replace("B-", "I-") if i == 0 else t, None),
        (lambda t, _: t[2:] or t, None),
    ],
)
def test_pieces_that_do_not_begin(tmp_path, change, severity) -> None:
    drawn = random.Random(3)
    rows = [(w, [change(t, i) for t in tags]) for i in range(300) for w, tags in [sentence(drawn, 2)]]
    assert said(tmp_path, rows).get("tags: beginnings") == severity


def test_the_older_scheme_is_advice(tmp_path) -> None:
    rows = [(["Ann", "Bea", "met", "Cid"], ["I-PER", "B-PER", "O", "I-PER"])] * 100
    assert said(tmp_path, rows)["tags: beginnings"] is Severity.MINOR


@pytest.mark.parametrize(("untagged", "told"), [(0, False), (0.02, False), (0.5, True)])
def test_rows_that_nobody_tagged(tmp_path, untagged: float, told: bool) -> None:
    drawn = random.Random(4)
    rows = [sentence(drawn, drawn.choice((0, 1, 2))) for _ in range(900)]
    rows = [(w, ["O"] * len(t) if drawn.random() < untagged else t) for w, t in rows]
    assert ("tags: rows without" in said(tmp_path, rows)) is told


PEOPLE, TOWNS = ["Anna", "Bob", "Clara", "David"], ["Paris", "Berlin", "Rome", "Oslo"]
ENDS = [["again", "."], ["with", "a", "friend", "."], ["."], ["and", "left", "."]]


def travel(drawn: random.Random) -> tuple[list[str], list[str]]:
    start = drawn.choice([[], ["Yesterday"], ["Later", "on"]])
    words = [*start, drawn.choice(PEOPLE), drawn.choice(["saw", "visited", "left"]), drawn.choice(TOWNS), *drawn.choice(ENDS)]
    return words, ["B-PER" if w in PEOPLE else "B-LOC" if w in TOWNS else "O" for w in words]


def behind(tags: list[str]) -> list[str]:
    return ["O", *tags[:-1]]


def before(tags: list[str]) -> list[str]:
    return [*tags[1:], "O"]


@pytest.mark.parametrize(("share", "step", "told"), [(0, behind, False), (0.02, behind, False), (0.2, behind, True), (1, behind, True), (1, before, True)])
def test_tags_that_are_moved_along_their_words(tmp_path: Path, share: float, step: Callable[[list[str]], list[str]], told: bool) -> None:
    drawn = random.Random(4)
    rows = [travel(drawn) for _ in range(300)]
    rows = [(w, step(t)) if i < share * 300 else (w, t) for i, (w, t) in enumerate(rows)]
    assert (said(tmp_path, rows).get("tags: moved") is Severity.MAJOR) is told


@pytest.mark.parametrize(
    "row",
    [
        (["we", "gave", "Aspirin", "50mg", "at", "night"], [3]),  # a dose behind its drug
        (["Die", "Katze", "sah", "Anna", "im", "Garten"], [3]),  # every noun has a capital
        (["the", "river", "rose", "in", "spring"], [1]),  # no capital at all
        (["President", "Obama", "came"], [0, 1]),
    ],
)
def test_tags_beside_capitals_that_are_meant(tmp_path: Path, row: tuple[list[str], list[int]]) -> None:
    words, places = row
    rows = [([*words, f"word{i}"], ["B-X" if k in places else "O" for k in range(len(words) + 1)]) for i in range(300)]
    assert "tags: moved" not in said(tmp_path, rows)
