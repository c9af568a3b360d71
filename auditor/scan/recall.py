"""What a whole audit measured, kept between runs: unchanged data are not read, scanned or studied again.

An entry holds the description of the data set and every fact, and facts hold values (top values, extremes, names of classes).
It is therefore sealed with a key made of the content of the audited files themselves: whoever has the data can open it and learns
nothing new, to everybody else it is noise, and with the data the last way to open it is gone. The key goes through every file
of the audited folder and every file that a setting names, and through the settings, this tool's code and the versions of the
libraries; so a stale entry is never found, only left behind.
"""

from __future__ import annotations

import glob
import hashlib
import hmac
import io
import logging
import os
import pickle
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from auditor.detectors.vectors import files_of
from auditor.scan.cache import MOST_BYTES, Cache, Reader, code_digest, open_cache
from auditor.scan.request import Facts

if TYPE_CHECKING:
    import polars as pl

    from auditor.model import Dataset
    from auditor.settings import Settings

log = logging.getLogger("auditor")

_MAGIC: Final = b"audit-facts/1\n"
_PURPOSE: Final = b"\0key of the entries of an audit"
_NONCE: Final = 16
_LARGE: Final = 256 << 20
"""Bytes above which a file that cannot be data is known by its start, size and time instead of all its content."""
_FREE: Final = ("executor", "address", "workers", "cache_dir")
"""Settings that decide where work is done and not what comes out."""
_BUILDERS: Final = {
    "numpy": ("ndarray", "dtype"),
    "numpy._core.multiarray": ("_reconstruct", "scalar"),
    "numpy._core.numeric": ("_frombuffer",),
    "fractions": ("Fraction",),
    "decimal": ("Decimal",),
    "datetime": ("date", "datetime", "time", "timedelta"),
    "collections": ("defaultdict",),
    "auditor.scan.recall": ("series",),
}
Personal = Callable[[Sequence[str]], list[bool]]


@dataclass(frozen=True)
class Files:
    """Every file that an audit may read, as it was when it was digested."""

    public: dict[Path, str]
    """sha256 in hexadecimal digits."""
    secret: bytes
    """What only the content yields: sha256 continued behind the content, which the sha256 of a report does not tell."""
    state: tuple[tuple[str, int, int], ...]
    """(path, size, time of the last change in ns)."""


def digests(root: Path, settings: Settings) -> Files:
    """Digests of all files below `root` and of those that settings name; hidden files and links count by name only."""
    public: dict[Path, str] = {}
    secret = hashlib.sha256()
    state: list[tuple[str, int, int]] = []
    for path in dict.fromkeys([*_below(root), *_named(root, settings)]):
        try:
            status = path.lstat()
            state.append((str(path), status.st_size, status.st_mtime_ns))
            if path.is_symlink() or not path.is_file() or path.name.startswith("."):
                continue
            digest = _digest(path, status)
        except OSError:  # unreadable: the audit says so itself
            state.append((str(path), -1, -1))
            continue
        public[path] = digest.hexdigest()
        digest.update(_PURPOSE)
        secret.update(digest.digest())
    return Files(public, secret.digest(), tuple(state))


def _digest(path: Path, status: os.stat_result) -> Any:
    from auditor.sources.magic import HEAD, kind

    with path.open("rb") as stream:
        if status.st_size > _LARGE:
            head = stream.read(HEAD)
            if kind(head, path.name) in ("binary", "image", "pdf"):
                return hashlib.sha256(head + f"{status.st_size} {status.st_mtime_ns}".encode())
            stream.seek(0)
        return hashlib.file_digest(stream, "sha256")


def _below(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    for folder, names, found in os.walk(root, followlinks=False):
        names[:] = sorted(n for n in names if not n.startswith((".", "__")))
        yield from (Path(folder) / name for name in sorted(found))


def _named(root: Path, settings: Settings) -> Iterator[Path]:
    """Files that any text in the settings is the path of, seen from here or from the data; models and globs with all they stand for."""
    bases = (Path(), root if root.is_dir() else root.parent)
    for text in sorted(set(_texts(settings))):
        if not text or len(text) > 4096 or "\0" in text:
            continue
        yield from (base / text for base in bases if (base / text).is_file())
    for pattern in settings.against:
        for base in bases:
            yield from sorted(Path(p) for p in glob.glob(str(base / pattern), recursive=True) if Path(p).is_file())  # noqa: PTH207 - as the study expands it
    if settings.pii.model and Path(settings.pii.model).is_dir():
        yield from _below(Path(settings.pii.model))
    if settings.labels.vectors:
        yield from files_of(settings.labels.vectors)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            yield from _texts(getattr(value, f.name))
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, Iterable):
        for item in value:
            yield from _texts(item)


@dataclass
class Recall:
    """The memory of one audit: what was measured before, and what is measured now."""

    root: Path
    settings: Settings
    cache: Cache | None
    files: Files | None
    address: str = ""
    """Where `root` is a copy of, when it is one."""
    answers: dict[str, list[bool]] = field(default_factory=dict)
    """Which values looked personal, by digest of the question."""
    _new: bool = False

    @property
    def known(self) -> dict[Path, str]:
        """sha256 of files that are digested already."""
        return self.files.public if self.files is not None else {}

    def load(self) -> tuple[Dataset, Facts] | None:
        """Data set and facts of an earlier run on the same bytes; None where there are none, or the entry is foreign, cut or changed."""
        if self.cache is None or self.files is None:
            return None
        body = self._open(self.cache.read(self._name()))
        if body is None:
            return None
        try:
            dataset, known, answers = _Opener(io.BytesIO(body)).load()
            facts = Facts()
            for request, state in known:
                facts.put(request, state)
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, TypeError, ValueError):
            return None
        self.answers = answers
        return replace(dataset, root=str(self.root)), facts

    def keep(self, dataset: Dataset, facts: Facts) -> None:
        """Keep what was measured, unless something failed or a file has changed meanwhile."""
        if self.cache is None or self.files is None or facts.failures:
            return
        if self.files.state != digests_state(self.files.state):
            return
        buffer = io.BytesIO()
        try:
            _Closer(buffer, protocol=5).dump((dataset, list(facts.items()), self.answers))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            log.debug("not kept: %s", type(error).__name__)
            return
        body = self._close(buffer.getvalue())
        if len(body) <= MOST_BYTES // 4:
            self.cache.write(self._name(), body)
            self.cache.trim()

    def personal(self, judge: Personal) -> Personal:
        """`judge`, asked once for the same values."""

        def asked(values: Sequence[str]) -> list[bool]:
            question = hashlib.sha256("\0".join(values).encode(errors="backslashreplace")).hexdigest()
            if question not in self.answers:
                self.answers[question] = judge(values)
                self._new = True
            return self.answers[question]

        return asked

    @property
    def grown(self) -> bool:
        """Whether something was asked that no entry answered."""
        return self._new

    def _name(self) -> str:
        files = cast("Files", self.files)
        lines = [f"{digest}  {self._place(path)}" for path, digest in files.public.items()]
        other = [self._place(Path(p)) for p, _, _ in files.state]
        where = [self.address] if self.address else [str(self.root), str(self.root.resolve())]
        return hashlib.sha256("\n".join([code_digest(), *_said(self.settings), *where, *lines, *other]).encode(errors="backslashreplace")).hexdigest()

    def _place(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def _keys(self, nonce: bytes) -> tuple[Any, bytes]:
        secret = cast("Files", self.files).secret + nonce
        return hashlib.shake_256(b"stream" + secret), hashlib.sha256(b"seal" + secret).digest()

    def _close(self, body: bytes) -> bytes:
        import zstandard

        nonce = secrets.token_bytes(_NONCE)
        stream, key = self._keys(nonce)
        hidden = _mask(zstandard.compress(body, 3), stream)
        return _MAGIC + nonce + hmac.digest(key, hidden, "sha256") + hidden

    def _open(self, data: bytes | None) -> bytes | None:
        import zstandard

        start = len(_MAGIC) + _NONCE + 32
        if data is None or len(data) < start or not data.startswith(_MAGIC):
            return None
        nonce, seal, hidden = data[len(_MAGIC) : start - 32], data[start - 32 : start], data[start:]
        stream, key = self._keys(nonce)
        if not hmac.compare_digest(seal, hmac.digest(key, hidden, "sha256")):
            return None
        try:
            return zstandard.decompress(_mask(hidden, stream))
        except zstandard.ZstdError:
            return None


def open_recall(root: Path, settings: Settings, address: str = "") -> Recall:
    """The memory of an audit of `root` (a copy of `address`, where that is given); it knows and keeps nothing where there is no cache."""
    cache = open_cache(settings) if root.exists() else None
    return Recall(root, settings, cache, digests(root, settings) if cache is not None else None, address)


def digests_state(state: tuple[tuple[str, int, int], ...]) -> tuple[tuple[str, int, int], ...]:
    """Size and time of the same files now."""
    out: list[tuple[str, int, int]] = []
    for path, size, _ in state:
        try:
            status = Path(path).lstat()
        except OSError:
            out.append((path, -1, -1))
            continue
        out.append((path, -1, -1) if size < 0 else (path, status.st_size, status.st_mtime_ns))
    return tuple(out)


def _said(settings: Settings) -> list[str]:
    """What the settings say of the outcome; with a target named, the day too, for targets close on a day."""
    import datetime as dt

    blank: dict[str, Any] = {f.name: f.default for f in fields(settings) if f.name in _FREE and isinstance(f.default, str | int)}
    day = dt.datetime.now().astimezone().date().isoformat() if settings.targets.names else ""
    return [repr(replace(settings, **blank)), day, _model(settings.pii.model)]


def _model(name: str) -> str:
    """Version of the package of a model that is named; a folder counts by its files."""
    import importlib.metadata

    try:
        return importlib.metadata.version(name) if name.isidentifier() else ""
    except importlib.metadata.PackageNotFoundError:
        return ""


def _mask(data: bytes, stream: Any) -> bytes:
    """Exclusive or with the stream of a SHAKE-256: with a key used once (the nonce sees to it), a stream cipher."""
    size = len(data)
    return (int.from_bytes(data, "little") ^ int.from_bytes(stream.digest(size), "little")).to_bytes(size, "little")


def series(data: bytes) -> pl.Series:
    """A column from its Arrow bytes."""
    import polars as pl

    return pl.read_ipc(io.BytesIO(data)).to_series()


class _Closer(pickle.Pickler):
    """Writes columns of Polars as Arrow bytes."""

    def reducer_override(self, obj: Any) -> Any:
        """Arrow bytes of a column; everything else as usual."""
        import polars as pl

        if not isinstance(obj, pl.Series):
            return NotImplemented
        buffer = io.BytesIO()
        obj.to_frame().write_ipc(buffer)
        return series, (buffer.getvalue(),)


class _Opener(Reader):
    """Builds what facts are made of, arrays and columns too; the seal has shown that this tool wrote it."""

    def find_class(self, module: str, name: str) -> Any:
        """The class, where it may be built."""
        import importlib

        if name in _BUILDERS.get(module, ()):
            return getattr(importlib.import_module(module), name)
        return super().find_class(module, name)
