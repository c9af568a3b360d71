"""Preferences as judges and collections write them: several candidates with a score or a rank each, two candidates and which of them won."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.sources import called
from auditor.sources.facts import column_facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

BETTER: Final = "preferred_candidate"
WORSE: Final = "other_candidate"
"""Names of the columns made."""
_PROMPTS: Final = (*called.PROMPTS, "history", "post", "messages", "conversation", "conversations")
_WRITTEN: Final = ("response", "answer", "completion", "output", "text", "content", "generation", "message", "body", "candidate")
"""Fields of a candidate that hold what it says."""
LISTS: Final = ("responses", "completions", "candidates", "outputs", "generations", "answers", "replies", "all_responses", "generated_responses")
"""Names of a list of candidates."""
_HIGH: Final = ("overall_score", "score", "scores", "rating", "ratings", "reward", "rewards", "quality", "grade", "pm_score", "preference_score", "upvotes", "votes", "all_rm_scores", "rm_scores")
_LOW: Final = ("rank", "ranks", "ranking", "rankings", "place", "position")
"""Numbers of which the highest, and the lowest, is the best."""
_SIDE: Final = re.compile(
    r"^(response|answer|completion|output|conversation|conv|human_ref|candidate|generation|reply|summary|caption|translation|solution|assistant|assistant_response|model_output|model_response)[_ ]?(a|b|0|1|2|left|right)$"
)
"""One of two candidates: what it is, and which."""
_SIDES: Final = (("a", "b"), ("0", "1"), ("1", "2"), ("left", "right"))
_VERDICT: Final = re.compile(
    r"^(winner|winning|preferred|preference|better|best|chosen|selected|choice|vote|voted|verdict|judge?ment|human_preference|human_choice|overall_preference|label|labels)"
    r"([_ ](response|answer|id|idx|index|option|model|candidate|side|completion|output|label))*$"
)
"""Names of a column that says which of two candidates is better."""
_SIGNED: Final = ("overall_preference", "preference_strength")
"""Numbers below 0 where the first is better, above where the second is."""
_WORDS: Final = r"^(the|model|response|answer|assistant|option|candidate|output|completion|system|side|human|ref)+"
_EVEN: Final = r"^(tie|draw|both|neither|same|equal|none|nopreference|similar)"
_VALID: Final = 0.95
"""Share of the sampled rows that must have the form."""


class Preferred(NamedTuple):
    """Expressions of `BETTER` and `WORSE`, and how they were found."""

    better: pl.Expr
    worse: pl.Expr
    prompt: tuple[str, ...]
    used: tuple[str, ...]
    """Columns that are thereby read."""
    reason: str


def find(schema: pl.Schema, sample: pl.DataFrame) -> Preferred | None:
    """The preferences of rows in one of these forms; rows in which no candidate is better than another have neither side."""
    names = {called.squeezed(c) for c in schema}
    if BETTER in schema or (names & {called.squeezed(c) for c in called.CHOSEN} and names & {called.squeezed(c) for c in called.REJECTED}):
        return None
    return _scored(schema, sample) or _two(schema, sample)


def _prompt(schema: pl.Schema, used: tuple[str, ...]) -> tuple[str, ...]:
    by_name = {c.lower().strip(): c for c in schema if c not in used}
    return next(((by_name[n],) for n in _PROMPTS if n in by_name), ())


def _scored(schema: pl.Schema, sample: pl.DataFrame) -> Preferred | None:
    """`[{"response": ..., "score": ...}, ...]`, or a list of texts beside a list of numbers."""
    import polars as pl

    for name, dtype in schema.items():
        if not isinstance(dtype, pl.List) or name.lower() not in LISTS:
            continue
        candidates = pl.col(name)
        if isinstance(dtype.inner, pl.Struct):
            fields = {f.name.lower(): f.name for f in dtype.inner.fields}
            written, numbers = (next((fields[n] for n in ns if n in fields), "") for ns in (_WRITTEN, (*_HIGH, *_LOW)))
            if not written or not numbers:
                continue
            said, values = (candidates.list.eval(pl.element().struct.field(f)) for f in (written, numbers))
            used: tuple[str, ...] = (name,)
            reason = f"the best and the worst of '{name}' by their '{numbers}'"
        elif dtype.inner == pl.String:
            by_name = {c.lower().strip(): c for c, t in schema.items() if isinstance(t, pl.List) and t.inner.is_numeric()}
            numbers = next((by_name[n] for n in (*_HIGH, *_LOW) if n in by_name), "")
            if not numbers:
                continue
            said, values = candidates, pl.col(numbers)
            used, reason = (name, numbers), f"the best and the worst of '{name}' by '{numbers}'"
        else:
            continue
        order = values.list.eval(pl.element().cast(pl.Float64, strict=False).fill_nan(None))
        if numbers.lower() in _LOW:
            order = order.list.eval(-pl.element())
        apart = (order.list.max() > order.list.min()) & (order.list.len() == said.list.len())
        better, worse = (pl.when(apart).then(said.list.get(at, null_on_oob=True)) for at in (order.list.arg_max(), order.list.arg_min()))
        prompt = _prompt(schema, used)
        if prompt and _sound(sample, better, worse):
            return Preferred(better, worse, prompt, used, reason)
    return None


def _two(schema: pl.Schema, sample: pl.DataFrame) -> Preferred | None:
    """`response_a`, `response_b` and `winner`, or a number for each of them."""
    import polars as pl

    groups: dict[str, dict[str, str]] = {}
    for name in schema:
        if found := _SIDE.match(name.lower().strip()):
            groups.setdefault(found[1], {})[found[2]] = name
    for sides, members in ((s, m) for m in groups.values() for s in _SIDES if m.keys() >= {*s}):
        pair = members[sides[0]], members[sides[1]]
        kinds = [f.kind if f.kind != "text" or f.is_prose else "" for f in column_facts(sample.select(pair))]
        if kinds not in (["text", "text"], ["messages", "messages"]):
            continue
        for says, first in _judged(schema, sample, sides, pair):
            better = pl.when(first).then(pl.col(pair[0])).when(~first).then(pl.col(pair[1]))
            worse = pl.when(first).then(pl.col(pair[1])).when(~first).then(pl.col(pair[0]))
            used = (*pair, *says)
            prompt = _prompt(schema, used)
            if (prompt or kinds[0] == "messages") and _sound(sample, better, worse):
                return Preferred(better, worse, prompt, used, f"'{pair[0]}' and '{pair[1]}' as {' and '.join(repr(s) for s in says)} {'says' if len(says) == 1 else 'say'}")
    return None


def _judged(schema: pl.Schema, sample: pl.DataFrame, sides: tuple[str, str], pair: tuple[str, str]) -> Iterator[tuple[tuple[str, ...], pl.Expr]]:
    """Columns that say which of two candidates is better, each with whether the first is; null where neither."""
    import polars as pl

    by_name = {c.lower().strip(): c for c in schema if c not in pair}
    marks = [{c for n, c in by_name.items() if re.fullmatch(rf"(winner|preferred|better|chosen|win)[_ ]((model|response|answer|assistant)[_ ])?{side}", n)} for side in sides]
    if all(len(m) == 1 for m in marks):
        ones = [next(iter(m)) for m in marks]
        if all(_binary(sample[c]) for c in ones):
            won, lost = (pl.col(c).cast(pl.Float64) == 1 for c in ones)
            yield tuple(ones), pl.when(won != lost).then(won)
    for name in (c for n, c in by_name.items() if n in _SIGNED):
        if schema[name].is_numeric() and (sample[name] < 0).any() and (sample[name] > 0).any():
            yield (name,), pl.when(pl.col(name) != 0).then(pl.col(name) < 0)
    for name in (c for n, c in by_name.items() if _VERDICT.match(n)):
        if schema[name] != pl.String and not schema[name].is_integer():
            continue
        word = pl.col(name).cast(pl.String).str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "")
        short = pl.when(word.str.replace(_WORDS, "") == "").then(word).otherwise(word.str.replace(_WORDS, ""))
        first, second = ((short == side) | (word == called.squeezed(column)) for side, column in zip(sides, pair, strict=True))
        seen = sample.select(first=first, second=second, even=word.str.contains(_EVEN) & ~first & ~second).drop_nulls()
        if seen.height and seen.select((pl.any_horizontal(pl.all())).mean()).item() >= _VALID and seen["first"].any() and seen["second"].any():
            yield (name,), pl.when(first).then(pl.lit(True)).when(second).then(pl.lit(False))
    for number in (*_HIGH, *_LOW):
        scores = [next((by_name[n] for n in (f"{number}_{side}", f"{number}{side}", f"{called.snake(column)}_{number}") if n in by_name), "") for side, column in zip(sides, pair, strict=True)]
        if all(s and schema[s].is_numeric() for s in scores):
            a, b = (pl.col(s).cast(pl.Float64).fill_nan(None) for s in scores)
            yield tuple(scores), pl.when(a != b).then((a < b) if number in _LOW else (a > b))


def _binary(values: pl.Series) -> bool:
    import polars as pl

    return values.dtype == pl.Boolean or (values.dtype.is_numeric() and bool(values.drop_nulls().cast(pl.Float64).is_in([0.0, 1.0]).all()))


def _sound(sample: pl.DataFrame, better: pl.Expr, worse: pl.Expr) -> bool:
    """Whether there are two written sides in at least half of the rows."""
    made = sample.select(better.alias(BETTER), worse.alias(WORSE))
    facts = column_facts(made)
    return all(f.kind in ("text", "messages") and f.filled >= made.height / 2 for f in facts) and any(f.kind == "messages" or f.is_prose for f in facts)
