"""Personal data (PII) and secrets (SEC): what the scan found, judged by tier and rate. No value is ever named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar

from auditor.checks.base import Check
from auditor.detectors.pii import scan_request, text_columns
from auditor.detectors.pii_judge import Judged, judged, interval
from auditor.detectors.pii_policy import DEFAULT_MAX_RATE, GROSS_RATE, mode
from auditor.detectors.pii_spec import Tier
from auditor.model import Evidence, Finding, NotChecked, Pillar, Severity, Status

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

_REDACT = "Run `audit redact` to replace the spans, or drop the column"


class _ScanCheck(Check):
    """Common to the checks on the full scan."""

    pillar: ClassVar[Pillar] = Pillar.PERMITTED
    severity: ClassVar[Severity] = Severity.BLOCKER
    tiers: ClassVar[tuple[Tier, ...]] = ()
    clean: ClassVar[str] = ""

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The scan, where there are strings."""
        return (scan_request(data, settings),) if text_columns(data) else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding a column and entity, or one that there is none."""
        if not text_columns(data):
            return
        state = facts[scan_request(data, settings)] if data.rows else None
        if state is None or not state.rows:
            yield self.finding(Status.UNKNOWN, "dataset", "No rows to look at.")
            return
        found = [j for j in judged(state, data, settings, self.code) if j.tier in self.tiers]
        findings = [f for j in found for f in self.of(j, settings)]
        yield from findings
        if not any(f.status in {Status.FAIL, Status.WARN} for f in findings):
            yield self.finding(Status.PASS, "dataset", self.clean, evidence=Evidence(0.0, *interval(0, state.rows), state.rows, "rows", "full scan"))

    def of(self, j: Judged, settings: Settings) -> Iterator[Finding]:
        """Findings for one column and entity."""
        if j.rows and mode(settings.pii, j.entity)[0] == "allow":
            yield self.finding(Status.PASS, j.subject, f"{j.what} in {j.rows_text}: allowed by [pii].", evidence=j.evidence)
        elif j.rows:
            yield self.verdict(j, settings)
        elif j.placeholder_rows:
            yield self.finding(
                Status.PASS, j.subject, f"{j.what}: {j.placeholder_rows:,} rows hold documented examples or placeholders only.", evidence=j.evidence
            )

    def verdict(self, j: Judged, settings: Settings) -> Finding:  # noqa: ARG002 - other tiers look at the policy
        """A veto: one validated hit is enough."""
        return self.finding(Status.FAIL, j.subject, f"{j.what} in {j.rows_text}.", evidence=j.evidence, fix=f"{_REDACT}.", flags=j.flags)


class CriticalPii(_ScanCheck):
    """Identity and payment numbers: any validated hit fails.

    What it measures: rows with a payment card (scheme, length and Luhn), IBAN (mod 97) or national id (checksum where it
    has one, written form or context), per column, full scan, as a count and a share of rows (0 to 1) with a Wilson interval.

    Why: a model repeats what it was trained on; one card number is one too many. Documented test cards are counted apart.

    What to do: `audit redact`, or drop the column. Numbers of your own choosing: `[pii] allow_hashes` or `allow_patterns`.

    Source: Presidio recognizers; ISO/IEC 7812, ISO 13616, ssa.gov.
    """

    code = "PII001"
    title = "No payment or identity numbers"
    tiers = (Tier.A,)
    clean = "No payment card, IBAN or national id (of the policy's countries) in any row."


class ContactPii(_ScanCheck):
    """Ways to reach or find a person: judged by rate.

    What it measures: share of rows (0 to 1, Wilson interval) of a column with an e-mail address, phone number, public IP or MAC
    address, passport, licence or health number (these only with context), full scan.

    Why: a few addresses are usual in public text; a column full of them is a directory of persons.

    What to do: above 0.001 of the rows it is a condition; above 0.05 (lower end of the interval) or above a `max_rate` of your
    own, or above 0.001 at risk tier high or regulated, a veto. `[pii] EMAIL_ADDRESS = {max_rate = 0.001}` or `"allow"`.

    Source: Presidio recognizers; thresholds are our choice.
    """

    code = "PII002"
    title = "Few contact details"
    tiers = (Tier.B, Tier.OFF)
    clean = "No e-mail address, phone number, IP or MAC address or document number in any row."

    def verdict(self, j: Judged, settings: Settings) -> Finding:
        """By rate."""
        _, own = mode(settings.pii, j.entity)
        limit = DEFAULT_MAX_RATE if own is None else own
        low = interval(j.rows, j.scanned)[0]
        strict = own is not None or settings.risk in {"high", "regulated"}
        if j.rate > limit and (strict or low > GROSS_RATE):
            status, severity = Status.FAIL, Severity.BLOCKER
        elif j.rate > limit:
            status, severity = Status.WARN, Severity.MAJOR
        else:
            status, severity = Status.WARN, Severity.MINOR
        text = f"{j.what} in {j.rows_text} ({j.rate:.2%}; at most {limit:.2%} by policy)."
        fix = f"{_REDACT}; or state that they may stay: [pii] {j.entity} = \"allow\"."
        return self.finding(status, j.subject, text, severity=severity, evidence=j.evidence, fix=fix, flags=j.flags)


class VendorSecrets(_ScanCheck):
    """Keys and passwords in a form that nothing else has: any hit fails.

    What it measures: rows with an access key or token of a known vendor, a private key, JSON web token, webhook, connection string
    or URL with a password, per column and kind, full scan. Placeholders (`YOUR_API_KEY`) are counted apart.

    Why: who has the data or the model has the key.

    What to do: revoke the key first, then `audit redact`.

    Source: vendors' own descriptions of their key formats; RFC 7519, RFC 7468.
    """

    code = "SEC001"
    title = "No keys or passwords"
    tiers = (Tier.SECRET,)
    clean = "No key, token, private key or password in a URL in any row."

    def verdict(self, j: Judged, settings: Settings) -> Finding:  # noqa: ARG002
        """A veto, with the order of work."""
        return self.finding(Status.FAIL, j.subject, f"{j.what} in {j.rows_text}.", evidence=j.evidence, fix="Revoke it, then run `audit redact`.", flags=j.flags)


class AssignedSecrets(_ScanCheck):
    """Something random is assigned to a name that says secret.

    What it measures: rows with an assignment such as `password = ...` whose value has 8 or more characters, two kinds of them and
    3 bits of entropy a character, full scan. Weaker than a vendor's format, so it is a condition, not a veto.

    Why: passwords and keys without a vendor's prefix look like this.

    What to do: look at the rows; revoke what is real, then `audit redact`; `[pii] SECRET_ASSIGNMENT = "allow"` for made-up ones.

    Source: our choice of names and entropy, see the table of cases in the tests.
    """

    code = "SEC002"
    title = "No assigned secrets"
    severity = Severity.MAJOR
    tiers = (Tier.WEAK_SECRET,)
    clean = "No assignment of a random value to a name that says secret."

    def verdict(self, j: Judged, settings: Settings) -> Finding:  # noqa: ARG002
        """A condition."""
        return self.finding(Status.WARN, j.subject, f"{j.what} in {j.rows_text}.", evidence=j.evidence, fix="Revoke what is real, then run `audit redact`.", flags=j.flags)


def not_checked(data: Dataset, facts: Facts, settings: Settings) -> tuple[NotChecked, ...]:  # noqa: ARG001 - facts tell when names were read
    """What this part did not look at, why, and how to have it looked at."""
    out = [
        NotChecked("names, places and nationalities in text", "no language model was run", "pip install 'dataset-readiness-auditor[ner]', or [pii] model"),
        NotChecked(
            f"national ids of countries other than {', '.join(settings.pii.countries) or 'none'}", "not in the policy", '[pii] countries = ["US", "DE", ...]'
        ),
    ]
    return tuple(out) if text_columns(data) else ()


CHECKS = (CriticalPii(), ContactPii(), VendorSecrets(), AssignedSecrets())
