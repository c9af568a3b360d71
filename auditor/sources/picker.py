"""Roles chosen so far, and the columns still free."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from auditor.model import Role, RoleChoice
from auditor.sources import called
from auditor.sources.facts import ColumnFacts


@dataclass
class Picker:
    """Columns and the roles that they got."""

    columns: dict[str, ColumnFacts]
    chosen: list[RoleChoice] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def take(self, role: Role, names: Iterable[str], reason: str, *, declared: bool = False) -> None:
        """Columns play a role; those that play one already only where it is declared."""
        picked = tuple(n for n in names if n not in self.used or declared)
        if picked:
            self.used.update(picked)
            self.chosen.append(RoleChoice(role, picked, reason, declared))

    def has(self, role: Role) -> bool:
        """Whether some column plays it."""
        return any(c.role is role for c in self.chosen)

    def free(self, test: Callable[[ColumnFacts], bool] = lambda _: True) -> list[ColumnFacts]:
        """Columns without a role that meet the test, in the order of the file."""
        return [c for n, c in self.columns.items() if n not in self.used and test(c)]

    def named(self, names: tuple[str, ...], test: Callable[[ColumnFacts], bool] = lambda _: True) -> ColumnFacts | None:
        """The free column with the first of these names that there is, in whatever spelling."""
        free = self.free(test)
        loosely = {called.squeezed(c.name): c for c in reversed(free)}
        by_name = {c.name.lower().strip(): c for c in free}
        return next((by_name.get(n) or loosely[called.squeezed(n)] for n in names if n in by_name or called.squeezed(n) in loosely), None)
