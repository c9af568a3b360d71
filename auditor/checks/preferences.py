"""LRN008: preferences that somebody had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import flags, refs
from auditor.checks.base import Check
from auditor.checks.learnability import STRICTER
from auditor.detectors.preferences import LEAST, PreferenceStudy
from auditor.model import Evidence, Pillar, Severity, Shape, Status

if TYPE_CHECKING:
    from auditor.model import Dataset, Finding
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

CHANCE: Final = 0.57
"""Upper end of the interval below which a cheap model sees nothing. 300 published pairs read .66 (.61 to .71), with the sides drawn by lot
five times .39 to .56 (`tests/labels/test_preferences.py`)."""
ENOUGH: Final = 300
"""Pairs from which it matters that nothing is seen, or that chance is not ruled out."""


class Told(Check):
    """The better of two responses can be told from the other.

    What it measures: share of pairs (.5 = by lot) in which a cheap model that never saw the prompt takes the better response for the better
    one, with its 95 % interval, from 50 pairs on; chance is ruled out at 99 %. Where it is right in 70 % and more, the pairs it judges wrong are in `--rows`.

    Why: sides that were swapped, shuffled or clicked at random teach nothing, and no count of rows shows it.

    What to do: have 50 pairs judged by somebody who does not know which side won. A condition from 300 pairs on, where the interval ends below .57 and where chance is not ruled out; a preference
    for meaning alone may be invisible to a cheap model, so never a veto. With fewer pairs advice.

    Source: measured on a published set, with and without its sides drawn by lot; the threshold is our choice.
    """

    code = "LRN008"
    title = "Preferences can be told"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The judgement of a cheap model."""
        return (PreferenceStudy(),) if data.shape is Shape.PREFERENCE else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding."""
        if data.shape is not Shape.PREFERENCE:
            return
        found = facts[PreferenceStudy()]
        right = found.right
        if right is None:
            text = f"{found.pairs:,} pairs of two different responses are too few to tell a preference from chance (at least {LEAST})"
            yield self.finding(Status.UNKNOWN, "preferences", text, severity=Severity.MINOR, evidence=Evidence(n=found.pairs, unit="pairs"), fix="collect more pairs")
            return
        doubtful = found.doubtful
        evidence = Evidence(right.value, right.low, right.high, right.n, "share of pairs judged right", found.method, refs(data, doubtful) if doubtful is not None else ())
        marks = flags(self.code, data, doubtful) if doubtful is not None else ()
        text = f"a cheap model takes the better side for the better one in {100 * right.value:.0f}% of pairs ({100 * right.low:.0f}% to {100 * right.high:.0f}%; 50% by lot)"
        blind = "have 50 pairs judged by somebody who does not know which side won"
        # models of one set err together: by lot the shares vary 1.3 to 1.5 times as much as independent judgements, so 95 % would not do
        if right.value - STRICTER * (right.value - right.low) > 0.5:
            yield self.finding(Status.PASS, "preferences", text, evidence=evidence, flags=marks)
        elif right.high < CHANCE and right.n >= ENOUGH:
            yield self.finding(Status.WARN, "preferences", f"{text}: it sees no preference", evidence=evidence, fix=blind)
        else:
            yield self.finding(Status.UNKNOWN, "preferences", f"{text}: not told from chance", severity=Severity.MAJOR if right.n >= ENOUGH else Severity.MINOR, evidence=evidence, fix=f"collect more pairs, or {blind}")


CHECKS = (Told(),)
"""What a model can see of preferences."""
