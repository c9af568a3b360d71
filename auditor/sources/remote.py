"""Remote paths: what the user names is copied to a private temporary folder, audited there, and removed.

An audit goes over the data several times and reads text byte by byte, so one copy costs less traffic than reading in place. Object
stores (`s3://`, `gs://`, `az://`) are listed and read through `obstore`, web addresses and Hugging Face data sets (`hf://datasets/owner/name`)
through the standard library. Credentials come from the environment or from `--storage-option`; they reach no report, message or cache.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol
from urllib.parse import urlsplit, urlunsplit

from auditor.errors import AuditError, MissingExtra, SourceError, UsageError

Tell = Callable[[str, float], None]

_REMOTE: Final = re.compile(r"^(s3a?|gs|gcs|az|azure|abfss?|hf|https?)://", re.IGNORECASE)
_PIECE: Final = 16 << 20
"""Bytes of one request of an object store: a request that fails is tried again, not the whole file."""
_HEAD: Final = 4096
_ROOM: Final = 64 << 20
"""Bytes that stay free on the disk."""
_NOT_ROWS: Final = frozenset(
    [".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".svg", ".ico", ".mp3", ".wav", ".flac", ".ogg", ".m4a", ".mp4", ".avi", ".mov", ".mkv", ".webm", ".pdf", ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".onnx", ".gguf"]
)
"""Endings of files of which the beginning is enough to say that they hold no rows."""


@dataclass(frozen=True)
class Entry:
    """A remote file."""

    name: str
    """Path relative to what was named."""
    key: str
    """What the store calls it."""
    size: int
    """Bytes; -1 where the server does not say."""


class Store(Protocol):
    """Where remote files are."""

    def entries(self) -> list[Entry]:
        """All files below the address, or the one that it names.

        Raises:
            SourceError: when there is nothing, or the store cannot be reached.
        """
        ...

    def pieces(self, entry: Entry, most: int | None = None) -> Iterator[bytes]:
        """Content of a file, at most the first `most` bytes."""
        ...


def is_remote(path: str) -> bool:
    """Whether a path names something on another machine."""
    return bool(_REMOTE.match(path))


def shown(address: str) -> str:
    """An address without user, password and query, which may be credentials."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rsplit("@", 1)[-1], parts.path, "", ""))


def options_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """`KEY=VALUE` words as options of a store.

    Raises:
        UsageError: for a word without `=`; it is not quoted, for it may be a secret.
    """
    out: dict[str, str] = {}
    for number, pair in enumerate(pairs, 1):
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError(f"--storage-option number {number} is not KEY=VALUE")
        out[key.strip().lower()] = value
    return out


@contextmanager
def local_copy(address: str, options: Mapping[str, str], tell: Tell = lambda *_: None) -> Iterator[Path]:
    """The path of a copy of the remote file or folder, as long as the context lasts.

    Raises:
        UsageError: for an address or an option that cannot be right.
        SourceError: when it cannot be read, or the disk has no room for it.
        MissingExtra: for an object store without `obstore`.
    """
    where = shown(address)
    store = _store(address, options)
    name = PurePosixPath(urlsplit(_plain(address)).path).name or urlsplit(address).netloc.rsplit("@", 1)[-1]
    with tempfile.TemporaryDirectory(prefix="audit-") as folder:  # made with mode 0700
        tell(f"listing {where}", 0.0)
        entries = _matching(store.entries(), address)
        if not entries:
            raise SourceError(f"{where}: nothing is there")
        _check_room(where, entries, Path(folder))
        single = len(entries) == 1 and entries[0].name == ""
        top = Path(folder) / (name if _safe(name) else "data")
        total, done = max(1, sum(max(0, e.size) for e in entries)), 0
        for entry in entries:
            target = top if single else top / entry.name
            if not single and not _safe(entry.name):
                continue
            done = _fetch(store, entry, target, lambda n, name=entry.name or name: tell(f"fetching {name}", min(1.0, n / total)), done)  # type: ignore[misc]
        try:
            yield top
        except AuditError as error:  # what is said of the copy is meant of the original
            error.args = (str(error).replace(str(top), where),)
            raise


def _plain(address: str) -> str:
    """The address up to the folder before its first wildcard."""
    base = re.split(r"[*?\[]", address, maxsplit=1)[0] if not address.lower().startswith("http") else address
    return base if base == address else base.rsplit("/", 1)[0]


def _matching(entries: list[Entry], address: str) -> list[Entry]:
    base = _plain(address)
    if base == address:
        return entries
    pattern = address[len(base) :].lstrip("/")
    return [e for e in entries if fnmatch(e.name, pattern) and (e.name.count("/") == pattern.count("/") or "**" in pattern)]


def _safe(name: str) -> bool:
    parts = name.split("/")
    return bool(name) and "\\" not in name and "\0" not in name and not any(p in ("", ".", "..") for p in parts)


def _check_room(where: str, entries: list[Entry], folder: Path) -> None:
    need = sum(max(0, e.size) for e in entries if PurePosixPath(e.name).suffix.lower() not in _NOT_ROWS)
    free = shutil.disk_usage(folder).free - _ROOM
    if need > free:
        raise SourceError(f"{where}: {need / 1e9:.1f} GB to copy and {max(0, free) / 1e9:.1f} GB free in {folder.parent}; set TMPDIR to a larger disk, or name fewer files")


def _fetch(store: Store, entry: Entry, target: Path, tell: Callable[[int], None], done: int) -> int:
    most = _HEAD if target.suffix.lower() in _NOT_ROWS else None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as stream:
            for piece in store.pieces(entry, most):
                stream.write(piece)
                done += len(piece)
                tell(done)
    except FileExistsError:
        raise SourceError(f"{entry.name}: two remote files have this name") from None
    except OSError as error:
        raise SourceError(f"{entry.name}: cannot be written to the temporary folder ({error.strerror or type(error).__name__}); set TMPDIR to a disk with room") from None
    return done


def _store(address: str, options: Mapping[str, str]) -> Store:
    scheme = urlsplit(address).scheme.lower()
    if scheme == "hf":
        from auditor.sources.web import HubStore

        return HubStore(address, os.environ.get("HF_ENDPOINT", "https://huggingface.co"), options.get("token") or os.environ.get("HF_TOKEN", ""))
    if scheme in ("http", "https"):
        from auditor.sources.web import WebStore

        return WebStore(address, options.get("token", ""))
    return _ObjectStore(_plain(address), options)


class _ObjectStore:
    """A bucket or container, through `obstore` (the Rust crate that Polars reads remote files with)."""

    def __init__(self, address: str, options: Mapping[str, str]) -> None:
        try:
            from obstore import store as stores
        except ImportError:
            raise MissingExtra(f"reading {urlsplit(address).scheme}:// paths", "remote") from None
        from datetime import timedelta

        self._where = shown(address)
        parts = urlsplit(address)
        self._prefix = parts.path.strip("/")
        rest = {k: v for k, v in options.items() if k not in ("allow_http", "aws_allow_http")}
        client: Any = {"timeout": "60s", "allow_http": len(rest) < len(options) and "true" in (options.get("allow_http"), options.get("aws_allow_http"))}
        scheme = {"gcs": "gs", "s3a": "s3", "azure": "az"}.get(parts.scheme.lower(), parts.scheme.lower())
        retry: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=60)}
        try:
            self._store: Any = stores.from_url(f"{scheme}://{parts.netloc}", config=rest, client_options=client, retry_config=retry)
        except self._errors() as error:
            raise UsageError(f"{self._where}: the address or a --storage-option is wrong ({type(error).__name__})") from None

    def _errors(self) -> tuple[type[BaseException], ...]:
        from obstore.exceptions import BaseError

        return (BaseError, OSError, ValueError, TypeError)

    def entries(self) -> list[Entry]:
        """The object of that name, or all below it."""
        import obstore

        out: list[Entry] = []
        prefix = f"{self._prefix}/" if self._prefix else ""
        try:
            for batch in obstore.list(self._store, prefix or None):
                mine = [f for f in batch if f["path"].startswith(prefix) and not f["path"].endswith("/")]
                out.extend(Entry(f["path"][len(prefix) :], f["path"], int(f["size"])) for f in mine)
            if not out and self._prefix:
                meta = obstore.head(self._store, self._prefix)
                out.append(Entry("", self._prefix, int(meta["size"])))
        except FileNotFoundError:
            return []
        except self._errors() as error:
            raise SourceError(f"{self._where}: cannot be listed ({_kind(error)})") from None
        return sorted(out, key=lambda e: e.name)

    def pieces(self, entry: Entry, most: int | None = None) -> Iterator[bytes]:
        """Content in ranges of 16 MB."""
        import obstore

        size = entry.size if most is None else min(most, entry.size)
        for start in range(0, size, _PIECE):
            try:
                yield bytes(obstore.get_range(self._store, entry.key, start=start, length=min(_PIECE, size - start)))
            except self._errors() as error:
                raise SourceError(f"{entry.name or self._where}: cannot be read ({_kind(error)})") from None


def _kind(error: BaseException) -> str:
    """What went wrong, in words of our own: messages of the store may quote addresses with signatures."""
    words = {
        "PermissionDeniedError": "permission denied; set the credentials in the environment or with --storage-option",
        "UnauthenticatedError": "no valid credentials; set them in the environment or with --storage-option",
        "NotFoundError": "not found",
        "FileNotFoundError": "not found",
    }
    return words.get(type(error).__name__, f"{type(error).__name__}; is the address right, the network up, and are there credentials?")
