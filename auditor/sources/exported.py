"""Labels as annotation tools export them: Argilla's responses beside suggestions, Prodigy's answers to a label, and what the tools add for themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Final

from auditor.sources.derived import CHAT
from auditor.sources.rewritten import ANNOTATOR, CLASS, MOST, MOST_CLASSES, Rewritten

if TYPE_CHECKING:
    import polars as pl

_RESPONSES: Final = ".responses"
"""End of the name of a column with what people said of one question, as Argilla writes it."""
_ARGILLA: Final = ("status", "updated_at", "_server_id", "external_id", "metadata", "vectors")
"""What Argilla says of a record."""
_HASHES: Final = frozenset(("_input_hash", "_task_hash"))
"""What Prodigy writes in every row."""
_PRODIGY: Final = ("meta", "config", "options", "accept", "answer", "label")
_FIRST: Final = "first"


def find(sample: pl.DataFrame, taken: Collection[str]) -> Rewritten | None:
    """The labels of rows that a tool exported; None where the rows are of no such form, or columns that are something else are `taken` already."""
    for rule in _RULES:
        found = rule(sample)
        if found is not None and {*taken} <= {*found.read}:
            return found
    return None


def _argilla(sample: pl.DataFrame) -> Rewritten | None:
    """`sentiment.responses: ["good", "good"]` beside `sentiment.suggestion`, which is a model's: what people said is the label."""
    import polars as pl

    columns = sample.schema
    asked = [c.removesuffix(_RESPONSES) for c, t in columns.items() if c.endswith(_RESPONSES) and isinstance(t, pl.List)]
    if not any(f"{q}{_RESPONSES}.users" in columns or f"{q}.suggestion" in columns for q in asked):
        return None
    read = tuple(c for c in columns if c in _ARGILLA or any(c.startswith(f"{q}.") for q in asked))
    for question in asked:
        name = f"{question}{_RESPONSES}"
        found = _said(sample, pl.col(name), name, read)
        if found is not None:
            return found
    return None


def _records(sample: pl.DataFrame) -> Rewritten | None:
    """The same as whole records: `fields: {"text": ...}`, `responses: {"sentiment": [{"value": "good", "user_id": ...}]}`."""
    import polars as pl

    outer = {n: _fields(sample, n) for n in ("fields", "responses")}
    texts = [n for n, t in outer["fields"].items() if t == pl.String]
    read = tuple(c for c in sample.columns if c in {"fields", "responses", "suggestions", *_ARGILLA})
    for question, dtype in outer["responses"].items():
        inner = dtype.inner if isinstance(dtype, pl.List) else None
        if texts and isinstance(inner, pl.Struct) and {"value", "user_id"} <= {f.name for f in inner.fields}:
            values = pl.col("responses").struct.field(question).list.eval(pl.element().struct.field("value"))
            found = _said(sample, values, "responses", read)
            if found is not None:
                made = tuple(pl.col("fields").struct.field(t).alias(f"fields.{t}") for t in texts)
                return found._replace(made=(*made, *found.made))
    return None


def _fields(sample: pl.DataFrame, name: str) -> dict[str, Any]:
    import polars as pl

    dtype = sample.schema.get(name)
    return {f.name: f.dtype for f in dtype.fields} if isinstance(dtype, pl.Struct) else {}


def _said(sample: pl.DataFrame, values: pl.Expr, base: str, read: tuple[str, ...]) -> Rewritten | None:
    """One label where one person judged each row, else a column for each judgement; None where what was said is no class."""
    import polars as pl

    lists = sample.select(values.alias("v"))["v"].drop_nulls()
    inner = lists.dtype.inner if isinstance(lists.dtype, pl.List) else None
    classes = lists.explode().drop_nulls()
    if inner is None or not (inner in (pl.String, pl.Boolean) or inner.is_integer()) or not 1 < classes.n_unique() <= min(MOST_CLASSES, classes.len() / 2):
        return None
    most = min(MOST, max(lists.list.len().to_list()))
    if most == 1:
        made = f"{base}.{_FIRST}"
        return Rewritten((values.list.get(0, null_on_oob=True).alias(made),), read, made, reason=f"what a person said in '{base}'")
    names = tuple(f"{base}.{ANNOTATOR}{i + 1}" for i in range(most))
    return Rewritten(tuple(values.list.get(i, null_on_oob=True).alias(n) for i, n in enumerate(names)), read, annotators=names, reason=f"the judgements of a row in '{base}', in their order")


def _reviewed(sample: pl.DataFrame) -> Rewritten | None:
    """`label` and an `answer` that accepts, rejects or passes over it: of one label the answer is the class, of several what was accepted."""
    import polars as pl

    if not {*sample.columns} >= _HASHES or "accept" in sample.columns or any(sample.schema.get(c) != pl.String for c in ("label", "answer")):
        return None
    if not {*sample["answer"].drop_nulls()} <= {"accept", "reject", "ignore"}:
        return None
    read = tuple(c for c in sample.columns if c in _PRODIGY or c.startswith("_"))
    answer = pl.col("answer")
    if sample["label"].n_unique() == 1:
        made = f"answer.{CLASS}"
        return Rewritten((pl.when(answer != "ignore").then(answer).alias(made),), read, made, reason="whether the one label was accepted")
    made = f"label.{CLASS}"
    return Rewritten((pl.when(answer == "accept").then(pl.col("label")).alias(made),), read, made, reason="the label where it was accepted")


def _called(sample: pl.DataFrame) -> Rewritten | None:
    """`custom_id` and `body: {"messages": [...]}`: calls to be made in a batch, which hold no answers yet."""
    import polars as pl

    from auditor.sources.facts import kind_of

    made = f"body.{CHAT}"
    talk = _fields(sample, "body").get(CHAT)
    if "custom_id" not in sample.columns or "response" in sample.columns or made in sample.columns or talk is None or kind_of(talk)[0] != CHAT:
        return None
    return Rewritten((pl.col("body").struct.field(CHAT).alias(made),), ("body", *(c for c in ("method", "url") if c in sample.columns)))


_RULES: Final[tuple[Callable[[pl.DataFrame], Rewritten | None], ...]] = (_argilla, _records, _reviewed, _called)
