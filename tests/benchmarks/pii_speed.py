"""Rows a CPU second on instruction text of about 500 characters, beside Presidio's BatchAnalyzerEngine with the same recognizers.

    python tests/benchmarks/pii_speed.py [folder of real files] [--rows 20000] [--plain 300] [--full]

Prints the ratio, the projection to a million rows, peak memory at two sizes, and with two processes. `--full` scans a million rows.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parent))

from memory import peak_mb
from pii_corpus import sentences

from auditor.detectors import pii_presidio
from auditor.detectors.pii import PiiScan
from auditor.detectors.pii_policy import Policy

FILES = ("alpaca_zh.json", "roleplay_instruct.json", "toolformer_06.json", "dpo_en_sharegpt.json")


def corpus(folder: Path | None, n: int) -> list[str]:
    """`n` texts of about 500 characters: instruction text where there is some, else invented sentences."""
    r = random.Random(4)
    words: list[str] = []
    if folder:
        for name in FILES:
            for row in json.loads((folder / name).read_text()):
                words += [v for v in row.values() if isinstance(v, str) and len(v) > 40]
    else:
        words = [t for t, _ in sentences(3000)]
    out = []
    while len(out) < n:
        text = r.choice(words)
        while len(text) < 450:
            text += "\n" + r.choice(words)
        out.append(text[:550])
    return out


def frame(texts: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"t": texts}).with_columns(
        pl.lit(0, pl.UInt32).alias("__file"), pl.int_range(pl.len(), dtype=pl.UInt32).alias("__row"), pl.lit("train").alias("__split")
    )


def scan(batch: pl.DataFrame) -> int:
    return sum(h.rows for h in PiiScan(("t",)).of(batch, None).hits.values())  # type: ignore[arg-type]


def main() -> None:
    args = argparse.ArgumentParser()
    args.add_argument("folder", nargs="?", type=Path)
    args.add_argument("--rows", type=int, default=20_000)
    args.add_argument("--plain", type=int, default=300)
    args.add_argument("--full", action="store_true")
    o = args.parse_args()
    texts = corpus(o.folder, o.rows)
    policy = Policy()
    specs = policy.specs()
    engine = pii_presidio.engine(specs, policy.countries)
    from presidio_analyzer import BatchAnalyzerEngine

    batch_engine = BatchAnalyzerEngine(analyzer_engine=engine)
    list(batch_engine.analyze_iterator(texts[:5], pii_presidio.LANGUAGE))
    scan(frame(texts[:2000]))
    ours: list[float] = []
    plain: list[float] = []
    for _ in range(2):
        t = time.process_time()
        hits = scan(frame(texts))
        ours.append(o.rows / (time.process_time() - t))
        t = time.process_time()
        list(batch_engine.analyze_iterator(texts[: o.plain], pii_presidio.LANGUAGE, batch_size=64))
        plain.append(o.plain / (time.process_time() - t))
    mean = sum(map(len, texts)) / len(texts)
    print(f"{len(specs)} recognizers, {mean:.0f} characters a row, {hits:,} rows with a hit of {o.rows:,}")
    print(f"rows a CPU second: scan {max(ours):,.0f}, BatchAnalyzerEngine {max(plain):,.1f}, ratio {max(ours) / max(plain):.1f}")
    print(f"1,000,000 rows: {1e6 / max(ours):,.0f} CPU seconds, {1e6 / max(ours) / 2:,.0f} s on two idle cores")
    peaks = []
    for k in (1, 4):
        for _ in range(k):
            scan(frame(texts))
        peaks.append(peak_mb())
    print(f"peak memory after {o.rows:,} and {5 * o.rows:,} more rows: {peaks[0]:.0f} and {peaks[1]:.0f} MB")
    if o.full:
        batches = [frame(texts[i : i + 20_000]) for i in range(0, len(texts), 20_000)]
        work = [batches[i % len(batches)] for i in range(1_000_000 // batches[0].height)]
        t = time.perf_counter()
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
            total = sum(pool.map(scan, work))
        print(f"1,000,000 rows, two processes: {time.perf_counter() - t:.0f} s wall, {total:,} rows with a hit")


if __name__ == "__main__":
    main()
