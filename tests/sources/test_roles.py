"""Which column plays what: names in the spellings of exports, hits beside near misses."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from auditor.model import Role, Shape
from auditor.settings import Settings
from auditor.sources.discover import discover

R = random.Random(11)
N = 200
WORDS = ["the", "parcel", "with", "my", "kettle", "came", "late", "and", "nobody", "at", "the", "depot", "could", "say", "when", "it", "would", "be", "here", "so", "I", "want", "the", "money", "back"]
TEXT = [" ".join(R.choices(WORDS, k=12)) + f" {i}" for i in range(N)]
LABEL = [R.choice(["late", "refund"]) for _ in range(N)]
PATIENTS = [f"P{R.randrange(60)}" for _ in range(N)]
DAYS = [f"{1 + i % 28:02}.{1 + i % 12:02}.2024" for i in range(N)]


def roles(folder: Path, columns: dict[str, list[object]]) -> tuple[dict[str, tuple[str, ...]], Shape]:
    pl.DataFrame(columns, strict=False).write_csv(folder / "data.csv")
    data = discover(folder, Settings()).dataset
    return {str(role): data.role(role) for role in Role}, data.shape


@pytest.mark.parametrize("name", ["patient_id", "Patient ID", "patientId", "PatientID", "PATIENT-ID", "patientid", "MRN", "Customer ID"])
def test_an_entity_is_known_however_its_name_is_spelt(tmp_path: Path, name: str) -> None:
    assert roles(tmp_path, {name: PATIENTS, "message": TEXT, "label": LABEL})[0]["group"] == (name,)


@pytest.mark.parametrize(
    ("name", "values", "group"),
    [
        ("group", PATIENTS, True),
        ("group", [R.choice(["Tier 1", "Tier 2", "Billing"]) for _ in range(N)], False),
        ("entity", [R.choice(["ORG", "PER"]) for _ in range(N)], False),
        ("author", [R.choice(["Ann", "Ben"]) for _ in range(N)], False),
        ("author", PATIENTS, True),
        ("user_id", [R.choice(["a", "b", "c"]) for _ in range(N)], True),
        ("patient_idea", PATIENTS, False),
    ],
)
def test_a_team_is_no_entity(tmp_path: Path, name: str, values: list[object], group: bool) -> None:
    assert roles(tmp_path, {name: values, "message": TEXT, "label": LABEL})[0]["group"] == ((name,) if group else ())


@pytest.mark.parametrize(
    ("columns", "time"),
    [
        ({"Created Date": DAYS}, "Created Date"),
        ({"InvoiceDate": DAYS}, "InvoiceDate"),
        ({"createdAt": DAYS}, "createdAt"),
        ({"Datum": DAYS}, "Datum"),
        ({"window_start": DAYS}, "window_start"),
        ({"from": DAYS, "until": DAYS}, ""),
        ({"dob": DAYS}, ""),
        ({"OverTime": [("Yes", "No")[i % 2] for i in range(N)]}, ""),
        ({"release_date": [f"{('Jan', 'Feb', 'Mar')[i % 3]} 2024" for i in range(N)]}, "release_date"),
        ({"format": [f"a{i % 7}" for i in range(N)]}, ""),
        ({"Datum": [f"{i % 90}.5" for i in range(N)]}, ""),
    ],
)
def test_the_time_is_known_by_its_name_or_by_being_the_only_days(tmp_path: Path, columns: dict[str, list[object]], time: str) -> None:
    assert roles(tmp_path, {**columns, "message": TEXT, "label": LABEL})[0]["time"] == ((time,) if time else ())


@pytest.mark.parametrize(("filled", "known"), [(1.0, True), (0.6, True), (0.05, False)])
def test_a_column_that_few_rows_fill_is_not_their_id(tmp_path: Path, filled: float, known: bool) -> None:
    ids = [f"JIRA-{i}" if i < filled * N else None for i in range(N)]
    assert roles(tmp_path, {"jira_key": ids, "message": TEXT, "label": LABEL})[0]["id"] == (("jira_key",) if known else ())


@pytest.mark.parametrize(
    ("columns", "prompt", "response"),
    [
        ({"problem": TEXT, "solution": TEXT[::-1], "answer": [str(i) for i in range(N)]}, "problem", "solution"),
        ({"user_input": TEXT, "reference": TEXT[::-1]}, "user_input", "reference"),
        ({"user": TEXT, "assistant": TEXT[::-1]}, "user", "assistant"),
        ({"input": TEXT, "actual_output": TEXT[::-1], "expected_output": TEXT[::-1]}, "input", "expected_output"),
        ({"Question": TEXT, "Ground Truth": TEXT[::-1]}, "Question", "Ground Truth"),
        ({"input": TEXT, "expected": LABEL}, "", ""),
        ({"question": TEXT, "SQL": [f"SELECT {t} FROM t" for t in TEXT], "difficulty": LABEL}, "question", "SQL"),
        ({"db_id": ["shop"] * N, "question": TEXT, "query": [f"SELECT {t} FROM t" for t in TEXT], "hardness": LABEL}, "question", "query"),
        ({"problem": TEXT, "category": LABEL}, "", ""),
        ({"user": PATIENTS, "assistant": TEXT, "label": LABEL}, "", ""),
    ],
)
def test_a_pair_may_say_so_only_together(tmp_path: Path, columns: dict[str, list[object]], prompt: str, response: str) -> None:
    found, shape = roles(tmp_path, columns)
    assert (found["prompt"], found["response"]) == ((prompt,), (response,)) if prompt else not found["response"]
    assert (shape is Shape.PROMPT_COMPLETION) == bool(prompt)


BACK = TEXT[::-1]


@pytest.mark.parametrize(
    ("columns", "prompt", "response"),
    [
        ({"customer_message": TEXT, "agent_reply": BACK}, ("customer_message",), "agent_reply"),
        ({"Agent response": BACK, "Customer message": TEXT, "CSAT": [i % 5 for i in range(N)]}, ("Customer message",), "Agent response"),
        ({"human": TEXT, "ai": BACK}, ("human",), "ai"),
        ({"subject": TEXT, "body": BACK, "answer": TEXT[5:] + TEXT[:5], "priority": LABEL}, ("subject", "body"), "answer"),
        ({"ticket_id": list(range(N)), "description": TEXT, "resolution": BACK, "status": LABEL}, ("description",), "resolution"),
        ({"review": TEXT, "Response": BACK}, ("review",), "Response"),
        ({"request_id": [f"8c2f{i:04}-9b1d-4e7a-a0c3-5d6e7f8a9b0c" for i in range(N)], "request_body": TEXT, "response_body": BACK}, ("request_body",), "response_body"),
        ({"message": TEXT, "reply": [f"Thank you, we have looked into it and the {c} goes its way." for c in LABEL]}, ("message",), "reply"),
        ({"nl": TEXT, "cmd": BACK}, ("nl",), "cmd"),
        ({"Frage": TEXT, "Antwort": BACK, "Thema": LABEL}, ("Frage",), "Antwort"),
        ({"lettre": TEXT, "réponse": BACK}, ("lettre",), "réponse"),
        ({"docstring": TEXT, "func_code_string": BACK}, ("docstring",), "func_code_string"),
        # a label or a grade says what is learnt; notes are no reply; what is chosen from a list is none; of two replies neither is known to be it
        ({"customer_message": TEXT, "agent_reply": BACK, "category": LABEL}, (), ""),
        ({"body": TEXT, "answer": BACK, "ticket_category": LABEL}, (), ""),
        ({"question_text": TEXT, "student_answer": BACK, "score": [i % 7 for i in range(N)]}, (), ""),
        ({"customer_message": TEXT, "agent_notes": BACK, "resolved": LABEL}, (), ""),
        ({"customer_message": TEXT, "reply_code": LABEL}, (), ""),
        ({"description": TEXT, "stock_code": [f"SKU{i * 7}" for i in range(N)]}, (), ""),
        ({"body": TEXT, "first_reply": BACK, "last_reply": BACK}, (), ""),
        ({"abstract": TEXT, "keywords": BACK, "answer_code": LABEL}, (), ""),
    ],
)
def test_a_reply_is_known_beside_what_it_answers(tmp_path: Path, columns: dict[str, list[object]], prompt: tuple[str, ...], response: str) -> None:
    found, shape = roles(tmp_path, columns)
    assert (found["prompt"], found["response"]) == (prompt, (response,) if response else ())
    assert (shape is Shape.PROMPT_COMPLETION) == bool(prompt)


@pytest.mark.parametrize("name", ["species", "tag", "churned", "topic"])
def test_a_state_is_the_label_where_nothing_else_is(tmp_path: Path, name: str) -> None:
    other = [("open", "closed", "waiting")[i % 3] for i in range(N)]
    assert roles(tmp_path, {"status": other, "text": TEXT, name: LABEL})[0]["label"] == (name,)
    assert roles(tmp_path, {"status": other, "text": TEXT})[0]["label"] == ("status",)


@pytest.mark.parametrize(("name", "settled"), [("adjudicated", True), ("Consensus", True), ("final_label", True), ("final", True), ("finalist", False)])
def test_what_annotators_settled_on_is_the_label(tmp_path: Path, name: str, settled: bool) -> None:
    columns = {"message": TEXT, "annotator_1": LABEL, "annotator_2": LABEL[::-1], name: LABEL}
    found, _ = roles(tmp_path, columns)
    assert found["annotator"] == ("annotator_1", "annotator_2")
    assert found["label"] == ((name,) if settled else ())


@pytest.mark.parametrize("name", ["final", "resolved", "agreed"])
def test_without_annotators_those_names_say_nothing(tmp_path: Path, name: str) -> None:
    found, _ = roles(tmp_path, {"message": TEXT, name: [R.choice(["yes", "no"]) for _ in range(N)], "label": LABEL})
    assert found["label"] == ("label",)


@pytest.mark.parametrize(
    ("name", "feature"),
    [("annotator", False), ("annotator_id", False), ("Labeler", False), ("annotated by", False), ("workerId", False), ("rater", False), ("worker", True), ("rating", True), ("coder_level", True)],
)
def test_who_judged_a_row_is_nothing_to_read(tmp_path: Path, name: str, feature: bool) -> None:
    who = [R.choice(["anna", "bob", "carl"]) for _ in range(N)]
    found, _ = roles(tmp_path, {"message": TEXT, name: who, "label": LABEL})
    assert (name in found["feature"]) is feature
    assert found["label"] == ("label",)


@pytest.mark.parametrize(
    ("columns", "shape"),
    [
        ({"Name": [f"maker model {i % 60} estate" for i in range(N)], "Miles": [i / 7 for i in range(N)], "Cylinders": [i % 97 for i in range(N)]}, Shape.TABLE),
        ({"age": [30 + i % 97 for i in range(N)], "Term": [f"since the fall of {i} (died)" for i in range(N)], "days": list(range(N))}, Shape.TABLE),
        ({"passage": TEXT, "perplexity": [i / 7 for i in range(N)], "words": [i % 97 for i in range(N)]}, Shape.PLAIN_TEXT),
        ({"text": [f"late again {i}" for i in range(N)], "likes": [i % 97 for i in range(N)], "shares": [i % 89 for i in range(N)]}, Shape.PLAIN_TEXT),
        ({"tweet": [f"late again {i}" for i in range(N)], "likes": [i % 97 for i in range(N)]}, Shape.PLAIN_TEXT),
    ],
    ids=["cars", "terms", "sentences with measures", "named like a text", "one measure"],
)
def test_what_is_measured_has_a_name_and_is_no_text(tmp_path: Path, columns: dict[str, list[object]], shape: Shape) -> None:
    """Rows that share a name and not a figure were told as repeated."""
    assert roles(tmp_path, columns)[1] is shape
