"""The whole default audit of a large file: wall, CPU and peak memory of all its processes together, by stage; and what a full disk does.

    python tests/benchmarks/scale_audit.py                          1M text rows of 500 characters (the mark: 5 minutes, 2 GB)
    python tests/benchmarks/scale_audit.py --rows 100000
    python tests/benchmarks/scale_audit.py --gigabytes 8 --kind table --select FIL,SCH,CMP,BAL
    python tests/benchmarks/scale_audit.py --gigabytes 8 --kind jsonl --memory-mb 256
    python tests/benchmarks/scale_audit.py --kind files --rows 10000          each text in a file of its own, in a folder for its class
    python tests/benchmarks/scale_audit.py --again                  the same audit once more: everything is remembered

Memory is the sum of the proportional set sizes (pages shared by processes count once) of the audit and its workers, looked at ten
times a second. The stages are those that the audit tells on stderr. Data are made in a temporary folder (`--tmp`) and removed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORDS = [f"{a}{b}" for a in ("ba", "co", "di", "fu", "ge", "hi", "jo", "ka", "le", "mu", "ni", "po", "ra", "se", "ti", "vo") for b in ("l", "nder", "st", "rn", "ment", "ng", "ck", "tion", "ra", "l", "me", "ss")]
CODE = """
import json, sys, time
from dataclasses import replace
from pathlib import Path
from auditor.audit import run
from auditor.settings import Settings
options = json.loads(sys.argv[2])
def tell(stage, share):
    print(json.dumps([time.time(), stage]), file=sys.stderr, flush=True)
settings = replace(Settings(), **{k: tuple(v) if isinstance(v, list) else v for k, v in options.items()})
report = run(sys.argv[1], settings, tell)
print(json.dumps({"rows": report.dataset.rows, "verdict": str(report.verdict.data), "timings": report.timings, "errors": [f.code + ": " + f.message for f in report.findings if f.status == "error"]}))
"""


def rows(count: int, length: int, seed: int = 3) -> list[bytes]:
    """Different texts of about `length` characters with a label of 20."""
    r = random.Random(seed)
    out = []
    for i in range(count):
        label = i % 20
        text = " ".join(r.choices(WORDS[label * 6 : label * 6 + 60], k=length // 7) + r.choices(WORDS, k=length // 14))[:length]
        if r.random() < 0.001:
            text += f" write to user{i}@example.org"
        out.append(json.dumps({"text": f"{i} {text}", "label": f"class {label}"}).encode())
    return out


def write_text(path: Path, wanted: int, length: int) -> int:
    """JSON lines, all different; returns the bytes."""
    with path.open("wb") as stream:
        for start in range(0, wanted, 50_000):
            stream.write(b"\n".join(rows(min(50_000, wanted - start), length, start)) + b"\n")
    return path.stat().st_size


def write_files(path: Path, wanted: int, length: int) -> int:
    """A text file each, in a folder for its class; returns the bytes."""
    for i, row in enumerate(map(json.loads, rows(wanted, length))):
        folder = path / row["label"]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{i}.txt").write_text(row["text"])
    return sum(f.stat().st_size for f in path.rglob("*.txt"))


def write_many(path: Path, size: int) -> int:
    """JSON lines of `size` bytes: 50,000 texts again and again, each time under other numbers."""
    block = rows(50_000, 500)
    with path.open("wb") as stream:
        turn = 0
        while stream.tell() < size:
            mark = f'{{"text": "{turn}n'.encode()  # a letter: two numbers side by side look like one for a telephone
            stream.write(b"\n".join(mark + line[len(b'{"text": "') :] for line in block) + b"\n")
            turn += 1
    return path.stat().st_size


def write_table(path: Path, size: int) -> int:
    """A CSV or Parquet table of 15 mixed columns and at least `size` bytes."""
    import polars as pl

    sys.path.insert(0, str(Path(__file__).parent))
    from scale_profile import STEP, mixed

    one = mixed(0, STEP)
    probe = path.with_name("probe")
    (one.write_csv if path.suffix == ".csv" else one.write_parquet)(probe)
    turns = max(1, -(-size // probe.stat().st_size))
    probe.unlink()
    if path.suffix == ".csv":
        with path.open("wb") as stream:
            for turn in range(turns):
                one.with_columns(pl.col("id") + turn * STEP).write_csv(stream, include_header=not turn)
        return path.stat().st_size
    path.mkdir()
    for turn in range(turns):
        one.with_columns(pl.col("id") + turn * STEP).write_parquet(path / f"part-{turn:05}.parquet")
    return sum(f.stat().st_size for f in path.iterdir())


def family(pid: int) -> list[int]:
    """The process and all below it."""
    out, todo = [], [pid]
    while todo:
        one = todo.pop()
        out.append(one)
        try:
            for task in Path(f"/proc/{one}/task").iterdir():
                todo += [int(x) for x in (task / "children").read_text().split()]
        except OSError:
            continue
    return out


def proportional(pid: int) -> int:
    """Bytes of memory of a process, shared pages divided by those who share them."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def watched(path: Path, options: dict[str, object], limit: float) -> dict[str, object]:
    """One audit: what it printed, wall, CPU of all its processes, peak memory, and the peak of every stage."""
    start, began = time.time(), os.times()
    with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen([sys.executable, "-c", CODE, str(path), json.dumps(options)], cwd=ROOT, stdout=said, stderr=told, text=True)
        seen: list[tuple[float, int]] = []
        while child.poll() is None:
            if time.time() - start > limit:
                for one in reversed(family(child.pid)):
                    os.kill(one, signal.SIGKILL)
            seen.append((time.time(), sum(map(proportional, family(child.pid)))))
            time.sleep(0.1)
        wall, ended = time.time() - start, os.times()
        told.seek(0)
        said.seek(0)
        stages, other = [], []
        for line in told:
            (stages if line.startswith("[") else other).append(line)
        answer = said.read().splitlines()
    marks = [json.loads(line) for line in stages]
    peaks: dict[str, int] = {}
    for at, size in seen:
        stage = next((name.split(" (")[0] for when, name in reversed(marks) if when <= at), "start")
        peaks[stage] = max(peaks.get(stage, 0), size)
    if child.returncode or not answer:
        for name, most in peaks.items():
            print(f"  {name:<40}{most / 1e6:>9.0f} MB")
        raise SystemExit(f"the audit ended with {child.returncode} after {wall:.0f} s: {''.join(other[-12:])}")
    cpu = (ended.children_user + ended.children_system) - (began.children_user + began.children_system)
    return {**json.loads(answer[-1]), "wall": wall, "cpu": cpu, "peak": max(size for _, size in seen), "peaks": peaks}


def show(done: dict[str, object]) -> None:
    """The table."""
    print(f"{done['rows']:,} rows: {done['wall']:.0f} s wall, {done['cpu']:.0f} s CPU, peak {done['peak'] / 1e6:.0f} MB of all processes; {done['verdict']}")
    for stage, seconds in sorted(done["timings"].items(), key=lambda kv: -kv[1]):
        peak = done["peaks"].get(stage) or max((v for k, v in done["peaks"].items() if stage == "read" and k.startswith("reading")), default=0)
        print(f"  {stage:<24}{seconds:>9.1f} s{peak / 1e6:>9.0f} MB")
    for line in done["errors"]:
        print(f"  not judged: {line}")


def main() -> None:
    """Make the data, audit, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--length", type=int, default=500)
    parser.add_argument("--gigabytes", type=float, default=0.0)
    parser.add_argument("--kind", choices=("jsonl", "table", "csv", "files"), default="jsonl")
    parser.add_argument("--select", default="")
    parser.add_argument("--memory-mb", type=int, default=768)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--limit", type=float, default=3600.0, help="Seconds after which the audit is ended and what was seen so far is printed.")
    parser.add_argument("--tmp", default=None)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scale-", dir=args.tmp) as folder:
        size = int(args.gigabytes * 1e9) or args.rows * (args.length + 60)
        free = shutil.disk_usage(folder).free
        if free < 2 * size:
            raise SystemExit(f"{size / 1e9:.0f} GB of data and {free / 1e9:.0f} GB free; name another folder with --tmp")
        path = Path(folder) / {"jsonl": "train.jsonl", "csv": "train.csv", "table": "train", "files": "train"}[args.kind]
        if args.kind == "files":
            made = write_files(path, args.rows, args.length)
        elif args.kind != "jsonl":
            made = write_table(path, size)
        else:
            made = write_many(path, size) if args.gigabytes else write_text(path, args.rows, args.length)
        print(f"{made / 1e9:.2f} GB {args.kind}")
        options = {"select": args.select.split(",") if args.select else [], "memory_mb": args.memory_mb, "workers": args.workers, "cache_dir": f"{folder}/cache" if args.again else "none"}
        show(watched(path, options, args.limit))
        if args.again:
            show(watched(path, options, args.limit))


if __name__ == "__main__":
    main()
