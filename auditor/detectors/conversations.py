"""Text out of the many ways in which conversations are written down.

A turn is a mapping with `role`/`from` and `content`/`value`/`parts` (Gemini); content is a string, a list of parts (`text`,
`value`) or null. Nothing here trusts a type: whatever is not understood reads as an empty string.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

ASSISTANT = frozenset({"assistant", "gpt", "bot", "chatgpt", "model", "ai", "chosen", "rejected"})
"""Role names under which a model's turn is published (OpenAI, ShareGPT, Gemini, older sets)."""
SYSTEM = frozenset({"system", "developer"})
_CALLS = ("functionCall", "function_call", "functionResponse", "function_response")
_SHORT = 0.5
"""Share of the longest turn's length below which a turn is much shorter (our choice)."""
MAX_DEPTH = 6
"""Deeper nesting is nobody's conversation; it is not followed."""


def flatten(value: object, depth: int = 0) -> str:
    """All text of a value: a string as it is, turns and parts joined by newlines, everything else by its `str`."""
    if value is None or depth > MAX_DEPTH:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        for name in ("content", "value", "text"):
            if value.get(name) is not None:
                return flatten(value[name], depth + 1)
        return "\n".join(t for t in (flatten(v, depth + 1) for v in value.values()) if t)
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray):
        return "\n".join(t for t in (flatten(v, depth + 1) for v in value) if t)
    return str(value)


def turns(value: object) -> list[tuple[str, str]]:
    """`(role, text)` of each turn; a bare string is one user turn, a single turn a list of one."""
    if value is None:
        return []
    if isinstance(value, str):
        return [("user", value)] if value else []
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, Iterable):
        return []
    found = []
    for turn in value:
        if isinstance(turn, Mapping):
            role = str(turn.get("role") or turn.get("from") or "user").lower()
            calls = turn.get("tool_calls") or turn.get("function_call")
            body = flatten(turn.get("content")) or flatten(turn.get("value")) or flatten(turn.get("text")) or _of_parts(turn.get("parts"))
            found.append((role, body or flatten(calls)))
        elif isinstance(turn, str):
            found.append(("user", turn))
    return found


def _of_parts(parts: object) -> str:
    """Text of Gemini's parts: what is written, else what functions are called with; images and sound are no text."""
    if isinstance(parts, str):
        return parts
    given = [p for p in parts if isinstance(p, Mapping)] if isinstance(parts, Iterable) and not isinstance(parts, Mapping | bytes | bytearray) else []
    written = "\n".join(t for p in given if isinstance(t := p.get("text"), str) and t)
    return written or "\n".join(t for p in given for k in _CALLS if (t := flatten(p.get(k))))


def attachments(value: object) -> list[str]:
    """What the turns hold beside text (images, sound, files), as it stands; empty for a conversation of words only."""
    if isinstance(value, Mapping):
        value = [value]
    if value is None or isinstance(value, str) or not isinstance(value, Iterable):
        return []
    found = []
    for turn in value:
        content = turn.get("content") or turn.get("parts") if isinstance(turn, Mapping) else None
        if content and not isinstance(content, str | Mapping) and isinstance(content, Iterable):
            found += [repr(p) for p in content if isinstance(p, Mapping) and not any(flatten(p.get(k)) for k in ("text", "content", "value"))]
    return found


def instruction(value: object) -> str:
    """What the system turns of a conversation say."""
    return "\n".join(text for role, text in turns(value) if role in SYSTEM)


def exchange(value: object, *, telling: bool = False, system: bool = False) -> tuple[str, str]:
    """Prompt and response of a conversation: the text before its last assistant turn, and that turn.

    System turns are left out of the prompt but with `system`: mostly they are the same for all rows and say nothing about which response
    belongs. Where nobody but the assistant speaks they are what is asked. Without an assistant turn the response is empty. With `telling` what is much shorter than the longest assistant turn is passed over:
    talks of people end with thanks and good-byes, which fit any other talk as well.
    """
    said = turns(value)
    if system or all(role in SYSTEM or role in ASSISTANT for role, _ in said):
        said = [("user" if role in SYSTEM else role, text) for role, text in said]
    places = [i for i, (role, _) in enumerate(said) if role in ASSISTANT]
    if not places:
        return "\n".join(t for r, t in said if r not in SYSTEM), ""
    least = max(len(said[i][1]) for i in places) * _SHORT if telling else 0.0
    last = max(i for i in places if len(said[i][1]) >= least)
    return "\n".join(t for r, t in said[:last] if r not in SYSTEM), said[last][1]


def preference(prompt: object, chosen: object, rejected: object) -> tuple[str, str, str]:
    """Prompt, chosen and rejected response.

    Sides may be bare responses, single turns, or whole conversations that repeat the prompt (then the turns they share are
    the prompt); a string side may hold a transcript whose shared beginning ends with `Assistant:`.
    """
    base = "\n".join(t for r, t in turns(prompt) if r not in SYSTEM)
    if isinstance(chosen, str) and isinstance(rejected, str):
        return _transcripts(base, chosen, rejected)
    a, b = turns(chosen), turns(rejected)
    shared = 0
    while shared < min(len(a), len(b)) - 1 and a[shared] == b[shared]:
        shared += 1
    head = "\n".join(t for r, t in a[:shared] if r not in SYSTEM)
    return "\n".join(t for t in (base, head) if t), _join(a[shared:]), _join(b[shared:])


def _join(said: list[tuple[str, str]]) -> str:
    return "\n".join(t for _, t in said)


def _transcripts(base: str, chosen: str, rejected: str) -> tuple[str, str, str]:
    end = 0
    for a, b in zip(chosen, rejected, strict=False):
        if a != b:
            break
        end += 1
    mark = chosen.rfind("Assistant:", 0, end)
    if mark < 0:
        return base, chosen, rejected
    mark += len("Assistant:")
    return "\n".join(t for t in (base, chosen[:mark]) if t), chosen[mark:], rejected[mark:]
