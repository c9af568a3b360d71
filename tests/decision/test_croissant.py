"""A Croissant file is declared evidence about the bytes it lists, and about nothing else."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from decision_cases import dataset, decided

from auditor.checks.croissant import CroissantHolds
from auditor.decision.croissant import differing, read
from auditor.decision.evidence import Declared, EvidenceStudy
from auditor.errors import ConfigError
from auditor.model import FileInfo, Status
from auditor.scan.request import Facts
from auditor.settings import Settings

ONE, TWO = "ab" * 32, "cd" * 32


def body(**changes):
    return {
        "@context": {"sc": "https://schema.org/"}, "sc:license": ["https://example.org/cc-by"], "creator": {"name": "a team"},
        "rai:dataCollection": "taken from tickets", "rai:personalSensitiveInformation": ["none"],
        "distribution": [{"@type": "cr:FileObject", "contentUrl": "data/train.csv", "sha256": ONE}], **changes,
    }  # fmt: skip


def said(tmp_path, text):
    file = tmp_path / "croissant.json"
    file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return read(file)


def data(digest=ONE):
    return replace(dataset(), files=(FileInfo("train.csv", 1, digest, "csv", "train", 1),))


def test_what_it_says(tmp_path):
    found = said(tmp_path, body())
    assert (found.licence, found.origin, found.consent) == ("https://example.org/cc-by", "taken from tickets", "none")
    assert found.stated == ("dataCollection", "personalSensitiveInformation")
    assert found.digests == (("data/train.csv", ONE),)


@pytest.mark.parametrize(
    ("listed", "digest", "expected"),
    [("data/train.csv", ONE, ((), ())), ("train.csv", TWO, (("train.csv",), ())), ("test.csv", ONE, ((), ("test.csv",)))],
)
def test_digests_are_checked(tmp_path, listed, digest, expected):
    found = said(tmp_path, body(distribution=[{"contentUrl": listed, "sha256": digest}]))
    assert differing(found, data()) == expected


@pytest.mark.parametrize(
    ("distribution", "status"),
    [([{"contentUrl": "train.csv", "sha256": ONE}], "pass"), ([{"contentUrl": "train.csv", "sha256": TWO}], "fail"), ([], "unknown"), ([{"contentUrl": "x.csv", "sha256": ONE}], "warn")],
)
def test_finding(tmp_path, distribution, status):
    facts = Facts()
    study = EvidenceStudy.named_in(Settings())
    facts.put(study, Declared(croissant=said(tmp_path, body(distribution=distribution))))
    (finding,) = CroissantHolds().judge(data(), facts, Settings())
    assert finding.status is Status(status)


def test_licence_of_the_description_counts_as_declared(tmp_path):
    known = Declared(croissant=said(tmp_path, body()))
    without = next(g for g in decided(Settings(), Declared()).gates if g.name == "data")
    with_it = next(g for g in decided(Settings(), known).gates if g.name == "data")
    assert {"USE006", "USE007"} <= set(without.conditions)
    assert not {"USE006", "USE007"} & set(with_it.conditions)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_files_that_are_no_description(tmp_path, text):
    with pytest.raises(ConfigError):
        said(tmp_path, text)


@pytest.mark.parametrize("text", ["{}", '{"license": 3, "distribution": "x"}', '{"distribution": [1, {"sha256": 5}]}'])
def test_descriptions_that_say_nothing(tmp_path, text):
    found = said(tmp_path, text)
    assert (found.licence, found.digests) == ("", ())
