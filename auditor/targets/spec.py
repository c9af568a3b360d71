"""Targets as data: one TOML file each in `data/`, read strictly."""

from __future__ import annotations

import datetime as dt
import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from auditor.errors import ConfigError

LEVELS: Final = ("error", "loss", "warning", "advice", "info")
"""error: rejected; loss: silently dropped, cut or never trained; warning, advice and info: nothing is lost."""
EVIDENCE: Final = ("ran", "read", "own", "recalled")
"""How the rule is known: run against the provider's own code, read in its source, ours, or recalled and so never an error."""
STATUSES: Final = ("active", "closing", "closed", "unmaintained")
_TARGET_KEYS: Final = {"id", "title", "version", "as_of", "status", "status_text", "closes", "extends", "drop", "accept", "rules", "sources", "training"}
_RULE_KEYS: Final = {"id", "check", "level", "text", "fix", "source", "evidence", "args"}


@dataclass(frozen=True)
class Rule:
    """One rule of one target."""

    id: str
    check: str
    """Name of a predicate, or of one of the engine's own checks."""
    level: str
    text: str
    """What has to hold."""
    fix: str
    source: str
    evidence: str
    args: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Training:
    """What the trainer does with a row, by default."""

    max_length: int = 0
    """Sequence length in tokens; 0 = none known."""
    excess: str = "none"
    """What happens to a longer row: `truncate`, `drop`, `reject` or `none`."""
    trains: str = "assistant"
    """`assistant`, or `last_with_tools` (only the last answer where the row has tools)."""
    epochs: tuple[int, int] = (1, 1)
    epoch_rule: str = ""
    """`openai` where epochs follow from the number of rows."""
    encoding: str = "o200k_base"
    exact: bool = False
    """Whether `encoding` is the target's own tokenizer; else it stands in for a model that isn't known."""
    per_message: int = 0
    """Tokens that the chat template adds to each message."""
    per_row: int = 0

    def fixed(self, messages: int, named: int, rows: int = 1) -> int:
        """Tokens that the template adds: 3 a message and its role, 1 for a name, 3 an example (OpenAI's notebook)."""
        return self.per_message * messages + self.per_row * rows + (named if self.per_message else 0)


@dataclass(frozen=True)
class Target:
    """A provider or trainer and its rules."""

    id: str
    title: str
    version: str
    as_of: dt.date
    status: str
    status_text: str
    closes: dt.date | None
    accept: tuple[str, ...]
    """Formats it reads; empty = any."""
    rules: tuple[Rule, ...]
    training: Training
    sources: Mapping[str, str] = field(default_factory=dict, hash=False)

    def status_on(self, day: dt.date) -> str:
        """`active`, `closing`, `closed` or `unmaintained` on a day."""
        if self.status == "closing" and self.closes is not None and day >= self.closes:
            return "closed"
        return self.status


def names() -> tuple[str, ...]:
    """Names of all targets, sorted."""
    folder = resources.files("auditor.targets") / "data"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def check_names(wanted: tuple[str, ...]) -> None:
    """Refuse names that are no targets.

    Raises:
        ConfigError: a name is unknown; the message has the nearest one.
    """
    known = names()
    for name in wanted:
        if name not in known and name != "auto":
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"targets are {', '.join(known)}"
            raise ConfigError(f"no target {name!r}; {hint}")


@lru_cache(maxsize=64)
def load(name: str) -> Target:
    """A target by name.

    Raises:
        ConfigError: there is no such target, or its file is wrong.
    """
    check_names((name,))
    text = (resources.files("auditor.targets") / "data" / f"{name}.toml").read_text(encoding="utf-8")
    return target_of(tomllib.loads(text), f"{name}.toml")


def target_of(table: Mapping[str, Any], where: str) -> Target:
    """A target from its table.

    Raises:
        ConfigError: an unknown key, level, check, source or predicate, or a recalled rule that is an error.
    """
    _only(table, _TARGET_KEYS, where)
    base = load(table["extends"]) if "extends" in table else None
    sources = {**(base.sources if base else {}), **table.get("sources", {})}
    dropped = tuple(table.get("drop", ()))
    inherited = {r.id: r for r in (base.rules if base else ())}
    for rule_id in dropped:
        if rule_id not in inherited:
            raise ConfigError(f"{where}: drops {rule_id}, which {table.get('extends')} doesn't have")
    own = [_rule(r, sources, where) for r in table.get("rules", ())]
    merged = {i: r for i, r in inherited.items() if i not in dropped} | {r.id: r for r in own}
    if len({r.id for r in own}) != len(own):
        raise ConfigError(f"{where}: a rule id is used twice")

    def value(key: str, default: Any) -> Any:
        return table.get(key, getattr(base, key) if base else default)

    status = value("status", "active")
    if status not in STATUSES:
        raise ConfigError(f"{where}: status {status!r} is none of {', '.join(STATUSES)}")
    return Target(
        id=table["id"],
        title=table["title"],
        version=value("version", ""),
        as_of=value("as_of", None),
        status=status,
        status_text=value("status_text", ""),
        closes=table.get("closes", base.closes if base and "status" not in table else None),
        accept=tuple(value("accept", ())),
        rules=tuple(merged.values()),
        training=_training(table.get("training"), base, where),
        sources=sources,
    )


def _training(table: Mapping[str, Any] | None, base: Target | None, where: str) -> Training:
    if table is None:
        return base.training if base else Training()
    known = {*Training.__dataclass_fields__, "length_evidence", "epochs_evidence"}
    _only(table, known, f"{where} [training]")
    given = {k: v for k, v in table.items() if k in Training.__dataclass_fields__}
    given["epochs"] = tuple(given.get("epochs", (1, 1)))
    return Training(**given)


def _rule(table: Mapping[str, Any], sources: Mapping[str, str], where: str) -> Rule:
    from auditor.targets.predicates import FILE_CHECKS, PREDICATES

    _only(table, _RULE_KEYS, f"{where} {table.get('id', '')}")
    rule = Rule(
        id=table["id"],
        check=table["check"],
        level=table["level"],
        text=table["text"],
        fix=table.get("fix", ""),
        source=sources.get(table["source"], ""),
        evidence=table["evidence"],
        args=table.get("args", {}),
    )
    for wrong, what in (
        (rule.check not in PREDICATES and rule.check not in FILE_CHECKS, f"no check {rule.check!r}"),
        (rule.level not in LEVELS, f"no level {rule.level!r}"),
        (rule.evidence not in EVIDENCE, f"no evidence {rule.evidence!r}"),
        (not rule.source, f"no source {table['source']!r}"),
        (rule.evidence == "recalled" and rule.level in {"error", "loss"}, "recalled, so it can only warn"),
    ):
        if wrong:
            raise ConfigError(f"{where}: {rule.id}: {what}")
    return rule


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, sorted(known), 1)
            raise ConfigError(f"{where}: unknown key {key!r}" + (f", did you mean {near[0]!r}?" if near else ""))
