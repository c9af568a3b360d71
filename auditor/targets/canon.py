"""The one record that every rule sees, whatever shape the row came in.

A `Record` keeps, for each of its parts, the JSON path in the original row, so that a rule speaks of the user's own keys.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.targets.jsonpos import Path

SYSTEM, USER, ASSISTANT, TOOL, DEVELOPER, FUNCTION = "system", "user", "assistant", "tool", "developer", "function"


@dataclass(slots=True)
class Part:
    """A piece of a message's content."""

    kind: str
    """`text`, `image`, `video`, `audio`, `file`, `call`, `result` (a tool call, or its result, as a part), `other`, or `none` for what is no object."""
    path: Path
    text: str | None = None
    """Text of a text part; None where it should be text and isn't."""
    url: str | None = None
    """Where the medium is, or its data."""
    typed: bool = True
    """`{"type": "text", ...}` (OpenAI) in place of `{"text": ...}` (Bedrock, Gemini)."""
    raw: object = None
    """The part as it stands, where it is no text."""


@dataclass(slots=True)
class ToolCall:
    """A call that the assistant makes."""

    path: Path
    name: object = None
    arguments: object = None
    arguments_path: Path = ()
    id: object = None
    encoded: bool = True
    """Arguments stand as a JSON-encoded string; False where the shape has them as an object."""


@dataclass(slots=True)
class Message:
    """One turn."""

    role: str
    """One of the six roles above, or `?` where the row's own word is none of them."""
    native: object
    """The row's own word for the role; None where there is none."""
    path: Path
    content: object = None
    """The content as it stands."""
    content_path: Path = ()
    present: bool = True
    """Whether the message has a content key at all."""
    parts: tuple[Part, ...] = ()
    """Parts of a content that is a list; a string content is one text part."""
    calls: tuple[ToolCall, ...] = ()
    weight: object = None
    weight_key: str = ""
    """Key of the weight, empty where there is none."""
    keys: tuple[str, ...] = ()
    result_id: object = None
    """Id of the call that a tool message answers."""
    result_name: object = None
    """Name of the function that a tool message answers for, where the shape says it (Gemini)."""
    name: object = None
    """Name of the speaker."""
    is_object: bool = True
    """False for a turn that is no JSON object."""
    turn: bool = False
    """Written as a turn of its own, and not as a plain string."""

    @property
    def text(self) -> str:
        """All text of the message."""
        return "\n".join(p.text for p in self.parts if p.kind == "text" and p.text)

    @property
    def blank(self) -> bool:
        """Nothing in it: no text but white space, no medium, no call."""
        return not self.calls and all(p.kind == "text" and not (p.text or "").strip() for p in self.parts)

    @property
    def trained(self) -> bool:
        """Whether a loss is taken on it: an assistant's turn whose weight isn't zero."""
        return self.role == ASSISTANT and not (self.weight_key and _is_zero(self.weight))


def _is_zero(weight: object) -> bool:
    return isinstance(weight, int | float) and weight == 0


@dataclass(slots=True)
class Tool:
    """A function that the row declares."""

    path: Path
    name: object = None
    description: object = None
    parameters: object = None
    wrapped: bool = True
    """`{"type": "function", "function": {...}}` in place of the bare function."""
    is_object: bool = True


@dataclass(slots=True)
class Record:
    """One row in canonical form."""

    format: str
    """Name of the format it was read as, see `formats.FORMATS`; `unknown` where none fits."""
    shape: str
    """`chat`, `completion`, `text`, `prompt`, `preference`, `kto`, `stepwise`, `segments`, `tokens` or `unknown`."""
    value: object
    """The row as read."""
    messages: list[Message] = field(default_factory=list)
    """The conversation; for preferences the context that both answers share."""
    chosen: list[Message] = field(default_factory=list)
    rejected: list[Message] = field(default_factory=list)
    tools: tuple[Tool, ...] = ()
    tools_path: Path = ()
    tools_given: bool = False
    """The row has tools, if only an empty list."""
    label: object = None
    """Label of a KTO row, or the labels of a stepwise one."""
    extra: tuple[str, ...] = ()
    """Keys that the format doesn't have."""
    encoded: tuple[str, ...] = ()
    """Keys whose list of messages stands as a JSON string."""
    broken: tuple[tuple[Path, str, object], ...] = ()
    """Places where the row isn't what its format says: path, what belongs there, what stands there."""

    @property
    def targets(self) -> list[Message]:
        """Messages that a loss is taken on."""
        if self.shape == "preference":
            return [m for m in (*self.chosen, *self.rejected) if m.role == ASSISTANT]
        return [m for m in self.messages if m.trained]

    @property
    def every(self) -> list[Message]:
        """All messages, those of both answers included."""
        return [*self.messages, *self.chosen, *self.rejected]
