"""Layouts that say themselves which files count: Hugging Face cards, Delta and Iceberg tables, documents in class folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from auditor.errors import MissingExtra, SourceError
from auditor.model import Ignored
from auditor.sources import boxes, folders, iceberg, intents
from auditor.sources.types import Candidate

_CARD_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class Layout:
    """Files that count, those that don't and why, and the splits that the layout names."""

    files: list[Candidate]
    ignored: list[Ignored]
    splits: dict[str, str]
    """Path -> name of the split as the card writes it."""
    classes: Mapping[str, str | None] = field(default_factory=dict)
    """Path -> class of a document, where files are documents sorted into folders."""


def apply(root: Path, files: list[Candidate]) -> Layout:
    """The files that the layout of `root` counts.

    Raises:
        MissingExtra: for a Delta table when `deltalake` is not installed, for an Iceberg table when `pyiceberg` is not.
        SourceError: for a table that is damaged, or whose rows are not simply those of some files.
    """
    if root.is_file():
        return Layout(files, [], {})
    files, ignored = _delta(root, files)
    files, outdated = iceberg.current(files)
    files, settings = intents.without_settings(files)
    files, figures = boxes.without(files)
    ignored += [*outdated, *settings, *figures]
    wanted = _configs(root / "README.md")
    if not wanted and (classes := folders.classes(files)):
        ignored += [Ignored(f.name, "beside the folders of files, each of one class") for f in files if f.name not in classes]
        return Layout([f for f in files if f.name in classes], ignored, {}, classes)
    if not wanted:
        return Layout(files, ignored, {})
    named = {f.name: split for f in files for split, patterns in wanted for p in patterns if _matches(f.name, p)}
    if not named:
        return Layout(files, ignored, {})
    ignored += [Ignored(f.name, "not among the data_files that README.md names") for f in files if f.name not in named]
    return Layout([f for f in files if f.name in named], ignored, named)


def _matches(name: str, pattern: str) -> bool:
    pattern = pattern.removeprefix("./")
    return fnmatch(name, pattern) or fnmatch(name, pattern.replace("**/", ""))


def _configs(card: Path) -> list[tuple[str, list[str]]]:
    """(split, patterns) of the default configuration in the YAML block of a data set card (Hugging Face, `configs:`)."""
    import yaml

    try:
        with card.open("rb") as stream:
            text = stream.read(_CARD_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    if not text.startswith("---"):
        return []
    try:
        meta = yaml.safe_load(text[3:].split("\n---", 1)[0])
    except (yaml.YAMLError, ValueError, RecursionError):
        return []
    listed = meta.get("configs") if isinstance(meta, dict) else None
    configs = [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []
    if not configs:
        return []
    chosen = next((c for c in configs if c.get("default") is True), next((c for c in configs if c.get("config_name") == "default"), configs[0]))
    return _splits(chosen.get("data_files"))


def _splits(listed: Any) -> list[tuple[str, list[str]]]:
    if isinstance(listed, str) or (isinstance(listed, list) and all(isinstance(x, str) for x in listed)):
        return [("train", [listed] if isinstance(listed, str) else listed)]
    out: list[tuple[str, list[str]]] = []
    for entry in listed if isinstance(listed, list) else []:
        path = entry.get("path") if isinstance(entry, dict) else None
        paths = [path] if isinstance(path, str) else [p for p in path if isinstance(p, str)] if isinstance(path, list) else []
        if paths:
            out.append((str(entry.get("split", "train")), paths))
    return out


def _delta(root: Path, files: list[Candidate]) -> tuple[list[Candidate], list[Ignored]]:
    """Of a Delta table only the files of its current version count: the others are old or deleted rows."""
    roots = sorted({f.path.parent.parent for f in files if f.path.parent.name == "_delta_log"})
    if not roots:
        return files, []
    try:
        import deltalake
    except ImportError:
        raise MissingExtra("reading a Delta table", "delta") from None
    current: set[Path] = set()
    for table in roots:
        try:
            current.update(Path(u.removeprefix("file://")).resolve() for u in deltalake.DeltaTable(str(table)).file_uris())
        except (deltalake.exceptions.DeltaError, OSError) as error:
            raise SourceError(f"{table.relative_to(root).as_posix() or '.'}: the Delta table cannot be read ({type(error).__name__})") from None
    kept: list[Candidate] = []
    ignored: list[Ignored] = []
    for file in files:
        inside = any(table in file.path.parents for table in roots)
        if not inside or file.path.resolve() in current:
            kept.append(file)
        else:
            ignored.append(Ignored(file.name, "not in the current version of the Delta table"))
    return kept, ignored

