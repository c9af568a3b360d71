"""Which column plays what: by name first, then by what it holds; always with the reason, never against a declaration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from auditor.errors import ConfigError, DeclaredError
from auditor.model import Role, RoleChoice, Shape
from auditor.settings import DataSettings
from auditor.sources import called, exchanges, votes
from auditor.sources.answers import Pairs
from auditor.sources.derived import LABELS
from auditor.sources.facts import ColumnFacts
from auditor.sources.picker import Picker
from auditor.sources.rewritten import Rewritten

_FEW_GROUPS: Final = 20
_FEW_COUNTS: Final = 20
"""Different whole numbers up to which they may be classes in a table of points in time."""
_FEW_NUMBERS: Final = 10
"""Different numbers with a fraction up to which they may be classes."""
_NAMING: Final = 50
"""Characters on average below which a text beside several measures, that is not named like one, names what was measured (our choice)."""
_MEASURED: Final = ("integer", "float", "boolean")
_NAMES_SPAN: Final = frozenset(("label", "labels", "type", "tag", "class", "entity", "entity_type", "entity_group", "category"))
"""Fields of a span that say what it is."""
_READ: Final = ("text", "integer", "float", "boolean", "list", "nested")
"""Kinds of columns that a model may read."""


class Seen(NamedTuple):
    """What several columns or files tell together."""

    split: str = ""
    """The column with the splits."""
    absent: str = ""
    """The column that training files have and hold-out files don't."""
    hot: tuple[str, ...] = ()
    """The columns of 0 and 1 that `derived.LABELS` is made of."""
    pairs: Pairs | None = None
    """The prompts and responses of rows in one of the forms of `answers`."""
    rewritten: Rewritten | None = None
    """The labels, judgements or talks of rows in one of the forms of `rewritten`."""


def choose(
    facts: tuple[ColumnFacts, ...],
    settings: DataSettings,
    refines: Callable[[str, str], bool],
    seen: Seen | None = None,
) -> tuple[tuple[RoleChoice, ...], Shape, str]:
    """Roles, shape and the reason for the shape.

    `refines(a, b)` says whether every value of column `a` goes with one value of column `b`; `seen` is what more than one column tells.

    Raises:
        ConfigError: when a declared column does not exist.
    """
    pick = Picker({f.name: f for f in facts})
    split, absent, hot, pairs, rewritten = seen or Seen()
    _declared(pick, settings)
    if pairs is not None and not any(pick.has(r) for r in (Role.LABEL, Role.TEXT, Role.PROMPT, Role.RESPONSE, Role.MESSAGES)):
        pick.take(Role.PROMPT, pairs.prompt, f"beside {pairs.reason}")
        pick.take(Role.CHOSEN if pairs.rejected else Role.RESPONSE, [pairs.response], pairs.reason)
        pick.take(Role.REJECTED, [pairs.rejected] if pairs.rejected else [], pairs.reason)
        pick.used.update(pairs.used)
    pick.take(Role.SPLIT, [split] if split else [], "says which split a row belongs to", declared=bool(settings.split))
    if hot:
        pick.used.update(hot)
        pick.take(Role.LABEL, [LABELS], f"made of {len(hot)} columns of 0 and 1 beside a text: {', '.join(hot[:8])}" + (", ..." if len(hot) > 8 else ""))
    if rewritten is not None:
        pick.used.update(rewritten.read)
        pick.take(Role.LABEL, [rewritten.label] if rewritten.label else [], rewritten.reason)
        pick.take(Role.ANNOTATOR, rewritten.annotators, rewritten.reason)
    _media(pick)
    exchanges.conversation(pick)
    if not pick.has(Role.LABEL) and not pick.has(Role.RESPONSE):
        _spans_and_tokens(pick)
    if not any(pick.has(r) for r in (Role.MESSAGES, Role.CHOSEN, Role.LABEL, Role.RESPONSE)):
        exchanges.prompt_response(pick)
    if pick.has(Role.RESPONSE) or pick.has(Role.MESSAGES):
        # TRL's names; elsewhere a label may say anything
        kto = any(c.role is Role.RESPONSE and "completion" in c.columns for c in pick.chosen) or (rewritten is not None and {"prompt", "completion"} <= {*rewritten.read})
        wanted = pick.named((*called.WANTED, *(("label",) if kto else ())), lambda c: c.kind == "boolean" or (c.kind == "integer" and c.votes))
        pick.take(Role.SCORE, [wanted.name] if wanted else [], "says which responses are wanted and which are not (KTO)")
        thumbs = None if wanted else pick.named(votes.NAMES, lambda c: c.votes or c.kind == "boolean")
        pick.take(Role.SCORE, [thumbs.name] if thumbs else [], "votes on the responses")
        graded = None if wanted or thumbs else pick.named(votes.GRADES, lambda c: c.kind == "integer" and 2 < c.distinct <= votes.MOST_GRADES)
        pick.take(Role.SCORE, [graded.name] if graded else [], "named like a grade of the responses")
    if not any(pick.has(r) for r in (Role.MESSAGES, Role.CHOSEN, Role.LABEL, Role.RESPONSE)) and pick.named(called.LABELS, lambda c: c.may_be_label) is None:
        told = pick.free(lambda c: c.name == absent and c.may_be_label and c.distinct > 1 and (c.kind in ("integer", "float") or c.is_choice()))
        pick.take(Role.LABEL, [c.name for c in told], "the only column that the training files have and the hold-out hasn't")
    _bookkeeping(pick)
    if not any(pick.has(r) for r in (Role.MESSAGES, Role.CHOSEN, Role.LABEL, Role.RESPONSE)):
        _label(pick, refines)  # also beside annotators: the label that was settled on
    if pick.has(Role.MEDIA) and not any(pick.has(r) for r in (Role.MESSAGES, Role.CHOSEN, Role.LABEL, Role.RESPONSE, Role.TEXT)):
        exchanges.captions(pick)
    _text_and_features(pick)
    shape, reason = _shape(pick, settings)
    return tuple(pick.chosen), shape, reason


def _declared(pick: Picker, settings: DataSettings) -> None:
    wanted: list[tuple[Role, tuple[str, ...], str]] = [
        (Role.LABEL, (settings.label,), "data.label"),
        (Role.TEXT, settings.text, "data.text"),
        (Role.GROUP, (settings.group,), "data.group"),
        (Role.ID, (settings.id,), "data.id"),
        (Role.TIME, (settings.time,), "data.time"),
    ]
    for name, column in settings.roles.items():
        try:
            wanted.append((Role(name), (column,), f"data.roles.{name}"))
        except ValueError:
            raise ConfigError(f"audit.toml: data.roles.{name}: no such role; roles are {', '.join(Role)}") from None
    for role, columns, key in wanted:
        names = tuple(c for c in columns if c)
        for name in names:
            if name not in pick.columns:
                have = ", ".join(f"'{c}'" for c in list(pick.columns)[:20])
                raise DeclaredError(key, name, f"no such column; columns are {have}")
        pick.take(role, names, f"declared as {key}", declared=True)


def _media(pick: Picker) -> None:
    media = pick.free(lambda c: c.kind == "media" or (c.kind == "list" and c.name.lower() in called.ATTACHED))
    pick.take(Role.MEDIA, [c.name for c in media], "images, sound or other files, or their names: they tell rows apart and are not read")


def _spans_and_tokens(pick: Picker) -> None:
    spans = sorted(pick.free(lambda c: c.kind == "spans"), key=lambda c: _NAMES_SPAN.isdisjoint(c.keys))  # tokens have places, too
    prose = pick.free(lambda c: c.kind == "text")
    if spans and prose:
        pick.take(Role.LABEL, [spans[0].name], "a list of spans with start and end")
        return
    encoded = pick.named(("input_ids",), lambda c: c.kind == "list")
    if encoded:  # what stands beside token ids says how they are trained, row by row, and is no class
        pick.used.update(c.name for c in pick.free(lambda c: c.kind == "list" and c.name.lower() in called.ENCODED))
    tokens = pick.named(("tokens", "words"), lambda c: c.kind == "list")
    tags = pick.named(("tags", "ner_tags", "labels", "pos_tags", "chunk_tags"), lambda c: c.kind == "list")
    if tokens and tags:
        pick.take(Role.TOKENS, [tokens.name], "a list named like tokens")
        pick.take(Role.LABEL, [tags.name], "a list of tags beside tokens")


def _bookkeeping(pick: Picker) -> None:
    _judges(pick)
    group = pick.named(called.GROUPS, lambda c: c.kind in ("text", "integer") and c.distinct < c.filled and (c.name.lower() not in called.LOOSE_GROUPS or c.distinct > _FEW_GROUPS))
    if group and not pick.has(Role.GROUP):
        pick.take(Role.GROUP, [group.name], "named like an entity whose rows repeat")
    ids = pick.free(lambda c: c.kind in ("text", "integer") and bool(called.IDS.search(c.name.lower()) or called.IDS.search(called.snake(c.name))) and c.distinct > 0.9 * c.filled > 0.45 * c.rows)
    if ids and not pick.has(Role.ID):
        pick.take(Role.ID, [c.name for c in ids], "named like an id, (nearly) every row its own")
    times = pick.free(lambda c: c.kind == "time" or (c.kind == "text" and bool(called.TIMES.search(called.snake(c.name))) and not c.is_prose and not c.worded))
    if not times:  # the only one whatever its name; of several, which one it is cannot be told
        dated = pick.free(lambda c: c.dated and not called.BORN.search(c.name.lower()))
        times = dated if len(dated) == 1 else []
    if times and not pick.has(Role.TIME):
        pick.take(Role.TIME, [times[0].name], "holds or is named like a point in time")
    raters = pick.free(lambda c: bool(called.ANNOTATORS.match(c.name.lower())))
    if len(raters) >= 2:
        pick.take(Role.ANNOTATOR, [c.name for c in raters], "named like several annotators")


def _crowd(pick: Picker) -> ColumnFacts | None:
    """What a crowd judged; under such a name it may be anything elsewhere."""
    crowd = any(called.squeezed(n) in called.JUDGES for n in pick.columns)
    return next(iter(pick.free(lambda c: crowd and c.may_be_label and c.is_choice() and bool(called.CROWD.match(c.name)))), None)


def _judges(pick: Picker) -> None:
    """Set aside who judged a row and what labelling functions said of it: nothing that a model is given later. What several people judged stays together."""
    functions = pick.free(lambda c: bool(called.FUNCTIONS.match(c.name)) and (c.kind == "integer" or c.is_choice(_FEW_COUNTS)))
    if len(functions) >= 2:
        pick.used.update(c.name for c in (*functions, *pick.free(lambda c: called.squeezed(c.name) in called.CHANCES)))
    judges = pick.free(lambda c: called.squeezed(c.name) in called.JUDGES and c.kind in ("text", "integer") and c.distinct < c.filled)
    pick.used.update(c.name for c in judges)
    items = pick.free(lambda c: bool(judges) and c.kind in ("text", "integer") and (bool(called.IDS.search(called.snake(c.name))) or called.squeezed(c.name) == "hitid") and 1 < c.distinct <= 0.9 * c.filled)
    if items and not pick.has(Role.GROUP):
        pick.take(Role.GROUP, [items[0].name], "named like an id whose rows several people judged")
    pick.used.update(c.name for c in pick.free(lambda c: bool(judges) and called.squeezed(c.name) in called.ADDED))


def _label(pick: Picker, refines: Callable[[str, str], bool]) -> None:
    found = (pick.named(called.SETTLED, lambda c: c.may_be_label) if pick.has(Role.ANNOTATOR) else None) or pick.named(called.LABELS, lambda c: c.may_be_label) or next(iter(pick.free(lambda c: c.may_be_label and c.is_choice() and bool(called.LABEL_PATTERN.search(c.name.lower())))), None) or _crowd(pick)
    if found and (found.is_choice() or found.recurs or found.delimiter or found.kind in ("float", "list") or (found.kind == "integer" and found.distinct > 20)):
        pick.take(Role.LABEL, [found.name], "named like a label")
        _set_aside_twins(pick, found, refines)
        return
    free = {c.name.lower() for c in pick.free(lambda c: c.kind == "text")}
    degree = pick.named(called.DEGREES, lambda c: c.kind in ("float", "integer")) if any(free >= {*two} for two in called.TWO_TEXTS) else None
    if degree:
        pick.take(Role.LABEL, [degree.name], "says how near two texts are")
        return
    if pick.has(Role.ANNOTATOR):
        return
    has_text = bool(pick.free(lambda c: c.is_prose))
    choices = pick.free(lambda c: c.is_choice(200) and not c.is_prose)
    if has_text and choices:
        first = choices[0]
        if all(refines(other.name, first.name) for other in choices[1:]):
            pick.take(Role.LABEL, [first.name], f"the column of {first.distinct} repeated values beside a text")
            _set_aside_twins(pick, first, refines)
        return
    last = list(pick.columns.values())[-1]
    if has_text or last.name in pick.used or not last.is_choice(20):
        return
    if [c.name for c in choices] == [last.name]:
        pick.take(Role.LABEL, [last.name], f"the last column, and the only one with few ({last.distinct}) values")
    elif last.distinct == 2 and sum(c.distinct == 2 for c in choices) == 1:
        pick.take(Role.LABEL, [last.name], "the last column, and the only one with two values")


def _set_aside_twins(pick: Picker, label: ColumnFacts, refines: Callable[[str, str], bool]) -> None:
    # A finer version of the label beside it is the same judgement twice, not something the model may read.
    twins = [c.name for c in pick.free(lambda c: c.is_choice(200) and c.name.startswith("column_") and label.name.startswith("column_")) if refines(c.name, label.name)]
    pick.used.update(twins)


def _text_and_features(pick: Picker) -> None:
    if any(pick.has(r) for r in (Role.MESSAGES, Role.CHOSEN, Role.RESPONSE)):
        return
    inside = any(c.role is Role.LABEL and pick.columns[c.columns[0]].kind == "spans" for c in pick.chosen)
    if not pick.has(Role.TEXT) and pick.has(Role.LABEL) and not inside:
        free = {c.name.lower(): c.name for c in pick.free(lambda c: c.kind == "text" and (c.is_prose or c.spaced > 0.5))}
        pair = next((two for two in called.TWO_TEXTS if free.keys() >= {*two}), ())
        pick.take(Role.TEXT, [free[n] for n in pair], "two texts a row by their names, of which one may be one of few")
    if not pick.has(Role.TEXT):
        named = pick.named(called.TEXTS, lambda c: c.kind == "text" and (c.is_prose or c.distinct > 20))
        prose = pick.free(lambda c: c.is_prose)
        if named is None and prose:
            longest = max(prose, key=lambda c: c.mean_length)
            # a model, a person or a place that is measured: the row is what is repeated, not its name
            named = None if not pick.has(Role.LABEL) and longest.mean_length < _NAMING and len(pick.free(lambda c: c.kind in _MEASURED)) >= 2 else longest
            reason = "the longest written text"
        else:
            reason = "named like a text"
        if named:
            others = [c.name for c in prose if c.name != named.name and c.spaced > 0.5 and c.mean_length >= called.SENTENCE] if pick.has(Role.LABEL) and not inside else []
            read = [n for n in pick.columns if n == named.name or n in others]
            pick.take(Role.TEXT, read, f"{reason}, and what else is written in sentences" if others else reason)
    if not pick.has(Role.TEXT) and not pick.has(Role.TOKENS):
        only = pick.free(lambda c: c.kind == "text" and c.distinct > 1)
        if len(only) == 1 and len(pick.free()) == 1 and not (pick.has(Role.LABEL) and only[0].is_choice(_FEW_COUNTS)):
            pick.take(Role.TEXT, [only[0].name], "the only column left to read from")
    if pick.has(Role.LABEL):
        pick.used.update(c.name for c in pick.free(lambda c: bool(called.WHO_JUDGED.match(called.snake(c.name))) and c.kind in ("text", "integer") and c.distinct < c.filled))
    if pick.has(Role.LABEL) or not pick.has(Role.TEXT):
        rest = pick.free(lambda c: c.kind in _READ and c.filled > 0)
        declared_text = any(c.role is Role.TEXT and c.declared for c in pick.chosen)
        if rest and not declared_text and not inside and not pick.has(Role.TOKENS):
            pick.take(Role.FEATURE, [c.name for c in rest], "left over, so something the model may read")


def _shape(pick: Picker, settings: DataSettings) -> tuple[Shape, str]:
    if settings.shape:
        try:
            return Shape(settings.shape), "declared as data.shape"
        except ValueError:
            raise ConfigError(f"audit.toml: data.shape = '{settings.shape}': no such shape; shapes are {', '.join(Shape)}") from None
    if pick.has(Role.CHOSEN):
        return Shape.PREFERENCE, "a preferred and a rejected response in each row"
    if pick.has(Role.MESSAGES):
        return Shape.CHAT, "a list of turns in each row"
    if pick.has(Role.RESPONSE):
        return Shape.PROMPT_COMPLETION, "a prompt and a response in each row"
    if pick.has(Role.LABEL):
        name = next(c.columns[0] for c in pick.chosen if c.role is Role.LABEL)
        label = pick.columns[name]
        if label.kind == "spans" or pick.has(Role.TOKENS):
            return Shape.TOKEN_LABELS, f"labels inside the text ('{name}')"
        many = label.distinct > max(20, 0.05 * label.filled)
        if (label.kind == "float" and label.distinct > 2 and (many or label.distinct > 0.2 * label.filled or (not label.whole and label.distinct > _FEW_NUMBERS))) or (label.kind == "integer" and many and label.distinct > 50):
            return Shape.REGRESSION, f"the label '{name}' is a number with {label.distinct} different values"
        if label.kind == "integer" and label.distinct > _FEW_COUNTS and pick.has(Role.TIME) and not pick.has(Role.TEXT):  # sold that day; classes are no more than a few or are words
            return Shape.REGRESSION, f"the label '{name}' is a number with {label.distinct} different values"
        return Shape.CLASSIFICATION, f"the label '{name}' has {label.distinct} different values" if label.kind != "list" and not label.delimiter else f"the label '{name}' is a list of classes"
    if pick.has(Role.ANNOTATOR):
        return Shape.CLASSIFICATION, "several annotators' labels in each row"
    if pick.has(Role.TEXT) and not pick.has(Role.FEATURE):
        return Shape.PLAIN_TEXT, "text without a label"
    return Shape.TABLE, "columns without a label that could be told from the rest"
