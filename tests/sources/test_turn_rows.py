"""A row a turn becomes a row a talk, where speakers and talks are named; labels of turns and other tables stay as they are."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.audit import examine
from auditor.detectors.conversations import exchange
from auditor.model import Role, Shape, Status
from auditor.settings import DataSettings, Settings
from auditor.sources.discover import discover
from auditor.sources.types import Source

WORDS = ["parcel", "kettle", "depot", "invoice", "window", "garden", "ladder", "spoon", "winter", "ticket"]
Row = dict[str, Any]


def _rows(n: int = 40, who: tuple[str, str] = ("customer", "agent"), names: tuple[str, str, str] = ("conversation_id", "speaker", "text")) -> list[Row]:
    drawn = random.Random(5)
    out: list[Row] = []
    for k in range(n):
        word = drawn.choice(WORDS)
        said = [f"Where is the {word} of order {k}?", f"The {word} of order {k} came late and is at the depot, please wait until day {k * 7}.", "Thanks.", "You are welcome."]
        out += [{names[0]: f"c{k}", "turn": i, names[1]: who[i % 2], names[2]: text, "channel": "web" if k % 2 else "mail", "seconds": i * 3} for i, text in enumerate(said)]
    return out


def _source(folder: Path, rows: list[Row], settings: Settings | None = None) -> Source:
    pl.DataFrame(rows).write_csv(folder / "export.csv")
    return discover(folder, settings or Settings())


@pytest.mark.parametrize(
    ("who", "names"),
    [
        (("customer", "agent"), ("conversation_id", "speaker", "text")),
        (("Customer", "Agent 2"), ("Conversation ID", "Speaker", "Utterance")),
        (("USER", "SYSTEM"), ("dialogue_id", "speaker", "utterance")),
        (("user", "assistant"), ("thread_id", "role", "content")),
        (("inbound", "outbound"), ("ticketId", "direction", "body")),
    ],
)
def test_a_row_a_turn_is_a_row_a_talk(who: tuple[str, str], names: tuple[str, str, str], tmp_path: Path) -> None:
    source = _source(tmp_path, _rows(who=who, names=names))
    data = source.dataset
    assert (data.shape, data.role(Role.MESSAGES), sum(f.rows for f in data.files)) == (Shape.CHAT, ("messages",), 40)
    first = source.parts[0].frame.collect().row(0, named=True)
    assert [t["role"] for t in first["messages"]] == ["user", "assistant", "user", "assistant"]
    assert (first[names[0]], first["channel"]) == ("c0", "mail")
    assert "seconds" not in first


def test_turns_are_put_in_their_order_and_none_is_lost_unsaid(tmp_path: Path) -> None:
    rows = _rows()
    random.Random(1).shuffle(rows)
    rows.append({**rows[0], "conversation_id": None})
    source = _source(tmp_path, rows)
    talk = next(t for i, t in source.parts[0].frame.select("conversation_id", "messages").collect().iter_rows() if i == "c7")
    assert talk[0]["content"].startswith("Where is")
    assert talk[-1]["content"] == "You are welcome."
    (note,) = [n.message for n in source.dataset.notes if n.kind == "turns"]
    assert "160 turns of 40 talks by 'conversation_id'" in note
    assert "1 rows without" in note


@pytest.mark.parametrize(
    "change",
    [
        lambda r: {**r, "intent": "late" if r["turn"] % 2 else "lost"},  # a label of turns
        lambda r: {**r, "speaker": ["Anna", "Ben", "Carl"][r["turn"] % 3]},  # who of them answers nobody says
        lambda r: {**r, "speaker": "customer"},
        lambda r: {**r, "conversation_id": f"{r['conversation_id']}-{r['turn']}"},  # one turn each
        lambda r: {**r, "text": "yes" if r["turn"] % 2 else "no"},
        lambda r: {k: v for k, v in r.items() if k != "speaker"},
    ],
)
def test_other_tables_stay_as_they_are(change: Any, tmp_path: Path) -> None:
    data = _source(tmp_path, [change(r) for r in _rows()]).dataset
    assert sum(f.rows for f in data.files) == 160
    assert data.shape is not Shape.CHAT


def test_what_is_declared_comes_first(tmp_path: Path) -> None:
    assert sum(f.rows for f in _source(tmp_path, _rows(), Settings(data=DataSettings(label="channel"))).dataset.files) == 160


def test_thanks_at_the_end_of_talks_do_not_hide_that_answers_fit(tmp_path: Path) -> None:
    rows = _rows(120)
    _source(tmp_path, rows)
    assert [f.status for f in examine(tmp_path, Settings(select=("LRN004",))).report.findings if f.code == "LRN004"] == [Status.PASS]
    answers = [r["text"] for r in rows if r["turn"] == 1]
    moved = iter(answers[7:] + answers[:7])
    _source(tmp_path, [{**r, "text": next(moved)} if r["turn"] == 1 else r for r in rows])
    assert [f.status for f in examine(tmp_path, Settings(select=("LRN004",))).report.findings if f.code == "LRN004"] != [Status.PASS]


@pytest.mark.parametrize(
    ("answers", "told"),
    [(["a long answer to it", "bye"], "a long answer to it"), (["short", "a longer answer"], "a longer answer"), (["one of them", "the other"], "the other"), (["an answer", ""], "an answer"), ([""], "")],
)
def test_the_turn_that_tells_a_talk_from_others(answers: list[str], told: str) -> None:
    talk = [turn for a in answers for turn in ({"role": "user", "content": "And?"}, {"role": "assistant", "content": a})]
    assert exchange(talk, telling=True)[1] == told
    assert exchange(talk)[1] == answers[-1]
