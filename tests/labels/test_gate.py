"""What must stop a data set, and what must not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from corpus import COMMON, SYLLABLES, dialogues, flipped, sentences
from support import facts, judged, table, tabular, texts

from auditor.checks.labels import LabelNoise
from auditor.checks.learnability import Learnable
from auditor.detectors.results import Interval, ProbeFacts
from auditor.detectors.studies import DuplicateStudy, LeakStudy, PairStudy, ProbeStudy
from auditor.model import Role, RoleChoice, Severity, Shape, Status
from auditor.scan.request import Facts
from auditor.settings import Settings, UseCase

VETO = (Status.FAIL, Severity.BLOCKER)


def kind(findings, code):
    return {(f.status, f.severity) for f in findings if f.code == code}


@pytest.fixture(scope="module")
def clean():
    rows, labels = sentences(5, 60)
    split = ["test" if i % 5 == 0 else "train" for i in range(len(rows))]
    return judged(texts(rows, labels, split=split, classes=sorted(set(labels))))


def test_a_clean_set_has_no_veto(clean):
    assert not [f for f in clean if f.severity is Severity.BLOCKER and f.status is not Status.PASS]


def test_a_clean_set_passes_what_was_measured(clean):
    for code in ("LBL001", "LBL003", "LRN001", "LRN002", "LEK001", "BAL002", "BAL003", "DUP001"):
        assert kind(clean, code) == {(Status.PASS, Severity.INFO)}, code


def test_shuffled_labels_fail():
    rows, labels = sentences(4, 60)
    mixed = list(np.random.default_rng(1).permutation(labels))
    assert kind(judged(texts(rows, mixed)), "LRN001") == {VETO}


def test_shuffled_labels_of_few_rows_are_unknown():
    rows, labels = sentences(2, 30)
    mixed = list(np.random.default_rng(1).permutation(labels))
    assert kind(judged(texts(rows, mixed)), "LRN001") == {(Status.UNKNOWN, Severity.BLOCKER)}


def test_twenty_rows_fail():
    rows, labels = sentences(2, 10)
    assert kind(judged(texts(rows, labels)), "LRN002") == {VETO}


def test_one_class_fails():
    rows, _ = sentences(2, 40)
    found = judged(texts(rows, ["a"] * len(rows)))
    assert kind(found, "BAL001") == {VETO}
    assert kind(found, "LRN001") == {(Status.UNKNOWN, Severity.BLOCKER)}


@pytest.mark.parametrize(("labels", "expected"), [("none", {VETO}), ("few", {(Status.WARN, Severity.MAJOR)}), ("all", {(Status.PASS, Severity.INFO)})])
def test_labels_present(labels, expected):
    rows, given = sentences(3, 40)
    keep = {"none": 0.0, "few": 0.3, "all": 1.0}[labels]
    some = [g if i < keep * len(given) else None for i, g in enumerate(given)]
    assert kind(judged(texts(rows, some)), "LBL001") == expected


def test_no_label_column_is_unknown():
    rows = table({"a": list(range(60))}, {"feature": ["a"]}, Shape.TABLE)
    assert kind(judged(rows), "LBL001") == {(Status.UNKNOWN, Severity.BLOCKER)}


def test_missing_declared_class_fails():
    rows, labels = sentences(3, 40)
    found = judged(texts(rows, labels, classes=["class_0", "class_1", "class_2", "class_3"]))
    assert kind(found, "BAL002") == {VETO}


def test_undeclared_classes_are_a_condition():
    rows, labels = sentences(3, 40)
    assert kind(judged(texts(rows, labels)), "BAL002") == {(Status.UNKNOWN, Severity.MAJOR)}
    assert (Status.WARN, Severity.MAJOR) in kind(judged(texts(rows, labels, classes=["class_0", "class_1"])), "BAL002")


@pytest.mark.parametrize(
    ("held", "declared", "expected", "told"),
    [
        ("class_2", [], (Status.PASS, Severity.INFO), "the smallest class, 'class_"),
        ("new", [], (Status.WARN, Severity.MAJOR), "1 of 4 classes have fewer than 10 effective rows: 'new'; 1 of them is in the hold-out or validation rows and in no training row: 'new'"),
        ("class_2", ["class_0", "class_1", "class_2", "new"], (Status.PASS, Severity.INFO), "the smallest class, 'class_"),  # BAL002 tells it
        ("new", ["class_0", "class_1", "class_2", "new"], (Status.PASS, Severity.INFO), "the smallest class, 'class_"),
    ],
)
def test_a_class_without_training_rows_is_not_the_smallest_that_passes(held, declared, expected, told):
    rows, labels = sentences(3, 60)
    split = ["test" if i % 5 == 0 else "train" for i in range(len(rows))]
    labels = [held if s == "test" and g == "class_2" else g for s, g in zip(split, labels, strict=True)]
    found = [f for f in judged(texts(rows, labels, split=split, classes=declared)) if f.code in ("BAL002", "BAL003")]
    assert [(f.status, f.severity) for f in found if f.code == "BAL003"] == [expected]
    message = next(f.message for f in found if f.code == "BAL003")
    assert told in message
    assert ", has 0 effective rows" not in message
    if not declared:
        assert next(f.message for f in found if f.code == "BAL002").startswith(f"{3 + (held == 'new')} classes occur")


@pytest.mark.parametrize(("share", "expected"), [(0.0, Status.PASS), (0.06, Status.FAIL), (0.5, Status.FAIL)])
def test_leak(share, expected):
    rows, labels = sentences(4, 100)
    split = ["test" if i % 5 == 0 else "train" for i in range(len(rows))]
    held = [i for i, s in enumerate(split) if s == "test"]
    train = [i for i, s in enumerate(split) if s == "train"]
    for j in range(int(share * len(held))):
        rows[held[j]] = rows[train[j]].upper() + "!"
        labels[held[j]] = labels[train[j]]
    found = texts(rows, labels, split=split)
    known = facts(found)
    status = {f.status for f in judged(found, "LEK001", found=known)}
    assert status == {expected}
    assert known[LeakStudy()].of("test").leaked >= int(share * len(held))


@pytest.mark.parametrize(("limit", "told"), [(0.1, "above 10%"), (0.125, "above 12.5%"), (0.005, "above 0.5%")])
def test_the_limit_is_told_as_it_is_set(limit, told):
    found = LabelNoise()._spotchecked(Settings(policy={"label_noise": limit}), 0.3, 0.2, 0.4, 100)
    assert found.message.endswith(told)


def test_the_limit_is_stricter_at_high_risk():
    rows, labels = sentences(4, 300, words=14)
    split = ["test" if i % 5 == 0 else "train" for i in range(len(rows))]
    held, train = split.index("test"), split.index("train")
    rows[held], labels[held] = rows[train], labels[train]
    low = texts(rows, labels, split=split)
    high = texts(rows, labels, split=split, settings=Settings(use_case=UseCase(risk_tier="high")))
    known = facts(low, DuplicateStudy(), LeakStudy())
    assert {f.status for f in judged(low, "LEK001", found=known)} == {Status.PASS}
    assert {f.status for f in judged(high, "LEK001", found=known)} == {Status.FAIL}


def test_entities_on_both_sides_are_leaked():
    rows, labels = sentences(3, 60)
    split = ["test" if i % 5 == 0 else "train" for i in range(len(rows))]
    people = [f"p{i // 2}" for i in range(len(rows))]
    data = table({"text": rows, "label": labels, "who": people}, {"text": ["text"], "label": ["label"], "group": ["who"]}, split=split)
    found = facts(data, DuplicateStudy(), LeakStudy())
    assert found[LeakStudy()].of("test").group > 0
    assert kind(judged(data, "LEK001", found=found), "LEK001") == {VETO}


def test_colliding_tables_are_a_condition():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 3, (600, 3)).astype(float)
    split = ["test" if i % 5 == 0 else "train" for i in range(600)]
    data = tabular(x, [str(int(v)) for v in (x.sum(axis=1) > 3)], split=split)
    assert kind(judged(data, "LEK001", found=facts(data, DuplicateStudy(), LeakStudy())), "LEK001") == {(Status.WARN, Severity.MAJOR)}


def coarse(width: int, n: int = 600, levels: int = 40, seed: int = 0):
    """A table of few distinct rows and its split; what is in the columns hangs together, so that independence would not explain repeats."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, levels, n)
    x = np.stack([(kinds * (j + 3) // 2 + rng.integers(0, 3, n)) % 60 for j in range(width)], axis=1).astype(float)
    return x, np.array(["test" if i % 5 == 0 else "train" for i in range(n)]), kinds


@pytest.mark.parametrize(("leaked", "expected"), [(0.0, (Status.WARN, Severity.MAJOR)), (0.6, VETO)])
def test_leaks_beyond_what_a_coarse_table_repeats_by_chance_are_a_veto(leaked, expected):
    x, split, kinds = coarse(3)
    held, train = np.flatnonzero(split == "test"), np.flatnonzero(split == "train")
    copied = held[: int(leaked * len(held))]
    x[copied], kinds[copied] = x[train[: len(copied)]], kinds[train[: len(copied)]]
    data = tabular(x, [str(k % 3) for k in kinds], split=split.tolist())
    found = facts(data, DuplicateStudy(), LeakStudy())
    assert kind(judged(data, "LEK001", found=found), "LEK001") == {expected}
    assert found[LeakStudy()].of("test").share.low < leaked + 0.01


def test_copies_within_training_do_not_make_chance_collisions_a_leak():
    x, split, kinds = coarse(3)
    extra = np.concatenate([np.flatnonzero(split == "train")] * 3)
    x, split, kinds = np.concatenate([x, x[extra]]), np.concatenate([split, split[extra]]), np.concatenate([kinds, kinds[extra]])
    data = tabular(x, [str(k % 3) for k in kinds], split=split.tolist())
    assert kind(judged(data, "LEK001", found=facts(data, DuplicateStudy(), LeakStudy())), "LEK001") == {(Status.WARN, Severity.MAJOR)}


@pytest.mark.parametrize("copies", ["hold-out from train", "all before the split"])
@pytest.mark.parametrize("columns", [1, 2])
def test_copies_in_a_table_of_one_or_two_measurements_are_a_veto(columns, copies):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, columns))
    split = np.array(["test" if i % 5 == 0 else "train" for i in range(500)])
    held, train = np.flatnonzero(split == "test"), np.flatnonzero(split == "train")
    if copies == "hold-out from train":
        x[held[:20]] = x[train[:20]]
    else:
        x[250:] = rng.permutation(x[:250])
    data = tabular(x, [str(int(v)) for v in (x[:, 0] > 0)], split=split.tolist())
    assert kind(judged(data, "LEK001", found=facts(data, DuplicateStudy(), LeakStudy())), "LEK001") == {VETO}


def test_copies_in_a_table_of_measurements_are_a_veto():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 6))
    y = np.array([str(int(v)) for v in (x[:, 0] > 0)])
    split = np.array(["test" if i % 5 == 0 else "train" for i in range(500)])
    held, train = np.flatnonzero(split == "test"), np.flatnonzero(split == "train")
    x[held[:20]], y[held[:20]] = x[train[:20]], y[train[:20]]
    data = tabular(x, y.tolist(), split=split.tolist())
    assert kind(judged(data, "LEK001", found=facts(data, DuplicateStudy(), LeakStudy())), "LEK001") == {VETO}


def test_conflicts_fail_above_the_limit():
    rows, labels = sentences(3, 60)
    other = {"class_0": "class_1", "class_1": "class_2", "class_2": "class_0"}
    more = rows + [r.upper() for r in rows[:80]]
    assert kind(judged(texts(more, labels + [other[v] for v in labels[:80]])), "LBL003") == {VETO}
    assert kind(judged(texts(more, labels + labels[:80])), "LBL003") == {(Status.PASS, Severity.INFO)}


def test_a_column_that_is_the_label():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 3))
    y = (x[:, 0] + rng.normal(size=300) > 0).astype(int)
    told = np.column_stack([x, y * 7.0 + 1])
    for matrix, expected in ((told, {"f3"}), (x, set())):
        data = tabular(matrix, y.tolist())
        assert {f.subject for f in judged(data, "LEK002", found=facts(data, DuplicateStudy(), LeakStudy()))} == expected


def test_few_rows_blown_up_by_near_copies_fail():
    rows, labels = sentences(5, 10, words=12)
    rng = np.random.default_rng(0)
    pick = rng.integers(0, len(rows), 1000)
    blown = [rows[i] + str(rng.choice([" please", " thanks", ""])) for i in pick]
    found = texts(rows + blown, labels + [labels[i] for i in pick])
    known = facts(found)
    assert known[DuplicateStudy()].n_eff <= 55
    assert kind(judged(found, "DUP002", found=known), "DUP002") == {VETO}
    assert known[ProbeStudy()].cv_naive.value > known[ProbeStudy()].cv_group.value


def test_random_noise_is_estimated_and_never_a_veto():
    rows, labels = sentences(5, 100, own=0.6)
    noisy, changed = flipped(labels, 0.1)
    data = texts(rows, noisy)
    found = facts(data)
    probe = found[ProbeStudy()]
    assert probe.off_diagonal - 0.03 <= 0.1 <= probe.joint + 0.03
    assert Status.FAIL not in {f.status for f in judged(data, "LBL002", found=found)}
    worst = probe.scores.row[np.argsort(probe.scores.quality)][: len(changed)]
    assert len(changed & set(worst.tolist())) >= 0.9 * len(changed)


@pytest.mark.parametrize(("share", "status"), [(0.0, Status.PASS), (0.4, Status.FAIL), (1.0, Status.FAIL)])
def test_pairs(share, status):
    prompts, responses = dialogues(300)
    rng = np.random.default_rng(0)
    moved = rng.permutation(300)[: int(share * 300)]
    mixed = list(responses)
    for a, b in zip(moved, np.roll(moved, 1), strict=True):
        mixed[a] = responses[b]
    data = table({"prompt": prompts, "response": mixed}, {"prompt": ["prompt"], "response": ["response"]}, Shape.PROMPT_COMPLETION)
    found = facts(data, PairStudy())
    assert {f.status for f in judged(data, "LRN004", found=found)} == {status}
    if share == 0.4:
        named = set(found[PairStudy()].suspects.row.tolist())
        assert len(named & set(moved.tolist())) >= 0.6 * len(moved)


def paired(prompts, responses, share=0.0):
    """Rows of pairs with a share of the responses moved on, and which rows."""
    moved = np.random.default_rng(0).permutation(len(prompts))[: int(share * len(prompts))]
    mixed = list(responses)
    for a, b in zip(moved, np.roll(moved, 1), strict=True):
        mixed[a] = responses[b]
    return table({"prompt": prompts, "response": mixed}, {"prompt": ["prompt"], "response": ["response"]}, Shape.PROMPT_COMPLETION), set(moved.tolist())


@pytest.mark.parametrize(("share", "status"), [(0.0, Status.PASS), (0.3, Status.FAIL), (1.0, Status.FAIL)])
def test_pairs_without_a_word_in_common(share, status):
    """A translation: the words of the other language stand for the prompt's, and share no letters with them."""
    prompts, _ = sentences(20, 30, own=0.6)
    rng = np.random.default_rng(3)
    other = {w: "".join(chr(0x4E00 + int(c)) for c in rng.integers(0, 3000, 2)) for w in sorted({w for p in prompts for w in p.split()})}

    def translated(text):
        return " ".join(other[w] for w in text.split())

    data, moved = paired(prompts, [translated(p) for p in prompts], share)
    found = facts(data, PairStudy())
    assert {f.status for f in judged(data, "LRN004", found=found)} == {status}
    if share == 0.3:
        assert abs(found[PairStudy()].mismatched - 0.3) < 0.1
        named = set(found[PairStudy()].suspects.row.tolist())
        assert len(named & moved) >= 0.8 * len(moved)


@pytest.mark.parametrize(("n", "share", "wanted"), [(800, 0.0, {Status.WARN}), (800, 1.0, {Status.FAIL})])
def test_pairs_of_one_subject_only_are_not_failed(n, share, wanted):
    """Responses that have no more than a broad subject in common with their prompts: nothing says that any of them is foreign."""
    rng = np.random.default_rng(2)
    subjects = [["".join(rng.choice(SYLLABLES, 3)) for _ in range(60)] for _ in range(4)]

    def said(k):
        return " ".join(str(rng.choice(subjects[k])) if rng.random() < 0.35 else str(rng.choice(COMMON)) for _ in range(9))

    kinds = rng.integers(0, 4, n)
    data, _ = paired([said(k) for k in kinds], [said(k) for k in kinds], share)
    assert {f.status for f in judged(data, "LRN004", found=facts(data, PairStudy()))} <= wanted


def test_the_order_of_rows_changes_nothing():
    rows, labels = sentences(4, 50)
    noisy, _ = flipped(labels, 0.1)
    order = np.random.default_rng(5).permutation(len(rows))
    studies = (DuplicateStudy(), LeakStudy(), ProbeStudy())
    first = facts(texts(rows, noisy), *studies)[ProbeStudy()]
    second = facts(texts([rows[i] for i in order], [noisy[i] for i in order]), *studies)[ProbeStudy()]
    assert first.cv_group == second.cv_group
    assert first.cv_half == second.cv_half
    assert (first.off_diagonal, first.joint, first.pairs) == (second.off_diagonal, second.joint, second.pairs)
    assert sorted(first.scores.row.tolist()) == sorted(second.scores.row.tolist())
    quality = dict(zip(first.scores.row.tolist(), first.scores.quality.tolist(), strict=True))
    assert all(quality[int(order[r])] == q for r, q in zip(second.scores.row.tolist(), second.scores.quality.tolist(), strict=True))


def test_near_identical_responses_are_not_called_bad():
    prompts, _ = dialogues(100)
    data = table({"prompt": prompts, "response": ["I am a bot.", "I am a robot."] * 50}, {"prompt": ["prompt"], "response": ["response"]}, Shape.PROMPT_COMPLETION)
    assert kind(judged(data, "LRN004", found=facts(data, PairStudy())), "LRN004") == {(Status.UNKNOWN, Severity.MAJOR)}


@pytest.mark.parametrize(
    ("low", "n", "p", "status"),
    [(0.22, 100, 0.0014, Status.UNKNOWN), (0.15, 100, 0.0014, Status.FAIL), (0.15, 60, 0.0014, Status.UNKNOWN), (0.22, 100, 0.0005, Status.PASS)],
)
def test_a_probe_that_lies_above_shuffled_labels_does_not_say_that_nothing_can_be_learnt(low, n, p, status):
    probe = ProbeFacts("tokens", n, False, 12, (), measured=True, cv_group=Interval(0.42, low, 0.63, n), shuffled=Interval(0.08, 0.0, 0.17, 400), signal_p=p, chance=1 / 12)
    found = Facts()
    found.put(ProbeStudy(), probe)
    rows, labels = sentences(3, 40)
    assert {f.status for f in judged(texts(rows, labels), "LRN001", found=found)} == {status}


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("closed_on", ["2024-01-02 {i}", ""], True),  # every one its own: no value tells anything, but that there is one does
        ("account_manager", ["Ann Lee {i}", ""], True),
        ("amount", ["{i}", ""], True),
        ("opened_on", ["2024-01-02 {i}", "2024-01-03 {i}"], False),
    ],
)
def test_a_column_that_is_filled_for_one_class_only(name: str, values: list[str], told: bool):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    cells = [values[1 - v].format(i=i) for i, v in enumerate(y)]
    data = table({"x": rng.normal(size=300), name: cells, "label": [f"c{v}" for v in y]}, {"feature": ["x", name], "label": ["label"]})
    found = judged(data, "LEK002", found=facts(data, DuplicateStudy(), LeakStudy()))
    assert [(f.subject, f.severity) for f in found if f.status is Status.WARN] == ([(name, Severity.MAJOR)] * len(found) if told else [])
    assert any("whether it is filled" in f.message for f in found) == told


@pytest.mark.parametrize(("rows", "answers", "expected"), [(60, 1, VETO), (60, 3, (Status.UNKNOWN, Severity.MAJOR)), (30, 1, (Status.UNKNOWN, Severity.MAJOR))])
def test_one_response_to_all_prompts_is_a_veto(rows, answers, expected):
    asked, _ = sentences(3, 20)
    said = [f"Thank you, we look into it {i % answers}." for i in range(rows)]
    data = table({"prompt": asked[:rows], "response": said}, {"prompt": ["prompt"], "response": ["response"]}, Shape.PROMPT_COMPLETION)
    assert kind(judged(data, "LRN004", found=facts(data, PairStudy())), "LRN004") == {expected}


def leaks(data):
    return {(f.subject, f.severity) for f in judged(data, "LEK002", found=facts(data, DuplicateStudy(), LeakStudy())) if f.status is Status.WARN}


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (lambda y, r: round(r.gamma(2, 20), 2) if y else 0.0, Severity.MAJOR),  # paid back where the class is 1, each time another sum
        (lambda y, r: round(r.normal(80 if y else 30, 4), 1), Severity.MAJOR),
        (lambda y, r: round(r.normal(60 if y else 30, 12), 1), None),
        (lambda y, r: round(r.gamma(2, 20), 2) if r.random() < 0.3 else 0.0, None),
    ],
)
def test_a_number_of_many_values_that_tells_the_label(cell, told):
    rng = np.random.default_rng(0)
    y = (rng.random(2000) < 0.15).astype(int)
    data = tabular(np.column_stack([rng.normal(size=2000), [cell(v, rng) for v in y]]), [f"c{v}" for v in y])
    assert leaks(data) == ({("f1", told)} if told else set())


@pytest.mark.parametrize(("role", "filled", "told"), [("time", True, True), ("time", False, False), ("group", True, True), (None, True, True)])
def test_a_column_that_is_not_learnt_from_and_is_filled_for_one_class_only(role, filled, told):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    cells = [f"2024-01-{1 + i % 28:02}" if v or (not filled and i % 3) else "" for i, v in enumerate(y)]
    roles = {"feature": ["x"], "label": ["label"], **({role: ["closed"]} if role else {})}
    assert leaks(table({"x": rng.normal(size=300), "closed": cells, "label": [f"c{v}" for v in y]}, roles)) == ({("closed", Severity.MAJOR)} if told else set())


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda y, x, r: {"gross": y * 1.19 + 7}, {"gross"}),
        (lambda y, x, r: {"log": np.log(y)}, {"log"}),
        (lambda y, x, r: {"members": y * x, "guests": y * (1 - x)}, {"members", "guests"}),
        (lambda y, x, r: {"members": y * x, "guests": y * (1 - x) + r.normal(size=len(y)) * 30}, set()),
        (lambda y, x, r: {"near": y + r.normal(size=len(y)) * 60}, set()),
    ],
)
def test_numbers_that_are_the_label_in_another_unit_or_in_parts(make, told):
    rng = np.random.default_rng(0)
    y, x = rng.gamma(3, 100, 600) + 10, rng.uniform(0.2, 0.8, 600)
    columns = {"x": rng.normal(size=600), **make(y, x, rng)}
    data = table({**columns, "label": y}, {"feature": list(columns), "label": ["label"]}, Shape.REGRESSION)
    assert leaks(data) == {(name, Severity.MAJOR) for name in told}


def test_a_formula_of_all_columns_is_no_sum():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 5))
    data = table({**{f"f{j}": x[:, j] for j in range(5)}, "label": x @ [3.1, -2.2, 40.0, 0.7, 12.4]}, {"feature": [f"f{j}" for j in range(5)], "label": ["label"]}, Shape.REGRESSION)
    assert leaks(data) == set()


@pytest.mark.parametrize(
    ("write", "told"),
    [
        (lambda text, label, i: text, None),
        (lambda text, label, i: f"Category: {label}\n{text}", Severity.MAJOR),
        (lambda text, label, i: f"[{label.title().replace('_', ' ')}] {text}", Severity.MAJOR),
        (lambda text, label, i: f"{text}\n--\nsent by way {hash_of(label)}", Severity.MAJOR),
        (lambda text, label, i: f"{text} (queue {hash_of(label)})", Severity.MAJOR),
        (lambda text, label, i: f"Category: {label}\n{text}" if i % 2 else text, Severity.MINOR),
        (lambda text, label, i: f"one of class_0, class_1, class_2 or class_3: {text}", None),
        (lambda text, label, i: f"{text}\n--\nsent by way {i % 4}", None),
        (lambda text, label, i: f"Category: class_{i % 4}\n{text}", None),
        (lambda text, label, i: f"class_0 {text}" if label == "class_0" else text, None),
    ],
)
def test_texts_that_give_the_label_away(write, told):
    rows, labels = sentences(4, 60)
    data = texts([write(t, v, i // 60 + i) for i, (t, v) in enumerate(zip(rows, labels, strict=True))], labels)
    assert leaks(data) == ({("text", told)} if told else set())


def hash_of(label):
    return 100 + sum(map(ord, label)) % 50


@pytest.mark.parametrize("declared", [True, False])
def test_a_label_that_nobody_named_is_asked_about_where_nothing_can_be_learnt(declared: bool):
    rows, labels = sentences(4, 60)
    data = texts(rows, list(np.random.default_rng(1).permutation(labels)))
    data.dataset = replace(data.dataset, roles=tuple(replace(c, declared=declared, reason="named like a label") for c in data.dataset.roles))
    (found,) = judged(data, "LRN001")
    assert "was taken" not in found.fix  # there is no other column
    data.dataset = replace(data.dataset, roles=(*data.dataset.roles, RoleChoice(Role.FEATURE, ("other",), "")))
    (found,) = Learnable().judge(data.dataset, facts(data, DuplicateStudy(), ProbeStudy()), Settings())
    assert ("'label' was taken for the label (named like a label)" in found.fix) != declared


@pytest.mark.parametrize(
    ("names", "spelt"),
    [
        (("Broken item", "broken item", "late"), "Broken item / broken item"),
        (("broken_item", "broken-item", "late"), "broken-item / broken_item"),
        (("broken", "brokers", "late"), ""),
        (("mm", "MM", "km"), ""),
        (("1 0", "10", "20"), ""),
    ],
)
def test_one_class_in_several_spellings(names: tuple[str, ...], spelt: str):
    rows, _ = sentences(3, 40)
    data = texts(rows, [names[i % 3] for i in range(len(rows))])
    found = [f for f in judged(data, "LBL003", found=facts(data, DuplicateStudy())) if "capitals" in f.message]
    assert [(f.subject, f.severity) for f in found] == ([(spelt, Severity.MAJOR)] if spelt else [])
