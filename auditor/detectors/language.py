"""Responses in another language than their prompts, where both are written in one script (English and French, say).

Told by py3langid (a naive Bayes classifier of byte sequences for 140 languages, 5 MB, offline) from the first 500 characters of
each side, where the best language of either is clearly ahead of the second. Measured on nine public sets: 7 of 2,504 pairs differ, all of
them in two preference sets; none in the other seven. Without the optional package, nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SAMPLE = 2000
"""Pairs judged: a pair costs about a millisecond. Rows are in canonical order, so the first are a sample by content."""
READ = 500
LETTERS = 40
"""Letters that each side needs."""
CLEAR = 30.0
"""Lead of the best language over the second (difference of log-probabilities) on both sides; at 10, 4 pairs more differ."""
HABIT = 0.8
"""Share of the pairs told above which another language is what the set is about: in translations it is all of them, in nine public sets up to 2 %."""
WANTED = (
    r"(?i)translat|übersetz|tradu[cizs]|перев[её]д|翻译|翻譯|翻訳|번역|[中英法德日韩俄]文|[英法德日韩俄汉]语"
    r"|\b(?:english|german|french|spanish|italian|portuguese|dutch|polish|russian|ukrainian|turkish|arabic|hebrew|hindi|bengali|urdu|chinese|mandarin|japanese|korean|vietnamese|thai|greek|latin|swedish|danish|norwegian|finnish|czech|hungarian|romanian|indonesian"
    r"|deutsch|englisch|französisch|spanisch|italienisch|anglais|allemand|français|espagnol|italien|inglés|alemán|francés|español|inglês|português|inglese|tedesco|francese)\b"
)
"""Prompts that name a language, or ask for a translation: another one is what they want, perhaps."""
CHUNKS = 5
"""Parts of the texts of a class, all of which must be in one language (our choice)."""
NONE = frozenset({"zxx", "und"})
"""No language: code, numbers, names."""


def mismatched(prompts: list[str], responses: list[str], same_script: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], int, int] | None:
    """Rows whose response is in another language than the prompt, how many were judged, and of how many both languages are clear; None without the package.

    `same_script`: rows whose sides are written in one alphabet, the only ones judged.
    """
    try:
        import py3langid  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return None
    mask = np.zeros(len(prompts), np.bool_)
    judged = clear = 0
    for i in np.flatnonzero(same_script).tolist():
        if judged == SAMPLE:
            break
        sides = [t[:READ] for t in (prompts[i], responses[i])]
        if min(sum(map(str.isalpha, s)) for s in sides) < LETTERS:
            continue
        judged += 1
        a, b = (_language(py3langid.rank(s)) for s in sides)
        clear += a is not None and b is not None
        mask[i] = a is not None and b is not None and a != b
    return mask, judged, clear


def _language(ranked: list[tuple[str, float]]) -> str | None:
    """The language, where it is clear."""
    (best, first), (_, second) = ranked[:2]
    return str(best) if best not in NONE and float(first) - float(second) >= CLEAR else None


def of_all(texts: Sequence[str]) -> str | None:
    """The language that all `texts` are in, told a few at a time so that short ones count too; None where it is not one, or not clear."""
    import py3langid

    chunks = [" ".join(texts[i::CHUNKS]) for i in range(CHUNKS)]
    if min(sum(map(str.isalpha, c[:READ])) for c in chunks) < LETTERS:
        return None
    found = {_language(py3langid.rank(c[:READ])) for c in chunks}
    return found.pop() if len(found) == 1 else None


def installed() -> bool:
    """Whether the optional package is there."""
    from importlib.util import find_spec

    return find_spec("py3langid") is not None
