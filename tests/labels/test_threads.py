"""The same report however many threads linear algebra may use, and whether or not the libraries were loaded before."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import polars as pl

WORDS = ("card", "payment", "refund", "top", "limit", "transfer", "account", "pending", "lost", "rate")
TWICE = """
import json, sys
from click.testing import CliRunner
from auditor.cli import cli
for _ in range(int(sys.argv[2])):
    print(json.loads(CliRunner().invoke(cli, ["run", sys.argv[1], "-f", "json", "--no-cache"]).stdout)["report_digest"])
"""


def test_threads_and_order_of_loading_change_nothing(tmp_path: Path) -> None:
    r = random.Random(5)
    rows = [{"label": label, "text": f"my {label} {' '.join(r.choices(WORDS, k=8))} {i}"} for i in range(400) for label in [r.choice(("card", "transfer"))]]
    more = [{"label": ("card", "transfer")[i % 2], "text": f"a longer text about a {WORDS[i % 10]} {i}"} for i in range(900)]
    pl.DataFrame(rows + more).write_csv(tmp_path / "train.csv")
    found = []
    for threads, times in (("1", "1"), ("2", "2")):
        env = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
        done = subprocess.run([sys.executable, "-c", TWICE, str(tmp_path / "train.csv"), times], env=env, capture_output=True, text=True, check=True)
        found += done.stdout.split()
    assert len(found) == 3
    assert len(set(found)) == 1
