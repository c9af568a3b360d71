"""Great Expectations suites: the shipped one of the shape, those beside the data and those named in the settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from auditor.checks.base import Check
from auditor.model import Evidence, Finding, Flag, Pillar, Severity, Status
from auditor.suites.shipped import suite_files
from auditor.suites.study import SuiteRun

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings
    from auditor.suites.results import ExpectationResult, SuiteResult

_OUTCOME = {
    "critical": (Status.FAIL, Severity.BLOCKER),
    "warning": (Status.WARN, Severity.MAJOR),
    "info": (Status.WARN, Severity.MINOR),
}
"""What a failed expectation of each severity means for the gate."""


def _request(data: Dataset, settings: Settings) -> SuiteRun:
    return SuiteRun(suite_files(data, settings))


class _SuiteCheck(Check):
    pillar: ClassVar[Pillar] = Pillar.LEARNABLE

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The run of all suites, if there is any."""
        request = _request(data, settings)
        return (request,) if request.suites else ()

    def _suites(self, data: Dataset, facts: Facts, settings: Settings) -> tuple[SuiteResult, ...]:
        request = _request(data, settings)
        return facts[request] if request.suites else ()


class ExpectationsHold(_SuiteCheck):
    """Every expectation of every suite holds.

    Measures: for each expectation of the Great Expectations suites that apply, the rows that do not meet it (count, and
    share of the rows judged, 0 to 1), or the column or table figure that is out of bounds. Suites are: the shipped one for
    the shape of the data, each `expectations/*.json` beside the data, and `[suites] files`.

    Why it matters: a suite is what somebody already knew about this data. A critical expectation that fails is a veto, a
    warning a condition, an info advice. The share of expectations that pass is deliberately no figure: one broken key is
    not outweighed by twenty trivial checks.

    What to do: mend the rows named (all of them with `--rows`), or change the expectation in the suite if the world has
    changed. `audit suite ./data -o suite.json` proposes a suite from the data as it is.

    Source: severities of Great Expectations 1.24 (critical, warning, info).
    """

    code: ClassVar[str] = "EXP001"
    title: ClassVar[str] = "Every expectation of the suites holds"
    severity: ClassVar[Severity] = Severity.BLOCKER

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """A finding for each expectation that fails or cannot be evaluated, one for each suite that holds."""
        for suite in self._suites(data, facts, settings):
            failed = False
            met: Counter[str] = Counter()
            for result in suite.results:
                subject = f"{suite.name}: {', '.join(result.columns) or 'table'}: {result.type}"
                met[subject] += 1
                if result.success is not True:
                    failed = True
                    yield self._failed(suite, result, subject if met[subject] == 1 else f"{subject} ({met[subject]})")
            if suite.results and not failed:
                yield self.finding(
                    Status.PASS,
                    suite.name,
                    f"all {len(suite.results)} expectations of {suite.name} hold",
                    evidence=Evidence(value=float(len(suite.results)), n=data.rows, method=f"suite {suite.source}"),
                )

    def _failed(self, suite: SuiteResult, result: ExpectationResult, subject: str) -> Finding:
        status, severity = _OUTCOME[result.severity]
        if result.success is None:
            return self.finding(
                Status.ERROR,
                subject,
                f"{result.wording}: could not be evaluated ({result.error})",
                severity=severity,
                evidence=Evidence(method=f"suite {suite.source}"),
                fix="mend the expectation, or the type of the column it is about",
            )
        share = result.unexpected / result.elements if result.unexpected is not None and result.elements else None
        figure = f": {result.unexpected:,} of {result.elements:,} rows break it" if share is not None else ""
        seen = f" (observed: {result.observed})" if result.observed else ""
        return self.finding(
            status,
            subject,
            f"{result.wording.removesuffix('.') if figure else result.wording}{figure}{seen}",
            severity=severity,
            evidence=Evidence(
                value=share, n=result.elements, unit="rows", method=f"suite {suite.source}", refs=result.refs
            ),
            fix="mend or remove the rows" if share is not None else "mend the data, or the expectation if the world has changed",
            flags=tuple(Flag(self.code, r.file, r.row, column=", ".join(result.columns) or None) for r in result.refs),
        )


class ExpectationsRanNatively(_SuiteCheck):
    """Expectations ran on Polars, without pandas.

    Measures: the expectations that have no native implementation, for which the columns they need were copied to pandas.

    Why it matters: nothing is wrong with their results, but they take more memory and time, which shows on large data.

    What to do: nothing, or replace them by an expectation that is native.

    Source: our choice.
    """

    code: ClassVar[str] = "EXP002"
    title: ClassVar[str] = "Expectations run without a copy of the data"
    pillar: ClassVar[Pillar] = Pillar.MAINTAINABLE
    severity: ClassVar[Severity] = Severity.INFO

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """A finding for each suite with expectations that fell back."""
        for suite in self._suites(data, facts, settings):
            fell = [r for r in suite.results if r.fallback]
            if fell:
                columns = ", ".join(sorted({c for r in fell for c in r.fallback}))
                kinds = ", ".join(sorted({r.type for r in fell}))
                yield self.finding(
                    Status.WARN,
                    suite.name,
                    f"{len(fell)} expectations were computed by pandas on columns {columns}: {kinds}",
                    evidence=Evidence(value=float(len(fell)), n=len(suite.results), unit="expectations"),
                )


CHECKS = (ExpectationsHold(), ExpectationsRanNatively())
