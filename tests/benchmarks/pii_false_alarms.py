"""Rows flagged in real files and in generated columns that hold nothing personal.

    python tests/benchmarks/pii_false_alarms.py FOLDER_OF_REAL_FILES [--show FILE]

For each file: rows, and rows that tier A, tier B and secrets flag (placeholders apart). Real addresses in web text are hits, not
false alarms; `--show` prints where they are (file, row, column, entity, never a value) so that they can be looked at.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

import polars as pl

from auditor.checks.pii import CHECKS
from auditor.errors import AuditError
from auditor.model import Finding
from auditor.scan import engine
from auditor.settings import Settings
from auditor.sources.discover import discover

CODES = ("PII001", "PII002", "PII004", "SEC001", "SEC002")


def findings(path: Path) -> tuple[int, list[Finding]]:
    s = Settings(workers=1)
    source = discover(path, s)
    checks = [c for c in CHECKS if c.code in CODES]
    facts = engine.run(source, [r for c in checks for r in c.needs(source.dataset, s)], s).facts
    return source.dataset.rows, [f for c in checks for f in c.judge(source.dataset, facts, s) if f.status in {"fail", "warn", "error"}]


def columns(n: int) -> dict[str, list[object]]:
    """Columns of which every value looks like something and is nothing."""
    r = random.Random(12)
    return {
        "order_id": [r.randint(10**9, 10**10) for _ in range(n)],
        "reference": [str(r.randint(10**15, 10**16)) for _ in range(n)],
        "epoch": [r.randint(1_500_000_000, 1_800_000_000) for _ in range(n)],
        "epoch_text": [str(r.randint(1_500_000_000, 1_800_000_000)) for _ in range(n)],
        "epoch_ms": [str(r.randint(1_500_000_000_000, 1_800_000_000_000)) for _ in range(n)],
        "price": [f"{r.uniform(0, 10**5):.2f}" for _ in range(n)],
        "ratio": [repr(r.random()) for _ in range(n)],
        "trace": [f"{r.getrandbits(32):08x}-{r.getrandbits(16):04x}-4{r.getrandbits(12):03x}-9{r.getrandbits(12):03x}-{r.getrandbits(48):012x}" for _ in range(n)],
        "release": [f"{r.randint(0, 20)}.{r.randint(0, 40)}.{r.randint(0, 99)}" for _ in range(n)],
        "build": [f"{r.randint(0, 20)}.{r.randint(0, 40)}.{r.randint(0, 99)}.{r.randint(0, 250)}" for _ in range(n)],
        "md5": [f"{r.getrandbits(128):032x}" for _ in range(n)],
        "sha256": [f"{r.getrandbits(256):064x}" for _ in range(n)],
        "place": [f"{r.uniform(-90, 90):.6f},{r.uniform(-180, 180):.6f}" for _ in range(n)],
        "day": [f"20{r.randint(10, 25)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}" for _ in range(n)],
        "isbn": [f"978-{r.randint(0, 9)}-{r.randint(100, 999)}-{r.randint(10000, 99999)}-{r.randint(0, 9)}" for _ in range(n)],
        "isbn13": [f"978{r.randint(10**9, 10**10 - 1)}" for _ in range(n)],
        "log": [f"job {r.randint(10**8, 10**9)} took {r.random():.6f} s at {r.randint(1_500_000_000, 1_800_000_000)}" for _ in range(n)],
        "sums": [f"{r.randint(10**5, 10**12)} + {r.randint(10**5, 10**12)} = {r.randint(10**5, 10**13)}" for _ in range(n)],
    }


def line(name: str, rows: int, found: list[Finding], seconds: float) -> None:
    hits: Counter[str] = Counter()
    for f in found:
        hits[f.code] += round((f.evidence.value or 0) * rows)
    said = ", ".join(f"{c} {n} rows ({n / rows:.2%})" for c, n in sorted(hits.items())) or "nothing"
    print(f"{name:36} {rows:7,} rows  {said}  [{seconds:.1f} s]")


def main() -> None:
    args = argparse.ArgumentParser()
    args.add_argument("folder", type=Path)
    args.add_argument("--show", default="")
    o = args.parse_args()
    for path in sorted(p for p in o.folder.iterdir() if p.is_file() and p.suffix in {".csv", ".tsv", ".json", ".jsonl", ".txt"}):
        if o.show and o.show not in path.name:
            continue
        t = time.process_time()
        try:
            rows, found = findings(path)
        except AuditError as error:
            print(f"{path.name:36} not read: {type(error).__name__}")
            continue
        line(path.name, rows, found, time.process_time() - t)
        for f in found if o.show else ():
            print("   ", f.code, f.status, f.severity, f.subject, f.message)
            for flag in f.flags[:20]:
                print("       ", flag.row, flag.column, flag.start, flag.end, flag.entity)
    if not o.show:
        with tempfile.TemporaryDirectory() as folder:
            for name, values in columns(5000).items():
                file = Path(folder) / f"{name}.parquet"
                pl.DataFrame({name: values}).write_parquet(file)
                t = time.process_time()
                line(f"column {name}", *findings(file), time.process_time() - t)


if __name__ == "__main__":
    main()
