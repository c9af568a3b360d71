"""Turns of a conversation: who speaks, in which order, with what weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from auditor.targets.canon import ASSISTANT, DEVELOPER, SYSTEM, TOOL, USER, Message, Part, Record
from auditor.targets.jsonpos import Path, described
from auditor.targets.messages import MEDIA
from auditor.targets.predicates.base import Args, Hits
from auditor.targets.predicates.shape import APART, home

OPENAI: Final = frozenset({"chat", "pairs-openai"})
"""Formats whose messages have `role` and `content`."""


def _spoken(record: Record) -> bool:
    """Whether the row has turns that somebody wrote as turns, and not as plain strings."""
    return any(m.turn for m in record.every)


def turn_object(record: Record, args: Args) -> Hits:
    """Every message is an object."""
    for message in record.every:
        if not message.is_object:
            yield message.path, f"expected an object, found {described(message.content)}"


def roles(record: Record, args: Args) -> Hits:
    """Every message's role is one of the target's words (`allowed`); a system prompt apart has none.

    In `messages` the role stands under `role`, unless the target reads `from` there too (`sharegpt = true`). A target that
    has other words for `from` lists them as `from`.
    """
    allowed: Sequence[str] = args.get("from", args["allowed"]) if record.format in {"sharegpt", "pairs-sharegpt"} else args["allowed"]
    if not _spoken(record):
        return
    for message in record.every:
        if not message.is_object or message.path in APART:
            continue
        if "role" not in message.keys and ("from" not in message.keys or _strict(record, args)):
            if message.turn:
                yield message.path, "no role"
        elif message.native not in allowed:
            key = "role" if "role" in message.keys else "from"
            yield (*message.path, key), f"role is none of {', '.join(allowed)}"


def message_keys(record: Record, args: Args) -> Hits:
    """A message has no keys that the target doesn't know (`allowed`)."""
    for message in record.every:
        for key in message.keys:
            if key not in args["allowed"]:
                yield (*message.path, key), "unknown key"


def content_present(record: Record, args: Args) -> Hits:
    """A message has a content. With `calls = true` an assistant's may be absent or null beside tool calls.

    In `messages` it stands under one of `keys` (`content` alone, unless said otherwise), or beside `from` with `sharegpt = true`.
    """
    calls = args.get("calls", True)
    keys = set(args.get("keys", ("content",)))
    for message in record.every:
        if message.is_object and message.turn and not (calls and _beside(message)):
            if not message.present:
                yield message.path, "no content"
            elif (_strict(record, args) or "role" in message.keys) and record.format in OPENAI and keys.isdisjoint(message.keys):
                yield message.path, f"no {' or '.join(sorted(keys))}"


def _beside(message: Message) -> bool:
    """Whether a message has calls that don't stand in its content, as those of ShareGPT do."""
    return bool(message.calls) and message.native != "function_call"


def _strict(record: Record, args: Args) -> bool:
    """Whether the row's messages are OpenAI's, for a target that reads no other keys in them."""
    return record.format in OPENAI and not args.get("sharegpt")


def content_null(record: Record, args: Args) -> Hits:
    """A content isn't null, unless (`calls = true`) the message calls a tool."""
    calls = args.get("calls", True)
    for message in record.every:
        if message.present and message.content is None and message.is_object and not (calls and _beside(message)):
            yield message.content_path, "null"


def content_type(record: Record, args: Args) -> Hits:
    """A content is of one of `forms`: `string`, `typed` (parts with a type) or `bare` (parts without one).

    Null is left to `content_null` unless `null = true`; `optional = true` lets it stand for a system prompt apart.
    With `types` the type of a medium is one of these words, and no other word for the same.
    With `plain = true` a prompt or completion that isn't a turn may be a string, whatever the turns are.
    """
    forms: Sequence[str] = args["forms"]
    lists = [form for form in forms if form != "string"]
    for message in record.every:
        content = message.content
        if not message.present or (content is None and (not args.get("null") or (args.get("optional") and _without_system(record, message)))):
            continue
        if message.path == ("system",) and isinstance(content, str) and args.get("system") == "string":
            continue
        if isinstance(content, str) and ("string" in forms or (args.get("plain") and not message.turn and message.path not in APART)):
            continue
        if not isinstance(content, list) or not lists:
            yield message.content_path, f"expected {_wanted(forms)}, found {described(content)}"
            continue
        for part in message.parts:
            kinds: Sequence[str] = args.get("parts", ("text", "image"))
            # LLaMA-Factory's own parts have their text under `value`
            wrong = part.kind not in kinds or _untaken(part, args) or (part.kind == "text" and (part.text is None or part.path[-1] not in args.get("keys", ("text",))))
            if wrong or ("typed" if part.typed else "bare") not in lists:
                yield part.path, f"not a part of {_wanted(lists)}"


def _untaken(part: Part, args: Args) -> bool:
    """Whether the `type` of a medium is none of `types`."""
    kind = part.raw.get("type") if part.kind in MEDIA and isinstance(part.raw, dict) else None
    return kind is not None and kind not in args.get("types", (kind,))


def _without_system(record: Record, message: Message) -> bool:
    """Whether this is a system prompt apart that is null."""
    return message.path in APART and isinstance(record.value, dict) and record.value.get(str(message.path[0])) is None


def _wanted(forms: Sequence[str]) -> str:
    words = {"string": "a string", "typed": 'parts {"type": ...}', "bare": 'parts {"text": ...}'}
    return " or ".join(words[form] for form in forms)


def content_mixed(record: Record, args: Args) -> Hits:
    """One conversation has strings or lists of parts as contents, not both."""
    if record.format not in {"chat", "pairs-openai"}:
        return
    kinds = {type(m.content) for m in record.messages if isinstance(m.content, str | list) and m.content}
    if len(kinds) > 1:
        first = record.messages[0]
        other = next(m for m in record.messages if isinstance(m.content, str | list) and type(m.content) is not type(first.content))
        yield other.content_path, "strings and lists of parts in one conversation"


def weights(record: Record, args: Args) -> Hits:
    """A weight is one of `values` (an integer unless `number = "any"`), on messages of `roles` only.

    `bool = false` refuses true and false, which are integers to Python and to nobody else; `null = false` refuses null.
    """
    for message in record.every:
        if "roles" in args and message.role not in args["roles"]:
            continue
        if "weight" in message.keys and message.weight_key != "weight" and not args.get("null", True):
            yield (*message.path, "weight"), f"expected {_listed(args['values'])}, found null"
        if message.weight_key not in args.get("keys", ("weight",)):
            continue
        path, weight = (*message.path, message.weight_key), message.weight
        allowed = (int,) if args.get("number", "int") == "int" else (int, float)
        if not isinstance(weight, allowed):
            yield path, f"expected {_listed(args['values'])}, found {described(weight)}"
        elif isinstance(weight, bool) and not args.get("bool", True):
            yield path, "a boolean in place of a number"
        elif weight not in args["values"]:
            yield path, f"expected {_listed(args['values'])}, found another number"


def weight_place(record: Record, args: Args) -> Hits:
    """Only messages of `roles` have a weight."""
    for message in record.every:
        if message.weight_key == "weight" and message.role not in args["roles"]:
            yield (*message.path, "weight"), f"weight on a message that isn't of the {' or '.join(args['roles'])}"


def _listed(values: Sequence[object]) -> str:
    return " or ".join(str(v).lower() for v in values)


def weight_bool(record: Record, args: Args) -> Hits:
    """A weight isn't true or false."""
    for message in record.every:
        if message.weight_key in {"weight", "loss_weight"} and isinstance(message.weight, bool):
            yield (*message.path, message.weight_key), "a boolean in place of 0 or 1"


def reasoning(record: Record, args: Args) -> Hits:
    """What is thought before an answer (`keys` of a message) is text, in a message of the assistant."""
    for message in record.every:
        for key in args["keys"]:
            if key not in message.keys:
                continue
            value = _at(record.value, (*message.path, key))
            if message.role != ASSISTANT:
                yield (*message.path, key), "reasoning in a message that isn't of the assistant"
            elif value is not None and not isinstance(value, str):
                yield (*message.path, key), f"expected a string, found {described(value)}"


def _at(value: object, path: Path) -> object:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def trained(record: Record, args: Args) -> Hits:
    """Something is trained: a turn of the assistant without weight 0, a segment labelled true, a label that isn't -100."""
    answers = [m for m in record.messages if m.role == ASSISTANT]
    if record.shape == "tokens" and masked(record):
        yield ("labels",), "every label is -100: nothing of this row is trained"
    if record.shape == "segments" and record.messages and not answers:
        yield home(record), "no segment is labelled true: nothing of this row is trained"
    if record.shape in {"chat", "kto"} and answers and not record.targets:
        yield answers[0].path, "every weight is 0: nothing of this row is trained"


def masked(record: Record) -> bool:
    """Whether every label of a tokenized row is -100, which no loss is taken on."""
    labels = record.value.get("labels") if isinstance(record.value, dict) else None
    return isinstance(labels, list) and all(label == -100 for label in labels)


def blank_target(record: Record, args: Args) -> Hits:
    """What is trained isn't blank; of segments one may be, not all."""
    if record.shape == "segments" and not all(m.blank for m in record.targets):
        return
    for message in record.targets:
        if message.blank and message.is_object and (message.present or record.shape != "chat") and message.content is not None:
            yield message.content_path, "nothing but white space to learn"


def blank_message(record: Record, args: Args) -> Hits:
    """No message (of `roles`, where they are given) is empty; with `space = true` white space is text enough."""
    for message in record.every if record.shape != "segments" else ():
        if "roles" in args and message.role not in args["roles"]:
            continue
        if args.get("space") and (message.path in APART or any(p.text for p in message.parts)):
            continue
        if message.is_object and message.blank and message.present:
            yield message.content_path, "empty message"


def last_turn(record: Record, args: Args) -> Hits:
    """The conversation ends with one of `allowed` roles."""
    if record.shape in {"chat", "kto"} and _spoken(record) and record.messages:
        last = record.messages[-1]
        if last.role not in args["allowed"] and last.role != "?":
            yield last.path, f"ends with {_article(last)}"


def prompt_end(record: Record, args: Args) -> Hits:
    """The context of a preference, or a prompt, ends with one of `allowed` roles."""
    context = record.messages
    if record.format in {"completion", "kto"}:
        context = [m for m in context if m.path[0] == "prompt"]
    elif record.shape not in {"preference", "prompt"}:
        return
    if _spoken(record) and context:
        last = context[-1]
        if last.role not in args["allowed"]:
            yield last.path, f"context ends with {_article(last)}"


def first_turn(record: Record, args: Args) -> Hits:
    """The conversation begins with one of `allowed` roles; with `alone = true` that is asked of a single message only, system apart."""
    turns = [m for m in record.messages if m.path not in APART]
    if args.get("alone"):
        turns = [m for m in turns if m.role != SYSTEM]
        if len(turns) != 1:
            return
    if record.shape in {"chat", "kto", "preference"} and _spoken(record) and turns:
        first = turns[0]
        if first.role not in args["allowed"] and first.role != "?":
            yield first.path, f"begins with {_article(first)}"


def _article(message: Message) -> str:
    return f"{'an' if message.role == ASSISTANT else 'a'} {message.role} message"


def system_first(record: Record, args: Args) -> Hits:
    """A system message stands first, and there are at most `max` of them."""
    if not _spoken(record):
        return
    systems = [(i, m) for i, m in enumerate(record.messages) if m.role in {SYSTEM, DEVELOPER}]
    for count, (i, message) in enumerate(systems):
        if i > count:
            yield message.path, "system message after the conversation has begun"
        elif count >= args.get("max", 1):
            yield message.path, f"more than {args.get('max', 1)} system message"


def system_inside(record: Record, args: Args) -> Hits:
    """The system prompt stands among the messages, and not apart from them, where it isn't read."""
    for message in record.messages:
        if message.path in APART and record.format in OPENAI:
            yield message.path, "a system prompt apart from the messages"


def system_count(record: Record, args: Args) -> Hits:
    """There are at most `max` system messages, wherever they are; each block of a system prompt apart is one."""
    systems = [m for m in record.messages if m.role in {SYSTEM, DEVELOPER}]
    places = [p for m in systems for p in ([part.path for part in m.parts] if m.path in APART and isinstance(m.content, list) else [m.path])]
    if len(places) > args["max"]:
        yield places[args["max"]], f"{len(places)} system messages, at most {args['max']}"


def repeated_role(record: Record, args: Args) -> Hits:
    """No role but those of `free` speaks twice in a row."""
    free = args.get("free", (TOOL,))
    if _spoken(record):
        for before, after in zip(record.messages, record.messages[1:], strict=False):
            if before.role == after.role and after.role not in free and after.role != "?":
                yield after.path, f"{after.role} twice in a row"


def follows(record: Record, args: Args) -> Hits:
    """After each role comes one of those that `after` lists for it."""
    if _spoken(record):
        for before, after in zip(record.messages, record.messages[1:], strict=False):
            allowed = args["after"].get(before.role)
            if allowed is not None and after.role not in allowed and after.role != "?":
                yield after.path, f"{after.role} after {before.role}"


def alternation(record: Record, args: Args) -> Hits:
    """User and assistant take strict turns, the user first (after an optional system message)."""
    if not _spoken(record):
        return
    turns = {m.path[:2]: m for m in record.messages if m.role not in {SYSTEM, DEVELOPER}}  # results of one turn are one turn
    for i, message in enumerate(turns.values()):
        role = USER if message.role == TOOL and message.native == USER else message.role
        if role not in {USER, ASSISTANT} and not args.get("tools"):
            continue
        wanted = USER if i % 2 == 0 else ASSISTANT
        if role not in {wanted, "?"}:
            yield message.path, f"{role} where {wanted} is due"
            return


def parity(record: Record, args: Args) -> Hits:
    """Human or observation in odd places, gpt or function_call in even ones; even length, odd for preferences.

    A system message counts unless it is the first; in `messages` the results of several calls are one turn.
    """
    if record.format not in {"sharegpt", "chat", "pairs-sharegpt", "pairs-chat"}:
        return
    spoken = [m for m in record.messages if m.path not in APART]
    turns = spoken[1:] if spoken and spoken[0].role in {SYSTEM, DEVELOPER} else spoken
    if record.format in OPENAI:
        turns = [m for before, m in zip([None, *turns], turns, strict=False) if m.role != TOOL or before is None or before.role != TOOL]
    for i, message in enumerate(turns):
        if message.role not in ((USER, TOOL) if i % 2 == 0 else (ASSISTANT,)):
            who = "an unknown role" if message.role == "?" else message.role
            yield message.path, f"{who} in {'odd' if i % 2 == 0 else 'even'} place {i + 1}"
            return
    pairs = record.shape == "preference"
    if (len(turns) % 2 == 0) == pairs or not turns:
        yield (turns[-1].path if turns else home(record)), f"{len(turns)} turns, {'odd' if pairs else 'even'} number needed"


def trailing_space(record: Record, args: Args) -> Hits:
    """A turn before a trained one doesn't end in a space: the tokenizer joins it to the next word and masks that."""
    for before, after in zip(record.messages, record.messages[1:], strict=False):
        last = before.parts[-1].text if before.parts else None
        if last and last[-1] in " \t" and before.trained != after.trained:
            yield before.content_path, "ends in white space before a turn with another mask"
