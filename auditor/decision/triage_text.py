"""What `audit triage` prints: counts with intervals, what fixing prompts and system would do, and whether it is enough to say so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from auditor.decision.intervals import least_hits
from auditor.decision.policy import Policy
from auditor.decision.proof import percent, tags_suffice

if TYPE_CHECKING:
    from auditor.decision.triage import Triage


def lacking(counted: Triage, tier: str) -> str:
    """What is missing for tier `tier`; empty when the sheet is enough."""
    return tags_suffice(counted, Policy(tier, "fine_tune", {}))


def points_to(counted: Triage, tier: str) -> str:
    """Where the failures point, in one line; it says so when they do not."""
    if lacking(counted, tier):
        return "not enough to say"
    policy = Policy(tier, "fine_tune", {})
    human, model = counted.level("human_judgement"), counted.level("model")
    if human.low > policy["human_share"]:
        return "a person in the loop: most failures need judgement"
    if model.low >= policy["model_share"]:
        return "the model: changing weights may be worth proving, after baselines of lighter paths"
    prompt, system = counted.level("prompt"), counted.level("system")
    if model.high < policy["model_share"]:
        lead = "instructions" if prompt.hits >= system.hits else "the system around the model (retrieval, tools, routing)"
        return f"{lead}: at most {100 * model.high:.0f} % of failures are the model's own"
    return "undecided: tag more failures until the model's share is on one side of 30 %"


def as_json(counted: Triage, tier: str) -> str:
    """The same as JSON."""
    share, low, high = counted.without("prompt", "system")
    body = {
        "schema": "triage/1",
        "rows": counted.rows,
        "usable": counted.usable,
        "refused": dict(counted.refused),
        "levels": {s.level: {"hits": s.hits, "share": s.share, "low": s.low, "high": s.high} for s in counted.shares},
        "tags": dict(counted.tags),
        "double_tagged": counted.double_tagged,
        "kappa": counted.kappa,
        "gone_if_prompts_and_system_were_fixed": {"share": share, "low": low, "high": high},
        "first": counted.first,
        "last": counted.last,
        "tier": tier,
        "sufficient": not lacking(counted, tier),
        "lacking": lacking(counted, tier),
        "points_to": points_to(counted, tier),
    }
    return json.dumps(body, indent=1, sort_keys=True) + "\n"


def render(counted: Triage, tier: str) -> str:
    """The same as text."""
    lines = [f"{counted.usable} usable of {counted.rows} failures" + (f", {counted.first} to {counted.last}" if counted.usable else "")]
    lines += [f"  refused: {count} ({reason})" for reason, count in counted.refused.items()]
    lines += ["", "Where they come from, with 95 % intervals"]
    for s in counted.shares:
        lines.append(f"  {s.level.replace('_', ' '):16}{s.hits:5}  {100 * s.share:3.0f} %  {percent(s.low, s.high)}")
    share, low, high = counted.without("prompt", "system")
    lines += ["", f"If all prompt and system failures were fixed, {100 * share:.0f} % would go away ({percent(low, high)})."]
    if counted.tags:
        lines.append(f"The three most frequent tags cover {100 * counted.top_share():.0f} %: " + ", ".join(f"{tag} {n}" for tag, n in counted.tags[:3]))
    if counted.kappa is not None:
        lines.append(f"Two people tagged {counted.double_tagged} of them; kappa {counted.kappa:.2f}")
    else:
        lines.append("Nobody tagged a second time (column tag2); agreement is unknown")
    if counted.usable:
        third, half = least_hits(counted.usable, 0.30), least_hits(counted.usable, 0.50)
        need = [f"{hits} for {words}" for hits, words in ((third, "30 %"), (half, "a majority")) if hits is not None]
        lines.append(f"At {counted.usable} failures a level needs {', '.join(need)}, to be sure of it")
    why = lacking(counted, tier)
    lines += ["", f"Enough at risk tier {tier}: " + ("yes" if not why else f"no, {why}"), f"Points to: {points_to(counted, tier)}"]
    return "\n".join(lines) + "\n"
