"""`audit explain score|decision --report FILE`: a walk through one report's own numbers, from the figures to the verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_WORDS = {"failed": "vetoes that failed", "unknown": "vetoes that cannot be judged", "conditions": "conditions"}


def _map(value: object, *keys: str) -> Mapping[str, Any]:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _plain(text: object) -> str:
    """What is not printable is spelled out; names come from files."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))


def _figure(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else "?"


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.0


def _said(body: Mapping[str, Any], code: str) -> str:
    """First message of a code that is no pass."""
    found = [f for f in _rows(body.get("findings")) if f.get("code") == code and f.get("status") not in ("pass", "not_applicable")]
    return _plain(found[0].get("message", "")) if found else "asked of this path; see the requirements"


def decision(body: Mapping[str, Any]) -> str:
    """From findings over gates to the two verdicts and the exit code, with the codes of this report."""
    verdict, path, policy = _map(body, "verdict"), _map(body, "verdict", "path"), _map(body, "policy")
    lines = [f"1. Risk tier {_plain(policy.get('tier'))}{'' if policy.get('tier_declared') else ' (not declared, counts as low)'} sets the thresholds."]
    lines += [
        f"   Changed by you: {_plain(key)} is {_plain(_map(change).get('value'))}, shipped as {_plain(_map(change).get('default'))}."
        for key, change in sorted(_map(policy, "overrides").items())
    ]
    lines.append("2. Each gate is a conjunction: one failed veto fails it, and nothing outweighs that.")
    for name, gate in _map(body, "gates").items():
        lines.append(f"   {_plain(name).replace('_', ' ')}: {'passed' if _map(gate).get('passed') else 'not passed'}")
        for key, words in _WORDS.items():
            codes = _map(gate).get(key)
            lines += [f"     {words}: {_plain(code)}  {_said(body, str(code))}" for code in (codes if isinstance(codes, list) else [])]
    lines.append(f"3. So the data are: {_plain(verdict.get('data')).replace('_', ' ')}.")
    lines.append("4. The ladder, lightest path first; only evidence eliminates a rung:")
    lines += [f"     {_plain(rung.get('path')).replace('_', ' '):14} {_plain(rung.get('reason'))}" for rung in _rows(path.get("ladder"))]
    lines.append(
        f"5. Requested {_plain(path.get('requested')).replace('_', ' ')}, recommended {_plain(path.get('recommended')).replace('_', ' ')}: "
        f"{_plain(path.get('status')).replace('_', ' ')}."
    )
    lines += [f"     {_plain(reason)}" for reason in path.get("reasons") or ()]
    steady = _map(policy, "sensitivity")
    if steady:
        lines.append(f"6. The verdicts are the same in {steady.get('unchanged')} of {steady.get('variants')} variants.")
        lines += [f"     changed by {_plain(by)}" for by in (steady.get("changed_by") or ())[:5]]
        lines += [f"     {_plain(flip)}" for flip in (steady.get("flips") or ())[:5]]
    lines.append(f"Exit code {verdict.get('exit_code')}: 0 passed, 1 not passed, 3 insufficient evidence.")
    return "\n".join(lines) + "\n"


def score(body: Mapping[str, Any]) -> str:
    """From what each factor takes away to the score, its interval and the threshold, with the figures of this report."""
    found = _map(body, "score")
    span = f"{_figure(found.get('value'))} (range {_figure(found.get('low'))} to {_figure(found.get('high'))})"
    lines = [f"1. Model {_plain(found.get('model'))}: {span}, {'calibrated' if found.get('calibrated') else 'not calibrated'}."]
    lines += [f"   {_plain(found.get('note'))}" if found.get("note") else ""]
    lines += _factors(found)
    gate = found.get("gate_low")
    if isinstance(gate, (int, float)) and gate != found.get("low"):
        lines.append(f"   The gate reads {_figure(gate)}: the low end without what nobody declared, which has conditions of its own.")
    gains = [fix for fix in _rows(body.get("fixes")) if isinstance(fix.get("gain"), (int, float)) and fix["gain"] > 0]
    if gains:
        lines.append("3. What a fix is worth, in points: its factors read what undamaged data of the benchmark read, and the skills rise as far as that mends them:")
        lines += [f"   +{_figure(fix.get('gain'))}  {_plain(fix.get('code'))}  {_plain(fix.get('action'))}" for fix in gains]
    blocked = [f for f in _rows(body.get("findings")) if f.get("code") == "USE020" and f.get("status") != "pass"]
    lines.append(f"{4 if gains else 3}. {_said(body, 'USE020') if blocked else 'Its low end reaches what the risk tier asks for'}.")
    return "\n".join(line for line in lines if line) + "\n"


def _factors(score: Mapping[str, Any]) -> list[str]:
    """The factors, what takes most away first, and the sum that gives the score."""
    lines = ["2. What each factor takes away, in log-odds, and its value: 0 to 1, more is better. The range of an unknown one goes whole into the score's:"]
    taken = 0.0
    factors = [(name, _map(factor)) for name, factor in _map(score, "factors").items()]
    for name, entry in sorted(factors, key=lambda item: (_number(item[1].get("contribution")), item[0])):
        takes = _number(entry.get("contribution"))
        taken += takes
        lines.append(
            f"   {_plain(name):20} {f'{takes:.2f}' if takes else '0':>6}  {_figure(entry.get('value')):>6}  ({_figure(entry.get('low'))} to {_figure(entry.get('high'))})"
            f"  {_plain(entry.get('source', '')).replace('_', ' ')}  {_plain(entry.get('note', ''))}".rstrip()
        )
    share = min(1 - 1e-9, max(1e-9, _number(score.get("value")) / 100))
    odds = math.log(share / (1 - share))
    lines.append(f"   Every factor at 1 has log-odds {odds - taken:+.2f}, a score of {100 / (1 + math.exp(taken - odds)):.0f}; {odds - taken:+.2f} {taken:+.2f} = {odds:+.2f}, a score of {100 * share:.0f}.")
    return lines
