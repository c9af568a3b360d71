"""LLaMA-Factory's `dataset_info.json`: rows are judged by their entry, and told by the user's own keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.targets.columns import columns_of
from auditor.targets.convert import convert
from auditor.targets.report import TargetReport
from auditor.targets.study import compatibility

Row = dict[str, Any]
QA: Row = {"columns": {"prompt": "q", "response": "a"}}
KTO: Row = {"columns": {"prompt": "q", "response": "a", "kto_tag": "liked"}}
RANKED: Row = {"ranking": True, "columns": {"prompt": "q", "chosen": "good", "rejected": "bad"}}
TALK: Row = {
    "formatting": "sharegpt",
    "columns": {"messages": "dialog", "system": "rules"},
    "tags": {"role_tag": "who", "content_tag": "says", "user_tag": "client", "assistant_tag": "desk"},
}
SEEN: Row = {
    "formatting": "sharegpt",
    "columns": {"messages": "messages", "images": "pictures"},
    "tags": {"role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant"},
}
TALK_RANKED: Row = {**TALK, "ranking": True, "columns": {"messages": "dialog", "chosen": "good", "rejected": "bad"}}


def talk(*said: tuple[str, Any], **more: Any) -> Row:
    return {"dialog": [{"who": who, "says": what} for who, what in said], **more}


def seen(text: str, *pictures: str) -> Row:
    return {"messages": [{"role": "user", "content": text}, {"role": "assistant", "content": "A van."}], "pictures": list(pictures)}


CASES: list[tuple[str, Row, list[Row], list[tuple[Row, str]]]] = [
    (
        "questions", QA,
        [{"q": "Where?", "a": "Here."}, {"q": "Who?", "a": "Me.", "output": 7}],
        [({"q": "Where?", "a": None}, "$.a"), ({"q": "Where?"}, "$.a"), ({"q": 3, "a": "Here."}, "$.q"), ({"q": "<image>?", "a": "Here."}, "")],
    ),
    (
        "kto", KTO,
        [{"q": "Where?", "a": "Here.", "liked": True}, {"q": "Where?", "a": "There.", "liked": False}],
        [({"q": "Where?", "a": "Here.", "liked": "yes"}, "$.liked"), ({"q": "Where?", "a": ["x"], "liked": True}, "$.a")],
    ),
    (
        "ranked", RANKED,
        [{"q": "Where?", "good": "Here.", "bad": "No."}],
        [({"q": "Where?", "good": "Here.", "bad": ["No."]}, "$.bad"), ({"q": "Where?", "good": "Here."}, "$.bad"), ({"q": "Where?", "good": None, "bad": "No."}, "$.good")],
    ),
    (
        "talk", TALK,
        [talk(("client", "Where?"), ("desk", "Here."), rules="Be brief."), talk(("client", "Where?"), ("desk", "Here."), ("client", "Who?"), ("desk", "Me."))],
        [
            (talk(("human", "Where?"), ("desk", "Here.")), "$.dialog[0]"),
            (talk(("client", "Where?"), ("assistant", "Here.")), "$.dialog[1]"),
            (talk(("client", "Where?"), ("desk", 7)), "$.dialog[1].says"),
            (talk(("client", "Where?")), "$.dialog"),
            (talk(("desk", "Hello."), ("client", "Where?")), "$.dialog[0]"),
            ({"dialog": [{"who": "client"}, {"who": "desk", "says": "x"}]}, "$.dialog[0]"),
            ({"dialog": [{"from": "human", "value": "Where?"}, {"from": "gpt", "value": "Here."}]}, "$.dialog[0]"),
            ({"dialog": None}, "$.dialog"),
            ({"rules": "Be brief."}, "$.dialog"),
        ],
    ),
    (
        "talk-ranked", TALK_RANKED,
        [talk(("client", "Where?"), good={"who": "desk", "says": "Here."}, bad={"who": "desk", "says": "No."})],
        [
            (talk(("client", "Where?"), good={"who": "client", "says": "Here."}, bad={"who": "desk", "says": "No."}), "$.good.who"),
            (talk(("client", "Where?"), good="Here.", bad="No."), "$.good"),
        ],
    ),
    (
        "pictures", SEEN,
        [seen("<image>What?", "a.png"), seen("<image> or <image>?", "a.png", "b.png"), seen("What?")],
        [(seen("What?", "a.png"), "$.pictures"), (seen("<image><image>", "a.png"), "$.pictures"), ({"messages": [{"role": "system", "content": "Be brief."}, *seen("x")["messages"]]}, "$.messages[0].role")],
    ),
    ("texts", {"columns": {"prompt": "body"}}, [{"body": "A text."}], [({"body": 5}, "$.body"), ({"title": "x"}, "$.body")]),
]  # fmt: skip


def folder(tmp_path: Path, entry: Row, rows: list[Row], name: str = "data.json") -> Path:
    (tmp_path / "dataset_info.json").write_text(json.dumps({"mine": {"file_name": name, **entry}}))
    path = tmp_path / name
    lines = [json.dumps(row) for row in rows]
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n" if name.endswith(".json") else "\n".join(lines) + "\n")
    return path


def grave(report: TargetReport) -> set[tuple[int | None, str]]:
    """Line and path of all that is refused or lost."""
    outcome = report.outcome("llamafactory")
    assert outcome is not None
    return {(p.line, p.path) for i in outcome.issues if i.level in {"error", "loss"} and i.rows for p in i.places}


@pytest.mark.parametrize("case", CASES, ids=[c[0] for c in CASES])
@pytest.mark.parametrize("file", ["data.json", "data.jsonl"])
def test_rows_are_judged_by_their_entry(case: tuple[str, Row, list[Row], list[tuple[Row, str]]], file: str, tmp_path: Path) -> None:
    _, entry, valid, wrong = case
    assert grave(compatibility([folder(tmp_path, entry, valid, file)], ["llamafactory"])) == set()
    for row, path in wrong:
        report = compatibility([folder(tmp_path, entry, [*valid, row], file)], ["llamafactory"])
        line = len(valid) + (2 if file == "data.json" else 1)
        found = grave(report)
        assert {at for at, _ in found} == {line}, (row, found)
        assert any(where.startswith(path) for _, where in found), (row, found)


def test_words_of_the_entry_are_told(tmp_path: Path) -> None:
    report = compatibility([folder(tmp_path, TALK, [talk(("human", "Where?"), ("desk", "Here."), rules="x")])], ["llamafactory"])
    assert {p.detail for i in report.outcomes[0].issues if i.rule == "LF-ROLE" for p in i.places} == {"role is none of client, desk"}
    assert report.reason == "by mine in dataset_info.json"


ENTRIES: list[tuple[str, Row, Row, str]] = [
    ("formatting", {"formatting": "chatml"}, {"instruction": "q", "input": "", "output": "a"}, "`formatting` is none of"),
    ("ranking", {"ranking": True, "columns": {"prompt": "q"}}, {"q": "x"}, "without the columns `chosen`"),
    ("messages", {"formatting": "sharegpt", "columns": {"system": "s"}}, {"conversations": []}, "doesn't name `messages`"),
    ("alpaca-for-talk", {}, {"conversations": [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]}, "no row has the columns named for input, instruction, output"),
    ("system", {"columns": {"prompt": "q", "response": "a", "system": "s"}}, {"q": "x", "a": "y"}, "columns named for system"),
]


@pytest.mark.parametrize(("name", "entry", "row", "told"), ENTRIES, ids=[e[0] for e in ENTRIES])
def test_wrong_entries(name: str, entry: Row, row: Row, told: str, tmp_path: Path) -> None:
    outcome = compatibility([folder(tmp_path, entry, [row] * 2)], ["llamafactory"]).outcomes[0]
    details = [p.detail for i in outcome.issues if i.rule == "LF-ENTRY" for p in i.places]
    assert any(told in d for d in details), outcome.issues
    assert not outcome.ok


UNLISTED: list[tuple[str, Row, Row, set[str]]] = [
    ("system", {"columns": {"prompt": "q", "response": "a"}}, {"q": "x", "a": "y", "system": "Be brief."}, {"system"}),
    ("empty-system", {"columns": {"prompt": "q", "response": "a"}}, {"q": "x", "a": "y", "system": ""}, set()),
    ("other-name", {"columns": {"prompt": "q", "response": "a"}}, {"q": "x", "a": "y", "source": "z"}, set()),
    ("listed", {"columns": {"prompt": "q", "response": "a", "system": "system"}}, {"q": "x", "a": "y", "system": "z"}, set()),
    ("no-ranking", {"columns": {"prompt": "q", "response": "a", "chosen": "chosen", "rejected": "rejected"}}, {"q": "x", "a": "y", "chosen": "b", "rejected": "c"}, {"chosen", "rejected"}),
    ("input", {"columns": {"prompt": "instruction", "response": "output"}}, {"instruction": "x", "output": "y", "input": "z"}, {"input"}),
]


@pytest.mark.parametrize(("name", "entry", "row", "told"), UNLISTED, ids=[e[0] for e in UNLISTED])
def test_filled_columns_that_the_entry_does_not_list_are_warned_about(name: str, entry: Row, row: Row, told: set[str], tmp_path: Path) -> None:
    outcome = compatibility([folder(tmp_path, entry, [row] * 3)], ["llamafactory"]).outcomes[0]
    found = [i for i in outcome.issues if i.rule == "LF-ENTRY-UNLISTED"]
    assert {p.path.removeprefix("$.") for i in found for p in i.places} == told
    assert sum(i.count for i in found) == 3 * len(told)
    assert all(i.level == "warning" for i in found)
    assert outcome.rejected == 0


def test_other_targets_see_the_rows_as_they_stand(tmp_path: Path) -> None:
    path = folder(tmp_path, QA, [{"q": "Where?", "a": "Here."}] * 3)
    report = compatibility([path], ["openai", "llamafactory"])
    assert [o.target for o in report.outcomes] == ["openai", "llamafactory", "generic"]
    assert [o.rejected for o in report.outcomes] == [3, 0, 0]
    auto = compatibility([path], ["auto"])
    assert (auto.format, auto.suits) == ("alpaca", ("llamafactory",))


def test_without_an_entry(tmp_path: Path) -> None:
    folder(tmp_path, QA, [{"q": "Where?", "a": "Here."}])
    (tmp_path / "other.json").write_text(json.dumps([{"instruction": "q", "input": "", "output": "a"}]))
    report = compatibility([tmp_path], ["llamafactory"])
    assert report.files == ("data.json", "other.json")  # and not dataset_info.json
    assert [(i.rule, i.level, [p.file for p in i.places]) for i in report.outcomes[0].issues] == [("LF-ENTRY-NONE", "warning", ["other.json"])]
    (tmp_path / "dataset_info.json").write_text(json.dumps({"features": {"q": {"dtype": "string"}}, "splits": {}}))  # of `datasets`
    assert columns_of(tmp_path / "data.json") is None
    (tmp_path / "dataset_info.json").write_text("{oops")
    assert columns_of(tmp_path / "data.json") is None


def test_a_folder_and_a_table(tmp_path: Path) -> None:
    inner = tmp_path / "parts"
    inner.mkdir()
    (tmp_path / "dataset_info.json").write_text(json.dumps({"mine": {"file_name": "parts", **QA}}))
    pl.DataFrame({"q": ["Where?", "Who?"], "a": ["Here.", None]}).write_parquet(inner / "one.parquet")
    outcome = compatibility([inner / "one.parquet"], ["llamafactory"]).outcomes[0]
    assert (outcome.rows, outcome.rejected) == (2, 1)
    assert {p.path for i in outcome.errors for p in i.places} == {"$.a"}


def test_rows_are_converted_by_their_entry(tmp_path: Path) -> None:
    path = folder(tmp_path, TALK, [talk(("client", "Where?"), ("desk", "Here."), rules="Be brief."), talk(("robot", "?"), ("desk", "x"))])
    result = convert(path, "openai", tmp_path / "out.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert (result.written, [r.line for r in result.refused]) == (1, [3])
    assert rows == [{"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."}]}]
