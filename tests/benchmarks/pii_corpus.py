"""Labelled sentences for `pii_quality.py`: templates filled at run time with made-up values; every run gives the same ones.

The values are drawn from a seeded generator, so no real person's data is written down anywhere. Spans are labelled with
the entity; `decoy` values are unlabelled: they look like something personal and are not.
"""

from __future__ import annotations

import random
import re
import uuid

FIRST = ["Anna", "Ben", "Carla", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Keiko", "Liam", "Maria", "Nadia", "Omar", "Paula", "Quentin", "Rosa", "Samuel", "Tara", "Umar", "Vera", "Wendy", "Xavier", "Yusuf", "Zoe"]
LAST = ["Smith", "Jones", "Garcia", "Miller", "Okafor", "Tanaka", "Rossi", "Novak", "Schmidt", "Dubois", "Kowalski", "Larsen", "Silva", "Haddad", "Murphy", "Patel", "Nguyen", "Kim", "Ivanov", "Cohen"]
CITY = ["Boston", "Leeds", "Hamburg", "Lyon", "Osaka", "Lagos", "Madrid", "Toronto", "Austin", "Bristol", "Denver", "Krakow", "Lisbon", "Oslo", "Perth", "Dublin"]


def luhn_fill(prefix: str, length: int, r: random.Random) -> str:
    body = prefix + "".join(r.choice("0123456789") for _ in range(length - len(prefix) - 1))
    for check in "0123456789":
        total = 0
        for i, c in enumerate(reversed(body + check)):
            d = int(c) * (1 + i % 2)
            total += d - 9 if d > 9 else d
        if total % 10 == 0:
            return body + check
    raise AssertionError


def card(r: random.Random) -> str:
    prefix, length = r.choice([("4", 16), ("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("2345", 16), ("34", 15), ("37", 15), ("6011", 16), ("65", 16), ("3530", 16), ("2131", 15), ("36", 14), ("4", 19), ("62", 19), ("5018", 16)])
    number = luhn_fill(prefix, length, r)
    sep = r.choice(["", "", " ", "-"])
    if not sep:
        return number
    if length == 15:
        return sep.join((number[:4], number[4:10], number[10:]))
    return sep.join(number[i : i + 4] for i in range(0, length, 4))


def iban(r: random.Random) -> str:
    country, bban = r.choice([
        ("DE", "".join(r.choice("0123456789") for _ in range(18))),
        ("GB", "".join(r.choice("ABCDEFGHKLMNPRSTW") for _ in range(4)) + "".join(r.choice("0123456789") for _ in range(14))),
        ("FR", "".join(r.choice("0123456789") for _ in range(23))),
        ("ES", "".join(r.choice("0123456789") for _ in range(20))),
        ("NL", "".join(r.choice("ABCDEFGHKLMNPRSTW") for _ in range(4)) + "".join(r.choice("0123456789") for _ in range(10))),
    ])
    number = int("".join(str(int(c, 36)) for c in bban + country + "00"))
    value = f"{country}{98 - number % 97:02d}{bban}"
    return value if r.random() < 0.5 else " ".join(value[i : i + 4] for i in range(0, len(value), 4))


def phone(r: random.Random) -> str:
    a, b, c = r.choice([212, 415, 617, 713, 804, 919, 303, 503]), r.randint(220, 989), r.randint(1000, 9999)
    if b == 555:
        b = 556
    return r.choice([
        f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"+1 {a} {b} {c}", f"+1-{a}-{b}-{c}", f"1-{a}-{b}-{c}", f"{a} {b} {c}", f"001-{a}-{b}-{c}",
        f"({a}){b}-{c}x{r.randint(10, 999)}", f"{a}{b}{c}", f"+44 20 7{r.randint(100, 999)} {r.randint(1000, 9999)}", f"020 7{r.randint(100, 999)} {r.randint(1000, 9999)}",
        f"07{r.randint(700, 999)} {r.randint(100000, 999999)}", f"+49 30 {r.randint(1000000, 9999999)}", f"+33 1 {r.randint(40, 58)} {r.randint(10, 99)} {r.randint(10, 99)} {r.randint(10, 99)}",
    ])  # fmt: skip


def ssn(r: random.Random) -> str:
    return f"{r.choice([*range(1, 666), *range(667, 900)]):03d}-{r.randint(1, 99):02d}-{r.randint(1, 9999):04d}"


def email(r: random.Random) -> str:
    host = r.choice(["gmail.com", "outlook.com", "proton.me", "uni-bonn.de", "bbc.co.uk", "mail.ru", "acme-corp.io", "westfield.org", "kyoto-u.ac.jp"])
    first, last = r.choice(FIRST).lower(), r.choice(LAST).lower()
    return r.choice([f"{first}.{last}@{host}", f"{first[0]}{last}{r.randint(1, 99)}@{host}", f"{last}_{first}@{host}", f"{first}+news@{host}"])


def ip(r: random.Random) -> str:
    if r.random() < 0.3:
        return "2001:" + ":".join(f"{r.randint(0x1000, 0xFFFF):x}" for _ in range(7)) if r.random() < 0.5 else f"2a02:{r.randint(0x1000, 0xFFFF):x}::{r.randint(1, 0xFFFF):x}"
    return f"{r.choice([81, 93, 104, 131, 145, 188, 195, 217])}.{r.randint(1, 250)}.{r.randint(1, 250)}.{r.randint(1, 250)}"


def mac(r: random.Random) -> str:
    return r.choice([":", "-"]).join(f"{x:02x}" for x in [0x3C, *(r.randint(1, 254) for _ in range(5))])


def nino(r: random.Random) -> str:
    sep = r.choice(["", " "])
    return sep.join([r.choice("ABCEHJLMPRSTWXYZ") + r.choice("ABCEHJLMPRSTWXYZ"), *(f"{r.randint(0, 99):02d}" for _ in range(3)), r.choice("ABCD")])


def nhs(r: random.Random) -> str:
    while True:
        body = [r.randint(0, 9) for _ in range(9)]
        check = 11 - sum(d * w for d, w in zip(body, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            n = "".join(map(str, body)) + str(0 if check == 11 else check)
            return f"{n[:3]} {n[3:6]} {n[6:]}"


def passport(r: random.Random) -> str:
    return r.choice(["", "A", "C"]) + str(r.randint(10000000, 99999999))


def licence(r: random.Random) -> str:
    return r.choice([f"{r.choice('ABDKSW')}{r.randint(1000000, 9999999)}", f"{r.choice('ABDKSW')}{r.randint(100, 999)}-{r.randint(100, 999)}-{r.randint(10, 99)}-{r.randint(100, 999)}", str(r.randint(10000000, 99999999))])


def crypto(_: random.Random) -> str:
    return "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"


MAKERS = {
    "CREDIT_CARD": card, "IBAN_CODE": iban, "PHONE_NUMBER": phone, "US_SSN": ssn, "EMAIL_ADDRESS": email, "IP_ADDRESS": ip, "MAC_ADDRESS": mac,
    "UK_NINO": nino, "UK_NHS": nhs, "US_PASSPORT": passport, "US_DRIVER_LICENSE": licence,
    "PERSON": lambda r: f"{r.choice(FIRST)} {r.choice(LAST)}", "LOCATION": lambda r: r.choice(CITY),
}  # fmt: skip

TEMPLATES = """
Please charge {CREDIT_CARD} for the renewal, thanks.
My card number is {CREDIT_CARD} and it expires in May.
{PERSON} paid with {CREDIT_CARD} last week in {LOCATION}.
card: {CREDIT_CARD}
The number on the front reads {CREDIT_CARD}, is that enough?
Send the refund to {IBAN_CODE} before Friday.
IBAN {IBAN_CODE}, account holder {PERSON}
Call me at {PHONE_NUMBER} after six.
You can reach our {LOCATION} office on {PHONE_NUMBER}.
phone: {PHONE_NUMBER}, e-mail: {EMAIL_ADDRESS}
My new mobile is {PHONE_NUMBER}; the old one no longer works.
{PERSON}, {PHONE_NUMBER}
If there is a problem, text {PHONE_NUMBER} or write to {EMAIL_ADDRESS}.
Tel. {PHONE_NUMBER}
Her social security number is {US_SSN}.
SSN {US_SSN}, born in {LOCATION}
I entered {US_SSN} in the form and it was rejected.
Write to {EMAIL_ADDRESS} or {EMAIL_ADDRESS}.
From: {PERSON} <{EMAIL_ADDRESS}>
The login came from {IP_ADDRESS} at night.
Blocked {IP_ADDRESS} after five failed attempts.
The router with {MAC_ADDRESS} asked for an address.
My national insurance number is {UK_NINO}.
The NHS number of the patient is {UK_NHS}.
Passport number: {US_PASSPORT}
My passport {US_PASSPORT} expires next year.
Her driver's license is {US_DRIVER_LICENSE}.
Driver license number {US_DRIVER_LICENSE}, issued to {PERSON}
{PERSON} moved from {LOCATION} to {LOCATION} in spring.
I met {PERSON} at the station in {LOCATION}.
"""

DECOYS = """
Order {id10} was shipped on {date} and costs {price} EUR.
Ticket #{id9} was merged into #{id9}.
The job started at {epoch} and finished at {epochms}.
Released version {version} of the parser; see commit {sha}.
trace_id={uuid} took {float} ms
The ISBN is {isbn} (second edition).
def area(self): return math.pi * self.radius ** 2  # see utils.py
{int} * {int} = {big}, so the sum is {big} + {big}.
Meet at {lat}, {lon} at {time} on {date}.
Section 1.2.3.4 of the manual explains the license in line 4711.
The server listens on 127.0.0.1 and 192.168.{octet}.{octet}.
Population: {big}; area: {int} km2; density {float}.
GET /items/{id10}/reviews?page=3 HTTP/1.1
The checksum is {md5}.
Room {int}-{int}, building {int}, floors {int} to {int}.
Between {year}-{year} the budget rose from {big} to {big}.
The public licence of this driver module is MIT; permit no {int}.
pip install numpy=={version} pandas=={version}
std::vector<int> v; a::b::c(v); x = y::z;
0.{frac} + 0.{frac} = 1.{frac}
tracking 1Z{alnum16}
"""


DECOY_MAKERS = {
    "id10": lambda r: str(r.randint(10**9, 10**10 - 1)),
    "id9": lambda r: str(r.randint(10**8, 10**9 - 1)),
    "date": lambda r: f"20{r.randint(10, 25)}-{r.randint(1, 12):02d}-{r.randint(1, 28):02d}",
    "price": lambda r: f"{r.randint(1, 9999)}.{r.randint(0, 99):02d}",
    "epoch": lambda r: str(r.randint(1_500_000_000, 1_800_000_000)),
    "epochms": lambda r: str(r.randint(1_500_000_000_000, 1_800_000_000_000)),
    "version": lambda r: f"{r.randint(0, 12)}.{r.randint(0, 30)}.{r.randint(0, 30)}",
    "sha": lambda r: f"{r.getrandbits(160):040x}",
    "md5": lambda r: f"{r.getrandbits(128):032x}",
    "uuid": lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)),
    "float": lambda r: repr(r.random() * r.choice([1, 100, 1e6])),
    "isbn": lambda r: f"978-{r.randint(0, 9)}-{r.randint(100, 999)}-{r.randint(10000, 99999)}-{r.randint(0, 9)}",
    "int": lambda r: str(r.randint(2, 9999)),
    "big": lambda r: str(r.randint(10**6, 10**13)),
    "lat": lambda r: f"{r.uniform(-90, 90):.6f}",
    "lon": lambda r: f"{r.uniform(-180, 180):.6f}",
    "time": lambda r: f"{r.randint(0, 23):02d}:{r.randint(0, 59):02d}",
    "octet": lambda r: str(r.randint(1, 254)),
    "year": lambda r: str(r.randint(1900, 2025)),
    "frac": lambda r: "".join(r.choice("0123456789") for _ in range(16)),
    "alnum16": lambda r: "".join(r.choice("0123456789ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(16)),
}
"""What stands in decoys, by the name in braces."""


def sentences(n: int, seed: int = 5) -> list[tuple[str, list[tuple[str, int, int]]]]:
    """`n` sentences (two thirds with labelled spans, one third decoys) as (text, [(entity, start, end)])."""
    r = random.Random(seed)
    good, bad = TEMPLATES.strip().split("\n"), DECOYS.strip().split("\n")
    out = []
    for _ in range(n):
        labelled = r.random() < 2 / 3
        text, spans = "", []
        for part in re.split(r"\{(\w+)\}", r.choice(good if labelled else bad)):
            if part in MAKERS and labelled:
                value = MAKERS[part](r)
                spans.append((part, len(text), len(text) + len(value)))
                text += value
            elif part in DECOY_MAKERS and not labelled:
                text += DECOY_MAKERS[part](r)
            else:
                text += part
        out.append((text, spans))
    return out
