"""CPU, wall and peak memory of our whole profile beside a plain Polars script for the same figures, and beside other profilers.

    python tests/benchmarks/scale_profile.py --rows 1000000
    python tests/benchmarks/scale_profile.py --rows 10000000 --format csv
    python tests/benchmarks/scale_profile.py --rows 1000000 --text
    python tests/benchmarks/scale_profile.py --dataprof ENV/bin/python --pointblank ENV/bin/python

Each run is a process of its own; `read` decodes every column and drops it, which is the physical limit. `plain` is what one
would write by hand: one fused select, a group-by per column for the top values, `approx_n_unique`, exact quantiles and the
string patterns. Other profilers live in environments of their own and are named by their interpreter; without one they are
left out. Data are made in a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memory import peak_mb

ROOT = Path(__file__).parents[2]
STEP = 500_000


def mixed(seed: int, rows: int) -> Any:
    """15 mixed columns, the same for the same seed."""
    import numpy as np
    import polars as pl

    r = np.random.default_rng(seed)
    ids = np.arange(seed * STEP, seed * STEP + rows)
    words = pl.Series(["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"])
    pick = [words.gather(r.integers(0, 8, rows)) for _ in range(5)]
    sentence = pick[0] + " " + pick[1] + " " + pick[2] + " " + pick[3] + " " + pick[4] + " " + pl.Series(r.integers(0, 10**6, rows)).cast(pl.String)
    return pl.DataFrame(
        {
            "id": ids,
            "small": r.integers(0, 100, rows).astype(np.int32),
            "big": r.integers(0, 10**9, rows),
            "normal": r.normal(size=rows),
            "lognormal": r.lognormal(size=rows),
            "holes": pl.Series(np.where(r.random(rows) < 0.1, np.nan, r.normal(size=rows) * 100)).fill_nan(None),
            "uniform": r.random(rows),
            "price": np.round(r.exponential(50, rows), 2),
            "flag": pl.Series(r.random(rows) < 0.3),
            "day": pl.Series(r.integers(10_000, 18_000, rows)).cast(pl.Int32).cast(pl.Date),
            "country": pl.Series(["DE", "US", "FR", "GB", "JP"]).gather(r.integers(0, 5, rows)),
            "city": "city " + pl.Series(r.integers(0, 5000, rows)).cast(pl.String),
            "code": pl.Series(ids * 7919).cast(pl.String).str.zfill(12),
            "email": "user" + pl.Series(r.integers(0, 10**6, rows)).cast(pl.String) + "@example.org",
            "note": sentence,
        }
    )


def texts(seed: int, rows: int) -> Any:
    """Two text columns of about 60 and 500 characters."""
    import polars as pl

    short = mixed(seed, rows)["note"]
    moved = [short.shift(k).fill_null("filler") for k in range(10)]
    return pl.DataFrame([short.alias("short"), *(m.alias(f"p{k}") for k, m in enumerate(moved))]).select("short", pl.concat_str([f"p{k}" for k in range(10)], separator=" ").alias("long"))


def write(folder: Path, rows: int, kind: str, *, text: bool) -> Path:
    """The data as one file."""
    import polars as pl
    from polars.io.plugins import register_io_source

    make = texts if text else mixed

    def batches(columns: list[str] | None, predicate: Any, limit: Any, size: Any) -> Iterator[pl.DataFrame]:
        for seed in range(-(-rows // STEP)):
            made = make(seed, min(STEP, rows - seed * STEP))
            yield made.select(columns) if columns else made

    plan = register_io_source(batches, schema=make(0, 10).schema)
    path = folder / f"data.{kind}"
    if kind == "parquet":
        plan.sink_parquet(path)
    else:
        plan.sink_csv(path)
    return path


def read(path: Path) -> None:
    """Decode all, keep nothing."""
    scan = _scan(path)
    for batch in scan.collect_batches(engine="streaming"):
        del batch


def _scan(path: Path) -> Any:
    import polars as pl

    return pl.scan_parquet(path) if path.suffix == ".parquet" else pl.scan_csv(path, infer_schema_length=10_000)


def plain(path: Path) -> None:
    """The same figures, as one would write them with Polars."""
    import polars as pl

    sys.path.insert(0, str(ROOT))
    from auditor.scan.patterns import PATTERNS

    scan = _scan(path)
    schema = scan.collect_schema()
    exprs = [pl.len().alias("rows")]
    tops = []
    for name, dtype in schema.items():
        c = pl.col(name)
        exprs += [c.null_count().alias(f"{name} nulls"), c.approx_n_unique().alias(f"{name} distinct")]
        tops.append(scan.group_by(name).len().top_k(10, by="len"))
        if dtype.is_numeric():
            exprs += [c.min().alias(f"{name} min"), c.max().alias(f"{name} max"), c.mean().alias(f"{name} mean"), c.std().alias(f"{name} std"), (c == 0).sum().alias(f"{name} zeros")]
            exprs += [c.quantile(q).alias(f"{name} q{q}") for q in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)]
        if dtype == pl.String:
            size = c.str.len_chars()
            exprs += [size.min().alias(f"{name} lmin"), size.max().alias(f"{name} lmax"), size.mean().alias(f"{name} lmean")]
            exprs += [size.quantile(q).alias(f"{name} lq{q}") for q in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)]
            exprs += [(c.str.strip_chars() == "").sum().alias(f"{name} blank"), (c.str.strip_chars() != c).sum().alias(f"{name} padded")]
            exprs += [c.str.contains(p).sum().alias(f"{name} {k}") for k, p in PATTERNS.items()]
    pl.collect_all([scan.select(exprs), *tops], engine="streaming")


def ours(path: Path) -> None:
    """Our profile: discovery, the pass, the JSON-ready result."""
    sys.path.insert(0, str(ROOT))
    from auditor.audit import answered
    from auditor.scan import profile
    from auditor.scan.executor import GARBAGE
    from auditor.settings import Settings

    gc.set_threshold(*GARBAGE)  # as `auditor.cli.main` does
    source, done, _ = answered(path, Settings(), profile.requests, lambda *_: None)
    built = profile.build(source.dataset, done.facts, lambda values: [False] * len(values), lambda *_: False)
    assert len(built["columns"]) == len(source.dataset.columns)  # type: ignore[arg-type]


def dataprof(path: Path) -> None:
    """The profiler of that name, by its documented call."""
    import dataprof as other

    other.profile(str(path))


def pointblank(path: Path) -> None:
    """Pointblank's column summary."""
    import pointblank as other
    import polars as pl

    other.col_summary_tbl(pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path))


def _child(what: str, path: Path) -> None:
    start = time.perf_counter()
    globals()[what](path)
    use = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"wall": time.perf_counter() - start, "cpu": use.ru_utime + use.ru_stime, "peak": peak_mb()}))


def main() -> None:
    """Make the data, run everything once each, print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    parser.add_argument("--text", action="store_true")
    parser.add_argument("--only", nargs="*", default=["read", "plain", "ours"])
    parser.add_argument("--dataprof", default="")
    parser.add_argument("--pointblank", default="")
    parser.add_argument("--child", nargs=2)
    args = parser.parse_args()
    if args.child:
        _child(args.child[0], Path(args.child[1]))
        return
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        path = write(Path(folder), args.rows, args.format, text=args.text)
        print(f"{args.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB {args.format}")
        print(f"{'':<12}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'x read':>8}")
        base = 0.0
        runs = [(w, sys.executable) for w in args.only]
        runs += [(name, getattr(args, name)) for name in ("dataprof", "pointblank") if getattr(args, name)]
        for what, python in runs:
            done = subprocess.run([python, __file__, "--child", what, str(path)], capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{what:<12} failed: {done.stderr.strip().splitlines()[-1]}")
                continue
            found = json.loads(done.stdout.splitlines()[-1])
            base = base or found["cpu"]
            print(f"{what:<12}{found['wall']:>9.2f}{found['cpu']:>9.2f}{found['peak']:>9.0f}{found['cpu'] / base:>8.2f}")
        for name in ("dataprof", "pointblank"):
            if not getattr(args, name):
                print(f"{name:<12} left out: no interpreter given (--{name})")


if __name__ == "__main__":
    main()
