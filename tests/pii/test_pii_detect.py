"""Entities: hits beside near misses, placeholders, context and overlap."""

from __future__ import annotations

import polars as pl
import pytest

from auditor.detectors import pii_validate as v
from auditor.detectors.pii import is_personal
from auditor.detectors.pii_detect import detect
from auditor.detectors.pii_forms import context_words
from auditor.detectors.pii_phone import shapes
from auditor.detectors.pii_placeholder import is_placeholder
from auditor.detectors.pii_policy import Policy, pii_hash, policy_of
from auditor.detectors.pii_spec import words
from auditor.errors import ConfigError
from auditor.settings import PiiSettings

POLICY = Policy(countries=("US", "GB", "BR", "CN", "ES"))
SPECS = {s.entity: s for s in POLICY.specs()}


def found(text: str, column: str = "") -> list[str]:
    hits = dict(detect(pl.Series([text]), POLICY, context_words(column)))
    return [s.entity for s in hits.get(0, []) if not is_placeholder(SPECS[s.entity], text, s.start, s.end)]


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("pay with 4556 7375 8689 9855 today", ["CREDIT_CARD"]),
        ("2345673000000009 was declined", []),
        ("card 2221 3982 5979 1900", ["CREDIT_CARD"]),
        ("pay with 4556 7375 8689 9856 today", []),
        ("test with 4242 4242 4242 4242", []),
        ("0.4556737586899855 is a float", []),
        ("4556737586899855 * 2 = x", []),
        ("id_4556737586899855", []),
        ("wire it to DE44500105175407324931 now", ["IBAN_CODE"]),
        ("wire it to DE45500105175407324931 now", []),
        ("my ssn is 536-22-8712", ["US_SSN"]),
        ("my ssn is 536228712", ["US_SSN"]),
        ("536228712 units were sold", []),
        ("ssn 000-22-8712 and 666-22-8712 and 912-22-8712", []),
        ("part 536-22-87123", []),
        ("write to anna.k@gmx.de soon", ["EMAIL_ADDRESS"]),
        ("icon@2x.png and user@localhost", []),
        ("write to someone@example.com", []),
        ("https://medium.com/@anna.it/post and https://maps.google.com/@52.52.de", []),
        ("call 617-232-7712", ["PHONE_NUMBER"]),
        ("call (617) 232-7712 x23", ["PHONE_NUMBER"]),
        ("reach her on +44 20 7946 1234", ["PHONE_NUMBER"]),
        ("my mobile: 07911 123 899", ["PHONE_NUMBER"]),
        ("item 6172327712 is out of stock", []),
        ("1600000000 seconds", []),
        ("the sum is 62426244000 + 198472480000", []),
        ("call 617-555-0123", []),
        ("ISBN 978-0-306-40615-7", []),
        ("from 2019-10-12 to 2020-11-13", []),
        ("login from 81.2.69.142", ["IP_ADDRESS"]),
        ("ping 8.8.8.8 and 127.0.0.1 and 10.0.0.1", []),
        ("see section 1.2.3.4", []),
        ("version 81.2.69.142 was released", []),
        ("2a02:2e0:3fe:1001:302::", ["IP_ADDRESS"]),
        ("std::vector a::b::c dead::beef", []),
        ("host 8f3a:91bc:77d0:4e2f:a1b2:c3d4:e5f6:0718", ["IP_ADDRESS"]),
        ("fd12:3456:789a:1bcd:1234:5678:9abc:def0 is local", []),
        ("my number is 98113 42907", ["PHONE_NUMBER"]),
        ("row 98113 42907 is empty", []),
        ("(415)8672143 is best", ["PHONE_NUMBER"]),
        ("Phone: 4158672143", ["PHONE_NUMBER"]),
        ("call the function 48273651 times", []),
        ("enter 536 22 8712 there", ["US_SSN"]),
        ("the row is 12 536 22 8712 4", []),
        ("write to j.doe@acme.com or anna@mail.com", ["EMAIL_ADDRESS", "EMAIL_ADDRESS"]),
        ("call 617-555-0142 x77", []),
        ("mac 3c:52:82:1a:2b:9f", ["MAC_ADDRESS"]),
        ("3c:52:82:1a:2b:9f:11:22 is a fingerprint", []),
        ("passport number 523478912", ["US_PASSPORT"]),
        ("order number 523478912", []),
        ("driver's license D5183627", ["US_DRIVER_LICENSE"]),
        ("the public license D5183627 of the MIT driver", []),
        ("license under MIT since 2012", []),
        ("https://dl.acm.org/doi/10.1109/TVCG.2016.2599030", []),
        ("NHS number 943 476 5919", ["UK_NHS"]),
        ("ticket 9434765919", []),
        ("national insurance AB 31 58 62 C", ["UK_NINO"]),
        ("flight AB315862C", []),
        ("CPF 529.982.247-25", ["BR_CPF"]),
        ("11010519491231002X", ["CN_RESIDENT_ID"]),
        ("110105194912310021", []),
        # named by the field or variable that holds it
        ('{"nhs_number": "943 476 5919"}', ["UK_NHS"]),
        ("ssn=536-22-8712", ["US_SSN"]),
        ("cc=4556737586899855&exp=0929", ["CREDIT_CARD"]),
        ("result = 4556737586899855", []),
        ('"mobileNumber": "4158672143"', ["PHONE_NUMBER"]),
        ('"contact_id": "4158672143"', []),
        # marks of elements, emphasis and quotations are no operators
        ("<card>4556737586899855</card>", ["CREDIT_CARD"]),
        ("it is **4556 7375 8689 9855**", ["CREDIT_CARD"]),
        ("> 4556 7375 8689 9855", ["CREDIT_CARD"]),
        ("x>4556737586899855", []),
        ("2**4556737586899855", []),
        ("card no.4556737586899855", ["CREDIT_CARD"]),
        ("4556737586899855,2024-05-05", ["CREDIT_CARD"]),
        # scripts without blanks, and blanks and hyphens of word processors
        ("カード番号：4556 7375 8689 9855です", ["CREDIT_CARD"]),
        ("请写信到anna.k@gmx.de谢谢", ["EMAIL_ADDRESS"]),
        ("登录地址81.2.69.142被封", ["IP_ADDRESS"]),
        ("Conto IT60\u00a0X054\u00a02811\u00a01010\u00a00000\u00a00123\u00a0457", []),
        ("AT48\u00a03200\u00a00000\u00a01234\u00a05864", ["IBAN_CODE"]),
        ("ssn 536\u201122\u20118712", ["US_SSN"]),
        # a number ends where its country ends it
        ("AT48 3200 0000 1234 5864 from Anna", ["IBAN_CODE"]),
        ("IBANAT483200000012345864", ["IBAN_CODE"]),
        ("iban at48 3200 0000 1234 5864", ["IBAN_CODE"]),
        ("AT48 3200 0000 1234 5865 from Anna", []),
        # one of a row of numbers, grouped as no card is, as long as ids of posts
        ("4371 4376 5351 4718 1290", []),
        ("642647916-102390817", []),
        ("sizes 120 80 2000, 140 90 2000", []),
        ("750 459 7822 316 404 5511", []),
        # dates and years
        ('parse("04-31-3000")', []),
        ("21-31-2000 and 0657-08-12", []),
        ("I got my driving licence in 2015 for 1990 euros", []),
        ("deep learning (DL) since 2012: 65536 units", []),
        ("passport office 18181221", []),
        ("DL: D5183627", ["US_DRIVER_LICENSE"]),
        # whatever the countries of the policy, beside its name
        ("Steuer-ID: 86 095 742 719", ["DE_TAX_ID"]),
        ("86 095 742 719 Euro Steuer", []),
        ("n° de sécurité sociale 1 84 12 76 451 089 46", ["FR_NIR"]),
        ("numéro 1 84 12 76 451 089 46", []),
        ("burgerservicenummer 111222333", ["NL_BSN"]),
        ("order 111222333", []),
        ("D.N.I. 53.990.261-S", ["ES_NIF"]),
        ("NIE: X-5521759-B", ["ES_NIE"]),
        ("sin(x) = 0.5; sin 130692544 casos", []),
        ("my SIN is 130 692 544", ["CA_SIN"]),
        ("mijn telefoonnummer is 020 123 9988", ["PHONE_NUMBER"]),
    ],
)  # fmt: skip
def test_entities(text: str, entities: list[str]) -> None:
    assert found(text) == entities


def test_the_column_name_is_context_and_a_column_called_text_is_not() -> None:
    assert found("536228712", "customer.SSN") == ["US_SSN"]
    assert found("6172327712", "phone") == ["PHONE_NUMBER"]
    assert found("6172327712", "text") == []
    assert found("6172327712", "phone_id") == ["PHONE_NUMBER"]
    assert found("6172327712", "call_id") == []


def test_one_piece_of_text_is_one_thing() -> None:
    text = "passport 523478912, driver license 523478913, ssn 523478914"
    assert found(text) == ["US_PASSPORT", "US_DRIVER_LICENSE", "US_SSN"]


def test_full_width_digits_count() -> None:
    wide = "".join(chr(0xFF10 + int(c)) for c in "4556737586899855")
    assert found(f"card {wide}") == ["CREDIT_CARD"]


def test_long_cells_are_read_to_the_end_and_across_cuts() -> None:
    from auditor.detectors.pii_presidio import CHUNK

    for at in (CHUNK - 10, CHUNK - 600, 3 * CHUNK, 2 * CHUNK - 25):
        text = "word " * (at // 5) + " anna.k@gmx.de " + "word " * 5000
        hits = dict(detect(pl.Series([text]), POLICY))
        assert [(s.entity, text[s.start : s.end]) for s in hits[0]] == [("EMAIL_ADDRESS", "anna.k@gmx.de")]


@pytest.mark.parametrize(("number", "verdict"), [("4556737586899855", True), ("4556737586899856", False), ("6304000000000000", True), ("4222222222222", None), ("0000000000000000", False)])
def test_card(number: str, verdict: bool | None) -> None:
    assert v.card(number) is verdict


@pytest.mark.parametrize(("name", "said"), [("customerSSN_no", "customer ssn no"), ("messages.content", "messages content"), ("", "")])
def test_words(name: str, said: str) -> None:
    assert words(name) == said


def test_top_values_that_must_be_masked() -> None:
    assert is_personal(["anna.k@gmx.de", "positive", "523478912", "", "call 617-232-7712", "card 4556 7375 8689 9855"]) == [True, False, True, False, True, True]


def test_allow_lists() -> None:
    salt = "s" * 16
    policy = policy_of(PiiSettings(allow_hashes=(pii_hash("anna.k@gmx.de", salt),), salt=salt, allow_patterns=(r".*@acme\.io",)))
    assert policy.allowed("Anna.K@gmx.de ")
    assert policy.allowed("bob@acme.io")
    assert not policy.allowed("bob@acme.io.uk")


@pytest.mark.parametrize(
    "bad",
    [
        PiiSettings(entities={"EMAIL_ADRESS": {"action": "allow"}}),
        PiiSettings(entities={"EMAIL_ADDRESS": {"max_rate": 2}}),
        PiiSettings(allow_patterns=("(",)),
        PiiSettings(allow_hashes=("ab",)),
    ],
)
def test_a_wrong_policy_is_refused(bad: PiiSettings) -> None:
    with pytest.raises(ConfigError):
        policy_of(bad)


def test_hash_needs_a_salt() -> None:
    with pytest.raises(ConfigError):
        pii_hash("x", "")


@pytest.mark.parametrize("text", ["", "((((", "+" * 500, "1" * 5000, "1-" * 3000, "a@" * 3000, "-----BEGIN " * 500, "eyJ." * 800, "password=" * 400, "٠" * 400])
def test_hostile_text_is_survived(text: str) -> None:
    list(detect(pl.Series([text]), POLICY))
    shapes(text)
