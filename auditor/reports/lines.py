"""Coloured, wrapped lines for a terminal, without boxes, markup or cursor movement: they read the same in a log file.

Colours are written as plain SGR sequences from the sixteen colours that every terminal theme defines. Text reaches this
module cleaned, so the only escape bytes in the output are ours, and without colour there are none.
"""

from __future__ import annotations

from auditor.reports.base import RenderOptions
from auditor.reports.text import cells, clean, to_ascii

SGR = {"bad": "1;31", "warn": "33", "good": "32", "none": "35", "soft": "2", "head": "1"}
"""Select-graphic-rendition codes by tone."""

LONGEST = 20_000
"""Longest span in characters; far beyond what any caller puts in one."""
Span = tuple[str, str]
"""Some text and its tone; the empty tone is plain."""


class Lines:
    """Lines of spans in the order in which they are added."""

    def __init__(self, options: RenderOptions) -> None:
        self.options = options
        self._lines: list[list[Span]] = []

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, *spans: Span, hang: int = 0, most: int = 0) -> None:
        """One paragraph, wrapped; further lines are indented by `hang` cells; at most `most` lines, 0 for all."""
        # The second fence: whatever a caller forgot to clean cannot steer the terminal.
        spans = tuple((clean(t, LONGEST), tone) for t, tone in spans)
        if self.options.ascii_only:
            spans = tuple((to_ascii(t), tone) for t, tone in spans)
        wrapped = wrap(spans, self.options.width, hang)
        if most and len(wrapped) > most:
            wrapped = wrapped[:most]
            wrapped[-1] = _cut(wrapped[-1], self.options)
        self._lines += wrapped

    def gap(self) -> None:
        """An empty line, never two in a row."""
        if self._lines and self._lines[-1]:
            self._lines.append([])

    def text(self) -> str:
        """All lines, each ending in a newline and none in a space."""
        return "".join(self._line(line) + "\n" for line in self._lines)

    def _line(self, line: list[Span]) -> str:
        if not self.options.colour:
            return "".join(t for t, _ in line).rstrip()
        return "".join(f"\x1b[{SGR[tone]}m{t}\x1b[0m" if tone in SGR and t.strip() else t for t, tone in line)


def wrap(spans: tuple[Span, ...], width: int, hang: int = 0) -> list[list[Span]]:
    """`spans` as lines of at most `width` cells, broken at spaces; a word longer than a line is broken anywhere."""
    lines: list[list[Span]] = [[]]
    used = 0
    for text, tone in spans:
        for word in _words(text):
            piece = word
            if used + cells(piece.rstrip()) > width and used > hang:
                lines.append([(" " * hang, "")])
                used = hang
                piece = piece.lstrip()
            while cells(piece.rstrip()) > width - used:
                head = _take(piece, width - used)
                lines[-1].append((head, tone))
                lines.append([(" " * hang, "")])
                used, piece = hang, piece[len(head) :]
            lines[-1].append((piece, tone))
            used += cells(piece)
    return [line for line in lines if any(t.strip() for t, _ in line)] or [[]]


def _words(text: str) -> list[str]:
    """`text` in words, each with the spaces before it, so that joining them gives `text` again."""
    out: list[str] = []
    for i, part in enumerate(text.split(" ")):
        if i == 0:
            out.append(part)
        elif part == "" or (out and out[-1].strip() == ""):
            out[-1] += " " + part
        else:
            out.append(" " + part)
    return out


def _take(text: str, width: int) -> str:
    """The longest head of `text` that fits `width` cells; at least one character, so that wrapping ends."""
    end = 1
    while end < len(text) and cells(text[: end + 1]) <= width:
        end += 1
    return text[:end]


def _cut(line: list[Span], options: RenderOptions) -> list[Span]:
    """`line` with its end replaced by an ellipsis that fits."""
    sign = "..." if options.ascii_only else "…"
    text = "".join(t for t, _ in line)
    drop = cells(text) + len(sign) + 1 - options.width
    out = list(line)
    while drop > 0 and out:
        last, tone = out.pop()
        drop -= cells(last)
        if drop < 0 and not any(t.strip() for t, _ in out):  # one long word fills the line: keep what fits of it
            out.append((_take(last, -drop), tone))
    return [*out, (f" {sign}", "soft")]
