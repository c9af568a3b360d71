"""Every collected rule is in a target's table, or stands here with the reason why not."""

from __future__ import annotations

import csv
from pathlib import Path

from auditor.targets.spec import load, names

ELSEWHERE = {
    "NOVA2": ("bedrock-nova", "NOVA2"),
    "TT": ("torchtune", "TT-MSG"),
    "UNS": ("generic", "GEN-35"),
    "TOG-PREF": ("together", "TOG-PREF-ONE"),
    "GEN-17": ("trl-sft", "TRL-TRUNC"),
    "TRL-SFT": ("trl-sft", "TRL-SHAPE"),
    "TRL-SHAPE": ("trl-sft", "TRL-SHAPE"),
}
"""Rules that are split or stand under another id, with one of the places."""
LEVELS = {
    "LF-PARITY": "a row with bad parity is skipped, not refused: `loss` since that level exists",
    "LF-PREF": "the same",
    "TRL-TRUNC": "cut without a word: `loss`",
    "AXO-LEN": "dropped without a word: `loss`",
    "LF-CUT": "cut without a word: `loss`",
    "OAI-LEN": "cut: `loss`",
    "OAI-SYS": "a count in the notebook: advice",
    "MIS-LINES": "defined in the source, but its call is commented out: nobody refuses the file",
    "OAI-VISLIM": "recalled: warning",
    "AZ-MIN": "recalled: warning",
    "COH": "the target is closed: an error stays one",
}
"""Rules whose level differs from the collected one, and why."""


def ours() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in names():
        for rule in load(name).rules:
            found.setdefault(rule.id, set()).add(rule.level)
    return found


def test_every_collected_rule_is_ours(shared_data: Path) -> None:
    table = shared_data.parent / "design" / "target-rules.tsv"
    with table.open(newline="") as file:
        collected = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(collected) == 116
    known = ours()
    for rule in collected:
        name = rule["rule_id"]
        if name in ELSEWHERE:
            target, own = ELSEWHERE[name]
            assert own in {r.id for r in load(target).rules}, name
            continue
        assert name in known, name
        if name not in LEVELS:
            assert rule["level"] in known[name], (name, rule["level"], known[name])
        if "recalled" in rule["evidence"]:
            assert known[name] <= {"warning", "advice", "info"}, name


def test_reasons_name_rules_that_exist() -> None:
    known = ours()
    assert set(LEVELS) <= set(known)
