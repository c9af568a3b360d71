"""Columns of every type and of names that mean something else to the libraries: audited, and never a check that broke."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from auditor.cli import cli
from auditor.settings import Settings
from auditor.sources.discover import discover

N = 120
R = np.random.default_rng(2)
ODD = {
    "decimal": pl.Series([Decimal(i) / 4 for i in range(N)]).cast(pl.Decimal(20, 4)),
    "duration": pl.Series([dt.timedelta(seconds=i) for i in range(N)]),
    "clock": pl.Series([dt.time(i % 24, i % 60) for i in range(N)]),
    "zone": pl.Series([dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=i) for i in range(N)]).dt.convert_time_zone("Asia/Tokyo"),
    "bytes": pl.Series([b"\x00\x01%d" % i for i in range(N)]),
    "nothing": pl.Series([None] * N),
    "struct": pl.Series([{"a": i, "b": str(i)} for i in range(N)]),
    "structs": pl.Series([[{"a": i, "b": None}] for i in range(N)]),
    "huge": pl.Series([2**64 - 1 - i for i in range(N)], dtype=pl.UInt64),
    "wide": pl.Series([2**100 + i for i in range(N)], dtype=pl.Int128),
    "lists": pl.Series([[]] * N, dtype=pl.List(pl.Int64)),
    "vector": pl.Series([[float(i), 1.0] for i in range(N)], dtype=pl.Array(pl.Float64, 2)),
    "infinite": pl.Series([float("inf") if i % 9 == 0 else float(i) for i in range(N)]),
    "not a number": pl.Series([float("nan")] * N),
    "small": pl.Series(R.integers(-128, 127, N).astype(np.int8)),
    "blank": pl.Series([""] * N),
    "zero byte": pl.Series([f"a\x00b{i}" for i in range(N)]),
    "coded": pl.Series(["a", "b"] * (N // 2)).cast(pl.Categorical),
    **{name: pl.Series(R.normal(size=N)) for name in ("^f.*$", "*", "__row", "__split", "__file", "{0}", "a.b", "", "len", "literal", "%s", "naïve 語\n\t", "x" * 3000)},
}
TEXT = [f"please send order {i} to me" if i % 2 else f"i cannot log in to account {i}" for i in range(N)]


def audited(path: Path) -> dict[str, object]:
    found = CliRunner().invoke(cli, ["run", str(path), "-f", "json"])
    report: dict[str, object] = json.loads(found.stdout)
    assert [(f["code"], f["message"]) for f in report["findings"] if f["status"] == "error"] == []  # type: ignore[attr-defined]
    return report


@pytest.mark.parametrize("text", [True, False])
def test_columns_of_every_type_and_name(tmp_path: Path, text: bool) -> None:
    base = {"text": TEXT} if text else {"size": R.normal(size=N)}
    pl.DataFrame({**base, **ODD, "label": ["a", "b"] * (N // 2)}).write_parquet(tmp_path / "train.parquet")
    report = audited(tmp_path)
    columns = [c["name"] for c in report["profile"]["columns"]]  # type: ignore[index]
    assert len(columns) == len(ODD) + 2
    assert {"column *", "column ^f.*$", "column __row"} <= {*columns}
    notes = [n["message"] for n in report["dataset"]["notes"] if n["kind"] == "renamed"]  # type: ignore[index]
    assert len(notes) == 5


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
@pytest.mark.parametrize("memory_mb", [0, 100])
def test_names_that_choose_columns_are_names(tmp_path: Path, kind: str, memory_mb: int) -> None:
    frame = pl.DataFrame({"a": [1, 2], "*": [3, 4], "^a.*$": ["x", "y"], "b": ["k", "l"]})
    getattr(frame, f"write_{kind}")(tmp_path / f"d.{kind}")
    source = discover(tmp_path, Settings(memory_mb=memory_mb))
    got = source.parts[0].data.collect()
    assert got.columns == ["a", "column *", "column ^a.*$", "b"]
    assert got.rows() == frame.rows()
    assert source.parts[0].data.select("column *", "b").collect().rows() == [(3, "k"), (4, "l")]


LABELS = {
    "one class of two in every row": pl.Series([[i % 2, 1] for i in range(N)]),
    "days": pl.Series([dt.date(2024, 1, 1 + i % 3) for i in range(N)]),
    "durations": pl.Series([dt.timedelta(days=i % 3) for i in range(N)]),
    "structs": pl.Series([{"a": i % 2} for i in range(N)]),
    "wide": pl.Series([2**100 + i % 2 for i in range(N)], dtype=pl.Int128),
    "bytes": pl.Series([b"a" if i % 2 else b"b" for i in range(N)]),
    "infinite": pl.Series([float("inf") if i % 2 else 1.0 for i in range(N)]),
}


@pytest.mark.parametrize("name", LABELS)
def test_labels_of_every_type(tmp_path: Path, name: str) -> None:
    pl.DataFrame({"text": TEXT, "label": LABELS[name]}).write_parquet(tmp_path / "train.parquet")
    audited(tmp_path)
