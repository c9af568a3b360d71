"""Talks in one text: turns of the templates by which chats are written out, beside prose with colons in it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from auditor.audit import examine
from auditor.model import Role, Shape, Status
from auditor.settings import DataSettings, Settings
from auditor.sources.discover import discover
from auditor.sources.transcripts import TEMPLATES, turns

FORMS = {
    "chatml": "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\n{asked}<|im_end|>\n<|im_start|>assistant\n{answer}<|im_end|>\n",
    "llama 3": "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n{asked}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n{answer}<|eot_id|>",
    "gemma": "<bos><start_of_turn>user\n{asked}<end_of_turn>\n<start_of_turn>model\n{answer}<end_of_turn>",
    "zephyr": "<|system|>\nBe kind.</s>\n<|user|>\n{asked}</s>\n<|assistant|>\n{answer}</s>",
    "llama 2": "<s>[INST] {asked} [/INST] {answer} </s>",
    "alpaca": "Be kind.\n\n### Instruction:\n{asked}\n\n### Response:\n{answer}",
    "guanaco": "### Human: {asked}### Assistant: {answer}",
    "hh": "\n\nHuman: {asked}\n\nAssistant: {answer}",
    "call": "Customer: {asked}\nAgent: {answer}",
    "numbered": "[Caller 1]: {asked}\n[Agent 2]: {answer}",
    "letters": "Q: {asked}\nA: {answer}",
}
WORDS = ["parcel", "kettle", "depot", "invoice", "window", "garden", "ladder", "spoon", "winter", "ticket"]


def said(k: int) -> tuple[str, str]:
    drawn = random.Random(k)
    return f"Where is the {drawn.choice(WORDS)} of order {k}?", f"The {drawn.choice(WORDS)} came late: it is at the {drawn.choice(WORDS)} (see note {k * 7})."


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_turns(form: str) -> None:
    asked, answer = said(3)
    found = next(t for t in (turns(form.format(asked=asked, answer=answer), template) for template in TEMPLATES) if t)
    assert [t for t in found if t[0] != "system"] == [("user", asked), ("assistant", answer)]
    assert [t for t in found if t[0] == "system"] == ([("system", "Be kind.")] if "Be kind" in form else [])


def test_more_turns_and_an_input_beside_an_instruction() -> None:
    text = "Customer: Hello.\nAgent: Hello: what is it?\nMy name is Tim.\nCustomer: The kettle.\nAgent: Gone."
    assert turns(text, TEMPLATES[-1]) == [("user", "Hello."), ("assistant", "Hello: what is it?\nMy name is Tim."), ("user", "The kettle."), ("assistant", "Gone.")]
    assert turns("### Instruction:\nSum up.\n### Input:\nA long story.\n### Response:\nShort.", TEMPLATES[5]) == [("user", "Sum up.\nA long story."), ("assistant", "Short.")]


@pytest.mark.parametrize("text", ["Note: it rains.\nPS: so what.", "Customer: hello there.", "the agent said: no. customer: yes.", "Ingredients: salt\nMethod: stir", "", "### Weather\nIt rains.\n### Sports\nNo."])
def test_prose_has_no_turns(text: str) -> None:
    assert not any(turns(text, template) for template in TEMPLATES)


def _write(folder: Path, texts: list[str], **more: list[str]) -> None:
    rows = [{"text": t, **{k: v[i] for k, v in more.items()}} for i, t in enumerate(texts)]
    (folder / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_text_of_talks_is_chats(form: str, tmp_path: Path) -> None:
    _write(tmp_path, [form.format(asked=a, answer=b) for a, b in map(said, range(60))])
    data = discover(tmp_path, Settings()).dataset
    assert (data.shape, data.role(Role.MESSAGES)) == (Shape.CHAT, ("text.messages",))


def test_what_else_stands_beside_it_decides(tmp_path: Path) -> None:
    texts = [FORMS["call"].format(asked=a, answer=b) for a, b in map(said, range(60))]
    _write(tmp_path, texts, disposition=["sold", "lost"] * 30)
    assert discover(tmp_path, Settings()).dataset.shape is Shape.CLASSIFICATION
    _write(tmp_path, texts)
    assert discover(tmp_path, Settings(data=DataSettings(shape="plain_text"))).dataset.shape is Shape.PLAIN_TEXT
    _write(tmp_path, [*texts[:50], *["It rains."] * 10])
    assert discover(tmp_path, Settings()).dataset.shape is Shape.PLAIN_TEXT


def test_personal_data_and_markup_of_a_talk(tmp_path: Path) -> None:
    texts = [FORMS["llama 2"].format(asked=a, answer=b) for a, b in map(said, range(60))]
    _write(tmp_path, [texts[0].replace("order", "anna.meier@firma-beispiel.de"), *texts[1:]])
    report = examine(tmp_path, Settings(select=("PII", "TXT"))).report
    assert {f.subject for f in report.findings if f.code == "PII002" and f.status is not Status.PASS} == {"text"}
    assert all(f.status is Status.PASS for f in report.findings if f.code == "TXT002")
