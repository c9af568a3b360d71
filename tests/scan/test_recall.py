"""A whole audit that is remembered: nothing heavy is loaded, the report is the same, and no entry tells a value."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from auditor.audit import examine, run
from auditor.scan.cache import Cache
from auditor.scan.recall import Files, Recall, open_recall
from auditor.scan.request import Facts
from auditor.settings import Settings, SuiteSettings

ROOT = Path(__file__).parents[2]
HEAVY = ("pandas", "sklearn", "cleanlab", "presidio_analyzer", "great_expectations", "spacy", "scipy")
PLANTED = ("planted.person@example.org", "Quillfeather", "4815162342", "refund of a planted order")
CODE = """
import json, sys
from auditor.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(json.dumps(sorted(m for m in %r if m in sys.modules)))
"""


def write(folder: Path, rows: int = 240) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    texts = [f"{('refund of a planted order', 'the card does not arrive', 'how to change my address')[i % 3]} number {i * 7919}" for i in range(rows)]
    texts[5] += f" mail {PLANTED[0]}"
    labels = [("Quillfeather", "card", "address")[i % 3] for i in range(rows)]
    pl.DataFrame({"text": texts, "label": labels, "amount": [4815162342 if i == 3 else i for i in range(rows)]}).write_csv(folder / "train.csv")
    return folder



def settings(tmp_path: Path, **changes) -> Settings:
    return replace(Settings(), cache_dir=str(tmp_path / "cache"), workers=1, select=("FIL", "SCH", "CMP", "BAL", "EXP"), **changes)


def test_a_second_audit_loads_nothing_heavy_and_says_the_same(tmp_path: Path) -> None:
    data = write(tmp_path / "data")
    loaded, reports = [], []
    for i, cache in enumerate((["--cache-dir", str(tmp_path / "cache")], ["--cache-dir", str(tmp_path / "cache")], ["--no-cache"])):
        out = tmp_path / f"{i}.json"
        words = [str(data), "-o", str(out), "--pii-sample", "20", *cache]
        done = subprocess.run([sys.executable, "-c", CODE % (HEAVY,), *words], capture_output=True, text=True, cwd=ROOT, check=True, env={"PATH": "", "HOME": str(tmp_path)})
        loaded.append(json.loads(done.stdout.splitlines()[-1]))
        reports.append(json.loads(out.read_text()))
    assert "great_expectations" in loaded[0]
    assert loaded[1] == []
    timeless = [_timeless(r) for r in reports]
    assert timeless[0] == timeless[1] == timeless[2]


def _timeless(report: dict) -> str:
    """The report without the figures that say when and how long."""
    def drop(value: object) -> object:
        if isinstance(value, dict):
            return {k: drop(v) for k, v in value.items() if k not in ("started", "seconds", "timings")}
        return [drop(v) for v in value] if isinstance(value, list) else value

    return json.dumps(drop(report), sort_keys=False)


def test_no_value_stands_in_an_entry_and_it_is_the_owners_alone(tmp_path: Path) -> None:
    data = write(tmp_path / "data")
    run(data, settings(tmp_path))
    entries = list((tmp_path / "cache").iterdir())
    assert entries
    for entry in entries:
        assert stat.S_IMODE(entry.stat().st_mode) == 0o600
        content = entry.read_bytes()
        for value in PLANTED:
            assert value.encode() not in content
            assert value.encode("utf-16-le") not in content
        assert (4815162342).to_bytes(8, "little") not in content
        assert b"label" not in content  # noise, not only without the values


def test_an_entry_opens_with_the_data_only(tmp_path: Path) -> None:
    data = write(tmp_path / "data")
    chosen = settings(tmp_path)
    run(data, chosen)
    memory = open_recall(data, chosen)
    assert memory.load() is not None
    name = memory._name()
    sealed = memory.cache.read(name)  # type: ignore[union-attr]
    other = Recall(data, chosen, memory.cache, Files(memory.files.public, bytes(32), memory.files.state))  # type: ignore[union-attr]
    assert other._name() == name  # the same digests as in a report, and not the content
    assert other._open(sealed) is None


def _other_row(data: Path) -> None:
    with (data / "train.csv").open("a") as stream:
        stream.write("one more,card,1\n")


def _other_suite(data: Path) -> None:
    (data / "expectations").mkdir()
    (data / "expectations" / "own.json").write_text('{"name": "own", "expectations": [{"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}]}')


def _other_file(data: Path) -> None:
    (data / "README.md").write_text("# a card\n")


@pytest.mark.parametrize("change", [_other_row, _other_suite, _other_file])
def test_what_changed_is_measured_again(tmp_path: Path, change) -> None:
    data = write(tmp_path / "data")
    chosen = settings(tmp_path)
    run(data, chosen)
    assert open_recall(data, chosen).load() is not None
    change(data)
    assert open_recall(data, chosen).load() is None


def test_other_settings_and_files_that_they_name_are_other_audits(tmp_path: Path) -> None:
    data = write(tmp_path / "data")
    suite = tmp_path / "named.json"
    suite.write_text('{"name": "own", "expectations": [{"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}]}')
    chosen = settings(tmp_path, suites=SuiteSettings(files=(str(suite),)))
    run(data, chosen)
    assert open_recall(data, chosen).load() is not None
    assert open_recall(data, replace(chosen, executor="process", workers=2)).load() is not None  # where work runs changes nothing
    assert open_recall(data, replace(chosen, ignore={"CMP": "as agreed"})).load() is None
    suite.write_text(suite.read_text().replace('"min_value": 1', '"min_value": 10000'))
    assert open_recall(data, chosen).load() is None


@pytest.mark.parametrize("harm", [lambda d: d[:-3], lambda d: b"", lambda d: d[:90] + bytes([d[90] ^ 1]) + d[91:], lambda d: b"foreign" * 40])
def test_a_damaged_entry_is_ignored_and_written_anew(tmp_path: Path, harm) -> None:
    data = write(tmp_path / "data")
    chosen = settings(tmp_path)
    first = run(data, chosen)
    entry = next(e for e in (tmp_path / "cache").iterdir() if e.name.startswith(open_recall(data, chosen)._name()))
    entry.write_bytes(harm(entry.read_bytes()))
    assert open_recall(data, chosen).load() is None
    assert run(data, chosen).findings == first.findings
    assert open_recall(data, chosen).load() is not None


def test_what_failed_and_what_changed_meanwhile_is_not_kept(tmp_path: Path) -> None:
    data = write(tmp_path / "data")
    chosen = settings(tmp_path)
    done = examine(data, chosen)
    dataset, facts = done.report.dataset, done.facts
    Cache(tmp_path / "cache").trim(0)
    memory = open_recall(data, chosen)
    failed = Facts()
    failed.fail(next(iter(facts.items()))[0], "for a test")
    memory.keep(dataset, failed)
    assert memory.load() is None
    with (data / "train.csv").open("a") as stream:
        stream.write("one more,card,1\n")
    memory.keep(dataset, facts)
    assert list((tmp_path / "cache").glob("*.state")) == []
