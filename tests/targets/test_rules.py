"""Every rule of every target has a hit; the valid file of each target is the near miss to all of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from target_cases import BASES, MUTATIONS, ROWS, all_rules, broken, write

from auditor.errors import ConfigError
from auditor.targets.predicates import PREDICATES
from auditor.targets.spec import LEVELS, load, names, target_of
from auditor.targets.study import compatibility

SOFT = {"AZ-BOM", "OAI-SYS", "VTX-REC", "GEN-35"}
"""Warnings and advice that a valid file of 110 rows may still get."""


@pytest.mark.parametrize("target", sorted(BASES))
def test_valid_file_breaks_no_rule(target: str, tmp_path: Path) -> None:
    path = write(tmp_path, [BASES[target](i) for i in range(ROWS)])
    outcome = compatibility([path], [target]).outcome(target)
    assert outcome is not None
    assert [(i.rule, i.places) for i in outcome.issues if i.rule not in SOFT and i.check not in {"status", "note"}] == []
    assert outcome.ok
    assert outcome.accepted == outcome.rows == ROWS


@pytest.mark.parametrize(("target", "rule"), [(t, r) for t, r in all_rules() if next(x for x in load(t).rules if x.id == r).check in PREDICATES])
def test_broken_row_is_found(target: str, rule: str, tmp_path: Path) -> None:
    found = next(r for r in load(target).rules if r.id == rule)
    rows: list[object] = [BASES[target](i) for i in range(ROWS)]
    rows[40] = broken(load(target), found)
    outcome = compatibility([write(tmp_path, rows)], [target]).outcome(target)
    assert outcome is not None
    issue = next((i for i in outcome.issues if i.rule == rule), None)
    assert issue is not None, [i.rule for i in outcome.issues]
    assert issue.rows >= 1
    assert 41 in {p.line for p in issue.places}
    assert issue.level == found.level
    if found.level == "error":
        assert not outcome.ok
        assert outcome.rejected >= 1


def test_every_predicate_has_a_mutation() -> None:
    assert set(MUTATIONS) == set(PREDICATES)


def _file_cases() -> list[tuple[str, str]]:
    return [(t, r.id) for t in BASES for r in load(t).rules if r.check in {"suffix", "filename", "rows", "bytes", "json", "file", "uniform"}]


@pytest.mark.parametrize(("target", "rule"), _file_cases())
def test_broken_file_is_found(target: str, rule: str, tmp_path: Path) -> None:
    found = next(r for r in load(target).rules if r.id == rule)
    rows: list[object] = [BASES[target](i) for i in range(ROWS)]
    name, prefix = "train.jsonl", b""
    args = found.args
    if found.check == "suffix":
        name = "train.data"
    elif found.check == "filename":
        name = "tr ain.jsonl"
    elif found.check == "rows":
        if "min" not in args and "min_total" not in args:
            pytest.skip("the upper bound alone is tested on counts in test_row_limits")
        rows = rows[: args.get("min", args.get("min_total")) - 1] if args.get("min", args.get("min_total")) > 0 else []
    elif found.check == "bytes":
        if "min" not in args:
            pytest.skip("files of gigabytes are not written; see test_byte_limits")
        rows = []
    elif found.check == "uniform":
        rows[40] = {"text": "another shape"} if not args.get("media") else _pictured()
    elif found.check == "json":
        path = write(tmp_path, rows)
        _damage(path, args["kinds"])
        name = path.name
    path = tmp_path / name
    if found.check != "json":
        path = write(tmp_path, rows, name, prefix)
    outcome = compatibility([path], [target]).outcome(target)
    assert outcome is not None
    assert rule in {i.rule for i in outcome.issues}, [i.rule for i in outcome.issues]


def _pictured() -> object:
    image = {"image": {"source": {"s3Location": {"uri": "s3://b/a.png"}}}}
    return {"messages": [{"role": "user", "content": [{"text": "see"}, image]}, {"role": "assistant", "content": [{"text": "A."}]}]}


def _damage(path: Path, kinds: list[str]) -> None:
    """Make a file that has one of `kinds`."""
    lines = path.read_bytes().split(b"\n")
    damages = {
        "syntax": lambda: lines.__setitem__(40, b"{oops"),
        "bom": lambda: lines.__setitem__(0, b"\xef\xbb\xbf" + lines[0]),
        "duplicate_key": lambda: lines.__setitem__(40, b'{"messages": [], ' + lines[40][1:]),
        "nan": lambda: lines.__setitem__(40, lines[40][:-1] + b', "w": NaN}'),
        "lone_surrogate": lambda: lines.__setitem__(40, lines[40][:-1] + b', "w": "\\ud800"}'),
        "array": lambda: lines.__setitem__(slice(None), [b"[" + b",".join(x for x in lines if x) + b"]"]),
        "crlf": lambda: lines.__setitem__(slice(None), [x + b"\r" if x else x for x in lines]),
    }
    next(damages[k] for k in kinds if k in damages)()
    path.write_bytes(b"\n".join(lines))


def test_recalled_rules_never_block() -> None:
    for name in names():
        for rule in load(name).rules:
            assert rule.evidence != "recalled" or rule.level not in {"error", "loss"}, rule.id


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"colour": 1}, "colour"),
        ({"status": "dead"}, "dead"),
        ({"rules": [{"id": "X", "check": "nothing", "level": "error", "text": "t", "source": "s", "evidence": "read"}]}, "nothing"),
        ({"rules": [{"id": "X", "check": "roles", "level": "fatal", "text": "t", "source": "s", "evidence": "read"}]}, "fatal"),
        ({"rules": [{"id": "X", "check": "roles", "level": "error", "text": "t", "source": "s", "evidence": "recalled"}]}, "recalled"),
        ({"rules": [{"id": "X", "check": "roles", "level": "error", "text": "t", "source": "none", "evidence": "read"}]}, "source"),
    ],
)
def test_wrong_target_file_is_refused(change: dict[str, object], word: str) -> None:
    table = {"id": "x", "title": "X", "as_of": load("openai").as_of, "sources": {"s": "somewhere"}, **change}
    with pytest.raises(ConfigError, match=word):
        target_of(table, "x.toml")


def test_unknown_target_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean openai"):
        compatibility([Path("x.jsonl")], ["opnai"])


def test_levels_are_the_five() -> None:
    assert LEVELS == ("error", "loss", "warning", "advice", "info")
    assert json.dumps(sorted(names()))
