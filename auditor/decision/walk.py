"""`audit explain score|decision --report FILE`: a walk through one report's own numbers, from the figures to the verdict."""

from __future__ import annotations

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
        lines += [f"     {_plain(flip)}" for flip in (steady.get("flips") or ())[:5]]
    lines.append(f"Exit code {verdict.get('exit_code')}: 0 passed, 1 not passed, 3 insufficient evidence.")
    return "\n".join(lines) + "\n"


def score(body: Mapping[str, Any]) -> str:
    """From factors to the score, its interval and the threshold, with the figures of this report."""
    found = _map(body, "score")
    span = f"{_figure(found.get('value'))} (range {_figure(found.get('low'))} to {_figure(found.get('high'))})"
    lines = [
        f"Model {_plain(found.get('model'))}: {span}, {'calibrated' if found.get('calibrated') else 'not calibrated'}.",
        _plain(found.get("note", "")),
        "Factors, 0 to 1, more is better; what was not measured counts with its whole range:",
    ]
    factors = sorted(_map(found, "factors").items(), key=lambda item: (_map(item[1]).get("value") or 0.0, item[0]))
    for name, factor in factors:
        entry = _map(factor)
        lines.append(
            f"  {_plain(name):20} {_figure(entry.get('value')):>6}  ({_figure(entry.get('low'))} to {_figure(entry.get('high'))})"
            f"  {_plain(entry.get('source', '')).replace('_', ' ')}  {_plain(entry.get('note', ''))}".rstrip()
        )
    gains = [fix for fix in _rows(body.get("fixes")) if isinstance(fix.get("gain"), (int, float))]
    if gains:
        lines.append("What a fix is worth, in points: with the factors that it touches at what undamaged data of the benchmark read, and the skills as far as that mends them:")
        lines += [f"  +{_figure(fix.get('gain'))}  {_plain(fix.get('code'))}  {_plain(fix.get('action'))}" for fix in gains]
    lines.append(_said(body, "USE020") if any(f.get("code") == "USE020" and f.get("status") != "pass" for f in _rows(body.get("findings"))) else "Its lower end reaches what the risk tier asks for.")
    return "\n".join(line for line in lines if line) + "\n"
