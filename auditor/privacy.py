"""The last fence: a class name that is somebody's address must not leave in a sentence about classes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.detectors.pii_numbers import about_persons
from auditor.detectors.results import DuplicateFacts
from auditor.model import Finding, Role
from auditor.scan.measures import Values

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts


def scrub(findings: tuple[Finding, ...], data: Dataset, facts: Facts, personal: Callable[[Sequence[str]], list[bool]]) -> tuple[Finding, ...]:
    """Findings in which names of classes that look personal, or are those of persons, are replaced by `(masked)`."""
    names: set[str] = set()
    persons: set[str] = set()
    labels = data.role(Role.LABEL)
    classes = facts.find(DuplicateFacts)
    for column in (*labels, *data.role(Role.GROUP)):
        values = facts.get(Values(column))
        known = {str(v) for v in values.counts} if values is not None else set()
        if classes is not None and column in labels:  # all of them, where the profile has counted too many to keep their names
            known.update(c.name for c in classes.by_class)
        names |= known
        if about_persons(column, sorted(known)):
            persons |= known
    findings = _without_persons(findings, persons)
    listed = sorted(n for n in names if len(n) >= 5)
    hidden = [n for n, flag in zip(listed, personal(listed), strict=True) if flag] if listed else []
    if not hidden:
        return findings
    pattern = re.compile("|".join(re.escape(n) for n in sorted(hidden, key=len, reverse=True)))
    return tuple(replace(f, subject=pattern.sub("(masked)", f.subject), message=pattern.sub("(masked)", f.message), fix=pattern.sub("(masked)", f.fix)) for f in findings)


def _without_persons(findings: tuple[Finding, ...], persons: set[str]) -> tuple[Finding, ...]:
    """A given name may be any word of a sentence, so it is one in quotes, as classes are told, or all of a subject."""
    if not persons:
        return findings
    either = "|".join(re.escape(n) for n in sorted(persons, key=len, reverse=True))
    quoted, subject = re.compile(f"'(?:{either})'"), re.compile(f"(?<![^ /])(?:{either})(?![^ /])")
    return tuple(replace(f, subject=subject.sub("(masked)", f.subject), message=quoted.sub("'(masked)'", f.message), fix=quoted.sub("'(masked)'", f.fix)) for f in findings)
