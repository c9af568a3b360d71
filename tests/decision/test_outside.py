"""Tasks that a cheap probe cannot do: what people and better models say of the labels outranks what it reads."""

from __future__ import annotations

import csv
import hashlib
import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli import cli
from auditor.decision.baselines import Run
from auditor.decision.factors import NAMES, Range, _weak, exact, factors
from auditor.decision.outside import Outside, outside
from auditor.decision.score import at_best, evaluate, mended, shipped_model
from auditor.decision.sensitivity import sensitivity
from auditor.detectors.results import ClassSize, Interval, ProbeFacts
from auditor.detectors.studies import ProbeStudy
from auditor.model import Column, Dataset, FileInfo, Role, RoleChoice, Shape
from auditor.scan.request import Facts
from auditor.settings import Settings

HELD = "a" * 64
PEOPLE = ("Ann", "Bob", "Carla", "Deng", "Esra", "Femi", "Gita", "Hugo", "Ines", "Jiro", "Kofi", "Lena", "Mina", "Nils", "Olga", "Pia")
THINGS = ("invoices", "parcels", "tickets", "crates", "orders", "returns")
WORDS = ["the", "week", "was", "slow", "and", "rain", "kept", "vans", "from", "leaving", "while", "two", "clerks", "called", "in", "sick", "so", "that", "night", "shifts", "had", "to", "sort", "mail", "by", "hand", "before", "noon"]


def _claims(n: int, seed: int) -> list[tuple[str, str]]:
    """Reports with a claim that follows from them or does not: plain to any reader, and to words counted without their order chance."""
    rng, rows = random.Random(seed), []
    for _ in range(n):
        (a, b), (x, y), thing, more = rng.sample(PEOPLE, 2), rng.sample(range(3, 900), 2), rng.choice(THINGS), rng.random() < 0.5
        claim = rng.choice([f"{a} closed {'more' if more else 'fewer'} {thing} than {b}.", f"{b} closed {'fewer' if more else 'more'} {thing} than {a}."])
        report = f"{' '.join(rng.sample(WORDS, 9))}. {a} closed {x} {thing}, {b} managed {y}. {' '.join(rng.sample(WORDS, 9))}."
        rows.append((f"Report: {report} Claim: {claim}", "supported" if (x > y) == more else "contradicted"))
    return rows


def _write(path: Path, rows: list[tuple[str, str]]) -> None:
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([("text", "label"), *rows])


@pytest.fixture(scope="module")
def claims(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("claims") / "data"
    folder.mkdir()
    _write(folder / "train.csv", _claims(700, 1))
    _write(folder / "test.csv", _claims(300, 2))
    return folder


def _audit(folder: Path, *options: str) -> dict[str, object]:
    out = folder.parent / "r.json"
    CliRunner().invoke(cli, ["run", str(folder), "-q", "--no-cache", "-f", "json", "-o", str(out), *options], catch_exceptions=False)
    return json.loads(out.read_text())


def _status(report: dict, code: str) -> tuple[str, str]:
    return next((f["status"], f["severity"]) for f in report["findings"] if f["code"] == code)


def _reviewed(folder: Path, wrong: int) -> Path:
    sheet = folder.parent / f"sheet{wrong}.csv"
    CliRunner().invoke(cli, ["spotcheck", str(folder), "-n", "60", "-o", str(sheet), "--force"], catch_exceptions=False)
    with sheet.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    with sheet.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows({**row, "verdict": "wrong" if i < wrong else "right"} for i, row in enumerate(rows))
    return sheet


def test_nothing_from_outside_leaves_a_veto(claims):
    report = _audit(claims)
    assert report["verdict"]["data"] == "not_ready"
    assert _status(report, "LRN001") == ("fail", "blocker")
    assert "audit spotcheck" in next(f["fix"] for f in report["findings"] if f["code"] == "LRN001")


def test_a_better_baseline_on_the_holdout_makes_it_unknown(claims):
    digest = hashlib.sha256((claims / "test.csv").read_bytes()).hexdigest()
    file = claims / "baselines.json"
    file.write_text(json.dumps({"runs": [{"path": "prompt", "metric": "accuracy", "value": 0.8, "n": 300, "holdout_sha256": digest}]}))
    try:
        report = _audit(claims)
    finally:
        file.unlink()
    assert report["verdict"]["data"] == "insufficient_evidence"
    assert _status(report, "LRN001") == ("unknown", "blocker")
    assert _status(report, "USE020") == ("unknown", "blocker")
    assert "±4.5 points" in next(f["message"] for f in report["findings"] if f["code"] == "LRN003")  # at .8; at the probe's .5 it would be ±5.6
    assert _status(report, "LRN007")[0] in ("not_applicable", "pass")
    assert report["score"]["factors"]["skill"]["high"] == 1
    assert report["score"]["expected"] is None


@pytest.mark.parametrize(("wrong", "data", "learnt"), [(1, "ready_with_conditions", ("warn", "major")), (30, "not_ready", ("fail", "blocker"))])
def test_people_outrank_the_probe(claims, wrong, data, learnt):
    report = _audit(claims, "--spotcheck", str(_reviewed(claims, wrong)))
    assert report["verdict"]["data"] == data
    assert _status(report, "LRN001") == learnt
    labels = report["score"]["factors"]["labels"]
    assert labels["source"] == "measured"
    assert labels["note"].startswith("people found")


def test_a_sheet_beside_the_data_is_found(claims, tmp_path):
    folder = tmp_path / "data"
    shutil.copytree(claims, folder)
    shutil.copy(_reviewed(claims, 1), folder / "review.csv")
    (folder / "audit.toml").write_text('spotcheck = "review.csv"\n[data]\nlabel = "label"\n')
    report = _audit(folder)
    assert _status(report, "LRN001") == ("warn", "major")
    assert report["score"]["factors"]["labels"]["source"] == "measured"


PROBE = ProbeFacts(
    "text", 700, sampled=False, classes=2, sizes=(), measured=True, chance=0.5, majority=0.6, cv_group=Interval(0.5, 0.46, 0.54, 700), signal_p=0.4,
    holdout=Interval(0.5, 0.45, 0.55, 300), holdout_accuracy=Interval(0.5, 0.44, 0.56, 300), holdout_rows=300, off_diagonal=0.45, cv_error=0.5, joint=0.45,
)  # fmt: skip
DATA = Dataset(
    "t", ".", (FileInfo("test.csv", 1, HELD, "csv", "test", 300), FileInfo("train.csv", 1, "b" * 64, "csv", "train", 700)), (),
    (Column("text", "String"), Column("label", "String")), (RoleChoice(Role.TEXT, ("text",), "", declared=True), RoleChoice(Role.LABEL, ("label",), "", declared=True)),
    Shape.CLASSIFICATION, "", (), 0,
)  # fmt: skip


def _facts(probe: ProbeFacts = PROBE) -> Facts:
    known = Facts()
    known.put(ProbeStudy(), probe)
    return known


@pytest.mark.parametrize(
    ("run", "weak"),
    [
        ({"path": "prompt", "metric": "accuracy", "value": 0.8}, True),
        ({"path": "prompt", "metric": "Macro F1", "value": 0.8}, True),
        ({"path": "fine_tune", "metric": "accuracy", "value": 0.9}, True),
        ({"path": "prompt", "metric": "accuracy", "value": 0.66}, False),  # the largest class alone gives .6
        ({"path": "prompt", "metric": "latency_share_in_time", "value": 0.99}, False),  # no such thing is read from a probe
        ({"path": "prompt", "metric": "accuracy", "value": 0.62, "n": 10**9}, False),  # more rows than there are
        ({"path": "prompt", "metric": "accuracy", "value": 0.9, "holdout_sha256": "c" * 64}, False),  # another hold-out
        ({"path": "prompt", "metric": "accuracy", "value": 0.9, "holdout_sha256": ""}, False),  # nobody knows which
        ({"path": "prompt", "metric": "accuracy", "value": 0.9, "holdout_sha256": "b" * 64}, False),  # the training file
    ],
)
def test_which_runs_show_a_probe_to_be_too_weak(tmp_path, run, weak):
    (tmp_path / "baselines.json").write_text(json.dumps({"runs": [{"n": 300, "holdout_sha256": HELD, **run}]}))
    found = outside(replace(DATA, root=str(tmp_path)), _facts(), Settings())
    assert (found.weak, found.sound) == (weak, False)
    assert bool(found.words) is weak


def test_a_probe_that_sees_as_much_as_the_baseline_is_not_too_weak(tmp_path):
    (tmp_path / "baselines.json").write_text(json.dumps({"runs": [{"path": "prompt", "metric": "accuracy", "value": 0.8, "n": 300, "holdout_sha256": HELD}]}))
    able = replace(PROBE, holdout_accuracy=Interval(0.78, 0.73, 0.83, 300), holdout=Interval(0.78, 0.73, 0.83, 300), signal_p=1e-9)
    assert outside(replace(DATA, root=str(tmp_path)), _facts(able), Settings()) == Outside()


def test_factors_of_a_weak_probe_are_at_least_what_it_reads():
    run = Run("configure", "accuracy", 0.8, 300, 0.75, 0.84, "", HELD, None)
    plain = factors(DATA, _facts())
    weak = factors(DATA, _facts(), Outside(None, run, weak=True))
    sound = factors(DATA, _facts(), Outside(Interval(0.02, 0.0, 0.07, 100), run, weak=True, sound=True))
    for name in ("skill", "labels", "label_joint"):
        assert (weak[name].value, weak[name].low) == (plain[name].value, plain[name].low)
        assert (weak[name].high, weak[name].source) == (1, "at_least")
    assert (sound["skill"].value, sound["skill"].undeclared, sound["skill"].high) == (None, True, 1)
    assert sound["labels"].source == "measured"
    assert sound["labels"].value == pytest.approx(0.96)
    assert (sound["labels"].low, sound["labels"].high) == (pytest.approx(0.86), 1.0)


def test_noise_that_the_probe_is_sure_of_stands_beside_a_baseline():
    run = Run("fine_tune", "accuracy", 0.97, 300, 0.95, 0.98, "", HELD, None)
    steady = _facts(replace(PROBE, steady=True, noise=Interval(0.3, 0.25, 0.36, 700)))
    plain, beside = factors(DATA, steady), factors(DATA, steady, Outside(None, run, weak=True))
    assert (beside["labels"], beside["label_joint"]) == (plain["labels"], plain["label_joint"])
    assert beside["skill"].source == "at_least"


@pytest.mark.parametrize("values", [{"skill": 0.5}, {"skill": 0.9, "stability": 0.9}, {"skill": 0.2, "labels": 0.6, "robustness": 0.5}])
def test_a_declared_figure_moves_no_low_end(values):
    read = {n: exact(0.97) for n in NAMES} | {n: Range(v, 0.8 * v, min(1.0, 1.1 * v), "measured") for n, v in values.items()}
    plain = evaluate(read, shipped_model(), calibrated=True)
    weak = evaluate(read | {n: _weak(read[n], sound=False) for n in values}, shipped_model(), calibrated=True)
    assert (weak.value, weak.low, weak.gate_low) == (plain.value, plain.low, plain.gate_low)
    assert weak.high >= plain.high


def test_a_lower_end_is_lifted_by_what_shows_more_and_by_nothing_else():
    read = {n: exact(0.97) for n in NAMES} | {n: Range(0.4, 0.4, 1.0, "at_least") for n in ("skill", "stability", "robustness")}
    score = evaluate(read, shipped_model(), calibrated=True)
    assert mended(("LBL004",), score).value == pytest.approx(score.value, abs=1)
    assert mended(("LBL002",), score).value > score.value + 10
    assert at_best(score) > score.value + 10
    sound = evaluate(read | {n: Range(None, 0.0, 1.0, "at_least", undeclared=True) for n in ("skill", "stability", "robustness")}, shipped_model(), calibrated=True)
    shown = mended(("LRN001",), sound)
    assert sound.gate_low < 10
    assert 50 < shown.gate_low <= shown.value  # a stronger model that is measured leaves no such doubt
    assert at_best(evaluate({n: exact(r.value) for n, r in read.items()}, shipped_model(), calibrated=True)) == pytest.approx(score.value)


def test_one_answer_to_all_is_no_better_baseline(tmp_path):
    """Nine in ten of the hold-out are of one class, though half of the training rows are."""
    (tmp_path / "baselines.json").write_text(json.dumps({"runs": [{"path": "prompt", "metric": "accuracy", "value": 0.9, "n": 300, "holdout_sha256": HELD}]}))
    uneven = replace(PROBE, sizes=(ClassSize("a", 350, 350, 270), ClassSize("b", 350, 350, 30)))
    assert not outside(replace(DATA, root=str(tmp_path)), _facts(uneven), Settings()).weak


def _people(monkeypatch, high: float, worst: float) -> Settings:
    monkeypatch.setattr("auditor.spotcheck.read", lambda *_: (0.0, 0.0, high, 60))
    monkeypatch.setattr("auditor.spotcheck.doubtful", lambda *_: worst)
    return Settings(spotcheck="sheet.csv")


def test_rare_classes_look_right_to_people_though_shuffled(monkeypatch):
    """Of 95 and 5 % shuffled nine labels of ten stay as they were."""
    rare = replace(PROBE, sizes=(ClassSize("a", 665, 665), ClassSize("b", 35, 35)))
    assert outside(DATA, _facts(), _people(monkeypatch, 0.15, 0.15)).sound
    assert not outside(DATA, _facts(rare), _people(monkeypatch, 0.15, 0.15)).weak
    assert outside(DATA, _facts(rare), _people(monkeypatch, 0.03, 0.03)).sound


def test_what_people_cannot_decide_is_not_held_to_be_right(monkeypatch):
    assert not outside(DATA, _facts(), _people(monkeypatch, 0.1, 0.5)).sound


def test_unsure_rows_of_a_sheet_count_against_it(claims):
    from auditor.spotcheck import filled

    sheet = _reviewed(claims, 0)
    sheet.write_text(sheet.read_text().replace(",right,", ",?,", 30).replace(",right,", ",,", 10))
    found = filled(sheet)
    assert (sum(found.judged), sum(found.unsure)) == (20, 30)
    assert _status(_audit(claims, "--spotcheck", str(sheet)), "LRN001") == ("fail", "blocker")


def test_a_sheet_beside_the_data_is_found_from_anywhere(claims, monkeypatch, tmp_path):
    sheet = _reviewed(claims, 1)
    (claims.parent / "sheet1.csv").rename(claims / "sheet1.txt")
    try:
        monkeypatch.chdir(tmp_path)
        assert sheet.exists() is False
        assert _status(_audit(claims, "--spotcheck", "sheet1.txt"), "LRN001") == ("warn", "major")
    finally:
        (claims / "sheet1.txt").unlink()


def test_evidence_from_outside_lifts_the_value_and_never_the_low_end():
    read = {n: exact(0.97) for n in NAMES} | {n: Range(0.7, 0.6, 0.8, "measured") for n in ("skill", "stability")}
    plain = evaluate(read, shipped_model(), calibrated=True)
    for sound in (False, True):
        lifted = evaluate({n: Range(None if sound else r.value, r.low, 1.0, "at_least", undeclared=sound, least=r.value) if n in ("skill", "stability") else r for n, r in read.items()}, shipped_model(), calibrated=True)
        assert (lifted.low, lifted.gate_low) == (pytest.approx(plain.low), pytest.approx(plain.gate_low))
        assert lifted.value >= plain.value - 1e-9
        assert lifted.high > plain.high


def test_a_short_sheet_that_agrees_does_not_widen_the_labels():
    alone = factors(DATA, _facts())["labels"]
    few = factors(DATA, _facts(), Outside(Interval(0.0, 0.0, 0.3, 8)))["labels"]
    assert few.value == 1.0
    assert few.low == max(0.4, alone.low)


def _of_target(monkeypatch, known: Outside, low: float) -> tuple[str, str]:
    from auditor.checks.learnability import MoreRows
    from auditor.detectors.results import LearningCurve
    from auditor.settings import UseCase

    monkeypatch.setattr("auditor.checks.learnability.outside", lambda *_: known)
    curve = LearningCurve((), Interval(low + 0.02, low, low + 0.04, 700), Interval(low + 0.03, low, low + 0.05, 700), 0.95, 1.0, 0.5, 0.05, 0.01)
    found = next(MoreRows().judge(DATA, _facts(replace(PROBE, curve=curve)), Settings(use_case=UseCase(target=0.8))))
    return str(found.status), str(found.severity)


def test_a_better_baseline_takes_no_reached_target_away(monkeypatch):
    weak = Outside(None, Run("configure", "accuracy", 0.97, 300, 0.95, 0.99, "", HELD, None), weak=True)
    assert _of_target(monkeypatch, weak, 0.85) == ("pass", "info")
    assert _of_target(monkeypatch, weak, 0.6) == ("warn", "major")


def test_at_the_end_of_its_interval_nothing_of_a_score_is_open():
    """What could lift a score is in its high end already: at the low end there is no gap left to be told as unknown."""
    seen: dict[str, float] = {}
    read = {n: exact(0.97) for n in NAMES} | {n: Range(0.4, 0.3, 1.0, "at_least", least=0.4) for n in ("skill", "stability", "robustness")}
    score = evaluate(read, shipped_model(), calibrated=True)

    def outcome(of, tier: str, shift: float) -> tuple[str, str]:
        if (tier, shift) == ("low", 0.0) and of.low == of.high:
            seen[f"{of.value:.3f}"] = at_best(of)
        return "", ""

    sensitivity(outcome, score, "low")
    assert len(seen) == 2
    assert all(best == pytest.approx(float(value), abs=0.01) for value, best in seen.items())
