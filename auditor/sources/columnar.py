"""Parquet and Arrow: columnar files that Polars reads lazily, and text files that are one row or in a form of their own."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from auditor.model import FileNote, Reject
from auditor.sources import class_names, folders, intents
from auditor.sources.digest import sha256_of
from auditor.sources.names import serve
from auditor.sources.numeric_text import read_numeric
from auditor.sources.spaced import read_spaced
from auditor.sources.tagged import MAX_REJECTS, Tagged, read_tagged
from auditor.sources.text import read_utf8
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl
    import pyarrow as pa

    from auditor.sources.types import Candidate


_ENDS: Final = ((b"\x89PNG", b"IEND"), (b"\xff\xd8\xff", b"\xff\xd9"))
"""How PNG and JPEG begin and end."""
_END_BYTES: Final = 1 << 16
"""Bytes among which the end is looked for: cameras write notes of their own behind it."""
_GLANCE: Final = 100
"""Rows that tell whether a column of bytes may be text."""


def read_parquet(file: Candidate) -> ReadResult:
    """A Parquet file; a cut one has lost its footer, and with it everything."""
    import polars as pl

    try:
        said = class_names.of_parquet(file.path)
        scan = class_names.named(_with_text(_as_strings(pl.scan_parquet(file.path))), said)
        rows = int(scan.select(pl.len()).collect().item())
        if rows:
            scan.tail(1).collect()  # the footer may be whole and the pages cut
    except (pl.exceptions.PolarsError, OSError):
        return ReadResult("parquet", notes=(_unreadable(file, "Parquet"),))
    return ReadResult("parquet", (RawTable(scan, rows, classes=class_names.declared(scan, said)),) if rows else (), notes=() if rows else (_no_rows(file),))


def _with_text(scan: pl.LazyFrame) -> pl.LazyFrame:
    """The scan with columns of bytes that are text throughout read as text: some writers do not say that strings are strings."""
    import polars as pl
    import polars.selectors as cs

    names = [name for name, dtype in scan.collect_schema().items() if dtype == pl.Binary]
    # images are told by the first rows, without a look at all of them
    text = [name for name in names if _is_text(scan.head(_GLANCE), name) and _is_text(scan, name)]
    return scan.with_columns(cs.by_name(*text).cast(pl.String)) if text else scan


def _as_strings(scan: pl.LazyFrame) -> pl.LazyFrame:
    """The scan with strings that are stored as codes, at any depth, read as strings: how they are stored changes nothing in what they say."""
    import polars.selectors as cs

    wanted = {name: (dtype, _uncoded(dtype)) for name, dtype in scan.collect_schema().items()}
    return scan.with_columns(cs.by_name(name).cast(plain) for name, (dtype, plain) in wanted.items() if dtype != plain)


def _uncoded(dtype: pl.DataType) -> pl.DataType:
    import polars as pl

    if dtype in (pl.Categorical, pl.Enum):
        return pl.String()
    if isinstance(dtype, pl.List):
        return pl.List(_uncoded(cast("pl.DataType", dtype.inner)))
    if isinstance(dtype, pl.Array):
        return pl.Array(_uncoded(cast("pl.DataType", dtype.inner)), dtype.size)
    if isinstance(dtype, pl.Struct):
        return pl.Struct([pl.Field(f.name, _uncoded(cast("pl.DataType", f.dtype))) for f in dtype.fields])
    return dtype


def _is_text(scan: pl.LazyFrame, name: str) -> bool:
    import polars as pl
    import polars.selectors as cs

    control = cs.by_name(name).cast(pl.String).str.contains(r"[\x00-\x08]").any()
    try:
        return not scan.select(control).collect(engine="streaming").item()
    except pl.exceptions.ComputeError:  # not UTF-8
        return False


@dataclass(frozen=True)
class _StreamReader:
    """Reads an Arrow stream anew for every pass: a batch in memory at a time where pyarrow is installed, else the file."""

    path: Path

    def __call__(self, columns: list[str] | None, predicate: pl.Expr | None, limit: int | None, size: int | None) -> Iterator[pl.DataFrame]:
        del size
        return serve(self.batches(), columns, predicate, limit)

    def batches(self) -> Iterator[pl.DataFrame]:
        """The rows, and at least a frame without any.

        Raises:
            PolarsError, OSError: where the file is damaged.
        """
        import polars as pl

        if importlib.util.find_spec("pyarrow") is None:
            yield _as_strings(pl.read_ipc_stream(self.path).lazy()).collect()
            return
        import pyarrow as pa

        try:
            with pa.memory_map(str(self.path)) as source, pa.ipc.open_stream(source) as stream:
                yield _frame(stream.schema.empty_table())
                for batch in stream:
                    yield _frame(pa.Table.from_batches([batch]))
        except pa.ArrowException as error:
            raise OSError(type(error).__name__) from None


def _frame(table: pa.Table) -> pl.DataFrame:
    import polars as pl

    frame = pl.from_arrow(table)
    return _as_strings((frame if isinstance(frame, pl.DataFrame) else frame.to_frame()).lazy()).collect()


def read_arrow(file: Candidate, *, stream: bool, hold: bool = True) -> ReadResult:
    """An Arrow IPC file (Feather), or an IPC stream as Hugging Face's `save_to_disk` writes it.

    With `hold` the rows of a stream are kept in memory, without it they are read again by every pass.
    """
    import polars as pl
    from polars.io.plugins import register_io_source

    try:
        if stream and not hold:
            reader = _StreamReader(file.path)
            schema, rows = next(reader.batches()).schema, sum(b.height for b in reader.batches())
            scan = register_io_source(reader, schema=schema, is_pure=True)
        else:
            scan = _as_strings(pl.read_ipc_stream(file.path).lazy() if stream else pl.scan_ipc(file.path))
            rows = int(scan.select(pl.len()).collect().item())
        said = class_names.of_arrow(file.path)
        scan = class_names.named(scan, said)
    except (pl.exceptions.PolarsError, OSError):
        return ReadResult("arrow", notes=(_unreadable(file, "Arrow"),))
    return ReadResult("arrow", (RawTable(scan, rows, sliceable=hold or not stream, classes=class_names.declared(scan, said)),) if rows else (), notes=() if rows else (_no_rows(file),))


def _unreadable(file: Candidate, what: str) -> FileNote:
    return FileNote(file.name, "truncated", f"is a {what} file that cannot be read: cut off or damaged. Copy or download it again")


def _no_rows(file: Candidate) -> FileNote:
    return FileNote(file.name, "empty", "has columns and no rows")


def _text(file: Candidate, container: str) -> tuple[str, tuple[FileNote, ...], tuple[Reject, ...], int]:
    """Text of a file, notes on its encoding, and the lines that could not be read."""
    whole = read_utf8(file, container, mend=True)
    found = whole.survey
    notes = (*found.notes, FileNote(file.name, "truncated", found.damage)) if found.damage else found.notes
    return whole.data.decode(), notes, found.rejects, found.lost


def read_document(file: Candidate, label: str | None) -> ReadResult:
    """A whole file as one row, with the class that its folder is named after."""
    import polars as pl

    text, notes, rejects, lost = _text(file, "text")
    frame = pl.DataFrame({folders.TEXT: [text.strip()], folders.LABEL: [label]}, schema={folders.TEXT: pl.String, folders.LABEL: pl.String})
    return ReadResult("document", (RawTable(frame.lazy(), 1),), rejects, lost, notes)


def read_media(file: Candidate, label: str | None, kind: str) -> ReadResult:
    """An image, sound or video as one row: the digest of its bytes, which tells it from others, and the class that its folder is named after.

    `kind` is what its first bytes say. What is cut off, or a page of text under the name of an image, is no row.
    """
    import polars as pl

    if kind == "text":
        return ReadResult("media", notes=(FileNote(file.name, "unreadable", "is named like an image, sound or video and holds text: a download that failed?"),))
    if not _ends(file):
        return ReadResult("media", notes=(FileNote(file.name, "truncated", "is an image whose end is missing: cut off or damaged"),))
    frame = pl.DataFrame({folders.MEDIA: [bytes.fromhex(sha256_of(file.path))], folders.LABEL: [label]}, schema={folders.MEDIA: pl.Binary, folders.LABEL: pl.String})
    return ReadResult("media", (RawTable(frame.lazy(), 1),))


def _ends(file: Candidate) -> bool:
    """Whether an image has the mark that its format ends with, among the last bytes; of other formats nothing is known."""
    with file.path.open("rb") as stream:
        head = stream.read(4)
        stream.seek(max(0, file.size - _END_BYTES))
        tail = stream.read()
    mark = next((end for begin, end in _ENDS if head.startswith(begin)), b"")
    return mark in tail


def read_page(file: Candidate) -> ReadResult:
    """A whole file as one row of text, of no class."""
    import polars as pl

    text, notes, rejects, lost = _text(file, "text")
    frame = pl.DataFrame({folders.TEXT: [text.strip()]})
    return ReadResult("page", (RawTable(frame.lazy(), 1),), rejects, lost, notes)


def read_phrases(file: Candidate) -> ReadResult | None:
    """The phrases of a YAML or Markdown file of a chatbot, one row each; None where it holds none."""
    import polars as pl

    text, notes, rejects, lost = _text(file, "text")
    rows = intents.of_markdown(text) if file.name.lower().endswith(".md") else intents.of_yaml(text)
    if not rows:
        return None
    frame = pl.DataFrame(rows, schema={"text": pl.String, "intent": pl.String})
    return ReadResult("phrases", (RawTable(frame.lazy(), frame.height),), rejects, lost, (*notes, *intents.told(file.name)))


def read_forms(file: Candidate, container: str, form: str) -> ReadResult:
    """Plain text of which a form of `tagged`, `numeric_text` or `spaced` makes rows."""
    text, notes, rejects, lost = _text(file, container)
    if form in ("arff", "svmlight", "spaced"):
        table = read_spaced(text, file.name) if form == "spaced" else read_numeric(text, form, file.name)
        if table.refusal:
            return ReadResult(form, notes=(*notes, FileNote(file.name, "unreadable", table.refusal)))
        frame, faults = table.frame, table.rejects
        found = Tagged(form, frame, faults[:MAX_REJECTS], len(faults))
    else:
        found = read_tagged(text, form, file.name)
    if found.lost:
        notes = (*notes, FileNote(file.name, "ragged", f"{found.lost} lines are unlike the others", found.rejects[0].line, found.lost))
    return ReadResult(form, (RawTable(found.frame.lazy(), found.frame.height),), (*rejects, *found.rejects), lost + found.lost, notes)
