"""Prompts and responses in other forms than two columns: options and keys, languages, retrieval, answers inside a passage."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.audit import examine
from auditor.model import Report, Role, Shape, Status
from auditor.settings import DataSettings, Settings
from auditor.sources.answers import OPTION
from auditor.sources.discover import discover
from auditor.sources.types import Source

DRAWN = random.Random(11)
WORDS = ["".join(DRAWN.choice("abcdefghijkl") for _ in range(6)) for _ in range(300)]
Row = dict[str, Any]


def said(n: int = 8) -> str:
    return " ".join(DRAWN.sample(WORDS, n))


def found(folder: Path, rows: list[Row], settings: Settings | None = None) -> Source:
    folder.mkdir(exist_ok=True)
    (folder / "train.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return discover(folder, settings or Settings())


def report_of(folder: Path) -> Report:
    return examine(folder, Settings(select=("DUP", "LBL", "LRN", "TXT", "LEK"))).report


def options(n: int = 4) -> list[str]:
    return [said(3) for _ in range(n)]


def listed(i: int) -> tuple[Row, str]:
    right, all_ = DRAWN.randrange(4), options()
    return {"question": said() + "?", "choices": all_, "answer": right}, all_[right]


def labelled(i: int) -> tuple[Row, str]:
    right, all_ = DRAWN.randrange(4), options()
    names = list("ABCD") if i % 5 else list("1234")
    return {"id": f"q{i}", "question": said() + "?", "choices": {"text": all_, "label": names}, "answerKey": names[right]}, all_[right]


def lettered(i: int) -> tuple[Row, str]:
    right, all_ = DRAWN.randrange(4), options()
    return {"question": said() + "?", **dict(zip("ABCD", all_, strict=True)), "answer": "ABCD"[right]}, all_[right]


def from_one(i: int) -> tuple[Row, str]:
    right, all_ = DRAWN.randrange(4), options()
    return {"question": said() + "?", **{f"op{c}": o for c, o in zip("abcd", all_, strict=True)}, "cop": right + 1}, all_[right]


def endings(i: int) -> tuple[Row, str]:
    right, all_ = DRAWN.randrange(4), options()
    return {"sent1": said(), "sent2": said(2), **{f"ending{k}": o for k, o in enumerate(all_)}, "label": right}, all_[right]


def two(i: int) -> tuple[Row, str]:
    right, all_ = DRAWN.randrange(2), options(2)
    return {"goal": said(), "sol1": all_[0], "sol2": all_[1], "label": right}, all_[right]


def numbered(i: int) -> tuple[Row, str]:
    right, all_ = DRAWN.randrange(2), options(2)
    return {"sentence": said(), "option1": all_[0], "option2": all_[1], "answer": str(right + 1)}, all_[right]


def lines(i: int) -> tuple[Row, str]:
    right, all_ = DRAWN.randrange(4), options()
    return {"question": said() + "?\n\n" + "\n".join(f"{c}. {o}" for c, o in zip("ABCD", all_, strict=True)) + "\nAnswer:", "answer": "ABCD"[right]}, all_[right]


def in_line(i: int) -> tuple[Row, str]:
    right, all_ = DRAWN.randrange(3), options(3)
    return {"prompt": said() + "? " + " ".join(f"({c}) {o}" for c, o in zip("ABC", all_, strict=True)), "answer": f"({'ABC'[right]})"}, all_[right]


@pytest.mark.parametrize("form", [listed, labelled, lettered, from_one, endings, two, numbered, lines, in_line], ids=lambda f: f.__name__)
def test_the_option_that_a_key_names_is_the_response(form: Any, tmp_path: Path) -> None:
    made = [form(i) for i in range(120)]
    source = found(tmp_path, [row for row, _ in made])
    assert (source.dataset.shape, source.dataset.role(Role.RESPONSE), source.dataset.role(Role.LABEL)) == (Shape.PROMPT_COMPLETION, (OPTION,), ())
    assert pl.concat([p.data for p in source.parts]).collect()[OPTION].to_list() == [right for _, right in made]
    report = report_of(tmp_path)
    (signal,) = [f for f in report.findings if f.code == "LRN004"]
    assert signal.status is Status.UNKNOWN  # the key cannot be judged, and nothing fails for it
    assert not [f for f in report.findings if f.status is Status.FAIL]


def without_key(row: Row) -> Row:
    return {k: v for k, v in row.items() if k != "answer"}


NOT_OPTIONS: list[tuple[str, Any]] = [
    ("key out of range", lambda r: r | {"answer": r["answer"] + 7}),
    ("no key", without_key),
    ("one key only", lambda r: r | {"answer": 2}),
    ("no question", lambda r: {k: v for k, v in r.items() if k != "question"}),
    ("answer in words", lambda r: r | {"answer": said(3)}),
]


@pytest.mark.parametrize(("name", "change"), NOT_OPTIONS, ids=[n for n, _ in NOT_OPTIONS])
def test_other_lists_beside_a_question_are_not_options(name: str, change: Any, tmp_path: Path) -> None:
    rows = [change(listed(i)[0]) for i in range(120)]
    assert OPTION not in [c.name for c in found(tmp_path, rows).dataset.columns]


NO_OPTIONS_INSIDE: list[tuple[str, Any]] = [
    ("letters without options", lambda r: {"question": said() + "?", "answer": r["answer"]}),
    ("one option only", lambda r: {"question": said() + f"? {r['answer']}. {said(3)}", "answer": r["answer"]}),
    ("a letter that no option has", lambda r: r | {"answer": "F"}),
    ("classes", lambda r: r | {"answer": DRAWN.choice(("yes", "no"))}),
]


@pytest.mark.parametrize(("name", "change"), NO_OPTIONS_INSIDE, ids=[n for n, _ in NO_OPTIONS_INSIDE])
def test_no_options_inside_a_question(name: str, change: Any, tmp_path: Path) -> None:
    rows = [change(lines(i)[0]) for i in range(120)]
    assert OPTION not in [c.name for c in found(tmp_path, rows).dataset.columns]


def test_a_declared_label_stays_the_label(tmp_path: Path) -> None:
    rows = [listed(i)[0] for i in range(120)]
    source = found(tmp_path, rows, Settings(data=DataSettings(label="answer")))
    assert (source.dataset.role(Role.LABEL), OPTION in [c.name for c in source.dataset.columns]) == (("answer",), False)
    shaped = discover(tmp_path, Settings(data=DataSettings(shape="classification")))
    assert OPTION not in [c.name for c in shaped.dataset.columns]


def test_columns_with_a_letter_are_a_table(tmp_path: Path) -> None:
    rows = [{"a": DRAWN.choice("xyz"), "b": DRAWN.choice("xyz"), "c": DRAWN.choice("xyz"), "label": DRAWN.choice("abc")} for _ in range(120)]
    assert found(tmp_path, rows).dataset.role(Role.LABEL) == ("label",)


def test_keys_missing_in_some_rows_leave_no_option(tmp_path: Path) -> None:
    rows = [listed(i)[0] for i in range(119)] + [listed(0)[0] | {"answer": None}]
    assert pl.concat([p.data for p in found(tmp_path, rows).parts]).collect()[OPTION].null_count() == 1


LANGUAGES = {w: w[::-1].upper() for w in WORDS}


def translated(text: str) -> str:
    return " ".join(LANGUAGES[w] for w in text.split())


def test_translations_are_prompts_and_responses(tmp_path: Path) -> None:
    texts = [said() for _ in range(150)]
    nested = found(tmp_path / "nested", [{"translation": {"en": t, "de": translated(t)}} for t in texts])
    assert (nested.dataset.role(Role.PROMPT), nested.dataset.role(Role.RESPONSE)) == (("translation.en",), ("translation.de",))
    flat = found(tmp_path / "flat", [{"id": i, "en": t, "pt": translated(t)} for i, t in enumerate(texts)])
    assert (flat.dataset.role(Role.PROMPT), flat.dataset.role(Role.RESPONSE)) == (("en",), ("pt",))
    signal = {f.code: f.status for f in report_of(tmp_path / "nested").findings}["LRN004"]
    assert signal is Status.PASS


@pytest.mark.parametrize("row", [{"id": "a1", "no": "x"}, {"or": "yes", "text": "a b c d e f g"}, {"meta": {"en": "a", "size": "b"}}])
def test_short_names_are_not_languages(row: Row, tmp_path: Path) -> None:
    rows = [{k: {n: f"{v}{i}" for n, v in v.items()} if isinstance(v, dict) else f"{v}{i}" for k, v in row.items()} for i in range(60)]
    assert found(tmp_path, rows).dataset.shape is not Shape.PROMPT_COMPLETION


def near(text: str) -> str:
    return " ".join([*DRAWN.sample(text.split(), 5), *DRAWN.sample(WORDS, 2)])


RETRIEVAL: list[tuple[str, Any, Shape]] = [
    ("triplets", lambda t: {"anchor": t, "positive": near(t), "negative": said()}, Shape.PREFERENCE),
    ("lists", lambda t: {"query": t, "pos": [near(t)], "neg": [said(), said()]}, Shape.PREFERENCE),
    ("pairs", lambda t: {"query": t, "passage": near(t)}, Shape.PROMPT_COMPLETION),
    ("anchors", lambda t: {"anchor": t, "positive": near(t)}, Shape.PROMPT_COMPLETION),
    ("a label beside them", lambda t: {"query": t, "passage": near(t), "label": DRAWN.choice([0, 1])}, Shape.CLASSIFICATION),
    ("a truth beside them", lambda t: {"question": t + "?", "passage": near(t), "answer": DRAWN.random() < 0.5}, Shape.CLASSIFICATION),
    ("an answer beside them", lambda t: {"question": t + "?", "passage": near(t), "answer": near(t)}, Shape.PROMPT_COMPLETION),
    ("shares of feeling", lambda t: {"text": t, "positive": DRAWN.random(), "negative": DRAWN.random()}, Shape.PLAIN_TEXT),
    ("a degree", lambda t: {"sentence1": t, "sentence2": near(t), "score": round(DRAWN.random() * 5, 1)}, Shape.REGRESSION),
    ("a degree of one text", lambda t: {"text": t, "score": round(DRAWN.random() * 5, 1)}, Shape.PLAIN_TEXT),
]


@pytest.mark.parametrize(("name", "make", "shape"), RETRIEVAL, ids=[r[0] for r in RETRIEVAL])
def test_rows_that_teach_retrieval(name: str, make: Any, shape: Shape, tmp_path: Path) -> None:
    source = found(tmp_path, [make(said()) for _ in range(400)])
    assert source.dataset.shape is shape
    if shape in {Shape.PREFERENCE, Shape.PROMPT_COMPLETION}:
        found_ = {f.code: f.status for f in report_of(tmp_path).findings}
        assert found_["LRN004"] is Status.PASS


def articles(rows: list[Row]) -> list[Row]:
    """The same questions under their articles and paragraphs."""
    out: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        answers = [dict(zip(("text", "answer_start"), pair, strict=True)) for pair in zip(*row["answers"].values(), strict=True)]
        out.setdefault(row["title"], {}).setdefault(row["context"], []).append({"id": row["id"], "question": row["question"], "answers": answers})
    return [{"title": t, "paragraphs": [{"context": c, "qas": q} for c, q in paragraphs.items()]} for t, paragraphs in out.items()]


@pytest.mark.parametrize("nested", [False, True])
def test_answers_inside_a_passage(nested: bool, tmp_path: Path) -> None:
    rows: list[Row] = []
    for i in range(60):
        passage = said(40)
        for k in range(3):
            words = passage.split()
            at = DRAWN.randrange(30)
            answer = " ".join(words[at : at + 3])
            rows.append({"id": f"{i}-{k}", "title": f"T{i // 10}", "context": passage, "question": f"What follows {words[at - 1]} {k}?", "answers": {"text": [answer], "answer_start": [passage.find(answer)]}})
    if nested:
        (tmp_path / "train.json").write_text(json.dumps({"version": "1.1", "data": articles(rows)}))
        source = discover(tmp_path, Settings())
        assert pl.concat([p.data for p in source.parts]).collect().select(*rows[0]).to_dicts() == rows
    else:
        source = found(tmp_path, rows)
    assert source.dataset.shape is Shape.PROMPT_COMPLETION
    assert (source.dataset.role(Role.PROMPT), source.dataset.role(Role.RESPONSE)) == (("question", "context"), ("answers",))
    assert {f.code: f.status for f in report_of(tmp_path).findings}["LRN004"] is Status.PASS


MEDIA: list[tuple[str, Any, Shape]] = [
    ("captions", lambda i: {"image": f"img/{i}.jpg", "caption": said()}, Shape.PROMPT_COMPLETION),
    ("speech", lambda i: {"audio": f"clips/{i}.wav", "sentence": said(), "age": DRAWN.choice("abc"), "gender": DRAWN.choice("mf")}, Shape.PROMPT_COMPLETION),
    ("a class beside them", lambda i: {"image": f"img/{i}.jpg", "text": said(), "hateful": i % 2}, Shape.CLASSIFICATION),
    ("a question beside them", lambda i: {"image": f"img/{i}.jpg", "question": said(), "answer": said()}, Shape.PROMPT_COMPLETION),
    ("only files", lambda i: {"image": f"img/{i}.jpg", "width": i}, Shape.TABLE),
]


@pytest.mark.parametrize(("name", "make", "shape"), MEDIA, ids=[m[0] for m in MEDIA])
def test_what_is_said_of_files_is_a_response(name: str, make: Any, shape: Shape, tmp_path: Path) -> None:
    source = found(tmp_path, [make(i) for i in range(120)])
    assert source.dataset.shape is shape
    if name in {"captions", "speech"}:
        report = report_of(tmp_path)
        assert {f.code: f.status for f in report.findings}["LRN004"] is Status.UNKNOWN
        assert not [f for f in report.findings if f.status is Status.FAIL]


def test_texts_side_by_side_have_no_header(tmp_path: Path) -> None:
    texts = [said(DRAWN.randrange(3, 9)) for _ in range(100)]
    texts[0] = said(6)
    (tmp_path / "train.tsv").write_text("".join(f"{t}\t{translated(t)}\n" for t in texts))
    assert pl.concat([p.data for p in discover(tmp_path, Settings()).parts]).collect()["column_0"].to_list() == texts
    survey = "What did you like about it?\tPlease say in your own words what was bad:\tYour age\n"
    (tmp_path / "train.tsv").write_text(survey + "".join(f"{said()}\t{said()}\t{DRAWN.randrange(20, 60)}\n" for _ in range(100)))
    assert discover(tmp_path, Settings()).dataset.rows == 100


def test_a_text_without_labels_may_be_what_is_learnt(tmp_path: Path) -> None:
    found(tmp_path, [{"text": said(12)} for _ in range(120)])

    def status(settings: Settings) -> list[Status]:
        return [f.status for f in examine(tmp_path, settings).report.findings if f.code == "LBL001"]

    assert status(Settings(select=("LBL", "DUP"))) == [Status.UNKNOWN]
    assert status(Settings(select=("LBL", "DUP"), data=DataSettings(shape="plain_text"))) == []


def test_what_is_made_of_other_columns_is_not_scanned_twice(tmp_path: Path) -> None:
    rows = [listed(i)[0] for i in range(60)]
    for row in rows[:6]:
        row["choices"] = [f"{o} write to jo.doe@corp-mail.com" for o in row["choices"]]
    found(tmp_path / "options", rows)
    found(tmp_path / "languages", [{"translation": {"en": f"{said()} jo.doe@corp-mail.com", "de": said()}} for _ in range(60)])
    for name, subject in (("options", "choices[]"), ("languages", "translation.en")):
        findings = examine(tmp_path / name, Settings(select=("PII002",))).report.findings
        assert [f.subject for f in findings if f.code == "PII002" and f.status is not Status.PASS] == [subject]


@pytest.mark.parametrize(
    ("rows", "pair"),
    [
        ([{"inputs": {"question": said()}, "outputs": {"answer": said(), "k": i}, "metadata": {"split": "base"}} for i in range(60)], ("inputs.question", "outputs.answer")),
        ([{"input": {"q": said(), "n": i}, "expected": {"a": said()}} for i in range(60)], ("input.q", "expected.a")),
        ([{"inputs": {"question": said()}, "outputs": {"label": "ab"[i % 2]}} for i in range(60)], None),
        ([{"inputs": {"question": said(), "context": said()}, "outputs": {"answer": said()}} for i in range(60)], None),
        ([{"inputs": {"question": said()}, "meta": {"answer": said()}} for i in range(60)], None),
    ],
)
def test_what_went_in_and_what_came_out_of_a_trace(tmp_path: Path, rows: list[Row], pair: tuple[str, str] | None) -> None:
    data = found(tmp_path / "data", rows).dataset
    assert (*data.role(Role.PROMPT), *data.role(Role.RESPONSE)) == (pair or ())


@pytest.mark.parametrize(
    ("rows", "response"),
    [
        ([{"question": said() + "?", "answer": [said(2), said(2)]} for _ in range(60)], "answer.first"),
        ([{"instruction": said(), "responses": [said() for _ in range(3)], "category": "ab"[i % 2]} for i in range(60)], "responses.first"),
        ([{"question": said() + "?", "answer": {"value": said(2), "aliases": [said(2)]}} for _ in range(60)], "answer.value"),
        ([{"question": said() + "?", "answers": [said(2), said(2)], "label": i % 2} for i in range(60)], ""),
        ([{"input": said(), "target": [["late", "lost", "broken"][i % 3]]} for i in range(60)], ""),
        ([{"text": said(), "labels": DRAWN.sample(["late", "lost", "broken"], 2)} for _ in range(60)], ""),
        ([{"question": said() + "?", "answers": [] if i % 3 else [said(2)]} for i in range(60)], ""),
    ],
)
def test_the_first_of_several_answers_is_the_response(tmp_path: Path, rows: list[Row], response: str) -> None:
    data = found(tmp_path / "data", rows).dataset
    assert data.role(Role.RESPONSE) == ((response,) if response else ())


def test_what_a_trace_holds_is_told_once(tmp_path: Path) -> None:
    found(tmp_path / "data", [{"inputs": {"question": f"{said()} olga.petrenko{i}@mailhub.net"}, "outputs": {"answer": said()}} for i in range(60)])
    report = examine(tmp_path / "data", Settings(select=("PII",))).report
    assert [f.subject for f in report.findings if f.code == "PII002"] == ["inputs.question"]


def test_calls_of_a_batch_and_what_came_back_are_a_talk(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    asked = [{"custom_id": f"r{i}", "method": "POST", "body": {"model": "m", "messages": [{"role": "system", "content": "Help."}, {"role": "user", "content": said()}]}} for i in range(60)]
    came = [{"id": f"b{i}", "custom_id": f"r{i}", "response": {"status_code": 200, "body": {"choices": [{"index": 0, "message": {"role": "assistant", "content": said()}}]}}} for i in range(60)]
    for name, rows in (("input", asked), ("output", came)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    source = discover(folder, Settings())
    assert source.dataset.shape is Shape.CHAT
    (talk,) = source.dataset.role(Role.MESSAGES)
    turns = source.parts[0].data.collect()[talk][0].to_list()
    assert [t["role"] for t in turns] == ["system", "user", "assistant"]
    assert turns[2]["content"] == came[0]["response"]["body"]["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    ("column", "cell", "asked"),
    [
        ("contexts", lambda: [said(), said()], True),
        ("passages", lambda: [said()], True),
        ("context", lambda: [said(), said()], True),
        ("context", lambda: said(12), True),
        ("tags", lambda: ["a", "b"], False),
        ("contexts", lambda: 3, False),  # how many there were
    ],
)
def test_what_was_retrieved_is_part_of_the_prompt(tmp_path: Path, column: str, cell: Any, asked: bool) -> None:
    source = found(tmp_path / "d", [{"question": said() + "?", column: cell(), "answer": said()} for _ in range(60)])
    assert (column in source.dataset.role(Role.PROMPT)) is asked
    assert source.dataset.role(Role.RESPONSE) == ("answer",)
