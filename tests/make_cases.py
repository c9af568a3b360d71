"""Writes the six worked cases of `samples/`: `python tests/make_cases.py`. Invented, drawn with fixed seeds.

Each folder has data, `audit.toml`, `failures.csv` and `baselines.json`; what differs is what was declared and measured.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
from collections.abc import Mapping

from make_samples import ISSUES, SAMPLES, readme, tickets, write_csv

from auditor.decision.interview import QUESTIONS, Answer, write

BASE: dict[str, Answer] = {
    "task": "route incoming tickets to one of six queues", "narrow": True, "stable": True, "change_interval_days": 365.0,
    "retrain_lead_time_days": 20.0, "cost_per_error": 14.0, "errors_per_month": 1800.0, "worst_error": 4000.0, "risk_tier": "medium",
    "maintenance_hours_per_month": 24.0, "horizon_months": 18.0, "skill": "analyst", "metric": "accuracy", "target": 0.9,
    "tolerance": 0.03, "requested_path": "fine_tune", "owner": "A. Nowak", "monitoring_owner": "B. Okafor", "reviewers": ("C. Perez",),
    "human_review": "refunds above 500, by the shift lead", "licence": "own data", "provenance": "ticket system, 2024 to 2026",
    "consent": "none needed, because tickets are processed under contract",
    "workflow_review": "2026-09-14 by D. Quist: two forms were merged", "human_rework_rate": 0.2, "monthly_volume": 12000.0,
    "build": 18000.0, "unit_cost_delta": 0.01, "retrieval": 0.0, "approvals": 150.0, "logging": 80.0, "evals": 250.0,
    "human_review_cost": 1200.0, "retraining": 600.0, "serving": 350.0, "error_rate_now": 0.15, "error_rate_after": 0.05,
}  # fmt: skip

EVENTS = {
    "instruction_unclear": ("the prompt never said which queue takes mixed requests", "the queue of the first request"),
    "output_rules_missing": ("two queues were named in one answer", "one queue"),
    "example_missing": ("sarcasm was read as praise", "the complaint queue"),
    "retrieval_stale": ("last year's refund rule was quoted", "this month's rule"),
    "retrieval_missing": ("the order status was guessed", "the status from the order system"),
    "routing": ("the ticket went to a closed queue", "the queue that replaced it"),
    "edge_class": ("a login problem inside a delivery complaint was overlooked", "account access"),
    "domain_behaviour": ("trade words for broken goods were not understood", "broken item"),
    "label_wrong": ("the agent had filed it wrongly", "the answer was right"),
    "human_judgement": ("two leads disagreed about goodwill", "a person decides"),
}


def failures(name: str, seed: int, double: int = 30, **counts: int) -> None:
    """Tagged failures, so many of each tag; the first `double` were tagged by a second person, who differs in one of twenty."""
    rng = random.Random(seed)
    tags = [tag for tag, count in counts.items() for _ in range(count)]
    rng.shuffle(tags)
    with (SAMPLES / name / "failures.csv").open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream, lineterminator="\n")
        out.writerow(("id", "date", "source", "tag", "tag2", "what_happened", "what_was_expected"))
        for n, tag in enumerate(tags):
            other = rng.choice(list(EVENTS)) if n % 20 == 19 else tag
            day = f"2026-{9 + n % 2:02d}-{1 + rng.randrange(28):02d}"
            out.writerow((f"T{4000 + n}", day, "production", tag, other if n < double else "", *EVENTS[tag]))


def data(name: str, seed: int, train: int, test: int, production: int) -> str:
    """Three files of tickets; digest of the hold-out."""
    rows = tickets(seed, train + test + production)
    write_csv(SAMPLES / name / "train.csv", rows[:train])
    write_csv(SAMPLES / name / "test.csv", rows[train : train + test])
    if production:
        (SAMPLES / name).mkdir(parents=True, exist_ok=True)
        with (SAMPLES / name / "production.csv").open("w", newline="", encoding="utf-8") as stream:
            out = csv.writer(stream, lineterminator="\n")
            out.writerow(("text",))
            out.writerows((text,) for text, _ in rows[train + test :])
    return hashlib.sha256((SAMPLES / name / "test.csv").read_bytes()).hexdigest()


def baselines(name: str, digest: str, n: int, **runs: tuple[float, ...]) -> None:
    """Runs by path; several values are iterations."""
    out = [
        {"path": path, "metric": "accuracy", "value": value, "n": n, "date": "2026-10-20", "iteration": i + 1, "holdout_sha256": digest}
        for path, values in runs.items()
        for i, value in enumerate(values)
    ]
    (SAMPLES / name / "baselines.json").write_text(json.dumps({"runs": out}, indent=1) + "\n", encoding="utf-8")


TRIGGERS = """
[[monitoring.triggers]]
id = "accuracy"
kind = "metric"
signal = "accuracy"
rule = "< 0.87"
action = "retrain"
owner = "B. Okafor"
min_n = 100

[[monitoring.triggers]]
id = "rules-changed"
kind = "event"
signal = "policy_change"
action = "human_review"
owner = "B. Okafor"
"""


def config(name: str, digest: str, changes: Mapping[str, Answer | None], *, triggers: bool = True, production: bool = True) -> None:
    """`audit.toml` as `audit init` writes it, with the classes and, where decided, triggers."""
    given = {**BASE, **changes}
    answers: dict[tuple[str, str], Answer] = {}
    for question in QUESTIONS:
        key = "human_review_cost" if (question.table, question.key) == ("costs", "human_review") else question.key
        value = given.get(key)
        if value is not None:
            answers[question.table, question.key] = value
    text = write(answers).split("\n# Triggers:")[0].replace('# holdout_sha256 = ""', f'holdout_sha256 = "{digest}"')
    head = f"\n[data]\nclasses = {json.dumps(sorted(ISSUES))}\n" + ('production = "production.csv"\n' if production else "")
    (SAMPLES / name / "audit.toml").write_text(text.rstrip("\n") + "\n" + head + (TRIGGERS if triggers else ""), encoding="utf-8")


def fine_tuning() -> None:
    name = "case-fine-tuning-justified"
    digest = data(name, 21, 720, 420, 260)
    config(name, digest, {})
    failures(name, 22, edge_class=56, domain_behaviour=30, instruction_unclear=10, retrieval_stale=8, label_wrong=9, human_judgement=4)
    baselines(name, digest, 420, prompt=(0.70, 0.74, 0.735, 0.738), workflow=(0.75,), retrieval=(0.77,))
    readme(name, "Narrow, stable, measured, owned; prompt and retrieval miss the target and most failures are the model's own.\nExpected: fine-tuning is justified.")


def prompt_problem() -> None:
    name = "case-prompt-problem"
    digest = data(name, 31, 720, 420, 260)
    config(name, digest, {})
    failures(name, 32, instruction_unclear=48, output_rules_missing=22, example_missing=9, retrieval_missing=12, edge_class=9, domain_behaviour=6)
    baselines(name, digest, 420, prompt=(0.74, 0.79), retrieval=(0.78,))
    readme(name, "The same team, but three of four failures come from what the prompt never said.\nExpected: not justified; configure.")


def stale_facts() -> None:
    name = "case-stale-facts"
    digest = data(name, 41, 720, 420, 260)
    config(name, digest, {"change_interval_days": 14.0, "retrain_lead_time_days": 30.0, "freshness_days": 2.0})
    failures(name, 42, retrieval_stale=60, retrieval_missing=22, routing=6, edge_class=14, instruction_unclear=8)
    baselines(name, digest, 420, prompt=(0.70, 0.71, 0.705), retrieval=(0.84,))
    readme(name, "The rules change every two weeks and retraining takes a month; most failures are outdated facts.\nExpected: not justified; retrieve.")


def nobody() -> None:
    name = "case-nobody-owns-it"
    digest = data(name, 51, 720, 420, 260)
    config(name, digest, {"owner": "nobody", "monitoring_owner": "nobody", "maintenance_hours_per_month": 2.0}, triggers=False)
    failures(name, 52, edge_class=56, domain_behaviour=30, instruction_unclear=10, retrieval_stale=8, label_wrong=9)
    baselines(name, digest, 420, prompt=(0.70, 0.74, 0.735, 0.738), retrieval=(0.77,))
    readme(name, "Data and figures of the justified case, but nobody owns it after launch.\nExpected: the data are fine, fine-tuning is not justified.")


def regulated() -> None:
    name = "case-regulated-without-spot-check"
    digest = data(name, 61, 1200, 700, 1020)
    changes: dict[str, Answer | None] = {"risk_tier": "regulated", "quality_metrics": ("policy_adherence", "auditability", "failure_mode_tests")}
    config(name, digest, changes)
    failures(name, 62, double=60, edge_class=100, domain_behaviour=60, instruction_unclear=20, retrieval_stale=14, label_wrong=12)
    baselines(name, digest, 700, prompt=(0.70, 0.74, 0.735, 0.738), retrieval=(0.77,))
    readme(name, "A regulated use with everything in order, except that no person has checked the labels.\nExpected: insufficient evidence, not yet proven.")


def custom() -> None:
    name = "case-custom-training-justified"
    digest = data(name, 71, 1200, 560, 540)
    config(name, digest, {
        "requested_path": "custom_train", "maintenance_hours_per_month": 90.0, "skill": "ml_engineer", "horizon_months": 24.0, "build": 40000.0,
        "errors_per_month": 3600.0, "error_rate_now": 0.3, "tolerance": 0.02,
    })  # fmt: skip
    failures(name, 72, edge_class=70, domain_behaviour=40, instruction_unclear=8, retrieval_stale=6)
    baselines(name, digest, 560, prompt=(0.60, 0.61, 0.605), retrieval=(0.66,), fine_tune=(0.80, 0.81, 0.805))
    readme(name, "Prompt, retrieval and a fine-tuned model all miss the target; an engineer, hours and two years are there.\nExpected: custom training is justified.")


if __name__ == "__main__":
    for make in (fine_tuning, prompt_problem, stale_facts, nobody, regulated, custom):
        make()
