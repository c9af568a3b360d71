"""One file by what its bytes say it is: which reader it is for, and with which form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.model import FileNote
from auditor.sources import (
    columnar,
    csv_dialect,
    csv_format,
    json_format,
    magic,
    numeric_text,
    tables,
    tagged,
    text_lines,
)
from auditor.sources.folders import is_media
from auditor.sources.spaced import is_spaced
from auditor.sources.types import Candidate, ReadResult
from auditor.sources.xml_rows import read_xml

if TYPE_CHECKING:
    from collections.abc import Mapping


def read_file(file: Candidate, classes: Mapping[str, str | None] | None = None, *, hold: bool = True, trust: bool = False) -> ReadResult | None:
    """Read one file by what its bytes say it is; None where the format holds no rows we know of.

    A file that `classes` names is a document, of the class it gives.
    With `hold` the rows of a text file may be kept in memory, without it they are parsed again by every pass, with `trust` for the
    first time by the first pass.
    """
    if file.size == 0:
        return ReadResult("empty", notes=(FileNote(file.name, "empty", "is empty (0 bytes)"),))
    try:
        with file.path.open("rb") as stream:
            head = stream.read(magic.HEAD)
    except OSError as error:
        return ReadResult("unreadable", notes=(FileNote(file.name, "unreadable", f"cannot be opened ({error.strerror}); give yourself read access, or leave it out: [data] ignore"),))
    kind = magic.kind(head, file.name)
    if kind == "lfs_pointer":
        return ReadResult("lfs_pointer", notes=(FileNote(file.name, "lfs_pointer", "is a Git LFS pointer, not the data; run: git lfs pull", 1),))
    if kind == "dvc_pointer":
        if file.path.with_suffix("").exists():
            return None
        return ReadResult("dvc_pointer", notes=(FileNote(file.name, "dvc_pointer", "is a DVC pointer and its data file is missing; run: dvc pull", 1),))
    if classes and file.name in classes and is_media(file.name):
        return columnar.read_media(file, classes[file.name], kind)
    if magic.is_tar(head):
        return _tar(file)
    if kind == "parquet":
        return columnar.read_parquet(file)
    if kind in ("arrow", "arrow_stream"):
        return columnar.read_arrow(file, stream=kind == "arrow_stream", hold=hold)
    if kind == "sqlite":
        return tables.read_sqlite(file, hold=hold)
    if kind == "zip":
        return _read_zip(file, hold=hold, trust=trust)
    suffix = file.name.lower().rsplit(".", 1)[-1]
    if suffix in ("parquet", "arrow", "feather"):
        return ReadResult(suffix, notes=(FileNote(file.name, "unreadable", f"is named .{suffix} and its bytes are not; it is damaged or misnamed"),))
    if kind == "text" and classes and file.name in classes:
        return columnar.read_document(file, classes[file.name])
    if kind == "text" and suffix in ("yml", "yaml", "md") and (phrases := columnar.read_phrases(file)) is not None:
        return phrases
    if kind == "text" and suffix in ("yml", "yaml"):
        return None
    if kind == "text" or kind in magic.COMPRESSED:
        return _read_text(file, kind, hold=hold, trust=trust)
    if kind == "binary" and suffix in ("csv", "tsv", "json", "jsonl", "ndjson", "txt"):
        return _read_text(file, "text", hold=hold, trust=trust)
    return None


def _tar(file: Candidate) -> ReadResult:
    return ReadResult("tar", notes=(FileNote(file.name, "unreadable", "is a tar archive; unpack it, so that its files can be told apart"),))


def _read_zip(file: Candidate, *, hold: bool, trust: bool) -> ReadResult | None:
    if magic.is_excel(file.path):
        return tables.read_excel(file)
    refusal = magic.zip_refusal(file.path)
    if refusal:
        return ReadResult("zip", notes=(FileNote(file.name, "unreadable", refusal),))
    return _read_text(file, "zip", hold=hold, trust=trust)


def _read_text(file: Candidate, container: str, *, hold: bool, trust: bool) -> ReadResult | None:
    suffixes = [s for s in file.name.lower().split(".")[1:] if s not in ("gz", "zst", "bz2", "xz", "zip")]
    suffix = suffixes[-1] if suffixes else ""
    try:
        with magic.open_text(file.path, container) as stream:
            head = stream.read(1 << 18)
    except magic.DAMAGED:
        return ReadResult(container, notes=(FileNote(file.name, "truncated", f"is a {container} file that cannot be unpacked: cut off or damaged"),))
    if magic.is_tar(head):
        return _tar(file)
    if suffix == "xml":
        return read_xml(file, container)
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        sample = text.decode("utf-16", "replace")
    else:
        sample = text.decode("utf-8", "replace")
    if not sample.strip():
        return ReadResult("empty", notes=(FileNote(file.name, "empty", "holds nothing but white space"),))
    first = sample.lstrip()[:1]
    if suffix in ("json", "jsonl", "ndjson") or (first in "{[" and suffix not in ("csv", "tsv", "txt")):
        return json_format.read(file, container, hold=hold)
    whole_lines = sample if len(head) < 1 << 18 else sample[: sample.rfind("\n") + 1]
    form = (tagged.form_of(whole_lines) or numeric_text.form_of(whole_lines)) if suffix != "csv" else ""
    delimited = suffix in ("csv", "tsv")
    dialect = csv_dialect.sniff(whole_lines, 0.5 if delimited else 0.8)
    if not form and not (delimited and dialect) and is_spaced(whole_lines):
        form = "spaced"
    if form:
        return columnar.read_forms(file, container, form)
    if delimited:
        dialect = dialect or csv_dialect.single_column(whole_lines)
    elif suffix == "txt" and (dialect is None or dialect.delimiter != "\t"):
        return text_lines.read_lines(file, container, hold=hold)
    return csv_format.read(file, container, dialect, hold=hold, trust=trust) if dialect else text_lines.read_lines(file, container, hold=hold)
