"""Where rows are too many to be compared, figures of a sample are those of the rows, and are told as such."""

from __future__ import annotations

from random import Random

import polars as pl
import pytest

from auditor.audit import examine
from auditor.checks._rows import percent
from auditor.checks.learnability import HoldoutSize
from auditor.detectors.results import Interval, ProbeFacts
from auditor.detectors.studies import DuplicateStudy, LeakStudy, ProbeStudy
from auditor.model import Status
from auditor.scan.request import Facts
from auditor.settings import Settings, UseCase

CODES = ("BAL", "DUP", "LEK001", "LBL001", "LBL003", "LRN002")
ROWS = 3000


def written(folder):
    """Texts of which a tenth have another label once more, and a third of the hold-out is in train with no label."""
    r = Random(3)
    words = ["".join(r.choice("bcdfglmnprst") + r.choice("aeiou") for _ in range(3)) for _ in range(900)]
    texts = [" ".join(r.sample(words, 14)) for _ in range(ROWS)]
    train = [(t, r.choice(["a", "b"])) for t in texts[: ROWS - 600]]
    train += [(t, "b" if label == "a" else "a") for t, label in train[::10]]
    test = [(t, None) for t in [*texts[ROWS - 400 :], *(t for t, _ in train[:200])]]
    for name, rows in (("train", train), ("test", test)):
        pl.DataFrame(rows, schema=["text", "label"], orient="row").write_parquet(folder / f"{name}.parquet")


@pytest.mark.parametrize("cap", [1_000_000, 1200])
def test_conflicts_and_leaks_of_a_sample(tmp_path, monkeypatch, cap):
    for module in ("duplicates", "leakage"):
        monkeypatch.setattr(f"auditor.detectors.{module}.CAP", cap)
    written(tmp_path)
    found = {f.code: f for f in examine(tmp_path, Settings(select=CODES, cache_dir="none")).report.findings}
    assert found["LBL003"].evidence.value == pytest.approx(1 / 11, abs=0.035)  # by label and input together it was a third of that
    assert found["LEK001"].evidence.value == pytest.approx(1 / 3, abs=0.1)
    sampled = cap < ROWS
    for code in ("BAL001", "BAL002", "BAL003", "DUP001", "DUP002", "LEK001", "LBL001", "LBL003", "LRN002"):
        assert (f"counted in a sample of {cap:,} of 3,240 rows" in found[code].message) == sampled, code
    assert found["LRN002"].message.startswith("at least ") == sampled


@pytest.mark.parametrize(("cap", "told"), [(1_000_000, ") are in train,"), (1200, ") are in the 1,200 training rows of a sample; there may be more in the others")])
def test_what_is_not_looked_at_holds_no_evaluation_row_for_sure(tmp_path, monkeypatch, cap, told):
    monkeypatch.setattr("auditor.detectors.contamination.CAP", cap)
    folder = tmp_path / "data"
    folder.mkdir()
    written(folder)
    pl.read_parquet(folder / "train.parquet").head(100).select("text").write_ndjson(tmp_path / "exam.jsonl")
    settings = Settings(select=("LEK004",), against=(str(tmp_path / "exam.jsonl"),), cache_dir="none")
    message = next(f.message for f in examine(folder, settings).report.findings if f.code == "LEK004")
    assert told in message


@pytest.mark.parametrize(
    ("sampled", "limit", "status", "told"),
    [
        (True, 0.015, Status.PASS, "4,000 hold-out rows measure to within ±0.9 points, told from 900 of them"),
        (True, 0.005, Status.FAIL, "told from 900 of them"),
        (False, 0.021, Status.PASS, "900 hold-out rows measure to within ±2.0 points (tolerance"),
        (False, 0.01, Status.FAIL, "900 hold-out rows measure to within ±2.0 points (tolerance"),
    ],
)
def test_the_holdout_is_as_large_as_it_is(tmp_path, sampled, limit, status, told):
    written(tmp_path)
    many = pl.DataFrame({"text": [f"{i} {i * i} apples of row {i}" for i in range(4000)], "label": ["a", "b"] * 2000})
    many.write_parquet(tmp_path / "test.parquet")
    done = examine(tmp_path, Settings(select=("DUP", "LEK001"), cache_dir="none"))
    known = Facts()
    for study in (DuplicateStudy(), LeakStudy()):
        known.put(study, done.facts[study])
    known.put(ProbeStudy(), ProbeFacts("text", 900, sampled=sampled, classes=2, sizes=(), measured=True, holdout_accuracy=Interval(0.9, 0.88, 0.92, 900)))
    found = next(HoldoutSize().judge(done.report.dataset, known, Settings(use_case=UseCase(tolerance=limit))))
    assert found.status is status
    assert told in found.message
    assert found.evidence.n == (4000 if sampled else 900)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0.0%"), (1.0, "100.0%"), (0.5, "50.0%"), (0.0012, "0.1%"), (0.0004, "0.04%"), (0.00006, "0.01%"), (0.000001, "less than 0.01%"),
        (0.9994, "99.9%"), (0.9998, "99.98%"), (0.9999999, "99.99%"),
    ],
)  # fmt: skip
def test_a_share_is_none_or_all_only_where_it_is(value, shown):
    assert percent(value) == shown
