"""How common the wording is, told by a tokenizer that the user names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from corpus import sentences
from support import facts, judged, texts

from auditor.checks.wording import CommonWording
from auditor.detectors.wording import WordingFacts, WordingStudy
from auditor.model import Status
from auditor.settings import Settings

PLAIN = ["Where is my parcel, and when will it be delivered to the new address?", "The invoice shows the wrong amount; please correct it and send it again."]
STRANGE = ["Pt c/o SOB, hx COPD/CHF NYHA III, s/p CABGx3; EF 35%, BNP 1240pg/mL", "CC(=O)OC1=CC=CC=C1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "A7-44B/9-XQ 0x3F2 9C-D1"]


def named(rows, tokenizer="o200k_base"):
    settings = Settings()
    settings = replace(settings, targets=replace(settings.targets, tokenizer=tokenizer))
    return texts(rows, ["a", "b"] * (len(rows) // 2), settings=settings)


@pytest.mark.parametrize(("rows", "status"), [(PLAIN, Status.PASS), (STRANGE, Status.WARN)])
def test_common_and_strange_wording(rows, status):
    pytest.importorskip("toktok")
    data = named(rows * 40)
    assert [f.status for f in judged(data, "TXT007", found=facts(data, WordingStudy("o200k_base")))] == [status]


@pytest.mark.parametrize(("counted", "status"), [(WordingFacts(10, 5000, 1000), Status.PASS), (WordingFacts(10, 5000, 2500), Status.WARN), (WordingFacts(1, 50, 10), Status.UNKNOWN), (WordingFacts(0, 0, 0), Status.UNKNOWN)])
def test_the_finding_says_what_was_counted(counted, status):
    data = named(PLAIN)
    assert [f.status for f in CommonWording().judge(data.dataset, {WordingStudy("o200k_base"): counted}, data.settings)] == [status]


def test_without_a_tokenizer_nothing_is_measured():
    rows, labels = sentences(2, 10)
    data = texts(rows, labels)
    assert not list(CommonWording().needs(data.dataset, data.settings))
    assert not list(CommonWording().judge(data.dataset, {}, data.settings))
