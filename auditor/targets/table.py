"""The compatibility table: what each target would do with the rows, side by side."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from auditor.targets.report import Outcome, TargetReport

HEAD = ("target", "status", "accepted", "rejected", "dropped", "cut", "untrained", "tokens", "target tokens left")
NARROW = ("target", "status", "accepted", "rejected", "dropped", "cut", "untrained", "tokens", "left")
"""The same where there is little room."""


def compatibility_rows(report: TargetReport) -> tuple[tuple[str, ...], ...]:
    """One row per requested target under `HEAD`; ranges as `low to high` where they are estimated."""
    return tuple(_row(o) for o in report.outcomes if o.target in report.requested or len(report.outcomes) == 1)


def _row(outcome: Outcome) -> tuple[str, ...]:
    whole, kept = outcome.target_tokens.value, outcome.kept_tokens.value
    return (
        outcome.target,
        outcome.status,
        f"{outcome.accepted:,}" + ("" if outcome.file_ok else " (file refused)"),
        f"{outcome.rejected:,}",
        str(outcome.dropped),
        str(outcome.truncated),
        str(outcome.untrained),
        str(outcome.tokens),
        f"{kept / whole:.0%}" if whole and outcome.accepted else "-",
    )


def render_table(report: TargetReport, width: int = 0) -> str:
    """The table as plain text, with the shape and why it was taken for that, and how tokens were counted.

    Within `width` cells where one is given: figures are then shortened, and whole paragraphs wrapped.
    """
    rows = [HEAD, *compatibility_rows(report)]
    if width and len(_lines(rows)[0]) > width:
        rows = [NARROW, *(tuple(_short(cell) for cell in row) for row in compatibility_rows(report))]
    suits = ", ".join(report.suits) or "none"
    method = report.outcomes[0].method if report.outcomes else ""
    told = [f"{report.rows:,} rows read as {report.format}: {report.reason}; active targets that take this shape: {suits}", f"tokens: {method}"]
    if width:
        told = [textwrap.fill(text, max(40, width), subsequent_indent="  ", break_long_words=False, break_on_hyphens=False) for text in told]
    return "\n".join([*(line.rstrip() for line in _lines(rows)), "", *told]) + "\n"


def _lines(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows with their columns under each other; the heading is as long as the widest row."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    gap = "  " if rows[0] is HEAD else " "
    return [gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]


def _short(cell: str) -> str:
    """`227,280 to 426,150` as `227k-426k`; other cells as they are."""
    return "-".join(_thousands(part) for part in cell.split(" to "))


def _thousands(part: str) -> str:
    digits = part.replace(",", "")
    if not digits.isdecimal() or int(digits) < 10_000:
        return part
    return f"{int(digits) / 1e6:.1f}M" if int(digits) >= 999_500 else f"{round(int(digits) / 1e3)}k"
