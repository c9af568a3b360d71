"""Talks written as one text: `Customer: ... Agent: ...`, and the templates by which chats are handed to a model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.sources import called
from auditor.sources.derived import CHAT

if TYPE_CHECKING:
    import polars as pl

    from auditor.sources.types import Part

_SAMPLE: Final = 1000
_VALID: Final = 0.95
"""Share of cells that must be talks with an answer; the others are read as empty."""
_ROLES: Final = {"instruction": "user", "input": "user", "prompt": "user", "question": "user", "q": "user", "response": "assistant", "answer": "assistant", "output": "assistant", "a": "assistant", "system": "system"}
"""Words, beside those of `called`, that say whose turn it is."""
_SPEAKERS: Final = "|".join(sorted({*_ROLES, *called.ASKERS, *called.ANSWERERS} - {"input", "prompt"}, key=lambda w: (-len(w), w)))


class Template(NamedTuple):
    """How turns are marked."""

    mark: re.Pattern[str]
    """Before each turn; its first group that took part says whose turn it is."""
    rest: re.Pattern[str]
    """What else the template adds."""


_NOTHING: Final = re.compile(r"(?!)")
TEMPLATES: Final = (
    Template(re.compile(r"<\|im_start\|>\s*(\w+)\s*\n"), re.compile(r"<\|im_end\|>|<\|endoftext\|>")),
    Template(re.compile(r"<\|start_header_id\|>\s*(\w+)\s*<\|end_header_id\|>"), re.compile(r"<\|eot_id\|>|<\|begin_of_text\|>|<\|end_of_text\|>")),
    Template(re.compile(r"<start_of_turn>\s*(\w+)\s*\n"), re.compile(r"<end_of_turn>|<bos>|<eos>")),
    Template(re.compile(r"<\|(user|assistant|system|prompter)\|>"), re.compile(r"</s>|<s>|<\|end\|>|<\|endoftext\|>")),
    Template(re.compile(r"(?:<s>\s*)?\[(/?INST)\]"), re.compile(r"</s>|<s>")),
    Template(re.compile(r"#{2,3}\s*(Instruction|Input|Response|Human|Assistant|User|System|Question|Answer|Prompt|Output)\s*:?[ \t]*\n?", re.IGNORECASE), re.compile(r"<\|endoftext\|>|</s>")),
    Template(re.compile(rf"(?:^|\n)[ \t]*[\[(*]*(?:the )?({_SPEAKERS})(?:[ _-]?\d{{1,2}})?[\])*]*[ \t]*:[\])*]*[ \t]*", re.IGNORECASE), _NOTHING),
)


def turns(text: str, template: Template) -> list[tuple[str, str]]:
    """Role and content of the turns of a text; none where it does not begin a turn, or says nothing in one. What stands before the first is the system's.

    Two turns of one role in a row, as an instruction and its input are, are one.
    """
    marks = list(template.mark.finditer(text))
    if len(marks) < 2:
        return []
    found: list[tuple[str, str]] = []
    before = template.rest.sub("", text[: marks[0].start()]).strip()
    if before:
        found.append(("system", before))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        role = _role(mark[1])
        said = template.rest.sub("", text[mark.end() : following.start() if following else len(text)]).strip()
        if not role:
            return []
        if found and found[-1][0] == role and role == "user":
            found[-1] = (role, f"{found[-1][1]}\n{said}".strip())
        elif said or role != "system":
            found.append((role, said))
    return found


def _role(word: str) -> str:
    low = word.lower()
    if low in ("inst", "prompter"):
        return "user"
    if low == "/inst":
        return "assistant"
    return _ROLES.get(low) or ("user" if low in called.ASKERS else "assistant" if low in called.ANSWERERS else "")


def find(parts: list[Part], name: str) -> pl.Expr | None:
    """A column of turns made of the text column `name`; None where the cells are no talks."""
    import polars as pl

    cells = pl.concat([p.frame.select(name).head(_SAMPLE) for p in parts[:4]]).collect()[name].drop_nulls().to_list()
    if not cells:
        return None
    for template in TEMPLATES:
        found = [t for t in (turns(c, template) for c in cells) if _answers(t)]
        if len(found) >= _VALID * len(cells):
            break
    else:
        return None
    dtype = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))

    def read(column: pl.Series) -> pl.Series:
        rows = [None if c is None else [{"role": r, "content": s} for r, s in turns(c, template)] or None for c in column]
        return pl.Series(column.name, rows, dtype)

    return pl.col(name).map_batches(read, return_dtype=dtype, is_elementwise=True).alias(f"{name}.{CHAT}")


def _answers(said: list[tuple[str, str]]) -> bool:
    roles = [r for r, _ in said if r != "system"]
    return "user" in roles and "assistant" in roles[1:]
