"""How fast files are held against five targets, how much memory that takes, and exact tokens beside tiktoken.

    python tests/benchmarks/targets_speed.py [ROWS]

Prints MB per CPU second for chat rows of several lengths, and the growth of memory from a tenth of the rows to all.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from auditor.targets.engine import Engine, Source
from auditor.targets.spec import load
from auditor.targets.tokens import ByteCounter, Counter, RustCounter

FIVE = ("openai", "together", "mistral", "trl-sft", "llamafactory")
WORDS = "the answer to your question is that we will send it again on monday since order was lost in post please wait".split()  # noqa: SIM905


def write(path: Path, rows: int, words: int, seed: int = 7) -> None:
    """Chat rows with an optional system message and one to three exchanges."""
    dice = random.Random(seed)
    with path.open("w") as file:
        for i in range(rows):
            messages = [{"role": "system", "content": "You help customers."}] if i % 3 else []
            for _ in range(dice.randint(1, 3)):
                for role in ("user", "assistant"):
                    text = " ".join(dice.choices(WORDS, k=dice.randint(words // 2, words)))
                    messages.append({"role": role, "content": text + dice.choice([".", "?", "\nYes: 3", ' "so" é'])})
            file.write(json.dumps({"messages": messages}, ensure_ascii=bool(i % 2)) + "\n")


def timed(path: Path, counter: Counter) -> tuple[float, int]:
    """CPU seconds and peak memory in KiB of one study against five targets and the own rules."""
    engine = Engine([*map(load, FIVE), load("generic")], counter)
    start = time.process_time()
    engine.feed(Source(path, path.name))
    return time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Run it."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        for words in (12, 60, 200):
            path = Path(folder) / f"chat{words}.jsonl"
            write(path, rows // 10, words)
            _, small = timed(path, ByteCounter())
            write(path, rows, words)
            size = path.stat().st_size / 1e6
            seconds, peak = timed(path, ByteCounter())
            print(f"{rows:,} rows of {size * 1e6 / rows:,.0f} bytes: {size / seconds:.1f} MB/CPU s (bytes), memory {small / 1024:.0f} -> {peak / 1024:.0f} MiB")
            exact, _ = timed(path, RustCounter())
            print(f"    with exact tokens {size / exact:.1f} MB/CPU s")


if __name__ == "__main__":
    main()
