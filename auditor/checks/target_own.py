"""TGT, continued: defects that no provider looks for and every trainer suffers from, whatever the target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from auditor.checks.targets import TargetCheck
from auditor.model import Evidence, Finding, Severity, Status
from auditor.targets.request import GENERIC

if TYPE_CHECKING:
    from auditor.settings import Settings
    from auditor.targets.report import TargetReport


class OwnRules(TargetCheck):
    """Common part of the checks that hold whatever the target: defects that no provider looks for."""

    rules: ClassVar[frozenset[str]]
    good: ClassVar[str]

    def told(self, report: TargetReport, settings: Settings) -> Iterator[Finding]:
        """One finding per broken rule of the own table, or one that says there is none."""
        outcome = report.outcome(GENERIC)
        if outcome is None or report.format == "unknown":
            return
        found = [i for i in outcome.issues if i.rule in self.rules and i.level != "info"]
        if GENERIC in report.requested:
            found = [i for i in found if i.level != "error"]  # told by TGT001, as a veto
        for issue in found:
            grave = issue.level == "error"
            yield self.of_issue(issue, Status.FAIL if grave else Status.WARN, Severity.MAJOR if grave else Severity.MINOR, outcome.rows)
        if not found:
            yield self.finding(Status.PASS, "dataset", f"{self.good} in {outcome.rows:,} rows", evidence=Evidence(0.0, n=outcome.rows, unit="share of rows", method="every row"))


class SoundJson(OwnRules):
    """Defects of the JSON text that parsers hide: a key twice in one object (the last wins), NaN and Infinity, half a
    surrogate pair, NUL, a byte-order mark, UTF-16, blank lines, one array where lines are expected.

    Measured as rows, with line, column and JSON path. One reader takes them, the next one crashes on them after the upload.
    A condition where a row is affected, advice where only the file is laid out in a way some targets refuse.
    What to do: write the file with one `json.dumps` per line in UTF-8; the fix stands beside each.
    """

    code = "TGT005"
    title = "The JSON text has no hidden defect"
    severity = Severity.MAJOR
    good = "no hidden JSON defect"
    rules = frozenset({"GEN-00", "GEN-01", "GEN-02", "GEN-03", "GEN-19", "GEN-20", "GEN-21", "GEN-22"})


class SoundTurns(OwnRules):
    """Conversations from which nothing sensible can be learned: a blank or missing answer, weights that train nothing, a last
    turn that isn't the assistant's, null content, a system message in the middle, a role twice in a row, odd weights.

    Measured as rows, with line, column and JSON path. No live checker refuses them; the trainer learns silence or skips the row.
    Errors are a condition, warnings advice.
    What to do: remove the row or write what is missing.
    """

    code = "TGT006"
    title = "Every conversation has something to learn"
    severity = Severity.MAJOR
    good = "a trained answer and sound turns"
    rules = frozenset({"GEN-04", "GEN-05", "GEN-06", "GEN-07", *(f"GEN-{n}" for n in range(23, 33)), "GEN-36", "GEN-37", "GEN-38"})


class SoundTools(OwnRules):
    """Tool calls against the functions that the row declares: undeclared names, arguments that aren't JSON or break the
    declared JSON Schema, calls without a result, results without a call.

    Measured as rows, with line, column and JSON path. Providers look at none of this, and the model learns to call what does
    not exist. Regular expressions inside the schemas are not run. Errors are a condition, schema violations advice.
    What to do: correct the call, declare the function, or add the missing message.
    """

    code = "TGT007"
    title = "Tool calls match the declared functions"
    severity = Severity.MAJOR
    good = "no tool call is at odds with its declaration"
    rules = frozenset({"GEN-08", "GEN-09", "GEN-10", "GEN-11", "GEN-33"})


class SoundPairs(OwnRules):
    """Preference pairs whose two answers are the same, and labels that are neither true nor false.

    Measured as rows. Such a pair has no gradient worth having and counts as data that isn't there. A condition.
    What to do: remove the pair.
    """

    code = "TGT008"
    title = "Every preference prefers something"
    severity = Severity.MAJOR
    good = "no pair of equal answers"
    rules = frozenset({"GEN-12", "GEN-34", "GEN-39"})

    def told(self, report: TargetReport, settings: Settings) -> Iterator[Finding]:
        """Only where there are preferences."""
        from auditor.targets.formats import BY_NAME

        if any(name in BY_NAME and BY_NAME[name].shape in {"preference", "kto", "stepwise"} for name, _ in report.formats):
            yield from super().told(report, settings)


class CleanText(OwnRules):
    """Residue in the text: control tokens of chat templates, unfilled `{{placeholders}}`, U+FFFD, prompts with several
    answers, rows that stand in training and in validation, more than one shape in a file.

    Measured as rows (files for splits and shapes), with JSON path. The trainer adds its own control tokens; those in the text
    teach the model to write them. Advice.
    What to do: clean the text at its source.
    """

    code = "TGT009"
    title = "No residue of templates in the text"
    severity = Severity.MINOR
    good = "no residue of templates"
    rules = frozenset({"GEN-01b", "GEN-13", "GEN-14", "GEN-15", "GEN-16", "GEN-18"})


CHECKS = (SoundJson(), SoundTurns(), SoundTools(), SoundPairs(), CleanText())
