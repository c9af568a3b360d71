"""Our codes beside the terms that approvers use: ISO/IEC 5259-2, EU AI Act Art. 10, NIST AI RMF, Datasheets for Datasets.

"Corresponds to", never "conforms to": none of these texts defines a pass range, and nothing here is a conformity assessment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from auditor.model import Status

if TYPE_CHECKING:
    from auditor.model import Dataset, Finding
    from auditor.settings import Settings

NOTE = "Evidence that may support an assessment; correspondence of terms, not a conformity assessment."

VOCABULARIES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "ISO/IEC 5259-2": {
        "Com-ML-1 value completeness": ("CMP001", "CMP002"),
        "Com-ML-3 feature completeness": ("CMP002", "SCH001"),
        "Com-ML-5 label completeness": ("CMP003", "LBL001"),
        "Con-ML-1 data record consistency": ("DUP001", "DUP002"),
        "Con-ML-2 data label consistency": ("LBL003",),
        "Con-ML-3 data format consistency": ("FIL003", "FIL004", "SCH002", "SCH003"),
        "Con-ML-4 semantic consistency": ("EXP",),
        "Acc-ML-1 syntactic accuracy": ("FIL002", "SCH002"),
        "Acc-ML-6 data accuracy range": ("EXP",),
        "Acc-ML-7 data label accuracy": ("LBL002", "USE012"),
        "Cur-ML-1 feature currentness": ("CMP004", "USE009"),
        "Bal-ML-8 label distribution balance": ("BAL001",),
        "Div-ML-3 category size diversity": ("BAL003",),
        "Eft-ML-2 category size effectiveness": ("BAL003",),
        "Eft-ML-3 label effectiveness": ("BAL002",),
        "Idn-ML-1 identifiability ratio": ("PII",),
        "Rep-ML-1 representativeness ratio": ("DRF001", "BAL002"),
        "Sim-ML-1 sample similarity": ("DUP002",),
        "Aud-ML-1 audited records": ("USE012",),
        "Cmp-ML-1 data item compliance": ("USE006",),
        "Tra-ML-1 traceability of data values": ("USE007",),
        "Cre-ML-2 source credibility": ("USE007",),
    },
    "EU AI Act Art. 10": {
        "(2)(a) design choices": ("USE002", "USE027"),
        "(2)(b) collection and origin": ("USE006", "USE007"),
        "(2)(c) preparation: annotation, labelling, cleaning": ("LBL001", "LBL002", "LBL003", "DUP001"),
        "(2)(d) assumptions": ("USE002", "USE009"),
        "(2)(e) availability, quantity, suitability": ("LRN002", "LRN005", "BAL003"),
        "(2)(f) examination for bias": ("BAL001", "BAL002"),
        "(2)(g) mitigation of bias": (),
        "(2)(h) gaps and shortcomings": ("BAL002", "CMP001", "CMP002"),
        "(3) relevant and representative": ("DRF001",),
        "(3) free of errors to the best extent possible": ("LBL002", "FIL002"),
        "(3) complete in view of the purpose": ("CMP001", "CMP003", "BAL002"),
        "(4) setting of intended use": ("DRF001",),
        "(5) special categories of personal data": ("PII",),
    },
    "NIST AI RMF": {
        "GOVERN 1.4 documented policies": ("USE019",),
        "GOVERN 1.5 monitoring planned": ("USE005",),
        "MAP 1 context and intended use": ("USE001", "USE002", "USE011"),
        "MAP 2.3 data collection and TEVV": ("USE003", "USE007", "USE021"),
        "MEASURE 2 TEVV metrics": ("LRN001", "LRN003", "USE002"),
        "MEASURE 2.3 performance in conditions like deployment": ("DRF001", "LEK001"),
        "MEASURE 2.10 privacy risk": ("PII", "SEC"),
        "MANAGE 2 response": ("USE004", "USE005"),
        "MANAGE 4 monitoring": ("USE004", "USE005", "USE010"),
    },
    "Datasheets for Datasets": {
        "motivation": ("USE001", "USE002"),
        "composition": ("BAL001", "CMP001", "DUP001", "PII"),
        "collection": ("USE007",),
        "preprocessing and labelling": ("LBL002", "LBL003"),
        "uses": ("USE011", "USE027"),
        "distribution": ("USE006",),
        "maintenance": ("USE004", "USE005", "USE010"),
    },
})
"""Vocabulary -> item -> codes or prefixes of codes. ISO names and ids are from a public summary of the standard."""


def _status(found: list[Finding]) -> tuple[str, str]:
    """Status of an item, and what is missing where it is unknown: the worst outcome among its findings."""
    applied = [f for f in found if f.status is not Status.NOT_APPLICABLE]
    if not applied:
        return ("not_applicable", "") if found else ("unknown", "no check of this audit speaks about it")
    for status in (Status.FAIL, Status.WARN):
        if any(f.status is status for f in applied):
            return str(status), ""
    open_ = [f for f in applied if f.status in (Status.UNKNOWN, Status.ERROR)]
    return ("unknown", open_[0].message) if open_ else ("pass", "")


def crosswalk(data: Dataset, findings: Iterable[Finding], settings: Settings) -> dict[str, object]:
    """Each item with the codes that speak about it, `pass`, `warn`, `fail`, `unknown` or `not_applicable`, and the gap; JSON-ready.

    Adds `data_readiness_level`: C2 where rows or files cannot be read, C1 where they can but nothing validates them, B where
    checks pass but no use is declared, A1 where the data gate passes for a declared use (Lawrence 2017, one derived line).
    """
    known = list(findings)
    out: dict[str, object] = {"note": {"about": {"codes": [], "status": "pass", "gap": NOTE}}}
    for name, items in VOCABULARIES.items():
        table: dict[str, object] = {}
        for item, prefixes in items.items():
            found = [f for f in known if prefixes and f.code.startswith(prefixes)]
            status, gap = _status(found)
            table[item] = {"codes": sorted({f.code for f in found}), "status": status, "gap": gap}
        out[name] = table
    level, why = readiness_level(data, known, settings)
    out["Data Readiness Level"] = {level: {"codes": [], "status": "pass", "gap": why}}
    return out


def readiness_level(data: Dataset, findings: Iterable[Finding], settings: Settings) -> tuple[str, str]:
    """Level and its reason. Source: Lawrence 2017, Data Readiness Levels; the bands are ours."""
    failed = {f.code for f in findings if f.status is Status.FAIL}
    if not data.rows or failed & {"FIL001", "FIL002"}:
        return "C2", "files or rows cannot be read"
    if failed & {"FIL004", "FIL006"}:
        return "C1", "it can be read, but which files are the data set is unclear"
    if failed or not settings.use_case.task:
        return "B", "it can be read; " + ("checks fail" if failed else "no task is declared that it would be ready for")
    return "A1", "it was checked for the declared task"
