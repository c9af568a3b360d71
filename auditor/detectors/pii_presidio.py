"""Presidio, fenced in: specs become its recognizers, its engine runs them. Nothing of it leaves this module but spans.

Presidio's and spaCy's loggers print values (the IBAN recognizer at ERROR level), so they are silenced here, in every
process that gets this far. The e-mail recognizer's public-suffix list is the one bundled with tldextract: no network.
"""

from __future__ import annotations

import functools
import logging
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from auditor.detectors.pii_characters import apart
from auditor.detectors.pii_context import near
from auditor.detectors.pii_phone import shapes, written
from auditor.detectors.pii_spec import CONTEXT_SCORE, THRESHOLD, Spec
from auditor.detectors.pii_validate import digits

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer

LANGUAGE = "xx"
"""All recognizers are registered under one made-up language, so that patterns run whatever the text's language is."""
CHUNK = 20_000
"""Characters that are analysed at once; longer cells are cut into overlapping pieces (our choice: bounds backtracking)."""
OVERLAP = 600
"""Characters that two pieces share; nothing we look for is longer."""
EMAIL = "EMAIL_ADDRESS"
_ADDRESS = re.compile(r"[0-9A-Za-z_](?:[0-9A-Za-z_.+-]{0,62}[0-9A-Za-z_])?@(?:[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*\.)+[A-Za-z]+")
"""An e-mail address as nearly all are written: in it the recognizer's pattern matches once and whole."""
_SIGNS = re.compile(r"[ .\-]|^IBAN", re.IGNORECASE)
_WEAK = 0.1
_PHONE = 0.4
"""Presidio's score of a phone number without context."""


class PhoneShape(NamedTuple):
    """A span found by its written form, as Presidio's phone recognizer wants it."""

    start: int
    end: int


class Span(NamedTuple):
    """One hit: where it is and what it is. Never the text."""

    entity: str
    start: int
    end: int
    score: float


def silence() -> None:
    """Stop the loggers that print values; idempotent, called in each process before Presidio is used."""
    for name in ("presidio-analyzer", "decision_process", "spacy", "tldextract", "filelock"):
        logger = logging.getLogger(name)
        logger.handlers[:] = [logging.NullHandler()]
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False


@functools.cache
def _no_network_suffixes() -> Any:
    import tldextract

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def _registered(address: str) -> bool:
    """Does the address end in a registered public suffix? What stands before the host is not looked at, unless it could begin another."""
    user, _, host = address.rpartition("@")
    return _public(address if _NO_USER.search(user) else host)


_NO_USER = re.compile(r"[/?#:@\[\]\\]")
"""What ends a host or begins one."""


@functools.lru_cache(maxsize=100_000)
def _public(host: str) -> bool:
    return bool(_no_network_suffixes()(host).fqdn)


def _guarded(spec: Spec) -> EntityRecognizer:
    """A Presidio pattern recognizer with the spec's validation, surroundings and context."""
    import presidio_analyzer.predefined_recognizers as predefined
    from presidio_analyzer import Pattern, PatternRecognizer

    base: Any = getattr(predefined, spec.base)() if spec.base else None
    phrase = re.compile(spec.near, re.IGNORECASE) if spec.near else None

    class Guarded(PatternRecognizer):  # type: ignore[misc]
        def validate_result(self, pattern_text: str) -> bool | None:
            if spec.entity == EMAIL:
                return _registered(pattern_text)
            verdict = _asked(base.validate_result, _SIGNS.sub("", pattern_text).upper() if spec.compact else pattern_text) if base else None
            if verdict is False or spec.validate is None:
                return verdict if verdict is None else bool(verdict)
            return spec.validate(pattern_text)

        def invalidate_result(self, pattern_text: str) -> bool | None:
            # asked the other way round, so that what the validator cannot read counts as refuted
            return _asked(lambda t: not base.invalidate_result(t), pattern_text) is False if base else None

        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None, regex_flags: Any = None) -> list[Any]:
            seen = apart(text)
            return _around(super().analyze(seen, entities, nlp_artifacts, regex_flags), spec, seen)

        def enhance_using_context(  # Presidio calls it by keyword
            self,
            text: str,
            raw_recognizer_results: list[Any],
            other_raw_recognizer_results: list[Any],  # noqa: ARG002
            nlp_artifacts: Any,  # noqa: ARG002
            context: Any = None,
        ) -> list[Any]:
            return _boost(raw_recognizer_results, phrase, text, context)

    patterns = [Pattern(f"{spec.entity} {i}", p, s) for i, (p, s) in enumerate(patterns_of(spec))]
    flags = re.DOTALL | re.MULTILINE | (re.IGNORECASE if spec.ignore_case else 0)
    return Guarded(supported_entity=spec.entity, patterns=patterns, supported_language=LANGUAGE, name=f"audit {spec.entity}", global_regex_flags=flags)


def _asked(validator: Callable[[str], Any], text: str) -> bool | None:
    """Presidio's validator's answer; False where it raises, as several do on digits that are not ASCII (with the value in the message)."""
    try:
        answer = validator(text)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return False
    return None if answer is None else bool(answer)


def _around(found: list[Any], spec: Spec, text: str) -> list[Any]:
    """`found` without what the surroundings refute; what needs context is weakened until the context is seen."""
    kept = [r for r in found if spec.accept is None or spec.accept(text, r.start, r.end)]
    for r in kept:
        if spec.needs_context or (spec.doubt is not None and spec.doubt(text, r.start, r.end)):
            r.score = min(r.score, _WEAK)
    return kept


def _boost(found: list[Any], phrase: re.Pattern[str] | None, text: str, context: Sequence[str] | None) -> list[Any]:
    if phrase is None:
        return found
    column = " ".join(context or ())
    for r in found:
        if r.score < CONTEXT_SCORE and near(phrase, text, r.start, r.end, column):
            r.score = CONTEXT_SCORE
    return found


def _phone(spec: Spec, regions: tuple[str, ...]) -> EntityRecognizer:
    """Presidio's phone recognizer for the policy's regions; a bare run of digits counts only with context."""
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer

    phrase = re.compile(spec.near, re.IGNORECASE)

    class Phone(PhoneRecognizer):  # type: ignore[misc]
        def analyze(self, text: str, entities: list[str], nlp_artifacts: Any = None) -> list[Any]:
            seen = apart(text)
            found = [r for r in super().analyze(seen, entities, nlp_artifacts) if len(digits(seen[r.start : r.end])) >= spec.digits]
            for r in found:
                value = seen[r.start : r.end].lstrip("([")
                # a plus and a number of the plan, or a written form; anything else needs context
                r.score = _PHONE if value[0] in "+＋" or written(value) else _WEAK
            for start, end, sure in shapes(seen, text):
                found.append(self._get_recognizer_result(PhoneShape(start, end), seen, "", nlp_artifacts))
                found[-1].score = _PHONE if sure else CONTEXT_SCORE
            return _around(found, spec, seen)

        def enhance_using_context(  # Presidio calls it by keyword
            self,
            text: str,
            raw_recognizer_results: list[Any],
            other_raw_recognizer_results: list[Any],  # noqa: ARG002
            nlp_artifacts: Any,  # noqa: ARG002
            context: Any = None,
        ) -> list[Any]:
            return _boost(raw_recognizer_results, phrase, text, context)

    phone = Phone(supported_language=LANGUAGE, supported_regions=regions, name=f"audit {spec.entity}")
    phone.context = []
    return phone


def recognizer(spec: Spec, countries: tuple[str, ...]) -> EntityRecognizer:
    """The Presidio recognizer of `spec`."""
    if spec.base == "PhoneRecognizer":
        return _phone(spec, countries)
    return _guarded(spec)


def patterns_of(spec: Spec) -> tuple[tuple[str, float], ...]:
    """The patterns and scores of `spec`, or of the Presidio recognizer that it builds on; none for phones."""
    if spec.patterns:
        return spec.patterns
    import presidio_analyzer.predefined_recognizers as predefined

    base = getattr(predefined, spec.base)()
    return tuple((p.regex, p.score) for p in getattr(base, "patterns", ()))


@functools.lru_cache(maxsize=8)
def engine(specs: tuple[Spec, ...], countries: tuple[str, ...]) -> AnalyzerEngine:
    """An analyzer with exactly these recognizers and no language model; built once in a process."""
    silence()
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    silence()

    class Known(RecognizerRegistry):  # type: ignore[misc]
        """Looks up the recognizers of a set of entities once; the same few sets come back for every cell."""

        def get_recognizers(self, language: str, entities: list[str] | None = None, all_fields: bool = False, ad_hoc_recognizers: Any = None) -> list[Any]:
            key = (language, tuple(entities or ()), all_fields)
            if ad_hoc_recognizers or key not in known:
                known[key] = super().get_recognizers(language, entities, all_fields, ad_hoc_recognizers)
            return known[key]

    class Near(LemmaContextAwareEnhancer):  # type: ignore[misc]
        """Copies results to raise their scores only where a recognizer has words to raise them by."""

        def enhance_using_context(self, text: str, raw_results: list[Any], nlp_artifacts: Any, recognizers: list[Any], context: Any = None) -> list[Any]:
            if not any(r.context for r in recognizers):
                return raw_results
            return cast("list[Any]", super().enhance_using_context(text, raw_results, nlp_artifacts, recognizers, context))

    known: dict[Any, list[Any]] = {}
    registry = Known(recognizers=[recognizer(s, countries) for s in specs], supported_languages=[LANGUAGE])
    nlp = NoOpNlpEngine(models=[{"lang_code": LANGUAGE, "model_name": "none"}])
    nlp.load()
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=[LANGUAGE], default_score_threshold=THRESHOLD)
    analyzer.context_aware_enhancer = Near()
    return analyzer


@functools.lru_cache(maxsize=8)
def _nothing(analyzer: AnalyzerEngine) -> Any:
    """What the analyzer without a language model finds in every text: no words, no names."""
    return analyzer.nlp_engine.process_text("", LANGUAGE)


def analyse(analyzer: AnalyzerEngine, text: str, entities: list[str], context: list[str]) -> list[Span]:
    """Spans of `entities` in `text`, in order; long texts in overlapping pieces, so that no regular expression sees too much."""
    if entities == [EMAIL] and _ADDRESS.fullmatch(text):
        # a column of addresses: what the recognizer would say, at a tenth of the time
        return [Span(EMAIL, 0, len(text), 1.0)] if _registered(text) else []
    if len(text) <= CHUNK:
        return _spans(analyzer, text, entities, context)
    found: dict[Span, None] = {}
    step = CHUNK - OVERLAP
    for at in range(0, len(text) - OVERLAP, step):
        piece = text[at : at + CHUNK]
        last = at + CHUNK >= len(text)
        for s in _spans(analyzer, piece, entities, context):
            # what touches a cut may be a fragment; the overlap holds it whole in the neighbouring piece
            if (s.start == 0 and at) or (s.end == len(piece) and not last):
                continue
            found[Span(s.entity, s.start + at, s.end + at, s.score)] = None
    return sorted(found, key=lambda s: (s.start, s.end, s.entity))


def _spans(analyzer: AnalyzerEngine, text: str, entities: list[str], context: list[str]) -> list[Span]:
    results = analyzer.analyze(text, LANGUAGE, entities=entities, context=context, nlp_artifacts=_nothing(analyzer))
    return sorted((Span(r.entity_type, r.start, r.end, round(r.score, 3)) for r in results), key=lambda s: (s.start, s.end, s.entity))
