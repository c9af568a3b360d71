"""Rows that are written in other forms than one after the other: documents, annotation tools, tagged text, columns of 0 and 1."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.audit import examine
from auditor.decision import evidence
from auditor.errors import SourceError
from auditor.model import Report, Role, Shape, Status
from auditor.settings import DataSettings, Settings, UseCase
from auditor.sources.discover import discover
from auditor.sources.tagged import form_of
from auditor.sources.types import Source

DRAWN = random.Random(4)
WORDS = ["".join(DRAWN.choice("abcdefghijkl") for _ in range(6)) for _ in range(400)]


def prose(*more: str) -> str:
    return " ".join([*DRAWN.sample(WORDS, 8), *more])


def source(folder: Path, name: str, content: str) -> Source:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return discover(folder, Settings())


def rows_of(found: Source) -> pl.DataFrame:
    return pl.concat([p.data for p in found.parts]).collect()


def report_of(folder: Path) -> Report:
    return examine(folder, Settings(select=("CMP", "EXP", "DUP", "LBL", "LRN", "LEK", "TXT"))).report


ROWS = [{"text": prose(), "label": "ab"[i % 2]} for i in range(60)]
BY_COLUMN = {k: [r[k] for r in ROWS] for k in ("text", "label")}
DOCUMENTS: list[tuple[str, Any]] = [
    ("data", {"version": "1.0", "data": ROWS}),
    ("rows and a schema", {"schema": {"fields": []}, "data": ROWS}),
    ("any field, long", {"version": 2, "stuff": ROWS}),
    ("any field, alone", {"stuff": ROWS[:3]}),
    ("a field of a field", {"nlu": {"common": ROWS}}),
    ("a field of a field beside others", {"evalId": "x", "results": {"version": 3, "results": ROWS, "stats": {"successes": 5}}, "config": {"prompts": ["a"]}}),
    ("columns of lists", BY_COLUMN),
    ("columns by key", {k: {str(i): v for i, v in enumerate(values)} for k, values in BY_COLUMN.items()}),
    ("rows by key", {f"r{i}": row for i, row in enumerate(ROWS)}),
    ("split", {"columns": ["text", "label"], "index": list(range(60)), "data": [[r["text"], r["label"]] for r in ROWS]}),
]


@pytest.mark.parametrize(("name", "document"), DOCUMENTS, ids=[d[0] for d in DOCUMENTS])
def test_rows_inside_one_document(name: str, document: Any, tmp_path: Path) -> None:
    found = source(tmp_path, "train.json", json.dumps(document, indent=1))
    kept = ROWS[:3] if name == "any field, alone" else ROWS
    assert rows_of(found).select("text", "label").to_dicts() == kept
    assert found.dataset.rejected_rows == 0
    if name != "any field, alone":
        assert found.dataset.shape is Shape.CLASSIFICATION
        assert {n.kind for n in found.dataset.notes} == {"nested_rows"}


SINGLE: list[tuple[str, Any]] = [
    ("a talk", {"id": "x", "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}] * 30}),
    ("an article", {"title": "x", "abstract": "word " * 100, "sections": [{"heading": "a", "text": "b"}] * 60}),
    ("two fields of fields", {"results": {"rows": [{"a": 1}] * 9}, "data": {"rows": [{"b": 1}] * 9}}),
    ("few parts", {"title": "x", "parts": [{"heading": "a"}] * 5}),
    ("lists of other lengths", {"a": [1, 2, 3], "b": [1, 2]}),
    ("a tagged sentence", {"tokens": ["a"] * 60, "tags": ["O"] * 60}),
    ("short lists", {"dialog": ["a"] * 10, "act": [1] * 10}),
    ("boxes in boxes", json.loads('{"a":' * 400 + "1" + "}" * 400)),
    ("few keys", {"a": {"x": 1, "y": 2}, "b": {"x": 1}}),
]


@pytest.mark.parametrize(("name", "document"), SINGLE, ids=[d[0] for d in SINGLE])
def test_a_document_that_is_one_row_stays_one(name: str, document: Any, tmp_path: Path) -> None:
    assert rows_of(source(tmp_path, "one.json", json.dumps(document))).height == 1


def test_several_tables_in_a_document_are_no_rows(tmp_path: Path) -> None:
    document = {"info": {}, "images": [{"id": i} for i in range(80)], "annotations": [{"image_id": i} for i in range(80)]}
    with pytest.raises(SourceError, match="2 lists of objects"):
        source(tmp_path, "annotations.json", json.dumps(document))


def test_objects_by_key_in_several_fields_are_tables(tmp_path: Path) -> None:
    document = {"flights": {f"F{i}": {"from": "ABC", "seats": i} for i in range(80)}, "users": {f"u{i}": {"name": "x"} for i in range(80)}}
    with pytest.raises(SourceError, match="2 lists of objects or objects by key"):
        source(tmp_path, "db.json", json.dumps(document))


def test_keys_that_stand_for_things_are_no_columns(tmp_path: Path) -> None:
    document = {"info": {}, **{f"part{i}": {f"thing{j}": {"price": j} for j in range(40)} for i in range(90)}}
    with pytest.raises(SourceError, match="more than 5,000 fields"):
        source(tmp_path, "things.json", json.dumps(document))


def task(text: str, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"text": text}, "annotations": [{"result": [r], **more} for r in results]}


def choice(*names: str) -> dict[str, Any]:
    return {"type": "choices", "value": {"choices": list(names)}}


def test_label_studio(tmp_path: Path) -> None:
    found = source(tmp_path / "one", "export.json", json.dumps([task(prose(), choice("ab"[i % 2])) for i in range(60)]))
    assert (found.dataset.shape, rows_of(found)["label"].to_list()[:3]) == (Shape.CLASSIFICATION, ["a", "b", "a"])
    many = source(tmp_path / "many", "export.json", json.dumps([task(prose(), choice("a"), choice("ab"[i % 2])) for i in range(60)]))
    assert many.dataset.role(Role.ANNOTATOR) == ("annotator_1", "annotator_2")
    span = {"type": "labels", "value": {"start": 0, "end": 4, "text": "x", "labels": ["ORG"]}}
    spans = source(tmp_path / "spans", "export.json", json.dumps([task(prose(), span) for _ in range(60)]))
    assert (spans.dataset.shape, rows_of(spans)["spans"].to_list()[0]) == (Shape.TOKEN_LABELS, [{"start": 0, "end": 4, "label": "ORG"}])
    withdrawn = source(tmp_path / "withdrawn", "export.json", json.dumps([task(prose(), choice("a")) for _ in range(3)] + [task(prose(), choice("b"), was_cancelled=True)]))
    assert rows_of(withdrawn)["label"].to_list() == ["a", "a", "a", None]


@pytest.mark.parametrize("column", ["label", "entities", "spans"])
def test_spans_as_lists_of_three(column: str, tmp_path: Path) -> None:
    rows = [{"text": f"{prose()} at Ltd", column: [[3, 7, "ORG"], [9, 12, "PER"]] if i % 3 else []} for i in range(60)]
    found = source(tmp_path, "train.jsonl", "\n".join(map(json.dumps, rows)))
    assert found.dataset.shape is Shape.TOKEN_LABELS
    assert rows_of(found)[column].to_list()[1] == [{"start": 3, "end": 7, "label": "ORG"}, {"start": 9, "end": 12, "label": "PER"}]


def test_a_list_of_another_length_behind_the_first_rows(tmp_path: Path) -> None:
    rows = [{"text": f"{prose()} at Ltd", "spans": [[3, 7, "ORG"]]} for _ in range(1200)] + [{"text": prose(), "spans": [[3]]}]
    found = source(tmp_path, "train.jsonl", "\n".join(map(json.dumps, rows)))
    assert rows_of(found)["spans"].to_list()[-1] == [{"start": 3, "end": None, "label": None}]


@pytest.mark.parametrize("value", [[["3", "x", "ORG"]], [["3", "7"]], [["3", "7", "9"]], [["7", "3", "ORG"]]])
def test_other_lists_of_lists_stay(value: list[list[str]], tmp_path: Path) -> None:
    rows = [{"text": prose(), "pairs": value} for _ in range(60)]
    assert rows_of(source(tmp_path, "train.jsonl", "\n".join(map(json.dumps, rows))))["pairs"].to_list()[0] == value


SENTENCE = "EU NNP B-ORG\nrejects VBZ O\nGerman JJ B-MISC\ncall NN O\n. . O\n"
FORMS = [
    ("conll", "-DOCSTART- -X- O\n\n" + f"{SENTENCE}\n" * 30, "conll"),
    ("tabs", f"{SENTENCE}\n".replace(" ", "\t") * 30, "conll"),
    ("comments", f"# id = 1\n{SENTENCE}\n" * 30, "conll"),
    ("no tag but O", "a O\nb O\n\n" * 30, ""),
    ("one endless sentence", SENTENCE * 400, ""),
    ("prose", "this is a line\nand this another\n" * 30, ""),
    ("fasttext", "__label__a some words\n__label__b other words\n" * 30, "fasttext"),
    ("a mention of it", "use __label__a here\n" * 30, ""),
]


@pytest.mark.parametrize(("name", "text", "form"), FORMS, ids=[f[0] for f in FORMS])
def test_forms_of_text(name: str, text: str, form: str) -> None:
    assert form_of(text) == form


@pytest.mark.parametrize("name", ["train.txt", "train.conll", "train.iob2", "train.tsv"])
def test_conll(name: str, tmp_path: Path) -> None:
    text = "-DOCSTART- -X- O\n\n" + f"{SENTENCE}\n" * 40 + "broken line here too\n"
    found = source(tmp_path, name, text)
    assert found.dataset.shape is Shape.TOKEN_LABELS
    assert rows_of(found).row(0) == (["EU", "rejects", "German", "call", "."], ["B-ORG", "O", "B-MISC", "O", "O"])
    assert rows_of(found).height == 40
    assert [(x.line, x.reason) for x in found.dataset.rejects] == [(243, "4 columns where others have 3")]


def test_a_number_sign_may_be_a_token(tmp_path: Path) -> None:
    found = source(tmp_path, "train.conll", f"# id = 1\n{SENTENCE}# NN O\n\n" * 40)
    assert rows_of(found)["tokens"].to_list()[0] == ["EU", "rejects", "German", "call", ".", "#"]
    assert found.dataset.rejects == ()


def test_fasttext(tmp_path: Path) -> None:
    lines = [f"__label__{'ab'[i % 2]} {prose()}" for i in range(60)]
    found = source(tmp_path / "one", "train.txt", "\n".join([*lines, "no label here"]))
    assert found.dataset.shape is Shape.CLASSIFICATION
    assert rows_of(found)["label"].to_list()[:2] == ["a", "b"]
    assert [x.line for x in found.dataset.rejects] == [61]
    several = source(tmp_path / "several", "train.txt", "\n".join(f"__label__a __label__b {prose()}" for _ in range(60)))
    assert rows_of(several)["label"].to_list()[0] == ["a", "b"]


def emotions(n: int, prefix: str = "") -> pl.DataFrame:
    names = [f"{prefix}{name}" for name in ("joy", "anger", "fear", "pride")]
    found = []
    for _ in range(n):
        on = {name: int(DRAWN.random() < 0.3) for name in names}
        found.append({"text": prose(*(name for name in names if on[name])), **on})
    return pl.DataFrame(found)


def test_columns_of_0_and_1_are_the_classes(tmp_path: Path) -> None:
    frame = emotions(300)
    frame.write_csv(tmp_path / "train.csv")
    found = discover(tmp_path, Settings())
    assert (found.dataset.shape, found.dataset.role(Role.LABEL), found.dataset.role(Role.FEATURE)) == (Shape.CLASSIFICATION, ("labels",), ())
    made = rows_of(found)["labels"].to_list()
    assert made == [[c for c in frame.columns[1:] if row[c]] for row in frame.to_dicts()]
    report = report_of(tmp_path)
    assert {f.code: f.status for f in report.findings}["LRN001"] is Status.PASS
    assert report.score is not None
    assert not report.score.calibrated  # no set of the benchmark has several classes a row


@pytest.mark.parametrize("change", [lambda f: f.select(f.columns[:3]), lambda f: f.rename({c: f"has_{c}" for c in f.columns[1:]}), lambda f: f.with_columns(label=pl.Series(["a", "b"] * 150))])
def test_other_columns_of_0_and_1_are_not(change: Any, tmp_path: Path) -> None:
    change(emotions(300)).write_csv(tmp_path / "train.csv")
    assert "labels" not in discover(tmp_path, Settings()).dataset.role(Role.LABEL)


def table(n: int, first: int, *, label: bool) -> pl.DataFrame:
    found = []
    for i in range(n):
        age, fare = DRAWN.gauss(40, 9), DRAWN.gauss(20, 5)
        found.append({"Id": first + i, "Age": round(age, 1), "Fare": round(fare, 1), "Deck": DRAWN.choice("ABC")} | ({"Lived": int(age + fare > 60)} if label else {}))
    return pl.DataFrame(found)


def test_what_only_training_files_have_is_the_label(tmp_path: Path) -> None:
    table(400, 0, label=True).write_csv(tmp_path / "train.csv")
    table(200, 400, label=False).write_csv(tmp_path / "test.csv")
    pl.DataFrame({"Id": range(400, 600), "Lived": [0] * 200}).write_csv(tmp_path / "sample_submission.csv")
    report = report_of(tmp_path)
    assert report.dataset.role(Role.LABEL) == ("Lived",)
    assert [(i.path, i.reason) for i in report.dataset.ignored] == [("sample_submission.csv", "a form for predictions, not data")]
    found = {f.code: f for f in report.findings}
    assert "it has no column for the label" in found["LRN003"].message
    assert found["CMP003"].status is Status.PASS
    assert not [f for f in report.findings if f.code == "EXP001" and f.status is not Status.PASS]


@pytest.mark.parametrize("form", ["files", "column"])
@pytest.mark.parametrize(("unlabelled", "share"), [(0, 0.0), (60, 0.2)])
def test_production_rows_are_as_many_in_a_column_as_in_a_file(form: str, unlabelled: int, share: float, tmp_path: Path) -> None:
    splits = ["train"] * 200 + ["test"] * 100 + ["production"] * 250
    labels = [None if s == "production" or i < unlabelled else "abc"[i % 3] * 2 for i, s in enumerate(splits)]
    rows = pl.DataFrame({"text": [prose() for _ in splits], "label": labels, "split": splits})
    if form == "column":
        rows.write_csv(tmp_path / "rows.csv")
    else:
        for split in ("train", "test", "production"):
            rows.filter(split=split).drop("split").write_csv(tmp_path / f"{split}.csv")
    settings = Settings(select=("CMP",), use_case=UseCase(risk_tier="medium"), data=DataSettings(production="production.csv" if form == "files" else ""))
    report = examine(tmp_path, settings).report
    assert (report.dataset.rows, report.dataset.production) == (550, 250)
    found = {f.code: f for f in report.findings}
    assert found["CMP003"].evidence.value == pytest.approx(share)
    assert found["CMP003"].evidence.n == 300
    known = evidence.load(str(tmp_path), settings).beside(report.dataset)
    assert known.production_rows == 250


def test_the_label_of_a_competition_may_be_called_like_an_entity(tmp_path: Path) -> None:
    pl.DataFrame([{"id": f"a{i}", "text": prose(), "author": "xyz"[i % 3]} for i in range(90)]).write_csv(tmp_path / "train.csv")
    pl.DataFrame([{"id": f"b{i}", "text": prose()} for i in range(40)]).write_csv(tmp_path / "test.csv")
    found = discover(tmp_path, Settings()).dataset
    assert (found.role(Role.LABEL), found.role(Role.GROUP)) == (("author",), ())


def test_test_rows_without_the_columns_of_0_and_1_are_not_unlabelled(tmp_path: Path) -> None:
    emotions(200).write_csv(tmp_path / "train.csv")
    emotions(100).select("text").with_columns(source=pl.lit("a")).write_csv(tmp_path / "test.csv")
    found = {f.code: f for f in report_of(tmp_path).findings}
    assert found["CMP003"].status is Status.PASS
    assert "it has no column for the label" in found["LRN003"].message


def test_a_column_more_in_a_labelled_set_is_no_label(tmp_path: Path) -> None:
    table(200, 0, label=True).with_columns(weight=pl.lit(1)).write_csv(tmp_path / "train.csv")
    table(100, 400, label=True).write_csv(tmp_path / "test.csv")
    assert discover(tmp_path, Settings()).dataset.role(Role.LABEL) != ("weight",)


def kto(n: int) -> list[dict[str, Any]]:
    """Wanted answers belong to their questions, unwanted ones anywhere."""
    found = []
    for _ in range(n):
        topic, wanted = DRAWN.sample(WORDS, 6), DRAWN.random() < 0.6
        found.append({"prompt": " ".join(topic) + "?", "completion": " ".join(DRAWN.sample(topic, 5) if wanted else DRAWN.sample(WORDS, 9)) + ".", "label": wanted})
    return found


def test_unwanted_responses_need_not_fit_their_prompts(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, kto(300))))
    report = report_of(tmp_path)
    assert report.dataset.role(Role.SCORE) == ("label",)
    (signal,) = [f for f in report.findings if f.code == "LRN004"]
    assert signal.status is Status.PASS
    (tmp_path / "train.jsonl").write_text("\n".join(json.dumps(row | {"label": True}) for row in kto(300)))
    (signal,) = [f for f in report_of(tmp_path).findings if f.code == "LRN004"]
    assert signal.status is not Status.PASS


def test_a_label_beside_a_talk_or_an_answer_says_what_it_likes(tmp_path: Path) -> None:
    rows = [{"question": row["prompt"], "answer": row["completion"], "label": row["label"]} for row in kto(60)]
    found = source(tmp_path, "train.jsonl", "\n".join(map(json.dumps, rows)))
    assert found.dataset.role(Role.SCORE) == ()


@pytest.mark.parametrize(("long", "short", "shape"), [("article", "highlights", Shape.PROMPT_COMPLETION), ("dialogue", "summary", Shape.PROMPT_COMPLETION), ("review", "summary", Shape.PLAIN_TEXT)])
def test_summaries_are_responses(long: str, short: str, shape: Shape, tmp_path: Path) -> None:
    rows = [{long: f"{prose()} {prose()} {prose()}", short: prose()} for _ in range(60)]
    assert source(tmp_path, "train.jsonl", "\n".join(map(json.dumps, rows))).dataset.shape is shape


@pytest.mark.parametrize("answers", [0, 1])
def test_questions_without_any_answer_teach_nothing(answers: int, tmp_path: Path) -> None:
    talks = [{"messages": [{"role": "user", "content": prose() + "?"}, *([{"role": "assistant", "content": prose()}] if i < answers else [])]} for i in range(60)]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, talks)))
    found = [f for f in report_of(tmp_path).findings if f.code == "LBL001"]
    assert [f.status for f in found] == ([] if answers else [Status.UNKNOWN])


@pytest.mark.parametrize(("extra", "labelled"), [({"_task_hash": 1}, 15), ({}, 20)], ids=["Prodigy", "another tool"])
def test_rejected_spans_are_no_labels(extra: dict[str, int], labelled: int, tmp_path: Path) -> None:
    rows = [{"text": f"Ada lives in Rome, number {i}", "spans": [{"start": 0, "end": 3, "label": "PER"}], "answer": "accept" if i % 4 else "reject", **extra} for i in range(20)]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, rows)))
    source = discover(tmp_path, Settings())
    assert source.dataset.shape is Shape.TOKEN_LABELS
    assert pl.concat([p.data for p in source.parts]).collect()["spans"].count() == labelled


@pytest.mark.parametrize(("answer", "measured"), [
    (lambda a, b: str(a * b), False),
    (lambda a, b: f"\\frac{{{a}}}{{{b}}}", False),
    (lambda a, b: f"{a} times {b} is {a * b}", True),
])  # fmt: skip
def test_results_of_sums_are_not_said_to_belong_to_other_questions(answer: Any, measured: bool, tmp_path: Path) -> None:
    sums = [(DRAWN.randrange(12, 999), DRAWN.randrange(12, 999)) for _ in range(200)]
    rows = [{"question": f"{prose()} counts {a} by {b}?", "answer": answer(a, b)} for a, b in sums]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (signal,) = [f for f in report_of(tmp_path).findings if f.code == "LRN004"]
    assert ("figures" in signal.message) is not measured
    assert measured or signal.status is Status.UNKNOWN
