"""The prefilter loses nothing: what plain Presidio flags with the same recognizers, the filtered scan flags too."""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

import polars as pl
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from pii_secret_cases import HITS

from auditor.detectors import pii_presidio
from auditor.detectors.pii_detect import candidates, candidates_each
from auditor.detectors.pii_policy import Policy
from auditor.detectors.pii_prefilter import any_of, superset
from auditor.detectors.pii_specs import NATIONAL

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
from pii_corpus import sentences

EVERYWHERE = Policy(countries=tuple(sorted({s.country for s in NATIONAL})), switched_on=("DATE_TIME", "URL", "UUID"))
"""Every recognizer there is."""
SPECS = EVERYWHERE.specs()
ENTITIES = [s.entity for s in SPECS]
ODD = "0123456789 -./:@()+#²İıſKK٠١٢３０７ｘ＋－\x1c\x1d\x1f\u200b 　'\"\n"
FOLDS = {"i": "İ", "I": "ı", "s": "ſ", "k": "K", "K": "K", "S": "ſ"}
EXTRA = (
    "aadhaar 2345 6789 0124", "NIF 12345678Z", "S1234567D nric", "pesel 44051401359", "AB123456C national insurance", "codice fiscale RSSMRA85T10A562S",
    "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "110105194912310021", "cpf 529.982.247-25", "hetu 131052-308T", "::ffff:81.2.69.142", "2001:470::1",
)  # fmt: skip
PHONES = (
    "({a}) {b}-{c}", "{a}.{b}.{c}", "+1 {a} {b} {c}", "1-{a}-{b}-{c}", "0{a} {b} {c}", "+49 {a} {b}{c}", "0033 1 {b} {c}", "{a} {b} {c}", "tel:{a}{b}{c}", "call {a}{b}{c}",
    "ph. {b}-{c}", "P: {b} {c}", "T: {a}/{b}-{c}", "20{c}-0{b}-1 {b}", "{a}-0{b}-{c}", "０{a} {b} {c}", "＋{a}{b}{c}", "((+{a}) {b} {c}", "fax\n{b}-{c}", "{b}-{c} (mobile)", "é-{a} {b}-{c}",
    "{a}{b}", "{a}{b}{c}", "4{a}{b}{c}{a}{c}", "AB{a}{b}", "{a}_{b}", "u{a}@mail.de", "u.{a}+x@sub-{b}.example.co.uk", "a#{a}@b.com", "a/b{a}@c.com", "u{a}@nowhere.nosuch",
)  # fmt: skip
"""Written forms of telephones and what resembles them; numbers, codes and addresses that are a cell of their own."""


def phones(count: int, seed: int) -> list[str]:
    r = random.Random(seed)
    return [r.choice(PHONES).format(a=r.randint(20, 989), b=f"{r.randrange(1000):03}", c=f"{r.randrange(10_000):04}") for _ in range(count)]


def mutated(text: str, r: random.Random) -> str:
    chars = list(text)
    for _ in range(r.randint(0, 4)):
        at, how = r.randrange(len(chars) + 1), r.random()
        if how < 0.4:
            chars.insert(at, r.choice(ODD))
        elif how < 0.6 and at < len(chars):
            chars[at] = r.choice(ODD)
        elif how < 0.75 and at < len(chars):
            chars[at] = FOLDS.get(chars[at], chars[at].swapcase())
        elif how < 0.85 and at < len(chars):
            del chars[at]
        else:
            chars = [chr(0xFF10 + int(c)) if c in "0123456789" and r.random() < 0.3 else c for c in chars]
    return "".join(chars)


@pytest.fixture(scope="module")
def engine():
    return pii_presidio.engine(SPECS, ("US", "GB"))


@pytest.mark.parametrize(("seed", "context"), [(1, []), (2, []), (3, ["customer", "passport", "no"]), (4, ["mobile", "phone"])])
def test_filtered_equals_plain_presidio(engine, seed: int, context: list[str]) -> None:
    r = random.Random(seed)
    seeds = [*(t for t, _ in sentences(400, seed)), *(v for _, v in HITS), *EXTRA, *phones(300, seed)]
    texts = [mutated(r.choice(seeds), r) for _ in range(1000)]
    maybe = candidates(pl.Series(texts), SPECS, context)
    flagged = 0
    for i, text in enumerate(texts):
        plain = pii_presidio.analyse(engine, text, ENTITIES, context)
        flagged += bool(plain)
        assert plain == (pii_presidio.analyse(engine, text, maybe[i], context) if i in maybe else []), (seed, i)
    assert flagged > 200


@pytest.mark.parametrize(
    ("text", "column", "entities"),
    [
        ("2021-01-02 11:32:27", [], []),
        ("2021-01-02T11:32:27.123456+00:00", [], []),
        ("12.345678, -45.123456", [], []),
        ("ORD-12345678", [], []),
        ("https://shop.com/p/12345678?ref=1234", [], []),
        (" ".join(f"0.{i:04}" for i in range(20)), [], []),
        ("123456789012", [], []),  # fails Luhn
        ("378282246310005", [], ["CREDIT_CARD", "CRYPTO"]),
        ("1234567890", [], []),
        ("123456789", ["ssn"], ["US_SSN"]),
        ("1234567890", ["ssn"], []),  # no nine digits by themselves
        ("0170 1234567", [], ["PHONE_NUMBER"]),
        ("20-0170 12345", [], []),  # behind a digit and a hyphen it is a piece of something
        ("12.345678, -45.123456", ["phone"], ["PHONE_NUMBER"]),
        ("reach me: 12.345678", [], ["PHONE_NUMBER"]),
    ],
)
def test_only_what_may_be_something_is_looked_at(text: str, column: list[str], entities: list[str]) -> None:
    assert candidates(pl.Series([text]), Policy().specs(), column) == ({0: entities} if entities else {})


def test_columns_together_are_as_each_alone() -> None:
    r = random.Random(5)
    seeds = [*(t for t, _ in sentences(200, 5)), *(v for _, v in HITS), *EXTRA, *phones(200, 5), "123456789", "0170 1234567"]
    contexts: list[list[str]] = [[], ["phone"], ["ssn"], ["customer", "passport", "no"], []]
    columns = [pl.Series(f"c{k}", [mutated(r.choice(seeds), r) for _ in range(150 if k else 0)], dtype=pl.String) for k in range(len(contexts))]
    expected: dict[int, list[str]] = {}
    start = 0
    for texts, context in zip(columns, contexts, strict=True):
        expected |= {start + i: found for i, found in candidates(texts, SPECS, context).items()}
        start += texts.len()
    assert candidates_each(columns, contexts, SPECS) == expected
    assert len(expected) > 100


@pytest.mark.parametrize("name", ["c4_demo.jsonl", "seedprompts.jsonl"])
def test_filtered_equals_plain_presidio_on_real_text(engine, shared_data: Path, name: str) -> None:
    texts = (shared_data / name).read_text().split("\n")[:40]
    maybe = candidates(pl.Series(texts), SPECS)
    for i, text in enumerate(texts):
        assert pii_presidio.analyse(engine, text, ENTITIES, []) == (pii_presidio.analyse(engine, text, maybe[i], []) if i in maybe else [])


PIECES = st.sampled_from(["a", "I", "[a-f]", r"\d", r"\w", r"\s", r"[\s-]", "(?:ab|c)", "(x|y)", r"(?<!\d)", r"(?=a)", r"(?![0-9])", r"\b", "é", "s", "k", r"\.", "[^a]", r"[\]a]"])
QUANTIFIED = st.tuples(PIECES, st.sampled_from(["", "", "?", "*", "+", "{2}", "{1,3}", "{2,}"])).map(lambda p: p[0] if p[0].startswith((r"\b", "(?<", "(?=", "(?!")) else p[0] + p[1])


@settings(max_examples=300, deadline=None)
@given(st.lists(QUANTIFIED, min_size=1, max_size=6).map("".join), st.text(alphabet="abcfxyISsKk1 9-.\té\x1cİıſK]", max_size=14))
def test_a_superset_matches_wherever_the_pattern_does(pattern: str, text: str) -> None:
    flags = regex.DOTALL | regex.MULTILINE | regex.IGNORECASE
    found = regex.search(pattern, text, flags=flags)
    folded = text.replace("İ", "i").replace("ı", "i")
    if found and found[0]:
        assert pl.Series([folded]).str.contains(any_of((pattern,), ignore_case=True)).item()


@pytest.mark.parametrize(
    ("pattern", "rust"),
    [
        (r"(?<!\w)a(?=b)", "a"),
        (r"([:-])x\1", "(?:[:\\-])x(?:[:\\-])"),
        (r"[0-9]{64}", "[0-9]{12,}"),
        (r"\bfoo\b", "foo"),
        (r"a{2,5}+", "a{2,5}"),
    ],
)
def test_translation(pattern: str, rust: str) -> None:
    assert superset(pattern) == rust


def test_every_recognizer_is_translated() -> None:
    for spec in SPECS:
        if spec.base != "PhoneRecognizer":
            pattern = any_of(tuple(p for p, _ in pii_presidio.patterns_of(spec)), ignore_case=spec.ignore_case)
            assert not pl.Series(["~"]).str.contains(pattern).item(), spec.entity
            assert not re.search(r"\(\?<?[=!]|\\b", pattern)
