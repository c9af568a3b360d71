"""What a whole cell looks like: a number, an id, a hash, a coordinate. Columns of such cells are judged as columns.

One in ten numbers passes Luhn by chance, nearly every ten-digit id is a phone number somewhere: cell by cell, a column of
order numbers would be a column of cards and phones.
"""

from __future__ import annotations

import re

from auditor.detectors.pii_spec import words

FORMS: tuple[tuple[str, str], ...] = (
    ("integer", r"^[+-]?\d+$"),
    ("decimal", r"^[+\-]?[$€£¥]?\s?\d[\d,']*[.,]\d+(?:e[+\-]?\d+)?\s?[%$€£¥]?$"),
    ("uuid", r"^\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\}?$"),
    ("hash", r"^(?:0x|sha256:|md5:|sha1:)?[0-9a-fA-F]{16,128}$"),
    ("version", r"^[vV]?\d+\.\d+\.\d+(?:[.\-+][0-9A-Za-z.\-+]+)?$"),
    ("coordinates", r"^[(\[]?[+\-]?\d{1,3}\.\d+°?\s*[NSns]?\s*[,; ]\s*[+\-]?\d{1,3}\.\d+°?\s*[EWew]?[)\]]?$"),
    ("date", r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:Z|[+\-]\d{2}:?\d{2})?)?$|^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$"),
    ("isbn", r"^(?:ISBN[- ]?(?:1[03])?:? ?)?97[89][- ]?\d{1,5}[- ]?\d{1,7}[- ]?\d{1,7}[- ]?\d$"),
)
"""(name, Rust regular expression of the trimmed cell); the first that matches counts."""

_NEUTRAL = frozenset(
    ["id", "ids", "key", "keys", "uuid", "guid", "hash", "sha", "md5", "count", "n", "ts", "time", "timestamp", "epoch", "date", "datetime", "at", "version", "ver", "build", "price", "amount", "total", "cost", "sum", "qty", "quantity", "year", "month", "day", "score", "length", "len", "duration", "index", "idx", "rate", "pct", "percent", "lat", "lon", "lng", "latitude", "longitude", "offset", "size", "bytes", "seed"]
)
_NATIONAL_ID = re.compile(r"\b(?:national|tax|passport|licen[cs]e|ssn|nhs|itin|medicare|sin|aadhaar|government|identity|personal|mobile|phone)\b")


def context_words(path: str) -> list[str]:
    """Words of a column's name that may serve as context: none for `call_id` or `phone_count`, which name something else."""
    found = words(path.replace("[]", "")).split()
    if found and found[-1] in _NEUTRAL and not (found[-1] in {"id", "ids"} and _NATIONAL_ID.search(" ".join(found[:-1]))):
        return []
    return found
