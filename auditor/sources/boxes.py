"""Boxes in images, which are not read: told by name, so that their figures are no table of rows."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from auditor.model import Ignored

if TYPE_CHECKING:
    from auditor.sources.types import Candidate

_IMAGES: Final = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"))
_LINE: Final = re.compile(rb"\d{1,5}( (0|1|[01]?\.\d+(e-\d+)?)){4,}\s*")
"""A class and where it is, as shares of width and height: YOLO's boxes, polygons and key points."""
_BEGIN: Final = 4096
_SAMPLE: Final = 50
"""Files that are looked into."""
REASON: Final = "boxes in images (YOLO), which are not read; classes of whole images are, in folders named after them"


def without(files: list[Candidate]) -> tuple[list[Candidate], list[Ignored]]:
    """The files without those of boxes: texts named after an image each, nothing but figures, of which most are looked at in a sample."""
    images = {PurePosixPath(f.name).stem for f in files if PurePosixPath(f.name).suffix.lower() in _IMAGES}
    texts = [f for f in files if f.name.lower().endswith(".txt") and PurePosixPath(f.name).stem in images]
    if not texts or not all(_of_boxes(f) for f in texts[:_SAMPLE]):
        return files, []
    gone = {f.name for f in texts}
    return [f for f in files if f.name not in gone], [Ignored(f.name, REASON) for f in texts]


def _of_boxes(file: Candidate) -> bool:
    """Whether each line is a box; an empty file says that there is none in its image."""
    try:
        with file.path.open("rb") as stream:
            head = stream.read(_BEGIN)
    except OSError:
        return False
    lines = head.splitlines()
    return all(_LINE.fullmatch(line) for line in (lines[:-1] if len(head) == _BEGIN else lines) if line.strip())
