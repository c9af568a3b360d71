"""Tables of older tools in plain text: Weka's ARFF (attributes with their types, then rows) and svmlight's `label index:value ...`."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from auditor.model import Reject

if TYPE_CHECKING:
    import polars as pl

_RELATION: Final = re.compile(r"^\s*@relation\b", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""^\s*@attribute\s+(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\S+))\s+(.+?)\s*$""", re.IGNORECASE)
_DATA: Final = re.compile(r"^\s*@data\b", re.IGNORECASE)
_VECTOR: Final = re.compile(r"^[+-]?\d+(?:\.\d+)?(?:,\d+)*(?:\s+qid:\d+)?(?:\s+\d+:[+-]?[\d.]+(?:[eE][+-]?\d+)?)+\s*(?:#.*)?$")
_PAIR: Final = re.compile(r"(\S+):(\S+)")
_WIDEST: Final = 2000
"""Features of svmlight files that are laid out as columns; texts as bags of words have more."""
_SHARE: Final = 0.95


class Numeric(NamedTuple):
    """Rows of such a file, the lines that are none, and why there are no rows, where the file is not read."""

    frame: pl.DataFrame
    rejects: tuple[Reject, ...] = ()
    refusal: str = ""


def form_of(sample: str) -> str:
    """`arff`, `svmlight`, or nothing, for the start of a file in whole lines."""
    full = [line for line in sample.splitlines() if line.strip()]
    first = next((line for line in full if not line.startswith("%")), "")
    if _RELATION.match(first) and any(_ATTRIBUTE.match(line) for line in full):
        return "arff"
    rows = [line for line in full if not line.startswith("#")]
    return "svmlight" if len(rows) > 1 and sum(bool(_VECTOR.match(line)) for line in rows) >= _SHARE * len(rows) else ""


def read_numeric(text: str, form: str, name: str) -> Numeric:
    """The rows of a whole file: a column for each attribute, or `label`, `qid` where it is there, and `f1` to `fN`."""
    return _arff(text, name) if form == "arff" else _svmlight(text, name)


def _arff(text: str, name: str) -> Numeric:
    import polars as pl

    names: list[str] = []
    numeric: list[bool] = []
    rows: list[list[str | None]] = []
    rejects: list[Reject] = []
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("%"):
            continue
        if inside:
            cells = _sparse(stripped, len(names), numeric) if stripped.startswith("{") else _cells(stripped)
            if cells is None or len(cells) != len(names):
                rejects.append(Reject(name, number, f"{0 if cells is None else len(cells)} values where there are {len(names)} attributes"))
            else:
                rows.append(cells)
        elif found := _ATTRIBUTE.match(line):
            names.append(re.sub(r"\\(.)", r"\1", found[1] or found[2] or found[3]))
            numeric.append(found[4].lower().split()[0] in ("numeric", "real", "integer"))
        else:
            inside = bool(_DATA.match(line))
    columns = {}
    for i, (column, number_like) in enumerate(zip(different(names), numeric, strict=True)):
        values = pl.Series(column, [row[i] for row in rows], pl.String)
        read = values.cast(pl.Float64, strict=False) if number_like else values
        whole = number_like and read.drop_nulls().len() > 0 and bool((read.drop_nulls() % 1 == 0).all()) and not bool(values.str.contains(r"[.eE]").any())
        columns[column] = read.cast(pl.Int64, strict=False) if whole else read
    return Numeric(pl.DataFrame(columns), tuple(rejects))


def _cells(line: str) -> list[str | None] | None:
    quote = "'" if "'" in line and '"' not in line else '"'
    try:
        cells = next(csv.reader([line], delimiter="\t" if "\t" in line and "," not in line else ",", quotechar=quote, escapechar="\\", skipinitialspace=True))
    except (csv.Error, StopIteration):
        return None
    return [None if cell.strip() == "?" else cell.strip() for cell in cells]


def _sparse(line: str, width: int, numeric: list[bool]) -> list[str | None] | None:
    """`{1 x, 3 y}`: values by place, counted from 0; the others are 0, and of classes nothing is said."""
    cells: list[str | None] = ["0" if n else None for n in numeric]
    for item in filter(None, (part.strip() for part in line.strip("{} \r").split(","))):
        place, _, value = item.partition(" ")
        if not place.isdecimal() or int(place) >= width:
            return None
        cells[int(place)] = None if value.strip() == "?" else value.strip().strip("'\"")
    return cells


def different(names: list[str]) -> list[str]:
    """Names of which none comes twice."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return out


def _svmlight(text: str, name: str) -> Numeric:
    import polars as pl

    labels: list[str] = []
    groups: list[int | None] = []
    rows: list[dict[int, float]] = []
    rejects: list[Reject] = []
    for number, line in enumerate(text.split("\n"), 1):
        body = line.partition("#")[0].strip()
        if not body:
            continue
        if not _VECTOR.match(body):
            rejects.append(Reject(name, number, "no label followed by index:value"))
            continue
        label, *pairs = body.split()
        values: dict[str, str] = dict(m.groups() for p in pairs if (m := _PAIR.fullmatch(p)))  # type: ignore[misc]
        group = values.pop("qid", None)
        labels.append(label)
        groups.append(None if group is None else int(group))
        rows.append({int(k): float(v) for k, v in values.items()})
    places = sorted({k for row in rows for k in row})
    if len(places) > _WIDEST:
        refusal = f"has {len(places):,} features in svmlight form; more than {_WIDEST:,} are not laid out as columns: convert it to Parquet, or keep the texts that it was made of"
        return Numeric(pl.DataFrame(), refusal=refusal)
    columns: dict[str, Any] = {"label": _label(labels)}
    if any(g is not None for g in groups):
        columns["qid"] = pl.Series(groups, dtype=pl.Int64)
    columns |= {f"f{k}": pl.Series([row.get(k, 0.0) for row in rows], dtype=pl.Float64) for k in places}
    return Numeric(pl.DataFrame(columns), tuple(rejects))


def _label(labels: list[str]) -> pl.Series:
    """Whole numbers, other numbers, or lists of classes as they are written."""
    import polars as pl

    values = pl.Series(labels, dtype=pl.String)
    if values.str.contains(",", literal=True).any():
        return values
    number = values.str.strip_prefix("+").cast(pl.Float64, strict=False)
    return number.cast(pl.Int64) if bool((number % 1 == 0).all()) else number
