"""What marks one class and is no content: hits beside near misses."""

from __future__ import annotations

import numpy as np
import pytest
from corpus import sentences
from support import facts, table, texts

from auditor.checks.leakage import TargetLeakage
from auditor.detectors.studies import DuplicateStudy, LeakStudy
from auditor.model import Severity, Shape
from auditor.settings import Settings

TEXTS, LABELS = sentences(4, 60)
TEXTS = [f"{t[0].upper()}{t[1:]}. {u[0].upper()}{u[1:]}." for t, u in zip(TEXTS, TEXTS[1:] + TEXTS[:1], strict=True)]
MARKS = {
    "html": (lambda t: f"<p>{t}</p>", "hold HTML tags"),
    "entities": (lambda t: t.replace(" ", "&nbsp;", 1), "hold HTML entities"),
    "mojibake": (lambda t: t.replace("a", "Ã¤", 1), "hold letters of a wrong encoding"),
    "capitals": (str.upper, "are written in capitals"),
    "cut": (lambda t: t[:60].rstrip(".") + "a", "end in the middle of a sentence"),
    "greeting": (lambda t: f"Dear support team, {t}", "begin with the same words"),
    "closing": (lambda t: f"{t} With kind regards.", "end with the same words"),
}


def marks(change, wanted, labels=LABELS):
    rows = [change(t) if wanted(c, i) else t for i, (t, c) in enumerate(zip(TEXTS, labels, strict=True))]
    data = texts(rows, labels)
    return [m.how for m in facts(data, DuplicateStudy(), LeakStudy())[LeakStudy()].marks if m.name == "class_1"]


@pytest.mark.parametrize("kind", MARKS)
def test_a_mark_of_one_class(kind):
    change, how = MARKS[kind]
    assert how in marks(change, lambda c, _: c == "class_1")
    assert how in marks(change, lambda c, i: c == "class_1" and i % 10)


@pytest.mark.parametrize("kind", MARKS)
def test_what_all_classes_have_or_few_rows_is_no_mark(kind):
    change, how = MARKS[kind]
    assert how not in marks(change, lambda _, __: True)
    assert how not in marks(change, lambda c, i: c == "class_1" or i % 10 == 0)
    assert how not in marks(change, lambda c, i: c == "class_1" and i % 3 == 0)
    assert how not in marks(change, lambda c, _: c in ("class_1", "class_2"))


def test_plain_texts_have_no_marks():
    assert marks(lambda t: t, lambda _, __: False) == []


def test_less_than_and_ampersands_are_no_markup():
    assert not set(marks(lambda t: f"{t} So a < b & c > d; {len(t)}.", lambda c, _: c == "class_1")) & {"hold HTML tags", "hold HTML entities"}


def test_one_text_many_times_is_a_copy_and_no_mark():
    rows = [TEXTS[0] if c == "class_1" else t for t, c in zip(TEXTS, LABELS, strict=True)]
    assert not facts(texts(rows, LABELS), DuplicateStudy(), LeakStudy())[LeakStudy()].marks


N = 400
RNG = np.random.default_rng(1)
POSITIVE = RNG.random(N) < 0.3


@pytest.mark.parametrize(
    ("filled", "severity"),
    [
        (POSITIVE & (RNG.random(N) < 0.6), Severity.MAJOR),
        (POSITIVE & (RNG.random(N) < 0.35), Severity.MINOR),
        (POSITIVE & (RNG.random(N) < 0.1), None),
        (RNG.random(N) < np.where(POSITIVE, 0.6, 0.05), None),
        (RNG.random(N) < 0.5, None),
    ],
)
@pytest.mark.parametrize("words", [False, True])
def test_a_column_filled_for_a_part_of_one_class(filled, severity, words):
    values = [None if not f else str(RNG.choice(["card", "cash"])) if words else float(RNG.normal()) for f in filled]
    data = table({"x": RNG.normal(size=N), "refund": values, "label": ["yes" if p else "no" for p in POSITIVE]}, {"feature": ["x", "refund"], "label": ["label"]}, Shape.CLASSIFICATION)
    found = [f for f in TargetLeakage().judge(data.dataset, facts(data, DuplicateStudy(), LeakStudy()), Settings()) if f.subject == "refund"]
    assert [f.severity for f in found] == ([severity] if severity else [])
    assert all("for no other row" in f.message for f in found)


def test_tags_are_what_a_class_of_markup_is_about():
    named = ["html" if c == "class_1" else c for c in LABELS]
    rows = [f"<p>{t}</p>" if c == "html" else t for t, c in zip(TEXTS, named, strict=True)]
    found = facts(texts(rows, named), DuplicateStudy(), LeakStudy())[LeakStudy()].marks
    assert "hold HTML tags" not in [m.how for m in found]


def test_titles_and_queries_end_without_a_stop_and_are_not_cut():
    assert "end in the middle of a sentence" not in marks(lambda t: t.replace(".", "").title(), lambda c, _: c == "class_1")


SPOKEN = {
    "en": ("I lost my card at the station yesterday", "how do I change the number of my phone", "the transfer did not arrive in time"),
    "de": ("ich habe meine Karte gestern am Bahnhof verloren", "wie kann ich die Nummer meines Telefons ändern", "die Überweisung ist nicht angekommen"),
    "fr": ("j'ai perdu ma carte hier à la gare", "comment puis-je changer le numéro de mon téléphone", "le virement n'est pas arrivé à temps"),
}
FOREIGN = "are in another language than those of the others"


@pytest.mark.parametrize(
    ("languages", "names", "marked"),
    [
        (("en", "en", "de"), ("card", "phone", "transfer"), ["transfer"]),
        (("en", "fr"), ("spam", "ham"), ["ham"]),
        (("en", "en", "en"), ("card", "phone", "transfer"), []),
        (("en", "de", "fr"), ("card", "phone", "transfer"), []),  # each its own: the language is the class, or the team
        (("en", "en", "de", "de"), ("card", "phone", "transfer", "pin"), []),
        (("en", "en", "de"), ("en", "fr", "de"), []),
        (("en", "en", "de"), ("English", "mixed", "German"), []),
    ],
)
def test_one_class_in_another_language(languages, names, marked):
    pytest.importorskip("py3langid")
    rows = [(f"{SPOKEN[spoken][i % 3]} {i}", name) for spoken, name in zip(languages, names, strict=True) for i in range(40 if name != "ham" else 30)]
    data = texts([t for t, _ in rows], [c for _, c in rows])
    assert [m.name for m in facts(data, DuplicateStudy(), LeakStudy())[LeakStudy()].marks if m.how == FOREIGN] == marked
