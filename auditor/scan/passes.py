"""The streamed pass: every measure sees every chunk of every part once; states are added up in part order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from auditor.scan.chunk import Chunk, batches
from auditor.scan.request import ColumnMeasure, ExprMeasure, FrameMeasure
from auditor.scan.wall import guarded

if TYPE_CHECKING:
    import polars as pl

    from auditor.scan.executor import Executor
    from auditor.scan.request import Facts
    from auditor.sources.types import Part

Measure = ExprMeasure[Any] | ColumnMeasure[Any] | FrameMeasure[Any]
States = dict[Measure, Any]
Work = tuple["Part", tuple[Measure, ...]]
PartResult = tuple[States, dict[Measure, str]]
"""States of a part, and the reason for each measure that failed on it."""

log = logging.getLogger("auditor")


def measure_all(
    parts: Sequence[Part], measures: Sequence[Measure], executor: Executor, facts: Facts, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Put the state of every measure over all parts into `facts`, or why it failed; `progress` is told the rows done so far."""
    done = 0
    failed: dict[Measure, str] = {}
    states: States = {}
    for part, (found, broken) in zip(parts, executor.run(states_of_part, [(p, tuple(measures)) for p in parts]), strict=True):
        for measure, reason in broken.items():
            failed.setdefault(measure, reason)
        for measure, state in found.items():
            states[measure] = measure.merge(states[measure], state) if measure in states else state
        done += part.rows
        progress(done)
    for measure in measures:
        if measure in failed:
            facts.fail(measure, failed[measure])
        elif measure in states:
            facts.put(measure, states[measure])


def states_of_part(work: Work) -> PartResult:
    """States of one part. Where a measure fails, the pass is repeated without it."""
    part, measures = work
    found, reason = guarded("profile", lambda: _one_pass(part, measures))
    if found is not None:
        return found, {}
    log.debug("the fused pass failed (%s); measuring one by one", reason)
    states: States = {}
    broken: dict[Measure, str] = {}
    for measure in measures:
        single, why = guarded(type(measure).__name__, lambda m=measure: _one_pass(part, [m]))  # type: ignore[misc]
        if single is None:
            broken[measure] = why
        else:
            states |= single
    return states, broken


def _one_pass(part: Part, measures: Sequence[Measure]) -> States:
    states: States = {}
    plan = _Plan(measures)
    for frame in batches(part.data, part.chunk_rows):
        plan.add(Chunk(frame), states)
    if not states:
        plan.add(Chunk(part.frame.head(0).collect()), states)
    return states


class _Plan:
    """The fused expressions of a set of measures, and how to read their result."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self._fused = [m for m in measures if isinstance(m, ExprMeasure)]
        self._columns = [m for m in measures if isinstance(m, ColumnMeasure)]
        self._frames = [m for m in measures if isinstance(m, FrameMeasure)]
        keyed = [(i, m.exprs()) for i, m in enumerate(self._fused)]
        self._keys = [list(exprs) for _, exprs in keyed]
        self._exprs: list[pl.Expr] = [e.alias(f"{i}\0{key}") for i, exprs in keyed for key, e in exprs.items()]

    def add(self, chunk: Chunk, states: States) -> None:
        """Fold one chunk into `states`."""
        if self._exprs:
            values = chunk.frame.select(self._exprs).row(0, named=True)
            for i, measure in enumerate(self._fused):
                state = measure.of({key: values[f"{i}\0{key}"] for key in self._keys[i]})
                states[measure] = measure.merge(states[measure], state) if measure in states else state
        for column in self._columns:
            states[column] = column.fold(states[column], chunk) if column in states else column.of(chunk)
        for frame in self._frames:
            state = frame.of(frame.frame(chunk.frame.lazy()).collect())
            states[frame] = frame.merge(states[frame], state) if frame in states else state
