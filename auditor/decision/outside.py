"""What is known of the labels from outside the cheap probe: people who reviewed rows, and models that were measured on the hold-out.

A cheap probe cannot do every task: whether a claim follows from a report is beyond it, and labels that are right look shuffled to it.
A spot check outranks every estimate of wrong labels, and where people hold labels to be right, or a model reads clearly more on the
same hold-out than the probe, the probe is too weak for the task: what it reads is then a lower end and no more (readiness
specification, sections 2.2 and 8). A figure that somebody declares makes a failure unknown and moves no score; only people who looked at
the labels make it a condition.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auditor.decision import evidence
from auditor.decision.baselines import plain
from auditor.detectors.results import Interval, LeakFacts, ProbeFacts
from auditor.model import Role, Split

if TYPE_CHECKING:
    from auditor.decision.baselines import Run
    from auditor.model import Dataset
    from auditor.scan.request import Facts
    from auditor.settings import Settings

RIGHT: Final = 0.2
"""Upper end of a spot check below which labels are no lot: of two shuffled classes half would be wrong, of more classes more."""
OF_SHUFFLED: Final = 0.4
"""And the share of what shuffling would make wrong: of classes of 95 and 5 % it leaves nine labels of ten as they were."""
CLEARLY: Final = 0.02
"""By how much the low end of a baseline lies above the high end of the probe before the probe counts as too weak."""
CHANCE_P: Final = 0.001
"""One-sided p value from which a probe is better than shuffled labels."""
_PLAIN: Final = frozenset({"accuracy", "exact_match", "acc", "micro_f1"})
_BALANCED: Final = frozenset({"balanced_accuracy", "macro_f1", "f1_macro", "macro_recall", "recall_macro", "uar"})

_WHO: Final = {"configure": "a baseline without training", "retrieve": "a baseline with retrieval", "fine_tune": "a fine-tuned model", "human_in_loop": "a baseline with people"}


@dataclass(frozen=True, slots=True)
class Outside:
    """Evidence from outside the probe."""

    spot: Interval | None = None
    """Share of labels that people found wrong."""
    better: Run | None = None
    """Run that reads clearly more on this very hold-out than the probe does."""
    weak: bool = False
    """Whether the probe is too weak for the task."""
    sound: bool = False
    """Whether people hold the training labels to be right. What a model reads on the hold-out is declared, and says nothing of theirs."""
    chance: bool = False
    """Whether the probe is no better than shuffled labels, so that what it reads says nothing of the data."""

    @property
    def words(self) -> str:
        """How it is known that the probe is too weak; empty where it is not."""
        said = []
        if self.better is not None:
            said.append(f"{_WHO[self.better.path]} reads {self.better.metric} {self.better.value:.2f} ({self.better.low:.2f} to {self.better.high:.2f}) on the same hold-out")
        if self.spot is not None and self.sound:
            said.append(f"people found {self.spot.value:.1%} of {self.spot.n} labels wrong")
        return " and ".join(said) if self.weak else ""


def outside(data: Dataset, facts: Facts, settings: Settings) -> Outside:
    """What the spot check and the baselines that `settings` name say.

    Raises:
        ConfigError: a sheet or an evidence file is wrong.
    """
    spot = worst = None
    if settings.spotcheck:
        from auditor.spotcheck import doubtful, read, sheet_at

        sheet = sheet_at(Path(data.root), settings.spotcheck)
        spot, worst = Interval(*read(sheet, data)), doubtful(sheet, data)
    probe = facts.find(ProbeFacts)
    if probe is None or not probe.measured or probe.cv_group is None or not data.role(Role.LABEL):
        return Outside(spot)
    leaks = facts.find(LeakFacts)
    better = _better(data, probe, settings, leaks)
    right = worst is not None and worst <= min(RIGHT, OF_SHUFFLED * _shuffled(probe))
    chance = probe.signal_p is not None and probe.signal_p > CHANCE_P
    return Outside(spot, better, weak=better is not None or (right and chance), sound=right, chance=chance)


def _shuffled(probe: ProbeFacts) -> float:
    """Share of labels that shuffling would make wrong; 1 for numbers and several classes a row."""
    rows = [c.rows for c in probe.sizes]
    total = sum(rows)
    return 1.0 - sum(n * n for n in rows) / total**2 if probe.metric == "balanced accuracy" and total else 1.0


def _better(data: Dataset, probe: ProbeFacts, settings: Settings, leaks: LeakFacts | None) -> Run | None:
    """The best run on a hold-out of these files whose low end is clearly above what guessing and the probe reach.

    A run on more rows than the hold-out has was not measured on it, or not on it alone: with training rows, where one file holds both.
    """
    known = evidence.load(data.root, settings).beside(data)
    if known.baselines is None or probe.metric != "balanced accuracy" or probe.holdout is None or probe.holdout_accuracy is None:
        return None
    split = leaks.of(str(Split.HOLDOUT)) if leaks is not None else None
    most = split.rows if split is not None else probe.holdout_rows
    there = [c.holdout for c in probe.sizes]
    same = max(probe.majority or 0.0, max(there) / sum(there) if sum(there) else 0.0)  # one answer to all, be it the hold-out's own
    reached = {**dict.fromkeys(_PLAIN, max(probe.holdout_accuracy.high, same)), **dict.fromkeys(_BALANCED, max(probe.holdout.high, probe.chance))}
    held = {f.sha256 for f in data.files if str(Split.HOLDOUT) in f.split}
    above = [r for r in known.baselines.runs if r.digest in held and r.n <= most and r.low >= reached.get(plain(r.metric), 1.0) + CLEARLY]
    return max(above, key=lambda run: (run.low, run.path), default=None)
