"""What is seen of one column, and the expectations it suggests."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from auditor.detectors.pii_numbers import about_persons
from auditor.model import Role
from auditor.suites.structure import MIN_ROWS, Pattern, known_format, shape

if TYPE_CHECKING:
    IsPersonal = Callable[[Sequence[str]], list[bool]]

MAX_SET = 50
"""Most values of a set, except for labels (our choice: longer sets are not read)."""
MAX_CLASSES = 1000
REPEATS = 10
"""A set is proposed where each value occurs this often on average, or the column is the label (our choice)."""
SLACK = 0.25
"""Room on both sides of a range, as a share of its width (our choice)."""
ROWS_FOR_KEY = 50
"""Rows that must be distinct before a column counts as a key (our choice: below it chance does that too)."""
_READ = frozenset({Role.TEXT, Role.LABEL, Role.PROMPT, Role.RESPONSE, Role.MESSAGES, Role.CHOSEN, Role.REJECTED})
"""Roles without which a row teaches nothing."""
_V = "expect_column_values_to_"
_MAX_KEY_LENGTH = 64


@dataclass(frozen=True)
class Seen:
    """What one column looks like."""

    name: str
    dtype: pl.DataType
    role: Role | None
    rows: int
    nulls: int
    """Missing values; NaN is one."""
    distinct: int
    """Distinct values that are not missing; 0 for nested columns."""
    low: Any = None
    """Least value of numbers and times."""
    high: Any = None
    mean: float | None = None
    deviation: float | None = None
    shortest: int | None = None
    """Characters of the shortest text."""
    longest: int | None = None
    blanks: int = 0
    """Texts of white space only."""

    @property
    def present(self) -> int:
        """Values that are not missing."""
        return self.rows - self.nulls


def entry(kind: str, severity: str, notes: str, **kwargs: Any) -> dict[str, Any]:
    """An expectation, JSON-ready."""
    return {"type": kind, "kwargs": kwargs, "severity": severity, "notes": notes}


def see(frame: pl.LazyFrame, schema: Mapping[str, pl.DataType], roles: Mapping[str, Role]) -> list[Seen]:
    """Look at all columns in one pass."""
    exprs: list[pl.Expr] = [pl.len().alias("rows")]
    for i, (name, dtype) in enumerate(schema.items()):
        exprs.extend(e.alias(f"{i}:{what}") for what, e in _figures(name, dtype).items())
    row = frame.select(exprs).collect(engine="streaming").row(0, named=True)
    found = []
    for i, (name, dtype) in enumerate(schema.items()):
        mine = {k.split(":", 1)[1]: v for k, v in row.items() if k.startswith(f"{i}:")}
        found.append(Seen(name, dtype, roles.get(name), int(row["rows"]), **{k: (v or 0) if k in ("nulls", "distinct", "blanks") else v for k, v in mine.items()}))
    return found


def _figures(name: str, dtype: pl.DataType) -> dict[str, pl.Expr]:
    column = pl.col(name)
    if dtype.is_nested() or dtype.base_type() in (pl.Object, pl.Binary):
        return {"nulls": column.is_null().sum(), "distinct": pl.lit(0)}
    missing = column.is_null() | column.is_nan() if dtype.is_float() else column.is_null()
    present = column.filter(~missing)
    out = {"nulls": missing.sum(), "distinct": present.n_unique()}
    if dtype.is_numeric() or dtype.is_temporal():
        out |= {"low": present.min(), "high": present.max()}
    if dtype.is_numeric():
        number = present.cast(pl.Float64)
        out |= {"mean": number.mean(), "deviation": number.std()}
    if dtype.base_type() in (pl.String, pl.Categorical, pl.Enum):
        text = present.cast(pl.String)
        out |= {
            "shortest": text.str.len_chars().min(),
            "longest": text.str.len_chars().max(),
            "blanks": text.str.contains(r"^\s*$").sum(),
        }
    return out


def propose_column(frame: pl.LazyFrame, seen: Seen, is_personal: IsPersonal) -> list[dict[str, Any]]:
    """Expectations on one column; in the order in which a reader asks: type, presence, identity, values."""
    out = [*_type(seen), *_presence(seen)]
    if seen.present == 0 or seen.distinct == 0:
        return out
    out.extend(_identity(seen))
    if seen.dtype.base_type() in (pl.String, pl.Categorical, pl.Enum):
        return [*out, *_text(frame, seen, is_personal)]
    if seen.dtype.is_temporal() and seen.dtype.base_type() not in (pl.Time, pl.Duration):
        return [*out, *_times(seen)]
    if seen.dtype.is_numeric():
        return [*out, *_numbers(frame, seen)]
    return out


def _type(seen: Seen) -> list[dict[str, Any]]:
    from auditor.suites.gx.frames import pandas_dtype

    if seen.dtype.is_nested() or seen.dtype.base_type() is pl.Null:
        return []
    dtype = pandas_dtype(seen.dtype)
    name = "str" if seen.dtype.base_type() is pl.String else str(dtype)
    if name in ("object", "category"):
        return []
    note = f"Read as {seen.dtype}. Sure: another type means another export, or one value that does not fit."
    return [entry("expect_column_type_to_be" if name != "str" else _V + "be_of_type", "warning", note, column=seen.name, type_=name)]


def upper_share(hits: int, rows: int) -> float:
    """Upper end of the 95 % Wilson interval of a share, 0 to 1 (Wilson 1927); z = 1.96."""
    if rows == 0:
        return 1.0
    z, share = 1.96, hits / rows
    middle = share + z * z / (2 * rows)
    room = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return min(1.0, (middle + room) / (1 + z * z / rows))


def _presence(seen: Seen) -> list[dict[str, Any]]:
    if seen.rows == 0:
        return []
    if seen.present == 0:
        note = f"All {seen.rows:,} values were missing. If the column is to be filled, drop this; else drop the column."
        return [entry(_V + "be_null", "info", note, column=seen.name)]
    ceiling = upper_share(seen.nulls, seen.rows)
    if seen.nulls == 0:
        severity = "critical" if seen.role in _READ else "warning"
        note = f"None of {seen.rows:,} values was missing; up to {ceiling:.2%} could be by chance (95 % Wilson)."
        return [entry(_V + "not_be_null", severity, note, column=seen.name)]
    mostly = math.floor((1 - min(1.0, ceiling * 1.25)) * 1000) / 1000
    if mostly <= 0:
        return []
    note = (
        f"{seen.nulls:,} of {seen.rows:,} values were missing; the ceiling is the upper end of the 95 % interval "
        "and a quarter more. Sure that it is no more today, less so of tomorrow."
    )
    return [entry(_V + "not_be_null", "warning", note, column=seen.name, mostly=mostly)]


def _identity(seen: Seen) -> list[dict[str, Any]]:
    keylike = seen.role is Role.ID or (
        seen.role in (None, Role.GROUP)
        and not seen.dtype.is_float()
        and (seen.longest is None or seen.longest <= _MAX_KEY_LENGTH)
        and not seen.dtype.is_temporal()
    )
    if seen.distinct != seen.present or seen.present < ROWS_FOR_KEY or not keylike:
        return []
    severity = "critical" if seen.role is Role.ID else "warning"
    sure = "It is the identifier." if seen.role is Role.ID else "It looks like a key; drop this if it is none."
    return [entry(_V + "be_unique", severity, f"All {seen.present:,} values differed. {sure}", column=seen.name)]


def _text(frame: pl.LazyFrame, seen: Seen, is_personal: IsPersonal) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    chosen = _value_set(frame, seen, is_personal)
    if chosen is not None:
        return [chosen]
    pattern: Pattern | None = known_format(frame, seen.name, seen.present)
    if pattern is None or pattern.name.endswith("number"):
        pattern = shape(frame, seen.name, seen.present) or pattern
    if pattern is not None:
        what = "have one shape of letters and digits" if pattern.name == "shape" else f"are of the form: {pattern.name}"
        note = f"All {seen.present:,} values {what}. {_sureness(seen.present)}"
        out.append(entry(_V + "match_regex", "warning", note, column=seen.name, regex=pattern.regex))
    elif seen.blanks == 0 and seen.present >= MIN_ROWS:
        note = f"None of {seen.present:,} texts was blank. Sure: a blank text is a missing value in disguise."
        out.append(entry(_V + "match_regex", "warning", note, column=seen.name, regex=r"\S"))
    if seen.longest is not None and seen.shortest == seen.longest and seen.present >= MIN_ROWS:
        note = f"All {seen.present:,} texts were {seen.longest:,} characters long. {_sureness(seen.present)}"
        out.append(entry("expect_column_value_lengths_to_equal", "warning", note, column=seen.name, value=seen.longest))
    elif seen.shortest is not None and seen.longest is not None:
        low, high = max(min(seen.shortest, 1), seen.shortest // 2), max(seen.longest + 1, math.ceil(seen.longest * 2))
        note = (
            f"Texts were {seen.shortest:,} to {seen.longest:,} characters long; half and twice that is allowed. "
            "Fairly sure: what is beyond is cut off, or a whole file in one cell."
        )
        out.append(entry("expect_column_value_lengths_to_be_between", "info", note, column=seen.name, min_value=low, max_value=high))
    return out


def _sureness(rows: int) -> str:
    return f"At most {upper_share(0, rows):.2%} could differ by chance (95 % Wilson)."


def _value_set(frame: pl.LazyFrame, seen: Seen, is_personal: IsPersonal) -> dict[str, Any] | None:
    label = seen.role is Role.LABEL
    if seen.distinct > (MAX_CLASSES if label else MAX_SET) or seen.present < MIN_ROWS:
        return None
    if not label and seen.distinct * REPEATS > seen.present:
        return None
    if seen.role in (Role.TEXT, Role.PROMPT, Role.RESPONSE, Role.SYSTEM, Role.ID, Role.GROUP, Role.ANNOTATOR):
        return None
    numeric = seen.dtype.is_numeric()
    column = pl.col(seen.name) if numeric else pl.col(seen.name).cast(pl.String)
    counts = frame.select(column.alias("value")).drop_nulls().group_by("value").len().sort("value").collect(engine="streaming")
    values = counts.get_column("value").to_list()
    if not numeric and (any(is_personal(values)) or about_persons(seen.name, values) or (seen.longest or 0) > 200):
        return None
    once = int((counts.get_column("len") == 1).sum())
    chance = once / seen.present  # Good 1953: the chance that the next value is a new one
    note = (
        f"{len(values)} distinct values in {seen.present:,} rows, {once} of them once; a new row brings a new value with a "
        f"chance of about {chance:.2%} (Good-Turing)."
    )
    mostly = math.floor((1 - min(1.0, 2 * chance)) * 1000) / 1000
    if mostly <= 0.9:
        return None
    severity = "critical" if label and once == 0 else "warning"
    extra = {"mostly": mostly} if mostly < 1 else {}
    return entry(_V + "be_in_set", severity, note, column=seen.name, value_set=values, **extra)


def _rounded(value: float, *, up: bool) -> float:
    """Two significant digits, away from the data."""
    if value == 0 or not math.isfinite(value):
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    if step == 0.0:
        return value  # at the edge of what a float can hold there is nothing to round to
    made = float(f"{(math.ceil if up else math.floor)(value / step) * step:.12g}")
    return made if math.isfinite(made) else value


def _numbers(frame: pl.LazyFrame, seen: Seen) -> list[dict[str, Any]]:
    whole = seen.dtype.is_integer()
    if whole and seen.distinct <= 12 and seen.role is not Role.ID:
        chosen = _value_set(frame, seen, lambda values: [False] * len(values))
        if chosen is not None:
            return [chosen]
    low, high = float(seen.low), float(seen.high)
    if not (math.isfinite(low) and math.isfinite(high)):
        return []
    out: list[dict[str, Any]] = []
    grows = whole and seen.distinct == seen.present and seen.present >= ROWS_FOR_KEY
    room = SLACK * ((high - low) or abs(high) or 1.0)
    bounds = {"min_value": _rounded(low - room, up=False), "max_value": _rounded(high + room, up=True)}
    if low >= 0:
        bounds["min_value"] = max(0.0, bounds["min_value"])
    if high <= 0:
        bounds["max_value"] = min(0.0, bounds["max_value"])
    if low >= 0 and high <= 1 and not whole:
        bounds = {"min_value": 0.0, "max_value": 1.0}
    if grows:
        bounds.pop("max_value")
    if whole:
        bounds = {k: int(v) for k, v in bounds.items()}
    note = f"A range with a quarter of its width to spare, zero kept as a limit. {_sureness(seen.present)}"
    if bounds:
        out.append(entry(_V + "be_between", "warning", note, column=seen.name, **bounds))
    if seen.mean is not None and seen.deviation and not grows and seen.present >= MIN_ROWS:
        half = seen.deviation / 2
        note = "The mean, give or take half a standard deviation: more is a change of unit or of population, not chance."
        around = {"min_value": _rounded(seen.mean - half, up=False), "max_value": _rounded(seen.mean + half, up=True)}
        out.append(entry("expect_column_mean_to_be_between", "info", note, column=seen.name, **around))
    return out


def _times(seen: Seen) -> list[dict[str, Any]]:
    low, high = seen.low, seen.high
    room = max((high - low) * SLACK, dt.timedelta(days=30))
    try:
        bounds = {"min_value": (low - room).isoformat()[:10], "max_value": (high + room).isoformat()[:10]}
    except OverflowError:
        return []
    note = "A range with a quarter of its length (at least 30 days) to spare. Sure of the start; move the end as time goes on."
    return [entry(_V + "be_between", "warning", note, column=seen.name, **bounds)]
