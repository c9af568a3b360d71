"""What looks like personal data or a secret by chance: digits of ids, and bytes written as text."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path

import polars as pl
import pytest

from auditor.audit import run
from auditor.detectors.pii_encoded import without_encoded
from auditor.detectors.pii_validate import card
from auditor.settings import Settings
from auditor.sources.facts import is_encoded, names_media

R = random.Random(3)


def number(valid: bool) -> str:
    """16 digits of a card's scheme, with or without its checksum."""
    while True:
        digits = "4" + "".join(R.choice("0123456789") for _ in range(15))
        if bool(card(digits)) is valid:
            return digits


def hexadecimal() -> str:
    while (found := f"{R.getrandbits(64):016x}").isdigit():
        pass
    return found


def cards(tmp_path: Path, texts: list[str]) -> int:
    """Rows in which the report finds cards."""
    path = tmp_path / "d.csv"
    pl.DataFrame({"message": texts, "level": [("low", "high")[i % 2] for i in range(len(texts))]}).write_csv(path)
    return sum(f.evidence.n and round(f.evidence.value * f.evidence.n) for f in run(path, Settings(cache_dir="none")).findings if "CREDIT_CARD" in f.message)


@pytest.mark.parametrize(("make", "found"), [
    (lambda i: f"request {i} span={number(True) if i in {7, 60} else hexadecimal()} took {i} ms", 0),
    (lambda i: f"shipped order {number(i % 10 == 0)} in {i} days", 0),
    (lambda i: f"shipped order {number(i % 3 == 0)} in {i} days", 34),
    (lambda i: f"request {i} took long, see {number(True)} there" if i in {7, 60} else f"request {i} took long, see page {i}", 2),
    (lambda i: f"customer {i} wrote {number(True)} and waits", 100),
    (lambda i: f"request {i} span={hexadecimal()} took long, the card span {number(True)} was declined" if i in {7, 60} else f"request {i} span={hexadecimal()} took {i} ms", 2),
    (lambda i: f"shipped order {number(False)} in {i} days" + (f", paid with visa {number(True)}" if i == 4 else ""), 1),
])
def test_cards_are_told_from_ids_by_their_siblings(tmp_path: Path, make, found: int) -> None:
    assert cards(tmp_path, [make(i) for i in range(100)]) == found


IMAGE = base64.b64encode(random.Random(1).randbytes(3000)).decode()


@pytest.mark.parametrize(("text", "encoded"), [
    (IMAGE, True), ("data:image/png;base64," + IMAGE, True), (base64.encodebytes(base64.b64decode(IMAGE)).decode(), True), (IMAGE[:100], False),
    ("word " * 400, False), ("ACGT" * 400, False), ("deadbeef01" * 80, False), ("{" + IMAGE + "}", False), ("", False),
])
def test_bytes_as_text(text: str, encoded: bool) -> None:
    assert is_encoded(pl.Series([text])).to_list() == [encoded]
    assert names_media(pl.Series([text] * 10)) is encoded


def test_nothing_is_looked_for_in_bytes_as_text() -> None:
    key = f"-----BEGIN PRIVATE KEY-----{IMAGE}-----END PRIVATE KEY-----"
    texts = pl.Series([f"see {IMAGE} and write to a@example.org", "short", key, "https://example.org/" + "a/" * 20])
    blank = without_encoded(texts)
    assert blank.str.len_chars().to_list() == texts.str.len_chars().to_list()
    assert blank[0].split() == ["see", *(["=="] if IMAGE.endswith("==") else []), "and", "write", "to", "a@example.org"]
    assert blank.to_list()[1:] == texts.to_list()[1:]


def test_images_as_text_are_images(tmp_path: Path) -> None:
    r = random.Random(2)
    planted = base64.b64encode(r.randbytes(900)).decode() + "LTAI5t" + "Abcdefghij1234" + base64.b64encode(r.randbytes(900)).decode()
    rows = [{"image": base64.b64encode(r.randbytes(1500)).decode(), "label": "ab"[i % 2]} for i in range(60)] + [{"image": planted.replace("=", "A"), "label": "a"}]
    (tmp_path / "d.jsonl").write_text("\n".join(map(json.dumps, rows)))
    report = run(tmp_path, Settings(cache_dir="none"))
    assert [r.columns for r in report.dataset.roles if r.role == "media"] == [("image",)]
    assert not [f for f in report.findings if f.code.startswith("SEC") and f.status == "fail"]
    assert next(f for f in report.findings if f.code == "LRN001").status == "unknown"
