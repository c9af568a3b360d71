"""The Markdown report: fits a ticket or a pull-request comment, details folded away.

A name from the data can close no table cell, open no link, mention nobody and run no command of a tracker: all of
Markdown's inline syntax is escaped, what trackers find by themselves (`@name`, `#12`, `:emoji:`, addresses) is broken by a
zero-width space that is drawn as nothing, and no text of theirs stands at the start of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from auditor.model import Finding, Report
from auditor.reports.base import RenderOptions, ReportFormat, as_markup
from auditor.reports.detail import declared_pairs, rung_reason
from auditor.reports.json_report import digest_of
from auditor.reports.order import Judge, Kind, ordered_findings
from auditor.reports.profile_view import class_rows, column_rows
from auditor.reports.reasons import Reason
from auditor.reports.text import clean, clip, count, interval, name, plural, sentence, size
from auditor.reports.view import FirstPage, first_page
from auditor.reports.words import KINDS, State, capital, gate_name, path_name

MAX_BYTES = 60_000
"""Size that a report stays under: GitHub takes 65,536 characters in a comment."""
CELL = 240
"""Longest text in a table cell, in characters."""
FOLDED_ROWS = 100
"""Most rows of a folded table."""

_SPECIAL = re.compile(r"[\\`*{}\[\]<>#|~&!$^]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_FOUND_BY_TRACKERS = re.compile(
    r"(?<=[@#!%&~$^])(?=[\w\"])|(?<=:)(?=//|[\w+-]+:)|(?<=www)(?=\.)|(?<=mailto:)|(?<=xmpp:)", re.IGNORECASE
)
_BREAK = "\u200b"
# A backslash before these is kept or misread by some renderers inside table cells and HTML blocks; entities never are.
_ENTITIES = {"|": "&#124;", "<": "&lt;", ">": "&gt;", "&": "&amp;", "`": "&#96;", "\\": "&#92;"}


def escape(text: str, limit: int = CELL) -> str:
    """`text` as Markdown that shows exactly these characters, on one line, anywhere but at the start of a line."""
    broken = _FOUND_BY_TRACKERS.sub(_BREAK, clean(text, limit).strip())
    return _SPECIAL.sub(lambda m: _ENTITIES.get(m[0], "\\" + m[0]), broken)


def render(report: Report, options: RenderOptions) -> str:
    """The report as Markdown of less than `MAX_BYTES` bytes; what doesn't fit is counted and left to the other formats."""
    page = first_page(report)
    digest = digest_of(report)
    footer = (
        f"<sub>data <code>sha256:{escape(page.digest[:16])}</code>, report <code>{digest[:23]}</code>, {escape(page.score.model)}, "
        f"exit code {report.verdict.exit_code}. Valid for this data only. No row of the data appears here.</sub>\n"
    )
    parts = [_head(page), _why(page), _fixes(page), _four(page), _unchecked(page)]
    text = "\n".join(p for p in parts if p)
    for rows in (FOLDED_ROWS, 40, 15, 5):
        whole = as_markup(f"{text}\n{''.join(_folded(report, page, rows))}\n{footer}", options)
        if len(whole.encode()) < MAX_BYTES:
            return whole
    return as_markup(f"{text}\nDetails did not fit here; see the HTML or JSON report.\n\n{footer}", options)


def _state(state: State) -> str:
    return f"{state.mark} {escape(state.word)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> str:
    """A table of escaped cells; `align` has one of `l`, `r` per column."""
    rule = ["---:" if align[i : i + 1] == "r" else "---" for i in range(len(head))]
    lines = [head, rule, *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def _head(page: FirstPage) -> str:
    score = page.score
    needed = f", needed: {score.needed} at the low end" if score.needed is not None else ""
    data, path = " ".join(page.data_lines[:3]), " ".join(page.path_lines[:4])
    pillars = " · ".join(f"{p.state.mark} {p.name} ({escape(p.state.word)})" for p in page.pillars)
    rows = [
        ("**Data**", f"**{_state(page.data)}**", escape(data, 500)),
        (f"**{escape(capital(page.request))}**", f"**{_state(page.path)}**", escape(path, 700)),
        ("**Score**", f"**{score.value}**", escape(f"{score.text}{needed}. {score.meaning} {score.expected} {score.behind}".rstrip(), 1000)),
    ]
    lines = [
        f"## {page.data.mark} {escape(page.name)}: {escape(page.data.word.lower())}\n",
        f"Request: {escape(page.request)}, risk: {escape(page.risk)}. {escape(page.size, 400)}\n",
        _table(("", "Verdict", "Why"), rows),
        f"{pillars}\n",
    ]
    if page.overrides:
        lines.append(f"**Policy changed by the user:** {escape('; '.join(page.overrides), 1000)}\n")
    if page.waivers:
        lines.append(f"**Waived, so a condition and not a pass:** {escape('; '.join(page.waivers), 1000)}\n")
    return "\n".join(lines)


def _why(page: FirstPage) -> str:
    if not page.why:
        return ""
    more = f"\n{escape(page.why_more)}\n" if page.why_more else ""
    return "### Why\n\n" + _table(("", "", "Code"), (_reason(r) for r in page.why)) + more


def _reason(reason: Reason) -> tuple[str, str, str]:
    head = escape(reason.head, 400)
    words = [f"**{head}**" if reason.kind <= Kind.CONDITION and head.strip() else head, escape(reason.rest, 400)]
    words += [f"({reason.more} more of this kind)"] if reason.more else []
    words += ["(path only)"] if reason.scope else []
    return _state(reason.state), " ".join(w for w in words if w), escape(reason.code)


def _fixes(page: FirstPage) -> str:
    if not page.fixes:
        return ""
    rows = [(str(i), escape(f.action), f.rows, f.worth, escape(f.code)) for i, f in enumerate(page.fixes[:8], 1)]
    more = f"\n{len(page.fixes) - 8} more in the other formats.\n" if len(page.fixes) > 8 else ""
    step = f"\n{escape(page.next_verdict, 400)}\n" if page.next_verdict else ""
    return "### What to do, in order of worth\n\n" + _table(("", "Fix", "Rows", "Score", "Code"), rows, "llrrl") + more + step


def _four(page: FirstPage) -> str:
    rows = [(c.name, escape(c.text), _state(c.state)) for c in page.four]
    cost = f"\nCost of training: {escape(' · '.join(page.cost), 800)}.\n" if page.cost else ""
    return "### The four columns\n\n" + _table(("", "", ""), rows) + cost


def _unchecked(page: FirstPage) -> str:
    if not page.unchecked:
        return ""
    shown = [escape(f"{n.what} ({n.why})") for n in page.unchecked[:6]]
    more = f" and {len(page.unchecked) - 6} more" if len(page.unchecked) > 6 else ""
    return f"**Not checked:** {'; '.join(shown)}{more}.\n"


def _fold(title: str, body: str) -> str:
    return f"\n<details><summary>{title}</summary>\n\n{body}\n</details>\n"


def _folded(report: Report, page: FirstPage, most: int) -> Iterable[str]:
    """Foldable sections with at most `most` rows each."""
    findings, judge = ordered_findings(report), Judge(report)
    open_ones = [f for f in findings if judge.kind(f) <= Kind.ADVICE]
    if open_ones:
        yield _section(
            f"All findings that did not pass ({len(open_ones)})",
            _FINDING_HEAD,
            [_finding(f, judge) for f in open_ones],
            most,
        )
    passed = sorted({escape(f.code) for f in findings if judge.kind(f) is Kind.PASS})
    if passed:
        yield _fold(f"Checks that passed ({len(passed)})", ", ".join(passed[: 4 * most]) + "\n")
    if len(page.all_fixes) > len(page.fixes):
        fixes = [(escape(f.action), f.rows, f.worth, escape(f.code)) for f in page.all_fixes]
        yield _section(f"All fixes ({len(fixes)})", ("Fix", "Rows", "Score", "Code"), fixes, most, "lrrl")
    path = report.verdict.path
    if path.ladder or path.missing or report.gates:
        yield _fold("The path and the gates", _path(report, most))
    if page.factors:
        factors = [(escape(f.name), escape(f.text), f.takes) for f in page.factors]
        yield _section("What the score is made of", ("Factor", "0 to 1, more is better", "Takes, log-odds"), factors, most, "llr")
    head, classes = class_rows(report)
    if classes:
        rows = [(escape(name(c.name), 80), *c.cells) for c in classes]
        yield _section(f"Classes ({len(rows)})", head, rows, most, "l" + "r" * (len(head) - 1))
    columns = [
        (escape(name(c.name), 80), escape(c.roles), escape(c.dtype), c.empty, c.distinct, escape(c.summary, 120))
        for c in column_rows(report)
    ]
    if columns:
        yield _section(
            f"Columns ({len(columns)})",
            ("Column", "Role", "Type", "Empty", "Distinct", "Values"),
            columns,
            most,
            "lllrrl",
        )
    yield from _files(report, most)


_FINDING_HEAD = ("", "Finding", "About", "Evidence", "Fix", "Code")


def _finding(finding: Finding, judge: Judge) -> tuple[str, ...]:
    evidence = finding.evidence
    measured = interval(evidence.value, evidence.low, evidence.high)
    measured += f"{', ' if measured else ''}n = {count(evidence.n)}" if evidence.n is not None else ""
    about, fix = escape(name(finding.subject), 80), escape(finding.fix, 160)
    return (
        _state(KINDS[judge.kind(finding)]),
        escape(sentence(finding.message)),
        about,
        escape(measured),
        fix,
        escape(finding.code),
    )


def _section(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], most: int, align: str = "") -> str:
    more = f"\n{plural(len(rows) - most, 'more row')} in the other formats.\n" if len(rows) > most else ""
    return _fold(title, _table(head, rows[:most], align) + more)


def _path(report: Report, most: int) -> str:
    path, out = report.verdict.path, ""
    if path.ladder:
        rungs = [
            (
                escape(capital(path_name(r.path))),
                "eliminated" if r.eliminated else "not eliminated",
                escape(rung_reason(r)),
            )
            for r in path.ladder[:10]
        ]
        out += _table(("Path, lightest first", "", "Why"), rungs) + "\n"
    if path.missing:
        missing = [(escape(m.what), escape(m.why), escape(m.how)) for m in path.missing[:most]]
        out += _table(("Missing evidence", "Why it matters", "How to give it"), missing) + "\n"
    if report.gates:
        gates = [
            (escape(capital(gate_name(g.name))), "✓ passed" if g.passed else "✕ not passed", *(escape(", ".join(c) or "–") for c in (g.failed, g.unknown, g.conditions)))
            for g in report.gates[:10]
        ]  # fmt: skip
        out += _table(("Gate", "Outcome", "Vetoes failed", "Vetoes not known", "Conditions"), gates) + "\n"
    declared = declared_pairs(report)
    if declared:
        out += _table(("Declared", ""), [(escape(k), escape(v)) for k, v in declared[:most]]) + "\n"
    return out


def _files(report: Report, most: int) -> Iterable[str]:
    data = report.dataset
    files = [
        (escape(name(f.path), 100), escape(f.format, 40), escape(f.split, 40), count(f.rows), size(f.bytes))
        for f in data.files
    ]
    if files:
        yield _section(
            f"Files ({count(len(files))})", ("File", "Format", "Split", "Rows", "Size"), files, most, "lllrr"
        )
    if data.ignored:
        ignored = [(escape(name(i.path), 100), escape(i.reason, 160)) for i in data.ignored]
        yield _section(f"Files not used ({count(len(ignored))})", ("File", "Why"), ignored, most)
    if data.rejects:
        rejects = [
            (escape(name(r.file), 100), "" if r.line is None else str(r.line), escape(clip(r.reason, 160)))
            for r in data.rejects
        ]
        yield _section(
            f"Rows that could not be read ({count(data.rejected_rows)})", ("File", "Line", "Why"), rejects, most, "lrl"
        )


REPORT = ReportFormat("markdown", ".md", render, "for a ticket or a pull request")
