"""The predicates by name. A rule of a target names one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.targets.predicates import converse, media, preference, shape, text, tools, turns
from auditor.targets.predicates.base import Predicate

PREDICATES: Final[Mapping[str, Predicate]] = {
    function.__name__: function
    for function in (
        shape.data_type,
        shape.row_format,
        shape.row_keys,
        shape.single_format,
        shape.exclusive_keys,
        shape.structure,
        shape.messages_present,
        shape.assistant_present,
        shape.label_type,
        shape.label_unread,
        shape.row_columns,
        shape.same_kind,
        turns.turn_object,
        turns.roles,
        turns.message_keys,
        turns.content_present,
        turns.content_null,
        turns.content_type,
        turns.content_mixed,
        turns.weights,
        turns.weight_place,
        turns.weight_bool,
        turns.reasoning,
        turns.trained,
        turns.blank_target,
        turns.blank_message,
        turns.last_turn,
        turns.prompt_end,
        turns.first_turn,
        turns.system_first,
        turns.system_count,
        turns.system_inside,
        turns.repeated_role,
        turns.follows,
        turns.alternation,
        turns.parity,
        turns.trailing_space,
        preference.output_count,
        preference.output_role,
        preference.output_content,
        preference.answer_object,
        preference.pair_equal,
        preference.prompt_shared,
        preference.prompt_once,
        tools.tool_list,
        tools.tool_schema,
        tools.tool_name,
        tools.parallel_flag,
        tools.call_shape,
        tools.arguments_string,
        tools.arguments_json,
        tools.arguments_schema,
        tools.declared,
        tools.call_id,
        tools.content_or_calls,
        tools.pairing,
        tools.no_tools,
        converse.converse_blocks,
        converse.call_pairs,
        converse.block_kinds,
        media.media_roles,
        media.media_kinds,
        media.media_count,
        media.media_mixed,
        media.image_url,
        media.image_bytes,
        media.media_weight,
        media.media_markers,
        media.media_suffix,
        text.template_tokens,
        text.placeholders,
        text.reserved,
        text.damaged,
    )
}
"""Every predicate. Explicit, so that a rule can name nothing else."""

CONTENT: Final = frozenset({"template_tokens", "placeholders", "reserved", "damaged", "media_markers"})
"""Predicates that look at words in the text: asked only of rows that hold one of the needles."""
TOOLS: Final = frozenset(f.__name__ for f in (
    tools.tool_list, tools.tool_schema, tools.tool_name, tools.call_shape, tools.arguments_string,
    tools.arguments_json, tools.arguments_schema, tools.declared, tools.call_id, tools.pairing, tools.no_tools,
))  # fmt: skip
"""Predicates that have nothing to say about a row without tools, calls and results."""

FILE_CHECKS: Final = ("json", "file", "suffix", "rows", "bytes", "filename", "uniform", "columns", "dtypes", "length", "split", "status", "note", "entry")
"""Checks on the file or on all rows together, done by the engine; `status` and `note` only inform."""
