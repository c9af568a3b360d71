"""Reading `audit.toml` (or `[tool.audit]` in pyproject.toml) strictly: an unknown key or a wrong type is an error with a fix.

Precedence: defaults < file < AUDIT_* environment < command line. Nothing in the file is executed.
"""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from auditor.errors import ConfigError
from auditor.settings import PATHS, RISK_TIERS, SKILLS, CostSettings, Settings, UseCase

D = TypeVar("D")

_ENV = {"AUDIT_GATE": ("gate",), "AUDIT_WORKERS": ("workers",), "AUDIT_STRICT": ("strict",)}


_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def load(root: Path, config: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings for the data at `root`.

    The file is `config`, or `audit.toml` in the audited folder (beside the audited file), or `[tool.audit]` of a
    `pyproject.toml` there; without any, the defaults.

    Raises:
        ConfigError: naming file, line and the nearest valid word.
    """
    settings = Settings()
    found = _find(root, config)
    if found is not None:
        path, table, text = found
        settings = _build(Settings, _lift_pii(table), "", _Place(path, text))
        _validate(settings, _Place(path, text))
    return _environment(settings, environ or {})


class _Place:
    """Where a value stands, for messages."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text = path, text

    def at(self, dotted: str) -> str:
        """`audit.toml:12` of a dotted key, as far as a search finds it."""
        key = re.escape(dotted.rsplit(".", 1)[-1])
        for number, line in enumerate(self.text.splitlines(), 1):
            if re.match(rf"\s*(\"?{key}\"?\s*=|\[+[\w.\"]*{key}\]+)", line):
                return f"{self.path.name}:{number}"
        return self.path.name


def _find(root: Path, config: Path | None) -> tuple[Path, dict[str, Any], str] | None:
    folder = root if root.is_dir() else root.parent
    if config is not None:
        if not config.is_file():
            raise ConfigError(f"{config}: no such configuration file")
        return config, *_parse(config)
    own = folder / "audit.toml"
    if own.is_file():
        return own, *_parse(own)
    project = folder / "pyproject.toml"
    if project.is_file():
        table, text = _parse(project)
        tool = table.get("tool", {}).get("audit")
        if isinstance(tool, dict):
            return project, tool, text
    return None


def _parse(path: Path) -> tuple[dict[str, Any], str]:
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text), text
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from None


def _lift_pii(table: dict[str, Any]) -> dict[str, Any]:
    # `[pii] EMAIL_ADDRESS = "allow"` names entities beside options; entities are the words in capitals.
    pii = table.get("pii")
    if not isinstance(pii, dict):
        return table
    entities = {k: v for k, v in pii.items() if k.isupper()}
    rest = {k: v for k, v in pii.items() if not k.isupper()}
    policy = {k: {"action": v} if isinstance(v, str) else v for k, v in entities.items()}
    return {**table, "pii": {**rest, "entities": {**rest.get("entities", {}), **policy}}}


def _build(cls: type[D], table: Mapping[str, Any], where: str, place: _Place) -> D:
    hints = typing.get_type_hints(cls)
    known = {f.name for f in fields(cls)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in table.items():
        dotted = f"{where}.{key}" if where else key
        if key not in known:
            near = difflib.get_close_matches(key, known, 1, 0.5)
            hint = f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(sorted(known))}"
            raise ConfigError(f"{place.at(dotted)}: unknown key '{dotted}'{hint}")
        values[key] = _convert(hints[key], value, dotted, place)
    try:
        return cls(**values)
    except TypeError as error:
        lacking = ", ".join(re.findall(r"'(\w+)'", str(error)))
        raise ConfigError(f"{place.at(where)}: [{where}] lacks {lacking}") from None


def _convert(hint: Any, value: Any, dotted: str, place: _Place) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [a for a in arguments if a is not type(None)]
        return _convert(inner[0], value, dotted, place)
    if isinstance(hint, type) and is_dataclass(hint):
        return _build(hint, _typed(value, dict, dotted, place), dotted, place)
    if origin is tuple:
        items = [value] if isinstance(value, str) else _typed(value, list, dotted, place)
        return tuple(_convert(arguments[0], v, dotted, place) for v in items)
    if origin is not None and issubclass(origin, Mapping):
        inner = arguments[1]
        return {k: _convert(inner, v, f"{dotted}.{k}", place) for k, v in _typed(value, dict, dotted, place).items()}
    if hint in (object, Any):
        return value
    if hint is str and type(value) is dt.date:  # TOML has dates of its own; those of a waiver are text here
        return value.isoformat()
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return _typed(value, hint, dotted, place)


def _typed(value: Any, kind: type, dotted: str, place: _Place) -> Any:
    if isinstance(value, kind) and not (kind in (int, float) and isinstance(value, bool)):
        return value
    words = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false", dict: "a table", list: "a list"}
    raise ConfigError(f"{place.at(dotted)}: {dotted} must be {words.get(kind, kind.__name__)}, not {type(value).__name__}")


def _validate(settings: Settings, place: _Place) -> None:
    case = settings.use_case
    _one_of(case.risk_tier, ("", *RISK_TIERS), "use_case.risk_tier", place)
    _one_of(case.requested_path, PATHS, "use_case.requested_path", place)
    _one_of(settings.gate, ("data", "all"), "gate", place)
    _one_of(settings.executor, ("", "local", "process", "ray"), "executor", place)
    # the audited folder must not decide where data are sent or files are written
    for name, option, harmless in (("executor", "--executor", settings.executor != "ray"), ("address", "--address", not settings.address), ("cache_dir", "--cache-dir", settings.cache_dir in ("", "none"))):
        if not harmless:
            raise ConfigError(f"{place.at(name)}: {name} = {getattr(settings, name)!r} belongs on the command line: {option}")
    if settings.labels.vectors:
        _vectors(settings, place)
    for name in ("partition_rows", "memory_mb", "workers"):
        if getattr(settings, name) < (name == "partition_rows"):
            raise ConfigError(f"{place.at(name)}: {name} = {getattr(settings, name)}: must be {'at least 1' if name == 'partition_rows' else 'a whole number from 0 on'}")
    _one_of(case.skill, ("", *SKILLS), "use_case.skill", place)
    _figures(case, "use_case", place)
    _figures(settings.costs, "costs", place)
    _measure(settings, place)
    _waivers(settings, place)
    for code, reason in settings.ignore.items():
        if not reason.strip():
            raise ConfigError(f"{place.at(code)}: ignore.{code} has no reason; say why, so that whoever approves can judge it")
    for entity, policy in settings.pii.entities.items():
        rate = policy.get("max_rate")
        if set(policy) - {"action", "max_rate"} or policy.get("action", "allow") not in ("allow", "deny"):
            raise ConfigError(f'{place.at(entity)}: pii.{entity} must be "allow", "deny" or {{max_rate = 0.001}}')
        if rate is not None and not (isinstance(rate, int | float) and 0 <= rate <= 1):
            raise ConfigError(f"{place.at(entity)}: pii.{entity}.max_rate must lie between 0 and 1")


_SHARES = frozenset({"target", "tolerance", "human_rework_rate", "error_rate_now", "error_rate_after"})


def _figures(table: UseCase | CostSettings, name: str, place: _Place) -> None:
    """Numbers that are ones, and in range: a share of 15 for 15 %, a build of -5 or a TOML `nan` would pay back in no time."""
    for field in fields(table):
        key, value = field.name, getattr(table, field.name)
        if not isinstance(value, float):
            continue
        if key in _SHARES and not 0 <= value <= 1:
            raise ConfigError(f"{place.at(key)}: {name}.{key} = {value}: must lie between 0 and 1 (0.9 for 90 %)")
        if not math.isfinite(value):
            raise ConfigError(f"{place.at(key)}: {name}.{key} = {value}: must be a number; leave it out where it is not known")
        if value < 0 and key != "unit_cost_delta":
            raise ConfigError(f"{place.at(key)}: {name}.{key} = {value}: must not be negative")


def _measure(settings: Settings, place: _Place) -> None:
    from auditor.decision.baselines import MORE_WANTED, less_is_better

    if less_is_better(settings.use_case.metric):
        raise ConfigError(f"{place.at('metric')}: use_case.metric = {settings.use_case.metric!r}: {MORE_WANTED}")
    frozen = settings.baselines.holdout_sha256
    if frozen and not re.fullmatch(r"(sha256:)?[0-9a-f]{64}", frozen.lower()):
        raise ConfigError(f"{place.at('holdout_sha256')}: baselines.holdout_sha256 is not 64 hexadecimal digits; `sha256sum` prints them")


def _waivers(settings: Settings, place: _Place) -> None:
    """A waiver of a rule that does not exist stands on the first page and covers nothing; one that nobody answers for is none."""
    from auditor.decision.requirement import State, said
    from auditor.registry import all_checks

    for waiver in settings.waivers:
        codes = {check.code for check in all_checks()}
        if waiver.code.strip() and waiver.code not in codes:
            near = difflib.get_close_matches(waiver.code.upper(), codes, 1)
            hint = f"; did you mean '{near[0]}'?" if near else "; `audit explain` knows them all"
            raise ConfigError(f"{place.at('code')}: [[waivers]] code = '{waiver.code}': no rule is called so{hint}")
        for name in ("owner", "reason"):
            if getattr(waiver, name).strip() and said(getattr(waiver, name)) is not State.MET:
                raise ConfigError(f"{place.at(name)}: the waiver of {waiver.code} has no {name}: '{getattr(waiver, name)}' is none")


def _vectors(settings: Settings, place: _Place) -> None:
    from auditor.detectors.vectors import locate

    if settings.labels.embeddings:
        raise ConfigError(f"{place.at('vectors')}: labels.embeddings and labels.vectors stand for the same; name one of them")
    try:
        locate(settings.labels.vectors)
    except ConfigError as error:
        raise ConfigError(f"{place.at('vectors')}: {error}") from None


def _one_of(value: str, allowed: tuple[str, ...], dotted: str, place: _Place) -> None:
    if value not in allowed:
        near = difflib.get_close_matches(value, allowed, 1, 0.4)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise ConfigError(f"{place.at(dotted)}: {dotted} = '{value}': must be one of {', '.join(a for a in allowed if a)}{hint}")


def _environment(settings: Settings, environ: Mapping[str, str]) -> Settings:
    for name, (key,) in _ENV.items():
        raw = environ.get(name)
        if not raw:
            continue
        if key == "gate":
            if raw not in ("data", "all"):
                raise ConfigError(f"{name}={raw}: must be data or all")
            settings = replace(settings, gate=raw)
        elif key == "strict":
            if raw.lower() not in _SWITCH:
                raise ConfigError(f"{name}={raw}: must be 1 or 0")
            settings = replace(settings, strict=_SWITCH[raw.lower()])
        elif raw.isdigit():
            settings = replace(settings, workers=int(raw))
        else:
            raise ConfigError(f"{name}={raw}: must be a whole number")
    return settings


