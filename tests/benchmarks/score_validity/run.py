"""Damage, audit through the JSON report, train, and write one row a damaged data set. `--help` tells the options."""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import shutil
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import corruptions
import numpy as np
import sets
import truth

from auditor.audit import run as audit
from auditor.reports.json_report import to_dict
from auditor.settings_file import load as load_settings

CODES = ("FIL", "CMP", "LBL", "DUP", "LEK", "BAL", "LRN", "DRF")
"""Rules whose facts the score and the gate of such a set rest on; personal data would only cost time here."""


def write(folder: Path, split: corruptions.Split, clean: sets.Clean, form: str, target: float) -> None:
    """The files a team would have: train, test, production (no labels) and the declared classes; `form` says how."""
    columns = ["text"] if split.text else [f"f{i}" for i in range(split.x.shape[1])]
    for name, x, y in (("train", split.x, split.y), ("test", split.hx, split.hy), ("production", clean.test_x, None)):
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns if y is None else [*columns, "label"])
            for i, row in enumerate(x):
                cells = [row] if split.text else ["" if np.isnan(v) else repr(float(v)) for v in row]
                writer.writerow(cells if y is None else [*cells, y[i]])
    classes = json.dumps(sorted(set(clean.y.astype(str))))
    (folder / "audit.toml").write_text(f'[data]\nlabel = "label"\nclasses = {classes}\n[use_case]\nrisk_tier = "medium"\n' + (f'metric = "balanced accuracy"\ntarget = {target:.4f}\n' if form == "clean with target" else ""))
    if form == "clean" or not form.startswith("same"):
        return
    import polars as pl

    for name in ("train", "test", "production"):
        path = folder / f"{name}.csv"
        frame = pl.read_csv(path, infer_schema_length=None)
        if form == "same columns":
            frame.select(reversed(frame.columns)).write_csv(path)
        elif form == "same parquet":
            frame.write_parquet(folder / f"{name}.parquet")
            path.unlink()
        elif name == "train":
            frame.head(len(frame) // 2).write_csv(folder / "train-00000-of-00002.csv")
            frame.tail(len(frame) - len(frame) // 2).write_csv(folder / "train-00001-of-00002.csv")
            path.unlink()


def figures(report: dict[str, Any]) -> dict[str, Any]:
    """What the report says, as far as the benchmark judges it."""
    def evidence(code: str) -> float | None:
        found = [f for f in report["findings"] if f["code"] == code and f["evidence"]["value"] is not None]
        return float(found[0]["evidence"]["value"]) if found else None

    return {
        "score": report["score"]["value"],
        "low": report["score"]["low"],
        "high": report["score"]["high"],
        "model": report["score"]["model"],
        "factors": {name: [f["value"], f["low"], f["high"], f["source"]] for name, f in report["score"]["factors"].items()},
        "passed": report["gates"]["data"]["passed"],
        "failed": report["gates"]["data"]["failed"],
        "unknown": report["gates"]["data"]["unknown"],
        "rows": report["dataset"]["rows"],
        "verdict": report["verdict"]["data"],
        "expected": report["score"]["expected"],
        "gains": {f["code"]: f["gain"] for f in report["fixes"] if f["gain"] is not None},
        "evidence": {c: evidence(c) for c in sorted({f["code"] for f in report["findings"]})},
    }


def one_set(name: str, seed: int, data: Path, conditions: dict[str, tuple[corruptions.Operation, ...]]) -> list[dict[str, Any]]:
    """All conditions of one set."""
    clean = sets.load(name, data, seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(clean.y))
    cut = int(0.2 * len(order))
    x, y = clean.x[order], clean.y[order]
    partner = truth.confusable(clean, x, y)
    base = corruptions.Split(clean.text, x[cut:], y[cut:], x[:cut], y[:cut], partner)
    reference = truth.measure(base, clean)
    chance = 1 / len(np.unique(clean.y.astype(str)))
    rows = []
    for condition, operations in conditions.items():
        split = replace(base)
        draw = np.random.default_rng(int(hashlib.sha256(f"{name}{seed}{condition}".encode()).hexdigest()[:8], 16))
        for operation, strength in operations:
            operation(split, strength, draw)
        reached = truth.measure(split, clean)
        folder = Path(tempfile.mkdtemp(prefix="validity-"))
        try:
            write(folder, split, clean, condition, 0.9 * reference.test)
            started = time.process_time()
            report = to_dict(audit(folder, replace(load_settings(folder), select=CODES)))
            seconds = time.process_time() - started
        finally:
            shutil.rmtree(folder)
        rows.append({
            "set": name, "seed": seed, "condition": condition, "text": clean.text, "classes": round(1 / chance),
            "R": (reached.test - chance) / (reference.test - chance), "optimism": reached.own - reached.test, "own": reached.own, "test": reached.test,
            "seconds": seconds, **figures(report),
        })  # fmt: skip
    return rows


def main() -> None:
    """Command line."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--sets", default="")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--combinations", type=int, default=8)
    options = parser.parse_args()
    names = options.sets.split(",") if options.sets else sets.SMALL if options.small else (*sets.TEXT, *sets.TABULAR)
    with options.out.open("a") as stream:
        for seed in map(int, options.seeds.split(",")):
            for name in names:
                chosen = {c: corruptions.SINGLE[c] for c in corruptions.SMALL} if options.small else dict(corruptions.SINGLE)
                if not options.small:
                    chosen |= corruptions.combinations(options.combinations, np.random.default_rng(seed))
                    if seed == 0:
                        chosen |= corruptions.GAMING | dict.fromkeys((*corruptions.SAME, "clean with target"), ())
                began = time.perf_counter()
                for row in one_set(name, seed, options.data, chosen):
                    stream.write(json.dumps(row) + "\n")
                stream.flush()
                print(f"{name} seed {seed}: {len(chosen)} conditions in {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
