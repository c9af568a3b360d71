"""Do the files stay as they are while they are read? What is measured in several passes must be of one state, the one whose digest is told."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from auditor.errors import SourceError
from auditor.sources.names import spoken_path

State: TypeAlias = tuple[int, int]
"""Bytes, and time of the last change in ns."""


def states(root: Path) -> dict[str, State]:
    """State of every file at or below `root`, by its POSIX path relative to it (the name where `root` is a file); not in hidden folders or behind links."""
    if not root.is_dir():
        return _state({root.name: root})
    found: dict[str, State] = {}
    for folder, below, names in os.walk(root, followlinks=False):
        below[:] = [b for b in below if not b.startswith(".")]
        found |= _state({Path(folder, name).relative_to(root).as_posix(): Path(folder, name) for name in names})
    return found


def _state(paths: Mapping[str, Path]) -> dict[str, State]:
    out = {}
    for name, path in paths.items():
        try:
            status = path.lstat()
        except OSError:  # gone, or not ours to see: a change if it was there before
            continue
        out[name] = (status.st_size, status.st_mtime_ns)
    return out


def unchanged(root: Path, before: Mapping[str, State], used: Iterable[Path]) -> None:
    """Compare the files `used` with what they were `before`.

    Raises:
        SourceError: naming the first file that has changed, or gone, meanwhile.
    """
    now = states(root)
    for path in used:
        name = path.relative_to(root).as_posix() if root.is_dir() else root.name
        if name in before and now.get(name) != before[name]:
            what = "grew or was rewritten" if name in now else "was removed"
            raise SourceError(f"{spoken_path(name)} {what} while it was audited, so the figures would be of two states; audit it again when nobody writes to it, or audit a copy")
