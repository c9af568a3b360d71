"""The declared side and the reasons as the report carries them: JSON-ready, nothing computed that a gate decides on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from auditor.decision import cost
from auditor.decision.gate import UNKNOWN
from auditor.model import Severity, Status

if TYPE_CHECKING:
    from auditor.decision.evidence import Declared
    from auditor.decision.waivers import Waived
    from auditor.model import Finding, Gate
    from auditor.settings import Settings

REASONS = 5
"""Reasons on the first page; the rest is counted."""


def data_reasons(data_gate: Gate, findings: tuple[Finding, ...], tier: str) -> tuple[str, ...]:
    """At most five reasons for the verdict on the data, vetoes first; one line when nothing speaks against it."""
    order = [*data_gate.failed, *data_gate.unknown, *data_gate.conditions]
    out = []
    for code in order:
        group = [f for f in findings if f.code == code and f.status not in (Status.PASS, Status.NOT_APPLICABLE)]
        if code in data_gate.failed:
            group = [f for f in group if f.status is Status.FAIL and f.severity is Severity.BLOCKER] or group
        elif code in data_gate.unknown:
            group = [f for f in group if f.status in UNKNOWN] or group
        if group:
            out.append(group[0].message)
    if not out:
        return (f"Every check of the data gate passes at risk tier {tier}",)
    return (*out[:REASONS], *((f"and {len(out) - REASONS} more",) if len(out) > REASONS else ()))


def declared(settings: Settings, known: Declared) -> dict[str, object]:
    """What was declared and what the evidence files say, JSON-ready; what is not declared is left out."""
    use = {key: value for key, value in asdict(settings.use_case).items() if value not in (None, "", ())}
    out: dict[str, object] = {"use_case": {k: list(v) if isinstance(v, tuple) else v for k, v in use.items()}}
    if known.triage is not None:
        triage = known.triage
        share, low, high = triage.without("prompt", "system")
        out["failures"] = {
            "rows": triage.rows,
            "usable": triage.usable,
            "refused": dict(triage.refused),
            "levels": {s.level: {"hits": s.hits, "share": s.share, "low": s.low, "high": s.high} for s in triage.shares},
            "tags": dict(triage.tags),
            "double_tagged": triage.double_tagged,
            "kappa": triage.kappa,
            "gone_if_prompts_and_system_were_fixed": {"share": share, "low": low, "high": high},
        }
    if known.baselines is not None:
        out["baselines"] = [
            {"path": r.path, "metric": r.metric, "value": r.value, "low": r.low, "high": r.high, "n": r.n, "iteration": r.iteration}
            for r in known.baselines.runs
        ]
    price, back = cost.failure(settings), cost.payback(settings)
    if price is not None:
        out["failure_price"] = {"monthly": price.monthly, "worst": price.worst}
    if back is not None:
        months = {f"x{k:g}": m for k, m in zip(cost.STRESS, back.months, strict=True)}
        out["payback"] = {"saving_a_month": back.saving, "months": months, "break_even_volume": back.break_even_volume}
    if settings.monitoring.triggers:
        out["triggers"] = [{"id": t.id, "kind": t.kind, "signal": t.signal, "action": t.action} for t in settings.monitoring.triggers]
    return out


def waivers(held: tuple[Waived, ...]) -> list[dict[str, str]]:
    """Waivers as the first page lists them."""
    return [
        {
            "code": w.waiver.code, "subject": w.waiver.subject, "owner": w.waiver.owner, "reason": w.waiver.reason,
            "since": w.waiver.since, "expires": w.waiver.expires, "problem": w.problem,
        }
        for w in held
    ]  # fmt: skip

