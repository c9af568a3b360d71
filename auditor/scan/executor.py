"""Where work runs: the one seam between "this process" and "many". It knows nothing of audits."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Final, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

RETRIES: Final = 2
"""How often an item is tried again after its worker died."""


class Executor(Protocol):
    """Maps a pure, importable function over items; every item's result comes exactly once, in item order."""

    def run(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Results in the order of `items`."""
        ...

    def close(self) -> None:
        """Stop all workers; nothing keeps running."""
        ...


class LocalExecutor:
    """This process, one item after the other."""

    def run(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Results in order."""
        return map(fn, items)

    def close(self) -> None:
        """Nothing to stop."""


class PoolExecutor:
    """Processes for work that holds the interpreter lock. A killed worker's items are run again, none twice in the result."""

    def __init__(self, workers: int = 0, initializer: Callable[[], None] | None = None) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._initializer = initializer
        self._pool = self._start()

    def _start(self):  # type: ignore[no-untyped-def] # noqa: ANN202 - the type lives in a module that is imported here
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        # spawn: a forked child of a process with Polars threads can deadlock
        return ProcessPoolExecutor(self._workers, mp_context=get_context("spawn"), initializer=self._initializer)

    def run(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Results in order; at most two items per worker are in flight, so memory doesn't grow with the data.

        Raises:
            BrokenProcessPool: when workers keep dying on the same item.
        """
        from concurrent.futures.process import BrokenProcessPool

        source = iter(items)
        waiting = [(item, self._pool.submit(fn, item), 0) for item in itertools.islice(source, 2 * self._workers)]
        while waiting:
            item, future, tries = waiting.pop(0)
            try:
                result = future.result()
            except BrokenProcessPool:
                if tries >= RETRIES:
                    raise
                self._pool = self._start()
                waiting = [(item, self._pool.submit(fn, item), tries + 1), *((i, self._pool.submit(fn, i), t) for i, _, t in waiting)]
                continue
            waiting.extend((item, self._pool.submit(fn, item), 0) for item in itertools.islice(source, 1))
            yield result

    def close(self) -> None:
        """Cancels what has not begun and ends the workers."""
        processes = list((self._pool._processes or {}).values())  # noqa: SLF001 - the only way to end them at once
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
