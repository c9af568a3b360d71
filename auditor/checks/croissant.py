"""USE022: a Croissant file beside the data describes these files and no others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from auditor.checks.base import Check
from auditor.decision.croissant import FIELDS, differing
from auditor.decision.evidence import EvidenceStudy
from auditor.model import Evidence, Pillar, Severity, Status

if TYPE_CHECKING:
    from auditor.model import Dataset, Finding
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings


class CroissantHolds(Check):
    """Files whose sha256 is another one than `croissant.json` beside the data lists; unit: files.

    What the file declares (licence, collection, annotation, personal data) is taken as declared evidence only as long as it is
    about these bytes. Listed files that are not here are a warning.
    What to do: write the description again, or fetch the files that it is about. Source: Croissant-RAI 1.0.
    """

    code = "USE022"
    title = "The description beside the data is about these files"
    pillar = Pillar.PERMITTED
    severity = Severity.MAJOR

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The evidence files beside the data."""
        return (EvidenceStudy.named_in(settings),)

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding where there is a description."""
        said = facts[EvidenceStudy.named_in(settings)].croissant
        if said is None:
            return
        other, absent = differing(said, data)
        documented = f"it documents {len(said.stated)} of {len(FIELDS)} responsible-AI fields"
        if other:
            words = f"croissant.json lists another sha256 for {len(other)} files ({', '.join(other[:3])}); what it declares is about other data"
            yield self.finding(Status.FAIL, "croissant.json", words, evidence=Evidence(float(len(other)), n=len(said.digests), unit="files", method="sha256"), fix="write croissant.json again for these files")
        elif absent:
            yield self.finding(Status.WARN, "croissant.json", f"{len(absent)} files that croissant.json lists are not here; {documented}", severity=Severity.MINOR, fix="fetch them, or write croissant.json again")
        elif said.digests:
            yield self.finding(Status.PASS, "croissant.json", f"croissant.json is about these files (sha256 of {len(said.digests)}); {documented}")
        else:
            yield self.finding(Status.UNKNOWN, "croissant.json", f"croissant.json lists no sha256, so whether it is about these files is unknown; {documented}", severity=Severity.MINOR, fix="add sha256 to each file object")


CHECKS = (CroissantHolds(),)
