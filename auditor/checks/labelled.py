"""LBL: there are labels, and tags fit their tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import of_sample, percent
from auditor.checks.base import Check
from auditor.detectors.studies import DuplicateStudy, ProbeStudy, TextStudy
from auditor.model import Evidence, Finding, Pillar, Role, Severity, Shape, Status

if TYPE_CHECKING:
    from auditor.detectors.results import ProbeFacts
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

ANSWERED: Final = (Shape.CHAT, Shape.PREFERENCE, Shape.PROMPT_COMPLETION)
LISTED: Final = 8
"""Columns named to choose the label from."""
MISFIT: Final = 0.01
"""Share of rows whose tags do not fit their tokens that is a condition (our choice, as for other defects of rows)."""
PARTLY: Final = 0.5
"""Labelled share below which it is a condition (our choice)."""


class LabelsPresent(Check):
    """There is something to learn from: a label, target or response in the rows.

    What it measures: whether a column of labels (or responses) was found, and the share of training rows (0 to 1) with one.

    Why: fine-tuning without labelled examples is wishful thinking.

    What to do: name the column as `data.label` (or `data.roles.response`), `@file` where each file holds one class, or have rows labelled. A table or plain text in
    which no label was recognised is unknown rather than failed; text that is itself what is to be learnt is declared by
    `data.shape = "plain_text"`. Below 50 % labelled it is a condition; so are tags that are more or
    fewer than their tokens, from 1 % of the rows on; tagged pieces that begin with I- where B- should stand, from 1 % of them on (advice
    where all do it as in IOB1); rows without any tag of which a fifth, by their words, were not tagged; and, from a tenth of the rows with
    tags on, tags that stand one token beside the words with capitals.

    Source: readiness specification 2.3, label.absent.
    """

    code = "LBL001"
    title = "Rows are labelled"
    pillar = Pillar.LEARNABLE
    severity = Severity.BLOCKER

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The labelled rows, or the responses."""
        if data.shape in ANSWERED:
            return (TextStudy(),)
        if data.shape is Shape.TOKEN_LABELS:
            return (DuplicateStudy(), ProbeStudy())
        return (DuplicateStudy(),) if data.role(Role.LABEL) else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding, and one for each thing that is wrong with tags."""
        if data.shape in ANSWERED:
            texts = facts[TextStudy()]
            if texts.rows and sum(d.rows for d in texts.defects if d.kind in ("empty_response", "undecided")) == texts.rows:
                text = f"none of {texts.rows:,} training rows has a response, so there is nothing to learn from by example"
                yield self.finding(Status.UNKNOWN, "responses", text, evidence=Evidence(1.0, n=texts.rows, unit="share of rows"), fix="add the responses; prompts for reinforcement learning alone need a reward, which is not judged here")
            return
        if not data.role(Role.LABEL):
            if data.role(Role.ANNOTATOR):
                return
            if settings.data.shape == str(Shape.PLAIN_TEXT):
                return  # declared: the text itself is what is learnt
            names = [c.name for c in data.columns]
            listed = ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
            fix = f"name it: --label COLUMN, or [data] label in audit.toml (columns: {listed})"
            if len(data.files) > 1:
                fix += "; or --label @file where each file holds the rows of one class"
            if data.shape is Shape.PLAIN_TEXT:
                fix += '; or [data] shape = "plain_text" where the text itself is what is to be learnt'
            if all(f.format == "page" for f in data.files):
                text = f"{len(data.files)} pages of text and no answers: to answer from them they need no training, retrieval reads them as they are"
                fix = 'for fine-tuning, give prompts with the responses that are wanted; or [data] shape = "plain_text" where the text itself is what is to be learnt'
                yield self.finding(Status.UNKNOWN, "dataset", text, fix=fix)
                return
            yield self.finding(Status.UNKNOWN, "dataset", "no label column was recognised, so nothing can be said about learning from it", fix=fix)
            return
        found = facts[DuplicateStudy()]
        name = data.role(Role.LABEL)[0]
        if not found.rows:
            yield self.finding(Status.UNKNOWN, name, "there are no training rows", fix='name the training file: [data] train = "FILE"')
            return
        share, sample = found.labelled / found.rows, of_sample(data, found)
        evidence = Evidence(share, n=found.rows, unit="share of training rows")
        if found.labelled == 0:
            yield self.finding(Status.FAIL, name, f"the label column '{name}' is empty in all {found.rows:,} training rows{sample}", evidence=evidence, fix="have rows labelled")
        elif share < PARTLY:
            yield self.finding(Status.WARN, name, f"only {percent(share)} of the training rows have a label{sample}", severity=Severity.MAJOR, evidence=evidence, fix="label the rest, or leave it out")
        else:
            yield self.finding(Status.PASS, name, f"{percent(share)} of the training rows have a label{sample}", evidence=evidence)
        yield from self._tags(facts[ProbeStudy()], found.rows) if data.shape is Shape.TOKEN_LABELS else ()

    def _tags(self, probe: ProbeFacts, rows: int) -> Iterator[Finding]:
        """What is wrong with tags."""
        broken, tags = probe.broken, probe.tags
        if broken:
            text = f"{broken:,} rows have more or fewer tags than tokens, so which token is which nobody knows"
            severity = Severity.MAJOR if broken >= MISFIT * rows else Severity.MINOR
            yield self.finding(Status.WARN, "tags", text, severity=severity, evidence=Evidence(float(broken), n=rows, unit="rows"), fix="align the tags anew, or leave these rows out")
        if tags is None:
            return
        if tags.orphans > MISFIT * tags.entities:
            how = "as in IOB1, where B- stands only between neighbours of one type" if tags.older else "none begins with B-: of two neighbours of one type one is made" if tags.orphans == tags.entities else "others begin with B-"
            text = f"{tags.orphans:,} of {tags.entities:,} tagged pieces begin with a tag that goes on with one (I-, E-, L-, M-); {how}"
            evidence = Evidence(tags.orphans / tags.entities, n=tags.entities, unit="share of tagged pieces")
            severity = Severity.MINOR if tags.older else Severity.MAJOR
            yield self.finding(Status.WARN, "tags: beginnings", text, severity=severity, evidence=evidence, fix="begin each of them with B-, which all trainers read")
        if tags.moved:
            where = "before" if tags.ahead else "behind"
            text = f"in {tags.moved:,} of {tags.tagged:,} rows with tags these stand one token {where} the words with capitals: they seem to be moved along"
            evidence = Evidence(tags.moved / tags.tagged, n=tags.tagged, unit="share of rows with tags", method="tagged words against words with capitals")
            yield self.finding(Status.WARN, "tags: moved", text, severity=Severity.MAJOR, evidence=evidence, fix="find the token (a first or last one) that tags and words do not share, and align them anew")
        if tags.untagged:
            text = f"about {tags.untagged:,} of {tags.bare:,} rows without any tag seem not to have been tagged: they have words that are tagged nearly always elsewhere, as often as tagged rows have"
            evidence = Evidence(tags.untagged / tags.bare, n=tags.bare, unit="share of rows without a tag", method="words tagged in 90 % of their other places")
            yield self.finding(Status.WARN, "tags: rows without", text, severity=Severity.MAJOR, evidence=evidence, fix="tag them, or leave them out: a model learns from them not to tag")


CHECKS = (LabelsPresent(),)
