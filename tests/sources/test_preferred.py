"""Preferences in the forms of judges and collections: the better and the worse of what a row holds, beside rows that only look so."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.audit import examine
from auditor.model import Role, Shape, Status
from auditor.settings import DataSettings, Settings
from auditor.sources.discover import discover
from auditor.sources.preferred import BETTER, WORSE
from auditor.sources.types import Source

Row = dict[str, Any]
Form = Callable[[str, str, str, int], Row]
WORDS = ["".join(random.Random(7 * i).choice("abcdefghijkl") for _ in range(6)) for i in range(300)]


def _turns(asked: str, answer: str) -> list[Row]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}]


def _sided(names: tuple[str, str], verdict: str, words: tuple[Any, Any, Any]) -> Form:
    def row(asked: str, good: str, bad: str, k: int) -> Row:
        even, first = k % 10 == 9, k % 2 == 0
        one, two = (good, bad) if first else (bad, good)
        return {"prompt": asked, names[0]: one, names[1]: two, verdict: words[2] if even else words[0] if first else words[1]}

    return row


def _scored(asked: str, good: str, bad: str, k: int) -> Row:
    said = [{"model": "m", "response": good, "overall_score": 9.0}, {"model": "n", "response": "It is what it is.", "overall_score": 5.0}, {"model": "o", "response": bad, "overall_score": 2.0}]
    said = [{**s, "overall_score": 5.0} for s in said] if k % 10 == 9 else said
    return {"instruction": asked, "completions": said[::-1] if k % 2 else said}


def _ranked(asked: str, good: str, bad: str, k: int) -> Row:
    said = [{"answer": good, "rank": 1}, {"answer": "It is what it is.", "rank": 2}, {"answer": bad, "rank": 3}]
    said = [{**s, "rank": 1} for s in said] if k % 10 == 9 else said
    return {"prompt": asked, "answers": said[::-1] if k % 2 else said}


def _two_lists(asked: str, good: str, bad: str, k: int) -> Row:
    return {"prompt": asked, "responses": [bad, good, "It is what it is."], "scores": [3.0, 3.0, 3.0] if k % 10 == 9 else [-1.5, 2.0, 1.0]}


def _one_hot(asked: str, good: str, bad: str, k: int) -> Row:
    row = _sided(("response_a", "response_b"), "w", (0, 1, 2))(asked, good, bad, k)
    won = row.pop("w")
    return {**row, "winner_model_a": int(won == 0), "winner_model_b": int(won == 1), "winner_tie": int(won == 2)}


def _talks(asked: str, good: str, bad: str, k: int) -> Row:
    row = _sided(("conversation_a", "conversation_b"), "winner", ("model_a", "model_b", "tie (bothbad)"))(asked, good, bad, k)
    row.pop("prompt")
    return {**row, **{c: _turns(asked, row[c]) for c in ("conversation_a", "conversation_b")}}


def _upvoted(asked: str, good: str, bad: str, k: int) -> Row:
    row = _sided(("human_ref_A", "human_ref_B"), "labels", (1, 0, 0))(asked, good, bad, k)
    high = {1: (7, 2), 0: (2, 7)}[row["labels"]] if k % 10 != 9 else (3, 3)
    return {"history": row.pop("prompt"), **row, "score_A": high[0], "score_B": high[1]}


FORMS: dict[str, Form] = {
    "scored": _scored,
    "ranked": _ranked,
    "two lists": _two_lists,
    "letters": _sided(("response_a", "response_b"), "winner", ("A", "B", "tie")),
    "columns": _sided(("response_a", "response_b"), "preference", ("response_a", "response_b", "same")),
    "numbers": _sided(("response_0", "response_1"), "better_response_id", (0, 1, None)),
    "from one": _sided(("Answer 1", "Answer 2"), "chosen answer", ("Answer 1", "Answer 2", "Neither")),
    "signed": _sided(("response1", "response2"), "overall_preference", (-2, 3, 0)),
    "left": _sided(("output_left", "output_right"), "better", ("left", "right", "draw")),
    "one-hot": _one_hot,
    "talks": _talks,
    "upvoted": _upvoted,
}


def _rows(form: Form, n: int = 120) -> list[Row]:
    drawn = random.Random(3)

    def said(k: int) -> str:
        return " ".join(drawn.sample(WORDS, k))

    return [form(f"What of {said(6)}?", f"Good {said(9)}.", f"Bad {said(7)}.", k) for k in range(n)]


def _found(folder: Path, rows: list[Row], settings: Settings | None = None) -> Source:
    (folder / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return discover(folder, settings or Settings())


def _text(side: object) -> str:
    return side if isinstance(side, str) else side[-1]["content"]  # type: ignore[index]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_better_and_the_worse(form: Form, tmp_path: Path) -> None:
    source = _found(tmp_path, _rows(form))
    data = source.dataset
    assert (data.shape, data.role(Role.CHOSEN), data.role(Role.REJECTED)) == (Shape.PREFERENCE, (BETTER,), (WORSE,))
    read = pl.concat([p.frame.select(BETTER, WORSE) for p in source.parts]).collect()
    sides = [(row[BETTER], row[WORSE]) for row in read.iter_rows(named=True)]
    assert all((a is None and b is None) if k % 10 == 9 else (_text(a).startswith("Good ") and _text(b).startswith("Bad ")) for k, (a, b) in enumerate(sides))


NEAR: dict[str, tuple[Form, Shape]] = {
    "which of 0 and 1 is A nobody says": (_sided(("response_a", "response_b"), "label", (1, 0, 0)), Shape.CLASSIFICATION),
    "two texts and whether they are one": (_sided(("text_a", "text_b"), "label", (1, 0, 0)), Shape.CLASSIFICATION),
    "one answer": (lambda asked, good, bad, k: {"prompt": asked, "response": good, "winner": "A" if k % 2 else "B"}, Shape.PROMPT_COMPLETION),
    "answers without a score": (lambda asked, good, bad, k: {"prompt": asked, "answers": [good, bad]}, Shape.PROMPT_COMPLETION),
    "an answer and where it stands": (lambda asked, good, bad, k: {"question": asked, "context": bad + good, "answers": [{"text": good, "answer_start": k}]}, Shape.PROMPT_COMPLETION),
    "told already": (lambda asked, good, bad, k: {"prompt": asked, "chosen": good, "rejected": bad, "score_chosen": 9, "score_rejected": 1}, Shape.PREFERENCE),
}


@pytest.mark.parametrize(("form", "shape"), NEAR.values(), ids=NEAR)
def test_what_is_no_such_preference(form: Form, shape: Shape, tmp_path: Path) -> None:
    data = _found(tmp_path, _rows(form)).dataset
    assert data.shape is shape
    assert BETTER not in [c.name for c in data.columns]


def test_declared_roles_and_shapes_come_first(tmp_path: Path) -> None:
    rows = _rows(FORMS["letters"])
    assert _found(tmp_path, rows, Settings(data=DataSettings(label="winner"))).dataset.shape is Shape.CLASSIFICATION
    assert _found(tmp_path, rows, Settings(data=DataSettings(shape="preference"))).dataset.role(Role.CHOSEN) == (BETTER,)


def test_a_tie_is_told_once(tmp_path: Path) -> None:
    _found(tmp_path, _rows(FORMS["letters"]))
    report = examine(tmp_path, Settings(select=("LBL", "TXT", "EXP"))).report
    told = [(f.code, f.subject) for f in report.findings if f.status is Status.WARN and f.code in ("LBL001", "TXT001", "TXT004", "EXP001")]
    assert told == [("TXT004", "no preference: a tie, or no verdict")]
    assert "12 of 120 rows" in next(f.message for f in report.findings if f.code == "TXT004")


def test_personal_data_of_a_candidate_count_once(tmp_path: Path) -> None:
    rows = _rows(FORMS["letters"])
    rows[0]["response_a"] += " Write to anna.meier@firma-beispiel.de for more."
    _found(tmp_path, rows)
    report = examine(tmp_path, Settings(select=("PII",))).report
    assert {f.subject for f in report.findings if f.code == "PII002" and f.status is not Status.PASS} == {"response_a"}
