"""What lighter paths reach on a frozen hold-out: prompt, workflow, retrieval, and a fine-tune where one was tried."""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.decision.intervals import wilson
from auditor.decision.tables import Record, read_records
from auditor.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

KINDS = {
    "prompt": "configure", "workflow": "configure", "configure": "configure", "configuration": "configure",
    "retrieval": "retrieve", "retrieve": "retrieve", "rag": "retrieve", "tools": "retrieve", "system": "retrieve",
    "fine_tune": "fine_tune", "fine_tuning": "fine_tune", "human": "human_in_loop", "human_in_loop": "human_in_loop",
}  # fmt: skip
"""Words for what was tried, with the rung of the ladder that each belongs to."""

_LESS = frozenset(
    ["brier", "cer", "churn", "complaint", "complaints", "cost", "costs", "defect", "defects", "distance", "duration", "ece", "eer", "err", "error", "errors", "escalation", "escalations", "false", "fdr", "fnr", "fpr", "hallucination", "hallucinations", "latencies", "latency", "loss", "losses", "mae", "mape", "miss", "missed", "mistake", "mistakes", "ms", "mse", "misclassification", "perplexity", "ppl", "rework", "rmse", "rmsle", "seconds", "smape", "ter", "toxicity", "violation", "violations", "wer"]
)
"""Words in the name of a metric that say that less of it is better."""
_MORE = frozenset(
    ["1", "accuracy", "adherence", "agreement", "auc", "auroc", "avoidance", "avoided", "compliance", "correct", "coverage", "detected", "detection", "f1", "free", "handling", "inverse", "minus", "neg", "no", "non", "one", "pass", "passed", "precision", "prevented", "recall", "reduced", "reduction", "resolution", "resolved", "saved", "saving", "savings", "success", "without", "zero"]
)
"""Words that turn them round: `error-free answers`, `1 - WER`, `fraud loss recall`."""


MORE_WANTED = "less of it is better; give a share of which more is better, as in `1 - error rate`, or `R2` for numbers"
"""What is said of such a metric."""


@dataclass(frozen=True, slots=True)
class Run:
    """One measured attempt."""

    path: str
    """`configure`, `retrieve`, `human_in_loop` or `fine_tune`."""
    metric: str
    value: float
    n: int
    low: float
    high: float
    date: str
    digest: str
    """sha256 of the evaluation set; empty when not given."""
    iteration: int | None


@dataclass(frozen=True, slots=True)
class Baselines:
    """Runs that count, in file order, and how many do not and why."""

    runs: tuple[Run, ...]
    other_metric: int
    other_holdout: int
    undigested: int
    """Runs that do not say what they were measured on; they count, and are a condition."""

    def best(self, path: str) -> Run | None:
        """Run of the highest value on one rung; the larger n where values tie."""
        mine = [run for run in self.runs if run.path == path]
        return max(mine, key=lambda run: (run.value, run.n)) if mine else None

    def plateau(self, path: str) -> bool | None:
        """True when the last three iterations improved by less than the half-width of the last interval.

        None with fewer than three iterations: a plateau cannot be seen in two points.
        """
        numbered = [run for run in self.runs if run.path == path and run.iteration is not None]
        mine = sorted(numbered, key=lambda run: (run.iteration or 0, run.date))
        if len(mine) < 3:
            return None
        last = mine[-3:]
        return max(run.value for run in last) - last[0].value < (last[-1].high - last[-1].low) / 2


def plain(metric: str) -> str:
    """A metric's name by which `Macro F1` and `macro_f1` are one."""
    return re.sub(r"[\W_]+", "_", metric.lower()).strip("_")


def less_is_better(metric: str) -> bool:
    """Whether less of a metric is better, by the words of its name: `Error Rate`, `p95_latency_ms`, `hallucinations`."""
    words = set(plain(metric).split("_"))
    return bool(words & _LESS) and not words & _MORE


def _number(record: Record, column: str, name: str, low: float, high: float) -> float | None:
    cell = record[column]
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ConfigError(f"{name} line {record.line}: {column!r} is not a number from {low:g} to {high:g}")
    return value


def _run(record: Record, name: str) -> Run:
    word = (record["path"] or record["kind"]).lower().replace("-", "_").replace(" ", "_")
    if word not in KINDS:
        near = difflib.get_close_matches(word, KINDS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"one of {', '.join(KINDS)}"
        raise ConfigError(f"{name} line {record.line}: 'path' says what was tried; {hint}")
    value, n = _number(record, "value", name, 0, 1), _number(record, "n", name, 1, 1e12)
    if value is None or n is None or not plain(record["metric"]):
        raise ConfigError(f"{name} line {record.line}: a baseline needs 'metric', 'value' (0 to 1) and 'n' (rows it was measured on)")
    low, high = wilson(value * n, n)
    given_low, given_high = _number(record, "low", name, 0, 1), _number(record, "high", name, 0, 1)
    if given_low is not None and given_high is not None:
        if not given_low <= value <= given_high:
            raise ConfigError(f"{name} line {record.line}: 'value' is not between 'low' and 'high'")
        low, high = min(low, given_low), max(high, given_high)
    digest = record["holdout_sha256"].lower().removeprefix("sha256:")
    if digest and not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ConfigError(f"{name} line {record.line}: 'holdout_sha256' is not 64 hexadecimal digits")
    iteration = _number(record, "iteration", name, 0, 1e6)
    return Run(
        path=KINDS[word],
        metric=plain(record["metric"]),
        value=value,
        n=int(n),
        low=low,
        high=high,
        date=record["date"][:10],
        digest=digest,
        iteration=None if iteration is None else int(iteration),
    )


def read_baselines(path: Path, *, metric: str, holdout_sha256: str) -> Baselines:
    """Runs of a file that were measured with `metric` on the frozen hold-out.

    An interval given in the file can only widen the Wilson interval of `value` at `n`, never narrow it. For metrics that
    are no plain share (F1, balanced accuracy) that interval is an approximation.

    Raises:
        ConfigError: a run is incomplete or out of range, or the metric is one of which less is better; with the line.
    """
    wanted = plain(metric)
    if less_is_better(metric):
        raise ConfigError(f"[use_case] metric = {metric!r}: {MORE_WANTED}")
    runs = [_run(record, path.name) for record in read_records(path, key="runs")]
    same = [run for run in runs if not wanted or run.metric == wanted]
    frozen = holdout_sha256.lower().removeprefix("sha256:")
    counted = [run for run in same if not frozen or not run.digest or run.digest == frozen]
    return Baselines(
        runs=tuple(counted),
        other_metric=len(runs) - len(same),
        other_holdout=len(same) - len(counted),
        undigested=sum(not run.digest for run in counted),
    )
