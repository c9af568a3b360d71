"""The engine: answers every request once, in one streamed pass plus the studies, and turns every failure into a fact.

A request that fails costs itself only: the pass is repeated
without it, and checks that needed it report `error`, which never counts as a pass.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from auditor.scan.executor import Executor, LocalExecutor, PoolExecutor
from auditor.scan.passes import measure_all
from auditor.scan.request import (
    FILE,
    ROW,
    SPLIT,
    ColumnMeasure,
    ExprMeasure,
    Facts,
    FrameMeasure,
    Request,
    RowMeasure,
    Study,
)
from auditor.scan.rows import SourceRows
from auditor.scan.wall import describe_failure, guarded

__all__ = ["Pass", "describe_failure", "guarded", "run"]

if TYPE_CHECKING:
    import polars as pl

    from auditor.model import Dataset
    from auditor.settings import Settings
    from auditor.sources.types import Source

BATCH_ROWS: Final = 20_000
"""Rows of one batch of a detector."""
POOL_ROWS: Final = 60_000
"""From this many rows on, starting worker processes pays."""


@dataclass
class Pass:
    """One run of the engine: facts, and where the time went (seconds by stage)."""

    facts: Facts = field(default_factory=Facts)
    timings: dict[str, float] = field(default_factory=dict)


def run(source: Source, requests: Iterable[Request], settings: Settings, progress: Callable[[str, float], None] = lambda *_: None) -> Pass:
    """Answer all requests; `progress(stage, share)` is told how far each stage is, 0 to 1."""
    done = Pass()
    wanted = _closure(requests)
    with _timed(done, "profile"):
        measures = [r for r in wanted if isinstance(r, ExprMeasure | ColumnMeasure | FrameMeasure)]
        total = max(1, sum(p.rows for p in source.parts))
        progress("profile", 0.0)
        measure_all(source.parts, measures, LocalExecutor(), done.facts, lambda rows: progress("profile", rows / total))
    detectors = [r for r in wanted if isinstance(r, RowMeasure)]
    executor: Executor | None = None
    try:
        for detector in detectors:
            name = type(detector).__name__
            with _timed(done, name):
                executor = executor or _executor(source, settings)
                _detect(source, detector, executor, done.facts, progress)
    finally:
        if executor is not None:
            executor.close()
    rows = SourceRows(source, settings)
    for study in (r for r in wanted if isinstance(r, Study)):
        name = type(study).__name__
        progress(name, 0.0)
        with _timed(done, name):
            state, reason = guarded(name, lambda study=study: study.run(rows, done.facts))  # type: ignore[misc]
            if reason:
                done.facts.fail(study, reason)
            else:
                done.facts.put(study, state)
        progress(name, 1.0)
    return done


class _timed:  # noqa: N801 - used like a function
    def __init__(self, done: Pass, name: str) -> None:
        self._done, self._name = done, name

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._done.timings[self._name] = self._done.timings.get(self._name, 0.0) + time.perf_counter() - self._start


def _closure(requests: Iterable[Request]) -> list[Request]:
    """Requests with what they read from, each once, what is read first coming first."""
    order: dict[Request, None] = {}

    def add(request: Request) -> None:
        if request in order:
            return
        if isinstance(request, Study):
            for earlier in request.after():
                add(earlier)
        order[request] = None

    for request in requests:
        add(request)
    return list(order)


def _executor(source: Source, settings: Settings) -> Executor:
    rows = sum(p.rows for p in source.parts)
    if settings.workers == 1 or rows < POOL_ROWS:
        return LocalExecutor()
    return PoolExecutor(settings.workers)


def _detect(source: Source, detector: RowMeasure[Any], executor: Executor, facts: Facts, progress: Callable[[str, float], None]) -> None:
    name, total = type(detector).__name__, max(1, sum(p.rows for p in source.parts))

    def work() -> object:
        state: Any = None
        seen = 0
        items = ((detector, batch, source.dataset) for batch in _batches(source, detector.columns))
        for rows, partial in executor.run(_of_batch, items):
            state = partial if state is None else detector.merge(state, partial)
            seen += rows
            progress(name, min(1.0, seen / total))
        return state

    progress(name, 0.0)
    state, reason = guarded(name, work)
    if reason:
        facts.fail(detector, reason)
    elif state is not None:
        facts.put(detector, state)


def _batches(source: Source, columns: tuple[str, ...]) -> Iterator[bytes]:
    for part in source.parts:
        frame = part.lazy().select(FILE, ROW, SPLIT, *columns)
        for batch in frame.collect_batches(chunk_size=BATCH_ROWS, maintain_order=True):
            for piece in batch.iter_slices(BATCH_ROWS):
                buffer = io.BytesIO()
                piece.write_ipc(buffer)
                yield buffer.getvalue()


def _of_batch(item: tuple[RowMeasure[Any], bytes, Dataset]) -> tuple[int, Any]:
    import polars as pl

    detector, data, dataset = item
    frame: pl.DataFrame = pl.read_ipc(io.BytesIO(data))
    return frame.height, detector.of(frame, dataset)
