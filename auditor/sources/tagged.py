"""Plain text that is more than lines: fastText's `__label__` lines, CoNLL's columns of tokens and tags, CoNLL-U's of treebanks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auditor.model import Reject

if TYPE_CHECKING:
    import polars as pl

_FASTTEXT: Final = re.compile(r"^((?:__label__\S+\s+)+)(\S.*)$")
_TAG: Final = re.compile(r"^(O|[BIESLUMS]-\S+)$")
_WORD: Final = re.compile(r"^\d+([-.]\d+)?$")
"""Place of a word in its sentence in CoNLL-U; of a word of several (`3-4`) and of one that is not written (`8.1`)."""
_UNIVERSAL: Final = 10
"""Columns of CoNLL-U, between tabs; the fourth is the part of speech."""
_ASIDE: Final = ("-DOCSTART-", "# ")
"""Beginnings of lines that are neither a token nor the end of a sentence."""
SHARE: Final = 0.95
"""Share of the lines of a sample that must have the form."""
LONGEST: Final = 500
"""Tokens of a sentence; longer ones on average are no sentences."""
MAX_REJECTS: Final = 1000


@dataclass(frozen=True)
class Tagged:
    """Rows of such a file, and the lines that are none."""

    format: str
    frame: pl.DataFrame
    rejects: tuple[Reject, ...]
    lost: int


def form_of(sample: str) -> str:
    """`fasttext`, `conll`, `conllu`, or nothing, for the start of a file in whole lines."""
    lines = sample.splitlines()
    full = [line for line in lines if line.strip()]
    if len(full) < 2:
        return ""
    if sum(bool(_FASTTEXT.match(line)) for line in full) >= SHARE * len(full):
        return "fasttext"
    words = [line.split("\t") for line in full if not line.startswith("#")]
    if words and sum(len(w) == _UNIVERSAL and bool(_WORD.match(w[0])) for w in words) >= SHARE * len(words) and any(w[3:4] != ["_"] for w in words):
        return "conllu"
    tokens = [line.split() for line in full if not line.startswith(_ASIDE)]
    width = len(tokens[0]) if tokens else 0
    if width < 2 or sum(len(t) == width and bool(_TAG.match(t[-1])) for t in tokens) < SHARE * len(tokens):
        return ""
    sentences = 1 + sum(not line.strip() for line in lines)
    return "conll" if len(tokens) <= LONGEST * sentences and any(t[-1] != "O" for t in tokens) else ""


def read_tagged(text: str, form: str, name: str) -> Tagged:
    """The rows of a whole file: `label` and `text`, or `tokens` and `tags` of a sentence (every other column of it left out)."""
    if form == "conllu":
        return _conllu(text, name)
    return _fasttext(text, name) if form == "fasttext" else _conll(text, name)


def _fasttext(text: str, name: str) -> Tagged:
    import polars as pl

    labels, texts, rejects = [], [], []
    for number, line in enumerate(text.split("\n"), 1):
        found = _FASTTEXT.match(line.rstrip("\r"))
        if found:
            labels.append([part.removeprefix("__label__") for part in found[1].split()])
            texts.append(found[2])
        elif line.strip():
            rejects.append(Reject(name, number, "no __label__ at its beginning, or no text behind it"))
    one = all(len(found) == 1 for found in labels)
    column = pl.Series("label", [found[0] for found in labels], pl.String) if one else pl.Series("label", labels, pl.List(pl.String))
    return Tagged("fasttext", pl.DataFrame([column, pl.Series("text", texts, pl.String)]), tuple(rejects[:MAX_REJECTS]), len(rejects))


def _conll(text: str, name: str) -> Tagged:
    tokens: list[list[str]] = [[]]
    tags: list[list[str]] = [[]]
    rejects, width = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith(_ASIDE[0]):
            if tokens[-1]:
                tokens.append([])
                tags.append([])
            continue
        parts = line.split()
        if line.startswith(_ASIDE[1]) and (len(parts) != width or not _TAG.match(parts[-1])):
            continue  # a comment; with columns and a tag the sign is a token
        width = width or len(parts)
        if len(parts) != width or not _TAG.match(parts[-1]):
            rejects.append(Reject(name, number, f"{len(parts)} columns where others have {width}" if len(parts) != width else "its last column is no tag"))
            continue
        tokens[-1].append(parts[0])
        tags[-1].append(parts[-1])
    return _sentences("conll", tokens, tags, rejects)


def _conllu(text: str, name: str) -> Tagged:
    """Words and their parts of speech; words of several and words that are not written stand beside those they are made of."""
    tokens: list[list[str]] = [[]]
    tags: list[list[str]] = [[]]
    rejects = []
    for number, line in enumerate(text.split("\n"), 1):
        parts = line.rstrip("\r").split("\t")
        if not line.strip():
            tokens.append([])
            tags.append([])
        elif line.startswith("#") or (len(parts) == _UNIVERSAL and not parts[0].isdigit() and _WORD.match(parts[0])):
            continue
        elif len(parts) != _UNIVERSAL or not parts[0].isdigit():
            rejects.append(Reject(name, number, f"{len(parts)} columns where CoNLL-U has {_UNIVERSAL}" if len(parts) != _UNIVERSAL else "its first column is no place in a sentence"))
        else:
            tokens[-1].append(parts[1])
            tags[-1].append(parts[3])
    return _sentences("conllu", tokens, tags, rejects)


def _sentences(form: str, tokens: list[list[str]], tags: list[list[str]], rejects: list[Reject]) -> Tagged:
    import polars as pl

    kept = [i for i, found in enumerate(tokens) if found]
    frame = pl.DataFrame({"tokens": [tokens[i] for i in kept], "tags": [tags[i] for i in kept]}, schema={"tokens": pl.List(pl.String), "tags": pl.List(pl.String)})
    return Tagged(form, frame, tuple(rejects[:MAX_REJECTS]), len(rejects))
