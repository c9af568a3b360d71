"""The question that the checks ask. Cheap to import: everything else is loaded when it is answered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from auditor.scan.request import Facts, Rows, Study
from auditor.targets.report import TargetReport

GENERIC: Final = "generic"
"""The own rules: always looked at, a veto only where asked for by name."""
READABLE: Final = frozenset({".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".parquet", ".arrow", ".feather", ".txt"})
"""File names that are read as rows."""
COMPRESSED: Final = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2", ".xz": "xz", ".zip": "zip"}
"""Endings of compressed files, by the container that `sources.magic` opens."""
METADATA: Final = frozenset({"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"})
"""Names of files that speak of the data and are none."""
_COLUMNAR: Final = frozenset({".parquet", ".arrow", ".feather"})
_BROKEN: Final = frozenset({"empty", "unreadable", "truncated", "bad_json"})


def container_of(path: Path) -> str:
    """The compression that the name of a file speaks of, empty for none."""
    return COMPRESSED.get(path.suffix.lower(), "")


def row_suffix(path: Path) -> str:
    """Ending that says how the rows of a file are written, compression apart: `.jsonl` for `train.jsonl.gz`.

    Empty for a compressed Parquet or Arrow file, which nothing reads.
    """
    suffix = path.suffix.lower()
    if suffix not in COMPRESSED:
        return suffix
    inner = Path(path.stem).suffix.lower()
    return "" if inner in _COLUMNAR else inner


@dataclass(frozen=True)
class TargetStudy(Study[TargetReport]):
    """Every row of the training and validation files against the rules of the targets.

    Reads the bytes of the files, not the parsed rows: positions, duplicate keys and byte-order marks are gone from those.
    No cap: each row is read once, and memory does not grow with the size of a file (but for 25 bytes a row).
    """

    targets: tuple[str, ...]
    """Names as asked for; empty = the own rules only, `auto` = the own rules and what the shape would suit."""
    max_length: int = 0
    tokenizer: str = ""
    packing: str = ""

    def run(self, rows: Rows, facts: Facts) -> TargetReport:  # noqa: ARG002 - nothing else is needed
        """The report.

        Raises:
            SourceError: none of the files can be read.
            ConfigError: a target or the tokenizer is not known.
        """
        from auditor.sources.walk import located
        from auditor.targets.engine import Source
        from auditor.targets.study import study

        root = Path(rows.dataset.root)
        splits = {f.path: set(f.split.split(",")) for f in rows.dataset.files}
        # A file that could not be read at all is what a target refuses first: it is looked at too.
        splits |= {n.file: {"train"} for n in rows.dataset.notes if n.kind in _BROKEN and n.file not in splits}
        if all("train" not in s for s in splits.values()):  # all that there is to train on
            splits = {name: {"train"} if "validation" in kinds else kinds for name, kinds in splits.items()}
        known = {"train", "validation"}
        if not any(s & known for s in splits.values()):
            splits = {name: {"train"} for name in splits}
        sources = []
        places = located(root, splits)
        for name, kinds in splits.items():
            path = places[name]
            if kinds & known and row_suffix(path) in READABLE and path.is_file():
                sources.append(Source(path, name, "train" if "train" in kinds else "validation"))
        shared = tuple(s.name for s in sources if s.split == "train" and len(splits[s.name]) > 1)
        return replace(study(sources, self.targets, self.max_length, self.tokenizer, self.packing), shared=shared)
