"""Rule codes: all checks by a walk over `auditor.checks`, selection by code or prefix, and their documentation."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable

from auditor import checks as package
from auditor.checks.base import Check
from auditor.errors import UsageError

_CODE = re.compile(r"^[A-Z]{3}\d{3}$")


def all_checks() -> tuple[Check, ...]:
    """Every check, by code. Importing them loads nothing heavy.

    Raises:
        TypeError: when a code is malformed or used twice (a programming error, found by the tests).
    """
    found: dict[str, Check] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for check in getattr(module, "CHECKS", ()):
            if not _CODE.match(check.code) or check.code in found:
                raise TypeError(f"{module.__name__}: code {check.code} is malformed or taken")
            found[check.code] = check
    return tuple(found[c] for c in sorted(found))


def select(checks: Iterable[Check], wanted: tuple[str, ...], ignored: Iterable[str]) -> tuple[Check, ...]:
    """Checks under `wanted` (codes or prefixes; all when empty) and not under `ignored`.

    Raises:
        UsageError: for a word that is no code and no prefix of one.
    """
    pool = tuple(checks)
    skip = tuple(ignored)
    for word in (*wanted, *skip):
        if not any(c.code.startswith(word) for c in pool) or not word:
            raise UsageError(f"no rule is called '{word}'{_nearest(word, pool)}")
    return tuple(c for c in pool if (not wanted or c.code.startswith(wanted)) and not (skip and c.code.startswith(skip)))


def _nearest(word: str, pool: tuple[Check, ...]) -> str:
    names = {c.code for c in pool} | {c.code[:3] for c in pool}
    near = difflib.get_close_matches(word.upper(), names, 1, 0.5)
    return f"; did you mean '{near[0]}'?" if near else f"; families are {', '.join(sorted({c.code[:3] for c in pool}))}"


def explain(code: str) -> str:
    """Documentation of one rule or of a family (`LEK`), as plain text.

    Raises:
        UsageError: for an unknown code.
    """
    pool = all_checks()
    exact = [c for c in pool if c.code == code.upper()]
    family = exact or [c for c in pool if code and c.code.startswith(code.upper())]
    if not family:
        raise UsageError(f"no rule is called '{code}'{_nearest(code, pool)}")
    if exact:
        check = exact[0]
        text = inspect.cleandoc(type(check).__doc__ or "")
        return f"{check.code}  {check.title}\n{check.pillar} · a failure is {_article(check.severity)}\n\n{text}\n"
    return "".join(f"{c.code}  {c.title}\n" for c in family)


def _article(severity: str) -> str:
    return {"blocker": "a veto (blocker)", "major": "a condition (major)", "minor": "advice (minor)"}.get(severity, "information")


def titles() -> dict[str, str]:
    """Title by code, for reports and the README."""
    return {c.code: c.title for c in all_checks()}
