"""Requirements on what the team declares: price of failure, target, owner, capacity, change, licence, review."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.decision import cost
from auditor.decision.requirement import Requirement, State, said, worst
from auditor.decision.waivers import today
from auditor.model import Evidence, Severity

if TYPE_CHECKING:
    from auditor.decision.croissant import Croissant
    from auditor.decision.evidence import Declared
    from auditor.decision.plan import Plan
    from auditor.decision.policy import Policy
    from auditor.settings import Settings

REGULATED_METRICS = ("policy_adherence", "auditability", "failure_mode_tests")
"""Metrics that a regulated use watches beside its own. Source: practice, statement 24 of the readiness specification."""


def _price(settings: Settings) -> Requirement:
    use, price = settings.use_case, cost.failure(settings)
    how = "set cost_per_error and errors_per_month under [use_case]; 0 is an answer, empty is not"
    if price is None:
        ignored = "; build costs are not read before that" if settings.costs.build is not None else ""
        return Requirement("USE001", State.UNKNOWN, Severity.BLOCKER, "failure price", f"What a wrong output costs is not declared{ignored}", how)
    tail = f", worst single error {price.worst:,.0f} apart" if price.worst is not None else ", worst single error not declared"
    message = f"Being wrong costs {price.monthly:,.0f} a month ({use.errors_per_month:,.0f} errors at {use.cost_per_error:,.2f}){tail}"
    return Requirement("USE001", State.MET, Severity.BLOCKER, "failure price", message, evidence=Evidence(value=price.monthly, unit="a month", method="declared"))


def _target(settings: Settings, policy: Policy) -> Requirement:
    use = settings.use_case
    if use.target is None or said(use.metric) is not State.MET:
        return Requirement(
            "USE002", State.UNKNOWN, Severity.BLOCKER, "target", "What would count as success is not declared",
            "set metric, target and tolerance (0 to 1) under [use_case]",
        )  # fmt: skip
    half = use.tolerance if use.tolerance is not None else policy["holdout_half_width"]
    source = "declared" if use.tolerance is not None else f"default of risk tier {policy.tier}"
    message = f"Success is {use.metric} of at least {use.target:g} ± {half:g} ({source})"
    return Requirement("USE002", State.MET, Severity.BLOCKER, "target", message, evidence=Evidence(value=use.target, unit=use.metric, method="declared"))


def _owner(settings: Settings) -> Requirement:
    use = settings.use_case
    parts = {"an owner": said(use.owner), "an owner of monitoring": said(use.monitoring_owner)}
    state = worst(parts.values())
    lacking = " and ".join(name for name, value in parts.items() if value is not State.MET)
    how = "name owner and monitoring_owner under [use_case]; write `nobody` if that is the truth"
    if state is State.VIOLATED:
        return Requirement("USE004", state, Severity.BLOCKER, "owner", f"It is declared that there is nobody who is {lacking}; what nobody watches decays from the first day", how)
    if state is State.UNKNOWN:
        return Requirement("USE004", state, Severity.BLOCKER, "owner", f"Not named: {lacking}", how)
    return Requirement("USE004", state, Severity.BLOCKER, "owner", "Owner and owner of monitoring are named")


def _triggers(settings: Settings, plan: Plan | None, policy: Policy) -> Requirement:
    triggers = settings.monitoring.triggers or (plan.triggers if plan else ())
    how = "run `audit plan` and name the plan under [monitoring], or list [[monitoring.triggers]]"
    if not triggers:
        return Requirement("USE005", State.UNKNOWN, Severity.BLOCKER, "triggers", "When to retrain, roll back or stop is not decided", how)
    if plan is not None and not settings.monitoring.triggers and plan.expires < today():
        words = f"The plan that lists the triggers expired on {plan.expires}"
        return Requirement("USE005", State.VIOLATED, Severity.BLOCKER, "triggers", words, "run `audit plan --force` on the data as they are, and have the owner look at it")
    kinds = {trigger.kind for trigger in triggers}
    lacking = {"event", "metric"} - kinds
    if policy.tier == "regulated" and lacking:
        words = " and ".join(sorted(lacking))
        return Requirement("USE005", State.VIOLATED, Severity.BLOCKER, "triggers", f"A regulated use needs an event and a metric trigger; there is no {words} trigger", how)
    message = f"{len(triggers)} triggers are declared" + (f" in a plan that holds until {plan.expires}" if plan else "")
    return Requirement("USE005", State.MET, Severity.BLOCKER, "triggers", message)


def _licence(settings: Settings, beside: Croissant | None) -> Iterator[Requirement]:
    use = settings.use_case
    stated = {"licence": use.licence, "provenance": use.provenance, "consent": use.consent}
    if beside is not None:  # declared beside the data; what audit.toml says comes first
        stated = {key: stated[key] or value for key, value in (("licence", beside.licence), ("provenance", beside.origin), ("consent", beside.consent))}
    state = State.MET if said(stated["licence"]) is State.MET else State.UNKNOWN
    message = "A licence is declared" if state is State.MET else "Whether the data may be used for training is not declared"
    message += " (in croissant.json)" if state is State.MET and not use.licence else ""
    yield Requirement("USE006", state, Severity.MAJOR, "licence", message, "" if state is State.MET else "set licence under [use_case]")
    lacking = [name for name in ("provenance", "consent") if said(stated[name]) is State.UNKNOWN]
    if lacking:
        how = f"set {' and '.join(lacking)} under [use_case]; `none needed, because ...` is an answer"
        yield Requirement("USE007", State.UNKNOWN, Severity.MAJOR, "origin", f"Not declared: {' and '.join(lacking)} of the data", how)
    else:
        yield Requirement("USE007", State.MET, Severity.MAJOR, "origin", "Provenance and consent are declared")


def _change(settings: Settings, policy: Policy) -> Requirement:
    use = settings.use_case
    change, lead, factor = use.change_interval_days, use.retrain_lead_time_days, policy["lead_time_factor"]
    if change is None or lead is None:
        lacking = " and ".join(n for n, v in (("change_interval_days", change), ("retrain_lead_time_days", lead)) if v is None)
        return Requirement(
            "USE009", State.UNKNOWN, Severity.BLOCKER, "change frequency",
            "Whether the truth holds for longer than retraining takes is not known", f"set {lacking} under [use_case]",
        )  # fmt: skip
    figures = Evidence(value=change, unit="days", method=f"declared; retraining takes {lead:g} days")
    if change < factor * lead:
        message = f"The truth changes every {change:g} days and retraining takes {lead:g}: weights would be out of date for most of their life (needed: {factor * lead:g} days)"
        return Requirement("USE009", State.VIOLATED, Severity.BLOCKER, "change frequency", message, "keep what changes in retrieval or rules, or shorten the way from data to release", figures)
    return Requirement("USE009", State.MET, Severity.BLOCKER, "change frequency", f"The truth changes every {change:g} days and retraining takes {lead:g}", evidence=figures)


def capacity(settings: Settings, policy: Policy, path: str) -> Requirement:
    """USE010: the hours that the team has against those that `path` needs, which may be any of the five."""
    hours, need = settings.use_case.maintenance_hours_per_month, policy.hours(path)
    words = path.replace("_", " ")
    if hours is None:
        return Requirement("USE010", State.UNKNOWN, Severity.BLOCKER, "maintenance", "Hours that the team has for maintenance are not declared", "set maintenance_hours_per_month under [use_case]")
    figures = Evidence(value=hours, unit="hours a month", method=f"declared; {words} needs {need:g} (policy)")
    if hours < need:
        return Requirement("USE010", State.VIOLATED, Severity.BLOCKER, "maintenance", f"The team has {hours:g} hours a month; {words} needs {need:g}", "choose a path that the team can still look after in a year, or free the hours", figures)
    return Requirement("USE010", State.MET, Severity.BLOCKER, "maintenance", f"The team has {hours:g} hours a month; {words} needs {need:g}", evidence=figures)


def _at_least(value: float | None, need: float) -> State:
    if value is None:
        return State.UNKNOWN
    return State.MET if value >= need else State.VIOLATED


def _horizon(settings: Settings, policy: Policy) -> Requirement:
    use, need = settings.use_case, policy["horizon_months"]
    custom = policy.path == "custom_train"
    severity = Severity.BLOCKER if custom else Severity.MAJOR
    paid = _at_least(use.horizon_months, need)
    skill = State.MET
    if custom:
        skill = State.UNKNOWN if said(use.skill) is State.UNKNOWN else (State.MET if use.skill == "ml_engineer" else State.VIOLATED)
    state = worst((paid, skill))
    if state is State.MET:
        return Requirement("USE024", state, severity, "horizon", f"Maintenance is paid for {use.horizon_months:g} months" + (", by an ML engineer" if custom else ""))
    lacking = [f"maintenance paid for {need:g} months"] * (paid is not State.MET) + ["an ML engineer on call"] * (skill is not State.MET)
    verb = "There is no" if state is State.VIOLATED else "Not declared:"
    return Requirement("USE024", state, severity, "horizon", f"{verb} {' and '.join(lacking)}", "set horizon_months" + (' and skill = "ml_engineer"' if custom else "") + " under [use_case]")


def _tier(settings: Settings) -> Requirement:
    if settings.use_case.risk_tier:
        return Requirement("USE011", State.MET, Severity.MINOR, "risk tier", f"Risk tier is {settings.use_case.risk_tier}")
    return Requirement("USE011", State.UNKNOWN, Severity.MINOR, "risk tier", "No risk tier is declared; thresholds of tier low are in force", 'set risk_tier = "low", "medium", "high" or "regulated" under [use_case]')


def _review(settings: Settings, policy: Policy) -> Iterator[Requirement]:
    use = settings.use_case
    severity = {"regulated": Severity.BLOCKER, "high": Severity.MAJOR}.get(policy.tier, Severity.MINOR)
    state = said(use.human_review)
    words = {State.MET: "It is declared which outputs a person approves", State.UNKNOWN: "Which outputs a person approves is not declared", State.VIOLATED: "It is declared that no person approves any output"}
    if state is State.MET and policy.tier in ("high", "regulated") and not use.reviewers:
        state, words[State.UNKNOWN] = State.UNKNOWN, "The reviewers are not named"
    how = "" if state is State.MET else "set human_review (which outputs, who) and reviewers under [use_case]"
    yield Requirement("USE016", state, severity, "human review", words[state], how)
    if policy.tier == "regulated":
        lacking = [name for name in REGULATED_METRICS if name not in use.quality_metrics]
        if lacking:
            state = State.VIOLATED if use.quality_metrics else State.UNKNOWN
            yield Requirement("USE026", state, Severity.BLOCKER, "metrics", f"A regulated use also watches {', '.join(lacking)}", f"add {', '.join(lacking)} to quality_metrics under [use_case]")
        else:
            yield Requirement("USE026", State.MET, Severity.BLOCKER, "metrics", "Metrics of a regulated use are named")


def _workflow(settings: Settings) -> Requirement:
    state = said(settings.use_case.workflow_review)
    words = {State.MET: "The workflow itself was reviewed", State.UNKNOWN: "Whether the workflow itself was reviewed is not declared", State.VIOLATED: "The workflow itself was not reviewed"}
    how = "" if state is State.MET else "look at the process before the model; then set workflow_review (when, who, what changed)"
    return Requirement("USE015", state, Severity.MAJOR, "workflow", words[state], how)


def _narrow(settings: Settings, policy: Policy) -> Iterator[Requirement]:
    if policy.path != "fine_tune":
        return
    narrow = settings.use_case.narrow
    state = State.UNKNOWN if narrow is None else (State.MET if narrow else State.VIOLATED)
    words = {State.MET: "The task has a closed label set or output schema", State.UNKNOWN: "Whether the task is narrow is not declared", State.VIOLATED: "The task has neither a closed label set nor an output schema"}
    yield Requirement("USE017", state, Severity.BLOCKER, "task", words[state], "" if state is State.MET else "cut the task down to one with a closed label set or schema, then set narrow = true under [use_case]")


def _spot_check(settings: Settings, policy: Policy) -> Iterator[Requirement]:
    need = policy["spotcheck_rows"]
    if settings.risk not in ("high", "regulated") or need <= 0:
        return
    raters = " by two people" if policy.tier == "regulated" else ""
    if settings.spotcheck:
        yield Requirement("USE012", State.MET, Severity.BLOCKER, "label evidence", "A human spot check is named")
    else:
        yield Requirement("USE012", State.UNKNOWN, Severity.BLOCKER, "label evidence", f"Risk tier {policy.tier} needs {need:g} rows checked{raters}; there is no spot check", 'take the sheet of `audit spotcheck`, have it filled in, give it as spotcheck = "FILE"')


def _production(rows: int | None, policy: Policy) -> Iterator[Requirement]:
    """Nothing without a sample: that there is none is said by the check of the shift itself (DRF001)."""
    need = policy["production_sample"]
    if rows is None or need <= 0:
        return
    figures = Evidence(value=float(rows), n=rows, unit="rows", method="counted")
    if rows >= need:
        yield Requirement("USE028", State.MET, Severity.MAJOR, "production", f"The production sample has {rows:,} rows", evidence=figures)
    else:
        words = f"The production sample has {rows:,} rows; risk tier {policy.tier} asks for {need:g}"
        yield Requirement("USE028", State.UNKNOWN, Severity.MAJOR, "production", words, "take a larger sample of unlabelled production inputs", figures)


def requirements(settings: Settings, known: Declared, policy: Policy) -> Iterator[Requirement]:
    """What `settings` say about each declared requirement of `policy.path`, in the order of the interview."""
    yield _price(settings)
    yield _target(settings, policy)
    yield _owner(settings)
    yield _triggers(settings, known.plan, policy)
    yield from _licence(settings, known.croissant)
    yield _change(settings, policy)
    yield capacity(settings, policy, policy.path)
    yield _horizon(settings, policy)
    yield _tier(settings)
    yield from _spot_check(settings, policy)
    yield from _production(known.production_rows, policy)
    yield _workflow(settings)
    yield from _review(settings, policy)
    yield from _narrow(settings, policy)
