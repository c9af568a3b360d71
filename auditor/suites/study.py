"""The request for suites: cheap to import, everything heavy happens in `run`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.model import Split
from auditor.scan.request import FILE, ROW, SPLIT, Facts, Rows, Study
from auditor.suites.results import SuiteResult

if TYPE_CHECKING:
    import polars as pl

    from auditor.model import Dataset
    from auditor.suites.load import Suite


@dataclass(frozen=True)
class SuiteRun(Study[tuple[SuiteResult, ...]]):
    """Run suites of Great Expectations over all rows, in one streamed pass for all of them together.

    Asking for the same files twice runs them once. No cap: suites see every row but unlabelled production traffic, which
    is not what will be learnt from.
    """

    suites: tuple[tuple[str, str], ...]
    """Pairs of label and path."""

    def run(self, rows: Rows, facts: Facts) -> tuple[SuiteResult, ...]:  # noqa: ARG002 - no other request is needed
        """Results by suite. Raises `ConfigError` for a suite file that is wrong."""
        from auditor.suites.load import load_suite
        from auditor.suites.run import run_suites

        splits = tuple(s for s in rows.dataset.splits if s != Split.PRODUCTION.value)
        frame = rows.lazy(splits)
        names = tuple(n for n in frame.collect_schema().names() if n not in (FILE, ROW, SPLIT))
        loaded: list[Suite] = [load_suite(path, label, rows.dataset, names) for label, path in self.suites]
        files = tuple(f.path for f in rows.dataset.files)
        return run_suites(loaded, _labelled(frame, rows.dataset).drop(SPLIT, strict=False), files, rows.dataset.rows)


def _labelled(frame: pl.LazyFrame, data: Dataset) -> pl.LazyFrame:
    """Without the rows of files that have no column for the label: they are there to be predicted."""
    import polars as pl

    return frame.filter(~pl.col(FILE).is_in(data.bare)) if data.bare else frame
