"""What surrounds names and places in writing: forms of address, introductions, streets, post codes. Pure functions.

They mend what small models get wrong by habit: street names taken for persons, names behind "ms." or "my name is" missed.
"""

from __future__ import annotations

import re

_NAME = r"[^\W\d_][\w'’\-]+(?: (?:de|da|van|von|der|la|el|al|bin|di|O')?(?: ?)[A-ZÀ-ÞŠŽĆČĐŁ][\w'’\-]+){0,2}"
_INTRODUCED = re.compile(
    rf"(?:\b(?:[Mm](?:rs?|s|x|iss|ister)|[Dd]r|[Pp]rof|[Ss]ir|[Mm]adam|[Hh]err|[Ff]rau)\.? |\b[Mm]y name(?:'s| is) |\b(?:maiden|last|first|full|family|given) name(?: is|:) ?"
    rf"|\b(?:people|you can|just|please) call me |\b[Ss]igned,? |\b[Dd]ear (?:[Mm]rs?\.? |[Mm]s\.? )?|\b[Kk]ind regards,\s|\b[Bb]est regards,\s|\b[Ss]incerely,\s)(?P<name>{_NAME})"
)
_STREET_WORD = (
    r"(?:street|st|road|rd|avenue|ave|drive|dr|lane|ln|boulevard|blvd|way|court|ct|square|sq|place|terrace|crescent|close|highway|hwy|parkway|alley)\b\.?"
    r"|\w{3,}(?:stra(?:ß|ss)e|str\.|gasse|weg|allee|platz|straat|laan|gatan?|vej|veien|gade|katu|utca|ulica)\b"
)
_STREET = re.compile(
    rf"\b\d{{1,5}}[A-Za-z]?,?(?: \d{{1,5}})? (?:[\w.'’\-]+ ){{0,4}}?(?:{_STREET_WORD})"
    r"|\b\d{1,5},? (?:\d{1,5} )?(?:rue|via|calle|avenida|avenue|plaza|piazza|place|ul\.|ulica|chemin|boulevard)(?: [\w'’\-]+){1,4}"
    r"|\b\w{3,}(?:stra(?:ß|ss)e|gasse|weg|allee|platz|straat|laan) \d{1,4}[a-z]?\b",
    re.IGNORECASE,
)
_POST = re.compile(r"\b(?:A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY]) \d{5}(?:-\d{4})?\b|\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b")
_COMMON = frozenset(
    ["a", "an", "the", "this", "that", "it", "we", "you", "he", "she", "they", "all", "everyone", "everybody", "team", "sir", "madam", "customer", "client", "friend", "friends", "user", "reader", "readers", "hiring", "manager", "support", "and", "or", "is", "was", "to", "for", "of", "in", "on", "at", "my", "your", "his", "her", "not", "here", "there", "when", "what", "who", "how", "why", "late", "sorry", "sure", "just", "only", "back", "away", "so", "very", "mayor", "president", "committee", "editor", "diary", "god", "lord", "santa"]
)


def introduced(text: str) -> list[tuple[int, int]]:
    """Names behind a form of address or an introduction."""
    return [m.span("name") for m in _INTRODUCED.finditer(text) if m["name"].split()[0].lower() not in _COMMON]


def places(text: str) -> list[tuple[int, int]]:
    """Streets with a house number, and post codes of the US and the UK with their form."""
    return [m.span() for m in _STREET.finditer(text)] + [m.span() for m in _POST.finditer(text)]


def house_number_beside(text: str, start: int, end: int) -> bool:
    """Does a number stand right before or behind `text[start:end]`, as in an address line?"""
    return bool(re.search(r"(?:^|[\s,])\d{1,5}[A-Za-z]? $", text[max(0, start - 8) : start]) or re.match(r" \d{1,4}\b(?![.:/]\d)", text[end : end + 6]))
