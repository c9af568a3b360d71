"""Labels, judgements and talks that are written inside one column or across several, as columns of the form that everything else reads.

One class in each of several columns, or fields, of 0 and 1; the judgements of several people in a list; turns under other
names than `role` and `content`; a talk without its answer, and the answer beside it. Told apart by names and by what a sample
of the rows holds; what a rule does not recognise beyond doubt is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from auditor.sources import called
from auditor.sources.derived import CHAT, LABELS

if TYPE_CHECKING:
    import polars as pl

_NAMED: Final = re.compile(r"^(cats|labels?|class(es)?|categor(y|ies)|targets?|tags|annotations?|judge?ments?|votes|ratings|raw_labels|label_list|crowd(_labels)?|annotator_labels|y)$")
"""Names of columns that hold classes or judgements."""
_OBJECT: Final = re.compile(r"(^|[a-z_])(label|class|category|target|annotation|intent|sentiment)$", re.IGNORECASE)
_CALLED: Final = ("name", "label", "displayname", "display_name", "class", "category", "value", "title")
"""Fields of an object that say which class it is."""
_PREFIX: Final = re.compile(r"^(label|class|target|category|y)[_.\- ](.+)$", re.IGNORECASE)
"""A column for one class of several."""
_JUDGED: Final = ("label", "value", "answer", "rating", "category", "class", "choice", "vote")
"""Fields of a judgement that say what was judged."""
_JUDGE: Final = re.compile(r"^(annotator|worker|rater|coder|user|judge|by)(_?(id|name))?$")
_SPEAKER: Final = ("speaker", "author", "sender", "participant", "agent", "who", "from", "role", "user")
_SAID: Final = ("utterance", "text", "message", "content", "body", "sentence")
_TALK: Final = ("dialog", "dialogue", "dialogs", "dialogues", "conversation", "conversations", "turns", "utterances", "messages", "chat", "history")
_LOGS: Final = ("log", "dialog", "dialogue", "turns")
"""Names of a list of turns that say nothing of who speaks, as MultiWOZ has them: they take turns."""
_BOTS: Final = (*sorted(called.ANSWERERS), "system", "sys")
_TRUTHS: Final = ("ground_truth", "final_answer", "expected_answer", "reference_answer", "gold_answer", "reward_model", "solution")
"""Names of what an answer is verified by, where the answer itself is left to training."""
_ASKED: Final = ("input", "inputs", "prompt", "messages", "request", "conversation", "body")
_ANSWERED: Final = ("ideal", "expected", "expected_output", "reference", "reference_output", "output", "outputs", "response", "completion", "answer", "target", *_TRUTHS)
MOST: Final = 20
"""Judgements of a row that are told apart."""
MOST_CLASSES: Final = 100
_VALID: Final = 0.95
"""Share of the sampled rows that must have the form."""


class Rewritten(NamedTuple):
    """What was found in a sample."""

    made: tuple[pl.Expr, ...] = ()
    """Columns to add."""
    read: tuple[str, ...] = ()
    """Columns that are read thereby, and play no role of their own."""
    label: str = ""
    """The column made that is the label."""
    annotators: tuple[str, ...] = ()
    """Columns made with one judgement of a row each."""
    reason: str = ""


def find(sample: pl.DataFrame, taken: Collection[str]) -> Rewritten | None:
    """The first form that the rows have; None where they have none of these, or where columns that are something else are `taken`
    for labels, responses or talks already.
    """
    for rule in _RULES:
        found = rule(sample)
        if found is not None and {*taken} <= {*found.read}:
            return found
    return None


def is_made(name: str, columns: Mapping[str, str]) -> bool:
    """Whether a column of `columns` (types by name) repeats what another one holds."""
    outer, _, inner = name.rpartition(".")
    kind = columns.get(outer, "")
    if kind.startswith("Struct") and inner.lower() in {*_CALLED, *_SAID}:
        return True
    if (outer == "fields" and kind.startswith("Struct")) or (inner == CLASS and outer in {"accept", "answer", "label"} and "_task_hash" in columns):
        return True
    return (inner == CHAT or inner.startswith(ANNOTATOR)) and kind.startswith(("List", "Struct"))


ANNOTATOR: Final = "annotator_"
CLASS: Final = "class"


def classes_of(columns: Mapping[str, pl.Expr], *, one: bool) -> pl.Expr:
    """The names of the `columns` that are 1 in a row: one class, or a list of them; null where no column is filled."""
    import polars as pl

    names = pl.concat_list(pl.when(c.cast(pl.Float64, strict=False) == 1).then(pl.lit(name)) for name, c in columns.items()).list.drop_nulls()
    filled = pl.any_horizontal(c.is_not_null() for c in columns.values())
    # two classes where the sample had one in every row are a class of their own, which shows, and none is no label
    single = pl.when(names.list.len() > 0).then(names.list.join("+"))
    return pl.when(filled).then(single if one else names)


def one_each(sample: pl.DataFrame, columns: Mapping[str, pl.Expr]) -> bool:
    """Whether every row of the sample with any of `columns` filled has exactly one that is 1."""
    import polars as pl

    ones = sample.select(pl.sum_horizontal(c.cast(pl.Float64, strict=False).fill_null(0) for c in columns.values()).alias("n"), filled=pl.any_horizontal(c.is_not_null() for c in columns.values()))
    kept = ones.filter("filled")["n"]
    return bool(kept.len()) and bool((kept == 1).all())


def _binary(values: pl.Series) -> bool:
    """Nothing but 0 and 1, or truth values."""
    import polars as pl

    if values.dtype == pl.Boolean:
        return True
    return values.dtype.is_numeric() and bool(values.drop_nulls().cast(pl.Float64).is_in([0.0, 1.0]).all())


def _fields(sample: pl.DataFrame) -> Rewritten | None:
    """`{"toxic": 0, "rude": 1}` under a name for labels, as spaCy and many toxicity sets write them."""
    import polars as pl

    for name, dtype in sample.schema.items():
        if not isinstance(dtype, pl.Struct) or not 2 <= len(dtype.fields) <= MOST_CLASSES or not _NAMED.match(name.lower()):
            continue
        inside = sample[name].struct.unnest()
        if not all(_binary(inside[c]) for c in inside.columns) or not any(bool((inside[c].cast(pl.Float64) == 1).any()) for c in inside.columns):
            continue
        columns = {f.name: pl.col(name).struct.field(f.name) for f in dtype.fields}
        made = f"{name}.{CLASS}"
        return Rewritten((classes_of(columns, one=one_each(sample, columns)).alias(made),), (name,), made, reason=f"made of the {len(columns)} fields of 0 and 1 in '{name}'")
    return None


def _prefixed(sample: pl.DataFrame) -> Rewritten | None:
    """`class_a`, `class_b`, `class_c`, one of them 1 in every row: one label, not three, and not features of each other."""
    import polars as pl

    if LABELS in sample.columns:
        return None
    groups: dict[str, dict[str, pl.Expr]] = {}
    for name in sample.columns:
        found = _PREFIX.match(name)
        if found and _binary(sample[name]):
            groups.setdefault(found[1].lower(), {})[name] = pl.col(name)
    for columns in groups.values():
        if len(columns) > 1 and one_each(sample, columns):
            short = {_PREFIX.sub(r"\2", n): c for n, c in columns.items()}
            made = classes_of(short if len(short) == len(columns) else columns, one=True).alias(LABELS)
            return Rewritten((made,), tuple(columns), LABELS, reason=f"made of {len(columns)} columns of which one is 1 in every row: {', '.join(list(columns)[:8])}")
    return None


def _manifest(sample: pl.DataFrame) -> Rewritten | None:
    """`job` with a number and `job-metadata` with the class's name, as SageMaker Ground Truth writes them; beside the label the metadata would give it away."""
    import polars as pl

    for name, dtype in sample.schema.items():
        job = name.removesuffix("-metadata")
        if job != name and job in sample.columns and isinstance(dtype, pl.Struct) and any(f.name == "class-name" and f.dtype == pl.String for f in dtype.fields):
            made = f"{name}.class-name"
            return Rewritten((pl.col(name).struct.field("class-name").alias(made),), (job, name), made, reason=f"the class that '{name}' names")
    return None


def _object(sample: pl.DataFrame) -> Rewritten | None:
    """`label: {"id": 3, "name": "late"}`, as APIs hand a class out, and the text inside an object where no column has one."""
    import polars as pl

    for name, dtype in sample.schema.items():
        if not isinstance(dtype, pl.Struct) or not _OBJECT.search(name):
            continue
        inside = sample[name].struct.unnest()
        field = next((f for f in _CALLED for c in inside.columns if c.lower() == f and _plain(pl.List(inside.schema[c]))), "")
        field = next((c for c in inside.columns if c.lower() == field), "")
        values = inside[field].drop_nulls() if field else pl.Series()
        if not values.len() or not 2 <= values.n_unique() <= min(MOST_CLASSES, max(5, values.len() // 3)):
            continue
        made, read = [pl.col(name).struct.field(field).alias(f"{name}.{field}")], [name]
        if not any(t == pl.String for t in sample.dtypes):
            for other, kind in sample.schema.items():
                texts = [f.name for f in kind.fields if f.name in _SAID and f.dtype == pl.String] if isinstance(kind, pl.Struct) and other != name else []
                made += [pl.col(other).struct.field(t).alias(f"{other}.{t}") for t in texts]
                read += [other] if texts else []
        return Rewritten(tuple(made), tuple(read), f"{name}.{field}", reason=f"the field of '{name}' that names a class")
    return None


def _accepted(sample: pl.DataFrame) -> Rewritten | None:
    """`accept`, the options that were chosen, as Prodigy writes them beside `options`."""
    import polars as pl

    if sample.schema.get("accept") != pl.List(pl.String) or "options" not in sample.columns:
        return None
    lengths = sample["accept"].drop_nulls().list.len()
    one = bool(lengths.len()) and bool((lengths <= 1).all())
    chosen = pl.col("accept").list.first() if one else pl.col("accept")
    if "answer" in sample.columns:
        chosen = pl.when(pl.col("answer") == "accept").then(chosen)
    read = tuple(c for c in sample.columns if c in {"accept", "options", "answer", "meta", "config"} or (c.startswith("_") and c.endswith(("_hash", "_id", "_timestamp"))))
    return Rewritten((chosen.alias(f"accept.{CLASS}"),), read, f"accept.{CLASS}", reason="the options that were accepted")


def _judgements(sample: pl.DataFrame) -> Rewritten | None:
    """`["a", "a", "b"]`, or `[{"annotator": ..., "label": "a"}, ...]`: what several people said of one row, so a value may come twice."""
    import polars as pl

    for name, dtype in sample.schema.items():
        if not isinstance(dtype, pl.List) or not _NAMED.match(name.lower()):
            continue
        item: pl.Expr = pl.element()
        inner = dtype.inner
        if isinstance(inner, pl.Struct):
            keys = [f.name for f in inner.fields]
            said = next((k for k in _JUDGED if k in keys), None)
            if said is None or not any(_JUDGE.match(k.lower()) for k in keys):
                continue
            item = item.struct.field(said)
        values = sample.select(pl.col(name).list.eval(item))[name].drop_nulls()
        if not values.len() or not _plain(values.dtype) or (not isinstance(inner, pl.Struct) and not _repeat(sample, name, values)):
            continue
        most = min(MOST, max(values.list.len().to_list()))
        if most == 1 and isinstance(inner, pl.Struct) and 1 < values.explode().n_unique() <= MOST_CLASSES:
            made = f"{name}.first"
            beside = tuple(c for c in sample.columns if c.startswith(f"{name}-suggestion"))  # what a model said, as Argilla 1 writes it
            return Rewritten((pl.col(name).list.eval(item).list.get(0, null_on_oob=True).alias(made),), (name, *beside), made, reason=f"the one judgement of a row in '{name}'")
        if most < 2 or values.explode().n_unique() > MOST_CLASSES:
            continue
        column = pl.col(name).list.eval(item)
        names = tuple(f"{name}.{ANNOTATOR}{i + 1}" for i in range(most))
        each = tuple(column.list.get(i, null_on_oob=True).alias(n) for i, n in enumerate(names))
        return Rewritten(each, (name,), annotators=names, reason=f"the judgements of a row in '{name}', in their order")
    return None


def _plain(dtype: pl.DataType) -> bool:
    import polars as pl

    inner = dtype.inner if isinstance(dtype, pl.List) else None
    return isinstance(inner, pl.DataType) and (inner in (pl.String, pl.Boolean) or inner.is_integer())


def _repeat(sample: pl.DataFrame, name: str, values: pl.Series) -> bool:
    """Whether a list says a value twice in many rows, as a set of classes does not and tags of tokens, which stand beside them, do."""
    import polars as pl

    lengths = values.list.len()
    beside = [c for c, t in sample.schema.items() if c != name and isinstance(t, pl.List) and bool((sample[c].list.len() == sample[name].list.len()).fill_null(value=True).all())]
    again = int((values.list.n_unique() < lengths).sum())
    return not beside and again >= 0.2 * values.len() and max(lengths.to_list()) <= MOST


def _turns(sample: pl.DataFrame) -> Rewritten | None:
    """Turns with a speaker and what was said under other names than `role` and `content`, or alternating in a list of texts; not
    beside a written text, of which they may be the comments.
    """
    import polars as pl

    from auditor.sources.facts import column_facts, kind_of

    texts = [c for c, t in sample.schema.items() if t == pl.String]
    if any(kind_of(t)[0] == "messages" for t in sample.schema.values()) or any(f.is_prose for f in column_facts(sample.select(texts))):
        return None
    for name, dtype in sample.schema.items():
        if not isinstance(dtype, pl.List) or f"{name}.{CHAT}" in sample.columns:
            continue
        if isinstance(dtype.inner, pl.Struct):
            keys = {f.name: f.dtype for f in dtype.inner.fields}
            who, what = (next((k for k in names if keys.get(k) == pl.String), None) for names in (_SPEAKER, _SAID))
            if who is None and what is not None and name.lower() in _LOGS:
                talk = _alternating(pl.element().struct.field(what))
            elif who is None or what is None or who == what:
                continue
            else:
                talk = _spoken(who, what)
        elif dtype.inner == pl.String and name.lower() in _TALK:
            talk = _alternating(pl.element())
        else:
            continue
        lengths = sample[name].drop_nulls().list.len()
        if lengths.len() and int(lengths.sum()) >= 2 * lengths.len():
            return Rewritten((pl.col(name).list.eval(talk).alias(f"{name}.{CHAT}"),), (name,))
    return None


def _alternating(said: pl.Expr) -> pl.Expr:
    import polars as pl

    return pl.struct(role=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("user")).otherwise(pl.lit("assistant")), content=said)


def _spoken(who: str, what: str) -> pl.Expr:
    import polars as pl

    speaker = pl.element().struct.field(who).str.to_lowercase().str.strip_chars(" :0123456789_")
    user = speaker.is_in(sorted(called.ASKERS)) | (~speaker.is_in(_BOTS) & (speaker == speaker.first()) & ~speaker.is_in(sorted(called.ASKERS)).any())
    return pl.struct(role=pl.when(user).then(pl.lit("user")).otherwise(pl.lit("assistant")), content=pl.element().struct.field(what))


def _answered(sample: pl.DataFrame) -> Rewritten | None:
    """A talk that ends before the answer, and the answer in another column: evaluation sets, and what gateways log."""
    import polars as pl

    from auditor.sources.facts import kind_of

    for name in (c for c in sample.columns if c.lower() in _ASKED):
        asked, dtype = pl.col(name), sample.schema[name]
        if isinstance(dtype, pl.Struct) and any(f.name == CHAT for f in dtype.fields):
            asked, dtype = asked.struct.field(CHAT), sample[name].struct.field(CHAT).dtype
        if kind_of(dtype)[0] != "messages" or not isinstance(dtype, pl.List) or not isinstance(dtype.inner, pl.Struct):
            continue
        keys = {f.name for f in dtype.inner.fields}
        if not {"role", "content"} <= keys or not all(f.dtype == pl.String for f in dtype.inner.fields if f.name in {"role", "content"}):
            continue
        last = sample.select(asked.list.last().struct.field("role"))["role"].drop_nulls()
        if not last.len() or int((last != "assistant").sum()) < _VALID * last.len():
            continue
        for other in (c for c in sample.columns if c.lower() in _ANSWERED and c != name):
            if f"{name}.{CHAT}" in sample.columns:
                continue
            answer = _content(pl.col(other), sample.schema[other], number=other.lower() in _TRUTHS)
            turns = _talk(pl.col(other), sample.schema[other])
            if answer is None and turns is None:
                continue
            said = asked.list.eval(pl.struct(role=pl.element().struct.field("role"), content=pl.element().struct.field("content")))
            reply = turns if turns is not None else pl.concat_list(pl.struct(role=pl.lit("assistant"), content=answer))
            filled = pl.col(other).list.len() > 0 if answer is None else answer.is_not_null()
            whole = pl.when(filled).then(said.list.concat(reply)).otherwise(said)
            return Rewritten((whole.alias(f"{name}.{CHAT}"),), (name, other))
    return None


def _talk(column: pl.Expr, dtype: pl.DataType) -> pl.Expr | None:
    """The turns of an answer that is written as turns, as TRL has them beside a prompt of turns."""
    import polars as pl

    if not isinstance(dtype, pl.List) or not isinstance(dtype.inner, pl.Struct):
        return None
    fields = {f.name: f.dtype for f in dtype.inner.fields}
    if fields.get("role") != pl.String or fields.get("content") != pl.String:
        return None
    return column.list.eval(pl.struct(role=pl.element().struct.field("role"), content=pl.element().struct.field("content")))


def _content(column: pl.Expr, dtype: pl.DataType, *, number: bool = False) -> pl.Expr | None:
    """The text of an answer: itself, the first of several, a message, or the first of an API's choices; a `number` where one may be the answer."""
    import polars as pl

    if dtype == pl.String:
        return column
    if number and dtype.is_numeric():
        return column.cast(pl.String)
    if dtype == pl.List(pl.String):
        return column.list.first()
    if not isinstance(dtype, pl.Struct):
        return None
    fields: dict[str, Any] = {f.name: f.dtype for f in dtype.fields}
    if fields.get("content") == pl.String:
        return column.struct.field("content")
    if "ground_truth" in fields:  # of a reward that is computed
        return _content(column.struct.field("ground_truth"), fields["ground_truth"], number=True)
    body = fields.get("body")
    if isinstance(body, pl.Struct):  # as a batch of calls writes what came back
        return _content(column.struct.field("body"), body)
    choices = fields.get("choices")
    if isinstance(choices, pl.List) and isinstance(choices.inner, pl.Struct):
        inner = {f.name: f.dtype for f in choices.inner.fields}
        message = inner.get("message")
        if isinstance(message, pl.Struct) and any(f.name == "content" and f.dtype == pl.String for f in message.fields):
            return column.struct.field("choices").list.first().struct.field("message").struct.field("content")
    return None


_RULES: Final[tuple[Callable[[pl.DataFrame], Rewritten | None], ...]] = (_fields, _prefixed, _manifest, _object, _accepted, _judgements, _answered, _turns)
