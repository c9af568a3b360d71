"""Folders of nothing but documentation: phrases of a chatbot among them, or pages of which each is one row."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from auditor.sources import columnar
from auditor.sources.types import Candidate
from auditor.sources.walk import DOCUMENTATION, is_about, located

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auditor.model import Ignored
    from auditor.sources.types import ReadResult

PHRASED: Final = (".yml", ".yaml", ".md")
"""Files that may hold phrases of intents."""
_PAGES: Final = (".md", ".markdown", ".mdx", ".rst", ".adoc")
_FEW: Final = 3
"""Fewer pages are a note on data that are somewhere else."""


def read(root: Path, ignored: Sequence[Ignored]) -> list[tuple[Candidate, ReadResult]]:
    """What files that were passed over as documentation hold, where a folder has nothing else."""
    names = [i.path for i in ignored if i.reason == DOCUMENTATION and not is_about(PurePosixPath(i.path).name)]
    files = [Candidate(path, name, path.stat().st_size) for name, path in located(root, names).items()]
    phrases = [(f, result) for f in files if f.name.lower().endswith(PHRASED) and (result := columnar.read_phrases(f)) is not None]
    if phrases:
        return phrases
    pages = [f for f in files if f.name.lower().endswith(_PAGES) and f.size]
    return [(f, columnar.read_page(f)) for f in pages] if len(pages) >= _FEW else []
