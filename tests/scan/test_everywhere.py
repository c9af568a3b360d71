"""The whole audit, not a stage of it: the same report for any number of partitions and wherever the work runs."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = 640
CODE = """
import json, sys
from dataclasses import replace
from auditor.audit import run
from auditor.reports import formats, RenderOptions
from auditor.settings import PiiSettings, Settings
import auditor.scan.chunk as chunk
if __name__ == "__main__":
    chunk.CHUNK_ROWS = 64  # so that a small file is many chunks, which are what a partition is made of
    for words in json.loads(sys.argv[2]):
        settings = replace(Settings(), cache_dir="none", pii=PiiSettings(sample=20), ignore={"LBL": "slow", "LRN": "slow"}, **words)
        print(formats()["json"].render(run(sys.argv[1], settings), RenderOptions()).replace("\\n", " "))
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    r = random.Random(4)
    path = tmp_path_factory.mktemp("everywhere") / "train.jsonl"
    with path.open("w") as stream:
        for i in range(ROWS):
            words = " ".join(r.choices(["order", "card", "late", "refund", "address", "change", "please"], k=8)) + f" {r.random()} " + "x" * (i % 3)
            text = {0: f"{words} mail user{i}@example.org", 1: "the same text twice"}.get(i % 200, words)
            stream.write(json.dumps({"text": text, "label": ("card", "order", "address")[i % 3], "amount": r.lognormvariate(0, 2)}) + "\n")
    return path


def reports(data: Path, *ways: dict[str, object]) -> list[str]:
    """The reproducible part of the reports of several ways to run."""
    done = subprocess.run([sys.executable, "-c", CODE, str(data), json.dumps(ways)], capture_output=True, text=True, cwd=ROOT, check=True, timeout=540)
    return [json.dumps(_timeless(json.loads(line))) for line in done.stdout.splitlines() if line.startswith("{")]


def _timeless(value: object) -> object:
    if isinstance(value, dict):
        return {k: _timeless(v) for k, v in value.items() if k not in ("started", "seconds", "timings")}
    return [_timeless(v) for v in value] if isinstance(value, list) else value


def test_partitions_and_processes(data: Path) -> None:
    ways = [{"executor": "local", "partition_rows": ROWS // n, "memory_mb": 0} for n in (1,)]
    one, *others = reports(data, *ways, {"executor": "process", "workers": 2, "partition_rows": ROWS // 16, "memory_mb": 0})
    assert "PII" in one
    assert [o == one for o in others] == [True]


def test_a_ray_cluster(data: Path) -> None:
    pytest.importorskip("ray", reason="the extra `ray` is not installed")
    one, other = reports(data, {"executor": "local"}, {"executor": "ray", "workers": 2, "partition_rows": ROWS // 16})
    assert one == other
