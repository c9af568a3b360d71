"""Texts in, spans out: prefilter by Polars, then Presidio on what is left, recognizer by recognizer.

The spans are those that the same Presidio engine finds without the prefilter (tested by fuzzing). What overlaps is then
settled so that one piece of text is one thing.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from auditor.detectors import pii_presidio
from auditor.detectors.pii_characters import plain
from auditor.detectors.pii_context import in_names, says
from auditor.detectors.pii_encoded import without_encoded
from auditor.detectors.pii_phone import possible
from auditor.detectors.pii_policy import Policy
from auditor.detectors.pii_prefilter import WORD, any_of, fold, luhn, phone, whole
from auditor.detectors.pii_presidio import Span
from auditor.detectors.pii_spec import Spec, Tier
from auditor.detectors.pii_validate import card

if TYPE_CHECKING:
    import polars as pl

_FEW, _FEW_BYTES = 32, 8_000
"""Cells that Presidio looks at as they are: up to a millisecond each, where compiling the expressions of the prefilter takes 25 to 50."""
_RANK = {Tier.SECRET: 0, Tier.A: 1, Tier.WEAK_SECRET: 2, Tier.B: 3, Tier.C: 4, Tier.OFF: 5}


@functools.lru_cache(maxsize=8)
def _filters(specs: tuple[Spec, ...]) -> tuple[tuple[Spec, str, str | None], ...]:
    """(spec, Rust expression that lets its candidates pass, the same for cells of one word) of every spec."""
    patterns = {s.entity: tuple(p for p, _ in pii_presidio.patterns_of(s)) for s in specs}
    return tuple(
        (s, phone(s.digits), None)
        if s.base == "PhoneRecognizer"
        else (s, any_of(patterns[s.entity], ignore_case=s.ignore_case), whole(patterns[s.entity], ignore_case=s.ignore_case))
        for s in specs
    )


def candidates(texts: pl.Series, specs: tuple[Spec, ...], context: Sequence[str] = ()) -> dict[int, list[str]]:
    """Index in `texts` -> entities that may be there; a superset of what is. `context`: words of the column's name."""
    return candidates_each([texts], [context], specs)


def candidates_each(texts: Sequence[pl.Series], contexts: Sequence[Sequence[str]], specs: tuple[Spec, ...]) -> dict[int, list[str]]:
    """As `candidates`, of several columns one behind the other: compiling some two hundred expressions costs as much as searching 10,000 cells."""
    import numpy as np
    import polars as pl

    cells = pl.concat([t.rename("t") for t in texts]) if len(texts) > 1 else texts[0].rename("t")
    column = pl.Series("column", np.repeat(np.arange(len(texts), dtype=np.uint32), [t.len() for t in texts]))
    frame = pl.DataFrame([cells, column]).with_row_index("i").filter(pl.col("t").str.len_bytes() > 0)
    frame = frame.with_columns(t=pl.when(pl.col("t").str.contains("[\u0130\u0131]")).then(fold(pl.col("t"))).otherwise(pl.col("t")))
    frame = frame.with_columns(word=pl.col("t").str.contains(WORD))
    gates = {
        "digit": frame.filter(pl.col("t").str.contains(r"\d")),
        "at": frame.filter(pl.col("t").str.contains("@", literal=True)),
    }
    gates["digits"] = gates["digit"].filter(pl.col("t").str.contains(phone_like()))
    gates["told"] = gates["digits"].filter(_told(specs, contexts))
    found: dict[int, list[str]] = {}
    for spec, pattern, word in _filters(specs):
        many = "told" if spec.only_in_context else "digits"
        part = gates["at"] if spec.needs_at else gates[many] if spec.digits >= 6 else gates["digit"] if spec.digits else frame
        for condition in _conditions(spec, pattern, word, contexts):
            if not part.height:
                break
            part = part.filter(condition)
        for i in part["i"].to_list():
            found.setdefault(i, []).append(spec.entity)
    return {i: found[i] for i in sorted(found)}


def _told(specs: tuple[Spec, ...], contexts: Sequence[Sequence[str]]) -> pl.Expr:
    """Cells in which any phrase stands without which some kinds are not reported: searched once for all of them, as it stands in few."""
    import polars as pl

    asked = [s for s in specs if s.only_in_context and s.digits >= 6]
    telling = [k for k, words in enumerate(contexts) if any(says(re.compile(s.near, re.IGNORECASE), " ".join(words)) for s in asked)]
    return pl.col("column").is_in(telling) | pl.col("t").str.contains(any_of(tuple(in_names(s.near) for s in asked), ignore_case=True))


def _conditions(spec: Spec, pattern: str, word: str | None, contexts: Sequence[Sequence[str]]) -> Iterator[pl.Expr]:
    """What the cells of a kind fulfil, one after the other: each is looked at only in cells that fulfil those before."""
    import polars as pl

    text = pl.col("t")
    yield text.str.contains(pattern)
    if word:
        yield ~pl.col("word") | text.str.contains(word)
    if spec.validate is card:
        # one number in ten passes; the others need not be looked at one by one
        yield ~pl.col("word") | luhn(text).fill_null(value=True)
    if not spec.only_in_context and spec.base != "PhoneRecognizer":
        return
    near = re.compile(spec.near, re.IGNORECASE)
    telling = [k for k, words in enumerate(contexts) if says(near, " ".join(words))]
    if len(telling) == len(contexts):
        return
    told = pl.col("column").is_in(telling)
    if spec.only_in_context:
        yield told | text.str.contains(any_of((in_names(spec.near),), ignore_case=True))
    if spec.base == "PhoneRecognizer":
        # digits alone need context, and a cell of nothing else has none but its column's name
        yield told | ~text.str.contains(r"^\d+$")
        yield told | text.str.contains(possible(in_names(spec.near)))


def phone_like() -> str:
    """At least six digits no further apart than in any number we look for."""
    return phone(6)


def detect(texts: pl.Series, policy: Policy, context: Sequence[str] = ()) -> Iterator[tuple[int, list[Span]]]:
    """(index, spans) of the texts that have any; `context` are the words of the column's name."""
    yield from ((i, spans) for _, i, spans in detect_each([texts], [context], policy))


def detect_each(texts: Sequence[pl.Series], contexts: Sequence[Sequence[str]], policy: Policy) -> Iterator[tuple[int, int, list[Span]]]:
    """(series, index in it, spans) of the texts of several columns, which are prefiltered together: many tiny ones cost as one."""
    import polars as pl

    specs = policy.specs()
    analyzer = pii_presidio.engine(specs, policy.countries)
    texts = [plain(without_encoded(t)) for t in texts]
    starts = list(itertools.accumulate((t.len() for t in texts), initial=0))
    few = starts[-1] <= _FEW and sum(int(t.str.len_bytes().sum()) for t in texts) <= _FEW_BYTES
    entities = [s.entity for s in specs]
    maybe = dict.fromkeys(range(starts[-1]), entities) if few else candidates_each(texts, contexts, specs)
    cells = pl.concat([t.rename("t") for t in texts]).gather(list(maybe)).to_list() if maybe else []
    seen: dict[tuple[int, str], list[Span]] = {}
    for (at, possible_here), text in zip(maybe.items(), cells, strict=True):
        k = bisect.bisect_right(starts, at) - 1
        spans = seen.get((k, text))
        if spans is None:
            spans = settle(pii_presidio.analyse(analyzer, text, possible_here, list(contexts[k])), text, specs)
            if len(text) < 200 and len(seen) < 100_000:
                seen[k, text] = spans
        if spans:
            yield k, at - starts[k], spans


def settle(spans: list[Span], text: str, specs: tuple[Spec, ...]) -> list[Span]:
    """`spans` without overlaps: secrets first (a URL with a password holds an e-mail address, so it seems), then the surer, then the graver, then the one whose context is nearer, then the longer."""
    if len(spans) < 2:
        return spans
    by_entity = {s.entity: s for s in specs}
    rank = {s.entity: i for i, s in enumerate(specs)}
    order = sorted(spans, key=lambda s: (by_entity[s.entity].tier is not Tier.SECRET, -round(s.score, 1), _RANK[by_entity[s.entity].tier], _distance(by_entity[s.entity], text, s), s.start - s.end, s.start, rank[s.entity]))
    kept: list[Span] = []
    for s in order:
        if all(s.end <= k.start or s.start >= k.end for k in kept):
            kept.append(s)
    return sorted(kept, key=lambda s: s.start)


def _distance(spec: Spec, text: str, span: Span) -> int:
    """Characters between the span and the nearest context phrase before it; 1,000 when there is none."""
    if not spec.near:
        return 1000
    ends = [m.end() for m in re.compile(spec.near, re.IGNORECASE).finditer(text, max(0, span.start - 64), span.start)]
    return span.start - ends[-1] if ends else 1000
