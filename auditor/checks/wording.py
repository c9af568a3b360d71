"""TXT007: how far the wording is from common text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks.base import Check
from auditor.detectors.wording import WordingStudy
from auditor.model import Evidence, Pillar, Role, Severity, Status

if TYPE_CHECKING:
    from auditor.model import Dataset, Finding
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

STRANGE: Final = 2.8
"""Bytes a token below which the wording is strange; see the check for what was measured."""
LEAST: Final = 1000
"""Bytes that must have been read."""
_READ: Final = (Role.TEXT, Role.PROMPT, Role.RESPONSE, Role.MESSAGES, Role.CHOSEN)


class CommonWording(Check):
    """The wording is that of common text, as far as a tokenizer can tell.

    What it measures: bytes of UTF-8 for each token of the tokenizer that you name (`--tokenizer`), over 2,000 training texts. A vocabulary is
    learned from common text, so what it has seen often takes few tokens. With o200k_base, customers' questions read 4.4, German tweets 3.8,
    source code 3.9, Finnish 3.3, Spanish 5.6; medical shorthand 2.4, identifiers 1.7, chemical formulas 1.2.

    Why: how strange the domain is, is one of the reasons for changing weights. Common wording is no reason: there a prompt reaches what
    fine-tuning would. Strange wording costs more tokens in every call, and a general model has seen little of it.

    What to do: below 2.8 look at the rows: spell out shorthand where that is possible, measure the prompt baseline before anything else.
    Advice. Without a named tokenizer nothing is measured.

    Source: readiness specification, section 1 (18); the threshold is our choice.
    """

    code = "TXT007"
    title = "The wording is that of common text"
    pillar = Pillar.JUSTIFIED
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Token counts of a sample, where a tokenizer is named."""
        return (WordingStudy(settings.targets.tokenizer),) if self._applies(data, settings) else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """At most one finding."""
        if not self._applies(data, settings):
            return
        found = facts[WordingStudy(settings.targets.tokenizer)]
        if found.bytes < LEAST or not found.tokens:
            yield self.finding(Status.UNKNOWN, "texts", f"{found.bytes:,} bytes of text are too few to tell how common the wording is", severity=Severity.INFO)
            return
        rate = found.bytes / found.tokens
        evidence = Evidence(rate, n=found.texts, unit="bytes a token", method=found.method)
        if rate < STRANGE:
            yield self.finding(Status.WARN, "texts", f"{rate:.1f} bytes a token: shorthand, codes or formulas that a general model has seen little of", evidence=evidence, fix="spell out shorthand where you can, and measure the prompt baseline first")
        else:
            yield self.finding(Status.PASS, "texts", f"{rate:.1f} bytes a token: the wording is common, so it alone is no reason to change weights", evidence=evidence)

    def _applies(self, data: Dataset, settings: Settings) -> bool:
        return bool(settings.targets.tokenizer) and any(data.role(r) for r in _READ)


CHECKS = (CommonWording(),)
