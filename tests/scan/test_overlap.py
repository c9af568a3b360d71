"""What files with similar names have in common, of all rows and of the same share of them in every file."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from auditor.audit import examine
from auditor.scan import overlap
from auditor.settings import Settings


@pytest.mark.parametrize("most", [10**9, 1500])
def test_share_of_rows_in_common(most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlap, "MAX_KEYS", most)
    for name, rows in (("data_v1", range(4000)), ("data_v2", range(1000, 6000)), ("data_final", range(50_000, 54_000))):
        pl.DataFrame({"text": [f"row {i} of many" for i in rows], "n": list(rows)}).write_csv(tmp_path / f"{name}.csv")
    found = [f for f in examine(tmp_path, Settings(select=("FIL",))).report.findings if f.code == "FIL006" and "look like versions" in f.message]
    shares = [f.evidence.value for f in found if f.evidence is not None]
    assert len(shares) == 1
    assert shares[0] == (0.75 if most > 10**6 else pytest.approx(0.75, abs=0.05))
