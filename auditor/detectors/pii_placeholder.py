"""Values that are about nobody: documented examples, reserved ranges, test numbers. They are counted apart."""

from __future__ import annotations

import ipaddress
import itertools
import re

from auditor.detectors.pii_spec import Spec, Tier
from auditor.detectors.pii_validate import digits
from auditor.detectors.secrets import is_filler

_TEST_CARDS = frozenset(
    ["4111111111111111", "4012888888881881", "4222222222222", "4242424242424242", "4000056655665556", "4000000000000002", "4000000000009995", "5555555555554444", "5105105105105100", "5200828282828210", "2223003122003222", "2223000048400011", "378282246310005", "371449635398431", "378734493671000", "6011111111111117", "6011000990139424", "6011981111111113", "30569309025904", "38520000023237", "3056930009020004", "36227206271667", "3530111333300000", "3566002020360505", "6200000000000005", "6304000000000000", "6759649826438453", "5019717010103742", "6331101999990016", "4917610000000000", "4000000000000077"]
)
"""Test card numbers in the developer manuals of Stripe, PayPal, Adyen and Braintree."""
_EXAMPLE_HOST = re.compile(
    r"(?:^|[@.\-])(?:example(?:-?\w+)?\.(?:com|org|net|edu|co\.uk)|(?:test|example|invalid|localhost|local)|(?:your|my)-?(?:domain|company|email|mail|site|website|business|organization)\.(?:com|org|net)"
    r"|(?:domain|company|email|foo|bar|test|xxx+|sample)\.(?:com|org|net)|schema\.org|contoso\.com|fabrikam\.com)$",
    re.IGNORECASE,
)
"""Reserved by RFC 2606 and RFC 6761, and the invented domains that manuals use for the same purpose."""
_EXAMPLE_USER = re.compile(
    r"^(?:your|my|some|the)[._-]?(?:e?mail|name|address|user(?:name)?)|^(?:no-?reply|do-?not-?reply|user(?:name)?|e?mail|name|example|someone|somebody|first[._]?(?:name)?[._]?last(?:name)?|test|foo|bar|git|xxx+)$",
    re.IGNORECASE,
)
_PUBLIC_DNS = frozenset(["8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "208.67.222.222", "208.67.220.220"])
_NETS = tuple(ipaddress.ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "233.252.0.0/24"))
"""Documentation ranges: RFC 5737, RFC 3849, RFC 6676."""
_SSN_EXAMPLES = frozenset(["078051120", "219099999", "123456789", "987654320", "457555462", "111223333"])
"""Published in advertisements and manuals (ssa.gov, Misused SSNs)."""
_IBAN_EXAMPLES = frozenset(
    ["GB82WEST12345698765432", "GB29NWBK60161331926819", "DE89370400440532013000", "FR1420041010050500013M02606", "ES9121000418450200051332", "NL91ABNA0417164300", "IT60X0542811101000000123456", "BE68539007547034", "CH9300762011623852957", "AT611904300234573201", "GB33BUKB20201555555555"]
)
"""Example of each country in the SWIFT IBAN registry (the most quoted ones)."""


_MADE_UP = re.compile(r"generat|random|strong password|new password|example|suggest|such as|for instance|e\.g\.", re.IGNORECASE)


def is_placeholder(spec: Spec, text: str, start: int, end: int) -> bool:
    """Is `text[start:end]`, found as `spec`, a documented example or a filler?"""
    value = text[start:end]
    if spec.tier is Tier.WEAK_SECRET:
        return _assigned(text, start, end)
    if spec.tier is Tier.SECRET:
        return _secret(spec.entity, value)
    if spec.entity == "EMAIL_ADDRESS":
        user, _, host = value.rpartition("@")
        return bool(_EXAMPLE_HOST.search(host) or _EXAMPLE_USER.search(user))
    number = digits(value)
    match spec.entity:
        case "PHONE_NUMBER":
            number = digits(re.split(r"[x#]|ext", value, maxsplit=1, flags=re.IGNORECASE)[0])
            return bool(re.search(r"55501\d\d$", number)) or _counted(number[-7:]) or bool(re.search(r"(?:5551212|0123456|1234567)\d{0,3}$", number))
        case "IP_ADDRESS":
            return _example_address(value)
        case "CREDIT_CARD":
            return number in _TEST_CARDS or len(set(number[:-1])) <= 2
        case "US_SSN":
            return number in _SSN_EXAMPLES or _counted(number)
        case "IBAN_CODE":
            return re.sub(r"[^A-Z0-9]", "", value.upper()) in _IBAN_EXAMPLES
        case "MAC_ADDRESS":
            return _example_mac(re.sub(r"[^0-9a-f]", "", value.lower()))
        case _:
            return bool(number) and len(number) >= 6 and _counted(number)


def _counted(number: str) -> bool:
    """One digit repeated, or counted up or down: 1234567, 9876543, 0000000."""
    steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(number)}
    return len(number) > 5 and len(steps) == 1 and steps <= {0, 1, 9}


def _example_address(value: str) -> bool:
    ip = ipaddress.ip_interface(value).ip
    return str(ip) in _PUBLIC_DNS or any(ip in net for net in _NETS if net.version == ip.version)


def _example_mac(value: str) -> bool:
    # RFC 7042 reserves 00-00-5E-00-53-xx for documentation
    return value.startswith("00005e0053") or value in {"001122334455", "0123456789ab", "aabbccddeeff", "112233445566", "123456789abc", "001a2b3c4d5e", "deadbeefcafe"} or len(set(value)) <= 2


def _assigned(text: str, start: int, end: int) -> bool:
    """A filler, a password made up before our eyes, or one alone in its cell: it opens nothing."""
    value = re.split(r"[=:(]\s*", text[start:end], maxsplit=1)[-1].strip("\"'`>;, ")
    if is_filler(value) or _FILLER_WORD.match(value):
        return True
    around = text[max(0, start - 120) : end + 60]
    # the answer of a password generator: an object with nothing else in it
    alone = bool(re.fullmatch(r"\s*\{\s*[\"']", text[:start]) and re.fullmatch(r"[\"']?\s*\}\s*", text[end:]))
    return bool("pass" in text[start:end].lower() and (_MADE_UP.search(around) or alone))


def _secret(entity: str, value: str) -> bool:
    if entity in {"CONNECTION_STRING", "BASIC_AUTH_URL"}:
        return _filler_password(value)
    return entity != "PRIVATE_KEY" and is_filler(value)


_FILLER_WORD = re.compile(r"^[<\[{(]?(?:pass(?:word|wd|phrase)?|pwd|pw|secret|user(?:name)?|token|key|admin|root|hunter2|s3cr3t|guest|postgres|mysql|test|demo|foo|bar|welcome|letmein|\*+)[\d!@#]{0,4}[>\]})]?$", re.IGNORECASE)


def _filler_password(value: str) -> bool:
    if "://" in value:
        userinfo, _, host = value.split("://", 1)[1].rpartition("@")
        password = userinfo.partition(":")[2]
        if _EXAMPLE_HOST.search(host.partition(":")[0]):
            return True
    else:
        password = re.split(r"(?i:password|pwd)=", value)[-1]
    return bool(_FILLER_WORD.match(password) or password.startswith(("$", "%", "{", "<")) or is_filler(password))
