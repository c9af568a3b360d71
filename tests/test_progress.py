"""What is said of progress: nothing when quick or quiet, a line now and then, rows and bytes in words."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from auditor.audit import run
from auditor.progress import WORDS, Lines, Shown, in_words, measured, spoken
from auditor.registry import all_checks
from auditor.scan.request import RowMeasure, Study
from auditor.settings import Settings


@pytest.mark.parametrize(("rows", "size", "said"), [
    (0, 0, "0 rows, 0 bytes"),
    (12, 999, "12 rows, 999 bytes"),
    (1_000_000, 60_400_000, "1,000,000 rows, 60.4 MB"),
    (5, 999_999, "5 rows, 1 MB"),
    (10**9, 8 * 10**12, "1,000,000,000 rows, 8 TB"),
])
def test_rows_and_bytes(rows: int, size: int, said: str) -> None:
    assert measured(rows, size) == said


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (200, "3 min 20 s")])
def test_durations(seconds: float, said: str) -> None:
    assert spoken(seconds) == said


def test_lines_come_now_and_then_and_tell_what_is_left() -> None:
    now, out = [0.0], io.StringIO()
    tell = Lines(out, lambda: now[0])
    for second in range(41):
        now[0] = second
        tell("ProbeStudy (10 rows, 1 kB)" if second < 30 else "study", min(1.0, second / 40) if second < 30 else 0.0)
    lines = out.getvalue().splitlines()
    assert lines[0] == "audit: training a cheap model (10 rows, 1 kB): 12% after 5 s, about 35 s left of it"
    assert [line.split(": ")[1] for line in lines] == ["training a cheap model (10 rows, 1 kB)"] * 3 + ["study"]
    assert "left" not in lines[-1]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_quiet_and_quick_audits_say_nothing(stream: io.StringIO) -> None:
    with Shown(stream, quiet=True) as tell:
        tell("profile", 0.5)
    assert not stream.getvalue()


def test_a_terminal_gets_a_bar_that_goes_away() -> None:
    stream = Terminal()
    with Shown(stream, quiet=False) as tell:
        tell("profile (10 rows, 1 kB)", 0.5)
        tell("study", 1.0)
    assert "\x1b" in stream.getvalue()


def test_an_audit_tells_files_stages_rows_and_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("text,label\n" + "".join(f"{name} words {i},x{i % 2}\n" for i in range(50)))
    told: list[tuple[str, float]] = []
    run(tmp_path, Settings(select=("CMP",), cache_dir="none"), lambda stage, share: told.append((stage, share)))
    stages = dict(told)
    assert stages["reading a.csv"] == 0.0
    assert 0.4 < stages["reading b.csv"] < 0.6
    assert next(s for s in stages if "100 rows, " in s).startswith("profile (100 rows, ")
    assert max(share for _, share in told) == 1.0


def test_every_stage_has_words() -> None:
    assert all_checks()  # imports what they ask of the engine
    engine = {c.__name__ for kind in (Study, RowMeasure) for c in kind.__subclasses__() if c.__module__.startswith("auditor.")}
    assert engine <= set(WORDS)
    assert max(map(len, WORDS.values())) <= 27
    assert in_words("reading train.csv") == "reading train.csv"
