"""Labels, judgements and talks inside a column or across several are read as what they are; what only resembles them is left alone."""

from __future__ import annotations

import json
import random
from pathlib import Path

import polars as pl
import pytest

from auditor.model import Role
from auditor.settings import Settings
from auditor.sources.discover import discover

R = random.Random(3)
WORDS = ["river", "stone", "cloud", "paper", "glass", "train", "coffee", "music", "winter", "garden", "window", "yellow", "simple", "market", "people"]


def text() -> str:
    return " ".join(R.choices(WORDS, k=9)) + f" {R.randrange(10**6)}"


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    (path / "train.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    return path


def read(path: Path) -> tuple[str, dict[str, tuple[str, ...]], pl.DataFrame]:
    source = discover(path, Settings())
    return str(source.dataset.shape), {str(r.role): r.columns for r in source.dataset.roles}, source.parts[0].frame.collect()


def turn(who: str, what: str) -> dict[str, str]:
    return {"role": who, "content": what}


HITS = {
    "a class as an object": (lambda i: {"text": text(), "label": {"id": i % 3, "name": "abc"[i % 3]}}, "classification", {"label": ("label.name",), "text": ("text",)}, lambda f: f["label.name"][:3].to_list() == ["a", "b", "c"]),
    "an import": (lambda i: {"textContent": text(), "classificationAnnotation": {"displayName": "ab"[i % 2]}}, "classification", {"label": ("classificationAnnotation.displayName",), "text": ("textContent",)}, lambda f: f["classificationAnnotation.displayName"][1] == "b"),
    "both inside": (lambda i: {"data": {"text": text(), "id": i}, "annotation": {"label": "ab"[i % 2], "by": f"w{i}"}}, "classification", {"label": ("annotation.label",), "text": ("data.text",)}, lambda f: f["annotation.label"][1] == "b"),
    "spacy's cats": (lambda i: {"text": text(), "cats": {"A": int(i % 2 == 0), "B": int(i % 2)}}, "classification", {"label": ("cats.class",)}, lambda f: f["cats.class"][:3].to_list() == ["A", "B", "A"]),
    "several of them": (lambda i: {"text": text(), "labels": {"rude": i % 3 == 0, "threat": i % 5 == 0}}, "classification", {"label": ("labels.class",)}, lambda f: f["labels.class"][:4].to_list() == [["rude", "threat"], [], [], ["rude"]]),
    "a column a class": (lambda i: {"x": i * 1.5, "z": i % 7, **{f"class_{c}": int(i % 3 == k) for k, c in enumerate("abc")}}, "classification", {"label": ("labels",)}, lambda f: f["labels"][:4].to_list() == ["a", "b", "c", "a"]),
    "judgements": (lambda i: {"text": text(), "labels": ["yes" if i % 2 else "no", "yes", "yes"]}, "classification", {"annotator": ("labels.annotator_1", "labels.annotator_2", "labels.annotator_3")}, lambda f: f["labels.annotator_1"][:2].to_list() == ["no", "yes"]),
    "judgements with judges": (lambda i: {"text": text(), "annotations": [{"worker": f"w{i % 9}", "label": i % 4}, {"worker": "w", "label": 1}][: 1 + i % 2]}, "classification", {"annotator": ("annotations.annotator_1", "annotations.annotator_2")}, lambda f: f["annotations.annotator_2"][:2].to_list() == [None, 1]),
    "turns by name": (lambda i: {"dialogue": [{"speaker": "Ann", "text": f"hello {i}"}, {"speaker": "Bob", "text": "hi"}, {"speaker": "Ann", "text": "so"}]}, "chat", {"messages": ("dialogue.messages",)}, lambda f: [t["role"] for t in f["dialogue.messages"][0]] == ["user", "assistant", "user"]),
    "turns by role": (lambda i: {"turns": [{"speaker": "SYSTEM", "utterance": f"welcome {i}"}, {"speaker": "USER", "utterance": "hi"}]}, "chat", {"messages": ("turns.messages",)}, lambda f: [t["role"] for t in f["turns.messages"][0]] == ["assistant", "user"]),
    "turns in a list": (lambda i: {"dialog": [f"hello {i}", "hi", "bye"]}, "chat", {"messages": ("dialog.messages",)}, lambda f: f["dialog.messages"][1].to_list() == [turn("user", "hello 1"), turn("assistant", "hi"), turn("user", "bye")]),
    "an evaluation with several answers": (lambda i: {"input": [turn("user", text())], "ideal": [f"yes {i}", "so be it"]}, "chat", {"messages": ("input.messages",)}, lambda f: f["input.messages"][4].to_list()[-1] == turn("assistant", "yes 4")),
    "an evaluation": (lambda i: {"input": [turn("system", "Judge."), turn("user", text())], "ideal": f"yes {i}"}, "chat", {"messages": ("input.messages",)}, lambda f: f["input.messages"][4].to_list()[-1] == turn("assistant", "yes 4")),
    "a gateway's log": (lambda i: {"request": {"messages": [turn("user", text())], "model": "m"}, "response": {"choices": [{"message": turn("assistant", f"no {i}")}]}}, "chat", {"messages": ("request.messages",)}, lambda f: f["request.messages"][2].to_list()[-1]["content"] == "no 2"),
    "a manifest": (lambda i: {"source": text(), "job": i % 2, "job-metadata": {"class-name": "ab"[i % 2], "confidence": 0.5}}, "classification", {"label": ("job-metadata.class-name",)}, lambda f: f["job-metadata.class-name"][:2].to_list() == ["a", "b"]),
    "what was accepted": (lambda i: {"text": text(), "options": [{"id": "a"}, {"id": "b"}], "accept": ["ab"[i % 2]], "answer": "accept" if i % 4 else "ignore"}, "classification", {"label": ("accept.class",)}, lambda f: f["accept.class"][:3].to_list() == [None, "b", "a"]),
}  # fmt: skip


@pytest.mark.parametrize("name", HITS)
def test_what_is_written_inside_columns(name: str, tmp_path: Path) -> None:
    make, shape, roles, right = HITS[name]
    found, given, frame = read(written(tmp_path, [make(i) for i in range(120)]))
    assert found == shape
    assert {k: given.get(k) for k in roles} == roles
    assert right(frame)
    made = {c for columns in given.values() for c in columns}
    assert not any(c in made for c in ("class_a", "class_b", "labels", "job", "options") if (c,) != given.get("label"))


NEAR = {
    "features of one in three": (lambda i: {"survived": i % 2, "age": i % 60, **{f"class_{c}": int(i % 3 == k) for k, c in enumerate("123")}}, {"label": ("survived",)}),
    "tags of tokens": (lambda i: {"tokens": ["a", "b", "c"], "tags": ["O", "O", "B-x"]}, {"label": ("tags",), "tokens": ("tokens",)}),
    "a set of classes": (lambda i: {"text": text(), "labels": ["a", "b"][: 1 + i % 2]}, {"label": ("labels",)}),
    "scores": (lambda i: {"text": text(), "label": "ab"[i % 2], "labels": {"a": 0.3, "b": 0.7}}, {"label": ("label",)}),
    "flags under another name": (lambda i: {"text": text(), "label": "ab"[i % 2], "flags": {"seen": 1, "new": i % 2}}, {"label": ("label",)}),
    "a history beside a label": (lambda i: {"text": text(), "history": ["a", "b"], "intent": "ab"[i % 2]}, {"label": ("intent",)}),
    "a whole talk beside what was wanted": (lambda i: {"messages": [turn("user", text()), turn("assistant", "yes")], "ideal": "yes"}, {"messages": ("messages",)}),
    "comments beside a text": (lambda i: {"text": text(), "comments": [{"author": "a", "text": f"so {i}"}, {"author": "b", "text": "no"}]}, {"text": ("text",)}),
    "names and values": (lambda i: {"x": i, "attributes": [{"name": "colour", "value": "red"}, {"name": "size", "value": "2"}]}, {"messages": None}),
    "annotators and what was settled on": (lambda i: {"text": text(), "label": "ab"[i % 2], "annotator_1": "a", "annotator_2": "b"}, {"label": ("label",), "annotator": ("annotator_1", "annotator_2")}),
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR)
def test_what_only_resembles_it(name: str, tmp_path: Path) -> None:
    make, roles = NEAR[name]
    _, given, frame = read(written(tmp_path, [make(i) for i in range(120)]))
    assert {k: given.get(k) for k in roles} == roles
    assert not any("." in c for c in frame.columns)


def test_a_declared_label_is_left_alone(tmp_path: Path) -> None:
    written(tmp_path, [{"text": text(), "cats": {"A": i % 2, "B": 1 - i % 2}, "kind": "xy"[i % 2]} for i in range(60)])
    (tmp_path / "audit.toml").write_text('[data]\nlabel = "kind"\n')
    from auditor.settings_file import load

    source = discover(tmp_path, load(tmp_path))
    assert [r.columns for r in source.dataset.roles if r.role is Role.LABEL] == [("kind",)]


def test_a_hold_out_without_labels_lacks_the_label_that_is_made(tmp_path: Path) -> None:
    written(tmp_path, [{"text": text(), "cats": {"A": i % 2, "B": 1 - i % 2}} for i in range(60)])
    (tmp_path / "test.jsonl").write_text("\n".join(json.dumps({"text": text()}) for _ in range(20)) + "\n")
    source = discover(tmp_path, Settings())
    assert [("cats.class" in f.lacks) for f in source.dataset.files] == [f.path == "test.jsonl" for f in source.dataset.files]


def test_personal_data_in_turns_are_told_once(tmp_path: Path) -> None:
    from click.testing import CliRunner

    from auditor.cli import cli

    written(tmp_path, [{"dialogue": [{"speaker": "a", "text": f"I am anna.berg{i}@gmail.com"}, {"speaker": "b", "text": "thanks a lot for that"}]} for i in range(60)])
    report = json.loads(CliRunner().invoke(cli, ["run", str(tmp_path), "--no-cache", "-f", "json", "--select", "PII"]).stdout)
    assert [f["subject"] for f in report["findings"] if f["code"] == "PII002" and f["status"] != "pass"] == ["dialogue[].text"]
