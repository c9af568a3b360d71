"""Tables with a row a judgement, as crowd work and tools for annotation export them: one row an item, with a column for each judge."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from auditor.sources import called
from auditor.sources.facts import SAMPLE_ROWS, column_facts
from auditor.sources.rewritten import ANNOTATOR, MOST

if TYPE_CHECKING:
    import polars as pl

    from auditor.sources.types import RawTable

_MOST_ROWS: Final = 2_000_000
"""Judgements that are put together in memory."""
_LEAST: Final = 1.5
"""Judgements of an item on average; with fewer they are the labels of some rows."""
_ONCE: Final = 0.95
"""Share of the judgements that must be a judge's only one of an item."""
_CHOICES: Final = 100


def items(table: RawTable) -> tuple[RawTable, str] | None:
    """The table with a row an item, in the order of their first judgements, and what is to be said of it; None where it has no rows of judgements.

    What is written of an item has to be the same in all of its rows; what else differs between them is about the judgement and is left out.
    """
    schema = table.frame.collect_schema()
    judges = [c for c in schema if called.squeezed(c) in called.JUDGES]
    if len(judges) != 1 or table.rows > _MOST_ROWS or any(called.ANNOTATORS.match(c.lower()) for c in schema if c != judges[0]):
        return None
    rows = table.frame.collect()
    facts = {f.name: f for f in column_facts(rows.head(SAMPLE_ROWS))}
    label = next((c for c in schema if (c.lower() in called.LABELS or called.LABEL_PATTERN.search(c.lower()) or called.CROWD.match(c)) and facts[c].may_be_label and facts[c].is_choice(_CHOICES)), "")
    written = [c for c in schema if facts[c].kind == "text" and c != label and (facts[c].mean_length >= called.SENTENCE or c.lower() in called.TEXTS) and not facts[c].is_choice(_CHOICES // 10)]
    if not label or not written or not facts[judges[0]].distinct > 1:
        return None
    for item in (*(c for c in schema if called.IDS.search(called.snake(c)) or called.squeezed(c) in called.ADDED), *written):
        if item in {judges[0], label} or not _judged(rows, item, judges[0], written):
            continue
        whole = _together(rows, item, judges[0], label)
        told = f"has a row a judgement: {rows.height:,} of {whole.height:,} items by '{item}', each of which is a row here, with a column for each judge of '{judges[0]}'; a trainer must be given one label an item"
        return replace(table, frame=whole.lazy(), rows=whole.height, sliceable=True, costly=False, proof=None, cut=None), told
    return None


def _judged(rows: pl.DataFrame, item: str, judge: str, written: list[str]) -> bool:
    """Whether rows of one `item` say the same in words and come from different judges."""
    count = rows[item].n_unique()
    if rows[item].null_count() or rows.height < _LEAST * count or rows.select(item, judge).n_unique() < _ONCE * rows.height:
        return False
    return rows.select(item, *(c for c in written if c != item)).n_unique() == count and rows.select(written).n_unique() > count / 2


def _together(rows: pl.DataFrame, item: str, judge: str, label: str) -> pl.DataFrame:
    import polars as pl

    others = [c for c in rows.columns if c not in {item, judge, label}]
    known = rows[judge].drop_nulls().unique(maintain_order=True).to_list()
    grouped = rows.group_by(item, maintain_order=True)
    if len(known) <= MOST:
        said = [pl.col(label).filter(pl.col(judge) == who).first().alias(f"{ANNOTATOR}{i + 1}") for i, who in enumerate(known)]
    else:  # a crowd: whose a judgement is matters less than what it is
        most = min(MOST, int(grouped.len()["len"].max()))  # type: ignore[arg-type]
        said = [pl.col(label).get(i, null_on_oob=True).alias(f"{ANNOTATOR}{i + 1}") for i in range(most)]
    whole = grouped.agg(*(pl.col(c).first() for c in others), *(pl.col(c).n_unique().alias(f"{c}\0") for c in others), *said)
    return whole.drop(*(c for c in others if whole[f"{c}\0"].max() != 1), *(f"{c}\0" for c in others))
