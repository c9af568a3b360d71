"""What the label, duplicate, leakage and learnability studies answer: frozen numbers and row references, never values.

Shares, rates, accuracies and skills are 0 to 1. `None` means "not measured", `reason` says why. Arrays follow `file` and `row`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditor.detectors.column_results import ColumnFacts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from auditor.detectors.tag_defects import TagDefects


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int = 0  # rows or clusters it rests on


@dataclass(frozen=True, slots=True)
class ClassSize:
    """How much of one class there is in the training split."""

    name: str
    rows: int
    n_eff: int
    """Near-duplicate clusters that have a row of the class."""
    holdout: int = 0
    """Labelled rows of the class in the hold-out."""
    declared: bool = True
    """In the declared class list; True for all where none was declared."""
    error: float | None = None
    """Share of its rows that the probe (cross-validated) takes for another class."""


@dataclass(frozen=True, slots=True)
class RowSet:
    """Rows with an optional score and group, in descending order of importance."""

    file: NDArray[np.uint32] = field(repr=False, compare=False)
    row: NDArray[np.int64] = field(repr=False, compare=False)
    score: NDArray[np.float32] | None = field(default=None, repr=False, compare=False)
    group: NDArray[np.int64] | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True)
class DuplicateFacts:
    """Exact and near-duplicates over the splits train, validation and test, and what they leave of the training rows."""

    rows: int
    """Training rows looked at."""
    sampled: bool
    """Fewer rows than there are were looked at (a content-hash sample)."""
    exact: int
    """Training rows whose input and label repeat an earlier training row's after normalisation."""
    exact_inputs: int
    """Training rows whose input (label apart) repeats an earlier one's after normalisation."""
    near: int
    """Training rows beyond the first of their near-duplicate cluster (exact ones included): `rows - n_eff`."""
    n_eff: int
    """Near-duplicate clusters in the training split: the effective sample size."""
    largest: int
    """Rows of the largest training cluster."""
    cross_file: int
    """Clusters with rows in more than one file."""
    by_class: tuple[ClassSize, ...]
    """Per class; declared classes without a row included. Empty when there are no classes."""
    labelled: int
    """Training rows with a label."""
    conflict_groups: int
    """Clusters of same or nearly same input with more than one label."""
    conflict_rows: int
    """Labelled training rows in those clusters."""
    conflict_minority: float
    """Share of labelled training rows that disagree with the majority of their cluster."""
    exact_conflict_groups: int
    """The same with identical inputs (after normalisation) only: certain, where near ones are for review."""
    exact_conflict_minority: float
    natural: bool
    """A table of so few distinct values that rows collide without anybody copying them."""
    method: str
    """How clusters were found, with threshold and recall."""
    file: NDArray[np.uint32] = field(repr=False, compare=False)
    row: NDArray[np.int64] = field(repr=False, compare=False)
    cluster: NDArray[np.int64] = field(repr=False, compare=False)
    """Cluster of each row looked at, all splits but production; ids are 0..; equal id = near-duplicate."""
    exact_key: NDArray[np.int64] = field(repr=False, compare=False)
    """The same for identical inputs."""
    exact_rows: RowSet = field(repr=False, compare=False)
    near_rows: RowSet = field(repr=False, compare=False)
    """Members of clusters with more than one training row, `group` = cluster."""
    conflicts: RowSet = field(repr=False, compare=False)
    """Members of conflicting clusters, `group` = cluster, `score` = 1 where in the minority."""
    reason: str = ""

    @property
    def near_share(self) -> float:
        """Share of training rows that add no new cluster."""
        return self.near / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class SplitLeak:
    """Rows of one evaluation split that are in the training split too."""

    split: str
    rows: int
    exact: int
    """Same input after normalisation, chance apart."""
    near: int
    """Same near-duplicate cluster (exact ones included)."""
    group: int
    """Same declared entity (group column)."""
    id: int
    """Same value of the id column."""
    leaked: int
    """Rows that are certainly or probably leaked: same input, entity or id, or near-duplicates in excess of `expected`."""
    share: Interval
    """Leaked share of the split's rows: what the veto and the score look at."""
    chance: int
    """Rows that equal a training row no more often than training rows equal each other, in a table of few distinct values; not leaked."""
    where: RowSet = field(repr=False, compare=False)
    """Leaked rows."""
    similar: float = 0.0
    """Share of rows with a near-duplicate (not identical) in train."""
    expected: float = 0.0
    """Share to be expected of rows drawn like the training rows: as often as these have near-duplicates among themselves."""


@dataclass(frozen=True, slots=True)
class TargetLeak:
    """A column, an id or the row order that gives the label away."""

    column: str
    """Column name, or `row order`."""
    kind: str
    """`copy` (the label in other words), `missingness`, `sum` (with others it adds up to the label), `words: ` and which ones of a text;
    with `near_` before it where it tells nearly all."""
    skill: float
    """Chance-scaled balanced accuracy of that column alone, cross-validated (classification) or R2 (regression)."""
    n: int


@dataclass(frozen=True, slots=True)
class ClassMark:
    """What the rows of one class have and hardly any others, and is no content."""

    column: str  # that is filled for that class only; empty for what the texts have
    name: str  # of the class
    how: str
    """What its texts do, as the end of a sentence; `filled` for a column."""
    rows: int
    share: float
    """Of the class's rows that have it, 0 to 1."""
    others: float
    """Of all other rows."""


@dataclass(frozen=True, slots=True)
class Contamination:
    """Overlap of the training rows with one evaluation set that the user named."""

    name: str
    rows: int
    """Rows of the evaluation set."""
    matched: int
    """Of those, how many have at least half of their 8-grams (words) in the training rows."""
    mean_overlap: float
    """Mean share of matched n-grams among the matched rows."""
    train: RowSet = field(repr=False, compare=False)
    """Training rows that hold them, `score` = overlap."""
    reason: str = ""
    drawn: int | None = None
    """Training rows that were looked at, where they are a sample; None where all were."""


@dataclass(frozen=True, slots=True)
class LeakFacts:
    """Leakage between the splits and out of the label."""

    splits: tuple[SplitLeak, ...]
    """One for each of `validation`, `test` that has rows."""
    target: tuple[TargetLeak, ...]
    groups_split: int
    """Declared entities with rows in train and in an evaluation split."""
    time_overlap: float | None
    """Share of hold-out rows that are not later than the newest training row; None without a usable time column."""
    against: tuple[Contamination, ...]
    file: NDArray[np.uint32] = field(repr=False, compare=False)
    """Leaked rows of every evaluation split, with `row`."""
    row: NDArray[np.int64] = field(repr=False, compare=False)
    reason: str = ""
    marks: tuple[ClassMark, ...] = ()
    """Marks of one class each, those of most rows first."""
    columns: ColumnFacts = field(default_factory=ColumnFacts)  # features that say the same, or are exchanged

    def of(self, split: str) -> SplitLeak | None:
        """Leak of one split, None where the split has no rows."""
        return next((s for s in self.splits if s.split == split), None)


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """Two classes whose labels the probe doubts in one direction."""

    given: str
    suggested: str
    rows: int
    """Rows labelled `given` that look like `suggested` with confidence."""
    share: float
    """Of the rows labelled `given`."""


@dataclass(frozen=True, slots=True)
class LabelScores:
    """Every labelled training row that was judged, for `--label-scores`."""

    file: NDArray[np.uint32] = field(repr=False, compare=False)
    row: NDArray[np.int64] = field(repr=False, compare=False)
    label: NDArray[np.int32] = field(repr=False, compare=False)
    """Index in `names`; -1 where labels are not classes."""
    suggested: NDArray[np.int32] = field(repr=False, compare=False)
    quality: NDArray[np.float32] = field(repr=False, compare=False)
    """0 to 1, low is suspicious."""
    flagged: NDArray[np.bool_] = field(repr=False, compare=False)
    """High-precision subset: for pre-commit."""
    candidate: NDArray[np.bool_] = field(repr=False, compare=False)
    """Review list."""
    names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One size of the learning curve."""

    n: int
    accuracy: float
    repeats: int
    sd: float


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Accuracy against training rows, with the fitted power law `error(n) = a n^-b + c`."""

    points: tuple[CurvePoint, ...]
    now: Interval
    """Fitted at the rows there are."""
    double: Interval
    """Fitted at twice as many."""
    ceiling: float
    """Fitted limit `1 - c` for endless rows of this kind."""
    a: float
    b: float
    c: float
    rising: float
    """Accuracy expected from doubling: `double - now`."""
    target: float | None = None
    rows_for_target: int | None = None
    """None where no target, or where more rows of this kind will not reach it (or beyond 4x: not to be promised)."""
    reachable: bool | None = None


@dataclass(frozen=True, slots=True)
class SliceError:
    """One value of a category or group column with worse labels; the value itself is not kept, only where its rows are."""

    column: str
    rows: int
    error: float
    """Share of the slice's rows that the probe gets wrong."""
    overall: float
    p: float
    """Two-sided p value against the other rows, times the number of slices looked at."""
    where: RowSet = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ProbeFacts:
    """What a cheap model can learn from the training split, and which labels it doubts."""

    kind: str
    """`text`, `tabular`, `mixed`, `regression`, `multilabel`, `tokens`, `given` (the user's own probabilities) or `none`."""
    rows: int
    """Labelled training rows used."""
    sampled: bool
    classes: int
    sizes: tuple[ClassSize, ...]
    measured: bool
    """False: `reason` says why nothing below was measured."""
    reason: str = ""
    metric: str = "balanced accuracy"
    """What the skills below are: `balanced accuracy`, `R2`, `macro average precision`..."""
    chance: float = 0.0
    """Value of the metric for guessing."""
    cv_naive: Interval | None = None
    """Cross-validated, folds drawn by row."""
    cv_group: Interval | None = None
    """Cross-validated, near-duplicates and the group column kept together: the honest figure."""
    cv_half: Interval | None = None
    """The same trained on half of the training folds."""
    accuracy: float | None = None
    """Plain accuracy of the grouped cross-validation, against the given labels."""
    cv_error: float | None = None
    """`1 - accuracy`."""
    contradicted: int = 0  # training rows that a copy with another label contradicts: learnt from, and left out of what labels are judged by
    majority: float | None = None  # of always answering the largest class
    shuffled: Interval | None = None
    """The metric with labels shuffled between rows: what no signal looks like here."""
    signal_p: float | None = None
    """One-sided p value of `cv_group` against shuffled labels."""
    holdout: Interval | None = None
    """Trained on train, measured on hold-out rows that did not leak."""
    holdout_all: float | None = None
    """The same with the leaked rows left in."""
    holdout_accuracy: Interval | None = None
    """Plain accuracy (or R2) behind `holdout`, for its half-width."""
    holdout_rows: int = 0
    """Labelled hold-out rows without leaked ones."""
    off_diagonal: float | None = None
    """Share of labels that confident learning puts into another class (grouped CV)."""
    joint: float | None = None
    """1 - trace of the calibrated joint."""
    noise_ratio: float | None = None
    """`off_diagonal / cv_error`: near 1, the estimate is just the probe's own error."""
    identifiable: bool | None = None
    """False: noise cannot be told from the probe's own error."""
    noise: Interval | None = None
    steady: bool = False
    """`noise`: share of labels wrong at random, from the rows where the probe is surest. An estimate if `steady`, else an upper bound."""
    candidates: int = 0
    flagged: int = 0
    pairs: tuple[ConfusedPair, ...] = ()
    scores: LabelScores | None = field(default=None, repr=False, compare=False)
    curve: LearningCurve | None = None
    annotators: int = 0
    """Annotators per row, where there are several."""
    agreement: float | None = None
    """Share of annotator pairs that agree on a row."""
    alpha: float | None = None
    """The same beyond chance (Krippendorff's alpha, nominal)."""
    slices: tuple[SliceError, ...] = ()
    """Slices (values of a category or group column) whose labels the probe gets wrong more often, worst first."""
    thin_slices: tuple[tuple[str, int], ...] = ()
    """Columns with slices of fewer than 10 rows, and how many."""
    broken: int = 0  # rows whose tags do not fit their tokens
    tags: TagDefects | None = None  # of token labels
    method: str = ""
    vectors_unused: str = ""  # why the model that `[labels] vectors` names was not used

    def skill(self, value: float | None) -> float | None:
        """A metric value on the scale where guessing is 0 and perfection 1, clipped."""
        if value is None:
            return None
        return min(1.0, max(0.0, (value - self.chance) / max(1e-9, 1 - self.chance)))


@dataclass(frozen=True, slots=True)
class DriftFacts:
    """Can a classifier tell training inputs from production inputs (or from the hold-out)?"""

    other: str
    """`production` or `test`."""
    rows: int
    """Rows of the other sample, de-duplicated."""
    measured: bool
    reason: str = ""
    auc: Interval | None = None
    detectable: float | None = None
    """Smallest share of new rows that this sample size would have shown."""
    method: str = ""


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """Does the data change along the file?"""

    rows: int
    label_p: float | None
    """p value of the label (or target) against the position in the file; None where not measured."""
    effect: float | None
    """Largest difference of a class share between file quarters (or correlation with the position)."""
    sorted_by_label: bool
    reason: str = ""
    past: float | None = None
    """Greatest correlation of a number with another one of the twelve before it in time, -1 to 1; None for classes and where fewer than a
    hundred change."""
