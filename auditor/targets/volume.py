"""How many rows are enough for what: bands with the sentences they rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Band:
    """Effective rows from `least` up to the next band."""

    least: int
    verdict: str
    advice: str
    source: str
    enough: bool


BANDS: Final = (
    Band(0, "fewer than any provider takes", "write at least 50 examples, or work on the prompt", "OpenAI SFT guide: minimum 10 examples", False),
    Band(10, "configuring the prompt is the better use of the time", "write 50 examples; if they change nothing, rethink the task or the prompt before adding data", "OpenAI SFT guide: start with 50 well-crafted examples", False),
    Band(50, "enough for a pilot only", "train a pilot and measure it on a hold-out before collecting more", "OpenAI SFT guide: improvements from 50 to 100 examples", False),
    Band(100, "enough for a narrow task of format or style, if a baseline has been evaluated", "", "Vertex AI: start with 100 examples; AWS Nova: at least 100 samples per task", True),
    Band(1000, "volume is no obstacle", "", "LIMA, arXiv 2305.11206: 1,000 curated examples (number recalled); AWS Nova DPO: 1,000 pairs", True),
)
"""Bands by their least number of effective rows; the cuts are ours, the sources stand beside them."""


def band_of(rows: int) -> Band:
    """The band of a number of effective rows."""
    return next(b for b in reversed(BANDS) if rows >= b.least)
