"""Templates against changed copies: how often clusters of each are taken apart by what stands in their slots.

    python tests/benchmarks/labels_slots.py [--clusters 40]
"""

from __future__ import annotations

import argparse
import random

import numpy as np

from auditor.detectors import slots

DRAWN = random.Random(3)
WORDS = ["".join(DRAWN.choice("abcdefghijklmnoprstuvw") for _ in range(DRAWN.randint(2, 9))) for _ in range(5000)]
WEIGHTS = [1 / (i + 3) for i in range(len(WORDS))]


def said(n: int) -> list[str]:
    """Words as often as words are (Zipf), so that texts have pairs in common by chance."""
    return DRAWN.choices(WORDS, WEIGHTS, k=n)


def changed(words: list[str], share: float) -> str:
    """A copy with some of its words left out, replaced or followed by another."""
    out: list[str] = []
    for word in words:
        draw = DRAWN.random() / share
        if draw >= 1 / 3:
            out.append(said(1)[0] if draw < 2 / 3 else word)
        if 2 / 3 <= draw < 1:
            out += said(1)
    return " ".join(out)


def apart(clusters: list[list[str]]) -> int:
    """Clusters that are taken apart."""
    return sum(slots.contents(texts, np.arange(len(texts))) is not None for texts in clusters)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clusters", type=int, default=40)
    n = parser.parse_args().clusters
    members = (3, 4, 5, 8, 20, 60)
    print("copies, taken apart (should be none); members:", *members)
    for share in (0.01, 0.02, 0.05, 0.1, 0.15):
        row = []
        for m in members:
            made = []
            for _ in range(n):
                words = said(DRAWN.choice((25, 50, 100, 300)))
                made.append(list(dict.fromkeys(changed(words, share) for _ in range(m))))
            row.append(f"{apart(made) / n:.3f}")
        print(f"  {share:.2f} of the words changed ", *row)
    print("templates, taken apart (should be all); members:", *members)
    for length in (30, 80, 200):
        for size in (4, 8, 15):
            row = []
            for m in members:
                made = []
                for _ in range(n):
                    before, after = said(length // 2), said(length // 2)
                    made.append([" ".join([*before, *said(max(2, size + DRAWN.randint(-2, 3))), *after]) for _ in range(m)])
                row.append(f"{apart(made) / n:.3f}")
            print(f"  {length:3} words, slot of {size:2}     ", *row)


if __name__ == "__main__":
    main()
