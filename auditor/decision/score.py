"""The readiness score `readiness/1.0`: 100 times a probability.

"Of the benchmark's damaged data sets that look like this one, N % taught a model at least 90 % of what clean data would have
taught it, with a hold-out that reads at most 5 points too high."

    P = 1 / (1 + exp(-(b + sum of w_i log max(f_i, floor_i))))

over the factors f_i of `auditor.decision.factors`, every weight w_i >= 0, so that a better factor can never lower the score and
each factor's part is a plain product term: `contribution`, what it takes away in log-odds. Weights, floors, the sources they were
fitted on and what the fit reached are in `score_model.json` beside this file; the benchmark `tests/benchmarks/score_validity`
refits them, and a change of them is a new version.

The interval joins, in log-odds: sampling and estimator intervals of the measured factors (root of summed squares), the full range
of unknown ones (summed), and refits that leave one source of the benchmark out. Shapes other than classification use the factors
that have a meaning there and are marked uncalibrated. The gate compares the lower end, and a high score never outweighs a veto.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.decision.expected import expected
from auditor.decision.factors import Range, factors, is_calibrated
from auditor.detectors.results import ProbeFacts
from auditor.model import Factor, Finding, Score, Status

if TYPE_CHECKING:
    from auditor.decision.outside import Outside
    from auditor.model import Dataset
    from auditor.scan.request import Facts


@dataclass(frozen=True)
class Weights:
    """One fit: weight per factor and intercept."""

    weights: Mapping[str, float]
    intercept: float


@dataclass(frozen=True)
class ScoreModel:
    """Coefficients as shipped, with the refits that leave one source out."""

    name: str
    fit: Weights
    refits: Mapping[str, Weights]
    floors: Mapping[str, float]
    typical: Mapping[str, float]
    """Median of each factor over the benchmark: stands in for what was not measured, with the full range around it."""
    mended: Mapping[str, float]
    """Median of each factor over the benchmark's undamaged sets: what mending a cause brings it to."""
    offset: tuple[float, float, float]
    """What trained models read above the expected skill: 5 %, middle and 95 %."""


@cache
def shipped_model() -> ScoreModel:
    """The model in `score_model.json`."""
    table = json.loads((Path(__file__).parent / "score_model.json").read_text(encoding="utf-8"))
    return ScoreModel(
        table["model"],
        Weights(table["weights"], table["intercept"]),
        {k: Weights(v["weights"], v["intercept"]) for k, v in table["refits"].items()},
        table["floors"],
        table["typical"],
        table["mended"],
        tuple(table["offset"]),
    )


def readiness(data: Dataset, facts: Facts, known: Outside | None = None) -> Score:
    """The score of a data set from the facts that were measured and from what is `known` of its labels from outside."""
    calibrated, model = is_calibrated(data), shipped_model()
    score = evaluate(factors(data, facts, known), model, calibrated=calibrated)
    if not calibrated or (known is not None and known.weak):
        return score
    values = {f.name: f.value for f in score.factors}
    return replace(score, expected=expected(values, facts.find(ProbeFacts), model.offset))


def evaluate(found: Mapping[str, Range], model: ScoreModel, *, calibrated: bool) -> Score:
    """The score from factors."""
    values = {n: _value(n, r, model) for n, r in found.items()}
    centre = _logit(values, model, model.fit)
    _, up = _spread(found, values, model, lambda _: True)
    # what others say lifts the value and never the low end, which the gate asks for: nobody measured it here
    read = {n: r.least if r.source == "at_least" else values[n] for n, r in found.items()}
    down, _ = _spread(found, read, model, lambda _: True)
    gate_down, _ = _spread(found, read, model, lambda r: not r.undeclared or r.source == "at_least")
    gate_values = {n: 1.0 if r.undeclared and r.value is None and r.source == "unknown" else read[n] for n, r in found.items()}
    shifts = [_logit(values, model, w) - centre for w in model.refits.values()]
    refit_down, refit_up = -min([0.0, *shifts]), max([0.0, *shifts])
    low, high = _logit(read, model, model.fit) - math.hypot(down[0], refit_down) - down[1], centre + math.hypot(up[0], refit_up) + up[1]
    gate_low = _logit(gate_values, model, model.fit) - math.hypot(gate_down[0], refit_down) - gate_down[1]
    score = Score(
        model.name,
        100 * _sigmoid(centre),
        100 * _sigmoid(low),
        100 * _sigmoid(high),
        tuple(Factor(n, values[n], r.low, r.high, r.source, r.note, _term(n, values[n], model, model.fit)) for n, r in found.items()),
        calibrated,
        gate_low=100 * _sigmoid(gate_low),
        note=f"of the benchmark's damaged data sets that look like this one, {100 * _sigmoid(centre):.0f} % taught a good model" if calibrated else "uncalibrated: the benchmark behind it holds classification with one class a row only, so read it as an ordering",
    )
    gap = "most of what it is made of was not measured; what is not known counts at its worst, so read its range"
    return replace(score, note=gap) if calibrated and score.unmeasured else score


def at_best(score: Score) -> float:
    """The score with all that is unknown at its best, 0 to 100: whether a low score is owed to what was not measured."""
    model = shipped_model()
    more = sum(_term(f.name, f.high, model, model.fit) - f.contribution for f in score.factors if f.source in OPEN)
    return _shifted(score, more).value


def _value(name: str, found: Range, model: ScoreModel) -> float:
    if found.value is not None:
        return found.value
    if not found.undeclared:
        return found.low  # what should have been measurable and was not counts at its worst
    return min(found.high, max(found.low, found.least, model.typical[name]))


def _term(name: str, value: float, model: ScoreModel, fit: Weights) -> float:
    return fit.weights.get(name, 0.0) * math.log(min(1.0, max(model.floors[name], value)))


def _logit(values: Mapping[str, float], model: ScoreModel, fit: Weights) -> float:
    return fit.intercept + sum(_term(n, v, model, fit) for n, v in values.items())


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -500 else 0.0


def _spread(
    found: Mapping[str, Range], values: Mapping[str, float], model: ScoreModel, counts: Callable[[Range], bool]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """((measured, unknown) downwards, (measured, unknown) upwards) in log-odds."""
    down, up = [0.0, 0.0], [0.0, 0.0]
    for name, r in found.items():
        if not counts(r):
            continue
        here = _term(name, values[name], model, model.fit)
        below, above = here - _term(name, min(values[name], r.low), model, model.fit), _term(name, max(values[name], r.high), model, model.fit) - here
        if r.source == "unknown":
            down[1] += below
        else:
            down[0] += below**2
        if r.source in OPEN:
            up[1] += above
        else:
            up[0] += above**2
    return (math.sqrt(down[0]), down[1]), (math.sqrt(up[0]), up[1])


OPEN = frozenset({"unknown", "at_least"})
"""Sources that leave a factor open to 1: nothing was measured, or only a lower end."""
SHOWING = frozenset({"LRN001", "LBL002"})
"""Codes whose mending, a spot check or a stronger model, shows what lies above a lower end."""
SKILLS = frozenset({"skill", "stability", "robustness"})
"""Factors that no finding is about alone: what a probe reads on the data as they are."""
MENDS: Mapping[str, tuple[str, ...]] = {
    "LEK001": ("leakage",),
    "LRN006": ("leakage",),
    "BAL002": ("coverage", "size_2", "size_5", "size_20", "smallest_class"),
    "BAL003": ("smallest_class", "size_20"),
    "LBL002": ("labels", "label_joint"),
    "LBL003": ("labels",),
    "LBL004": ("labels", "label_joint"),
    "LRN002": ("size_2", "size_5", "size_20", "smallest_class"),
    "LRN004": ("labels", "label_joint", "skill"),
    "LRN005": ("size_20",),
    "DRF001": ("representativeness",),
    "DUP002": ("independence", "size_2", "size_5", "size_20", "smallest_class"),
    "LRN001": ("labels", "label_joint", "skill"),
}
"""Factors that mending a finding would bring to what undamaged data read."""


def with_gains(findings: tuple[Finding, ...], score: Score) -> tuple[Finding, ...]:
    """Findings with what mending each would add to the score; unchanged where the score is only an ordering."""
    if not score.calibrated:
        return findings
    out: list[Finding] = []
    for finding in findings:
        if finding.status in (Status.PASS, Status.NOT_APPLICABLE) or finding.code not in MENDS:
            out.append(finding)
            continue
        gain = mended((finding.code,), score).value - score.value
        out.append(replace(finding, gain=round(gain, 1) if gain >= 0.05 else 0.0))
    return tuple(out)


def mended(codes: Iterable[str], score: Score) -> Score:
    """The score as it would read with the causes of `codes` mended.

    Their factors stand at what undamaged data of the benchmark read, and the skills, which suffer from the same causes, move towards
    theirs by the share of the damage that is mended. What could not be measured takes the benchmark's typical value, and so does what was
    read as a lower end where a code of `SHOWING` is among them, which then is none. The ends of the interval move by the same log-odds.
    The benchmark applies the inverse corruption and compares.
    """
    model = shipped_model()
    codes = (*codes,)
    touched = {name for code in codes for name in _touched(code, score)}
    values = {f.name: f.value for f in score.factors}
    if not touched:
        return score
    shown = OPEN if {*codes} & SHOWING else {"unknown"}
    better = {f.name: max(f.value, model.typical[f.name] if f.source in shown else 0.0) for f in score.factors}
    better = {n: max(v, model.mended[n]) if n in touched else v for n, v in better.items()}
    left = math.prod(max(model.floors[n], values[n]) / max(model.floors[n], better[n]) for n in values if n not in SKILLS)
    for name in SKILLS & better.keys():
        better[name] = max(better[name], values[name] + (model.mended[name] - values[name]) * (1 - left))
    known = _shifted(score, _logit(better, model, model.fit) - _logit(values, model, model.fit))
    if shown != OPEN:
        return known
    doubt = sum(_term(f.name, f.value, model, model.fit) - _term(f.name, f.low, model, model.fit) for f in score.factors if f.source == "at_least")
    told = _shifted(known, doubt)
    return replace(known, low=min(known.value, told.low), gate_low=min(known.value, told.gate_low))


def _touched(code: str, score: Score) -> tuple[str, ...]:
    """Factors that mending `code` moves: rows are collected for declared classes that have none, a declaration alone adds no row."""
    if code == "BAL002" and not any(f.name == "coverage" and f.source == "measured" and f.value < 1 for f in score.factors):
        return ("coverage",)
    return MENDS.get(code, ())


def variants(score: Score) -> Mapping[str, Score]:
    """The score under each refit that leaves one source of the benchmark out, for the sensitivity of the verdict."""
    model = shipped_model()
    values = {f.name: f.value for f in score.factors}
    if not values:
        return {}
    here = _logit(values, model, model.fit)
    return {source: _shifted(score, _logit(values, model, fit) - here) for source, fit in model.refits.items()}


def _shifted(score: Score, by: float) -> Score:
    """The score and the ends of its interval moved by log-odds."""

    def moved(points: float) -> float:
        share = min(1 - 1e-9, max(1e-9, points / 100))
        return 100 * _sigmoid(math.log(share / (1 - share)) + by)

    return replace(score, value=moved(score.value), low=moved(score.low), high=moved(score.high), gate_low=moved(score.gate_low))
