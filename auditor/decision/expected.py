"""What a model trained on the data should reach on clean inputs, with a range that the benchmark has checked.

    skill = skill of the probe / max(.5, label_joint) * coverage

in chance-scaled units: the lower of the probe's two readings, without what wrong labels in the measurement hide, for the declared classes that
exist. Another family of models reads another figure, so the range is the 5 % to 95 % of what the benchmark's trained models read
above it; offset and range are in `score_model.json`, fitted by `tests/benchmarks/score_validity/fit.py` and checked there on
sources that were left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from auditor.model import Expected

if TYPE_CHECKING:
    from auditor.detectors.results import ProbeFacts

_LEAST_TRUST: Final = 0.5
"""Noise is not divided out beyond this: there the probe's own error cannot be told from it."""


def skill(values: Mapping[str, float]) -> float:
    """Chance-scaled skill on clean inputs, 0 to 1, from factors by name."""
    return min(1.0, values["skill"] / max(_LEAST_TRUST, values["label_joint"])) * values["coverage"]


def expected(values: Mapping[str, float], probe: ProbeFacts | None, offset: tuple[float, float, float]) -> Expected | None:
    """The metric of the probe on clean inputs, with its 90 % range; None where no probe of classes was trained.

    Args:
        values: factors by name.
        probe: what the probe read.
        offset: what trained models read above `skill`: 5 %, middle and 95 %.
    """
    if probe is None or not probe.measured or probe.metric != "balanced accuracy":
        return None
    centre = skill(values)
    low, middle, high = (probe.chance + (1 - probe.chance) * min(1.0, max(0.0, centre + d)) for d in offset)
    return Expected(probe.metric, middle, low, high)
