"""Which files may be data: every file is a candidate or ignored with a reason. Symbolic links are not followed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from auditor.errors import UsageError
from auditor.model import Ignored
from auditor.sources.names import MASK, spoken_path
from auditor.sources.own import written_here
from auditor.sources.types import Candidate

OWN: Final = {
    "audit.toml": "configuration of this audit",
    "pyproject.toml": "configuration",
    "baselines.json": "declared evidence, not data",
    "baselines.csv": "declared evidence, not data",
    "failures.csv": "declared evidence, not data",
    "failures.jsonl": "declared evidence, not data",
    "prices.toml": "declared evidence, not data",
    "monitoring-plan.yaml": "monitoring plan, not data",
    "croissant.json": "metadata",
    "dataset_info.json": "metadata",
    "dataset_infos.json": "metadata",
    "dataset_dict.json": "metadata",
    "state.json": "metadata",
    "config.json": "metadata",
    "metadata.json": "metadata",
    "expected.json": "expected verdict of a sample",
    "audit-manifest.json": "an earlier audit's manifest",
}
"""Names that say what a file is."""
_REMOTE: Final = re.compile(r"^(s3|gs|gcs|az|abfss?|hf|https?):/")
_DOCUMENTS: Final = re.compile(r"^(readme|license|licence|notice|copying|changelog|citation|authors|makefile|dockerfile|((dev|test)[-_])?requirements([-_]\w+)?\.txt|environment\.txt|(classes|vocab|merges)\.txt)(\..*)?$", re.IGNORECASE)
_LEFT: Final = re.compile(r"^(thumbs\.db|desktop\.ini|icon\r|~\$.*|_success|_(started|committed)_\d+)$", re.IGNORECASE)
"""What file managers, office programs and jobs of a cluster leave beside data."""
_FORMS: Final = re.compile(r"^(sample|example|gender)_?submission\b.*|^submission_?(sample|example|format)\b.*", re.IGNORECASE)
_NOT_DATA: Final = (".md", ".markdown", ".mdx", ".rst", ".adoc", ".toml", ".yaml", ".yml", ".py", ".ipynb", ".sh", ".html", ".pdf", ".lock", ".cfg", ".ini", ".log")
DOCUMENTATION: Final = "documentation or configuration"


def is_about(name: str) -> bool:
    """Whether a file is about the data by its name: a readme, a licence, requirements."""
    return bool(_DOCUMENTS.match(name))


def walk(root: Path, skip: tuple[str, ...] = ()) -> tuple[list[Candidate], list[Ignored]]:
    """Candidates and ignored files under `root` (a file or a folder), sorted by path.

    Raises:
        UsageError: when `root` does not exist or is neither file nor folder.
    """
    if root.is_file():
        return [Candidate(root, spoken_path(root.name), root.stat().st_size)], []
    if _REMOTE.match(str(root)):
        raise UsageError(f"{root}: remote paths are read by `audit PATH` only; copy the data to this machine first")
    if not root.is_dir():
        raise UsageError(f"{root}: no such file or folder")
    candidates: list[Candidate] = []
    ignored: list[Ignored] = []

    def closed(error: OSError) -> None:
        place = Path(str(error.filename)).relative_to(root).as_posix()
        ignored.append(Ignored(os.fsencode(f"{place}/").decode("utf-8", "replace"), f"the folder cannot be opened ({error.strerror})"))

    for folder, names, files in os.walk(root, onerror=closed, followlinks=False):
        here = Path(folder)
        names[:] = sorted(n for n in names if not n.startswith((".", "__")) and not (here == root and n == "expectations"))
        for name in sorted(files):
            path = here / name
            relative = path.relative_to(root).as_posix()
            shown = os.fsencode(relative).decode("utf-8", "replace")
            reason = _reason(path, relative, skip) if shown == relative else "its name is not UTF-8; rename it to have it read"
            if reason:
                ignored.append(Ignored(spoken_path(shown), reason))
            else:
                candidates.append(Candidate(path, spoken_path(relative), path.stat().st_size))
    return sorted(candidates, key=lambda c: c.name), sorted(ignored, key=lambda i: i.path)


def located(root: Path, names: Iterable[str]) -> dict[str, Path]:
    """Where files lie by the names they are told by: of masked ones (`names.spoken_path`) only those that are found again."""
    if not root.is_dir():
        return dict.fromkeys(names, root)
    out = {name: root / name for name in names}
    if any(MASK in name and not path.exists() for name, path in out.items()):
        real = {spoken_path(p.relative_to(root).as_posix()): p for p in root.rglob("*") if p.is_file()}
        out = {name: real.get(name, path) for name, path in out.items()}
    return out


def _reason(path: Path, relative: str, skip: tuple[str, ...]) -> str:
    name = path.name
    if path.is_symlink():
        return "a symbolic link, not followed"
    if not path.is_file():
        return "not a regular file"
    if any(fnmatch(relative, pattern) for pattern in skip):
        return "ignored by audit.toml"
    if name.startswith((".", "__")):
        return "hidden file"
    if _LEFT.match(name):
        return "left here by a program, not data"
    if name in OWN:
        return OWN[name]
    if _FORMS.match(name):
        return "a form for predictions, not data"
    if is_about(name) or path.suffix.lower() in _NOT_DATA:
        return DOCUMENTATION
    return written_here(path)
