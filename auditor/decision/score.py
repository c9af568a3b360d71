"""The readiness score `readiness/0.1`: 100 * sqrt(D * E), the weakest part decides.

D is what the data offer, a product of factors in 0 to 1; E is what a cheap fixed probe makes of them. Every factor is an
interval: what was not measured counts with its full range. Formulas and constants: readiness specification, section 2.4.

    size      mean over declared classes of n_c / (n_c + h), n_c = near-duplicate clusters of class c, h = 5; a missing class gives 0
    label     1 - (2 * eta)^3, eta = max(confident-learning off-diagonal rate, minority share in conflicting groups), at most .5
    represent 1 - .7 * max(0, 2 * AUC - 1), AUC of a classifier training against production; without production .3 to 1
    complete  1 - .2 * share of missing cells
    honest    1 - leaked share of the hold-out
    skill     E: chance-scaled skill of the probe on the hold-out without leaked rows (else grouped cross-validation) times the
              share of declared classes present; for prompt-response data 2 * AUC - 1 of the pair signal
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auditor.detectors.results import DriftFacts, DuplicateFacts, LeakFacts, PairFacts, ProbeFacts
from auditor.model import Factor, Role, Score, Shape
from auditor.scan.measures import Counts

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts

MODEL: Final = "readiness/0.1"
_H: Final = 5.0
"""Rows per class at which half of the skill is reached; measured best values per data set ran from 1.2 to 26."""
_H_ROWS: Final = 50.0
"""The same over all rows, for shapes without classes (our choice: the 50 examples from which providers see improvements)."""
_IDENTIFIABLE: Final = 0.8
_PAIR_CEILING: Final = 0.9
"""AUC that published instruction sets reach (.77 to .99); a pair signal is measured against it."""


@dataclass(frozen=True)
class Range:
    """A factor as (value, low, high), with where it comes from."""

    value: float
    low: float
    high: float
    source: str
    note: str = ""
    undeclared: bool = False
    """Unknown because nobody gave the data for it; a condition of its own says so."""

    def factor(self, name: str) -> Factor:
        """As shown in the report."""
        return Factor(name, self.value, self.low, self.high, self.source, self.note)


def _unknown(note: str, low: float = 0.0, *, undeclared: bool = False) -> Range:
    return Range((low + 1) / 2, low, 1.0, "unknown", note, undeclared)


def _clip(value: float) -> float:
    return min(1.0, max(0.0, value))


def readiness(data: Dataset, facts: Facts) -> Score:
    """The score of a data set from the facts that were measured."""
    factors = {
        "size": _size(data, facts),
        "label": _label(data, facts),
        "representativeness": _representativeness(facts),
        "completeness": _completeness(data, facts),
        "honesty": _honesty(facts),
        "skill": _skill(data, facts),
    }
    skill = factors["skill"]
    d = [f for name, f in factors.items() if name != "skill"]

    def combined(pick: str, *, gate: bool = False) -> float:
        product = math.prod(1.0 if gate and f.undeclared else getattr(f, pick) for f in d)
        return 100 * math.sqrt(_clip(product) * _clip(getattr(skill, pick)))

    calibrated = False
    note = "uncalibrated: an ordering of data sets, not a probability"
    return Score(
        MODEL,
        combined("value"),
        combined("low"),
        combined("high"),
        tuple(f.factor(n) for n, f in factors.items()),
        calibrated,
        gate_low=100 * math.prod(1.0 if f.undeclared else f.low for f in d),
        note=note,
    )


def _size(data: Dataset, facts: Facts) -> Range:
    dup = facts.find(DuplicateFacts)
    if dup is None or not dup.rows:
        return _unknown("effective rows were not measured")
    if data.shape is Shape.CLASSIFICATION and dup.by_class:
        wanted = [c for c in dup.by_class if c.declared] or list(dup.by_class)
        n = [c.n_eff for c in wanted]
        by_h = [sum(k / (k + h) for k in n) / len(n) for h in (2.0, _H, 20.0)]
        return Range(by_h[1], by_h[2], by_h[0], "measured", f"{sum(n)} effective rows in {len(n)} classes")
    sizes = [dup.n_eff / (dup.n_eff + h) for h in (20.0, _H_ROWS, 200.0)]
    return Range(sizes[1], sizes[2], sizes[0], "measured", f"{dup.n_eff} effective rows")


def _label(data: Dataset, facts: Facts) -> Range:
    if data.shape not in (Shape.CLASSIFICATION, Shape.TOKEN_LABELS):
        pair = facts.find(PairFacts)
        if pair is not None and pair.measured and pair.mismatched is not None:
            high = pair.mismatched_high if pair.mismatched_high is not None else pair.mismatched
            return Range(_trust(pair.mismatched), _trust(max(high, pair.mismatched)), 1.0, "estimated", f"{pair.mismatched:.0%} of responses may belong to another prompt")
        return Range(1.0, 0.5, 1.0, "unknown", "no estimate of wrong answers for this shape", undeclared=True)
    probe, dup = facts.find(ProbeFacts), facts.find(DuplicateFacts)
    conflict = dup.exact_conflict_minority if dup is not None else 0.0
    if probe is None or not probe.measured or probe.off_diagonal is None:
        return _unknown("label noise was not measured")
    eta = min(0.5, max(probe.off_diagonal, conflict))
    joint = min(0.5, max(probe.joint or 0.0, eta))
    trust = _trust(eta)
    if probe.identifiable is False or (probe.noise_ratio or 0.0) >= _IDENTIFIABLE:
        return Range((trust + 1) / 2, trust, 1.0, "estimated", f"label disagreement {eta:.1%}, not to be told from the probe's own error")
    return Range(trust, _trust(joint), _trust(max(0.0, eta - 0.02)), "estimated", f"label disagreement {eta:.1%} to {joint:.1%}")


def _trust(eta: float) -> float:
    return _clip(1 - (2 * min(0.5, eta)) ** 3)


def _representativeness(facts: Facts) -> Range:
    drift = facts.find(DriftFacts)
    if drift is None or not drift.measured or drift.auc is None or drift.other != "production":
        return _unknown("no production sample", 0.3, undeclared=True)

    def r(auc: float) -> float:
        return 1 - 0.7 * max(0.0, 2 * auc - 1)

    return Range(r(drift.auc.value), r(drift.auc.high), r(drift.auc.low), "measured", f"training against production AUC {drift.auc.value:.2f}")


def _completeness(data: Dataset, facts: Facts) -> Range:
    columns = [*data.role(Role.FEATURE), *data.role(Role.TEXT), *data.role(Role.PROMPT)[:1], *data.role(Role.RESPONSE), *data.role(Role.MESSAGES)]
    counts = [facts[Counts(c)] for c in columns if Counts(c) in facts]
    cells = sum(n for n, _ in counts)
    if not cells:
        return _unknown("missing cells were not counted", 0.8)
    share = sum(k for _, k in counts) / cells
    value = 1 - 0.2 * share
    return Range(value, value, value, "measured", f"{share:.1%} of cells missing")


def _honesty(facts: Facts) -> Range:
    leak = facts.find(LeakFacts)
    split = None if leak is None else leak.of("test") or leak.of("validation")
    if split is None:
        return Range(1.0, 1.0, 1.0, "unknown", "no hold-out, so nothing can leak", undeclared=True)
    if split.natural and not split.group and not split.id:
        return Range(1.0, 1 - split.share.value, 1.0, "measured", "rows of a coarse table collide by nature")
    return Range(1 - split.share.value, 1 - split.share.high, 1 - split.share.low, "measured", f"{split.leaked} of {split.rows} hold-out rows leaked")


def _skill(data: Dataset, facts: Facts) -> Range:
    probe, pair = facts.find(ProbeFacts), facts.find(PairFacts)
    if probe is not None and probe.measured:
        figure = probe.holdout or probe.cv_group
        if figure is not None:
            wanted = [c for c in probe.sizes if c.declared]
            coverage = sum(c.rows > 0 for c in wanted) / len(wanted) if wanted else 1.0
            low, value, high = (coverage * (probe.skill(x) or 0.0) for x in (figure.low, figure.value, figure.high))
            where = "hold-out without leaked rows" if probe.holdout else "grouped cross-validation"
            return Range(value, low, high, "measured", f"{probe.metric} {figure.value:.2f} on the {where}, guessing {probe.chance:.2f}")
    if pair is not None and pair.measured and pair.auc is not None and not pair.no_signal:

        def scaled(auc: float) -> float:
            return _clip((auc - 0.5) / (_PAIR_CEILING - 0.5))

        return Range(scaled(pair.auc.value), scaled(pair.auc.low), scaled(pair.auc.high), "measured", f"pair signal AUC {pair.auc.value:.2f}")
    reason = probe.reason if probe is not None and probe.reason else "nothing to learn from was found"
    return _unknown(reason)
