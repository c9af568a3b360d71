"""User and assistant exchanged in all rows, or in half of them, where no row can be compared with the others."""

from __future__ import annotations

import pytest
from corpus import dialogues
from support import facts, judged, table

from auditor.detectors.asking import asks
from auditor.detectors.studies import PairStudy
from auditor.model import Severity, Shape, Status

N = 200
ASKED = ("Write a note on", "Explain to a child what is known of", "Can you say something about", "Please list what one should know of")
FORMS = {
    "Write a poem about the moon.": True,
    "Can you help me with my card?": True,
    "What does the moon do?": True,
    "Wie weit ist der Mond entfernt?": True,
    "请解释月亮是什么。": True,
    "Please provide your account number, so that I can look.": False,
    "That sounds hard. What happened then?": False,
    "The moon is a rock.": False,
    "Writing poems takes time.": False,
    "Certainly! Here is a list of rocks.": False,
}


@pytest.mark.parametrize("text", FORMS)
def test_forms(text: str) -> None:
    assert bool(asks([text])[0]) is FORMS[text]


@pytest.mark.parametrize(("share", "told"), [(0.0, False), (0.02, False), (0.5, True), (1.0, True)])
def test_exchanged_sides(share: float, told: bool) -> None:
    prompts, responses = dialogues(N)
    pairs = [(f"{ASKED[i % 4]} {p}", r) for i, (p, r) in enumerate(zip(prompts, responses, strict=True))]
    pairs = [(r, p) if i < share * N else (p, r) for i, (p, r) in enumerate(pairs)]
    data = table({"prompt": [p for p, _ in pairs], "response": [r for _, r in pairs]}, {"prompt": ["prompt"], "response": ["response"]}, Shape.PROMPT_COMPLETION)
    found = facts(data, PairStudy())
    study = found[PairStudy()]
    rows = study.turned if study.turned is not None else study.asking
    assert (rows is not None) is told
    findings = [f for f in judged(data, "LRN004", found=found) if f.subject == "roles"]
    assert [(f.status, f.severity) for f in findings] == ([(Status.WARN, Severity.MAJOR)] if told else [])
    if told:
        assert {r.row for r in findings[0].evidence.refs} <= {i for i in range(N) if i < share * N}


def test_people_who_talk_without_asking_are_not_exchanged() -> None:
    prompts, responses = dialogues(N)
    said = [f"I feel that {p}" for p in prompts]
    data = table({"prompt": said, "response": [f"{r} What do you think?" for r in responses]}, {"prompt": ["prompt"], "response": ["response"]}, Shape.PROMPT_COMPLETION)
    assert facts(data, PairStudy())[PairStudy()].asking is None
