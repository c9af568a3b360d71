"""Real files with known answers: they are not part of the project, so these tests skip where they are absent."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from auditor.settings import TargetSettings
from auditor.targets.convert import convert
from auditor.targets.cost import cost
from auditor.targets.report import Outcome
from auditor.targets.study import compatibility

EXACT = TargetSettings(tokenizer="o200k_base")


def outcome(path: Path, target: str, settings: TargetSettings | None = None) -> Outcome:
    found = compatibility([path], [target], settings).outcome(target)
    assert found is not None
    return found


def test_together_cases(shared_data: Path) -> None:
    """Verdict and line of Together's own file checks, all 29."""
    with (shared_data / "together_cases" / "expected.tsv").open(newline="") as file:
        cases = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(cases) == 29
    for name, purpose, verdict, line, _ in cases:
        got = outcome(shared_data / "together_cases" / name, "together-eval" if purpose == "eval" else "together")
        assert got.ok == (verdict == "valid"), (name, got.errors)
        if line:
            assert int(line) in {p.line for i in got.errors for p in i.places}, name


PROBES = {
    "all_weights_zero": ("GEN-05", 12),
    "blank_line_mid": ("GEN-20", 7),
    "bom": ("GEN-20", 1),
    "dup_keys": ("GEN-02", 12),
    "empty_assistant": ("GEN-04", 12),
    "ends_with_user": ("GEN-07", 12),
    "json_array_not_lines": ("GEN-19", 1),
    "lone_surrogate": ("GEN-01", 12),
    "nan_value": ("GEN-03", 12),
    "null_content": ("GEN-23", 12),
    "only_9_rows": ("OAI-MIN", None),
    "pref_equal": ("GEN-12", 1),
    "system_mid": ("GEN-24", 12),
    "tool_arg_missing_required": ("GEN-10", 1),
    "tool_args_bad_json": ("GEN-08", 1),
    "tool_call_unanswered": ("GEN-11", 1),
    "tool_name_undeclared": ("GEN-09", 1),
    "tool_result_orphan_id": ("GEN-11", 1),
    "two_users": ("GEN-25", 12),
    "utf16": ("GEN-00", 1),
    "weight_on_user": ("GEN-26", 12),
    "weight_true": ("GEN-06", 12),
}


@pytest.mark.parametrize("name", sorted(PROBES))
def test_probe_is_found(shared_data: Path, name: str) -> None:
    rule, line = PROBES[name]
    report = compatibility([shared_data / "probes" / f"{name}.jsonl"], ["openai"])
    issue = next((i for o in report.outcomes for i in o.issues if i.rule == rule), None)
    assert issue is not None, [(i.rule, i.places) for o in report.outcomes for i in o.issues]
    assert issue.places[0].line == line


@pytest.mark.parametrize("name", ["ok", "tool_ok", "dup_rows_all"])
def test_valid_probe_is_taken(shared_data: Path, name: str) -> None:
    report = compatibility([shared_data / "probes" / f"{name}.jsonl"], ["openai", "together", "mistral", "fireworks", "trl-sft"])
    for found in report.outcomes:
        assert found.ok, (found.target, found.errors)


def test_probes_and_cases_are_all_tried(shared_data: Path) -> None:
    there = {p.stem for p in (shared_data / "probes").glob("*.jsonl")}
    assert there == set(PROBES) | {"ok", "tool_ok", "dup_rows_all"}


def test_cookbook_figures(shared_data: Path) -> None:
    """4306 billed tokens, 20 epochs, 86,120; mean 1648.4; longest 8032 (notebook: cl100k_base, context 4096)."""
    pytest.importorskip("toktok")
    settings = TargetSettings(tokenizer="cl100k_base", max_length=4096)
    found = outcome(shared_data / "openai_toy_chat_rebuilt.jsonl", "openai", settings)
    assert found.tokens.exact
    assert found.tokens.value / found.rows == 1648.4
    assert found.billed_tokens.value == 4306
    assert found.epochs == (20, 20)
    bill = cost(found)
    assert bill.billed.low == bill.billed.high == 86_120
    cut = next(i for i in found.issues if i.rule == "OAI-LEN")
    assert [(p.line, p.detail) for p in cut.places] == [(5, "8,032 tokens, limit 4,096")]


def test_gpteacher_has_response_where_alpaca_has_output(shared_data: Path) -> None:
    report = compatibility([shared_data / "roleplay_instruct.json"], ["llamafactory"])
    assert (report.format, report.rows) == ("gpteacher", 1923)
    assert {i.rule for i in report.outcomes[0].errors} == {"LF-ALPACA"}
    assert report.outcomes[0].rejected == 1923
    assert outcome(shared_data / "roleplay_instruct.json", "axolotl").rejected == 0


def test_reserved_words_of_nova(shared_data: Path) -> None:
    found = outcome(shared_data / "roleplay_instruct.json", "bedrock-nova")
    assert {i.rule: i.rows for i in found.issues}["NOVA-RESERVED"] == 2


def test_placeholders_of_identity(shared_data: Path) -> None:
    found = outcome(shared_data / "identity.json", "generic")
    assert {i.rule: i.rows for i in found.issues}["GEN-16"] == 85
    assert {i.rule: i.count for i in found.issues}["GEN-13"] == 2


def test_repeats_of_alpaca(shared_data: Path) -> None:
    report = compatibility([shared_data / "alpaca_zh.json"], ["llamafactory"])
    assert (report.rows, report.duplicates, report.effective) == (1000, 8, 992)
    assert report.outcomes[0].ok


def test_tool_turns_of_glaive(shared_data: Path) -> None:
    report = compatibility([shared_data / "glaive_toolcall_en.json"], ["llamafactory", "axolotl"])
    assert report.format == "sharegpt"
    assert all(o.rejected == 0 for o in report.outcomes)
    generic = report.outcome("generic")
    assert generic is not None
    assert {i.rule: i.rows for i in generic.issues if i.level == "warning" and i.rows} == {"GEN-10": 1}


@pytest.mark.parametrize("name", ["axolotl_conversation.json", "axolotl_missingturns.json"])
def test_one_object_over_many_lines(shared_data: Path, name: str) -> None:
    report = compatibility([shared_data / name], ["together"])
    assert report.rows == 1
    assert {"TOG-JSON", "TOG-EXT", "TOG-FMT"} <= {i.rule for i in report.outcomes[0].errors}
    generic = report.outcome("generic")
    assert generic is not None
    blank = [i for i in generic.issues if i.rule == "GEN-04"]
    assert bool(blank) == ("missing" in name)
    if blank:
        assert (blank[0].places[0].line, blank[0].places[0].path) == (9, "$.conversations[1].value")


def test_what_trl_cuts(shared_data: Path, tmp_path: Path) -> None:
    """12 % of c4_demo is over 1024 tokens and 4 rows over 4096; 28 % of the pairs of dpo_en have a side over it."""
    pytest.importorskip("toktok")
    text = outcome(shared_data / "c4_demo.jsonl", "trl-sft", EXACT)
    assert text.truncated.exact
    assert text.truncated.value == 37
    longer = outcome(shared_data / "c4_demo.jsonl", "trl-sft", TargetSettings(tokenizer="o200k_base", max_length=4096))
    assert longer.truncated.value == 4
    done = convert(shared_data / "dpo_en_sharegpt.json", "trl-dpo", tmp_path / "dpo.jsonl")
    assert (done.written, done.refused_rows) == (300, 0)
    pairs = outcome(tmp_path / "dpo.jsonl", "trl-dpo", EXACT)
    assert pairs.ok
    assert 0.27 < pairs.truncated.value / pairs.rows < 0.29
    assert pairs.loss() > 0.27


def test_estimates_enclose_the_exact_count(shared_data: Path) -> None:
    pytest.importorskip("toktok")
    from auditor.targets.engine import Engine, Source
    from auditor.targets.spec import load
    from auditor.targets.tokens import BYTES, EXACT, ByteCounter, RustCounter

    for name in ("alpaca_zh.json", "c4_demo.jsonl", "glaive_toolcall_en.json", "toolformer_06.json"):
        units = []
        for counter in (ByteCounter(), RustCounter("o200k_base", chosen=True)):
            engine = Engine([load("axolotl")], counter)
            engine.feed(Source(shared_data / name, name))
            units.append(engine.units)
        guess, exact = BYTES.range(units[0]), EXACT.range(units[1])
        assert guess.low <= exact.value <= guess.high, name


def test_counts_equal_tiktokens_on_special_tokens() -> None:
    toktok = pytest.importorskip("toktok")
    assert toktok.batch_count(["<|endoftext|>"], "o200k_base", 1)[0] > 1
