"""States that are kept are found again, and nothing else is: not stale, not foreign, not harmful, not a value."""

from __future__ import annotations

import os
import pickle
import stat
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from auditor.model import RowRef
from auditor.scan import cache as module
from auditor.scan import engine
from auditor.scan.cache import Cache
from auditor.scan.request import ROW, RowMeasure
from auditor.settings import Settings
from auditor.sources.discover import discover

SECRET = "planted.person@example.org"


@dataclass(frozen=True)
class Marked(RowMeasure[tuple[RowRef, ...]]):
    """Rows with an @; every call is told by a file, so that a cached one shows."""

    told: str = ""

    def of(self, batch: pl.DataFrame, dataset) -> tuple[RowRef, ...]:
        with open(self.told, "a") as stream:
            stream.write("x")
        return tuple(RowRef(dataset.files[0].path, r) for r in batch.filter(pl.col("text").str.contains("@"))[ROW].to_list())

    def merge(self, a: tuple[RowRef, ...], b: tuple[RowRef, ...]) -> tuple[RowRef, ...]:
        return a + b


def run(tmp_path: Path, **changes) -> tuple[object, int]:
    told = tmp_path / "told"
    told.write_text("")
    settings = replace(Settings(), workers=1, cache_dir=str(tmp_path / "cache"), **changes)
    source = discover(tmp_path / "data", settings)
    detector = Marked(("text",), str(told))
    return engine.run(source, [detector], settings).facts[detector], len(told.read_text())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name, odd in (("a", 17), ("b", 19)):
        pl.DataFrame({"text": [SECRET if i % odd == 0 else f"word {i}" for i in range(6000)]}).write_parquet(tmp_path / "data" / f"{name}.parquet")
    return tmp_path


def test_unchanged_data_are_not_scanned_again_and_changed_files_are(data: Path) -> None:
    first, calls = run(data)
    assert calls == 2
    assert run(data) == (first, 0)
    pl.DataFrame({"text": [SECRET] * 6000}).write_parquet(data / "data" / "b.parquet")
    changed, calls = run(data)
    assert calls == 1
    assert len(changed) > len(first)  # type: ignore[arg-type]


def test_entries_hold_no_value_and_are_the_owners_alone(data: Path) -> None:
    run(data)
    entries = list((data / "cache").iterdir())
    assert len(entries) == 2
    for entry in entries:
        assert stat.S_IMODE(entry.stat().st_mode) == 0o600
        assert SECRET.encode() not in entry.read_bytes()


@pytest.mark.parametrize("harm", [lambda d: d[:-3], lambda d: b"", lambda d: d[:90] + b"X" + d[91:], lambda d: b"foreign" * 40])
def test_a_damaged_entry_is_ignored_and_written_anew(data: Path, harm) -> None:
    first, _ = run(data)
    entry = min((data / "cache").iterdir())
    whole = entry.read_bytes()
    entry.write_bytes(harm(whole))
    again, calls = run(data)
    assert (again, calls) == (first, 1)
    assert entry.read_bytes() == whole


class Harm:
    def __reduce__(self):
        return (os.system, ("touch harmed",))


def test_a_planted_entry_builds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kept = Cache(tmp_path)
    kept.put("k", (1, 2))
    assert kept.get("k") == (1, 2)
    body = pickle.dumps(Harm())
    (tmp_path / "k.state").write_bytes(module._MAGIC + module._seal("k", body) + body)
    assert kept.get("k") is None
    assert not (tmp_path / "harmed").exists()


def test_a_full_disk_costs_the_entry_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    Cache(tmp_path).put("k", (1,))
    assert list(tmp_path.iterdir()) == []


def test_no_cache_and_trim(data: Path) -> None:
    _, calls = run(data)
    kept = Cache(data / "cache")
    kept.trim(0)
    assert list((data / "cache").iterdir()) == []
    assert calls == 2
    assert module.open_cache(replace(Settings(), cache_dir="none")) is None


@pytest.mark.parametrize("line", ['cache_dir = "/tmp/elsewhere"', 'executor = "ray"', 'address = "host:6379"'])
def test_the_audited_folder_decides_neither_where_files_go_nor_where_work_runs(tmp_path: Path, line: str) -> None:
    from auditor.errors import ConfigError
    from auditor.settings_file import load

    (tmp_path / "audit.toml").write_text(line)
    with pytest.raises(ConfigError, match="command line"):
        load(tmp_path)


def test_only_entries_are_trimmed(tmp_path: Path) -> None:
    (tmp_path / "mine.state").write_text("x")
    Cache(tmp_path).put("a" * 64, (1,))
    Cache(tmp_path).trim(0)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.state"]


@pytest.mark.parametrize("gone", [(), (0,), (1,), (2, 3)])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_in_pieces_is_read_once_and_each_piece_kept(tmp_path: Path, kind: str, gone: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    frame = pl.DataFrame({"text": [SECRET if i % 17 == 0 else f"word {i}" for i in range(30_000)], "n": range(30_000)})
    {"csv": frame.write_csv, "parquet": frame.write_parquet}[kind](tmp_path / "data" / f"a.{kind}")
    frame.head(3).write_csv(tmp_path / "data" / "few.csv")
    monkeypatch.setattr("auditor.scan.chunk.CHUNK_ROWS", 4096)
    scans = []
    original = engine.batches
    monkeypatch.setattr(engine, "batches", lambda rows, size: scans.append(rows.explain().upper().count("SCAN")) or original(rows, size))

    def audited() -> tuple[RowRef, ...]:
        return run(tmp_path, memory_mb=0, partition_rows=8192)[0]  # type: ignore[return-value]

    whole = audited()
    assert [r.row for r in whole if r.file.startswith("a.")][:3] == [0, 17, 34]
    assert len(whole) == 1765 + 1
    assert scans == [1] * (2 if kind == "csv" else 5)  # the table (pieces of Parquet cost no more than their rows), and the small file
    entries = sorted((tmp_path / "cache").iterdir(), key=lambda e: e.stat().st_mtime_ns)
    assert len(entries) == 4
    for i in gone:
        entries[i].unlink()
    scans.clear()
    assert audited() == whole
    assert scans == [1] * (len(gone) + 1)
