"""The profile as rows of a table: one per column, one per class. Reads the JSON-ready mapping without trusting its shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.model import Report
from auditor.reports.text import clean, clip, count, figure, percent
from auditor.reports.text import name as visible

TOP_SHOWN = 5
"""Most frequent values that are listed for a column; the profile has masked what may be personal."""


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the data."""

    name: str
    roles: str
    dtype: str
    empty: str
    """Share of rows that are null or blank."""
    distinct: str
    summary: str
    notes: str
    counts: tuple[int, ...]
    """Rows per bin of the histogram, empty where there is none."""
    axis: str
    """What the histogram spans."""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class of the label."""

    name: str
    cells: tuple[str, ...]
    share: float


def column_rows(report: Report) -> tuple[ColumnRow, ...]:
    """Rows of the column table in the order of the data; columns that the profile lacks have their type only."""
    profiled = {str(c.get("name")): c for c in _list(report.profile, "columns") if isinstance(c, Mapping)}
    roles = _roles(report)
    return tuple(
        _column(c.name, c.dtype, profiled.get(c.name, {}), roles.get(c.name, "")) for c in report.dataset.columns
    )


def _roles(report: Report) -> dict[str, str]:
    out: dict[str, str] = {}
    for choice in report.dataset.roles:
        for column in choice.columns:
            out[column] = f"{out[column]}, {choice.role.value}" if column in out else choice.role.value
    return out


def _column(name: str, dtype: str, column: Mapping[str, Any], roles: str) -> ColumnRow:
    rows, distinct = number(column.get("rows")), number(column.get("distinct"))
    missing = (number(column.get("nulls")) or 0) + (number(column.get("blank")) or 0)
    histogram = column.get("histogram")
    counts, edges = (
        (_numbers(histogram, "counts"), _numbers(histogram, "edges")) if isinstance(histogram, Mapping) else ((), ())
    )
    unit = " characters" if "length" in column else ""
    return ColumnRow(
        name=visible(name),
        roles=roles,
        dtype=clean(dtype, 60),
        empty=percent(missing / rows) if rows else "–",
        distinct="–" if distinct is None else ("" if column.get("distinct_exact", True) else "≈ ") + count(distinct),
        summary=_summary(column),
        notes=_notes(column),
        counts=tuple(round(c) for c in counts),
        axis=f"{figure(edges[0])} to {figure(edges[-1])}{unit}" if len(edges) > 1 else "",
    )


def _summary(column: Mapping[str, Any]) -> str:
    top = _top(column)
    if top:
        return top
    length = column.get("length")
    if isinstance(length, Mapping):
        quantiles = column.get("length_quantiles")
        middle = number(quantiles.get("0.5")) if isinstance(quantiles, Mapping) else None
        median = "" if middle is None else f", median {count(middle)}"
        return f"{_whole(length.get('min'))} to {_whole(length.get('max'))} characters{median}"
    mean, std = number(column.get("mean")), number(column.get("std"))
    parts = [] if mean is None else [f"mean {figure(mean)}" + ("" if std is None else f", sd {figure(std)}")]
    quantiles = column.get("quantiles")
    if isinstance(quantiles, Mapping) and "0.5" in quantiles:
        parts.append(f"median {figure(number(quantiles['0.5']))}")
    return ", ".join(parts)


def _whole(value: object) -> str:
    amount = number(value)
    return "?" if amount is None else count(amount)


def _top(column: Mapping[str, Any]) -> str:
    values = [v for v in _list(column, "top") if isinstance(v, Mapping)]
    shown = [f"{clip(visible(str(v.get('value'))), 40)} {percent(number(v.get('share')))}" for v in values[:TOP_SHOWN]]
    distinct = number(column.get("distinct")) or len(values)
    return ", ".join(shown) + (f" and {count(distinct - len(shown))} more" if shown and distinct > len(shown) else "")


def _notes(column: Mapping[str, Any]) -> str:
    notes = ["constant"] if column.get("constant") else []
    notes += ["one value a row, like an id"] if column.get("id_like") else []
    for key, word in (("nan", "not a number"), ("infinite", "infinite"), ("padded", "with spaces around")):
        amount = number(column.get(key))
        notes += [f"{count(amount)} {word}"] if amount else []
    patterns = column.get("patterns")
    if isinstance(patterns, Mapping):
        notes += [
            f"{percent(number(share))} look like {clean(str(kind), 40)}" for kind, share in sorted(patterns.items())
        ]
    return "; ".join(notes)


CLASS_COLUMNS = {
    "rows": "Rows",
    "effective": "Effective rows",
    "train": "Train",
    "validation": "Validation",
    "test": "Hold-out",
    "disagreement": "Label disagreement",
    "half_width": "Half-width",
}
"""Heads of the class table by key; a column is shown where at least one class has a figure for it."""
_SHARES = ("disagreement", "half_width")


def class_rows(report: Report) -> tuple[tuple[str, ...], tuple[ClassRow, ...]]:
    """Heads and rows of the class table, biggest class first, declared classes without rows among them."""
    classes = [c for c in _list(report.profile, "classes") if isinstance(c, Mapping)]
    keys = [k for k in CLASS_COLUMNS if any(number(c.get(k)) is not None for c in classes)]
    total = sum(number(c.get("rows")) or 0 for c in classes) or 1
    rows = [
        ClassRow(
            name=visible(str(c.get("name"))) + ("" if c.get("declared", True) else " (not declared)"),
            cells=(*(_cell(k, number(c.get(k))) for k in keys), percent((number(c.get("rows")) or 0) / total)),
            share=(number(c.get("rows")) or 0) / total,
        )
        for c in classes
    ]
    rows.sort(key=lambda r: (-r.share, r.name))
    return ("Class", *(CLASS_COLUMNS[k] for k in keys), "Share"), tuple(rows)


def _cell(key: str, value: float | None) -> str:
    if value is None:
        return "–"
    return percent(value) if key in _SHARES else count(value)


def number(value: object) -> float | None:
    """`value` as a finite number, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - not-a-number


def _list(mapping: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = mapping.get(key)
    return value if isinstance(value, (list, tuple)) else ()


def _numbers(mapping: Mapping[str, Any], key: str) -> tuple[float, ...]:
    return tuple(n for n in (number(v) for v in _list(mapping, key)) if n is not None)
