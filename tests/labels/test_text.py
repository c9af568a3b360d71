"""Defects of prompts and responses: hits beside near misses."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from corpus import dialogues
from support import facts, judged, table

from auditor.checks.text_quality import WholeTexts
from auditor.detectors import language
from auditor.detectors.studies import TextStudy
from auditor.model import Severity, Shape, Status
from auditor.scan.measures import Lengths, LengthState
from auditor.scan.request import Facts
from auditor.settings import Settings

GOOD = "The moon is a rock that moves around the earth in about a month."


def study(prompts, responses, rejected=None):
    columns = {"prompt": prompts, "response": responses}
    roles = {"prompt": ["prompt"], "response": ["response"]}
    if rejected is None:
        return table(columns, roles, Shape.PROMPT_COMPLETION)
    return table({"prompt": prompts, "chosen": responses, "rejected": rejected}, {"prompt": ["prompt"], "chosen": ["chosen"], "rejected": ["rejected"]}, Shape.PREFERENCE)


def found(*args):
    data = study(*args)
    return {d.kind: d.rows for d in facts(data, TextStudy())[TextStudy()].defects}


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        ("", "empty_response"),
        (" \n", "empty_response"),
        ("I'm sorry, but I cannot help with that request at all today.", "refusal"),
        ("As an AI language model, I have no feelings about the moon.", "refusal"),
        ("I was sorry to hear that the moon cannot help with the tides.", None),
        ("Hello, I am {{name}}, made by {{author}} for you.", "placeholder"),
        ("Dear [Your Name], the moon is a rock.", "placeholder"),
        ("See [the moon] and <b>the sun</b> for more.", None),
        ("The moon is a rock.\n##\n18. Instruction: name three planets.", "merged"),
        ("The moon is a rock.<|im_end|>", "merged"),
        ("## Planets\n1. Mars is red.", None),
        ("<p>The moon is a rock.</p>", "markup"),
        ("The moon is a rock.<br>It moves.<br/>It is round.", "markup"),
        ("The moon isn&#39;t a star.", "markup"),
        ("Rocks &amp; stones make the moon.", "markup"),
        ("Write `<p>moon</p>` for it.", None),
        ("Use this:\n```html\n<p>moon</p><br><br>\n```\nThat is all.", None),
        ("The moon is < 5 and > 2, at R&D; so it is.", None),
        ("| moon<br>rock | star |", None),
        ("The moon\x00 is a rock that moves.", "control"),
        ("The moon\tis a rock\nthat moves.", None),
    ],
)
def test_patterns(response, kind):
    prompts, responses = dialogues(30)
    kinds = found([*prompts, "What is the moon?"], [*responses, response])
    assert kinds == ({kind: 1} if kind else {})


def test_cut_responses_are_told_by_the_sets_own_habit():
    prompts, responses = dialogues(100)
    cut = [r[:-9] if i < 3 else r for i, r in enumerate(responses)]
    assert found(prompts, cut) == {"truncated": 3}
    casual = [r.rstrip(".") if i % 4 == 0 else r for i, r in enumerate(responses)]
    assert found(prompts, casual) == {}


def casual(rows):
    """Responses of all lengths, of which one in four has no full stop."""
    rng = np.random.default_rng(0)
    prompts, responses = dialogues(rows)
    words = [w.rstrip(".") for r in responses for w in r.split()]
    made = []
    for i in range(rows):
        said = [" ".join([*rng.choice(words, rng.integers(3, 9)), "and the moon is for the sun."]) for _ in range(rng.integers(3, 9))]
        made.append(" ".join(said)[: -1 if i % 4 == 0 else None])
    return prompts, made


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (lambda i, p, r: r, set()),
        (lambda i, p, r: r[:150], {"truncated"}),  # all of them at the same number of characters
        (lambda i, p, r: r[:150] if i % 2 else r, {"truncated"}),
        (lambda i, p, r: " ".join(r.split()[:30]) if i % 2 else r, {"truncated"}),
        (lambda i, p, r: r.rstrip(".") + " and the" if i % 8 == 0 else r, {"broken_off"}),
        (lambda i, p, r: r + " Thanks" if i % 8 == 0 else r, set()),
        (lambda i, p, r: "- " + r.rstrip("."), set()),  # a list
        (lambda i, p, r: p if i % 9 == 0 else r, {"echo"}),
        (lambda i, p, r: f"{p}\n{r}", {"echo"}),
        (lambda i, p, r: p if i % 9 == 0 else p[:-3] + "?", set()),  # each is its prompt, corrected
        (lambda i, p, r: f"As to {p}: {r}", set()),
    ],
)
def test_cut_and_repeated_responses_where_many_have_no_full_stop(change, kinds):
    prompts, responses = casual(400)
    assert {*found(prompts, [change(i, p, r) for i, (p, r) in enumerate(zip(prompts, responses, strict=True))])} == kinds


def test_another_script():
    prompts, responses = dialogues(40)
    chinese = "月亮是一块岩石,它大约每个月绕地球运行一周,这是众所周知的事实。"
    assert found([*prompts, "What is the moon and why does it move?"], [*responses, chinese]) == {"language": 1}
    assert found(prompts, [chinese] * 40).get("language") is None


ENGLISH = "How can I order a new card, and how long does it take until it arrives at my home?"
ANSWERS = {
    "English": "You can order a new card in the settings of the app, and it takes about five working days to arrive.",
    "French": "Vous pouvez commander une nouvelle carte dans les réglages de l'application, elle arrive en cinq jours ouvrables environ.",
    "German": "Sie können eine neue Karte in den Einstellungen der App bestellen, und sie kommt nach etwa fünf Werktagen an.",
    "Spanish": "Puede pedir una tarjeta nueva en los ajustes de la aplicación, y tarda unos cinco días laborables en llegar.",
    "short": "Oui, bien sûr.",
    "code": "for i in range(10): print(i * factor + offset, end=' ')",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_another_language_of_the_same_script(name):
    prompts, responses = [ENGLISH] * 30, [ANSWERS["English"]] * 30
    mask, judged, clear = language.mismatched([*prompts, ENGLISH], [*responses, ANSWERS[name]], np.ones(31, bool))
    assert 30 <= clear <= judged + 1
    assert judged == (30 if name in ("short", "code") else 31)  # too few letters
    assert np.flatnonzero(mask).tolist() == ([30] if name in ("French", "German", "Spanish") else [])


@pytest.mark.parametrize(
    ("share", "ask", "told"),
    [(0.1, "", 6), (0.5, "", 30), (1.0, "", 0), (0.5, " Answer in French.", 0), (0.5, " Traduisez.", 0), (0.5, " I like toast.", 30)],
)
def test_translations_are_a_habit_and_half_a_set_is_not(share, ask, told):
    n = 60
    french = [i < share * n for i in range(n)]
    kinds = found([f"{ENGLISH}{ask if f else ''} ({i})" for i, f in enumerate(french)], [f"{ANSWERS['French' if f else 'English']} ({i})" for i, f in enumerate(french)])
    assert kinds.get("other_language", 0) == told


def test_only_what_shares_a_script_is_judged_and_only_so_much():
    prompts, responses = [ENGLISH] * 3000, [ANSWERS["English"]] * 3000
    assert language.mismatched(prompts[:10], responses[:10], np.zeros(10, bool))[1] == 0
    assert language.mismatched(prompts, responses, np.ones(3000, bool))[1] == language.SAMPLE


def test_without_the_package_nothing_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "py3langid", None)
    assert language.mismatched([ENGLISH], [ANSWERS["French"]], np.ones(1, bool)) is None


def test_short_answers_contradict_and_long_ones_vary():
    prompts, responses = dialogues(20)
    assert found([*prompts, "Is it red?", "Is it red?"], [*responses, "Yes.", "No."]) == {"contradiction": 2}
    assert found([*prompts, "Is it red?", "Is it red?"], [*responses, "Yes.", "yes"]) == {}
    assert found([*prompts, "Tell me", "Tell me"], [*responses, GOOD, GOOD.replace("moon", "sun")]) == {}


def test_preferences():
    prompts, responses = dialogues(40)
    other = [r.replace("says", "said") for r in responses]
    assert found(prompts, responses, other) == {}
    assert found(prompts, responses, [*responses[:2], *other[2:]]) == {"equal_sides": 2}
    assert found(prompts, responses, ["", *other[1:]]) == {"empty_side": 1}
    assert found([*prompts, prompts[0]], [*responses, other[0]], [*other, responses[0]]) == {"preference_cycle": 2}


def test_longer_always_wins():
    prompts, responses = dialogues(60)
    data = study(prompts, responses, [r[:20] for r in responses])
    statuses = {f.status for f in judged(data, "TXT005", found=facts(data, TextStudy()))}
    assert statuses == {Status.WARN}


def test_one_template():
    prompts, responses = dialogues(60)
    data = study(prompts, ["Thank you for this very interesting question about it: " + r if i % 3 == 0 else r for i, r in enumerate(responses)])
    assert {f.status for f in judged(data, "TXT006", found=facts(data, TextStudy()))} == {Status.WARN}
    plain = study(prompts, responses)
    assert not judged(plain, "TXT006", found=facts(plain, TextStudy()))


def test_findings_hold_no_text_and_name_rows():
    prompts, responses = dialogues(50)
    data = study(prompts, ["", *responses[1:]])
    findings = judged(data, "TXT", found=facts(data, TextStudy()))
    empty = next(f for f in findings if f.code == "TXT001")
    assert (empty.status, empty.severity) == (Status.WARN, Severity.MAJOR)
    assert [r.row for r in empty.evidence.refs] == [0]
    assert not any(w in f.message for f in findings for w in prompts[0].split()[3:])


@pytest.mark.parametrize(
    ("lengths", "cut"),
    [
        ([255] * 30 + list(range(100, 250)), True),
        ([1000] * 30 + list(range(100, 250)), True),
        ([255] * 30 + list(range(100, 250)) + [400], False),  # one is longer
        ([253] * 30 + list(range(100, 250)), False),  # no length at which anything cuts
        ([255] * 3 + list(range(100, 250)), False),
        ([256] * 180, False),  # all are as long: sequences
    ],
)
def test_texts_that_end_where_a_field_ends(lengths: list[int], cut: bool):
    data = table({"text": ["x" * n for n in lengths], "label": ["a"] * len(lengths)}, {"text": ["text"], "label": ["label"]})
    found = Facts()
    known = LengthState(len(lengths), 0, sum(lengths), min(lengths), max(lengths), 0, lengths.count(max(lengths)))
    found.put(Lengths("text"), known)
    assert [f.subject for f in WholeTexts().judge(data.dataset, found, Settings())] == (["text"] if cut else [])


@pytest.mark.parametrize(("chosen", "side"), [(GOOD, "shorter"), ("It is a rock.", "longer")])
def test_the_side_that_pairs_lack_is_the_one_to_add(chosen: str, side: str):
    other = "It is a rock." if chosen == GOOD else GOOD
    data = study([f"What is the moon, asked child {i}?" for i in range(60)], [f"{chosen} {i}" for i in range(60)], [f"{other} {i}" for i in range(60)])
    (fix,) = {f.fix for f in judged(data, "TXT005", found=facts(data, TextStudy()))}
    assert fix == f"add pairs in which the {side} side is better"


@pytest.mark.parametrize(
    ("response", "short", "missing"),
    [("nan", False, 1), ("N/A", False, 1), ("None", False, 1), ("-", False, 1), (" TODO ", False, 1), ("nan", True, 1), ("N/A", True, 0), ("-", True, 0), ("none of them", False, 0), ("The value is null.", False, 0)],
)
def test_words_for_nothing_are_no_answers(response, short, missing):
    prompts, responses = dialogues(30)
    others = [r.split()[0] for r in responses] if short else responses
    assert found([*prompts, "What is the moon?"], [*others, response]).get("missing", 0) == missing
    if not short:
        assert found([*prompts, response], [*responses, GOOD]).get("missing", 0) == missing


@pytest.mark.parametrize(("share", "canned", "told"), [(0.3, GOOD, True), (0.3, "yes", False), (0.01, GOOD, False)])
def test_one_text_behind_many_prompts_is_canned(share, canned, told):
    prompts, responses = dialogues(300)
    rows = [canned if i < share * 300 else r for i, r in enumerate(responses)]
    assert found(prompts, rows).get("canned", 0) == (share * 300 if told else 0)


def test_answers_that_all_come_again_are_not_canned():
    prompts, responses = dialogues(300)
    assert "canned" not in found(prompts, [responses[i % 12] for i in range(300)])


def test_one_prompt_with_one_answer_many_times_is_a_copy():
    prompts, responses = dialogues(300)
    assert "canned" not in found(["What is the moon?"] * 60 + prompts[60:], [GOOD] * 60 + responses[60:])


def test_html_that_was_asked_for_is_no_debris():
    prompts, responses = dialogues(30)
    assert "markup" not in found([*prompts, "Write a web page about the moon."], [*responses, "<p>The moon is a rock.</p>"])
