"""Leakage: evaluation rows that are in train, entities on both sides, columns that give the label away, later before earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from auditor.detectors import near_table
from auditor.detectors.contamination import against
from auditor.detectors.conversations import flatten
from auditor.detectors.duplicates import SPLITS, align
from auditor.detectors.hashing import codes, normalised, place_key, text_hash
from auditor.detectors.inputs import Inputs, load
from auditor.detectors.results import DuplicateFacts, LeakFacts, RowSet, SplitLeak
from auditor.detectors.statistics import Z95, Z99, share
from auditor.detectors.target_leak import given_away
from auditor.model import Role, Split
from auditor.scan.days import READABLE, day_in
from auditor.scan.request import FILE, ROW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.scan.request import Rows

CAP = 1_000_000
NATURAL_LIMIT = 0.2
"""Near-duplicates among more training rows than this are no longer taken for the way people write (BANKING77: .16)."""
LEAST_PROMPT = 20
COMMON_PROMPT = 5
"""Characters from which, and training rows up to which, a prompt identifies a conversation (our choice)."""
MARGIN = 1.5
"""How much more often than training rows hold-out rows may have a near-duplicate in train before it counts (our choice)."""


def of_rows(rows: Rows, duplicates: DuplicateFacts) -> LeakFacts:
    """Leakage in a data set whose duplicates are known."""
    splits, shared = _between(rows, duplicates) if rows.count(SPLITS[1:]) else ((), 0)
    where = [s.where for s in splits]
    target, marks, columns = given_away(rows)
    return LeakFacts(
        splits=splits,
        target=target,
        marks=marks,
        columns=columns,
        groups_split=shared,
        time_overlap=_time_overlap(rows),
        against=against(rows, rows.settings.against),
        file=np.concatenate([w.file for w in where]) if where else np.zeros(0, np.uint32),
        row=np.concatenate([w.row for w in where]) if where else np.zeros(0, np.int64),
        reason="" if splits else "no evaluation split",
    )


def _between(rows: Rows, duplicates: DuplicateFacts) -> tuple[tuple[SplitLeak, ...], int]:
    """Leakage of every evaluation split, and the entities that train shares with them."""
    inputs = load(rows, splits=SPLITS, cap=CAP, copies=True)
    ids = _column_ids(rows, inputs, Role.ID)
    found = (split_leak(inputs, duplicates, split, ids) for split in SPLITS[1:] if len(inputs.of(split)))
    return tuple(s for s in found if s is not None), _groups_split(inputs)


def split_leak(inputs: Inputs, duplicates: DuplicateFacts, split: str, ids: NDArray[np.int64] | None) -> SplitLeak | None:
    """Rows of `split` that are in train; None without training rows."""
    train, held = inputs.of(str(Split.TRAIN)), inputs.of(split)
    if not len(train):
        return None
    near, exact = align(duplicates, inputs)
    same = np.isin(exact[held], exact[train]) | _same_prompt(inputs, train, held)
    similar = np.isin(near[held], near[train]) & ~same
    expected = _expected(near[train], exact[train])
    slack = Z95 * float(np.sqrt(max(expected, 1 / len(held)) / len(held)))
    excess = similar.mean() > MARGIN * expected + slack
    entity = _shared(inputs.group, train, held)
    by_id = _shared(ids, train, held)
    chance, by_chance = _coincidences(inputs, exact, same & ~entity & ~by_id, train, held)
    leaked = (same & ~chance) | entity | by_id | (similar if excess else np.zeros(len(held), np.bool_))
    hits = int(leaked.sum()) - by_chance
    if excess:
        hits = max(0, hits - round(expected * len(held)))
    where = held[leaked]
    return SplitLeak(
        split=split,
        rows=len(held),
        exact=int((same & ~chance).sum()),
        near=int((same | similar).sum()),
        group=int(entity.sum()),
        id=int(by_id.sum()),
        leaked=int(leaked.sum()),
        share=share(hits, len(held)),
        chance=int(chance.sum()),
        where=RowSet(inputs.file[where], inputs.row[where], None, near[where]),
        similar=float(similar.mean()),
        expected=expected,
    )


def _coincidences(inputs: Inputs, exact: NDArray[np.int64], same: NDArray[np.bool_], train: NDArray[np.int64], held: NDArray[np.int64]) -> tuple[NDArray[np.bool_], int]:
    """Rows of `same` that equal a training row no more often than training rows equal each other, and how many of the others still do by chance.

    Only rows of a table of few distinct values are excused, and beyond expectation none of them is: which ones were copied cannot be
    told. Rows of rare values are excused only in a table where rows repeat by nature, in training or between the two (copies of
    training rows alone say nothing of that).
    """
    excused = np.zeros(len(held), np.bool_)
    if inputs.text is not None or not inputs.table.width or not same.any():
        return excused, 0
    collides = near_table.collidable(inputs.table, exact)
    twice = np.bincount(exact[train], minlength=int(exact.max()) + 1)[exact[train]] > 1
    natural = near_table.natural_repeats(collides[train], twice) or near_table.natural_repeats(collides[held], same)
    by_chance = 0.0
    for kind in (True, False):
        among, own = collides[held] == kind, collides[train] == kind
        n, seen = int(among.sum()), int((same & among).sum())
        if not seen or not (kind or natural):
            continue
        expected = float(twice[own].mean()) if own.any() else 0.0
        if seen <= n * expected + Z99 * float(np.sqrt(n * max(expected, 1 / n) * (1 - min(expected, 1 - 1 / n)))):
            excused |= same & among
        else:
            by_chance += (n - seen) * expected / (1 - expected) if expected < 1 else seen
    return excused, int(by_chance)


def _same_prompt(inputs: Inputs, train: NDArray[np.int64], held: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Conversations whose prompt was trained on with whatever response; prompts that are short or used all over say nothing."""
    if inputs.prompt is None:
        return np.zeros(len(held), np.bool_)
    plain = normalised(pl.Series(inputs.prompt, dtype=pl.String)).to_list()
    key = text_hash(plain)
    known, counts = np.unique(key[train], return_counts=True)
    rare = known[counts <= COMMON_PROMPT]
    long = np.array([len(plain[i]) >= LEAST_PROMPT for i in held], dtype=np.bool_)
    return np.asarray(np.isin(key[held], rare) & long, dtype=np.bool_)


def _expected(near: NDArray[np.int64], exact: NDArray[np.int64]) -> float:
    """Share of distinct training inputs that have a near-duplicate among the other distinct ones, at most `NATURAL_LIMIT`."""
    first = np.unique(exact, return_index=True)[1]
    ids = codes(near[first].astype(np.uint64))
    return min(NATURAL_LIMIT, float((np.bincount(ids)[ids] > 1).mean()))


def _shared(ids: NDArray[np.int64] | None, train: NDArray[np.int64], held: NDArray[np.int64]) -> NDArray[np.bool_]:
    if ids is None:
        return np.zeros(len(held), np.bool_)
    return np.asarray(np.isin(ids[held], ids[train][ids[train] >= 0]), dtype=np.bool_)


def _groups_split(inputs: Inputs) -> int:
    if inputs.group is None:
        return 0
    train = inputs.group[inputs.of(str(Split.TRAIN))]
    held = inputs.group[inputs.of(*SPLITS[1:])]
    return int(np.isin(np.unique(held[held >= 0]), train).sum())


def _column_ids(rows: Rows, inputs: Inputs, role: Role) -> NDArray[np.int64] | None:
    """Ids of the rows of `inputs` by a column that says what a row is; plain counters (1, 2, 3 in each file) are no identity."""
    column = next((c for c in rows.dataset.role(role) if c in {k.name for k in rows.dataset.columns}), None)
    if column is None:
        return None
    frame = rows.select((column,), splits=SPLITS)
    values = frame.get_column(column)
    if values.dtype.is_nested() or values.dtype.is_float() or _is_counter(values):
        return None
    names = values.cast(pl.String, strict=False)
    ids = np.where(names.is_not_null().to_numpy(), codes(text_hash(names.fill_null("").to_list())), -1)
    known = place_key(frame[FILE].to_numpy(), frame[ROW].to_numpy())
    order = np.argsort(known)
    wanted = place_key(inputs.file, inputs.row)
    near = np.searchsorted(known[order], wanted).clip(0, max(0, len(known) - 1))
    return np.asarray(np.where(known[order][near] == wanted, ids[order][near], -1), dtype=np.int64) if len(known) else np.full(len(inputs), -1, np.int64)


def _is_counter(values: pl.Series) -> bool:
    """Numbers that start over in every file count rows; they repeat between files without meaning the same thing."""
    number = values.cast(pl.Int64, strict=False).drop_nulls()
    if number.is_empty() or len(number) < 0.99 * len(values):
        return False
    low, high = number.min(), number.max()
    return isinstance(low, int) and isinstance(high, int) and low in (0, 1) and high - low < 1.01 * len(number)


def _time_overlap(rows: Rows) -> float | None:
    data = rows.dataset
    column = next((c for c in data.role(Role.TIME)), None)
    if column is None or not rows.count((str(Split.HOLDOUT),)):
        return None
    lazy = rows.lazy((str(Split.TRAIN),))
    dtype = lazy.collect_schema()[column]
    if dtype.is_temporal() or dtype.is_numeric():
        last = lazy.select(pl.col(column).max()).collect(engine="streaming").get_column(column)
    else:
        last = rows.select((column,), splits=(str(Split.TRAIN),), cap=CAP).get_column(column)
    train, held = _instants(last, rows.select((column,), splits=(str(Split.HOLDOUT),), cap=CAP).get_column(column))
    if train is None or held is None or not len(train) or not len(held):
        return None
    return float((held <= train.max()).mean())


def _instants(*several: pl.Series) -> list[NDArray[np.float64] | None]:
    """The known points in time of each column; texts are read together, for whether the month stands first may show in one of them only."""
    if all(v.dtype.is_temporal() or v.dtype.is_numeric() for v in several):
        return [v.to_physical().cast(pl.Float64, strict=False).drop_nulls().to_numpy() for v in several]
    text = pl.Series("cell", [flatten(c) for v in several for c in v.to_list()], dtype=pl.String)
    day = text.to_frame().select(day_in(pl.col("cell"))).to_series()
    found: list[NDArray[np.float64] | None] = []
    for values in several:
        known, day = day.head(len(values)).drop_nulls(), day.slice(len(values))
        filled, text = int((text.head(len(values)).str.strip_chars() != "").sum()), text.slice(len(values))
        found.append(known.to_physical().cast(pl.Float64).to_numpy() if len(known) >= READABLE * max(1, filled) else None)
    return found
