"""Iceberg tables on this machine: which files make the current rows, read from the table's own metadata through `pyiceberg`.

Metadata name places by absolute addresses, which may lie anywhere. Nothing outside of the table's folder is opened: an address is
taken relative to the `location` that the metadata state, so a copied table is read where it lies, and any other place is refused.
The format: Apache Iceberg table specification, versions 1 and 2.
"""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from auditor.errors import MissingExtra, SourceError
from auditor.model import Ignored

if TYPE_CHECKING:
    from auditor.sources.types import Candidate

_METADATA: Final = ".metadata.json"
_MOST: Final = 256 << 20
"""Bytes of a file of metadata that is read at all."""
_BROKEN: Final = (ValueError, TypeError, LookupError, AttributeError, OSError, EOFError, ArithmeticError, AssertionError, RecursionError, NotImplementedError, zlib.error, struct.error)
"""What a decoder of Avro or JSON raises on bytes that are none."""


class _Refused(Exception):  # noqa: N818 - carries a reason that is told as it is
    pass


def current(files: list[Candidate]) -> tuple[list[Candidate], list[Ignored]]:
    """The files that hold the current rows of the Iceberg tables among `files`, and those that do not; others pass.

    Raises:
        MissingExtra: when `pyiceberg` is not installed.
        SourceError: for a table whose current rows are not simply the rows of some files, or that is damaged.
    """
    tables = sorted({f.path.parent.parent for f in files if f.path.parent.name == "metadata" and f.name.endswith(_METADATA)})
    if not tables:
        return files, []
    try:
        from pyiceberg.exceptions import ValidationError
    except ImportError:
        raise MissingExtra("reading an Iceberg table", "iceberg") from None
    wanted: set[Path] = set()
    for table in tables:
        try:
            wanted |= _data_files(table)
        except _Refused as refused:
            raise SourceError(f"{table.name}: {refused}") from None
        except (*_BROKEN, ValidationError) as error:
            raise SourceError(f"{table.name}: the Iceberg table cannot be read ({type(error).__name__})") from None
    kept: list[Candidate] = []
    ignored: list[Ignored] = []
    for file in files:
        inside = next((t for t in tables if t in file.path.parents), None)
        if inside is None or file.path.resolve() in wanted:
            kept.append(file)
        else:
            about = inside / "metadata" in file.path.parents
            ignored.append(Ignored(file.name, "metadata of the Iceberg table" if about else "not in the current snapshot of the Iceberg table"))
    return kept, ignored


def _newest(folder: Path) -> Path:
    """The metadata in force: what `version-hint.text` names, else the highest version (`v3.metadata.json`, `00003-<uuid>.metadata.json`)."""
    hint = folder / "version-hint.text"
    if hint.is_file():
        word = hint.read_bytes()[:200].decode("ascii", "replace").strip()
        for name in (f"v{word}{_METADATA}", f"{word}{_METADATA}", word):
            if re.fullmatch(r"[\w.-]+", name) and name.endswith(_METADATA) and (folder / name).is_file():
                return folder / name
    found = [(int(m[1]), p.name, p) for p in folder.glob(f"*{_METADATA}") if (m := re.match(r"v?(\d+)", p.name))]
    if not found:
        raise _Refused("the Iceberg table has no metadata with a version")
    return max(found)[2]


def _data_files(table: Path) -> set[Path]:
    from pyiceberg.manifest import DataFileContent, FileFormat, ManifestContent, read_manifest_list
    from pyiceberg.table.metadata import TableMetadataUtil

    path = _newest(table / "metadata")
    if path.stat().st_size > _MOST:
        raise _Refused("the metadata of the Iceberg table are too large to be read")
    metadata = TableMetadataUtil.parse_raw(path.read_text())
    snapshot = metadata.current_snapshot()
    if snapshot is None:
        return set()
    place = _Place(table, metadata.location)
    io: Any = _files_of(place)
    out: set[Path] = set()
    for manifest in read_manifest_list(io.new_input(snapshot.manifest_list)):
        deletes = manifest.content == ManifestContent.DELETES
        for entry in manifest.fetch_manifest_entry(io, discard_deleted=True):
            file = entry.data_file
            if deletes or file.content != DataFileContent.DATA:
                raise _Refused("the Iceberg table marks rows as deleted beside its files; rewrite its data files (compaction), or export it to Parquet")
            if file.file_format != FileFormat.PARQUET:
                raise _Refused("the Iceberg table holds files that are not Parquet; export it to Parquet")
            found = place.of(file.file_path).resolve()
            if not found.is_file():
                raise _Refused("a file of the current snapshot of the Iceberg table is missing")
            out.add(found)
    return out


class _Place:
    """Where the addresses in a table's metadata lie in its folder."""

    def __init__(self, table: Path, location: str) -> None:
        self._table = table.resolve()
        self._bases = [b for b in (_path(location), str(self._table)) if b]

    def of(self, address: str) -> Path:
        """The file in the folder; anything outside is refused."""
        path = _path(address)
        for base in self._bases:
            if path.startswith(base + "/"):
                found = (self._table / path[len(base) + 1 :]).resolve()
                if found.is_relative_to(self._table):
                    return found
        raise _Refused("the Iceberg table names files outside of its folder")


def _path(address: str) -> str:
    """An address without its last slashes; of a local one its path."""
    parts = urlsplit(address)
    return (unquote(parts.path) if parts.scheme == "file" else address).rstrip("/")


def _files_of(place: _Place) -> object:
    """What `pyiceberg` reads through: files of the table's folder, for reading only."""
    from pyiceberg.io import FileIO, InputFile

    class Local(InputFile):  # type: ignore[misc] # the library has no types
        def __init__(self, location: str) -> None:
            super().__init__(location)
            self._path = place.of(location)

        def __len__(self) -> int:
            return self._path.stat().st_size

        def exists(self) -> bool:
            return self._path.is_file()

        def open(self, seekable: bool = True) -> Any:  # noqa: ARG002 - the interface
            if len(self) > _MOST:
                raise _Refused("the metadata of the Iceberg table are too large to be read")
            return self._path.open("rb")

    class Files(FileIO):  # type: ignore[misc]
        def new_input(self, location: str) -> InputFile:
            return Local(location)

        def new_output(self, location: str) -> Any:  # noqa: ARG002 - the interface
            raise _Refused("nothing is written into the audited table")

        def delete(self, location: Any) -> None:  # noqa: ARG002 - the interface
            raise _Refused("nothing is deleted from the audited table")

    return Files()
