"""How far an audit is, on stderr: a bar on a terminal, a plain line now and then where it is not one."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, TextIO

Tell = Callable[[str, float], None]
"""Told the stage and how far it is, 0 to 1."""

EVERY: Final = 10.0
"""Seconds between two plain lines: a log should show that something goes on, not be filled with it."""
_FIRST: Final = 5.0
"""Seconds before the first one; a quick audit says nothing."""


WORDS: Final = {
    "profile": "counting", "PiiScan": "personal data and secrets", "NamesStudy": "looking for names", "SuiteRun": "running expectation suites",
    "DuplicateStudy": "looking for duplicates", "LeakStudy": "looking for leaks", "ProbeStudy": "training a cheap model", "StabilityStudy": "comparing two halves",
    "PairStudy": "prompts against responses", "PreferenceStudy": "preferred against rejected", "DriftStudy": "comparing with production",
    "HoldoutDriftStudy": "hold-out against production", "OrderStudy": "reading along the file", "TimeStudy": "reading along time",
    "NewestStudy": "finding the newest record", "TextStudy": "reading texts", "WordingStudy": "comparing wording", "FileOverlap": "comparing files",
    "TargetStudy": "checking targets", "EvidenceStudy": "reading what is declared",
}  # fmt: skip
"""Stages by the names of the engine (which `--timings` prints) as people read them; short, so that rows and bytes have room behind them."""


def in_words(stage: str) -> str:
    """`ProbeStudy (1,260 rows, 170 kB)` as `training a cheap model (1,260 rows, 170 kB)`."""
    name, *rest = stage.split(" ", 1)
    return " ".join((WORDS.get(name, name), *rest))


def measured(rows: int, size: int) -> str:
    """Rows and bytes in words: `1,000,000 rows, 60 MB`."""
    number, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if number < 999.5:  # what would round to a thousand
            break
        number, unit = number / 1000, larger
    return f"{rows:,} rows, {number:.3g} {unit}"


def spoken(seconds: float) -> str:
    """A duration in words: `12 s`, `3 min 20 s`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


class Lines:
    """A line every `EVERY` seconds with the stage, its share and the time that is left of it."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._clock = stream, clock
        self._start = self._stage_start = clock()
        self._next = self._start + _FIRST
        self._stage = ""

    def __call__(self, stage: str, share: float) -> None:
        """Say it, if it is time."""
        now, stage = self._clock(), in_words(stage)
        if stage != self._stage:
            self._stage, self._stage_start = stage, now
        if now < self._next:
            return
        self._next = now + EVERY
        spent = now - self._stage_start
        left = f", about {spoken(spent / share * (1 - share))} left of it" if 0.01 < share < 1 and spent > 1 else ""
        self._stream.write(f"audit: {stage}: {share:.0%} after {spoken(now - self._start)}{left}\n")
        self._stream.flush()


class Shown:
    """Progress as long as the context lasts: nothing when `quiet`, a bar on a terminal, else plain lines."""

    def __init__(self, stream: TextIO, *, quiet: bool) -> None:
        self._stream, self._quiet = stream, quiet
        self._bar: Any = None

    def __enter__(self) -> Tell:
        """What is to be told."""
        if self._quiet:
            return lambda _stage, _share: None
        if not self._stream.isatty():
            return Lines(self._stream)
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        columns = (TextColumn("{task.description:<52.52}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(file=self._stream), transient=True)
        self._bar.start()
        stage, task = "", self._bar.add_task("", total=1.0)

        def tell(name: str, share: float) -> None:
            nonlocal task, stage
            if name != stage:
                self._bar.remove_task(task)
                task, stage = self._bar.add_task(in_words(name), total=1.0), name
            self._bar.update(task, completed=share)

        return tell

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
