"""SARIF 2.1.0: findings with a file and a line, so that they show up where code is reviewed.

One rule per code, with the text of `audit explain` as its help; one result per finding that isn't passed, or one for each
of its first places where it has lines: code hosts mark the first place of a result only. Results of one finding share our
fingerprint under `partialFingerprints`, which survives sorting and editing of the data, and are numbered beside it.
"""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import quote

from auditor.model import Finding, Report, RowRef, Severity, Status
from auditor.reports.base import RenderOptions, ReportFormat
from auditor.reports.order import ordered_findings

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
"""Schema of SARIF 2.1.0 with errata 01, as published by OASIS."""
_SHOWN: Final = 10
"""Places of one finding that are told."""
_LEVELS: Final = {Severity.BLOCKER: "error", Severity.MAJOR: "warning", Severity.MINOR: "note", Severity.INFO: "note"}


def render(report: Report, options: RenderOptions | None = None) -> str:  # noqa: ARG001 - a file, not a screen
    """The report as SARIF, with a final line break."""
    findings = [f for f in ordered_findings(report) if f.status not in {Status.PASS, Status.NOT_APPLICABLE}]
    codes = list(dict.fromkeys(f.code for f in findings))
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "dataset-readiness-auditor",
                        "version": report.tool_version,
                        "semanticVersion": report.tool_version,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "originalUriBaseIds": {"DATA": {"description": {"text": "the audited folder"}}},
                "results": [r for f in findings for r in _results(f, codes.index(f.code), report)],
                "columnKind": "unicodeCodePoints",
                "properties": {
                    "dataVerdict": report.verdict.data,
                    "pathVerdict": report.verdict.path.status,
                    "exitCode": report.verdict.exit_code,
                    "datasetDigest": report.dataset.digest,
                },
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n"


def _rule(code: str) -> dict[str, object]:
    from auditor.registry import all_checks, explain

    check = next((c for c in all_checks() if c.code == code), None)
    if check is None:
        return {"id": code, "shortDescription": {"text": code}}
    return {
        "id": code,
        "name": type(check).__name__,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": _first(type(check).__doc__ or check.title)},
        "help": {"text": explain(code)},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
        "properties": {"tags": [str(check.pillar)], "severity": str(check.severity)},
    }


def _first(text: str) -> str:
    return " ".join(text.split("\n\n", 1)[0].split())


def _results(finding: Finding, index: int, report: Report) -> list[dict[str, object]]:
    places = _locations(finding, report)
    if not any(ref.line for ref in finding.evidence.refs):
        return [_result(finding, index, places, 1)]
    return [_result(finding, index, [place], i) for i, place in enumerate(places, 1)]


def _result(finding: Finding, index: int, places: list[dict[str, object]], number: int) -> dict[str, object]:
    kind = "open" if finding.status in {Status.UNKNOWN, Status.ERROR} else "fail"
    text = finding.message + (f"\nFix: {finding.fix}" if finding.fix else "")
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "kind": kind,
        # 3.27.10: a result whose kind isn't "fail" has the level "none"
        "level": _LEVELS[finding.severity] if kind == "fail" else "none",
        "message": {"text": text},
        "partialFingerprints": {"finding/v1": finding.fingerprint, "place/v1": str(number)},
        "properties": {"status": str(finding.status), "severity": str(finding.severity), "subject": finding.subject},
    }
    if places:
        result["locations"] = places[:1]
    if places[1:]:
        result["relatedLocations"] = [{"id": i, **place} for i, place in enumerate(places[1:], 1)]
    return result


def _locations(finding: Finding, report: Report) -> list[dict[str, object]]:
    known = [_location(ref.file, ref) for ref in finding.evidence.refs[:_SHOWN]]
    if known:
        return known
    if any(f.path == finding.subject for f in report.dataset.files):
        return [_location(finding.subject, None)]
    return [_location(report.dataset.files[0].path, None)] if report.dataset.files else []


def _location(file: str, ref: RowRef | None) -> dict[str, object]:
    uri = quote(file.encode("utf-8", "surrogateescape"), safe="/")
    physical: dict[str, object] = {"artifactLocation": {"uri": uri, "uriBaseId": "DATA"}}
    place: dict[str, object] = {"physicalLocation": physical}
    if ref is not None and ref.line is not None and ref.line >= 1:
        region: dict[str, object] = {"startLine": ref.line}
        if ref.column is not None and ref.column >= 1:
            region["startColumn"] = ref.column
        physical["region"] = region
    elif ref is not None:
        place["logicalLocations"] = [{"name": f"row {ref.row}", "kind": "member"}]
    return place


REPORT = ReportFormat("sarif", ".sarif", render, "code review: findings with file and line (SARIF 2.1.0)")
