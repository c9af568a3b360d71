"""Control tokens of chat templates in the text, of older and newer models, in raw and in escaped JSON; beside what only looks like one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from target_cases import chat

from auditor.targets.study import compatibility

TOKENS = {
    "Yes.<|im_end|>": True,
    "Yes.<|eot_id|>": True,
    "<|channel|>analysis<|message|>Yes.": True,
    "<|start|>assistant": True,
    "<\uff5cAssistant\uff5c>Yes.": True,
    "Yes.<\uff5cend\u2581of\u2581sentence\uff5c>": True,
    "Yes.<eos>": True,
    "<bos>Yes.": True,
    "<|END_OF_TURN_TOKEN|>": True,
    "x <| y, and y |> z": False,
    "a < b; \uff5cx\uff5c > 0": False,
    "<end> of the <message>": False,
    "<s>struck through": False,
    "if a <eos then": False,
}


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("text", TOKENS)
def test_control_tokens(text: str, escaped: bool, tmp_path: Path) -> None:
    rows = [chat(i) for i in range(100)]
    rows[40]["messages"][2]["content"] = text
    path = tmp_path / "train.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=escaped) + "\n" for r in rows), encoding="utf-8")
    outcome = compatibility([path], ["generic"]).outcome("generic")
    assert outcome is not None
    lines = [p.line for i in outcome.issues if i.rule == "GEN-15" for p in i.places]
    assert lines == ([41] if TOKENS[text] else [])
