"""Tags of tokens: rows that have more or fewer of them than tokens are said, others draw nothing."""

from __future__ import annotations

import json
import random
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
