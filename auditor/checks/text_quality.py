"""TXT: prompts and responses are whole, and say one thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from auditor.checks._rows import flags, percent, refs
from auditor.checks.base import Check
from auditor.detectors.studies import TextStudy
from auditor.model import Evidence, Finding, Pillar, Role, Severity, Shape, Status
from auditor.scan.measures import Lengths

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import Facts, Request
    from auditor.settings import Settings

ANSWERED: Final = (Shape.CHAT, Shape.PREFERENCE, Shape.PROMPT_COMPLETION)
NOTED: Final = 0.01
"""Share of rows from which a defect is a condition (our choice: the same as unreadable rows)."""
TEMPLATED: Final = 0.2
CANNED: Final = 0.2
"""Share of canned responses that is a condition (our choice; in a published set of tool calls 13 % say "You're welcome!")."""
LENGTH_ONLY: Final = 0.85
"""Share of pairs whose longer side was chosen from which length may be all there is to learn (our choice)."""


CUT_AT: Final = frozenset((100, 120, 128, 140, 150, 160, 200, 240, 250, 254, 255, 256, 280, 300, 400, 499, 500, 511, 512, 999, 1000, 1023, 1024, 1500, 1999, 2000, 2047, 2048, 2500, 3000, 3999, 4000, 4095, 4096, 5000, 8000, 8191, 8192, 10000, 16383, 16384, 32000, 32759, 32767, 65535, 65536))
"""Lengths of fields in databases and exports."""
CUT_SHARE: Final = 0.02
LEAST_CUT: Final = 10
"""Share and number of a column's texts of just such a length, and no longer one, from which they were cut there (our choice)."""


def _written(data: Dataset) -> list[str]:
    strings = {c.name for c in data.columns if c.dtype == "String"}
    return [c for role in (Role.TEXT, Role.PROMPT, Role.RESPONSE) for c in data.role(role) if c in strings]


class _Texts(Check):
    pillar = Pillar.LEARNABLE
    severity = Severity.MAJOR
    kinds: ClassVar[dict[str, str]]
    """Kind of defect -> what it is called in a message."""
    advice: ClassVar[str]
    clean: ClassVar[str]
    worst: ClassVar[Severity] = Severity.MAJOR
    """Severity from 1 % of the rows on; below, it is advice."""
    advisory: ClassVar[frozenset[str]] = frozenset()
    """Kinds that may be meant, and are advice in however many rows."""

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Defects."""
        return (TextStudy(),) if data.shape in ANSWERED else ()

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding per kind of defect, or one that there is none."""
        if data.shape not in ANSWERED:
            return
        found = facts[TextStudy()]
        if not found.rows:
            return
        # prompts without a single response are another kind of data, which LBL001 tells
        defects = [(d, self.kinds[d.kind]) for d in found.defects if d.kind in self.kinds and not (d.kind == "empty_response" and d.rows == found.rows)]
        for defect, name in defects:
            yield self.finding(
                Status.WARN,
                name,
                f"{defect.rows:,} of {defect.n:,} rows{' of a sample' if found.sampled else ''} ({percent(defect.share)}): {name}",
                severity=self.worst if defect.share >= NOTED and defect.kind not in self.advisory else Severity.MINOR,
                evidence=Evidence(defect.share, n=defect.n, unit="share of rows", refs=refs(data, defect.where)),
                fix=self.advice,
                flags=flags(self.code, data, defect.where),
            )
        if not defects:
            yield self.finding(Status.PASS, "texts", f"{self.clean} ({found.rows:,} rows{' of a sample' if found.sampled else ''})", evidence=Evidence(0.0, n=found.rows, unit="share of rows"))


class WholeTexts(_Texts):
    """Prompts and responses are there, and whole.

    What it measures: share of rows (0 to 1) with an empty prompt or response, or one that is nothing but a word for a missing one (`nan`, `NULL`,
    `N/A`, `-`; where most have at most five words only what programs alone write: `nan`, `<NA>`, `#REF!`), with a response that repeats its whole prompt (not where
    responses are prompts rewritten), that ends in what it has said five times and more, that never closes a block of code or its reasoning
    (`<think>`; empty reasoning in some of the rows is advice), or that ends in the middle of a sentence. The latter where the set's own responses end with
    punctuation in more than 95 % of rows: then it finds 98 % of cut responses at 82 % precision. Elsewhere only unfinished responses
    that are cut at one and the same length, or that end in a word which ends no sentence (one cut response in three to six does). And share of the texts of a column, of whatever shape of data, that are just as
    long as its longest, where that is a length at which databases and exports cut (255, 1,000, 32,767 ...) and 2 % and more are: advice.

    Why: a model learns to stop where its examples stop, and cannot read what was cut off.

    What to do: complete or drop the rows, or export with longer fields. A condition from 1 % of rows on.

    Source: measured on two public sets; known defects of Alpaca-like sets.
    """

    code = "TXT001"
    title = "Texts are whole"
    kinds: ClassVar = {
        "empty_response": "empty response",
        "empty_prompt": "empty prompt",
        "truncated": "response cut off",
        "broken_off": "response cut off at a word that ends no sentence",
        "open_fence": "response with a code block that is never closed",
        "open_reasoning": "response whose reasoning (<think>) is never closed",
        "no_answer": "response that ends with its reasoning (</think>)",
        "empty_reasoning": "empty reasoning (<think></think>), where others have some or no such block",
        "loop": "response that says one thing again and again",
        "echo": "response that repeats its whole prompt",
        "missing": "prompt or response that is only a word for nothing (nan, NULL, N/A ...)",
    }
    advisory: ClassVar = frozenset({"empty_reasoning"})
    advice = "complete or drop these rows"
    clean = "no empty, cut-off or repeated text"

    def needs(self, data: Dataset, settings: Settings) -> Iterable[Request]:
        """Defects, and how long texts are."""
        return (*super().needs(data, settings), *(Lengths(c) for c in _written(data)))

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """And one per column whose longest texts are all of one length."""
        yield from super().judge(data, facts, settings)
        for column in _written(data):
            found = facts.get(Lengths(column))
            if found is not None and found.longest in CUT_AT and found.at_longest >= LEAST_CUT and CUT_SHARE * found.n <= found.at_longest <= (1 - CUT_SHARE) * found.n:
                yield self.finding(
                    Status.WARN,
                    column,
                    f"{found.at_longest:,} of {found.n:,} texts in '{column}' ({percent(found.at_longest / found.n)}) have just {found.longest:,} characters, and none has more: they seem to be cut off there",
                    severity=Severity.MINOR,
                    evidence=Evidence(found.at_longest / found.n, n=found.n, unit="share of texts", method="lengths of all texts"),
                    fix="export them with longer fields, or complete them",
                )


class CleanTexts(_Texts):
    """No debris of production in prompts and responses.

    What it measures: share of rows (0 to 1) whose response is a refusal, holds placeholders (`{{name}}`, `[Your name]`), further
    instructions or chat markup that were merged into it, HTML (tags or entities, outside of code, where the prompt is not about such),
    control and replacement characters, that is the error message of a service (`Rate limit reached`), or is still encoded: mojibake (`cafÃ©`), escaped
    line breaks and letters, percent signs, Base64, where nothing of the kind was asked for.

    Why: debris is learnt as faithfully as answers are.

    What to do: fill in, strip, or drop. A condition from 1 % of rows on. Refusals can be meant: then ignore this rule with that reason.

    Source: issue lists of cleaned public instruction sets; forms, not meanings.
    """

    code = "TXT002"
    title = "Texts hold no debris"
    kinds: ClassVar = {"refusal": "refusal", "placeholder": "placeholder", "merged": "merged instruction or chat markup", "control": "control or replacement character", "markup": "response in HTML", "service_error": "error message of a service in place of a response", "encoded": "response that is still encoded (mojibake, escapes, percent signs, Base64)"}
    advice = "fill in, strip or drop"
    clean = "no refusal, placeholder, merged instruction, HTML, error message, encoded text or control character"


class SameLanguage(_Texts):
    """A response is in its prompt's script and language.

    What it measures: share of rows (0 to 1) whose prompt and response are mostly in different scripts (Latin, CJK, Cyrillic, ...), told from
    20 letters on; and, with the optional package py3langid, of up to 2,000 rows whose sides share a script but clearly not the language,
    told from 40 letters on. Prompts that name a language or ask for a translation, and sets in which this is usual (four pairs in five), are left alone.

    Why: answering in another language is a habit that is quickly learnt.

    What to do: read the rows. Advice. Without the package (extra `language`), languages that share a script are not told apart.

    Source: our choice.
    """

    code = "TXT003"
    title = "Answers are in the language of the question"
    kinds: ClassVar = {"language": "response in another script than its prompt", "other_language": "response in another language than its prompt"}
    advice = "read these rows; translations are fine"
    clean = "responses are in the script (and language, where told) of their prompts"
    worst: ClassVar = Severity.MINOR


class OneAnswer(_Texts):
    """The same prompt has one short answer, and preferences do not contradict one another.

    What it measures: share of rows (0 to 1) whose prompt has several different answers of at most five words; for preference data: chosen
    equal to rejected, an empty side, or both (which is how a tie is read), and cycles (A over B and B over A under one prompt). Different long answers are variety, not conflict.

    Why: contradictory targets cancel out.

    What to do: settle them. A condition from 1 % of rows on.

    Source: our choice of length; preference cycles are strongly connected components of the answers under one prompt.
    """

    code = "TXT004"
    title = "Answers do not contradict one another"
    kinds: ClassVar = {
        "contradiction": "same prompt, different short answers",
        "equal_sides": "chosen equals rejected",
        "undecided": "no preference: a tie, or no verdict",
        "empty_side": "rejected side empty",
        "preference_cycle": "preferences that contradict one another",
    }
    advice = "settle which answer holds"
    clean = "no contradictory answers or preferences"


class MoreThanLength(_Texts):
    """Preference is about more than length.

    What it measures: share of pairs (0 to 1) in which the longer side was chosen; advice from .85 on.

    Why: then a model can learn nothing but to talk more, and will.

    What to do: add pairs in which the shorter side is better.

    Source: length bias of preference data (Singhal et al. 2023); the threshold is our choice.
    """

    code = "TXT005"
    title = "Preference is about more than length"
    severity = Severity.MINOR
    kinds: ClassVar = {}
    advice = "add pairs in which the shorter side is better"
    clean = ""

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """At most one finding."""
        if data.shape is not Shape.PREFERENCE:
            return
        share = facts[TextStudy()].longer_chosen
        if share is None:
            return
        evidence = Evidence(share, n=facts[TextStudy()].rows, unit="share of pairs with the longer side chosen")
        text = f"the longer side was chosen in {percent(share)} of pairs"
        if share >= LENGTH_ONLY or share <= 1 - LENGTH_ONLY:
            fix = self.advice if share >= LENGTH_ONLY else "add pairs in which the longer side is better"
            yield self.finding(Status.WARN, "preferences", text, evidence=evidence, fix=fix)
        else:
            yield self.finding(Status.PASS, "preferences", text, evidence=evidence)


class Templated(_Texts):
    """Responses are not one template.

    What it measures: share of responses (0 to 1) that begin with the same 40 characters; advice from .2 on. And share of the rows with a
    canned response: one text of four words and more behind at least 10 different prompts and 2 % of the rows, where other responses are
    each their own; advice, from .2 on a condition.

    Why: a phrase that opens every example opens every answer of the model.

    What to do: vary or cut the opening, unless it is wanted; keep of a canned answer no more rows than it is to be given.

    Source: known defect of generated instruction sets; the threshold is our choice.
    """

    code = "TXT006"
    title = "Responses are not one template"
    severity = Severity.MINOR
    kinds: ClassVar = {}
    advice = "vary or cut the common opening, unless it is wanted"
    clean = ""

    def judge(self, data: Dataset, facts: Facts, settings: Settings) -> Iterator[Finding]:
        """One finding on canned responses, one on their beginning."""
        if data.shape not in ANSWERED:
            return
        found = facts[TextStudy()]
        same = found.of("canned")
        if same is not None:
            yield self.finding(
                Status.WARN,
                "canned",
                f"{same.rows:,} of {same.n:,} rows ({percent(same.share)}) have a canned response: the same text behind many different prompts",
                severity=Severity.MAJOR if same.share >= CANNED else Severity.MINOR,
                evidence=Evidence(same.share, n=same.n, unit="share of rows", refs=refs(data, same.where)),
                fix="keep no more rows of it than it is to be given, or write the answers",
                flags=flags(self.code, data, same.where),
            )
        if found.templated >= TEMPLATED:
            yield self.finding(
                Status.WARN,
                "responses",
                f"{percent(found.templated)} of responses begin with the same 40 characters",
                evidence=Evidence(found.templated, n=found.rows, unit="share of responses"),
                fix=self.advice,
            )


CHECKS = (WholeTexts(), CleanTexts(), SameLanguage(), OneAnswer(), MoreThanLength(), Templated())
