"""The interface of a check."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from auditor.model import Evidence, Finding, Flag, Pillar, Severity, Status

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings


class Check(ABC):
    """One rule. The docstring of a subclass documents it: what it measures (unit, range), why it matters, what to do.

    `judge` sees facts only. If it wants rows, a request is missing.
    """

    code: ClassVar[str]
    """`[A-Z]{3}[0-9]{3}`, never reused."""
    title: ClassVar[str]
    """What a good data set is, in a few words: `Hold-out is not in train`."""
    pillar: ClassVar[Pillar]
    severity: ClassVar[Severity]
    """Severity of a failure unless the check says otherwise."""

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Requests whose facts `judge` reads."""
        return ()

    @abstractmethod
    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """Findings; none at all means that the rule does not apply."""

    def finding(
        self,
        status: Status,
        subject: str,
        message: str,
        *,
        severity: Severity | None = None,
        evidence: Evidence | None = None,
        fix: str = "",
        flags: tuple[Flag, ...] = (),
    ) -> Finding:
        """A finding under this rule's code; a passed one is informational."""
        return Finding(
            code=self.code,
            status=status,
            severity=severity or (Severity.INFO if status is Status.PASS else self.severity),
            subject=subject,
            message=message,
            evidence=evidence or Evidence(),
            fix=fix,
            flags=flags,
            pillar=self.pillar,
        )
