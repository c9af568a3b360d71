"""Label scores, the spot check, and confident learning in blocks beside Cleanlab's."""

from __future__ import annotations

import csv

import numpy as np
import polars as pl
import pytest
from corpus import flipped, sentences
from support import facts, judged, texts

from auditor import label_scores, spotcheck
from auditor.detectors import given, large
from auditor.detectors.studies import DuplicateStudy, LeakStudy, ProbeStudy
from auditor.errors import AuditError, ConfigError, UsageError
from auditor.model import Severity, Status
from auditor.settings import LabelSettings, Settings


@pytest.fixture(scope="module")
def noisy():
    rows, labels = sentences(4, 80, own=0.6)
    labels, changed = flipped(labels, 0.1)
    data = texts(rows, labels)
    return data, facts(data, DuplicateStudy(), LeakStudy(), ProbeStudy()), changed


def test_scores_of_every_row(noisy, tmp_path):
    data, found, changed = noisy
    for suffix in (".csv", ".parquet"):
        target = tmp_path / f"scores{suffix}"
        label_scores.write(found, data.dataset, target)
        frame = pl.read_csv(target) if suffix == ".csv" else pl.read_parquet(target)
        assert frame.columns == ["file", "row", "label", "suggested", "quality"]
        assert frame["row"].to_list() == list(range(320))
        assert frame["quality"].is_between(0, 1).all()
        worst = set(frame.sort("quality")["row"].head(len(changed)).to_list())
        assert len(worst & changed) >= 0.9 * len(changed)


def test_scores_need_a_known_suffix_and_labels(noisy, tmp_path):
    data, found, _ = noisy
    with pytest.raises(UsageError):
        label_scores.write(found, data.dataset, tmp_path / "scores.xlsx")
    with pytest.raises(AuditError):
        label_scores.write(facts(data, DuplicateStudy()), data.dataset, tmp_path / "scores.csv")


def test_no_formula_in_a_csv():
    frame = pl.DataFrame({"file": ["a"], "row": [0], "label": ["=cmd()"], "suggested": ["-1"], "quality": [0.5]})
    safe = label_scores._harmless(frame)
    assert safe["label"][0] == "'=cmd()"
    assert safe["suggested"][0] == "-1"


def sheet(data, probe, path, judge):
    drawn, top, total = spotcheck.choose(probe, 40)
    name = f"v1.{total}.{top}.{data.dataset.digest[:12]}"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(spotcheck.COLUMNS)
        for d in drawn:
            file = data.dataset.files[d.file].path
            writer.writerow((name, spotcheck._id(name, file, d.row, top=d.top), file, d.row, "l", "c", judge(d.row), ""))
    return drawn, top, total


@pytest.mark.parametrize(("wrong", "expected"), [("none", Status.PASS), ("all", Status.FAIL)])
def test_a_spot_check_outranks_the_estimate(noisy, tmp_path, wrong, expected):
    data, found, _ = noisy
    path = tmp_path / "sheet.csv"
    drawn, _top, _total = sheet(data, found[ProbeStudy()], path, lambda _: "wrong" if wrong == "all" else "ok")
    assert len(drawn) == 40
    assert sum(d.top for d in drawn) == 20
    assert len({(d.file, d.row) for d in drawn}) == 40
    data.settings = Settings(spotcheck=str(path))
    statuses = {(f.status, f.severity) for f in judged(data, "LBL002", found=found)}
    data.settings = Settings()
    assert {s for s, _ in statuses} <= {expected, Status.WARN}
    assert (Status.FAIL, Severity.BLOCKER) in statuses or wrong == "none"


def test_a_spot_check_that_does_not_fit_is_refused(noisy, tmp_path):
    data, found, _ = noisy
    path = tmp_path / "sheet.csv"
    sheet(data, found[ProbeStudy()], path, lambda _: "")
    with pytest.raises(ConfigError, match="no row is judged"):
        spotcheck.read(path, data.dataset)
    sheet(data, found[ProbeStudy()], path, lambda _: "perhaps")
    with pytest.raises(ConfigError, match="right or wrong"):
        spotcheck.read(path, data.dataset)
    sheet(data, found[ProbeStudy()], path, lambda _: "ok")
    text = path.read_text()
    path.write_text(text.replace("d" * 12, "e" * 12))
    with pytest.raises(ConfigError, match="other data"):
        spotcheck.read(path, data.dataset)
    with pytest.raises(ConfigError):
        spotcheck.read(tmp_path / "absent.csv", data.dataset)


@pytest.mark.parametrize(("top", "rest", "weight"), [((25, 50), (0, 50), 0.1), ((0, 50), (0, 50), 0.1), ((10, 20), (3, 80), 0.05), ((20, 20), (20, 20), 0.5), ((3, 10), (0, 0), 0.4)])
def test_intervals_hold_their_estimate(top, rest, weight):
    value, low, high = spotcheck.stratified(*top, *rest, weight)
    assert 0 <= low <= value <= high <= 1


def test_intervals_cover():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(40):
        a, b = rng.uniform(0.2, 0.8), rng.uniform(0, 0.1)
        _, low, high = spotcheck.stratified(int(rng.binomial(30, a)), 30, int(rng.binomial(30, b)), 30, 0.1)
        hits += low <= 0.1 * a + 0.9 * b <= high
    assert hits >= 36


def test_blocks_give_what_cleanlab_gives():
    from cleanlab.count import compute_confident_joint, estimate_joint

    rng = np.random.default_rng(0)
    code = rng.integers(0, 6, 900).astype(np.int64)
    p = rng.dirichlet(np.ones(6) * 0.3, 900).astype(np.float32)
    p[np.arange(900), code] += 0.6
    p /= p.sum(axis=1, keepdims=True)
    found = large.confident(lambda: ((np.arange(i, i + 300), p[i : i + 300].copy()) for i in (0, 300, 600)), code, 6)
    theirs, off = compute_confident_joint(code, p, return_indices_of_off_diagonals=True, calibrate=False)
    assert (found.joint == theirs).all()
    assert set(np.flatnonzero(found.off).tolist()) == set(off)
    ours = large.calibrated(found.joint, np.bincount(code))
    assert np.allclose(ours, estimate_joint(code, p, confident_joint=theirs), atol=2e-3)


def test_ones_own_probabilities_are_used(noisy, tmp_path):
    data, found, _ = noisy
    names = found[ProbeStudy()].scores.names
    truth = np.array([names.index(v) for v in data.frame["label"].to_list()])
    p = np.full((320, 4), 0.01, np.float32)
    p[np.arange(320), truth] = 0.97
    p[5] = [0.25] * 4
    np.save(tmp_path / "p.npy", p)
    data.settings = Settings(labels=LabelSettings(pred_probs=str(tmp_path / "p.npy")))
    probe = facts(data, DuplicateStudy(), LeakStudy(), ProbeStudy())[ProbeStudy()]
    data.settings = Settings()
    assert probe.kind == "given"
    assert probe.scores.row[probe.scores.quality.argmin()] == 5


def test_ones_own_probabilities_fit_a_sample_too(noisy, tmp_path):
    """More rows than are judged: the file has a row for every labelled training row, and the right ones are read."""
    data, found, _ = noisy
    names = found[ProbeStudy()].scores.names
    truth = np.array([names.index(v) for v in data.frame["label"].to_list()])
    p = np.full((320, 4), 0.01, np.float32)
    p[np.arange(320), truth] = 0.97
    np.save(tmp_path / "p.npy", p)
    data.settings = Settings(labels=LabelSettings(pred_probs=str(tmp_path / "p.npy"), max_rows=100))
    probe = facts(data, DuplicateStudy(), LeakStudy(), ProbeStudy())[ProbeStudy()]
    data.settings = Settings()
    assert probe.sampled
    assert probe.rows == 100
    assert probe.accuracy == 1.0
    assert probe.off_diagonal == 0.0


def test_ones_own_embeddings_are_learnt_from(noisy, tmp_path):
    """Embeddings that hold the label are learnt from, noise is not: they stand in the place of our features."""
    data, found, _ = noisy
    names = found[ProbeStudy()].scores.names
    truth = np.array([names.index(v) for v in data.frame["label"].to_list()])
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(320, 6)).astype(np.float32)
    skill = {}
    for name, x in (("told", np.eye(6, dtype=np.float32)[truth] * 3 + noise * 0.3), ("noise", noise)):
        np.save(tmp_path / f"{name}.npy", x)
        data.settings = Settings(labels=LabelSettings(embeddings=str(tmp_path / f"{name}.npy")))
        skill[name] = facts(data, DuplicateStudy(), LeakStudy(), ProbeStudy())[ProbeStudy()].cv_group.value
    data.settings = Settings()
    assert skill["told"] > 0.95
    assert skill["noise"] < 0.45


@pytest.mark.parametrize("content", [np.zeros((3, 4)), np.full((320, 4), np.nan), np.zeros(320), np.array([["a"]])])
def test_bad_probabilities_are_refused(noisy, tmp_path, content):
    data, _, _ = noisy
    np.save(tmp_path / "p.npy", content)
    data.settings = Settings(labels=LabelSettings(pred_probs=str(tmp_path / "p.npy")))
    with pytest.raises(ConfigError):
        facts(data, DuplicateStudy(), LeakStudy(), ProbeStudy())
    data.settings = Settings()


def test_pickles_are_never_loaded(tmp_path):
    np.save(tmp_path / "p.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(ConfigError):
        given.numbers(str(tmp_path / "p.npy"), "labels.pred_probs").take(np.arange(1))


def test_a_sheet_from_files_and_back(tmp_path):
    rows, labels = sentences(3, 30, own=0.6)
    folder = tmp_path / "data"
    folder.mkdir()
    pl.DataFrame({"text": ["=SUM(1)" + rows[0], *rows[1:]], "label": labels}).write_csv(folder / "train.csv")
    out = tmp_path / "sheet.csv"
    assert spotcheck.draw(folder, Settings(), 20, out) == 20
    with out.open(newline="") as stream:
        records = list(csv.DictReader(stream))
    given = pl.read_csv(folder / "train.csv")
    for record in records:
        assert record["content"].lstrip("'") == given["text"][int(record["row"])]
        assert record["label"] == given["label"][int(record["row"])]
        assert not record["content"].startswith("=")
        record["verdict"] = "right"
    records[0]["verdict"] = "wrong"
    with out.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, spotcheck.COLUMNS)
        writer.writeheader()
        writer.writerows(records)
    from auditor.sources.discover import discover

    value, low, high, n = spotcheck.read(out, discover(folder, Settings()).dataset)
    assert n == 20
    assert low <= value <= high
    assert 0 < value < 0.2
    for delimiter in ";\t":  # as spreadsheets save it where the comma is a decimal sign
        with out.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, spotcheck.COLUMNS, delimiter=delimiter)
            writer.writeheader()
            writer.writerows(records)
        assert spotcheck.read(out, discover(folder, Settings()).dataset) == (value, low, high, n)


def test_many_texts_are_judged_in_blocks(noisy, monkeypatch):
    from auditor.detectors import probe

    data, found, changed = noisy
    monkeypatch.setattr(probe, "FULL_ROWS", 100)
    rows = data.frame.height
    split = ["test" if i % 5 == 0 else "train" for i in range(rows)]
    again = texts(data.frame["text"].to_list(), data.frame["label"].to_list(), split=split)
    monkeypatch.setattr(large, "BLOCK", 64)
    blocks = facts(again, DuplicateStudy(), LeakStudy(), ProbeStudy())[ProbeStudy()]
    assert "hashed" in blocks.method
    assert blocks.cv_group.value > 0.7
    assert blocks.signal_p < 1e-6
    assert blocks.holdout_rows == 64
    assert blocks.curve is not None
    assert abs(blocks.off_diagonal - found[ProbeStudy()].off_diagonal) < 0.06
    train = [i for i in range(rows) if i % 5]
    wrong = {n for n, i in enumerate(train) if i in changed}
    worst = blocks.scores.row[np.argsort(blocks.scores.quality, kind="stable")][: len(wrong)]
    assert len(set(worst.tolist()) & wrong) >= 0.7 * len(wrong)
