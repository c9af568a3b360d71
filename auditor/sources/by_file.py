"""What paths say of rows: files that are classes (`positive.txt` beside `negative.txt`), and folders that are values (`year=2023/topic=tax/`)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from auditor.sources.splits import split_of_name

if TYPE_CHECKING:
    import polars as pl

FILE: Final = "@file"
"""What is declared as the label where the name of the file says the class."""
LABEL: Final = "label"
_VALUE: Final = re.compile(r"^([^\W\d]\w*)=(.*)$")
_NULL: Final = "__HIVE_DEFAULT_PARTITION__"
_WHOLE: Final = re.compile(r"-?\d{1,18}")
_ENDINGS: Final = re.compile(r"\.(csv|tsv|txt|text|dat|json|jsonl|ndjson|parquet|arrow|feather|xlsx?|gz|zst|bz2|xz|zip)$", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W_]+")
_OPPOSITES: Final = tuple(
    frozenset(words.split())
    for words in (
        "pos neg neutral neu positive negative", "spam ham", "true false fake real", "toxic nontoxic clean", "hate nohate offensive", "yes no", "good bad",
        "normal abnormal attack anomaly anomalous", "human machine ai generated", "subjective objective subj obj", "fraud genuine legit legitimate nonfraud",
        "benign malicious malware phishing legit legitimate", "safe unsafe", "relevant irrelevant", "sarcastic sincere", "defective defect ok", "failure healthy faulty",
    )
)  # fmt: skip
"""Words of which one is the class of a row: files named after several words of one list are its classes without a declaration."""


def told(names: Sequence[str], *, declared: bool) -> dict[str, str]:
    """Class of the rows of each file by its path, or nothing where the paths do not name at least two.

    Declared, whatever tells the files apart is a class: first what their names differ in, numbers and splits left out, then their
    folders. Undeclared only opposites count, for files may be named after months, places and parts as well.
    """
    levels = [_levels(name) for name in names]
    for depth in range(max(map(len, levels), default=0)):
        words = [frozenset(level[depth]) if depth < len(level) else frozenset() for level in levels]
        common = frozenset.intersection(*words)
        found = [" ".join(dict.fromkeys(w for w in (level[depth] if depth < len(level) else ()) if w not in common)) for level in levels]
        if declared and len(set(found)) > 1 and all(found):
            return dict(zip(names, found, strict=True))
        if not declared and (classes := _opposites(words)):
            return dict(zip(names, classes, strict=True))
    return {}


def partitions(names: Sequence[str]) -> list[dict[str, pl.Expr]]:
    """Columns of each file by its path, as Hive and Spark lay out tables: a folder `key=value` is a cell of all rows below it.

    A key whose values are all whole numbers is a column of numbers; an absent or null one is missing.
    """
    import polars as pl

    found = [{m[1]: None if m[2] == _NULL else unquote(m[2]) for part in PurePosixPath(n).parts[:-1] if (m := _VALUE.match(part))} for n in names]
    keys = list(dict.fromkeys(key for cells in found for key in cells))
    whole = {key: all(_WHOLE.fullmatch(v) for cells in found if (v := cells.get(key)) is not None) for key in keys}
    out = []
    for cells in found:
        values = {key: cells.get(key) for key in keys}
        out.append({k: (pl.lit(None if v is None else int(v), pl.Int64) if whole[k] else pl.lit(v, pl.String)).alias(k) for k, v in values.items()})
    return out


def _levels(name: str) -> list[list[str]]:
    """Words of the file's name, then of each folder from the inside out, without numbers and words for splits."""
    path = PurePosixPath(name)
    last = path.name
    while (bare := _ENDINGS.sub("", last)) not in ("", last):
        last = bare
    parts = [last, *reversed(path.parts[:-1])]
    return [[w for w in _WORD.findall(part.lower()) if not w.isdigit() and split_of_name(w) is None] for part in parts]


def _opposites(words: Sequence[frozenset[str]]) -> list[str]:
    """The class of each file, where each is named after just one of some opposites and not all after the same."""
    for among in _OPPOSITES:
        hits = [sorted(w & among) for w in words]
        if all(len(hit) == 1 for hit in hits) and len(Counter(hit[0] for hit in hits)) > 1:
            return [hit[0] for hit in hits]
    return []
