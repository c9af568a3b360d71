"""`--label-scores`: quality of every labelled training row, in the form that Cleanlab's users know.

Columns: `file`, `row` (0-based data row), `label`, `suggested` (class names; empty where labels are not classes), `quality`
(0 to 1, low is suspicious). Rows come in file order, so the table can be joined to the data by position.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from auditor.detectors.results import ProbeFacts
from auditor.errors import AuditError, UsageError
from auditor.output import atomic

if TYPE_CHECKING:
    import polars as pl

    from auditor.model import Dataset
    from auditor.scan.request import Facts

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet takes for a formula; such a name gets an apostrophe in CSV."""


def write(facts: Facts, dataset: Dataset, path: str | Path) -> None:
    """Write the scores of an audit to `path`.

    Raises:
        UsageError: when the suffix is neither .csv nor .parquet, or the file cannot be written.
        AuditError: when the data have no labels that could be scored.
    """
    target = Path(path)
    if target.suffix.lower() not in (".csv", ".parquet"):
        raise UsageError(f"--label-scores {target.name}: the suffix must be .csv or .parquet")
    frame = table(facts, dataset)
    with atomic(target) as stream:
        if target.suffix.lower() == ".csv":
            _harmless(frame).write_csv(stream)
        else:
            frame.write_parquet(stream)


def table(facts: Facts, dataset: Dataset) -> pl.DataFrame:
    """The scores as a frame.

    Raises:
        AuditError: when no label could be scored; the message says why.
    """
    import numpy as np
    import polars as pl

    probe = facts.find(ProbeFacts)
    if probe is None or probe.scores is None:
        raise AuditError(f"no label could be scored: {probe.reason if probe and probe.reason else 'the label checks did not run'}")
    scores = probe.scores
    order = np.lexsort((scores.row, scores.file))
    paths = [f.path for f in dataset.files]
    names = [*scores.names, None]

    def named(codes: list[int]) -> pl.Series:
        return pl.Series([names[c] if c >= 0 else None for c in codes], dtype=pl.String)

    return pl.DataFrame({
        "file": pl.Series([paths[i] for i in scores.file[order].tolist()], dtype=pl.String),
        "row": scores.row[order],
        "label": named(scores.label[order].tolist()),
        "suggested": named(scores.suggested[order].tolist()),
        "quality": np.round(scores.quality[order].astype(np.float64), 6),
    })


def _harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """The same without a cell that a spreadsheet would run."""
    import polars as pl

    def guarded(name: str) -> pl.Expr:
        risky = pl.col(name).str.slice(0, 1).is_in(FORMULA) & pl.col(name).cast(pl.Float64, strict=False).is_null()
        return pl.when(risky).then(pl.lit("'") + pl.col(name)).otherwise(pl.col(name)).alias(name)

    return frame.with_columns(guarded("file"), guarded("label"), guarded("suggested"))
