"""The reference of a monitoring plan: what the columns looked like, in counts and coordinates, without any row or value.

Numbers: inner deciles and counts between them. Categories: counts under salted hashes of the values. Texts: lengths, and what
`drift_text` keeps. Identifiers and dates have no reference; a new value is no drift there.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.decision import drift_text
from auditor.decision.drift_stats import ALPHA, MIN_ROWS, Test, psi_test, rank_test, smallest_shift
from auditor.detectors.conversations import exchange
from auditor.errors import ConfigError
from auditor.model import Role

if TYPE_CHECKING:
    import polars as pl

    from auditor.model import Dataset

LEVELS = 200
"""Most distinct values of a category; with more it is text or an identifier."""
BINS = 10
_NAMES = (Role.ID, Role.GROUP, Role.SPLIT, Role.ANNOTATOR)
ANSWERS = (Role.LABEL, Role.RESPONSE, Role.CHOSEN, Role.REJECTED, Role.SCORE)
"""What traffic does not have before somebody labels it."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that was looked at."""

    column: str
    kind: str
    """`distribution`, `nulls`, `text`, `schema`."""
    state: str
    """`ok`, `fired` or `unknown`."""
    value: float | None
    limit: float | None
    n: int
    note: str = ""


def _key(value: object, salt: str) -> str:
    """Salted hash of a category: counts can be compared, values not read off."""
    return hashlib.sha256(f"{salt}\0{value}".encode()).hexdigest()[:12]


def _number(series: pl.Series) -> bool:
    return series.dtype.is_numeric()


def _kind(series: pl.Series, dataset: Dataset) -> str:
    """`number`, `category`, `text`, or nothing for dates, nested columns, and what names rows, persons or splits: those are always new."""
    import polars as pl

    if any(series.name in dataset.role(role) for role in _NAMES) or series.dtype.is_temporal():
        return ""
    if series.dtype.is_nested():
        return "text" if series.name in dataset.role(Role.MESSAGES) else ""
    filled = series.drop_nulls()
    distinct = filled.n_unique()
    if _number(series):
        if series.dtype.is_integer() and len(filled) >= MIN_ROWS and distinct == len(filled):
            return ""  # numbers that never repeat are identifiers
        return "number" if distinct > 2 else "category"
    if series.dtype == pl.Boolean:
        return "category"
    if distinct <= LEVELS and distinct <= max(2, len(filled) // 2):
        return "category"
    prose = filled.cast(pl.String).str.contains(r"\s").mean() or 0.0
    return "text" if isinstance(prose, float) and prose > 0.2 else ""


def _histogram(series: pl.Series, edges: list[float]) -> list[int]:
    """Counts between `edges`, one more than there are edges; a value on an edge belongs to the upper side."""
    import numpy as np
    import polars as pl

    values = series.drop_nulls().cast(pl.Float64, strict=False).drop_nulls().to_numpy()
    places = np.searchsorted(np.array(edges), values[np.isfinite(values)], side="right")
    return [int(c) for c in np.bincount(places, minlength=len(edges) + 1)]


def _said(series: pl.Series) -> pl.Series:
    """A column as text: of a chat what is asked in it, since traffic may have no answers yet."""
    import polars as pl

    if not series.dtype.is_nested():
        return series.cast(pl.String, strict=False)
    return pl.Series(series.name, [exchange(value)[0] or None for value in series.to_list()], dtype=pl.String)


def _numbers(series: pl.Series) -> dict[str, object]:
    """Inner deciles and counts; of so few values that nothing can be said of them no decile, which would be one of them."""
    import polars as pl

    values = series.drop_nulls().cast(pl.Float64, strict=False).drop_nulls()
    cuts = [values.quantile(q / BINS, "nearest") for q in range(1, BINS)]
    edges = sorted({float(f"{c:.6g}") for c in cuts if c is not None}) if len(values) >= MIN_ROWS else []
    return {"edges": edges, "counts": _histogram(series, edges)}


def _categories(series: pl.Series, salt: str) -> dict[str, int]:
    out: Counter[str] = Counter()
    for value, count in series.drop_nulls().value_counts().iter_rows():
        out[_key(_spelt(value), salt)] += int(count)
    return dict(sorted(out.items()))


def _spelt(value: object) -> str:
    """A level by its name. `1.0` is `1`: one empty cell makes floats of a whole column in many tools, and that is no drift."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _about_somebody(series: pl.Series) -> bool:
    """Whether categories are persons or what identifies them: of telephone numbers and postal addresses a hash can be found by trying them all."""
    from auditor.detectors.pii import is_personal
    from auditor.detectors.pii_numbers import about_persons

    values = [str(v) for v in series.drop_nulls().unique().to_list()]
    return about_persons(series.name, values) or any(is_personal(values))


def describe(frame: pl.DataFrame, dataset: Dataset, salt: str) -> dict[str, Any]:
    """Reference of every column of `frame` that can drift, JSON-ready.

    Args:
        frame: rows of the training split, data columns only.
        dataset: what plays which role.
        salt: for hashes of categories; the digest of the data set will do.
    """
    out: dict[str, Any] = {}
    for name in frame.columns:
        series = frame[name]
        kind = _kind(series, dataset) if len(series) else ""
        if kind == "category" and _about_somebody(series):
            kind = ""
        entry: dict[str, Any] = {"kind": kind or "not watched", "n": len(series), "nulls": series.null_count()}
        if kind == "number":
            entry |= _numbers(series)
        elif kind == "category":
            entry["levels"] = _categories(series, salt)
        elif kind == "text":
            said = _said(series)
            entry["lengths"] = _numbers(said.str.len_chars())
            entry["sketch"] = drift_text.reference(said.to_list())
        out[name] = entry
    return out


def _signal(name: str, kind: str, test: Test | None, n: int, note: str = "") -> Signal:
    if test is None:
        return Signal(name, kind, "unknown", None, None, n, f"fewer than {MIN_ROWS} values on one side")
    return Signal(name, kind, "fired" if test.fired else "ok", test.value, test.limit, n, note)


def _spread(name: str, kind: str, old: list[int], new: list[int], alpha: float, *, ordered: bool) -> Signal:
    """The worse of the index and, for ordered bins, the rank test, which has two thirds of `alpha`: most drift is a shift."""
    share = 2 * alpha / 3
    tests = [psi_test(old, new, alpha / 3), rank_test(old, new, share)] if ordered else [psi_test(old, new, alpha)]
    known = [t for t in tests if t is not None]
    worst = max(known, key=lambda t: (t.fired, t.value / t.limit), default=None)
    note = ""
    if ordered and min(sum(old), sum(new)) >= MIN_ROWS:
        note = f"a shift below {smallest_shift(sum(old), sum(new), share):.2f} standard deviations may go unseen"
    return _signal(name, kind, worst, sum(new), note)


def _text(name: str, entry: Mapping[str, Any], series: pl.Series, alpha: float) -> Signal:
    least = drift_text.MIN_ROWS
    if not entry.get("sketch"):
        return Signal(name, "text", "unknown", None, None, len(series), f"fewer than {least} distinct texts in the reference")
    outcome = drift_text.test(entry["sketch"], series.to_list(), alpha)
    if outcome is None:
        return Signal(name, "text", "unknown", None, None, series.n_unique(), f"fewer than {least} distinct new texts")
    note = f"domain classifier, p = {outcome.p:.2g}; a new topic below about {100 * outcome.smallest:.0f} % of rows may go unseen"
    return Signal(name, "text", "fired" if outcome.fired else "ok", outcome.auc, drift_text.MIN_AUC, outcome.n, note)


def _column(name: str, entry: Mapping[str, Any], series: pl.Series, salt: str, alpha: float) -> list[Signal]:
    import polars as pl

    kind = entry["kind"]
    if kind == "text" or series.dtype.is_nested():
        series = _said(series)
    size, empty = len(series), series.null_count()
    if kind == "number" and not _number(series):
        series = series.cast(pl.Float64, strict=False)
        empty = series.null_count()
    old_empty, old_size = int(entry["nulls"]), int(entry["n"])
    nulls = psi_test([old_size - old_empty, old_empty], [size - empty, empty], alpha)
    out = [_signal(name, "nulls", nulls, size, f"{100 * empty / max(1, size):.1f} % empty, was {100 * old_empty / max(1, old_size):.1f} %")]
    if kind == "number":
        out.append(_spread(name, "distribution", entry["counts"], _histogram(series, entry["edges"]), alpha, ordered=True))
    elif kind == "category":
        levels, new = entry["levels"], _categories(series, salt)
        unseen = sum(count for key, count in new.items() if key not in levels)
        old_counts, new_counts = [*levels.values(), 0], [*(new.get(key, 0) for key in levels), unseen]
        signal = _spread(name, "distribution", old_counts, new_counts, alpha, ordered=False)
        out.append(signal)
    elif kind == "text":
        lengths = entry["lengths"]
        fresh = _histogram(series.str.len_chars(), lengths["edges"])
        out.append(_spread(name, "distribution", lengths["counts"], fresh, alpha, ordered=True))
        out.append(_text(name, entry, series, alpha))
    return out


def compare(kept: Mapping[str, Any], frame: pl.DataFrame, salt: str) -> list[Signal]:
    """Every column of the reference against new rows; false alarms over all signals together are at most `ALPHA`.

    Raises:
        ConfigError: the reference is damaged.
    """
    watched = {name: entry for name, entry in kept.items() if entry.get("kind") in ("number", "category", "text")}
    per_column = {"number": 2, "category": 2, "text": 3}
    try:
        alpha = ALPHA / max(1, sum(per_column[entry["kind"]] for entry in watched.values()))
        out: list[Signal] = []
        for name, entry in watched.items():
            if name in frame.columns:
                out.extend(_column(name, entry, frame[name], salt, alpha))
            else:
                out.append(Signal(name, "schema", "fired", None, None, len(frame), "the column is gone"))
    except (KeyError, TypeError, AttributeError):
        raise ConfigError("the reference in the plan is damaged; write the plan again with `audit plan`") from None
    return out
