"""Whether the hold-out asks what training teaches: how much easier it is than the training rows."""

from __future__ import annotations

import math
from typing import Final

from auditor.detectors.results import ProbeFacts

CLEAR: Final = 2.576
"""Standard errors (99 %, two-sided) from which the hold-out is easier or harder than training."""


def compared(probe: ProbeFacts) -> tuple[float, float, int] | None:
    """How much easier the hold-out is (in the metric), the half-width of the 99 % interval, and the hold-out's rows.

    Half of what doubling the rows brings is taken off: the hold-out is judged by a model of all training rows, cross-validation by one of
    four fifths.
    """
    from auditor.detectors.statistics import Z95

    group, held = probe.cv_group, probe.holdout
    if group is None or held is None or not probe.holdout_rows:
        return None
    gain = max(0.0, group.value - probe.cv_half.value) / 2 if probe.cv_half is not None else 0.0
    spread = math.hypot((group.high - group.low) / 2, (held.high - held.low) / 2, 1 / max(1, probe.holdout_rows)) / Z95
    return held.value - group.value - gain, CLEAR * spread, probe.holdout_rows
