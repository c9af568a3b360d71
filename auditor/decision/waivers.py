"""Waivers: somebody answers for a blocker, with a reason and an end. It becomes a condition, never a pass."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditor.errors import ConfigError
from auditor.model import Finding, Pillar, Severity, Status

if TYPE_CHECKING:
    from auditor.decision.policy import Policy
    from auditor.decision.requirement import Requirement
    from auditor.settings import Waiver


@dataclass(frozen=True, slots=True)
class Waived:
    """A waiver with its standing on one day."""

    waiver: Waiver
    problem: str
    """Why it does not hold; empty when it does."""

    def covers(self, code: str, subject: str) -> bool:
        """True when it holds and is about this code and subject."""
        return not self.problem and code == self.waiver.code and self.waiver.subject in ("", subject)


def today() -> dt.date:
    """Today in UTC, or the day of SOURCE_DATE_EPOCH, by which a build can be repeated.

    Raises:
        ConfigError: it is none.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isdigit():
        try:
            return dt.datetime.fromtimestamp(int(epoch), dt.UTC).date()
        except (ValueError, OverflowError, OSError):
            raise ConfigError("SOURCE_DATE_EPOCH is no time in seconds") from None
    return dt.datetime.now(dt.UTC).date()


def standing(waivers: Iterable[Waiver], policy: Policy, day: dt.date) -> tuple[Waived, ...]:
    """Which waivers hold on `day`.

    Raises:
        ConfigError: `expires` or `since` is not a date, or owner, reason or code is empty.
    """
    out = []
    for number, waiver in enumerate(waivers, 1):
        for name in ("code", "owner", "reason"):
            if not getattr(waiver, name).strip():
                raise ConfigError(f"[[waivers]] number {number} has no {name}; a waiver needs code, owner, reason and expires")
        end = _date(waiver.expires, "expires", waiver, number)
        start = _date(waiver.since, "since", waiver, number) if waiver.since else day
        problem = ""
        if end < day:
            problem = f"it expired on {waiver.expires}"
        elif start > day:
            problem = f"it starts on {waiver.since}"
        elif (end - start).days > policy["waiver_days"]:
            problem = f"it runs for more than {policy['waiver_days']:g} days"
        out.append(Waived(waiver, problem))
    return tuple(out)


def _date(text: str, key: str, waiver: Waiver, number: int) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f'[[waivers]] number {number} ({waiver.code}): {key} is not a date; write {key} = "YYYY-MM-DD"') from None


def relieve(needs: Iterable[Requirement], waived: tuple[Waived, ...]) -> tuple[Requirement, ...]:
    """Requirements with waived blockers turned into conditions."""
    return tuple(
        replace(need, severity=Severity.MAJOR)
        if need.severity is Severity.BLOCKER and any(w.covers(need.code, need.subject) for w in waived)
        else need
        for need in needs
    )


def apply(findings: Iterable[Finding], waived: tuple[Waived, ...]) -> tuple[Finding, ...]:
    """Findings with waived blockers turned into conditions."""
    out = []
    for finding in findings:
        cover = next((w.waiver for w in waived if w.covers(finding.code, finding.subject)), None)
        blocks = finding.severity is Severity.BLOCKER and finding.status not in (Status.PASS, Status.NOT_APPLICABLE)
        if cover is not None and blocks:
            note = f"{finding.message} [waived by {cover.owner}{f' from {cover.since}' if cover.since else ''} until {cover.expires}: {cover.reason}]"
            out.append(replace(finding, severity=Severity.MAJOR, message=note))
        else:
            out.append(finding)
    return tuple(out)


def broken(waived: tuple[Waived, ...]) -> tuple[Finding, ...]:
    """One finding (USE019) for each waiver that does not hold."""
    fix = "mend the cause, or decide anew with a date within reach"
    return tuple(
        Finding(
            "USE019", Status.FAIL, Severity.MAJOR, w.waiver.code,
            f"The waiver of {w.waiver.code} by {w.waiver.owner} does not hold: {w.problem}", fix=fix, pillar=Pillar.PERMITTED,
        )
        for w in waived
        if w.problem
    )  # fmt: skip
