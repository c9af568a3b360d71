"""`audit drift`: each trigger of a plan against new data and what was observed: ok, fired, unknown or overdue."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.decision.intervals import wilson
from auditor.decision.plan import Plan, read
from auditor.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from auditor.decision.reference import Signal
    from auditor.settings import Settings, Trigger

RETRAIN_WINDOWS = 2
"""Of the last three looks, this many must have fired before `retrain` is the action; until then it is `investigate`."""

LOOKED = 50_000
"""New rows that are compared; of more a sample."""
_RULE = re.compile(r"^\s*(<=?|>=?)\s*(-?\d+(?:\.\d+)?)(?![\w,]|\.\d|\s*%)")
"""`< 0.9` and what follows in words; `< 0,9` is no rule, or it would be `< 0`, and `< 90 %` would be `< 90`."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A metric as measured by the team: `--metric accuracy=0.91:400`."""

    value: float
    n: int


@dataclass(frozen=True, slots=True)
class TriggerState:
    """One trigger after a look."""

    id: str
    kind: str
    state: str
    """`ok`, `fired`, `unknown` or `overdue`."""
    reason: str
    action: str
    """What to do; empty unless it fired or is overdue."""
    owner: str
    sla_days: float


@dataclass(frozen=True, slots=True)
class Look:
    """One run of `audit drift`."""

    day: str
    plan_reference: str
    rows: int
    """New rows there are."""
    looked: int
    """New rows that were compared: all, or a sample of very many."""
    triggers: tuple[TriggerState, ...]
    signals: tuple[Signal, ...]

    @property
    def exit_code(self) -> int:
        """0 nothing fired, 1 something fired, 3 nothing fired but something is unknown or overdue."""
        states = {t.state for t in self.triggers}
        if "fired" in states:
            return 1
        return 3 if states & {"unknown", "overdue"} else 0

    def to_json(self) -> str:
        """As kept for the next look (`--history`)."""
        body = {"schema": "drift-look/1", "day": self.day, "reference_digest": self.plan_reference, "rows": self.rows, "looked": self.looked, "exit_code": self.exit_code}
        body |= {"triggers": [asdict(t) for t in self.triggers], "signals": [asdict(s) for s in self.signals]}
        return json.dumps(body, indent=1, sort_keys=True) + "\n"


def parse_metric(text: str) -> tuple[str, Observed]:
    """`accuracy=0.91:400` as name, value and n; n may be left out for figures that are no share of rows.

    Raises:
        UsageError: it is not of that form.
    """
    found = re.fullmatch(r"([\w.-]+)=(-?\d+(?:\.\d+)?)(?::(\d+))?", text.strip())
    if not found:
        raise UsageError(f"--metric {text!r}: write NAME=VALUE:N, as in accuracy=0.91:400")
    return found[1], Observed(float(found[2]), int(found[3] or 0))


def _fired_before(trigger: Trigger, history: Sequence[Mapping[str, object]]) -> int:
    """In how many of the last two earlier looks the trigger fired."""
    count = 0
    for look in history[-2:]:
        entries = look.get("triggers")
        if isinstance(entries, list):
            count += any(isinstance(e, dict) and e.get("id") == trigger.id and e.get("state") == "fired" for e in entries)
    return count


def _state(trigger: Trigger, state: str, reason: str, history: Sequence[Mapping[str, object]]) -> TriggerState:
    action = ""
    if state == "fired":
        action = trigger.action
        if action == "retrain" and 1 + _fired_before(trigger, history) < RETRAIN_WINDOWS:
            action = "investigate"
            reason += f"; retraining only when {RETRAIN_WINDOWS} of 3 looks fired"
    elif state == "overdue":
        action = "human_review"
    return TriggerState(trigger.id, trigger.kind, state, reason, action, trigger.owner, trigger.sla_days)


def _metric(trigger: Trigger, observed: Mapping[str, Observed]) -> tuple[str, str]:
    """Fires when the measured value breaks the rule; unknown when the interval at that n does not tell the two apart."""
    seen, rule = observed.get(trigger.signal), _RULE.match(trigger.rule)
    if seen is None:
        return "unknown", f"{trigger.signal} was not given (--metric {trigger.signal}=VALUE:N)"
    if rule is None:
        return "unknown", "the rule is words, not `< 0.9`; a person has to judge it"
    if seen.n < trigger.min_n:
        return "unknown", f"measured on {seen.n} rows; {trigger.min_n} are wanted"
    limit, below = float(rule[2]), rule[1].startswith("<")
    broken = {"<": seen.value < limit, "<=": seen.value <= limit, ">": seen.value > limit, ">=": seen.value >= limit}[rule[1]]
    words = f"{trigger.signal} is {seen.value:g}, rule {rule[1]} {limit:g}"
    if below and 0 < limit < 1 < seen.value:
        return "unknown", f"{words}; is it a percentage? The rule is about a share, 0 to 1"
    if broken:
        return "fired", words
    if seen.n and 0 <= seen.value <= 1:
        low, high = wilson(seen.value * seen.n, seen.n)
        words += f" (95 % {low:.3g}–{high:.3g} on {seen.n} rows{', which does not rule it out' if (low < limit if below else high > limit) else ''})"
    return "ok", words


def _columns(trigger: Trigger, signals: Sequence[Signal], rows: int) -> tuple[str, str]:
    """Drift and data quality: any signal of the kind, or of the one column that the trigger names."""
    wanted = ("distribution", "text") if trigger.kind == "drift" else ("nulls", "schema")
    name = trigger.signal.removeprefix("column:") if trigger.signal.startswith("column:") else ""
    mine = [s for s in signals if s.kind in wanted and (not name or s.column == name)]
    if not mine:
        return "unknown", f"the reference has no column {name!r}" if name else "the reference watches no column"
    fired = [s for s in mine if s.state == "fired"]
    gone = [s for s in fired if s.kind == "schema"]
    if gone and rows < trigger.min_n:  # one row is enough to see that
        return "fired", f"{len(gone)} columns are gone: {', '.join(s.column for s in gone[:5])}"
    if rows < trigger.min_n:
        return "unknown", f"{rows} new rows; {trigger.min_n} are wanted"
    if fired:
        words = ", ".join(f"{s.column} ({s.kind})" for s in fired[:5])
        return "fired", f"{len(fired)} of {len(mine)} signals: {words}"
    open_ = [s for s in mine if s.state == "unknown"]
    if open_:
        return "unknown", f"{len(open_)} of {len(mine)} signals cannot be judged: {open_[0].column}: {open_[0].note}"
    return "ok", f"none of {len(mine)} signals beyond chance"


def _events(trigger: Trigger, events: Sequence[str]) -> tuple[str, str]:
    if trigger.signal in events or trigger.id in events:
        return "fired", f"{trigger.signal} was reported"
    if "none" in events:
        return "ok", "nothing was reported"
    return "unknown", f"nobody said whether it happened (--event {trigger.signal}, or --event none)"


def judge(
    plan: Plan, signals: Sequence[Signal], rows: int, *, observed: Mapping[str, Observed], events: Sequence[str],
    history: Sequence[Mapping[str, object]], day: dt.date,
) -> tuple[TriggerState, ...]:  # fmt: skip
    """State of each trigger on `day`. Looks of one day are one look, and none counts against itself."""
    by_day = {str(h.get("day", ""))[:10]: h for h in history if str(h.get("day", ""))[:10] <= day.isoformat()}
    last = max(by_day, default="") or plan.created.isoformat()
    earlier = [by_day[when] for when in sorted(by_day) if when < day.isoformat()]
    out = []
    for trigger in plan.triggers:
        if trigger.kind == "metric":
            state, reason = _metric(trigger, observed)
        elif trigger.kind in ("drift", "data_quality"):
            state, reason = _columns(trigger, signals, rows)
        elif trigger.kind == "event":
            state, reason = _events(trigger, events)
        else:
            state, reason = _calendar(trigger, last, day)
        if state == "unknown" and _age(last, day) > trigger.window_days:
            state, reason = "overdue", f"{reason}; last look on {last}"
        out.append(_state(trigger, state, reason, earlier))
    if plan.expires < day:
        out.append(TriggerState("plan", "calendar", "overdue", f"the plan expired on {plan.expires}", "human_review", plan.owner, 7))
    return tuple(out)


def _age(last: str, day: dt.date) -> int:
    try:
        return (day - dt.date.fromisoformat(last[:10])).days
    except ValueError:
        return 0


def _calendar(trigger: Trigger, last: str, day: dt.date) -> tuple[str, str]:
    age = _age(last, day)
    if age > trigger.window_days:
        return "overdue", f"last look {age} days ago, every {trigger.window_days:g} wanted"
    return "ok", f"last look {age} days ago"


def read_history(files: Sequence[Path], reference: str) -> list[Mapping[str, object]]:
    """Earlier looks at the plan whose reference is about the data of digest `reference`.

    Raises:
        ConfigError: a file is not one written by `audit drift`, or is a look at another plan.
    """
    out: list[Mapping[str, object]] = []
    for file in files:
        try:
            look = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            look = None
        if not isinstance(look, dict) or look.get("schema") != "drift-look/1":
            raise ConfigError(f"{file.name} is not a look written by `audit drift -o`")
        if look.get("reference_digest") != reference:
            raise ConfigError(f"{file.name} is a look at another plan, or at this one before it was written anew; leave it out")
        out.append(look)
    return out


def _heard(plan: Plan, observed: Mapping[str, Observed], events: Sequence[str]) -> None:
    """Nothing that was measured or happened is passed over because of its spelling.

    Raises:
        UsageError: no trigger looks at a metric or waits for an event; with those that there are.
    """
    metrics = {t.signal for t in plan.triggers if t.kind == "metric"}
    waited = {word for t in plan.triggers if t.kind == "event" for word in (t.signal, t.id)} | {"none"}
    for option, given, known in (("--metric", observed, metrics), ("--event", events, waited)):
        for name in given:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known)) or 'none'}"
                raise UsageError(f"{option} {name}: no trigger of the plan asks for it; {hint}")


def look(
    plan_file: Path, data: Path, settings: Settings, *, observed: Mapping[str, Observed], events: Sequence[str],
    history: Sequence[Path], day: dt.date,
) -> Look:  # fmt: skip
    """New data at `data` against the plan in `plan_file`.

    Raises:
        AuditError: plan or data cannot be read.
    """
    from auditor.decision.reference import ANSWERS, compare
    from auditor.scan.rows import SourceRows
    from auditor.sources.discover import discover

    plan = read(plan_file)
    _heard(plan, observed, events)
    earlier = read_history(history, plan.dataset_digest)
    # which file is whose split was said of the training data; new rows are all looked at
    source = discover(data, replace(settings, data=replace(settings.data, train="", holdout="", production="")))
    columns = tuple(c.name for c in source.dataset.columns)
    rows = SourceRows(source, settings).select(columns, cap=LOOKED).select(columns)
    # unlabelled traffic is what is expected, whether the column is left out or left empty
    answers = {name for role in ANSWERS for name in plan.roles.get(str(role), ())}
    blank = {name for name in answers if name not in columns or rows[name].null_count() == len(rows)}
    kept = {name: entry for name, entry in plan.reference.items() if name not in blank}
    signals = compare(kept, rows, plan.dataset_digest)
    states = judge(plan, signals, len(rows), observed=observed, events=events, history=earlier, day=day)
    return Look(day.isoformat(), plan.dataset_digest, source.dataset.rows, len(rows), states, tuple(signals))


def render(result: Look) -> str:
    """A look as text."""
    words = {"ok": "ok     ", "fired": "FIRED  ", "unknown": "unknown", "overdue": "OVERDUE"}
    sampled = f", a sample of {result.looked:,} of them compared" if result.looked < result.rows else ""
    lines = [f"{result.rows:,} new rows on {result.day}{sampled}", ""]
    for t in result.triggers:
        lines.append(f"  {words[t.state]}  {t.id:20}  {t.reason}")
        if t.action:
            lines.append(f"           {'':20}  -> {t.action}{f', {t.owner}' if t.owner else ''}, within {t.sla_days:g} days")
    moved = [s for s in result.signals if s.state == "fired"]
    if moved:
        lines += ["", "What moved:"]
        for s in moved:
            figures = f" {s.value:.3g} (limit {s.limit:.3g})" if s.value is not None and s.limit is not None else ""
            lines.append(f"  {s.column}: {s.kind}{figures}{', ' + s.note if s.note else ''}")
    return "\n".join(lines) + "\n"
