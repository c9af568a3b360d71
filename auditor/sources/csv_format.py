"""CSV and TSV that lose nothing: a fast reader where a proof says it is safe, a careful one where it is not.

Polars pads short rows with null, and its lenient options drop fields, without a word. The fast reader is therefore used
only where its own result proves that no row was short: it raised nothing, and the last column holds no null or every line has
all its delimiters. Everything else goes through the standard library's parser row by row, where each bad row keeps its line.
"""

from __future__ import annotations

import codecs
import io
import re
from typing import TYPE_CHECKING, Final

from auditor.model import FileNote, Reject
from auditor.sources.csv_dialect import Dialect
from auditor.sources.csv_numbers import (
    LEADING_ZERO,
    as_numbers,
    maybe_numbers,
    missing_notes,
    number_counts,
    typed_cells,
)
from auditor.sources.csv_records import records
from auditor.sources.lines import how_many
from auditor.sources.magic import DAMAGED, open_text
from auditor.sources.names import chooses
from auditor.sources.text import MAX_REJECTS, bom_note, read_utf8
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from auditor.sources.types import Candidate

_QUOTED_BYTES: Final = re.compile(rb'"[^"]*"')
_ESCAPED: Final = re.compile(r'\\(["\\])')
_FLUSH: Final = 50_000
"""Rows that the careful reader holds as Python objects."""


def read(file: Candidate, container: str, dialect: Dialect, *, hold: bool = True) -> ReadResult:
    """Rows of a delimited file; short, long and unclosed rows become rejects with their line. With `hold` they are kept in memory,
    without it they are parsed again by every pass.
    """
    if container in ("text", "gzip", "zstd") and not dialect.odd and not _wide(file, container):
        fast = _fast(file, container, dialect, hold=hold)
        if fast is not None:
            return fast
    if not hold:
        from auditor.sources.csv_stream import read_streamed

        return read_streamed(file, container, dialect, _notes(file, dialect))
    return _careful(file, container, dialect)


def _wide(file: Candidate, container: str) -> bool:
    """Whether characters take two bytes: read as bytes, letters and zeros between them are valid UTF-8."""
    with open_text(file.path, container) as stream:
        return b"\0" in stream.read(1 << 12)


def _notes(file: Candidate, dialect: Dialect) -> tuple[FileNote, ...]:
    notes = []
    if dialect.preamble:
        notes.append(FileNote(file.name, "preamble", f"has {dialect.preamble} lines before the header line, which a reader must be told to skip", 1, dialect.preamble))
    if dialect.twice:
        told = ", ".join(repr(c) for c in dialect.twice[:5])
        notes.append(FileNote(file.name, "duplicate_columns", f"has several columns named {told}; from the second on they are read under the name with the column's number behind it", 1))
    if not dialect.header:
        notes.append(FileNote(file.name, "no_header", f"has no header line; columns are named {dialect.names[0]} to {dialect.names[-1]}", 1))
    return tuple(notes)


def _fast(file: Candidate, container: str, dialect: Dialect, *, hold: bool) -> ReadResult | None:
    import polars as pl

    try:
        scan = pl.scan_csv(
            file.path,
            separator=dialect.delimiter,
            has_header=dialect.header,
            new_columns=list(dialect.names),
            infer_schema_length=10_000,
            try_parse_dates=False,
        )
        schema = scan.collect_schema()
        if len(schema) != len(dialect.names):
            return None
        codes = _leading_zeros(file, dialect, schema)
        if codes:
            scan = pl.scan_csv(
                file.path,
                separator=dialect.delimiter,
                has_header=dialect.header,
                schema={name: pl.String() if name in codes else dtype for name, dtype in schema.items()},
            )
        # All columns must be decoded: a projection would skip the fields in which a bad row shows.
        if hold:
            scan = scan.collect(engine="streaming").lazy()
        texts = [c for c, t in scan.collect_schema().items() if t == pl.String and not chooses(c)]
        maybe = maybe_numbers(scan.select(texts).head(10_000).collect())
        counts = scan.select(pl.len().alias("\0rows"), pl.all().null_count(), _again(dialect, scan.collect_schema()), *number_counts(maybe)).collect(engine="streaming").row(0, named=True)
    except (pl.exceptions.PolarsError, OSError):
        return None
    rows, short = int(counts["\0rows"]), int(counts[dialect.names[-1]])
    if counts["\0again"]:
        return None
    scan, told = as_numbers(scan, maybe, counts, file.name)
    try:
        lines, separators = _marks(file, container, dialect.delimiter if short else "")
    except DAMAGED:
        return None
    if not rows or rows + dialect.header < lines:
        return None  # a row over many lines may be a text, or a quote that swallowed other rows
    if short and separators != (rows + dialect.header) * (len(dialect.names) - 1):
        return None  # the last column lacks values because rows are short, not because cells are empty
    return ReadResult("csv", (RawTable(scan, rows, skips=not hold),), notes=(*_notes(file, dialect), *_bom(file, container), *told))


def _again(dialect: Dialect, schema: pl.Schema) -> pl.Expr:
    """How often the header comes again where all columns are text; where one is numbers, the header does not pass for a row."""
    import polars as pl

    if not dialect.given or not all(t == pl.String and not chooses(c) for c, t in schema.items()):
        return pl.lit(0).alias("\0again")
    same = [pl.col(c).str.strip_chars() == given for c, given in zip(dialect.names, dialect.given, strict=True)]
    return pl.all_horizontal(same).sum().alias("\0again")


def _bom(file: Candidate, container: str) -> tuple[FileNote, ...]:
    with open_text(file.path, container) as stream:
        return (bom_note(file),) if stream.read(3) == codecs.BOM_UTF8 else ()


def _marks(file: Candidate, container: str, delimiter: str) -> tuple[int, int]:
    """Lines, as far as counting line ends tells, and delimiters outside quotes (0 without a `delimiter`).

    A stray quote can only hide delimiters, and a row with too many fields is an error of the reader, so that the number of
    delimiters is right only where every row has all its fields.
    """
    lines = separators = 0
    mark, held = delimiter.encode(), b""
    with open_text(file.path, container) as stream:
        while block := stream.read(1 << 20):
            lines += how_many(b"\n", block)
            if mark:
                whole, cut, rest = (held + block).rpartition(b"\n")
                held = rest
                separators += _outside(whole + cut, mark)
            last = block[-1:]
    return lines + (last != b"\n"), separators + _outside(held, mark) if mark else 0


def _outside(data: bytes, mark: bytes) -> int:
    """How often `mark` stands outside quotes in whole lines."""
    return how_many(mark, _QUOTED_BYTES.sub(b"", data) if b'"' in data else data)


def _leading_zeros(file: Candidate, dialect: Dialect, schema: pl.Schema) -> frozenset[str]:
    # "007" is a code, not the number 7: such a column is text.
    import polars as pl
    import polars.selectors as cs

    numbers = [c for c, t in schema.items() if t.is_numeric()]
    if not numbers:
        return frozenset()
    head = pl.scan_csv(
        file.path, separator=dialect.delimiter, has_header=dialect.header, new_columns=list(dialect.names), infer_schema=False
    ).head(10_000)
    found = head.select(cs.by_name(*numbers).str.contains(LEADING_ZERO).any()).collect().row(0)
    return frozenset(c for c, zero in zip(numbers, found, strict=True) if zero)


def data_rows(lines: Iterable[str], dialect: Dialect) -> Iterator[tuple[int, list[str], str | None]]:
    """The `records` of a file without what stands before them; a header line among them is a bad row."""
    plain = map(_unescaped, lines) if dialect.escaped else lines
    skip = dialect.header
    for line, cells, problem in records(plain, dialect.delimiter, len(dialect.names)):
        if line <= dialect.preamble:
            continue
        if skip and (problem is None or dialect.short):
            skip = False
        elif problem is None and dialect.given and cells[0].strip() == dialect.given[0] and tuple(c.strip() for c in cells) == dialect.given:
            yield line, [], "the header line once more"
        else:
            yield line, cells, problem


def _unescaped(line: str) -> str:
    r"""A line with `""` for `\"` and `\` for `\\`."""
    return _ESCAPED.sub(lambda m: '""' if m[1] == '"' else m[1], line) if "\\" in line else line


def _careful(file: Candidate, container: str, dialect: Dialect) -> ReadResult:
    import polars as pl

    whole = read_utf8(file, container, mend=True)
    found = whole.survey
    notes, rejects, lost = [*_notes(file, dialect), *found.notes], list(found.rejects), found.lost
    rows: list[list[str]] = []
    frames: list[pl.DataFrame] = []
    lines: list[int] = []
    schema = dict.fromkeys(dialect.names, pl.String)
    for line, cells, problem in data_rows(io.StringIO(whole.data.decode(), newline=None), dialect):
        if problem is None:
            rows.append(cells)
            lines.append(line)
            if len(rows) == _FLUSH:
                frames.append(pl.DataFrame(rows, schema=schema, orient="row"))
                rows = []
        else:
            rejects.append(Reject(file.name, line, problem))
            lost += 1
    if found.damage:
        notes.append(FileNote(file.name, "truncated", found.damage))
    if rejects:
        first = min(r.line or 0 for r in rejects)
        notes.append(FileNote(file.name, "ragged", f"{lost} rows could not be read (fields missing, too many, a quote left open, or the header once more)", first, lost))
    frame = pl.concat([*frames, pl.DataFrame(rows, schema=schema, orient="row")])
    typed, mistyped, missing = typed_cells(frame, lines, file.name)
    notes += missing_notes(file.name, missing)
    if mistyped:
        notes.append(FileNote(file.name, "mistyped", f"{len(mistyped)} cells do not fit their column's type and were read as missing", mistyped[0].line, len(mistyped)))
    return ReadResult("csv", (RawTable(typed.lazy(), typed.height),), (*rejects, *mistyped)[:MAX_REJECTS], lost, tuple(notes))
