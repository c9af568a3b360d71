"""The providers' own code on the same files. Development-only packages: skipped where they are not installed.

Every disagreement stands in a table with its reason; one that isn't there fails.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from target_cases import BASES, broken, chat, tools, write

from auditor.targets.spec import load
from auditor.targets.study import compatibility


def ours(path: Path, target: str) -> bool:
    outcome = compatibility([path], [target]).outcome(target)
    assert outcome is not None
    return outcome.ok


def files(folder: Path, target: str, shared: Path | None) -> dict[str, Path]:
    """Broken rows of every rule, and the probes and cases where they are."""
    found = {}
    for rule in load(target).rules:
        try:
            row = broken(load(target), rule)
        except KeyError:  # a rule about files
            continue
        rows: list[Any] = [BASES[target](i) for i in range(12)]
        rows[6] = row
        found[rule.id] = write(folder, rows, f"{rule.id}.jsonl")
    found["valid"] = write(folder, [BASES[target](i) for i in range(12)], "valid.jsonl")
    found["tools"] = write(folder, [tools(i) for i in range(12)], "tools.jsonl")
    if shared is not None:
        for name in ("probes", "together_cases"):
            found |= {p.name: p for p in sorted((shared / name).glob("*.jsonl"))}
    return found


TOGETHER = {
    "TOG-ALT": "the 2.x client dropped the rule of alternation, the documentation still has it",
    "two_users.jsonl": "the same",
    "TOG-CONTENT-NULL": "the 2.x client skips null contents; 1.x refuses them, and there is nothing in them to learn",
    "null_content.jsonl": "the same",
}


def test_together_2_14(tmp_path: Path, shared_data: Path) -> None:
    checker = pytest.importorskip("together.lib.utils.files")
    different = {}
    for name, path in files(tmp_path, "together", shared_data).items():
        theirs = checker.check_file(path)["is_check_passed"]
        if theirs != ours(path, "together"):
            different[name] = theirs
    assert set(different) <= set(TOGETHER), different
    assert {"TOG-ALT", "two_users.jsonl", "null_content.jsonl"} <= set(different)


FORMAT_ONLY = {"MIS-FMT", "MIS-KEY", "MIS-STRUCT", "MIS-OBJ", "MIS-MSG-OBJ"}
"""Rules of the trainer's own reader, which comes before mistral-common."""
MISTRAL_DIFFERENT = {
    "MIS-ROLE-SYS": "at most one system message is a rule of mistral-finetune's tokenize.py, not of mistral-common",
    "MIS-FIRST": "mistral-finetune takes the system message away first, and a lone answer is left; mistral-common counts it",
    "dup_keys.jsonl": "the same: the key that wins makes its first message the system's",
    "MIS-TOOLDEF": "mistral-finetune asks for a description; mistral-common has an empty one by default",
    "MIS-TOOLARG": "mistral-common encodes arguments that are an object by itself; mistral-finetune asks for a string",
    "weight_on_user.jsonl": "mistral-common's message of a user knows no weight; mistral-finetune reads only the keys it wants",
}


def mistral(path: Path) -> bool:
    """mistral-common in finetuning mode, with ids of nine characters (V3) and pairing by id (V11)."""
    from mistral_common.protocol.instruct.messages import (
        FinetuningAssistantMessage,
        SystemMessage,
        ToolMessage,
        UserMessage,
    )
    from mistral_common.protocol.instruct.request import ChatCompletionRequest
    from mistral_common.protocol.instruct.tool_calls import Tool
    from mistral_common.protocol.instruct.validator import (
        MistralRequestValidatorV3,
        MistralRequestValidatorV11,
        ValidationMode,
    )

    classes = {"system": SystemMessage, "user": UserMessage, "assistant": FinetuningAssistantMessage, "tool": ToolMessage}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        try:
            messages = [classes[m["role"]].model_validate(m) for m in row["messages"]]
            given = [Tool.model_validate(t) for t in row.get("tools", [])]
            request = ChatCompletionRequest(messages=messages, tools=given or None)
            MistralRequestValidatorV3(mode=ValidationMode.finetuning).validate_request(request)
            MistralRequestValidatorV11(mode=ValidationMode.finetuning)._validate_tool_calls_followed_by_tool_messages(messages)
        except Exception:  # noqa: BLE001 - their many exceptions all mean no
            return False
    return True


def test_mistral_common(tmp_path: Path, shared_data: Path) -> None:
    pytest.importorskip("mistral_common.protocol.instruct.validator")
    different = {}
    probes = {k: v for k, v in files(tmp_path, "mistral", shared_data).items() if k not in FORMAT_ONLY}
    for name, path in probes.items():
        if not name.endswith(".jsonl") or path.parent.name == "probes":
            if name in {"bom.jsonl", "utf16.jsonl", "json_array_not_lines.jsonl", "blank_line_mid.jsonl", "pref_equal.jsonl", "nan_value.jsonl"}:
                continue  # files, or another shape: the validator sees one conversation
            theirs = mistral(path)
            if theirs != ours(path, "mistral"):
                different[name] = theirs
    assert set(different) <= set(MISTRAL_DIFFERENT), different


def test_tiktoken_counts(shared_data: Path) -> None:
    """Equal counts on real text, where tiktoken finds its vocabulary without a network (TIKTOKEN_CACHE_DIR)."""
    tiktoken = pytest.importorskip("tiktoken")
    toktok = pytest.importorskip("toktok")
    import os

    if not os.environ.get("TIKTOKEN_CACHE_DIR"):
        pytest.skip("tiktoken downloads its vocabulary unless TIKTOKEN_CACHE_DIR has it")
    encoding = tiktoken.get_encoding("o200k_base")
    texts = [json.loads(line)["text"] for line in (shared_data / "c4_demo.jsonl").read_text().splitlines()]
    assert toktok.batch_count(texts, "o200k_base", 1) == [len(encoding.encode_ordinary(t)) for t in texts]


def test_tables_name_real_rules() -> None:
    assert {n for n in TOGETHER if n.startswith("TOG-")} <= {r.id for r in load("together").rules}
    assert {n for n in MISTRAL_DIFFERENT if n.startswith("MIS-")} <= {r.id for r in load("mistral").rules}
    assert chat()["messages"]
