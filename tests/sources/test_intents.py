"""Phrases of chatbots under their intents, pages of documentation, and what resembles either and is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from auditor.audit import examine
from auditor.errors import SourceError
from auditor.model import Role, Shape, Status
from auditor.settings import DataSettings, Settings
from auditor.sources.discover import discover
from auditor.sources.intents import of_document, of_markdown, of_yaml

HELLO = [("hello there", "greet"), ("good morning", "greet"), ("see you", "leave")]


def _by(intent: str) -> list[str]:
    return [text for text, name in HELLO if name == intent]


@pytest.mark.parametrize(
    "document",
    [
        {"intents": [{"tag": i, "patterns": _by(i), "responses": ["ok"]} for i in ("greet", "leave")]},
        {"intents": [{"intent": i, "examples": [{"text": t} for t in _by(i)]} for i in ("greet", "leave")], "entities": [{"entity": "x", "values": []}]},
        [{"intent": i, "examples": [{"text": t} for t in _by(i)]} for i in ("greet", "leave")],
        {"luis_schema_version": "7", "intents": [{"name": "greet"}, {"name": "leave"}], "utterances": [{"text": t, "intent": i, "entities": []} for t, i in HELLO]},
        {"projectFileVersion": "1", "assets": {"intents": [{"category": "greet"}], "utterances": [{"text": t, "intent": i} for t, i in HELLO]}},
        {"rasa_nlu_data": {"common_examples": [{"text": t, "intent": i} for t, i in HELLO], "regex_features": []}},
        {"metadata": {}, "resource": {"intents": [{"name": i, "sampleUtterances": _by(i)} for i in ("greet", "leave")], "slotTypes": []}},
        {"language": "en", "intents": {i: {"utterances": [{"data": [{"text": t[:3]}, {"text": t[3:], "entity": "e"}]} for t in _by(i)]} for i in ("greet", "leave")}},
        {"intents": [{"displayName": i, "trainingPhrases": [{"parts": [{"text": t}]} for t in _by(i)]} for i in ("greet", "leave", "never")]},
    ],
    ids=["tags", "Watson", "a list", "LUIS", "CLU", "Rasa", "Lex", "Snips", "Dialogflow CX"],
)
def test_phrases_of_json(document: Any) -> None:
    assert [(r["text"], r["intent"]) for r in of_document(document, "bot.json")] == HELLO


def test_dialogflow_names_the_intent_in_the_file() -> None:
    said = [{"id": "1", "data": [{"text": "hello "}, {"text": "there", "alias": "who"}], "isTemplate": False}]
    assert of_document(said, "intents/greet_usersays_en.json") == [{"text": "hello there", "intent": "greet"}]


@pytest.mark.parametrize(
    "document",
    [
        {"intents": ["greet", "leave"]},
        {"intents": [{"name": "greet"}, {"name": "leave"}]},
        {"intents": [{"tag": "greet", "patterns": _by("greet")}]},
        {"name": "task", "examples": [{"input": "a", "target": "b"}, {"input": "c", "target": "d"}]},
        [{"name": "task", "examples": ["a", "b"]}, {"name": "other", "examples": ["c"]}],
        [{"intent": "greet", "examples": [{"input": "a"}]}, {"intent": "leave", "examples": [{"input": "b"}]}],
        [{"text": "hello", "intent": "greet"}, {"text": "bye", "intent": "leave"}],
        {"utterances": [{"text": "hello"}, {"text": "bye"}]},
        {"intents": {"greet": 3, "leave": 4}},
        {"a": {"b": {"c": {"d": {"intents": [{"tag": i, "patterns": _by(i)} for i in ("greet", "leave")]}}}}},
        [],
        "intents",
        None,
    ],
    ids=["names", "no phrases", "one intent", "a task", "named otherwise", "pairs", "rows as they are", "no intents", "counts", "too deep", "nothing", "a text", "null"],
)
def test_other_json_is_left_alone(document: Any) -> None:
    assert of_document(document, "data.json") == []


NLU = """version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello there
    - good [morning](time)
- intent: leave
  examples:
    - text: |
        see you
      metadata: {sentiment: neutral}
- synonym: rome
  examples: |
    - roma
- lookup: city
"""


def test_phrases_of_yaml_and_markdown() -> None:
    assert [(r["text"], r["intent"]) for r in of_yaml(NLU)] == HELLO
    old = '## intent: greet\n- hello there\n- good [morning]{"entity": "time"}\n\n## synonym:x\n- roma\n## intent:leave\n- see you\n# other\n- no\n'
    assert [(r["text"], r["intent"]) for r in of_markdown(old)] == HELLO


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  web:\n    image: nginx\n",
        "nlu:\n",
        "nlu:\n- a\n- intent: [1]\n",
        "nlu:\n- intent: greet\n  examples: 3\n",
        "nlu:\n  - intent: 'greet\n",
        "nlu:\n" + "[" * 3000,
        "nlu: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "nlu:\n- !!python/object/apply:os.system ['true']\n",
        "",
    ],
)
def test_other_yaml_is_no_phrases(text: str) -> None:
    assert of_yaml(text) == []


def test_a_project_of_yaml_is_read_and_its_settings_are_not(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text(NLU)
    (tmp_path / "data" / "stories.yml").write_text("stories:\n- story: a\n")
    (tmp_path / "README.md").write_text("## intent:none\n- of this\n")
    data = discover(tmp_path, Settings()).dataset
    assert (data.rows, data.role(Role.LABEL), data.role(Role.TEXT), data.shape) == (3, ("intent",), ("text",), Shape.CLASSIFICATION)
    assert {i.path: i.reason for i in data.ignored} == {"README.md": "documentation or configuration", "data/stories.yml": "documentation or configuration"}


def test_an_agent_of_files(tmp_path: Path) -> None:
    (tmp_path / "intents").mkdir()
    (tmp_path / "agent.json").write_text("{}")
    for name, texts in (("greet", _by("greet")), ("leave", _by("leave"))):
        (tmp_path / "intents" / f"{name}.json").write_text(json.dumps({"name": name, "responses": []}))
        (tmp_path / "intents" / f"{name}_usersays_en.json").write_text(json.dumps([{"data": [{"text": t}]} for t in texts]))
    data = discover(tmp_path, Settings()).dataset
    assert (data.rows, data.role(Role.LABEL)) == (3, ("intent",))
    assert {i.reason for i in data.ignored} == {"settings of a chatbot, no phrases"}
    assert not data.notes


def _pages(folder: Path, *names: str) -> Path:
    for i, name in enumerate(names):
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(f"# Page {i}\n\nHow to do the thing of number {i * 7}.\n\n- one\n- two\n")
    return folder


def test_pages_are_rows_where_there_is_nothing_else(tmp_path: Path) -> None:
    report = examine(_pages(tmp_path, "a.md", "docs/b.rst", "docs/c.markdown", "README.md", "conf.py"), Settings(select=("LBL", "FIL"))).report
    assert (report.dataset.rows, report.dataset.shape) == (3, Shape.PLAIN_TEXT)
    assert {i.path for i in report.dataset.ignored} == {"README.md", "conf.py"}
    found = next(f for f in report.findings if f.code == "LBL001")
    assert found.status is Status.UNKNOWN
    assert "retrieval reads them as they are" in found.message


def test_pages_beside_data_stay_documentation(tmp_path: Path) -> None:
    folder = _pages(tmp_path, "a.md", "b.md", "c.md")
    (folder / "train.csv").write_text("text,label\n" + "".join(f"words {i},{'ab'[i % 2]}\n" for i in range(20)))
    assert discover(folder, Settings()).dataset.rows == 20


def test_pages_declared_to_be_learnt_are(tmp_path: Path) -> None:
    folder = _pages(tmp_path, "a.md", "b.md", "c.md")
    report = examine(folder, Settings(select=("LBL",), data=DataSettings(shape="plain_text"))).report
    assert not [f for f in report.findings if f.code == "LBL001"]


@pytest.mark.parametrize("names", [("a.md", "b.md"), ("README.md", "LICENSE.md", "CHANGELOG.md"), ("a.yml", "b.yml", "c.yml")])
def test_few_notes_are_no_data(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(SourceError, match="no readable rows"):
        discover(_pages(tmp_path, *names), Settings())
