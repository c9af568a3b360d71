"""Many small files are one table, and nobody can tell from the report."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from auditor.cli import cli
from auditor.model import FileInfo
from auditor.scan.overlap import MAX_PAIRS, FileOverlap
from auditor.scan.request import FILE, ROW, SPLIT, Facts
from auditor.scan.rows import SourceRows
from auditor.settings import Settings
from auditor.sources import gathered as module
from auditor.sources.discover import discover

WORDS = ("card", "payment", "refund", "top", "limit", "transfer", "account", "pending", "lost", "rate")


def files(folder: Path) -> Path:
    r = random.Random(5)
    for split, n in (("train", 120), ("test", 40)):
        (folder / split).mkdir(parents=True)
        for i in range(n):
            label = r.choice(("card", "transfer"))
            row = {"text": f"my {label} {' '.join(r.choices(WORDS, k=8))} {i}", "label": label, "n": i}
            if i == 7:
                row["text"] += " write to planted.person@corp-mail.com"
            (folder / split / f"{i:04}.json").write_text(json.dumps(row))
    pl.DataFrame({"text": [f"a longer file about a {w} {i}" for i, w in enumerate(WORDS * 120)], "label": ["card", "transfer"] * 600, "n": range(1200)}).write_csv(folder / "train" / "more.csv")
    return folder


@pytest.mark.parametrize("changes", [{}, {"memory_mb": 0}, {"workers": 1, "executor": "process"}])
def test_rows_are_where_they_are(tmp_path: Path, changes: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(Settings(), **changes)
    source = discover(files(tmp_path / "d"), settings)
    rows = SourceRows(source, settings)
    together = rows.lazy().collect()
    assert rows.lazy().explain().upper().count("SCAN") + rows.lazy().explain().upper().count("DF [") <= 3
    assert together.columns[0] == ROW
    assert together.columns[-2:] == [FILE, SPLIT]
    monkeypatch.setattr(module, "_LEAST_FILES", 10**9)
    apart = discover(tmp_path / "d", settings)
    assert together.equals(pl.concat([p.lazy() for p in apart.parts]).collect())
    assert together.equals(pl.concat([p.lazy() for p in source.parts]).collect())
    for split in ("train", "test"):
        assert rows.lazy((split,)).collect().equals(together.filter(pl.col(SPLIT) == split))
    some = rows.lazy().select("n", "label").filter(pl.col("label") == "card").head(11).collect()
    assert some.equals(together.select("n", "label").filter(pl.col("label") == "card").head(11))


def test_the_report_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files(tmp_path / "d")

    def audited(*words: str) -> dict[str, object]:
        found = CliRunner().invoke(cli, ["run", str(folder), "-f", "json", "--no-cache", *words])
        report: dict[str, object] = json.loads(found.stdout)
        return report

    (tmp_path / "small.toml").write_text("memory_mb = 0\n")
    first = audited()
    found = next(f for f in first["findings"] if f["code"] == "PII002" and f["status"] != "pass")  # type: ignore[attr-defined, index]
    assert {f"{s}/0007.json" for s in ("train", "test")} <= set(re.findall(r"\w+/\d+\.json", json.dumps(found)))
    for words in (["--config", str(tmp_path / "small.toml")], ["--executor", "process"]):
        assert audited(*words)["report_digest"] == first["report_digest"]
    monkeypatch.setattr(module, "_LEAST_FILES", 10**9)
    assert audited()["report_digest"] == first["report_digest"]


def test_files_of_one_family_are_not_paired_beyond_the_limit() -> None:
    class Rows:
        dataset = SimpleNamespace(files=[FileInfo(f"d/{i}.txt", 1, "", "text", "train", 1) for i in range(30_000)])
        asked: list[int] = []  # noqa: RUF012

        def hashes(self, file: int, one_of: int = 1) -> np.ndarray:
            self.asked.append(file)
            return np.array([file], np.uint64)

    found = FileOverlap().run(Rows(), Facts())  # type: ignore[arg-type]
    assert len(found) == MAX_PAIRS
    assert len(Rows.asked) == MAX_PAIRS + 1
