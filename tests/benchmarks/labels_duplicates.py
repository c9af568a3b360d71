"""Near-duplicates: recall by true Jaccard similarity (three definitions), false pairs, documents per CPU second, memory.

    python tests/benchmarks/labels_duplicates.py [--documents 20000]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import polars as pl
from memory import peak_mb

from auditor.detectors.hashing import normalised
from auditor.detectors.near_text import cluster_texts

LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))


def jaccard(a, b):
    return len(a & b) / len(a | b)


def kinds(text):
    w = text.split()
    return {"word triples": set(zip(w, w[1:], w[2:], strict=False)), "5 characters": {text[i : i + 5] for i in range(len(text) - 4)}, "words": set(w)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=20_000)
    n = parser.parse_args().documents
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(LETTERS, rng.integers(2, 10))) for _ in range(20_000)]
    documents = [" ".join(words[i] for i in line) for line in rng.zipf(1.3, (n, 74)) % len(words)]
    planted = []
    for i in range(min(3000, n // 4)):
        line = documents[i].split()
        for place in rng.permutation(len(line))[: rng.integers(0, 20)]:
            line[place] = words[rng.integers(len(words))]
        planted.append(" ".join(line))
    everything = pl.Series(documents + planted)
    size = everything.str.len_chars().mean()
    documents = documents[: len(planted)]  # the rest is in `everything`: what is measured is one copy of the texts and the comparison
    start = time.process_time()
    everything = normalised(everything).to_list()
    cluster = cluster_texts(everything)
    seconds = time.process_time() - start
    print(f"{len(everything):,} documents of {size:.0f} characters: {len(everything) / seconds:,.0f} per CPU second, peak {peak_mb():,.0f} MB")
    hit = np.array([cluster[i] == cluster[n + i] for i in range(len(planted))])
    pairs = [(kinds(documents[i]), kinds(p)) for i, p in enumerate(planted)]
    for kind in pairs[0][0]:
        similarity = np.array([jaccard(a[kind], b[kind]) for a, b in pairs])
        print(f"  {kind:13s}", "  ".join(f"{low:.1f}: {hit[m].mean():.4f} of {m.sum()}" for low in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9) if (m := (similarity >= low) & (similarity < low + 0.1 + (low == 0.9))).any()))
    print("unrelated documents joined:", int((np.bincount(cluster[:n], minlength=1) > 1).sum()), "clusters of originals")


if __name__ == "__main__":
    main()
