"""One JSON document that holds many rows: under a field, by column, by key, or as pandas writes a frame."""

from __future__ import annotations

from typing import Any, Final

_CONTAINERS: Final = frozenset({
    "data", "rows", "items", "records", "examples", "samples", "entries", "instances", "dataset", "documents", "docs", "results", "questions", "articles",
})  # fmt: skip
"""Fields that by their name hold the rows."""
_DRAWN: Final = frozenset(("x", "points", "rle", "format"))
"""Fields of what is drawn into an image: a box, a polygon, a brush."""
_MANY: Final = 50
"""Objects from which a list holds rows whatever its field is called, and entries from which keys stand for rows."""
WIDEST: Final = 5000
"""Fields, at whatever depth, that one row may have (our choice; tables of as many columns are read)."""
_DEEPEST: Final = 3
"""Fields inside one another that lead to the rows."""
_TOKENS: Final = frozenset({"tokens", "words", "input_ids"})
"""Fields of a row that is a sequence itself, as are all lists beside it."""
_ASIDE: Final = 200
"""Characters of the values beside such a list; more is a document of its own."""


def rows_of(document: dict[str, Any]) -> tuple[list[Any], str] | None:
    """The rows and what to say of how they are written; None where the document is one row.

    Told apart by structure: a list of objects in a field of a telling name, or long and beside nothing but short values;
    lists of one length, or objects of the same keys (`DataFrame.to_json` in its orients columns, index, split and table).
    """
    for _ in range(_DEEPEST):
        inside = next(iter(document.values()), None)
        if len(document) != 1 or not isinstance(inside, dict):
            break
        document = inside
    return _split(document) or _field(document) or _within(document) or _columns(document) or _index(document)


def several_tables(document: dict[str, Any]) -> int:
    """How many long lists of objects, or objects by their keys, a document holds, where it is more than one (a COCO file, a dump of a database): those are tables, not rows."""
    inside = [list(v.values()) if isinstance(v, dict) else v for v in document.values()]
    count = sum(isinstance(v, list) and len(v) >= _MANY and all(isinstance(r, dict) for r in v) for v in inside)
    return count if count > 1 else 0


def is_too_wide(document: dict[str, Any]) -> bool:
    """Whether a document that is one row would be one of thousands of fields: keys stand for things in it, not for columns."""
    fields, left = 0, [document]
    while left and fields <= WIDEST:
        inside = left.pop()
        fields += len(inside)
        left += [v for v in inside.values() if isinstance(v, dict)]
    return fields > WIDEST


def is_coco(document: dict[str, Any]) -> bool:
    """Whether a document holds boxes in images, as COCO writes them."""
    return all(isinstance(document.get(k), list) for k in ("images", "annotations", "categories"))


def is_talk(rows: list[Any]) -> bool:
    """Whether objects are turns: one conversation is one row, not a table of turns."""
    return all(isinstance(r, dict) and ({"from", "value"} <= r.keys() or {"role", "content"} <= r.keys()) for r in rows)


def _split(document: dict[str, Any]) -> tuple[list[Any], str] | None:
    names, data = document.get("columns"), document.get("data")
    if not isinstance(names, list) or not isinstance(data, list) or not document.keys() <= {"columns", "data", "index"} or len(set(map(str, names))) != len(names):
        return None
    if not data or not all(isinstance(row, list) and len(row) == len(names) for row in data):
        return None
    return [dict(zip(map(str, names), row, strict=True)) for row in data], "columns and data stand apart (pandas, orient='split')"


def _field(document: dict[str, Any]) -> tuple[list[Any], str] | None:
    lists = {k: v for k, v in document.items() if isinstance(v, list) and v and all(isinstance(r, dict) for r in v) and not is_talk(v)}
    if len(lists) != 1:
        return None
    name, rows = next(iter(lists.items()))
    aside = [v for k, v in document.items() if k != name]
    named = name.lower() in _CONTAINERS and len(rows) > 1
    alone = len(rows) >= _MANY and all(not isinstance(v, list | dict) and len(str(v)) <= _ASIDE for v in aside)
    if len(document) > 1 and not named and not alone:
        return None
    where = f"field '{name}'" if named else "one of its fields"
    asked = _questions(rows)
    if asked:
        return asked, f"its questions are in the paragraphs of {where}, as SQuAD writes them"
    return rows, f"its rows are in {where}, which a trainer must be told"


def _within(document: dict[str, Any]) -> tuple[list[Any], str] | None:
    """Rows in a field of a field of a telling name, beside other fields (`results.results`, as promptfoo writes what it tried)."""
    inside = [v for k, v in document.items() if k.lower() in _CONTAINERS and isinstance(v, dict)]
    if len(inside) != 1:
        return None
    named = {k: v for k, v in inside[0].items() if k.lower() in _CONTAINERS and isinstance(v, list)}
    return _field(named) if len(named) == 1 else None


def _questions(articles: list[Any]) -> list[dict[str, Any]] | None:
    """A row a question of articles with paragraphs (`context`, and `qas` with `question` and `answers`); None where they have another form."""
    rows = []
    for article in articles:
        paragraphs = article.get("paragraphs")
        if not isinstance(paragraphs, list) or not all(isinstance(p, dict) and isinstance(p.get("context"), str) and isinstance(p.get("qas"), list) for p in paragraphs):
            return None
        rest = {k: v for k, v in article.items() if k != "paragraphs"}
        for paragraph in paragraphs:
            for question in paragraph["qas"]:
                if not isinstance(question, dict) or not isinstance(question.get("question"), str):
                    return None
                found = question.get("answers")
                answers = [a for a in found if isinstance(a, dict)] if isinstance(found, list) else []
                told = {"text": [a.get("text") for a in answers], "answer_start": [a.get("answer_start") for a in answers]}
                rows.append(rest | {"context": paragraph["context"]} | question | {"answers": told})
    return rows


def _columns(document: dict[str, Any]) -> tuple[list[Any], str] | None:
    values = list(document.values())
    if len(values) < 2 or not _TOKENS.isdisjoint(document):
        return None
    if all(isinstance(v, list) for v in values):
        length = len(values[0])
        if length < _MANY or any(len(v) != length for v in values):
            return None
        return [dict(zip(document, row, strict=True)) for row in zip(*values, strict=True)], "it is written by column, not by row"
    if all(isinstance(v, dict) for v in values) and len(values[0]) >= max(_MANY, len(values)):
        keys = values[0].keys()
        if all(v.keys() == keys for v in values):
            return [{name: column[key] for name, column in document.items()} for key in keys], "it is written by column, not by row (pandas, orient='columns')"
    return None


def _index(document: dict[str, Any]) -> tuple[list[Any], str] | None:
    values = list(document.values())
    if len(values) < _MANY or not all(isinstance(v, dict) and v for v in values):
        return None
    if not set.intersection(*(set(v) for v in values)):
        return None
    name = "key" if all("key" not in v for v in values) else "_key"
    return [{name: key, **row} for key, row in document.items()], "it is an object of rows by key, not a list of rows"


def label_studio(items: list[Any]) -> list[dict[str, Any]] | None:
    """Tasks of a Label Studio export (JSON) as rows: the fields of `data`, and the label; None where the list is something else.

    A choice becomes a text, several a list, spans a list of `start`, `end` and `label`. Where a task has more than one
    annotation, each of them is a column `annotator_1`, `annotator_2`, ... and `label` is left out. What is drawn into images is not read.
    """
    if not items or not all(isinstance(i, dict) and isinstance(i.get("data"), dict) and isinstance(i.get("annotations"), list) for i in items):
        return None
    found = [[_judgement(a) for a in item["annotations"] if isinstance(a, dict) and not a.get("was_cancelled")] for item in items]
    if not any(judgement for several in found for judgement in several):
        given = [a for item in items for a in item["annotations"] if isinstance(a, dict) and a.get("result")]
        return [dict(item["data"]) for item in items] if given and all(map(_is_drawn, given)) else None
    most = max(map(len, found))
    spans = any(isinstance(j, list) and j and isinstance(j[0], dict) for several in found for j in several)
    rows = []
    for item, several in zip(items, found, strict=True):
        row = dict(item["data"])
        if most > 1 and not spans:
            row.update({f"annotator_{i + 1}": several[i] if i < len(several) else None for i in range(most)})
        else:
            row["spans" if spans else "label"] = several[0] if several else None
        rows.append(row)
    return rows


def _is_drawn(annotation: dict[str, Any]) -> bool:
    """Whether an annotation is boxes, polygons or brushes in an image, and nothing else."""
    results = annotation["result"]
    values = [r.get("value") if isinstance(r, dict) else None for r in results] if isinstance(results, list) else [None]
    return all(isinstance(v, dict) and not _DRAWN.isdisjoint(v) for v in values)


def _judgement(annotation: dict[str, Any]) -> Any:
    """The choice, the choices or the spans of one annotation; None where it has none of them."""
    results = annotation.get("result")
    values = [r["value"] for r in results if isinstance(r, dict) and isinstance(r.get("value"), dict)] if isinstance(results, list) else []
    spans = [{"start": v["start"], "end": v["end"], "label": str(v["labels"][0])} for v in values if isinstance(v.get("labels"), list) and v["labels"] and isinstance(v.get("start"), int) and isinstance(v.get("end"), int)]
    if spans:
        return spans
    chosen = [str(c) for v in values if isinstance(v.get("choices"), list) for c in v["choices"]]
    if chosen:
        return chosen[0] if len(chosen) == 1 else chosen
    rated = [v["rating"] for v in values if isinstance(v.get("rating"), int | float)]
    return rated[0] if rated else None
