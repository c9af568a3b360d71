"""What stands in the text."""

from __future__ import annotations

import re
from typing import Final

from auditor.targets.canon import Record
from auditor.targets.predicates.base import Args, Hits

TEMPLATE_TOKENS: Final = (
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|begin_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|assistant|>",
    "<|user|>",
    "<|system|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "</s>",
    "<|eom_id|>",
    "<|python_tag|>",
    "<|start|>",
    "<|channel|>",
    "<|message|>",
    "<|end|>",
    "<|START_OF_TURN_TOKEN|>",
    "<|END_OF_TURN_TOKEN|>",
    "<\uff5cUser\uff5c>",
    "<\uff5cAssistant\uff5c>",
    "<\uff5cend\u2581of\u2581sentence\uff5c>",
    "<bos>",
    "<eos>",
    "### Response:",
    "### Instruction:",
)
"""Control tokens and section marks of the common chat templates (ChatML, Llama 2 and 3, Gemma, Phi, Alpaca, Mistral, gpt-oss, DeepSeek with its
full-width bars, Command)."""
STEMS: Final = ("<|", "<\uff5c", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>", "INST]", "<<SYS>>", "</s>", "### ")
"""A text that holds none of these holds none of the tokens."""
_PLACEHOLDER = re.compile(r"\{\{ ?[A-Za-z_][A-Za-z0-9_ .]{0,40}\}\}")


def template_tokens(record: Record, args: Args) -> Hits:
    """No text holds a control token of a chat template: the trainer adds them itself, but to segments, which bring their own."""
    for path, text in texts(record) if record.shape != "segments" else ():
        if ("<" in text or "[" in text or "#" in text) and any(token in text for token in TEMPLATE_TOKENS):
            yield path, "a control token of a chat template in the text"


def placeholders(record: Record, args: Args) -> Hits:
    """No text holds an unfilled placeholder such as `{{name}}`."""
    for path, text in texts(record):
        if "{{" in text and _PLACEHOLDER.search(text):
            yield path, "an unfilled {{placeholder}}"


def reserved(record: Record, args: Args) -> Hits:
    """No text holds one of `words`, which the trainer keeps for itself; with `case = false` (and small letters) in whatever case."""
    for path, given in texts(record):
        text = given if args.get("case", True) else given.lower()
        if any(word in text for word in args["words"]):
            yield path, "a reserved word in the text"


def damaged(record: Record, args: Args) -> Hits:
    """No text holds U+FFFD, the trace of a decoding that failed."""
    for path, text in texts(record):
        if "�" in text:
            yield path, "U+FFFD: text damaged by an earlier decoding"


def texts(record: Record) -> list[tuple[tuple[str | int, ...], str]]:
    """All text of a row with its path."""
    return [(p.path, p.text) for m in record.every for p in m.parts if p.text]
