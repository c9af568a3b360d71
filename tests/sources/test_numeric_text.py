"""ARFF and svmlight files are tables with the names, types and groups that they state; lines that are none are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import AuditError
from auditor.settings import Settings
from auditor.sources.discover import discover
from auditor.sources.numeric_text import form_of, read_numeric

ARFF = """% made up
@RELATION 'some beans'

@attribute width numeric
@ATTRIBUTE 'grown in' {north, 'far south'}
@attribute note string
@attribute count INTEGER
@attribute class {a,b}
@data
1.5, north, 'a, b', 3, a
2.5, 'far south', ?, 4, b
% a remark
?,north,"it's fine",5,a
1.0,north,x
"""
SPARSE = "@relation x\n@attribute a numeric\n@attribute b numeric\n@attribute class {p,n}\n@data\n{0 1.5, 2 p}\n{1 2, 2 n}\n{7 1}\n"


def test_arff() -> None:
    assert form_of(ARFF) == "arff"
    found = read_numeric(ARFF, "arff", "x.arff")
    assert found.frame.to_dict(as_series=False) == {"width": [1.5, 2.5, None], "grown in": ["north", "far south", "north"], "note": ["a, b", None, "it's fine"], "count": [3, 4, 5], "class": ["a", "b", "a"]}
    assert [(r.line, r.reason) for r in found.rejects] == [(14, "3 values where there are 5 attributes")]


def test_sparse_arff() -> None:
    found = read_numeric(SPARSE, "arff", "x")
    assert found.frame.to_dict(as_series=False) == {"a": [1.5, 0.0], "b": [0, 2], "class": ["p", "n"]}
    assert [r.line for r in found.rejects] == [8]


def test_svmlight(tmp_path: Path) -> None:
    rows = [f"{1 if i % 2 else -1} qid:{i // 4} 1:{i}.5 3:2e-1 # row {i}" for i in range(40)]
    (tmp_path / "train.svm").write_text("# head\n" + "\n".join(rows) + "\nnonsense\n")
    source = discover(tmp_path, Settings())
    frame = source.parts[0].frame.collect()
    assert frame.columns == ["label", "qid", "f1", "f3"]
    assert frame.row(1) == (1, 0, 1.5, 0.2)
    assert {str(r.role): r.columns for r in source.dataset.roles} == {"label": ("label",), "group": ("qid",), "feature": ("f1", "f3")}
    assert [r.line for r in source.dataset.rejects] == [42]


def test_too_many_features_are_told(tmp_path: Path) -> None:
    (tmp_path / "train.svm").write_text("\n".join(f"1 {i}:1 {i + 5000}:2" for i in range(1, 1500)) + "\n")
    with pytest.raises(AuditError, match="2,998 features in svmlight form"):
        discover(tmp_path, Settings())


@pytest.mark.parametrize("text", ["1 2:3 is the ratio\n4 of them\n", "10:30 start\n11:30 end\n", "1 some words\n0 more words\n", "@relation to her\nshe said\n", "1\n0\n"])
def test_other_text_is_no_such_table(text: str) -> None:
    assert not form_of(text)


@given(st.lists(st.text("01.:# qid@{},'\"?%abe+-\t", max_size=30), max_size=12), st.sampled_from(["arff", "svmlight"]))
def test_whatever_stands_there_is_a_row_or_told(lines: list[str], form: str) -> None:
    head = "@relation x\n@attribute a numeric\n@attribute b {p,n}\n@data\n" if form == "arff" else ""
    found = read_numeric(head + "\n".join(lines), form, "x")
    assert found.frame.height + len(found.rejects) <= len(lines)
    assert all(r.line is not None for r in found.rejects)


def test_two_texts_without_names_are_a_pair(tmp_path: Path) -> None:
    lines = [f"the river runs past stone number {i} today\tder Fluss fließt heute an Stein {i} vorbei" for i in range(60)]
    (tmp_path / "train.tsv").write_text("\n".join(lines) + "\n")
    source = discover(tmp_path, Settings())
    assert {str(r.role): r.columns for r in source.dataset.roles} == {"prompt": ("column_0",), "response": ("column_1",)}
