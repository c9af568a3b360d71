"""The probe for rows with one class each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors import label_issues, learning, models
from auditor.detectors.folds import assign, halves
from auditor.detectors.results import ClassSize, Interval, LabelScores, ProbeFacts
from auditor.detectors.statistics import balanced_accuracy, normal_tail, share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.probe import Probe

MIN_CLASS = 3
"""Rows (and units) below which a class cannot be cross-validated."""
IDENTIFIABLE = 0.8
"""From this ratio of doubted labels to the probe's own error on, noise is the probe's error (specification 2.4)."""
WEAK = 0.2
"""Chance-scaled skill below which a probe may not judge single labels."""
SEED = 20_240_501


def study(probe: Probe, sizes: tuple[ClassSize, ...]) -> ProbeFacts:
    """Cross-validate, compare with guessing, look for wrong labels."""
    inputs = probe.inputs
    base = ProbeFacts(inputs.kind, len(probe.train), inputs.sampled, len(sizes), sizes, measured=False)
    names, code, train = usable(probe)
    k = len(names)
    if k < 2:
        return replace(base, reason="fewer than two classes have three rows that are not copies of one another")
    x = models.features(inputs)
    if x is None:
        return replace(base, reason="no column can be read as text, number or category")
    unit = probe.unit
    folds = int(min(probe.folds, _fewest(code[train], unit[train])))
    grouped = np.full(len(inputs), -1, np.int64)
    grouped[train] = assign(code[train], unit[train], folds)
    p = out_of_fold(x, code, train, grouped, k)
    n_units = len(np.unique(unit[train]))
    right = p[train].argmax(axis=1) == code[train]
    cv_group = balanced_accuracy(code[train], right, n_units)
    shuffled = _shuffled(x, code, train, grouped, k, n_units)
    accuracy = float(right.mean())
    facts = replace(
        base,
        measured=True,
        classes=k,
        chance=1 / k,
        cv_group=cv_group,
        cv_naive=_naive(x, code, train, unit, folds, k, cv_group),
        cv_half=_half(x, code, train, grouped, unit, k, n_units),
        accuracy=accuracy,
        cv_error=1 - accuracy,
        majority=float(np.bincount(code[train]).max() / len(train)),
        shuffled=shuffled,
        signal_p=_signal(cv_group, shuffled),
        method=f"{folds}-fold cross-validation, near-duplicates together; {models.__doc__.splitlines()[0] if models.__doc__ else ''}",
    )
    facts = _holdout(facts, probe, x, code, train, k)
    facts = _noise(facts, probe, code, train, p, names)
    curve = learning.curve(x, code, train, unit, k, probe.target) if k >= 2 else None
    return replace(facts, curve=curve)


def usable(probe: Probe) -> tuple[tuple[str, ...], NDArray[np.int64], NDArray[np.int64]]:
    """Classes that can be cross-validated, the class of every row among them (-1 = none), and the training rows that have one."""
    labels = probe.inputs.labels
    raw = labels.code.astype(np.int64)
    pairs = np.unique(np.stack([raw[probe.train], probe.unit[probe.train]]), axis=1)
    effective = np.bincount(pairs[0], minlength=len(labels.names))
    keep = np.flatnonzero(effective >= MIN_CLASS)
    index = np.full(len(labels.names) + 1, -1, np.int64)
    index[keep] = np.arange(len(keep))
    code = index[raw]
    return tuple(labels.names[i] for i in keep), code, probe.train[code[probe.train] >= 0]


def _fewest(code: NDArray[np.int64], unit: NDArray[np.int64]) -> int:
    pairs = np.unique(np.stack([code, unit]), axis=1)
    return int(np.bincount(pairs[0]).min())


def out_of_fold(x: models.Features, code: NDArray[np.int64], train: NDArray[np.int64], fold: NDArray[np.int64], k: int) -> NDArray[np.float32]:
    """Class probabilities of every training row by a model that has not seen its fold; rows outside `train` stay 0."""
    p = np.zeros((len(code), k), np.float32)
    for f in range(int(fold[train].max()) + 1):
        test = train[fold[train] == f]
        if len(test):
            p[test] = models.predict(x, code, train[fold[train] != f], test, k)
    return p


def _naive(
    x: models.Features, code: NDArray[np.int64], train: NDArray[np.int64], unit: NDArray[np.int64], folds: int, k: int, grouped: Interval
) -> Interval:
    if len(np.unique(unit[train])) > 0.995 * len(train):
        return grouped
    fold = np.full(len(code), -1, np.int64)
    fold[train] = assign(code[train], None, folds)
    p = out_of_fold(x, code, train, fold, k)
    return balanced_accuracy(code[train], p[train].argmax(axis=1) == code[train])


def _half(
    x: models.Features, code: NDArray[np.int64], train: NDArray[np.int64], fold: NDArray[np.int64], unit: NDArray[np.int64], k: int, n: int
) -> Interval:
    guess = np.zeros(len(code), np.int64)
    for f in range(int(fold[train].max()) + 1):
        test, rest = train[fold[train] == f], train[fold[train] != f]
        if len(test):
            guess[test] = models.predict(x, code, halves(rest, unit, 0.5, SEED + f), test, k).argmax(axis=1)
    return balanced_accuracy(code[train], guess[train] == code[train], n)


def _shuffled(x: models.Features, code: NDArray[np.int64], train: NDArray[np.int64], fold: NDArray[np.int64], k: int, n: int) -> Interval:
    mixed = code.copy()
    mixed[train] = np.random.Generator(np.random.PCG64(SEED)).permutation(code[train])
    guess = np.zeros(len(code), np.int64)
    for f in range(int(fold[train].max()) + 1):
        test, rest = train[fold[train] == f], train[fold[train] != f]
        if len(test):
            guess[test] = models.quick(x, mixed, rest, test, k).argmax(axis=1)
    return balanced_accuracy(mixed[train], guess[train] == mixed[train], n)


def _signal(found: Interval, null: Interval) -> float:
    spread = max(1e-6, ((found.high - found.value) ** 2 + (null.high - null.value) ** 2) ** 0.5 / 1.96)
    return normal_tail((found.value - null.value) / spread)


def _holdout(facts: ProbeFacts, probe: Probe, x: models.Features, code: NDArray[np.int64], train: NDArray[np.int64], k: int) -> ProbeFacts:
    """Skill on the hold-out; a row of a class that train does not have counts as wrong."""
    held = probe.held_all
    if not len(held):
        return facts
    guess = np.full(len(code), -2, np.int64)
    guess[held] = models.predict(x, code, train, held, k).argmax(axis=1)
    right = (guess == code) & (code >= 0)
    raw = probe.inputs.labels.code.astype(np.int64)
    clean = probe.held
    return replace(
        facts,
        holdout=balanced_accuracy(raw[clean], right[clean]) if len(clean) else None,
        holdout_all=balanced_accuracy(raw[held], right[held]).value,
        holdout_accuracy=share(int(right[clean].sum()), len(clean)) if len(clean) else None,
        holdout_rows=len(clean),
    )


def _noise(
    facts: ProbeFacts, probe: Probe, code: NDArray[np.int64], train: NDArray[np.int64], p: NDArray[np.float32], names: tuple[str, ...]
) -> ProbeFacts:
    issues = label_issues.find(code[train], p[train], names)
    error = facts.cv_error or 0.0
    ratio = min(2.0, issues.off_diagonal / error) if error > 0 else 0.0
    weak = (facts.skill(facts.cv_group.value) or 0.0) < WEAK if facts.cv_group else True
    inputs = probe.inputs
    wrong = np.bincount(code[train], weights=p[train].argmax(axis=1) != code[train], minlength=len(names)) / np.maximum(1, np.bincount(code[train]))
    errors = dict(zip(names, wrong.tolist(), strict=True))
    scores = LabelScores(
        inputs.file[train],
        inputs.row[train],
        code[train].astype(np.int32),
        issues.suggested.astype(np.int32),
        issues.quality,
        issues.flagged,
        issues.candidate,
        names,
    )
    return replace(
        facts,
        sizes=tuple(replace(s, error=errors.get(s.name)) for s in facts.sizes),
        off_diagonal=issues.off_diagonal,
        joint=max(issues.joint, issues.off_diagonal),
        noise_ratio=ratio,
        identifiable=not weak and (issues.off_diagonal < 0.02 or ratio < IDENTIFIABLE),
        candidates=int(issues.candidate.sum()),
        flagged=int(issues.flagged.sum()),
        pairs=issues.pairs,
        scores=scores,
    )
