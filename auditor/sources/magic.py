"""What a file is, by its first bytes and not by its name."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from pathlib import Path
from typing import IO, Final, cast

import zstandard

HEAD: Final = 4096
_MAGIC: Final = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow_stream"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"%PDF", "pdf"),
    (b"version https://git-lfs.github.com/spec/v1", "lfs_pointer"),
)
DAMAGED: Final = (EOFError, OSError, lzma.LZMAError, zlib.error, zstandard.ZstdError, zipfile.BadZipFile)
"""What reading a cut or damaged file raises."""
_TAR: Final = (257, b"ustar")
"""Where a tar archive says that it is one."""
COMPRESSED: Final = ("gzip", "zstd", "bz2", "xz")


def kind(head: bytes, name: str) -> str:
    """Name of the container format, or `text`/`binary`; `head` is the start of the file, `name` only separates pointers."""
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if name.endswith(".dvc") and head.startswith((b"outs:", b"md5:", b"wdir:", b"deps:")):
        return "dvc_pointer"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    return "binary" if b"\x00" in head else "text"


def open_text(path: Path, container: str) -> IO[bytes]:
    """The decompressed bytes of a text file as a binary stream.

    Raises:
        OSError, EOFError, lzma.LZMAError, zstandard.ZstdError: while reading, where the file is cut or damaged.
    """
    if container == "gzip":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if container == "bz2":
        return bz2.open(path, "rb")
    if container == "xz":
        return lzma.open(path, "rb")
    if container == "zstd":
        return cast("IO[bytes]", zstandard.open(path, "rb"))
    if container == "zip":
        return zipfile.ZipFile(path).open(_members(path)[0])
    return path.open("rb")


def _members(path: Path) -> list[zipfile.ZipInfo]:
    with zipfile.ZipFile(path) as archive:
        return [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]


def is_tar(head: bytes) -> bool:
    """Whether the (unpacked) beginning of a file is that of a tar archive."""
    at, mark = _TAR
    return head[at : at + len(mark)] == mark


def zip_refusal(path: Path) -> str:
    """Why a zip file is not read, empty when it is: exactly one plain member, and no bomb."""
    try:
        members = _members(path)
    except (zipfile.BadZipFile, OSError):
        return "is a zip file that cannot be read: cut off or damaged"
    kinds = {m.filename.split("/")[0] for m in members}
    if "word" in kinds or "ppt" in kinds:
        return "is a document of Word or PowerPoint; write its text to .txt or .md, or as rows"
    if members and all(m.filename.endswith(".npy") for m in members):
        return "is a file of NumPy arrays; write them as columns of a table (Parquet)"
    if len(members) != 1:
        return f"is a zip file of {len(members)} files; unpack it, so that each of them can be told apart"
    if members[0].flag_bits & 1:
        return "is a zip file with a password; unpack it first"
    if members[0].file_size > 1 << 30 and members[0].file_size > 200 * max(1, members[0].compress_size):
        return "is a zip file that unpacks to more than 200 times its size; unpack it yourself if you trust it"
    return ""


def is_excel(path: Path) -> bool:
    """Whether a zip file is an Excel workbook."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(n.startswith("xl/") for n in archive.namelist())
    except zipfile.BadZipFile:
        return False
