"""What a report is: a pure function from a finished `Report` to text, and the few choices a reader has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

from auditor.model import Report

MIN_WIDTH, WIDTH, MAX_WIDTH = 60, 100, 160
"""Columns of the terminal report: least, where none is known, and most (longer lines are hard to follow)."""


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How the reader wants it. Only the terminal report looks at the first, second and fourth."""

    width: int = WIDTH
    """Columns, 60 to 160."""
    colour: bool = False
    """ANSI colours; every state also has a word and a mark."""
    verbose: bool = False
    """All findings, not only the first screen."""
    ascii_only: bool = False
    """No character beyond ASCII, for terminals and pipes that are not UTF-8."""


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """One output format; a module of this package exports it as `REPORT`."""

    name: str
    """Word after `-f`."""
    suffix: str
    """File suffix with its dot, by which `-o` can tell the format."""
    render: Callable[[Report, RenderOptions], str]
    help: str = ""
    """What it is good for, in a few words."""


def as_markup(text: str, options: RenderOptions) -> str:
    """`text` of HTML or Markdown, with character references for what is not ASCII where only that can be shown."""
    return text.encode("ascii", "xmlcharrefreplace").decode() if options.ascii_only else text


def options_for(
    stream: TextIO, environ: Mapping[str, str], *, columns: int = 0, verbose: bool = False
) -> RenderOptions:
    """Options that suit `stream`: colour on a terminal unless NO_COLOR is set, ASCII unless it takes UTF-8.

    Args:
        stream: where the report will be written.
        environ: the environment; NO_COLOR (no-color.org: any non-empty value) and TERM=dumb turn colour off.
        columns: width of the terminal; 0 where it isn't one (100 is then used, so that a piped report never varies).
        verbose: all findings.
    """
    tty = stream.isatty()
    colour = tty and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "").replace("_", "")
    width = min(MAX_WIDTH, max(MIN_WIDTH, columns)) if tty and columns else WIDTH
    return RenderOptions(width=width, colour=colour, verbose=verbose, ascii_only=not encoding.startswith("utf"))
