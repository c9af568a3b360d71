"""LRN: responses belong to their prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import flags, percent, refs
from auditor.checks.base import Check
from auditor.detectors.studies import PairStudy
from auditor.model import Evidence, Finding, Pillar, Severity, Shape, Status

if TYPE_CHECKING:
    from auditor.detectors.pair_results import PairFacts
    from auditor.detectors.results import Interval
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

PAIRED: Final = (Shape.CHAT, Shape.PREFERENCE, Shape.PROMPT_COMPLETION)
LEAST: Final = 50
"""Rows below which nothing can be told: the half-width of any figure on 50 rows is 14 points."""
PAIR_CHANCE: Final = 0.6
"""Upper end of the pair AUC's interval below which nothing can be said of responses (published .87 to .99, shuffled .46 to .56)."""
FOREIGN: Final = 0.10
FOREIGN_VETO: Final = 0.20
FOREIGN_ROWS: Final = 250
"""Estimated share of foreign responses that is a condition, and, from so many rows on, a veto. Published files of 300 rows and more read
at most .02; with 30 % of their responses shuffled at least .19."""


class PairSignal(Check):
    """Responses belong to their prompts.

    What it measures: for prompt-response, chat and preference data (chosen side), how often a response fits its own prompt better than
    other responses of the set do, by what the two share and by what goes together in other pairs: an AUC, .5 = exchangeable, with its
    95 % interval; an estimated share of foreign responses; the suspects are in `--rows`. One response behind many different prompts (TXT006), and
    one that answers nothing (a refusal, the error of a service), belongs to none less than to another and is left out. And the rows whose sides seem to be exchanged, told by a regression that reads
    prompts apart from responses; a condition from 3 % and 20 rows on. Where it sees none, as in a set that is exchanged as a whole: rows whose
    response asks for something and whose prompt does not; a condition from 10 % and 20 rows on.

    Why: a set whose responses belong to other prompts teaches nonsense in perfect form. Published files read .87 to .99, shuffled ones
    .46 to .56.

    What to do: find the join or the shuffle that broke the pairs. No better than shuffled is a veto with 50 rows, with fewer unknown; so is
    an AUC below .6. From an estimated 10 % foreign responses on a condition, from 20 % (of 250 rows and more) a veto; where responses
    have so little to do with their prompts that foreign ones do not show, a condition. Where responses are near-identical, or figures
    without a word, nothing can be measured, which is not bad; where all of them are the same there is nothing to learn, a veto; so it is where
    no response has a prompt before it.

    Source: measured on seven public files; LSA percentile with a cross-fitted regression.
    """

    code = "LRN004"
    title = "Responses belong to their prompts"
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The pair signal."""
        return (PairStudy(),) if data.shape in PAIRED else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding, and one where the sides of some rows seem to be exchanged."""
        if data.shape not in PAIRED:
            return
        found = facts[PairStudy()]
        if found.rows >= LEAST and round(found.distinct_responses * found.rows) == 1:
            yield self.finding(Status.FAIL, "responses", "all responses are the same: there is nothing to learn", evidence=Evidence(1.0, n=found.rows, unit="share of responses"), fix="find out where the other responses were lost")
            return
        if found.unasked:
            fix = 'find out whether user and assistant are exchanged; an answer without a question is text, for which there is [data] shape = "plain_text"'
            yield self.finding(Status.FAIL, "responses", found.reason, evidence=Evidence(1.0, unit="share of responses"), fix=fix)
            return
        if not found.measured or found.auc is None:
            yield self.finding(Status.UNKNOWN, "responses", f"pair signal: {found.reason}", severity=Severity.MAJOR, evidence=Evidence(n=found.rows, unit="rows"))
            return
        yield self._judged(data, found, found.auc)
        yield from self._exchanged(data, found)

    def _exchanged(self, data: Dataset, found: PairFacts) -> Iterator[Finding]:
        """One finding where the sides of some or all rows seem to be exchanged."""
        rows = found.turned if found.turned is not None else found.asking
        if rows is None:
            return
        n = len(rows)
        text, method = f"in {n:,} of {found.rows:,} rows ({percent(n / found.rows)}) ", "cross-fitted regression that tells prompts from responses"
        if found.turned is not None:
            text += "the prompt reads like the responses of the others and the response like their prompts: the sides seem to be exchanged"
        else:
            text += f"the response asks for something and the prompt does not (the other way round: {found.asked:,}): user and assistant seem to be exchanged, unless questions are what is to be learned"
            method = "forms of requests and questions"
        evidence = Evidence(n / found.rows, n=found.rows, unit="share of rows", method=method, refs=refs(data, rows))
        yield self.finding(Status.WARN, "roles", text, severity=Severity.MAJOR, evidence=evidence, fix="exchange them back; the rows are in --rows", flags=flags(self.code, data, rows))

    def _judged(self, data: Dataset, found: PairFacts, auc: Interval) -> Finding:
        suspects = found.suspects
        evidence = Evidence(auc.value, auc.low, auc.high, auc.n, "AUC", found.method, refs(data, suspects) if suspects is not None else ())
        marks = flags(self.code, data, suspects) if suspects is not None else ()
        null = found.shuffled.value if found.shuffled else 0.5
        foreign = found.mismatched or 0.0
        apart = f", {found.canned:,} canned answers and refusals left out" if found.canned else ""
        text = f"a response is told from other responses by its prompt with AUC {auc.value:.2f} ({auc.low:.2f} to {auc.high:.2f}); shuffled {null:.2f}{apart}"
        fix = "find the join or shuffle that broke the pairs; the suspects are in --rows"
        chance = max(found.shuffled.high if found.shuffled else null, 0.5 + (auc.high - auc.low) / 2)
        if auc.low <= chance:
            if auc.n < LEAST:
                return self.finding(Status.UNKNOWN, "responses", f"{text}: {auc.n} rows are too few to tell", evidence=evidence, fix="collect more rows", flags=marks)
            return self.finding(Status.FAIL, "responses", f"{text}: responses do not belong to their prompts", evidence=evidence, fix=fix, flags=marks)
        weak = "responses have so little to do with their prompts that foreign ones would not show"
        if auc.high < PAIR_CHANCE:
            return self.finding(Status.UNKNOWN, "responses", f"{text}: {weak}", evidence=evidence, fix="read 50 pairs: either most responses are foreign, or prompts say little of what is answered", flags=marks)
        range_ = f"an estimated {percent(foreign)} of responses belong to another prompt"
        if foreign >= FOREIGN_VETO and auc.n >= FOREIGN_ROWS:
            return self.finding(Status.FAIL, "responses", f"{text}; {range_}", evidence=evidence, fix=fix, flags=marks)
        if foreign >= FOREIGN:
            return self.finding(Status.WARN, "responses", f"{text}; {range_}", severity=Severity.MAJOR, evidence=evidence, fix=fix, flags=marks)
        if not found.clear and (found.mismatched_high or 0.0) >= FOREIGN:
            fix = "read 50 of the suspects in --rows, and some others beside them"
            return self.finding(Status.WARN, "responses", f"{text}; {weak}", severity=Severity.MAJOR, evidence=evidence, fix=fix, flags=marks)
        return self.finding(Status.PASS, "responses", text, evidence=evidence, flags=marks)


CHECKS = (PairSignal(),)
