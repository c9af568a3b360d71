"""Pair signal of public files as published, with 30 % of the responses shuffled between prompts, and with all of them; and made pairs.

    python tests/benchmarks/labels_pairs.py [--data FOLDER] [--seeds 3]

Printed: rows, what the rule says, AUC, the estimated share of foreign responses, and, of the suspects listed, how many are foreign
(precision) and how many of the foreign ones are listed (recall). Two more sets are made from CLINC150: `translation`, whose responses are
the prompts in words of another alphabet, and `subject`, whose responses have one of fifteen intents and no more in common with them.
Last, question pairs (40 % of one intent): balanced accuracy of the probe with and without figures of how alike two texts are.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from auditor.checks.responses import PairSignal
from auditor.detectors import models, pairs, probe
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


def utterances(data):
    """Utterances of CLINC150 by intent."""
    by = {}
    for text, intent in json.loads((data / "clinc150_full.json").read_text())["train"]:
        by.setdefault(intent, []).append(text)
    return by


def made(data, folder):
    """The made sets, as files in `folder`; their names."""
    rng, by = random.Random(3), utterances(data)
    intents = sorted(by)
    chosen = [(rng.choice(by[i]), n // 15) for n, i in ((n, intents[n]) for n in (rng.randrange(150) for _ in range(3000)))]
    words = sorted({w for text, _ in chosen for w in text.split()})
    other = {w: "".join(chr(0x4E00 + rng.randrange(3000)) for _ in range(2)) for w in words}
    rows = {
        "translation": [(t, " ".join(other[w] for w in t.split())) for t, _ in chosen[:1000]],
        "subject": [(t, rng.choice(by[rng.choice(intents[15 * g : 15 * g + 15])])) for t, g in chosen],
    }
    for name, found in rows.items():
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps({"prompt": p, "response": r}) for p, r in found))
    return [folder / f"{name}.jsonl" for name in rows]


def compared(data, folder):
    """Question pairs with 0, 10 and 30 % wrong labels, and what the probe reads of them."""
    by = utterances(data)
    intents = sorted(by)
    for noise in (0.0, 0.1, 0.3):
        rng = random.Random(5)
        rows = []
        for _ in range(3000):
            intent, same = rng.choice(intents), rng.random() < 0.4
            second = rng.choice(by[intent if same else rng.choice(intents)])
            rows.append({"question1": rng.choice(by[intent]), "question2": second, "is_duplicate": int(same != (rng.random() < noise))})
        path = folder / "questions.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)))
        read = SourceRows(discover(path, Settings()), Settings())
        alike, found = models._alike, []
        for use in (alike, lambda _: None):
            models._alike = use
            found.append(probe.of_rows(read, None, None).cv_group.value)
        models._alike = alike
        print(f"question pairs, {noise:.0%} wrong labels: balanced accuracy {found[0]:.3f}, from words alone {found[1]:.3f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).parents[3] / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    print("file                     rows  shuffled  verdict           AUC   estimate    suspects  precision recall  CPU s")
    with tempfile.TemporaryDirectory() as folder:
        measure([args.data / name for name in FILES] + made(args.data, Path(folder)), args.seeds)
        compared(args.data, Path(folder))


def measure(paths, seeds):
    """A line for each file, share and seed."""
    for path in paths:
        name = path.name
        rows = SourceRows(discover(path, Settings()), Settings())
        inputs = load(rows, labelled=False)
        for share in (0.0, 0.3, 1.0):
            for seed in range(seeds if share else 1):
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
