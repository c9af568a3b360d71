"""JUnit XML: every check as a test case, so that CI shows which of them failed.

A veto is a failure; what could not be told is an error, since a build must not go green on it; conditions and advice pass and
say in `system-out` what they ask for. Times are left out: they would make equal audits differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from auditor.model import Finding, Report, Severity, Status
from auditor.reports.base import RenderOptions, ReportFormat
from auditor.reports.order import ordered_findings

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 does not have (section 2.2)."""


def render(report: Report, options: RenderOptions | None = None) -> str:  # noqa: ARG001 - a file, not a screen
    """The report as JUnit XML, with a final line break."""
    findings = sorted(ordered_findings(report), key=lambda f: f.code)
    suites = [(family, list(group)) for family, group in groupby(findings, key=lambda f: f.code[:3])]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuites name={_attribute(report.dataset.name)} {_counts(findings)}>")
    for family, group in suites:
        lines.append(f"  <testsuite name={_attribute(family)} {_counts(group)}>")
        for finding in group:
            lines += _case(finding)
        lines.append("  </testsuite>")
    lines.append("</testsuites>")
    return "\n".join(lines) + "\n"


def outcome(finding: Finding) -> str:
    """`failure`, `error`, `skipped` or `passed`."""
    if finding.status is Status.NOT_APPLICABLE:
        return "skipped"
    if finding.severity is Severity.BLOCKER and finding.status in {Status.UNKNOWN, Status.ERROR}:
        return "error"
    if finding.status is Status.ERROR:
        return "error"
    return "failure" if finding.status is Status.FAIL and finding.severity is Severity.BLOCKER else "passed"


def _counts(findings: Iterable[Finding]) -> str:
    outcomes = [outcome(f) for f in findings]
    pairs = (
        ("tests", len(outcomes)),
        ("failures", outcomes.count("failure")),
        ("errors", outcomes.count("error")),
        ("skipped", outcomes.count("skipped")),
    )
    return " ".join(f'{name}="{count}"' for name, count in pairs)


def _case(finding: Finding) -> list[str]:
    result = outcome(finding)
    name = f"{finding.code} {finding.subject}"
    places = [f"{r.file}:{r.line}" if r.line else f"{r.file} row {r.row}" for r in finding.evidence.refs[:1]]
    file = f" file={_attribute(finding.evidence.refs[0].file)}" if places else ""
    line = f' line="{finding.evidence.refs[0].line}"' if places and finding.evidence.refs[0].line else ""
    head = f"    <testcase classname={_attribute(finding.code[:3])} name={_attribute(name)}{file}{line}"
    text = finding.message + (f"\nFix: {finding.fix}" if finding.fix else "")
    if result == "passed" and finding.status is Status.PASS:
        return [f"{head}/>"]
    if result == "passed":
        return [
            f"{head}>",
            f"      <system-out>{_text(f'{finding.status}, {finding.severity}: {text}')}</system-out>",
            "    </testcase>",
        ]
    if result == "skipped":
        return [f"{head}>", f"      <skipped message={_attribute(finding.message)}/>", "    </testcase>"]
    kind = f"{finding.severity}.{finding.status}"
    return [
        f"{head}>",
        f"      <{result} type={_attribute(kind)} message={_attribute(finding.message)}>{_text(text)}</{result}>",
        "    </testcase>",
    ]


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)


def _text(text: str) -> str:
    return escape(_clean(text))


def _attribute(text: str) -> str:
    return quoteattr(_clean(text).replace("\n", " "))


REPORT = ReportFormat("junit", ".xml", render, "continuous integration: each check as a test case (JUnit XML)")
