"""What stands below the first page: policy, declarations, methods and the crosswalk as flat tables of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.model import Report, Rung
from auditor.reports.text import clean, figure, prose

Pair = tuple[str, str]
"""A name and what it is."""

CROSSWALK_NOTE = "“Corresponds to”, never “conforms to”: evidence that may support an assessment, not an assessment."
"""Said where the crosswalk doesn't say it itself."""
MOST_METHODS = 60
"""Methods listed at most."""


@dataclass(frozen=True, slots=True)
class CrosswalkRow:
    """One item of another vocabulary beside our codes."""

    item: str
    codes: str
    status: str
    gap: str


def plain(value: object) -> str:
    """A JSON-ready scalar or list as words."""
    if value is None or value == "":
        return "not stated"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return figure(value, 6)
    if isinstance(value, Mapping):
        return prose("; ".join(f"{clean(str(k))}: {plain(v)}" for k, v in value.items()))
    if isinstance(value, (list, tuple)):
        return prose(", ".join(plain(v) for v in value)) if value else "none"
    return prose(str(value))


def flatten(mapping: Mapping[str, object], prefix: str = "", depth: int = 3) -> list[Pair]:
    """`mapping` as dotted names and words, sorted by name; deeper than `depth` a value is put on one line."""
    out: list[Pair] = []
    for key, value in sorted(mapping.items(), key=lambda item: str(item[0])):
        name = f"{prefix}{clean(str(key))}"
        if isinstance(value, Mapping) and value and depth > 1:
            out += flatten(value, f"{name}.", depth - 1)
        else:
            out.append((clean(name), plain(value)))
    return out


def policy_pairs(report: Report) -> list[Pair]:
    """Thresholds in force, those of the requested path where the policy has several; changes are shown apart."""
    policy = dict(report.policy)
    for shown_apart in ("overrides", "waivers", "ignored"):
        policy.pop(shown_apart, None)
    thresholds = policy.pop("thresholds", None)
    requested = report.verdict.path.requested
    if isinstance(thresholds, Mapping):
        own = thresholds.get(requested)
        return flatten(policy) + flatten(own if isinstance(own, Mapping) else thresholds)
    return flatten(policy)


def declared_pairs(report: Report) -> list[Pair]:
    """The use case as declared; what is empty is said to be not stated."""
    return flatten(report.declared)


def method_pairs(report: Report) -> list[Pair]:
    """Every method behind a figure, with the codes that used it."""
    codes: dict[str, set[str]] = {}
    for finding in report.findings:
        if finding.evidence.method:
            codes.setdefault(prose(finding.evidence.method), set()).add(clean(finding.code))
    pairs = sorted((method, ", ".join(sorted(by))) for method, by in codes.items())
    return [(method, clean(by)) for method, by in pairs[:MOST_METHODS]]


def rung_reason(rung: Rung) -> str:
    """Why a path is or is not eliminated, without repeating whether it is."""
    return prose(
        rung.reason.removeprefix("not ").removeprefix("eliminated ")
        if "eliminated because" in rung.reason[:23]
        else rung.reason
    )


def crosswalk_note(report: Report) -> str:
    """What the crosswalk says about itself."""
    note = report.crosswalk.get("note")
    about = note.get("about") if isinstance(note, Mapping) else None
    gap = about.get("gap") if isinstance(about, Mapping) else None
    return prose(str(gap)) if gap else CROSSWALK_NOTE


def crosswalk_tables(report: Report) -> list[tuple[str, list[CrosswalkRow]]]:
    """Tables of the crosswalk by vocabulary, in the order of the report."""
    out = []
    for vocabulary, items in report.crosswalk.items():
        if vocabulary != "note" and isinstance(items, Mapping):
            rows = [_crosswalk_row(str(item), entry) for item, entry in items.items()]
            out.append((clean(str(vocabulary)), rows))
    return out


def _crosswalk_row(item: str, entry: object) -> CrosswalkRow:
    if not isinstance(entry, Mapping):
        return CrosswalkRow(clean(item), "", plain(entry), "")
    codes = entry.get("codes", entry.get("covered_by", ()))
    return CrosswalkRow(
        clean(item), plain(codes), plain(entry.get("status")).replace("_", " "), prose(str(entry.get("gap") or ""))
    )
