"""Debris in responses that is told by its form: hits beside near misses, and the defects of reasoning and code that is never closed."""

from __future__ import annotations

import pytest
from corpus import dialogues
from support import facts, judged, table

from auditor.detectors.studies import TextStudy
from auditor.model import Severity, Shape, Status

MOON = "The moon is a rock that moves around the earth."
ENCODED = "VGhlIG1vb24gaXMgYSByb2NrIHRoYXQgbW92ZXMgYXJvdW5kIHRoZSBlYXJ0aCBpbiAzMCBkYXlzLg=="
CODE = "Here it is:\n```python\nfor i in range(3):\n    print(i)\n"
LOOP = "The moon is a rock. " + "It moves around the earth in about a month. " * 8


def kinds(prompts: list[str], responses: list[str]) -> dict[str, int]:
    data = table({"prompt": prompts, "response": responses}, {"prompt": ["prompt"], "response": ["response"]}, Shape.PROMPT_COMPLETION)
    return {d.kind: d.rows for d in facts(data, TextStudy())[TextStudy()].defects}


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        ("Unfortunately, I'm unable to fulfill this request about the moon.", "refusal"),
        ("I apologize, but I cannot provide what you ask about the moon.", "refusal"),
        ("I must respectfully decline to speak about the moon today.", "refusal"),
        ("Lo siento, pero no puedo ayudar con eso en este momento del día.", "refusal"),
        ("Unfortunately, the moon is unable to shine by itself at all.", None),
        ("I apologize for the delay: the moon is a rock that moves.", None),
        ("Assistant: " + MOON, "merged"),
        ("AI: " + MOON, "merged"),
        ("An assistant: that is what the moon is to the earth.", None),
        ("Error: Rate limit reached for the model in your organization.", "service_error"),
        ("503 Service Unavailable", "service_error"),
        ("The request timed out after 60 seconds. Please try it again.", "service_error"),
        ("An error occurred while generating the answer about the moon.", "service_error"),
        ("Errors occur while one measures how far away the moon is.", None),
        ("A rate limit is reached when too many requests are sent at once.", None),
        ("The moon isnâ€™t a star, and the cafÃ© isnâ€™t open.", "encoded"),
        ("O CAFÉ NÃO ABRE HOJE, E A LUA É UMA PEDRA MUITO GRANDE.", None),
        ("The moon is a rock.\\nIt moves around the earth.\\nIt is round.", "encoded"),
        ("The moon is \\u201ca rock\\u201d that moves around the earth.", "encoded"),
        ("The gradient $\\nabla f$ and $\\nu$ are both written in LaTeX.", None),
        ("The%20moon%20is%20a%20rock%20that%20moves%20around.", "encoded"),
        ("https://example.org/the%20moon%20is%20a%20rock.html", None),
        (ENCODED, "encoded"),
        ("ACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGTACGT.", None),
        (CODE, "open_fence"),
        (CODE + "```\nThat is all there is to say about it.", None),
        ("<think>\nThe moon is a rock, or is it a star?", "open_reasoning"),
        ("<think>\nA rock or a star?\n</think>\n" + MOON, None),
        ("<think>\nThe moon is a rock, or is it a star?\n</think>\n", "no_answer"),
        (LOOP, "loop"),
        ("The moon is a rock. " + "It moves around the earth in about a month. " * 3, None),
    ],
)
def test_forms(response: str, kind: str | None) -> None:
    prompts, responses = dialogues(30)
    found = kinds([*prompts, "What is the moon?"], [*responses, response])
    found.pop("truncated", None)
    assert found == ({kind: 1} if kind else {})


@pytest.mark.parametrize("prompt", ["Encode this sentence in Base64.", "What does the script write?", "Escape the line breaks of this JSON."])
@pytest.mark.parametrize("response", [ENCODED, "The moon is a rock.\\nIt moves around the earth.\\nIt is round."])
def test_what_was_asked_for_is_no_debris(prompt: str, response: str) -> None:
    prompts, responses = dialogues(30)
    assert not {"encoded"} & {*kinds([*prompts, prompt], [*responses, response])}


@pytest.mark.parametrize(("filled", "asked", "told"), [(10, "", 20), (0, "", 0), (10, " /no_think", 0)])
def test_empty_reasoning_of_some_rows_is_told_and_is_advice(filled: int, asked: str, told: int) -> None:
    prompts, responses = dialogues(30)
    thoughts = ["<think>\nHm, let me see.\n</think>\n" if i < filled else "<think>\n\n</think>\n" for i in range(30)]
    asks = [p + (asked if i >= filled else "") for i, p in enumerate(prompts)]
    answers = [t + r for t, r in zip(thoughts, responses, strict=True)]
    assert kinds(asks, answers).get("empty_reasoning", 0) == told
    data = table({"prompt": asks, "response": answers}, {"prompt": ["prompt"], "response": ["response"]}, Shape.PROMPT_COMPLETION)
    found = [f for f in judged(data, "TXT") if "empty reasoning" in f.message]
    assert [f.severity for f in found] == ([Severity.MINOR] if told else [])


@pytest.mark.parametrize(("empty", "told"), [(1, 1), (30, 0)])
def test_prompts_without_a_single_answer_are_another_kind_of_data(empty: int, told: int) -> None:
    prompts, responses = dialogues(30)
    data = table({"prompt": prompts, "response": [""] * empty + responses[empty:]}, {"prompt": ["prompt"], "response": ["response"]}, Shape.PROMPT_COMPLETION)
    assert len([f for f in judged(data, "TXT001") if f.subject == "empty response"]) == told
    assert len([f for f in judged(data, "LBL001") if f.status is Status.UNKNOWN]) == 1 - told


@pytest.mark.parametrize(("share", "told"), [(0.1, 3), (1.0, 0)])
def test_a_prompt_within_the_response_is_told_unless_it_is_the_form_of_the_set(share: float, told: int) -> None:
    prompts, responses = dialogues(30)
    asks = [f"{p} Tell me in a few words, please." for p in prompts]
    said = [f"You asked: {p}\n{r}" if i < share * 30 else r for i, (p, r) in enumerate(zip(asks, responses, strict=True))]
    assert kinds(asks, said).get("echo", 0) == told


def test_short_cut_answers_of_a_small_set_are_told_by_words_that_end_none() -> None:
    prompts, responses = dialogues(120)
    short = [" ".join(r.split()[:9]).rstrip(".") for r in responses]
    cut = [f"{s} of the" if i % 4 == 0 else s for i, s in enumerate(short)]
    assert kinds(prompts, cut)["broken_off"] == 30
    assert "broken_off" not in kinds(prompts, [f"{s} here" for s in short])
