"""From counts and places to statements about one column and one entity; pure functions of the scan's state."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditor.detectors.pii_context import says
from auditor.detectors.pii_forms import context_words
from auditor.detectors.pii_policy import policy_of
from auditor.detectors.pii_spec import Spec, Tier
from auditor.detectors.pii_state import Hits, PiiState, Tally, flags, refs
from auditor.model import Evidence, Flag

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.settings import Settings

_CODED = 0.5
"""Share of codes among the cells from which on a column is one of codes (our choice)."""
_LUHN = 0.5
"""Share of its long numbers that must be cards; about .03 are by chance (.1 pass Luhn, a third of prefixes exist)."""


@dataclass(frozen=True)
class Judged:
    """One entity in one column."""

    entity: str
    tier: Tier
    subject: str
    """Column."""
    rows: int
    """Rows with a real hit."""
    placeholder_rows: int
    scanned: int
    evidence: Evidence
    flags: tuple[Flag, ...]

    @property
    def rate(self) -> float:
        """Share of the scanned rows, 0 to 1."""
        return self.rows / self.scanned if self.scanned else 0.0

    @property
    def rows_text(self) -> str:
        """`3 of 1,000 rows`."""
        return f"{self.rows:,} of {self.scanned:,} rows"

    @property
    def what(self) -> str:
        """The entity in words."""
        return self.entity


def interval(k: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson 95 % interval of a share; (0, 1) for n = 0. (Wilson 1927; z = 1.96.)"""
    if not n:
        return 0.0, 1.0
    p, z2 = k / n, z * z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return (0.0 if k == 0 else max(0.0, centre - half)), (1.0 if k == n else min(1.0, centre + half))


def judged(state: PiiState, data: Dataset, settings: Settings, code: str) -> Iterator[Judged]:
    """Every column and entity with hits, in the order of the columns."""
    specs = {s.entity: s for s in policy_of(settings.pii).specs()}
    version = detector_version()
    for (path, entity), hits in state.hits.items():
        spec = specs[entity]
        bare = bare_counts(spec, path, hits, state.tallies[path])
        rows = hits.rows + (hits.bare_rows if bare else 0)
        found = flags(code, path, entity, hits, data, want=0, bare=bare)
        method = f"full scan; tier {spec.tier}; {'validated' if spec.validated else 'by pattern'}; {version}"
        low, high = interval(rows, state.rows)
        evidence = Evidence(rows / state.rows if state.rows else 0.0, low, high, state.rows, "rows", method, refs(found))
        yield Judged(entity, spec.tier, path, rows, hits.placeholder_rows, state.rows, evidence, found)


def bare_counts(spec: Spec, path: str, hits: Hits, tally: Tally) -> bool:
    """Do hits that are whole cells (a number, a hash) count in this column?

    In a column of codes a card column shows in the Luhn rate, an address column in its name or in nearly every cell
    being one; anything else needs the name. In a column of text a lone number is what it looks like.
    """
    if tally.coded < _CODED:
        return True
    if spec.entity == "CREDIT_CARD":
        return tally.long > 0 and tally.luhn / tally.long >= _LUHN
    words = " ".join(context_words(path))
    if spec.entity == "IP_ADDRESS":
        named = re.search(r"\bip|\baddr|\bhost|\bclient\b|\bserver\b", words)
        other = re.search(r"\bver|\bbuild\b|\brelease\b|\bfirmware\b|\bsection\b", path.lower())
        return bool(named) or (not other and hits.rows + hits.bare_rows >= _CODED * tally.cells)
    return not spec.near or says(re.compile(spec.near, re.IGNORECASE), words)


def detector_version() -> str:
    """`presidio-analyzer 2.2.366`, from the installed metadata, without importing it."""
    from importlib.metadata import version

    return f"presidio-analyzer {version('presidio-analyzer')}"


def merged(a: Judged, b: Judged) -> Judged:
    """Two paths of one column as one statement."""
    return replace(a, rows=max(a.rows, b.rows), flags=a.flags + b.flags)
