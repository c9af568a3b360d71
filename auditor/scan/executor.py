"""Where work runs: the one seam between "this process" and "many". It knows nothing of audits."""

from __future__ import annotations

import gc
import itertools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from auditor.errors import MissingExtra, SourceError

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

    from auditor.settings import Settings

T = TypeVar("T")
R = TypeVar("R")

GARBAGE: Final = (50_000, 30, 30)
"""For `gc.set_threshold`. Loading the libraries makes a million objects that stay: looking for garbage among them every 700 allocations slows
a small audit by a tenth and more, and the workers by a sixth."""
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


def _begin() -> None:
    """What a worker does first. Ctrl-C is the parent's to handle: it ends the workers."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(*GARBAGE)


class PoolExecutor:
    """Processes for work that holds the interpreter lock. A killed worker's items are run again, none twice in the result."""

    def __init__(self, workers: int = 0) -> None:
        self._workers = workers or os.cpu_count() or 1
        self._pool = self._start()

    def _start(self) -> ProcessPoolExecutor:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        # spawn: a forked child of a process with Polars threads can deadlock
        return ProcessPoolExecutor(self._workers, mp_context=get_context("spawn"), initializer=_begin)

    def run(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Results in order; at most two items per worker are in flight, so memory doesn't grow with the data.

        Raises:
            BrokenProcessPool: when workers keep dying on the same item.
        """
        from concurrent.futures.process import BrokenProcessPool

        source = iter(items)
        waiting: list[tuple[T, Future[R], int]] = []
        while True:
            waiting += [(item, self._submit(fn, item), 0) for item in itertools.islice(source, 2 * self._workers - len(waiting))]
            if not waiting:
                return
            item, future, tries = waiting.pop(0)
            try:
                result = future.result()
            except BrokenProcessPool:
                if tries >= RETRIES:
                    raise
                self._end()
                self._pool = self._start()
                # results that came before the death are kept; everything else runs again
                again = [(i, f if f.done() and not f.exception() else self._submit(fn, i), t) for i, f, t in waiting]
                waiting = [(item, self._submit(fn, item), tries + 1), *again]
                continue
            yield result

    def _submit(self, fn: Callable[[T], R], item: T) -> Future[R]:
        from concurrent.futures.process import BrokenProcessPool

        try:
            return self._pool.submit(fn, item)
        except BrokenProcessPool:  # a worker died between two items
            self._end()
            self._pool = self._start()
            return self._pool.submit(fn, item)

    def _end(self) -> None:
        processes = list((self._pool._processes or {}).values())  # noqa: SLF001 - the only way to end them at once
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()

    def close(self) -> None:
        """Cancels what has not begun and ends the workers."""
        self._end()


class RayExecutor:
    """Ray core tasks on a cluster, or on one started on this machine; workers read the data themselves.

    Raises:
        MissingExtra: when Ray is not installed.
        SourceError: when the cluster cannot be reached or started.
    """

    def __init__(self, address: str = "", workers: int = 0) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_raylet_start_wait_time_s", "180")  # 30 s is too short on a busy machine
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")  # it would print tracebacks, whose messages may quote data
        try:
            import ray
        except ImportError:
            raise MissingExtra("--executor ray", "ray") from None
        self._ray: Any = ray
        self._workers = workers or (os.cpu_count() or 1)
        # workers of a cluster have the package installed; those started here find what this process finds
        here = {"env_vars": {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}}
        options: dict[str, Any] = {"include_dashboard": False, "num_cpus": self._workers, "runtime_env": here} if not address else {}
        try:
            ray.init(address=address or "local", log_to_driver=False, logging_level="ERROR", **options)
        except (ConnectionError, RuntimeError, TimeoutError, ValueError) as error:
            raise SourceError(f"--executor ray: the cluster cannot be {'reached' if address else 'started'} ({type(error).__name__})") from None
        if address:
            self._workers = max(1, int(ray.cluster_resources().get("CPU", 1)))

    def run(self, fn: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Results in order; a task whose worker dies is run again by Ray, at most `RETRIES` times."""
        remote = self._ray.remote(max_retries=RETRIES)(fn)
        source = iter(items)
        waiting = [remote.remote(item) for item in itertools.islice(source, 2 * self._workers)]
        while waiting:
            result = self._ray.get(waiting.pop(0))
            waiting.extend(remote.remote(item) for item in itertools.islice(source, 1))
            yield result

    def close(self) -> None:
        """Leave the cluster; one that was started here ends with it."""
        self._ray.shutdown()


def executor_of(settings: Settings, *, detectors: bool, rows: int, worth: int) -> Executor:
    """The executor that the settings ask for; without a word, processes for `detectors` from `worth` rows on, else this process."""
    if settings.executor == "ray":
        return RayExecutor(settings.address, settings.workers)
    if settings.executor == "process" or (not settings.executor and detectors and settings.workers != 1 and rows >= worth):
        return PoolExecutor(settings.workers)
    return LocalExecutor()
