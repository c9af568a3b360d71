"""Columns that are numbers or dates: judged by name, distribution and validator rate, never cell by cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auditor.detectors.pii_context import says
from auditor.detectors.pii_forms import context_words
from auditor.detectors.pii_policy import Policy
from auditor.detectors.pii_spec import Spec, Tier, words
from auditor.detectors.pii_state import Tally
from auditor.scan.request import ColumnMeasure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from auditor.model import Dataset
    from auditor.scan.chunk import Chunk
    from auditor.scan.request import Facts

_NUMBER = ("Int", "UInt", "Float", "Decimal")
_TEMPORAL = ("Date", "Datetime")
_LEAST = 10_000_000
"""The smallest number that is looked at."""
_CARD = r"^(?:4\d{15}|4\d{18}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17})$"
"""Schemes and lengths as in `pii_validate`, for whole numbers."""
_MOST = 0.8
"""Share of the values that must have the length of what the name says (our choice)."""
_LUHN = 0.5
"""Share of long numbers that must be cards; .03 are by chance."""
_BIRTH = re.compile(r"\b(?:dob|d o b|birth ?dates?|birth ?days?|date of birth|born(?: on| at)?|geburtsdatum|fecha de nacimiento|date de naissance)\b")
_PERSON = re.compile(
    r"\b(?:(?:first|last|full|given|family|maiden|middle|sur|fore|legal|patient|customer|client|employee|contact|person|card ?holder|account ?holder|"
    r"requester|submitter|reporter|assignee|caller|recipient|beneficiary|applicant|borrower|tenant|guest|passenger|participant|member|student|teacher|doctor|physician|nurse|manager|signatory) ?names?|"
    r"surname|forename|vorname|nachname|kunden ?name|ansprechpartner|sachbearbeiter|apellidos?|prenom|nom de famille)\b"
)
_HOME = re.compile(r"\b(?:(?:home|street|mailing|postal|billing|shipping|delivery|residential|customer|patient) ?address(?:es)?|street(?: ?name| ?line)?|address ?line ?\d?|home ?town)\b")
_ROLE: Final = re.compile(
    r"\b(?:assignee|reporter|requester|requestor|submitter|caller|creator|author|owner|agent|(?:sales|account) (?:rep|manager|executive)|manager|supervisor|approver|reviewer|recruiter|candidate|applicant|"
    r"driver|physician|doctor|nurse|therapist|patient|customer|client|contact|employee|technician|bearbeiter|mitarbeiter|kunde|betreuer|berater|(?:opened|closed|resolved|created|updated|assigned|handled|approved|reported)(?: by| to))$"
)
"""What a person does, where the cells may be names, or teams and kinds."""
_LIKE_NAMES: Final = re.compile(r"^[^\W\d_a-z][\w'’.-]+,? (?:[^\W\d_a-z][\w'’.-]*,? ){0,2}[^\W\d_a-z][\w'’-]+$")
_NAMED: Mapping[str, re.Pattern[str]] = {"DATE_OF_BIRTH": _BIRTH, "PERSON": _PERSON, "LOCATION": _HOME}


@dataclass(frozen=True)
class Number:
    """Counts of one column."""

    n: int = 0
    """Values."""
    nine: int = 0
    """Whole numbers of 8 or 9 digits (a leading zero is lost in a number)."""
    phone: int = 0
    """Whole numbers of 10 to 13 digits."""
    long: int = 0
    """Whole numbers of 13 to 19 digits."""
    card: int = 0
    """Those of `long` that are cards by scheme, length and Luhn."""

    def merge(self, o: Number) -> Number:
        """Sums."""
        return Number(self.n + o.n, self.nine + o.nine, self.phone + o.phone, self.long + o.long, self.card + o.card)


@dataclass(frozen=True)
class NumberForms(ColumnMeasure[Number]):
    """Digit lengths and card checksums of a number column; of a date column only how many values it has."""

    def of(self, chunk: Chunk) -> Number:
        """Counts of one chunk. Most columns hold no number of eight digits, which is seen at once."""
        import numpy as np
        import polars as pl

        values = chunk.frame[self.column]
        n = values.len() - values.null_count()
        if not n or values.dtype.is_temporal():
            return Number(n)
        large = chunk.numbers(self.column) >= _LEAST
        if not large.any():
            return Number(n)
        few = values.drop_nulls().filter(pl.Series(large))
        whole = few.cast(pl.Int64, strict=False)  # 2**63 overflows: such a float is no card
        whole = whole.filter((whole.cast(pl.Float64) == few.cast(pl.Float64)).fill_null(value=False))
        x = whole.to_numpy()
        long = whole.filter(whole >= 1_000_000_000_000)
        cards = long.filter(long.cast(pl.String).str.contains(_CARD)).to_numpy()
        return Number(
            n,
            nine=int(np.count_nonzero(x <= 999_999_999)),
            phone=int(np.count_nonzero((x >= 1_000_000_000) & (x <= 9_999_999_999_999))),
            long=long.len(),
            card=int(np.count_nonzero(_luhn(cards) == 0)),
        )

    def merge(self, a: Number, b: Number) -> Number:
        """Sums."""
        return a.merge(b)


def _luhn(whole: NDArray[np.int64]) -> NDArray[np.int64]:
    """Luhn sums modulo 10 of whole numbers."""
    import numpy as np

    total = np.zeros(len(whole), np.int64)
    for i in range(19):
        digit = (whole // 10**i) % 10
        total += np.where(digit > 4, digit * 2 - 9, digit * 2) if i % 2 else digit
    return total % 10


def number_forms(data: Dataset) -> tuple[NumberForms, ...]:
    """The measures of the number and date columns of `data`."""
    return tuple(NumberForms(c.name) for c in data.columns if c.dtype.startswith((*_NUMBER, *_TEMPORAL)))


@dataclass(frozen=True)
class Named:
    """What a column is said to hold by its name and shown to hold by its values."""

    column: str
    entity: str
    tier: Tier
    rows: int
    why: str


def number_columns(data: Dataset, facts: Facts, policy: Policy) -> list[Named]:
    """Number and date columns that hold personal data.

    Raises:
        Unavailable: a column could not be counted.
    """
    out: list[Named] = []
    temporal = {c.name for c in data.columns if c.dtype.startswith(_TEMPORAL)}
    for form in number_forms(data):
        column, n = form.column, facts[form]
        if not n.n:
            continue
        if _BIRTH.search(words(column)) and (column in temporal or n.nine >= _MOST * n.n):
            out.append(Named(column, "DATE_OF_BIRTH", Tier.C, n.n, "by name and type"))
        elif n.card >= 3 and n.card >= _LUHN * n.long and n.long >= _LUHN * n.n:
            out.append(Named(column, "CREDIT_CARD", Tier.A, n.card, f"{n.card / n.long:.0%} of its long numbers are cards by scheme and Luhn; about 3 % are by chance"))
        elif (spec := _named(column, policy)) is not None:
            rows = n.phone if spec.entity == "PHONE_NUMBER" else n.nine + n.phone
            if rows >= _MOST * n.n:
                out.append(Named(column, spec.entity, spec.tier, rows, "by name and number of digits"))
    return out


_NUMERIC = ("US_SSN", "US_ITIN", "PHONE_NUMBER", "US_PASSPORT", "UK_PASSPORT", "US_DRIVER_LICENSE", "UK_NHS", "US_BANK_NUMBER", "CA_SIN", "AU_TFN", "IN_AADHAAR", "PL_PESEL", "BR_CPF", "TR_NATIONAL_ID", "NG_NIN", "TH_TNIN", "ZA_ID_NUMBER", "DE_TAX_ID")


def _named(column: str, policy: Policy) -> Spec | None:
    """The kind of number that the name of the column says."""
    context = " ".join(context_words(column))
    if not context:
        return None
    specs = {s.entity: s for s in policy.specs()}
    return next((specs[e] for e in _NUMERIC if e in specs and says(re.compile(specs[e].near, re.IGNORECASE), context)), None)


def about_persons(column: str, values: Sequence[str] = ()) -> bool:
    """Whether what stands in a column is shown nowhere: by its name a person's name, date of birth or address, or by its name a person
    and by most of its values names.
    """
    name = words(column)
    if any(p.search(name) for p in _NAMED.values()):
        return True
    return bool(values) and bool(_ROLE.search(name)) and sum(bool(_LIKE_NAMES.match(v.strip())) for v in values) >= _MOST * len(values)


def about_homes(column: str) -> bool:
    """Whether a column is by its name where somebody lives."""
    return bool(_HOME.search(words(column)))


def text_columns_by_name(tallies: Mapping[str, Tally]) -> list[Named]:
    """String columns that are about a person by their name: dates of birth, names, home addresses."""
    out = []
    for path, tally in tallies.items():
        if not tally.cells or "[]" in path:
            continue
        for entity, pattern in _NAMED.items():
            dates = tally.forms.get("date", 0)
            if pattern.search(words(path)) and (dates >= _MOST * tally.cells if entity == "DATE_OF_BIRTH" else tally.coded < 0.2):
                out.append(Named(path, entity, Tier.C, tally.rows, "by name and form"))
                break
    return out
