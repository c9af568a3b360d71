"""CMP004: the age of the newest record against the age that was declared."""

from __future__ import annotations

import datetime as dt

import pytest

from auditor.audit import run
from auditor.model import Status
from auditor.settings_file import load

DAY = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def audited(tmp_path, monkeypatch, cells, limit="30"):
    """CMP004 of 40 labelled rows whose last ones carry `cells`, on the day of the tests."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(int(DAY.timestamp())))
    rows = [f"question {i} about {'cats' if i % 2 else 'dogs'},{'a' if i % 2 else 'b'},{cells[i % len(cells)]}" for i in range(40)]
    (tmp_path / "train.csv").write_text("text,label,created_at\n" + "\n".join(rows) + "\n", encoding="utf-8")
    fresh = f"[use_case]\nfreshness_days = {limit}\n" if limit else ""
    (tmp_path / "audit.toml").write_text(f'[data]\ntime = "created_at"\n{fresh}', encoding="utf-8")
    settings = load(tmp_path)
    return [f for f in run(tmp_path, settings).findings if f.code == "CMP004"]


@pytest.mark.parametrize(
    ("cells", "status", "age"),
    [
        (["2026-01-01", "2026-11-10"], Status.PASS, 10),
        (["2026-11-10T08:00:00Z", "2025-01-01T00:00:00Z"], Status.PASS, 10),
        (["2026-01-01", "2026-10-01"], Status.WARN, 50),
        ([str(int((DAY - dt.timedelta(days=40)).timestamp()))], Status.WARN, 40),
        ([str(int((DAY - dt.timedelta(days=3)).timestamp() * 1000))], Status.PASS, 3),
        (["2027-02-01"], Status.WARN, -73),
        (["last week", "soon"], Status.UNKNOWN, None),
        (["1", "2", "3"], Status.UNKNOWN, None),
    ],
)
def test_age_of_the_newest_record(tmp_path, monkeypatch, cells, status, age):
    (found,) = audited(tmp_path, monkeypatch, cells)
    assert (found.status, found.evidence.value) == (status, age)
    if status is not Status.PASS:
        assert found.fix


def test_nothing_is_said_where_no_age_is_declared(tmp_path, monkeypatch):
    assert audited(tmp_path, monkeypatch, ["2020-01-01"], limit="") == []
