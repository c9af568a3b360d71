"""Requirements on evidence: tagged failures, baselines of lighter paths, payback. And what they say about lighter rungs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.decision import cost
from auditor.decision.intervals import rows_for_half_width
from auditor.decision.requirement import Requirement, State
from auditor.model import Evidence, Severity

if TYPE_CHECKING:
    from auditor.decision.baselines import Run
    from auditor.decision.evidence import Declared
    from auditor.decision.policy import Policy
    from auditor.decision.triage import Share, Triage
    from auditor.settings import Settings

REPEATED = 0.5
"""Share of failures under the three most frequent tags from which on the mistakes count as repeating. Our choice."""


def percent(low: float, high: float) -> str:
    """`37–56 %`."""
    return f"{100 * low:.0f}–{100 * high:.0f} %"


def tags_suffice(triage: Triage | None, policy: Policy) -> str:
    """Empty when there are enough tagged failures, tagged by enough people; otherwise what is missing."""
    need = int(policy["failure_tags"])
    if triage is None:
        return "no production failures were tagged"
    if triage.usable < policy["failure_tags_least"]:
        return f"{triage.usable} usable failures say nothing (at least {policy['failure_tags_least']:g}, {need} wanted)"
    if triage.usable < need:
        return f"{triage.usable} usable failures are provisional ({need} wanted at this tier)"
    if triage.double_tagged < policy["double_tagged"]:
        return f"{triage.double_tagged} failures were tagged by two people ({policy['double_tagged']:g} wanted)"
    if policy["kappa"] > 0 and (triage.kappa is None or triage.kappa < policy["kappa"]):
        return f"the two taggers agree too little (kappa {0.0 if triage.kappa is None else triage.kappa:.2f}, {policy['kappa']:g} wanted)"
    return ""


def _failures(declared: Declared, policy: Policy) -> Iterator[Requirement]:
    triage, lacking = declared.triage, tags_suffice(declared.triage, policy)
    how = "tag production failures (`audit triage --template`) and name the sheet under [failures]"
    if lacking or triage is None:
        yield Requirement("USE008", State.UNKNOWN, Severity.BLOCKER, "failures", f"Where failures come from is not known: {lacking}", how)
        return
    shares = ", ".join(f"{s.hits} {s.level.replace('_', ' ')}" for s in triage.shares if s.hits)
    evidence = Evidence(value=float(triage.usable), n=triage.usable, unit="failures", method="tagged sheet, Wilson 95 % intervals")
    yield Requirement("USE008", State.MET, Severity.BLOCKER, "failures", f"Of {triage.usable} production failures: {shares}", evidence=evidence)


def _model_share(declared: Declared, policy: Policy) -> Requirement:
    need = policy["model_share"]
    if declared.triage is None or tags_suffice(declared.triage, policy):
        return Requirement("USE023", State.UNKNOWN, Severity.BLOCKER, "failures", "What share of failures is the model's own is not known", "tag production failures (`audit triage --template`)")
    share = declared.triage.level("model")
    state = State.MET if share.low >= need else (State.VIOLATED if share.high < need else State.UNKNOWN)
    words = f"{share.hits} of {share.n} failures are the model's own ({percent(share.low, share.high)}); changing weights needs at least {100 * need:.0f} %"
    how = {State.MET: "", State.UNKNOWN: "tag more failures until the interval is on one side", State.VIOLATED: "fix what most failures come from"}[state]
    return Requirement("USE023", state, Severity.BLOCKER, "failures", words, how, _evidence(share))


def _evidence(share: Share) -> Evidence:
    return Evidence(value=share.share, low=share.low, high=share.high, n=share.n, unit="share of failures", method="Wilson 95 %")


def _stable(settings: Settings, declared: Declared, policy: Policy) -> Iterator[Requirement]:
    if policy.path != "fine_tune":
        return
    triage = declared.triage
    repeated = triage is not None and not tags_suffice(triage, policy) and triage.top_share() >= REPEATED
    stable = settings.use_case.stable
    if stable is False:
        yield Requirement("USE018", State.VIOLATED, Severity.BLOCKER, "stability", "The task is declared not to be stable", "wait until inputs and mistakes repeat")
    elif stable or repeated:
        seen = f"three tags cover {100 * triage.top_share():.0f} % of failures" if repeated and triage else "declared"
        yield Requirement("USE018", State.MET, Severity.BLOCKER, "stability", f"The same mistakes come back ({seen})")
    else:
        yield Requirement("USE018", State.UNKNOWN, Severity.BLOCKER, "stability", "Whether the same mistakes come back is not known", "set stable under [use_case], or tag more failures")


def _payback(settings: Settings, policy: Policy) -> Iterator[Requirement]:
    missing, costs = cost.missing_lines(settings), settings.costs
    back = cost.payback(settings)
    if missing:
        how = f"fill in {', '.join(missing)} under [costs]; 0 is an answer, empty is not"
        yield Requirement("USE014", State.UNKNOWN, Severity.MAJOR, "running costs", f"{len(missing)} of {len(cost.LINES)} cost lines are empty", how)
    else:
        yield Requirement("USE014", State.MET, Severity.MAJOR, "running costs", "All cost lines are filled in")
    if back is None or costs.build is None:
        how = "set build, error_rate_now, error_rate_after, unit_cost_delta and all lines under [costs], and monthly_volume under [use_case]"
        yield Requirement("USE013", State.UNKNOWN, Severity.BLOCKER, "payback", "Whether it pays cannot be computed", how)
        return
    if (more := cost.overstated(settings)) is not None:
        words = f"The declared figures contradict one another: {more[0]:,.0f} errors a month would be avoided, but there are {more[1]:,.0f}"
        how = "make monthly_volume x (error_rate_now - error_rate_after) and errors_per_month speak of the same month"
        yield Requirement("USE013", State.UNKNOWN, Severity.BLOCKER, "payback", words, how)
        return
    factor, limit = policy["payback_factor"], policy["payback_months"]
    months = cost.months_at(costs.build, back.saving, factor)
    each = ", ".join(f"×{k:g}: {'never' if m is None else f'{m:.1f} months'}" for k, m in zip(cost.STRESS, back.months, strict=True))
    state = State.MET if months is not None and months <= limit else State.VIOLATED
    brings = f"saves {back.saving:,.0f}" if back.saving >= 0 else f"loses {-back.saving:,.0f}"
    message = f"It {brings} a month and pays back at build cost {each}; tier {policy.tier} asks for ×{factor:g} within {limit:g} months"
    evidence = Evidence(value=months, unit="months", method=f"build × {factor:g} / monthly saving; declared figures")
    yield Requirement("USE013", state, Severity.BLOCKER, "payback", message, "" if state is State.MET else "lower the build or running cost, or choose a lighter path", evidence)


def _baselines(settings: Settings, declared: Declared, policy: Policy) -> Iterator[Requirement]:
    how = "measure prompt, workflow and retrieval on the frozen hold-out and name the file under [baselines]"
    known = declared.baselines.runs if declared.baselines else ()
    runs = [run for run in known if run.path != policy.path]  # what is asked for is no lighter path than itself
    if declared.baselines is None or not runs:
        other = declared.baselines.other_metric + declared.baselines.other_holdout if declared.baselines else 0
        told = [f"{other} use another metric or another hold-out"] * bool(other) + [f"{len(known)} are of {policy.path.replace('_', ' ')} itself"] * bool(known)
        extra = f" (of the runs {', '.join(told)})" if told else ""
        yield Requirement("USE003", State.UNKNOWN, Severity.BLOCKER, "baselines", f"What lighter paths reach was not measured{extra}", how)
        return
    yield Requirement("USE003", State.MET, Severity.BLOCKER, "baselines", f"{len(runs)} {'run' if len(runs) == 1 else 'runs'} of lighter paths on {max(r.n for r in runs):,} rows at most")
    frozen = settings.baselines.holdout_sha256.lower().removeprefix("sha256:")
    if frozen and declared.files and frozen not in declared.files and not settings.against:
        words = "The hold-out that the runs were measured on is no file of this data set: what is said here of leaks and size is said of another one"
        yield Requirement("USE021", State.UNKNOWN, Severity.MAJOR, "frozen hold-out", words, "put the frozen hold-out beside the data, or measure anew on the one that is there and set its holdout_sha256")
    elif frozen and not declared.baselines.undigested:
        yield Requirement("USE021", State.MET, Severity.MAJOR, "frozen hold-out", "All runs name the frozen hold-out")
    else:
        lacking = "no frozen hold-out is named" if not frozen else f"{declared.baselines.undigested} runs do not say what they were measured on"
        yield Requirement("USE021", State.UNKNOWN, Severity.MAJOR, "frozen hold-out", f"Whether all runs saw the same hold-out is not known: {lacking}", "set holdout_sha256 under [baselines] and in every run")


def _tried(settings: Settings, declared: Declared, policy: Policy) -> Iterator[Requirement]:
    if policy.path != "custom_train":
        return
    state, reason = fine_tune_tried(settings, declared)
    how = "" if state is State.MET else "fine-tune an existing model first and add its run to the baselines, or declare odd_structure"
    yield Requirement("USE025", state, Severity.BLOCKER, "fine-tuning first", reason, how)


def requirements(settings: Settings, declared: Declared, policy: Policy) -> Iterator[Requirement]:
    """What the evidence says about each requirement of `policy.path`."""
    yield from _failures(declared, policy)
    yield _model_share(declared, policy)
    yield from _stable(settings, declared, policy)
    yield from _baselines(settings, declared, policy)
    yield from _payback(settings, policy)
    yield from _tried(settings, declared, policy)


def compare(run: Run, target: float) -> tuple[State, str]:
    """A run against the target: MET = misses it surely, VIOLATED = reaches it surely, UNKNOWN = cannot be told at this n."""
    figures = f"{run.value:.3g} ({run.low:.3g}–{run.high:.3g}, n = {run.n:,}) against the target {target:g}"
    if run.high < target:
        return State.MET, f"misses: {figures}"
    if run.low >= target:
        return State.VIOLATED, f"reaches it: {figures}"
    half = max(abs(run.value - target), 0.005)
    return State.UNKNOWN, f"cannot be told: {figures}; about {rows_for_half_width(half, run.value):,} rows would tell"


def fine_tune_tried(settings: Settings, declared: Declared) -> tuple[State, str]:
    """Whether fine-tuning is eliminated: MET = tried and missed, or nothing existing reads the input."""
    use = settings.use_case
    if use.odd_structure:
        return State.MET, "No existing model reads this input (declared odd_structure)"
    run = declared.baselines.best("fine_tune") if declared.baselines else None
    if run is None or use.target is None:
        return State.UNKNOWN, "Whether fine-tuning an existing model is enough was not tried"
    state, words = compare(run, use.target)
    return state, f"Fine-tuning {words}"
