"""Labels of every kind, by name: one class, several classes, a number, a tag per token."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from auditor.detectors.conversations import flatten
from auditor.detectors.hashing import number_hash, text_hash
from auditor.model import Shape
from auditor.sources.several import split_cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.model import Dataset

_WHOLE = re.compile(r"^(-?\d+)\.0+$")


@dataclass(frozen=True)
class Labels:
    """Labels of rows."""

    kind: str
    """`none`, `single`, `multi`, `number` or `tokens`."""
    code: NDArray[np.int32] = field(repr=False)
    """Single: index in `names`, -1 = no label. Otherwise 0 where labelled, -1 where not."""
    names: tuple[str, ...]
    """Classes, declared ones included, sorted."""
    hash: NDArray[np.uint64] = field(repr=False)
    """Equal = same label."""
    number: NDArray[np.float64] | None = field(default=None, repr=False)
    declared: frozenset[str] | None = None
    """Declared classes; None where none were declared."""
    sets: tuple[tuple[int, ...], ...] = field(default=(), repr=False)
    """Multi: class indices of each row. Tokens: tag indices of each row's tokens."""
    votes: NDArray[np.int32] | None = field(default=None, repr=False)
    """Class by each annotator (rows x annotators, -1 = none), where there are several."""

    @property
    def present(self) -> NDArray[np.bool_]:
        """Rows that have a label."""
        return np.asarray(self.code >= 0, dtype=np.bool_)

    def take(self, index: NDArray[np.int64]) -> Labels:
        """Labels of the rows at `index`."""
        return replace(
            self,
            code=self.code[index],
            hash=self.hash[index],
            number=None if self.number is None else self.number[index],
            sets=tuple(self.sets[i] for i in index) if self.sets else (),
            votes=None if self.votes is None else self.votes[index],
        )


def class_name(value: object) -> str | None:
    """Name of a class the way all formats spell it: 1, 1.0 and "1" are one class, True and "true" another; None = no label."""
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    name = str(value).strip()
    if name in ("True", "False", "TRUE", "FALSE"):
        return name.lower()
    whole = _WHOLE.match(name)
    return whole.group(1) if whole else (name or None)


def read_labels(column: pl.Series, data: Dataset) -> Labels:
    """Labels of a column; `none` where its values cannot be labels."""
    declared = declared_names(data)
    if data.shape is Shape.REGRESSION:
        return _numbers(column, declared)
    if column.dtype.is_nested():
        return _lists(column, declared, tokens=data.shape is Shape.TOKEN_LABELS)
    if data.label_delimiter:
        cells = column.cast(pl.String).to_list()
        return _lists(pl.Series([None if c is None else split_cell(c, data.label_delimiter) for c in cells], dtype=pl.List(pl.String)), declared, tokens=False)
    values = column.to_list()
    known = {v: class_name(v) for v in set(values)}
    found = [known[v] for v in values]
    names = sorted({n for n in found if n is not None} | set(declared))
    index = {n: i for i, n in enumerate(names)}
    code = np.array([-1 if n is None else index[n] for n in found], dtype=np.int32)
    by_name = np.concatenate([text_hash(names), np.zeros(1, np.uint64)]) if names else np.zeros(1, np.uint64)
    return Labels("single", code, tuple(names), by_name[code], declared=frozenset(declared) or None)


def declared_names(data: Dataset) -> list[str]:
    """Declared classes under their canonical names."""
    return [n for c in data.classes if (n := class_name(c)) is not None]


def empty(n: int, data: Dataset) -> Labels:
    """No labels for `n` rows."""
    return _none(n, declared_names(data))


def _none(n: int, declared: list[str]) -> Labels:
    return Labels("none", np.full(n, -1, np.int32), tuple(sorted(set(declared))), np.zeros(n, np.uint64), declared=frozenset(declared) or None)


def _numbers(column: pl.Series, declared: list[str]) -> Labels:
    if column.dtype.is_nested():
        return _none(len(column), declared)
    number = column.cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy().astype(np.float64)
    code = np.where(np.isfinite(number), 0, -1).astype(np.int32)
    return Labels("number", code, (), number_hash(number), number)


def _lists(column: pl.Series, declared: list[str], *, tokens: bool) -> Labels:
    """Lists of classes; lists of spans (mappings) are read as the set of their types."""
    rows: list[list[str] | None] = []
    for value in column.to_list():
        items = list(value) if isinstance(value, list) else None if value is None else [value]
        rows.append(None if items is None else [n for v in items if (n := _item(v)) is not None])
    names = sorted({n for r in rows if r for n in r} | set(declared))
    index = {n: i for i, n in enumerate(names)}
    sets = tuple(tuple(index[n] for n in r) if tokens else tuple(sorted({index[n] for n in r})) for r in (r or [] for r in rows))
    code = np.array([-1 if r is None or (tokens and not r) else 0 for r in rows], dtype=np.int32)
    key = text_hash("\0".join(r) if tokens else "\0".join(sorted(set(r))) for r in (r or [] for r in rows))
    return Labels("tokens" if tokens else "multi", code, tuple(names), key, declared=frozenset(declared) or None, sets=sets)


def _item(value: object) -> str | None:
    if isinstance(value, dict):
        for name in ("label", "type", "entity_type", "entity", "tag"):
            if value.get(name) is not None:
                return class_name(value[name])
        return None
    return class_name(flatten(value) if isinstance(value, list) else value)
