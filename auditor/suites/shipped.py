"""Where the shipped suites are, and which suites a data set gets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import ConfigError

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.settings import Settings

SUITE_FOLDER = "expectations"
"""Folder beside the data whose `*.json` are run as suites."""


def shipped_suites() -> dict[str, Path]:
    """Shipped suites by shape: inside the wheel, or in the checkout's `expectations/`. Empty where neither is there."""
    here = Path(__file__).resolve().parent
    for folder in (here / "shipped", here.parents[1] / SUITE_FOLDER):
        found = {p.stem: p for p in sorted(folder.glob("*.json"))}
        if found:
            return found
    return {}


def suite_files(data: Dataset, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Suites to run, as pairs of label and path: the shipped one of the shape, those beside the data, those named.

    Raises `ConfigError` for a named file that is not there.
    """
    chosen: list[tuple[str, str]] = []
    if settings.suites.shipped:
        shipped = shipped_suites().get(data.shape.value)
        if shipped is not None:
            chosen.append((f"shipped:{data.shape.value}", str(shipped)))
    root = Path(data.root)
    beside = sorted((root / SUITE_FOLDER).glob("*.json")) if (root / SUITE_FOLDER).is_dir() else []
    chosen.extend((f"{SUITE_FOLDER}/{p.name}", str(p)) for p in beside)
    for name in settings.suites.files:
        path = Path(name)
        found = path if path.is_file() else root / name
        if not found.is_file():
            raise ConfigError(f"suite {name!r} is not there (looked in the working folder and in the data)")
        if str(found) not in {p for _, p in chosen}:
            chosen.append((name, str(found)))
    return tuple(chosen)
