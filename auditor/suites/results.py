"""What a suite yields: our own values, so that Great Expectations' types end where it is run. Never a cell value."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.model import RowRef


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """Outcome of one expectation."""

    type: str
    """Name in Great Expectations: `expect_column_values_to_be_unique`."""
    severity: str
    """`critical`, `warning` or `info`."""
    columns: tuple[str, ...]
    success: bool | None
    """None where it could not be evaluated."""
    wording: str
    """What was expected, in words, with the bounds of the suite."""
    error: str = ""
    """Why it could not be evaluated."""
    unexpected: int | None = None
    """Rows that do not meet it; None for expectations about a whole column or table."""
    elements: int | None = None
    """Rows that were judged."""
    observed: str = ""
    """What was observed: a count, a rate or a type, never a value of the data."""
    refs: tuple[RowRef, ...] = ()
    """First rows that do not meet it, at most 20."""
    fallback: tuple[str, ...] = ()
    """Columns that pandas had to compute it on; empty where Polars did."""
    note: str = ""
    """`notes` of the expectation."""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """Outcome of one suite."""

    name: str
    source: str
    """Where it came from: a path, or `shipped:<shape>`."""
    results: tuple[ExpectationResult, ...]
    """In the order of the suite."""
    skipped: tuple[str, ...] = field(default=())
    """Expectations that do not apply: their role placeholder has no column in this data set."""
    passes: int = 1
    """Passes over the data that all suites took together."""
