"""The compatibility table: what each target would do with the rows, side by side."""

from __future__ import annotations

from auditor.targets.report import Outcome, TargetReport

HEAD = ("target", "status", "accepted", "rejected", "dropped", "cut", "untrained", "tokens", "target tokens left")


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


def render_table(report: TargetReport) -> str:
    """The table as plain text, with the shape and why it was taken for that, and how tokens were counted."""
    rows = [HEAD, *compatibility_rows(report)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    suits = ", ".join(report.suits) or "none"
    method = report.outcomes[0].method if report.outcomes else ""
    return "\n".join([*lines, "", f"{report.rows:,} rows read as {report.format}: {report.reason}; active targets that take this shape: {suits}", f"tokens: {method}"]) + "\n"
