"""One front for every shape of data set: what the model reads, what it should say, and which rows belong together.

Rows come in canonical order (by a hash of input and label), so nothing downstream depends on the order of the file.
Numbers are compared at six significant digits and labels by name, so CSV and Parquet give the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, cast

import numpy as np
import polars as pl

from auditor.detectors.annotators import majority
from auditor.detectors.conversations import attachments, exchange, flatten, instruction, preference
from auditor.detectors.hashing import codes, combine, mix, normal_parts, number_hash, place_key, text_hash
from auditor.detectors.labels import Labels, class_name, empty, read_labels
from auditor.detectors.table import Table, read_table
from auditor.detectors.texts import Texts, taken
from auditor.model import Role, Shape, Split
from auditor.scan.hashes import fingerprints
from auditor.scan.request import FILE, ROW, SPLIT
from auditor.sources.votes import are_votes, wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.model import Dataset
    from auditor.scan.request import Rows

SEVERAL = 50_000
"""Rows from which texts stay a column; fewer are a list, which is read one by one faster."""
MIN_PASSAGE = 3.0
"""Words (mean) from which the values of a column are written text."""
MIN_COLUMNS = 2
"""Written texts in a row; a single one that repeats is a copy."""
MIN_PASSAGES = 20
"""Different texts; of fewer they are classes rather than passages."""
INSTRUCTED = 2000
OWN_INSTRUCTION = 0.5
"""Conversations whose system turns are looked at, and different ones as a share of these from which each belongs to its row (our choice)."""
OWN_PASSAGE = 0.95
"""Share of the rows that have a text of their own from which nothing is shared."""
RARE = 200
"""Rows of a class that a sample of rows should have: with fewer nothing is learnt of it, however many there are elsewhere (our choice)."""
COMPARED = 50_000
"""Rows up to which two texts are kept apart beside their sum."""
LARGEST_PASSAGE = 0.1
"""Share of the rows with one and the same text above which they can't be kept together: our choice, half of a fold."""
SERIES = 0.5
"""Share of different rows below which a table of numbers by day is told apart by the day as well (our choice)."""
CONVERSATIONAL = frozenset({Shape.CHAT, Shape.PREFERENCE, Shape.PROMPT_COMPLETION})
LABELLED = frozenset({Shape.CLASSIFICATION, Shape.REGRESSION, Shape.TOKEN_LABELS})


@dataclass(frozen=True)
class Inputs:
    """Rows of a data set as a learner sees them, in canonical order; all arrays and lists are aligned."""

    file: NDArray[np.uint32] = field(repr=False)
    row: NDArray[np.int64] = field(repr=False)
    split: NDArray[np.str_] = field(repr=False)
    text: Sequence[str] | None = field(repr=False)
    """What is read: the text columns, or prompt and response of a conversation; None for pure tables."""
    prompt: list[str] | None = field(repr=False)
    response: list[str] | None = field(repr=False)
    rejected: list[str] | None = field(repr=False)
    table: Table = field(repr=False)
    labels: Labels = field(repr=False)
    key: NDArray[np.uint64] = field(repr=False)
    """Hash of the normalised input: equal means the same input."""
    group: NDArray[np.int64] | None = field(repr=False)
    """Entity of each row (-1 = none), where a group column is known."""
    sampled: bool
    passage: NDArray[np.int64] | None = field(default=None, repr=False)
    """Rows that share a written text beside another (a premise, a query, a passage), where a set has such a column."""
    pair: tuple[Sequence[str], Sequence[str]] | None = field(default=None, repr=False)
    """The two written texts of each row, where a labelled set has exactly two: how they compare may be what the label says."""
    unread: NDArray[np.uint64] | None = field(default=None, repr=False)
    """Hash of what a row has beside that and cannot be read here (images, sound, nested values), 0 where it has nothing; None where no row has."""
    unwanted: NDArray[np.bool_] | None = field(default=None, repr=False)
    """Rows whose response is marked as a bad one (KTO); None where nothing says so."""
    added: NDArray[np.bool_] | None = field(default=None, repr=False)
    """Rows that are here beyond a sample, because their class is rare; None where there are none."""

    def __len__(self) -> int:
        return len(self.row)

    @property
    def kind(self) -> str:
        """`text`, `tabular`, `mixed` or `none`."""
        if self.text is not None:
            return "mixed" if self.table.width else "text"
        return "tabular" if self.table.width else "none"

    @property
    def why_none(self) -> str:
        """Why there is nothing for a probe to learn from, where there isn't."""
        if self.unread is None:
            return "no column can be read as text, number or category"
        return "what the rows hold (images, sound, nested values, times, or the names of files) is not read here"

    def take(self, index: NDArray[np.int64]) -> Inputs:
        """The rows at `index`, in that order."""

        def pick(values: list[str] | None) -> list[str] | None:
            return None if values is None else [values[i] for i in index]

        return replace(
            self,
            file=self.file[index],
            row=self.row[index],
            split=self.split[index],
            text=None if self.text is None else taken(self.text, index),
            prompt=pick(self.prompt),
            response=pick(self.response),
            rejected=pick(self.rejected),
            table=self.table.take(index),
            labels=self.labels.take(index),
            key=self.key[index],
            group=None if self.group is None else self.group[index],
            passage=None if self.passage is None else self.passage[index],
            pair=None if self.pair is None else (taken(self.pair[0], index), taken(self.pair[1], index)),
            unread=None if self.unread is None else self.unread[index],
            unwanted=None if self.unwanted is None else self.unwanted[index],
            added=None if self.added is None else self.added[index],
        )

    def wanted(self) -> Inputs:
        """The rows whose responses are what a model should give."""
        return self if self.unwanted is None else self.take(np.flatnonzero(~self.unwanted))

    def of(self, *splits: str) -> NDArray[np.int64]:
        """Indices of the rows of these splits."""
        return np.flatnonzero(np.isin(self.split, splits))


def input_columns(data: Dataset) -> tuple[str, ...]:
    """Columns that hold what the model reads, by shape, sorted by name (the order of columns must not matter)."""
    roles = {
        Shape.CHAT: (Role.MESSAGES, Role.PROMPT),
        Shape.PREFERENCE: (Role.PROMPT, Role.MESSAGES, Role.CHOSEN, Role.REJECTED),
        Shape.PROMPT_COMPLETION: (Role.PROMPT, Role.RESPONSE),
        Shape.TOKEN_LABELS: (Role.TOKENS, Role.TEXT),
    }.get(data.shape, (Role.TEXT, Role.FEATURE))
    present = {c.name for c in data.columns}
    return tuple(sorted({c for role in (*roles, Role.MEDIA) for c in data.role(role) if c in present}))


def _when_and_whose(data: Dataset) -> tuple[str, ...]:
    """What may tell the rows of a table apart beside their features: seven sold on Monday and seven on Tuesday are two observations."""
    series = data.shape is Shape.REGRESSION or (data.shape is Shape.TABLE and not data.role(Role.LABEL))
    return (*data.role(Role.TIME), *data.role(Role.GROUP)) if series and data.role(Role.TIME) and not data.role(Role.TEXT) else ()


def load(
    rows: Rows,
    *,
    splits: tuple[str, ...] | None = None,
    cap: int | None = None,
    labelled: bool = True,
    beside: tuple[str, int] | None = None,
    rare: bool = False,
    copies: bool = False,
    telling: bool = False,
) -> Inputs:
    """Rows of `splits` (all when None), at most `cap` of them, chosen by content; `beside` names another split and how many rows of it.

    `telling` is that of `conversations.exchange`. With `rare` there are up to half as many more, of classes that hardly occur in the sample.
    With `copies` rows of one input, whatever their label, are all in the sample or none: whoever counts repeats, conflicts and leaks would
    see a part of them only.
    """
    data = rows.dataset
    columns = input_columns(data)
    extra = [*_when_and_whose(data), *data.role(Role.GROUP), *data.role(Role.SCORE), *((*data.role(Role.LABEL), *data.role(Role.ANNOTATOR)) if labelled else ())]
    wanted = tuple(dict.fromkeys([*columns, *extra]))
    frame = rows.select(wanted, splits=splits, cap=cap, together=columns if copies else ())
    sampled = frame.height < rows.count(splits)
    more = _rare(rows, frame, wanted, splits, cap) if rare and sampled and cap is not None else None
    if more is not None:
        frame = pl.concat([frame, more])
    if beside is not None:
        frame = pl.concat([frame, rows.select(wanted, splits=beside[:1], cap=beside[1])])
    found = from_frame(frame, data, sampled=sampled, telling=telling)
    if more is None:
        return found
    keys = place_key(more.get_column(FILE).to_numpy().astype(np.uint32), more.get_column(ROW).to_numpy().astype(np.int64))
    return replace(found, added=np.isin(place_key(found.file, found.row), keys))


def _rare(rows: Rows, frame: pl.DataFrame, wanted: tuple[str, ...], splits: tuple[str, ...] | None, cap: int) -> pl.DataFrame | None:
    """Rows of classes that a sample has too few of, as many of each as are needed; None where all are there or cannot be told."""
    labels = [c for c in rows.dataset.role(Role.LABEL) if c in frame.columns]
    if rows.dataset.shape is not Shape.CLASSIFICATION or rows.dataset.label_delimiter or len(labels) != 1 or frame.schema[labels[0]].is_nested():
        return None
    label = labels[0]
    counts = {v: int(n) for v, n in rows.lazy(splits).select(label).group_by(label).len().collect(engine="streaming").iter_rows()}
    names = {v: name for v in counts if (name := class_name(v)) is not None}
    total, have = Counter[str](), Counter[str]()
    for value, name in names.items():
        total[name] += counts[value]
    have.update(names[v] for v in frame.get_column(label).to_list() if v in names)
    quota = min(RARE, cap // (2 * max(1, len(total))))
    missing = {v: total[name] for v, name in names.items() if have[name] < min(quota, total[name])}
    if not missing:
        return None
    found = rows.alike(wanted, label, missing, splits=splits, cap=quota * len({names[v] for v in missing}))
    more = found.join(frame.select(FILE, ROW), on=[FILE, ROW], how="anti")
    return more if more.height else None


def from_frame(frame: pl.DataFrame, data: Dataset, *, sampled: bool = False, telling: bool = False) -> Inputs:
    """Inputs of rows at hand (with the technical columns), in canonical order."""
    text, prompt, response, rejected = _texts(frame, data, telling=telling)
    features = [c for c in data.role(Role.FEATURE) if c in frame.columns] if data.shape not in CONVERSATIONAL else []
    table, prose = read_table(frame.select(sorted(features)), frame.height, alone=text is None)
    unread = _unread(frame, data, table.opaque)
    series = _when_and_whose(data)
    named = table.dropped if data.shape is Shape.TABLE and not data.role(Role.LABEL) and text is None else ()
    placed = _unread(frame, data, (*table.opaque, *(series or named))) if series or named else None
    if prose is not None:
        text = prose if text is None else [f"{a}\n{b}" for a, b in zip(text, prose, strict=True)]
    labels = label_of(frame, data)
    written = _written(frame, data)
    passage = _passage(frame, written)
    pair = _pair(frame, sorted(name for _, name in written))
    group = next((c for c in data.role(Role.GROUP) if c in frame.columns), None)
    mark = next((c for c in data.role(Role.SCORE) if c in frame.columns and (frame.schema[c] == pl.Boolean or are_votes(frame[c]))), None)
    unwanted = (~wanted(frame[mark])).fill_null(value=False).to_numpy() if mark else None
    frame = frame.select(FILE, ROW, SPLIT, *([group] if group else []))  # what was read is not held twice
    key = _keys(text, table, unread, frame.height)
    # a number for each day or word: with few features beside it hardly a row is told apart without it; elsewhere it changes nothing of what a row teaches
    if placed is not None and ((series and not data.role(Role.LABEL)) or len(np.unique(key)) < SERIES * len(key)):
        unread, key = placed, _keys(text, table, placed, frame.height)
    found = Inputs(
        file=frame.get_column(FILE).to_numpy().astype(np.uint32),
        row=frame.get_column(ROW).to_numpy().astype(np.int64),
        split=_splits(frame.get_column(SPLIT)),
        text=text,
        prompt=prompt,
        response=response,
        rejected=rejected,
        table=table,
        labels=labels,
        key=key,
        group=_groups(frame.get_column(group)) if group else None,
        sampled=sampled,
        passage=passage,
        pair=pair,
        unread=unread,
        unwanted=unwanted,
    )
    exact = text_hash(text) if text is not None else key
    return found.take(np.lexsort((exact, labels.hash, mix(key))))


def label_of(frame: pl.DataFrame, data: Dataset) -> Labels:
    """The label column; without one, the majority of the annotators; without these, nothing."""
    label = next((c for c in data.role(Role.LABEL) if c in frame.columns), None)
    if label is not None:
        return read_labels(frame.get_column(label), data)
    raters = tuple(sorted(c for c in data.role(Role.ANNOTATOR) if c in frame.columns))
    return majority(frame, raters, data) if len(raters) > 1 and data.shape is Shape.CLASSIFICATION else empty(frame.height, data)


def _splits(column: pl.Series) -> NDArray[np.str_]:
    """Split of each row; a row of no declared split is training data."""
    known = [str(s) for s in Split]
    values = column.fill_null("").cast(pl.String).to_list()
    return np.array([v if v in known else str(Split.TRAIN) for v in values], dtype="U10")


def _groups(column: pl.Series) -> NDArray[np.int64]:
    names = column.cast(pl.String, strict=False) if not column.dtype.is_nested() else pl.Series([flatten(v) for v in column])
    present = names.is_not_null().to_numpy()
    ids = codes(text_hash(names.fill_null("").to_list()))
    return np.where(present, ids, -1)


def _written(frame: pl.DataFrame, data: Dataset) -> list[tuple[int, str]]:
    """The columns that hold written texts, with their number of different ones, where labels are learnt from more than one."""
    if data.shape not in LABELLED:
        return []
    texts = {n for n, dtype in frame.schema.items() if dtype == pl.String}
    names = sorted(texts & {*data.role(Role.TEXT), *data.role(Role.FEATURE)})
    written = []
    for name in names if len(names) >= MIN_COLUMNS else ():
        column = frame.get_column(name)
        words = column.str.count_matches(r"\S+").mean()
        if isinstance(words, float) and words >= MIN_PASSAGE:
            written.append((column.n_unique(), name))
    return written


def _pair(frame: pl.DataFrame, names: Sequence[str]) -> tuple[Sequence[str], Sequence[str]] | None:
    """The texts of the columns where they are two, and not too many rows."""
    if len(names) != MIN_COLUMNS or frame.height > COMPARED:
        return None
    first, second = (Texts(frame.get_column(name).fill_null("")) for name in names)
    return first, second


def _passage(frame: pl.DataFrame, written: list[tuple[int, str]]) -> NDArray[np.int64] | None:
    """Ids of the written text that repeats most, of two or more in a row; None where every row has its own, or few share them all.

    A model that has seen a premise with two hypotheses knows something of the third, and of the label that is left.
    """
    if len(written) < MIN_COLUMNS or not MIN_PASSAGES <= min(written)[0] < frame.height * OWN_PASSAGE:
        return None
    ids = codes(text_hash(frame.get_column(min(written)[1]).fill_null("").to_list()))
    return ids if np.bincount(ids).max() <= frame.height * LARGEST_PASSAGE else None


def is_prose(text: Sequence[str] | None) -> bool:
    """Whether texts are written sentences (half of them have four words or 20 characters): then the text is the row's identity,
    and columns beside it (a source, a date) don't make a copy another example.
    """
    if not text:
        return False
    lengths = np.array([max(t.count(" ") + 1, len(t) // 5) if t else 0 for t in text])
    return bool(np.median(lengths) >= 4)


def _unread(frame: pl.DataFrame, data: Dataset, opaque: Sequence[str]) -> NDArray[np.uint64] | None:
    """One hash a row of what is not read: the columns `opaque`, media, and what conversations hold beside text."""
    columns = {n: frame.get_column(n) for n in sorted({*opaque, *data.role(Role.MEDIA)}) if n in frame.columns}
    if data.shape in CONVERSATIONAL:
        for name in (c for role in (Role.MESSAGES, Role.PROMPT) for c in data.role(role) if c in frame.columns):
            if frame.schema[name].is_nested():
                columns[name] = pl.Series(name, [" ".join(attachments(v)) or None for v in frame.get_column(name)], dtype=pl.String)
    held = [_holds(c) for c in columns.values()]
    if not any(h.any() for h in held):
        return None
    parts = [np.where(h, fingerprints(c), np.uint64(0)) for h, c in zip(held, columns.values(), strict=True)]
    return np.where(np.logical_or.reduce(held), combine(parts, list(columns), frame.height), np.uint64(0))


def _holds(column: pl.Series) -> NDArray[np.bool_]:
    """Cells that have something in them."""
    filled = column.is_not_null()
    if isinstance(column.dtype, pl.List):
        filled &= (column.list.len() > 0).fill_null(value=False)
    return filled.to_numpy()


def _keys(text: Sequence[str] | None, table: Table, unread: NDArray[np.uint64] | None, n: int) -> NDArray[np.uint64]:
    parts, names = ([], []) if unread is None else ([unread], ["unread"])
    if is_prose(text):
        table = table.without(frozenset(table.numeric_names + table.category_names))
    if text is not None:
        parts.append(np.concatenate([np.zeros(0, np.uint64), *(text_hash(part) for part in normal_parts(text))]))
        names.append("text")
    for j, name in enumerate(table.numeric_names):
        parts.append(number_hash(table.numeric[:, j].astype(np.float64)))
        names.append(f"n:{name}")
    for j, name in enumerate(table.category_names):
        levels = np.concatenate([text_hash(table.levels[j]), np.zeros(1, np.uint64)])
        parts.append(levels[table.categories[:, j]])
        names.append(f"c:{name}")
    return combine(parts, names, n)


_Texts = tuple[Sequence[str] | None, list[str] | None, list[str] | None, list[str] | None]


def _texts(frame: pl.DataFrame, data: Dataset, *, telling: bool) -> _Texts:
    """Text read, prompt, response, rejected response."""
    if data.shape is Shape.CHAT:
        return _chat(frame, data, telling=telling)
    if data.shape is Shape.PREFERENCE:
        return _preference(frame, data)
    if data.shape is Shape.PROMPT_COMPLETION:
        prompts, responses = (list(_joined(frame, data.role(role)) or [""] * frame.height) for role in (Role.PROMPT, Role.RESPONSE))
        return [f"{p}\n{r}" for p, r in zip(prompts, responses, strict=True)], prompts, responses, None
    role = Role.TOKENS if data.shape is Shape.TOKEN_LABELS and data.role(Role.TOKENS) else Role.TEXT
    return _joined(frame, data.role(role), " " if role is Role.TOKENS else "\n"), None, None, None


def _chat(frame: pl.DataFrame, data: Dataset, *, telling: bool) -> _Texts:
    column = next((c for c in data.role(Role.MESSAGES) if c in frame.columns), None)
    talks = frame.get_column(column) if column else pl.Series([None] * frame.height)
    told = [instruction(v) for v in talks.gather_every(max(1, len(talks) // INSTRUCTED))]
    system = len({*told} - {""}) > OWN_INSTRUCTION * len(told)  # a passage, or the case itself, and not what all rows are told
    pairs = [exchange(v, telling=telling, system=system) for v in talks]
    prompts, responses = [p for p, _ in pairs], [r for _, r in pairs]
    return [f"{p}\n{r}" for p, r in pairs], prompts, responses, None


def _preference(frame: pl.DataFrame, data: Dataset) -> _Texts:
    def values(*roles: Role) -> list[object]:
        names = [c for role in roles for c in data.role(role) if c in frame.columns]
        return cast("list[object]", frame.get_column(names[0]).to_list()) if names else [None] * frame.height

    sides = zip(values(Role.PROMPT, Role.MESSAGES), values(Role.CHOSEN), values(Role.REJECTED), strict=True)
    found = [preference(*s) for s in sides]
    prompts, chosen, rejected = ([f[i] for f in found] for i in range(3))
    return [f"{p}\n{c}" for p, c in zip(prompts, chosen, strict=True)], prompts, chosen, rejected


def _joined(frame: pl.DataFrame, columns: tuple[str, ...], turn: str = "\n") -> Sequence[str] | None:
    """Text of the columns (sorted by name) joined by newlines; None where there are none."""
    present = sorted(c for c in columns if c in frame.columns)
    if not present:
        return None
    if len(present) == 1 and frame.schema[present[0]] == pl.String and frame.height > SEVERAL:
        return Texts(frame.get_column(present[0]).fill_null(""))
    parts = []
    for name in present:
        column = frame.get_column(name)
        if column.dtype == pl.String:
            parts.append(column.fill_null("").to_list())
        elif column.dtype.is_nested():
            texts = [flatten(v) for v in column.to_list()]
            parts.append([t.replace("\n", turn) for t in texts] if turn != "\n" else texts)
        else:
            parts.append(column.cast(pl.String, strict=False).fill_null("").to_list())
    if len(parts) == 1:
        return cast("list[str]", parts[0])
    return ["\n".join(p for p in row if p) for row in zip(*parts, strict=True)]
