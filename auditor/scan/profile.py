"""The profile: which measures a data set's columns need, and what the report shows of them.

Top values are shown only for columns whose few short values repeat, and never one that a recognizer takes for personal, nor any
of a column about persons; extremes are left out of columns whose numbers identify somebody or something.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from auditor.model import Role, Shape
from auditor.scan.measures import (
    Counts,
    LengthQuantiles,
    Lengths,
    Moments,
    Quantiles,
    Sketch,
    Values,
    ValueState,
    bucket_values,
    quantile,
)
from auditor.scan.patterns import PATTERNS, PatternCounts

if TYPE_CHECKING:
    from auditor.model import Column, Dataset
    from auditor.scan.request import Facts, Request
    from auditor.scan.values import ValueState

MASKED: Final = "(masked)"
QUANTILES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_TOP: Final = 10
_TOP_DISTINCT: Final = 200
_TOP_LENGTH: Final = 60
_BINS: Final = 24
_TELLING: Final = 1000
_NUMERIC: Final = ("Int", "UInt", "Float", "Decimal")

Personal = Callable[[Sequence[str]], list[bool]]
About = Callable[[str, Sequence[str]], bool]
"""Whether a column of that name, with such values, is about persons."""


def is_numeric(column: Column) -> bool:
    """Whether the column holds numbers."""
    return column.dtype.startswith(_NUMERIC)


def is_text(column: Column) -> bool:
    """Whether the column holds text."""
    return column.dtype in ("String", "Categorical", "Enum")


def is_nested(column: Column) -> bool:
    """Whether the column holds lists or structs."""
    return column.dtype.startswith(("List", "Array", "Struct"))


def requests(data: Dataset) -> list[Request]:
    """Measures of every column."""
    out: list[Request] = []
    for column in data.columns:
        name = column.name
        out.append(Counts(name))
        if is_nested(column):
            continue
        out.append(Values(name))
        if is_numeric(column):
            out += [Moments(name), Quantiles(name)]
        elif is_text(column):
            out += [Lengths(name), LengthQuantiles(name), PatternCounts(name)]
    return out


def build(data: Dataset, facts: Facts, personal: Personal, about: About) -> dict[str, object]:
    """JSON-ready profile: `columns` (one object each), `classes` where labels are classes."""
    return {"columns": [_column(c, data, facts, personal, about) for c in data.columns], "classes": _classes(data, facts, personal, about)}


def _column(column: Column, data: Dataset, facts: Facts, personal: Personal, about: About) -> dict[str, object]:
    name = column.name
    rows, nulls = facts.get(Counts(name)) or (data.rows, 0)
    roles = [str(r.role) for r in data.roles if name in r.columns]
    out: dict[str, object] = {"name": name, "dtype": column.dtype, "role": roles[0] if roles else None, "rows": rows, "nulls": nulls}
    values = facts.get(Values(name))
    filled = rows - nulls
    identifying = name in (*data.role(Role.ID), *data.role(Role.GROUP)) or about(name, _some(values) if is_text(column) else [])
    if values is not None:
        distinct = min(values.distinct, filled)
        out |= {"distinct": distinct, "distinct_exact": values.exact, "constant": distinct <= 1, "id_like": filled > 1 and distinct == filled and not is_text(column)}
        if not identifying:
            out["top"] = _top(values, filled, distinct, personal)
    if is_numeric(column):
        whole = column.dtype.startswith(("Int", "UInt"))
        out |= _numeric(name, facts, show=not identifying and not (out.get("id_like") and whole), whole=whole)
    elif is_text(column):
        out |= _text(name, facts)
    return out


def _some(values: ValueState | None) -> list[str]:
    """Different values of a column, in the order of their hashes: enough to tell what they are."""
    return [] if values is None or values.values is None else values.values.head(_TELLING).to_list()


def _top(values: ValueState, filled: int, distinct: int, personal: Personal) -> list[dict[str, object]]:
    if distinct > min(_TOP_DISTINCT, max(2, filled // 3)):
        return []  # before the values are counted out: of five thousand columns that took a gigabyte
    shown = [(str(v), int(n)) for v, n in list(values.counts.items())[:_TOP]]
    masked = personal([v for v, _ in shown]) if shown else []
    return [
        {"value": MASKED if hidden or len(value) > _TOP_LENGTH else value, "count": n, "share": n / max(1, filled)}
        for (value, n), hidden in zip(shown, masked, strict=True)
    ]


def _numeric(name: str, facts: Facts, *, show: bool, whole: bool) -> dict[str, object]:
    moments, sketch = facts.get(Moments(name)), facts.get(Quantiles(name))
    out: dict[str, object] = {}
    if moments is not None:
        out |= {"nan": moments.nan, "infinite": moments.infinite, "zeros": moments.zeros, "mean": moments.mean if moments.n else None, "std": moments.std}
        if show:
            out |= {"min": moments.low, "max": moments.high}
    if sketch is not None and show and moments is not None and moments.low is not None and moments.high is not None:
        low, high = moments.low, moments.high
        out["quantiles"] = {f"{q:g}": min(max(quantile(sketch, q, whole=whole) or 0.0, low), high) for q in QUANTILES}
        out["histogram"] = histogram(sketch, low, high)
    return out


def _text(name: str, facts: Facts) -> dict[str, object]:
    lengths, sketch, patterns = facts.get(Lengths(name)), facts.get(LengthQuantiles(name)), facts.get(PatternCounts(name))
    out: dict[str, object] = {}
    if lengths is not None:
        mean = lengths.total / lengths.n if lengths.n else None
        out |= {"blank": lengths.blank, "padded": lengths.padded, "length": {"min": lengths.shortest, "max": lengths.longest, "mean": mean}}
        if sketch is not None and lengths.shortest is not None and lengths.longest is not None:
            low, high = float(lengths.shortest), float(lengths.longest)
            out["length_quantiles"] = {f"{q:g}": min(max(quantile(sketch, q, whole=True) or 0.0, low), high) for q in QUANTILES}
            out["histogram"] = histogram(sketch, low, high)
    if patterns is not None and lengths is not None and lengths.n:
        shares = {k: n / lengths.n for k, n in zip(PATTERNS, patterns, strict=True)}
        out["patterns"] = {k: v for k, v in shares.items() if v >= 0.01}
    return out


def histogram(sketch: Sketch, low: float, high: float) -> dict[str, list[float] | list[int]]:
    """Equal-width bins from a quantile sketch: `edges` (bins + 1) and `counts`."""
    if high <= low:
        return {"edges": [low, high], "counts": [sketch.total]}
    import numpy as np

    width = (high - low) / _BINS
    edges = [low + i * width for i in range(_BINS + 1)]
    if sketch.buckets is None or sketch.counts is None:
        return {"edges": edges, "counts": [0] * _BINS}
    places = ((np.clip(bucket_values(sketch.buckets), low, high) - low) / width).astype(np.int64)
    counts = np.bincount(np.minimum(places, _BINS - 1), sketch.counts, _BINS)
    return {"edges": edges, "counts": counts.astype(np.int64).tolist()}


def _classes(data: Dataset, facts: Facts, personal: Personal, about: About) -> list[dict[str, object]]:
    label = data.role(Role.LABEL)
    values = facts.get(Values(label[0])) if label and data.shape is Shape.CLASSIFICATION else None
    if values is None or not values.complete:
        return []
    total = sum(values.counts.values())
    names = [str(v) for v in values.counts][:1000]
    hidden = [True] * len(names) if about(label[0], names) else personal(names)
    known = [
        {"name": MASKED if h or len(n) > _TOP_LENGTH else n, "rows": c, "share": c / max(1, total), "declared": not data.classes or n in data.classes}
        for n, c, h in zip(names, values.counts.values(), hidden, strict=False)
    ]
    absent = [{"name": n, "rows": 0, "share": 0.0, "declared": True} for n in data.classes if n not in set(map(str, values.counts))]
    return [*known, *absent]
