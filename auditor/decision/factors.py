"""The factors of the score: each 0 to 1, more is better, as an interval. What was not measured has its full range.

    size_2, size_5, size_20   mean over declared classes of n_c / (n_c + h), n_c = near-duplicate clusters of class c; a class
                              without rows gives 0 (shapes without classes: all effective rows, h = 20, 50, 200)
    smallest_class            m / (m + 3), m = effective rows of the smallest declared class
    labels                    (1 - 2 eta i)(1 - c), eta = confident-learning off-diagonal rate where no copy contradicts, c = minority share
                              in conflicting groups: two labels of one input teach nothing, a wrong one teaches something wrong. Where
                              conflicts are the nature of a coarse table eta is the larger of the two, and c = 0
    label_joint               1 - joint i, joint = 1 - trace of the calibrated joint
    representativeness        1 - .95 max(0, 2 AUC - 1), AUC of a classifier telling training from production inputs
    coverage                  share of declared classes that have a row
    skill                     chance-scaled skill of the probe: on hold-out rows that did not leak, or cross-validated with near-duplicates
                              kept together, whichever is lower
    leakage                   (1 - leaked share of the hold-out) (1 - 5 e), e = by how much of the metric the hold-out is surely easier than
                              training (what contradictory copies in training explain taken off): it flatters either way
    independence              grouped over ungrouped cross-validated skill: what near-duplicates did not make up
    stability                 agreement (Cohen's kappa) of two models on production inputs, each taught one half of the training rows
    robustness                (1 + 5 kappa) / 6 of a model of all rows and one without the rows whose label the other half contradicts; near 0
                              kappa says little, and a sixth keeps what is drawn by chance there from deciding

i = clip(1.1 - eta / CV error, 0, 1) discounts noise that cannot be told from the probe's own error; the low end leaves the
discount out. Where contradictions are as frequent on the rows that the probe is surest of, their share there stands for both rates
at least. A spot check stands for both (1 - 2 e and 1 - e of the share e that people found wrong), and where the probe is known to be too
weak for the task what it reads is a lower end (`auditor.decision.outside`). For prompt-response data the pair signal stands for the skills and its mismatch estimate for the labels.
Source: readiness specification, section 2.4; stability and robustness are our own (`auditor.detectors.stability`). Left out of it is skill
at half of the data over skill at all: without it the score orders the benchmark's sets as well, and its noise raised the score of copied
rows by more than a point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from auditor.decision.outside import Outside
from auditor.detectors.holdout import compared
from auditor.detectors.pair_results import PairFacts
from auditor.detectors.results import DriftFacts, DuplicateFacts, LeakFacts, ProbeFacts
from auditor.detectors.stability_results import StabilityFacts
from auditor.model import Role, Shape

if TYPE_CHECKING:
    from auditor.detectors.results import Interval
    from auditor.model import Dataset
    from auditor.scan.request import Facts

NAMES: Final = (
    "size_2", "size_5", "size_20", "smallest_class", "labels", "label_joint", "representativeness", "coverage", "skill",
    "leakage", "independence", "stability", "robustness",
)  # fmt: skip
_REVIEWED: Final = ("labels", "label_joint")
"""Factors that a spot check measures."""
_PROBED: Final = (*_REVIEWED, "skill", "stability", "robustness")
"""Factors that rest on what the probe can do."""
_PAIR_CEILING: Final = 0.95
"""AUC at which a pair signal counts as full skill; published sets read .87 to .99."""
_REPRESENTATIVE_LOW: Final = 0.3
_MORE_AGREE: Final = 0.3
"""Disagreement of halves is taken to fall with rows to this power: our choice, more cautious than the square root by which chance falls."""
_FLATTERS: Final = 5.0
"""What a point by which the hold-out is easier costs, in points of the factor: our choice, so that moved hard rows raise no score by much more
than a point (`tests/benchmarks/score_validity/judge.py`)."""


@dataclass(frozen=True)
class Range:
    """One factor: value and interval, where it comes from, and whether only a declaration is missing."""

    value: float | None
    """None: the model's typical value stands in."""
    low: float
    high: float
    source: str
    note: str = ""
    undeclared: bool = False
    """Unknown because nobody gave the data for it; a condition of its own says so."""
    least: float = 0.0
    """What was read, where that is known to be no more than a lower end."""


def clip(value: float) -> float:
    """Into 0 to 1."""
    return min(1.0, max(0.0, value))


def unknown(note: str, low: float = 0.0, *, undeclared: bool = False) -> Range:
    """Anything from `low` to 1."""
    return Range(None, low, 1.0, "unknown", note, undeclared)


def exact(value: float, note: str = "") -> Range:
    """Counted, so without an interval."""
    value = clip(value)
    return Range(value, value, value, "measured", note)


def inapplicable(note: str) -> Range:
    """A factor without a meaning for this shape: it takes nothing away."""
    return Range(1.0, 1.0, 1.0, "not_applicable", note)


def factors(data: Dataset, facts: Facts, known: Outside | None = None) -> Mapping[str, Range]:
    """All factors by name, in the order of `NAMES`; `known` is what people and other models say of the labels."""
    known = known or Outside()
    found = {**_sizes(data, facts), **_labels(data, facts), **_skills(data, facts), **_stability(data, facts)}
    if known.spot is not None:
        found |= _reviewed(known.spot, found)
    if known.weak:
        probe = facts.find(ProbeFacts)
        told = known.spot is not None or (probe is not None and probe.steady and probe.identifiable is not False)  # wrong labels are seen where the probe is surest, however weak it is
        read = [n for n in _PROBED if found[n].source in ("measured", "estimated") and not (told and n in _REVIEWED)]
        found |= {n: _weak(found[n], sound=known.sound) for n in read}
    found["representativeness"] = _representativeness(facts)
    found["leakage"] = _flattering(_leakage(facts), facts)
    return {name: found[name] for name in NAMES}


def is_calibrated(data: Dataset) -> bool:
    """Whether the benchmark that gave the coefficients holds data sets of this shape: those of one class a row."""
    label = set(data.role(Role.LABEL))
    several = bool(data.label_delimiter) or any(c.name in label and c.dtype.startswith(("List", "Array")) for c in data.columns)
    return data.shape is Shape.CLASSIFICATION and not several


def _sizes(data: Dataset, facts: Facts) -> dict[str, Range]:
    dup = facts.find(DuplicateFacts)
    names = ("size_2", "size_5", "size_20")
    if dup is None or not dup.rows:
        return {**{n: unknown("effective rows were not counted") for n in (*names, "smallest_class")}, "coverage": unknown("classes were not counted")}
    classes = [c for c in dup.by_class if c.declared] or list(dup.by_class)
    if data.shape is Shape.CLASSIFICATION and classes:
        n = [c.n_eff for c in classes]
        note = f"{sum(n)} effective rows, {min(n)} in the smallest of {len(n)} classes"
        sizes = {name: exact(sum(k / (k + h) for k in n) / len(n), note) for name, h in zip(names, (2.0, 5.0, 20.0), strict=True)}
        share = sum(k > 0 for k in n) / len(n)
        coverage = exact(share, f"{sum(k > 0 for k in n)} of {len(n)} declared classes have rows") if data.classes else Range(1.0, 0.5, 1.0, "unknown", "no class list was declared", undeclared=True)
        return {**sizes, "smallest_class": exact(min(n) / (min(n) + 3), note), "coverage": coverage}
    note = f"{dup.n_eff} effective rows"
    sizes = {name: exact(dup.n_eff / (dup.n_eff + h), note) for name, h in zip(names, (20.0, 50.0, 200.0), strict=True)}
    return {**sizes, "smallest_class": inapplicable("no classes"), "coverage": inapplicable("no classes")}


def _labels(data: Dataset, facts: Facts) -> dict[str, Range]:
    probe, dup, pair = facts.find(ProbeFacts), facts.find(DuplicateFacts), facts.find(PairFacts)
    if pair is not None and pair.measured and pair.mismatched is not None:
        low, high = pair.mismatched, max(pair.mismatched, pair.mismatched_high or 0.0)
        note = f"{low:.1%} to {high:.1%} of responses may belong to another prompt"
        trust = Range(clip(1 - 2 * low), clip(1 - 2 * high), 1.0, "estimated", note)
        return {"labels": trust, "label_joint": Range(clip(1 - low), clip(1 - high), 1.0, "estimated", note)}
    if probe is None or not probe.measured or probe.off_diagonal is None or probe.cv_error is None:
        why = unknown("label noise could not be estimated")
        if data.shape in (Shape.CLASSIFICATION, Shape.TOKEN_LABELS):
            return {"labels": why, "label_joint": why}
        easy = Range(1.0, 0.5, 1.0, "unknown", "no estimate of wrong answers for this shape", undeclared=True)
        return {"labels": easy, "label_joint": easy}
    conflict = dup.conflict_minority if dup is not None else 0.0
    lost = conflict if probe.contradicted else 0.0
    eta = min(0.5, max(probe.off_diagonal, 0.0 if lost else conflict))
    joint = max(probe.joint or 0.0, 0.0)
    share = clip(1.1 - min(1.5, eta / max(0.02, probe.cv_error)))
    note = (f"{lost:.1%} of rows contradicted by copies, else " if lost else "") + f"label disagreement {eta:.1%}" + ("" if share >= 0.3 else ", hardly to be told from the probe's own error")
    full = max(eta, min(0.5, joint))
    if probe.steady and probe.noise is not None:
        steady = _steady_labels(probe.noise, max(eta * share, probe.noise.value), max(joint * share, probe.noise.value))
        return {**steady, "labels": _times(steady["labels"], 1 - lost)}
    return {
        "labels": _times(Range(clip(1 - 2 * eta * share), clip(1 - 2 * full * max(share, 0.3)), 1.0 if share < 0.3 else clip(1 - 2 * max(0.0, eta - 0.02) * share), "estimated", note), 1 - lost),
        "label_joint": Range(1 - min(0.6, joint * share), 1 - min(0.6, joint * max(share, 0.3)), 1 - min(0.6, max(0.0, joint - 0.02) * share), "estimated", note),
    }


def _reviewed(spot: Interval, estimated: Mapping[str, Range]) -> dict[str, Range]:
    """Label factors by people, who outrank every estimate.

    Where they find no more wrong than was estimated, few rows reviewed do not widen what is known already.
    """
    note = f"people found {spot.value:.1%} of {spot.n} labels wrong"
    found = {
        "labels": Range(clip(1 - 2 * spot.value), clip(1 - 2 * spot.high), clip(1 - 2 * spot.low), "measured", note),
        "label_joint": Range(1 - min(0.6, spot.value), 1 - min(0.6, spot.high), 1 - min(0.6, spot.low), "measured", note),
    }
    agree = (n for n, r in found.items() if estimated[n].source == "estimated" and (r.value or 0.0) >= (estimated[n].value or 0.0))
    return found | {n: replace(found[n], low=max(found[n].low, estimated[n].low)) for n in agree}


def _weak(found: Range, *, sound: bool) -> Range:
    """What a probe reads that is too weak for the task: a lower end. Where the labels are known to be no lot, only a stronger model is missing."""
    least = found.low if found.value is None else found.value
    return Range(None if sound else least, found.low, 1.0, "at_least", "the probe is too weak for this task (LRN001)", undeclared=sound, least=least)


def _times(found: Range, factor: float) -> Range:
    return replace(found, value=None if found.value is None else found.value * factor, low=found.low * factor, high=found.high * factor)


def _steady_labels(noise: Interval, eta: float, joint: float) -> dict[str, Range]:
    """Label factors where wrong labels are seen as often where the probe is surest as elsewhere: the interval is that estimate's."""
    note = f"about {noise.value:.0%} of labels wrong at random"
    low, high = max(eta, noise.high), min(eta, noise.low)
    return {
        "labels": Range(clip(1 - 2 * eta), clip(1 - 2 * low), clip(1 - 2 * high), "estimated", note),
        "label_joint": Range(1 - min(0.6, joint), 1 - min(0.6, max(joint, noise.high)), 1 - min(0.6, joint, noise.low), "estimated", note),
    }


def _skills(data: Dataset, facts: Facts) -> dict[str, Range]:
    probe, pair = facts.find(ProbeFacts), facts.find(PairFacts)
    if probe is not None and probe.measured and probe.cv_group is not None:
        return _probe_skills(probe)
    if pair is not None and pair.measured and pair.auc is not None and not pair.no_signal:
        skill = _range(pair.auc, lambda auc: clip((auc - 0.5) / (_PAIR_CEILING - 0.5)), f"pair signal AUC {pair.auc.value:.2f}, .5 is none")
        return {"skill": skill, "independence": inapplicable("not measured for pairs")}
    reason = (probe.reason if probe is not None and data.shape in (Shape.CLASSIFICATION, Shape.REGRESSION) else pair.reason if pair is not None else "") or "nothing to learn from was found"
    harmless = pair is not None and pair.no_signal  # nothing to measure by, which is not bad
    blank, half = unknown(reason, undeclared=harmless), unknown(reason, 0.5, undeclared=harmless)
    return {"skill": blank, "independence": half}


def _probe_skills(probe: ProbeFacts) -> dict[str, Range]:
    def scaled(value: float) -> float:
        return probe.skill(value) or 0.0

    group, naive = probe.cv_group, probe.cv_naive
    if group is None:
        return {n: unknown("the probe gave no figure") for n in ("skill", "independence")}
    note = f"{probe.metric} {group.value:.2f} cross-validated, guessing {probe.chance:.2f}"
    if probe.holdout is not None:
        held = f"{probe.metric} {probe.holdout.value:.2f} on {probe.holdout_rows} hold-out rows that did not leak"
        skill = _range(_no_better(probe.holdout, group), scaled, held + ("" if probe.holdout.value <= group.value else f"; counted as {note}"))
    else:
        skill = _range(group, scaled, note)
        skill = Range(skill.value, 0.8 * skill.low, skill.high, "unknown", f"no hold-out: {note}", undeclared=True)
    independence = exact(group.value / max(0.05, naive.value), f"{naive.value:.2f} with near-duplicates in both folds") if naive is not None else exact(1.0)
    return {"skill": skill, "independence": independence}


def _no_better(held: Interval, group: Interval) -> Interval:
    """The hold-out can take skill away and not add any: whoever draws it could move its hard rows into training."""
    return held if held.value <= group.value else replace(held, value=group.value, low=min(held.low, group.low), high=min(held.high, group.high))


def _range(figure: Interval, scale, note: str) -> Range:  # type: ignore[no-untyped-def] # noqa: ANN001
    return Range(scale(figure.value), scale(figure.low), scale(figure.high), "measured", note)


def _stability(data: Dataset, facts: Facts) -> dict[str, Range]:
    found = facts.find(StabilityFacts)
    if data.shape is not Shape.CLASSIFICATION or (found is not None and not found.applies):
        return dict.fromkeys(("stability", "robustness"), inapplicable("measured for rows with one class each"))
    if found is None or found.halves is None or found.without_doubted is None:
        # many classes in many rows are more than can be learnt here, which is not bad
        many = found is not None and found.sampled
        return dict.fromkeys(("stability", "robustness"), unknown(found.reason if found is not None else "it could not be measured", undeclared=many))
    whose = f"{found.inputs} {found.asked} inputs"
    halves = _range(found.halves, clip, f"kappa of two halves of {found.rows} rows on {whose}")
    if found.sampled:
        left = (found.rows / found.stands_for) ** _MORE_AGREE
        note = f"{halves.note}, told for {found.stands_for} rows"
        halves = Range(1 - (1 - (halves.value or 0.0)) * left, halves.low, 1.0, "estimated", note)
    same = found.without_doubted
    note = f"kappa {same.value:.2f} on {whose} with and without {found.doubted:.0%} doubted rows"
    return {"stability": halves, "robustness": _range(same, lambda kappa: clip((1 + 5 * kappa) / 6), note)}


def _representativeness(facts: Facts) -> Range:
    drift = facts.find(DriftFacts)
    if drift is None or not drift.measured or drift.auc is None or drift.other != "production":
        return unknown("no production sample", _REPRESENTATIVE_LOW, undeclared=True)

    def r(auc: float) -> float:
        # .7 in the specification, which leaves .3 to sets that are told from production without fail (by coarse inputs, say) and were never
        # good. With .95 sources that are left out are ordered a little better (`tests/benchmarks/score_validity`).
        return 1 - 0.95 * max(0.0, 2 * auc - 1)

    auc = drift.auc
    return Range(r(auc.value), r(auc.high), r(auc.low), "measured", f"training told from production with AUC {auc.value:.2f}, .5 is not at all")


def _flattering(unseen: Range, facts: Facts) -> Range:
    """The factor of leaked rows, lowered where the hold-out is surely easier than training: whoever moves its hard rows gains nothing."""
    probe, dup = facts.find(ProbeFacts), facts.find(DuplicateFacts)
    if probe is None or not probe.measured or probe.metric != "balanced accuracy" or unseen.value is None:
        return unseen
    found = compared(probe)
    if found is None:
        return unseen
    explained = 0.0 if dup is None or probe.contradicted else dup.conflict_minority
    easier = max(0.0, found[0] - found[1] - explained)
    if not easier:
        return unseen
    note = f"{unseen.note}; it is at least {100 * easier:.0f} points of {probe.metric} easier than training"
    return replace(_times(unseen, clip(1 - _FLATTERS * easier)), note=note)


def _leakage(facts: Facts) -> Range:
    leak = facts.find(LeakFacts)
    split = None if leak is None else leak.of("test") or leak.of("validation")
    if split is None:
        return Range(1.0, 1.0, 1.0, "unknown", "no hold-out, so nothing can leak into it", undeclared=True)
    note = f"{split.leaked} of {split.rows} hold-out rows are in training too"
    return Range(1 - split.share.value, 1 - split.share.high, 1 - split.share.low, "measured", note)
