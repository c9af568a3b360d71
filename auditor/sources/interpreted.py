"""What the rows of a source are: the columns that other forms of writing are turned into, the role of each, the shape of all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.model import Role, Shape, Split
from auditor.sources import answers, derived, exported, rewritten, transcripts
from auditor.sources.facts import SAMPLE_ROWS, column_facts
from auditor.sources.roles import Seen, choose
from auditor.sources.types import joined

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    import polars as pl

    from auditor.model import FileInfo, RoleChoice
    from auditor.settings import Settings
    from auditor.sources.types import Part

_STRETCHES: Final = 8
"""Stretches of a large table that the sample is made of."""
_MOST_SAMPLED: Final = 400
"""Parts of which the sample takes rows at most."""
_SETTLED: Final = (Role.LABEL, Role.ANNOTATOR, Role.MESSAGES, Role.CHOSEN, Role.RESPONSE)
"""Roles that say what is to be learnt."""


class Interpreted(NamedTuple):
    """Parts with the columns that were made, and what is said of them."""

    parts: tuple[Part, ...]
    files: tuple[FileInfo, ...]
    schema: pl.Schema
    roles: tuple[RoleChoice, ...]
    shape: Shape
    reason: str
    """Why it is this shape."""
    delimiter: str
    """What stands between several classes in a cell, or nothing."""


def interpreted(parts: list[Part], files: list[FileInfo], schema: pl.Schema, settings: Settings, *, split: str, absent: str) -> Interpreted:
    """Tell what the rows are. `split` is the column with the splits, `absent` the one that only training files have.

    Raises:
        ConfigError: when a declared column, role or shape does not exist.
    """
    import polars as pl

    parts, schema = derived.with_chats(*derived.with_reviews(*derived.with_spans(parts, schema)))
    sample = _sample(parts)
    declared = bool(settings.data.label or settings.data.text or settings.data.roles)
    pairs = None
    if not declared and settings.data.shape in {"", str(Shape.PROMPT_COMPLETION), str(Shape.PREFERENCE)}:
        parts, schema, pairs = answers.with_pairs(parts, schema, sample, settings.data.shape)
        if pairs is not None:
            sample = _sample(parts)
            new = (pairs.response, *((pairs.rejected,) if pairs.rejected else ()))
            files = [replace(f, lacks=(*f.lacks, *new)) if {*pairs.used} & {*f.lacks} else f for f in files]
    seen = Seen(split, absent, pairs=pairs)
    told = _told(sample, settings, seen)
    if not declared and not settings.data.shape and pairs is None:
        settled = {c for r in told.roles if r.role in _SETTLED for c in r.columns}
        found = exported.find(sample, settled) or rewritten.find(sample, settled)
        if found is not None:
            parts = [p.with_columns(found.made) for p in parts]
            schema, sample = parts[0].frame.collect_schema(), _sample(parts)
            files = _lacking(files, found.label, found.read)
            told = _told(sample, settings, seen._replace(rewritten=found))
    if told.shape is Shape.PLAIN_TEXT and not declared and not settings.data.shape and (talks := _talks(parts, told)) is not None:
        parts = [p.with_columns([talks]) for p in parts]
        schema = parts[0].frame.collect_schema()
        told = _told(_sample(parts), settings, seen)
    if told.shape is Shape.PLAIN_TEXT and derived.LABELS not in schema:
        used = {c for r in told.roles for c in r.columns}
        hot = derived.binary_columns(sample, [c for c in sample.columns if c not in used])
        if hot:
            columns = {c: pl.col(c) for c in hot}
            made = rewritten.classes_of(columns, one=rewritten.one_each(sample, columns)).alias(derived.LABELS)
            parts = [p.with_columns([made]) for p in parts]
            schema, files = parts[0].frame.collect_schema(), _lacking(files, derived.LABELS, hot)
            told = _told(_sample(parts), settings, seen._replace(hot=hot))
    parts = [replace(p, cut=None) for p in parts]  # other processes cannot be given it
    return Interpreted(tuple(parts), tuple(files), schema, *told)


def said_classes(declared: Iterable[Mapping[str, tuple[str, ...]]], told: Interpreted) -> tuple[str, ...]:
    """The classes that the files themselves declare for the label, where all of them say the same."""
    labels = [c for r in told.roles if r.role is Role.LABEL for c in r.columns]
    said = {classes.get(labels[0], ()) for classes in declared} if len(labels) == 1 and told.shape is Shape.CLASSIFICATION else set()
    return next(iter(said)) if len(said) == 1 else ()


def _talks(parts: list[Part], told: _Told) -> pl.Expr | None:
    """The column of turns that the only text makes."""
    texts = [c for r in told.roles if r.role is Role.TEXT for c in r.columns]
    return transcripts.find(parts, texts[0]) if len(texts) == 1 else None


def _lacking(files: list[FileInfo], made: str, of: Collection[str]) -> list[FileInfo]:
    """Files that have none of the columns that `made` is made of lack it, too."""
    return [replace(f, lacks=(*f.lacks, made)) if made and {*of} <= {*f.lacks} else f for f in files]


def _sample(parts: Sequence[Part]) -> pl.DataFrame:
    """Training rows by which columns are told: all, or some of each part of the whole, since rows may be sorted by class."""
    import polars as pl

    # of what lies in one file pieces are no parts: how it is cut changes nothing in what it is
    train = joined(p if p.whole is None or p.whole.placed is None else replace(p, whole=None) for p in [p for p in parts if p.split == Split.TRAIN] or parts)
    few = train[:4]
    if sum(p.rows for p in few) < SAMPLE_ROWS:
        few = train[:: -(-len(train) // _MOST_SAMPLED)]
    elif spread := _stretches(train):
        return pl.concat(spread).collect()
    each = SAMPLE_ROWS if len(few) <= 4 else -(-SAMPLE_ROWS // len(few))
    return pl.concat([p.data.head(each) for p in few]).head(SAMPLE_ROWS).collect()


def _stretches(parts: Sequence[Part]) -> list[pl.LazyFrame]:
    """`SAMPLE_ROWS` rows in a few stretches from the first row to the last; nothing where reaching them costs more than they do."""
    total, each = sum(p.rows for p in parts), SAMPLE_ROWS // _STRETCHES
    out: list[pl.LazyFrame] = []
    for k in range(_STRETCHES):
        low = k * (total - each) // (_STRETCHES - 1)
        at = 0
        for part in parts:
            first, last = max(low, at), min(low + each, at + part.rows)
            if first < last:
                rows = part.stretch(first - at, last - first)
                if rows is None:
                    return []
                out.append(rows)
            at += part.rows
    return out


class _Told(NamedTuple):
    roles: tuple[RoleChoice, ...]
    shape: Shape
    reason: str
    delimiter: str


def _told(sample: pl.DataFrame, settings: Settings, seen: Seen) -> _Told:
    facts = column_facts(sample)

    def refines(fine: str, coarse: str) -> bool:
        pairs = sample.select(fine, coarse).drop_nulls().unique()
        return pairs.height == pairs[fine].n_unique()

    roles, shape, reason = choose(facts, settings.data, refines, seen)
    labels = {c for r in roles if r.role is Role.LABEL for c in r.columns} if shape is Shape.CLASSIFICATION else set()
    return _Told(roles, shape, reason, next((f.delimiter for f in facts if f.name in labels), ""))
