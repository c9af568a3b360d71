"""What tools for annotation and training export is read as its owner means it; what only resembles it is left alone."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.errors import SourceError
from auditor.model import Role
from auditor.settings import DataSettings, Settings
from auditor.sources.boxes import REASON
from auditor.sources.discover import discover
from auditor.sources.tagged import form_of

R = random.Random(8)
WORDS = ["river", "stone", "cloud", "paper", "glass", "train", "coffee", "music", "winter", "garden", "window", "yellow", "simple", "market", "people"]
Row = dict[str, Any]


def text() -> str:
    return " ".join(R.choices(WORDS, k=9)) + f" {R.randrange(10**6)}"


def turn(who: str, what: str) -> dict[str, str]:
    return {"role": who, "content": what}


def read(folder: Path, make: Callable[[int], Row], settings: Settings | None = None) -> tuple[dict[str, tuple[str, ...]], Any]:
    (folder / "train.jsonl").write_text("\n".join(json.dumps(make(i)) for i in range(120)) + "\n")
    source = discover(folder, settings or Settings())
    return {str(r.role): r.columns for r in source.dataset.roles}, source.parts[0].frame.collect()


def argilla(i: int, said: list[Any]) -> Row:
    return {
        "id": f"{i:08x}", "status": "completed", "updated_at": "2026-01-02T10:00:00", "_server_id": f"s{i}", "text": text(), "mood.responses": said, "mood.responses.users": ["u"] * len(said),
        "mood.responses.status": ["submitted"] * len(said), "mood.suggestion": "ab"[i % 2], "mood.suggestion.score": 0.5, "mood.suggestion.agent": "m",
    }  # fmt: skip


def prodigy(i: int, **more: object) -> Row:
    return {"text": text(), "meta": {"source": f"s{i % 9}"}, "_input_hash": i * 7919, "_task_hash": -i, "_view_id": "classification", "_session_id": "s", **more}


HITS: dict[str, tuple[Callable[[int], Row], dict[str, Any], Callable[[Any], bool]]] = {
    "argilla, one person": (lambda i: argilla(i, ["ba"[i % 2]]), {"label": ("mood.responses.first",), "text": ("text",), "feature": None}, lambda f: f["mood.responses.first"][:2].to_list() == ["b", "a"]),
    "argilla, two people": (lambda i: argilla(i, ["ab"[i % 2], "a"]), {"annotator": ("mood.responses.annotator_1", "mood.responses.annotator_2"), "label": None, "feature": None}, lambda f: f["mood.responses.annotator_2"][1] == "a"),
    "argilla's records": (lambda i: {"id": f"{i:08x}", "fields": {"review": text()}, "metadata": {}, "suggestions": {"mood": {"value": "a"}}, "responses": {"mood": [{"value": "ab"[i % 2], "user_id": "u"}]}, "status": "completed"},
        {"label": ("responses.first",), "text": ("fields.review",), "feature": None}, lambda f: f["responses.first"][:2].to_list() == ["a", "b"]),
    "argilla 1": (lambda i: {"text": text(), "label": [{"user_id": "u", "value": "ab"[i % 2], "status": "submitted"}], "label-suggestion": None, "label-suggestion-metadata": {"score": 0.5}}, {"label": ("label.first",), "feature": None}, lambda f: f["label.first"][1] == "b"),
    "prodigy, one label": (lambda i: prodigy(i, label="RUDE", answer=["accept", "reject", "ignore"][i % 3]), {"label": ("answer.class",), "text": ("text",), "feature": None}, lambda f: f["answer.class"][:3].to_list() == ["accept", "reject", None]),
    "prodigy, several": (lambda i: prodigy(i, label="ab"[i % 2], answer="reject" if i % 9 == 0 else "accept"), {"label": ("label.class",), "feature": None}, lambda f: f["label.class"][:2].to_list() == [None, "b"]),
    "prodigy's spans": (lambda i: prodigy(i, answer="accept", tokens=[{"text": "x", "start": 0, "end": 1, "id": 0}], spans=[{"start": 0, "end": 4, "label": "X"}]), {"label": ("spans",)}, lambda f: True),
    "turns and turns": (lambda i: {"prompt": [turn("user", text())], "completion": [turn("assistant", f"yes {i}")]}, {"messages": ("prompt.messages",), "score": None}, lambda f: [t["role"] for t in f["prompt.messages"][0]] == ["user", "assistant"]),
    "with thumbs": (lambda i: {"prompt": [turn("user", text())], "completion": [turn("assistant", f"yes {i}")], "label": i % 3 == 0}, {"messages": ("prompt.messages",), "score": ("label",)}, lambda f: True),
    "thumbs as figures": (lambda i: {"prompt": text(), "completion": text(), "label": int(i % 3 == 0)}, {"prompt": ("prompt",), "response": ("completion",), "score": ("label",)}, lambda f: True),
    "what a reward knows": (lambda i: {"data_source": "own", "prompt": [turn("user", text())], "ability": "math", "reward_model": {"style": "rule", "ground_truth": str(i)}}, {"messages": ("prompt.messages",)}, lambda f: f["prompt.messages"][7].to_list()[-1] == turn("assistant", "7")),
    "a truth beside": (lambda i: {"messages": [turn("user", text())], "ground_truth": i}, {"messages": ("messages.messages",)}, lambda f: f["messages.messages"][7].to_list()[-1] == turn("assistant", "7")),
    "a sum": (lambda i: {"question": text(), "answer": i * 3}, {"prompt": ("question",), "response": ("answer.written",)}, lambda f: f["answer.written"][2] == "6"),
    "most votes": (lambda i: {"q_id": f"q{i}", "title": text(), "selftext": "", "answers": {"a_id": ["x", "y"], "text": [f"no {text()}", f"yes {text()}"], "score": [1, 4]}}, {"prompt": ("title",), "response": ("answers.first",)}, lambda f: f["answers.first"][0].startswith("yes")),
    "calls": (lambda i: {"custom_id": f"r{i}", "method": "POST", "url": "/v1", "body": {"model": "m", "messages": [turn("user", text())]}}, {"messages": ("body.messages",), "feature": None}, lambda f: True),
    "a log": (lambda i: {"goal": {"x": i}, "log": [{"text": f"hello {i}", "metadata": {}}, {"text": "hi", "metadata": {}}]}, {"messages": ("log.messages",)}, lambda f: f["log.messages"][3].to_list() == [turn("user", "hello 3"), turn("assistant", "hi")]),
    "labelling functions": (lambda i: {"text": text(), "lf_short": i % 3 - 1, "lf_rude": i % 2 - 1, "label": i % 2}, {"label": ("label",), "text": ("text",), "feature": None}, lambda f: True),
    "functions without a label": (lambda i: {"text": text(), "lf_short": i % 3 - 1, "lf_rude": i % 2 - 1, "probs": f"[0.{i % 2 + 1}, 0.5]"}, {"label": None, "text": ("text",), "feature": None}, lambda f: True),
    "gemini's system": (lambda i: {"systemInstruction": {"role": "system", "parts": [{"text": "Be kind."}]}, "contents": [{"role": "user", "parts": [{"text": text()}]}, {"role": "model", "parts": [{"text": "yes"}]}]}, {"system": ("systemInstruction",)}, lambda f: True),
}  # fmt: skip


@pytest.mark.parametrize("name", HITS)
def test_exports_are_read_as_they_are_meant(name: str, tmp_path: Path) -> None:
    make, roles, right = HITS[name]
    given, frame = read(tmp_path, make)
    assert {k: given.get(k) for k in roles} == roles
    assert right(frame)


NEAR: dict[str, tuple[Callable[[int], Row], dict[str, Any]]] = {
    "responses without their users": (lambda i: {"text": text(), "mood.responses": [i], "label": "ab"[i % 2]}, {"label": ("label",), "text": ("text",)}),
    "a form's fields": (lambda i: {"fields": {"text": text()}, "responses": {"count": i % 3}, "label": "ab"[i % 2]}, {"label": ("label",)}),
    "an answer without hashes": (lambda i: {"text": text(), "label": "ab"[i % 2], "answer": "accept"}, {"label": ("label",)}),
    "places with one list": (lambda i: {"text": text(), "spans": [{"start": 0, "end": 4}]}, {"label": ("spans",)}),
    "grades of answers": (lambda i: {"question": text(), "answer": i % 5}, {"response": None}),
    "a number under another name": (lambda i: {"question": text(), "views": i * 3}, {"response": None}),
    "a number beside a reply": (lambda i: {"question": text(), "response": text(), "answer": i * 3}, {"response": ("response",)}),
    "votes without texts": (lambda i: {"title": text(), "answers": {"text": "yes", "score": i}}, {"response": None}),
    "an object named body": (lambda i: {"custom_id": f"r{i}", "body": {"text": text()}, "label": "ab"[i % 2]}, {"messages": None, "label": ("label",)}),
    "a talk that has its answer": (lambda i: {"messages": [turn("user", text()), turn("assistant", "yes")], "ground_truth": i}, {"messages": ("messages",)}),
    "one column called so": (lambda i: {"text": text(), "lf_height": i % 3, "label": "ab"[i % 2]}, {"feature": ("lf_height",)}),
    "measurements called so": (lambda i: {"lf_power": i * 1.5, "lf_ratio": i * 0.25, "label": "ab"[i % 2]}, {"feature": ("lf_power", "lf_ratio")}),
    "a number beside a completion": (lambda i: {"prompt": text(), "completion": text(), "label": i % 4}, {"score": None}),
    "an answer with its figures": (lambda i: {"question": text(), "answer.text": text(), "answer.score": i % 4, "answer.id": i}, {"prompt": ("question",), "response": ("answer.text",)}),
    "names that begin so": (lambda i: {"lfpr": i % 3, "lfc": i % 5, "label": "ab"[i % 2]}, {"feature": ("lfpr", "lfc")}),
    "ways to say it": (lambda i: {"utterances": [{"text": f"hello {i}"}, {"text": "hi"}]}, {"messages": None}),
    "who wrote it": (lambda i: {"text": text(), "author": f"p{i % 3}", "label": "ab"[i % 2]}, {"feature": ("author",)}),
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR)
def test_what_only_resembles_an_export(name: str, tmp_path: Path) -> None:
    make, roles = NEAR[name]
    given, _ = read(tmp_path, make)
    assert {k: given.get(k) for k in roles} == roles


def test_what_an_export_repeats_is_told_once_and_what_only_looks_so_is_read() -> None:
    from auditor.sources.answers import is_copied

    assert is_copied("label.class", {"label": "String", "label.class": "String", "_task_hash": "Int64"})
    assert is_copied("answer.written", {"answer": "Int64", "answer.written": "String"})
    assert is_copied("fields.note", {"fields": "Struct(note: String)", "fields.note": "String"})
    assert not is_copied("label.class", {"label": "String", "label.class": "String"})
    assert not is_copied("answer.written", {"answer": "String", "answer.written": "String"})
    assert not is_copied("fields.note", {"fields.note": "String"})


def judged(i: int, **changes: Callable[[int], object]) -> Row:
    item, judge = divmod(i, 3)
    row: Row = {"item_id": f"it{item}", "text": f"{TEXTS[item]}", "annotator": ["ana", "ben", "cem", "dua"][(item + judge) % 4], "label": "ab"[(item + (i % 7 == 0)) % 2], "lead_time": i * 0.5}
    return {**row, **{k: v(i) for k, v in changes.items()}}


TEXTS = [text() for _ in range(40)]


def test_a_row_a_judgement_is_a_row_an_item(tmp_path: Path) -> None:
    given, frame = read(tmp_path, judged)
    assert (frame.height, given["annotator"], given["text"], given["id"]) == (40, tuple(f"annotator_{k}" for k in range(1, 5)), ("text",), ("item_id",))
    assert frame.select("annotator_1", "annotator_2", "annotator_3", "annotator_4").row(0) == ("b", "a", "a", None)
    assert "lead_time" not in frame.columns
    (note,) = discover(tmp_path, Settings()).dataset.notes
    assert "120 of 40 items by 'item_id'" in note.message


def test_a_crowd_under_the_names_of_its_market(tmp_path: Path) -> None:
    names = {"item_id": "HITId", "text": "Input.text", "annotator": "WorkerId", "label": "Answer.mood", "lead_time": "WorkTimeInSeconds"}
    given, frame = read(tmp_path, lambda i: {names[k]: v for k, v in judged(i).items()})
    assert (frame.height, given["text"], len(given["annotator"])) == (40, ("Input.text",), 4)
    given, frame = read(tmp_path, lambda i: {names[k]: v for k, v in judged(i, item_id=lambda i: f"h{i}", text=lambda i: text()).items()})
    assert (frame.height, given["label"], given["text"], given.get("feature")) == (120, ("Answer.mood",), ("Input.text",), None)


def test_a_crowd_and_an_item_that_is_its_text(tmp_path: Path) -> None:
    given, frame = read(tmp_path, lambda i: {k: v for k, v in judged(i, annotator=lambda i: f"w{i}").items() if k != "item_id"})
    assert (frame.height, given["annotator"]) == (40, ("annotator_1", "annotator_2", "annotator_3"))


@pytest.mark.parametrize(
    "changes",
    [
        {"text": lambda i: text()},  # other texts under one id: a session, a person
        {"item_id": lambda i: f"it{i}", "text": lambda i: text()},  # one judge a row
        {"annotator": lambda i: "ana"},
        {"annotator": lambda i: ["ana", "ben"][i // 3 % 2]},  # one judge all over again
    ],
)
def test_rows_of_one_judge_stay_rows(changes: dict[str, Callable[[int], object]], tmp_path: Path) -> None:
    given, frame = read(tmp_path, lambda i: judged(i, **changes))
    assert frame.height == 120
    assert given["label"] == ("label",)
    assert "annotator" not in given.get("feature", ())


def test_what_is_declared_comes_before_judgements(tmp_path: Path) -> None:
    _, frame = read(tmp_path, judged, Settings(data=DataSettings(label="label")))
    assert frame.height == 120


BOXES = "0 0.5 0.25 0.1 0.1\n2 1 0 .5 0.333\n"


def test_boxes_are_no_table(tmp_path: Path) -> None:
    for i in range(6):
        (tmp_path / f"{i}.txt").write_text(BOXES if i else "")
        (tmp_path / f"{i}.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(SourceError, match=r"boxes in images \(YOLO\)"):
        discover(tmp_path, Settings())
    (tmp_path / "rows.csv").write_text("text,label\n" + "".join(f"{text()},{'ab'[i % 2]}\n" for i in range(30)))
    found = discover(tmp_path, Settings()).dataset
    assert (found.rows, sum(i.reason == REASON for i in found.ignored)) == (30, 6)


@pytest.mark.parametrize(("content", "image"), [(BOXES, "other.jpg"), ("0 hello there, all of you\n" * 30, "0.jpg"), ("3 4 5 6 7\n" * 30, "0.jpg")])
def test_other_texts_beside_images_are_read(content: str, image: str, tmp_path: Path) -> None:
    (tmp_path / "0.txt").write_text(content)
    (tmp_path / image).write_bytes(b"\xff\xd8\xff")
    assert discover(tmp_path, Settings()).dataset.rows >= 2


def test_coco_is_named(tmp_path: Path) -> None:
    lists: Row = {"images": [{"id": i, "file_name": f"{i}.jpg"} for i in range(20)], "annotations": [{"image_id": i, "category_id": 1, "bbox": [0, 0, 1, 1]} for i in range(40)], "categories": [{"id": 1, "name": "cat"}]}
    (tmp_path / "a.json").write_text(json.dumps(lists))
    with pytest.raises(SourceError, match=r"boxes in images \(COCO\)"):
        discover(tmp_path, Settings())
    (tmp_path / "a.json").write_text(json.dumps({k: v for k, v in lists.items() if k != "categories"}))
    assert discover(tmp_path, Settings()).dataset.rows == 1  # some document


def test_what_is_drawn_into_images_is_no_feature(tmp_path: Path) -> None:
    def task(i: int, value: Row) -> Row:
        return {"id": i, "data": {"image": f"/data/{i}.jpg"}, "annotations": [{"completed_by": 1, "result": [{"type": "x", "value": value}]}], "project": 1}

    box: Row = {"x": 1.0, "y": 2.0, "width": 3.0, "height": 4.0, "rectanglelabels": ["cat"]}
    for value, roles in ((box, {"media": ("image",)}), ({"choices": ["cat"]}, {"media": ("image",), "label": ("label",)})):
        (tmp_path / "a.json").write_text(json.dumps([task(i, value if i % 2 else {**value, **({"choices": ["dog"]} if "choices" in value else {})}) for i in range(40)]))
        assert {str(r.role): r.columns for r in discover(tmp_path, Settings()).dataset.roles} == roles
    (tmp_path / "a.json").write_text(json.dumps([task(i, {"text": ["something else"]}) for i in range(40)]))
    assert "annotations" in {c.name for c in discover(tmp_path, Settings()).dataset.columns}


TREE = "# sent_id = 1\n# text = it works\n1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n1\tdo\tdo\tAUX\t_\t_\t0\troot\t_\t_\n2\tnot\tnot\tPART\t_\t_\t1\tadvmod\t_\t_\n2.1\tx\t_\t_\t_\t_\t_\t_\t_\t_\n\n"


def test_treebanks_are_words_and_their_parts_of_speech(tmp_path: Path) -> None:
    (tmp_path / "train.conllu").write_text(TREE * 30 + "1\tcut\n")
    source = discover(tmp_path, Settings())
    frame = source.parts[0].frame.collect()
    assert (frame.height, frame["tokens"][0].to_list(), frame["tags"][0].to_list()) == (30, ["do", "not"], ["AUX", "PART"])
    assert [str(x.reason) for x in source.dataset.rejects] == ["2 columns where CoNLL-U has 10"]
    assert {r.role for r in source.dataset.roles} == {Role.TOKENS, Role.LABEL}


@pytest.mark.parametrize("changed", [TREE.replace("\t", " "), TREE.replace("AUX", "_").replace("PART", "_"), "\n".join(f"{i}\t" + "\t".join("abcdefgh") for i in range(30))])
def test_other_tables_are_no_treebanks(changed: str) -> None:
    assert form_of(changed * 3) != "conllu"
