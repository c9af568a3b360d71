"""`audit init`: a short interview that writes a commented `audit.toml`. Failure is priced before the build, in this order.

An empty answer leaves the fact unknown, and the file says so; unknown is never read as fine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from auditor.decision.baselines import MORE_WANTED, less_is_better
from auditor.errors import ConfigError, UsageError
from auditor.settings import PATHS, Settings, UseCase

if TYPE_CHECKING:
    from auditor.model import Dataset

Answer = str | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `table` and `key` are where its answer stands in audit.toml."""

    table: str
    key: str
    kind: str
    """`text`, `number`, `share` (0 to 1), `yes`, `list`, or `one of A, B`."""
    text: str
    why: str
    empty: str
    """What an empty answer does."""


def _use(key: str, kind: str, text: str, why: str, empty: str) -> Question:
    return Question("use_case", key, kind, text, why, empty)


_PATH = "the path stays NOT YET PROVEN"

QUESTIONS: tuple[Question, ...] = (
    _use("task", "text", "What should the model do, in one sentence?", "a task that nobody can name cannot be measured", "no level above B on the data readiness scale"),
    _use("narrow", "yes or no", "Is there a closed list of labels, or an output schema?", "weights pay off on narrow tasks only", _PATH),
    _use("stable", "yes or no", "Do the same inputs and the same mistakes come back, month after month?", "weights learn patterns, not accidents", "read from the tagged failures"),
    _use("odd_structure", "yes or no", "Is the input something that no existing model reads?", "it is the one reason to train from scratch without trying to fine-tune", "fine-tuning has to be tried first"),
    _use("change_interval_days", "number", "Every how many days does the truth change (rules, prices, catalogue)?", "weights hold yesterday's truth", _PATH),
    _use("retrain_lead_time_days", "number", "How many days from new data to an approved new model?", "the truth must hold for twice as long", _PATH),
    _use("cost_per_error", "number", "What does one wrong output cost?", "price the failure before you price the build", "nothing about the build is read, " + _PATH),
    _use("errors_per_month", "number", "How many wrong outputs are there a month, today?", "with the cost of one, it is the price of failure", "nothing about the build is read, " + _PATH),
    _use("worst_error", "number", "What would the worst single error cost?", "it is shown apart and never averaged in", "the first page says that it is not declared"),
    _use("risk_tier", "one of low, medium, high, regulated", "Which risk tier is it?", "it sets every threshold", "counts as low, and the report says so"),
    _use("maintenance_hours_per_month", "number", "How many hours a month can the team give to maintenance, a year from now?", "capacity can demote a path though the data are ready", _PATH),
    _use("horizon_months", "number", "For how many months is that paid?", "at least twelve", "a condition; a veto for custom training"),
    _use("skill", "one of ml_engineer, analyst, none", "What is the best skill on call?", "custom training needs an ML engineer", "a veto for custom training"),
    _use("metric", "text", "By which metric is success measured (a share, more is better)?", "without it every result can be called a success", _PATH),
    _use("target", "share", "Which value must it reach, 0 to 1?", "lighter paths are measured against it first", _PATH),
    _use("tolerance", "share", "How far off may the measurement be, 0 to 1?", "it decides how large the hold-out must be", "0.05 to 0.01 by risk tier"),
    _use("requested_path", "one of " + ", ".join(PATHS), "Which path is requested?", "it is compared with the recommended one", "fine_tune"),
    _use("owner", "text", "Who owns it after launch? (`nobody` is an answer)", "what nobody owns decays from the first day", _PATH),
    _use("monitoring_owner", "text", "Who owns monitoring? (`nobody` is an answer)", "somebody has to look at the triggers", _PATH),
    _use("reviewers", "list", "Who approves it? (names, with commas)", "a high risk asks for names", "a condition at high risk"),
    _use("human_review", "text", "Which outputs does a person approve, and who? (`none` is an answer)", "some work still depends on judgement", "a veto for regulated use"),
    _use("quality_metrics", "list", "What else is watched after launch? (with commas)", "a regulated use watches policy_adherence, auditability, failure_mode_tests", "a veto for regulated use"),
    _use("licence", "text", "Under which licence or right may the data be used for training?", "what may not be used cannot be ready", "a condition at low risk, a veto above"),
    _use("provenance", "text", "Where do the data come from?", "you have to understand the data that produce the outputs", "a condition, from high risk a veto"),
    _use("consent", "text", "Did the people in the data consent? (`none needed, because ...` is an answer)", "personal data need a ground", "a condition, from high risk a veto"),
    _use("workflow_review", "text", "When was the workflow itself reviewed, by whom, and what changed?", "redesign comes before modelling", "a condition"),
    _use("human_rework_rate", "share", "What share of outputs do people repair today, 0 to 1?", "people cleaning up is where it breaks", "left out"),
    _use("freshness_days", "number", "How old may the newest record be, in days?", "stale facts are answered with retrieval", "30 days in the plan of a light path"),
    _use("monthly_volume", "number", "How many outputs a month?", "payback depends on it", _PATH),
    *(
        Question("costs", key, "number", text, "the bill grows by what no one priced", "payback cannot be computed")
        for key, text in (
            ("build", "What would building it cost, once (data, training, evaluation, approval)?"),
            ("unit_cost_delta", "By how much does the cost of one output change (negative: cheaper)?"),
            ("retrieval", "Retrieval, a month? (0 if none)"), ("approvals", "Approvals, a month?"), ("logging", "Logging, a month?"),
            ("evals", "Evaluation, a month?"), ("human_review", "People who review outputs, a month?"),
            ("retraining", "Retraining, a month?"), ("serving", "Serving beside the unit cost, a month?"),
        )
    ),
    Question("costs", "error_rate_now", "share", "What share of outputs is wrong today, 0 to 1?", "the saving is what it falls by", "payback cannot be computed"),
    Question("costs", "error_rate_after", "share", "What share would be wrong after the change, 0 to 1?", "the saving is what it falls by", "payback cannot be computed"),
    Question("failures", "file", "text", "Which file holds tagged production failures?", "`audit triage --template` writes a sheet; 100 ugly examples", "failures.csv beside the data, if there is one"),
    Question("baselines", "file", "text", "Which file holds results of lighter paths?", "the lightest set-up that hits the target wins", "baselines.json beside the data, if there is one"),
)  # fmt: skip
"""The interview, in the order in which it is held."""


def priced(answers: Mapping[tuple[str, str], Answer]) -> bool:
    """Whether the price of failure is known."""
    return ("use_case", "cost_per_error") in answers and ("use_case", "errors_per_month") in answers


def parse(question: Question, text: str) -> Answer | None:
    """An answer as typed; None when it is empty.

    Raises:
        UsageError: it is not of the question's kind; with what would be.
    """
    text = text.strip()
    if not text:
        return None
    kind = question.kind
    if kind in ("number", "share"):
        return _check(question, _number(question, text))
    if kind == "yes or no":
        if text.lower() not in ("y", "yes", "true", "n", "no", "false"):
            raise UsageError(f"{question.key}: yes or no")
        return text.lower() in ("y", "yes", "true")
    if kind == "list":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return _check(question, text)


def _number(question: Question, text: str) -> float:
    """A number as typed. Commas may stand between thousands and nowhere else: `12,5` is 12.5 to half the world and never 125.

    Raises:
        UsageError: it is none.
    """
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{question.key}: a number is wanted, as in 12.5") from None


def _check(question: Question, value: Answer) -> Answer:
    """The value if it is in range.

    Raises:
        UsageError: it is not.
    """
    if isinstance(value, float):
        low = float("-inf") if question.key == "unit_cost_delta" else 0.0
        high = 1.0 if question.kind == "share" else 1e15
        if not low <= value <= high or value != value:  # noqa: PLR0124 - NaN
            raise UsageError(f"{question.key}: a number from {low:g} to {high:g}")
    if question.kind.startswith("one of ") and isinstance(value, str):
        choices = question.kind.removeprefix("one of ").split(", ")
        if value not in choices:
            raise UsageError(f"{question.key}: one of {', '.join(choices)}")
    if question.key == "metric" and less_is_better(str(value)):
        raise UsageError(f"{question.key}: {MORE_WANTED}")
    return value


def ask(prompt: Callable[[Question], str], complain: Callable[[str], None]) -> dict[tuple[str, str], Answer]:
    """Hold the interview: asks again until an answer is of the right kind; skips build costs while failure has no price."""
    answers: dict[tuple[str, str], Answer] = {}
    for question in QUESTIONS:
        if question.table == "costs" and not priced(answers):
            continue
        while True:
            try:
                answer = parse(question, prompt(question))
            except UsageError as error:
                complain(str(error))
                continue
            if answer is not None:
                answers[question.table, question.key] = answer
            break
    return answers


def from_settings(settings: Settings, name: str, text: str) -> dict[tuple[str, str], Answer]:
    """Answers of a file that was loaded as settings.

    Raises:
        ConfigError: an answer is out of range, build costs come without a price of failure, or something is set that no question
            asks for and that would be lost; with line and fix.
    """
    for key in _unasked(settings):
        raise ConfigError(f"{name}:{_line(text, key)}: {key} is no question of the interview and would be lost; leave it out here and write it into audit.toml afterwards")
    answers: dict[tuple[str, str], Answer] = {}
    for question in QUESTIONS:
        value = getattr(getattr(settings, question.table), question.key)
        default = UseCase().requested_path if question.key == "requested_path" else None
        if value in (None, "", ()) or (value == default and question.key not in text):
            continue
        try:
            answers[question.table, question.key] = _check(question, value)
        except UsageError as error:
            raise ConfigError(f"{name}:{_line(text, question.key)}: {error}") from None
    given = sorted(key for table, key in answers if table == "costs")
    if given and not priced(answers):
        key = min(given, key=lambda k: _line(text, k))
        raise ConfigError(f"{name}:{_line(text, key)}: {key} is about the build; price the failure first: set cost_per_error and errors_per_month under [use_case]")
    return answers


def _unasked(settings: Settings) -> Iterator[str]:
    """What is set beside the answers, by its last word."""
    asked = {(q.table, q.key) for q in QUESTIONS} | {("baselines", "holdout_sha256")}
    tables = {table for table, _ in asked}
    for field in fields(settings):
        value, usual = getattr(settings, field.name), getattr(Settings(), field.name)
        if value == usual:
            continue
        if field.name not in tables:
            yield field.name
            continue
        yield from (f.name for f in fields(value) if (field.name, f.name) not in asked and getattr(value, f.name) != getattr(usual, f.name))


def _line(text: str, key: str) -> int:
    """1-based line on which `key` is set; 1 when it is not found."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.split("=", 1)[0].strip().strip('"') == key or re.match(rf"\s*\[+{re.escape(key)}[\].]", line):
            return number
    return 1


def _toml(value: Answer) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}" if "." in f"{value:.15g}" or "e" in f"{value:.15g}" else f"{value:.15g}.0"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return json.dumps(value).replace("\x7f", "\\u007F")


_EXAMPLE = {"number": "0.0", "share": "0.0", "yes or no": "true", "list": "[]"}
_HEADS = {
    "use_case": "What cannot be measured from the data. Empty means unknown, never fine.",
    "costs": "Read only after cost_per_error and errors_per_month. 0 is an answer, empty is not.",
    "failures": "Tagged production failures; relative to this folder.",
    "baselines": "What lighter paths reach on the frozen hold-out; relative to this folder.",
}


def write(answers: Mapping[tuple[str, str], Answer], dataset: Dataset | None = None, frozen: str = "") -> str:
    """`audit.toml` as text: every question with why it matters; unanswered ones commented out, so that they stay unknown.

    Args:
        answers: by table and key.
        dataset: the data, for the digest of its hold-out.
        frozen: digest of the hold-out as it was declared; it stays.
    """
    lines = ["# Written by `audit init`. Run `audit .` after each change; `audit explain USE` explains every requirement."]
    for table, head in _HEADS.items():
        lines += ["", f"# {head}", f"[{table}]"]
        for question in (q for q in QUESTIONS if q.table == table):
            lines.append(f"# {question.text} Why: {question.why}. Empty: {question.empty}.")
            if question.kind.startswith("one of"):
                lines.append(f"# {question.kind}")
            if (table, question.key) in answers:
                lines.append(f"{question.key} = {_toml(answers[table, question.key])}")
            else:
                lines.append(f"# {question.key} = {_EXAMPLE.get(question.kind, chr(34) * 2)}")
        if table == "baselines":
            lines += _frozen(dataset, frozen)
    lines += [
        "", "# Triggers: `audit plan` writes monitoring-plan.yaml with defaults for path and risk tier, or list your own:",
        "# [[monitoring.triggers]]", '# id = "accuracy"', '# kind = "metric"  # metric, drift, data_quality, event, calendar',
        '# signal = "holdout_accuracy"', '# rule = "< 0.9"', '# action = "retrain"', "",
        "# A blocker that somebody answers for, for at most 90 days; it becomes a condition, never a pass.",
        "# [[waivers]]", '# code = "LEK001"', '# owner = ""', '# reason = ""', '# since = "YYYY-MM-DD"', '# expires = "YYYY-MM-DD"',
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _frozen(dataset: Dataset | None, given: str) -> list[str]:
    """The hold-out as declared, else as it is now, by its digest, where there is exactly one file."""
    holdout = [f for f in dataset.files if f.split == "test"] if dataset else []
    head = "# sha256 of the frozen hold-out; runs that were measured on anything else do not count."
    if given:
        return [head, f"holdout_sha256 = {json.dumps(given)}"]
    if len(holdout) == 1:
        return [head, f"# (of {json.dumps(holdout[0].path)} as it is now)", f'holdout_sha256 = "{holdout[0].sha256}"']
    return [head, '# holdout_sha256 = ""']
