"""CSV and TSV that lose nothing: a fast reader where a proof says it is safe, a careful one where it is not.

Polars pads short rows with null, and its lenient options drop fields, without a word. The fast reader is therefore used
only where its own result proves that no row was short: it raised nothing, and the last column holds no null or every line has
all its delimiters. Everything else goes through the standard library's parser row by row, where each bad row keeps its line.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from auditor.model import FileNote, Reject
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

DELIMITERS: Final = (",", "\t", ";", "|")
_SAMPLE_ROWS: Final = 1000
_WORDS: Final = 4
"""Words of a cell from which it is a sentence and hardly a column's name."""
_COUNTED: Final = 5
_YEARS: Final = 3
"""Columns named by numbers in order, so many at least, have a header."""
_PREAMBLE: Final = 20
"""Rows before a header at most."""
_QUOTED: Final = r'"(?:[^"]|"")*"'
_QUOTED_BYTES: Final = re.compile(rb'"[^"]*"')
_ESCAPED: Final = re.compile(r'\\(["\\])')
_FLUSH: Final = 50_000
"""Rows that the careful reader holds as Python objects."""
LEADING_ZERO: Final = r"^[+-]?0\d"
MISSING: Final = ("NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "NULL", "null", "None", "?")
"""Words for a missing number, those of pandas' reader and the question mark of old repositories; in a column of text they are text."""
MISTYPED_SHARE: Final = 0.01
"""Up to this share of cells that don't fit a numeric column are reported and read as null; above it the column is text."""


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written."""

    delimiter: str
    header: bool
    names: tuple[str, ...]
    short: bool = False
    """The header has no field for the first column, as R writes row names."""
    given: tuple[str, ...] = ()
    """The fields of the header as they stand there; none without a header."""
    preamble: int = 0
    """Lines before the header: a title, comments, `sep=;`."""
    escaped: bool = False
    """A quote within a quoted field has a backslash before it and not a second quote (MySQL, Spark)."""
    again: bool = False
    """The header turns up among the rows, as in files that were put together."""

    @property
    def twice(self) -> tuple[str, ...]:
        """Names that several columns have."""
        return tuple(dict.fromkeys(c for c in self.given if c and self.given.count(c) > 1))

    @property
    def odd(self) -> bool:
        """Whether only the careful reader knows how to read it."""
        return self.short or self.escaped or self.again or self.preamble > 0


def sniff(text: str, agreement: float = 0.8) -> Dialect | None:
    """Delimiter and header from the start of a file, or None where no delimiter gives the same number (>= 2) of fields.

    `agreement` is the share of rows that must have that number; a file that is named .csv needs less to be believed.
    """
    best: tuple[int, str, bool, list[list[str]], list[int]] | None = None
    for delimiter, escaped in itertools.product(DELIMITERS, (False, True) if '\\"' in text else (False,)):
        rows, ends = _head(text, delimiter, escaped=escaped)
        if not rows:
            continue
        widths = [len(r) for r in rows]
        common = max(dict.fromkeys(widths), key=widths.count)
        share = widths.count(common) / len(widths)
        if common < 2 or share < agreement:
            continue
        if escaped and share < 1:
            continue
        if best is None or common > best[0] or (escaped and best[1] == delimiter and not _regular(best)):
            best = (common, delimiter, escaped, rows, ends)
    if best is None:
        return None
    width, delimiter, escaped, rows, ends = best
    told = rows[0][0].startswith("sep=")  # a line that Excel writes for itself
    at = next((i for i, r in enumerate(rows) if len(r) == width and (i or not told)), 0)
    if at and (at > _PREAMBLE or (len(rows[0]) == width - 1 and not told) or not _has_header(rows[at:], width)):
        at = 0
    rows = rows[at:]
    short = len(rows[0]) == width - 1
    first = [c.strip() for c in (["", *rows[0]] if short else rows[0])]
    header = _has_header([first, *rows[1:]], width)
    names = _unique(first[:width] if header else [f"column_{i}" for i in range(width)], width)
    return Dialect(
        delimiter, header, tuple(names), short and header, tuple(first) if header else (), ends[at - 1] if at else 0, escaped,
        header and not short and any([c.strip() for c in r] == first for r in rows[1:]),
    )  # fmt: skip


def _regular(best: tuple[int, str, bool, list[list[str]], list[int]]) -> bool:
    return all(len(r) == best[0] for r in best[3])


def _head(text: str, delimiter: str, *, escaped: bool) -> tuple[list[list[str]], list[int]]:
    """The first rows that are not blank, and the line in which each ends."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, doublequote=not escaped, escapechar="\\" if escaped else None)
    csv.field_size_limit(1 << 30)
    rows, ends = [], []
    for row in reader:
        if row:
            rows.append(row)
            ends.append(reader.line_num)
            if len(rows) == _SAMPLE_ROWS:
                break
    return rows, ends


def single_column(text: str) -> Dialect | None:
    """The dialect of a one-column file whose first line is a name."""
    rows, _ = _head(text, ",", escaped=False)
    if not rows or len(rows[0]) != 1:
        return None
    header = _has_header(rows, 1)
    return Dialect(",", header, tuple(rows[0] if header else ["column_0"]))


def _has_header(rows: list[list[str]], width: int) -> bool:
    # A header names: its cells are short, filled, mostly different, no numbers, and do not turn up among the values below them.
    first = [c.strip() for c in rows[0]]
    rows = [rows[0], *(r for r in rows[1:] if [c.strip() for c in r] != first)]  # files put together have it again
    below = [[r[i].strip() for r in rows[1:] if len(r) > i] for i in range(width)]
    names = [c for c in first if c]
    if len(first) != width or not names or 2 * len(set(names)) <= len(names) or any(len(c) > 60 for c in names):
        return False
    if any(not c and not _nameless(i, below[i]) for i, c in enumerate(first)):
        return False
    numbers = [c for c in names if _number(c)]
    if numbers and (not _counted(numbers) or _counted([c for c in rows[1] if _number(c)] if len(rows) > 1 else [])):
        return False
    if _sentences(names, [[r[i] for i, c in enumerate(first) if c and len(r) > i] for r in rows[1:]]):
        return False
    return not any(c in seen for c, seen in zip(first, below, strict=True) if c and not _number(c))


def _counted(numbers: list[str]) -> bool:
    """Whether they count columns (0, 1, 2 ... as pandas names those of an array) or years."""
    whole = [int(c) if c.isdecimal() and c.isascii() and len(c) < 9 else -1 for c in numbers]
    steps = {b - a for a, b in itertools.pairwise(whole)}
    if whole and whole[0] in {0, 1} and len(whole) >= _COUNTED:
        return steps == {1}
    return len(whole) >= _YEARS and len(steps) == 1 and min(steps) > 0 and 1900 <= whole[0] <= whole[-1] <= 2100


def _nameless(at: int, cells: list[str]) -> bool:
    """Whether a column may lack a name in a header: row numbers or names before the first column, as pandas and R write them, or nothing at all."""
    return not any(cells) or (at == 0 and all(cells) and len(set(cells)) == len(cells))


def _sentences(first: list[str], below: list[list[str]]) -> bool:
    """Whether the first row is sentences above sentences, as in texts side by side. The questions of a survey stand above short answers too."""
    if not below or any(len(c.split()) < _WORDS or c.endswith(("?", ":")) for c in first):
        return False
    return all(sum(len(r[i].split()) >= _WORDS for r in below if len(r) > i) * 2 > len(below) for i in range(len(first)))


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _unique(names: list[str], width: int) -> list[str]:
    out: list[str] = []
    for i, raw in enumerate(names):
        name = raw.strip() or f"Unnamed: {i}"  # as pandas names it, so as a trainer will
        out.append(name if name not in out else f"{name}_{i}")
    return out + [f"column_{i}" for i in range(len(out), width)]


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
        maybe = _maybe_numbers(scan.select(texts).head(10_000).collect())
        counts = scan.select(pl.len().alias("\0rows"), pl.all().null_count(), *_counts(maybe, dialect, scan.collect_schema())).collect(engine="streaming").row(0, named=True)
    except (pl.exceptions.PolarsError, OSError):
        return None
    rows, short = int(counts["\0rows"]), int(counts[dialect.names[-1]])
    if counts["\0again"]:
        return None
    scan, told = _as_numbers(scan, maybe, counts, file.name)
    try:
        lines, separators = _marks(file, container, dialect.delimiter if short else "")
    except DAMAGED:
        return None
    if not rows or rows + dialect.header < lines:
        return None  # a row over many lines may be a text, or a quote that swallowed other rows
    if short and separators != (rows + dialect.header) * (len(dialect.names) - 1):
        return None  # the last column lacks values because rows are short, not because cells are empty
    return ReadResult("csv", (RawTable(scan, rows),), notes=(*_notes(file, dialect), *_bom(file, container), *told))


def plain_numbers(cells: pl.Expr) -> pl.Expr:
    """Cells without white space at their ends, and null where they say that a number is missing."""
    import polars as pl

    stripped = cells.str.strip_chars()
    return pl.when(stripped.is_in(MISSING)).then(None).otherwise(stripped)


def _maybe_numbers(head: pl.DataFrame) -> list[str]:
    """Columns of text that are numbers but for spaces and words for missing ones, by their first rows."""
    import polars as pl

    out = []
    for name in head.columns:
        plain = head.select(plain_numbers(pl.col(name)).alias("x"))["x"].drop_nulls()
        if plain.len() and not plain.cast(pl.Float64, strict=False).null_count() and not plain.str.contains(LEADING_ZERO).any():
            out.append(name)
    return out


def _counts(maybe: list[str], dialect: Dialect, schema: pl.Schema) -> Iterator[pl.Expr]:
    """What decides on columns that may be numbers, and how often the header comes again where all columns are text."""
    import polars as pl

    text = bool(dialect.given) and all(t == pl.String and not chooses(c) for c, t in schema.items())
    same = [pl.col(c).str.strip_chars() == given for c, given in zip(dialect.names, dialect.given, strict=False)]
    yield (pl.all_horizontal(same).sum() if text else pl.lit(0)).alias("\0again")
    for name in maybe:
        plain = plain_numbers(pl.col(name))
        odd = plain.cast(pl.Float64, strict=False).is_null() | plain.str.contains(LEADING_ZERO)
        yield (plain.is_not_null() & odd).sum().alias(f"\0odd {name}")
        yield (plain.is_not_null() & plain.cast(pl.Int64, strict=False).is_null()).sum().alias(f"\0broken {name}")
        yield (pl.col(name).is_not_null() & plain.is_null()).sum().alias(f"\0missing {name}")


def _as_numbers(scan: pl.LazyFrame, maybe: list[str], counts: dict[str, int], file: str) -> tuple[pl.LazyFrame, list[FileNote]]:
    import polars as pl

    sure = [c for c in maybe if not counts[f"\0odd {c}"]]
    made = [plain_numbers(pl.col(c)).cast(pl.Float64 if counts[f"\0broken {c}"] else pl.Int64).alias(c) for c in sure]
    return scan.with_columns(made) if made else scan, missing_notes(file, {c: counts[f"\0missing {c}"] for c in sure})


def missing_notes(file: str, missing: dict[str, int]) -> list[FileNote]:
    """What is said of words for missing numbers, by column."""
    return [FileNote(file, "missing_marks", f"column '{c}': {n} cells hold a word for a missing number (NA, n/a, NULL, ? ...) and were read as missing, which not every reader does", count=n) for c, n in missing.items() if n]


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
    typed, mistyped, missing = _typed(frame, lines, file.name)
    notes += missing_notes(file.name, missing)
    if mistyped:
        notes.append(FileNote(file.name, "mistyped", f"{len(mistyped)} cells do not fit their column's type and were read as missing", mistyped[0].line, len(mistyped)))
    return ReadResult("csv", (RawTable(typed.lazy(), typed.height),), (*rejects, *mistyped)[:MAX_REJECTS], lost, tuple(notes))


def _typed(frame: pl.DataFrame, lines: list[int], name: str) -> tuple[pl.DataFrame, list[Reject], dict[str, int]]:
    """Columns of text to numbers where (nearly) all cells are numbers; the few that are not become reports, not silence.

    The last is the number of words for missing numbers by column.
    """
    import polars as pl

    faults: list[Reject] = []
    out: list[pl.Series] = []
    missing: dict[str, int] = {}
    for column in frame.columns:
        cells = frame[column]
        cells = cells.set(cells == "", None)
        filled = cells.len() - cells.null_count()
        out.append(cells)
        if filled and cells.is_in(["true", "false"]).sum() == filled:
            out[-1] = cells == "true"
            continue
        plain = pl.select(plain_numbers(pl.lit(cells))).to_series()
        numbers = plain.len() - plain.null_count()
        if not numbers or plain.str.contains(LEADING_ZERO).any():
            continue
        for dtype in (pl.Int64, pl.Float64):
            cast = plain.cast(dtype, strict=False)
            wrong = plain.is_not_null() & cast.is_null()
            bad = int(wrong.sum())
            if bad and (bad > numbers * MISTYPED_SHARE or dtype is pl.Int64):
                continue
            out[-1] = cast.alias(column)
            missing[column] = filled - numbers
            faults.extend(Reject(name, lines[i], f"column '{column}': not a number (read as missing)", lost=False) for i in wrong.arg_true().to_list())
            break
    return pl.DataFrame({s.name: s for s in out}), faults, missing
