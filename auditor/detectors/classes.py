"""The probe for rows with one class each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors import annotators, given, label_issues, learning, models, slices, surest
from auditor.detectors.results import ClassSize, Interval, LabelScores, ProbeFacts
from auditor.detectors.statistics import Z95, balanced_accuracy, normal_tail, share
from auditor.detectors.task import Task, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.probe import Probe

MIN_CLASS = 3
"""Units below which a class cannot be cross-validated."""
BOUND = 0.1
"""Upper bound of random noise below which it need not be told from the probe's own error."""
SMALL = 0.02
"""Doubted share below which the question does not arise."""
DECIDED = 0.01
"""Balanced accuracy that the other rule of decision must gain: between equals the simpler one is kept."""
WEAK = 0.2
"""Chance-scaled skill below which a probe may not judge single labels."""


def study(probe: Probe, sizes: tuple[ClassSize, ...]) -> ProbeFacts:
    """Cross-validate, compare with guessing, look for wrong labels."""
    inputs = probe.inputs
    base = ProbeFacts(inputs.kind, len(probe.train), inputs.sampled, len(sizes), sizes, measured=False)
    names, code, train = usable(probe)
    if len(names) < 2:
        return replace(base, reason="fewer than two classes have three rows that are not copies of one another")
    x = _features(probe)
    if x is None:
        return replace(base, reason=inputs.why_none)
    task = prepare(x, code, train, probe.unit, folds=probe.folds, spare=probe.spare)
    p = given.probabilities(probe, train, names).take(np.arange(len(train))) if probe.pred_probs else task.probabilities()
    task = _deciding(task, p)
    settled = _settled(probe, task)
    facts = replace(base, measured=True, classes=len(names), chance=1 / len(names), contradicted=len(train) - len(settled))
    facts = _skills(facts, task, p, settled)
    drawn = _drawn(probe, task, settled)
    if drawn is not None:  # what follows is about shares of all rows
        p, settled = _as_drawn(p, task, drawn), drawn
        facts = replace(_plain(facts, task, p, settled), majority=float(np.bincount(task.truth[drawn]).max() / len(drawn)))
    if probe.pred_probs:
        facts = replace(facts, kind="given", method="your own out-of-fold probabilities; comparisons by a cheap probe")
    facts = _holdout(facts, probe, task)
    facts = _noise(facts, probe, task, p, names, settled=settled)
    return replace(facts, curve=learning.curve(task if drawn is None else replace(task, train=task.train[drawn]), probe.target))


def _drawn(probe: Probe, task: Task, settled: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Positions of the `settled` rows but for those that are there because their class is rare; `MIN_CLASS` of each class are left.

    None where no row was added.
    """
    if probe.inputs.added is None:
        return None
    added = probe.inputs.added[task.train[settled]]
    code = task.truth[settled]
    few = [np.flatnonzero(code == c) for c in np.flatnonzero(np.bincount(code[~added], minlength=task.k) < MIN_CLASS)]
    for places in few:
        added[places[np.argsort(added[places], kind="stable")][:MIN_CLASS]] = False
    return settled[~added]


def _as_drawn(p: NDArray[np.float32], task: Task, drawn: NDArray[np.int64]) -> NDArray[np.float32]:
    """Probabilities as they would be were classes as frequent as in the rows drawn (Saerens, Latinne and Decaestecker, 2002, eq. 2.4)."""
    here = np.bincount(task.truth, minlength=task.k) / len(task.train)
    there = np.bincount(task.truth[drawn], minlength=task.k) / len(drawn)
    out = p * (there / here).astype(np.float32)
    return np.asarray(out / out.sum(axis=1, keepdims=True), dtype=np.float32)


def _features(probe: Probe) -> models.Features | None:
    """Our features, or the user's embeddings in their place."""
    if not probe.embeddings:
        return models.features(probe.inputs, probe.meaning)
    return models.Features(None, given.embeddings(probe), None, unit=True)


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


def _deciding(task: Task, p: NDArray[np.float32]) -> Task:
    """The task with the rule of decision by which the probe reads better: the largest probability, or the largest over the class's share.

    The metric is balanced accuracy, for which the second is the better rule where probabilities are right; where they are not, the first can be.
    """
    fair = task.fair()
    reads = [float(balanced_accuracy(task.truth, t.decide(p) == task.truth).value) for t in (task, fair)]
    return fair if reads[1] > reads[0] + DECIDED else task


def _settled(probe: Probe, task: Task) -> NDArray[np.int64]:
    """Positions of the training rows that no copy contradicts: of two labels of the same input one is wrong whatever the model says, and
    together they teach nothing. All rows where a class would be left without enough of them.
    """
    every = np.arange(len(task.train))
    if probe.contradicted is None:
        return every
    settled = np.flatnonzero(~probe.contradicted[task.train])
    return settled if np.bincount(task.truth[settled], minlength=task.k).min() >= MIN_CLASS else every


def _skills(facts: ProbeFacts, task: Task, p: NDArray[np.float32], settled: NDArray[np.int64]) -> ProbeFacts:
    """Skill with copies kept together, with copies apart, with half of the rows, and with shuffled labels, on the `settled` rows.

    The last three come from the quick probe; so that they compare, they are shifted by what it differs from the ensemble on
    the same folds.
    """
    truth = task.truth[settled]
    group = balanced_accuracy(truth, task.decide(p[settled]) == truth, len(np.unique(task.unit[task.train[settled]])))
    quick = task.quick()
    copies = task.units < 0.995 * len(task.train)
    null = task.shuffled().quick()
    return replace(
        _plain(facts, task, p, settled),
        cv_group=group,
        cv_naive=_shifted(task.by_row().quick(), quick, group) if copies else group,
        cv_half=_shifted(task.quick(0.5), quick, group),
        majority=float(np.bincount(task.truth).max() / len(task.train)),
        shuffled=null,
        signal_p=signal_p(group, null, 1 / task.k),
        method=f"{int(task.fold.max()) + 1}-fold cross-validation of a cheap ensemble, near-duplicates and entities kept together",
    )


def _plain(facts: ProbeFacts, task: Task, p: NDArray[np.float32], rows: NDArray[np.int64]) -> ProbeFacts:
    """Share of some rows that the largest probability decides rightly."""
    accuracy = float((p[rows].argmax(axis=1) == task.truth[rows]).mean())
    return replace(facts, accuracy=accuracy, cv_error=1 - accuracy)


def _shifted(found: Interval, quick: Interval, ensemble: Interval) -> Interval:
    """A quick probe's figure on the ensemble's scale: the same ratio between the two."""
    ratio = ensemble.value / quick.value if quick.value > 0 else 1.0
    value = min(1.0, found.value * ratio)
    return Interval(value, max(0.0, found.low * ratio), min(1.0, max(value, found.high * ratio)), found.n)


def signal_p(found: Interval, null: Interval, chance: float) -> float:
    """One-sided p value that a figure is better than shuffled labels' and than guessing."""

    def tail(other: float, half: float) -> float:
        spread = max(1e-6, ((found.high - found.value) ** 2 + half**2) ** 0.5 / Z95)
        return normal_tail((found.value - other) / spread)

    return max(tail(null.value, null.high - null.value), tail(chance, 0.0))


def _holdout(facts: ProbeFacts, probe: Probe, task: Task) -> ProbeFacts:
    """Skill on the hold-out; a row of a class that train does not have counts as wrong."""
    held = probe.held_all
    if not len(held) or probe.embeddings:  # embeddings are given for train only
        return facts
    guess = np.full(len(task.code), -2, np.int64)
    guess[held] = task.decide(models.predict(task.x, task.code, task.learnt, held, task.k))
    right = (guess == task.code) & (task.code >= 0)
    raw = probe.inputs.labels.code.astype(np.int64)
    clean = probe.held
    drawn = clean if probe.inputs.added is None else clean[~probe.inputs.added[clean]]
    return replace(
        facts,
        holdout=balanced_accuracy(raw[clean], right[clean]) if len(clean) else None,
        holdout_all=balanced_accuracy(raw[held], right[held]).value,
        holdout_accuracy=share(int(right[drawn].sum()), len(drawn)) if len(drawn) else None,
        holdout_rows=len(drawn),
    )


def identifiable(off_diagonal: float, noise: Interval | None, *, weak: bool, steady: bool) -> bool:
    """Whether noise can be told from the probe's own error: hardly anything is doubted, or contradictions are steady, or bounded."""
    if weak:
        return False
    return off_diagonal < SMALL or steady or (noise is not None and noise.high < BOUND)


def _noise(facts: ProbeFacts, probe: Probe, task: Task, p: NDArray[np.float32], names: tuple[str, ...], *, settled: NDArray[np.int64]) -> ProbeFacts:
    """What confident learning says, and whether it may be believed; of how much it doubts, the `settled` rows tell."""
    issues = label_issues.find(task.truth, p, names)
    rates = issues if len(settled) == len(p) else label_issues.find(task.truth[settled], p[settled], names)
    quality = issues.quality
    votes = probe.inputs.labels.votes
    if votes is not None:
        position = {c: i for i, c in enumerate(np.searchsorted(probe.inputs.labels.names, names).tolist())}
        known = np.array([position.get(c, -1) for c in range(len(probe.inputs.labels.names))] + [-1])
        quality = annotators.consensus(known[votes[task.train]].astype(np.int32), p, task.truth)
        share_agreed, alpha = annotators.agreement(votes[probe.train])
        facts = replace(facts, annotators=votes.shape[1], agreement=share_agreed, alpha=alpha)
    error = facts.cv_error or 0.0
    ratio = min(2.0, rates.off_diagonal / error) if error > 0 else 0.0
    weak = facts.cv_group is None or (facts.skill(facts.cv_group.value) or 0.0) < WEAK
    wrong = np.bincount(task.truth, weights=p.argmax(axis=1) != task.truth, minlength=task.k) / np.maximum(1, np.bincount(task.truth, minlength=task.k))
    errors = dict(zip(names, wrong.tolist(), strict=True))
    scores = LabelScores(
        probe.inputs.file[task.train],
        probe.inputs.row[task.train],
        task.truth.astype(np.int32),
        issues.suggested.astype(np.int32),
        quality,
        issues.flagged,
        issues.candidate,
        names,
    )
    worse, thin = slices.judge(probe.inputs, task.train, p.argmax(axis=1) != task.truth)
    sure = surest.surest(p[settled].max(axis=1), p[settled].argmax(axis=1) != task.truth[settled])
    joint = max(rates.joint, rates.off_diagonal)
    noise = surest.random_noise(sure, rates.off_diagonal, joint)
    steady = sure is not None and sure.steady
    return replace(
        facts,
        slices=worse,
        thin_slices=thin,
        sizes=tuple(replace(s, error=errors.get(s.name)) for s in facts.sizes),
        off_diagonal=rates.off_diagonal,
        joint=joint,
        noise_ratio=ratio,
        noise=noise,
        steady=steady,
        identifiable=identifiable(rates.off_diagonal, noise, weak=weak, steady=steady),
        candidates=int(issues.candidate.sum()),
        flagged=int(issues.flagged.sum()),
        pairs=issues.pairs,
        scores=scores,
    )
