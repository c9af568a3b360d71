"""What a finding means is read from the gates."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report_samples import finding, not_ready

from auditor.model import Finding, Fix, Gate, Pillar, Report
from auditor.reports.order import PILLAR_BY_PREFIX, Judge, Kind, ordered_findings, ordered_fixes, pillar_of
from auditor.reports.view import first_page


def _report(*findings: Finding, gates: tuple[Gate, ...] = ()) -> Report:
    return replace(not_ready(), findings=findings, gates=gates)


@pytest.mark.parametrize(
    ("status", "severity", "kind"),
    [
        ("fail", "blocker", Kind.VETO),
        ("unknown", "blocker", Kind.UNKNOWN),
        ("error", "blocker", Kind.UNKNOWN),
        ("warn", "blocker", Kind.CONDITION),
        ("fail", "major", Kind.CONDITION),
        ("warn", "major", Kind.CONDITION),
        ("unknown", "major", Kind.CONDITION),
        ("error", "major", Kind.CONDITION),
        ("fail", "minor", Kind.ADVICE),
        ("error", "info", Kind.ADVICE),
        ("pass", "blocker", Kind.PASS),
        ("not_applicable", "blocker", Kind.NOT_APPLICABLE),
    ],
)
def test_without_gates_severity_decides(status: str, severity: str, kind: Kind) -> None:
    one = finding("DUP001", status, severity, "m")
    assert Judge(_report(one)).kind(one) is kind


@pytest.mark.parametrize(
    ("gate", "status", "severity", "kind"),
    [
        # a tier of risk has raised a condition to a veto
        (Gate("data", False, ("DUP001",), (), ()), "fail", "major", Kind.VETO),
        (Gate("data", False, (), ("DUP001",), ()), "unknown", "major", Kind.UNKNOWN),
        # a waiver has lowered a veto to a condition
        (Gate("data", True, (), (), ("DUP001",)), "fail", "blocker", Kind.CONDITION),
        # the gate of a path that nobody asked for decides nothing
        (Gate("custom_training", False, ("DUP001",), (), ()), "fail", "major", Kind.CONDITION),
        (Gate("fine_tuning", False, ("DUP001",), (), ()), "fail", "major", Kind.VETO),
        # a gate names codes: a warning of the same code is still no veto
        (Gate("data", False, ("DUP001",), (), ()), "warn", "major", Kind.CONDITION),
        (Gate("data", False, ("DUP001",), (), ()), "fail", "minor", Kind.ADVICE),
        (Gate("data", False, ("DUP001",), (), ()), "pass", "info", Kind.PASS),
    ],
)
def test_gates_have_the_last_word(gate: Gate, status: str, severity: str, kind: Kind) -> None:
    one = finding("DUP001", status, severity, "m")
    assert Judge(_report(one, gates=(gate,))).kind(one) is kind


def test_a_lesser_finding_beside_the_blocker_of_its_code_is_a_condition() -> None:
    worst, lesser = (
        finding("LEK001", "fail", "blocker", "m", "test"),
        finding("LEK001", "fail", "major", "m", "validation"),
    )
    judge = Judge(_report(lesser, worst, gates=(Gate("data", False, ("LEK001",), (), ()),)))
    assert (judge.kind(worst), judge.kind(lesser)) == (Kind.VETO, Kind.CONDITION)


def test_what_only_the_path_asks_for_does_not_block_the_data() -> None:
    use, leak = finding("USE001", "unknown", "blocker", "m"), finding("LEK001", "fail", "blocker", "m")
    gates = (Gate("data", False, ("LEK001",), (), ()), Gate("fine_tuning", False, ("LEK001",), ("USE001",), ()))
    judge = Judge(_report(use, leak, gates=gates))
    assert (judge.blocks_data(use), judge.blocks_data(leak)) == (False, True)
    bare = Judge(_report(use, leak))
    assert (bare.blocks_data(use), bare.blocks_data(leak)) == (False, True)


def test_order_of_findings_and_fixes() -> None:
    report = not_ready()
    kinds = [Judge(report).kind(f) for f in ordered_findings(report)]
    assert kinds == sorted(kinds)
    assert [f.code for f in ordered_fixes(report)] == ["BAL002", "LEK001", "LBL003"]


def test_pillar_of_a_finding() -> None:
    assert pillar_of(finding("LEK001", "pass", "info", "m")) is Pillar.MEASURABLE
    assert pillar_of(replace(finding("USE004", "pass", "info", "m"), pillar=Pillar.MAINTAINABLE)) is Pillar.MAINTAINABLE
    assert set(PILLAR_BY_PREFIX) == {
        "FIL",
        "SCH",
        "CMP",
        "DUP",
        "LEK",
        "LBL",
        "BAL",
        "LRN",
        "PII",
        "SEC",
        "TXT",
        "EXP",
        "TGT",
        "DRF",
        "USE",
    }


def test_only_what_was_not_declared_is_to_be_declared() -> None:
    fixes = tuple(Fix(code, f"mend {code}", None, None, unblocks=True) for code in ("USE001", "USE002", "USE020", "USE023", "USE027"))
    unknown = [finding(code, "unknown", "blocker", "m") for code in ("USE001", "USE002")]
    unknown.append(finding("USE020", "warn", "major", "m"))  # a score is raised, not declared
    spoken_against = [finding(code, "fail", "blocker", "m") for code in ("USE023", "USE027")]
    report = replace(_report(*unknown, *spoken_against), fixes=fixes)
    actions = [line.action for line in first_page(report).fixes]
    assert any(action.startswith("Declare what 2 requirements ask about the use (USE001, USE002)") for action in actions)
    assert {"Mend USE020", "Mend USE023", "Mend USE027"} <= set(actions)


def test_the_reason_for_another_path_is_given_once() -> None:
    why = "79 of 106 failures are prompt-level, which is enough"
    against = "15 of 106 failures are the model's own"
    report = not_ready()
    path = replace(report.verdict.path, recommended="configure", reasons=(against, f"Configure is enough: {why}", f"Recommended now: configure: {why}"))
    lines = first_page(replace(report, verdict=replace(report.verdict, path=path))).path_lines
    assert lines[:2] == (f"Recommended now: configuration, because {why}.", f"{against}.")
    assert sum(why in line for line in lines) == 1
