"""What a customer gets wrong is told at its place, alone and among other rows; what is valid beside it is left in peace."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from customer_cases import TOPICS, Row, bot, said, tokens, user
from target_cases import write

from auditor.targets.jsonpos import spelled
from auditor.targets.spec import load
from auditor.targets.study import compatibility
from auditor.targets.verdict import Judge

TOLD = {"error", "loss", "warning"}
SHAPES = {"uniform"}
"""Rows of a topic have several shapes, which is told too."""


def found(target: str, row: Row) -> list[tuple[str, str]]:
    judge = Judge([load(target), load("generic")])
    return [(judge.rules[h.index][1].id, spelled(h.path)) for h in judge.judge(row).hits if judge.rules[h.index][1].level in TOLD]


@pytest.mark.parametrize("topic", TOPICS)
def test_wrong_rows_are_told_at_their_place(topic: str) -> None:
    target, _, wrong = TOPICS[topic]
    assert len(wrong) >= 10
    for row, path in wrong:
        assert any(p.startswith(path) for _, p in found(target, row)), (row, path, found(target, row))


@pytest.mark.parametrize("topic", TOPICS)
def test_valid_rows_are_left_in_peace(topic: str) -> None:
    target, valid, _ = TOPICS[topic]
    assert len(valid) >= 5
    for row in valid:
        assert found(target, row) in ([], [("AXO-SHAREGPT", "$")]), row


@pytest.mark.parametrize("topic", TOPICS)
def test_lines_of_rows_among_others(topic: str, tmp_path: Path) -> None:
    """The same through files: what was learned of one row must not be taken for the verdict on another like it."""
    target, valid, wrong = TOPICS[topic]
    rows, lines = [], set()
    for i, (row, _) in enumerate(wrong):
        rows += [valid[i % len(valid)], row]
        lines.add(len(rows))
    report = compatibility([write(tmp_path, rows)], [target])
    told = {r.line for o in report.outcomes for i in o.issues if i.level in TOLD and i.rows and i.check not in SHAPES and i.rule != "AXO-SHAREGPT" for r in i.refs}
    assert told == lines


TABLES = [
    ("all", {"input_ids": [[1, 2], [3]], "attention_mask": [[1, 1], [1]], "labels": [[-100, 2], [3]]}, True, set()),
    ("ids", {"input_ids": [[1, 2], [3]]}, True, set()),
    ("positions", {"input_ids": [[1, 2]], "position_ids": [[0, 1]]}, True, set()),
    ("no-ids", {"labels": [[1, 2]]}, False, {"TOG-PARQUET", "TOG-FMT"}),
    ("text-beside", {"input_ids": [[1, 2]], "text": ["a"]}, False, {"TOG-PARQUET"}),
    ("short-labels", {"input_ids": [[1, 2]], "labels": [[2]]}, False, {"TOG-STRUCT"}),
    ("floats", {"input_ids": [[1.0, 2.0]]}, False, {"TOG-STRUCT"}),
    ("words", {"input_ids": ["1 2"]}, False, {"TOG-STRUCT"}),
    ("chat", {"messages": [[user(), bot()]]}, False, {"TOG-PARQUET"}),
]


@pytest.mark.parametrize(("name", "columns", "ok", "rules"), TABLES, ids=[t[0] for t in TABLES])
def test_tokenized_tables_for_together(name: str, columns: dict[str, list[object]], ok: bool, rules: set[str], tmp_path: Path) -> None:
    path = tmp_path / f"{name}.parquet"
    pl.DataFrame(columns).write_parquet(path)
    outcome = compatibility([path], ["together"]).outcome("together")
    assert outcome is not None
    assert (outcome.ok, {i.rule for i in outcome.errors}) == (ok, rules)


def test_tokenized_rows_belong_in_parquet(tmp_path: Path) -> None:
    report = compatibility([write(tmp_path, [tokens()] * 3)], ["together", "trl-sft", "axolotl"])
    assert [o.ok for o in report.outcomes[:3]] == [False, True, True]
    assert [i.rule for i in report.outcomes[0].errors] == ["TOG-PARQUET"]


def test_what_is_masked_is_told_by_its_numbers(tmp_path: Path) -> None:
    """Rows of one length with other labels aren't taken for one another."""
    rows = [tokens(), tokens(labels=[-100, -100, -100]), tokens()]
    outcome = compatibility([write(tmp_path, rows)], ["trl-sft"]).outcome("trl-sft")
    assert outcome is not None
    assert (outcome.rows, outcome.untrained.value) == (3, 1)


def test_thoughts_before_an_answer_are_trained_tokens(tmp_path: Path) -> None:
    plain, thought = said(user(), bot()), said(user(), bot(reasoning="Look it up in the system first, then say it."))
    sizes = []
    for row in (plain, thought):
        outcome = compatibility([write(tmp_path, [row])], ["together"]).outcome("together")
        assert outcome is not None
        sizes.append(outcome.target_tokens.value)
    assert sizes[1] > sizes[0] + 5


def test_a_file_for_reinforcement_is_told_as_that(tmp_path: Path) -> None:
    rows = [said(user(f"Sum {i}?"), reference_answer=str(i)) for i in range(12)]
    report = compatibility([write(tmp_path, rows)], ["openai"])
    errors = report.outcomes[0].errors
    assert [(i.rule, i.rows) for i in errors] == [("OAI-ASSIST", 12)]
    assert "reinforcement" in errors[0].places[0].detail
    assert "no answer to learn" in report.reason
    assert report.suits == ()
