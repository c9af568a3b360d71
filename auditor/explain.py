"""`audit explain`: rules from their docstrings, the score and the decision from theirs."""

from __future__ import annotations

import inspect

from auditor.registry import explain as explain_rule


def explain(word: str) -> str:
    """Text for a code, a family, `score` or `decision`.

    Raises:
        UsageError: for an unknown word.
    """
    if word == "score":
        from auditor.decision import score

        return inspect.cleandoc(score.__doc__ or "")
    if word == "decision":
        from auditor import decision

        return inspect.cleandoc(decision.__doc__ or "")
    return explain_rule(word)
