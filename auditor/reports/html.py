"""The HTML report: one file for an approval, without script or remote resource, under 1 MB, readable on paper.

Three fences keep hostile names out of the markup: every value that a template prints is spelled out by `clean` and then
escaped by Jinja, and the page's own content policy forbids scripts, frames, forms and anything remote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.model import Finding, Report, RowRef
from auditor.reports.base import RenderOptions, ReportFormat, as_markup
from auditor.reports.detail import (
    crosswalk_note,
    crosswalk_tables,
    declared_pairs,
    method_pairs,
    policy_pairs,
    rung_reason,
)
from auditor.reports.json_report import digest_of
from auditor.reports.order import Judge, ordered_findings, pillar_of
from auditor.reports.profile_view import class_rows, column_rows
from auditor.reports.text import PROSE_LIMIT, clean, count, figure, interval, name, sentence, size
from auditor.reports.view import FirstPage, first_page
from auditor.reports.words import KINDS, STATUSES, capital, gate_name, path_name

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_BYTES = 1_000_000
"""Size that a report stays under; mail gateways and ticket systems take it, and a browser opens it at once."""


REFS_SHOWN = 5
"""Rows that a finding names; `--rows` writes all of them."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Most entries shown per table; the JSON report has them all."""

    findings: int = 1000
    columns: int = 500
    rows: int = 500
    rejects: int = 200

    def smaller(self) -> Limit:
        """Half of everything."""
        return Limit(self.findings // 2, self.columns // 2, self.rows // 2, self.rejects // 2)


def render(report: Report, options: RenderOptions) -> str:
    """The report as one HTML page of less than `MAX_BYTES` bytes; what doesn't fit is counted and left to the JSON report."""
    page, limit = first_page(report), Limit()
    digest = digest_of(report)
    template = _environment().get_template("report.html.j2")
    while True:
        text = as_markup(template.render(**_context(report, page, limit), page=page, report_digest=digest), options)
        if len(text.encode()) < MAX_BYTES or limit.rows == 0:
            return text
        limit = limit.smaller()


def _environment() -> Environment:
    import jinja2
    from markupsafe import Markup

    from auditor.reports import svg

    def final(value: object) -> object:
        return value if isinstance(value, Markup) or not isinstance(value, str) else clean(value, PROSE_LIMIT)

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=final,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    )
    environment.filters |= {
        "anchor": anchor, "name": name, "ticks": ticks, "rung_reason": rung_reason, "count": count, "size": size, "path_name": path_name, "gate_name": gate_name, "capital": capital,
    }  # fmt: skip
    for plot in (svg.score_bar, svg.factor_bar, svg.share_bar, svg.histogram):
        environment.globals[plot.__name__] = _markup(plot)
    return environment


def _markup(plot: Any) -> Any:
    """`plot` with its result marked as safe: it is built from numbers and escaped labels only."""
    from markupsafe import Markup

    return lambda *values: Markup(plot(*values))  # noqa: S704


def ticks(text: str) -> object:
    """Prose with what stands between backticks as code; escaped first, so the only markup is ours."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]{1,120})`", r"<code>\1</code>", str(escape(clean(text, PROSE_LIMIT)))))  # noqa: S704


def anchor(code: str) -> str:
    """Fragment of the first finding of `code`; letters and digits only."""
    return "code-" + re.sub(r"[^A-Za-z0-9]+", "-", code)[:40]


def _context(report: Report, page: FirstPage, limit: Limit) -> dict[str, Any]:
    head, classes = class_rows(report)
    return {
        "report": report,
        "data": report.dataset,
        "path": report.verdict.path,
        "limit": limit,
        "audited": report.started[:10],
        "groups": _groups(report, page, limit),
        "classes": {"head": head, "rows": classes, "most": max((c.share for c in classes), default=0.0)},
        "columns": column_rows(report),
        "policy": policy_pairs(report),
        "declared": declared_pairs(report),
        "methods": method_pairs(report),
        "crosswalk": crosswalk_tables(report),
        "crosswalk_note": crosswalk_note(report),
    }


def _groups(report: Report, page: FirstPage, limit: Limit) -> list[dict[str, Any]]:
    """Findings by pillar, in order of importance; a group's share of the limit is what the groups before it left."""
    judge, ordered, seen = Judge(report), ordered_findings(report), set[str]()
    groups, left = [], limit.findings
    for pillar in page.pillars:
        mine = [f for f in ordered if pillar_of(f) is pillar.pillar]
        if not mine:
            continue
        rows = [_finding(f, judge, seen) for f in mine[:left]]
        left -= len(rows)
        groups.append(
            {"name": pillar.name, "state": pillar.state, "question": pillar.question, "rows": rows, "total": len(mine)}
        )
    return groups


def _finding(finding: Finding, judge: Judge, seen: set[str]) -> dict[str, Any]:
    evidence = finding.evidence
    target = anchor(finding.code)
    target = "" if target in seen else target
    seen.add(target)
    measured = interval(evidence.value, evidence.low, evidence.high)
    if evidence.n is not None:
        measured += f"{', ' if measured else ''}n = {count(evidence.n)} {clean(evidence.unit)}"
    return {
        "anchor": target,
        "state": KINDS[judge.kind(finding)],
        "status": STATUSES[finding.status],
        "message": sentence(finding.message),
        "subject": name(finding.subject),
        "fix": finding.fix,
        "gain": f"+{figure(finding.gain, 2)}" if finding.gain else "",
        "measured": measured,
        "method": evidence.method,
        "refs": ", ".join(_place(r) for r in evidence.refs[:REFS_SHOWN]),
        "code": clean(finding.code),
    }


def _place(ref: RowRef) -> str:
    """`train.jsonl:18` where the line is known, else the 0-based row."""
    file = clean(ref.file, 60)
    return f"{file} row {ref.row}" if ref.line is None else f"{file}:{ref.line}"


REPORT = ReportFormat("html", ".html", render, "one page for an approval, also on paper")
