"""Are evaluation sets that the user names inside the training data? Word n-gram overlap, hashed."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from auditor.detectors import slots
from auditor.detectors.conversations import exchange, flatten
from auditor.detectors.hashing import normalised
from auditor.detectors.inputs import load
from auditor.detectors.results import Contamination, RowSet
from auditor.detectors.shingles import word_shingles
from auditor.errors import UsageError
from auditor.model import Split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs
    from auditor.scan.request import Rows

WORDS = 8
"""Length of the n-grams: GPT-3 took 8 to 13, PaLM 8; shorter texts are compared whole."""
MATCHED = 0.5
"""Share of a row's n-grams that must occur in train (PaLM: 70 %; half finds rows with an answer or a choice taken off)."""
BATCH = 4000
CAP = 1_000_000


def against(rows: Rows, names: tuple[str, ...]) -> tuple[Contamination, ...]:
    """Overlap of train with each named evaluation set.

    Raises:
        UsageError: when a named file does not exist or holds no readable rows.
    """
    if not names:
        return ()
    train = load(rows, splits=(str(Split.TRAIN),), cap=CAP, labelled=False)
    return tuple(overlap(train, str(path), texts_of(path)) for name in names for path in _files(name))


def _files(name: str) -> list[Path]:
    """Files under a name, which may be a pattern.

    Raises:
        UsageError: when there is none.
    """
    found = sorted(Path(p) for p in glob.glob(name, recursive=True)) if any(c in name for c in "*?[") else [Path(name)]  # noqa: PTH207 - a pattern may be absolute
    if not found or not all(p.exists() for p in found):
        raise UsageError(f"--against {name}: no such file")
    return found


def overlap(train: Inputs, name: str, texts: list[str]) -> Contamination:
    """Overlap of the text of `train` with the rows `texts` of one evaluation set."""
    none = RowSet(np.zeros(0, np.uint32), np.zeros(0, np.int64), np.zeros(0, np.float32))
    if train.text is None:
        return Contamination(name, len(texts), 0, 0.0, none, "the training rows have no text")
    grams, starts = _grams(_own_words(texts))
    wanted = np.unique(grams)
    found = np.zeros(len(wanted), np.bool_)
    hits = np.zeros(len(train), np.float32)
    for read in (train.text, train.prompt):  # a short prompt is compared whole, without its response
        source = _own_words(read) if read is not None else []
        for begin in range(0, len(source), BATCH):
            g, s = _grams(source[begin : begin + BATCH])
            at = np.searchsorted(wanted, g).clip(0, max(0, len(wanted) - 1))
            match = (wanted[at] == g) if len(wanted) else np.zeros(len(g), np.bool_)
            found[at[match]] = True
            rows_of = slice(begin, begin + len(s) - 1)
            hits[rows_of] = np.maximum(hits[rows_of], _means(match, s))
    rate = _means(found[np.searchsorted(wanted, grams)], starts) if len(wanted) else np.zeros(len(texts))
    matched = rate >= MATCHED
    order = np.argsort(-hits, kind="stable")[: int((hits >= MATCHED / 2).sum())]
    mean = float(rate[matched].mean()) if matched.any() else 0.0
    return Contamination(Path(name).name, len(texts), int(matched.sum()), mean, RowSet(train.file[order], train.row[order], hits[order]), drawn=len(train) if train.sampled else None)


def _own_words(texts: Sequence[str]) -> list[str]:
    """Texts as compared: normalised, and without the template that all of them share. An evaluation set may well use the prompt of the training."""
    plain = normalised(pl.Series(texts, dtype=pl.String)).to_list()
    return slots.contents(plain, np.arange(len(plain))) or plain


def _means(values: NDArray[np.bool_], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    total = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray((total[starts[1:]] - total[starts[:-1]]) / np.maximum(1, np.diff(starts)), dtype=np.float64)


def _grams(texts: list[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    return word_shingles(texts, WORDS)


def texts_of(path: Path) -> list[str]:
    """One text a row of an evaluation file, whatever its columns: conversations by their prompt, else all written text.

    Raises:
        SourceError: when it holds no readable rows.
    """
    from auditor.settings import Settings
    from auditor.sources.discover import discover

    texts: list[str] = []
    for part in discover(path, Settings()).parts:
        frame = part.lazy().collect(engine="streaming")
        names = [c for c in frame.columns if not c.startswith("__") and (frame.schema[c] == pl.String or frame.schema[c].is_nested())]
        cells = ([exchange(v)[0] if isinstance(v, list) else flatten(v) for v in row] for row in frame.select(names).iter_rows())
        texts += ["\n".join(t for t in row if t) for row in cells]
    return texts
