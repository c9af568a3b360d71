"""Small inline plots. Only numbers go in, and what is drawn is also said in words for those who cannot see it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from auditor.reports.score_view import FactorLine, ScoreLine
from auditor.reports.text import clean, count, figure, percent

_LABEL_HALF = 82  # half the width of the longest label under the score's bar, so that it never leaves the picture


def _unit(value: float) -> float:
    """`value` inside 0 to 1; what is not a number counts as 0."""
    return min(1.0, max(0.0, value)) if math.isfinite(value) else 0.0


def score_bar(score: ScoreLine) -> str:
    """The score on a line from 0 to 100 with its range and, where the policy says so, what its low end must reach."""
    width = 330
    low, value, high = (_unit(v / 100) * width for v in (score.low, score.value, score.high))
    label = f"Score {score.value}, range {score.low} to {score.high}"
    parts = [
        f'<rect class="track" x="0" y="7" width="{width}" height="9" rx="4"/>',
        f'<rect class="range" x="{low:.1f}" y="7" width="{max(1.0, high - low):.1f}" height="9"/>',
        f'<rect class="mark" x="{min(width - 3, max(0, value - 1.5)):.1f}" y="3" width="3" height="17"/>',
    ]
    if score.needed is None:
        parts.append(f'<text x="0" y="33">0</text><text x="{width}" y="33" text-anchor="end">100</text>')
    else:
        at = _unit(score.needed / 100) * width
        middle = min(width - _LABEL_HALF, max(_LABEL_HALF, at))
        label += f", low end needed {score.needed}"
        parts.append(f'<line class="need" x1="{at:.1f}" y1="1" x2="{at:.1f}" y2="23"/>')
        parts.append(f'<text x="{middle:.1f}" y="33" text-anchor="middle">needed: {score.needed} at the low end</text>')
    return f'<svg viewBox="0 0 {width} 38" width="100%" style="max-width:{width}px" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def factor_bar(factor: FactorLine) -> str:
    """A factor from 0 to 1: filled to its low end, paler to its high end; a dashed frame where it is unknown."""
    low, high = sorted((_unit(factor.low) * 300, _unit(factor.high) * 300))
    shape = '<rect class="track" width="300" height="12"/>'
    if factor.known:
        shape += f'<rect class="fill" width="{max(low, 2):.1f}" height="12"/>'
        shape += f'<rect class="range" x="{low:.1f}" width="{high - low:.1f}" height="12"/>' if high > low else ""
    else:
        shape += f'<rect class="open" x="{low + 0.5:.1f}" y="0.5" width="{max(2.0, high - low - 1):.1f}" height="11"/>'
    word = (
        factor.brief
        if factor.known
        else f"unknown, {figure(factor.low, 2)} to {figure(factor.high, 2)}"
    )
    return _bar(shape, word)


def share_bar(share: float, most: float) -> str:
    """A share from 0 to 1, drawn against the greatest one of its table."""
    shape = '<rect class="track" width="300" height="12"/>'
    shape += f'<rect class="fill" width="{_unit(share / most if most > 0 else 0) * 300:.1f}" height="12"/>'
    return _bar(shape, percent(share))


def _bar(shape: str, label: str) -> str:
    return f'<svg class="bar" viewBox="0 0 300 12" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">{shape}</svg>'


def histogram(counts: Sequence[int], name: str) -> str:
    """Rows per bin as one path; empty for less than two bins or no rows."""
    top = max(counts, default=0)
    if len(counts) < 2 or top <= 0:
        return ""
    step = 150 / len(counts)
    draw = []
    for i, rows in enumerate(counts):
        if rows > 0:
            # at least half a pixel, so that a rare bin is still seen
            height = max(0.5, 28 * rows / top)
            draw.append(f"M{i * step:.4g} 28v-{height:.3g}h{max(0.5, step - 0.6):.3g}v{height:.3g}z")
    label = f"Histogram of {clean(name, 60)}: {count(sum(counts))} rows, fullest bin {count(top)}"
    return f'<svg class="hist" viewBox="0 0 150 28" preserveAspectRatio="none" role="img" aria-label="{escape(label)}"><path class="fill" d="{"".join(draw)}"/></svg>'
