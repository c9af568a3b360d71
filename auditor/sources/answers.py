"""Prompts and responses written in another form than two columns: translations inside a struct, questions with options and a key, judged candidates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.model import Shape
from auditor.sources import called, preferred
from auditor.sources.derived import is_chat
from auditor.sources.facts import column_facts
from auditor.sources.rewritten import is_made

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from auditor.sources.types import Part

OPTION: Final = "chosen_option"
"""Name of the column with the option that a key names."""
_CODES: Final = (
    "aa ab af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz "
    "ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os "
    "pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
LANGUAGES: Final = frozenset(_CODES.split())
"""Two letters of ISO 639-1."""
_STEMS: Final = (
    "context", "passage", "article", "paragraph", "story", "support", "ctx", "premise", "sentence", "sent1", "sent2", "goal", "text",
    "input", "instruction", "question", "query", "prompt", "problem", "stem", "startphrase",
)  # fmt: skip
"""Names of what is asked."""
_OPTIONS: Final = ("choices", "options", "endings", "alternatives", "candidates", "answer_choices", "answer_options")
_ONE: Final = re.compile(r"^(|option|opt|op|choice|answer|ending|sol|solution|alternative|mc)[_ ]?([a-h]|[0-9])$")
"""A column with one option: a prefix, and its letter or number."""
_KEYS: Final = (
    "answer", "answerkey", "answer_key", "answer_idx", "answer_index", "answer_id", "correct", "correct_answer", "correct_option", "correct_idx",
    "cop", "gold", "key", "target", "label",
)  # fmt: skip
_GIVEN: Final = ("inputs", "input")
_GOT: Final = ("outputs", "output", "reference_outputs", "expected", "expected_output", "expectedoutput")
"""Objects that tools for traces and evaluations keep what went in and what came out in."""
_LISTS: Final = (*called.RESPONSES, *preferred.LISTS, "references", "golden_answers", "gold_answers", "short_answers", "possible_answers", "valid_answers")
_JUDGED: Final = frozenset(("label", "labels", "gold_label", "score", "scores"))
"""Names beside which a list of answers is judged rather than given."""
_INLINE: Final = r"(?:^|[\s(]){}[.):]\s*(\S.*?)\s*(?:\n|\s\(?[A-H][.):]\s|$)"
"""An option in a text, by its letter: what stands up to the next one or the end of the line."""
_VERIFIED: Final = ("answer", "final_answer", "ground_truth", "expected_answer", "reference_answer", "gold_answer", "correct_answer", "numeric_answer")
"""Names of a number that is the answer to what is asked."""
_FEW: Final = 20
"""Different numbers up to which they may be classes or grades."""
_WRITTEN: Final = "written"
"""Last part of the name of a column with such numbers as text."""
_UPVOTES: Final = ("score", "scores", "upvotes", "votes")
_FIRST: Final = "first"
"""Last part of the name of a column with the first of several answers."""
_MOST: Final = 10
"""Options of a question."""
_VALID: Final = 0.95
"""Share of rows in which the key must name an option."""


class Pairs(NamedTuple):
    """Columns that are prompts and responses, as far as names and types of single columns don't say it."""

    prompt: tuple[str, ...]
    response: str
    used: tuple[str, ...]
    """Columns that are thereby read."""
    reason: str
    rejected: str = ""
    """The column with the other response, where `response` is the better of two."""


def is_copied(name: str, columns: Mapping[str, str]) -> bool:
    """Whether a column of `columns` (types by name) was made here of what another one holds."""
    outer, _, inner = name.rpartition(".")
    whole = outer.lower() in {*_GIVEN, *_GOT} or inner in LANGUAGES
    if (inner == _WRITTEN and outer.lower() in _VERIFIED and columns.get(outer, "String") != "String") or (inner == _FIRST and columns.get(outer, "").startswith(("List", "Struct"))):
        return True
    return name in {OPTION, preferred.BETTER, preferred.WORSE} or is_chat(name, columns) or is_made(name, columns) or (whole and columns.get(outer, "").startswith("Struct"))


def with_pairs(parts: list[Part], schema: pl.Schema, sample: pl.DataFrame, shape: str) -> tuple[list[Part], pl.Schema, Pairs | None]:
    """The parts with the columns that are wanting, and which are the pairs; None where the rows are not of these forms, or not of the declared `shape`."""
    found = _translation(schema, sample) or _multiple_choice(schema, sample) or _traced(schema, sample) or _preferred(schema, sample) or _first(schema, sample) or _verified(schema, sample) or _voted(schema, sample)
    if found is None or (shape and bool(found[1].rejected) != (shape == Shape.PREFERENCE)):
        return parts, schema, None
    made, pairs = found
    if not made:
        return parts, schema, pairs
    new = [p.with_columns(made) for p in parts]
    return new, new[0].frame.collect_schema(), pairs


_Found = tuple[list["pl.Expr"], Pairs] | None


def _translation(schema: pl.Schema, sample: pl.DataFrame) -> _Found:
    import polars as pl

    for name, dtype in schema.items():
        if isinstance(dtype, pl.Struct) and len(dtype.fields) == 2 and all(f.dtype == pl.String and f.name.lower() in LANGUAGES for f in dtype.fields):
            columns = tuple(f"{name}.{f.name}" for f in dtype.fields)
            if schema.keys().isdisjoint(columns):
                made = [pl.col(name).struct.field(f.name).alias(c) for f, c in zip(dtype.fields, columns, strict=True)]
                return made, Pairs(columns[:1], columns[1], (name,), f"the two languages of '{name}'")
    named = [c for c in schema if c.lower() in LANGUAGES and schema[c] == pl.String]
    prose = {f.name for f in column_facts(sample.select(n for n in schema if schema[n] == pl.String)) if f.is_prose} if len(named) > 1 else set()
    named = [c for c in named if c in prose]
    if len(named) == 2 and prose == set(named):
        return [], Pairs((named[0],), named[1], (), "named after two languages")
    return None


def _traced(schema: pl.Schema, sample: pl.DataFrame) -> _Found:
    """`inputs: {"question": ...}` beside `outputs: {"answer": ...}`: one text in each, and the second written rather than chosen."""
    import polars as pl

    by_name = {n.lower(): n for n in schema}
    pair: list[tuple[str, str]] = []
    for names in (_GIVEN, _GOT):
        name = next((by_name[n] for n in names if n in by_name), "")
        dtype = schema.get(name)
        texts = [f.name for f in dtype.fields if f.dtype == pl.String] if isinstance(dtype, pl.Struct) else []
        if len(texts) != 1 or f"{name}.{texts[0]}" in schema:
            return None
        pair.append((name, texts[0]))
    made = [pl.col(name).struct.field(text).alias(f"{name}.{text}") for name, text in pair]
    asked, answered = column_facts(sample.select(made))
    if not asked.is_prose or answered.is_choice(50):
        return None
    return made, Pairs((asked.name,), answered.name, tuple(n for n, _ in pair), f"the text in '{pair[1][0]}'")


def _preferred(schema: pl.Schema, sample: pl.DataFrame) -> _Found:
    found = preferred.find(schema, sample)
    if found is None:
        return None
    made = [found.better.alias(preferred.BETTER), found.worse.alias(preferred.WORSE)]
    return made, Pairs(found.prompt, preferred.BETTER, found.used, found.reason, preferred.WORSE)


def _first(schema: pl.Schema, sample: pl.DataFrame) -> _Found:
    """A question, and a list of answers that will do; or an object with the answer and other ways to write it."""
    import polars as pl

    by_name = {c.lower().strip(): c for c in schema}
    if not _JUDGED.isdisjoint(by_name):
        return None
    asked = [f.name for f in column_facts(sample.select(by_name[p] for p in called.PROMPTS if p in by_name and schema[by_name[p]] == pl.String)) if f.is_prose]
    for name in (by_name[n] for n in _LISTS if n in by_name):
        dtype = schema[name]
        if dtype == pl.List(pl.String):
            made, reason = pl.col(name).list.get(0, null_on_oob=True).alias(f"{name}.{_FIRST}"), f"the first of several in '{name}'"
        elif isinstance(dtype, pl.Struct) and any(f.name == "value" and f.dtype == pl.String for f in dtype.fields):
            made, reason = pl.col(name).struct.field("value").alias(f"{name}.value"), f"the value in '{name}'"
        else:
            continue
        (answer,) = column_facts(sample.select(made))
        if asked and answer.name not in schema and answer.filled >= sample.height / 2 and answer.kind == "text" and not answer.is_choice(20):
            return [made], Pairs(tuple(asked), answer.name, (name,), reason)
    return None


def _verified(schema: pl.Schema, sample: pl.DataFrame) -> _Found:
    """A question and the number that answers it, as problems in arithmetic have them."""
    import polars as pl

    by_name = {c.lower().strip(): c for c in schema}
    if not _JUDGED.isdisjoint(by_name) or any(n in by_name for n in called.RESPONSES if n != "answer"):
        return None
    asked = [f.name for f in column_facts(sample.select(by_name[p] for p in called.PROMPTS[:7] if p in by_name and schema[by_name[p]] == pl.String)) if f.is_prose]
    name = next((by_name[n] for n in _VERIFIED if n in by_name and schema[by_name[n]].is_numeric()), "")
    if not asked or not name or f"{name}.{_WRITTEN}" in schema or sample[name].n_unique() <= _FEW:
        return None
    made = pl.col(name).cast(pl.String).alias(f"{name}.{_WRITTEN}")
    return [made], Pairs(tuple(asked), f"{name}.{_WRITTEN}", (name,), f"the number in '{name}'")


def _voted(schema: pl.Schema, sample: pl.DataFrame) -> _Found:
    """`title`, `selftext` and `answers: {"text": [...], "score": [...]}`, as ELI5 has them: the answer with the most votes."""
    import polars as pl

    by_name = {c.lower().strip(): c for c in schema}
    name = by_name.get("answers", "")
    dtype = schema.get(name)
    fields = {f.name: f.dtype for f in dtype.fields} if isinstance(dtype, pl.Struct) else {}
    votes = next((f for f in _UPVOTES if isinstance(t := fields.get(f), pl.List) and t.inner.is_numeric()), "")
    if fields.get("text") != pl.List(pl.String) or not votes or f"{name}.{_FIRST}" in schema:
        return None
    stems = [by_name[n] for n in ("question", "query", "title", "selftext", "body") if n in by_name and schema[by_name[n]] == pl.String]
    asked = [f.name for f in column_facts(sample.select(stems)) if f.is_prose or (f.kind == "text" and f.distinct > _FEW and f.mean_length >= _FEW)]
    best = pl.col(name).struct.field(votes).list.arg_max()
    made = pl.col(name).struct.field("text").list.get(best, null_on_oob=True).alias(f"{name}.{_FIRST}")
    return ([made], Pairs(tuple(asked), f"{name}.{_FIRST}", (name,), f"the text with the highest '{votes}' in '{name}'")) if asked else None


def _inline(keys: list[str], stems: tuple[str, ...], sample: pl.DataFrame) -> _Found:
    """Options within the text of the question (`A. ...`, `(B) ...`), and a letter that names one of them."""
    import polars as pl

    for key, stem in ((k, s) for k in keys for s in stems if sample.schema[k] == pl.String and k != s):
        letter = pl.col(key).str.extract(r"^\s*\(?([A-Ha-h])[.):]?\s*$").str.to_uppercase()
        asked = pl.col(stem)
        chosen = pl.coalesce(pl.when(letter == c).then(asked.str.extract(_INLINE.format(c))) for c in "ABCDEFGH")
        filled = sample.filter(pl.col(key).is_not_null())
        seen = filled.select(letter=letter, chosen=chosen, two=asked.str.contains(_INLINE.format("A")) & asked.str.contains(_INLINE.format("B")))
        found = seen.filter(pl.col("two") & pl.col("chosen").is_not_null())
        if found.height >= max(2, _VALID * filled.height) and found["letter"].n_unique() > 1:
            return [chosen.alias(OPTION)], Pairs(stems, OPTION, (key,), f"the option in '{stem}' that '{key}' names")
    return None


def _multiple_choice(schema: pl.Schema, sample: pl.DataFrame) -> _Found:
    import polars as pl

    if OPTION in schema:
        return None
    by_name = {c.lower().strip(): c for c in schema}
    several = _several(schema, by_name)
    keys = [by_name[k] for k in _KEYS if k in by_name and by_name[k] not in several and (schema[by_name[k]] == pl.String or schema[by_name[k]].is_integer())]
    stems = tuple(by_name[s] for s in _STEMS if s in by_name and schema[by_name[s]] == pl.String and by_name[s] not in several)
    stems = tuple(f.name for f in column_facts(sample.select(stems)) if f.is_prose)
    if not keys or not stems:
        return None
    if not several:
        return _inline(keys, stems, sample)
    for key in keys:
        place = _place(key, several, schema, sample)
        if place is not None:
            chosen = _listed(several, schema).list.get(place, null_on_oob=True).alias(OPTION)
            reason = f"the option that '{key}' names"
            return [chosen], Pairs((*stems, *several), OPTION, (key,), reason)
    return None


def _several(schema: pl.Schema, by_name: dict[str, str]) -> tuple[str, ...]:
    """The column with a list of options (bare, or beside their labels), or the columns with one each."""
    import polars as pl

    for name in (by_name[o] for o in _OPTIONS if o in by_name):
        dtype = schema[name]
        if dtype == pl.List(pl.String):
            return (name,)
        if isinstance(dtype, pl.Struct) and {f.name: f.dtype for f in dtype.fields} == {"text": pl.List(pl.String), "label": pl.List(pl.String)}:
            return (name,)
    groups: dict[str, list[tuple[str, str]]] = {}
    for low, name in by_name.items():
        match = _ONE.match(low)
        if match and schema[name] == pl.String:
            groups.setdefault(match[1], []).append((match[2], name))
    for prefix, members in groups.items():
        places = sorted(members)
        first = places[0][0]
        follow = [ord(p) - ord(first) for p, _ in places] == list(range(len(places)))
        if follow and first in "a01" and len(places) >= (2 if prefix else 3):
            return tuple(name for _, name in places)
    return ()


def _listed(several: tuple[str, ...], schema: pl.Schema) -> pl.Expr:
    import polars as pl

    if len(several) > 1:
        return pl.concat_list(several)
    return pl.col(several[0]).struct.field("text") if isinstance(schema[several[0]], pl.Struct) else pl.col(several[0])


def _place(key: str, several: tuple[str, ...], schema: pl.Schema, sample: pl.DataFrame) -> pl.Expr | None:
    """The place of the right option, counted from 0; None where the key doesn't name one in nearly all rows."""
    import polars as pl

    text = pl.col(key).cast(pl.String).str.strip_chars()
    ways = []
    if len(several) == 1 and isinstance(schema[several[0]], pl.Struct):
        labels = pl.col(several[0]).struct.field("label")
        ways.append(pl.coalesce(pl.when(labels.list.get(i, null_on_oob=True) == text).then(pl.lit(i, pl.Int64)) for i in range(_MOST)))
    letter = pl.when(text.str.contains(r"^[A-Ha-h]$")).then(text.str.to_uppercase().replace_strict({c: i for i, c in enumerate("ABCDEFGH")}, default=None, return_dtype=pl.Int64))
    number = text.cast(pl.Int64, strict=False)
    ways += [letter, number, number - 1]
    filled = sample.filter(pl.col(key).is_not_null() & (pl.col(key).cast(pl.String) != "") & (pl.col(key).cast(pl.String) != "-1"))
    if filled.height < 2:
        return None
    for way in ways:
        seen = filled.select(at=way, n=_listed(several, schema).list.len())
        valid = seen.filter(pl.col("at").is_between(0, pl.col("n").cast(pl.Int64) - 1))
        # where the first place is never named, places are counted from 1
        if valid.height >= _VALID * filled.height and valid["at"].n_unique() > 1 and (valid["at"] == 0).any():
            return pl.when(way >= 0).then(way)
    return None

