"""SCH and CMP: columns carry something, have one type, and are filled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import percent
from auditor.checks.base import Check
from auditor.model import Evidence, Finding, Pillar, Role, Severity, Shape, Split, Status
from auditor.scan.measures import Counts, Lengths, Values
from auditor.scan.patterns import PATTERNS, PatternCounts
from auditor.scan.profile import is_nested, is_text

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

_READ: Final = (Role.TEXT, Role.PROMPT, Role.RESPONSE, Role.MESSAGES, Role.CHOSEN, Role.REJECTED, Role.TOKENS)
NULLS_INPUT: Final = 0.01
"""Share of rows without input above which it is a condition (our choice: the same 1 % as unreadable rows)."""
_NO_LABEL: Final = frozenset({"", "nan", "na", "n/a", "<na>", "#n/a", "#na", "null", "?", "-"})
"""Words for a missing label; `none` and `unknown` are classes often enough."""
NULLS_FEATURE: Final = 0.5
"""Share of a feature's cells above which it says little (our choice; at half, imputation outweighs measurement)."""


class Constant(Check):
    """Columns with one value (or none) in all rows: they can teach nothing.

    Measured by the number of distinct filled values. Advice for features; for the label it is LRN and BAL that judge.
    What to do: drop the column, or find out why the export lost its values.
    """

    code = "SCH001"
    title = "Every column says something"
    pillar = Pillar.LEARNABLE
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Distinct values of flat columns."""
        return tuple(Values(c.name) for c in data.columns if not is_nested(c))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding naming them all."""
        constant = [c.name for c in data.columns if not is_nested(c) and facts[Values(c.name)].distinct <= 1]
        if constant and data.rows > 1:
            shown = ", ".join(f"'{c}'" for c in constant[:10])
            yield self.finding(Status.WARN, constant[0], f"{len(constant)} {'column has' if len(constant) == 1 else 'columns have'} one value or none: {shown}", evidence=Evidence(float(len(constant)), n=len(data.columns), unit="columns"), fix="drop them, or mend the export")


class Numbers(Check):
    """Text columns that are nearly all numbers, so that a few odd cells turn the whole column into text.

    Measured as the share of cells that look like a number; between 90 % and 100 % is reported, and so are numbers with a fraction that
    are text in all cells, since they are stored as text or have a decimal comma (digits alone may be a code). Such a column is read as
    text, and a model sees categories where quantities were meant.
    What to do: mend the odd cells (units, thousands separators, `N/A`), store numbers as numbers, or declare the column as text.
    """

    code = "SCH002"
    title = "Numbers are stored as numbers"
    pillar = Pillar.LEARNABLE
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Patterns of text columns."""
        return tuple(r for c in data.columns if is_text(c) for r in (PatternCounts(c.name), Lengths(c.name)))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per column."""
        kinds = list(PATTERNS)
        for column in (c.name for c in data.columns if is_text(c)):
            filled = facts[Lengths(column)].n
            counts = facts[PatternCounts(column)]
            broken = counts[kinds.index("decimal")]
            numbers = counts[kinds.index("integer")] + broken
            if filled >= 20 and numbers == filled and 2 * broken > filled:
                yield self.finding(
                    Status.WARN,
                    column,
                    f"column '{column}' is text, but all its cells are numbers: stored as text, or with a decimal comma",
                    evidence=Evidence(1.0, n=filled, unit="share of cells", method="pattern of the whole cell"),
                    fix="store numbers as numbers, with a decimal point",
                )
            elif filled >= 20 and 0.9 * filled <= numbers < filled:
                yield self.finding(
                    Status.WARN,
                    column,
                    f"column '{column}' is text, but {percent(numbers / filled)} of its cells are numbers; {filled - numbers} are not",
                    evidence=Evidence(numbers / filled, n=filled, unit="share of cells", method="pattern of the whole cell"),
                    fix="mend the cells that are not numbers",
                )


class EmptyInput(Check):
    """Rows whose input (text, prompt, response, conversation) is missing or blank.

    Measured as the share of rows, per column that the model reads. A blank input with a label teaches the label's base rate;
    a blank response teaches silence. Above 1 % it is a condition. An optional second prompt column (Alpaca's `input`) may be blank.
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
        return tuple(r for c in columns for r in (Counts(c), *((Lengths(c),) if is_text(types[c]) else ())))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per column."""
        types = {c.name: c for c in data.columns}
        for role in _READ:
            for i, column in enumerate(data.role(role)):
                if role is Role.PROMPT and i > 0:
                    continue
                rows, nulls = facts[Counts(column)]
                empty = nulls + (facts[Lengths(column)].blank if is_text(types[column]) else 0)
                share = empty / max(1, rows)
                evidence = Evidence(share, share, share, rows, "share of rows", "null or white space only")
                if share > NULLS_INPUT:
                    yield self.finding(Status.WARN, column, f"{empty} of {rows} rows ({share:.1%}) have no {role} in '{column}'", evidence=evidence, fix="drop these rows or mend the export")
                else:
                    yield self.finding(Status.PASS, column, f"'{column}' is filled in {percent(1 - share)} of rows", evidence=evidence)


class EmptyFeature(Check):
    """Features that are mostly missing.

    Measured as the share of null cells per feature column; above 50 % is reported as advice. What is imputed there is mostly
    invented. The overall share of missing cells lowers the score's factor for completeness.
    What to do: drop the column, or collect it.
    """

    code = "CMP002"
    title = "Features are filled"
    pillar = Pillar.LEARNABLE
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Nulls of the features."""
        return tuple(Counts(c) for c in data.role(Role.FEATURE))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per column."""
        for column in data.role(Role.FEATURE):
            rows, nulls = facts[Counts(column)]
            share = nulls / max(1, rows)
            if share > NULLS_FEATURE:
                yield self.finding(Status.WARN, column, f"feature '{column}' is missing in {share:.0%} of rows", evidence=Evidence(share, share, share, rows, "share of cells"), fix="drop the column or collect it")


class EmptyLabel(Check):
    """Rows of the training data without a label.

    Measured as the share of rows whose label is missing, or is a word for it (`NaN`, `NA`, `null`, `?` and the like) that is not among
    the declared classes: to one reader it is nothing, to another a class of its own. They teach nothing in supervised training.
    Above 1 % it is advice, above 20 % a condition: what was labelled may not be a fair sample of what was not.
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
            words = {str(v): n for v, n in values.counts.items() if str(v).strip().lower() in _NO_LABEL and str(v) not in data.classes} if values else {}
            rows, nulls = rows - outside, max(0, nulls - outside) + sum(words.values())
            share = nulls / max(1, rows)
            evidence = Evidence(share, share, share, rows, "share of rows")
            if share > 0.01:
                told = f", {sum(words.values())} of them a word for missing ({', '.join(repr(w) for w in words)})" if words else ""
                yield self.finding(Status.WARN, column, f"{nulls} of {rows} rows ({share:.1%}) have no label in '{column}'{told}", severity=Severity.MAJOR if share > 0.2 else Severity.MINOR, evidence=evidence, fix="label them or leave them out")
            else:
                yield self.finding(Status.PASS, column, f"{percent(1 - share)} of rows are labelled", evidence=evidence)


CHECKS = (Constant(), Numbers(), EmptyInput(), EmptyFeature(), EmptyLabel())
