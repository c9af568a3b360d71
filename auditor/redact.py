"""`audit redact`: the data set again, with the found spans replaced and every other byte of its content kept.

What is replaced: all of tiers A and B and all secrets that the scan reports (placeholders and allowed values stay), in every string;
number columns that are identity or payment numbers are emptied; names of columns and fields that hold an
address or a number like a telephone's become those by which reports tell them. Names too, where every row is to be read (`sample = 0`) and a model is
there. Text formats are edited in place of their characters; Parquet and Arrow are written anew with the same columns and types.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as randomness
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from auditor.errors import UsageError
from auditor.sources.names import spoken_path

if TYPE_CHECKING:
    from auditor.detectors.pii_redact import Redactor
    from auditor.model import Dataset
    from auditor.settings import Settings
    from auditor.sources.types import Source

_READ_ONLY: Final = {"excel": "an Excel workbook", "sqlite": "an SQLite database"}


@dataclass(frozen=True)
class RedactResult:
    """What was done. Counts and names of files and columns, never a value."""

    files: tuple[str, ...]
    """Data files written, relative paths."""
    copied: tuple[str, ...]
    """Files that hold no rows, copied as they are and not looked into."""
    replaced: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Spans replaced by (path in the row, entity)."""
    emptied: tuple[str, ...] = ()
    """Number columns whose values were emptied."""


def redact(source: Path, out: Path, settings: Settings, *, surrogate: bool = False) -> RedactResult:
    """Write the data set at `source` to `out` (a new folder, or a new file where `source` is one) without what was found.

    With `surrogate`, equal values get equal stand-ins (`<PHONE_NUMBER_3f9a1c>`, `user3f9a1c@example.com`), keyed by `[pii] salt` or, without
    one, by a random key that is forgotten; without, each becomes `<ENTITY>`.

    Raises:
        UsageError: when `out` exists and is not an empty folder, lies inside `source`, or cannot be written; then nothing of it is left.
        SourceError: when nothing at `source` can be read.
    """
    from auditor.detectors.pii_redact import Redactor
    from auditor.sources.discover import discover

    _check(source, out)
    found = discover(source, settings)
    _writable(found.dataset)
    rules = _rules(found, settings)
    key = settings.pii.salt.encode() or randomness.token_bytes(32)
    redactor = Redactor(settings, rules.doubtful, rules.numbers, (lambda v: hmac.new(key, v.encode(), hashlib.sha256).hexdigest()[:6]) if surrogate else None)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".redact-", dir=out.parent))
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({error.strerror})") from None
    try:
        result = _write(source, work, found.dataset, redactor)
        if out.exists():
            out.rmdir()
        if source.is_file():
            (work / source.name).replace(out)
        else:
            work.replace(out)
            out.chmod(0o755)
    except OSError as error:  # a full disk, most of all; what was written so far goes
        raise UsageError(f"{out}: cannot be written ({error.strerror or type(error).__name__})") from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return result


def _check(source: Path, out: Path) -> None:
    if out.exists() and not (out.is_dir() and source.is_dir() and not any(out.iterdir())):
        raise UsageError(f"{out}: exists already; name a new {'folder' if source.is_dir() else 'file'}")
    if source.is_dir() and source.resolve() in (out.resolve(), *out.resolve().parents):
        raise UsageError(f"{out}: lies inside the data; name a folder outside of {source}")


def _writable(data: Dataset) -> None:
    """Refuse what is read and not written: a workbook would become the text of one of its parts, and its rows would be lost."""
    told = next((f for f in data.files if f.format in _READ_ONLY), None)
    if told is not None:
        raise UsageError(f"{told.path}: {_READ_ONLY[told.format]} can be read and not written anew; save its rows as CSV or Parquet and redact those")


@dataclass(frozen=True)
class _Rules:
    doubtful: frozenset[tuple[str, str]]
    """(path, entity) in which hits that are whole cells of a code column don't count."""
    numbers: frozenset[str]
    """Number columns that are emptied."""


def _rules(source: Source, settings: Settings) -> _Rules:
    """What only the whole column tells: from the same scan as the audit's."""
    from auditor.detectors.pii import scan_request
    from auditor.detectors.pii_judge import bare_counts
    from auditor.detectors.pii_numbers import number_columns, number_forms
    from auditor.detectors.pii_policy import mode, policy_of
    from auditor.detectors.pii_spec import Tier
    from auditor.scan import engine

    policy = policy_of(settings.pii)
    scan = scan_request(source.dataset, settings)
    facts = engine.run(source, [scan, *number_forms(source.dataset)], settings).facts
    state = facts[scan]
    specs = {s.entity: s for s in policy.specs()}
    doubtful = frozenset(k for k, hits in state.hits.items() if not bare_counts(specs[k[1]], k[0], hits, state.tallies[k[0]]))
    named = number_columns(source.dataset, facts, policy)
    emptied = frozenset(n.column for n in named if n.tier in {Tier.A, Tier.B} and mode(settings.pii, n.entity)[0] != "allow")
    return _Rules(doubtful, emptied)


def _write(source: Path, work: Path, data: Dataset, redactor: Redactor) -> RedactResult:
    root = source if source.is_dir() else source.parent
    formats = {f.path: f.format for f in data.files}
    written: list[str] = []
    copied: list[str] = []
    counts: Counter[tuple[str, str]] = Counter()
    paths = [source] if source.is_file() else sorted(p for p in source.rglob("*") if p.is_file() and not p.is_symlink())
    for path in paths:
        name = spoken_path(path.relative_to(root).as_posix())
        target = work / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if formats.get(name, "media") != "media":  # of images nothing was read
            counts.update(redactor.file(path, target, formats[name]))
            written.append(name)
        else:
            shutil.copyfile(path, target)
            copied.append(name)
    return RedactResult(tuple(written), tuple(copied), dict(sorted(counts.items())), tuple(sorted(redactor.numbers)))
