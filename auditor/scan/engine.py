"""The engine: answers every request once, in one streamed pass plus the studies, and turns every failure into a fact.

Its boundary is the only broad `except` of the project. A request that fails costs itself only: the pass is repeated
without it, and checks that needed it report `error`, which never counts as a pass.
"""

from __future__ import annotations

import io
import logging
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from auditor.errors import AuditError
from auditor.scan.executor import Executor, LocalExecutor, PoolExecutor
from auditor.scan.request import FILE, ROW, SPLIT, ExprMeasure, Facts, FrameMeasure, Request, RowMeasure, Study
from auditor.scan.rows import SourceRows

if TYPE_CHECKING:
    import polars as pl

    from auditor.model import Dataset
    from auditor.settings import Settings
    from auditor.sources.types import Part, Source

T = TypeVar("T")
log = logging.getLogger("auditor")

BATCH_ROWS: Final = 20_000
"""Rows of one batch of a detector."""
POOL_ROWS: Final = 60_000
"""From this many rows on, starting worker processes pays."""


@dataclass
class Pass:
    """One run of the engine: facts, and where the time went (seconds by stage)."""

    facts: Facts = field(default_factory=Facts)
    timings: dict[str, float] = field(default_factory=dict)


def describe_failure(error: BaseException) -> str:
    """What failed and where, without the message: messages of other libraries quote data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def guarded(what: str, work: Callable[[], T]) -> tuple[T | None, str]:
    """Result of `work` and "", or None and why it failed. Deliberate errors and interrupts pass through."""
    try:
        return work(), ""
    except AuditError:
        raise
    except Exception as error:  # noqa: BLE001 - the wall: a detector's failure must not end the audit
        reason = describe_failure(error)
        log.debug("%s failed: %s\n%s", what, reason, "".join(traceback.format_list(traceback.extract_tb(error.__traceback__))))
        return None, reason


def run(source: Source, requests: Iterable[Request], settings: Settings, progress: Callable[[str, float], None] = lambda *_: None) -> Pass:
    """Answer all requests; `progress(stage, share)` is told how far each stage is, 0 to 1."""
    done = Pass()
    wanted = _closure(requests)
    with _timed(done, "profile"):
        _measure(source, [r for r in wanted if isinstance(r, ExprMeasure | FrameMeasure)], done.facts, progress)
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


def _measure(
    source: Source, measures: list[ExprMeasure[Any] | FrameMeasure[Any]], facts: Facts, progress: Callable[[str, float], None]
) -> None:
    states: dict[ExprMeasure[Any] | FrameMeasure[Any], Any] = {}
    alive = list(measures)
    for i, part in enumerate(source.parts):
        progress("profile", i / len(source.parts))
        found, reason = guarded("profile", lambda part=part: _one_pass(part, alive))  # type: ignore[misc]
        if found is None:
            log.debug("the fused pass failed (%s); measuring one by one", reason)
            found = {}
            for measure in alive:
                single, why = guarded(type(measure).__name__, lambda m=measure, part=part: _one_pass(part, [m]))  # type: ignore[misc]
                if single is None:
                    facts.fail(measure, why)
                else:
                    found.update(single)
        alive = [m for m in alive if m in found]
        states = {m: m.merge(states[m], found[m]) if m in states else found[m] for m in alive}
    for measure, state in states.items():
        facts.put(measure, state)
    progress("profile", 1.0)


def _one_pass(part: Part, measures: list[ExprMeasure[Any] | FrameMeasure[Any]]) -> dict[ExprMeasure[Any] | FrameMeasure[Any], Any]:
    import polars as pl

    rows = part.lazy()
    fused = [m for m in measures if isinstance(m, ExprMeasure)]
    frames = [m for m in measures if isinstance(m, FrameMeasure)]
    exprs = [e.alias(f"{i}\0{key}") for i, m in enumerate(fused) for key, e in m.exprs().items()]
    plans = ([rows.select(exprs)] if exprs else []) + [m.frame(rows) for m in frames]
    results = pl.collect_all(plans, engine="streaming") if plans else []
    out: dict[ExprMeasure[Any] | FrameMeasure[Any], Any] = {}
    if exprs:
        values = results.pop(0).row(0, named=True)
        for i, measure in enumerate(fused):
            prefix = f"{i}\0"
            out[measure] = measure.of({k.removeprefix(prefix): v for k, v in values.items() if k.startswith(prefix)})
    for frame_measure, result in zip(frames, results, strict=True):
        out[frame_measure] = frame_measure.of(result)
    return out


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
