"""Wherever the work runs the results are the same; a killed worker costs nothing, an interrupt leaves nobody behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from auditor.errors import MissingExtra
from auditor.scan import engine, profile
from auditor.scan.executor import Executor, LocalExecutor, PoolExecutor, RayExecutor
from auditor.scan.request import FILE, ROW, RowMeasure
from auditor.settings import Settings
from auditor.sources.discover import discover

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Job:
    number: int
    marker: str


def square_or_die(job: Job) -> int:
    """Kills its own process the first time it meets number 5."""
    if job.number == 5 and not Path(job.marker).exists():
        Path(job.marker).write_text("x")
        os.kill(os.getpid(), signal.SIGKILL)
    return job.number**2


def always_die(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def ray_or_skip() -> Executor:
    try:
        return RayExecutor(workers=2)
    except MissingExtra:
        pytest.skip("Ray is not installed")


@pytest.mark.parametrize("make", [LocalExecutor, lambda: PoolExecutor(2)], ids=["local", "process"])
def test_results_in_order_each_once(make, tmp_path: Path) -> None:
    executor = make()
    try:
        (tmp_path / "m").write_text("")
        assert list(executor.run(square_or_die, [Job(i, str(tmp_path / "m")) for i in range(30)])) == [i * i for i in range(30)]
        assert list(executor.run(square_or_die, [])) == []
    finally:
        executor.close()


def test_a_killed_worker_changes_nothing(tmp_path: Path) -> None:
    executor = PoolExecutor(2)
    try:
        assert list(executor.run(square_or_die, [Job(i, str(tmp_path / "m")) for i in range(30)])) == [i * i for i in range(30)]
    finally:
        executor.close()
    assert (tmp_path / "m").exists()


def test_an_item_that_always_kills_ends_with_an_error() -> None:
    from concurrent.futures.process import BrokenProcessPool

    executor = PoolExecutor(1)
    try:
        with pytest.raises(BrokenProcessPool):
            list(executor.run(always_die, [1]))
    finally:
        executor.close()


@dataclass(frozen=True)
class Long(RowMeasure[tuple[int, ...]]):
    """Rows of long text, as references."""

    def of(self, batch: pl.DataFrame, dataset) -> tuple[int, ...]:
        text = batch[self.columns[0]]
        return tuple(batch.filter(text.str.len_chars() > 12).select(pl.col(FILE) * 1_000_000 + pl.col(ROW)).to_series().to_list())

    def merge(self, a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
        return a + b


def everything(path: Path, **changes) -> tuple[object, object]:
    settings = replace(Settings(), **changes)
    source = discover(path, settings)
    wanted = [*profile.requests(source.dataset), Long(("text",))]
    done = engine.run(source, wanted, settings)
    return profile.build(source.dataset, done.facts, lambda values: [False] * len(values), lambda *_: False), done.facts[Long(("text",))]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    frame = pl.DataFrame({"text": [f"word {i * i}" for i in range(40_000)], "n": [i * 0.1 for i in range(40_000)]})
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_ndjson(tmp_path / "b.jsonl")
    return tmp_path


def test_processes_give_what_one_process_gives(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.scan.chunk.CHUNK_ROWS", 4096)
    one = everything(data, executor="local")
    assert everything(data, executor="process", workers=2, partition_rows=8192) == one
    assert everything(data, executor="process", workers=1, memory_mb=0, partition_rows=16384) == one


def test_a_ray_cluster_gives_what_one_process_gives(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ray_or_skip().close()
    monkeypatch.setattr("auditor.scan.chunk.CHUNK_ROWS", 4096)
    one = everything(data, executor="local")
    assert everything(data, executor="ray", workers=2, memory_mb=0, partition_rows=8192) == one


def test_ray_repeats_what_a_killed_worker_did(tmp_path: Path) -> None:
    executor = ray_or_skip()
    try:
        assert list(executor.run(square_or_die, [Job(i, str(tmp_path / "m")) for i in range(12)])) == [i * i for i in range(12)]
    finally:
        executor.close()


def test_without_ray_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"\[ray\]"):
        RayExecutor()


SLEEPER = """
import sys, time
from auditor.scan.executor import PoolExecutor
if __name__ == "__main__":
    pool = PoolExecutor(2)
    try:
        print("started", flush=True)
        list(pool.run(time.sleep, [60] * 8))
    except KeyboardInterrupt:
        pool.close()
        sys.exit(130)
"""


def test_an_interrupt_leaves_no_orphan(tmp_path: Path) -> None:
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True)
    assert parent.stdout is not None
    parent.stdout.readline()
    deadline = time.monotonic() + 30
    while not _children(parent.pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    time.sleep(1.0)
    children = _children(parent.pid)
    assert children
    parent.send_signal(signal.SIGINT)
    assert parent.wait(timeout=30) == 130
    deadline = time.monotonic() + 20
    while any(_alive(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(_alive(pid) for pid in children)


def _children(pid: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
