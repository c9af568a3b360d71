"""`monitoring-plan.yaml`: who watches what, when it is time to act, and what the data looked like.

Written by `audit plan`, read by `audit drift`. Owners, triggers and dates are there to be edited; the reference is bound by a
digest and is not.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.decision.policy import HEAVY, policy_for
from auditor.errors import ConfigError, UsageError
from auditor.settings import Trigger

if TYPE_CHECKING:
    from auditor.settings import Settings

SCHEMA = "monitoring-plan/1"
KINDS = ("metric", "drift", "data_quality", "event", "calendar")
"""What a trigger can wait for."""
ACTIONS = ("investigate", "relabel", "retrain", "rollback", "human_review")
REFERENCE_ROWS = 50_000
"""Rows of the training split that the reference is made of: those of least content hash."""
MAX_BYTES = 64 * 1024 * 1024


def default_triggers(settings: Settings) -> tuple[Trigger, ...]:
    """Triggers of the five kinds for the requested path and tier, where none are declared.

    Light paths watch freshness, adherence and tool calls; heavy ones a frozen hold-out, drift and label agreement. The higher
    the risk, the shorter the windows; a regulated use retrains on events and metrics, never because the calendar rolled over.
    Source: readiness specification, section 1 (35-37, 40) and 5.
    """
    use = settings.use_case
    who = use.monitoring_owner or use.owner
    days = {"low": 90.0, "medium": 30.0, "high": 14.0, "regulated": 7.0}[settings.risk]
    retrain = "human_review" if settings.risk == "regulated" else "retrain"
    half = use.tolerance if use.tolerance is not None else policy_for(settings, "fine_tune")["holdout_half_width"]
    alarm = f"< {use.target - half:.4g}" if use.target is not None else "< target - tolerance (declare a target)"
    signal = use.metric or "accuracy"
    event = Trigger("rules-changed", "event", "policy_change", "any change of policy, law, product or process", "human_review", who, days)
    quality = Trigger("columns-and-nulls", "data_quality", "nulls", "share of empty cells moved, or a column is gone", "investigate", who, days, 100)
    if use.requested_path not in HEAVY:
        fresh = f"> {use.freshness_days:g} days" if use.freshness_days is not None else "> 30 days"
        return (
            Trigger("answers", "metric", signal, alarm, "investigate", who, days, 100),
            Trigger("adherence", "metric", "prompt_adherence", "< 0.95", "investigate", who, days, 100),
            Trigger("tool-calls", "metric", "tool_call_success", "< 0.98", "investigate", who, days, 100),
            Trigger("freshness", "metric", "retrieval_age_days", fresh, "investigate", who, days),
            Trigger("inputs", "drift", "columns", "distribution moved beyond chance", "investigate", who, days, 100),
            quality,
            event,
            Trigger("review", "calendar", "reviewer_notes", f"every {days:g} days", "human_review", who, days),
        )
    return (
        Trigger("frozen-holdout", "metric", signal, alarm, retrain, who, days, 100),
        Trigger("label-agreement", "metric", "label_agreement", "< 0.9 on 50 fresh rows", "relabel", who, 30, 50),
        Trigger("escalations", "metric", "escalation_rate", "> 0.1", "investigate", who, days, 100),
        Trigger("inputs", "drift", "columns", "distribution moved beyond chance", retrain, who, days, 100),
        quality,
        event,
        Trigger("review", "calendar", "review", f"every {2 * days:g} days", "human_review", who, 2 * days),
    )


@dataclass(frozen=True)
class Plan:
    """A plan as read."""

    path: str
    tier: str
    dataset_digest: str
    report_digest: str
    owner: str
    reviewer: str
    created: dt.date
    expires: dt.date
    triggers: tuple[Trigger, ...]
    reference: Mapping[str, Any]
    roles: Mapping[str, Any]


def _digest(reference: object) -> str:
    return hashlib.sha256(json.dumps(reference, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def body(settings: Settings, dataset_digest: str, report_digest: str, reference: Mapping[str, Any], day: dt.date) -> dict[str, Any]:
    """Contents of a plan, JSON-ready."""
    use = settings.use_case
    expires = day + dt.timedelta(days=policy_for(settings, "fine_tune")["plan_days"])
    return {
        "schema": SCHEMA,
        "path": use.requested_path,
        "risk_tier": settings.risk,
        "dataset_digest": dataset_digest,
        "report_digest": report_digest,
        "owner": use.monitoring_owner or use.owner,
        "reviewer": ", ".join(use.reviewers),
        "created": day.isoformat(),
        "expires": expires.isoformat(),
        "evaluation": {"metric": use.metric, "target": use.target, "tolerance": use.tolerance, "holdout_sha256": settings.baselines.holdout_sha256},
        "triggers": [asdict(t) for t in (settings.monitoring.triggers or default_triggers(settings))],
        "reference_digest": _digest(reference),
        "reference": reference,
    }


HEAD = """\
# Monitoring plan. Owner, reviewer, dates and triggers are yours to edit; the reference at the end is bound by its digest.
# Check new data with:  audit drift PLAN ./new   with this file as PLAN (0 nothing fired, 1 fired, 3 unknown or overdue)
# The reference holds counts, deciles, salted hashes and coordinates; no row and no text.
"""


def to_yaml(plan: Mapping[str, Any]) -> str:
    """A plan as YAML with a comment at its head."""
    import yaml

    return HEAD + str(yaml.safe_dump(dict(plan), sort_keys=False, allow_unicode=True, width=120))


def read(path: Path) -> Plan:
    """A plan from a file.

    Raises:
        ConfigError: it is not a plan, has an unknown kind or action, or its reference was changed; with what to do.
    """
    import yaml

    name = path.name
    if path.is_dir():
        inside = path / "monitoring-plan.yaml"
        raise ConfigError(f"{name} is a folder; name the plan in it: {inside}" if inside.is_file() else f"{name} is a folder and no plan; `audit plan {name}` writes one")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigError(f"{name} is larger than {MAX_BYTES:,} bytes; it is no monitoring plan")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader, in C where there is one
    except OSError as error:
        raise ConfigError(f"{name} cannot be read: {error.strerror}; `audit plan PATH` writes it to PATH/monitoring-plan.yaml") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{name} is not UTF-8") from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise ConfigError(f"{name}{f' line {mark.line + 1}' if mark else ''}: not YAML") from None
    if not isinstance(raw, dict) or raw.get("schema") != SCHEMA:
        raise ConfigError(f"{name} is not a plan of schema {SCHEMA}; write one with `audit plan`")
    reference = raw.get("reference")
    if not isinstance(reference, dict) or _digest(reference) != raw.get("reference_digest"):
        raise ConfigError(f"{name}: the reference was changed or is damaged; write the plan again with `audit plan`")
    try:
        created, expires = (dt.date.fromisoformat(str(raw[key])) for key in ("created", "expires"))
    except (KeyError, ValueError):
        raise ConfigError(f"{name}: created and expires must be dates, YYYY-MM-DD") from None
    return Plan(
        path=str(raw.get("path", "")), tier=str(raw.get("risk_tier", "")), dataset_digest=str(raw.get("dataset_digest", "")),
        report_digest=str(raw.get("report_digest", "")), owner=str(raw.get("owner") or ""), reviewer=str(raw.get("reviewer") or ""),
        created=created, expires=expires, triggers=_triggers(raw.get("triggers"), name), reference=reference.get("columns", {}),
        roles=reference.get("roles", {}),
    )  # fmt: skip


def _triggers(raw: object, name: str) -> tuple[Trigger, ...]:
    if not isinstance(raw, list) or not raw:
        raise ConfigError(f"{name}: a plan without triggers never fires; list at least one")
    known = {f.name for f in fields(Trigger)}
    out = []
    for number, entry in enumerate(raw, 1):
        if not isinstance(entry, dict) or not {"id", "kind", "signal"} <= set(entry) or set(entry) - known:
            raise ConfigError(f"{name}: trigger {number} needs id, kind and signal, and may have {', '.join(sorted(known))}")
        try:
            numbers = {key: float(entry[key]) for key in ("window_days", "sla_days", "min_n") if key in entry}
        except (TypeError, ValueError):
            raise ConfigError(f"{name}: trigger {number}: window_days, sla_days and min_n are numbers") from None
        texts = {key: str(value or "") for key, value in entry.items() if key not in numbers}
        trigger = Trigger(**{**texts, **numbers, "min_n": int(numbers.get("min_n", 0))})  # type: ignore[arg-type]
        if trigger.kind not in KINDS or trigger.action not in ACTIONS:
            raise ConfigError(f"{name}: trigger {number}: kind is one of {', '.join(KINDS)}; action one of {', '.join(ACTIONS)}")
        out.append(trigger)
    return tuple(out)


def make(root: Path, settings: Settings, *, day: dt.date, report: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Plan for the data at `root`: reads its training rows once, keeps counts of them.

    Args:
        root: the data.
        settings: use case and triggers.
        day: day of the first look.
        report: JSON report that the plan belongs to, whose digest is bound in.

    Raises:
        UsageError: the report is about other data.
        AuditError: the data cannot be read or the settings are wrong.
    """
    from auditor.decision.reference import describe
    from auditor.scan.rows import SourceRows
    from auditor.sources.discover import discover

    source = discover(root, settings)
    data = source.dataset
    about = (report or {}).get("dataset")
    if report and (not isinstance(about, Mapping) or about.get("digest") != data.digest):
        raise UsageError("the report is about other data than these, or they changed since; audit them again and name that report")
    columns = tuple(c.name for c in data.columns)
    split = ("train",) if "train" in data.splits else None
    rows = SourceRows(source, settings).select(columns, splits=split, cap=REFERENCE_ROWS).select(columns)
    roles = {str(choice.role): list(choice.columns) for choice in data.roles}
    reference = {"columns": describe(rows, data, data.digest), "roles": roles, "salt": data.digest}
    return body(settings, data.digest, str((report or {}).get("report_digest", "")), reference, day)
