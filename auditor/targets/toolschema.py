"""JSON Schema for the arguments of tool calls: the only place that touches `jsonschema`.

The schemas come from the audited data and are hostile until proven otherwise: nothing is fetched (an empty registry), and
`pattern`, `patternProperties` and `format` are left out, since a regular expression of the data's choosing can run for
hours. What is left out is not reported as satisfied; it is not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

_LEFT_OUT: Final = ("pattern", "patternProperties", "format", "$dynamicRef", "unevaluatedProperties", "unevaluatedItems")
MAX_SCHEMA: Final = 1 << 16
"""Bytes of the largest schema that is checked (64 KiB)."""
_DEEP: Final = 8
"""Nesting of a schema up to which the quick test is tried."""
_QUICK: Final = frozenset({"type", "properties", "required", "additionalProperties", "items", "enum", "description", "title", "default", "examples", *_LEFT_OUT[:3]})
"""Keywords that the quick test knows, or that say nothing about a value."""
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "null": (type(None),)}
Check = Callable[[object], bool]
_SHOWN: Final = 5
"""Violations told for one call."""


@lru_cache(maxsize=1)
def _validator() -> Any:
    from jsonschema import Draft202012Validator, validators

    keep = {k: v for k, v in Draft202012Validator.VALIDATORS.items() if k not in _LEFT_OUT}
    return validators.create(Draft202012Validator.META_SCHEMA, keep, type_checker=Draft202012Validator.TYPE_CHECKER)


@lru_cache(maxsize=4096)
def _compiled(schema: bytes) -> Any:
    from referencing import Registry

    return _validator()(orjson.loads(schema), registry=Registry())


def _key(value: object) -> bytes | None:
    try:
        text = orjson.dumps(value)
    except TypeError:  # a lone surrogate or an integer beyond 64 bits: reported by the reader, not judged here
        return None
    return text if len(text) <= MAX_SCHEMA else None


@lru_cache(maxsize=4096)
def _schema_defect(schema: bytes) -> tuple[str | int, ...] | None:
    from jsonschema import Draft7Validator

    try:
        error = next(iter(Draft7Validator(Draft7Validator.META_SCHEMA).iter_errors(orjson.loads(schema))), None)
    except RecursionError:
        return ()
    return None if error is None else tuple(error.absolute_path)


def schema_defect(schema: Mapping[str, object]) -> tuple[str | int, ...] | None:
    """Path inside a schema to what makes it no valid JSON Schema (Draft 7), None where it is valid or too large."""
    key = _key(schema)
    return None if key is None else _schema_defect(key)


@lru_cache(maxsize=4096)
def _plain(schema: bytes) -> Check | None:
    """A quick test of a schema that has only the usual keywords, None for any other."""
    return _quick(orjson.loads(schema), 0)


def _quick(schema: object, depth: int) -> Check | None:
    """True from the test means certainly valid; False means that jsonschema has to look."""
    if not isinstance(schema, dict) or depth > _DEEP or not _QUICK.issuperset(schema):
        return None
    kind = schema.get("type")
    if kind == "object":
        return _quick_object(schema, depth)
    if kind == "array" and "items" in schema and "enum" not in schema:
        inner = _quick(schema["items"], depth + 1)
        return None if inner is None else lambda value: type(value) is list and all(map(inner, value))
    wanted = _TYPES.get(kind) if isinstance(kind, str) else None
    if wanted is None or {"properties", "required", "additionalProperties", "items"} & schema.keys():
        return None
    if "enum" in schema:
        words = schema["enum"]
        if wanted != (str,) or not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            return None
        allowed = frozenset(words)
        return lambda value: type(value) is str and value in allowed
    return lambda value: type(value) in wanted


def _quick_object(schema: dict[str, Any], depth: int) -> Check | None:
    properties, required, more = schema.get("properties", {}), schema.get("required", []), schema.get("additionalProperties", True)
    sound = isinstance(properties, dict) and isinstance(required, list) and isinstance(more, bool)
    if not sound or "items" in schema or "enum" in schema or not all(isinstance(name, str) for name in required):
        return None
    inner = {name: _quick(sub, depth + 1) for name, sub in properties.items()}
    if any(test is None for test in inner.values()):
        return None
    tests = {name: test for name, test in inner.items() if test is not None}
    needed = frozenset(required)

    def valid(value: object) -> bool:
        if type(value) is not dict or not needed <= value.keys():
            return False
        return all(tests[name](item) if name in tests else more for name, item in value.items())

    return valid


@lru_cache(maxsize=4096)
def _violations(schema: bytes, value: bytes) -> tuple[str, ...]:
    from jsonschema.exceptions import UnknownType, _WrappedReferencingError

    told: list[str] = []
    try:
        for error in _compiled(schema).iter_errors(orjson.loads(value)):
            told.append(_worded(error))
            if len(told) == _SHOWN:
                break
    except RecursionError:
        return ("the declared schema refers to itself without end",)
    except _WrappedReferencingError:
        return ("the declared schema refers to a schema that isn't in the row",)
    except (UnknownType, TypeError, ValueError, AttributeError):
        # A schema that is no schema makes its own keywords raise; `schema_defect` names the place.
        return ()
    return tuple(dict.fromkeys(told))


def violations(schema: Mapping[str, object], value: Mapping[str, object]) -> tuple[str, ...]:
    """What is wrong with the arguments of one call, without their values; at most five."""
    first = _key(schema)
    if first is None:
        return ()
    plain = _plain(first)
    if plain is not None and plain(value):
        return ()
    second = _key(value)
    return () if second is None else _violations(first, second)


def _worded(error: Any) -> str:
    """Only keywords and declared names: the message of the library quotes the value."""
    from auditor.targets.jsonpos import spelled

    where = spelled(tuple(error.absolute_path))
    if error.validator == "required":
        missing = [n for n in error.validator_value if isinstance(n, str) and n not in error.instance]
        return f"required argument{'s' if len(missing) > 1 else ''} {', '.join(spelled((n,))[2:] for n in missing)} missing"
    if error.validator == "type":
        return f"{where} has another type than declared"
    if error.validator == "additionalProperties":
        return f"{where} has an argument that isn't declared"
    if error.validator == "enum":
        return f"{where} isn't one of the declared values"
    return f"{where} violates `{error.validator}`"
