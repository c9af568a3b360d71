"""Thresholds by risk tier and path, as data. A user may change any of them under `[policy]`; the report shows each change.

Unless a source is named they are policy: a default that somebody has to answer for, not something measured.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from auditor.errors import ConfigError
from auditor.model import Severity
from auditor.settings import RISK_TIERS

if TYPE_CHECKING:
    from auditor.settings import Settings

VERSION = "policy/1"
"""Version of the table below; a change of any default is a new version."""

LIGHT = ("configure", "retrieve", "human_in_loop")
"""Paths that leave the weights alone; they ask for no training data."""
HEAVY = ("fine_tune", "custom_train")
"""Paths that change weights and have a gate each."""
GATE_OF = MappingProxyType({"fine_tune": "fine_tuning", "custom_train": "custom_training"})
"""Name of the gate in the report by path."""
SPOKEN = MappingProxyType({"fine_tune": "fine-tuning", "custom_train": "custom training"})
"""Names of the heavy paths in a sentence."""


@dataclass(frozen=True)
class Rule:
    """One threshold: its value by tier (low, medium, high, regulated), and what custom training makes of it."""

    tiers: tuple[float, float, float, float]
    about: str
    """What it means, with its unit."""
    low: float = 0.0
    """Least value that a user may set."""
    high: float = 1.0
    """Greatest value that a user may set."""
    custom_add: float = 0.0
    custom_floor: float | None = None
    custom_ceiling: float | None = None

    def at(self, tier: str, path: str) -> float:
        """Value in force for a tier and a path."""
        value = self.tiers[RISK_TIERS.index(tier)]
        if path != "custom_train":
            return value
        value += self.custom_add
        if self.custom_floor is not None:
            value = max(value, self.custom_floor)
        if self.custom_ceiling is not None:
            value = min(value, self.custom_ceiling)
        return value


def _same(value: float, about: str, **more: float) -> Rule:
    """A rule with one value for all tiers."""
    return Rule((value, value, value, value), about, **more)


RULES: Mapping[str, Rule] = MappingProxyType({
    "score": Rule((0.50, 0.65, 0.80, 0.85), "lower end of the score that READY needs, 0 to 1", custom_add=0.05),
    "failure_tags": Rule((30, 100, 100, 200), "tagged production failures", high=1e6, custom_floor=100),
    "failure_tags_least": _same(30, "tagged failures below which nothing is said", low=1, high=1e6),
    "double_tagged": Rule((0, 0, 20, 20), "failures tagged by two people", high=1e6),
    "kappa": Rule((0.0, 0.0, 0.0, 0.6), "Cohen's kappa of the two taggers", low=-1.0),
    "payback_factor": Rule((1.0, 1.1, 1.5, 1.5), "build cost is multiplied by this before payback", low=1, high=10, custom_floor=1.5),
    "payback_months": _same(24, "months within which the build must have paid for itself", low=1, high=600),
    "model_share": _same(0.30, "lower bound of the model-level share of failures that fine-tuning needs"),
    "system_share": _same(0.10, "upper bound of the system-level share below which retrieval is not the answer"),
    "human_share": _same(0.50, "lower bound of the human-judgement share above which a person stays in the loop"),
    "lead_time_factor": _same(2.0, "the truth must hold for so many times the retraining lead time", low=1, high=100),
    "hours_configure": _same(2, "maintenance hours a month that configuration needs", high=1e5),
    "hours_retrieve": _same(8, "maintenance hours a month that retrieval needs", high=1e5),
    "hours_human_in_loop": _same(4, "maintenance hours a month that a review queue needs, beside the reviews", high=1e5),
    "hours_fine_tune": _same(12, "maintenance hours a month that a fine-tuned model needs", high=1e5),
    "hours_custom_train": _same(40, "maintenance hours a month that a model of one's own needs", high=1e5),
    "horizon_months": _same(12, "months for which maintenance must be paid", high=600),
    "production_sample": Rule((0, 200, 500, 1000), "unlabelled production rows", high=1e9, custom_floor=500),
    "holdout_half_width": Rule((0.05, 0.03, 0.02, 0.01), "half-width of the hold-out metric's interval", custom_ceiling=0.02),
    "spotcheck_rows": Rule((0, 0, 100, 300), "rows that people checked", high=1e9, custom_add=100),
    "leak": Rule((0.01, 0.01, 0.001, 0.001), "share of hold-out rows that may also be in train"),
    "label_noise": Rule((0.10, 0.10, 0.05, 0.05), "share of labels that people may find wrong"),
    "waiver_days": _same(90, "days for which a waiver may hold", low=1, high=366),
    "plan_days": _same(365, "days after which a monitoring plan is renewed", low=1, high=3660),
})
"""Thresholds of the readiness specification, section 2.5 and 2.6, by the key that `[policy]` uses."""

DATA_SIDE = frozenset({"USE006", "USE007", "USE012", "USE019", "USE020", "USE022", "USE028"})
"""USE codes that speak about the data and so enter the data gate; all others belong to the path gates."""

UNDECLARED = frozenset({"BAL002", "DRF001", "LEK001", "LRN003", "USE006", "USE007", "USE028"})
"""Codes whose `unknown` means that something about the data was not declared: a condition up to medium risk, a veto above."""

CUSTOM_VETOES = frozenset({"BAL003", "FIL006"})
"""Conditions of fine-tuning that are vetoes for custom training: thin classes and an unclear canonical file."""

LICENCE = frozenset({"USE006"})
"""Codes that are a condition at low risk and a veto of the path gates from medium upwards."""


def severity_in(gate: str, code: str, warned: bool, severity: Severity, tier: str) -> Severity:
    """Severity of a finding inside one gate at one tier; never less than its own. `warned`: it is a warning, no failure or gap.

    What nobody declared blocks from tier high upwards, and so does what was found to be bad where it was declared: otherwise
    knowing that it is bad would be better than not knowing.

    Source: readiness specification, sections 2.3 and 2.6b.
    """
    if severity in (Severity.BLOCKER, Severity.INFO, Severity.MINOR):
        return severity
    strict = tier in ("high", "regulated")
    if not warned and code in UNDECLARED and strict:
        return Severity.BLOCKER
    if code in LICENCE and gate != "data" and tier != "low":
        return Severity.BLOCKER
    if gate == "custom_training" and code in CUSTOM_VETOES:
        return Severity.BLOCKER
    return severity


@dataclass(frozen=True)
class Policy:
    """Thresholds in force for one tier and one path."""

    tier: str
    path: str
    overrides: Mapping[str, float]

    def __getitem__(self, key: str) -> float:
        """Threshold in force; KeyError for a name that does not exist."""
        if key in self.overrides:
            return self.overrides[key]
        return RULES[key].at(self.tier, self.path)

    def hours(self, path: str) -> float:
        """Maintenance hours a month that `path` needs."""
        return self[f"hours_{path}"]


def policy_for(settings: Settings, path: str) -> Policy:
    """Thresholds for `path` at the tier in force.

    Raises:
        ConfigError: a key of `[policy]` does not exist, a value is out of range, or the tier is not one of the four.
    """
    tier = settings.risk
    if tier not in RISK_TIERS:
        raise ConfigError(f"[use_case] risk_tier = {tier!r} is not one of {', '.join(RISK_TIERS)}")
    for key, value in settings.policy.items():
        rule = RULES.get(key)
        if rule is None:
            near = difflib.get_close_matches(key, RULES, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(RULES))}"
            raise ConfigError(f"[policy] has no threshold {key!r}{hint}")
        if not rule.low <= value <= rule.high:
            raise ConfigError(f"[policy] {key} = {value:g} is outside {rule.low:g} to {rule.high:g} ({rule.about})")
    return Policy(tier=tier, path=path, overrides=dict(settings.policy))


def describe(settings: Settings) -> dict[str, object]:
    """Thresholds in force for both heavy paths, what the user changed, and a digest of all of it; JSON-ready."""
    table: dict[str, object] = {}
    for path in HEAVY:
        policy = policy_for(settings, path)
        table[path] = {key: policy[key] for key in sorted(RULES)}
    overrides = {
        key: {"default": RULES[key].at(settings.risk, "fine_tune"), "value": value}
        for key, value in sorted(settings.policy.items())
    }
    body: dict[str, object] = {
        "version": VERSION,
        "tier": settings.risk,
        "tier_declared": bool(settings.use_case.risk_tier),
        "thresholds": table,
        "overrides": overrides,
        "ignored": dict(sorted(settings.ignore.items())),
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    return {**body, "digest": digest}
