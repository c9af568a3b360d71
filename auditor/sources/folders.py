"""Documents, images or sounds sorted into folders: each file is one row, and the folder is its label (`train/pos/0_9.txt`, `cat/001.png`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath
from statistics import median
from typing import Final

from auditor.sources.splits import split_of_name
from auditor.sources.types import Candidate

LABEL: Final = "label"
TEXT: Final = "text"
MEDIA: Final = "media"
_FEW: Final = 5
"""Fewer files in each folder are some files in folders, not documents of a class."""
_INSIDE: Final = 0.9
"""Share of the text files that must lie in such folders; lists of names and of addresses lie beside them."""
_LARGEST: Final = 1 << 16
"""Bytes of the middle file: larger ones are shards of a corpus (WikiExtractor writes a megabyte each), not documents."""
_DATA: Final = re.compile(r"\.(csv|tsv|json|jsonl|ndjson|parquet|arrow|feather|xlsx?|xlsm|db|sqlite3?|conll|gz|zst|bz2|xz|zip)$", re.IGNORECASE)
_TEXT: Final = re.compile(r"(^|/)([^/.]+|\d[\d.\-_]*|[^/]+\.txt)$", re.IGNORECASE)
_MEDIA: Final = re.compile(r"\.(png|jpe?g|gif|webp|bmp|tiff?|heic|wav|mp3|flac|ogg|opus|m4a|mp4|avi|mov|mkv)$", re.IGNORECASE)
_UNLABELLED: Final = re.compile(r"^un(sup|supervised|labell?ed|known)$", re.IGNORECASE)
_SHARD: Final = re.compile(r"^(part|chunk|shard|batch|dir|folder|page|vol|volume|book|set|fold|group)?[-_ ]?\d+$", re.IGNORECASE)
_SIDES: Final = frozenset(
    ["input", "inputs", "output", "outputs", "source", "sources", "target", "targets", "src", "tgt", "article", "articles", "summary", "summaries", "document", "documents", "doc", "docs", "text", "texts", "txt", "raw", "clean", "prompt", "prompts", "response", "responses", "question", "questions", "answer", "answers", "original", "originals", "translation", "translations", "image", "images", "img", "imgs", "mask", "masks", "annotation", "annotations", "label", "labels", "audio", "audios", "video", "videos", "thumbnails"]
)


def is_media(name: str) -> bool:
    """Whether a file is an image, a sound or a video by its name."""
    return bool(_MEDIA.search(name))


def classes(files: Sequence[Candidate]) -> dict[str, str | None]:
    """Label of each file by its name where `files` are documents or media in class folders (None: a folder of unlabelled ones); else nothing.

    The folders of at least two classes stand beside each other, either once or in a folder for each split.
    """
    if any(_DATA.search(f.name) for f in files):
        return {}
    documents = _sorted([f for f in files if _TEXT.search(f.name)])
    if documents:
        return {} if median(f.size for f in files if f.name in documents) > _LARGEST else documents
    return _sorted([f for f in files if is_media(f.name)])


def _sorted(files: Sequence[Candidate]) -> dict[str, str | None]:
    held: dict[PurePosixPath, list[Candidate]] = defaultdict(list)
    for file in files:
        held[PurePosixPath(file.name).parent].append(file)
    found: dict[PurePosixPath, list[PurePosixPath]] = defaultdict(list)
    for folder, inside in held.items():
        if folder.name and len(inside) >= _FEW and split_of_name(folder.name) is None:
            found[folder.parent].append(folder)
    if not found or (len(found) > 1 and any(split_of_name(parent.name) is None for parent in found)):
        return {}
    names = [{f.name for f in folders if not _UNLABELLED.match(f.name)} for folders in found.values()]
    names = [n for n in names if n]
    if not names or not all(map(_are_classes, names)) or not set.intersection(*names):
        return {}
    labels = {f.name: None if _UNLABELLED.match(folder.name) else folder.name for folders in found.values() for folder in folders for f in held[folder]}
    if len(labels) < _INSIDE * len(files):
        return {}
    return {} if _parallel(found, held) else labels


def _are_classes(names: set[str]) -> bool:
    return len(names) > 1 and not any(_SHARD.match(n) for n in names) and not {n.lower() for n in names} & _SIDES


def _parallel(found: dict[PurePosixPath, list[PurePosixPath]], held: dict[PurePosixPath, list[Candidate]]) -> bool:
    """Folders named after languages with files of the same names: translations of each other."""
    for folders in found.values():
        if all(len(f.name) == 2 for f in folders) and len({frozenset(PurePosixPath(c.name).name for c in held[f]) for f in folders}) == 1:
            return True
    return False
