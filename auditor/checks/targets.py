"""TGT: would the trainer take this data, and what of it would really be trained?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from auditor.checks._rows import percent
from auditor.checks.base import Check
from auditor.errors import ConfigError
from auditor.model import Evidence, Finding, Flag, Pillar, RowRef, Severity, Shape, Status
from auditor.targets.request import GENERIC, TargetStudy

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings
    from auditor.targets.report import Issue, Outcome, TargetReport

GENERATIVE: Final = (Shape.CHAT, Shape.PREFERENCE, Shape.PROMPT_COMPLETION)
"""Shapes that are looked at without being asked: they are for nothing but fine-tuning."""
SHOWN_RULES: Final = 8
"""Rules of one target that get a finding of their own; further ones are counted in one more."""


def request_of(settings: Settings) -> TargetStudy:
    """The one study that all checks of this family read."""
    targets = settings.targets
    return TargetStudy(targets.names, targets.max_length, targets.tokenizer, targets.packing)


def check_settings(settings: Settings) -> None:
    """Refuse a wrong `[targets]` table before the rows are read.

    Raises:
        ConfigError: a target is unknown, or a file is missing or wrong.
        MissingExtra: a tokenizer is named and the package that reads it is not installed.
    """
    from auditor.targets.cost import read_prices
    from auditor.targets.packing import STRATEGIES
    from auditor.targets.spec import check_names
    from auditor.targets.tokens import counter_of

    targets = settings.targets
    check_names(targets.names)
    if targets.packing not in {"", *STRATEGIES}:
        raise ConfigError(f"targets.packing: {targets.packing!r} is none of {', '.join(STRATEGIES)}")
    if targets.prices:
        read_prices(targets.prices)
    if targets.tokenizer:
        counter_of(targets.tokenizer)


class TargetCheck(Check):
    """Common part: applies to data for generation, and to any data once a target is named."""

    pillar = Pillar.LEARNABLE

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """The study, where it applies.

        Raises:
            ConfigError: a target, the tokenizer or the price file is not what it should be; told before anything is read.
        """
        check_settings(settings)
        if settings.targets.names or data.shape in GENERATIVE:
            yield request_of(settings)

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """Findings, where it applies."""
        if settings.targets.names or data.shape in GENERATIVE:
            yield from self.told(facts[request_of(settings)], settings)

    def told(self, report: TargetReport, settings: Settings) -> Iterator[Finding]:
        """Findings from the report."""
        raise NotImplementedError

    def of_issue(self, issue: Issue, status: Status, severity: Severity, rows: int) -> Finding:
        """A finding about one rule: what it asks, how often it is broken, and where first."""
        where = "; ".join(f"{p}{f' ({p.detail})' if p.detail else ''}" for p in issue.places)
        # a count about the file as a whole (rows in two splits, say) stands in the place's own words
        more = issue.count - len(issue.places) if issue.rows or issue.check == "json" else 0
        count = f"{issue.rows:,} of {rows:,} rows" if issue.rows else "file"
        message = f"{issue.rule} of {issue.target}: {_lower(issue.text)}: broken in {count}: {where}"
        return self.finding(
            status,
            f"{issue.target}:{issue.rule}",
            message + (f"; and {more:,} more" if more > 0 else ""),
            severity=severity,
            evidence=Evidence(
                value=issue.rows / rows if rows and issue.rows else None,
                n=rows,
                unit="share of rows",
                method=f"{issue.evidence}: {issue.source}",
                refs=refs_of(issue),
            ),
            fix=issue.fix,
            flags=tuple(Flag(self.code, r.file, r.row, r.line, entity=issue.rule) for r in issue.refs),
        )


def first_of(issues: Sequence[Issue]) -> tuple[RowRef, ...]:
    """The first rows of several issues, each row once, in the order of files and rows."""
    found = {(r.file, r.row): r for issue in issues for r in refs_of(issue)}
    return tuple(found[key] for key in sorted(found))[:20]


def refs_of(issue: Issue) -> tuple[RowRef, ...]:
    """The first rows of an issue, those that are shown with line and column."""
    placed = {(p.file, p.row): p for p in issue.places if p.row is not None}
    refs = []
    for ref in issue.refs[:20]:
        place = placed.get((ref.file, ref.row))
        refs.append(RowRef(ref.file, ref.row, place.line, place.column) if place else ref)
    if not refs:
        refs = [RowRef(p.file, 0, p.line, p.column) for p in issue.places if p.line is not None]
    return tuple(refs)


def _lower(text: str) -> str:
    return text[0].lower() + text[1:] if text[:2].istitle() else text


def packed_words(outcome: Outcome) -> str:
    """What packing would make of the rows, as the end of a sentence; nothing where it was not asked for."""
    if not outcome.packed:
        return ""
    low, likely, high = outcome.packed
    count = f"{likely.sequences:,}" if low.sequences == high.sequences else f"{low.sequences:,} to {high.sequences:,}"
    padding = sorted((low.padding, high.padding))
    share = f"{likely.padding:.1%}" if outcome.exact else f"{padding[0]:.1%} to {padding[1]:.1%}"
    each = sorted(round(p.trained_each) for p in outcome.packed)
    trained = f"{each[1]:,}" if outcome.exact or each[0] == each[2] else f"{each[0]:,} to {each[2]:,}"
    split = f"{likely.split:,}" if low.split == high.split else f"{low.split:,} to {high.split:,}"
    fate = {"wrapped": "go on in the next sequence", "bfd_split": "are cut into several"}.get(likely.strategy, "lose their end")
    return f"; packed ({likely.strategy}): {count} sequence{'' if count == '1' else 's'} of {likely.size:,} tokens, {share} padding, {trained} trained tokens in each on average, {split} rows {fate}"


def asked(report: TargetReport) -> Iterator[Outcome]:
    """Outcomes of the targets that were named."""
    return (o for o in report.outcomes if o.target in report.requested)


class Accepted(TargetCheck):
    """Rows and files that a requested target refuses: one finding per broken rule, with file, line, column and JSON path.

    Measured per target as rows refused, of all rows of the training and validation files. Providers check after the upload,
    stop at the first bad line, or let the job fail when it is paid for; here every row is read and every problem told. Any
    refused row is a veto, because one is enough for the whole file to be sent back. Only targets that you name can veto.
    What to do: the fix stands beside each rule; `audit convert --to TARGET` rewrites the shape; `audit targets NAME` lists
    all rules with their sources and dates. Rules that were not seen in their source only warn.
    """

    code = "TGT001"
    title = "Every requested target takes every row"
    severity = Severity.BLOCKER

    def told(self, report: TargetReport, settings: Settings) -> Iterator[Finding]:
        """One finding per broken rule, or one that says all rows are taken."""
        for outcome in asked(report):
            errors = outcome.errors
            for issue in errors[:SHOWN_RULES]:
                yield self.of_issue(issue, Status.FAIL, Severity.BLOCKER, outcome.rows)
            if len(errors) > SHOWN_RULES:
                rest = errors[SHOWN_RULES:]
                names = ", ".join(i.rule for i in rest)
                evidence = Evidence(n=outcome.rows, unit="share of rows", method="every row", refs=first_of(rest))
                yield self.finding(Status.FAIL, f"{outcome.target}:more", f"{outcome.target}: {len(rest)} more rules are broken: {names}", evidence=evidence)
            if not errors:
                yield self.finding(Status.PASS, outcome.target, f"{outcome.target}: all {outcome.rows:,} rows are taken", evidence=Evidence(0.0, n=outcome.rows, unit="share of rows", method=f"rules of {outcome.as_of}"))


class NothingLost(TargetCheck):
    """Rows that a requested trainer takes and then silently drops, cuts, or never trains.

    Measured as a share of all rows, 0 to 1, as a range where tokens are estimated. axolotl drops rows over 512 tokens, TRL
    cuts at 1,024, LLaMA-Factory skips rows with bad role order, and none of them fails. A share above `targets.max_loss`
    (1 % unless you say otherwise, our policy) is a veto where even the low end of the range is above it; a smaller certain
    loss is a condition; a loss that only the high end of the range shows is unknown, never a veto.
    With `targets.packing` (`bfd`, `bfd_split` or `wrapped`, as TRL has them) rows are packed into sequences first, and the number of
    sequences, their padding and the rows that are split are told; wrapped sequences cut no row short.
    What to do: set the trainer's sequence length (`targets.max_length` here), shorten or split long rows, mend role order;
    for exact counts install the `tokens` extra or give `--tokenizer tokenizer.json`.
    """

    code = "TGT002"
    title = "Nothing is dropped, cut or left untrained in silence"
    severity = Severity.BLOCKER

    def told(self, report: TargetReport, settings: Settings) -> Iterator[Finding]:
        """One finding per target."""
        for outcome in asked(report):
            yield self._one(outcome, settings.targets.max_loss)

    def _one(self, outcome: Outcome, allowed: float) -> Finding:
        if outcome.rows and not outcome.accepted:
            return self.finding(Status.NOT_APPLICABLE, outcome.target, f"{outcome.target}: all {outcome.rows:,} rows are refused (TGT001), so nothing is left that could be lost")
        rows, lost = max(1, outcome.rows), outcome.lost
        parts = [f"{n} {word}" for n, word in ((outcome.dropped, "dropped"), (outcome.truncated, "cut"), (outcome.untrained, "without a trained token")) if n.high]
        limit = f", {outcome.excess} over {outcome.max_length:,} tokens" if outcome.max_length and outcome.excess != "none" else ""
        message = f"{outcome.target}{limit}: {', '.join(parts) or 'no row lost'} of {outcome.rows:,} rows"
        if outcome.target_tokens.value:
            kept = outcome.kept_tokens.value / outcome.target_tokens.value
            message += f"; {kept:.0%} of {'' if outcome.exact else 'about '}{outcome.target_tokens.value:,} target tokens are left"
        message += packed_words(outcome)
        losses = [i for i in outcome.issues if i.level == "loss"]
        evidence = Evidence(lost.value / rows, lost.low / rows, lost.high / rows, outcome.rows, "share of rows", outcome.method, first_of(losses))
        flags = tuple(Flag(self.code, r.file, r.row, r.line, entity=i.rule) for i in losses for r in i.refs)
        fix = losses[0].fix if losses else ""
        if lost.low / rows > allowed:
            return self.finding(Status.FAIL, outcome.target, f"{message}; at most {percent(allowed)} may be", evidence=evidence, fix=fix, flags=flags)
        if lost.high / rows > allowed and not outcome.exact:
            told = f"{message}; whether that is more than {percent(allowed)} cannot be told from an estimate"
            return self.finding(Status.UNKNOWN, outcome.target, told, severity=Severity.MINOR, evidence=evidence, fix="install the tokenizers (pip install 'dataset-readiness-auditor[tokens]'), or give --tokenizer tokenizer.json", flags=flags)
        if lost.low:
            return self.finding(Status.WARN, outcome.target, message, severity=Severity.MAJOR, evidence=evidence, fix=fix, flags=flags)
        return self.finding(Status.PASS, outcome.target, message, evidence=evidence)


class TargetLives(TargetCheck):
    """Whether a requested target still takes jobs: active, closing on a date, closed, or unmaintained.

    Measured against the date in the target's table, which has its source and the day it was looked up. Providers close: a
    data set shaped for one that ends within the project's life has to be shaped again. A condition, since it is yours to weigh.
    What to do: plan for another target before the date; `audit convert` rewrites the data.
    """

    code = "TGT003"
    title = "The requested target takes new jobs"
    pillar = Pillar.MAINTAINABLE
    severity = Severity.MAJOR

    def told(self, report: TargetReport, settings: Settings) -> Iterator[Finding]:
        """One finding per target that isn't simply active."""
        for outcome in asked(report):
            if outcome.status == "active":
                continue
            yield self.finding(
                Status.WARN,
                outcome.target,
                f"target {outcome.target} is {outcome.status} (as of {outcome.as_of}): {outcome.status_text}",
                evidence=Evidence(method=f"table of {outcome.as_of}"),
                fix="plan for another target; audit convert rewrites the data",
            )


class Advice(TargetCheck):
    """Warnings and advice of the requested targets: nothing is refused, something may be worse than it could be.

    Measured as rows or files concerned, one finding per rule. Among them are rules that were recalled and not seen in their
    source: they never block.
    What to do: see the fix beside each.
    """

    code = "TGT004"
    title = "The requested targets have nothing to warn of"
    severity = Severity.MINOR

    def told(self, report: TargetReport, settings: Settings) -> Iterator[Finding]:
        """One finding per rule."""
        for outcome in asked(report):
            if outcome.target == GENERIC:
                continue
            soft = [i for i in outcome.issues if i.level in {"warning", "advice"} and i.check != "status"]
            for issue in soft[:SHOWN_RULES]:
                severity = Severity.MINOR if issue.level == "warning" else Severity.INFO
                yield self.of_issue(issue, Status.WARN, severity, outcome.rows)
            if len(soft) > SHOWN_RULES:
                rest = soft[SHOWN_RULES:]
                names = ", ".join(i.rule for i in rest)
                evidence = Evidence(n=outcome.rows, unit="share of rows", method="every row", refs=first_of(rest))
                yield self.finding(Status.WARN, f"{outcome.target}:more", f"{outcome.target}: {len(rest)} more rules warn: {names}", severity=Severity.INFO, evidence=evidence)


class Volume(TargetCheck):
    """Whether there are enough rows, counted after exact repeats and rows in which nothing is trained are taken away.

    Measured in effective training rows; where near-duplicates were looked for (DUP002), each cluster of them counts once, and rows of
    other splits in the same file don't. Bands (our choice of cut, each with a source): under 10, the least any provider takes
    (OpenAI guide): too few; 10 to 49: better configure the prompt (OpenAI: start with 50, and if 50 have no effect rethink the
    task or prompt before adding data); 50 to 99: a pilot (OpenAI: improvements seen from 50 to 100); 100 to 999: enough for a
    narrow format or style task (Vertex: start with 100; AWS Nova: at least 100 per task); from 1,000: volume is no obstacle
    (LIMA, arXiv 2305.11206: 1,000 curated examples, number recalled; Nova: 1,000 pairs for DPO). Advice, never a veto: a
    target's own minimum is TGT001.
    What to do: collect rows of the kind that is missing, not more of the same.
    """

    code = "TGT010"
    title = "There are enough effective rows"
    severity = Severity.MINOR

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding on the number of effective rows."""
        from auditor.detectors.results import DuplicateFacts
        from auditor.targets.volume import band_of

        if not (settings.targets.names or data.shape in GENERATIVE):
            return
        report = facts[request_of(settings)]
        looked = facts.find(DuplicateFacts)
        looked = looked if looked is not None and not looked.reason else None
        if report.rows and not report.effective:
            yield self._unanswered(report)
            return
        left, exact = report.effective, report.duplicates
        if report.format == "unknown" and looked is not None and looked.rows:  # what a row is, only the auditor's own reader knows
            left, exact = looked.rows - looked.exact, looked.exact
        near = max(0, looked.near - exact) if looked is not None else 0
        effective = max(0, left - near)
        copies = f"{exact:,} exact repeats" + (f" and {near:,} near-duplicates" if near else "")
        if report.shared and looked is not None and not looked.sampled and looked.n_eff < effective:
            copies += f" and {effective - looked.n_eff:,} rows of other splits"
            effective = looked.n_eff
        band = band_of(effective)
        told = f"{effective:,} effective rows ({copies} taken away): {band.verdict}"
        evidence = Evidence(float(effective), n=report.rows, unit="rows", method=band.source)
        if band.enough:
            yield self.finding(Status.PASS, "dataset", told, evidence=evidence)
        else:
            yield self.finding(Status.WARN, "dataset", told, evidence=evidence, fix=band.advice)

    def _unanswered(self, report: TargetReport) -> Finding:
        """Rows in which nothing is learned are not too few, but of the wrong kind."""
        return self.finding(
            Status.WARN,
            "dataset",
            f"in none of {report.rows:,} rows is there an answer that a trainer would learn (TGT012 says how they were read), so none counts as effective",
            evidence=Evidence(0.0, n=report.rows, unit="rows", method="every row"),
            fix="give the answer under a key that trainers read, as in {prompt, completion} or {messages}; prompts without answers are for reinforcement learning alone",
        )


class Cost(TargetCheck):
    """Tokens and epochs that a requested target would bill, and with a `prices.toml` of yours the price, as a range.

    Measured in tokens of the training files (range where estimated) times the target's default epochs or yours. No prices are shipped: they go
    stale, so each entry of the file needs its source and the day it was looked up. What is left out is said: validation,
    evaluation, hosting, retries, taxes. Shown also at x1.1 and x1.5, as teams misjudge the cost of AI by 10 % and often by
    half (the stress factors of the score). Information.
    What to do: add a prices.toml (`--prices FILE` or `targets.prices`) where the price decides, with entries such as
    [[price]] target = "openai", model = "(name)", usd_per_million_train_tokens = 3.0, as_of = 2026-11-01,
    source_url = "(page of the provider)", one key a line.
    """

    code = "TGT011"
    title = "What training would bill is known"
    pillar = Pillar.JUSTIFIED
    severity = Severity.INFO

    def told(self, report: TargetReport, settings: Settings) -> Iterator[Finding]:
        """One finding per target."""
        from auditor.targets.cost import cost, read_prices

        prices = read_prices(settings.targets.prices) if settings.targets.prices else ()
        for outcome in asked(report):
            if outcome.target == GENERIC:
                continue
            bill = cost(outcome, prices, settings.targets.epochs)
            for warning in bill.warnings:
                yield self.finding(Status.WARN, f"{outcome.target}:prices", warning, severity=Severity.MINOR)
            evidence = Evidence(float(bill.tokens.value), float(bill.tokens.low), float(bill.tokens.high), bill.rows, "billed tokens", outcome.method)
            told = bill.sentence()
            if report.shared:
                told += f"; all rows of {', '.join(report.shared[:3])}{', ...' if len(report.shared) > 3 else ''}, those of other splits too: the file is trained on as it is"
            yield self.finding(Status.PASS, outcome.target, told, evidence=evidence)


class ShapeSuits(TargetCheck):
    """Which shape the rows have, why it was taken for that, and which targets read it.

    Measured by the keys of each row. Information, for choosing a target.
    What to do: `audit data --target NAME` for its rules, `audit convert --to NAME` for another shape.
    """

    code = "TGT012"
    title = "The shape is one that trainers read"
    severity = Severity.INFO

    def told(self, report: TargetReport, settings: Settings) -> Iterator[Finding]:
        """One finding."""
        suits = ", ".join(report.suits) or "none as it is"
        yield self.finding(
            Status.PASS if report.suits else Status.WARN,
            "dataset",
            f"rows read as {report.format} ({report.reason}); targets that take it: {suits}",
            evidence=Evidence(n=report.rows, unit="rows", method="keys of each row"),
            fix="" if report.suits else "rename the keys, or rewrite the rows (`audit convert --to TARGET`)",
        )


CHECKS = (
    Accepted(),
    NothingLost(),
    TargetLives(),
    Advice(),
    Volume(),
    Cost(),
    ShapeSuits(),
)
