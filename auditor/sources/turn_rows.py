"""Tables with a row a turn, as call centres and chat tools export talks: one row a talk, with its turns in a list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from auditor.sources import called
from auditor.sources.derived import CHAT
from auditor.sources.facts import column_facts

if TYPE_CHECKING:
    import polars as pl

    from auditor.sources.types import RawTable

_TALK: Final = frozenset((
    "conversationid", "conversation", "convid", "convoid", "dialogid", "dialogueid", "dialog", "dialogue", "threadid", "sessionid", "chatid", "callid",
    "contactid", "interactionid", "ticketid", "caseid", "transcriptid",
))  # fmt: skip
"""Names, without what exports spell differently, of what says which talk a turn is of."""
_WHO: Final = frozenset((
    "speaker", "role", "sender", "author", "from", "participant", "party", "speakerrole", "sendertype", "authortype", "senderrole", "authorrole", "participantrole",
    "participanttype", "channelrole", "who", "direction",
))  # fmt: skip
_SAID: Final = ("utterance", "text", "message", "content", "body", "sentence", "transcript", "messagetext", "msg")
_PLACE: Final = (
    "turn", "turnid", "turnindex", "turnnumber", "turnno", "utteranceid", "utteranceindex", "utteranceidx", "seq", "sequence", "sequencenumber", "messageindex", "messagenumber",
    "position", "order", "idx",
)  # fmt: skip
"""Names of what says which turn of its talk a row is."""
_SYSTEM: Final = ("system", "sys")
_IN: Final = {"inbound": "user", "incoming": "user", "outbound": "assistant", "outgoing": "assistant"}
_SAMPLE: Final = 5000
_MOST_ROWS: Final = 2_000_000
"""Turns that are put together in memory."""
_VALID: Final = 0.95
"""Share of the sampled turns that must be of a known speaker."""
_LEAST: Final = 2.0
"""Turns of a talk on average."""


def talks(table: RawTable) -> tuple[RawTable, str] | None:
    """The table with a row a talk, in the order of their first turns, and what is to be said of it; None where it has no rows of turns.

    Columns that hold one value in every talk are kept. Nothing is put together where a column is named like a label, which may be one of turns.
    """
    import polars as pl

    schema = table.frame.collect_schema()
    by_name = {called.squeezed(c): c for c in schema}
    talk, who = (next((by_name[n] for n in by_name if n in names), "") for names in (_TALK, _WHO))
    said = next((by_name[n] for n in _SAID if n in by_name and schema[by_name[n]] == pl.String), "")
    labels = [n for n in called.LABELS if n != "status" and called.squeezed(n) in by_name]
    if not talk or not who or not said or schema[who] != pl.String or CHAT in schema or labels or any(called.LABEL_PATTERN.search(c.lower()) for c in schema) or table.rows > _MOST_ROWS:
        return None
    sample = table.frame.head(_SAMPLE).collect()
    several = sample.height / max(1, sample[talk].n_unique())
    (text,) = column_facts(sample.select(said))
    if several < _LEAST or text.mean_length < 1 or text.is_choice(20):
        return None
    roles = _roles(sample[who])
    known = sample.select(pl.col(who).replace_strict(roles, default=None, return_dtype=pl.String))[who]
    if known.null_count() > (1 - _VALID) * sample.height or not {"user", "assistant"} <= {*known.drop_nulls()}:
        return None
    whole = _together(table.frame, talk, pl.struct(role=_role(who, roles), content=pl.col(said)), _order(by_name, sample)).drop(who, said, strict=False)
    lost = table.rows - int(whole[CHAT].list.len().sum())
    told = f"has a row a turn: {table.rows - lost:,} turns of {whole.height:,} talks by '{talk}', each of which is a row here; a trainer must be given them so"
    told += f"; {lost:,} rows without '{talk}' are left out" if lost else ""
    return replace(table, frame=whole.lazy(), rows=whole.height, sliceable=True, costly=False, proof=None, cut=None), told


def _roles(speakers: pl.Series) -> dict[str, str]:
    """`user`, `assistant` or `system` for each way to name a speaker; the system answers where nobody else does."""
    found: dict[str, str] = {}
    for name in speakers.drop_nulls().unique().to_list():
        word = called.squeezed(name).strip("0123456789")
        role = _IN.get(word) or ("user" if word in called.ASKERS else "assistant" if word in called.ANSWERERS else "system" if word in _SYSTEM else "")
        if role:
            found[name] = role
    if "assistant" not in found.values():
        found = {n: "assistant" if r == "system" else r for n, r in found.items()}
    return found


def _role(who: str, roles: dict[str, str]) -> pl.Expr:
    import polars as pl

    return pl.col(who).replace_strict(roles, default=pl.col(who), return_dtype=pl.String)


def _order(by_name: dict[str, str], sample: pl.DataFrame) -> str:
    """The column by which the turns of a talk are ordered; empty where they stand in their order."""
    place = next((by_name[n] for n in _PLACE if n in by_name and sample.schema[by_name[n]].is_integer()), "")
    return place or next((c for c, t in sample.schema.items() if t.is_temporal()), "")


def _together(frame: pl.LazyFrame, talk: str, turn: pl.Expr, order: str) -> pl.DataFrame:
    import polars as pl

    turns = turn.sort_by(order, maintain_order=True) if order else turn
    others = [c for c in frame.collect_schema() if c != talk]
    grouped = frame.filter(pl.col(talk).is_not_null()).group_by(talk, maintain_order=True)
    whole = grouped.agg(turns.alias(CHAT), *(pl.col(c).first() for c in others), *(pl.col(c).n_unique().alias(f"{c}\0") for c in others)).collect()
    return whole.drop(*(c for c in others if whole[f"{c}\0"].max() != 1), *(f"{c}\0" for c in others))
