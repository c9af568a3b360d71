"""`audit explain`: rules from their docstrings, the score and the decision from theirs."""

from __future__ import annotations

import inspect
from pathlib import Path

from auditor.errors import UsageError
from auditor.registry import explain as explain_rule


def explain(word: str, report: Path | None = None) -> str:
    """Text for a code, a family, `score` or `decision`; with a JSON report the latter two walk through its own figures.

    Raises:
        UsageError: for an unknown word.
    """
    if report is not None:
        from auditor.decision import walk
        from auditor.verify import read_report

        if word not in ("score", "decision"):
            raise UsageError("--report goes with `audit explain score` and `audit explain decision`")
        body = read_report(report)
        return walk.score(body) if word == "score" else walk.decision(body)
    if word == "score":
        from auditor.decision import score

        return inspect.cleandoc(score.__doc__ or "")
    if word == "decision":
        from auditor import decision

        return inspect.cleandoc(decision.__doc__ or "")
    return explain_rule(word)
