"""What a recognizer is here: data and pure functions, so that it can be read and tested without Presidio.

`pii_presidio` turns a `Spec` into a Presidio recognizer; `pii_prefilter` turns its patterns into a Polars prefilter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

THRESHOLD = 0.4
"""Least score that is reported; a phone without context has .4 in Presidio, weak patterns less."""
CONTEXT_SCORE = 0.85
"""Score of a weak match with a context phrase near it or in the column's name."""


class Tier(StrEnum):
    """What a hit means: any validated hit fails (A, S), the rate decides (B), advice (C), or not looked for (OFF)."""

    A = "A"
    B = "B"
    C = "C"
    SECRET = "S"  # noqa: S105 - a tier
    WEAK_SECRET = "W"  # noqa: S105 - a tier
    OFF = "off"


@dataclass(frozen=True)
class Spec:
    """One kind of thing that is looked for."""

    entity: str
    """Name in reports and in `[pii]`; Presidio's where it has one."""
    tier: Tier
    patterns: tuple[tuple[str, float], ...] = ()
    """(regular expression of the `regex` module, score before context), or empty: those of `base`."""
    base: str = ""
    """Presidio recognizer whose patterns and validation are used."""
    validate: Callable[[str], bool | None] | None = None
    """Of the matched text: True = proved (score 1), False = refuted, None = the pattern's score stands."""
    accept: Callable[[str, int, int], bool] | None = None
    """Of (text, start, end): False where what stands around the match shows that it is something else."""
    doubt: Callable[[str, int, int], bool] | None = None
    """Of (text, start, end): True where it may as well be something else, so that only a context phrase makes it count."""
    near: str = ""
    """Phrase that raises a weak match to `CONTEXT_SCORE`: searched case-insensitively around it and in the column's name."""
    needs_context: bool = False
    """Even a right checksum counts only with a context phrase: such numbers are common by chance."""
    country: str = ""
    """ISO 3166 code; the recognizer runs only where the policy names the country. Empty: everywhere."""
    compact: bool = False
    """`base` validates it without blanks, dots, hyphens and the word IBAN, in capitals."""
    ignore_case: bool = True
    validated: bool = False
    """A checksum, a registry (public suffixes, numbering plans) or a vendor's own format stands behind every hit."""
    digits: int = 0
    """Least number of digits in any match; a cheap first filter."""
    needs_at: str = ""
    """Literal that every match contains; a cheap first filter."""

    @property
    def everywhere(self) -> bool:
        """Is it looked for whatever countries the policy names? A check digit and its own name beside it, or a form like no other, say enough."""
        return self.validated and bool(self.country)

    @property
    def only_in_context(self) -> bool:
        """Is nothing reported without the phrase `near`, in the text or in the column's name? A cheap second filter."""
        weak = bool(self.patterns) and all(score < THRESHOLD for _, score in self.patterns) and self.validate is None
        return bool(self.near) and (self.needs_context or weak)


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words(name: str) -> str:
    """The words of a column name in lower case: `customerSSN_no` gives `customer ssn no`."""
    spaced = _CAMEL.sub(" ", name)
    return " ".join(w for w in re.split(r"[^0-9A-Za-z\u0080-\U0010ffff]+", spaced.lower()) if w)
