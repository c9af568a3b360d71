"""Row references and flags out of the row sets of the label studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.model import Flag, RowRef

if TYPE_CHECKING:
    from auditor.detectors.results import DuplicateFacts, RowSet
    from auditor.model import Dataset

SHOWN = 20
"""Rows named in a report."""
MAX_FLAGS = 100_000
"""Rows listed by `--rows` per finding."""


def refs(data: Dataset, rows: RowSet) -> tuple[RowRef, ...]:
    """The first rows of a set."""
    return tuple(RowRef(data.files[int(f)].path, int(r)) for f, r in zip(rows.file[:SHOWN], rows.row[:SHOWN], strict=True))


def flags(code: str, data: Dataset, rows: RowSet) -> tuple[Flag, ...]:
    """A flag for every row of a set."""
    n = min(len(rows), MAX_FLAGS)
    files = rows.file[:n].tolist()
    numbers = rows.row[:n].tolist()
    scores = rows.score[:n].tolist() if rows.score is not None else [None] * n
    groups = rows.group[:n].tolist() if rows.group is not None else [None] * n
    return tuple(
        Flag(code, data.files[f].path, r, score=None if s is None else round(s, 4), group=g)
        for f, r, s, g in zip(files, numbers, scores, groups, strict=True)
    )


def of_sample(data: Dataset, found: DuplicateFacts | None) -> str:
    """That copies, classes and leaks were counted in a sample, as the end of a sentence; nothing where all rows were looked at."""
    if found is None or not found.sampled:
        return ""
    return f"; counted in a sample of {len(found.row):,} of {data.rows - data.production:,} rows"


def percent(value: float) -> str:
    """A share for a message; one that is neither none nor all is told as neither."""
    if 0 < value < 0.00005:
        return "less than 0.01%"
    if 0.9995 <= value < 1:
        return f"{min(value, 0.9999):.2%}"
    return f"{value:.1%}" if value >= 0.001 or value == 0 else f"{value:.2%}"
