"""Verdicts, gates and exit codes from findings and the declared side; a table of cases."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from types import SimpleNamespace

import pytest
from decision_cases import EVIDENCE, FROZEN, baselines, decided, finding, full, run, score, triage, use

from auditor.decision import proof
from auditor.decision.declared import _triggers
from auditor.decision.evidence import Declared
from auditor.decision.policy import policy_for
from auditor.decision.requirement import State
from auditor.errors import ConfigError
from auditor.model import Severity, Status
from auditor.settings import CostSettings, MonitoringSettings, Settings, Trigger, Waiver

NOTHING = Declared()


def names(decision):
    return decision.verdict.data, decision.verdict.path.status, decision.verdict.path.recommended, decision.verdict.exit_code


def gate(decision, name):
    return next(g for g in decision.gates if g.name == name)


def test_clean_folder_without_configuration():
    decision = decided(Settings(), NOTHING)
    assert names(decision) == ("ready_with_conditions", "not_yet_proven", "configure", 3)
    assert "USE006" in gate(decision, "data").conditions
    missing = decision.verdict.path.missing
    assert {"USE001", "USE002", "USE003", "USE004", "USE005"} <= {m.why[:6] for m in missing}
    assert all(m.what and m.how for m in missing)


def test_data_gate_alone_decides_when_asked():
    assert decided(replace(Settings(), gate="data"), NOTHING).verdict.exit_code == 0
    assert decided(replace(Settings(), gate="data", strict=True), NOTHING).verdict.exit_code == 1


@pytest.mark.parametrize(
    ("findings", "data", "code"),
    [
        ((finding("LEK001", "fail"),), "not_ready", 1),
        ((finding("LEK001", "unknown"),), "insufficient_evidence", 3),
        ((finding("LEK001", "error"),), "insufficient_evidence", 3),
        ((finding("LEK001", "warn"),), "ready_with_conditions", 0),
        ((finding("LEK001", "fail", "major"),), "ready_with_conditions", 0),
        ((finding("LEK001", "fail", "minor"),), "ready", 0),
        ((finding("LEK001", "pass"), finding("PII001", "not_applicable")), "ready", 0),
        ((finding("LEK001", "unknown"), finding("PII001", "fail")), "not_ready", 1),
    ],
)
def test_data_verdict(findings, data, code):
    decision = decided(full(), EVIDENCE, findings)
    assert decision.verdict.data == data
    assert decision.verdict.exit_code == code


def test_everything_in_order_is_justified():
    decision = decided(full(), EVIDENCE)
    assert names(decision) == ("ready", "justified", "fine_tune", 0)
    assert gate(decision, "fine_tuning") == replace(gate(decision, "fine_tuning"), passed=True, failed=(), unknown=(), conditions=())
    assert not gate(decision, "custom_training").passed
    assert [r.path for r in decision.verdict.path.ladder] == ["configure", "retrieve", "human_in_loop", "fine_tune", "custom_train"]
    assert [r.eliminated for r in decision.verdict.path.ladder[:3]] == [True, True, True]


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"owner": ""}, "USE004", "not_yet_proven"),
        ({"owner": "nobody"}, "USE004", "not_justified"),
        ({"monitoring_owner": "tbd"}, "USE004", "not_yet_proven"),
        ({"maintenance_hours_per_month": 3.0}, "USE010", "not_justified"),
        ({"maintenance_hours_per_month": None}, "USE010", "not_yet_proven"),
        ({"maintenance_hours_per_month": 12.0}, "", "justified"),
        ({"narrow": False}, "USE017", "not_justified"),
        ({"narrow": None}, "USE017", "not_yet_proven"),
        ({"stable": False}, "USE018", "not_justified"),
        ({"stable": None}, "", "justified"),  # the failures themselves repeat
        ({"change_interval_days": 39.0}, "USE009", "not_justified"),
        ({"change_interval_days": 40.0}, "", "justified"),
        ({"change_interval_days": None}, "USE009", "not_yet_proven"),
        ({"cost_per_error": None}, "USE001", "not_yet_proven"),
        ({"cost_per_error": 0.0}, "USE013", "not_justified"),
        ({"target": None}, "USE002", "not_yet_proven"),
        ({"monthly_volume": None}, "USE013", "not_yet_proven"),
        ({"monthly_volume": 100.0}, "USE013", "not_justified"),
        ({"licence": ""}, "USE006", "not_yet_proven"),  # from medium upwards a veto of the path gates
    ],
)
def test_one_piece_taken_away(changes, code, status):
    decision = decided(use(full(), **changes), EVIDENCE)
    assert decision.verdict.path.status == status
    mine = gate(decision, "fine_tuning")
    assert (code in (*mine.failed, *mine.unknown)) == bool(code)
    assert (decision.verdict.exit_code == 0) == (status == "justified")


@pytest.mark.parametrize(
    ("evidence", "status", "recommended"),
    [
        (replace(EVIDENCE, triage=None), "not_yet_proven", "configure"),
        (replace(EVIDENCE, baselines=None), "not_yet_proven", "configure"),
        (replace(EVIDENCE, triage=triage(edge_class=20)), "not_yet_proven", "configure"),  # 20 say nothing
        (replace(EVIDENCE, triage=triage(edge_class=60)), "not_yet_proven", "configure"),  # 60 are provisional at medium
        (replace(EVIDENCE, triage=triage(edge_class=12, instruction_unclear=80, routing=10)), "not_justified", "configure"),
        (replace(EVIDENCE, triage=triage(edge_class=12, instruction_unclear=8, retrieval_stale=90)), "not_justified", "retrieve"),
        (replace(EVIDENCE, triage=triage(human_judgement=80, edge_class=30)), "not_justified", "human_in_loop"),
        (replace(EVIDENCE, baselines=baselines(run("configure", 0.95), run("retrieve", 0.78))), "not_justified", "configure"),
        (replace(EVIDENCE, baselines=baselines(run("configure", 0.89), run("retrieve", 0.78))), "not_yet_proven", "configure"),
        (replace(EVIDENCE, baselines=baselines(run("configure", 0.72))), "not_yet_proven", "retrieve"),
        (replace(EVIDENCE, baselines=baselines(run("configure", 0.72), run("retrieve", 0.95))), "not_justified", "retrieve"),
    ],
)
def test_evidence(evidence, status, recommended):
    decision = decided(full(), evidence)
    assert (decision.verdict.path.status, decision.verdict.path.recommended) == (status, recommended)


def test_prompt_that_still_improves_is_not_given_up():
    climbing = baselines(*(run("configure", v, 2000, i) for i, v in enumerate((0.50, 0.60, 0.70))), run("retrieve", 0.7))
    flat = baselines(*(run("configure", v, 2000, i) for i, v in enumerate((0.701, 0.705, 0.703))), run("retrieve", 0.7))
    assert decided(full(), replace(EVIDENCE, baselines=climbing)).verdict.path.recommended == "configure"
    assert decided(full(), replace(EVIDENCE, baselines=flat)).verdict.path.status == "justified"


def custom():
    return use(full(), requested_path="custom_train", maintenance_hours_per_month=80.0, skill="ml_engineer")


@pytest.mark.parametrize(
    ("path", "paths", "state", "words"),
    [
        ("fine_tune", ("fine_tune",), State.UNKNOWN, "What lighter paths reach was not measured (of the runs 1 are of fine tune itself)"),
        ("fine_tune", ("configure", "fine_tune", "fine_tune"), State.MET, "1 run of lighter paths on 500 rows at most"),
        ("fine_tune", ("configure", "retrieve"), State.MET, "2 runs of lighter paths on 500 rows at most"),
        ("custom_train", ("configure", "fine_tune"), State.MET, "2 runs of lighter paths on 500 rows at most"),  # lighter than that
        ("fine_tune", (), State.UNKNOWN, "What lighter paths reach was not measured"),
    ],
)
def test_a_run_of_the_path_itself_is_none_of_a_lighter_one(path, paths, state, words):
    known = Declared(baselines=baselines(*(run(p, 0.8) for p in paths)))
    settings = use(full(), requested_path=path)
    found = next(r for r in proof.requirements(settings, known, policy_for(settings, path)) if r.code == "USE003")
    assert (found.state, found.message) == (state, words)


def test_custom_training():
    tried = replace(EVIDENCE, baselines=baselines(run("configure", 0.6), run("retrieve", 0.65), run("fine_tune", 0.8)))
    assert names(decided(custom(), tried)) == ("ready", "justified", "custom_train", 0)
    assert decided(custom(), EVIDENCE).verdict.path.status == "not_yet_proven"  # fine-tuning was not tried
    assert decided(use(custom(), odd_structure=True), EVIDENCE).verdict.path.status == "justified"
    assert decided(use(custom(), skill="analyst"), tried).verdict.path.status == "not_justified"
    thin = (finding("BAL003", "warn", "major"),)
    assert decided(custom(), tried, thin).verdict.path.status == "justified"  # a warning of a blocker stays a condition
    thin = (finding("BAL003", "fail", "major"),)
    decision = decided(custom(), tried, thin)
    assert gate(decision, "custom_training").failed == ("BAL003",)
    assert gate(decision, "fine_tuning").conditions == ("BAL003",)
    assert decision.verdict.exit_code == 1
    reached = replace(EVIDENCE, baselines=baselines(run("configure", 0.6), run("retrieve", 0.65), run("fine_tune", 0.96)))
    assert names(decided(custom(), reached))[1:3] == ("not_justified", "fine_tune")


def test_requests_for_light_paths():
    assert names(decided(use(Settings(), requested_path="configure"), NOTHING)) == ("ready_with_conditions", "justified", "configure", 0)
    assert names(decided(use(Settings(), requested_path="retrieve"), NOTHING))[1] == "not_yet_proven"
    fast = use(full(), requested_path="retrieve", change_interval_days=7.0)
    assert names(decided(fast, EVIDENCE)) == ("ready", "justified", "retrieve", 0)
    light = decided(use(Settings(), requested_path="configure"), NOTHING)
    assert not any(f.severity is Severity.BLOCKER for f in light.findings)


@pytest.mark.parametrize(
    ("path", "hours", "status"),
    [("configure", 2, "justified"), ("configure", 1, "not_justified"), ("configure", None, "justified"), ("retrieve", 8, "justified"), ("retrieve", 7, "not_justified")],
)
def test_a_light_path_asks_for_its_own_hours(path, hours, status):
    case = use(full(), requested_path=path, maintenance_hours_per_month=hours, change_interval_days=7.0)
    known = EVIDENCE if path == "retrieve" else replace(EVIDENCE, baselines=None)
    verdict = decided(case, known).verdict.path
    assert (verdict.status, verdict.recommended) == (status, path)
    assert any(f"{path} needs" in reason for reason in verdict.reasons) == (status == "not_justified")


def test_reasons_of_a_light_path_are_its_own():
    short = use(full(), maintenance_hours_per_month=9)
    heavy = decided(short, EVIDENCE).verdict.path
    assert heavy.reasons[0] == "The team has 9 hours a month; fine tune needs 12"
    assert heavy.reasons[-1].startswith("Recommended now: retrieve: it is the best that is open while fine-tuning is not: the best baseline")
    light = decided(use(short, requested_path="configure"), EVIDENCE).verdict.path
    assert light.status == "not_justified"
    assert light.reasons[0].startswith("Configure is not enough: the baseline misses")
    assert not any("fine tune" in reason for reason in light.reasons)


@pytest.mark.parametrize(("codes", "words"), [((), None), (("owner",), "1 piece of evidence is missing"), (("owner", "target"), "pieces of evidence are missing")])
def test_missing_evidence_is_counted_where_there_is_any(codes, words):
    case = use(full(), **{name: None if name == "target" else "" for name in codes})
    reasons = decided(case, EVIDENCE, (finding("LRN003", "unknown"),)).verdict.path.reasons
    found = [reason for reason in reasons if "missing" in reason]
    assert bool(found) == (words is not None)
    assert not found or words in found[0]


@pytest.mark.parametrize(("errors", "status"), [(4000, "justified"), (2800, "justified"), (2700, "justified"), (2600, "not_yet_proven"), (10, "not_yet_proven"), (90_000, "justified")])
def test_no_more_errors_are_avoided_than_there_are(errors, status):
    decision = decided(use(full(), errors_per_month=errors), EVIDENCE)
    assert decision.verdict.path.status == status
    assert ("USE013" in gate(decision, "fine_tuning").unknown) == (status != "justified")


@pytest.mark.parametrize(
    ("files", "against", "open_"), [((FROZEN, "cd" * 32), (), False), ((), (), False), (("cd" * 32,), (), True), (("cd" * 32,), ("exam.csv",), False)]
)
def test_the_frozen_holdout_lies_beside_the_data(files, against, open_):
    case = replace(full(), against=against)
    needs = proof.requirements(case, replace(EVIDENCE, files=frozenset(files)), policy_for(case, "fine_tune"))
    assert [(n.state, n.severity) for n in needs if n.code == "USE021"] == [(State.UNKNOWN if open_ else State.MET, Severity.MAJOR)]


def test_regulated_without_spot_check():
    tiered = use(full(), risk_tier="regulated", quality_metrics=("policy_adherence", "auditability", "failure_mode_tests"))
    many = replace(EVIDENCE, triage=triage(edge_class=110, domain_behaviour=50, instruction_unclear=20, retrieval_stale=10, label_wrong=10))
    decision = decided(tiered, many)
    assert decision.verdict.data == "insufficient_evidence"
    assert gate(decision, "data").unknown == ("USE012",)
    assert decided(replace(tiered, spotcheck="sheet.csv"), many).verdict.exit_code == 0
    calendar = replace(tiered, spotcheck="s.csv", monitoring=MonitoringSettings(triggers=(Trigger("m", "calendar", "monthly"),)))
    assert "USE005" in gate(decided(calendar, many), "fine_tuning").failed


def test_undeclared_facts_about_data_block_from_high_upwards():
    unknown = (finding("DRF001", "unknown", "major"),)
    assert decided(full(), EVIDENCE, unknown).verdict.data == "ready_with_conditions"
    assert decided(replace(use(full(), risk_tier="high"), spotcheck="s"), EVIDENCE, unknown).verdict.data == "insufficient_evidence"


@pytest.mark.parametrize(
    ("of", "tier", "data"),
    [
        (score(90, 66), "medium", "ready"),
        (score(90, 64), "medium", "ready_with_conditions"),
        (score(60, 40), "medium", "not_ready"),
        (score(60, 51), "low", "ready"),
        (score(90, 70), "high", "insufficient_evidence"),
        (score(10, 0, calibrated=False), "medium", "ready_with_conditions"),
    ],
)
def test_score_is_one_condition(of, tier, data):
    decision = decided(replace(use(full(), risk_tier=tier), spotcheck="sheet.csv"), EVIDENCE, of=of)
    assert decision.verdict.data == data


def test_override_of_policy_is_shown_and_checked():
    lenient = replace(use(full(), maintenance_hours_per_month=6.0), policy={"hours_fine_tune": 5.0})
    decision = decided(lenient, EVIDENCE)
    assert decision.verdict.path.status == "justified"
    assert decision.policy["overrides"] == {"hours_fine_tune": {"default": 12, "value": 5.0}}
    with pytest.raises(ConfigError, match="did you mean 'hours_fine_tune'"):
        decided(replace(full(), policy={"hours_finetune": 5.0}), EVIDENCE)
    with pytest.raises(ConfigError, match="outside"):
        decided(replace(full(), policy={"score": 70.0}), EVIDENCE)


def waiver(**changes):
    return Waiver(**{"code": "LEK001", "owner": "A. N.", "reason": "ticket 7", "expires": "2027-01-15", **changes})


def test_waiver_makes_a_condition_never_a_pass():
    leak = (finding("LEK001", "fail"),)
    decision = decided(replace(full(), waivers=(waiver(),)), EVIDENCE, leak)
    assert decision.verdict.data == "ready_with_conditions"
    assert gate(decision, "data").conditions == ("LEK001",)
    assert "waived by A. N. until 2027-01-15" in next(f.message for f in decision.findings if f.code == "LEK001")
    assert decided(replace(full(), waivers=(waiver(),), strict=True), EVIDENCE, leak).verdict.exit_code == 1


def test_a_waiver_says_since_when_it_holds():
    decision = decided(replace(full(), waivers=(waiver(since="2026-11-01"),)), EVIDENCE, (finding("LEK001", "fail"),))
    assert "waived by A. N. from 2026-11-01 until 2027-01-15" in next(f.message for f in decision.findings if f.code == "LEK001")
    assert decision.policy["waivers"][0]["since"] == "2026-11-01"
    with pytest.raises(ConfigError, match="since is not a date"):
        decided(replace(full(), waivers=(waiver(since="last week"),)), EVIDENCE)


@pytest.mark.parametrize("changes", [
    {"expires": "2026-11-21"}, {"expires": "2027-06-01"},
    {"since": "2026-12-24"},  # not yet
    {"since": "2026-09-01"},  # renewed again and again, it runs for longer than one may
])  # fmt: skip
def test_waiver_that_does_not_hold_changes_nothing(changes):
    decision = decided(replace(full(), waivers=(waiver(**changes),)), EVIDENCE, (finding("LEK001", "fail"),))
    assert decision.verdict.data == "not_ready"
    assert "USE019" in gate(decision, "data").conditions


def test_waiver_of_another_subject_and_broken_ones():
    elsewhere = replace(full(), waivers=(waiver(subject="column a"),))
    assert decided(elsewhere, EVIDENCE, (finding("LEK001", "fail", subject="column b"),)).verdict.data == "not_ready"
    with pytest.raises(ConfigError, match="expires"):
        decided(replace(full(), waivers=(waiver(expires="soon"),)), EVIDENCE)
    with pytest.raises(ConfigError, match="no owner"):
        decided(replace(full(), waivers=(waiver(owner=" "),)), EVIDENCE)


def test_waived_owner_is_a_condition_of_the_path():
    decision = decided(replace(use(full(), owner="nobody"), waivers=(waiver(code="USE004"),)), EVIDENCE)
    assert decision.verdict.path.status == "justified"
    assert gate(decision, "fine_tuning").conditions == ("USE004",)


def test_fixes_start_with_what_blocks_the_data():
    found = (finding("TXT001", "warn", "minor"), replace(finding("DUP001", "warn", "major"), gain=4.0), finding("LEK001", "fail"), finding("USE004", "unknown"))
    decision = decided(use(full(), owner=""), EVIDENCE, found)
    assert [f.code for f in decision.fixes] == ["LEK001", "USE004", "DUP001", "TXT001"]
    assert [f.unblocks for f in decision.fixes] == [True, True, False, False]


def test_build_cost_is_not_read_before_the_price_of_failure():
    decision = decided(use(full(), errors_per_month=None), EVIDENCE)
    told = next(f for f in decision.findings if f.code == "USE020")
    assert told.status is Status.PASS
    assert "payback" not in decision.declared
    blank = decided(replace(full(), costs=CostSettings(build=1.0)), EVIDENCE)
    assert gate(blank, "fine_tuning").unknown == ("USE013",)


def test_sensitivity_says_what_flips_the_verdict():
    firm = decided(full(), EVIDENCE, of=score(97, 95), variants=True).policy["sensitivity"]
    assert firm["variants"] == 27
    assert firm["unchanged"] + len(firm["flips"]) == 27
    assert all(flip.startswith("tier high") for flip in firm["flips"])  # which asks for a spot check and more tags
    assert firm["changed_by"] == ["risk tier high"]
    shaky = decided(full(), EVIDENCE, of=score(66, 60), variants=True).policy["sensitivity"]
    assert any(flip.startswith("tier medium, score at its low end") for flip in shaky["flips"])
    assert "the score at its low end" in shaky["changed_by"]
    assert not any("with the score at its low end" in change for change in shaky["changed_by"])  # the smallest changes only


def test_thirty_tags_are_enough_at_low_risk():
    low = use(full(), risk_tier="low")
    few = replace(EVIDENCE, triage=triage(edge_class=20, domain_behaviour=8, instruction_unclear=3, style=4))
    assert decided(low, few).verdict.path.status == "justified"
    assert decided(use(low, risk_tier="medium"), few).verdict.path.status == "not_yet_proven"


@pytest.mark.parametrize(("tier", "rows", "data"), [("low", 10, "ready"), ("medium", 199, "ready_with_conditions"), ("medium", 200, "ready"), ("high", 499, "insufficient_evidence"), ("medium", None, "ready")])
def test_production_sample_by_tier(tier, rows, data):
    """No sample at all is for DRF001 to say."""
    known = replace(EVIDENCE, production_rows=rows)
    case = replace(use(full(), risk_tier=tier), spotcheck="sheet.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Declared, "beside", lambda self, _: self)
        assert decided(case, known).verdict.data == data


@pytest.mark.parametrize(("expires", "state"), [("2026-11-21", State.VIOLATED), ("2030-01-01", State.MET)])
def test_triggers_of_an_expired_plan_are_not_decided(expires, state, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795305600")  # 2026-11-22
    settings = replace(full(), monitoring=replace(full().monitoring, triggers=()))
    trigger = full().monitoring.triggers or (Trigger("a", "metric", "accuracy"),)
    plan = SimpleNamespace(triggers=trigger, expires=dt.date.fromisoformat(expires))
    assert _triggers(settings, plan, policy_for(settings, "fine_tune")).state is state


def test_a_light_path_that_misses_the_target_is_not_justified_by_being_the_best_that_is_open():
    case = use(full(), requested_path="retrieve", maintenance_hours_per_month=9)
    verdict = decided(case, EVIDENCE).verdict.path
    assert (verdict.status, verdict.recommended) == ("not_yet_proven", "retrieve")
    assert verdict.reasons[0].startswith("Retrieve is not enough: the best baseline")
