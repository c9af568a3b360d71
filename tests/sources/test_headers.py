"""First lines that name the columns beside first lines that don't."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.settings import Settings
from auditor.sources.discover import discover

R = random.Random(2)
Cells = tuple[object, ...]


def w() -> str:
    return R.choice(("alpha", "beta", "gamma", "delta"))


CASES: dict[str, tuple[str, Callable[[int], Cells], list[str] | None]] = {
    "plain": ("text,label", lambda i: (f"{w()} {i}", w()[0]), ["text", "label"]),
    "row numbers of pandas": (",text,label", lambda i: (i, f"{w()} {i}", w()[0]), ["column_0", "text", "label"]),
    "row names of R": ('"","text","label"', lambda i: (f'"r{i}"', f"{w()} {i}", w()[0]), ["column_0", "text", "label"]),
    "row names of R without a field": ("text,label", lambda i: (i + 1, f"{w()} {i}", w()[0]), ["column_0", "text", "label"]),
    "a comma too many in every line": ("text,label,", lambda i: (f"{w()} {i}", w()[0], ""), ["text", "label", "column_2"]),
    "a name twice": ("q,q,answer", lambda i: (i, i * 2, w()[0]), ["q", "q_1", "answer"]),
    "columns of an array": ("0,1,2,3,4,5,label", lambda i: (*(R.randrange(9) for _ in range(6)), w()), ["0", "1", "2", "3", "4", "5", "label"]),
    "rows and columns of an array": (",0,1,2,3,4", lambda i: (i, *(R.random() for _ in range(5))), ["column_0", "0", "1", "2", "3", "4"]),
    "years": ("country,1990,1995,2000", lambda i: (f"{w()}{i}", R.random(), R.random(), R.random()), ["country", "1990", "1995", "2000"]),
    "a cell missing in the first row": ("hello,,x", lambda i: (w(), w(), "y"), None),
    "the first cell missing in the first row": (",beta,x", lambda i: (w(), w(), "y"), None),
    "numbers": ("0.5,2,alpha", lambda i: (R.random(), i, w()), None),
    "sequences": ("0,1,2,3,4,alpha", lambda i: (i % 2, i % 2 + 1, i % 2 + 2, i % 2 + 3, i % 2 + 4, w()), None),
    "yes and no": ("yes,yes,7", lambda i: (R.choice(("yes", "no")), R.choice(("yes", "no")), i), None),
    "texts and labels": ("alpha 1 beta,b", lambda i: (f"{w()} {i} {w()}", w()[0]), None),
}


@pytest.mark.parametrize("memory_mb", [768, 0])
@pytest.mark.parametrize("name", CASES)
def test_the_first_line(tmp_path: Path, name: str, memory_mb: int) -> None:
    first, row, columns = CASES[name]
    path = tmp_path / "train.csv"
    path.write_text(first + "\n" + "".join(",".join(map(str, row(i))) + "\n" for i in range(60)))
    source = discover(tmp_path, replace(Settings(), memory_mb=memory_mb))
    data = source.dataset
    assert [c.name for c in data.columns] == (columns or [f"column_{i}" for i in range(first.count(",") + 1)])
    assert data.rows == 60 + (columns is None)
    assert data.rejected_rows == 0
    assert source.parts[0].data.collect().height == data.rows
    assert [n.kind for n in data.notes] == (["duplicate_columns"] if name == "a name twice" else ["no_header"] if columns is None else [])
