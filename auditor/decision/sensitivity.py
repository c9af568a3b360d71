"""Whether the verdicts hold when what they rest on is varied: risk tier, score, thresholds, and the data behind the score."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditor.decision.score import OPEN, variants
from auditor.settings import RISK_TIERS

if TYPE_CHECKING:
    from auditor.model import Score

_SHIFTS = (-0.05, 0.0, 0.05)


@dataclass(frozen=True, slots=True)
class _Variant:
    """One variant and what came out of it."""

    name: str
    changed: tuple[str, ...]
    """What is not as it was in the audit; empty where nothing is."""
    verdicts: tuple[str, str]
    """On the data and on the path."""


def sensitivity(outcome: Callable[[Score, str, float], tuple[str, str]], score: Score, tier: str) -> dict[str, object]:
    """Variants: score at its low end, value and high end; thresholds 5 points lower, as they are, and higher; risk tier one
    lower, as it is, and one higher (27 in all); and the score under each refit that leaves one source of its benchmark out,
    where it is calibrated.

    Args:
        outcome: the verdicts on data and path for a score, a risk tier and a shift of the score's thresholds, 0 to 1.
        score: the score of the audit.
        tier: the risk tier in force.

    Returns:
        JSON-ready: `variants` and `unchanged` count them, `flips` names those that change a verdict, and `changed_by` the
        smallest changes that do.
    """
    at = RISK_TIERS.index(tier)
    near = (RISK_TIERS[max(0, at - 1)], tier, RISK_TIERS[min(len(RISK_TIERS) - 1, at + 1)])
    ends = {"low end": score.low, "value": score.value, "high end": score.high}
    found = [
        _Variant(f"tier {other}, score at its {end}, threshold {shift:+.2f}", _changed(other, tier, end, shift), outcome(_moved(score, end, value), other, shift))
        for other, (end, value), shift in itertools.product(near, ends.items(), _SHIFTS)
    ]
    if score.calibrated:
        found += [
            _Variant(f"score fitted without {source}", (f"a score fitted without {source}",), outcome(refit, tier, 0.0))
            for source, refit in variants(score).items()
        ]
    usual = outcome(score, tier, 0.0)
    flips = [v for v in found if v.verdicts != usual]
    return {
        "variants": len(found),
        "unchanged": len(found) - len(flips),
        "changed_by": _smallest(flips),
        "flips": [f"{v.name}: data {v.verdicts[0]}, path {v.verdicts[1]}" for v in flips],
    }


def _moved(score: Score, end: str, value: float) -> Score:
    """The score at one end of its interval: there the whole interval is that end, and nothing is left that is not known."""
    if end == "value":
        return score
    known = tuple(replace(f, source="measured") if f.source in OPEN else f for f in score.factors)
    return replace(score, value=value, low=value, gate_low=value, high=value, factors=known)


def _changed(other: str, tier: str, end: str, shift: float) -> tuple[str, ...]:
    changed = []
    if other != tier:
        changed.append(f"risk tier {other}")
    if end != "value":
        changed.append(f"the score at its {end}")
    if shift:
        changed.append(f"thresholds {100 * abs(shift):.0f} points {'higher' if shift > 0 else 'lower'}")
    return tuple(changed)


def _smallest(flips: Sequence[_Variant]) -> list[str]:
    """The changes that flip a verdict and hold no smaller one that does."""
    sets = {v.changed: {*v.changed} for v in flips}
    return [" with ".join(changed) for changed, parts in sets.items() if not any(other < parts for other in sets.values())]
