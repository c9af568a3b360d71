"""Can a cheap model learn the labels, which labels does it doubt, and how much of it is copies: one study, all label kinds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from auditor.detectors import classes, large, multilabel, regression, tokens, vectors
from auditor.detectors.duplicates import align
from auditor.detectors.hashing import place_key
from auditor.detectors.inputs import Inputs, label_of, load
from auditor.detectors.near_text import Sets
from auditor.detectors.results import ClassSize, DuplicateFacts, LeakFacts, ProbeFacts
from auditor.detectors.spare import spare
from auditor.detectors.threads import one_thread
from auditor.model import Role, Shape, Split
from auditor.scan.request import FILE, ROW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.vectors import Vectors
    from auditor.scan.request import Rows
    from auditor.settings import Settings

FULL_ROWS = 20_000
"""Labelled rows up to which the full ensemble runs; above it text goes through hashing and naive Bayes, tables are sampled."""
FULL_CELLS = 3_000_000
"""Rows times classes up to which it does (20,000 rows of 150 classes)."""
MIN_ROWS = 10
"""Fewer labelled rows show nothing."""


@dataclass(frozen=True)
class Probe:
    """What a probe of any label kind works on."""

    inputs: Inputs
    """Labelled rows of train, then labelled rows of the hold-out."""
    train: NDArray[np.int64]
    held: NDArray[np.int64]
    """Hold-out rows that did not leak."""
    held_all: NDArray[np.int64]
    unit: NDArray[np.int64]
    """Rows that stay together: near-duplicates and rows of one declared entity."""
    folds: int
    target: float | None
    pred_probs: str = ""
    """File of the user's own out-of-fold probabilities."""
    embeddings: str = ""
    """File of the user's own embeddings."""
    meaning: NDArray[np.float32] | None = None
    """Vectors of the texts by the model that `[labels] vectors` names, one row a row of the inputs."""
    contradicted: NDArray[np.bool_] | None = None
    """Rows that a near-duplicate with another label contradicts, where that is not the nature of a coarse table."""
    spare: NDArray[np.bool_] | None = None
    """Training rows that copy another one with its label."""
    every: NDArray[np.int64] | None = None
    """Sorted places of all labelled training rows, where the inputs are a sample of them and a file has a row for each."""


def of_rows(rows: Rows, duplicates: DuplicateFacts | None, leaks: LeakFacts | None) -> ProbeFacts:
    """Train and judge."""
    if rows.dataset.shape is Shape.TOKEN_LABELS:
        with one_thread():
            found = tokens.of_rows(rows)
        return replace(found, vectors_unused="tags are judged word by word") if rows.settings.labels.vectors else found

    most = rows.settings.labels.max_rows or FULL_ROWS
    cap = most if rows.dataset.role(Role.TEXT) and rows.dataset.shape is Shape.CLASSIFICATION else min(most, FULL_ROWS)
    inputs = _loaded(rows, cap)
    inputs = untold(inputs, leaks)
    with one_thread():
        return study(inputs, duplicates, leaks, rows)


def untold(inputs: Inputs, leaks: LeakFacts | None) -> Inputs:
    """Inputs without the columns that copy the label or are filled by it, where others are left: they would be the only thing learned."""
    told = frozenset(leak.column for leak in leaks.target if leak.kind in ("copy", "missingness", "sum")) if leaks else frozenset()
    told &= {*inputs.table.numeric_names, *inputs.table.category_names}
    return replace(inputs, table=inputs.table.without(told)) if told and len(told) < inputs.table.width + (inputs.text is not None) else inputs


def _loaded(rows: Rows, cap: int) -> Inputs:
    """Labelled rows, at most `cap` and some more of rare classes; of rows with two texts no more than can be compared in full, for one word after the other tells little."""
    splits, data = (str(Split.TRAIN), str(Split.HOLDOUT)), rows.dataset
    texts = [c for c in data.columns if c.dtype == "String" and c.name in {*data.role(Role.TEXT), *data.role(Role.FEATURE)}]
    if len(texts) > 1 and cap > FULL_ROWS and rows.count(splits) > FULL_ROWS:
        few = load(rows, splits=splits, cap=FULL_ROWS, rare=True)
        if few.pair is not None:
            return few
    return load(rows, splits=splits, cap=cap, rare=cap <= FULL_ROWS)


def study(inputs: Inputs, duplicates: DuplicateFacts | None, leaks: LeakFacts | None, rows: Rows) -> ProbeFacts:
    """The probe of whatever kind of labels there is."""
    labels = inputs.labels
    known = inputs.take(np.flatnonzero(labels.present))
    train = known.of(str(Split.TRAIN))
    sizes = duplicates.by_class if duplicates else ()
    nothing = ProbeFacts("none", len(train), inputs.sampled, len(labels.names), sizes, measured=False)
    if labels.kind == "none":
        return replace(nothing, reason="there is no label column")
    if len(train) < MIN_ROWS:
        return replace(nothing, reason=f"{len(train)} labelled training rows are too few (at least {MIN_ROWS})")
    settings = rows.settings
    if known.kind == "none" and not (labels.kind == "single" and settings.labels.embeddings):
        more = "; labels.embeddings takes a file with an embedding of each row" if labels.kind == "single" else ""
        return replace(nothing, reason=known.why_none + more)
    probe = Probe(
        inputs=known,
        train=train,
        held=_unleaked(known, leaks),
        held_all=known.of(str(Split.HOLDOUT)),
        unit=units(known, duplicates),
        folds=max(2, settings.labels.folds),
        target=settings.use_case.target,
        pred_probs=settings.labels.pred_probs,
        embeddings=settings.labels.embeddings,
        every=_labelled_places(rows) if inputs.sampled and (settings.labels.pred_probs or settings.labels.embeddings) else None,
    )
    many = labels.kind == "single" and known.text is not None and (len(train) > FULL_ROWS or len(train) * len(labels.names) > FULL_CELLS)
    if labels.kind == "single" and not many and duplicates is not None and not duplicates.natural:
        probe = replace(probe, contradicted=_contradicted(known, duplicates))
    if labels.kind == "single" and not many and duplicates is not None:
        probe = replace(probe, spare=_spare(known, duplicates))
    read, unused = _vectors(probe, settings, rows.dataset.root, many=many)
    facts = _judged(replace(probe, meaning=read.x if read else None), sizes, many=many)
    if facts is None:
        return replace(nothing, reason=f"labels of kind {labels.kind} have no probe")
    if read and facts.measured:
        facts = replace(facts, method=f"{facts.method}; texts read by {read.words} too")
    return replace(facts, vectors_unused=unused)


def _judged(probe: Probe, sizes: tuple[ClassSize, ...], *, many: bool) -> ProbeFacts | None:
    kind = probe.inputs.labels.kind
    if kind == "single":
        return large.study(probe, sizes) if many else classes.study(probe, sizes)
    if kind == "multi":
        return multilabel.study(probe, sizes)
    return regression.study(probe) if kind == "number" else None


def _vectors(probe: Probe, settings: Settings, root: str, *, many: bool) -> tuple[Vectors | None, str]:
    """Vectors of the texts, or None and why there are none (empty where none were asked for)."""
    wanted = settings.labels.vectors
    if not wanted:
        return None, ""
    if probe.embeddings:
        return None, "your own embeddings are read"
    if probe.inputs.labels.kind == "multi":
        return None, "several labels a row are judged by words"
    if many:
        return None, f"{len(probe.train):,} labelled rows of {len(probe.inputs.labels.names):,} classes are judged by hashed words"
    return vectors.of_inputs(probe.inputs, wanted, root)


def _labelled_places(rows: Rows) -> NDArray[np.int64]:
    """Sorted places of all labelled training rows."""
    data = rows.dataset
    columns = tuple(dict.fromkeys([*data.role(Role.LABEL), *data.role(Role.ANNOTATOR)]))
    frame = rows.select(columns, splits=(str(Split.TRAIN),))
    present = label_of(frame, data).present
    return np.sort(place_key(frame.get_column(FILE).to_numpy().astype(np.uint32)[present], frame.get_column(ROW).to_numpy().astype(np.int64)[present]))


def units(inputs: Inputs, duplicates: DuplicateFacts | None) -> NDArray[np.int64]:
    """Which rows stay together: near-duplicate clusters, joined where the group column or a shared passage says so."""
    cluster = align(duplicates, inputs)[0] if duplicates else np.arange(len(inputs), dtype=np.int64)
    ids = np.unique(cluster, return_inverse=True)[1].astype(np.int64)
    for groups in (inputs.group, inputs.passage):
        if groups is None or not (groups >= 0).any():
            continue
        sets = Sets(int(ids.max()) + 1)
        first: dict[int, int] = {}
        for unit, group in zip(ids.tolist(), groups.tolist(), strict=True):
            if group >= 0:
                sets.join(unit, first.setdefault(group, unit))
        ids = sets.ids()[ids]
    return ids


def _contradicted(inputs: Inputs, duplicates: DuplicateFacts) -> NDArray[np.bool_]:
    """Training rows in near-duplicate clusters of more than one label."""
    out = np.zeros(len(inputs), np.bool_)
    train = inputs.of(str(Split.TRAIN))
    ids = np.unique(align(duplicates, inputs)[0][train], return_inverse=True)[1]
    pairs = np.unique(np.stack([ids.astype(np.uint64), inputs.labels.hash[train]]), axis=1)
    out[train] = (np.bincount(pairs[0].astype(np.int64)) > 1)[ids]
    return out


def _spare(inputs: Inputs, duplicates: DuplicateFacts) -> NDArray[np.bool_]:
    """Training rows from which nothing is learnt beside the rows that they copy."""
    out = np.zeros(len(inputs), np.bool_)
    train = inputs.of(str(Split.TRAIN))
    out[train] = spare(align(duplicates, inputs)[1][train], inputs.labels.code[train].astype(np.int64), natural=duplicates.natural)
    return out


def _unleaked(inputs: Inputs, leaks: LeakFacts | None) -> NDArray[np.int64]:
    held = inputs.of(str(Split.HOLDOUT))
    if leaks is None or not len(leaks.row):
        return held
    bad = np.isin(place_key(inputs.file[held], inputs.row[held]), place_key(leaks.file, leaks.row))
    return np.asarray(held[~bad], dtype=np.int64)
