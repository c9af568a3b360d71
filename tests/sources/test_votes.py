"""Votes on responses: which columns hold them, and what is said of the responses voted against."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from auditor.audit import examine
from auditor.model import Role, Severity, Status
from auditor.settings import Settings
from auditor.sources.votes import are_votes, wanted


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["thumbs_up", "thumbs_down", None], [True, False, None]),
        (["Thumbs Up", "THUMBS-DOWN"], [True, False]),
        (["👍", "👎", ""], [True, False, None]),
        ([1, -1, 0], [True, False, None]),
        ([1, 0], [True, False]),
        (["1", "-1"], [True, False]),
        (["like", "dislike", "neutral"], [True, False, None]),
    ],
)
def test_votes(cells: list[object], said: list[bool | None]) -> None:
    assert are_votes(pl.Series(cells))
    assert wanted(pl.Series(cells)).to_list() == said


@pytest.mark.parametrize("cells", [["thumbs_up", "thumbs_up"], [1, 2, 3, 4, 5], ["good", "bad", "ugly"], ["", None], [1, 1], [0.5, 1.0], ["great answer", "bad"], []])
def test_other_values_are_no_votes(cells: list[object]) -> None:
    assert not are_votes(pl.Series(cells))


def _said(folder: Path, votes: list[object], name: str) -> tuple[tuple[str, ...], list[tuple[Status, Severity, float | None]]]:
    words = ("sea", "green", "home", "sleep", "road", "bread", "cloud")
    rows = [{"prompt": f"What is the {words[i % 7]} of number {i}?", "response": f"It is the {words[i % 5]} and {words[i % 3]}, number {i * 7}.", name: v} for i, v in enumerate(votes)]
    pl.DataFrame(rows).write_ndjson(folder / "data.jsonl")
    report = examine(folder, Settings(select=("TXT",))).report
    return report.dataset.role(Role.SCORE), [(f.status, f.severity, f.evidence.value if f.evidence else None) for f in report.findings if f.code == "TXT008"]


@pytest.mark.parametrize(
    ("votes", "name", "expected"),
    [
        ((["thumbs_up"] * 7 + ["thumbs_down"] * 3) * 8, "feedback", (Status.WARN, Severity.MAJOR, 0.3)),
        (([1] * 9 + [-1]) * 8, "user_feedback", (Status.WARN, Severity.MAJOR, 0.1)),
        (([True] * 3 + [False]) * 20, "liked", (Status.WARN, Severity.MAJOR, 0.25)),
        (([True, False]) * 40, "kto_tag", (Status.WARN, Severity.MINOR, 0.5)),
        (["up"] * 500 + ["down"], "vote", (Status.WARN, Severity.MINOR, 1 / 501)),
    ],
)
def test_what_was_voted_against_is_told(tmp_path: Path, votes: list[object], name: str, expected: tuple[object, ...]) -> None:
    assert _said(tmp_path, votes, name) == ((name,), [expected])


@pytest.mark.parametrize(("votes", "name"), [([1, 2, 3, 4, 5] * 16, "page"), (["thumbs_up", "thumbs_down"] * 40, "channel"), (["good", "fair"] * 40, "feedback")])
def test_other_columns_are_no_votes_on_responses(tmp_path: Path, votes: list[object], name: str) -> None:
    assert _said(tmp_path, votes, name) == ((), [])


@pytest.mark.parametrize(
    ("grades", "name", "share"),
    [
        ([1, 2, 3, 4, 5] * 16, "rating", 0.4),
        ([0, 1, 2, 3, 4] * 16, "helpfulness", 0.4),
        ([1, 5, 10, 8, 9] * 16, "score", 0.2),
        ([1, 2, 3] * 20, "quality", 1 / 3),
        ([3, 4, 5] * 20, "rating", None),  # 3 is not the lower end of a scale
        ([1, 2, 1900, 7] * 20, "score", None),  # counts
        ([1.5, 2.5, 3.0, 4.5] * 20, "score", None),
        ([1, 2, 3, 4, 5] * 16, "page", None),
    ],
)
def test_low_grades_are_advice(tmp_path: Path, grades: list[object], name: str, share: float | None) -> None:
    _, found = _said(tmp_path, grades, name)
    assert found == ([] if share is None else [(Status.WARN, Severity.MINOR, pytest.approx(share))])
