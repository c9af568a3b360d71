"""The last fence: a class name that is somebody's address must not leave in a sentence about classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.detectors.results import DuplicateFacts
from auditor.model import Finding, Role
from auditor.scan.measures import Values

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts


def scrub(findings: tuple[Finding, ...], data: Dataset, facts: Facts, personal: Callable[[Sequence[str]], list[bool]]) -> tuple[Finding, ...]:
    """Findings in which names of classes that look personal are replaced by `(masked)`."""
    names: set[str] = set()
    for column in (*data.role(Role.LABEL), *data.role(Role.GROUP)):
        values = facts.get(Values(column))
        if values is not None:
            names.update(str(v) for v in values.counts)
    classes = facts.find(DuplicateFacts)
    if classes is not None:  # all of them, where the profile has counted too many to keep their names
        names.update(c.name for c in classes.by_class)
    listed = sorted(n for n in names if len(n) >= 5)
    hidden = [n for n, flag in zip(listed, personal(listed), strict=True) if flag] if listed else []
    if not hidden:
        return findings
    pattern = re.compile("|".join(re.escape(n) for n in sorted(hidden, key=len, reverse=True)))
    return tuple(replace(f, subject=pattern.sub("(masked)", f.subject), message=pattern.sub("(masked)", f.message), fix=pattern.sub("(masked)", f.fix)) for f in findings)
