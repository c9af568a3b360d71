"""Which entities are looked for, and what the user allows: `[pii]` of the settings as one frozen, hashable value."""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
from dataclasses import dataclass

from auditor.detectors.pii_spec import Spec, Tier
from auditor.detectors.pii_specs import CORE, NATIONAL, OPTIONAL
from auditor.detectors.secrets import SECRETS
from auditor.errors import ConfigError
from auditor.settings import PiiSettings

NAMES = ("PERSON", "LOCATION", "NRP")
"""Tier C: what only a language model can see."""
DEFAULT_MAX_RATE = 0.001
"""Share of rows of a column with a tier B entity above which it is a condition (our choice: 1 in 1,000)."""
GROSS_RATE = 0.05
"""Share of rows above which tier B is a veto: the column is about reachable people (our choice: 1 in 20)."""
GROSS_ROWS = 5
"""Rows that it takes for that veto: in a set of three rows, one address is no directory (our choice)."""


@dataclass(frozen=True)
class Policy:
    """What decides which spans are found; equal settings give equal policies."""

    countries: tuple[str, ...] = ("US", "GB")
    switched_on: tuple[str, ...] = ()
    allow_patterns: tuple[str, ...] = ()
    allow_hashes: tuple[str, ...] = ()
    salt: str = ""

    def specs(self) -> tuple[Spec, ...]:
        """All kinds that are looked for under this policy."""
        return _specs(self.countries, self.switched_on)

    def allowed(self, value: str) -> bool:
        """Does the user's list of patterns or salted hashes allow `value`?"""
        if self.allow_patterns and any(p.fullmatch(value) for p in _compiled(self.allow_patterns)):
            return True
        return bool(self.allow_hashes) and pii_hash(value, self.salt) in self.allow_hashes


@functools.lru_cache(maxsize=8)
def _specs(countries: tuple[str, ...], switched_on: tuple[str, ...]) -> tuple[Spec, ...]:
    national = tuple(s for s in NATIONAL if s.everywhere or s.country in countries or s.entity in switched_on)
    return (*CORE, *national, *(s for s in OPTIONAL if s.entity in switched_on), *SECRETS)


@functools.lru_cache(maxsize=8)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(p) for p in patterns)


def pii_hash(value: str, salt: str) -> str:
    """HMAC-SHA256 of `value` (surrounding blanks and case ignored) under `salt`, in hexadecimal; for `[pii] allow_hashes`.

    Keyed, because a plain hash of a phone number or an id is undone by trying them all; keep the salt out of the report.

    Raises:
        ConfigError: when there is no salt.
    """
    if not salt:
        raise ConfigError("[pii] salt is empty: allow_hashes need a salt of your own, for example 32 random characters")
    return hmac.new(salt.encode(), value.strip().casefold().encode(), hashlib.sha256).hexdigest()


def mode(settings: PiiSettings, entity: str) -> tuple[str, float | None]:
    """What `[pii]` says of `entity`: (`allow`, None), (`limit`, share of rows from 0 to 1; `deny` is 0) or (`default`, None).

    Raises:
        ConfigError: when it says something else.
    """
    said = settings.entities.get(entity)
    if said is None:
        return "default", None
    action, rate = said.get("action"), said.get("max_rate")
    if action == "deny":
        rate = 0.0
    if action == "allow":
        return "allow", None
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise ConfigError(f'[pii] {entity}: say "allow", "deny" or {{max_rate = 0.001}} with a rate from 0 to 1')
    return "limit", float(rate)


def tiers() -> dict[str, Tier]:
    """Tier of every entity there is."""
    known = {s.entity: s.tier for s in (*CORE, *NATIONAL, *OPTIONAL, *SECRETS)}
    return known | dict.fromkeys((*NAMES, "DATE_OF_BIRTH"), Tier.C)


def policy_of(settings: PiiSettings) -> Policy:
    """The policy in force.

    Raises:
        ConfigError: for an entity that does not exist, an invalid pattern, or hashes without a salt.
    """
    import difflib

    known = tiers()
    for entity in settings.entities:
        if entity not in known:
            close = difflib.get_close_matches(entity, known, n=1)
            raise ConfigError(f"[pii] {entity}: no such entity" + (f"; did you mean {close[0]}?" if close else ""))
    for pattern in settings.allow_patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ConfigError(f"[pii] allow_patterns: not a regular expression ({error.msg} at {error.pos})") from None
    if settings.allow_hashes and not settings.salt:
        raise ConfigError("[pii] allow_hashes need the salt they were made with: set [pii] salt")
    on = tuple(sorted(e for e in settings.entities if mode(settings, e)[0] == "limit" and known[e] is not Tier.C))
    return Policy(
        countries=tuple(dict.fromkeys(c.upper() for c in settings.countries)),
        switched_on=on,
        allow_patterns=settings.allow_patterns,
        allow_hashes=settings.allow_hashes,
        salt=settings.salt,
    )
