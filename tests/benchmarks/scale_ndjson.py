"""Reading a nested chat file of JSON lines: CPU and peak memory of ours beside `pl.read_ndjson`, and 30 planted faults.

    python tests/benchmarks/scale_ndjson.py --megabytes 150

The first run reads a clean file with both; the second plants 30 faults of five kinds at known lines and prints how many of
them ours names with the right line and byte offset, and how many good rows it kept. Polars reads no file with such faults.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from memory import peak_mb

ROOT = Path(__file__).parents[2]
FAULTS = [b'{"messages": [{"role": "user"', b"[1, 2]", b'{"a": "\xff"}', b'{"a": 1} junk', b'"text"']


def line(r: random.Random, i: int) -> bytes:
    """One conversation of two to six turns."""
    turns = [{"role": ("user", "assistant")[t % 2], "content": "word " * r.randint(3, 40) + str(r.random())} for t in range(r.randint(2, 6))]
    return json.dumps({"id": i, "messages": turns, "source": "made", "score": round(r.random(), 4)}).encode()


def write(path: Path, megabytes: int, faults: int) -> dict[int, int]:
    """The file; returns line -> byte offset of the faults."""
    r = random.Random(5)
    pool = [line(r, i) for i in range(5000)]
    planted: dict[int, int] = {}
    size, number, every = megabytes * 10**6, 0, max(1, megabytes * 10**6 // max(1, faults) - 2000)
    at = 0
    with path.open("wb") as stream:
        while at < size:
            number += 1
            bad = len(planted) < faults and at > every * (len(planted) + 0.5)
            data = FAULTS[len(planted) % len(FAULTS)] if bad else pool[number % 5000]
            if bad:
                planted[number] = at
            stream.write(data + b"\n")
            at += len(data) + 1
    return planted


def child(what: str, path: Path) -> None:
    """One run; prints CPU, wall and peak memory as JSON."""
    import polars as pl

    sys.path.insert(0, str(ROOT))
    from auditor.sources.json_format import read
    from auditor.sources.types import Candidate

    base, start = time.process_time(), time.perf_counter()
    found: dict[str, object] = {}
    if what == "polars":
        rows = pl.read_ndjson(path).height
    else:
        result = read(Candidate(path, path.name, path.stat().st_size), "text", hold=what == "held")
        rows = result.tables[0].rows
        if what == "streamed":
            rows = sum(b.height for b in result.tables[0].frame.collect_batches(maintain_order=True))
        found = {"rejects": [(x.line, x.offset, x.reason) for x in result.rejects]}
    print(json.dumps({"rows": rows, "wall": time.perf_counter() - start, "cpu": time.process_time() - base, "peak": peak_mb(), **found}))


def main() -> None:
    """Make the files, run, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=150)
    parser.add_argument("--child", nargs=2)
    args = parser.parse_args()
    if args.child:
        child(args.child[0], Path(args.child[1]))
        return
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        clean, bad = Path(folder) / "clean.jsonl", Path(folder) / "bad.jsonl"
        write(clean, args.megabytes, 0)
        planted = write(bad, args.megabytes, 30)
        print(f"{'':<22}{'rows':>9}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
        for what, path in (("polars", clean), ("held", clean), ("streamed", clean), ("held", bad)):
            done = subprocess.run([sys.executable, __file__, "--child", what, str(path)], capture_output=True, text=True, check=True)
            got = json.loads(done.stdout.splitlines()[-1])
            print(f"{what + ' ' + path.stem:<22}{got['rows']:>9}{got['wall']:>9.2f}{got['cpu']:>9.2f}{got['peak']:>9.0f}")
        exact = {(a, b) for a, b, _ in got["rejects"]} == set(planted.items())
        print(f"{len(got['rejects'])} of {len(planted)} planted faults named; every line and offset right: {exact}; reasons: {sorted({r for _, _, r in got['rejects']})}")


if __name__ == "__main__":
    main()
