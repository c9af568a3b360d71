"""Which columns are a prompt and its response, the better and the worse of two, a query and what it finds, a picture and what is said of it."""

from __future__ import annotations

from typing import Final

from auditor.model import Role
from auditor.sources import called
from auditor.sources.facts import ColumnFacts
from auditor.sources.picker import Picker

_CANNED: Final = 40
"""Characters (mean) from which a text is written although it recurs."""


def conversation(pick: Picker) -> None:
    """Take the better and the worse of two responses, what a query finds, or a talk; and what stands beside them."""
    chosen, rejected = pick.named(called.CHOSEN), pick.named(called.REJECTED)
    if chosen and rejected and not pick.has(Role.CHOSEN):
        pick.take(Role.CHOSEN, [chosen.name], "named like a preferred response")
        pick.take(Role.REJECTED, [rejected.name], "named like a rejected response")
        prompt = pick.named(("prompt", "question", "instruction", "input", "messages", "conversations", "query"))
        if prompt and not pick.has(Role.PROMPT):
            pick.take(Role.PROMPT, [prompt.name], "named like a prompt, beside preferred and rejected")
    elif not pick.has(Role.CHOSEN) and _retrieval(pick):
        pass
    elif not pick.has(Role.MESSAGES) and not pick.has(Role.CHOSEN):
        talks = pick.free(lambda c: c.kind == "messages")
        if talks:
            first = next((c for c in talks if c.name in called.TALKS), talks[0])
            pick.take(Role.MESSAGES, [first.name], f"a list of turns with {' and '.join(first.keys[:2])}")
    for role, names in ((Role.TOOLS, ("tools", "functions")), (Role.SYSTEM, ("system", "system_prompt", "system_instruction"))):
        column = pick.named(names)
        if column and any(pick.has(r) for r in (Role.MESSAGES, Role.CHOSEN)):
            pick.take(role, [column.name], f"named like {role}")


def _retrieval(pick: Picker) -> bool:
    """Rows of a query, a text that answers it, and perhaps one that doesn't; nothing beside them that may be a label."""
    def written(c: ColumnFacts) -> bool:
        return c.is_prose or c.kind == "list"

    asked, found, other = pick.named(called.ASKED, lambda c: c.is_prose), pick.named(called.FOUND, written), pick.named(called.NOT_FOUND, written)
    if asked is None or found is None or pick.has(Role.LABEL):
        return False
    if other is not None:
        pick.take(Role.CHOSEN, [found.name], "named like what a query should find")
        pick.take(Role.REJECTED, [other.name], "named like what a query should not find")
    elif found.is_prose and not pick.named(called.RESPONSES) and not pick.free(lambda c: c.is_choice() or c.kind in ("boolean", "float", "spans") or c.name.lower() in called.LABELS):
        pick.take(Role.RESPONSE, [found.name], "named like what a query should find")
    else:
        return False
    pick.take(Role.PROMPT, [asked.name], "named like a query")
    return True


def prompt_response(pick: Picker) -> None:
    """Take a prompt and the response to it."""

    def written(c: ColumnFacts) -> bool:
        return c.kind == "text" and (not c.is_choice(50) or c.distinct == c.filled or c.mean_length >= _CANNED)

    long, short = (pick.named(names, lambda c: c.is_prose) for names in (called.LONG, called.SHORT))
    if long and short and long.mean_length > short.mean_length:
        pick.take(Role.PROMPT, [long.name], "named like what is summarised")
        pick.take(Role.RESPONSE, [short.name], "named like a summary")
        return
    if [c.name for c in pick.free()] == ["column_0", "column_1"] == list(pick.columns) and all(c.is_prose for c in pick.free()):
        pick.take(Role.PROMPT, ["column_0"], "the first of two texts without names")
        pick.take(Role.RESPONSE, ["column_1"], "the second of two texts without names")
        return
    prompts = [c.name for n in called.PROMPTS[:5] if (c := pick.named((n,), lambda c: c.kind == "text"))]
    response = pick.named(called.RESPONSES, written)
    if prompts and response is None:
        nested = pick.free(lambda c: c.kind == "nested" and (any(k in c.keys for k in ("output", "response", "answer")) or (c.name.lower() in ("answer", "answers") and "text" in c.keys)))
        response = nested[0] if nested else None
    if not prompts or response is None:
        prompts, response = _paired(pick) or _replied(pick) or (prompts, response)
    if not prompts or response is None or (len(prompts) == 1 and prompts[0] == response.name):
        return
    if len(prompts) == 1 and pick.columns[prompts[0]].is_choice(20) and not written(pick.columns[prompts[0]]):
        return
    about = None
    if {p.lower() for p in prompts} & {"question", "query", "instruction", "user_input"}:
        about = pick.named(called.SOURCES, lambda c: c.kind == "text" and c.mean_length >= 40) or pick.named(called.RETRIEVED, lambda c: c.kind == "list")
    asked = [p for p in (*prompts, *([about.name] if about else [])) if p != response.name]
    pick.take(Role.PROMPT, asked, "named like a prompt, beside a response")
    pick.take(Role.RESPONSE, [response.name], "named like a response, beside a prompt")


def _paired(pick: Picker) -> tuple[list[str], ColumnFacts] | None:
    """A prompt and a response under names that are those of either only beside the other."""
    for asked, given in (*called.PAIRS, *((("question", "query"),) if pick.named(("db_id",)) else ())):
        prompt, response = (pick.named((n,), lambda c: c.is_prose) for n in (asked, given))
        if prompt is not None and response is not None:
            return [prompt.name], response
    return None


def _replied(pick: Picker) -> tuple[list[str], ColumnFacts] | None:
    """A text that is called a reply, or who wrote it answers, beside the texts it was written to: `subject`, `body`, `agent_reply`.

    Nothing where a column is called a label or a grade: there the reply is read, or judged. What state a ticket is in is neither.
    """
    labels = tuple(n for n in called.LABELS if n != "status")
    if pick.named((*labels, *called.GRADES), lambda c: c.may_be_label) or pick.free(lambda c: c.may_be_label and bool(called.LABEL_PATTERN.search(c.name.lower()))):
        return None
    prose = [c for c in pick.free() if c.is_prose and c.spaced > 0.5]
    replies = pick.free(lambda c: c in prose or (c.kind == "text" and c.mean_length >= _CANNED))
    asked = [c for c in prose if called.words(c.name) & called.ASKERS]
    told = [c for c in replies if c not in asked and called.words(c.name) & called.ANSWERERS and called.words(c.name) <= called.ANSWERERS | called.SAYS]
    if not asked or len(told) != 1:
        told = [c for c in replies if c not in asked and called.words(c.name) & called.REPLIES]
        if len(told) != 1:
            return None
        others = [c for c in prose if c not in told]
        asked = asked or [c for c in others if called.words(c.name) & called.REQUESTS] or (others if len(others) == 1 else [])
    return ([c.name for c in asked], told[0]) if asked else None


def captions(pick: Picker) -> None:
    """A text that says what an image or a sound holds is what a model should give, where nothing beside them is a label."""
    told = pick.named(called.TOLD, lambda c: c.is_prose)
    if told is not None:
        pick.take(Role.RESPONSE, [told.name], "named like what is said of the images, sound or files")
