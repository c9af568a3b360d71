"""Label audit of many rows: CPU seconds and peak memory.

    python tests/benchmarks/labels_scale.py texts  [--rows 100000] [--classes 77]     # audit of texts, duplicates included
    python tests/benchmarks/labels_scale.py given  [--rows 1000000] [--classes 1000]  # given probabilities, a .npy file
    python tests/benchmarks/labels_scale.py probe  [--rows 1000000] [--classes 1000]  # no probabilities: the probe's own, by caps

Texts are bags of words of which each class has its own few (`--banking banking77_train.csv`: its sentences, again and again, one word
replaced in each); 10 % of the labels are wrong. `--max-rows` is the setting `labels.max_rows`. One process a run, one thread.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from memory import peak_mb
from sklearn.metrics import average_precision_score
from threadpoolctl import threadpool_limits

from auditor.detectors import duplicates, probe
from auditor.model import Column, Dataset, Role, RoleChoice, Shape
from auditor.settings import LabelSettings, Settings

BLOCK = 50_000
NOISE = 0.1


@dataclass
class Rows:
    """What the studies ask of the engine."""

    frame: pl.DataFrame
    settings: Settings = field(default_factory=Settings)
    dataset: Dataset = field(init=False)

    def __post_init__(self):
        roles = (RoleChoice(Role.TEXT, ("text",), ""), RoleChoice(Role.LABEL, ("label",), ""))
        self.dataset = Dataset("b", ".", (), (), (Column("text", ""), Column("label", "")), roles, Shape.CLASSIFICATION, "", (), 0)

    def count(self, splits=None):
        return self.frame.height

    def select(self, columns, *, splits=None, cap=None, together=()):
        frame = self.frame.head(cap) if cap else self.frame
        return frame.select("__file", "__row", "__split", *columns)


def corpus(n, k, rng):
    """Sentences of ten words, three of them from the class's own thirty; the labels and which are wrong."""
    truth = rng.integers(0, k, n)
    words = np.array([f"w{i:x}" for i in range(20_000 + 30 * k)])
    parts = []
    for begin in range(0, n, BLOCK):
        c = truth[begin : begin + BLOCK]
        common = rng.zipf(1.3, (len(c), 7)) % 20_000
        own = 20_000 + 30 * c[:, None] + rng.integers(0, 30, (len(c), 3))
        parts += [" ".join(line) for line in words[np.concatenate([common, own], axis=1)]]
    label = np.where(rng.random(n) < NOISE, (truth + rng.integers(1, k, n)) % k, truth)
    return labelled(parts, label), truth, label


def labelled(texts, label):
    """Rows with the technical columns."""
    names = pl.format("class {}", pl.col("label").cast(pl.String).str.zfill(4)).alias("label")
    return pl.DataFrame({"text": texts, "label": label}).with_columns(names, __file=pl.lit(0, pl.UInt32), __row=pl.int_range(pl.len()), __split=pl.lit("train"))


def banking(path, n, rng):
    """BANKING77's sentences again and again, one word replaced in each."""
    with path.open(encoding="utf-8") as stream:
        base = [(r["text"].split(), r["category"]) for r in csv.DictReader(stream)]
    names = sorted({c for _, c in base})
    words = sorted({w for t, _ in base for w in t})
    texts, truth = [], np.empty(n, np.int64)
    for i in range(n):
        text, name = base[i % len(base)]
        line = list(text)
        line[int(rng.integers(len(line)))] = words[int(rng.integers(len(words)))]
        texts.append(" ".join(line))
        truth[i] = names.index(name)
    k = len(names)
    label = np.where(rng.random(n) < NOISE, (truth + rng.integers(1, k, n)) % k, truth)
    return labelled(texts, label), truth, label


def probabilities(path, truth, k, rng):
    """A file of probabilities, written block by block: .6 on the truth, the rest spread."""
    with path.open("wb") as file:  # not memory-mapped: what is written would count as this process's memory
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (len(truth), k)})
        for begin in range(0, len(truth), BLOCK):
            part = rng.random((len(truth[begin : begin + BLOCK]), k), dtype=np.float32)
            part *= 0.4 / part.sum(axis=1, keepdims=True)
            part[np.arange(len(part)), truth[begin : begin + BLOCK]] += 0.6
            file.write(part.tobytes())


def peak():
    return peak_mb()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("texts", "given", "probe"))
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--classes", type=int, default=77)
    parser.add_argument("--max-rows", type=int, default=100_000)
    parser.add_argument("--banking", type=Path)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    frame, truth, label = banking(args.banking, args.rows, rng) if args.banking else corpus(args.rows, args.classes, rng)
    rows = Rows(frame, Settings(labels=LabelSettings(max_rows=args.max_rows)))
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        if args.what == "given":
            path = Path(folder) / "p.npy"
            probabilities(path, truth, args.classes, rng)
            rows.settings = Settings(labels=LabelSettings(pred_probs=str(path), max_rows=args.max_rows))
        before, start = peak(), time.process_time()
        known = None
        if args.what == "texts":
            known = duplicates.of_rows(rows)
            print(f"duplicates: {time.process_time() - start:.1f} CPU s")
        middle = time.process_time()
        found = probe.of_rows(rows, known, None)
        print(f"probe: {time.process_time() - middle:.1f} CPU s over {found.rows:,} rows{' (sampled)' if found.sampled else ''} x {found.classes}")
        total = time.process_time() - start
    wrong = (label != truth)[found.scores.row]
    precision = average_precision_score(wrong, -found.scores.quality)
    noise = f"{found.noise.value:.3f} [{found.noise.low:.3f}, {found.noise.high:.3f}]" if found.noise else "not estimated"
    print(f"{args.what}: {args.rows:,} x {args.classes}: {total:.1f} CPU s, peak {peak():,.0f} MB ({before:,.0f} MB before), AP {precision:.3f}, noise {noise} for {wrong.mean():.3f}")


if __name__ == "__main__":
    main()
