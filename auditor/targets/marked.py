"""A text with the marks of a chat template in it → its turns, where that is certain and nothing is left over.

A text is taken apart only if writing the turns with the same template gives it back to the last character (but for white space
at its ends), and if no turn holds a mark of the template. Templates: ChatML (Qwen, Yi), Llama 3, Gemma, Zephyr, and the
`Human:`/`Assistant:` of Anthropic's HH-RLHF; from the `chat_template` of the published tokenizer configurations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from auditor.targets.canon import ASSISTANT, SYSTEM, TOOL, USER
from auditor.targets.media import CannotHoldError

Turns = list[tuple[str, str]]


@dataclass(frozen=True)
class Template:
    """How one template writes a turn."""

    name: str
    start: str
    """What stands before the word for the role."""
    after: str
    """What stands between the role and the text."""
    end: str
    """What stands behind the text."""
    words: Mapping[str, str]
    """The template's words for roles."""
    before: str = ""
    """What may stand before the first turn."""


TEMPLATES: Final = (
    Template("ChatML", "<|im_start|>", "\n", "<|im_end|>\n", {"system": SYSTEM, "user": USER, "assistant": ASSISTANT, "tool": TOOL}),
    Template("Llama 3", "<|start_header_id|>", "<|end_header_id|>\n\n", "<|eot_id|>", {"system": SYSTEM, "user": USER, "assistant": ASSISTANT}, before="<|begin_of_text|>"),
    Template("Gemma", "<start_of_turn>", "\n", "<end_of_turn>\n", {"user": USER, "model": ASSISTANT}, before="<bos>"),
    Template("Zephyr", "<|", "|>\n", "</s>\n", {"system": SYSTEM, "user": USER, "assistant": ASSISTANT}),
    Template("HH-RLHF", "\n\n", ": ", "", {"Human": USER, "Assistant": ASSISTANT}),
)


def turns_of(text: str) -> tuple[str, Turns]:
    """Name of the template and the turns, `(role, text)` each.

    Raises:
        CannotHoldError: the text has no marks of a known template, or they don't account for all of it.
    """
    for template in TEMPLATES:
        turns = _parse(text, template)
        if turns is not None:
            return template.name, turns
    raise CannotHoldError("a text without the marks of a chat template (or with more than they account for): who speaks where is not said")


def _parse(text: str, template: Template) -> Turns | None:
    words = "|".join(map(re.escape, template.words))
    mark = re.compile(f"{re.escape(template.start)}({words}){re.escape(template.after)}")
    body = text.strip().removeprefix(template.before).strip() if template.end else text.rstrip()
    if not template.end and not body.startswith("\n\n"):
        body = "\n\n" + body.lstrip()
    found = list(mark.finditer(body))
    if not found or found[0].start() or [m.group(1) for m in found].count("system") > 1:
        return None
    turns: Turns = []
    for this, following in zip(found, [*found[1:], None], strict=True):
        piece = body[this.end() : following.start() if following else len(body)]
        end = template.end if following else template.end.rstrip()
        if not piece.endswith(end):
            return None
        said = piece[: len(piece) - len(end)]
        if (template.start.strip() and template.start in said) or (end and end in said):
            return None
        turns.append((template.words[this.group(1)], said))
    roles = [role for role, _ in turns if role not in {SYSTEM, TOOL}]
    # turns that don't alternate and end with an answer are more likely words of a text than a conversation
    alternating = roles == [USER, ASSISTANT] * (len(roles) // 2) and bool(roles) and turns[-1][0] == ASSISTANT
    return turns if alternating and (turns[0][0] == SYSTEM) == any(r == SYSTEM for r, _ in turns) else None
