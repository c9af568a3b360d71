"""Vectors of texts from a model on this machine: what they add, what is refused, and that reports and the cache know of them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as over
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score
from support import facts, judged, table, tabular, texts

from auditor.checks import labels as label_checks
from auditor.detectors import vectors, vectors_onnx
from auditor.detectors.studies import DuplicateStudy, LeakStudy, ProbeStudy
from auditor.errors import ConfigError, MissingExtra
from auditor.model import Shape
from auditor.scan.recall import digests
from auditor.settings import LabelSettings, Settings
from auditor.settings_file import load

STUDIES = (DuplicateStudy(), LeakStudy(), ProbeStudy())
TOPICS = 4
WORDS = 1500
WIDTH = 24


def vocabulary(seed=0):
    """Words without anything in common, most of them in one row only."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    return [["".join(rng.choice(letters, 7)) for _ in range(WORDS)] for _ in range(TOPICS)]


def table_of(words, seed=1):
    """Vectors that lie about the middle of their topic."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(TOPICS, WIDTH))
    return {w: (centres[t] + rng.normal(size=WIDTH) * 0.7).astype(np.float32) for t, own in enumerate(words) for w in own}


def noisy(n=320, noise=0.12, seed=2, **more):
    """Rows of four words of their topic, some labels wrong; and which."""
    rng = np.random.default_rng(seed)
    words = vocabulary()
    truth = rng.integers(0, TOPICS, n)
    wrong = rng.random(n) < noise
    label = np.where(wrong, (truth + rng.integers(1, TOPICS, n)) % TOPICS, truth)
    rows = [" ".join(rng.choice(words[t], 4, replace=False)) for t in truth]
    return texts(rows, [f"topic {c}" for c in label], **more), wrong


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A spaCy pipeline with vectors, as `to_disk` writes it."""
    spacy = pytest.importorskip("spacy")
    from spacy.vectors import Vectors

    known = table_of(vocabulary())
    nlp = spacy.blank("en")
    nlp.vocab.vectors = Vectors(strings=nlp.vocab.strings, data=np.array(list(known.values())), keys=list(known))
    folder = tmp_path_factory.mktemp("model") / "topics"
    nlp.to_disk(folder)
    return folder


def probed(data, folder="", **more):
    data.settings = Settings(labels=LabelSettings(vectors=str(folder), **more))
    return facts(data, *STUDIES)[ProbeStudy()]


def precision(probe, wrong):
    order = np.argsort(probe.scores.row)
    return average_precision_score(wrong, -probe.scores.quality[order])


def test_wrong_labels_are_found_by_meaning(model):
    data, wrong = noisy()
    without, having = probed(data), probed(data, model)
    assert precision(having, wrong) > 0.9
    assert precision(having, wrong) > precision(without, wrong) + 0.2
    assert having.cv_group.value > without.cv_group.value + 0.1
    assert having.method.endswith("texts read by spaCy's word vectors 'topics', 24 numbers a text too")
    assert not having.vectors_unused
    assert "vectors" not in without.method


def test_the_hold_out_is_read_too(model):
    data, _ = noisy(split=["train"] * 260 + ["test"] * 60)
    assert probed(data, model).holdout.value > probed(data).holdout.value


def test_numbers_are_told_by_meaning(model):
    data, _ = noisy(noise=0.0)
    rng = np.random.default_rng(0)
    score = [float(v[-1]) + float(e) for v, e in zip(data.frame["label"].to_list(), rng.normal(size=320) * 0.2, strict=True)]
    data = table({"text": data.frame["text"].to_list(), "score": score}, {"text": ["text"], "label": ["score"]}, shape=Shape.REGRESSION)
    assert probed(data, model).cv_group.value > probed(data).cv_group.value + 0.1


def test_the_order_of_rows_does_not_matter(model):
    data, _ = noisy(120)
    source = vectors.locate(str(model))
    rows = data.frame["text"].to_list()
    assert (vectors.of_texts(source, rows).x == vectors.of_texts(source, rows[::-1]).x[::-1]).all()


def test_words_that_are_not_known(model):
    source = vectors.locate(str(model))
    word = vocabulary()[0][0]
    x = vectors.of_texts(source, [word, word.upper(), "", f"{word} qqqq", vocabulary()[1][0]]).x
    assert np.allclose(x[0], x[1])
    assert np.allclose(x[0], x[3])
    assert not x[2].any()
    assert np.allclose(np.linalg.norm(x[[0, 4]], axis=1), 1)
    assert vectors.of_texts(source, ["qqqq", ""]) is None


def test_vectors_alone_and_a_vocabulary_are_read(model):
    alone = {vectors.locate(str(p)).folder for p in (model, model / "vocab")}
    assert alone == {model / "vocab"}
    rows = [" ".join(w[:3]) for w in vocabulary()]
    assert np.allclose(vectors.of_texts(vectors.locate(str(model)), rows).x, vectors.of_texts(vectors.locate(str(model / "vocab")), rows).x)


def test_an_installed_package_is_read_without_running_it(model, tmp_path, monkeypatch):
    shutil.copytree(model, tmp_path / "topics_pkg" / "topics-1.0")
    (tmp_path / "topics_pkg" / "__init__.py").write_text("raise SystemExit('was run')")
    monkeypatch.syspath_prepend(tmp_path)
    source = vectors.locate("topics_pkg")
    assert source.name == "topics_pkg"
    assert vectors.of_texts(source, [vocabulary()[0][0], vocabulary()[1][0]]).x.shape == (2, WIDTH)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("table", "there is no text to read"),
        ("multi", "several labels a row are judged by words"),
        ("rows", "320 rows are more than a model reads (100)"),
        ("large", "320 labelled rows of 4 classes are judged by hashed words"),
        ("unknown", "'topics' knows none of the words"),
        ("tokens", "tags are judged word by word"),
        ("own", "your own embeddings are read"),
    ],
)
def test_what_is_not_used_is_said(model, case, reason, monkeypatch, tmp_path):
    data, _ = noisy()
    more = {}
    if case == "table":
        data = tabular(np.random.default_rng(0).normal(size=(60, 3)), ["a", "b"] * 30)
    elif case == "multi":
        data = texts(data.frame["text"].to_list(), [[v] for v in data.frame["label"].to_list()])
    elif case == "tokens":
        rows = [t.split() for t in data.frame["text"].to_list()]
        tags = [["B-X" if i == 1 else "O" for i in range(len(r))] for r in rows]
        data = table({"tokens": rows, "tags": tags}, {"tokens": ["tokens"], "label": ["tags"]}, Shape.TOKEN_LABELS)
    elif case == "rows":
        monkeypatch.setattr(vectors, "MOST_ROWS", 100)
    elif case == "large":
        monkeypatch.setattr("auditor.detectors.probe.FULL_ROWS", 100)
    elif case == "unknown":
        data = texts([f"{t} {t}".translate(str.maketrans("abcdefghijklmnopqrstuvwxyz", "0123456789!?+*#%&=абвгдежз")) for t in data.frame["text"].to_list()], data.frame["label"].to_list())
    elif case == "own":
        np.save(tmp_path / "e.npy", np.random.default_rng(0).normal(size=(320, 4)))
        more = {"embeddings": str(tmp_path / "e.npy")}
    data.settings = Settings(labels=LabelSettings(vectors=str(model), **more))
    found = facts(data, *STUDIES)
    probe = found[ProbeStudy()]
    assert probe.measured
    assert probe.vectors_unused == reason
    assert "texts read by" not in probe.method
    assert [n.why for n in label_checks.not_checked(data.dataset, found, data.settings)] == [reason]
    assert not label_checks.not_checked(data.dataset, found, Settings())


def test_a_report_names_the_model_and_no_path(model):
    data, _ = noisy()
    data.settings = Settings(labels=LabelSettings(vectors=str(model)))
    found = facts(data, *STUDIES)
    (finding,) = judged(data, "LBL002", found=found)
    assert "'topics'" in finding.evidence.method
    assert str(model.parent) not in repr(judged(data, "LBL", "BAL", found=found))
    assert not label_checks.not_checked(data.dataset, found, data.settings)


def broken(model, folder, what):
    shutil.copytree(model, folder)
    vocab = folder / "vocab"
    if what == "width":
        np.save(vocab / "vectors.npy", np.zeros((3, 0), np.float32))
        (vocab / "vectors.npy").replace(vocab / "vectors")
    elif what == "rows":
        np.save(vocab / "vectors.npy", np.ones((2, WIDTH), np.float32))
        (vocab / "vectors.npy").replace(vocab / "vectors")
    elif what == "nan":
        np.save(vocab / "vectors.npy", np.full((TOPICS * WORDS, WIDTH), np.nan, np.float32))
        (vocab / "vectors.npy").replace(vocab / "vectors")
    elif what in ("vectors", "key2row"):
        (vocab / what).write_bytes(b"\x93NUMPY broken")
    elif what == "pickle":
        np.save(vocab / "vectors.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
        (vocab / "vectors.npy").replace(vocab / "vectors")
    elif what == "lang":
        (folder / "meta.json").write_text(json.dumps({"lang": "zz"}))
    return folder


@pytest.mark.parametrize("what", ["width", "rows", "nan", "vectors", "key2row", "pickle", "lang"])
def test_a_broken_model_is_refused(model, tmp_path, what):
    source = vectors.locate(str(broken(model, tmp_path / "bad", what)))
    with pytest.raises(ConfigError, match=r"\[labels\] vectors = 'bad'"):
        vectors.of_texts(source, [" ".join(w[:5]) for w in vocabulary()])


@pytest.mark.parametrize("wanted", ["", "nowhere", "no/where", "a\0b", "x" * 300, "é" * 5000, "json", "os.path", "__main__", "123"])
def test_what_is_no_model_is_refused(wanted):
    with pytest.raises(ConfigError, match="nothing is downloaded"):
        vectors.locate(wanted)


@pytest.mark.parametrize(("files", "why"), [(["config.cfg"], "has no vectors"), (["model.onnx"], "no tokenizer.json"), (["tokenizer.json"], "neither an installed")])
def test_half_a_model_is_refused(tmp_path, files, why):
    for name in files:
        (tmp_path / name).write_text("")
    with pytest.raises(ConfigError, match=why):
        vectors.locate(str(tmp_path))


def test_a_missing_package_is_named(tmp_path, model, monkeypatch):
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(vectors, "_NEEDED", {"onnx": (("no_such_package",), "onnx"), "spacy": (("no_such_package",), "ner")})
    for folder, extra in ((tmp_path, "onnx"), (model, "ner")):
        with pytest.raises(MissingExtra, match=rf"pip install 'dataset-readiness-auditor\[{extra}\]'"):
            vectors.locate(str(folder))


def test_no_model_is_loaded_from_the_audited_folder(model):
    data, _ = noisy()
    data.dataset = replace(data.dataset, root=str(model.parent))
    with pytest.raises(ConfigError, match="lies in the audited folder"):
        probed(data, model)


def test_settings_say_where_they_are_wrong(tmp_path, model):
    toml = tmp_path / "audit.toml"
    toml.write_text('[labels]\nfolds = 5\nvectors = "nowhere"\n')
    with pytest.raises(ConfigError, match=r"audit.toml:3: \[labels\] vectors = 'nowhere': neither"):
        load(tmp_path)
    toml.write_text(f'[labels]\nembeddings = "e.npy"\nvectors = "{model.as_posix()}"\n')
    with pytest.raises(ConfigError, match=r"audit.toml:3: labels.embeddings and labels.vectors"):
        load(tmp_path)
    toml.write_text(f'[labels]\nvectors = "{model.as_posix()}"\n')
    assert load(tmp_path).labels.vectors == model.as_posix()


def test_a_changed_model_is_another_audit(model, tmp_path):
    """The cache knows the model by its files, also where a folder has links to them only."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("text,label\na,b\n")
    shutil.copytree(model, tmp_path / "blobs")
    linked = tmp_path / "linked" / "vocab"
    linked.mkdir(parents=True)
    for name in ("vectors", "key2row"):
        (linked / name).symlink_to(tmp_path / "blobs" / "vocab" / name)
    settings = Settings(labels=LabelSettings(vectors=str(tmp_path / "linked")))
    before = digests(tmp_path / "data", settings)
    assert tmp_path / "blobs" / "vocab" / "vectors" in before.public
    with (tmp_path / "blobs" / "vocab" / "vectors").open("ab") as stream:
        stream.write(b"\0")
    assert digests(tmp_path / "data", settings).secret != before.secret
    assert len(digests(tmp_path / "data", Settings()).public) == 1


@over(st.lists(st.lists(st.integers(1, 50), max_size=6), min_size=1, max_size=5), st.integers(0, 4))
def test_filling_up_does_not_change_a_mean(tokens, more):
    embedding = np.random.default_rng(0).normal(size=(51, 3)).astype(np.float32)
    ids, mask = vectors_onnx.padded(tokens, len(tokens) + more, 6 + more)
    assert ids.shape == mask.shape == (len(tokens) + more, 6 + more)
    found = vectors_onnx.pooled(embedding[ids], mask)
    for row, own in zip(tokens, found, strict=False):
        assert np.allclose(own, embedding[row].mean(axis=0) if row else 0, atol=1e-5)
    assert not found[len(tokens) :].any()
    short, its = vectors_onnx.padded(tokens, len(tokens), 0)
    assert np.allclose(vectors_onnx.pooled(embedding[short], its), found[: len(tokens)], atol=1e-5)


# A sentence model of one table: the heavy packages (some 110 MB) are no part of the test extra.


@pytest.fixture(scope="module")
def build():
    onnx = pytest.importorskip("onnx", reason="onnx builds the sentence model of this test; it is no part of the test extra for its size")
    pytest.importorskip("onnxruntime", reason="onnxruntime (extra `onnx`) is not installed")
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers (extra `onnx`) is not installed")
    from onnx import TensorProto, helper, numpy_helper

    known = table_of(vocabulary())

    def make(folder, *, inputs=("input_ids", "attention_mask"), batch="b", length="t", kind=TensorProto.INT64, pool=False, rows=None, output="last_hidden_state", dtype=TensorProto.FLOAT, spoil=None):
        folder.mkdir(parents=True, exist_ok=True)
        words = {"[UNK]": 0, **{w: i + 1 for i, w in enumerate(known)}}
        tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, "[UNK]"))
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
        tokenizer.enable_truncation(2)
        tokenizer.enable_padding(length=400)
        tokenizer.save(str(folder / "tokenizer.json"))
        weights = np.concatenate([np.zeros((1, WIDTH), np.float32), np.array(list(known.values()))])[:rows]
        if spoil is not None:
            weights[1:] = spoil
        nodes = [helper.make_node("Gather", ["table", "input_ids"], ["tokens"])]
        nodes += [helper.make_node("ReduceMean", ["tokens"], ["out"], axes=[1], keepdims=0)] if pool else [helper.make_node("Identity", ["tokens"], ["out"])]
        nodes.append(helper.make_node("Cast", ["out"], [output], to=dtype))
        shape = [batch, WIDTH] if pool else [batch, length, WIDTH]
        graph = helper.make_graph(
            nodes,
            "table",
            [helper.make_tensor_value_info(i, kind, [batch, length]) for i in inputs],
            [helper.make_tensor_value_info(output, dtype, shape)],
            [numpy_helper.from_array(weights, "table")],
        )
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), folder / "model.onnx")
        return folder

    return make


def test_a_sentence_model_finds_wrong_labels(build, tmp_path):
    data, wrong = noisy()
    without, having = probed(data), probed(data, build(tmp_path / "tiny"))
    assert precision(having, wrong) > 0.9
    assert precision(having, wrong) > precision(without, wrong) + 0.2
    assert having.method.endswith("texts read by a sentence model (ONNX) 'tiny', 24 numbers a text too")
    assert precision(probed(data, tmp_path / "tiny"), wrong) == precision(having, wrong)


def test_shapes_and_types_of_models(build, tmp_path):
    """A batch or length that a model is fixed to, 32-bit tokens, several inputs and outputs of its own mean give the same vectors."""
    from onnx import TensorProto

    rng = np.random.default_rng(0)
    rows = [" ".join(rng.choice(w, 4)) for w in vocabulary() for _ in range(20)]
    plain = vectors.of_texts(vectors.locate(str(build(tmp_path / "plain"))), rows).x
    kinds = [{"batch": 3}, {"batch": 1}, {"length": 16}, {"kind": TensorProto.INT32}, {"inputs": ("input_ids",)}, {"pool": True}]
    for i, kind in enumerate([*kinds, {"inputs": ("input_ids", "attention_mask", "token_type_ids"), "output": "anything"}, {"dtype": TensorProto.FLOAT16}]):
        x = vectors.of_texts(vectors.locate(str(build(tmp_path / str(i), **kind))), rows).x
        assert np.allclose(x, plain, atol=2e-3), kind
    nested = tmp_path / "hub"
    build(nested)
    (nested / "onnx").mkdir()
    (nested / "model.onnx").rename(nested / "onnx" / "model.onnx")
    assert np.allclose(vectors.of_texts(vectors.locate(str(nested)), rows).x, plain, atol=1e-6)


def test_long_texts_are_cut(build, tmp_path):
    source = vectors.locate(str(build(tmp_path / "tiny")))
    words = [w for own in vocabulary() for w in own]
    x = vectors_onnx.encode(source, [" ".join(words[:256]), " ".join(words[:300]), "\ud800 " + words[0]])
    assert (x[0] == x[1]).all()
    assert x[2].any()


def test_models_that_do_not_fit_are_refused(build, tmp_path):
    from onnx import TensorProto

    cases = {
        "inputs": ({"inputs": ("input_ids", "pixels")}, "inputs are input_ids, pixels"),
        "none": ({"inputs": ("input_ids", "attention_mask"), "kind": TensorProto.INT16}, "whole numbers|cannot be read"),
        "whole": ({"dtype": TensorProto.INT64}, "no output of floating-point"),
        "table": ({"rows": 2}, "fails on the tokens"),
        "nan": ({"spoil": np.nan}, "not finite"),
        "fixed": ({"batch": 4096}, "is fixed to"),
    }
    for name, (options, why) in cases.items():
        with pytest.raises(ConfigError, match=why):
            vectors.of_texts(vectors.locate(str(build(tmp_path / name, **options))), [" ".join(w[:5]) for w in vocabulary()])
    for name, file in (("graph", "model.onnx"), ("words", "tokenizer.json")):
        (build(tmp_path / name) / file).write_bytes(b"\x08broken")
        with pytest.raises(ConfigError, match="cannot be read"):
            vectors.of_texts(vectors.locate(str(tmp_path / name)), ["a"])
