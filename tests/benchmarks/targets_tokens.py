"""Exact counting beside tiktoken, in one run and one thread: equal counts, and the ratio of their speeds.

    TIKTOKEN_CACHE_DIR=DIR python tests/benchmarks/targets_tokens.py FILE.jsonl|FILE.json ...

Needs tiktoken and toktok-rs (development only); texts are all strings of the files, each file for itself and all together.
"Ours" is the counter as the tool uses it, 500 texts at a time, which counts equal texts of a batch once.

Measured on 2026-11-23 (o200k_base, CPU seconds of one thread, tiktoken 0.14, toktok-rs 0.3): English web text x9, chat and tool
calls x10 to x13, all files together x5.0 to x5.6, Chinese x2.6 to x3.2. Chinese is slow in both for the same reason: the vocabulary's pattern
takes a whole clause as one word, so the time goes into merging bytes, which a caller can neither split (counts would change)
nor remember (clauses hardly come twice).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import tiktoken
import toktok

from auditor.targets.tokens import RustCounter


def texts_of(value: object) -> list[str]:
    """All strings of a value."""
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [t for item in inner for t in texts_of(item)]


def best_of_three(count: Callable[[], list[int]]) -> tuple[list[int], float]:
    """Counts and the least CPU seconds they took."""
    seconds = []
    for _ in range(3):
        start = time.process_time()
        counts = count()
        seconds.append(time.process_time() - start)
    return counts, min(seconds)


def main() -> None:
    """Run it."""
    texts: list[str] = []
    for name in sys.argv[1:]:
        text = Path(name).read_text()
        rows = json.loads(text) if name.endswith(".json") else [json.loads(line) for line in text.splitlines()]
        compare(Path(name).name, texts_of(rows))
        texts += texts_of(rows)
    compare("all together", texts)


def compare(name: str, texts: list[str]) -> None:
    """Both on `texts`."""
    size = sum(len(t.encode()) for t in texts) / 1e6
    for encoding in ("o200k_base", "cl100k_base"):
        reference = tiktoken.get_encoding(encoding)
        reference.encode_ordinary("warm")
        toktok.batch_count(["warm"], encoding, 1)
        slow, slowest = best_of_three(lambda: [len(reference.encode_ordinary(t)) for t in texts])  # noqa: B023
        fast, fastest = best_of_three(lambda: list(toktok.batch_count(texts, encoding, 1)))  # noqa: B023
        ours = RustCounter(encoding)
        own, owns = best_of_three(lambda: [n for at in range(0, len(texts), 500) for n in ours.counts(texts[at : at + 500])])  # noqa: B023
        different = sum(a != b for a, b in zip(slow, fast, strict=True))
        different += own != fast
        print(f"{name}, {encoding}: {len(texts):,} texts, {size:.1f} MB, {sum(fast):,} tokens, {different} differ; tiktoken {size / slowest:.1f} MB/s, toktok {size / fastest:.1f} MB/s, x{slowest / fastest:.1f}; ours {size / owns:.1f} MB/s, x{slowest / owns:.1f}")


if __name__ == "__main__":
    main()
