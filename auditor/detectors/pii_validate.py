"""Checksums, number plans and the look of what surrounds a match. Pure functions of strings; no value leaves them."""

from __future__ import annotations

import ipaddress
import re
import unicodedata


def digits(text: str) -> str:
    """The decimal digits of `text`, full-width and other scripts' ones included, as ASCII."""
    if text.isascii():
        return _OTHER.sub("", text)
    return "".join(c if c in "0123456789" else str(unicodedata.decimal(c)) for c in text if c.isdecimal())


_OTHER = re.compile("[^0-9]+")


def luhn(number: str) -> bool:
    """Luhn checksum (ISO/IEC 7812-1) of a string of ASCII digits."""
    total = 0
    for i, c in enumerate(reversed(number)):
        d = ord(c) - 48
        if i % 2:
            d = d * 2 - 9 if d > 4 else d * 2
        total += d
    return total % 10 == 0


_SCHEMES: tuple[tuple[str, re.Pattern[str], tuple[int, ...]], ...] = (
    ("visa", re.compile("4"), (16, 19)),
    ("mastercard", re.compile("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    ("amex", re.compile("3[47]"), (15,)),
    ("diners", re.compile("30[0-5]|309|3[689]"), (14, 16, 19)),
    ("discover", re.compile("6011|64[4-9]|65"), (16, 19)),
    ("jcb", re.compile("352[89]|35[3-8]"), (16, 19)),
    ("jcb15", re.compile("2131|1800"), (15,)),
    ("unionpay", re.compile("62"), (16, 17, 18, 19)),
    ("mir", re.compile("220[0-4]"), (16,)),
    ("maestro", re.compile("50(?:18|20|38)|5893|6304|6390|6759|676[1-3]"), (16, 18, 19)),
)
"""Issuer prefixes and lengths (ISO/IEC 7812 issuer identification numbers as published by the schemes)."""
_WEAK = re.compile("50|5[6-9]|6|1|3|4")
"""First digits of rarer lengths (old 13-digit Visa, short Maestro) and of what Maestro may issue beside the prefixes in use: only with context."""


def card(text: str) -> bool | None:
    """True: a card number by scheme, length and Luhn. None: Luhn and a rarer length or prefix, so it needs context. False: neither."""
    number = digits(text)
    if len(set(number)) == 1 or not 12 <= len(number) <= 19 or not luhn(number):
        return False
    if any(len(number) in lengths and prefix.match(number) for _, prefix, lengths in _SCHEMES):
        return True
    return None if _WEAK.match(number) and (len(number) < 16 or number[0] in "56") else False


_GROUPS = frozenset([(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 4, 2), (4, 4, 4, 3), (4, 4, 4, 2), (8, 8), (6, 13)])
"""How the schemes print their numbers."""
_SIGN_BEFORE = re.compile(r"=[ ]?$|[#@]$")
_ROW = (re.compile(r"\d{4} $"), re.compile(r" \d{4}(?!\d)"))
def card_in_doubt(text: str, start: int, end: int) -> bool:
    """Only a word for it tells a card from one in thirty other long numbers: where it is grouped as no card is, in a row of numbers, a value
    of an assignment, or as long in one piece as ids of posts and hardly any card (17 and 18 digits).
    """
    sizes = tuple(map(len, re.split("[ -]", text[start:end])))
    if len(sizes) > 1:
        return sizes not in _GROUPS or bool(_ROW[0].search(text, max(0, start - 5), start) or _ROW[1].match(text, end))
    return sizes[0] in {17, 18} or _SIGN_BEFORE.search(text, max(0, start - 2), start) is not None


def arithmetic(text: str, start: int, end: int) -> bool:
    """Does an operator stand before or behind `text[start:end]`, so that it is a term of a sum?

    No operator: marks of emphasis, lists, quotations and elements, and the sign behind the name of what is assigned.
    """
    if _AFTER_TERM.match(text, end, min(len(text), end + 6)):
        return True
    at = max(0, start - _TAG_LENGTH)
    return bool(_BEFORE_TERM.search(text, max(0, start - 8), start)) and not (_TAG.search(text, at, start) or _ASSIGNED.search(text, at, start))


_TAG_LENGTH = 64
_BEFORE_TERM = re.compile(
    r"[\w)\]}](?:[*×÷^<>]|\*\*|[ \t]+(?:[*×÷^<>]|\*\*)[ \t]+)$|[=±≈≤≥][ \t]*$|[\d)][ \t]*[+−][ \t]*$|[\d)][ \t]+[-/][ \t]*$"
)
_AFTER_TERM = re.compile(r"(?:[*×÷^]|\*\*)[\w(]|[ \t]+(?:[*×÷^]|\*\*)[ \t]+[\w(]|\s*[=≈]|\s*[+−]\s*[\d(]|\s*[-/]\s+[\d(]")
_TAG = re.compile(r"<[/A-Za-z][^<>]*>$")
_ASSIGNED = re.compile(r"[A-Za-z_][\w.\-]*\w[\"'\]]?[ ]?=[ ]?$")
"""A name of two letters or more: one letter is a variable of a sum."""


def grouped_like_card(text: str, start: int, end: int) -> bool:
    """False for digits that belong to a longer number, a decimal, an identifier or a path."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before[-1:].isalnum() or before[-1:] == "_" or after[:1].isalnum() or after[:1] == "_":
        return False
    if before[-1:] in {".", ",", "-", "/", "+"} and before[:1].isalnum() and len(before) == 2 and not _NUMERO.search(text, max(0, start - 5), start):
        return False
    # no amount has so many digits before its decimal comma: the next field of a line begins
    if after[:1] in {".", ",", "-"} and after[1:2].isdigit() and not (after[0] == "," and len(digits(text[start:end])) >= 12):
        return False
    return not arithmetic(text, start, end)


_NUMERO = re.compile(r"\b(?:no|nr|num|nº|n°)\.$", re.IGNORECASE)


def document_in_text(text: str, start: int, end: int) -> bool:
    """As `grouped_like_card`; False also for dates, years, spans of years and short numbers: words such as `licence` stand beside them in any text."""
    found = text[start:end]
    return sum(map(str.isdigit, found)) >= 6 and not _CALENDAR.fullmatch(found) and grouped_like_card(text, start, end)


_CALENDAR = re.compile(
    r"(?:1[5-9]|20)\d\d[-/.]?(?:0[1-9]|1[0-2])[-/.]?(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])[-/.]?(?:0[1-9]|1[0-2])[-/.]?(?:19|20)\d\d|(?:1[5-9]|20)\d\d[-/](?:(?:1[5-9]|20)\d\d|\d\d)"
)


def ssn(text: str) -> bool | None:
    """False for numbers the Social Security Administration never issues (ssa.gov, SSN randomization), else None."""
    n = digits(text)
    if len(n) != 9 or len({c for c in text if not c.isdigit()}) > 1:
        return False
    area, group, serial = n[:3], n[3:5], n[5:]
    return False if area in {"000", "666"} or area[0] == "9" or group == "00" or serial == "0000" or len(set(n)) == 1 else None


def ssn_in_text(text: str, start: int, end: int) -> bool:
    """False for three groups of a longer row of numbers, a decimal or a path."""
    if re.search(r"\d[ .\-]$", text[max(0, start - 2) : start]) or re.match(r"[ .\-]\d", text[end : end + 2]):
        return False
    return grouped_like_card(text, start, end)


def ssn_in_doubt(text: str, start: int, end: int) -> bool:
    """Three numbers apart by blanks, and more numbers around: a size, a score or a row of a table."""
    return " " in text[start:end] and any(re.search(r"\d", text[a:b]) for a, b in ((max(0, start - 40), start), (end, end + 40)))


def nir(text: str) -> bool | None:
    """French NIR: the last two digits are 97 less the rest modulo 97 (INSEE); None when right (one in 97 is, by chance)."""
    number = re.sub(r"\D", "", text.upper().replace("2A", "19").replace("2B", "18"))
    if len(number) != 15 or int(number[:13]) % 97 + int(number[13:]) != 97:
        return False
    return None


def bsn(text: str) -> bool | None:
    """Dutch burgerservicenummer: weights 9 to 2 and -1, modulus 11; None when right (one in eleven is, by chance)."""
    number = digits(text)
    if len(number) != 9 or len(set(number)) == 1:
        return False
    return None if sum(int(c) * w for c, w in zip(number, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0 else False


def mail_in_text(text: str, start: int, end: int) -> bool:
    """False for the last part of a link: `medium.com/@name.it` is a page, `/maps/@52.5` a place."""
    return "/@" not in text[start:end]


def public_ip(text: str) -> bool | None:
    """False for what is no address or identifies nobody (private, loopback, reserved, multicast, a network), else None."""
    try:
        interface = ipaddress.ip_interface(text)
    except ValueError:
        return False
    address = interface.ip
    if address.version == 6:
        mapped = address.ipv4_mapped
        if mapped is None:
            # 2000::/3 is all that IANA has allocated as global unicast; written out in eight groups, nothing else looks like it
            plausible = address in _GLOBAL_V6 or (text.count(":") == 7 and len(text) >= 24)
            return None if plausible and address.is_global and not address.is_multicast else False
        address = mapped
    if not address.is_global or address.is_multicast:
        return False
    return False if interface.network.num_addresses > 1 else None


_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_IP_WORD = re.compile(
    r"\b(?:ip|ipv4|ipv6|addr|address|host|server|client|remote|from|ping|dns|peer|source|src|dst|login|logged)\b", re.IGNORECASE
)
_VERSION_WORD = re.compile(r"(?:\b(?:v|ver|version|release|build|chapter|section|clause|rev)\.?\s*|[vV]|/|==|[<>~^]=?\s*)$", re.IGNORECASE)


def address_in_text(text: str, start: int, end: int) -> bool:
    """False where a dotted quad is a version, a section number or part of a longer number."""
    before, after = text[max(0, start - 24) : start], text[end : end + 2]
    if ":" in text[start:end]:
        return True
    if _VERSION_WORD.search(before) and not before.endswith("//"):
        return False
    if before[-1:] in {".", "-", "_"} or (after[:1] in {".", "-", "_"} and after[1:2].isalnum()):
        return False
    quad = [int(p) for p in text[start:end].split("/", maxsplit=1)[0].split(".")]
    return max(quad) > 31 or bool(_IP_WORD.search(text, max(0, start - 48), start))


def mac_in_text(text: str, start: int, end: int) -> bool:
    """False for a piece of a longer fingerprint, a time, or a dotted number without any hexadecimal letter."""
    before, after = text[max(0, start - 1) : start], text[end : end + 2]
    if before in {":", "-", "."} or (after[:1] in {":", "-", "."} and after[1:2].isalnum()):
        return False
    return any(c in "abcdefABCDEF" for c in text[start:end]) or ":" in text[start:end]


def mod11_nhs(text: str) -> bool | None:
    """NHS number: weights 10 to 2, modulus 11 (NHS Data Dictionary). None when right (one in eleven is, by chance)."""
    n = digits(text)
    if len(n) != 10 or len(set(n)) == 1:
        return False
    check = 11 - sum(int(c) * w for c, w in zip(n, range(10, 1, -1), strict=False)) % 11
    return None if (0 if check == 11 else check) == int(n[9]) else False


def cpf(text: str) -> bool | None:
    """Brazilian CPF: two check digits, modulus 11 (Receita Federal)."""
    n = digits(text)
    if len(n) != 11 or len(set(n)) == 1:
        return False
    for size in (9, 10):
        check = sum(int(c) * w for c, w in zip(n, range(size + 1, 1, -1), strict=False)) * 10 % 11 % 10
        if check != int(n[size]):
            return False
    return True if "." in text else None


def cn_id(text: str) -> bool:
    """Resident identity number of the People's Republic of China: GB 11643-1999 (ISO 7064 MOD 11-2), date inside."""
    n = text.upper()
    if len(n) != 18 or not n[:17].isascii() or not n[:17].isdigit():
        return False
    month, day = int(n[10:12]), int(n[12:14])
    if not (n[6:8] in {"19", "20"} and 1 <= month <= 12 and 1 <= day <= 31):
        return False
    total = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(n[:17]))
    return "10X98765432"[total % 11] == n[17]


def plain_number(text: str) -> bool:
    """Digits only, so nothing but context tells what it is."""
    return bool(text) and all(c.isdigit() for c in text)
