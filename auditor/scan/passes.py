"""The streamed pass: every measure sees every chunk of every part once; states are added up in part order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from auditor.scan.chunk import Chunk, batches
from auditor.scan.executor import LocalExecutor
from auditor.scan.repeats import Repeats, repeats
from auditor.scan.request import ColumnMeasure
from auditor.scan.wall import guarded
from auditor.sources.types import Join, joined

if TYPE_CHECKING:
    import polars as pl

    from auditor.scan.executor import Executor
    from auditor.scan.request import Facts
    from auditor.sources.types import Part

Measure = ColumnMeasure[Any]
States = dict[Measure, Any]
Work = tuple["Part", tuple[Measure, ...]]
PartResult = tuple[States, dict[Measure, str]]
"""States of a part, and the reason for each measure that failed on it."""

log = logging.getLogger("auditor")


def measure_all(
    parts: Sequence[Part], measures: Sequence[Measure], executor: Executor, facts: Facts, progress: Callable[[int], None] = lambda _: None
) -> None:
    """Put the state of every measure over all parts into `facts`, or why it failed; `progress` is told the rows done so far."""
    if isinstance(executor, LocalExecutor):
        # one fold over all parts instead of states of each: what the first rows have shown saves work on the last
        whole, reason = guarded("profile", lambda: _one_pass(parts, measures, progress))
        if whole is not None:
            for measure in measures:
                if measure in whole:
                    facts.put(measure, whole[measure])
            return
        log.debug("the fused pass failed (%s); measuring part by part", reason)
    done = 0
    failed: dict[Measure, str] = {}
    states: States = {}
    units = [replace(p, whole=None) for p in joined(parts, Join.FILES)]
    for part, (found, broken) in zip(units, executor.run(states_of_part, [(p, tuple(measures)) for p in units]), strict=True):
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
    found, reason = guarded("profile", lambda: _one_pass([part], measures))
    if found is not None:
        return found, {}
    log.debug("the fused pass failed (%s); measuring one by one", reason)
    states: States = {}
    broken: dict[Measure, str] = {}
    for measure in measures:
        single, why = guarded(type(measure).__name__, lambda m=measure: _one_pass([part], [m]))  # type: ignore[misc]
        if single is None:
            broken[measure] = why
        else:
            states |= single
    return states, broken


def _one_pass(parts: Sequence[Part], measures: Sequence[Measure], progress: Callable[[int], None] = lambda _: None) -> States:
    plan, done = _Plan(measures), 0
    for part in joined(parts, Join.COSTLY):
        for frame in batches(part.data, part.chunk_rows):
            plan.add(frame)
            done += frame.height
            progress(done)
    states = plan.states()
    if not states and parts:
        plan.add(parts[0].frame.head(0).collect())
        states = plan.states()
    return states


class _Plan:
    """The measures of a set by the columns they share, and the states so far."""

    def __init__(self, measures: Sequence[Measure]) -> None:
        self._columns = [m for m in measures if not m.by_value]
        self._by_value: dict[str, list[Measure]] = {}
        for m in measures:
            if m.by_value:
                self._by_value.setdefault(m.column, []).append(m)
        self._repeats: dict[str, Repeats | None] = {}
        self._states: States = {}

    def add(self, frame: pl.DataFrame) -> None:
        """Fold one chunk into the states."""
        chunk = Chunk(frame)
        self._fold(self._columns, chunk)
        for column, measures in self._by_value.items():
            values = chunk.cells(column).values
            if column not in self._repeats:
                self._repeats[column] = Repeats(values.dtype) if repeats(values) else None
            held = self._repeats[column]
            if held is None:
                self._fold(measures, chunk)
                continue
            held.add(values)
            if held.many:
                self._let_go(column, held)
                self._repeats[column] = Repeats(values.dtype) if held.worth else None

    def states(self) -> States:
        """States over all chunks."""
        for column, held in self._repeats.items():
            if held is not None:
                self._let_go(column, held)
        self._repeats.clear()
        return {m: m.settle(s) for m, s in self._states.items()}

    def _fold(self, measures: Sequence[Measure], chunk: Chunk) -> None:
        for measure in measures:
            state = self._states.get(measure)
            self._states[measure] = measure.of(chunk) if state is None else measure.fold(state, chunk)

    def _let_go(self, column: str, held: Repeats) -> None:
        if held.cells.values.len():
            self._fold(self._by_value[column], Chunk.of_cells(column, held.cells))
