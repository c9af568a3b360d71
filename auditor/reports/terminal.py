"""The report for a terminal or a pipe: the first screen within 40 lines, and every finding with `verbose`."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.model import Finding, Report
from auditor.reports.base import RenderOptions, ReportFormat
from auditor.reports.detail import rung_reason
from auditor.reports.json_report import digest_of
from auditor.reports.lines import Lines, Span
from auditor.reports.order import Judge, Kind, ordered_findings, pillar_of
from auditor.reports.reasons import Reason
from auditor.reports.score_view import FactorLine
from auditor.reports.text import cells, clean, interval, name, pad, plural, prose
from auditor.reports.view import FirstPage, first_page
from auditor.reports.words import KINDS, QUESTIONS, STATUSES

FIRST_SCREEN = 40
"""Lines that the first screen has at most: what a terminal window of ordinary height shows at once."""
BAR_CELLS = 16
"""Width of the bars of the score's factors."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much of each part is shown; the first of `ROOMS` that fits `FIRST_SCREEN` lines is used."""

    reasons: int
    grave_lines: int
    """Lines for a veto."""
    reason_lines: int
    """Lines for any other reason, for a fix and for one of the four columns."""
    fixes: int
    factors: int
    """0 puts the weakest factors on one line, anything else gives each a bar."""
    unchecked: int
    verdict_lines: int
    """Lines for each verdict with its reasons."""
    note_lines: int
    """Lines for what the score means, for its weakest factors and for what was not checked."""


ROOMS = (
    Room(7, 2, 2, 5, 8, 6, 3, 3),
    Room(7, 2, 2, 4, 0, 4, 3, 3),
    Room(6, 2, 2, 4, 0, 3, 2, 2),
    Room(6, 2, 2, 3, 0, 2, 2, 1),
    Room(5, 2, 2, 3, 0, 1, 2, 1),
    Room(6, 2, 1, 4, 0, 3, 2, 2),
    Room(5, 2, 1, 3, 0, 2, 2, 1),
    Room(5, 1, 1, 3, 0, 2, 2, 1),
    Room(4, 1, 1, 2, 0, 1, 1, 1),
)
"""From roomy to tight."""
ALL = Room(1000, 0, 0, 1000, 1000, 1000, 0, 0)
"""Nothing is left out."""


def render(report: Report, options: RenderOptions) -> str:
    """The report as lines of at most `options.width` cells: 40 of them, or as many as there are with `options.verbose`."""
    page, digest = first_page(report), digest_of(report).removeprefix("sha256:")
    if options.verbose:
        return _screen(report, page, digest, options, ALL).text()
    for room in ROOMS:
        out = _screen(report, page, digest, options, room)
        if len(out) <= FIRST_SCREEN:
            break
    return out.text()


def _screen(report: Report, page: FirstPage, digest: str, options: RenderOptions, room: Room) -> Lines:
    out = Lines(options)
    _verdicts(out, page, room)
    _why(out, page, room)
    _fixes(out, page, room)
    _score(out, page, room)
    _four(out, page, room)
    _cost(out, page, room)
    if room is ALL:
        _all_findings(out, report)
        _ladder(out, report)
        _files(out, report)
    _unchecked(out, page, room)
    _footer(out, page, report, digest)
    return out


def _verdicts(out: Lines, page: FirstPage, room: Room) -> None:
    out.add((page.name, "head"), (f" · request: {page.request} · risk: {page.risk}", ""), most=1)
    out.add((page.size, "soft"), most=1)
    out.gap()
    for label, state, lines in (("DATA", page.data, page.data_lines), ("PATH", page.path, page.path_lines)):
        text = "  " + "  ".join(lines)
        out.add(
            (pad(label, 7), "head"),
            (f"{state.mark} {state.word.upper()}", state.tone),
            (text, ""),
            hang=9,
            most=room.verdict_lines,
        )
    pillars: list[Span] = [(" " * 7, "")]
    for pillar in page.pillars:
        pillars += [(f"{pillar.state.mark} ", pillar.state.tone), (f"{pillar.name}  ", "")]
    out.add(*pillars, hang=9)


def _why(out: Lines, page: FirstPage, room: Room) -> None:
    if not page.why:
        return
    out.gap()
    hidden = len(page.why) - room.reasons
    more = [f"{hidden} more"] if hidden > 0 else []
    more += [page.why_more] if page.why_more else []
    out.add(("WHY", "head"), (f"  {' and '.join(more)}: -v" if more else "", "soft"))
    for reason in page.why[: room.reasons]:
        out.add(*_reason(reason), hang=25, most=room.grave_lines if reason.kind is Kind.VETO else room.reason_lines)


def _reason(reason: Reason) -> tuple[Span, ...]:
    word = f"{reason.state.mark} {reason.state.word}"
    more = f" (+{reason.more} more)" if reason.more else ""
    scope = " (path only)" if reason.scope else ""
    return (
        ("  ", ""),
        (pad(word, 15), reason.state.tone),
        (pad(reason.code, 8), "soft"),
        (reason.head, "head" if reason.state.tone == "bad" else ""),
        (f" {reason.rest}{more}{scope}", ""),
    )


def _fixes(out: Lines, page: FirstPage, room: Room) -> None:
    if not page.fixes:
        return
    shown = page.fixes[: room.fixes]
    more = f", {len(page.fixes) - len(shown)} more: -v" if len(page.fixes) > len(shown) else ""
    out.gap()
    out.add(("WHAT TO DO", "head"), (f"  in order of worth{more}", "soft"))
    worth = max(cells(fix.worth) for fix in shown) + 2
    for number, fix in enumerate(shown, 1):
        rows = f"  ({fix.rows} rows)" if fix.rows else ""
        hang = 5 + worth
        out.add(
            (f"  {number}. ", ""),
            (pad(fix.worth, worth), "good"),
            (fix.action, ""),
            (rows, "soft"),
            hang=hang,
            most=room.reason_lines,
        )
    if page.next_verdict:
        out.add(("     ", ""), (page.next_verdict, "soft"), hang=5, most=room.reason_lines)


def _score(out: Lines, page: FirstPage, room: Room) -> None:
    out.gap()
    score = page.score
    needed = "" if score.needed is None else f", needed: {score.needed} at the low end"
    meaning = f" {score.meaning}" if score.meaning else ""
    out.add(
        ("SCORE  ", "head"),
        (f"{score.value}", "head"),
        (f" {score.text}{needed}.", ""),
        (meaning, "soft"),
        hang=9,
        most=room.note_lines,
    )
    if score.expected:
        out.add((" " * 7, ""), (score.expected, "soft"), hang=9, most=room.note_lines)
    if score.behind:
        out.add((" " * 7, ""), (score.behind, "soft"), hang=9, most=room.note_lines)
    if room.factors == 0:
        if page.factors:
            out.add((" " * 7, ""), (" · ".join(f"{f.name} {f.brief}" for f in page.weakest), ""), hang=9, most=min(2, room.note_lines))
        return
    for factor in page.factors if room is ALL else page.weakest:
        bar = _bar(factor)
        out.add(
            (" " * 7, ""),
            (pad(factor.name, 26), ""),
            (bar, "" if factor.known else "none"),
            (f" {factor.text}", "soft"),
            hang=33,
            most=1,
        )


def _bar(factor: FactorLine) -> str:
    """Filled to the low end, half to the high end: what is known, and what may be."""
    low, high = (min(BAR_CELLS, max(0, round(BAR_CELLS * v))) for v in (factor.low, factor.high))
    return "█" * low + "▒" * (high - low) + "░" * (BAR_CELLS - max(low, high))


def _four(out: Lines, page: FirstPage, room: Room) -> None:
    out.gap()
    for column in page.four:
        state = column.state
        out.add(
            (f"{state.mark} ", state.tone),
            (pad(column.name, 22), ""),
            (column.text, ""),
            hang=24,
            most=room.reason_lines,
        )


def _cost(out: Lines, page: FirstPage, room: Room) -> None:
    """What training would bill, on as many lines as there are targets, or on one where room is short."""
    if page.cost:
        lines = page.cost if room is ALL or room.factors else (" · ".join(page.cost),)
        out.gap()
        for i, line in enumerate(lines):
            out.add((pad("COST" if i == 0 else "", 7), "head"), (line, ""), hang=7, most=0 if room is ALL else 2)


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
        (f"{name(finding.subject)}: ", "soft"), (prose(finding.message), ""), hang=25,
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
            (rung_reason(rung), ""),
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
            (f"  {name(file.path)}", ""),
            (f"  {clean(file.format)}, {clean(file.split)}, {plural(file.rows, 'row')}", "soft"),
            hang=4,
        )
    for ignored in data.ignored:
        out.add((f"  ignored {name(ignored.path)}", "soft"), (f": {prose(ignored.reason)}", "soft"), hang=4)
    for choice in data.roles:
        names = ", ".join(name(c) for c in choice.columns)
        out.add((f"  {choice.role.value}: {names}", ""), (f"  ({prose(choice.reason)})", "soft"), hang=4)
    for reject in data.rejects:
        place = f":{reject.line}" if reject.line is not None else ""
        out.add((f"  rejected {name(reject.file)}{place}: {prose(reject.reason)}", "warn"), hang=4)


def _unchecked(out: Lines, page: FirstPage, room: Room) -> None:
    if not page.unchecked:
        return
    out.gap()
    parts = [
        f"{clean(n.what)} ({prose(n.why)}{'; ' if n.how else ''}{prose(n.how)})"
        for n in page.unchecked[: room.unchecked]
    ]
    rest = len(page.unchecked) - len(parts)
    more = f"; {rest} more: -v" if rest else ""
    out.add(("NOT CHECKED  ", "head"), ("; ".join(parts) + more, ""), hang=2, most=room.note_lines)


def _footer(out: Lines, page: FirstPage, report: Report, digest: str) -> None:
    out.gap()
    if page.overrides:
        out.add(("POLICY CHANGED  ", "warn"), ("; ".join(page.overrides), ""), hang=2, most=2)
    if page.waivers:
        out.add(("WAIVED  ", "warn"), ("; ".join(page.waivers), ""), hang=2, most=2)
    ignored = f" · {plural(len(report.dataset.ignored), 'file')} ignored" if report.dataset.ignored else ""

    out.add(
        (
            f"exit code {report.verdict.exit_code} · data {page.digest[:12]} · report {digest[:12]} · {page.score.model}{ignored}",
            "soft",
        ),
        most=1,
    )
    out.add((f"details: -v or -f html · {page.verify}", "soft"), most=1)


REPORT = ReportFormat("terminal", ".txt", render, "the first screen, and all findings with -v")
