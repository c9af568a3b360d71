"""Texts of one template are different examples; copies with changes are not."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from auditor.audit import examine
from auditor.detectors import slots
from auditor.detectors.near_text import cluster_texts
from auditor.model import Report, Status
from auditor.settings import Settings

DRAWN = random.Random(11)
WORDS = ["".join(DRAWN.choice("abcdefghijklmnoprstuvw") for _ in range(DRAWN.randint(3, 9))) for _ in range(3000)]


def said(n: int) -> list[str]:
    return [DRAWN.choice(WORDS) for _ in range(n)]


def changed(words: list[str], share: float) -> str:
    """A copy with some of its words left out, replaced or followed by another."""
    out: list[str] = []
    for word in words:
        draw = DRAWN.random() / share
        if draw >= 1 / 3:
            out.append(DRAWN.choice(WORDS) if draw < 2 / 3 else word)
        if 2 / 3 <= draw < 1:
            out.append(DRAWN.choice(WORDS))
    return " ".join(out)


@pytest.mark.parametrize("members", [3, 8, 50])
@pytest.mark.parametrize("length", [40, 200])
@pytest.mark.parametrize("at", [0.0, 0.5, 1.0])
def test_a_slot_is_seen_wherever_it_stands(members: int, length: int, at: float) -> None:
    before, after = said(int(length * at)), said(length - int(length * at))
    own = [said(10) for _ in range(members)]
    texts = [" ".join([*before, *words, *after]) for words in own]
    found = slots.contents(texts, np.arange(members))
    assert found is not None
    assert [set(words) <= set(part.split()) for words, part in zip(own, found, strict=True)] == [True] * members
    assert max(len(part.split()) for part in found) <= 12
    assert len(np.unique(cluster_texts(texts))) == members


@pytest.mark.parametrize("members", [3, 8, 50])
@pytest.mark.parametrize("length", [40, 200])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.1])
def test_copies_with_changes_stay_together(members: int, length: int, share: float) -> None:
    words = said(length)
    texts = list(dict.fromkeys(changed(words, share) for _ in range(members)))
    assert slots.contents(texts, np.arange(len(texts))) is None
    if share < 0.05:
        assert len(np.unique(cluster_texts(texts))) == 1


@pytest.mark.parametrize(
    "texts",
    [
        ["".join(said(1)) for _ in range(5)],  # too short
        [" ".join(said(30)) for _ in range(5)],  # nothing in common
        [" ".join([*WORDS[:30], w]) for w in said(9)],  # one word is a name or a number
        [" ".join(WORDS[:30])] * 4,
        [" ".join([*WORDS[:30], *said(10)]) for _ in range(2)],  # of two, either may be the changed one
    ],
)
def test_no_slot(texts: list[str]) -> None:
    assert slots.contents(texts, np.arange(len(texts))) is None


def test_white_space_of_every_kind_counts_the_same_words() -> None:
    texts = [" ".join([*WORDS[:30], *said(4), "a\x1cb\u2003c\x85d", *said(4)]) for _ in range(6)]
    found = slots.contents(texts, np.arange(6))
    assert found is not None
    assert all("a\x1cb\u2003c\x85d" in part for part in found)


def report_of(folder: Path, rows: list[dict[str, Any]]) -> Report:
    folder.mkdir()
    pl.DataFrame(rows).write_ndjson(folder / "data.jsonl")
    return examine(folder, Settings(select=("DUP", "LBL", "LRN", "TXT"))).report


def status(report: Report, code: str) -> Status:
    return next(f.status for f in report.findings if f.code == code)


def chat(user: str, answer: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": user}, {"role": "assistant", "content": answer}]}


def test_prompts_of_one_template_are_different_examples(tmp_path: Path) -> None:
    frame = " ".join(said(150))
    classes = [" ".join(said(12)) for _ in range(12)]
    rows = []
    for i in range(120):
        words = [*classes[i % 12].split()[:8], *said(4)]
        DRAWN.shuffle(words)
        rows.append(chat(f"{frame}\nMessage: {' '.join(words)}\nAnswer with the class only.", f"class_{i % 12}_of_{'_'.join(classes[i % 12].split()[:4])}"))
    report = report_of(tmp_path / "data", rows)
    assert status(report, "DUP002") is Status.PASS
    assert status(report, "LRN002") is not Status.FAIL
    assert not [f.message for f in report.findings if "cut off" in f.message and f.status is not Status.PASS]
    copied = report_of(tmp_path / "copied", rows[:10] * 12)
    assert status(copied, "DUP002") is Status.FAIL


@pytest.mark.parametrize("questions", [2, 5])
def test_questions_about_one_passage_are_different_examples(questions: int, tmp_path: Path) -> None:
    rows = []
    for _ in range(120 // questions):
        passage = said(120)
        rows += [chat(f"{' '.join(passage)}\nQuestion: what about {' '.join(said(6))}?", " ".join(passage[9 * q : 9 * q + 6])) for q in range(questions)]
    assert status(report_of(tmp_path / "data", rows), "DUP002") is Status.PASS


def test_a_premise_with_every_label_does_not_teach_the_label_that_is_left(tmp_path: Path) -> None:
    rows = []
    for _ in range(100):
        premise = " ".join(said(18))
        rows += [{"premise": premise, "hypothesis": " ".join([*said(5), sign]), "label": i} for i, sign in enumerate(("surely", "never", "perhaps"))]
    DRAWN.shuffle(rows)
    assert status(report_of(tmp_path / "data", rows), "LRN001") is Status.PASS


def test_rows_of_a_table_written_out_are_different_examples(tmp_path: Path) -> None:
    rows = []
    for i in range(160):
        y = i % 2
        figures = [DRAWN.randint(30, 80), round(DRAWN.gauss(120 + 40 * y, 12)), round(DRAWN.gauss(220, 40)), round(DRAWN.gauss(160 - 40 * y, 15)), DRAWN.randint(0, 99), DRAWN.randint(0, 999)]
        said_of = ("The age is", "The resting blood pressure is", "The serum cholesterol is", "The maximal heart rate is", "The stay in days is", "The number of the ward is")
        rows.append({"text": " ".join(f"{a} {b}." for a, b in zip(said_of, figures, strict=True)), "label": y})
    assert status(report_of(tmp_path / "data", rows), "DUP002") is Status.PASS


@pytest.mark.parametrize("length", [4, 12])
def test_a_shared_prompt_is_no_contamination(length: int, tmp_path: Path) -> None:
    frame = " ".join(said(60))
    asked = [" ".join(said(length)) for _ in range(160)]
    rows = [chat(f"{frame} Message: {a} Answer with the class only.", a.split()[0]) for a in asked]
    folder, other, same = tmp_path / "data", tmp_path / "other.jsonl", tmp_path / "same.jsonl"
    folder.mkdir()
    pl.DataFrame(rows[:120]).write_ndjson(folder / "data.jsonl")
    pl.DataFrame(rows[120:]).write_ndjson(other)
    pl.DataFrame(rows[100:140]).write_ndjson(same)
    for path, share in ((other, 0), (same, 20)):
        report = examine(folder, Settings(select=("LEK",), against=(str(path),))).report
        found = [f for f in report.findings if path.name in f.message or path.name in f.subject]
        assert found
        assert any(f"{share} of 40" in f.message for f in found), [f.message for f in found]
