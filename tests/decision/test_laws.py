"""Laws of the decision: nothing outweighs a veto, worse is never better, and less evidence never proves more."""

from __future__ import annotations

from dataclasses import replace

from decision_cases import EVIDENCE, FROZEN, USE, baselines, decided, finding, full, run, score, triage, use
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.decision.evidence import Declared
from auditor.decision.intervals import wilson
from auditor.settings import PATHS, RISK_TIERS, CostSettings, MonitoringSettings

DATA = ("not_ready", "insufficient_evidence", "ready_with_conditions", "ready")
WEIGHT = {"configure": 0, "retrieve": 1, "human_in_loop": 0, "fine_tune": 2, "custom_train": 3}
STATUS = ("pass", "warn", "unknown", "fail")
SEVERITY = ("info", "minor", "major", "blocker")
CODES = ("LEK001", "LBL002", "BAL002", "BAL003", "DRF001", "PII001", "FIL006", "TXT001", "LRN003")

findings = st.lists(
    st.builds(finding, st.sampled_from(CODES), st.sampled_from((*STATUS, "error", "not_applicable")), st.sampled_from(SEVERITY)), max_size=6
).map(tuple)
scores = st.tuples(st.floats(0, 100), st.floats(0, 100), st.booleans()).map(lambda t: score(max(t[:2]), min(t[:2]), calibrated=t[2]))
values = st.floats(0.3, 0.99)
evidence = st.builds(
    Declared,
    triage=st.none() | st.builds(triage, edge_class=st.integers(0, 120), instruction_unclear=st.integers(0, 60), retrieval_stale=st.integers(0, 60), human_judgement=st.integers(0, 60)),
    baselines=st.none() | st.builds(lambda a, b, n: baselines(run("configure", a, n), run("retrieve", b, n)), values, values, st.integers(20, 5000)),
)
cases = st.builds(
    lambda path, tier, change, hours, target: replace(
        use(full(), requested_path=path, risk_tier=tier, change_interval_days=change, maintenance_hours_per_month=hours, target=target, skill="ml_engineer"),
        spotcheck="sheet.csv",
    ),
    st.sampled_from(PATHS), st.sampled_from(RISK_TIERS), st.floats(1, 400), st.floats(0, 100), st.floats(0.5, 0.99),
)  # fmt: skip


def passes(decision):
    return decision.verdict.exit_code == 0


def rank(decision):
    return DATA.index(decision.verdict.data)


@given(cases, evidence, findings, scores)
@settings(max_examples=150, deadline=None)
def test_a_veto_cannot_be_outweighed(case, known, found, of):
    decision = decided(case, known, (*found, finding("SEC001", "fail")), of)
    assert decision.verdict.data == "not_ready"
    assert decision.verdict.exit_code == 1
    assert all("SEC001" in gate.failed and not gate.passed for gate in decision.gates)
    assert WEIGHT[decision.verdict.path.recommended] < 2
    assert not (decision.verdict.path.requested in ("fine_tune", "custom_train") and decision.verdict.path.status == "justified")


@given(cases, evidence, findings, scores, st.integers(0, 5), st.sampled_from(("status", "severity", "more")))
@settings(max_examples=200, deadline=None)
def test_worse_findings_never_improve(case, known, found, of, at, how):  # noqa: PLR0917 - drawn by Hypothesis
    worse = [*found, finding("TXT001", "pass", "info")]
    at %= len(worse)
    one = worse[at]
    if how == "more":
        worse.append(finding("LRN003", "fail", "major"))
    elif how == "severity":
        worse[at] = replace(one, severity=type(one.severity)(SEVERITY[min(3, SEVERITY.index(one.severity) + 1)]))
    else:
        status = "unknown" if one.status == "error" else one.status
        step = STATUS[min(3, STATUS.index(status) + 1)] if status in STATUS else "warn"
        worse[at] = replace(one, status=type(one.status)(step))
    before, after = decided(case, known, found, of), decided(case, known, tuple(worse), of)
    assert rank(after) <= rank(before)
    assert passes(before) or not passes(after)
    assert WEIGHT[after.verdict.path.recommended] <= WEIGHT[before.verdict.path.recommended]


@given(cases, evidence, findings, scores, st.floats(0, 60))
@settings(max_examples=150, deadline=None)
def test_a_lower_score_never_improves(case, known, found, of, drop):
    lower = replace(of, value=max(0, of.value - drop), low=max(0, of.low - drop), gate_low=max(0, of.gate_low - drop))
    before, after = decided(case, known, found, of), decided(case, known, found, lower)
    assert rank(after) <= rank(before)
    assert passes(before) or not passes(after)


FORGET = {
    "owner": "", "monitoring_owner": "", "cost_per_error": None, "errors_per_month": None, "monthly_volume": None, "target": None,
    "metric": "", "change_interval_days": None, "retrain_lead_time_days": None, "maintenance_hours_per_month": None, "narrow": None,
    "licence": "", "provenance": "", "consent": "", "horizon_months": None, "skill": "", "human_review": "", "workflow_review": "",
}  # fmt: skip
"""Every declared fact, with what it is when nobody declares it."""


@given(cases, evidence, st.sampled_from(sorted(FORGET)))
@settings(max_examples=250, deadline=None)
def test_a_fact_that_is_not_declared_proves_nothing(case, known, name):
    before, after = decided(case, known), decided(use(case, **{name: FORGET[name]}), known)
    assert rank(after) <= rank(before)
    heavy = case.use_case.requested_path in ("fine_tune", "custom_train")
    if heavy:
        assert passes(before) or not passes(after)
    assert WEIGHT[after.verdict.path.recommended] <= max(1, WEIGHT[before.verdict.path.recommended])


@given(cases, evidence, st.sampled_from(("triage", "baselines", "costs", "monitoring")))
@settings(max_examples=150, deadline=None)
def test_evidence_that_is_not_there_proves_nothing(case, known, name):
    case = use(case, requested_path="fine_tune")
    if name == "costs":
        after = decided(replace(case, costs=CostSettings()), known)
    elif name == "monitoring":
        after = decided(replace(case, monitoring=MonitoringSettings()), known)
    else:
        after = decided(case, replace(known, **{name: None}))
    assert after.verdict.path.status != "justified"
    assert WEIGHT[after.verdict.path.recommended] < 2


@given(cases, values, values, st.integers(200, 5000), st.integers(2, 20))
@settings(max_examples=150, deadline=None)
def test_fewer_rows_behind_a_figure_prove_no_more(case, prompt, facts, n, fewer):
    def known(rows):
        runs = [replace(run(p, v, rows), low=wilson(v * rows, rows)[0], high=wilson(v * rows, rows)[1]) for p, v in (("configure", prompt), ("retrieve", facts))]
        return replace(EVIDENCE, baselines=baselines(*runs))

    case = use(case, requested_path="fine_tune")
    before, after = decided(case, known(n)), decided(case, known(n // fewer))
    assert before.verdict.path.status == "justified" or after.verdict.path.status != "justified"


@given(cases, evidence, findings, scores)
@settings(max_examples=100, deadline=None)
def test_the_order_of_findings_does_not_matter(case, known, found, of):
    one, other = decided(case, known, found, of), decided(case, known, found[::-1], of)
    assert (one.gates, one.fixes, one.verdict.path, one.verdict.exit_code) == (other.gates, other.fixes, other.verdict.path, other.verdict.exit_code)


def test_adding_true_evidence_one_by_one_never_worsens():
    """From nothing to everything in any of the orders tried, the path goes from not yet proven to justified, once."""
    empty = replace(full(), use_case=type(USE)(requested_path="fine_tune", risk_tier="medium"), costs=CostSettings(), monitoring=MonitoringSettings())
    for order in (sorted(FORGET), sorted(FORGET, reverse=True)):
        case, known, seen = empty, Declared(), []
        for name in order:
            case = use(case, **{name: getattr(USE, name)})
            seen.append(decided(case, known))
        case = use(replace(case, costs=full().costs, monitoring=full().monitoring), stable=True)
        for known in (Declared(triage=EVIDENCE.triage), EVIDENCE):
            seen.append(decided(case, known))
        assert [d.verdict.path.status for d in seen] == ["not_yet_proven"] * (len(seen) - 1) + ["justified"]
        assert [rank(d) for d in seen] == sorted(rank(d) for d in seen)
    assert case.baselines.holdout_sha256 == FROZEN
