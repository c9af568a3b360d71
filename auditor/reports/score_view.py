"""The score as the first page shows it: never without its range, what blocks it and what it is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.model import Factor, Report, Score
from auditor.reports.order import Judge, Kind
from auditor.reports.text import clean, figure, plural, prose, sentence
from auditor.reports.words import FACTORS, SOURCES, capital

_CHANGES = 2  # what changes the verdicts is said with its first causes; the report lists every variant


@dataclass(frozen=True, slots=True)
class FactorLine:
    """One factor of the score."""

    name: str
    value: float
    low: float
    high: float
    known: bool
    brief: str
    """`0.46 (0.4–0.52)`, `at least 0.46`, `unknown`."""
    text: str
    takes: str
    """What it takes away from the score, in log-odds: `−0.88`, `0` at best."""


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """The score as shown."""

    value: int
    low: int
    high: int
    text: str
    """`range 47–70, blocked by 2 vetoes`."""
    meaning: str
    model: str
    expected: str
    """What a trained model should reach, with its range; empty where nothing is expected."""
    behind: str
    """How many factors were measured, and in how many variants the verdicts are the same."""
    needed: int | None
    """Low end that the gate asks for, 0 to 100, where the policy says so."""


def score_line(report: Report) -> ScoreLine:
    """The score with its range, 0 to 100."""
    score, judge = report.score, Judge(report)
    vetoes = len({f.code for f in report.findings if judge.kind(f) is Kind.VETO and judge.blocks_data(f)})
    text = f"range {round(score.low)}–{round(score.high)}"
    if vetoes:
        text += f", blocked by {plural(vetoes, 'veto', 'vetoes')}"
    elif report.verdict.data == "insufficient_evidence":
        text += ", blocked by what cannot be judged"
    meaning = sentence(score.note)
    if not score.calibrated and "calibrated" not in meaning.lower():
        meaning = f"Not calibrated: an ordering of data sets, not a probability. {meaning}".rstrip()
    if round(score.gate_low) > round(score.low):
        meaning = (
            f"{meaning} The gate compares {round(score.gate_low)}, the low end without what nobody declared.".lstrip()
        )
    return ScoreLine(
        round(score.value), round(score.low), round(score.high), text, meaning, clean(score.model), _expected(score), _behind(report),
        needed(report),
    )  # fmt: skip


def _expected(score: Score) -> str:
    found = score.expected
    if found is None:
        return ""
    return f"Expected of a trained model: {found.value:.2f} {clean(found.metric)} on real inputs (90 % range {found.low:.2f}–{found.high:.2f})."


def _behind(report: Report) -> str:
    """Where the factors come from, and whether the verdicts stand when tier, score, thresholds and fit are varied."""
    sources = Counter(f.source for f in report.score.factors if f.source != "not_applicable")
    counts = [f"{sources[s]} {words}" for s, words in SOURCES.items() if sources[s]]
    lines = [f"Factors: {', '.join(counts)}."] if counts else []
    steady = report.policy.get("sensitivity")
    if isinstance(steady, Mapping) and steady:
        unchanged, total, by = steady["unchanged"], steady["variants"], [prose(str(b)) for b in steady["changed_by"]]
        more = f" and {len(by) - _CHANGES} more" if len(by) > _CHANGES else ""
        lines.append(f"Verdicts the same in {unchanged} of {total} variants{'; changed by ' if by else ''}{', '.join(by[:_CHANGES])}{more}.")
    return " ".join(lines)


def needed(report: Report) -> int | None:
    """Low end of the score that the requested path's gate asks for, 0 to 100; None where the policy doesn't say."""
    thresholds = report.policy.get("thresholds")
    table = thresholds.get(report.verdict.path.requested) if isinstance(thresholds, Mapping) else None
    if not isinstance(table, Mapping):
        return None
    value = table.get("score")
    return round(100 * value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def factor_line(factor: Factor) -> FactorLine:
    """One factor; an unknown one is said to be anywhere in its range, and what is only a lower end to be one."""
    low, high, value = figure(factor.low, 2), figure(factor.high, 2), figure(factor.value, 2)
    known, source = factor.source != "unknown", clean(factor.source)
    brief = text = value + (f" ({low}–{high})" if low != high else "")
    if not known:
        brief, text, source = "unknown", f"unknown, {'nothing is lost' if low == high else f'anywhere from {low} to {high}'}", ""
    elif factor.source == "at_least":
        brief = text = f"at least {low}"
        source = ""
    name = FACTORS.get(factor.name, capital(factor.name.replace("_", " ")))
    takes = figure(factor.contribution, 2).replace("-", "−")
    told = " · ".join(p for p in (text, source, prose(factor.note)) if p)
    return FactorLine(clean(name), factor.value, factor.low, factor.high, known, brief, told, takes)
