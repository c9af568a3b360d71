"""Rows of one narrow task: one instruction, and a word, a number or a board in it; what they are about in the system's turn; short answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.audit import examine
from auditor.model import Report, Status
from auditor.settings import DataSettings, Settings

DRAWN = random.Random(23)
WORDS = sorted({"".join(DRAWN.choice("bcdfglmnprst") + DRAWN.choice("aeiou") for _ in range(DRAWN.randint(2, 4))) for _ in range(900)})
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TASK = "You are given the name of a product of our shop below. Read it and say in one word to which department it belongs, without any explanation."

Row = dict[str, Any]


def chat(*turns: tuple[str, str]) -> Row:
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def words(n: int) -> str:
    return " ".join(DRAWN.choice(WORDS) for _ in range(n))


def report_of(folder: Path, rows: list[Row]) -> Report:
    pl.DataFrame(rows).write_ndjson(folder / "data.jsonl")
    return examine(folder, Settings(select=("DUP", "LBL", "LRN", "TXT"))).report


def status(report: Report, code: str) -> Status:
    return next(f.status for f in report.findings if f.code == code)


def effective(report: Report) -> float:
    (value,) = [f.evidence.value for f in report.findings if f.code == "LRN002"]
    assert value is not None
    return value


def product(i: int) -> Row:
    word = WORDS[i]
    return chat(("user", f"{TASK}\nProduct: {word}"), ("assistant", ("food", "clothes", "tools", "toys")[len(word) // 2 % 4 if i % 2 else i % 4]))


def matrices(i: int) -> Row:
    a, b, c = (DRAWN.randint(2, 99) for _ in range(3))
    return chat(("user", f"Consider two matrices. The first has {a} rows and {b} columns, the other has {b} rows and {c} columns. Multiply the first by the other. How many rows has what you get? Say the number only."), ("assistant", str(a)))


def maze(i: int) -> Row:
    board = "\n".join("[" + ",".join(DRAWN.choice("01") for _ in range(9)) + "]" for _ in range(8))
    return chat(("user", f"{TASK} {TASK} {TASK}\n<maze>\n{board}\n</maze>\nYour solution:"), ("assistant", DRAWN.choice(("up", "down", "left", "right"))))


def several(i: int) -> Row:
    day, month = DRAWN.randint(1, 28), DRAWN.randint(1, 12)
    kinds = (
        f"Our records say that the visit to the dentist in the old town is due on {day}/{month}/2027 and not a day before that. In which month is it?",
        f"The parcel with the new lamps left the house of the firm in Turin on {day}/{month}/2027 and was seen in Graz a week later. In which month did it leave?",
    )
    return chat(("user", kinds[i % 2]), ("assistant", MONTHS[month - 1]))


NARROW: list[Callable[[int], Row]] = [product, matrices, maze, several]


@pytest.mark.parametrize("made", NARROW, ids=lambda f: f.__name__)
def test_what_stands_in_the_one_place_is_the_example(made: Callable[[int], Row], tmp_path: Path) -> None:
    report = report_of(tmp_path, [made(i) for i in range(300)])
    assert status(report, "DUP002") is not Status.FAIL
    assert effective(report) > 150


def letter(i: int) -> Row:
    return chat(("user", f"Dear {words(1)}, your ticket {i + 1000} has been received and a colleague of the second line will answer you within two working days, please do not write again."), ("assistant", "Thanks for that, I will wait for the colleague."))


def answered(i: int) -> Row:
    name = words(1)
    return chat(("user", f"My name is {name} and the lamp that I bought in your shop in the old town last week does not shine, please tell me what I can do now."), ("assistant", f"Dear {name}, bring the lamp back to the shop in the old town and we will give you another one or the money."))


def constant(i: int) -> Row:
    return chat(("user", f"{TASK}\nProduct: {WORDS[i]}"), ("assistant", "food" if i % 30 else "toys"))


def numbered(i: int) -> Row:
    return chat(("user", f"The quick brown fox jumps over the lazy dog and runs away into the deep dark forest behind the old mill, number {i}"), ("assistant", f"Answer {i}."))


@pytest.mark.parametrize("made", [letter, answered, constant, numbered], ids=lambda f: f.__name__)
def test_a_name_or_a_number_in_the_same_example_is_none(made: Callable[[int], Row], tmp_path: Path) -> None:
    assert effective(report_of(tmp_path, [made(i) for i in range(300)])) < 50


def said_by_the_system(i: int) -> Row:
    asked = words(8)
    return chat(("system", "Answer as briefly as you can."), ("system", f"What comes first in {asked} ?"), ("assistant", asked[:14]))


def case_in_the_system(i: int) -> Row:
    case = words(20)
    return chat(("system", f"Answer from this case alone. {case}"), ("user", "Which words are the first two of the case?"), ("assistant", " ".join(case.split()[:2])))


@pytest.mark.parametrize("made", [said_by_the_system, case_in_the_system], ids=lambda f: f.__name__)
def test_what_the_system_says_is_asked_where_nothing_else_is(made: Callable[[int], Row], tmp_path: Path) -> None:
    report = report_of(tmp_path, [made(i) for i in range(160)])
    assert not [f for f in report.findings if f.status is Status.FAIL]
    assert status(report, "LRN004") is Status.PASS
    assert not [f for f in report.findings if "empty prompt" in f.message and f.status is not Status.PASS]


def test_few_system_turns_are_no_part_of_what_is_asked(tmp_path: Path) -> None:
    rows = [chat(*([("system", f"Mind the word {words(3)} .")] if i < 20 else []), ("user", (asked := ["how are you", "who are you"][i % 2] + " today my friend")), ("assistant", asked)) for i in range(160)]
    (repeated,) = [f for f in report_of(tmp_path, rows).findings if f.code == "DUP001"]
    assert "158 of 160" in repeated.message


def test_exchanged_sides_stay_exchanged_behind_a_system_turn(tmp_path: Path) -> None:
    rows = [chat(("system", "Be brief."), ("assistant", words(9)), ("user", words(9))) for _ in range(160)]
    assert status(report_of(tmp_path, rows), "LRN004") is Status.FAIL


@pytest.mark.parametrize("row", [chat(("user", "How are you?"), ("assistant", "Well.")), {"prompt": "How are you today?", "completion": "I am well, thanks."}, {"text": "I am well, thanks.", "label": "good"}])
@pytest.mark.parametrize("name", ["production", "test"])
def test_without_training_rows_every_check_still_judges(row: Row, name: str, tmp_path: Path) -> None:
    pl.DataFrame([row] * 30).write_ndjson(tmp_path / f"{name}.jsonl")
    report = examine(tmp_path, Settings(data=DataSettings(**{"production" if name == "production" else "holdout": f"{name}.jsonl"}), select=("DUP", "LBL", "LRN", "TXT", "LEK", "DRF"))).report
    assert not [f.message for f in report.findings if "Could not be checked" in f.message or "Error" in f.message]


def test_an_example_that_all_talks_begin_with_is_not_the_response(tmp_path: Path) -> None:
    example = ("assistant", words(60))
    rows = [chat(("user", "Let us play."), example, ("user", asked := words(6)), ("assistant", " ".join(asked.split()[::-1]))) for _ in range(160)]
    assert status(report_of(tmp_path, rows), "LRN004") is Status.PASS


def test_figures_in_a_sentence_are_figures(tmp_path: Path) -> None:
    rows = [chat(("user", f"How much is {a} times {b} ?"), ("assistant", f"the final answer is: ({a * b})")) for a in range(11, 31) for b in range(12, 24)]
    report = report_of(tmp_path, rows)
    assert status(report, "LRN004") is Status.UNKNOWN
    assert not [f for f in report.findings if "canned" in f.message and f.status is not Status.PASS]


def test_words_beside_one_figure_are_rows_of_their_own(tmp_path: Path) -> None:
    lexicon = [{"word": word, "grade": DRAWN.randint(1, 9)} for word in WORDS[:400]]
    report = report_of(tmp_path, lexicon)
    assert status(report, "DUP002") is not Status.FAIL
    again = tmp_path / "again"
    again.mkdir()
    assert status(report_of(again, lexicon[:80] * 5), "DUP002") is Status.FAIL
