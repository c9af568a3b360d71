"""The path ladder, lightest first: CONFIGURE, RETRIEVE, FINE_TUNE, CUSTOM_TRAIN, and HUMAN_IN_LOOP beside it.

The burden of proof is on the heavier path: a rung is left only when evidence eliminates it, never because nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.decision.policy import HEAVY, SPOKEN, Policy
from auditor.decision.proof import compare, fine_tune_tried, percent, tags_suffice
from auditor.decision.requirement import Requirement, State, worst
from auditor.model import NotChecked, PathVerdict, Rung, Severity

if TYPE_CHECKING:
    from auditor.decision.evidence import Declared
    from auditor.model import Gate
    from auditor.settings import Settings


@dataclass(frozen=True, slots=True)
class Step:
    """A rung with what is known: MET = eliminated by evidence, VIOLATED = it suffices, UNKNOWN = neither is shown."""

    path: str
    state: State
    reason: str

    @property
    def rung(self) -> Rung:
        """As it is reported."""
        words = "eliminated because" if self.state is State.MET else "not eliminated because"
        return Rung(self.path, self.state is State.MET, f"{words} {self.reason}")


def human_step(declared: Declared, policy: Policy) -> Step:
    """HUMAN_IN_LOOP: VIOLATED when most failures need a person's judgement, whatever is done to the system."""
    triage = declared.triage
    if triage is None or triage.usable < policy["failure_tags_least"]:
        return Step("human_in_loop", State.UNKNOWN, "the share of failures that need a person's judgement is unknown")
    share = triage.level("human_judgement")
    words = f"{share.hits} of {share.n} failures need a person's judgement ({percent(share.low, share.high)})"
    if share.low > policy["human_share"]:
        return Step("human_in_loop", State.VIOLATED, words)
    if share.high <= policy["human_share"]:
        return Step("human_in_loop", State.MET, words)
    return Step("human_in_loop", State.UNKNOWN, words)


def configure_step(settings: Settings, declared: Declared, policy: Policy) -> Step:
    """CONFIGURE is eliminated when its baseline misses the target and fixing every prompt-level failure could not close the gap."""
    target = settings.use_case.target
    run = declared.baselines.best("configure") if declared.baselines else None
    if target is None:
        return Step("configure", State.UNKNOWN, "the target is unknown")
    if run is None or declared.baselines is None:
        return Step("configure", State.UNKNOWN, "what good instructions reach is unknown: no prompt or workflow baseline")
    state, words = compare(run, target)
    if state is not State.MET:
        return Step("configure", state, f"the best prompt or workflow baseline {words}")
    if declared.baselines.plateau("configure") is False:
        return Step("configure", State.UNKNOWN, "the prompt is still getting better from one iteration to the next")
    lacking = tags_suffice(declared.triage, policy)
    if lacking or declared.triage is None:
        return Step("configure", State.UNKNOWN, f"how many failures better instructions would mend is unknown: {lacking}")
    share = declared.triage.level("prompt")
    best, least = run.high + share.high * (1 - run.high), run.low + share.low * (1 - run.low)
    figures = f"{share.hits} of {share.n} failures are prompt-level ({percent(share.low, share.high)}); fixing all of them reaches"
    if best < target:
        return Step("configure", State.MET, f"the baseline {words}; {figures} {best:.3g} at best")
    if least >= target:
        return Step("configure", State.VIOLATED, f"{figures} at least {least:.3g}, which is enough")
    return Step("configure", State.UNKNOWN, f"{figures} up to {best:.3g}, which would be enough")


def retrieve_step(settings: Settings, declared: Declared, policy: Policy) -> Step:
    """RETRIEVE is final when the truth changes faster than retraining can follow; else its baseline, or the failures, decide."""
    use, factor = settings.use_case, policy["lead_time_factor"]
    change, lead = use.change_interval_days, use.retrain_lead_time_days
    if change is None or lead is None:
        return Step("retrieve", State.UNKNOWN, "how often the truth changes, against how long retraining takes, is unknown")
    if change < factor * lead:
        words = f"the truth changes every {change:g} days and retraining takes {lead:g}; only facts given at run time stay fresh"
        return Step("retrieve", State.VIOLATED, words)
    lacking = tags_suffice(declared.triage, policy)
    if declared.triage is not None and not lacking:
        share = declared.triage.level("system")
        if share.high < policy["system_share"]:
            words = f"{share.hits} of {share.n} failures are system-level (at most {100 * share.high:.0f} %)"
            return Step("retrieve", State.MET, words)
    run = declared.baselines.best("retrieve") if declared.baselines else None
    if run is None or use.target is None:
        return Step("retrieve", State.UNKNOWN, "what retrieval and tools reach is unknown: no baseline")
    state, words = compare(run, use.target)
    return Step("retrieve", state, f"the best baseline with retrieval or tools {words}")


def lighter(path: str, settings: Settings, declared: Declared, policy: Policy) -> tuple[Step, ...]:
    """Rungs below `path`, lightest first, with what is known of each."""
    steps = [human_step(declared, policy), configure_step(settings, declared, policy), retrieve_step(settings, declared, policy)]
    if path == "custom_train":
        state, reason = fine_tune_tried(settings, declared)
        steps.append(Step("fine_tune", state, reason[0].lower() + reason[1:]))
    return tuple(steps)


def eliminated(steps: Iterable[Step]) -> Requirement:
    """USE027: whether everything lighter is eliminated. A share of human judgement that is not the majority eliminates nothing and needs no proof."""
    asked = [step for step in steps if step.path != "human_in_loop" or step.state is State.VIOLATED]
    state = worst(step.state for step in asked)
    if state is State.MET:
        return Requirement("USE027", state, Severity.BLOCKER, "lighter paths", "Every lighter path is eliminated by evidence")
    first = next(step for step in asked if step.state is state)
    name = first.path.replace("_", " ")
    how = "take the lighter path" if state is State.VIOLATED else "measure it (see [baselines], [failures] and [use_case])"
    words = "is enough" if state is State.VIOLATED else "is not eliminated"
    return Requirement("USE027", state, Severity.BLOCKER, "lighter paths", f"{name.capitalize()} {words}: {first.reason}", how)


def recommend(allowed: dict[str, bool], steps: tuple[Step, ...], declared: Declared, hours: float | None, policy: Policy) -> str:
    """Path to take now.

    Args:
        allowed: per heavy path, whether its gate passes with all lighter rungs eliminated.
        steps: rungs below custom training.
        declared: evidence, for the best lighter baseline where no heavy path is allowed.
        hours: maintenance hours a month; None when not declared.
        policy: thresholds.
    """
    by_path = {step.path: step.state for step in steps}
    if by_path["human_in_loop"] is State.VIOLATED:
        return "human_in_loop"
    for path in ("configure", "retrieve"):
        if by_path[path] is not State.MET:
            return path
    if by_path["fine_tune"] is State.MET and allowed["custom_train"]:
        return "custom_train"
    if by_path["fine_tune"] is not State.MET and allowed["fine_tune"]:
        return "fine_tune"
    prompt = declared.baselines.best("configure") if declared.baselines else None
    facts = declared.baselines.best("retrieve") if declared.baselines else None
    can_look_after = hours is None or hours >= policy.hours("retrieve")
    if facts is not None and can_look_after and (prompt is None or facts.value > prompt.value):
        return "retrieve"
    return "configure"


def status_of(requested: str, recommended: str, needs: tuple[Requirement, ...], gate: Gate | None, steps: tuple[Step, ...], *, hours: Requirement | None = None) -> str:
    """`justified`, `not_justified` (something is known that speaks against it) or `not_yet_proven`.

    Args:
        requested: path that was asked for.
        recommended: path to take now.
        needs: requirements of the heavy path that is judged.
        gate: gate of the requested path; None for one that trains nothing.
        steps: rungs below custom training.
        hours: what a requested path that trains nothing asks of the team; None for a heavy one, which has it among its needs.
    """
    if requested in HEAVY:
        states = [need.state for need in needs if need.severity is Severity.BLOCKER]
        if worst(states) is State.VIOLATED:
            return "not_justified"
        by_path = {step.path: step.state for step in steps}
        if requested == "fine_tune" and by_path.get("fine_tune") is State.MET:
            return "not_justified"
        proven = worst(states) is State.MET and gate is not None and gate.passed
        return "justified" if proven and recommended == requested else "not_yet_proven"
    if hours is not None and hours.state is State.VIOLATED:
        return "not_justified"
    if requested == recommended:  # what is known to miss the target is the best that is open, and no more than that
        return "not_yet_proven" if _own(requested, steps) else "justified"
    by_path = {step.path: step.state for step in steps}
    if requested == "retrieve" and by_path["configure"] is State.UNKNOWN:
        return "not_yet_proven"
    if requested == "human_in_loop" and by_path["human_in_loop"] is State.UNKNOWN:
        return "not_yet_proven"
    if requested == "configure" and by_path["configure"] is not State.MET and by_path["human_in_loop"] is not State.VIOLATED:
        return "justified"
    return "not_justified"


def verdict(
    requested: str, recommended: str, needs: tuple[Requirement, ...], gates: dict[str, Gate], steps: tuple[Step, ...], *, hours: Requirement | None = None
) -> PathVerdict:
    """Verdict on the requested path, with its reasons, what is missing, and every rung; `hours` as in `status_of`."""
    judged = requested if requested in HEAVY else "fine_tune"
    gate = gates.get(requested)
    status = status_of(requested, recommended, needs, gate, steps, hours=hours)
    missing = [need for need in needs if need.state is State.UNKNOWN and need.severity in (Severity.BLOCKER, Severity.MAJOR)]
    if requested in HEAVY:
        reasons = [need.message for need in needs if need.state is State.VIOLATED and need.severity is Severity.BLOCKER]
        if gate is not None and any(not code.startswith("USE") for code in (*gate.failed, *gate.unknown)):
            codes = [code for code in (*gate.failed, *gate.unknown) if not code.startswith("USE")]
            reasons.append(f"The data do not pass its gate: {', '.join(codes)}")
        if status == "not_yet_proven":
            blocking = sum(need.severity is Severity.BLOCKER for need in missing)
            if blocking:
                pieces = "1 piece of evidence is" if blocking == 1 else f"{blocking} pieces of evidence are"
                reasons.append(f"{pieces} missing; changing weights has to be earned")
    else:  # what speaks against fine-tuning is no reason for or against a path that trains nothing
        reasons = [] if hours is None or hours.state is not State.VIOLATED else [hours.message]
        reasons += _own(requested, steps)
    if status == "justified" and requested in HEAVY:
        reasons += [f"{step.path.replace('_', ' ').capitalize()} is eliminated: {step.reason}" for step in steps if step.state is State.MET and step.path not in ("human_in_loop", requested)]
    if recommended != requested:
        step = next((s for s in steps if s.path == recommended), None)
        because = f": {_because(step, requested)}" if step is not None else ""
        reasons.append(f"Recommended now: {recommended.replace('_', ' ')}{because}")
    return PathVerdict(
        requested=requested,
        recommended=recommended,
        status=status,
        reasons=tuple(dict.fromkeys(reasons)),
        missing=tuple(NotChecked(what=need.message, why=f"{need.code} asks for it before {SPOKEN[judged]}", how=need.how) for need in missing),
        ladder=_rungs(steps, recommended, gates),
    )


def _own(requested: str, steps: tuple[Step, ...]) -> list[str]:
    """That the light path that was requested is known not to be enough, where it is."""
    step = next((s for s in steps if s.path == requested and s.path != "human_in_loop" and s.state is State.MET), None)
    return [f"{requested.capitalize()} is not enough: {step.reason}"] if step is not None else []


def _because(step: Step, requested: str) -> str:
    """Why a lighter rung is the one to take: what was measured of it, or that nothing heavier may be taken yet."""
    if step.state is not State.MET:
        return step.reason
    heavier = {"fine_tune": "fine-tuning", "custom_train": "custom training"}.get(requested, "a heavier path")
    return f"it is the best that is open while {heavier} is not: {step.reason}"


def _rungs(steps: tuple[Step, ...], recommended: str, gates: dict[str, Gate]) -> tuple[Rung, ...]:
    """All five rungs, lightest first; a heavy one that is not allowed says which codes keep it."""
    by_path = {step.path: step for step in steps}
    out = [by_path[path].rung for path in ("configure", "retrieve", "human_in_loop")]
    for path in HEAVY:
        step, gate = by_path.get(path), gates[path]
        if step is not None and step.state is State.MET:
            out.append(step.rung)
        elif gate.failed:
            out.append(Rung(path, True, f"not allowed because of {', '.join(gate.failed)}"))
        elif gate.unknown:
            out.append(Rung(path, False, f"not proven because {', '.join(gate.unknown)} {'is' if len(gate.unknown) == 1 else 'are'} unknown"))
        else:
            chosen = "recommended" if path == recommended else "allowed"
            out.append(Rung(path, False, f"{chosen}: every requirement of its gate is met"))
    return tuple(out)
