"""A use case with everything in order, and the evidence for it, to take pieces away from."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from auditor.decision import Decision, decide
from auditor.decision.baselines import Baselines, Run
from auditor.decision.evidence import Declared
from auditor.decision.intervals import wilson
from auditor.decision.tables import Record
from auditor.decision.triage import TAGS, Triage, summarise
from auditor.model import Dataset, Finding, Score, Severity, Shape, Status
from auditor.settings import BaselineSettings, CostSettings, MonitoringSettings, Settings, Trigger, UseCase

DAY = dt.date(2026, 11, 22)
FROZEN = "ab" * 32

USE = UseCase(
    task="route tickets", requested_path="fine_tune", risk_tier="medium", change_interval_days=365, retrain_lead_time_days=20,
    cost_per_error=12, errors_per_month=4000, worst_error=5000, monthly_volume=20000, maintenance_hours_per_month=30, owner="A. N.",
    monitoring_owner="B. O.", metric="accuracy", target=0.9, tolerance=0.03, licence="own data", provenance="ticket system 2025",
    consent="none needed, because contracts cover it", narrow=True, stable=True, skill="analyst", horizon_months=18,
    reviewers=("C. P.",), human_review="refunds above 500", workflow_review="2026-10-01 by D. Q., two forms merged",
)  # fmt: skip
COSTS = CostSettings(
    build=15000, error_rate_now=0.2, error_rate_after=0.06, unit_cost_delta=0.01, retrieval=0, approvals=200, logging=100,
    evals=300, human_review=1500, retraining=700, serving=400,
)  # fmt: skip
TRIGGERS = (
    Trigger("accuracy", "metric", "holdout_accuracy", "< 0.87", "retrain", "B. O."),
    Trigger("policy", "event", "policy_change", "any", "human_review", "B. O."),
)


def full() -> Settings:
    """Everything declared, nothing against fine-tuning."""
    return Settings(use_case=USE, costs=COSTS, monitoring=MonitoringSettings(triggers=TRIGGERS), baselines=BaselineSettings(holdout_sha256=FROZEN))


def use(settings: Settings, **changes: object) -> Settings:
    """The settings with another use case."""
    return replace(settings, use_case=replace(settings.use_case, **changes))


def triage(**counts: int) -> Triage:
    """So many production failures by tag."""
    tags = [tag for tag, count in counts.items() for _ in range(count)]
    assert set(tags) <= set(TAGS)
    rows = [
        Record(i + 2, {"id": f"f{i}", "date": "2026-10-01", "source": "production", "tag": tag, "tag2": tag if i % 3 == 0 else ""})
        for i, tag in enumerate(tags)
    ]
    return summarise(rows, "failures.csv")


def run(path: str, value: float, n: int = 500, iteration: int | None = None) -> Run:
    """One baseline run."""
    return Run(path, "accuracy", value, n, *wilson(value * n, n), date="2026-10-02", digest=FROZEN, iteration=iteration)


def baselines(*runs: Run) -> Baselines:
    """Runs that all count."""
    return Baselines(runs, 0, 0, 0)


EVIDENCE = Declared(
    triage=triage(edge_class=55, domain_behaviour=25, instruction_unclear=12, retrieval_stale=10, label_wrong=8, unknowable=5),
    baselines=baselines(run("configure", 0.72), run("retrieve", 0.78)),
)


def dataset(root: str = ".") -> Dataset:
    """A data set of which only the root matters here."""
    return Dataset("d", root, (), (), (), (), Shape.CLASSIFICATION, "", (), 0)


def finding(code: str, status: str, severity: str = "blocker", subject: str = "dataset") -> Finding:
    """A finding with a fix."""
    return Finding(code, Status(status), Severity(severity), subject, f"{code} is {status}", fix=f"mend {code}")


def score(value: float = 90, low: float = 88, *, calibrated: bool = True) -> Score:
    """A score as the model gives it."""
    return Score("readiness/1.0", value, low, min(100.0, value + 5), (), calibrated, gate_low=low)


def decided(settings: Settings, evidence: Declared, findings: tuple[Finding, ...] = (), of: Score | None = None, *, variants: bool = False) -> Decision:
    """`decide` on evidence that lies in memory instead of beside the data; without its 27 variants unless they are asked for."""
    import auditor.decision as module

    load, sensitivity = module.evidence.load, module.sensitivity
    module.evidence.load = lambda root, wanted: evidence
    if not variants:
        module.sensitivity = lambda *_: {}
    try:
        return decide(dataset(), findings, of or score(), settings, today=DAY)
    finally:
        module.evidence.load, module.sensitivity = load, sensitivity
