"""Propose a suite from the data as it is: what a data engineer would write down after an hour with it.

Every expectation passes on the data it came from (the proposal is run against it before it is returned), says in `notes`
what was seen and how sure it is, and is meant to be read, cut and kept. No value of the data is written into it, except the
categories of columns with few distinct values, and those only where none of them is personal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from auditor.suites.propose_columns import entry, propose_column, see
from auditor.suites.propose_pairs import propose_pairs

if TYPE_CHECKING:
    import polars as pl

    from auditor.model import Dataset

IsPersonal = Callable[[Sequence[str]], list[bool]]
_TECHNICAL = ("__file", "__row", "__split")


def propose(frame: pl.LazyFrame, dataset: Dataset, is_personal: IsPersonal | None = None) -> dict[str, Any]:
    """A suite for `frame`, JSON-ready.

    Args:
        frame: All rows; technical columns are left out.
        dataset: For the roles of columns and the name.
        is_personal: Says of each text whether showing it shows personal data; the tool's own recognizers by default.

    Raises:
        SourceError: where there are no columns.
    """
    from auditor.errors import SourceError

    if is_personal is None:
        from auditor.detectors.pii import is_personal as recognizers

        is_personal = recognizers
    frame = frame.drop(_TECHNICAL, strict=False)
    schema = frame.collect_schema()
    if not schema.names():
        raise SourceError("there are no columns to propose expectations for")
    roles = {name: choice.role for choice in dataset.roles for name in choice.columns}
    seen = see(frame, schema, roles)
    rows = seen[0].rows
    proposed = _table(schema.names(), rows)
    for column in seen:
        proposed.extend(propose_column(frame, column, is_personal))
    proposed.extend(propose_pairs(frame, seen))
    kept = _passing(proposed, frame, dataset)
    return {
        "name": f"{dataset.name or 'data'}_proposed",
        "expectations": kept,
        "meta": {"proposed_from": {"rows": rows, "digest": dataset.digest}},
        "notes": (
            f"Proposed from {rows:,} rows. Each expectation says in its notes what was seen and how sure it is. "
            "Read them, drop what is chance, tighten what you know better."
        ),
    }


def _table(names: list[str], rows: int) -> list[dict[str, Any]]:
    found = [
        entry(
            "expect_table_columns_to_match_set",
            "critical",
            f"These {len(names)} columns were there. Sure: a missing column breaks every reader; a new one is allowed.",
            column_set=names,
            exact_match=False,
        )
    ]
    if rows:
        low, high = max(1, rows // 2), rows * 10
        sure = "A delivery of less than half is usually cut short, of more than ten times appended to itself."
        found.append(
            entry(
                "expect_table_row_count_to_be_between",
                "warning",
                f"{rows:,} rows were there. {sure} Not very sure: you know how the data grows.",
                min_value=low,
                max_value=high,
            )
        )
    return found


def _passing(proposed: list[dict[str, Any]], frame: pl.LazyFrame, dataset: Dataset) -> list[dict[str, Any]]:
    """Those that hold on the data they came from: what does not was seen wrongly and must not be proposed."""
    from auditor.suites.load import Item, Suite
    from auditor.suites.run import run_suites

    items = tuple(
        Item(e["type"], dict(e["kwargs"]), e["severity"], "", f"expectation {i + 1}", ()) for i, e in enumerate(proposed)
    )
    done = run_suites([Suite(dataset.name, "proposal", items, ())], frame, (), dataset.rows)[0]
    return [e for e, result in zip(proposed, done.results, strict=True) if result.success]


def describe(suite: dict[str, Any]) -> str:
    """One line about a proposed suite, for the terminal."""
    by: dict[str, int] = {}
    for e in suite["expectations"]:
        by[e["severity"]] = by.get(e["severity"], 0) + 1
    counts = ", ".join(f"{by[s]} {s}" for s in ("critical", "warning", "info") if s in by)
    return f"{len(suite['expectations'])} expectations ({counts})"



