"""How far the wording is from common text: bytes that a tokenizer trained on common text needs a token for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.model import Split
from auditor.scan.request import Study

if TYPE_CHECKING:
    from auditor.scan.request import Facts, Rows

CAP = 2000
"""Training rows read, chosen by content."""
READ = 4000
"""Characters of each."""


@dataclass(frozen=True, slots=True)
class WordingFacts:
    """Tokens of the training texts."""

    texts: int
    bytes: int
    tokens: int
    method: str = ""


@dataclass(frozen=True)
class WordingStudy(Study[WordingFacts]):
    """Counts of a sample, with the tokenizer that the user names (a file, or a vocabulary as `o200k_base`)."""

    tokenizer: str

    def run(self, rows: Rows, facts: Facts) -> WordingFacts:  # noqa: ARG002 - reads no other fact
        """Count once.

        Raises:
            ConfigError: there is no such tokenizer.
            MissingExtra: the package that reads it is not installed.
        """
        from auditor.detectors.inputs import load
        from auditor.targets.tokens import counter_of

        counter = counter_of(self.tokenizer)
        inputs = load(rows, splits=(str(Split.TRAIN),), cap=CAP, labelled=False)
        texts = [t[:READ] for t in inputs.text if t.strip()] if inputs.text is not None else []
        size = sum(len(t.encode("utf-8", "surrogatepass")) for t in texts)
        return WordingFacts(len(texts), size, sum(counter.counts(texts)), counter.method)
