"""Monitoring plan and drift: no value is kept, false alarms are held, triggers say ok, fired, unknown or overdue."""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from dataclasses import asdict, replace

import numpy as np
import polars as pl
import pytest
import yaml
from decision_cases import DAY, full, use

from auditor.decision import drift_text, plan, reference, watch
from auditor.decision.drift_stats import ALPHA, MIN_ROWS, pool, psi, psi_test, rank_test
from auditor.errors import ConfigError, UsageError
from auditor.model import Column, Dataset, Shape
from auditor.settings import RISK_TIERS, DataSettings, Settings, Trigger

COMMON = [f"word{i}" for i in range(300)]


def sentence(rng, topic):
    return " ".join(rng.choices([f"{topic}{i}" for i in range(12)], k=4) + rng.choices(COMMON, k=rng.randint(3, 14)))


def table(path, rng, rows, *, shift=0.0, topics=("rail", "bank", "shop"), city=("Trondheim", "Bratislava", "Montevideo"), nulls=0.02):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        out = csv.writer(stream)
        out.writerow(("text", "amount", "city", "label"))
        for _ in range(rows):
            topic = rng.choice(topics)
            amount = "" if rng.random() < nulls else f"{rng.gauss(50 + shift, 10):.4f}"
            out.writerow((sentence(rng, topic), amount, rng.choice(city), topic))
    return path.parent


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Data with a plan for it."""
    folder = table(tmp_path_factory.mktemp("then") / "data" / "train.csv", random.Random(1), 1200)
    body = plan.make(folder, use(full(), risk_tier="medium"), day=DAY)
    file = folder.parent / "monitoring-plan.yaml"
    file.write_text(plan.to_yaml(body), encoding="utf-8")
    return folder, file


def look(planned, folder, **changes):
    asked = {t.signal for t in plan.read(planned[1]).triggers} & {"accuracy", "holdout_accuracy"}
    given = {"observed": dict.fromkeys(asked, watch.Observed(0.93, 500)), "events": ("none",), "history": (), "day": DAY, **changes}
    return watch.look(planned[1], folder, Settings(), **given)


@pytest.mark.parametrize("tier", RISK_TIERS)
@pytest.mark.parametrize("path", ["configure", "retrieve", "fine_tune", "custom_train"])
def test_default_triggers_are_of_the_five_kinds(tier, path):
    triggers = plan.default_triggers(use(full(), risk_tier=tier, requested_path=path))
    assert {t.kind for t in triggers} == set(plan.KINDS)
    assert all(t.owner == "B. O." and t.action in plan.ACTIONS for t in triggers)
    calendar = [t for t in triggers if t.kind == "calendar"]
    assert all(t.action != "retrain" for t in calendar)
    signals = {t.signal for t in triggers}
    assert ("prompt_adherence" in signals) == (path in ("configure", "retrieve"))
    assert ("label_agreement" in signals) == (path in ("fine_tune", "custom_train"))
    if tier == "regulated":
        assert all(t.action != "retrain" for t in triggers)


def test_plan_keeps_no_value(planned):
    text = planned[1].read_text(encoding="utf-8")
    body = yaml.safe_load(text)
    assert body["owner"] == "B. O."
    assert body["expires"] > body["created"]
    columns = body["reference"]["columns"]
    assert {name: entry["kind"] for name, entry in columns.items()} == {"text": "text", "amount": "number", "city": "category", "label": "category"}
    with (planned[0] / "train.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows[:200]:
        assert row["text"] not in text
    assert not any(word in text for word in ("Trondheim", "Bratislava", "Montevideo", "rail3", "word17"))
    for part in ("a", "b"):
        packed = columns["text"]["sketch"][part]["rows"]
        assert b"word" not in drift_text._unpack(packed, drift_text.DIMENSIONS + drift_text.PROPERTIES).tobytes()


def test_plan_is_the_same_again(planned):
    again = plan.to_yaml(plan.make(planned[0], use(full(), risk_tier="medium"), day=DAY))
    assert again == planned[1].read_text(encoding="utf-8")


def test_same_distribution_fires_nothing(planned, tmp_path):
    result = look(planned, table(tmp_path / "new" / "new.csv", random.Random(2), 600))
    states = {t.id: t.state for t in result.triggers}
    assert {s.state for s in result.signals} == {"ok"}
    assert states["accuracy"] == "ok"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("changes", "column", "kind"),
    [
        ({"shift": 5.0}, "amount", "distribution"),
        ({"city": ("Trondheim", "Trondheim", "Bratislava", "Valparaiso")}, "city", "distribution"),
        ({"nulls": 0.4}, "amount", "nulls"),
        ({"topics": ("rail", "sport")}, "text", "text"),
    ],
)
def test_drift_is_seen_where_it_is(planned, tmp_path, changes, column, kind):
    result = look(planned, table(tmp_path / "new" / "new.csv", random.Random(3), 600, **changes))
    fired = {(s.column, s.kind) for s in result.signals if s.state == "fired"}
    assert (column, kind) in fired
    assert not {c for c, _ in fired} - {column, "label"}
    assert "Trondheim" not in watch.render(result) + result.to_json()


def drift_plan(planned, tmp_path, *triggers):
    body = yaml.safe_load(planned[1].read_text(encoding="utf-8"))
    body["triggers"] = [{k: getattr(t, k) for k in ("id", "kind", "signal", "rule", "action", "window_days", "min_n")} for t in triggers]
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(body), encoding="utf-8")
    return planned[0], file


def test_unlabelled_and_gone_columns(planned, tmp_path):
    folder = table(tmp_path / "new" / "new.csv", random.Random(4), 400)
    rows = list(csv.DictReader((folder / "new.csv").open(encoding="utf-8")))
    with (folder / "new.csv").open("w", newline="", encoding="utf-8") as stream:
        out = csv.DictWriter(stream, ["text", "city"], extrasaction="ignore")
        out.writeheader()
        out.writerows(rows)
    mine = drift_plan(planned, tmp_path, Trigger("q", "data_quality", "nulls"))
    result = look(mine, folder)
    assert {(s.column, s.kind) for s in result.signals if s.state == "fired"} == {("amount", "schema")}
    assert result.exit_code == 1


def test_too_few_rows_are_unknown(planned, tmp_path):
    mine = drift_plan(planned, tmp_path, Trigger("d", "drift", "columns"))
    result = look(mine, table(tmp_path / "new" / "new.csv", random.Random(5), 60))
    assert {s.state for s in result.signals} == {"unknown"}
    assert [t.state for t in result.triggers] == ["unknown"]
    assert result.exit_code == 3
    late = look(mine, table(tmp_path / "new" / "new.csv", random.Random(5), 60), day=DAY + dt.timedelta(days=31))
    assert [t.state for t in late.triggers] == ["overdue"]


def test_retraining_needs_two_of_three_looks(planned, tmp_path):
    mine = drift_plan(planned, tmp_path, Trigger("d", "drift", "column:amount", action="retrain"))
    folder = table(tmp_path / "new" / "new.csv", random.Random(6), 400, shift=8.0)
    first = look(mine, folder)
    assert [t.action for t in first.triggers] == ["investigate"]
    kept = tmp_path / "look.json"
    kept.write_text(first.to_json(), encoding="utf-8")
    next_day = DAY + dt.timedelta(days=1)
    assert [t.action for t in look(mine, folder, history=(kept,)).triggers] == ["investigate"]  # the same day again is the same look
    assert [t.action for t in look(mine, folder, history=(kept, kept), day=next_day).triggers] == ["retrain"]
    quiet = tmp_path / "quiet.json"
    quiet.write_text(first.to_json().replace('"fired"', '"ok"').replace(DAY.isoformat(), next_day.isoformat()), encoding="utf-8")
    later = DAY + dt.timedelta(days=3)
    assert [t.action for t in look(mine, folder, history=(quiet, quiet), day=later).triggers] == ["investigate"]
    assert [t.action for t in look(mine, folder, history=(kept, quiet), day=later).triggers] == ["retrain"]
    with pytest.raises(ConfigError, match="not a look"):
        look(mine, folder, history=(mine[1],))
    quiet.write_text(json.dumps({**json.loads(first.to_json()), "reference_digest": "0" * 64}), encoding="utf-8")
    with pytest.raises(ConfigError, match="a look at another plan"):
        look(mine, folder, history=(kept, quiet))


def test_splits_of_the_training_data_are_none_of_the_new(planned, tmp_path):
    folder = table(tmp_path / "new" / "new.csv", random.Random(9), 400)
    mine = drift_plan(planned, tmp_path, Trigger("d", "drift", "columns"))
    settings = Settings(data=DataSettings(holdout="exam.csv", production="march.csv"))
    assert watch.look(mine[1], folder, settings, observed={}, events=(), history=(), day=DAY).rows == 400


def rewritten(folder, change):
    """The new rows with each row changed."""
    file = folder / "new.csv"
    rows = [change(i, row) for i, row in enumerate(csv.DictReader(file.open(encoding="utf-8")))]
    with file.open("w", newline="", encoding="utf-8") as stream:
        out = csv.DictWriter(stream, rows[0])
        out.writeheader()
        out.writerows(rows)
    return folder


@pytest.mark.parametrize(
    ("change", "fired"),
    [
        (lambda _i, row: {**row, "label": ""}, set()),  # not labelled yet
        (lambda i, row: {**row, "label": "" if i % 3 else row["label"]}, {"label"}),  # labelled in part
        (lambda _i, row: {**row, "city": ""}, {"city"}),
    ],
)
def test_an_empty_label_column_is_no_drift(planned, tmp_path, change, fired):
    folder = rewritten(table(tmp_path / "new" / "new.csv", random.Random(7), 400), change)
    mine = drift_plan(planned, tmp_path, Trigger("q", "data_quality", "nulls"))
    assert {s.column for s in look(mine, folder).signals if s.state == "fired"} == fired


@pytest.mark.parametrize(("most", "looked", "told"), [(50_000, 400, "400 new rows on 2026-"), (150, 150, ", a sample of 150 of them compared")])
def test_rows_that_are_there_are_told_and_not_the_sample(planned, tmp_path, monkeypatch, *, most, looked, told):
    monkeypatch.setattr(watch, "LOOKED", most)
    found = look(planned, table(tmp_path / "new" / "new.csv", random.Random(8), 400))
    assert (found.rows, found.looked) == (400, looked)
    assert told in watch.render(found)
    assert json.loads(found.to_json())["looked"] == looked


def test_a_column_that_is_gone_is_seen_in_few_rows_too(planned, tmp_path):
    mine = drift_plan(planned, tmp_path, Trigger("q", "data_quality", "nulls", min_n=100))
    folder = table(tmp_path / "new" / "new.csv", random.Random(8), 20)
    assert [t.state for t in look(mine, folder).triggers] == ["unknown"]
    gone = rewritten(folder, lambda _i, row: {k: v for k, v in row.items() if k != "amount"})
    assert [(t.state, t.reason) for t in look(mine, gone).triggers] == [("fired", "1 columns are gone: amount")]


def levelled(path, rng, rows, spell):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{spell(rng.randint(0, 1))},{rng.gauss(0, 1):.3f}" for _ in range(rows)]
    path.write_text("flag,amount\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path.parent


@pytest.mark.parametrize(
    ("spell", "fired"),
    [(str, False), (lambda v: f"{v:.1f}", False), (lambda v: str(v + 1), True), (lambda v: f"{v}.5", True)],
)
def test_whole_numbers_are_the_same_levels_as_floats(tmp_path, spell, fired):
    then = levelled(tmp_path / "then" / "train.csv", random.Random(1), 600, str)
    file = tmp_path / "plan.yaml"
    file.write_text(plan.to_yaml(plan.make(then, full(), day=DAY)), encoding="utf-8")
    result = look((then, file), levelled(tmp_path / "new" / "new.csv", random.Random(2), 400, spell))
    assert ("flag" in {s.column for s in result.signals if s.state == "fired"}) is fired


@pytest.mark.parametrize(
    ("name", "values", "watched"),
    [("city", ["Trondheim", "Bratislava"], True), ("phone", ["+44 20 7946 0958", "+44 20 7946 0123"], False), ("first_name", ["Ada", "Grace"], False), ("owner", ["ada@corp-mail.com", "grace@corp-mail.com"], False)],
)
def test_of_persons_no_hash_is_kept(name, values, watched):
    frame = pl.DataFrame({name: values * 60})
    entry = reference.describe(frame, Dataset("d", ".", (), (), (Column(name, "String"),), (), Shape.TABLE, "", (), 0), "salt")[name]
    assert ("levels" in entry) is watched


def chats(path, rng, rows, topics, *, answered=True):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        for _ in range(rows):
            turns = [{"role": "user", "content": sentence(rng, rng.choice(topics))}]
            turns += [{"role": "assistant", "content": sentence(rng, "reply")}] * answered
            stream.write(json.dumps({"messages": turns}) + "\n")
    return path.parent


def test_what_is_asked_in_chats_is_watched(tmp_path):
    then = chats(tmp_path / "then" / "train.jsonl", random.Random(1), 900, ("rail", "bank"))
    file = tmp_path / "plan.yaml"
    body = plan.make(then, full(), day=DAY)
    body["triggers"] = [asdict(Trigger("d", "drift", "columns"))]
    file.write_text(plan.to_yaml(body), encoding="utf-8")
    assert "rail" not in file.read_text(encoding="utf-8")
    for name, topics, answered, code in (("same", ("rail", "bank"), True, 0), ("unanswered", ("rail", "bank"), False, 0), ("new", ("ship", "bank"), True, 1)):
        new = chats(tmp_path / name / "new.jsonl", random.Random(3), 600, topics, answered=answered)
        assert look((then, file), new).exit_code == code, name


def test_of_few_values_no_decile_is_kept(tmp_path):
    few, many = (plan.make(levelled(tmp_path / str(n) / "train.csv", random.Random(1), n, str), full(), day=DAY)["reference"]["columns"]["amount"] for n in (60, 400))
    assert (few["kind"], few["edges"], few["counts"]) == ("number", [], [60])
    assert len(many["edges"]) == 9


@pytest.mark.parametrize(
    ("rule", "value", "n", "state"),
    [
        ("< 0.87", 0.80, 500, "fired"),
        ("< 0.87", 0.95, 500, "ok"),
        ("< 0.87", 0.80, 50, "unknown"),
        ("> 0.1", 0.2, 500, "fired"),
        ("when it feels wrong", 0.2, 500, "unknown"),
        ("< 0.9 on 50 fresh rows", 0.2, 500, "fired"),
        ("< 0.87, or so", 0.2, 500, "unknown"),
        ("< 0,87", 0.2, 500, "unknown"),  # not `< 0`
        ("< 87 %", 0.9, 500, "unknown"),  # not `< 87`
        ("< 8.7e-1", 0.9, 500, "unknown"),
        ("< 0.87", 91, 500, "unknown"),  # a percentage is never below a share
        ("> 30 days", 41, 500, "fired"),
        ("< 5 a day", 41, 500, "ok"),
    ],
)
def test_metric_triggers(planned, rule, value, n, state):
    read = replace(plan.read(planned[1]), triggers=(Trigger("m", "metric", "accuracy", rule, min_n=100),))
    found = watch.judge(read, (), 0, observed={"accuracy": watch.Observed(value, n)}, events=(), history=(), day=DAY)
    assert [t.state for t in found] == [state]


def test_events_calendar_and_expiry(planned):
    read = replace(plan.read(planned[1]), triggers=(Trigger("e", "event", "policy_change"), Trigger("c", "calendar", "review", window_days=30)))

    def states(day, *events, history=()):
        return [t.state for t in watch.judge(read, (), 0, observed={}, events=events, history=history, day=day)]

    assert states(DAY) == ["unknown", "ok"]
    assert states(DAY, "none") == ["ok", "ok"]
    assert states(DAY, "policy_change") == ["fired", "ok"]
    assert states(DAY + dt.timedelta(days=31), "none") == ["ok", "overdue"]
    recent = [{"day": (DAY + dt.timedelta(days=20)).isoformat()}]
    assert states(DAY + dt.timedelta(days=31), "none", history=recent) == ["ok", "ok"]
    assert states(DAY + dt.timedelta(days=400), "none")[-1] == "overdue"


def test_a_plan_that_was_tampered_with(planned, tmp_path):
    body = yaml.safe_load(planned[1].read_text(encoding="utf-8"))
    body["reference"]["columns"]["amount"]["counts"][0] += 1
    file = tmp_path / "plan.yaml"
    file.write_text(yaml.safe_dump(body), encoding="utf-8")
    with pytest.raises(ConfigError, match="reference was changed"):
        plan.read(file)


@pytest.mark.parametrize("text", ["", "a: [", "schema: monitoring-plan/9", "- 1", "schema: monitoring-plan/1\nreference: 3", "!!python/object/apply:os.system ['true']", "a: &a [*a]"])
def test_files_that_are_no_plan(tmp_path, text):
    file = tmp_path / "plan.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        plan.read(file)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"observed": {"holdout_acuracy": watch.Observed(0.5, 500)}}, "--metric holdout_acuracy: no trigger of the plan asks for it; did you mean holdout_accuracy"),
        ({"events": ("polcy_change", "none")}, "--event polcy_change: no trigger of the plan asks for it; did you mean policy_change"),
    ],
)
def test_what_no_trigger_asks_for_is_not_passed_over(planned, changes, message):
    with pytest.raises(UsageError, match=message):
        look(planned, planned[0], **changes)


def test_metric_option():
    assert watch.parse_metric("accuracy=0.91:400") == ("accuracy", watch.Observed(0.91, 400))
    with pytest.raises(UsageError):
        watch.parse_metric("accuracy")


@pytest.mark.parametrize("n", [100, 300, 1000])
def test_false_alarms_are_held(n):
    rng = np.random.default_rng(n)
    runs, fired = 400, {"normal": 0, "heavy tail": 0, "8 levels": 0, "51 levels": 0}
    for _ in range(runs):
        for name, draw in (("normal", rng.standard_normal), ("heavy tail", lambda k: rng.lognormal(0, 1.5, k))):
            old, new = draw(n), draw(n)
            edges = np.unique(np.quantile(old, np.arange(1, 10) / 10, method="nearest"))
            a, b = (np.bincount(np.searchsorted(edges, x, side="right"), minlength=len(edges) + 1) for x in (old, new))
            fired[name] += psi_test(a, b, ALPHA / 3).fired or rank_test(a, b, 2 * ALPHA / 3).fired
        for levels in (8, 51):
            p = rng.dirichlet(np.full(levels, 2.0))
            fired[f"{levels} levels"] += psi_test(rng.multinomial(n, p), rng.multinomial(n, p), ALPHA).fired
    # 2 % is promised; seen over 400 runs, 16 would still be a 1 in 100 chance at exactly 2 %.
    assert all(count <= 15 for count in fired.values()), fired


def test_statistics_know_when_to_be_silent():
    assert psi_test([50, 49], [60, 60], ALPHA) is None
    assert rank_test([MIN_ROWS], [MIN_ROWS - 1], ALPHA) is None
    assert not psi_test([500], [700], ALPHA).fired
    assert psi([100, 100], [100, 100]) == 0
    assert pool([100, 1, 1], [100, 1, 2]) == ([100.0, 2.0], [100.0, 3.0])
    assert rank_test([100, 100, 100], [10, 10, 280], ALPHA).fired
    assert not rank_test([100, 100, 100], [101, 99, 100], ALPHA).fired


def test_texts_of_one_distribution_and_of_another():
    rng = random.Random(9)
    old = [sentence(rng, rng.choice(("rail", "bank", "shop"))) for _ in range(700)]
    kept = json.loads(json.dumps(drift_text.reference(old)))
    same = drift_text.test(kept, [sentence(rng, rng.choice(("rail", "bank", "shop"))) for _ in range(400)], ALPHA)
    other = drift_text.test(kept, [sentence(rng, rng.choice(("rail", "sport"))) for _ in range(400)], ALPHA)
    assert not same.fired
    assert other.fired
    assert other.auc > 0.6
    assert drift_text.test(kept, ["the same"] * 1000, ALPHA) is None
    assert drift_text.reference(old[:200]) is None
    kept["a"]["rows"] = kept["a"]["rows"][:-8]
    with pytest.raises(ConfigError, match="damaged"):
        drift_text.test(kept, old, ALPHA)
