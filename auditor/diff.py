"""`audit diff`: what changed between two reports, and why the score moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BETTER = {"pass": 0, "not_applicable": 0, "warn": 1, "unknown": 2, "error": 2, "fail": 3}
"""Order of outcomes, best first."""
VERDICTS = {"ready": 3, "ready_with_conditions": 2, "insufficient_evidence": 1, "not_ready": 0}


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed."""

    verdicts: tuple[str, ...]
    score: tuple[float, float] | None
    factors: tuple[tuple[str, float, float], ...]
    """Factors whose value moved by at least .005, greatest move first: name, before, after."""
    vanished: tuple[str, ...]
    """Classes that had rows and have none or are no longer there."""
    appeared: tuple[str, ...]
    rows: tuple[int, int]
    files: tuple[str, ...]
    worse: tuple[str, ...]
    better: tuple[str, ...]
    policy: tuple[str, ...]
    warnings: tuple[str, ...]
    """Ways in which a score rises while the data do not get better."""

    @property
    def exit_code(self) -> int:
        """1 when the verdict on the data or the path got worse or a finding newly blocks, else 0."""
        return 1 if any(line.startswith("worse") for line in self.verdicts) else 0


def _map(body: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    value: object = body
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _list(body: Mapping[str, Any], *keys: str) -> list[Any]:
    value = _map(body, *keys[:-1]).get(keys[-1])
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _classes(body: Mapping[str, Any]) -> dict[str, float]:
    return {str(c.get("name")): _number(c.get("rows")) or 0.0 for c in _list(body, "profile", "classes")}


def _factors(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[tuple[str, float, float], ...]:
    before, after = _map(old, "score", "factors"), _map(new, "score", "factors")
    out = []
    for name in sorted({*before, *after}):
        a, b = _number(_map(before, name).get("value")), _number(_map(after, name).get("value"))
        if a is not None and b is not None and abs(a - b) >= 0.005:
            out.append((name, a, b))
    return tuple(sorted(out, key=lambda move: (-abs(move[2] - move[1]), move[0])))


def _findings(body: Mapping[str, Any]) -> dict[tuple[str, str], Mapping[str, Any]]:
    out: dict[tuple[str, str], Mapping[str, Any]] = {}
    for finding in _list(body, "findings"):
        key = (str(finding.get("code")), str(finding.get("subject")))
        if key not in out or BETTER.get(str(finding.get("status")), 2) > BETTER.get(str(out[key].get("status")), 2):
            out[key] = finding
    return out


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    before, after = _findings(old), _findings(new)
    worse: list[str] = []
    better: list[str] = []
    for key in sorted({*before, *after}):
        a, b = str(before.get(key, {}).get("status", "")), str(after.get(key, {}).get("status", ""))
        rank_a, rank_b = BETTER.get(a, 0), BETTER.get(b, 0)
        if rank_a == rank_b:
            continue
        message = (after if rank_b > rank_a else before)[key].get("message", "")
        line = f"{key[0]} {key[1]}: {a or 'not reported'} -> {b or 'not reported'}: {message}"
        (worse if rank_b > rank_a else better).append(line)
    return tuple(worse), tuple(better)


def _verdicts(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    out = []
    a, b = str(_map(old, "verdict").get("data")), str(_map(new, "verdict").get("data"))
    if a != b:
        out.append(f"{'better' if VERDICTS.get(b, 0) > VERDICTS.get(a, 0) else 'worse'}: data {a} -> {b}")
    order = ("not_justified", "not_yet_proven", "justified")
    asked = [str(_map(body, "verdict", "path").get("requested")) for body in (old, new)]
    a, b = (str(_map(body, "verdict", "path").get("status")) for body in (old, new))
    if asked[0] != asked[1]:  # verdicts on two paths are no better or worse than one another
        out.append(f"requested {asked[0]} -> {asked[1]}: path {a} of the one, {b} of the other")
    elif a != b and a in order and b in order:
        out.append(f"{'better' if order.index(b) > order.index(a) else 'worse'}: path {a} -> {b}")
    a, b = (str(_map(body, "verdict", "path").get("recommended")) for body in (old, new))
    if a != b:
        out.append(f"recommended {a} -> {b}")
    return tuple(out)


def _files(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    before = {str(f.get("path")): f.get("sha256") for f in _list(old, "dataset", "files")}
    after = {str(f.get("path")): f.get("sha256") for f in _list(new, "dataset", "files")}
    lines = [f"removed {p!r}" for p in sorted(set(before) - set(after))] + [f"added {p!r}" for p in sorted(set(after) - set(before))]
    return tuple(lines + [f"changed {p!r}" for p in sorted(set(before) & set(after)) if before[p] != after[p]])


def _policy(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    lines = []
    for key in ("tier", "version"):
        a, b = _map(old, "policy").get(key), _map(new, "policy").get(key)
        if a != b:
            lines.append(f"{key}: {a} -> {b}")
    for path in ("fine_tune", "custom_train"):
        a, b = _map(old, "policy", "thresholds", path), _map(new, "policy", "thresholds", path)
        lines += [f"{path} {key}: {a.get(key)} -> {b.get(key)}" for key in sorted({*a, *b}) if a.get(key) != b.get(key)]
    return tuple(lines)


def diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """What changed from report `old` to report `new`, both as read by `auditor.verify.read_report`."""
    a, b = _number(_map(old, "score").get("value")), _number(_map(new, "score").get("value"))
    before, after = _classes(old), _classes(new)
    vanished = tuple(sorted(name for name, rows in before.items() if rows and not after.get(name)))
    appeared = tuple(sorted(name for name, rows in after.items() if rows and not before.get(name)))
    rows = tuple(int(_number(_map(body, "dataset").get("rows")) or 0) for body in (old, new))
    worse, better = _changes(old, new)
    rose = a is not None and b is not None and b > a
    warnings = []
    if rose and vanished:
        warnings.append(f"the score rose and {len(vanished)} classes vanished; a model cannot answer what it never saw")
    if rose and rows[1] < 0.9 * rows[0]:
        warnings.append(f"the score rose and {rows[0] - rows[1]:,} rows are gone; were the hard ones taken out?")
    declared = [len(_map(body, "dataset").get("classes") or ()) for body in (old, new)]
    if declared[1] < declared[0]:
        warnings.append(f"{declared[0] - declared[1]} classes are no longer declared")
    if _map(old, "score").get("model") != _map(new, "score").get("model"):
        warnings.append("the two scores come from different models and cannot be compared")
    return Difference(
        verdicts=_verdicts(old, new), score=None if a is None or b is None else (a, b), factors=_factors(old, new), vanished=vanished,
        appeared=appeared, rows=(rows[0], rows[1]), files=_files(old, new), worse=worse, better=better, policy=_policy(old, new),
        warnings=tuple(warnings),
    )  # fmt: skip


def _because(result: Difference) -> str:
    """One line on why the score moved."""
    moves = [f"{name} {'rose' if b > a else 'fell'} from {a:.2f} to {b:.2f}" for name, a, b in result.factors[:3]]
    causes = [f"{len(result.vanished)} classes vanished"] * bool(result.vanished) + [f"{len(result.appeared)} classes appeared"] * bool(result.appeared)
    if result.rows[0] != result.rows[1]:
        causes.append(f"rows went from {result.rows[0]:,} to {result.rows[1]:,}")
    text = "; ".join(moves) or "no factor moved"
    return text + (" because " if moves else "; ") + ", ".join(causes) if causes else text


def render(result: Difference) -> str:
    """A difference as text."""
    lines = list(result.verdicts) or ["verdicts unchanged"]
    if result.score:
        lines.append(f"score {result.score[0]:.0f} -> {result.score[1]:.0f}: {_because(result)}")
    lines += [f"! {warning}" for warning in result.warnings]
    for title, items in (
        ("Worse", result.worse), ("Better", result.better), ("Classes that vanished", result.vanished),
        ("Classes that appeared", result.appeared), ("Files", result.files), ("Policy", result.policy),
    ):  # fmt: skip
        if items:
            lines += ["", f"{title} ({len(items)})", *(f"  {_plain(item)}" for item in items[:40])]
            if len(items) > 40:
                lines.append(f"  and {len(items) - 40} more")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    """Names come from files: what is not printable is spelled out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
