"""Mean of spaCy's word vectors over the words of a text: its tokenizer and its table are used, no pipeline is loaded or run."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from auditor.detectors.models import readable
from auditor.detectors.pii_presidio import silence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.vectors import Source

_LANGUAGE = re.compile(r"[a-z]{2,3}")


def encode(source: Source, texts: Sequence[str]) -> NDArray[np.float32]:
    """Mean vector of the words of each text that have one (capitals apart where only the small form has one); zero where none has.

    Raises:
        ConfigError: when the vectors cannot be read or have no width.
    """
    import scipy.sparse as sp

    vocab, tokenizer = _load(source)
    limit = readable(list(texts))
    words: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for doc in tokenizer.pipe((t[:limit] for t in texts), batch_size=256):
        columns += [words.setdefault(token.text, len(words)) for token in doc if not token.is_space]
        ends.append(len(columns))
    try:
        table = [_vector(vocab, word) for word in words]
    except (IndexError, KeyError, ValueError):
        raise source.wrong("its words and its vectors do not fit together") from None
    matrix = np.array(table, dtype=np.float32).reshape(len(words), vocab.vectors_length)
    known = np.abs(matrix).max(axis=1, initial=0.0) > 0
    counts = sp.csr_matrix((known[columns].astype(np.float32), columns, ends), shape=(len(texts), len(words)))
    total = np.asarray(counts.sum(axis=1), dtype=np.float32).reshape(-1, 1)
    return np.asarray(counts @ matrix / np.maximum(total, 1), dtype=np.float32)


def _vector(vocab: Any, word: str) -> Any:
    return vocab.get_vector(word if vocab.has_vector(word) else word.lower())


def _load(source: Source) -> tuple[Any, Any]:
    silence()
    import spacy
    from spacy.vectors import Vectors

    silence()
    try:
        nlp = spacy.blank(_language(source))
    except ImportError:  # a language without a tokenizer, or whose tokenizer is a package of its own
        raise source.wrong("spaCy has no tokenizer for its language here") from None
    try:
        table = Vectors(strings=nlp.vocab.strings).from_disk(source.folder, exclude=["strings"])
        nlp.vocab.vectors = table
        width = int(nlp.vocab.vectors_length)
    except (OSError, ValueError, TypeError, IndexError, KeyError, AttributeError, EOFError):
        raise source.wrong("its vectors cannot be read") from None
    if not width or not table.size:
        raise source.wrong("has no vectors (small models have none; medium and large ones have)")
    return nlp.vocab, nlp.tokenizer


def _language(source: Source) -> str:
    """Language of the model as its meta.json says, `xx` (any) where there is none."""
    for folder in (source.folder, source.folder.parent):
        try:
            meta = json.loads((folder / "meta.json").read_bytes())
        except (OSError, ValueError):
            continue
        found = meta.get("lang") if isinstance(meta, dict) else None
        if isinstance(found, str) and _LANGUAGE.fullmatch(found):
            return found
    return "xx"
