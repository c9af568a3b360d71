"""Read a suite file strictly, without Great Expectations: syntax, structure, severities, columns and role placeholders.

Great Expectations drops what it does not understand and passes what is left. Here everything wrong is a `ConfigError`
naming the file, the expectation, its line and the nearest valid word. Names of expectations and of their arguments are
checked where the suite is run, since only Great Expectations knows them.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.errors import ConfigError
from auditor.model import Role
from auditor.sources.preferred import BETTER, WORSE

if TYPE_CHECKING:
    from auditor.model import Dataset

SEVERITIES = ("critical", "warning", "info")
"""Severities of Great Expectations; the first is its default."""
_SUITE_KEYS = ("name", "expectations", "meta", "id", "notes", "suite_parameters", "expectation_suite_name", "data_asset_type")
_EXPECTATION_KEYS = (
    "type", "expectation_type", "kwargs", "meta", "notes", "severity", "id", "rendered_content", "description",
)  # fmt: skip
_COLUMN_KEYS = ("column", "column_A", "column_B")
_LIST_KEYS = ("column_list", "column_set")
_MAX_BYTES = 16 * 1024 * 1024
_CLASSES = "classes"
"""`"$classes"` as a value set stands for the declared classes."""


@dataclass(frozen=True)
class Item:
    """One expectation, ready to be run."""

    type: str
    kwargs: dict[str, Any]
    severity: str
    note: str
    where: str
    """Where it stands: `expectation 3 (line 41)`."""
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Suite:
    """One suite file."""

    name: str
    label: str
    """Where it came from, for messages."""
    items: tuple[Item, ...]
    skipped: tuple[str, ...]
    """Types of expectations whose placeholder has no column in the data."""


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean ...?)` for the known word that is nearest, or an empty text."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


def load_suite(path: str | Path, label: str, data: Dataset, columns: tuple[str, ...]) -> Suite:
    """The suite in a JSON file, its placeholders resolved for `data`. Raises `ConfigError`."""
    text = _read(Path(path), label)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{label}:{error.lineno}:{error.colno}: not JSON ({error.msg})") from error
    except RecursionError as error:
        raise ConfigError(f"{label}: nested too deeply") from error
    if not isinstance(document, dict):
        raise ConfigError(f"{label}:1: a suite is an object with 'name' and 'expectations'")
    for key in document:
        if key not in _SUITE_KEYS:
            raise ConfigError(f"{label}: unknown key {key!r} in the suite{nearest(key, _SUITE_KEYS)}")
    listed = document.get("expectations")
    if not isinstance(listed, list) or not listed:
        raise ConfigError(f"{label}: the suite has no expectations, so it would pass anything")
    name = document.get("name", document.get("expectation_suite_name")) or Path(path).stem
    lines = _lines(text, listed)
    asserted = {str(e["kwargs"].get("column")) for e in listed if _is_existence(e)}
    items: list[Item] = []
    skipped: list[str] = []
    for i, entry in enumerate(listed):
        where = f"expectation {i + 1}" + (f" (line {lines[i]})" if lines else "")
        made = list(_items(entry, label, where, data=data, columns=columns, asserted=asserted))
        items.extend(made)
        if not made:
            skipped.append(str(entry.get("type", entry.get("expectation_type"))))
    return Suite(str(name), label, tuple(items), tuple(skipped))


def _read(path: Path, label: str) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ConfigError(f"{label}: larger than {_MAX_BYTES // 2**20} MiB, which is no suite")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{label}: not UTF-8 text") from error
    except OSError as error:
        raise ConfigError(f"{label}: cannot be read ({error.strerror})") from error


def _lines(text: str, listed: list[Any]) -> list[int]:
    """1-based line of each expectation; empty where the list cannot be found in the text."""
    decoder = json.JSONDecoder()
    for start in re.finditer(r'"expectations"\s*:\s*\[', text):
        at, found, lines = start.end(), [], []
        for _ in listed:
            while at < len(text) and text[at] in " \t\r\n,":
                at += 1
            try:
                value, end = decoder.raw_decode(text, at)
            except json.JSONDecodeError:
                break
            found.append(value)
            lines.append(text.count("\n", 0, at) + 1)
            at = end
        if found == listed:
            return lines
    return []


_NESTED = ("List", "Array", "Struct")
_FOR_ANY = ("expect_column_to_exist", "expect_column_values_to_not_be_null", "expect_column_values_to_be_null")
"""Expectations that mean the same for nested columns."""


def _is_existence(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and entry.get("type", entry.get("expectation_type")) == "expect_column_to_exist"
        and isinstance(entry.get("kwargs"), dict)
    )


def _items(
    entry: Any, label: str, where: str, *, data: Dataset, columns: tuple[str, ...], asserted: set[str]
) -> Iterator[Item]:
    """The expectation of one entry, once for each column of its placeholder. Raises `ConfigError`."""
    place = f"{label}: {where}"
    if not isinstance(entry, dict):
        raise ConfigError(f"{place}: an expectation is an object with 'type' and 'kwargs'")
    for key in entry:
        if key not in _EXPECTATION_KEYS:
            raise ConfigError(f"{place}: unknown key {key!r}{nearest(key, _EXPECTATION_KEYS)}")
    kind = entry.get("type", entry.get("expectation_type"))
    kwargs = entry.get("kwargs", {})
    if not isinstance(kind, str) or not kind:
        raise ConfigError(f"{place}: 'type' is missing")
    if not isinstance(kwargs, dict):
        raise ConfigError(f"{place}: 'kwargs' of {kind} must be an object")
    severity = entry.get("severity", SEVERITIES[0])
    if severity not in SEVERITIES:
        known = ", ".join(SEVERITIES)
        raise ConfigError(f"{place}: severity {severity!r} of {kind} is not one of {known}{nearest(str(severity), SEVERITIES)}")
    notes = entry.get("notes") or ""
    note = " ".join(map(str, notes)) if isinstance(notes, list) else str(notes)
    for filled in _filled(kwargs, place, data, columns):
        used = _columns_in(filled)
        if filled != kwargs and kind not in _FOR_ANY and any(c.name in used and c.dtype.startswith(_NESTED) for c in data.columns):
            continue  # a role may be played by a nested column, of whose text an expectation on cells says nothing
        if kind not in ("expect_column_to_exist", "expect_table_columns_to_match_set", "expect_table_columns_to_match_ordered_list"):
            _known(used, place, kind, columns, asserted)
        yield Item(kind, filled, severity, note, where, used)


def _columns_in(kwargs: dict[str, Any]) -> tuple[str, ...]:
    one = [str(kwargs[k]) for k in _COLUMN_KEYS if kwargs.get(k) is not None]
    many = [str(c) for k in _LIST_KEYS for c in (kwargs.get(k) or ())]
    return tuple(dict.fromkeys([*one, *many]))


def _known(used: tuple[str, ...], place: str, kind: str, columns: tuple[str, ...], asserted: set[str]) -> None:
    for name in used:
        if name not in columns and name not in asserted:
            listed = ", ".join(map(repr, columns[:20])) + (", ..." if len(columns) > 20 else "")
            raise ConfigError(f"{place}: {kind} needs column {name!r}, which the data has not{nearest(name, columns)} (columns: {listed})")


def _filled(kwargs: dict[str, Any], place: str, data: Dataset, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The arguments with placeholders resolved; nothing where a role has no column."""
    of_classes = kwargs.get("value_set") == f"${_CLASSES}"
    if of_classes and (not data.classes or data.label_delimiter):
        return
    made: list[dict[str, Any]] = [dict(kwargs)]
    for key in _COLUMN_KEYS:
        names = _resolved(kwargs.get(key), place, data, columns)
        if names is not None:
            made = [{**m, key: n} for m in made for n in names]
    for key in _LIST_KEYS:
        given = kwargs.get(key)
        if isinstance(given, list):
            full: list[str] = []
            for name in given:
                names = _resolved(name, place, data, columns)
                if names is not None and not names:
                    return
                full.extend([name] if names is None else names)
            made = [{**m, key: full} for m in made]
    for each in made:
        if not of_classes:
            yield each
        elif (spelled := _spelled(data, str(each.get("column")))) is not None:
            yield {**each, "value_set": spelled}


def _spelled(data: Dataset, column: str) -> list[Any] | None:
    """The declared classes as a column of its type has them: class "1" is the number 1 in a column of numbers. None for a column of lists."""
    kind = next((c.dtype for c in data.columns if c.name == column), "")
    if kind.startswith(("List", "Array", "Struct")):
        return None
    if kind == "Boolean":
        return [c.lower() == "true" for c in data.classes if c.lower() in {"true", "false"}] or list(data.classes)
    if not kind.startswith(("Int", "UInt", "Float", "Decimal")):
        return list(data.classes)
    found: list[Any] = []
    for name in data.classes:
        try:
            number = float(name)
        except ValueError:  # a class that no number can be; rows have it or not
            continue
        found.append(int(number) if number.is_integer() else number)
    return found or list(data.classes)


def _resolved(name: Any, place: str, data: Dataset, columns: tuple[str, ...]) -> tuple[str, ...] | None:
    """Columns of a placeholder, or None where `name` is none."""
    if not isinstance(name, str) or not name.startswith("$") or name in columns:
        return None
    roles = [r.value for r in Role]
    if name[1:] not in roles:
        raise ConfigError(f"{place}: {name!r} is no role{nearest(name[1:], roles)} (roles: {', '.join(roles)})")
    found = tuple(c for c in data.role(Role(name[1:])) if c in columns and c not in (BETTER, WORSE))  # of a tie there is neither, which TXT004 says
    return found[:1] if name == f"${Role.PROMPT}" else found  # a second prompt column (Alpaca's `input`) may be blank
