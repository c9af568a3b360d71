"""Personal data (PII) and secrets (SEC): what the scan found, judged by tier and rate. No value is ever named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from auditor.checks._rows import percent
from auditor.checks.base import Check
from auditor.detectors.pii import scan_request, text_columns
from auditor.detectors.pii_judge import Judged, interval, judged
from auditor.detectors.pii_names import CUT, NamesState, names_request
from auditor.detectors.pii_numbers import Named, about_homes, number_columns, number_forms, text_columns_by_name
from auditor.detectors.pii_policy import DEFAULT_MAX_RATE, GROSS_RATE, GROSS_ROWS, NAMES, mode, policy_of
from auditor.detectors.pii_spec import Tier
from auditor.detectors.pii_state import flags, refs
from auditor.model import Evidence, Finding, NotChecked, Pillar, Role, Severity, Status
from auditor.scan.measures import Values
from auditor.scan.profile import is_text

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

MANY_ROWS: Final = 50
FEW_STREETS: Final = 5
"""Rows from which, and different values up to which, `street` says of what kind it is (paved, gravel) rather than where somebody lives: our choice."""
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

    def verdict(self, j: Judged, settings: Settings) -> Finding:
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
    clean = "No payment card, IBAN or national id (with a check digit, or of the policy's countries) in any row."


class ContactPii(_ScanCheck):
    """Ways to reach or find a person: judged by rate.

    What it measures: share of rows (0 to 1, Wilson interval) of a column with an e-mail address, phone number, public IP or MAC
    address, passport, licence or health number (these only with context), full scan.

    Why: a few addresses are usual in public text; a column full of them is a directory of persons.

    What to do: above 0.001 of the rows it is a condition; above 0.05 (lower end of the interval, 5 rows or more) or above a `max_rate` of your
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
        if j.rate > limit and (strict or (low > GROSS_RATE and j.rows >= GROSS_ROWS)):
            status, severity = Status.FAIL, Severity.BLOCKER
        elif j.rate > limit:
            status, severity = Status.WARN, Severity.MAJOR
        else:
            status, severity = Status.WARN, Severity.MINOR
        text = f"{j.what} in {j.rows_text} ({percent(j.rate) if j.rate < 0.00005 else f'{j.rate:.2%}'}; at most {percent(limit) if limit < 0.00005 else f'{limit:.2%}'} by policy)."
        fix = f'{_REDACT}; or state that they may stay: [pii] {j.entity} = "allow".'
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

    def verdict(self, j: Judged, settings: Settings) -> Finding:
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

    def verdict(self, j: Judged, settings: Settings) -> Finding:
        """A condition."""
        return self.finding(Status.WARN, j.subject, f"{j.what} in {j.rows_text}.", evidence=j.evidence, fix="Revoke what is real, then run `audit redact`.", flags=j.flags)


class NamedColumns(Check):
    """Columns that are about persons by their name and by what they hold: numbers, dates of birth, names, home addresses.

    What it measures: for number and date columns, digit lengths, the share of card numbers by scheme and Luhn (0 to 1; .03 is chance)
    and the column's name; for string columns the name (`first_name`, `dob`, `street`) and the form of the cells.

    Why: a cell-by-cell look at numbers calls one in ten a card and nearly every id a phone; and no pattern sees a name.

    What to do: drop the column, or replace it by a salted hash or an age band. `[pii] DATE_OF_BIRTH = "allow"` if
    it may stay.

    Source: our choice of names; ISO/IEC 7812 for the schemes.
    """

    code = "PII004"
    title = "No columns about persons"
    pillar = Pillar.PERMITTED
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Counts of numbers, and the tallies of the scan."""
        homes = (Values(c.name) for c in data.columns if is_text(c) and about_homes(c.name))
        return (*(number_forms(data) if data.rows else ()), *homes, *((scan_request(data, settings),) if text_columns(data) else ()))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding a column."""
        if not data.rows:
            return
        found: list[Named] = number_columns(data, facts, policy_of(settings.pii))
        if text_columns(data):
            found += text_columns_by_name(facts[scan_request(data, settings)].tallies)
        told = False
        for n in found:
            values = facts.get(Values(n.column)) if n.entity == "LOCATION" else None
            if mode(settings.pii, n.entity)[0] == "allow" or (values is not None and n.rows >= MANY_ROWS and values.distinct <= FEW_STREETS):
                continue
            gate = (Status.FAIL, Severity.BLOCKER) if n.tier is Tier.A else (Status.WARN, Severity.MAJOR)
            evidence = Evidence(n.rows / data.rows, *interval(n.rows, data.rows), data.rows, "rows", f"column as a whole, {n.why}")
            text = f"The column holds {n.entity} ({n.why}), {n.rows:,} of {data.rows:,} rows."
            yield self.finding(gate[0], n.column, text, severity=gate[1], evidence=evidence, fix="Drop the column, or replace it by a salted hash or a band.")
            told = True
        if not told:
            yield self.finding(Status.PASS, "dataset", "No column is about persons by its name and numbers.")


class Names(Check):
    """Names, places and nationalities that a language model flags in a sample: advice.

    What it measures: share of sampled rows (0 to 1, Wilson interval) of a column in which the model flags a person, place or
    nationality; the sample is the rows of least content hash (`--pii-sample N|all`). The interval is on what the detector flags, not
    on what is there: the small model finds about two names in three. Without a model: unknown, never clean.

    Why: free text about persons is personal data even without any number in it.

    What to do: look at the flagged rows; `audit redact` with the model replaces them; a larger model with `[pii] model`. It is advice
    unless `[pii] PERSON = {max_rate = 0.01}` makes it a veto (lower end of the interval above the rate).

    Source: spaCy en_core_web_sm 3.8.0 (pinned); measured recall .64 on 1,500 labelled sentences.
    """

    code = "PII003"
    title = "Names are looked for"
    pillar = Pillar.PERMITTED
    severity = Severity.MINOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The study, where there is a model."""
        study = names_request(data, settings, text_columns(data))
        return (study,) if study else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding a column and entity, or that nothing was checked."""
        columns = text_columns(data)
        if not columns or not data.rows:
            return
        study = names_request(data, settings, columns)
        if study is None:
            yield self.finding(Status.UNKNOWN, "dataset", "Names, places and nationalities were not checked: no language model.", fix=f"install a language model ({_NER}), then audit again")
            return
        state = facts[study]
        allowed = {e for e in NAMES if mode(settings.pii, e)[0] == "allow"}
        any_hit = False
        for path, names in state.paths.items():
            for entity in names.hits:
                if entity in allowed:
                    continue
                any_hit = True
                yield self._found(data, state, path, entity, mode(settings.pii, entity)[1])
        if not any_hit:
            high = interval(0, state.sampled)[1]
            text = f"The model flags no name, place or nationality in {state.sampled:,} of {state.total:,} rows (at most {high:.2%} of rows would be flagged)."
            yield self.finding(Status.PASS, "dataset", text, evidence=Evidence(0.0, 0.0, high, state.sampled, "rows", f"{_mode(state)}; spaCy {state.model}"))

    def _found(self, data: Dataset, state: NamesState, path: str, entity: str, limit: float | None) -> Finding:
        names = state.paths[path]
        hits = names.hits[entity]
        n = max(names.rows, 1) if state.sampled < state.total else state.total
        low, high = interval(hits.rows, n)
        found = flags(self.code, path, entity, hits, data, want=0, bare=True)
        method = f"{_mode(state)}; tier C; not validated; spaCy {state.model}; {names.cut} cells cut, {names.foreign} in another script not read"
        text = (
            f"{entity} flagged in {hits.rows:,} of {n:,} {'sampled ' if state.sampled < state.total else ''}rows ({hits.rows / n:.1%}, {low:.1%} to {high:.1%}); "
            "the interval is on what the model flags, not on what is there."
        )
        over = limit is not None and low > limit
        return self.finding(Status.FAIL if over else Status.WARN, path, text, severity=Severity.BLOCKER if over else None, evidence=Evidence(hits.rows / n, low, high, n, "rows", method, refs(found)), fix="Look at the rows; `audit redact` replaces them where `[pii] sample = 0`.", flags=found)


_NER = "pip install 'dataset-readiness-auditor[ner]'"


def _mode(state: NamesState) -> str:
    return f"sample of {state.sampled:,} of {state.total:,} rows by content hash" if state.sampled < state.total else "full scan"


def not_checked(data: Dataset, facts: Facts, settings: Settings) -> tuple[NotChecked, ...]:
    """What this part did not look at, why, and how to have it looked at."""
    columns = text_columns(data)
    media = data.role(Role.MEDIA)
    seen = [NotChecked(f"what the images, sounds or files of {', '.join(map(repr, media))} show, say or carry", "they are not read", "look at a sample of them: faces, papers, number plates, places in EXIF")] if media else []
    if not columns or not data.rows:
        return tuple(seen)
    out = [*seen, *_names_not_checked(data, facts, settings, columns)]
    countries = settings.pii.countries
    out.append(
        NotChecked(
            f"national ids without a check digit and national phone formats of countries other than {', '.join(countries) or 'none'}",
            "[pii] countries does not name them (cards, IBAN, national ids with a check digit, e-mail, IP and international phone numbers are checked everywhere)",
            '[pii] countries = ["US", "GB", "DE"]',
        )
    )
    off = [e for e in ("URL", "DATE_TIME", "UUID") if mode(settings.pii, e)[0] == "default"]
    if off:
        out.append(NotChecked(f"{', '.join(off)} in text", "off by default: seldom about a person", f"[pii] {off[0]} = {{max_rate = 0.01}}"))
    return tuple(out)


def _names_not_checked(data: Dataset, facts: Facts, settings: Settings, columns: tuple[str, ...]) -> Iterator[NotChecked]:
    study = names_request(data, settings, columns)
    what = "names, places and nationalities"
    if study is None:
        english = "en" in settings.pii.languages or settings.pii.model
        yield NotChecked(f"{what} in text", "no language model is installed" if english else "no model for the languages of [pii] languages", f"{_NER}, or [pii] model")
        return
    state = facts.get(study)
    others = [x for x in settings.pii.languages if x != "en"]
    if others and not settings.pii.model:
        yield NotChecked(f"{what} in {', '.join(others)}", "the pinned model reads English only", "[pii] model = a spaCy model of the language")
    if state is None:
        yield NotChecked(f"{what} in text", "the model could not be run", "run with -vv")
        return
    if state.sampled < state.total:
        yield NotChecked(f"{what} in {state.total - state.sampled:,} of {state.total:,} rows", "the model reads a sample", "--pii-sample all")
    cut, foreign = sum(n.cut for n in state.paths.values()), sum(n.foreign for n in state.paths.values())
    if cut:
        yield NotChecked(f"{what} in {cut:,} cells of the sample behind the first {CUT} characters of their row", "long rows are cut in a sample", "--pii-sample all")
    if foreign:
        yield NotChecked(f"{what} in {foreign:,} cells of the sample", "they are mostly in another script than the model reads", "[pii] model")


CHECKS = (CriticalPii(), ContactPii(), Names(), NamedColumns(), VendorSecrets(), AssignedSecrets())
