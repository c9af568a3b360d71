"""Exact and near-duplicates, the effective sample size they leave, and same inputs with different labels."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors import near_table, near_text, slots
from auditor.detectors.hashing import codes, combine, normal_parts, place_key, text_hash
from auditor.detectors.inputs import Inputs, is_prose, load
from auditor.detectors.results import ClassSize, DuplicateFacts, RowSet
from auditor.detectors.texts import Texts, taken
from auditor.model import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.scan.request import Rows

CAP = 1_000_000
"""Rows compared; above it a content-hash sample (which keeps exact copies together)."""
LOOKED = 10_000
"""Responses whose length is looked at."""
UNREAD_METHOD = "equal rows; near ones cannot be told, because part of each row (images, sound, nested values, a point in time) is not read"
SPLITS = (str(Split.TRAIN), str(Split.VALIDATION), str(Split.HOLDOUT))


def of_rows(rows: Rows) -> DuplicateFacts:
    """Duplicates in a data set."""
    return find(load(rows, splits=SPLITS, cap=CAP, copies=True))


def find(inputs: Inputs) -> DuplicateFacts:
    """Duplicates among `inputs`."""
    exact = codes(inputs.key)
    plain = _plain(inputs)
    answers = inputs.response
    kinds = _kinds(inputs)
    inputs = replace(inputs, text=None if inputs.text is None else [])  # a million texts need not be there twice
    cluster, method = _clusters(inputs, exact, plain, kinds)
    if answers is not None:
        cluster = _by_answer(cluster, answers)
    cluster = codes(cluster.astype(np.uint64))
    train = inputs.of(str(Split.TRAIN))
    labels = inputs.labels
    whole = combine([inputs.key, labels.hash], ["input", "label"], len(inputs))[train]
    repeated = _repeats(codes(whole))
    n_eff = len(np.unique(cluster[train]))
    minority, groups, members, near_minority = _conflicts(cluster[train], labels.hash[train], labels.present[train])
    _, exact_groups, _, exact_minority = _conflicts(exact[train], labels.hash[train], labels.present[train])
    sizes = np.bincount(cluster[train], minlength=1)
    return DuplicateFacts(
        rows=len(train),
        sampled=inputs.sampled,
        exact=int(repeated.sum()),
        exact_inputs=int(_repeats(exact[train]).sum()),
        near=len(train) - n_eff,
        n_eff=n_eff,
        largest=int(sizes.max()) if len(train) else 0,
        cross_file=_cross(cluster, inputs.file),
        by_class=class_sizes(inputs, cluster),
        labelled=int(labels.present[train].sum()),
        conflict_groups=groups,
        conflict_rows=len(members),
        conflict_minority=near_minority,
        exact_conflict_groups=exact_groups,
        exact_conflict_minority=exact_minority,
        natural=_natural(inputs, exact),
        method=method,
        file=inputs.file,
        row=inputs.row,
        cluster=cluster,
        exact_key=exact,
        exact_rows=_rows(inputs, train[repeated], cluster),
        near_rows=_rows(inputs, train[sizes[cluster[train]] > 1], cluster),
        conflicts=_rows(inputs, train[members], cluster, minority[members]),
        reason="" if len(train) else "no training rows",
    )


def _plain(inputs: Inputs) -> Sequence[str] | None:
    """Texts as compared; None where a row is not known by its text."""
    if inputs.text is None or (inputs.table.width and not is_prose(inputs.text)):
        return None
    if isinstance(inputs.text, Texts):
        return inputs.text.normal()
    return list(itertools.chain.from_iterable(normal_parts(inputs.text)))


def _kinds(inputs: Inputs) -> NDArray[np.int64] | None:
    """The answer of each row as a number: its label, or a short response. None where responses are sentences: in them, too, may stand
    the name or the number that copies of one example differ by.
    """
    if inputs.response is None:
        return codes(inputs.labels.hash)
    some = inputs.response[:: max(1, len(inputs.response) // LOOKED)]
    if not some:
        return None
    short = (slots.own_words(some) < slots.SLOT_WORDS) & np.array([t.count(" ") + 1 < slots.MIN_WORDS for t in some])
    if np.mean(short) < slots.SHARED:
        return None
    return codes(text_hash(inputs.response))


def _clusters(inputs: Inputs, exact: NDArray[np.int64], plain: Sequence[str] | None, kinds: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], str]:
    """Near-duplicate cluster of each row; a mixed table's by its text where that is prose, else equal rows only."""
    if not len(inputs):
        return exact, "no rows"
    if inputs.unread is not None:
        return exact, UNREAD_METHOD
    if inputs.text is None:
        return near_table.cluster_rows(inputs.table, exact)
    if plain is None:
        return exact, near_table.EXACT_METHOD
    _, first, inverse = np.unique(exact, return_index=True, return_inverse=True)
    return near_text.cluster_texts(taken(plain, first), kinds=None if kinds is None else kinds[first])[inverse], near_text.METHOD


def _by_answer(cluster: NDArray[np.int64], answers: Sequence[str]) -> NDArray[np.int64]:
    """Clusters of prompts with responses, split where the responses differ: two questions about a long passage are two examples.

    As in a slot, a word or two are a name or a number in the same example, so short responses split nothing.
    """
    cluster = codes(cluster.astype(np.uint64))
    rows = np.flatnonzero(np.bincount(cluster)[cluster] > 1)
    if not len(rows):
        return cluster
    said = list(itertools.chain.from_iterable(normal_parts([answers[i] for i in rows.tolist()])))
    _, first, inverse = np.unique(codes(text_hash(said)), return_index=True, return_inverse=True)
    kind = near_text.cluster_texts([said[i] for i in first.tolist()])[inverse]
    kind[[text.count(" ") + 1 < slots.SLOT_WORDS for text in said]] = -1
    split = cluster.astype(np.int64).copy()
    _, ids = np.unique(np.stack([cluster[rows], kind]), axis=1, return_inverse=True)
    split[rows] = ids + len(cluster)
    return split


def _repeats(ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows that are not the first of their id."""
    again = np.ones(len(ids), np.bool_)
    again[np.unique(ids, return_index=True)[1]] = False
    return again


def _conflicts(
    cluster: NDArray[np.int64], label: NDArray[np.uint64], present: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], int, NDArray[np.int64], float]:
    """Minority mark of each row, number of conflicting clusters, their members, minority share of labelled rows.

    A tie has no majority: then every label but one counts as minority in the share, and all rows are marked .5.
    """
    mark = np.zeros(len(cluster), np.float32)
    rows = np.flatnonzero(present)
    if not len(rows):
        return mark, 0, rows, 0.0
    pair, count = np.unique(np.stack([cluster[rows].astype(np.uint64), label[rows]]), axis=1, return_counts=True)
    group, kinds = np.unique(pair[0], return_counts=True)
    most = np.zeros(len(group), np.int64)
    at = np.searchsorted(group, pair[0])
    np.maximum.at(most, at, count)
    total = np.bincount(at, weights=count).astype(np.int64)
    several = kinds > 1
    minority = int((total - most)[several].sum())
    is_top = count == most[at]
    tops = np.bincount(at, weights=is_top)
    row_group = np.searchsorted(group, cluster[rows].astype(np.uint64))
    members = rows[several[row_group]]
    lookup = {(int(g), int(h)): (bool(t), tops[a] > 1) for g, h, t, a in zip(pair[0], pair[1], is_top, at, strict=True) if several[a]}
    for i in members.tolist():
        top, tie = lookup[int(cluster[i]), int(label[i])]
        mark[i] = 0.5 if top and tie else 0.0 if top else 1.0
    return mark, int(several.sum()), members, minority / len(rows)


def _cross(cluster: NDArray[np.int64], file: NDArray[np.uint32]) -> int:
    if not len(cluster):
        return 0
    low = np.full(int(cluster.max()) + 1, np.iinfo(np.int64).max)
    high = np.full(len(low), -1)
    np.minimum.at(low, cluster, file.astype(np.int64))
    np.maximum.at(high, cluster, file.astype(np.int64))
    return int((high > low).sum())


def class_sizes(inputs: Inputs, cluster: NDArray[np.int64]) -> tuple[ClassSize, ...]:
    """Rows and effective rows of each class in train, rows in the hold-out; multi-label rows count for each class."""
    labels = inputs.labels
    if labels.kind not in ("single", "multi") or not labels.names:
        return ()
    k = len(labels.names)
    row, code = class_rows(inputs)
    train = inputs.split[row] == str(Split.TRAIN)
    held = inputs.split[row] == str(Split.HOLDOUT)
    pairs = np.unique(code[train].astype(np.int64) * (int(cluster.max(initial=0)) + 1) + cluster[row[train]])
    effective = np.bincount(pairs // (int(cluster.max(initial=0)) + 1), minlength=k)
    counts, holdout = np.bincount(code[train], minlength=k), np.bincount(code[held], minlength=k)
    return tuple(
        ClassSize(name, int(counts[i]), int(effective[i]), int(holdout[i]), labels.declared is None or name in labels.declared)
        for i, name in enumerate(labels.names)
    )


def class_rows(inputs: Inputs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row and class of every label (one entry a label, so several for a multi-label row)."""
    labels = inputs.labels
    if labels.kind == "single":
        row = np.flatnonzero(labels.present)
        return row, labels.code[row].astype(np.int64)
    lengths = np.array([len(s) for s in labels.sets], dtype=np.int64)
    flat = np.array([c for s in labels.sets for c in s], dtype=np.int64)
    return np.repeat(np.arange(len(lengths)), lengths), flat


def _natural(inputs: Inputs, exact: NDArray[np.int64]) -> bool:
    """Whether most repeated rows are of values so common that they would repeat by chance."""
    repeated = np.bincount(exact, minlength=1)[exact] > 1
    if inputs.text is not None or not repeated.any():
        return False
    return near_table.natural_repeats(near_table.collidable(inputs.table, exact), repeated)


def _rows(inputs: Inputs, index: NDArray[np.int64], cluster: NDArray[np.int64], score: NDArray[np.float32] | None = None) -> RowSet:
    order = np.lexsort((inputs.row[index], inputs.file[index]))
    chosen = index[order]
    return RowSet(inputs.file[chosen], inputs.row[chosen], None if score is None else score[order], cluster[chosen])




def align(facts: DuplicateFacts, inputs: Inputs) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Near and exact cluster of each row of `inputs`; a row that was not compared is a cluster of its own."""
    known = place_key(facts.file, facts.row)
    order = np.argsort(known)
    wanted = place_key(inputs.file, inputs.row)
    near = np.searchsorted(known[order], wanted).clip(0, max(0, len(known) - 1))
    at = np.where(known[order][near] == wanted, order[near], -1) if len(known) else np.full(len(inputs), -1, np.int64)
    base = int(max(facts.cluster.max(initial=0), facts.exact_key.max(initial=0))) + 1
    own = base + np.arange(len(inputs), dtype=np.int64)
    if not len(facts.cluster):
        return own, own
    return np.where(at >= 0, facts.cluster[at], own), np.where(at >= 0, facts.exact_key[at], own)
