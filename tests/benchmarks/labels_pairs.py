"""Pair signal of public files as published, with 30 % of the responses shuffled between prompts, and with all of them.

    python tests/benchmarks/labels_pairs.py [--data FOLDER] [--seeds 3]

Printed: rows, what the rule says, AUC, the estimated share of foreign responses, and, of the suspects listed, how many are foreign
(precision) and how many of the foreign ones are listed (recall).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from auditor.checks.learnability import PairSignal
from auditor.detectors import pairs
from auditor.detectors.inputs import load
from auditor.detectors.studies import PairStudy
from auditor.scan.request import Facts
from auditor.scan.rows import SourceRows
from auditor.settings import Settings
from auditor.sources.discover import discover

FILES = ("alpaca_zh.json", "dpo_en_sharegpt.json", "glaive_toolcall_en.json", "identity.json", "roleplay_instruct.json", "toolformer_06.json", "v1_sft.jsonl")


def shuffled(inputs, share, seed):
    """Inputs with the responses of a share of the rows moved on by one among them, and which rows now have another's text."""
    rng = np.random.default_rng(seed)
    moved = rng.permutation(len(inputs))[: round(share * len(inputs))]
    responses = list(inputs.response)
    for a, b in zip(moved, np.roll(moved, 1), strict=True):
        responses[a] = inputs.response[b]
    return replace(inputs, response=responses), np.array([a != b for a, b in zip(inputs.response, responses, strict=True)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    print("file                     rows  shuffled  verdict           AUC   estimate    suspects  precision recall  CPU s")
    for name in FILES:
        rows = SourceRows(discover(args.data / name, Settings()), Settings())
        inputs = load(rows, labelled=False)
        for share in (0.0, 0.3, 1.0):
            for seed in range(args.seeds if share else 1):
                changed, wrong = shuffled(inputs, share, seed)
                start = time.process_time()
                found = pairs.study(changed)
                seconds = time.process_time() - start
                facts = Facts()
                facts.put(PairStudy(), found)
                said = next(iter(PairSignal().judge(rows.dataset, facts, Settings())), None)
                verdict = f"{said.status} {said.severity}" if said else "-"
                if not found.measured:
                    print(f"{name:24s} {len(inputs):5d}  {share:.1f}       {verdict:16s} {found.reason}")
                    continue
                place = {(int(f), int(r)): i for i, (f, r) in enumerate(zip(changed.file, changed.row, strict=True))}
                listed = [place[int(f), int(r)] for f, r in zip(found.suspects.file, found.suspects.row, strict=True)]
                hit = wrong[listed]
                print(
                    f"{name:24s} {len(inputs):5d}  {share:.1f}       {verdict:16s} {found.auc.value:.3f}  {found.mismatched:.2f}-{found.mismatched_high:.2f}   {len(listed):5d}     "
                    f"{hit.mean() if len(hit) else 0:.2f}      {hit.sum() / max(1, wrong.sum()):.2f}    {seconds:.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
