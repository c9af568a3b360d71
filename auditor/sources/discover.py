"""From a path to a `Source`: every file read or ignored with a reason, one schema, roles, splits, parts, digest."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auditor.errors import AuditError, ConfigError, DeclaredError, SourceError
from auditor.model import Column, Dataset, FileInfo, FileNote, Ignored, Reject, Shape, Split
from auditor.scan.chunk import chunk_rows
from auditor.sources import by_file, joins, layouts, one_form, pages, several_rows
from auditor.sources.called import says_answer
from auditor.sources.digest import sha256_of
from auditor.sources.gathered import gathered
from auditor.sources.interpreted import interpreted, said_classes
from auditor.sources.names import spoken_path, with_spoken
from auditor.sources.one_file import read_file
from auditor.sources.schema import align, dtype_name, groups_of, unified
from auditor.sources.splits import ambiguous, split_of_name, split_of_path
from auditor.sources.types import Candidate, Part, RawTable, ReadResult, Source, Whole
from auditor.sources.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from auditor.settings import DataSettings, Settings

EXPANSION: Final = 6
"""Compressed text is taken to grow so many times; measured on JSON and CSV with gzip and zstd: 3 to 8."""
MAX_REJECTS: Final = 1000
SPLIT_COLUMNS: Final = ("split", "set", "subset", "partition", "data_split", "dataset_split", "fold")
"""Names of columns that may say which split a row belongs to; whether one does, its values tell."""
MOST_SPLITS: Final = 20
"""Different values that such a column may have."""
_PAPERS: Final = (".pdf", ".html", ".htm")


@dataclass(frozen=True)
class _Read:
    file: Candidate
    result: ReadResult


def discover(
    root: Path,
    settings: Settings,
    progress: Callable[[str, float], None] = lambda *_: None,
    known: Mapping[Path, str] | None = None,
    *,
    trust: bool = False,
) -> Source:
    """Read what is at `root`; `known` has the sha256 of files that need not be digested again.

    With `trust` large files may be taken to go on as they begin, which saves reading them twice: `engine.run` raises `RefutedError`
    where one does not, and the source is to be read again without it.

    Raises:
        SourceError: when there is nothing to read at all; the message lists what was seen.
        ConfigError: when `audit.toml` names files, columns or shapes that don't exist.
    """
    data = settings.data
    settings = replace(settings, data=replace(data, train=spoken_path(data.train), holdout=spoken_path(data.holdout), production=spoken_path(data.production)))
    candidates, ignored = walk(root, (*settings.data.ignore, *settings.evidence_files))
    if root.is_dir():
        _declared_are_there(settings.data, [c.name for c in candidates])
    layout = layouts.apply(root, candidates)
    ignored.extend(layout.ignored)
    reads: list[_Read] = []
    size_of_all, size_done = max(1, sum(f.size for f in layout.files)), 0
    fits = sum(map(_decoded, layout.files)) <= settings.memory_mb << 20
    hold = fits and settings.executor != "ray"  # what is held would go through the driver
    trust = trust and not settings.executor  # other processes would have to tell this one
    for file in layout.files:
        progress(file.name, size_done / size_of_all)
        size_done += file.size
        result = read_file(file, layout.classes, hold=hold, trust=trust)
        named = split_of_name(layout.splits.get(file.name, ""))
        if result is not None and named:
            result = replace(result, tables=tuple(replace(t, split=t.split or named) for t in result.tables))
        if result is None:
            ignored.append(Ignored(file.name, "not a format that holds rows"))
        else:
            reads.append(_Read(file, with_spoken(result, file.name)))
    if root.is_dir() and not any(t.rows for r in reads for t in r.result.tables) and (found := pages.read(root, ignored)):
        reads += [_Read(file, result) for file, result in found]
        ignored = [i for i in ignored if i.path not in {file.name for file, _ in found}]
    proofs = tuple((t.proof, t.frame) for r in reads for t in r.result.tables if t.proof is not None)
    try:
        source = _assembled(root, settings, reads, ignored, known or {}, hold=hold)
    except AuditError:
        if not proofs:
            raise
        return discover(root, settings, progress, known)  # what is wrong may be what was taken for granted
    if any(proof.failed for proof, _ in proofs):
        return discover(root, settings, progress, known)
    return replace(source, proofs=proofs)


def _declared_are_there(settings: DataSettings, names: list[str]) -> None:
    """A hold-out whose name is mistyped would be read as training data.

    Raises:
        ConfigError: when a file that `audit.toml` gives to a split is not there.
    """
    for key in ("train", "holdout", "production"):
        pattern = getattr(settings, key)
        if pattern and not any(fnmatch(name, pattern) for name in names):
            near = difflib.get_close_matches(pattern, names, 1)
            raise ConfigError(f"audit.toml: data.{key} = '{pattern}': no such file{f'; did you mean {near[0]!r}?' if near else ' among the data'}")


def _assembled(root: Path, settings: Settings, reads: list[_Read], ignored: list[Ignored], known: Mapping[Path, str], *, hold: bool) -> Source:
    notes = [n for r in reads for n in r.result.notes]
    found = [(r, t) for r in reads for t in r.result.tables if t.rows and len(t.frame.collect_schema())]
    if not found:
        raise SourceError(_nothing(root, reads, ignored))
    cells = by_file.partitions([r.file.name for r, _ in found])
    found = [(r, _with_cells(t, [e for name, e in more.items() if name not in t.frame.collect_schema()])) for (r, t), more in zip(found, cells, strict=True)]
    found, label, named = _classified(found, settings.data)
    settings = replace(settings, data=replace(settings.data, label=label))
    found, told = _joined(found, settings.data)
    found, turns = _examples(found, settings.data)
    notes.extend((*named, *told, *turns))
    found, lines = _without_lines(found, settings.data)
    ignored.extend(lines)
    notes = [n for n in notes if n.file not in {i.path for i in lines}]  # how a file is written that nobody reads is no matter
    found, forms = _one_form(found, settings.data)
    notes.extend(forms)
    main, others = groups_of([(t.frame.collect_schema(), t.rows) for _, t in found])
    for index in others:
        name = found[index][0].file.name
        notes.append(FileNote(name, "other_schema", "has other columns than the rest, so it looks like another data set: audit it on its own"))
    outside = {found[i][0].file.name for i in others} - {found[i][0].file.name for i in main}
    outside |= {i.path for i in lines}
    ignored.extend(Ignored(name, "other columns than the rest of the data set") for name in sorted(outside - {i.path for i in lines}))
    return _source(root, settings, reads, [found[i] for i in main], notes, ignored, outside, known, hold=hold)


def _classified(found: list[tuple[_Read, RawTable]], settings: DataSettings) -> tuple[list[tuple[_Read, RawTable]], str, list[FileNote]]:
    """The tables with the class of their rows where the file says it, the label column, and what is to be said of it.

    Raises:
        ConfigError: files are declared to be classes, and their names do not tell them apart.
    """
    import polars as pl

    declared = settings.label == by_file.FILE
    columns = {c for _, t in found for c in t.frame.collect_schema()}
    if not declared and (settings.label or settings.roles or settings.shape not in {"", Shape.CLASSIFICATION} or any(map(says_answer, columns))):
        return found, settings.label, []
    names = [r.file.name for r, t in found if _split(r.file.name, t, settings) != Split.PRODUCTION]
    classes = by_file.told(names, declared=declared)
    if not classes:
        if declared:
            raise DeclaredError("data.label", by_file.FILE, f"the {'names of the ' + str(len(names)) + ' files' if len(names) > 1 else 'name of the one file'} and of the folders do not tell at least two classes apart")
        return found, settings.label, []
    label = next(n for n in (by_file.LABEL, "label_of_file", "label_of_file_1") if n not in columns)
    out = [(r, _with_cells(t, [pl.lit(classes.get(r.file.name), pl.String).alias(label)])) for r, t in found]
    note = FileNote(names[0], "class_of_file", f"and {len(names) - 1} more are taken for one class each, as their names say ('{classes[names[0]]}'); where that is wrong, name the label: [data] label")
    return out, label if declared else settings.label, [] if declared else [note]


def _with_cells(table: RawTable, made: list[pl.Expr]) -> RawTable:
    """The table with columns of one value each."""
    if not made:
        return table
    cut = table.cut
    more = None if cut is None else lambda first, rows: cut(first, rows).with_columns(made)
    return replace(table, frame=table.frame.with_columns(made), cut=more)


def _joined(found: list[tuple[_Read, RawTable]], settings: DataSettings) -> tuple[list[tuple[_Read, RawTable]], list[FileNote]]:
    """The tables with those made one that hold different columns of the same rows, and what is to be said of it."""
    pairs = _pairs(found, settings) if len(found) > 1 else []
    gone = {p.narrow for p in pairs}
    whole = {p.wide: p.table for p in pairs}
    names = [r.file.name for r, _ in found]
    notes = [FileNote(names[p.narrow], "joined", f"holds other columns of the rows of {names[p.wide]}; they are read together by {p.by}, which a trainer must be told") for p in pairs]
    return [(r, whole.get(i, t)) for i, (r, t) in enumerate(found) if i not in gone], notes


def _examples(found: list[tuple[_Read, RawTable]], settings: DataSettings) -> tuple[list[tuple[_Read, RawTable]], list[FileNote]]:
    """The tables with a row an example, and what is to be said of those that had several."""
    made = [(read, table, several_rows.together(table, settings)) for read, table in found]
    return [(r, m[0] if m else t) for r, t, m in made], [FileNote(r.file.name, "turns", m[1]) for r, _, m in made if m]


def _one_form(found: list[tuple[_Read, RawTable]], settings: DataSettings) -> tuple[list[tuple[_Read, RawTable]], list[FileNote]]:
    """The tables with conversations in one form where they have several and no column is declared, and what is to be said of those."""
    if settings.label or settings.text or settings.roles:
        return found, []
    tables, told = one_form.as_one([t for _, t in found])
    notes = [FileNote(found[i][0].file.name, "other_form" if _split(found[i][0].file.name, t, settings) == Split.TRAIN else "other_form_of_holdout", told[i]) for i, t in enumerate(tables) if i in told]
    return [(r, t) for (r, _), t in zip(found, tables, strict=True)], notes


def _without_lines(found: list[tuple[_Read, RawTable]], settings: DataSettings) -> tuple[list[tuple[_Read, RawTable]], list[Ignored]]:
    """The tables without files of mere lines, where others have columns: lists of names and requirements, but for a sample of production."""
    if all(r.result.format == "text" or len(t.frame.collect_schema()) == 1 for r, t in found):
        return found, []
    declared = [p for p in (settings.train, settings.holdout, settings.production) if p]
    kept = [r.result.format != "text" or len(t.frame.collect_schema()) > 1 or _split(r.file.name, t, settings) == Split.PRODUCTION or any(fnmatch(r.file.name, p) for p in declared) for r, t in found]
    gone = [Ignored(r.file.name, "lines of text beside tables") for (r, _), keep in zip(found, kept, strict=True) if not keep]
    return [f for f, keep in zip(found, kept, strict=True) if keep], gone


def _pairs(found: list[tuple[_Read, RawTable]], settings: DataSettings) -> list[joins.Joined]:
    splits = [_split(r.file.name, t, settings) for r, t in found]
    return (
        joins.in_two_languages([(r.file, r.result.format, t) for r, t in found])
        or joins.inputs_and_labels([(r.file, split, t) for (r, t), split in zip(found, splits, strict=True)])
        or joins.joined([(split, r.file.size, t) for (r, t), split in zip(found, splits, strict=True)])
    )


def _decoded(file: Candidate) -> int:
    """Bytes of the rows of a file that would be held, roughly; Parquet is read where it lies."""
    name = file.name.lower()
    if name.endswith(".parquet"):
        return 0
    return file.size * (EXPANSION if name.endswith((".gz", ".zst", ".bz2", ".xz", ".zip")) else 1)


def _nothing(root: Path, reads: list[_Read], ignored: list[Ignored]) -> str:
    why = [(n.file, n.message) for r in reads for n in r.result.notes] + [(x.file, f"line {x.line}: {x.reason}") for r in reads for x in r.result.rejects[:1]]
    why += [(i.path, i.reason) for i in ignored]
    by_reason: dict[str, list[str]] = {}
    for name, reason in why:
        by_reason.setdefault(reason, []).append(name)
    told = [f"{names[0]}: {reason}" if len(names) == 1 else f"{len(names)} files ({', '.join(names[:2])}, ...): {reason}" for reason, names in by_reason.items()]
    if any(i.path.lower().endswith(_PAPERS) for i in ignored):
        told.append("text in PDF and HTML is not read: write it to .md or .txt, or as rows")
    none = f"{reads[0].file.name}: has no row" if len(reads) == 1 else f"none of {len(reads)} files has a row"
    return f"{root}: no readable rows ({'; '.join(told[:6]) if told else none if reads else 'the folder is empty'})"


def _source(  # noqa: PLR0917 - what was found, in the order of finding it
    root: Path,
    settings: Settings,
    reads: list[_Read],
    found: list[tuple[_Read, RawTable]],
    notes: list[FileNote],
    ignored: list[Ignored],
    outside: set[str],
    known: Mapping[Path, str],
    *,
    hold: bool,
) -> Source:
    schema, clashes = unified([t.frame.collect_schema() for _, t in found])
    notes.extend(FileNote("", "mixed_types", f"column '{c}' has different types in different files; read as text") for c in clashes)
    infos: list[FileInfo] = []
    parts: list[Part] = []
    wholes: list[Part] = []
    by_read: dict[int, list[RawTable]] = {}
    for read, table in found:
        by_read.setdefault(id(read), []).append(table)
    for read in reads:
        if read.file.name in outside:
            continue
        mine = by_read.get(id(read), [])
        at, splits = 0, []
        for table in mine:
            split = _split(read.file.name, table, settings.data)
            splits.append(split)
            frame = align(table.frame, schema)
            cut = None if table.cut is None else _aligned(table.cut, schema)
            whole = Part(len(infos), split, at, table.rows, frame, chunk_rows(read.file.size, table.rows), sliceable=table.sliceable, cut=cut)
            wholes.append(whole)
            parts.extend(_parts(whole, table, settings.partition_rows))
            at += table.rows
        digest = known.get(read.file.path) or sha256_of(read.file.path)
        have = {c for t in mine for c in t.frame.collect_schema()}
        lacks = tuple(c for c in schema if c not in have)
        infos.append(FileInfo(read.file.name, read.file.size, digest, read.result.format, ",".join(dict.fromkeys(splits)) or "none", at, lacks))
    notes.extend(FileNote(f.path, "ambiguous_split", "is named after several splits; read as train. Name it in audit.toml: [data] train, holdout") for f in infos if ambiguous(f.path))
    column = _split_column(wholes, schema, settings.data)
    if column:
        parts = [p for whole in wholes for p in _by_column(whole, column)]
        infos = [replace(f, split=",".join(dict.fromkeys(p.split for p in parts if p.file == i))) for i, f in enumerate(infos)]
    if not any(p.split == Split.TRAIN for p in parts):
        parts, infos = _as_train(parts, infos, notes)
    if settings.executor != "ray":
        parts = gathered(parts, [f.bytes for f in infos], hold=hold)
    absent = _absent([(t.frame.collect_schema(), _split(r.file.name, t, settings.data)) for r, t in found])
    told = interpreted(parts, infos, schema, settings, split=column, absent=absent)
    rejects: list[Reject] = [x for r in reads if r.file.name not in outside for x in r.result.rejects]
    dataset = Dataset(
        name=spoken_path(root.name or root.resolve().name),
        root=str(root),
        files=told.files,
        ignored=tuple(sorted(ignored, key=lambda i: i.path)),
        columns=tuple(Column(n, dtype_name(t)) for n, t in told.schema.items()),
        roles=told.roles,
        shape=told.shape,
        shape_reason=told.reason,
        rejects=tuple(rejects[:MAX_REJECTS]),
        rejected_rows=sum(r.result.rejected_rows for r in reads if r.file.name not in outside),
        notes=tuple(notes),
        classes=settings.data.classes or said_classes([t.classes for _, t in found], told),
        label_delimiter=told.delimiter,
        digest=_dataset_digest(infos),
        production=sum(p.rows for p in told.parts if p.split == Split.PRODUCTION),
    )
    return Source(dataset, told.parts)


def _split_column(wholes: list[Part], schema: pl.Schema, settings: DataSettings) -> str:
    """The column that says the split of each row: the one declared, or one named like it in which every row says a split we know.

    A column is looked for only where nothing else (the names of files, a dict of splits) names more than the training split.

    Raises:
        ConfigError: the one declared does not exist, or says no split in some row.
    """
    import polars as pl

    if not settings.split and any(p.split != Split.TRAIN for p in wholes):
        return ""
    named = [settings.split] if settings.split else [c for c, t in schema.items() if c.lower() in SPLIT_COLUMNS and t in (pl.String, pl.Categorical, pl.Enum)]
    for column in named:
        if column not in schema:
            raise ConfigError(f"audit.toml: data.split = '{column}': no such column; columns are {', '.join(repr(c) for c in list(schema)[:20])}")
        values = pl.concat([p.frame.select(pl.col(column).cast(pl.String)) for p in wholes]).unique().head(MOST_SPLITS + 1).collect(engine="streaming")[column].to_list()
        unknown = sum(v is None or split_of_name(v) is None for v in values)
        if settings.split and (unknown or len(values) > MOST_SPLITS):
            what = "empty cells or values that name no split" if unknown else "too many values"  # which ones is not told: it may be the wrong column
            raise ConfigError(f"audit.toml: data.split = '{column}': holds {what}; each row must say train, validation, test or production")
        if not unknown and {str(Split.TRAIN)} < {split_of_name(v or "") for v in values}:
            return column
    return ""


def _by_column(whole: Part, column: str) -> list[Part]:
    """A part for each split that `column` names, in the order of training, validation, hold-out, production."""
    import polars as pl

    counts = whole.frame.select(pl.col(column).cast(pl.String)).group_by(column).len().collect(engine="streaming")
    rows = {str(value): int(n) for value, n in counts.iter_rows()}
    found = []
    for split in Split:
        values = tuple(sorted(v for v in rows if split_of_name(v) == split))
        if values:
            found.append(replace(whole, split=str(split), rows=sum(rows[v] for v in values), within=(column, values)))
    return found


def _as_train(parts: list[Part], infos: list[FileInfo], notes: list[FileNote]) -> tuple[list[Part], list[FileInfo]]:
    """Without a training split, what is there is the candidate to train on, whatever its files are called."""
    notes.append(FileNote(infos[0].path, "no_train", "there is no training split, so these rows are judged as training data"))
    kept = (str(Split.PRODUCTION), "none")
    return (
        [p if p.split in kept else replace(p, split=str(Split.TRAIN)) for p in parts],
        [f if f.split in kept else replace(f, split=str(Split.TRAIN)) for f in infos],
    )


def _aligned(cut: Callable[[int, int], pl.LazyFrame], schema: pl.Schema) -> Callable[[int, int], pl.LazyFrame]:
    return lambda first, rows: align(cut(first, rows), schema)


def _parts(whole: Part, table: RawTable, wanted: int) -> list[Part]:
    """Partitions of about `wanted` rows that begin at multiples of a chunk, so that any number of them gives the same chunks."""
    step = max(1, wanted // whole.chunk_rows) * whole.chunk_rows
    if whole.rows <= step or not (table.sliceable or table.cut):
        return [whole]
    out: list[Part] = []
    for first in range(0, whole.rows, step):
        rows = min(step, whole.rows - first)
        frame = whole.frame.slice(first, rows) if whole.cut is None else whole.cut(first, rows)
        out.append(replace(whole, first_row=whole.first_row + first, rows=rows, frame=frame, whole=Whole((whole.file, whole.first_row), whole.rows, whole.frame, costly=table.costly)))
    return out


def _split(name: str, table: RawTable, settings: DataSettings) -> str:
    for pattern, split in ((settings.train, Split.TRAIN), (settings.holdout, Split.HOLDOUT), (settings.production, Split.PRODUCTION)):
        if pattern and fnmatch(name, pattern):
            return str(split)
    return table.split or split_of_path(name) or str(Split.TRAIN)


def _absent(tables: list[tuple[pl.Schema, str]]) -> str:
    """The one column that all training files have and no hold-out file has: what is to be predicted, as competitions hand it out."""
    train = [set(schema) for schema, split in tables if split == Split.TRAIN]
    held = [set(schema) for schema, split in tables if split in (Split.HOLDOUT, Split.VALIDATION)]
    if not train or not held:
        return ""
    only = [c for c in sorted(train[0]) if all(c in t for t in train) and not any(c in h for h in held)]
    return only[0] if len(only) == 1 and len(train[0]) > 2 else ""


def _dataset_digest(files: list[FileInfo]) -> str:
    lines = "".join(f"{f.sha256}  {f.path}\n" for f in sorted(files, key=lambda f: f.path))
    return hashlib.sha256(lines.encode()).hexdigest()


