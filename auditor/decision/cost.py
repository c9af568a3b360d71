"""The price of failure, then the price of the build, in this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.settings import Settings

LINES = ("retrieval", "approvals", "logging", "evals", "human_review", "retraining", "serving")
"""Monthly lines that grow after launch; each is filled in or explicitly 0, none is assumed to be nothing."""

STRESS = (1.0, 1.1, 1.5)
"""Build cost multipliers that are always shown. Source: practice; most estimates of the cost of AI projects are off by more than
10 %, many by half."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What being wrong costs today."""

    monthly: float
    """Ordinary errors, a month: errors times cost each."""
    worst: float | None
    """Worst single error. Printed apart and never averaged in."""


@dataclass(frozen=True, slots=True)
class Payback:
    """When the build has paid for itself."""

    saving: float
    """A month: errors avoided, minus dearer outputs and running costs. Negative when it never pays."""
    months: tuple[float | None, ...]
    """Months to payback at each of `STRESS`; None = never."""
    break_even_volume: float | None
    """Outputs a month above which running it saves anything at all; None = at no volume."""


def failure(settings: Settings) -> Failure | None:
    """Price of failure; None until cost per error and errors a month are declared."""
    use = settings.use_case
    if use.cost_per_error is None or use.errors_per_month is None:
        return None
    return Failure(monthly=use.cost_per_error * use.errors_per_month, worst=use.worst_error)


def missing_lines(settings: Settings) -> tuple[str, ...]:
    """Cost lines that are neither filled in nor 0."""
    return tuple(name for name in LINES if getattr(settings.costs, name) is None)


def months_at(build: float, saving: float, factor: float) -> float | None:
    """Months until `saving` has paid `build` times `factor`; None when it never does: what loses money pays back no build, not even a free one."""
    if build * factor <= 0 <= saving:
        return 0.0
    return build * factor / saving if saving > 0 else None


SLACK = 1.05
"""Rounding that declared figures may carry before they contradict one another. Our choice."""


def overstated(settings: Settings) -> tuple[float, float] | None:
    """Errors that the change would avoid a month, and those that there are, where it would avoid more than there are; None else."""
    use, costs = settings.use_case, settings.costs
    volume, errors, now, after = use.monthly_volume, use.errors_per_month, costs.error_rate_now, costs.error_rate_after
    if volume is None or errors is None or now is None or after is None:
        return None
    avoided = volume * (now - after)
    return (avoided, errors) if avoided > SLACK * errors else None


def payback(settings: Settings) -> Payback | None:
    """Payback of the heavier path; None while anything it needs is not declared.

    `saving = volume * (rate now - rate after) * cost per error - volume * unit cost delta - run cost`; months are
    `build * k / saving` for k in `STRESS`. Nothing is computed before the price of failure is declared.
    """
    use, costs = settings.use_case, settings.costs
    price, volume = use.cost_per_error, use.monthly_volume
    now, after = costs.error_rate_now, costs.error_rate_after
    if failure(settings) is None or price is None or volume is None or now is None or after is None or costs.build is None:
        return None
    if missing_lines(settings) or costs.unit_cost_delta is None:
        return None
    run = sum(float(getattr(costs, name)) for name in LINES)
    unit = (now - after) * price - costs.unit_cost_delta
    saving = volume * unit - run
    return Payback(
        saving=saving,
        months=tuple(months_at(costs.build, saving, factor) for factor in STRESS),
        break_even_volume=run / unit if unit > 0 else None,
    )
