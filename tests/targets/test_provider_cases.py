"""Each target refuses (or is told to lose) exactly the wrong rows of a file, at their lines and paths, and takes the valid ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from provider_cases import VALID, WRONG
from target_cases import BASES, write

from auditor.targets.spec import load
from auditor.targets.study import compatibility
from auditor.targets.verdict import Judge

GRAVE = {"error", "loss"}


@pytest.mark.parametrize("target", sorted(WRONG))
def test_wrong_rows_at_their_paths(target: str) -> None:
    assert len(WRONG[target]) >= 10
    judge = Judge([load(target)])
    for name, row, path in WRONG[target]:
        found = [h.path for h in judge.judge(row).hits if judge.rules[h.index][1].level in GRAVE]
        assert any(p[: len(path)] == path for p in found), (name, path, found)


@pytest.mark.parametrize("target", sorted(VALID))
def test_valid_rows_are_taken(target: str) -> None:
    assert len(VALID[target]) >= 5
    judge = Judge([load(target)])
    for row in VALID[target]:
        assert not [(judge.rules[h.index][1].id, h.path) for h in judge.judge(row).hits if judge.rules[h.index][1].level in GRAVE], row


@pytest.mark.parametrize("target", sorted(WRONG))
def test_lines_of_a_file_with_right_and_wrong_rows(target: str, tmp_path: Path) -> None:
    """Rows of one shape, the wrong ones after every second valid one: no valid row is blamed, no wrong one forgotten."""
    rows, wrong = [BASES[target](0)], set()
    for i, (_, row, _) in enumerate(WRONG[target]):
        rows += [BASES[target](2 * i), row]
        wrong.add(len(rows))
    outcome = compatibility([write(tmp_path, rows)], [target]).outcome(target)
    assert outcome is not None
    about_rows = [i for i in outcome.issues if i.level in GRAVE and i.rows]
    assert {r.row + 1 for i in about_rows for r in i.refs} == wrong
    assert all(r.line in {None, r.row + 1} for i in about_rows for r in i.refs)
    assert outcome.rejected + outcome.dropped.high >= len(wrong)
