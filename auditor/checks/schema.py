"""SCH and CMP: columns carry something, have one type, and are filled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import percent
from auditor.checks.base import Check
from auditor.detectors.studies import LeakStudy
from auditor.model import Evidence, Finding, Pillar, Role, Severity, Shape, Split, Status
from auditor.scan.measures import Counts, Lengths, Values
from auditor.scan.missing import MissingWords, missing_classes, missing_texts
from auditor.scan.profile import is_nested, is_numeric, is_text
from auditor.scan.sentinels import SentinelDays, Sentinels, days_apart, standing_apart

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

_READ: Final = (Role.TEXT, Role.PROMPT, Role.RESPONSE, Role.MESSAGES, Role.CHOSEN, Role.REJECTED, Role.TOKENS)
NULLS_INPUT: Final = 0.01
"""Share of rows without input above which it is a condition (our choice: the same 1 % as unreadable rows)."""
NULLS_FEATURE: Final = 0.5
"""Share of a feature's cells above which it says little (our choice; at half, imputation outweighs measurement)."""

WORDED: Final = 0.01
"""Share of a feature's filled cells from which words for missing ones are told (our choice)."""


def listed(words: Mapping[str, int]) -> str:
    """Words for nothing as a message shows them."""
    return ", ".join(repr(w) for w in words)


class Constant(Check):
    """Columns with one value (or none) in all rows, or that say what another column says: they can teach nothing.

    Measured by the number of distinct filled values; and, among up to 20,000 labelled training rows, by features that equal another in
    every row, are a straight line of it but for rounding, or have a name for each of its values. Advice for features; for the label it is
    LRN and BAL that judge.
    What to do: drop the column, or find out why the export lost its values; of two that say the same keep one.
    """

    code = "SCH001"
    title = "Every column says something"
    pillar = Pillar.LEARNABLE
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Distinct values of flat columns, and how features compare."""
        return (*(Values(c.name) for c in data.columns if not is_nested(c)), *((LeakStudy(),) if tabular(data) else ()))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding naming them all, and one for columns that say the same."""
        constant = [c.name for c in data.columns if not is_nested(c) and facts[Values(c.name)].distinct <= 1]
        if constant and data.rows > 1:
            shown = ", ".join(f"'{c}'" for c in constant[:10])
            yield self.finding(Status.WARN, constant[0], f"{len(constant)} {'column has' if len(constant) == 1 else 'columns have'} one value or none: {shown}", evidence=Evidence(float(len(constant)), n=len(data.columns), unit="columns"), fix="drop them, or mend the export")
        copies = facts[LeakStudy()].columns if tabular(data) else None
        if copies is not None and copies.copies:
            pairs = ", ".join(f"'{b}' {_SAME[how]} '{a}'" for a, b, how in copies.copies[:10])
            n = len(copies.copies)
            text = f"{n} {'feature says' if n == 1 else 'features say'} what another says in each of {copies.rows:,} rows: {pairs}"
            yield self.finding(Status.WARN, "copies", text, evidence=Evidence(float(n), n=len(data.role(Role.FEATURE)), unit="features", method="compared value by value"), fix="keep one of them")


_SAME: Final = {"equal": "equals", "line": "is a line of", "names": "names the values of"}


def tabular(data: Dataset) -> bool:
    """Whether there are features beside a label that can be compared."""
    return bool(data.role(Role.LABEL)) and len(data.role(Role.FEATURE)) > 1


class EmptyInput(Check):
    """Rows whose input (text, prompt, response, conversation) is missing or blank.

    Measured as the share of rows, per column that the model reads. A blank input with a label teaches the label's base rate;
    a blank response teaches silence. Above 1 % it is a condition. A text that is nothing but a word for a missing one (`nan`, `NULL`, `-`)
    counts as blank; of `None`, `N/A` and others that people write as well, what is spelled in one way only, five times and more (TXT001
    tells it of prompts and responses). An optional second prompt column (Alpaca's `input`) may be blank, but a word there is read as part
    of the prompt.
    What to do: drop the rows or mend the export.
    """

    code = "CMP001"
    title = "Inputs are filled"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Nulls and blanks of the columns that are read."""
        types = {c.name: c for c in data.columns}
        columns = [c for r in _READ for c in data.role(r)]
        return tuple(r for c in columns for r in (Counts(c), *((Lengths(c), MissingWords(c)) if is_text(types[c]) else ())))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per column."""
        types = {c.name: c for c in data.columns}
        for role in _READ:
            for i, column in enumerate(data.role(role)):
                rows, nulls = facts[Counts(column)]
                second = role is Role.PROMPT and i > 0
                words = _worded(column, facts) if is_text(types[column]) and (role is Role.TEXT or second) else {}
                worded = sum(words.values())
                if second:
                    if worded > NULLS_INPUT * rows:
                        text = f"{worded} of {rows} rows ({percent(worded / rows)}) have a word for nothing in '{column}' ({listed(words)}), where nothing would be read as nothing"
                        yield self.finding(Status.WARN, column, text, evidence=Evidence(worded / rows, n=rows, unit="share of rows"), fix="leave these cells empty")
                    continue
                empty = nulls + worded + (facts[Lengths(column)].blank if is_text(types[column]) else 0)
                share = empty / max(1, rows)
                evidence = Evidence(share, share, share, rows, "share of rows", "null, white space only, or a word for nothing")
                told = f", {worded} of them a word for nothing ({listed(words)})" if worded else ""
                if share > NULLS_INPUT:
                    yield self.finding(Status.WARN, column, f"{empty} of {rows} rows ({share:.1%}) have no {role} in '{column}'{told}", evidence=evidence, fix="drop these rows or mend the export")
                else:
                    yield self.finding(Status.PASS, column, f"'{column}' is filled in {percent(1 - share)} of rows", evidence=evidence)


def _worded(column: str, facts: Facts) -> dict[str, int]:
    found = facts[MissingWords(column)]
    return missing_texts(dict(found))


class EmptyFeature(Check):
    """Features that are mostly missing.

    Measured as the share of null cells per feature column, and of words for a missing value among its categories (`NULL`, `?`, `-`; not
    `none` and `unknown`, which are mostly meant); above 50 % is reported as advice, since what is imputed there is mostly invented. Such
    words are reported from 1 % of the cells on: a model takes them for one more category. So are numbers and days that stand for a missing
    one, from 10 cells and .1 % on: all nines (99, -999 ...), -1 and such, further from all others than these are from one another and from 0, or
    negative where no other is; 1 January 1900 and other first and last days, as many years away from all others. A regression's target is
    looked at as well, where they are a condition. The overall share of empty cells lowers the score's factor for completeness.
    What to do: drop the column, or collect it; leave empty what is missing.
    """

    code = "CMP002"
    title = "Features are filled"
    pillar = Pillar.LEARNABLE
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Nulls of the features, the categories among them, and what may stand for missing."""
        text = {c.name for c in data.columns if is_text(c)}
        words = tuple(r for c in data.role(Role.FEATURE) for r in (Counts(c), *((Values(c),) if c in text else ())))
        return (*words, *(Sentinels(c) for c in _measured(data)), *(SentinelDays(c) for c in _dated(data)))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per column."""
        text = {c.name for c in data.columns if is_text(c)}
        for column in data.role(Role.FEATURE):
            rows, nulls = facts[Counts(column)]
            words = missing_classes({str(v): n for v, n in facts[Values(column)].counts.items()}) if column in text else {}
            worded = sum(words.values())
            share = (nulls + worded) / max(1, rows)
            evidence = Evidence(share, share, share, rows, "share of cells")
            told = f"{worded:,} cells of them hold {f'a word for it ({listed(words)})' if any(w.strip() for w in words) else 'white space'}, which is read as a category"
            if share > NULLS_FEATURE:
                yield self.finding(Status.WARN, column, f"feature '{column}' is missing in {share:.0%} of rows{f'; {told}' if words else ''}", evidence=evidence, fix="drop the column or collect it")
            elif worded > WORDED * (rows - nulls):
                yield self.finding(Status.WARN, column, f"feature '{column}' is missing in {percent(share)} of rows; {told}", evidence=evidence, fix="leave these cells empty")
        yield from self._sentinels(data, facts)

    def _sentinels(self, data: Dataset, facts: Facts) -> Iterator[Finding]:
        for column in _measured(data):
            state = facts[Sentinels(column)]
            numbers = standing_apart(state)
            if numbers:
                told, n = ", ".join(f"{v:g}" if abs(v) < 1e6 else f"{v:.0f}" for v in numbers), sum(numbers.values())
                target = column in data.role(Role.LABEL)
                text = f"{n:,} of {state.n:,} numbers in '{column}' ({percent(n / state.n)}) are {told}, apart from all others: they seem to stand for a missing one"
                yield self.finding(
                    Status.WARN,
                    column,
                    text,
                    severity=Severity.MAJOR if target else Severity.MINOR,
                    evidence=Evidence(n / state.n, n=state.n, unit="share of numbers", method="extremes of the other numbers"),
                    fix="leave out the rows without a target" if target else "leave these cells empty, unless the number is meant",
                )
        for column in _dated(data):
            found = facts[SentinelDays(column)]
            days = days_apart(found)
            if days:
                n = sum(days.values())
                text = f"{n:,} of {found.n:,} days in '{column}' ({percent(n / found.n)}) are {', '.join(days)}, years apart from all others: they seem to stand for a missing one"
                evidence = Evidence(n / found.n, n=found.n, unit="share of days", method="extremes of the other days")
                yield self.finding(Status.WARN, column, text, evidence=evidence, fix="leave these cells empty, unless the day is meant")


def _measured(data: Dataset) -> list[str]:
    """Numeric columns whose values are quantities."""
    wanted = {*data.role(Role.FEATURE), *(data.role(Role.LABEL) if data.shape is Shape.REGRESSION else ())}
    return [c.name for c in data.columns if is_numeric(c) and c.name in wanted]


def _dated(data: Dataset) -> list[str]:
    """Columns that may hold days."""
    wanted = {*data.role(Role.FEATURE), *data.role(Role.TIME)}
    return [c.name for c in data.columns if c.name in wanted and (is_text(c) or c.dtype.startswith("Date"))]


class EmptyLabel(Check):
    """Rows of the training data without a label.

    Measured as the share of rows whose label is missing, or is a word for it (`NaN`, `NA`, `null`, `TODO`, `?` and the like) that is not
    among the declared classes and isn't meant: `NA` beside `EU`, `None` beside `Mild`, `-` beside `+`. To one reader it is nothing, to
    another a class of its own. They teach nothing in supervised training.
    Above 1 % it is advice, above 20 % a condition: what was labelled may not be a fair sample of what was not; such a word above 1 % is a
    condition, since a model is taught to answer it.
    What to do: label them, or leave them out and say how the labelled ones were chosen.
    """

    code = "CMP003"
    title = "Rows are labelled"
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Nulls and values of the label."""
        flat = {c.name for c in data.columns if not is_nested(c)}
        return tuple(r for c in data.role(Role.LABEL) for r in (Counts(c), *((Values(c),) if c in flat else ())))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per label column."""
        if data.shape not in (Shape.CLASSIFICATION, Shape.REGRESSION, Shape.TOKEN_LABELS):
            return
        # neither production traffic nor a file without the label was meant to be labelled; LRN003 says what a hold-out lacks
        bare = set(data.bare)
        outside = data.production + sum(f.rows for i, f in enumerate(data.files) if i in bare and f.split != Split.PRODUCTION)
        for column in data.role(Role.LABEL):
            rows, nulls = facts[Counts(column)]
            values = facts.get(Values(column)) if data.shape is Shape.CLASSIFICATION else None
            words = missing_classes({str(v): n for v, n in values.counts.items()}, data.classes) if values else {}
            rows, nulls = rows - outside, max(0, nulls - outside) + sum(words.values())
            share = nulls / max(1, rows)
            evidence = Evidence(share, share, share, rows, "share of rows")
            if share > 0.01:
                told = f", {sum(words.values())} of them a word for missing ({listed(words)})" if words else ""
                yield self.finding(Status.WARN, column, f"{nulls} of {rows} rows ({share:.1%}) have no label in '{column}'{told}", severity=Severity.MAJOR if share > 0.2 or sum(words.values()) > NULLS_INPUT * rows else Severity.MINOR, evidence=evidence, fix="label them or leave them out")
            else:
                yield self.finding(Status.PASS, column, f"{percent(1 - share)} of rows are labelled", evidence=evidence)


CHECKS = (Constant(), EmptyInput(), EmptyFeature(), EmptyLabel())
