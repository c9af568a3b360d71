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
