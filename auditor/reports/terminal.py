"""The report for a terminal or a pipe: the first screen within 40 lines, and every finding with `verbose`."""

from __future__ import annotations

from auditor.model import Finding, Report
from auditor.reports.base import RenderOptions, ReportFormat
from auditor.reports.json_report import to_dict
from auditor.reports.lines import Lines, Span
from auditor.reports.order import Judge, ordered_findings, pillar_of
from auditor.reports.text import clean, interval, pad, plural, prose
from auditor.reports.view import FactorLine, FirstPage, Reason, first_page
from auditor.reports.words import KINDS, QUESTIONS, STATUSES, capital

BAR_CELLS = 20
"""Width of the bars of the score's factors."""
FIXES, FACTORS, UNCHECKED = 4, 8, 4
"""Most fixes, factors and not-checked items on the first screen; the rest is counted and shown with `-v`."""


def render(report: Report, options: RenderOptions) -> str:
    """The report as lines of at most `options.width` cells."""
    page = first_page(report)
    out = Lines(options)
    _verdicts(out, page)
    _why(out, page)
    _fixes(out, page, options)
    _score(out, page, options)
    _four(out, page)
    if options.verbose:
        _all_findings(out, report)
        _ladder(out, report)
        _files(out, report)
    _unchecked(out, report, options)
    _footer(out, page, report)
    return out.text()


def _verdicts(out: Lines, page: FirstPage) -> None:
    out.add((page.name, "head"), (f" · request: {page.request} · risk: {page.risk}", ""), most=1)
    out.add((page.size, "soft"), most=1)
    out.gap()
    hang = 11
    for label, state, lines, most in (
        ("DATA", page.data, page.data_lines, 2),
        ("PATH", page.path, page.path_lines, 3),
    ):
        words = "  ".join(lines)
        out.add(
            (pad(label, 9), "head"),
            (f"{state.mark} {state.word.upper()}", state.tone),
            (f"  {words}", ""),
            hang=hang,
            most=most,
        )
    pillars: list[Span] = [(" " * 9, "")]
    for pillar in page.pillars:
        pillars += [
            (f"{pillar.state.mark} ", pillar.state.tone),
            (f"{pillar.name}", ""),
            (f" {pillar.state.word}   ", "soft"),
        ]
    out.add(*pillars, hang=9)


def _why(out: Lines, page: FirstPage) -> None:
    out.gap()
    out.add(("WHY", "head"))
    for reason in page.why:
        out.add(*_reason(reason), hang=25, most=2)
    if page.why_more:
        out.add((f"  {page.why_more}: -v", "soft"))


def _reason(reason: Reason) -> tuple[Span, ...]:
    word = f"{reason.state.mark} {reason.state.word}"
    more = f" (+{reason.more} more)" if reason.more else ""
    scope = " [path]" if reason.scope else ""
    return (
        ("  ", ""),
        (pad(word, 15), reason.state.tone),
        (pad(reason.code, 8), "soft"),
        (reason.head, "head" if reason.state.tone == "bad" else ""),
        (f" {reason.rest}{more}{scope}", ""),
    )


def _fixes(out: Lines, page: FirstPage, options: RenderOptions) -> None:
    if not page.fixes:
        return
    shown = page.fixes if options.verbose else page.fixes[:FIXES]
    out.gap()
    out.add(("WHAT TO DO", "head"), (", in order of worth", "soft"))
    for number, fix in enumerate(shown, 1):
        rows = f" ({fix.rows} rows)" if fix.rows else ""
        out.add(
            (f"  {number}. ", ""),
            (fix.action, ""),
            (f"{rows}  {fix.worth}", "soft"),
            hang=5,
            most=0 if options.verbose else 2,
        )
    if len(page.fixes) > len(shown):
        out.add((f"  and {len(page.fixes) - len(shown)} more: -v", "soft"))


def _score(out: Lines, page: FirstPage, options: RenderOptions) -> None:
    out.gap()
    needed = "" if page.score.needed is None else f", needed: {page.score.needed} at the low end"
    out.add(
        ("SCORE    ", "head"), (f"{page.score.value}", "head"), (f" ({page.score.text}{needed})", ""), hang=9, most=2
    )
    if page.score.meaning:
        out.add((f"         {page.score.meaning}", "soft"), hang=9, most=2)
    shown = page.factors if options.verbose else page.factors[:FACTORS]
    for factor in shown:
        out.add(
            ("  ", ""),
            (pad(factor.name, 24), ""),
            (_bar(factor), "" if factor.known else "none"),
            (f" {factor.text}", "soft"),
            hang=47,
            most=1,
        )
    if len(page.factors) > len(shown):
        out.add((f"  and {len(page.factors) - len(shown)} more: -v", "soft"))


def _bar(factor: FactorLine) -> str:
    """Filled to the low end, half to the high end: what is known, and what may be."""
    low, high = (min(BAR_CELLS, max(0, round(BAR_CELLS * v))) for v in (factor.low, factor.high))
    return "█" * low + "▒" * (high - low) + "░" * (BAR_CELLS - max(low, high))


def _four(out: Lines, page: FirstPage) -> None:
    out.gap()
    out.add(("THE FOUR COLUMNS", "head"))
    for column in page.four:
        out.add(
            ("  ", ""),
            (f"{column.state.mark} ", column.state.tone),
            (pad(column.name, 24), ""),
            (column.text, ""),
            hang=28,
            most=2,
        )


def _all_findings(out: Lines, report: Report) -> None:
    findings, judge = ordered_findings(report), Judge(report)
    for pillar, question in QUESTIONS.items():
        mine = [f for f in findings if pillar_of(f) is pillar]
        if not mine:
            continue
        out.gap()
        out.add((pillar.value.upper(), "head"), (f"  {question} {plural(len(mine), 'finding')}", "soft"))
        for finding in mine:
            _finding(out, finding, judge)


def _finding(out: Lines, finding: Finding, judge: Judge) -> None:
    state = KINDS[judge.kind(finding)]
    out.add(
        ("  ", ""), (pad(f"{state.mark} {state.word}", 15), state.tone), (pad(clean(finding.code), 8), "soft"),
        (f"{clean(finding.subject)}: ", "soft"), (prose(finding.message), ""), hang=25,
    )  # fmt: skip
    evidence = finding.evidence
    measured = interval(evidence.value, evidence.low, evidence.high)
    parts = [STATUSES[finding.status]]
    parts += [f"measured {measured}"] if measured else []
    parts += [f"n = {evidence.n:,} {clean(evidence.unit)}".rstrip()] if evidence.n is not None else []
    parts += [clean(evidence.method)] if evidence.method else []
    if len(parts) > 1:
        out.add((" " * 25, ""), (" · ".join(parts), "soft"), hang=25)
    if finding.fix:
        out.add((" " * 25, ""), ("fix: ", "soft"), (prose(finding.fix), ""), hang=25)


def _ladder(out: Lines, report: Report) -> None:
    if report.verdict.path.ladder:
        out.gap()
        out.add(("PATHS, lightest first", "head"))
    for rung in report.verdict.path.ladder:
        word = "eliminated" if rung.eliminated else "not eliminated"
        out.add(
            ("  ", ""),
            (pad(clean(rung.path).replace("_", " "), 16), ""),
            (f"{word}: ", "soft"),
            (prose(rung.reason), ""),
            hang=18,
        )
    for item in report.verdict.path.missing:
        out.add(("  missing: ", "none"), (f"{clean(item.what)}: {prose(item.why)}; {prose(item.how)}", ""), hang=11)


def _files(out: Lines, report: Report) -> None:
    data = report.dataset
    out.gap()
    out.add((f"FILES  {clean(data.shape)}: {prose(data.shape_reason)}", "head"))
    for file in data.files:
        out.add(
            (f"  {clean(file.path)}", ""),
            (f"  {clean(file.format)}, {clean(file.split)}, {plural(file.rows, 'row')}", "soft"),
            hang=4,
        )
    for ignored in data.ignored:
        out.add((f"  ignored {clean(ignored.path)}", "soft"), (f": {prose(ignored.reason)}", "soft"), hang=4)
    for choice in data.roles:
        names = ", ".join(clean(c) for c in choice.columns)
        out.add((f"  {choice.role.value}: {names}", ""), (f"  ({prose(choice.reason)})", "soft"), hang=4)
    for reject in data.rejects:
        place = f":{reject.line}" if reject.line is not None else ""
        out.add((f"  rejected {clean(reject.file)}{place}: {prose(reject.reason)}", "warn"), hang=4)


def _unchecked(out: Lines, report: Report, options: RenderOptions) -> None:
    if not report.not_checked:
        return
    out.gap()
    shown = report.not_checked if options.verbose else report.not_checked[:UNCHECKED]
    parts = [f"{clean(n.what)} ({prose(n.why)}{'; ' if n.how else ''}{prose(n.how)})" for n in shown]
    rest = len(report.not_checked) - len(shown)
    out.add(
        ("NOT CHECKED  ", "head"),
        ("; ".join(parts) + (f"; and {rest} more: -v" if rest else ""), ""),
        hang=2,
        most=0 if options.verbose else 3,
    )


def _footer(out: Lines, page: FirstPage, report: Report) -> None:
    out.gap()
    if page.overrides:
        out.add(("policy changed: " + ", ".join(page.overrides), "warn"), hang=2, most=2)
    ignored = plural(len(report.dataset.ignored), "file") + " ignored · " if report.dataset.ignored else ""
    digest = str(to_dict(report)["report_digest"])
    out.add(
        (
            f"data sha256:{page.digest[:16]} · report {digest[:23]} · {page.score.model} · {ignored}valid for this data only",
            "soft",
        ),
        most=2,
    )
    out.add(
        (f"verify: {page.verify} · details: -v, -f html · {capital('exit code')} {report.verdict.exit_code}", "soft"),
        most=1,
    )


REPORT = ReportFormat("terminal", ".txt", render, "the first screen, and all findings with -v")
