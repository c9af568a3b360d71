"""The decision: findings and declared evidence in, gates, verdicts and fixes out. Pure but for the evidence files it reads.

Two verdicts that are never merged. The one on the data rests on the data gate: a failed blocker is a veto (NOT READY), one that
cannot be judged an unknown veto (INSUFFICIENT EVIDENCE), what is left open at major severity a condition. The one on the path
climbs a ladder, lightest path first: configure, retrieve, fine-tune, train from scratch, and a person in the loop beside it. A
rung is left only when evidence eliminates it; what nobody measured or declared eliminates nothing (NOT YET PROVEN), and what
speaks against the requested path makes it NOT JUSTIFIED. The score is one condition of the gate among others and outweighs none.

findings ─► waivers ─► gates ─► verdict on the data; settings ─► evidence ─► requirements ─► gates, ladder ─► verdict on the path.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditor.decision import declared as declared_side
from auditor.decision import evidence, fixes, gate, ladder, policy, proof, summary, waivers
from auditor.decision.requirement import Requirement, State
from auditor.decision.score import at_best, with_gains
from auditor.decision.sensitivity import sensitivity
from auditor.errors import ConfigError
from auditor.model import Evidence, Finding, Pillar, Severity, Status, Verdict
from auditor.settings import PATHS

if TYPE_CHECKING:
    from pathlib import Path

    from auditor.model import Dataset, Fix, Gate, NextVerdict, NotChecked, Score
    from auditor.settings import Settings

DECIDED_HERE = ("USE019", "USE020", "USE027")
"""Codes that need the score, the date or the ladder, and so are judged here and not by a check."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """Gates and ladder for one score and one tier."""

    needs: tuple[Requirement, ...]
    data: Gate
    paths: Mapping[str, Gate]
    steps: tuple[ladder.Step, ...]
    recommended: str
    broken: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """All that follows from findings, score and settings."""

    verdict: Verdict
    gates: tuple[Gate, ...]
    """`data`, `fine_tuning`, `custom_training`, in this order."""
    fixes: tuple[Fix, ...]
    declared: Mapping[str, object]
    policy: Mapping[str, object]
    next_verdict: NextVerdict | None
    not_checked: tuple[NotChecked, ...]
    """Empty: evidence that is missing stands in `verdict.path.missing`, with why and how."""
    findings: tuple[Finding, ...] = ()
    """The findings with waivers applied, and those that only the decision can make."""


def judged_path(settings: Settings) -> str:
    """Heavy path whose requirements are reported: the requested one, fine-tuning where a light one is requested."""
    requested = settings.use_case.requested_path
    return requested if requested in policy.HEAVY else "fine_tune"


def requirements(settings: Settings, known: evidence.Declared, path: str) -> tuple[Requirement, ...]:
    """Everything that `path` asks of the declared side, with what is known of it.

    Raises:
        ConfigError: a threshold under `[policy]` is wrong.
    """
    rules = policy.policy_for(settings, path)
    steps = ladder.lighter(path, settings, known, rules)
    return (
        *declared_side.requirements(settings, known, rules),
        *proof.requirements(settings, known, rules),
        ladder.eliminated(steps),
    )


def check_declared(root: Path, settings: Settings) -> None:
    """Reads what is declared before anybody waits for a scan of the data, only to be told of a word in a small file.

    Raises:
        ConfigError: an evidence file, a sheet of a spot check, a threshold or a waiver is wrong.
    """
    rules = policy.policy_for(settings, judged_path(settings))
    waivers.standing(settings.waivers, rules, waivers.today())
    if root.exists():
        evidence.load(str(root), settings)
    if settings.spotcheck:
        from auditor.spotcheck import filled, sheet_at

        filled(sheet_at(root, settings.spotcheck))


def light_capacity(settings: Settings) -> Requirement | None:
    """What a requested path that trains nothing asks of the team; None where a heavy one is requested."""
    requested = settings.use_case.requested_path
    return declared_side.capacity(settings, policy.policy_for(settings, "fine_tune"), requested) if requested in policy.LIGHT else None


def reported(settings: Settings, known: evidence.Declared) -> tuple[Requirement, ...]:
    """Requirements as they are reported: those of the requested path, or of fine-tuning where it trains nothing, but for the hours."""
    light = light_capacity(settings)
    needs = requirements(settings, known, judged_path(settings))
    return needs if light is None else tuple(light if need.code == light.code else need for need in needs)


def finding_of(need: Requirement, *, advice: bool = False) -> Finding:
    """A requirement as a finding; `advice` for a request that trains nothing, where it blocks nothing."""
    status = {State.MET: Status.PASS, State.VIOLATED: Status.FAIL, State.UNKNOWN: Status.UNKNOWN}[need.state]
    severity = Severity.INFO if need.state is State.MET else need.severity
    if advice and severity in (Severity.BLOCKER, Severity.MAJOR) and gate.is_path_side(need.code):
        severity = Severity.MINOR
    return Finding(need.code, status, severity, need.subject, need.message, need.evidence, need.how, pillar=PILLARS.get(need.code, Pillar.JUSTIFIED))


PILLARS: Mapping[str, Pillar] = {
    "USE002": Pillar.MEASURABLE, "USE021": Pillar.MEASURABLE, "USE020": Pillar.LEARNABLE, "USE012": Pillar.MEASURABLE,
    "USE028": Pillar.MEASURABLE,
    "USE004": Pillar.MAINTAINABLE, "USE005": Pillar.MAINTAINABLE, "USE009": Pillar.MAINTAINABLE, "USE010": Pillar.MAINTAINABLE,
    "USE024": Pillar.MAINTAINABLE, "USE026": Pillar.MAINTAINABLE,
    "USE006": Pillar.PERMITTED, "USE007": Pillar.PERMITTED, "USE011": Pillar.PERMITTED, "USE016": Pillar.PERMITTED,
    "USE019": Pillar.PERMITTED, "USE022": Pillar.PERMITTED,
}  # fmt: skip
"""Question that each USE code belongs to; the rest ask whether it is justified."""


def score_finding(score: Score, rules: policy.Policy, shift: float = 0.0) -> Finding:
    """USE020: the lower end of the score against the threshold of tier and path.

    A calibrated score whose most probable value is below the threshold is a veto; where only its lower end is below, it is a
    condition up to medium risk and an unknown veto above. Where what was not measured could bring it to the threshold, a low value
    is a gap and no failure. A score that is not calibrated is never more than a condition.
    """
    floor = shift + rules["score"]
    low = max(score.low, score.gate_low)
    figures = Evidence(value=score.value, low=score.low, high=score.high, unit="points", method=score.model)
    words = f"Lower end of the score is {low:.0f}; {policy.SPOKEN[rules.path]} at risk tier {rules.tier} asks for {100 * floor:.0f}"
    if low >= 100 * floor:
        status, severity = Status.PASS, Severity.INFO
    elif score.calibrated and score.value < 100 * floor:
        unmeasured = at_best(score) >= 100 * floor
        status, severity = Status.UNKNOWN if unmeasured else Status.FAIL, Severity.BLOCKER
    elif score.calibrated and rules.tier in ("high", "regulated"):
        status, severity = Status.UNKNOWN, Severity.BLOCKER
    else:
        status, severity = Status.WARN, Severity.MAJOR
    fix = "" if status is Status.PASS else "mend what is worth points, or measure what is unknown; where only a large model can do the task, a baseline on this hold-out and a spot check show it"
    if status in (Status.UNKNOWN, Status.WARN) and score.unmeasured:
        unknown = sum(f.source == "unknown" for f in score.factors)
        words = f"The score cannot be told: {unknown} of the {sum(f.source != 'not_applicable' for f in score.factors)} figures it is made of were not measured; {policy.SPOKEN[rules.path]} at risk tier {rules.tier} asks for {100 * floor:.0f}"
        fix = "audit with all rules (no --select, no --ignore), and mend what keeps the labels from being read"
    return Finding("USE020", status, severity, "score", words, figures, fix, pillar=Pillar.LEARNABLE)


def _judge(
    findings: Iterable[Finding], score: Score, settings: Settings, known: evidence.Declared, day: dt.date, *, shift: float = 0.0
) -> _Judged:
    """Gates and ladder. `shift` moves the thresholds of the score, 0 to 1, for the sensitivity of the verdict."""
    rules = {path: policy.policy_for(settings, path) for path in policy.HEAVY}
    held = waivers.standing(settings.waivers, rules["fine_tune"], day)
    needs = {path: requirements(settings, known, path) for path in policy.HEAVY}
    asked = {p: [*map(finding_of, needs[p]), score_finding(score, rules[p], shift)] for p in policy.HEAVY}
    # The same requirements may come in as findings of the path that is reported; each gate asks for its own path.
    computed = {f.code for path in policy.HEAVY for f in asked[path]}
    broken = waivers.broken(held)
    about_data = [*(f for f in findings if f.code not in computed), *broken]
    data_gate = gate.judge("data", [*about_data, *asked["fine_tune"]], settings.risk, held)
    by_path = {p: gate.judge(policy.GATE_OF[p], [*about_data, *asked[p]], settings.risk, held) for p in policy.HEAVY}
    mine = judged_path(settings)
    steps = ladder.lighter("custom_train", settings, known, rules["fine_tune"])
    hours = settings.use_case.maintenance_hours_per_month
    recommended = ladder.recommend({p: g.passed for p, g in by_path.items()}, steps, known, hours, rules[mine])
    return _Judged(waivers.relieve(needs[mine], held), data_gate, by_path, steps, recommended, broken)


def _steady(
    findings: tuple[Finding, ...], score: Score, settings: Settings, known: evidence.Declared, day: dt.date
) -> dict[str, object]:
    """Sensitivity of the two verdicts. Findings stay as they were judged at the tier in force, so a change of tier moves only
    what the decision itself asks for.
    """
    requested = settings.use_case.requested_path

    def outcome(of: Score, tier: str, shift: float) -> tuple[str, str]:
        by = replace(settings, use_case=replace(settings.use_case, risk_tier=tier))
        judged = _judge(findings, of, by, known, day, shift=shift)
        status = ladder.status_of(requested, judged.recommended, judged.needs, judged.paths.get(requested), judged.steps, hours=light_capacity(by))
        return gate.data_verdict(judged.data), status

    return sensitivity(outcome, score, settings.risk)


def decide(
    dataset: Dataset, findings: Iterable[Finding], score: Score, settings: Settings, *, today: dt.date | None = None
) -> Decision:
    """Gates, verdicts and fixes for what was found.

    Args:
        dataset: what was audited; its root is where evidence files lie.
        findings: all findings of the checks.
        score: the readiness score.
        settings: use case, evidence files, policy, waivers.
        today: day on which waivers are judged; today when not given.

    Raises:
        ConfigError: an evidence file, a sheet of a spot check, a threshold or a waiver is wrong.
    """
    use = settings.use_case
    if use.requested_path not in PATHS:
        raise ConfigError(f"[use_case] requested_path = {use.requested_path!r} is not one of {', '.join(PATHS)}")
    known = evidence.load(dataset.root, settings).beside(dataset)
    day = today or waivers.today()
    seen = with_gains(tuple(f for f in findings if f.code not in DECIDED_HERE), score)
    judged = _judge(seen, score, settings, known, day)
    rules = policy.policy_for(settings, judged_path(settings))
    held = waivers.standing(settings.waivers, rules, day)
    path_verdict = ladder.verdict(use.requested_path, judged.recommended, judged.needs, dict(judged.paths), judged.steps, hours=light_capacity(settings))
    advice = use.requested_path not in policy.HEAVY
    own = [score_finding(score, rules), *(finding_of(n, advice=advice) for n in judged.needs if n.code in DECIDED_HERE)]
    final = waivers.apply([*seen, *own, *judged.broken], held)
    requested_gate = judged.paths.get(use.requested_path)
    data = gate.data_verdict(judged.data)
    verdict = Verdict(
        data=data,
        path=path_verdict,
        reasons=summary.data_reasons(judged.data, final, settings.risk),
        exit_code=gate.exit_code(data, path_verdict.status, requested_gate, which=settings.gate, strict=settings.strict),
    )
    asked_gates = [judged.data] if requested_gate is None else [judged.data, requested_gate]
    return Decision(
        verdict=verdict,
        gates=(judged.data, *judged.paths.values()),
        fixes=fixes.fixes(final, asked_gates),
        declared=summary.declared(settings, known),
        policy={
            **policy.describe(settings),
            "waivers": summary.waivers(held),
            "sensitivity": _steady(seen, score, settings, known, day),
        },
        next_verdict=fixes.next_verdict(final, judged.data, score, 100 * policy.policy_for(settings, "fine_tune")["score"]),
        not_checked=(),
        findings=final,
    )
