"""Precision, recall and F2 per entity on labelled sentences, beside plain Presidio defaults, in one run.

    python tests/benchmarks/pii_quality.py [presidio-research JSON] [--model NAME] [--misses ENTITY]

Scored by overlap and type. Plain Presidio: its default registry for English on a blank tokenizer with lower-cased lemmas (or on
the model), at its default threshold 0 and at .4.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parent))

from pii_corpus import sentences

from auditor.detectors import pii_presidio
from auditor.detectors.pii_detect import detect
from auditor.detectors.pii_policy import Policy

CORE = ("CREDIT_CARD", "IBAN_CODE", "US_SSN", "UK_NINO", "US_ITIN", "EMAIL_ADDRESS", "PHONE_NUMBER", "IP_ADDRESS", "MAC_ADDRESS", "US_PASSPORT", "US_DRIVER_LICENSE", "UK_NHS", "CRYPTO")
SAME = {"UK_PASSPORT": "US_PASSPORT", "UK_DRIVING_LICENCE": "US_DRIVER_LICENSE", "GPE": "LOCATION", "ADDRESS": "LOCATION", "FACILITY": "LOCATION"}


def plain(texts: list[str], model: str) -> list[list[tuple[str, int, int, float]]]:
    """Plain Presidio."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from spacy.language import Language

    pii_presidio.silence()

    @Language.component("lower_lemma")
    def lower_lemma(doc):
        for t in doc:
            t.lemma_ = t.lower_
        return doc

    nlp = spacy.load(model) if model else spacy.blank("en")
    if not model:
        nlp.add_pipe("lower_lemma")

    class Engine(SpacyNlpEngine):
        def __init__(self):
            super().__init__()
            self.nlp = {"en": nlp}

    import tldextract
    import tldextract.tldextract as inner

    tldextract.extract = inner.TLDExtract(suffix_list_urls=(), cache_dir=None)
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=Engine())
    if not model:
        registry.remove_recognizer("SpacyRecognizer")
    engine = AnalyzerEngine(registry=registry, nlp_engine=Engine())
    return [[(r.entity_type, r.start, r.end, r.score) for r in engine.analyze(t, "en")] for t in texts]


def score(gold: list[list[tuple[str, int, int]]], found: list[list[tuple[str, int, int, float]]], least: float) -> dict[str, tuple[int, int, int]]:
    """Entity -> (true positives by gold span, gold spans, wrong predictions)."""
    hit, total, wrong = Counter(), Counter(), Counter()
    for g, f in zip(gold, found, strict=True):
        f = [(SAME.get(e, e), a, b) for e, a, b, s in f if s >= least]
        g = [(SAME.get(e, e), a, b) for e, a, b in g]
        for e, a, b in g:
            total[e] += 1
            hit[e] += any(x == e and c < b and d > a for x, c, d in f)
        for e, a, b in f:
            wrong[e] += not any(x == e and c < b and d > a for x, c, d in g)
    return {e: (hit[e], total[e], wrong[e]) for e in {*total, *wrong}}


def line(name: str, s: dict[str, tuple[int, int, int]], entities: tuple[str, ...]) -> str:
    h, t, w = (sum(s.get(e, (0, 0, 0))[i] for e in entities) for i in range(3))
    p, r = h / (h + w) if h + w else float("nan"), h / t if t else float("nan")
    f2 = 5 * p * r / (4 * p + r) if h else 0.0
    return f"{name:12} P {p:.3f} R {r:.3f} F2 {f2:.3f} ({t} gold, {w} wrong)"


def main() -> None:
    args = argparse.ArgumentParser()
    args.add_argument("labelled", nargs="?")
    args.add_argument("--model", default="")
    args.add_argument("--misses", default="")
    args.add_argument("-n", type=int, default=1500)
    o = args.parse_args()
    if o.labelled:
        rows = [(r["full_text"], [(s["entity_type"], s["start_position"], s["end_position"]) for s in r["spans"]]) for r in json.loads(Path(o.labelled).read_text())]
    else:
        rows = sentences(o.n)
    texts, gold = [t for t, _ in rows], [g for _, g in rows]
    ours: list[list[tuple[str, int, int, float]]] = [[] for _ in texts]
    for i, spans in detect(pl.Series(texts), Policy()):
        ours[i] += [tuple(s) for s in spans]
    if o.model:
        from auditor.detectors.pii_names import names_in

        for i, spans in enumerate(names_in(texts, o.model)):
            taken = ours[i]
            ours[i] = taken + [tuple(s) for s in spans if all(s.end <= a or s.start >= b for _, a, b, _ in taken)]
    theirs = plain(texts, o.model)
    tables = {"ours": score(gold, ours, 0.4), "presidio 0": score(gold, theirs, 0), "presidio .4": score(gold, theirs, 0.4)}
    entities = (*CORE, "PERSON", "LOCATION", "NRP") if o.model else CORE
    for e in entities:
        if any(s.get(e, (0, 0, 0))[1] + s.get(e, (0, 0, 0))[2] for s in tables.values()):
            print(e)
            for name, s in tables.items():
                print("   ", line(name, s, (e,)))
    print("ALL of these")
    for name, s in tables.items():
        print("   ", line(name, s, entities), "| all types, all predictions:", line("", s, tuple(s)))
    if o.misses:
        for t, g, f in zip(texts, gold, ours, strict=True):
            for e, a, b in g:
                if e == o.misses and not any(SAME.get(x, x) == e and c < b and d > a for x, c, d, _ in f):
                    print("MISS", e, repr(t))
            for e, a, b, s in f:
                if SAME.get(e, e) == o.misses and not any(SAME.get(x, x) == SAME.get(e, e) and c < b and d > a for x, c, d in g):
                    print("WRONG", e, s, repr(t[a:b]), "in", repr(t))


if __name__ == "__main__":
    main()
