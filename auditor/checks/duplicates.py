"""DUP: rows that are copies of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import flags, of_sample, percent, refs
from auditor.checks.base import Check
from auditor.detectors.studies import DuplicateStudy
from auditor.model import Evidence, Finding, Pillar, Severity, Status

if TYPE_CHECKING:
    from auditor.detectors.results import DuplicateFacts
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

NOTED: Final = 0.01
MISLEADING: Final = 0.5
"""Share of copies from which the row count says more than there is (our choice)."""
PER_CLASS: Final = 15
TOTAL: Final = 150
"""Effective rows a class, or in all, below which a set that is mostly copies fails: 5 % unique rows blown up twentyfold kept .61 of
the skill while naive cross-validation read .98 (readiness specification 3.3)."""


class _Duplicates(Check):
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The clusters."""
        return (DuplicateStudy(),)


class ExactDuplicates(_Duplicates):
    """Rows that repeat an earlier row.

    What it measures: share of training rows (0 to 1) whose input and label equal an earlier row's, after normalisation (case, spaces
    and outer punctuation of text; six significant digits of numbers).

    Why: copies alone do not hurt learning (3x copies: 1.01 of the skill), but they count rows that are not there, and become leakage
    when the set is split at random.

    What to do: drop them before splitting. Advice from 1 %, a condition from 50 %.

    Source: readiness specification 3.3; ISO/IEC 5259-2 Con-ML-1.
    """

    code = "DUP001"
    title = "Rows are not repeated"

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding."""
        found = facts[DuplicateStudy()]
        if not found.rows:
            return
        share = found.exact / found.rows
        evidence = Evidence(share, n=found.rows, unit="share of training rows", method="equal after normalisation", refs=refs(data, found.exact_rows))
        text = f"{found.exact:,} of {found.rows:,} training rows ({percent(share)}) repeat an earlier row{of_sample(data, found)}"
        if share < NOTED:
            yield self.finding(Status.PASS, "train", text, evidence=evidence, flags=flags(self.code, data, found.exact_rows))
            return
        natural = " (few distinct values: partly natural)" if found.natural else ""
        severity = Severity.MAJOR if share >= MISLEADING else Severity.MINOR
        yield self.finding(Status.WARN, "train", text + natural, severity=severity, evidence=evidence, fix="drop repeated rows before splitting", flags=flags(self.code, data, found.exact_rows))


class NearDuplicates(_Duplicates):
    """How many different examples there really are.

    What it measures: effective rows = clusters of near-duplicates in train, and the share (0 to 1) of rows that add none. Text: MinHash
    proposes, exact Jaccard similarity decides; texts of one template are compared by what stands in its slots (a word or a number is an
    example only where labels or short responses vary with it), prompts with responses by their responses too. Tables: gaps between a row's copies and its neighbours. Images and other files: equal ones only.

    Why: ten thousand variations of five hundred sentences teach what five hundred sentences teach, and flatter every random split.

    What to do: collect different examples; keep copies in one fold and one split. Advice from 5 %, a condition from 50 %, a veto where
    most rows are copies and fewer than 15 effective rows a class (or 150 in all) remain.

    Source: readiness specification 2.4, 3.3; ISO/IEC 5259-2 Sim-ML-1.
    """

    code = "DUP002"
    title = "Examples differ"

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding."""
        found = facts[DuplicateStudy()]
        if not found.rows:
            return
        share = found.near_share
        evidence = Evidence(share, n=found.rows, unit="share of training rows", method=found.method, refs=refs(data, found.near_rows))
        text = f"{found.rows:,} training rows are {found.n_eff:,} different examples ({percent(share)} add none){of_sample(data, found)}"
        marks = flags(self.code, data, found.near_rows)
        fix = "collect different examples; copies do not count"
        if share >= MISLEADING and _hollow(found) and not found.natural:
            yield self.finding(Status.FAIL, "train", f"{text}: the row count is made of copies", evidence=evidence, fix=fix, flags=marks)
        elif share >= MISLEADING:
            yield self.finding(Status.WARN, "train", text, severity=Severity.MAJOR, evidence=evidence, fix=fix, flags=marks)
        elif share >= 0.05:
            yield self.finding(Status.WARN, "train", text, severity=Severity.MINOR, evidence=evidence, fix=fix, flags=marks)
        else:
            yield self.finding(Status.PASS, "train", text, evidence=evidence, flags=marks)


def _hollow(found: DuplicateFacts) -> bool:
    """Too few examples behind the copies."""
    return found.n_eff < max(TOTAL, PER_CLASS * len(found.by_class))


CHECKS = (ExactDuplicates(), NearDuplicates())
