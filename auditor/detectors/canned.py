"""Canned responses: one text behind many different prompts, where other responses are each their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 10
LEAST_SHARE = 0.02
"""Different prompts behind which a response is canned, in rows and as a share of all (our choice)."""
WORDS = 4
"""Responses of fewer words are classes or short answers, which come again."""
OWN = 0.5
"""Share of different responses among the others below which responses come again in any case."""


def canned(prompt: NDArray[np.uint64], response: NDArray[np.uint64], words: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows with a canned response; `prompt` and `response` are hashes of the texts, `words` how many a response has."""
    n = len(response)
    nothing = np.zeros(n, np.bool_)
    if n == 0:
        return nothing
    _, response_code, times = np.unique(response, return_inverse=True, return_counts=True)
    least = max(LEAST, LEAST_SHARE * n)
    if times.max() < least:
        return nothing
    prompt_code = np.unique(prompt, return_inverse=True)[1]
    pairs = np.unique(np.column_stack([response_code, prompt_code]), axis=0)
    prompts = np.bincount(pairs[:, 0], minlength=len(times))
    mask = (prompts[response_code] >= least) & (words >= WORDS)
    others = response_code[~mask]
    return mask if len(others) and len(np.unique(others)) >= OWN * len(others) else nothing
