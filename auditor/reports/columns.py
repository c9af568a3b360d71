"""The four columns that decide the path: change frequency, cost of an error, quality of the data, maintenance capacity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.model import Report
from auditor.reports.text import clean, figure
from auditor.reports.words import DATA_VERDICTS, State, state_of

GOOD = State("✓", "fits", "good")
BAD = State("✕", "does not fit", "bad")
UNKNOWN = State("?", "not declared", "none")
NEUTRAL = State("·", "declared", "soft")

STALE_FACTOR = 2.0
"""Truth must hold at least twice as long as retraining takes, or the weights are stale on arrival (path rule 2)."""


@dataclass(frozen=True, slots=True)
class FourColumn:
    """One of the four columns."""

    name: str
    text: str
    state: State


def declared_value(report: Report, key: str) -> object:
    """What the use case says under `key`, None where it says nothing."""
    nested = report.declared.get("use_case")
    value = nested.get(key) if isinstance(nested, Mapping) else None
    if value in (None, ""):
        value = report.declared.get(key)
    return None if value == "" else value


def _number(report: Report, key: str) -> float | None:
    value = declared_value(report, key)
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def four_columns(report: Report) -> tuple[FourColumn, ...]:
    """The four columns in the order in which they are asked; three are declared, one is measured."""
    return (_change(report), _cost(report), _quality(report), _capacity(report))


def _change(report: Report) -> FourColumn:
    name = "Change frequency"
    every, lead = _number(report, "change_interval_days"), _number(report, "retrain_lead_time_days")
    if every is None:
        return FourColumn(name, "how often does the truth change?", UNKNOWN)
    text = f"every {_days(every)}"
    if lead is None:
        return FourColumn(name, f"{text}; how long does retraining take?", UNKNOWN)
    return FourColumn(name, f"{text}, retraining takes {_days(lead)}", GOOD if every >= STALE_FACTOR * lead else BAD)


def _days(days: float) -> str:
    return f"{figure(days)} day{'' if days == 1 else 's'}"


def _cost(report: Report) -> FourColumn:
    name = "Cost of an error"
    each, monthly, worst = (_number(report, k) for k in ("cost_per_error", "errors_per_month", "worst_error"))
    parts = [f"{figure(each, 6)} each"] if each is not None else []
    parts += [f"{figure(monthly, 6)} a month"] if monthly is not None else []
    parts += [f"{figure(worst, 9)} at worst"] if worst is not None else []
    if each is None:
        return FourColumn(name, ", ".join([*parts, "what does one error cost?"]), UNKNOWN)
    return FourColumn(name, ", ".join(parts), NEUTRAL)


def _quality(report: Report) -> FourColumn:
    state = state_of(DATA_VERDICTS, report.verdict.data)
    score = report.score
    text = f"measured: score {round(score.value)}, range {round(score.low)}–{round(score.high)}"
    return FourColumn(
        "Training-data quality", text, State(state.mark, state.word.lower().removeprefix("not ready: "), state.tone)
    )


def _capacity(report: Report) -> FourColumn:
    hours, owner = _number(report, "maintenance_hours_per_month"), declared_value(report, "owner")
    monitor = declared_value(report, "monitoring_owner")
    parts = [f"{figure(hours)} h a month"] if hours is not None else []
    parts += [f"owner {clean(str(owner), 40)}"] if owner else []
    parts += [f"monitoring by {clean(str(monitor), 40)}"] if monitor else []
    if not parts:
        return FourColumn("Maintenance capacity", "who keeps it alive, for how many hours?", UNKNOWN)
    asked = {"hours": hours is not None, "owner": bool(owner), "monitoring": bool(monitor)}
    lacking = [word for word, given in asked.items() if not given]
    parts += [f"not declared: {' and '.join(lacking)}"] if lacking else []
    if hours is not None and hours <= 0:
        state = BAD
    elif hours is None or not owner or not monitor:
        state = UNKNOWN
    else:
        state = GOOD
    return FourColumn("Maintenance capacity", ", ".join(parts), state)
