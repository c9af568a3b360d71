"""SCH: numbers are stored as numbers, and the cells of a column are written in one way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import flags, percent, refs
from auditor.checks.base import Check
from auditor.checks.schema import tabular
from auditor.detectors.studies import LeakStudy
from auditor.model import Evidence, Finding, Pillar, Role, Severity, Status
from auditor.scan.forms import UNITS, Forms
from auditor.scan.measures import Lengths, Values
from auditor.scan.patterns import PATTERNS, PatternCounts
from auditor.scan.profile import is_text

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.forms import FormState
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

LEAST: Final = 20
"""Filled cells from which a column is judged."""
MOSTLY: Final = 0.9
"""Share of a column's cells that must be numbers (our choice)."""
HALF: Final = 0.5
"""The same where all others are one word or two (our choice)."""
QUANTITIES: Final = 20
"""Different values from which numbers beside a word, or with a unit, are quantities; `36 months` and `60 months` are two categories."""
SEEN: Final = 0.01
"""Share of a column's cells from which a second way of writing is no slip (our choice)."""
WORDS: Final = 2
INTERCHANGED: Final = frozenset({"mass", "length", "area", "volume", "temperature", "money", "power", "speed"})
"""What has units that are taken for one another; weeks beside years, and files in MB beside GB, are read with their unit."""
_METHOD: Final = "pattern of the whole cell"


class Numbers(Check):
    """Text columns that are nearly all numbers, so that a few odd cells turn the whole column into text.

    Measured as the share of cells that look like a number; between 90 % and 100 % is reported, from 50 % on where all others are one word
    or two (`missing`), and so are numbers with a fraction, with separators between thousands (`1.234,56`) or with a unit (`5 kg`) that are
    text in all cells (digits alone may be a code). Such a column is read as text, and a model sees categories where quantities were meant;
    of a label, where a number was to be foretold, that is a condition.
    What to do: mend the odd cells, store numbers as numbers, or declare the column as text.
    """

    code = "SCH002"
    title = "Numbers are stored as numbers"
    pillar = Pillar.LEARNABLE
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Patterns of text columns."""
        return tuple(r for c in data.columns if is_text(c) for r in (PatternCounts(c.name), Lengths(c.name), Forms(c.name), Values(c.name)))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per column."""
        for column in (c.name for c in data.columns if is_text(c)):
            filled, distinct = facts[Lengths(column)].n, facts[Values(column)].distinct
            if filled < LEAST:
                continue
            text, fix, share = self._told(filled, distinct, facts[PatternCounts(column)], facts[Forms(column)])
            if text:
                target = column in data.role(Role.LABEL)
                evidence = Evidence(share, n=filled, unit="share of cells", method=_METHOD)
                yield self.finding(Status.WARN, column, f"column '{column}' is text, but {text}", severity=Severity.MAJOR if target else Severity.MINOR, evidence=evidence, fix=fix)

    @staticmethod
    def _told(filled: int, distinct: int, patterns: tuple[int, ...], forms: FormState) -> tuple[str, str, float]:
        """What is said of a column, what to do, and the share of its cells that are numbers; nothing where it is none of numbers."""
        kinds = list(PATTERNS)
        broken = patterns[kinds.index("decimal")]
        numbers = patterns[kinds.index("integer")] + broken
        united, own = sum(forms.units.values()), "store numbers as numbers, with a decimal point"
        if numbers == filled and 2 * broken > filled:
            return "all its cells are numbers: stored as text, or with a decimal comma", own, 1.0
        if forms.grouped and forms.numbers == filled and 2 * (forms.grouped + forms.comma + forms.point) > filled and not united:
            return "all its cells are numbers, with separators between thousands", own, 1.0
        if united >= MOSTLY * filled and distinct > QUANTITIES:
            return f"{percent(forms.numbers / filled)} of its cells are numbers with a unit ({', '.join(forms.units)})", "store numbers as numbers, and the unit in the name of the column", forms.numbers / filled
        if MOSTLY * filled <= numbers < filled:
            return f"{percent(numbers / filled)} of its cells are numbers; {filled - numbers} are not", "mend the cells that are not numbers", numbers / filled
        if forms.worded and HALF * filled <= numbers and numbers + forms.worded == filled and len(forms.words) <= WORDS and distinct > QUANTITIES:
            many = "one word" if len(forms.words) == 1 else "one of two words"
            return f"{percent(numbers / filled)} of its cells are numbers; the other {forms.worded:,} hold {many}", "leave these cells empty where the number is missing", numbers / filled
        return "", "", 0.0


class OneWay(Check):
    """A column holds one thing, written in one way.

    What it measures: in text columns that are read: days with the day first beside days with the month first (told by numbers above twelve;
    `03/04/2024` is two days); numbers with different units of one thing (`5 kg`, `11 lb`), or with and without a percent sign; numbers
    with a decimal comma beside such with a decimal point. Each way in 1 % of the cells and three cells at least. And rows in which two
    columns of categories each hold a value that belongs to the other (two of three times it stands there), from .5 % and 5 rows on, where
    nearly all such values are in such rows; exchanged numbers are not told.

    Why: who reads such a column in one way gets a part of the rows wrong, and no error says so.

    What to do: convert them to one way, exchange values back. A condition, but for percent signs, which are advice.

    Source: our choice.
    """

    code = "SCH003"
    title = "A column holds one thing in one way"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """How the cells of text columns are written, and how columns compare."""
        return (*(r for c in _read(data) for r in (Forms(c), Lengths(c))), *((LeakStudy(),) if tabular(data) else ()))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per column and kind, and per pair of columns."""
        for pair in facts[LeakStudy()].columns.exchanged if tabular(data) else ():
            n, of = len(pair.where), facts[LeakStudy()].columns.rows
            text = f"in {n:,} of {of:,} rows '{pair.first}' holds a value of '{pair.second}' and '{pair.second}' one of '{pair.first}': they seem to be exchanged"
            evidence = Evidence(n / of, n=of, unit="share of rows", method="values that stand in the other column else", refs=refs(data, pair.where))
            yield self.finding(Status.WARN, f"{pair.first} / {pair.second}", text, evidence=evidence, fix="exchange them back; the rows are in --rows", flags=flags(self.code, data, pair.where))
        for column in _read(data):
            filled, forms = facts[Lengths(column)].n, facts[Forms(column)]
            least = max(3.0, SEEN * filled)
            if forms.days >= MOSTLY * filled and min(forms.day_first, forms.month_first) >= least:
                text = f"the days in '{column}' are written day first in {forms.day_first:,} cells and month first in {forms.month_first:,}: of the other {forms.days - forms.day_first - forms.month_first:,} nobody knows which"
                yield self._mixed(column, text, min(forms.day_first, forms.month_first) / filled, filled, Severity.MAJOR)
            if forms.numbers < MOSTLY * filled:
                continue
            units: defaultdict[str, dict[str, int]] = defaultdict(dict)
            for unit, n in forms.units.items():
                if n >= least:
                    units[UNITS[unit]][unit] = n
            for kind, found in units.items():
                if kind in INTERCHANGED and len(found) > 1:
                    told = ", ".join(f"{n:,} in {unit}" for unit, n in sorted(found.items(), key=lambda v: (-v[1], v[0])))
                    yield self._mixed(column, f"the numbers in '{column}' have different units: {told}", min(found.values()) / filled, filled, Severity.MAJOR)
            percents = forms.units.get("%", 0)
            if min(percents, forms.plain) >= least:
                yield self._mixed(column, f"{percents:,} numbers in '{column}' have a percent sign and {forms.plain:,} have none", min(percents, forms.plain) / filled, filled, Severity.MINOR)
            if min(forms.comma, forms.point) >= least:
                yield self._mixed(column, f"{forms.comma:,} numbers in '{column}' have a decimal comma and {forms.point:,} a decimal point", min(forms.comma, forms.point) / filled, filled, Severity.MAJOR)

    def _mixed(self, column: str, text: str, share: float, n: int, severity: Severity) -> Finding:
        return self.finding(Status.WARN, column, text, severity=severity, evidence=Evidence(share, n=n, unit="share of cells in the rarer way", method=_METHOD), fix="write them in one way")


def _read(data: Dataset) -> list[str]:
    """Text columns that hold features, labels or points in time; of different numbers with a unit it may be what is read as text."""
    wanted = {c for role in (Role.FEATURE, Role.TEXT, Role.LABEL, Role.TIME) for c in data.role(role)}
    return [c.name for c in data.columns if c.name in wanted and is_text(c)]


CHECKS = (Numbers(), OneWay())
