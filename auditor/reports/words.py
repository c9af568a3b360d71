"""The vocabulary of the reports: verdicts, states with word, mark and tone, names of paths, factors and pillars."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.model import Pillar, Status
from auditor.reports.order import Kind
from auditor.reports.text import clean


@dataclass(frozen=True, slots=True)
class State:
    """A state as shown: never by colour alone."""

    mark: str
    """One character."""
    word: str
    tone: str
    """`bad`, `warn`, `good`, `none` (cannot be judged) or `soft` (says nothing either way)."""


KINDS: dict[Kind, State] = {
    Kind.VETO: State("✕", "veto", "bad"),
    Kind.UNKNOWN: State("?", "cannot judge", "none"),
    Kind.CONDITION: State("!", "condition", "warn"),
    Kind.ADVICE: State("·", "advice", "soft"),
    Kind.PASS: State("✓", "pass", "good"),
    Kind.NOT_APPLICABLE: State("–", "not applicable", "soft"),
}
"""State by kind of finding."""

STATUSES: dict[Status, str] = {
    Status.PASS: "passed",
    Status.WARN: "warned",
    Status.FAIL: "failed",
    Status.UNKNOWN: "not known",
    Status.NOT_APPLICABLE: "not applicable",
    Status.ERROR: "check crashed",
}
"""Word by status of a finding."""

DATA_VERDICTS: dict[str, State] = {
    "ready": State("✓", "Ready", "good"),
    "ready_with_conditions": State("!", "Ready with conditions", "warn"),
    "not_ready": State("✕", "Not ready", "bad"),
    "insufficient_evidence": State("?", "Not ready: insufficient evidence", "none"),
}
"""State by `Verdict.data`; the words of section 2.7 of the score's specification."""

DATA_MEANINGS: dict[str, str] = {
    "ready": "Nothing that was looked at speaks against using it.",
    "ready_with_conditions": "It may be used once the conditions below are met.",
    "not_ready": "It must not be used before the vetoes below are mended.",
    "insufficient_evidence": "It cannot be approved before what is unknown below is known.",
}
"""What a verdict on the data means for the approver."""

PATH_VERDICTS: dict[str, State] = {
    "justified": State("✓", "Justified", "good"),
    "not_justified": State("✕", "Not justified", "bad"),
    "not_yet_proven": State("?", "Not yet proven", "none"),
}
"""State by `PathVerdict.status`."""

PATHS: dict[str, str] = {
    "configure": "configuration",
    "retrieve": "retrieval",
    "human_in_loop": "a human in the loop",
    "fine_tune": "fine-tuning",
    "custom_train": "custom training",
}
"""Name of a path in a sentence."""

GATES: dict[str, str] = {"data": "data", "fine_tuning": "fine-tuning", "custom_training": "custom training"}
"""Name of a gate in a sentence."""

QUESTIONS: dict[Pillar, str] = {
    Pillar.JUSTIFIED: "Is training the right path at all?",
    Pillar.PERMITTED: "May this data be used for it?",
    Pillar.LEARNABLE: "Can a model learn the task from it?",
    Pillar.MEASURABLE: "Can success be measured honestly?",
    Pillar.MAINTAINABLE: "Will somebody keep it alive?",
}
"""The approver's question behind each pillar."""

PILLAR_STATES: dict[Kind, State] = {
    Kind.VETO: State("✕", "no", "bad"),
    Kind.UNKNOWN: State("?", "not known", "none"),
    Kind.CONDITION: State("!", "with conditions", "warn"),
    Kind.ADVICE: State("✓", "yes", "good"),
    Kind.PASS: State("✓", "yes", "good"),
    Kind.NOT_APPLICABLE: State("–", "not looked at", "none"),
}
"""State of a pillar by its worst finding."""


FACTORS: dict[str, str] = {
    "size": "Size",
    "size_2": "Size for an easy task",
    "size_5": "Size for an ordinary task",
    "size_20": "Size for a hard task",
    "smallest_class": "Smallest class",
    "label": "Label trust",
    "labels": "Label trust",
    "label_joint": "Label trust by class",
    "representativeness": "Representativeness",
    "coverage": "Declared classes present",
    "completeness": "Completeness",
    "truncation": "Texts not cut off",
    "skill": "Skill of a cheap probe",
    "leakage": "Hold-out unseen",
    "honesty": "Hold-out unseen",
    "independence": "Skill not owed to copies",
    "stability": "Halves teach the same",
    "robustness": "Doubted labels harmless",
}
"""Reader's names of the score's factors."""


SOURCES = {"measured": "measured", "estimated": "estimated", "declared": "declared", "at_least": "as a lower end", "unknown": "unknown"}
"""Where a factor's value comes from, in the order in which the sources are counted, in words that go with a number."""


def path_name(path: str) -> str:
    """Name of a path; an unknown one with its underscores as spaces."""
    return PATHS.get(path, path.replace("_", " "))


def gate_name(gate: str) -> str:
    """Name of a gate; an unknown one with its underscores as spaces."""
    return GATES.get(gate, gate.replace("_", " "))


def capital(text: str) -> str:
    """`text` with its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def state_of(table: dict[str, State], word: str) -> State:
    """State for a verdict's word; one that the table lacks is shown as it is and counts as not known."""
    return table.get(word, State("?", capital(clean(word).replace("_", " ")), "none"))
