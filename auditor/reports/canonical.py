"""The canonical form of a report, so that the same audit gives the same bytes and a digest that anyone can recompute.

Canonical JSON here: UTF-8, keys sorted by code point, no spaces, floats rounded to 6 significant digits, not-a-number and
infinities as null. The digest is the sha256 of the canonical body without `run` (when and how long) and `report_digest`.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum

DIGITS = 6
"""Significant digits of every float: more than any of our estimates has, fewer than the order of summation can disturb."""
OUTSIDE_DIGEST = ("run", "report_digest")
"""Top-level keys that the digest leaves out."""


def canonical(value: object) -> object:
    """`value` as plain JSON types, floats rounded and keys as strings.

    A whole number stays a whole number. Strings that no UTF-8 file can hold (lone surrogates) have them spelled out.

    Raises:
        TypeError: for a value that has no JSON form; nothing is ever written by its `repr`.
    """
    if isinstance(value, Enum):
        return canonical(value.value)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, float):
        return rounded(value)
    if isinstance(value, Mapping):
        return {str(canonical(k)): canonical(v) for k, v in value.items()}
    if isinstance(value, AbstractSet):
        return sorted((canonical(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [canonical(v) for v in value]
    raise TypeError(f"a report cannot hold a {type(value).__name__}")


def rounded(number: float) -> float | None:
    """`number` at 6 significant digits, None where it is not finite; no negative zero."""
    if not math.isfinite(number):
        return None
    return float(f"{number:.{DIGITS - 1}e}") + 0.0


def report_digest(body: Mapping[str, object]) -> str:
    """`sha256:...` of a report as read from its JSON or made by `to_dict`; the keys `OUTSIDE_DIGEST` don't count."""
    return plain_digest({k: canonical(v) for k, v in body.items() if k not in OUTSIDE_DIGEST})


def plain_digest(plain: Mapping[str, object]) -> str:
    """As `report_digest`, of what is canonical already and has none of the keys `OUTSIDE_DIGEST`."""
    data = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return "sha256:" + hashlib.sha256(data.encode()).hexdigest()
