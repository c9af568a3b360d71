"""Secrets: every kind is found in every carrier; near misses and placeholders are not counted."""

from __future__ import annotations

import polars as pl
import pytest
from pii_secret_cases import CARRIERS, HITS, MISSES, PLACEHOLDERS

from auditor.detectors.pii_detect import detect
from auditor.detectors.pii_placeholder import is_placeholder
from auditor.detectors.pii_policy import Policy
from auditor.detectors.pii_spec import Tier
from auditor.detectors.secrets import SECRETS, entropy

SPECS = {s.entity: s for s in Policy().specs()}
TIERS = (Tier.SECRET, Tier.WEAK_SECRET)


def secrets_in(texts: list[str]) -> list[set[tuple[str, bool]]]:
    out: list[set[tuple[str, bool]]] = [set() for _ in texts]
    for i, spans in detect(pl.Series(texts), Policy()):
        out[i] = {(s.entity, is_placeholder(SPECS[s.entity], texts[i], s.start, s.end)) for s in spans if SPECS[s.entity].tier in TIERS}
    return out


def test_there_are_many_kinds_and_every_kind_has_a_case() -> None:
    kinds = {s.entity for s in SECRETS}
    assert len(kinds) >= 50
    assert kinds - {k for k, _ in HITS} <= {"TEAMS_WEBHOOK", "COHERE_LIKE_KEY"}


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_kind_is_found(carrier: str) -> None:
    texts = [carrier.format(value) for _, value in HITS]
    missed = [
        kind
        for (kind, _), found in zip(HITS, secrets_in(texts), strict=True)
        if not any(not placeholder and (entity == kind or SPECS[entity].tier is Tier.SECRET or kind == "SECRET_ASSIGNMENT") for entity, placeholder in found)
    ]
    assert not missed


def test_bare_secrets_get_their_own_kind() -> None:
    wrong = [(kind, found) for (kind, _), found in zip(HITS, secrets_in([v for _, v in HITS]), strict=True) if kind not in {e for e, _ in found}]
    assert not wrong


@pytest.mark.parametrize("text", MISSES)
def test_near_misses_stay_silent(text: str) -> None:
    assert secrets_in([text]) == [set()]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholders_are_counted_apart(text: str) -> None:
    assert all(placeholder for _, placeholder in secrets_in([text])[0])


@pytest.mark.parametrize(("text", "bits"), [("", 0.0), ("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0)])
def test_entropy(text: str, bits: float) -> None:
    assert entropy(text) == bits
