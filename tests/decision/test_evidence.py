"""Evidence files: what counts, what is refused, and errors that name file, line and fix without quoting a value."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from decision_cases import FROZEN, full, use
from hypothesis import given
from hypothesis import strategies as st

from auditor.decision import cost, triage_text
from auditor.decision.baselines import less_is_better, read_baselines
from auditor.decision.evidence import load
from auditor.decision.intervals import kappa, least_hits, rows_for_half_width, wilson
from auditor.decision.triage import LEVELS, TAGS, read_triage, template
from auditor.errors import ConfigError
from auditor.settings import BaselineSettings, CostSettings, FailureSettings, Settings

HEAD = "id,date,source,tag,tag2\n"


def sheet(tmp_path, text, name="failures.csv"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_counts_and_intervals(tmp_path):
    rows = "".join(f"f{i},2026-10-{1 + i % 28:02d},production,{tag},\n" for i, tag in enumerate(["retrieval_stale"] * 46 + ["edge_class"] * 34 + ["instruction_unclear"] * 20))
    counted = read_triage(sheet(tmp_path, HEAD + rows))
    system = counted.level("system")
    assert (counted.usable, system.hits) == (100, 46)
    assert (round(system.low, 2), round(system.high, 2)) == (0.37, 0.56)  # the figures of the specification
    assert counted.without("prompt", "system")[0] == pytest.approx(0.66)
    assert sum(s.hits for s in counted.shares) == 100
    assert "66 % would go away" in triage_text.render(counted, "medium")


def test_arithmetic_of_the_specification():
    assert least_hits(100, 0.5) == 60
    assert least_hits(30, 0.5) == 21
    assert least_hits(200, 0.5) == 114
    assert least_hits(100, 0.3) == 39
    assert round(wilson(50, 100)[1] - 0.5, 3) == 0.096
    assert rows_for_half_width(0.05, 0.9) == 139
    assert rows_for_half_width(0.01, 0.9) == 3458


@given(st.integers(0, 300), st.integers(1, 300))
def test_wilson_contains_the_share_and_shrinks(hits, n):
    hits = min(hits, n)
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    assert wilson(10 * hits, 10 * n)[1] - wilson(10 * hits, 10 * n)[0] <= high - low


def test_kappa():
    assert kappa([]) is None
    assert kappa([("a", "a")] * 5) == 1
    assert kappa([("a", "a"), ("b", "b"), ("a", "b"), ("b", "a")]) == 0
    assert kappa([("a", "b"), ("b", "a")]) == -1


def test_polished_samples_are_refused_row_by_row(tmp_path):
    rows = "a,2026-10-01,production,style,\na,2026-10-01,production,style,\n,2026-10-01,production,style,\nb,,production,style,\nc,2026-10-01,slide deck,style,\nd,2026-10-01,,style,\ne,2026-10-01,production,,\n"
    counted = read_triage(sheet(tmp_path, HEAD + rows))
    assert counted.usable == 1
    assert counted.refused == {"id appears twice": 1, "no date": 1, "no id": 1, "no source": 1, "no tag": 1, "not from production": 1}


def test_template_is_no_evidence_and_knows_every_tag(tmp_path):
    counted = read_triage(sheet(tmp_path, template()))
    assert counted.usable == 0
    assert set(counted.refused) == {"not from production"}
    for tag in set(TAGS) - set(LEVELS):
        assert f",{tag},," in template()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,tag\na,style\n", "no column date, source"),
        (HEAD + "a,2026-10-01,production,stile,\n", r"line 2: column 'tag' has no known tag; did you mean 'style'"),
        (HEAD + "a,2026-10-01,production,style,\nb,01.10.2026,production,style,\n", "line 3: column 'date' is not YYYY-MM-DD"),
        (HEAD + "a,2026-10-01,production,style,,,\n", "line 2: 7 cells"),
        ("id,jane.roe@mail.test,jane.roe@mail.test\n1,2,3\n", "line 1: columns 2, 3 have the same name$"),
        (HEAD + 'a,"2026', "not CSV"),
    ],
)
def test_sheets_that_are_wrong(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        read_triage(sheet(tmp_path, text))


def test_line_numbers_survive_line_breaks_in_cells(tmp_path):
    text = 'id,date,source,tag,what\na,2026-10-01,production,style,"two\nlines"\nb,2026-10-01,production,SECRET-7731,x\n'
    with pytest.raises(ConfigError, match="line 4") as caught:
        read_triage(sheet(tmp_path, text))
    assert "7731" not in str(caught.value)


def test_json_lines_and_excel_say_the_same(tmp_path):
    openpyxl = pytest.importorskip("openpyxl", reason="the excel extra is not installed")
    rows = [("a", "2026-10-01", "production", "style"), ("b", "2026-10-02", "production", "routing")]
    book = openpyxl.Workbook()
    for row in [("id", "date", "source", "tag"), *rows]:
        book.active.append(row)
    book.save(tmp_path / "f.xlsx")
    lines = sheet(tmp_path, "\n".join(json.dumps(dict(zip(("id", "date", "source", "tag"), r, strict=True))) for r in rows), "f.jsonl")
    plain = sheet(tmp_path, "id;date;source;tag\n" + "\n".join(";".join(r) for r in rows))
    assert read_triage(tmp_path / "f.xlsx") == read_triage(lines) == read_triage(plain)
    sheet(tmp_path, "not a workbook", "g.xlsx")
    with pytest.raises(ConfigError, match="not an Excel workbook"):
        read_triage(tmp_path / "g.xlsx")


def runs(tmp_path, *entries):
    return sheet(tmp_path, json.dumps({"runs": list(entries)}), "baselines.json")


RUN = {"path": "prompt", "metric": "accuracy", "value": 0.8, "n": 100, "holdout_sha256": FROZEN}


def test_only_runs_on_the_frozen_holdout_count(tmp_path):
    file = runs(tmp_path, RUN, {**RUN, "path": "rag", "value": 0.9}, {**RUN, "metric": "f1"}, {**RUN, "holdout_sha256": "cd" * 32}, {k: v for k, v in RUN.items() if k != "holdout_sha256"})
    found = read_baselines(file, metric="accuracy", holdout_sha256=FROZEN)
    assert [r.path for r in found.runs] == ["configure", "retrieve", "configure"]
    assert (found.other_metric, found.other_holdout, found.undigested) == (1, 1, 1)
    assert found.best("retrieve").low == pytest.approx(wilson(90, 100)[0])
    assert found.plateau("configure") is None


def test_a_given_interval_only_widens(tmp_path):
    wide, narrow = {**RUN, "low": 0.5, "high": 0.99}, {**RUN, "low": 0.79, "high": 0.81}
    found = read_baselines(runs(tmp_path, wide, narrow), metric="accuracy", holdout_sha256="")
    assert (found.runs[0].low, found.runs[0].high) == (0.5, 0.99)
    assert (found.runs[1].low, found.runs[1].high) == wilson(80, 100)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"path": "promt"}, "did you mean 'prompt'"),
        ({"value": 80}, "'value' is not a number from 0 to 1"),
        ({"value": "nan"}, "'value' is not a number"),
        ({"n": None}, "a baseline needs"),
        ({"low": 0.85, "high": 0.9}, "not between"),
        ({"holdout_sha256": "abc"}, "64 hexadecimal"),
    ],
)
def test_runs_that_are_wrong(tmp_path, change, message):
    with pytest.raises(ConfigError, match=message):
        read_baselines(runs(tmp_path, {**RUN, **change}), metric="accuracy", holdout_sha256="")


def test_metrics_of_which_less_is_better_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="less of it is better"):
        read_baselines(runs(tmp_path, RUN), metric="error_rate", holdout_sha256="")


LESS = ("error_rate", "Error Rate", "hallucinations", "p95_latency_ms", "word-error-rate", "WER", "false positive rate", "Perplexity", "cost")
MORE = ("accuracy", "1 - error rate", "1-WER", "error-free answers", "fraud loss recall", "false_positive_detection_f1", "terror_watch", "lossless", "")


@pytest.mark.parametrize(("metric", "less"), [*((m, True) for m in LESS), *((m, False) for m in MORE)])
def test_the_name_of_a_metric_says_which_way_is_better(metric, less):
    assert less_is_better(metric) is less


def test_a_metric_is_the_same_however_it_is_spaced(tmp_path):
    file = runs(tmp_path, {**RUN, "metric": "Macro F1"}, {**RUN, "metric": "macro_f1"}, {**RUN, "metric": "micro-f1"})
    assert read_baselines(file, metric="macro-F1", holdout_sha256="").other_metric == 1


def test_evidence_is_found_beside_the_data_and_nowhere_else(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    assert load(str(data), Settings()).triage is None
    sheet(data, HEAD + "a,2026-10-01,production,style,\n")
    runs(data, RUN)
    assert load(str(data), Settings()).triage.usable == 1
    assert len(load(str(data), Settings()).baselines.runs) == 1
    sheet(tmp_path, HEAD)
    for name in ("../failures.csv", str(tmp_path / "failures.csv")):
        with pytest.raises(ConfigError, match="leads out"):
            load(str(data), Settings(failures=FailureSettings(name)))
    with pytest.raises(ConfigError, match="no such file"):
        load(str(data), Settings(baselines=BaselineSettings("other.json")))
    (data / "deep.json").write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(ConfigError):
        load(str(data), Settings(baselines=BaselineSettings("deep.json")))


def test_payback_and_the_price_of_failure():
    case = full()
    back = cost.payback(case)
    expected = 20000 * ((0.2 - 0.06) * 12 - 0.01) - (200 + 100 + 300 + 1500 + 700 + 400)
    assert back.saving == pytest.approx(expected)
    assert back.months == pytest.approx(tuple(15000 * k / expected for k in cost.STRESS))
    assert back.break_even_volume == pytest.approx(3200 / ((0.2 - 0.06) * 12 - 0.01))
    assert cost.failure(case).monthly == 48000
    assert cost.failure(case).worst == 5000  # apart
    assert cost.payback(use(case, worst_error=10**9)) == back
    assert cost.payback(use(case, cost_per_error=None)) is None
    assert cost.payback(replace(case, costs=replace(case.costs, logging=None))) is None
    assert cost.missing_lines(replace(case, costs=CostSettings(logging=0.0))) == ("retrieval", "approvals", "evals", "human_review", "retraining", "serving")
    never = cost.payback(replace(case, costs=replace(case.costs, error_rate_after=0.2)))
    assert never.months == (None, None, None)
    assert never.break_even_volume is None
    free = cost.payback(replace(case, costs=replace(case.costs, error_rate_after=0.2, build=0.0)))
    assert free.saving < 0
    assert free.months == (None, None, None)


@pytest.mark.parametrize(("build", "saving", "months"), [(0, 5, 0.0), (0, 0, 0.0), (0, -1, None), (10, 5, 2.0), (10, 0, None), (10, -5, None)])
def test_what_loses_money_pays_back_nothing(build, saving, months):
    assert cost.months_at(build, saving, 1.0) == months
