"""`audit attest`: a report as two in-toto statements, unsigned, for tools that gate on attestations.

The first has the standard predicate `test-result/v0.1`, which policy engines read already; the second has our own, with the score, the
gates and what they rest on. Both are about the same subjects: each file of the data set by its sha256, and the data set as a whole by
the digest that `sha256sum` can reproduce. Codes and numbers only: no message, no row, no value of the data.

Source: in-toto attestation framework, Statement v1 and predicate test-result v0.1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from auditor.errors import UsageError
from auditor.model import Status
from auditor.reports.canonical import report_digest

STATEMENT: Final = "https://in-toto.io/Statement/v1"
TEST_RESULT: Final = "https://in-toto.io/attestation/test-result/v0.1"
READINESS: Final = "urn:dataset-readiness-auditor:dataset-readiness:v0.1"
"""Our own predicate; a name, not an address."""
_RESULT: Final = {"ready": "PASSED", "ready_with_conditions": "WARNED"}
"""By the verdict on the data; every other one has failed."""
_WORST: Final = (Status.FAIL, Status.ERROR, Status.UNKNOWN, Status.WARN, Status.PASS)
"""Statuses of one rule's findings, worst first; what does not apply was not tested."""


def statements(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The two statements about a report as read by `auditor.verify.read_report`.

    Raises:
        UsageError: the report is not as it was written, or lists no files with sha256.
    """
    if report_digest(body) != body.get("report_digest"):
        raise UsageError("the report is not as it was written (its digest differs); attest the report that `-f json` wrote")
    try:
        return [_statement(body, TEST_RESULT, _test_result(body)), _statement(body, READINESS, _readiness(body))]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError("the report lacks what an attestation names (files with sha256, verdict, policy, score)") from None


def render(body: Mapping[str, Any]) -> str:
    """Both statements as a bundle: one JSON object a line."""
    return "".join(json.dumps(s, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n" for s in statements(body))


def _statement(body: Mapping[str, Any], kind: str, predicate: dict[str, Any]) -> dict[str, Any]:
    data = body["dataset"]
    subjects = [{"name": str(f["path"]), "digest": {"sha256": str(f["sha256"])}} for f in data["files"]]
    whole = {"name": "dataset", "digest": {"sha256": _bare(data["digest"])}}
    return {"_type": STATEMENT, "subject": [*subjects, whole], "predicateType": kind, "predicate": predicate}


def _test_result(body: Mapping[str, Any]) -> dict[str, Any]:
    by_code: dict[str, set[Status]] = {}
    for finding in body["findings"]:
        by_code.setdefault(str(finding["code"]), set()).add(Status(finding["status"]))
    worst = {code: next((s for s in _WORST if s in found), None) for code, found in sorted(by_code.items())}
    return {
        "result": _RESULT.get(str(body["verdict"]["data"]), "FAILED"),
        "configuration": [{"name": "policy", "digest": {"sha256": _bare(body["policy"]["digest"])}}],
        "passedTests": [c for c, s in worst.items() if s is Status.PASS],
        "warnedTests": [c for c, s in worst.items() if s in (Status.WARN, Status.UNKNOWN, Status.ERROR)],
        "failedTests": [c for c, s in worst.items() if s is Status.FAIL],
    }


def _readiness(body: Mapping[str, Any]) -> dict[str, Any]:
    score, verdict = body["score"], body["verdict"]
    return {
        "report": {"digest": {"sha256": _bare(body["report_digest"])}},
        "tool": {"name": body["tool"]["name"], "version": body["tool"]["version"]},
        "policy": {"version": body["policy"]["version"], "tier": body["policy"]["tier"], "digest": {"sha256": _bare(body["policy"]["digest"])}},
        "score": {k: score[k] for k in ("model", "value", "low", "high", "calibrated")},
        "verdict": {"data": verdict["data"], "path": {k: verdict["path"][k] for k in ("status", "requested", "recommended")}},
        "gates": {n: {k: g[k] for k in ("passed", "failed", "unknown", "conditions")} for n, g in sorted(body["gates"].items())},
        "waived": sorted(str(w["code"]) for w in body["policy"]["waivers"]),
        "evidence": {s: sum(f["source"] == s for f in score["factors"].values()) for s in sorted({f["source"] for f in score["factors"].values()})},
    }


def _bare(digest: object) -> str:
    """The hexadecimal digits of `sha256:...` or of a digest that is bare already."""
    return str(digest).removeprefix("sha256:")
