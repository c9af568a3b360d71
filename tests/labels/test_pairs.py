"""Pairs of prompt and response: canned answers, exchanged sides, answers without a question."""

from __future__ import annotations

import numpy as np
import pytest
from corpus import dialogues
from support import facts, judged, table

from auditor.detectors.studies import PairStudy
from auditor.model import Severity, Shape, Status

N = 800
ROLES = {"prompt": ["prompt"], "response": ["response"]}
CANNED = "Please contact our support team at the counter and they will help you further."


def pairs(prompts, responses):
    return table({"prompt": prompts, "response": responses}, ROLES, Shape.PROMPT_COMPLETION)


def said(data):
    return [(f.subject, f.status, f.severity) for f in judged(data) if f.code == "LRN004"]


@pytest.mark.parametrize("share", [0, 0.3])
def test_canned_answers_are_not_called_foreign(share):
    prompts, responses = dialogues(N)
    data = pairs(prompts, [CANNED if i < share * N else r for i, r in enumerate(responses)])
    study = facts(data, PairStudy())[PairStudy()]
    assert study.canned == share * N
    assert study.mismatched < 0.05
    assert said(data)[0][1] is Status.PASS


@pytest.mark.parametrize("reply", ["I'm sorry, but I can't help with question {i}.", "Error: rate limit reached in request {i}.", "nan"])
def test_what_answers_nothing_is_not_called_foreign(reply):
    prompts, responses = dialogues(N)
    data = pairs(prompts, [reply.format(i=i) if i % 5 == 0 else r for i, r in enumerate(responses)])
    study = facts(data, PairStudy())[PairStudy()]
    assert study.canned == N / 5
    assert said(data)[0][1] is Status.PASS


@pytest.mark.parametrize(("share", "told"), [(0, False), (0.01, False), (0.2, True), (0.4, True)])
def test_rows_with_exchanged_sides(share, told):
    prompts, responses = dialogues(N)
    which = np.random.default_rng(0).random(N) < share
    data = pairs([r if w else p for p, r, w in zip(prompts, responses, which, strict=True)], [p if w else r for p, r, w in zip(prompts, responses, which, strict=True)])
    turned = facts(data, PairStudy())[PairStudy()].turned
    assert (turned is not None) is told
    if turned is not None:
        assert len(set(turned.row.tolist()) ^ set(np.flatnonzero(which).tolist())) <= (0.02 if share < 0.4 else 0.1) * N
        assert ("roles", Status.WARN, Severity.MAJOR) in said(data)


def test_sides_that_are_alike_are_not_exchanged():
    prompts, _ = dialogues(N)
    assert facts(pairs(prompts, prompts[::-1]), PairStudy())[PairStudy()].turned is None


def test_answers_without_any_question_are_a_veto():
    _, responses = dialogues(100)
    data = table({"messages": [[{"role": "assistant", "content": r}, {"role": "user", "content": "And then?"}] for r in responses]}, {"messages": ["messages"]}, Shape.CHAT)
    assert said(data) == [("responses", Status.FAIL, Severity.BLOCKER)]
    greeted = table({"messages": [[{"role": "assistant", "content": "Hello!"}, {"role": "user", "content": r[:20]}, {"role": "assistant", "content": r}] for r in responses]}, {"messages": ["messages"]}, Shape.CHAT)
    assert said(greeted)[0][1] is not Status.FAIL
