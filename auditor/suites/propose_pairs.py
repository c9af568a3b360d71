"""Pairs of columns that are always in order: start before end, net below gross."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import polars as pl

from auditor.model import Role
from auditor.suites.propose_columns import Seen, entry, upper_share

MAX_COLUMNS = 24
"""Columns that are compared pairwise (276 pairs)."""
MIN_PAIRS = 50
"""Rows with both values before an order counts (our choice)."""
_MIN_OVERLAP = 0.25
"""Share of the narrower range that both share; numbers that never meet are in order by nature and that says nothing."""


def _comparable(column: Seen) -> bool:
    return (
        (column.dtype.is_numeric() or column.dtype.base_type() in (pl.Date, pl.Datetime))
        and column.low is not None
        and column.low != column.high
        and column.role not in (Role.ID, Role.LABEL, Role.GROUP)
    )


def _overlap(a: Seen, b: Seen) -> bool:
    if not a.dtype.is_numeric():
        return True
    width = min(float(a.high) - float(a.low), float(b.high) - float(b.low))
    return min(float(a.high), float(b.high)) - max(float(a.low), float(b.low)) >= _MIN_OVERLAP * width


def propose_pairs(frame: pl.LazyFrame, seen: list[Seen]) -> list[dict[str, Any]]:
    """Expectations on pairs whose order no row breaks, looked at in one pass."""
    columns = [s for s in seen if _comparable(s)][:MAX_COLUMNS]
    pairs = [
        (a, b)
        for a, b in combinations(columns, 2)
        if (a.dtype.is_numeric() and b.dtype.is_numeric()) or a.dtype == b.dtype
        if _overlap(a, b)
    ]
    if not pairs:
        return []
    exprs: list[pl.Expr] = []
    for i, (a, b) in enumerate(pairs):
        x, y = pl.col(a.name), pl.col(b.name)
        for what, expr in (("up", x < y), ("down", x > y), ("n", x.is_not_null() & y.is_not_null())):
            exprs.append(expr.sum().alias(f"{i}{what}"))
    row = frame.select(exprs).collect(engine="streaming").row(0, named=True)
    out: list[dict[str, Any]] = []
    for i, (a, b) in enumerate(pairs):
        up, down, both = (int(row[f"{i}{what}"] or 0) for what in ("up", "down", "n"))
        if both < MIN_PAIRS or (up and down) or not (up or down):
            continue
        small, large = (a, b) if up else (b, a)
        note = (
            f"In all {both:,} rows that have both, {large.name} was not below {small.name}. "
            f"At most {upper_share(0, both):.2%} could differ by chance (95 % Wilson); keep it if you know why."
        )
        out.append(
            entry(
                "expect_column_pair_values_a_to_be_greater_than_b",
                "warning",
                note,
                column_A=large.name,
                column_B=small.name,
                or_equal=True,
                ignore_row_if="either_value_is_missing",
            )
        )
    return out
