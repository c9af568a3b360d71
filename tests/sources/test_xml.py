"""XML of which an element is a row, and XML that holds none."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from auditor.errors import SourceError
from auditor.model import Role, Shape
from auditor.redact import redact
from auditor.settings import Settings
from auditor.sources.discover import discover
from auditor.sources.one_file import read_file
from auditor.sources.types import Candidate, ReadResult


def _read(folder: Path, text: str | bytes, name: str = "x.xml") -> ReadResult | None:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(Candidate(path, name, path.stat().st_size))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('<posts><row Id="1" Title="a &lt; b"/><row Id="2" Title="c"/></posts>', [{"Id": 1, "Title": "a < b"}, {"Id": 2, "Title": "c"}]),
        ("<t><i><text>one</text><n>1.5</n></i><i><text>two</text><n>2</n></i></t>", [{"text": "one", "n": 1.5}, {"text": "two", "n": 2.0}]),
        ("<rss><channel><title>t</title><item><t>a</t></item><item><t>b</t></item></channel></rss>", [{"t": "a"}, {"t": "b"}]),
        ('<s xmlns="http://x/y"><r><a>1</a></r><r><a/></r></s>', [{"a": 1}, {"a": None}]),
        ("<s><r>one</r><r>two</r></s>", [{"text": "one"}, {"text": "two"}]),
        ('<s><r k="x">one</r><r k="y">two</r></s>', [{"k": "x", "text": "one"}, {"k": "y", "text": "two"}]),
        ("<s><r><w>a</w><w>b</w></r><r><w>c</w><w>d</w></r></s>", [{"w": ["a", "b"]}, {"w": ["c", "d"]}]),
        ('<s><r><o><t p="neg" w="food"/></o></r><r><o><t p="pos" w="wine"/></o></r></s>', [{"o": {"t": {"p": "neg", "w": "food"}}}, {"o": {"t": {"p": "pos", "w": "wine"}}}]),
        ("<s><r>a <b>bold</b> word</r><r>no <b>such</b></r></s>", [{"b": "bold", "text": "a word"}, {"b": "such", "text": "no"}]),
        ("<s><r><zip>01234</zip></r><r><zip>98765</zip></r></s>", [{"zip": "01234"}, {"zip": "98765"}]),
    ],
    ids=["attributes", "elements", "a feed", "namespaces", "texts", "text beside attributes", "lists", "nested", "mixed", "numbers that are codes"],
)
def test_rows(tmp_path: Path, text: str, rows: list[dict[str, Any]]) -> None:
    result = _read(tmp_path, text)
    assert result is not None
    assert result.tables[0].frame.collect().to_dicts() == rows
    assert [n.kind for n in result.notes] == ["nested_rows"]


@pytest.mark.parametrize(
    "text",
    ["<project><name>x</name><version>1</version></project>", "<a><b><c/></b></a>", "<annotation><folder/><filename/><size/><object/></annotation>", "<a/>", "no xml", "<a><b><c><d><e><f/><f/></e></d></c></b></a>"],
)
def test_documents_hold_no_rows(tmp_path: Path, text: str) -> None:
    assert _read(tmp_path, text) is None
    with pytest.raises(SourceError, match="not a format that holds rows"):
        discover(tmp_path, Settings())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a><r>&d;</r><r>&d;</r></a>', "declares entities"),
        ("<s>" + "<r>" * 2 + "<q>" * 3000 + "</q>" * 3000 + "</r>" * 2 + "<r/></s>", "inside one another"),
    ],
)
def test_hostile_xml_is_refused(tmp_path: Path, text: str, told: str) -> None:
    result = _read(tmp_path, text)
    assert result is not None
    assert not result.tables
    assert told in result.notes[0].message


def test_what_stands_before_a_fault_is_kept(tmp_path: Path) -> None:
    result = _read(tmp_path, "<s>\n<r><a>x</a></r>\n<r><a>y</a></r>\n<r><a>z</b></r>\n<r><a>w</a></r>\n</s>")
    assert result is not None
    assert result.tables[0].frame.collect()["a"].to_list() == ["x", "y"]
    assert [(r.line, r.lost) for r in result.rejects] == [(4, True)]
    assert "truncated" in [n.kind for n in result.notes]


def _tickets(n: int = 40) -> str:
    return "<tickets>" + "".join(f"<ticket><text>words of kind {i % 2} and number {i}, from jane.doe{i}@corp-mail.com</text><label>{'ab'[i % 2]}</label></ticket>\n" for i in range(n)) + "</tickets>"


def test_a_tracker_s_export_is_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "train.xml.gz").write_bytes(gzip.compress(_tickets().encode()))
    data = discover(tmp_path, Settings()).dataset
    assert (data.rows, data.shape, data.role(Role.LABEL)) == (40, Shape.CLASSIFICATION, ("label",))


def test_redacted_xml_is_xml(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "train.xml").write_text(_tickets())
    (tmp_path / "in" / "pom.xml").write_text("<project/>")
    redact(tmp_path / "in", tmp_path / "out", Settings())
    text = (tmp_path / "out" / "train.xml").read_text()
    assert "corp-mail" not in text
    assert [e.findtext("text", "")[-15:] for e in ET.fromstring(text)] == ["<EMAIL_ADDRESS>"] * 40
