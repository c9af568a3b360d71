"""The JSON report, a contract: `schema/audit-report-1.json` describes every key, and keys are only ever added.

    body = to_dict(report)
    body["report_digest"] == report_digest(body)

All that depends on when and how fast the audit ran is under `run`; the rest is the same bytes for the same data, settings
and tool. The folder's place on this machine is left out for the same reason.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import cast

from auditor.model import (
    Column,
    Dataset,
    Expected,
    FileInfo,
    FileNote,
    Finding,
    Fix,
    Gate,
    Ignored,
    NextVerdict,
    NotChecked,
    Reject,
    Report,
    RowRef,
    Rung,
    Score,
    Verdict,
)
from auditor.reports.base import RenderOptions, ReportFormat
from auditor.reports.canonical import canonical, plain_digest
from auditor.reports.order import ordered_findings, ordered_fixes, pillar_of

SCHEMA = "audit-report/1"
"""Name and version of the contract; a reader should refuse another number."""
TOOL = "dataset-readiness-auditor"
"""Name of the tool in the report."""


def digest_of(report: Report) -> str:
    """The report's digest, as its JSON form carries it."""
    return str(to_dict(report)["report_digest"])


def schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of the report."""
    text = (Path(__file__).parent / "schema" / "audit-report-1.json").read_text(encoding="utf-8")
    return cast("dict[str, object]", json.loads(text))


def to_dict(report: Report) -> dict[str, object]:
    """The report as plain JSON types, floats rounded to 6 significant digits, with `report_digest` filled in."""
    body: dict[str, object] = {
        "schema": SCHEMA,
        "tool": {"name": TOOL, "version": report.tool_version},
        "dataset": _dataset(report.dataset),
        "verdict": _verdict(report.verdict),
        "gates": {g.name: _gate(g) for g in report.gates},
        "score": _score(report.score),
        "fixes": [_plain(f) for f in ordered_fixes(report)],
        "next_verdict": None if report.next_verdict is None else _plain(report.next_verdict),
        "findings": [_finding(f) for f in ordered_findings(report)],
        "profile": dict(report.profile),
        "not_checked": [_not_checked(n) for n in report.not_checked],
        "declared": dict(report.declared),
        "policy": dict(report.policy),
        "crosswalk": dict(report.crosswalk),
    }
    plain = cast("dict[str, object]", canonical(body))
    plain["report_digest"] = plain_digest(plain)
    plain["run"] = canonical({"started": report.started, "seconds": report.seconds, "timings": dict(report.timings)})
    return plain


def _plain(item: Fix | FileInfo | Ignored | Column | Reject | FileNote | Rung | RowRef | Expected | NextVerdict) -> dict[str, object]:
    """The fields of a flat value; `asdict` would copy every one of thousands of them deeply."""
    return {f.name: getattr(item, f.name) for f in fields(item)}


def _dataset(data: Dataset) -> dict[str, object]:
    return {
        "name": data.name,
        "shape": data.shape,
        "shape_reason": data.shape_reason,
        "digest": data.digest,
        "rows": data.rows,
        "splits": data.splits,
        "files": [_plain(f) for f in data.files],
        "ignored": [_plain(i) for i in data.ignored],
        "columns": [_plain(c) for c in data.columns],
        "roles": {r.role: {"columns": r.columns, "reason": r.reason, "declared": r.declared} for r in data.roles},
        "classes": data.classes,
        "rejected_rows": data.rejected_rows,
        "rejects": [_plain(r) for r in data.rejects],
        "notes": [_plain(n) for n in data.notes],
    }


def _verdict(verdict: Verdict) -> dict[str, object]:
    path = verdict.path
    return {
        "data": verdict.data,
        "reasons": verdict.reasons,
        "exit_code": verdict.exit_code,
        "path": {
            "requested": path.requested,
            "recommended": path.recommended,
            "status": path.status,
            "reasons": path.reasons,
            "missing": [_not_checked(n) for n in path.missing],
            "ladder": [_plain(r) for r in path.ladder],
        },
    }


def _gate(gate: Gate) -> dict[str, object]:
    return {"passed": gate.passed, "failed": gate.failed, "unknown": gate.unknown, "conditions": gate.conditions}


def _score(score: Score) -> dict[str, object]:
    factors = {
        f.name: {"value": f.value, "low": f.low, "high": f.high, "source": f.source, "note": f.note, "contribution": f.contribution}
        for f in score.factors
    }
    return {
        "model": score.model,
        "value": score.value,
        "low": score.low,
        "high": score.high,
        "gate_low": score.gate_low,
        "calibrated": score.calibrated,
        "note": score.note,
        "expected": None if score.expected is None else _plain(score.expected),
        "factors": factors,
    }


def _finding(finding: Finding) -> dict[str, object]:
    evidence = finding.evidence
    return {
        "code": finding.code,
        "status": finding.status,
        "severity": finding.severity,
        "pillar": pillar_of(finding),
        "subject": finding.subject,
        "message": finding.message,
        "evidence": {
            "value": evidence.value,
            "low": evidence.low,
            "high": evidence.high,
            "n": evidence.n,
            "unit": evidence.unit,
            "method": evidence.method,
            "refs": [_plain(r) for r in evidence.refs],
        },
        "fix": finding.fix,
        "gain": finding.gain,
        "fingerprint": finding.fingerprint,
    }


def _not_checked(item: NotChecked) -> dict[str, object]:
    return {"what": item.what, "why": item.why, "how": item.how}


def render(report: Report, options: RenderOptions) -> str:
    """The report as JSON, keys sorted, two spaces a level, one newline at the end; escaped where only ASCII can be shown."""
    return (
        json.dumps(to_dict(report), sort_keys=True, ensure_ascii=options.ascii_only, indent=2, allow_nan=False) + "\n"
    )


REPORT = ReportFormat("json", ".json", render, "the contract that other tools read; reproducible byte for byte")
