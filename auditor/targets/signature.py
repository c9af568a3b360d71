"""What two rows have in common when every rule must judge them alike.

Rules look at structure: keys, roles, weights, types, whether a text is blank or ends in a space. Rows that agree in all
this get the same verdict, so it is worked out once for all of them. Whatever depends on more (tools, media, pairs, words in
the text) makes its row be looked at for itself; `Verdict.own` and the needles of the engine say which.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, Final

from auditor.targets.jsonpos import Path

CONTROL: Final = frozenset({"role", "from", "type"})
"""Keys whose short strings decide about rules."""
VALUED: Final = frozenset({"weight", "loss_weight", "train", "training", "label", "kto_tag", "score"})
"""Keys whose numbers decide about rules."""
_LONGEST: Final = 32
_USUAL: Final = frozenset({("role", "content"), ("from", "value")})
_SPOKEN: Final = frozenset({"system", "developer", "user", "assistant", "tool", "human", "gpt", "observation"})
_MESSAGES: Final = object()
"""Opens the signature of a list of usual messages: their keys, roles, and the classes of their texts where not all are 2."""


def walk(value: Any, texts: list[str]) -> tuple[Any, int]:
    """Signature of a value and its number of keys; all of its texts but control words are appended to `texts`."""
    kind = type(value)
    if kind is list:
        return _items(value, texts)
    if kind is dict:
        parts: list[Any] = [tuple(value)]
        keys = len(value)
        for key, item in value.items():
            inner = type(item)
            if inner is str:
                if key in CONTROL:
                    parts.append(item if len(item) <= _LONGEST else _LONGEST)
                else:
                    texts.append(item)
                    parts.append(text_class(item))
            elif inner is list or inner is dict:
                sub, count = walk(item, texts)
                parts.append(sub)
                keys += count
            else:
                parts.append((inner, item) if key in VALUED else inner)
        return tuple(parts), keys
    if kind is str:
        texts.append(value)
        return text_class(value), 0
    return kind, 0


def _items(value: list[Any], texts: list[str]) -> tuple[Any, int]:
    """The same for a list. Usual messages, a role and a string each, take a short way: they are most of what is ever read."""
    try:
        spelled = set(map(tuple, value))
        if len(spelled) == 1 and spelled <= _USUAL:
            flat = [*chain.from_iterable(map(dict.values, value))]
            roles, contents = flat[::2], flat[1::2]
            ends = "".join([text[-1:] for text in contents])
            if _SPOKEN.issuperset(roles):
                texts += contents
                sound = len(ends) == len(contents) and ends.isprintable() and ends.isascii() and " " not in ends
                classes = () if sound else tuple(map(text_class, contents))
                return (_MESSAGES, *spelled, *roles, () if set(classes) <= {2} else classes), len(flat)
    except (TypeError, KeyError):  # not all of them are objects, or not all values are strings
        pass
    if value and type(value[0]) is int and set(map(type, value)) == {int}:  # tokens: a list of numbers is told by its length
        return (int, len(value)), 0
    items: list[Any] = []
    keys = 0
    for item in value:
        sub, count = walk(item, texts)
        items.append(sub)
        keys += count
    return tuple(items), keys


def text_class(text: str) -> int:
    """0 empty, 1 white space only, 3 ending in a space or tab, 2 anything else."""
    if not text:
        return 0
    last = text[-1]
    if last <= " " or last > "\x7f":
        if text.isspace():
            return 1
        if last in " \t":
            return 3
    return 2


def text_paths(value: Any, path: Path = ()) -> list[Path]:
    """Paths of the texts that `walk` collects, in its order."""
    if isinstance(value, dict):
        found: list[Path] = []
        for key, item in value.items():
            if not (isinstance(item, str) and key in CONTROL):
                found += text_paths(item, (*path, key))
        return found
    if isinstance(value, list):
        return [p for i, item in enumerate(value) for p in text_paths(item, (*path, i))]
    return [path] if isinstance(value, str) else []
