"""One report from 1, 4 and 16 partitions in this process, in worker processes and on a Ray cluster of this machine: seconds, and whether its bytes are the same.

    python tests/benchmarks/scale_executors.py
    python tests/benchmarks/scale_executors.py --rows 20000 --executors local process ray
    python tests/benchmarks/scale_executors.py --format csv          cells over several lines, read in many pieces

Ray is left out with a word where it is not installed. Every line is an audit in a process of its own.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = """
import json, sys
from dataclasses import replace
import auditor.scan.chunk as chunk
import auditor.sources.csv_pieces as csv_pieces
from auditor.audit import run
from auditor.reports import RenderOptions, formats
from auditor.settings import Settings
if __name__ == "__main__":
    chunk.CHUNK_ROWS = int(sys.argv[3])
    csv_pieces.PIECE = 1 << 16
    settings = replace(Settings(), cache_dir="none", memory_mb=0, ignore={"LBL": "slow", "LRN": "slow"}, **json.loads(sys.argv[2]))
    print(formats()["json"].render(run(sys.argv[1], settings), RenderOptions()))
"""


def write(path: Path, rows: int) -> None:
    """Texts with a label and a number, as JSON lines or CSV."""
    r = random.Random(4)
    with path.open("w", newline="") as stream:
        table = csv.writer(stream) if path.suffix == ".csv" else None
        if table:
            table.writerow(["text", "label", "amount"])
        for i in range(rows):
            words = " ".join(r.choices(["order", "card", "late", "refund", "address", "change", "please"], k=8)) + f" {r.random()}"
            text = f"{words} mail user{i}@example.org" if i % 200 == 0 else words
            label, amount = ("card", "order", "address")[i % 3], r.lognormvariate(0, 2)
            if table:
                table.writerow([text.replace(" late", "\nlate") if i % 5 == 0 else text, label, amount])
            else:
                stream.write(json.dumps({"text": text, "label": label, "amount": amount}) + "\n")


def timeless(value: object) -> object:
    """The reproducible part of a report."""
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if k not in ("started", "seconds", "timings")}
    return [timeless(v) for v in value] if isinstance(value, list) else value


def main() -> None:
    """Make the data, audit, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=16_384)
    parser.add_argument("--partitions", type=int, nargs="*", default=[1, 4, 16])
    parser.add_argument("--executors", nargs="*", default=["default", "local", "process", "ray"])
    parser.add_argument("--format", choices=("jsonl", "csv"), default="jsonl")
    args = parser.parse_args()
    seen: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        path = Path(folder) / f"train.{args.format}"
        write(path, args.rows)
        for executor in args.executors:
            if executor == "ray" and importlib.util.find_spec("ray") is None:
                print("ray        left out: not installed")
                continue
            for partitions in args.partitions:
                words = {"executor": executor.replace("default", ""), "workers": 2, "partition_rows": args.rows // partitions}
                start = time.perf_counter()
                done = subprocess.run([sys.executable, "-c", CODE, str(path), json.dumps(words), str(args.rows // 16)], capture_output=True, text=True, cwd=ROOT, check=True)
                digest = hashlib.sha256(json.dumps(timeless(json.loads(done.stdout[done.stdout.index("{") :]))).encode()).hexdigest()
                seen.add(digest)
                print(f"{executor:<10}{partitions:>3} partitions{time.perf_counter() - start:>8.1f} s  {digest[:16]}")
    print("one report" if len(seen) == 1 else f"{len(seen)} different reports")


if __name__ == "__main__":
    main()
