"""The engine: answers every request once, in one streamed pass plus the studies, and turns every failure into a fact.

A request that fails costs itself only: the pass is repeated without it, and checks that needed it report `error`, which never counts as a pass.
"""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from auditor.scan.cache import WORTH_ROWS, Cache, key_of, open_cache
from auditor.scan.chunk import CHUNK_ROWS, batches
from auditor.scan.executor import Executor, RayExecutor, executor_of
from auditor.scan.passes import measure_all
from auditor.scan.release import release
from auditor.scan.request import (
    FILE,
    ROW,
    SPLIT,
    ColumnMeasure,
    Facts,
    Request,
    RowMeasure,
    Study,
)
from auditor.scan.rows import SourceRows
from auditor.scan.wall import describe_failure, guarded
from auditor.sources.proof import RefutedError
from auditor.sources.types import Join, joined

__all__ = ["Pass", "describe_failure", "guarded", "run"]

if TYPE_CHECKING:
    import polars as pl

    from auditor.model import Dataset
    from auditor.settings import Settings
    from auditor.sources.types import Part, Source

BATCH_ROWS: Final = 1 << 15
"""Rows of one batch of a detector; parts and chunks are multiples of it or, of long rows, batches are chunks."""
FEW_ROWS: Final = 1000
"""Rows below which files are looked at together; less than what is worth remembering."""
POOL_ROWS: Final = 60_000
"""From this many rows on, starting worker processes pays."""
WORTH_BYTES: Final = 16 << 20
"""From this many bytes on, memory is given back after each stage: the collection takes half a second with all libraries loaded."""


@dataclass
class Pass:
    """One run of the engine: facts, and where the time went (seconds by stage)."""

    facts: Facts = field(default_factory=Facts)
    timings: dict[str, float] = field(default_factory=dict)
    large: bool = False
    """Worth giving memory back between two stages."""


def run(source: Source, requests: Iterable[Request], settings: Settings, progress: Callable[[str, float], None] = lambda *_: None) -> Pass:
    """Answer all requests; `progress(stage, share)` is told how far each stage is, 0 to 1.

    Raises:
        RefutedError: a file is not as it was taken to be, see `discover`.
    """
    done = Pass(large=sum(f.bytes for f in source.dataset.files) >= WORTH_BYTES)
    wanted = _closure(requests)
    measures = [r for r in wanted if isinstance(r, ColumnMeasure)]
    detectors = [r for r in wanted if isinstance(r, RowMeasure)]
    executors: dict[bool, Executor] = {}
    cache = open_cache(settings) if detectors and any(p.rows >= WORTH_ROWS for p in source.parts) else None

    def executor(*, for_detectors: bool) -> Executor:
        key = for_detectors and not settings.executor  # one that was asked for serves both
        if key not in executors:
            executors[key] = executor_of(settings, detectors=for_detectors, rows=total, worth=POOL_ROWS)
        return executors[key]

    total = max(1, sum(p.rows for p in source.parts))
    try:
        with _timed(done, "profile"):
            progress("profile", 0.0)
            measure_all(source.parts, measures, executor(for_detectors=False), done.facts, lambda rows: progress("profile", rows / total))
            _settle(source)
        for detector in detectors:
            with _timed(done, type(detector).__name__):
                _Detection(source, detector, lambda: executor(for_detectors=True), cache, progress).into(done.facts)
    finally:
        for started in executors.values():
            started.close()
        if cache is not None:
            cache.trim()
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


def _settle(source: Source) -> None:
    """See to it that nothing is taken for granted any more."""
    for proof, rows in source.proofs:
        if not proof.done and not proof.failed:  # the pass has not asked for all of its columns
            for _ in batches(rows, CHUNK_ROWS):
                pass
        if not proof.done:
            raise RefutedError


class _timed:  # noqa: N801 - used like a function
    def __init__(self, done: Pass, name: str) -> None:
        self._done, self._name = done, name

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        if self._done.large:
            release()
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


@dataclass
class _Detection:
    """One detector over all parts of a source."""

    source: Source
    detector: RowMeasure[Any]
    start: Callable[[], Executor]
    """Called only when some part has to be worked out."""
    cache: Cache | None
    progress: Callable[[str, float], None]
    seen: int = 0
    """Rows done."""

    def into(self, facts: Facts) -> None:
        """Put the state over all parts into `facts`, or why it failed."""
        self._tell(0)
        state, reason = guarded(type(self.detector).__name__, self._state)
        if reason:
            facts.fail(self.detector, reason)
        elif state is not None:
            facts.put(self.detector, state)

    def _tell(self, rows: int) -> None:
        self.seen += rows
        total = max(1, sum(p.rows for p in self.source.parts))
        self.progress(type(self.detector).__name__, min(1.0, self.seen / total))

    def _state(self) -> object:
        parts = self.source.parts
        keys = [key_of(self.detector, p, self.source.dataset) if self.cache is not None and p.rows >= WORTH_ROWS else "" for p in parts]
        known = [self.cache.get(k) if self.cache is not None and k else None for k in keys]
        state: Any = None
        for key, found, partial in zip(keys, known, self._partials(known), strict=True):
            if self.cache is not None and key and found is None:
                self.cache.put(key, partial)
            if partial is not None:
                state = partial if state is None else self.detector.merge(state, partial)
        return state

    def _partials(self, known: list[Any]) -> Iterator[Any]:
        """The state of every part in part order: known ones as they are, the others worked out."""
        unknown = [part for part, found in zip(self.source.parts, known, strict=True) if found is None]
        executor = self.start() if unknown else None
        dataset = self.source.dataset
        results: Iterator[Any] = iter(())
        if isinstance(executor, RayExecutor):  # the workers read: no data through the driver
            results = executor.run(_of_part, ((self.detector, part, dataset) for part in unknown))
        at = 0
        while at < len(known):
            part, found = self.source.parts[at], known[at]
            if found is not None or executor is None:
                self._tell(part.rows)
                yield found
            elif isinstance(executor, RayExecutor):
                yield next(results)
                self._tell(part.rows)
            else:
                run = self._run(at, known)
                yield from self._states(run, executor.run(_of_batch, ((self.detector, batch, dataset) for batch in _encoded(run, self.detector.columns))))
                at += len(run) - 1
            at += 1

    def _run(self, first: int, known: list[Any]) -> list[Part]:
        """Parts from `first` on that are read by one scan: all pieces of a table, or files of a few rows, which cost a round of all patterns each."""
        begin = self.source.parts[first]
        unknown = itertools.takewhile(lambda p: p[1] is None, zip(self.source.parts[first:], known[first:], strict=True))
        if begin.whole is not None:
            pieces = [part for part, _ in unknown if _one_table(begin, part)]
            return pieces if len(joined(pieces, Join.COSTLY)) == 1 else [begin]  # some pieces side by side would each read what lies before
        run: list[Part] = []
        for part, _ in unknown:
            if run and (part.rows >= FEW_ROWS or run[-1].rows >= FEW_ROWS or sum(p.rows for p in run) >= BATCH_ROWS):
                break
            run.append(part)
        return run

    def _states(self, run: list[Part], results: Iterator[tuple[int, Any]]) -> Iterator[Any]:
        """The state of every part of a run; of files that are looked at together one state for all, in place of the last."""
        ends = list(itertools.accumulate(p.rows for p in run)) if _one_table(run[0], run[-1]) else []
        state: Any = None
        seen = done = 0
        for rows, partial in results:
            state = partial if state is None else self.detector.merge(state, partial)
            seen += rows
            self._tell(rows)
            if done < len(ends) - 1 and seen >= ends[done]:
                yield state
                state, done = None, done + 1
        yield from itertools.repeat(None, len(run) - 1 - done)
        yield state


def _one_table(a: Part, b: Part) -> bool:
    """Whether two parts are pieces of the same table."""
    return a.whole is not None and b.whole is not None and (a.split, a.whole.key) == (b.split, b.whole.key)


def _encoded(parts: Sequence[Part], columns: tuple[str, ...]) -> Iterator[bytes]:
    import polars as pl

    rows = pl.concat([p.lazy().select(FILE, ROW, SPLIT, *columns) for p in joined(parts)])
    for batch in batches(rows, min(BATCH_ROWS, *(p.chunk_rows for p in parts))):
        buffer = io.BytesIO()
        batch.write_ipc(buffer)
        yield buffer.getvalue()


def _of_batch(item: tuple[RowMeasure[Any], bytes, Dataset]) -> tuple[int, Any]:
    import polars as pl

    detector, data, dataset = item
    frame: pl.DataFrame = pl.read_ipc(io.BytesIO(data))
    return frame.height, detector.of(frame, dataset)


def _of_part(item: tuple[RowMeasure[Any], Part, Dataset]) -> Any:
    detector, part, dataset = item
    state: Any = None
    for batch in batches(part.lazy().select(FILE, ROW, SPLIT, *detector.columns), min(BATCH_ROWS, part.chunk_rows)):
        partial = detector.of(batch, dataset)
        state = partial if state is None else detector.merge(state, partial)
    return state
