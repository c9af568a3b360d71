"""How many rows files with similar names have in common."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from auditor.scan.request import Facts, Rows, Study

_WORDS: Final = re.compile(r"(final|copy|new|real|old|backup|bak|tmp|latest|rev|version|ver|v)?[\d]*$|^\d+$")
_SHARD: Final = re.compile(r"\d{3,}-of-\d{3,}")
MAX_PAIRS: Final = 50
MAX_KEYS: Final = 8_000_000
"""Rows of all compared files above which only those of some hashes are compared, the same in every file: 64 MB."""


def stem_family(path: str) -> str:
    """The name of a file without the words and numbers that tell versions apart; shards (`00001-of-00004`) keep theirs."""
    pure = PurePosixPath(path)
    stem = pure.name.split(".")[0].lower()
    if _SHARD.search(stem):
        return str(pure)
    words = [w for w in re.split(r"[-_ ()]+", stem) if w and not _WORDS.fullmatch(w)]
    return f"{pure.parent}/{'_'.join(words)}"


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two files and the share of the smaller one's rows that the larger one has too, 0 to 1."""

    smaller: str
    larger: str
    rows: int
    share: float


@dataclass(frozen=True)
class FileOverlap(Study[tuple[Overlap, ...]]):
    """Row overlap of files of one split and one stem family; at most 50 pairs."""

    def run(self, rows: Rows, facts: Facts) -> tuple[Overlap, ...]:  # noqa: ARG002
        """One `Overlap` per pair."""
        import numpy as np

        data = rows.dataset
        families: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for i, file in enumerate(data.files):
            families[stem_family(file.path), file.split].append(i)
        pairs = list(itertools.islice((p for members in families.values() for p in itertools.combinations(members, 2)), MAX_PAIRS))
        wanted = sorted({i for p in pairs for i in p})
        if not wanted:
            return ()
        one_of = -(-sum(data.files[i].rows for i in wanted) // MAX_KEYS)
        keys = {i: rows.hashes(i, one_of) for i in wanted}
        out: list[Overlap] = []
        for a, b in pairs:
            small, large = (a, b) if len(keys[a]) <= len(keys[b]) else (b, a)
            if len(keys[small]):
                share = float(np.isin(keys[small], keys[large]).mean())
                out.append(Overlap(data.files[small].path, data.files[large].path, data.files[small].rows, share))
        return tuple(out)
