"""Who asks: in conversations with a model the prompt does, and where the response does instead, user and assistant are exchanged.

Told by forms, one text alone: it begins with a request ("Write ...", "Can you ...", in six languages), or is nothing but one question. In
nine public sets up to 2 % of the rows have such a response to a prompt that asks nothing, and 3 to 70 % the reverse. Unlike a comparison of
the sides with each other (`turned`) this sees a set that is exchanged as a whole, or in half of its rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from auditor.detectors.debris import bools

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST: Final = 20
LEAST_SHARE: Final = 0.1
"""Rows, and their share of all, in which the response asks, from which the sides seem to be exchanged (our choice: public sets read up to .022)."""
_MORE: Final = r"^\W*(?i:please|kindly|can you|could you|would you) (?i:provide|share|clarify|specify|let me know|tell me|give me|confirm)\b"
"""What assistants ask for: more of the same talk."""
_REQUEST: Final = (
    r"^\W*(?i:(?:please|kindly|can you|could you|would you|will you)\b"
    r"|(?:write|explain|generate|create|describe|list|translate|summari[sz]e|rewrite|rephrase|paraphrase|identify|classify|categori[sz]e|suggest|design|compare|calculate|compute|convert|edit|propose|compose|help me|tell me|give me|show me)\s"
    r"|(?:give|find|make|provide) (?:an?|the|some)\b|i need (?:to|an?|help|you)\b|i want (?:to|you)\b"
    r"|(?:schreiben?|erkläre|nenne|übersetze|beschreibe|kannst du|können sie|écris|écrivez|expliquez?|explica|traduis|traduisez|peux-tu|pouvez-vous|escribe|traduce|puedes)\s"
    r"|请|写|给出|列出|描述|解释|生成|创建|翻译|编写)"
)
_QUESTION: Final = r"^[^.!?。？！\n]{3,}[?？]$"
"""One sentence, which is a question."""


def asks(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Whether each text is a request or a single question."""
    said = pl.Series(list(texts), dtype=pl.String).str.slice(0, 2000).str.strip_chars()
    return (bools(said.str.contains(_REQUEST)) & ~bools(said.str.contains(_MORE))) | bools(said.str.contains(_QUESTION))


def asking(prompts: Sequence[str], responses: Sequence[str]) -> tuple[NDArray[np.bool_], int]:
    """Rows in which the response asks and the prompt does not, none where they are too few to mean it; and in how many it is the other way round."""
    a, b = asks(prompts), asks(responses)
    wrong = b & ~a
    told = wrong.sum() >= max(LEAST, LEAST_SHARE * len(wrong))
    return (wrong if told else np.zeros(len(wrong), np.bool_)), int((a & ~b).sum())
