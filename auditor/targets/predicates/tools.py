"""Functions that a row declares, calls to them, and their results."""

from __future__ import annotations

import re
from functools import lru_cache

from auditor.targets.canon import ASSISTANT, FUNCTION, TOOL, Message, Record, ToolCall
from auditor.targets.jsonpos import described
from auditor.targets.parse import loads
from auditor.targets.predicates.base import Args, Hits
from auditor.targets.toolschema import schema_defect, violations


@lru_cache(maxsize=64)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _calls(record: Record) -> list[tuple[Message, ToolCall]]:
    return [(m, c) for m in record.every for c in m.calls]


def tool_list(record: Record, args: Args) -> Hits:
    """`tools` is a list (or, with `string = true`, a JSON string of one); each declares an object with `required` keys.

    With `wrapped = true` it must stand as `{"type": "function", "function": {...}}`.
    """
    if not record.tools_given or not isinstance(record.value, dict):
        return
    holder = record.value.get("input") if record.tools_path[:1] == ("input",) else record.value
    value = holder.get(record.tools_path[-1]) if isinstance(holder, dict) else None
    text = isinstance(value, str)
    if not (isinstance(value, list) or value is None or (text and args.get("string") and (not str(value).strip() or _is_list(str(value))))):
        yield record.tools_path, f"expected a list of tools, found {described(value)}"
        return
    for tool in record.tools:
        if not tool.is_object:
            yield tool.path, "expected an object"
            continue
        if args.get("wrapped", True) and not tool.wrapped:
            yield tool.path, 'expected {"type": "function", "function": {...}}'
        for key in args.get("required", ("name",)):
            given = getattr(tool, key)
            wanted = dict if key == "parameters" else str
            if not isinstance(given, wanted):
                yield (*tool.path, key), f"expected {'an object' if wanted is dict else 'a string'}, found {described(given)}"


def _is_list(text: str) -> bool:
    parsed = loads(text.encode(errors="replace"))
    return parsed.ok and isinstance(parsed.value, list)


def tool_schema(record: Record, args: Args) -> Hits:
    """The parameters of a tool are a valid JSON Schema."""
    for tool in record.tools:
        if isinstance(tool.parameters, dict):
            defect = schema_defect(tool.parameters)
            if defect is not None:
                yield (*tool.path, "parameters", *defect), "no valid JSON Schema"


def tool_name(record: Record, args: Args) -> Hits:
    """Names of tools, of calls, and those that results give match `pattern`."""
    pattern = _pattern(args["pattern"])
    for tool in record.tools:
        if isinstance(tool.name, str) and not pattern.search(tool.name):
            yield (*tool.path, "name"), "name has other characters, or too many"
    for _, call in _calls(record):
        if isinstance(call.name, str) and not pattern.search(call.name):
            yield call.path, "name has other characters, or too many"
    for message in record.every:
        if message.role == TOOL and message.name is not None and not (isinstance(message.name, str) and pattern.search(message.name)):
            yield (*message.path, "name"), "name of the function has other characters, or too many"


def parallel_flag(record: Record, args: Args) -> Hits:
    """`parallel_tool_calls` is true or false."""
    holder = record.value if isinstance(record.value, dict) else {}
    path: tuple[str, ...] = ("parallel_tool_calls",)
    if "parallel_tool_calls" not in holder and isinstance(holder.get("input"), dict):
        holder, path = holder["input"], ("input", "parallel_tool_calls")
    if "parallel_tool_calls" in holder and not isinstance(holder["parallel_tool_calls"], bool):
        yield path, f"expected true or false, found {described(holder['parallel_tool_calls'])}"


def call_shape(record: Record, args: Args) -> Hits:
    """A call (in a message of `roles`, where they are given) names a function."""
    for message, call in _calls(record):
        if ("roles" not in args or message.role in args["roles"]) and (not isinstance(call.name, str) or not call.name):
            yield call.path, "call without the name of a function"


def arguments_string(record: Record, args: Args) -> Hits:
    """Arguments stand as a JSON-encoded string."""
    for _, call in _calls(record):
        if call.encoded and not isinstance(call.arguments, str):
            yield call.arguments_path, f"expected a JSON-encoded string, found {described(call.arguments)}"


def arguments_json(record: Record, args: Args) -> Hits:
    """Arguments are a JSON object, or a string that encodes one."""
    for _, call in _calls(record):
        ok, value = arguments_of(call)
        if not ok:
            yield call.arguments_path, "arguments aren't JSON"
        elif not isinstance(value, dict):
            yield call.arguments_path, f"expected a JSON object, found {described(value)}"


def arguments_of(call: ToolCall) -> tuple[bool, object]:
    """Whether the arguments of a call are JSON, and their value; no arguments are an empty object."""
    if isinstance(call.arguments, str):
        if not call.arguments.strip():
            return call.arguments == "", {}
        parsed = loads(call.arguments.encode(errors="surrogatepass"))
        return parsed.ok, parsed.value
    return True, call.arguments if call.arguments is not None else {}


def arguments_schema(record: Record, args: Args) -> Hits:
    """Arguments satisfy the JSON Schema that the row declares for the function."""
    schemas = {t.name: t.parameters for t in record.tools if isinstance(t.name, str)}
    for _, call in _calls(record):
        schema = schemas.get(call.name) if isinstance(call.name, str) else None
        ok, value = arguments_of(call)
        if ok and isinstance(schema, dict) and isinstance(value, dict):
            for told in violations(schema, value):
                yield call.arguments_path, told


def declared(record: Record, args: Args) -> Hits:
    """Every function that is called is declared. With `given = true` that is asked only of rows that have tools."""
    if args.get("given") and not record.tools:
        return
    names = {t.name for t in record.tools if isinstance(t.name, str)}
    for _, call in _calls(record):
        if isinstance(call.name, str) and call.name and call.name not in names:
            yield call.path, "function isn't declared" if record.tools_given else "function isn't declared: the row has no tools"


def call_id(record: Record, args: Args) -> Hits:
    """Ids of calls and of results match `pattern`; the last message's calls may have the id `null`."""
    pattern = _pattern(args["pattern"])
    for message, call in _calls(record):
        last = bool(record.messages) and message is record.messages[-1]
        if last and (call.id is None or call.id == "null"):
            continue
        if not isinstance(call.id, str) or not pattern.search(call.id):
            yield (*call.path, "id"), f"id doesn't match {args['pattern']}"
    for message in record.every:
        if message.role == TOOL and not (isinstance(message.result_id, str) and pattern.search(message.result_id)):
            yield (*message.path, "tool_call_id"), f"id doesn't match {args['pattern']}"


def content_or_calls(record: Record, args: Args) -> Hits:
    """An assistant's message says something or calls something, not both and not neither."""
    for message in record.every:
        if message.role == ASSISTANT and message.turn and message.is_object and bool(message.content) == bool(message.calls):
            yield message.path, "both content and calls" if message.calls else "neither content nor calls"


def pairing(record: Record, args: Args) -> Hits:
    """Every result answers a call and every call has its result, unless it is the last thing said.

    By id where the row gives ids, by number otherwise. With `results_only = true` a call without a result is let pass.
    """
    answers = "results_only" not in args
    pending: list[ToolCall] = []
    seen: set[object] = set()
    for message in record.messages:
        if message.role in {TOOL, FUNCTION}:
            yield from _result(message, pending, seen)
        elif message.role == ASSISTANT:
            if answers:
                yield from ((call.path, "call without a result") for call in pending)
            pending = list(message.calls)
        elif pending and answers:
            yield from ((call.path, "call without a result") for call in pending)
            pending = []


def _result(message: Message, pending: list[ToolCall], seen: set[object]) -> Hits:
    known = [c for c in pending if c.id is not None]
    given = message.result_id if isinstance(message.result_id, str) else None
    if not pending:
        repeated = given is not None and given in seen
        yield message.path, "second result for one call" if repeated else "result without a call"
    elif given is None or not known:
        pending.pop(0)
    else:
        match = next((c for c in known if c.id == given), None)
        if match is None:
            yield (*message.path, "tool_call_id"), "result for a call that was not made"
        else:
            pending.remove(match)
            seen.add(given)


def no_tools(record: Record, args: Args) -> Hits:
    """The row has neither tools nor calls."""
    if record.tools:
        yield record.tools_path, "tools"
    for _, call in _calls(record):
        yield call.path, "tool call"
