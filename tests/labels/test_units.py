"""Laws and cases of the small parts."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from corpus import sentences, vocabulary
from hypothesis import given, settings
from hypothesis import strategies as st
from support import table, texts

from auditor.detectors import near_text
from auditor.detectors.annotators import agreement
from auditor.detectors.contamination import overlap
from auditor.detectors.conversations import exchange, flatten, preference, turns
from auditor.detectors.duplicates import find
from auditor.detectors.folds import assign, halves
from auditor.detectors.hashing import combine, normalised, number_hash, text_hash
from auditor.detectors.inputs import from_frame, load
from auditor.detectors.labels import class_name
from auditor.detectors.learning import fitted, power
from auditor.detectors.results import CurvePoint
from auditor.detectors.shingles import CHARS, char_shingles, word_shingles
from auditor.detectors.statistics import auc, balanced_accuracy, share
from auditor.detectors.tokens import token_quality
from auditor.model import Shape


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), ("a", "a"), ({"content": "a"}, "a"), ({"content": [{"type": "text", "text": "a"}, {"type": "text", "value": "b"}]}, "text\na\ntext\nb"), (["a", "b"], "a\nb"), (3, "3")],
)
def test_flatten(value, text):
    if isinstance(value, dict) and isinstance(value.get("content"), list):
        assert {"a", "b"} <= set(flatten(value).split("\n"))
    else:
        assert flatten(value) == text


@pytest.mark.parametrize(
    ("value", "prompt", "response"),
    [
        ([{"role": "system", "content": "s"}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], "q", "a"),
        ([{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}, {"from": "human", "value": "r"}, {"from": "gpt", "value": "b"}], "q\na\nr", "b"),
        ([{"role": "user", "content": "q"}], "q", ""),
        (None, "", ""),
        ("text", "text", ""),
        ([1, None, {"role": None, "content": None}], "", ""),
    ],
)
def test_exchange(value, prompt, response):
    assert exchange(value) == (prompt, response)


def test_preference_shapes():
    talk = [{"role": "user", "content": "q"}]
    good, bad = {"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}
    assert preference(talk, good, bad) == ("q", "a", "b")
    assert preference(None, [*talk, good], [*talk, bad]) == ("q", "a", "b")
    assert preference("q", "a", "b") == ("q", "a", "b")
    assert preference(None, "Human: q Assistant: a", "Human: q Assistant: b")[1:] == (" a", " b")
    assert turns({"role": "user", "content": "x"}) == [("user", "x")]


@pytest.mark.parametrize(("values", "name"), [((1, 1.0, "1", "1.0", " 1 "), "1"), ((True, "True", "TRUE"), "true"), (("a", " a "), "a"), ((None, "", "  ", float("nan")), None)])
def test_one_class_one_name(values, name):
    assert {class_name(v) for v in values} == {name}


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=30))
def test_numbers_hash_like_their_float32(values):
    x = np.array(values, dtype=np.float64)
    assert (number_hash(x) == number_hash(x.copy())).all()
    assert number_hash(np.array([0.0]))[0] == number_hash(np.array([-0.0]))[0]


def test_numbers_survive_formats():
    x = np.array([0.1, 1 / 3, 123456.7, 1e-9, -2.5])
    assert (number_hash(x) == number_hash(x.astype(np.float32).astype(np.float64))).all()
    assert len(np.unique(number_hash(np.array([1.0, 1.00001, 10.0, 0.1])))) == 4


def test_parts_combine_in_any_order():
    a, b = text_hash(["x", "y"]), text_hash(["p", "q"])
    assert (combine([a, b], ["a", "b"], 2) == combine([b, a], ["b", "a"], 2)).all()
    assert (combine([a, b], ["a", "b"], 2) != combine([a, b], ["b", "a"], 2)).all()


@pytest.mark.parametrize(("a", "b", "same"), [("Hello  World!", "hello world", True), ("ﬁne", "fine", True), ("a+b", "a-b", False), ("1.5", "15", False), ("x", "", False)])
def test_normalised(a, b, same):
    first, second = normalised(pl.Series([a, b])).to_list()
    assert (first == second) is same


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="ab c\ud800é", max_size=30), max_size=8))
def test_shingles_are_each_texts_own(rows):
    for make in (char_shingles, word_shingles, lambda t: word_shingles(t, 8)):
        grams, starts = make(rows)
        assert len(starts) == len(rows) + 1
        assert starts[-1] == len(grams)
        for i, row in enumerate(rows):
            assert set(grams[starts[i] : starts[i + 1]].tolist()) == set(make([row])[0].tolist())


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("where is my new card please", "where is my new card", True),
        ("how do i cancel a transfer", "how do i cancel a transfer today", True),
        ("where is my card", "what is the rate", False),
        ("the top up failed", "the transfer failed", False),
        ("我想知道我的卡在哪里呢谢谢你", "我想知道我的卡在哪里呢谢谢您", True),
    ],
)
def test_near(a, b, same):
    ids = near_text.cluster_texts([a, b])
    assert (ids[0] == ids[1]) is np.bool_(same)


def test_planted_copies_of_long_texts_are_found_and_strangers_are_not():
    rng = np.random.default_rng(0)
    words = vocabulary(rng, 3000)
    rows = [" ".join(rng.choice(words, 74)) for _ in range(300)]
    copies = []
    for row in rows:
        line = row.split()
        for i in rng.choice(74, 3, replace=False):
            line[i] = str(rng.choice(words))
        copies.append(" ".join(line))
    ids = near_text.cluster_texts(rows + copies)
    assert (ids[:300] == ids[300:]).all()
    assert len(np.unique(ids)) == 300


@pytest.mark.parametrize("by_chars", [True, False])
@given(st.lists(st.text("ab cde", max_size=60), min_size=2, max_size=12))
def test_a_sketch_never_rules_out_what_is_alike(by_chars, rows):
    """The bound holds: a pair whose exact similarity reaches the limit is always compared."""
    rows = [" ".join(r.split()) for r in rows]
    make = char_shingles if by_chars else word_shingles
    _, sketches, sizes = near_text.band_keys(rows, near_text.maker(CHARS if by_chars else 2, by_chars=by_chars))
    sets = [set(make([r])[0].tolist()) for r in rows]
    pairs = np.array([(i, j) for i in range(len(rows)) for j in range(i)])
    words = np.zeros(len(rows), np.int32)
    for limit in (0.5, 0.65, 0.75, 0.9):
        possible = near_text._possible(pairs, sketches, sizes, words, limit, by_chars=by_chars)
        for (i, j), kept in zip(pairs.tolist(), possible.tolist(), strict=True):
            whole = len(sets[i] | sets[j])
            assert kept or (whole and len(sets[i] & sets[j]) / whole < limit) or not whole


def test_many_copies_of_one_text_are_one_cluster():
    assert len(np.unique(near_text.cluster_texts([f"please tell me where my new card is {i % 3}" for i in range(2000)]))) == 1


def test_jittered_copies_of_rows_are_found():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 8))
    copies = x[rng.integers(0, 200, 400)] + rng.normal(0, 0.01, (400, 8))
    names = [f"f{j}" for j in range(8)]
    both = np.concatenate([x, copies])
    rows = table({n: both[:, j] for j, n in enumerate(names)}, {"feature": names}, Shape.TABLE)
    assert find(load(rows)).n_eff <= 210
    alone = table({n: x[:, j] for j, n in enumerate(names)}, {"feature": names}, Shape.TABLE)
    assert find(load(alone)).n_eff == 200


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 12)), min_size=5, max_size=80), st.integers(2, 5))
def test_folds_keep_units_together(rows, folds):
    code, group = (np.array(c, dtype=np.int64) for c in zip(*rows, strict=True))
    fold = assign(code, group, folds)
    assert ((fold >= 0) & (fold < folds)).all()
    assert all(len(set(fold[group == g])) == 1 for g in set(group.tolist()))
    part = halves(np.arange(len(code)), group, 0.5, 1)
    assert all((np.isin(np.flatnonzero(group == g), part)).mean() in (0, 1) for g in set(group.tolist()))


def test_folds_are_stratified():
    code = np.repeat([0, 1, 2], [50, 10, 5]).astype(np.int64)
    fold = assign(code, None, 5)
    assert all(np.bincount(fold[code == c], minlength=5).tolist() == [n] * 5 for c, n in ((0, 10), (1, 2), (2, 1)))


@given(st.integers(0, 50), st.integers(0, 50))
def test_shares_are_inside_their_interval(hits, misses):
    found = share(hits, hits + misses)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_auc_and_balanced_accuracy():
    assert auc(np.array([2.0, 3.0]), np.array([0.0, 1.0])).value == 1
    assert auc(np.ones(5), np.ones(5)).value == 0.5
    truth = np.array([0] * 90 + [1] * 10)
    assert balanced_accuracy(truth, truth == 0).value == 0.5


def test_power_law_is_recovered():
    sizes = np.array([50, 100, 200, 400, 800, 1600.0])
    errors = 2 * sizes**-0.5 + 0.05
    a, b, c = power(sizes, errors)
    assert abs(a * 3200**-b + c - (2 * 3200**-0.5 + 0.05)) < 0.003
    points = tuple(CurvePoint(int(n), 1 - e, 1, 0.0) for n, e in zip(sizes, errors, strict=True))
    curve = fitted(points, 1000, 1600, 0.91)
    assert curve.reachable is True
    assert 1600 < (curve.rows_for_target or 0) < 6400
    assert fitted(points, 1000, 1600, 0.99).reachable is False


def test_rows_may_come_in_any_order():
    rows, labels = sentences(3, 20)
    first = texts(rows, labels)
    order = np.random.default_rng(3).permutation(len(rows))
    second = texts([rows[i] for i in order], [labels[i] for i in order])
    a, b = load(first), load(second)
    assert a.text == b.text
    assert (a.key == b.key).all()
    assert (a.labels.code == b.labels.code).all()


def test_types_do_not_matter():
    x = list(range(40))
    roles = {"feature": ["x"], "label": ["y"]}
    kinds = [table({"x": v, "y": y}, roles) for v, y in ((x, [i % 2 for i in x]), ([float(i) for i in x], [str(i % 2) for i in x]), ([str(i) for i in x], [float(i % 2) for i in x]))]
    keys = [load(k).key.tolist() for k in kinds]
    assert keys[0] == keys[1] == keys[2]
    assert {load(k).labels.names for k in kinds} == {("0", "1")}


@pytest.mark.parametrize("rows", [[], [None], ["", ""], ["x"] * 3])
def test_hardly_any_rows_are_no_crash(rows):
    from support import facts

    known = facts(texts(rows, ["a"] * len(rows)))
    assert known


def test_wrong_types_are_no_crash():
    from support import facts

    facts(table({"text": [1, 2.5, None] * 20, "label": [[1], [2, 3], None] * 20}, {"text": ["text"], "label": ["label"]}))
    facts(table({"messages": [None, [], [{"role": "user", "content": None}]] * 20}, {"messages": ["messages"]}, Shape.CHAT))


def test_contamination_finds_rows_and_not_strangers():
    rng = np.random.default_rng(0)
    words = vocabulary(rng, 2000)
    train = [" ".join(rng.choice(words, 40)) for _ in range(50)]
    inside = [" ".join(t.split()[10:30]) for t in train[:5]]
    outside = [" ".join(rng.choice(words, 20)) for _ in range(20)]
    rows = table({"text": train}, {"text": ["text"]}, Shape.PLAIN_TEXT)
    found = overlap(from_frame(rows.frame, rows.dataset), "eval.jsonl", inside + outside)
    assert (found.rows, found.matched) == (25, 5)
    assert set(found.train.row[:5].tolist()) == set(range(5))


def test_agreement():
    same = np.array([[0, 0], [1, 1], [0, 0], [1, 1]], dtype=np.int32)
    assert agreement(same) == (1.0, 1.0)
    share_agreed, alpha = agreement(np.array([[0, 1], [1, 0], [0, 0], [1, 1]], dtype=np.int32))
    assert share_agreed == 0.5
    assert alpha is not None
    assert abs(alpha) < 0.2
    assert agreement(np.array([[0, -1]], dtype=np.int32)) == (None, None)


def test_a_doubted_token_has_the_lowest_quality():
    p = np.tile(np.array([[0.9, 0.05, 0.05]], np.float32), (20, 1))
    code = np.zeros(20, np.int64)
    p = np.concatenate([p, *(np.tile(np.array([row], np.float32), (5, 1)) for row in ([0.1, 0.8, 0.1], [0.1, 0.1, 0.8]))])
    code = np.concatenate([code, np.full(5, 1), np.full(5, 2)])
    code[7] = 2
    quality, suggested = token_quality(code, p)
    assert quality.argmin() == 7
    assert suggested[7] == 0


def test_parts_are_read_as_gemini_writes_them():
    talk = [{"role": "user", "parts": [{"text": "what is it"}, {"inlineData": {"mimeType": "image/png", "data": "aGVsbG8="}}]}, {"role": "model", "parts": [{"text": "a cat"}]}]
    assert exchange(talk) == ("what is it", "a cat")
    call = {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"city": "Graz"}}}]}
    assert turns([call]) == [("model", "weather\nGraz")]
    assert turns([{"role": "user", "parts": [{"inlineData": {"data": "aGVsbG8="}}]}]) == [("user", "")]  # no text
    assert turns([{"role": "user", "parts": "plain"}, {"role": "user", "parts": None}, {"role": "user", "parts": [3, None]}]) == [("user", "plain"), ("user", ""), ("user", "")]
    assert turns([{"role": "user", "content": "said", "parts": [{"text": "not this"}]}]) == [("user", "said")]
