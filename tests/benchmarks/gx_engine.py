"""CPU, memory and passes of the Polars engine beside the stock pandas engine, on the same suite of 22 expectations.

    python tests/benchmarks/gx_engine.py --rows 1000000
    python tests/benchmarks/gx_engine.py --rows 20000000 --only polars --light

Each run is a process of its own; `base` is what it holds before the suite runs. The Parquet file is made in a temporary
folder and removed. `--light` leaves out uniqueness and quantiles (18 expectations).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from memory import peak_mb

CHUNK = 250_000


def chunk(seed: int, rows: int) -> pl.DataFrame:
    """Rows of 12 columns, the same for the same seed."""
    import numpy as np

    r = np.random.default_rng(seed)
    ids = np.arange(seed * CHUNK, seed * CHUNK + rows)
    part = r.integers(0, 10**6, rows)
    return pl.DataFrame(
        {
            "id": ids,
            "email": "user" + pl.Series(part).cast(pl.String) + "@example.org",
            "country": pl.Series(r.choice(["DE", "US", "FR", "GB", "JP"], rows)),
            "text": pl.Series(r.choice(["a fairly long sentence about nothing at all ", "short ", "of medium size "], rows))
            + pl.Series(part).cast(pl.String),
            "code": pl.Series(ids).cast(pl.String).str.zfill(10),
            "amount": pl.Series(np.where(r.random(rows) < 0.02, np.nan, r.normal(size=rows) * 100)).fill_nan(None),
            "score": pl.Series(np.where(r.random(rows) < 0.01, np.nan, r.random(rows))).fill_nan(None),
            "quantity": pl.Series(np.where(r.random(rows) < 0.01, np.nan, r.integers(0, 100, rows))).fill_nan(None).cast(pl.Int32),
            "created": pl.Series(r.integers(1_500_000_000, 1_600_000_000, rows) * 10**6).cast(pl.Datetime("us")),
            "updated": pl.Series(r.integers(1_600_000_001, 1_700_000_000, rows) * 10**6).cast(pl.Datetime("us")),
            "day": pl.Series(r.integers(10_000, 18_000, rows)).cast(pl.Int32).cast(pl.Date),
            "flag": pl.Series(r.random(rows) < 0.5),
        }
    )


def write(path: Path, rows: int) -> None:
    """Write the rows as Parquet without holding them."""
    from polars.io.plugins import register_io_source

    def batches(columns: list[str] | None, predicate: Any, limit: Any, size: Any) -> Iterator[pl.DataFrame]:
        for seed in range(-(-rows // CHUNK)):
            made = chunk(seed, min(CHUNK, rows - seed * CHUNK))
            yield made if columns is None else made.select(columns)

    register_io_source(batches, schema=chunk(0, 1).schema).sink_parquet(path, row_group_size=CHUNK)


def suite(*, light: bool) -> list[Any]:
    """The expectations; `light` leaves out uniqueness and quantiles."""
    import great_expectations.expectations as e

    heavy = [
        e.ExpectColumnValuesToBeUnique(column="id"),
        e.ExpectCompoundColumnsToBeUnique(column_list=["email", "created"]),
        e.ExpectColumnMedianToBeBetween(column="amount", min_value=-10, max_value=10),
        e.ExpectColumnQuantileValuesToBeBetween(
            column="score", quantile_ranges={"quantiles": [0.1, 0.5, 0.9], "value_ranges": [[0, 0.2], [0.4, 0.6], [0.8, 1]]}
        ),
    ]
    return [
        e.ExpectTableRowCountToBeBetween(min_value=1),
        e.ExpectTableColumnCountToEqual(value=12),
        e.ExpectColumnToExist(column="id"),
        e.ExpectColumnValuesToNotBeNull(column="email"),
        e.ExpectColumnValuesToNotBeNull(column="amount", mostly=0.9),
        e.ExpectColumnValuesToBeBetween(column="amount", min_value=-300, max_value=300, mostly=0.99),
        e.ExpectColumnValuesToBeBetween(column="quantity", min_value=0, max_value=100),
        e.ExpectColumnValuesToBeBetween(column="score", min_value=0, max_value=1),
        e.ExpectColumnValuesToBeInSet(column="country", value_set=["DE", "US", "FR", "GB"], mostly=0.7),
        e.ExpectColumnValuesToNotBeInSet(column="country", value_set=["XX", "YY"]),
        e.ExpectColumnValuesToMatchRegex(column="email", regex=r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$"),
        e.ExpectColumnValuesToNotMatchRegex(column="text", regex=r"\{\{.*\}\}"),
        e.ExpectColumnValueLengthsToBeBetween(column="text", min_value=1, max_value=200),
        e.ExpectColumnValueLengthsToEqual(column="code", value=10),
        e.ExpectColumnMeanToBeBetween(column="amount", min_value=-10, max_value=10),
        e.ExpectColumnStdevToBeBetween(column="amount", min_value=1, max_value=1000),
        e.ExpectColumnMaxToBeBetween(column="quantity", max_value=100),
        e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="updated", column_B="created"),
        *([] if light else heavy),
    ]


def run(engine: str, path: Path, *, light: bool) -> dict[str, Any]:
    """Run the suite in this process."""
    import great_expectations as gx

    from auditor.suites import gx as polars_gx

    assert polars_gx is not None
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    expectations = gx.ExpectationSuite("suite", expectations=suite(light=light))
    calls = {"n": 0}
    _count_collects(calls)
    base, before, clock = round(peak_mb()), _cpu(), time.perf_counter()
    if engine == "pandas":
        frame: Any = _as_pandas(path)
        asset = context.data_sources.add_pandas("source").add_dataframe_asset("rows")
    else:
        frame = pl.scan_parquet(path)
        asset = context.data_sources.add_polars("source").add_dataframe_asset("rows")
    converted = _cpu()
    calls["n"] = 0
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    result = batch.validate(expectations)
    return {
        "engine": engine,
        "cpu_s": round(_cpu() - before, 2),
        "of_which_conversion_s": round(converted - before, 2),
        "wall_s": round(time.perf_counter() - clock, 2),
        "base_mb": base,
        "peak_mb": round(peak_mb()),
        "collects": calls["n"],
        "evaluated": sum(1 for r in result.results if not _raised(r)),
        "passed": sum(bool(r.success) for r in result.results),
    }


def _as_pandas(path: Path) -> Any:
    """The rows for the stock engine: Polars' own conversion, or ours where pyarrow is not installed."""
    rows = pl.read_parquet(path)
    if importlib.util.find_spec("pyarrow") is not None:
        return rows.to_pandas()
    from auditor.suites.gx.frames import to_pandas

    return to_pandas(rows)


def _raised(result: Any) -> bool:
    info = result.exception_info or {}
    return bool(info.get("raised_exception", bool(info)))


def _count_collects(calls: dict[str, int]) -> None:
    for owner, name in ((pl, "collect_all"), (pl.LazyFrame, "collect")):
        original = getattr(owner, name)

        def counted(*args: Any, original: Any = original, **kwargs: Any) -> Any:
            calls["n"] += 1
            return original(*args, **kwargs)

        setattr(owner, name, counted)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Make the file, run each engine in a process of its own, print figures and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("pandas", "polars"))
    parser.add_argument("--light", action="store_true")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.file is not None:
        print(json.dumps(run(given.only, given.file, light=given.light)))
        return
    with tempfile.TemporaryDirectory(prefix="gx-bench-") as folder:
        path = Path(folder) / "rows.parquet"
        write(path, given.rows)
        print(f"{given.rows:,} rows, {path.stat().st_size / 2**20:.0f} MiB of Parquet")
        done = [_apart(e, path, light=given.light) for e in (given.only and [given.only]) or ["pandas", "polars"]]
    for row in done:
        print(row)
    if len(done) == 2:
        stock, ours = done
        above = [r["peak_mb"] - r["base_mb"] for r in (ours, stock)]
        print(f"CPU: {stock['cpu_s'] / ours['cpu_s']:.1f}x less; peak memory: {ours['peak_mb'] / stock['peak_mb']:.0%} of stock, {above[0] / above[1]:.0%} of it above the base")


def _apart(engine: str, path: Path, *, light: bool) -> dict[str, Any]:
    command = [sys.executable, __file__, "--only", engine, "--file", str(path)]
    out = subprocess.run([*command, *(["--light"] if light else [])], check=True, capture_output=True, text=True).stdout
    return json.loads(out.strip().splitlines()[-1])


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))  # run from a checkout, installed or not
    main()
