"""Tables in which several rows are one example: the turns of a talk, the judgements of an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.model import Shape
from auditor.sources import judged_rows, turn_rows

if TYPE_CHECKING:
    from auditor.settings import DataSettings
    from auditor.sources.types import RawTable

_RULES = ((turn_rows.talks, Shape.CHAT), (judged_rows.items, Shape.CLASSIFICATION))


def together(table: RawTable, settings: DataSettings) -> tuple[RawTable, str] | None:
    """The table with a row an example, and what is to be said of it; None where a row is one, or where it is declared what the rows are."""
    if settings.label or settings.text or settings.roles:
        return None
    for rule, shape in _RULES:
        found = rule(table) if settings.shape in {"", shape} else None
        if found is not None:
            return found
    return None
