"""Conversations that are written in several forms, as one: messages here, instruction and output there, in files beside each other or in one file.

Files of other columns than the rest are another data set, as a rule. Where all they differ in is how a question and its answer are
written down, they are not: a hold-out in another form than the training rows would not be compared with them, and a copy in it not seen.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.sources import called
from auditor.sources.derived import CHAT

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from auditor.sources.types import RawTable

_PAIRS: Final = (("instruction", "output"), ("instruction", "response"), ("prompt", "completion"), ("prompt", "response"), ("question", "answer"), ("input", "output"))
_MORE: Final = "input"
"""What Alpaca has beside an instruction."""
_OTHER: Final = frozenset((*called.CHOSEN, *called.REJECTED, *called.WANTED, *called.SOURCES, *called.RETRIEVED, "label", "completions"))
"""Columns beside which a row is no plain conversation, or is more than one."""
_SPEAKS, _SAYS = ("role", "from"), ("content", "value")
_EXCLUSIVE: Final = 0.99
"""Share of the rows of a file that must have just one of its forms."""


class _Form(NamedTuple):
    """One way to write a conversation."""

    columns: tuple[str, ...]
    talk: tuple[str, str] = ("", "")
    """Fields of a list of turns that say who speaks and what; empty for a question and its answer."""

    @property
    def words(self) -> str:
        return self.columns[0] if self.talk[0] else " and ".join(self.columns[i] for i in (0, -1))


def as_one(tables: Sequence[RawTable]) -> tuple[list[RawTable], dict[int, str]]:
    """The tables, those of conversations in the one form of messages where they have several; and what is to be said of those that have another than most."""
    forms = [_forms(t.frame.collect_schema()) for t in tables]
    forms = [f if len(f) < 2 or _apart(t, f) else f[:1] for t, f in zip(tables, forms, strict=True)]
    weight = Counter[_Form]()
    for table, found in zip(tables, forms, strict=True):
        for form in found:
            weight[form] += table.rows
    if len(weight) < 2 or all(form.words == next(iter(weight)).words for form in weight):
        return list(tables), {}
    usual = max(weight, key=lambda form: (weight[form], form.words))
    kept = {c for t, found in zip(tables, forms, strict=True) if usual in found for c in t.frame.collect_schema()}
    out, told = [], {}
    for i, (table, found) in enumerate(zip(tables, forms, strict=True)):
        out.append(_rewritten(table, found, kept) if found else table)
        if len(found) > 1:
            told[i] = f"has rows in several forms ({'; '.join(f.words for f in found)}); they are read as one data set, and a trainer takes one form a file"
        elif found and found[0] != usual:
            told[i] = f"has its rows as {found[0].words} where most have them as {usual.words}; they are read as one data set, and a trainer takes one form"
    return out, told


def _forms(schema: pl.Schema) -> tuple[_Form, ...]:
    import polars as pl

    if _OTHER & {c.lower() for c in schema}:
        return ()
    found = []
    for name in called.TALKS:
        kind = schema.get(name)
        inner = kind.inner if isinstance(kind, pl.List) else None
        fields = {f.name: f.dtype for f in inner.fields} if isinstance(inner, pl.Struct) else {}
        who, what = (next((k for k in keys if fields.get(k) == pl.String), "") for keys in (_SPEAKS, _SAYS))
        if who and what:
            found.append(_Form((name,), (who, what)))
    texts = {c for c, kind in schema.items() if kind == pl.String}
    pair = next((p for p in _PAIRS if texts.issuperset(p)), None)
    if pair:
        found.append(_Form((pair[0], *((_MORE,) if pair[0] == "instruction" and _MORE in texts else ()), pair[1])))
    return tuple(found)


def _apart(table: RawTable, forms: tuple[_Form, ...]) -> bool:
    """Whether nearly every row of a table has one of the forms and not the other, and both occur."""
    import polars as pl

    filled = [pl.all_horizontal(pl.col(f.columns[0]).is_not_null(), pl.col(f.columns[-1]).is_not_null()) for f in forms]
    one = sum((f.cast(pl.Int32) for f in filled), pl.lit(0)) == 1
    shares = table.frame.select(one.mean().alias("one"), *(f.any().alias(str(i)) for i, f in enumerate(filled))).collect(engine="streaming").row(0)
    return shares[0] is not None and shares[0] >= _EXCLUSIVE and all(shares[1:])


def _rewritten(table: RawTable, forms: tuple[_Form, ...], kept: set[str]) -> RawTable:
    """The table with its rows as messages, and of its other columns those that most rows have."""
    import polars as pl

    read = {c for f in forms for c in f.columns}
    others = [c for c in table.frame.collect_schema() if c not in read and c in kept and c != CHAT]
    columns = [*map(pl.col, others), pl.coalesce([_messages(f) for f in forms]).alias(CHAT)]
    cut = table.cut
    return replace(table, frame=table.frame.select(columns), cut=None if cut is None else lambda first, rows: cut(first, rows).select(columns))


def _messages(form: _Form) -> pl.Expr:
    import polars as pl

    if form.talk[0]:
        turn = pl.element().struct
        return pl.col(form.columns[0]).list.eval(pl.struct(turn.field(form.talk[0]).alias(_SPEAKS[0]), turn.field(form.talk[1]).alias(_SAYS[0])))
    asked, *more, given = form.columns
    said = pl.col(asked)
    if more:
        beside = pl.col(more[0]).fill_null("")
        said = pl.when(beside == "").then(said).otherwise(pl.concat_str([said, beside], separator="\n"))
    turns = [pl.struct(pl.lit(role).alias(_SPEAKS[0]), text.alias(_SAYS[0])) for role, text in (("user", said), ("assistant", pl.col(given)))]
    return pl.when(pl.col(asked).is_not_null()).then(pl.concat_list(turns))
