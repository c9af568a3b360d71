"""The targets as a user reads them: `audit targets` and `audit targets NAME`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from auditor.targets.spec import Target, load, names


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    name: str
    title: str
    status: str
    closes: str
    """Date, empty where none is known."""
    as_of: str
    rules: int
    accept: tuple[str, ...]


def list_targets(today: dt.date | None = None) -> tuple[Listed, ...]:
    """All targets, sorted by name, with their status on a day."""
    day = today or dt.date.today()  # noqa: DTZ011 - a closing date is a day
    return tuple(
        Listed(t.id, t.title, t.status_on(day), t.closes.isoformat() if t.closes else "", t.as_of.isoformat(), len(t.rules), t.accept)
        for t in map(load, names())
    )


def describe(name: str, today: dt.date | None = None) -> str:
    """The rules of one target with level, source and how each is known, as plain text.

    Raises:
        ConfigError: there is no such target; the message has the nearest one.
    """
    target = load(name)
    day = today or dt.date.today()  # noqa: DTZ011
    lines = [f"{target.id}  {target.title}", f"status: {_status(target, day)}", f"rules as of {target.as_of} ({target.version})"]
    lines.append(f"reads: {', '.join(target.accept) or 'any shape'}")
    lines += _training(target)
    for level in ("error", "loss", "warning", "advice", "info"):
        rules = [r for r in target.rules if r.level == level]
        if rules:
            lines += ["", f"{level} ({_MEANING[level]})"]
        for rule in rules:
            lines.append(f"  {rule.id:<16} {rule.text}")
            if rule.fix:
                lines.append(f"  {'':<16} fix: {rule.fix}")
            lines.append(f"  {'':<16} {_KNOWN[rule.evidence]}: {rule.source}")
    return "\n".join(lines) + "\n"


_MEANING = {
    "error": "the row or file is refused",
    "loss": "silently dropped, cut or never trained",
    "warning": "may go wrong",
    "advice": "could be better",
    "info": "good to know",
}
_KNOWN = {"ran": "run", "read": "read in", "own": "ours", "recalled": "recalled, not seen in its source"}


def _status(target: Target, day: dt.date) -> str:
    status = target.status_on(day)
    date = f" on {target.closes}" if target.closes and status == "closing" else ""
    return f"{status}{date}" + (f". {target.status_text}" if target.status_text else "")


def _training(target: Target) -> list[str]:
    training = target.training
    low, high = training.epochs
    epochs = "from the number of rows" if training.epoch_rule else str(low) if low == high else f"{low} to {high}"
    lines = [f"epochs by default: {epochs}"]
    if training.max_length:
        words = {"truncate": "longer rows are cut", "drop": "longer rows are dropped", "reject": "longer rows are refused", "none": ""}
        lines.append(f"sequence length: {training.max_length:,} tokens by default; {words[training.excess]}")
    return lines
