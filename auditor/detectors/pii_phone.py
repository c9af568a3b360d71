"""Telephone numbers as they are written: shapes, tight context, and what only looks like one. Pure functions.

Presidio's recognizer knows the numbering plans of the policy's regions. Beside it, the written form counts: an international
or bracketed form stands for itself, a looser one only right behind words such as "call me at" or "mobile:".
"""

from __future__ import annotations

import functools
import re

from auditor.detectors.pii_context import before, in_names
from auditor.detectors.pii_prefilter import phone, superset
from auditor.detectors.pii_validate import arithmetic, digits

_EXT = r"(?:\s?(?:x|ext\.?|extension|#)\s?\d{1,6})?"
_SHAPES = (
    # North America: (212) 555-7890, 212.555.7890, +1-212-555-7890, 1-212-..., 001-212-...
    rf"(?:(?:\+|00)?1[ .\-]?)?(?:\([2-9]\d\d\)[ .\-]?[2-9]\d\d[ .\-]?|[2-9]\d\d([.\-\u2010-\u2015])[2-9]\d\d\1)\d{{4}}{_EXT}",
    rf"(?:\+|00)?1[ .\-]\(?[2-9]\d\d\)?[ .\-][2-9]\d\d[ .\-]\d{{4}}{_EXT}",
    rf"[2-9]\d\d [2-9]\d\d[ \-]\d{{4}}{_EXT}",
    # international: +49 30 1234567, 0033 1 44 55 66 77, +44 (0)20 7946 0958
    rf"(?:\+|00)[1-9]\d{{0,2}}(?:[ .\-]?\(0?\d{{1,5}}\)|[ .\-])(?:[ .\-/]?\d{{2,8}}){{1,6}}{_EXT}",
    rf"(?:\+|00)[1-9]\d{{0,2}}[ .\-]\d(?:[ .\-]?\d{{2,8}}){{1,6}}{_EXT}",
    # national with a trunk zero: 020 7946 0958, (030) 123 4567, 0170/1234567
    rf"\(?0[1-9]\d{{0,3}}\)?(?:[ \-/]\d{{2,8}}){{1,5}}{_EXT}",
    # area code in brackets: (96) 627-277
    rf"\(\d{{2,5}}\) ?\d{{3,4}}[ \-]\d{{3,4}}{_EXT}",
)
_EDGE = r"(?<![\w.,/\-+#$€£=])"
SHAPE = re.compile(_EDGE + "(?:" + "|".join(_SHAPES) + r")(?![\w])")
"""Written forms that stand for themselves."""
LOOSE = re.compile(r"(?<![\w.,/\-])[(+]{0,2}\d{1,5}\)?(?:[ .\-/]{1,2}\(?\d{1,5}\)?){1,6}" + _EXT + r"(?!\w)|(?<![\w.,/\-])\d{7,12}(?!\w)")
"""Groups of digits, or 7 to 12 digits, that are a number only right behind a word for one."""
_INITIAL = r"(?:^|[\s(|,])[PTMF](?=:)"
_WORDS = (
    r"\b(?:tele)?phones?\b|\btel\b|\bmobile\b|\bcell(?:phone)?\b|\bfax\b|\bcall(?:ed|ing)?\b|\bwhats ?app\b|\bsms\b|\bdial(?:ed|ing)?\b|\bhotline\b|\breach\b|\bcontact\b"
    r"|\btel[eé]f\w{2,10}|\bt[eé]l[eé]phon\w{1,4}|\bt[eé]l\b|\bhandy(?:nr|nummer)?\b|\b(?:ruf|mobil|durchwahl)(?:nr|nummer)\b|\bmobil(?:funk)?\b|\bmobiel\w{0,8}\b|\bgsm\b|\bportable ?:|\bcellulare\b|\bcel(?:ular)?\b|\bm[oó]vil\b"
    r"|\btelem[oó]vel\b|\bkom[oó]rk\w{1,6}|\bcep\b|\bтел(?:ефон\w{0,3})?\b|\bмоб(?:ильн\w{1,3})?\b|电话|手机|電話|携帯|전화|휴대폰|핸드폰|โทร"
)
"""Words for a telephone in the languages whose speakers we expect."""
NEAR = _WORDS.replace(r"\breach\b", r"\breach\b.{0,40}$") + r"|\bphone[ _]?(?:no|num|number)|\btext(?:ed|ing)?(?: me| us| him| her| them)?\b\W{0,3}$|\bring (?:me|us)\b"
"""Words from which on a number of a numbering plan is one of a telephone."""
_PHRASE = (
    rf"(?:{_INITIAL}|{_WORDS}|\btext\b|\bring\b"
    r"|\b(?:my|his|her|our|their|your|contact|the) (?:(?:new|cell|work|home|direct|other) )?number\b|\b(?:desk|office|home|work|direct|cell|main|mob|ph|landline|switchboard)\s*(?::|\.|#|number|phone|line))"
)
TIGHT = re.compile(_PHRASE + r"[^\d\n]{0,24}$", re.IGNORECASE)
"""A word for a telephone right before groups of digits."""
TIGHTER = re.compile(_PHRASE + r"(?:[\W_]|\b(?:me|us|him|her|them|at|on|is|was|number|num|no|nr|now|back|via|to|my|the|following|please|directly|ist|lautet|unter|est|le|au|es|el|al|è|il|to|met|op|é|nr|jest|pod)\b){0,8}$", re.IGNORECASE)
"""The same before digits in one piece: only small words between ("call function 12345678 times" is no call)."""
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-./ ][01]?\d[-./ ][0-3]?\d(?!\d)|(?<!\d)[0-3]?\d[-./][0-3]?\d[-./](?:19|20)\d\d(?!\d)"
    # of any year, also one that no calendar has: 04-31-3000
    r"|(?<![\d])(?<!\d[-./ ])(?:\d{4}([-./ ])\d\d?\1\d\d?|\d\d?([-./ ])\d\d?\2\d{4})(?![-./ ]?\d)"
)
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_ROW = (re.compile(r"(?<![\d+])\d{1,6} $"), re.compile(r" \d{1,6}(?![\d:/.,-]\d)"))
"""More numbers before and behind, as in the row of a table."""
_BOOK = re.compile(r"(?:\bISBN(?:[- ]?1[03])?|\bISSN|\bEAN|\bDOI|\barXiv)[:\s]*$", re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.)\S*$")


@functools.cache
def possible(near: str) -> str:
    """Rust expression that matches every text with a number that needs no column called phone: a written form, a plus, or a word for one.

    `near`: the phrases that raise a weak match. Before a written form stands nothing, or no sign that would make it part of something longer
    (`phone_in_text`): the two halves of a date are no number with a trunk zero.
    """
    edge = r"(?:^|[^0-9A-Za-z_#$€£=.,/\-+]|(?:^|\D)[.,/\-+])"
    forms = "|".join(superset(s.removesuffix(_EXT)) for s in _SHAPES)
    plus = rf"[+＋][^\pL\pN]{{0,10}}{phone(7)}"
    words = "|".join(superset(p) for p in (near, in_names(_PHRASE.replace(_INITIAL, "[PTMF]:")), _BEHIND.pattern))
    return f"(?is){edge}(?:{forms})|{plus}|{words}"


def phone_in_text(text: str, start: int, end: int) -> bool:
    """False where signs, links, dates or sums around a match show that it is no telephone number."""
    found, ahead, after = text[start:end], text[max(0, start - 80) : start], text[end : end + 6]
    if ahead[-1:].isalnum() or ahead[-1:] in tuple("_#$€£=@") or after[:1].isalnum() or after[:1] in tuple("_%°€£@"):
        return False
    if re.search(r"\d[.,:/\-]$", ahead) or re.match(r"[.,:/\-]\d", after) or re.match(r"[+＋]\s", found):
        return False
    if " / " in found or found.count(" - ") == 1 or _DATE.search(found) or len(set(digits(found)[-7:])) == 1:
        return False
    if _BOOK.search(ahead) or (_LINK.search(ahead) and "tel:" not in ahead[-5:]):
        return False
    if "-" in ahead[-1:] + found + after[:1] and any(m.start() < end and m.end() > start for m in _UUID.finditer(text, max(0, start - 36), end + 36)):
        return False
    if _BLANKS.fullmatch(found) and (_ROW[0].search(ahead) or _ROW[1].match(text, end)) and not TIGHT.search(ahead[-40:]):
        return False
    return not arithmetic(text, start, end)


_BLANKS = re.compile(r"[\d ]+")
_BEHIND = re.compile(r"\s*\(?(?:mobile|cell|fax|office|home|work|phone|tel)\b", re.IGNORECASE)


def written(found: str) -> bool:
    """Is `found` in a form that stands for itself, with 8 to 15 digits before any extension?"""
    match = SHAPE.fullmatch(found)
    number = digits(re.split(r"x|ext|#", found)[0])
    return bool(match) and 8 <= len(number) <= 15


def shapes(text: str, spoken: str = "") -> list[tuple[int, int, bool]]:
    """(start, end, stands for itself) of all that is written like a number, accepted by its surroundings; `spoken`: the text where words are looked for."""
    spoken = spoken or text
    found = [(m.start(), m.end(), True) for m in SHAPE.finditer(text) if written(m[0])]
    for m in LOOSE.finditer(text):
        if not 7 <= len(digits(m[0])) <= 15:
            continue
        phrase = TIGHTER if m[0].isdigit() else TIGHT
        if phrase.search(before(spoken, m.start(), 40)) or _BEHIND.match(text, m.end(), m.end() + 12):
            found.append((m.start(), m.end(), False))
    return found

