"""One thing that a path asks of the declared side: met, violated, or not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.model import Evidence, Severity


class State(StrEnum):
    """What is known about a requirement. Nothing is met because nobody said otherwise."""

    MET = "met"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Requirement:
    """Outcome of one requirement for one path."""

    code: str
    """USE code under which it is reported."""
    state: State
    severity: Severity
    """What it means for the gate when it is not met."""
    subject: str
    message: str
    how: str = ""
    """What to write where, or what to do."""
    evidence: Evidence = field(default_factory=Evidence)


NOBODY = frozenset({"nobody", "none", "no one", "noone", "no", "-", "n/a", "na"})
"""Answers that say that there is nothing, which is knowledge; an empty answer is not."""

UNSAID = frozenset({"", "unknown", "?", "tbd", "todo", "tbc", "not sure"})
"""Answers that say nothing."""


def said(text: str) -> State:
    """State of a free-text answer: empty or `tbd` is unknown, `nobody` or `none` is violated."""
    word = text.strip().lower()
    if word in UNSAID:
        return State.UNKNOWN
    return State.VIOLATED if word in NOBODY else State.MET


def worst(states: Iterable[State]) -> State:
    """Violated before unknown before met."""
    seen = set(states)
    if State.VIOLATED in seen:
        return State.VIOLATED
    return State.UNKNOWN if State.UNKNOWN in seen else State.MET
