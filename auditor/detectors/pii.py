"""The scan for personal data and secrets: every string of every row, kept as counts and places."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from auditor.detectors.pii_forms import FORMS, context_words
from auditor.detectors.pii_placeholder import is_placeholder
from auditor.detectors.pii_policy import Policy, policy_of
from auditor.detectors.pii_siblings import without_chance
from auditor.detectors.pii_spec import Spec, Tier
from auditor.detectors.pii_state import BARE, PLACEHOLDER, Hits, PiiState, Place, Tally, pack
from auditor.detectors.pii_validate import card
from auditor.scan.request import FILE, ROW, RowMeasure
from auditor.sources.answers import is_copied

if TYPE_CHECKING:
    import polars as pl

    from auditor.detectors.pii_leaves import Leaf
    from auditor.detectors.pii_presidio import Span
    from auditor.model import Dataset
    from auditor.settings import Settings

_DOUBTFUL_TIERS = (Tier.SECRET, Tier.WEAK_SECRET)
_CERTAIN = ("EMAIL_ADDRESS", "MAC_ADDRESS", "IBAN_CODE", "CRYPTO")
"""Entities that no number, id or hash can look like."""


class DetectorError(RuntimeError):
    """A detector failed; the message says in which column and with which kind of error, never on what."""


_TOGETHER = 1 << 18
"""Strings from which what was gathered is scanned: of several columns at once, since every scan has a cost of its own."""
_FAILURES = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, OSError)


@contextlib.contextmanager
def _told(column: str, failures: tuple[type[Exception], ...]) -> Iterator[None]:
    """Says in which column something failed: values travel in the messages of Presidio's errors, so only the kind goes on."""
    try:
        yield
    except failures as error:
        raise DetectorError(f"the scan for personal data failed in column {column!r} ({type(error).__name__})") from None


@dataclass(frozen=True)
class PiiScan(RowMeasure[PiiState]):
    """Pattern entities and secrets in every string of `columns`, nested ones included, on every row."""

    policy: Policy = field(default_factory=Policy)

    def of(self, batch: pl.DataFrame, dataset: Dataset) -> PiiState:  # noqa: ARG002 - places are file indices
        """State of one batch.

        Raises:
            DetectorError: when a recognizer fails; without the text it failed on.
        """
        from polars.exceptions import PolarsError

        from auditor.detectors.pii_leaves import leaves

        failures = (*_FAILURES, PolarsError)
        tallies: dict[str, Tally] = {}
        hits: dict[tuple[str, str], Hits] = {}
        held: dict[str, list[Leaf]] = {}
        columns = [c for c in self.columns if c in batch.columns]
        for name in columns:
            with _told(name, failures):
                for leaf in leaves(batch[name]):
                    tallies[leaf.path] = _tally(leaf)
                    held.setdefault(name, []).append(leaf)
            if name == columns[-1] or sum(leaf.text.len() for some in held.values() for leaf in some) >= _TOGETHER:
                hits.update(self._hits(held, batch, failures))
                held = {}
        order = {path: i for i, path in enumerate(tallies)}
        hits = dict(sorted(hits.items(), key=lambda h: (order[h[0][0]], h[0][1])))
        return PiiState(batch.height, tallies, hits)

    def _hits(self, held: dict[str, list[Leaf]], batch: pl.DataFrame, failures: tuple[type[Exception], ...]) -> dict[tuple[str, str], Hits]:
        """Of the strings of some columns, all at once; where that fails, column by column, which tells in which one."""
        try:
            return _hits([leaf for some in held.values() for leaf in some], batch, self.policy)
        except failures:
            out: dict[tuple[str, str], Hits] = {}
            for name, some in held.items():
                with _told(name, failures):
                    out |= _hits(some, batch, self.policy)
            return out

    def merge(self, a: PiiState, b: PiiState) -> PiiState:
        """Both, `a` first."""
        return a.merge(b)


def scan_request(data: Dataset, settings: Settings) -> PiiScan:
    """The scan of all columns of `data` that hold strings."""
    return PiiScan(text_columns(data), policy_of(settings.pii))


def text_columns(data: Dataset) -> tuple[str, ...]:
    """Columns with strings, by the name of their data type: `String`, `Categorical`, `Enum`, or nested; not those made of others."""
    types = {c.name: c.dtype for c in data.columns}
    return tuple(c.name for c in data.columns if not is_copied(c.name, types) and any(w in c.dtype for w in ("String", "Utf8", "str", "Categorical", "Enum", "List", "Array", "Struct", "Object")))


def forms_of(texts: pl.Series) -> pl.Series:
    """Name of the form of each string, null for text."""
    import polars as pl

    trimmed = pl.col("t").str.strip_chars()
    expr: Any = pl.when(trimmed.str.len_bytes() > 160).then(None)
    for name, pattern in FORMS:
        expr = expr.when(trimmed.str.contains(pattern)).then(pl.lit(name))
    return pl.DataFrame({"t": texts}).select(expr.otherwise(None).cast(pl.String).alias("f"))["f"]


def _tally(leaf: Leaf) -> Tally:

    forms = forms_of(leaf.text)
    counts = forms.drop_nulls().value_counts(sort=False)
    whole = leaf.text.filter((forms == "integer").fill_null(value=False)).str.strip_chars()
    long = whole.filter(whole.str.len_chars().is_between(13, 19))
    return Tally(
        rows=leaf.index.n_unique(),
        cells=int((leaf.text.str.len_bytes() > 0).sum()),
        forms=dict(sorted(zip(counts["f"].to_list(), counts["count"].to_list(), strict=True))),
        long=long.len(),
        luhn=sum(bool(card(t)) for t in long.to_list()),
    )


def _hits(leaves: list[Leaf], batch: pl.DataFrame, policy: Policy) -> dict[tuple[str, str], Hits]:
    from auditor.detectors.pii_detect import detect_each

    if not leaves:
        return {}
    by_leaf: dict[int, list[tuple[int, list[Span]]]] = {}
    for k, i, spans in detect_each([leaf.text for leaf in leaves], [context_words(leaf.path) for leaf in leaves], policy):
        by_leaf.setdefault(k, []).append((i, spans))
    out: dict[tuple[str, str], Hits] = {}
    cards = next((s for s in policy.specs() if s.entity == "CREDIT_CARD"), None)
    for k, found in by_leaf.items():
        leaf = leaves[k]
        kept = found if cards is None else without_chance(found, leaf.text, cards, " ".join(context_words(leaf.path)))
        out.update(_places(leaf, kept, batch, policy))
    return out


def _places(leaf: Leaf, found: list[tuple[int, list[Span]]], batch: pl.DataFrame, policy: Policy) -> dict[tuple[str, str], Hits]:
    specs = {s.entity: s for s in policy.specs()}
    at = [i for i, _ in found]
    texts, forms = leaf.text.gather(at), forms_of(leaf.text.gather(at)).to_list()
    rows = leaf.index.gather(at)
    files, numbers = batch[FILE].gather(rows).to_list(), batch[ROW].gather(rows).to_list()
    outer, inner = leaf.outer.gather(at).to_list(), leaf.inner.gather(at).to_list()
    by_entity: dict[str, list[Place]] = {}
    for n, (text, form, (_, spans)) in enumerate(zip(texts.to_list(), forms, found, strict=True)):
        for span in spans:
            bits = _bits(specs[span.entity], span, text, form, policy)
            if bits is not None:
                place = Place(files[n], numbers[n], outer[n], inner[n], span.start, span.end, span.score, bits)
                by_entity.setdefault(span.entity, []).append(place)
    return {(leaf.path, entity): _count(places) for entity, places in sorted(by_entity.items())}


def _bits(spec: Spec, span: Span, text: str, form: str | None, policy: Policy) -> int | None:
    """Placeholder, bare or neither; None for what the policy allows."""
    value = text[span.start : span.end]
    if policy.allowed(value):
        return None
    bits = PLACEHOLDER if is_placeholder(spec, text, span.start, span.end) else 0
    if form is not None and spec.tier not in _DOUBTFUL_TIERS and spec.entity not in _CERTAIN:
        bits |= BARE
    return bits


def _count(places: list[Place]) -> Hits:
    best: dict[tuple[int, int], int] = {}
    for p in places:
        key = (p.file, p.row)
        kind = 2 if p.bits & PLACEHOLDER else 1 if p.bits & BARE else 0
        best[key] = min(kind, best.get(key, 2))
    kinds = list(best.values())
    return Hits(kinds.count(0), kinds.count(1), kinds.count(2), (pack(places),))


def is_personal(values: Sequence[str]) -> list[bool]:
    """Would showing each value show personal data or a secret? By the same recognizers under the default policy.

    On the safe side: nine digits or more in a row count too. Names cannot be seen without a model.
    """
    import polars as pl

    from auditor.detectors.pii_detect import detect

    texts = pl.Series("values", list(values), dtype=pl.String).fill_null("")
    personal = texts.str.contains(r"\d{9}").to_list()
    for i, _ in detect(texts, Policy(countries=("US", "GB", "CA", "DE", "FR", "IN", "BR", "CN"))):
        personal[i] = True
    return personal
