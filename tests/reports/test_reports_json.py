"""The JSON report is the contract of its schema, byte for byte the same for the same audit."""

from __future__ import annotations

import hashlib
import html
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import ALL, crowded, hostile, not_ready, ready

from auditor.model import Report
from auditor.reports import RenderOptions, formats
from auditor.reports.canonical import canonical, report_digest, rounded
from auditor.reports.json_report import render, schema, to_dict

OPTIONS = RenderOptions()
REGULAR = sorted(set(ALL) - {"hostile"})  # words of the vocabulary are replaced by nonsense in the hostile one


@pytest.mark.parametrize("name", REGULAR)
def test_report_is_valid_against_the_shipped_schema(name: str) -> None:
    validator = jsonschema.Draft202012Validator
    validator.check_schema(schema())
    errors = [
        f"{list(e.absolute_path)}: {e.message}"
        for e in validator(schema()).iter_errors(json.loads(render(ALL[name](), OPTIONS)))
    ]
    assert errors == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("verdict", "data"), "fine"),
        (("score", "value"), 101),
        (("schema",), "audit-report/2"),
        (("report_digest",), "sha256:12"),
        (("findings", 0, "status"), "ok"),
        (("dataset", "rows"), -1),
    ],
)
def test_schema_refuses(path: tuple[Any, ...], wrong: object) -> None:
    body: Any = to_dict(not_ready())
    place = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = wrong
    assert not jsonschema.Draft202012Validator(schema()).is_valid(body)


def _described(node: Any, part: dict[str, Any], root: dict[str, Any], where: str, missing: list[str]) -> None:
    """Collect keys of `node` that the schema `part` says nothing about."""
    while "$ref" in part:
        part = root["$defs"][part["$ref"].rsplit("/", 1)[1]]
    if isinstance(node, list):
        for item in node:
            _described(item, part.get("items", {}), root, f"{where}[]", missing)
    elif isinstance(node, dict) and ("properties" in part or isinstance(part.get("additionalProperties"), dict)):
        for key, value in node.items():
            inner = part.get("properties", {}).get(key, part.get("additionalProperties"))
            if inner is None:
                missing.append(f"{where}.{key}")
            else:
                _described(value, inner, root, f"{where}.{key}", missing)


def test_schema_describes_every_key_that_is_written() -> None:
    missing: list[str] = []
    root: Any = schema()
    body = to_dict(not_ready())
    body["profile"] = {}  # open by contract
    _described(body, root, root, "", missing)
    assert missing == []


def test_contract_of_the_issue() -> None:
    body: Any = to_dict(not_ready())
    assert body["schema"] == "audit-report/1"
    assert set(body["tool"]) >= {"name", "version"}
    assert set(body["dataset"]) >= {"name", "shape", "digest", "rows", "files", "roles", "rejects"}
    assert set(body["dataset"]["files"][0]) >= {"path", "bytes", "sha256", "format", "split", "rows"}
    assert set(body["verdict"]["path"]) >= {"requested", "recommended", "status"}
    assert {"data", "fine_tuning", "custom_training"} == set(body["gates"])
    assert body["gates"]["data"] == {
        "passed": False,
        "failed": ["LEK001", "BAL002"],
        "unknown": ["DRF001"],
        "conditions": ["LBL003"],
    }
    assert body["score"]["factors"]["size"] == {
        "value": 0.82,
        "low": 0.79,
        "high": 0.85,
        "source": "measured",
        "note": "9,204 effective rows",
        "contribution": 0.0,
    }
    assert set(body["fixes"][0]) >= {"code", "action", "rows", "gain"}
    assert set(body["findings"][0]) >= {"code", "status", "severity", "subject", "message", "evidence", "fix"}
    assert set(body["findings"][0]["evidence"]) >= {"value", "low", "high", "n", "unit", "method"}
    assert set(body["not_checked"][0]) == {"what", "why", "how"}


def test_most_important_comes_first() -> None:
    body: Any = to_dict(not_ready())
    assert [f["code"] for f in body["findings"]][:5] == ["BAL002", "LEK001", "DRF001", "USE001", "LBL003"]
    assert [f["code"] for f in body["fixes"]] == ["BAL002", "LEK001", "LBL003"]


@pytest.mark.parametrize("name", sorted(ALL))
def test_only_run_depends_on_time_and_place(name: str) -> None:
    report = ALL[name]()
    later = replace(
        report,
        started="2031-01-01",
        seconds=99.0,
        timings={"x": 1.5},
        dataset=replace(report.dataset, root="/elsewhere"),
    )
    first, second = to_dict(report), to_dict(later)
    assert first.pop("run") != second.pop("run")
    assert first == second


def test_order_in_which_findings_arrive_does_not_matter() -> None:
    report = crowded()
    assert render(report, OPTIONS) == render(replace(report, findings=report.findings[::-1]), OPTIONS)


def test_place_of_the_folder_is_not_told() -> None:
    assert "/home/someone" not in render(not_ready(), OPTIONS)


def test_digest_can_be_recomputed_from_the_file_alone() -> None:
    body = json.loads(render(not_ready(), OPTIONS))
    kept = {k: v for k, v in body.items() if k not in {"run", "report_digest"}}
    plain = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert body["report_digest"] == "sha256:" + hashlib.sha256(plain.encode()).hexdigest() == report_digest(body)


@pytest.mark.parametrize(
    "change",
    [
        lambda r: replace(r, verdict=replace(r.verdict, data="ready")),
        lambda r: replace(r, findings=r.findings[:-1]),
        lambda r: replace(r, score=replace(r.score, value=61.5)),
        lambda r: replace(r, dataset=replace(r.dataset, digest="0" * 64)),
        lambda r: replace(r, policy={}),
    ],
)
def test_digest_covers(change: Any) -> None:
    assert to_dict(not_ready())["report_digest"] != to_dict(change(not_ready()))["report_digest"]


def test_file_is_sorted_utf8_json_without_infinities() -> None:
    bad = not_ready()
    report: Report = replace(
        bad, profile={"columns": [{"name": "é", "mean": float("nan"), "max": float("inf"), "n": 10**15}]}
    )
    text = render(report, OPTIONS)
    body = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert text == json.dumps(body, sort_keys=True, ensure_ascii=False, indent=2) + "\n"
    assert body["profile"]["columns"] == [{"name": "é", "mean": None, "max": None, "n": 10**15}]


def test_hostile_names_survive_unchanged_where_json_can_hold_them() -> None:
    body = json.loads(render(hostile(), OPTIONS))
    names = [f["path"] for f in body["dataset"]["files"]]
    assert "<script>alert(1)</script>" in names
    assert "\\ud800lone" in names


def test_what_has_no_json_form_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes"):
        to_dict(replace(ready(), profile={"columns": [b"secret"]}))


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        (0.1 + 0.2, 0.3),
        (1 / 3, 0.333333),
        (123456789.0, 123457000.0),
        (-0.0, 0.0),
        (float("nan"), None),
        (5e-324, 5e-324),
    ],
)
def test_rounded(number: float, kept: float | None) -> None:
    assert rounded(number) == kept
    assert str(rounded(number)) != "-0.0"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda s: st.lists(s) | st.dictionaries(st.text(), s),
    )
)
def test_canonical_is_idempotent_and_writable(value: object) -> None:
    once = canonical(value)
    assert canonical(once) == once
    json.dumps(once, allow_nan=False, ensure_ascii=False).encode()


def test_formats_are_found_by_name() -> None:
    found = formats()
    assert {"terminal", "json", "markdown", "html"} <= set(found)
    assert {f: found[f].suffix for f in ("terminal", "json", "markdown", "html")} == {
        "terminal": ".txt",
        "json": ".json",
        "markdown": ".md",
        "html": ".html",
    }
    assert all(found[name].name == name and found[name].help for name in found)


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("form", ["json", "html", "markdown", "terminal"])
def test_ascii_only_says_the_same(name: str, form: str) -> None:
    render_form = formats()[form].render
    text = render_form(ALL[name](), RenderOptions(ascii_only=True))
    assert text.isascii()
    if form == "json":
        assert json.loads(text) == json.loads(render_form(ALL[name](), OPTIONS))
    elif form != "terminal" and name not in {
        "hostile",
        "crowded",
    }:  # references take more room, so fewer rows are shown there
        assert html.unescape(text) == html.unescape(render_form(ALL[name](), OPTIONS))
