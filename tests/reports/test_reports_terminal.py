"""The terminal report: 40 lines, no line too wide, nothing that a pipe or an old terminal chokes on."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import ALL, not_ready

from auditor.reports import RenderOptions, options_for
from auditor.reports.lines import wrap
from auditor.reports.terminal import FIRST_SCREEN, render
from auditor.reports.text import cells, clean

SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("name", sorted(ALL))
def test_first_screen_fits(name: str, width: int) -> None:
    lines = render(ALL[name](), RenderOptions(width=width)).splitlines()
    assert len(lines) <= FIRST_SCREEN
    assert max(cells(line) for line in lines) <= width
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("verbose", [False, True])
def test_no_escape_without_colour_and_the_same_words_with_it(name: str, verbose: bool) -> None:
    plain = render(ALL[name](), RenderOptions(verbose=verbose))
    coloured = render(ALL[name](), RenderOptions(verbose=verbose, colour=True))
    assert not any(ord(c) < 32 and c != "\n" for c in plain)
    assert [line.rstrip() for line in SGR.sub("", coloured).splitlines()] == plain.splitlines()
    assert "\x1b" not in SGR.sub("", coloured)


@pytest.mark.parametrize("name", sorted(ALL))
@pytest.mark.parametrize("verbose", [False, True])
def test_ascii_only(name: str, verbose: bool) -> None:
    text = render(ALL[name](), RenderOptions(width=80, ascii_only=True, verbose=verbose))
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80


def test_first_screen_says_what_an_approver_asks() -> None:
    text = render(not_ready(), RenderOptions(width=160))
    for expected in (
        "✕ NOT READY", "2 vetoes failed", "? NOT YET PROVEN", "Recommended now: retrieval.", "✕ Learnable", "✓ Permitted", "LEK001", "BAL002", "61 range 47–70, blocked by 2 vetoes",
        "needed: 65", "unblocks", "✕ Change frequency", "✓ Maintenance capacity", "NOT CHECKED", "POLICY CHANGED", "WAIVED", "exit code 1", "audit verify report.json ./support-tickets",
    ):  # fmt: skip
        assert expected in text, expected


def test_verbose_has_every_finding_file_and_reject() -> None:
    report = not_ready()
    text = re.sub(r"\s+", " ", render(report, RenderOptions(width=120, verbose=True)))
    for one in report.findings:
        assert f"{one.code} {clean(one.subject)}: {one.message}" in text
    for expected in (
        "train-1.jsonl",
        "ignored README.md",
        "train-0.jsonl:17",
        "label: label",
        "not eliminated",
        "missing: price of an error",
        "0.0619 (0.0531–0.0721)",
        "fix: Keep one.",
    ):
        assert expected in text, expected


@pytest.mark.parametrize(
    ("tty", "encoding", "environ", "columns", "expected"),
    [
        (True, "utf-8", {}, 120, RenderOptions(width=120, colour=True)),
        (True, "utf-8", {"NO_COLOR": "1"}, 120, RenderOptions(width=120)),
        (True, "utf-8", {"NO_COLOR": ""}, 120, RenderOptions(width=120, colour=True)),
        (True, "utf-8", {"TERM": "dumb"}, 120, RenderOptions(width=120)),
        (True, "UTF-8", {}, 400, RenderOptions(width=160, colour=True)),
        (True, "utf8", {}, 20, RenderOptions(width=60, colour=True)),
        (True, "latin-1", {}, 0, RenderOptions(colour=True, ascii_only=True)),
        (False, "utf-8", {}, 200, RenderOptions()),
        (False, "ascii", {}, 0, RenderOptions(ascii_only=True)),
    ],
)
def test_options_for(tty: bool, encoding: str, environ: dict[str, str], columns: int, expected: RenderOptions) -> None:
    class Stream(io.TextIOWrapper):
        def isatty(self) -> bool:
            return tty

    assert options_for(Stream(io.BytesIO(), encoding=encoding), environ, columns=columns) == expected


@given(st.lists(st.text("ab 名é", max_size=30), max_size=5), st.integers(12, 40), st.integers(0, 8))
def test_wrap_loses_no_character_and_no_line_is_too_wide(texts: list[str], width: int, hang: int) -> None:
    lines = wrap(tuple((t, "") for t in texts), width, hang)
    flat = ["".join(t for t, _ in line) for line in lines]
    assert all(cells(line.rstrip()) <= width for line in flat)
    assert "".join("".join(texts).split()) == "".join("".join(flat).split())


def test_reports_load_nothing_heavy() -> None:
    code = "import sys, auditor.reports as r; r.formats(); print([m for m in ('polars','jinja2','rich','numpy','sklearn','pandas') if m in sys.modules])"
    done: Any = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "[]"
