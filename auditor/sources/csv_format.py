"""CSV and TSV that lose nothing: a fast reader where a proof says it is safe, a careful one where it is not.

Polars pads short rows with null, and its lenient options drop fields, without a word. A file is therefore read in pieces, and
Polars' result for a piece is taken only where it proves that no row was lost or short. In the few pieces that are left rows are
read one by one, and each bad row keeps its line.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from auditor.model import FileNote, Reject
from auditor.sources.csv_dialect import Dialect
from auditor.sources.csv_numbers import LEADING_ZERO, Tally, converted, maybe_numbers, number_notes
from auditor.sources.csv_pieces import NotUtf8Error, Piece, data_start, pieces
from auditor.sources.csv_scan import CsvScan, Way, by_row, parsed, sound
from auditor.sources.csv_shape import first_lines
from auditor.sources.magic import DAMAGED
from auditor.sources.proof import Proof
from auditor.sources.text import MAX_REJECTS, Encoding, Survey, is_utf8, marked, open_utf8, survey
from auditor.sources.types import RawTable, ReadResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from auditor.sources.types import Candidate

_HEAD_ROWS: Final = 10_000
"""Rows that say as what columns are parsed."""


class _DoubtError(Exception):
    """The rest of a file is not so regular that it may be taken for granted."""


def read(file: Candidate, container: str, dialect: Dialect, *, hold: bool = True, trust: bool = False) -> ReadResult:
    """Rows of a delimited file; short, long and unclosed rows become rejects with their line. With `hold` they are kept in memory,
    without it they are parsed again by every pass. With `trust` and without `hold`, rows whose ends are regular may be left to the
    first pass to parse: the table says so by its `proof`.
    """
    encoding, notes = marked(file, container)
    found = Survey(_lined(file, container, encoding), notes)
    reading = _Reading(file, container, dialect, found.encoding)
    try:
        try:
            reading.go(hold=hold, trust=trust and not hold)
        except _DoubtError:
            reading = _Reading(file, container, dialect, found.encoding)
            reading.go(hold=hold, trust=False)
    except NotUtf8Error:
        found = survey(file, container)
        reading = _Reading(file, container, dialect, _lined(file, container, found.encoding))
        reading.go(hold=hold, trust=False)
    return reading.result(found, hold=hold)


def _lined(file: Candidate, container: str, encoding: Encoding) -> Encoding:
    """The encoding with how lines end."""
    try:
        with open_utf8(file.path, container, encoding) as stream:
            head = stream.read(1 << 18)
    except DAMAGED:
        return encoding
    return replace(encoding, returns=b"\r" in head and b"\n" not in head)


def _notes(file: Candidate, dialect: Dialect) -> list[FileNote]:
    notes = []
    if dialect.survey:
        notes.append(FileNote(file.name, "preamble", f"has {dialect.preamble + 1} lines of headings, of which a reader must be told to skip all but the first", 1, dialect.preamble))
    elif dialect.preamble:
        notes.append(FileNote(file.name, "preamble", f"has {dialect.preamble} lines before the header line, which a reader must be told to skip", 1, dialect.preamble))
    if dialect.twice:
        told = ", ".join(repr(c) for c in dialect.twice[:5])
        notes.append(FileNote(file.name, "duplicate_columns", f"has several columns named {told}; from the second on they are read under the name with the column's number behind it", 1))
    if not dialect.header:
        notes.append(FileNote(file.name, "no_header", f"has no header line; columns are named {dialect.names[0]} to {dialect.names[-1]}", 1))
    return notes


@dataclass
class _Reading:
    """One way through a file: its pieces, and what the cells of each column are."""

    file: Candidate
    container: str
    dialect: Dialect
    encoding: Encoding
    tallies: list[Tally] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    firsts: list[int] = field(default_factory=list)
    ways: list[Way] = field(default_factory=list)
    folded: list[bool] = field(default_factory=list)
    frames: list[pl.DataFrame] = field(default_factory=list)
    end: int = 0
    rows: int = 0
    rejects: list[Reject] = field(default_factory=list)
    """At most `MAX_REJECTS`."""
    lost: int = 0
    damage: str = ""
    proof: Proof | None = None

    def go(self, *, hold: bool, trust: bool) -> None:
        """Go through the file once.

        Raises:
            NotUtf8Error: the bytes are no text in this encoding.
            _DoubtError: with `trust`, where not all rows are regular.
        """
        try:
            with open_utf8(self.file.path, self.container, self.encoding) as stream:
                start, line = data_start(stream, self.dialect)
            with open_utf8(self.file.path, self.container, self.encoding) as stream:
                left = start
                while left and (passed := stream.read(left)):
                    left -= len(passed)
                take = self._granted if trust else self._parsed
                for piece in pieces(stream, self.dialect, lambda piece: take(piece, hold=hold), start, line):
                    if trust:
                        raise _DoubtError
                    self._by_row(piece, hold=hold)
        except DAMAGED as error:
            self.damage = f"{type(error).__name__} while reading: the file is cut or damaged"

    def _granted(self, piece: Piece, *, hold: bool) -> bool:
        """Take a piece for granted, unless it is the first."""
        if not self.tallies:
            return self._parsed(piece, hold=hold)
        if self.ways[0] is not Way.TYPED or any(t.counted for t in self.tallies):
            return False
        self.proof = self.proof or Proof()
        self._add(piece, Way.TYPED, piece.rows)
        return True

    def _parsed(self, piece: Piece, *, hold: bool) -> bool:
        """Take a piece if each of its rows is whole."""
        import polars as pl

        folded = piece.lines != piece.rows
        tallies = self.tallies or _begun(piece, self.dialect)
        text: list[pl.DataType] = [pl.String() for _ in self.dialect.names]
        ways = ((Way.TYPED, [t.dtype for t in tallies]), (Way.TEXT, text))
        for way, dtypes in ways if tallies else ways[1:]:
            try:
                frame = parsed(piece.data, self.dialect.delimiter, dtypes, folded=folded)
            except pl.exceptions.PolarsError:
                continue
            if sound(frame, piece.rows, piece.data, self.dialect):
                self.tallies = tallies if way is Way.TYPED else self.tallies
                told = way is Way.TEXT or any(t.counted for t in self.tallies)  # else no cell can be odd, and no line is asked for
                lines = (piece.line + first_lines(piece.data)).tolist() if folded and told else range(piece.line, piece.line + piece.rows)
                self._keep(piece, way, frame, lines, hold=hold)
                return True
        if not is_utf8(piece.data):
            raise NotUtf8Error
        return False

    def _by_row(self, piece: Piece, *, hold: bool) -> None:
        """Take the good rows of a piece."""
        for line, _, problem in piece.records:
            if problem is not None:
                self.lost += 1
                if len(self.rejects) < MAX_REJECTS:
                    self.rejects.append(Reject(self.file.name, line, problem))
        lines = [line for line, _, problem in piece.records if problem is None]
        self._keep(piece, Way.BY_ROW, by_row(piece.records, len(self.dialect.names)), lines, hold=hold)

    def _keep(self, piece: Piece, way: Way, frame: pl.DataFrame, lines: Sequence[int], *, hold: bool) -> None:
        if self.tallies:
            for tally, cells in zip(self.tallies, frame, strict=True):
                tally.add(cells, lines)
        else:  # the first rows tell the types, with a few odd cells among them too
            self.tallies = [Tally.of_text(cells, lines) for cells in frame]
        self._add(piece, way, frame.height)
        if hold and frame.height:
            self.frames.append(frame)

    def _add(self, piece: Piece, way: Way, rows: int) -> None:
        self.offsets.append(piece.offset)
        self.firsts.append(self.rows)
        self.ways.append(way)
        self.folded.append(piece.lines != rows)
        self.rows += rows
        self.end = piece.offset + len(piece.data)

    def result(self, found: Survey, *, hold: bool) -> ReadResult:
        """What there is to say of the file; `found` is what its encoding is."""
        name, names = self.file.name, self.dialect.names
        rejects, lost = [*found.rejects, *self.rejects], found.lost + self.lost
        notes = [*_notes(self.file, self.dialect), *found.notes]
        damage = self.damage or found.damage
        if damage:
            notes.append(FileNote(name, "truncated", damage))
        if lost:
            first = min(r.line or 0 for r in rejects)
            notes.append(FileNote(name, "ragged", f"{lost} rows could not be read (fields missing, too many, a quote left open, or the header once more)", first, lost))
        told, mistyped = number_notes(name, dict(zip(names, self.tallies, strict=False)))
        tables = (self._table(hold=hold),) if self.rows else ()
        return ReadResult("csv", tables, (*rejects, *mistyped)[:MAX_REJECTS], lost, (*notes, *told))

    def _table(self, *, hold: bool) -> RawTable:
        import polars as pl

        dtypes = tuple(t.settled() for t in self.tallies)
        scan = CsvScan(
            self.file.path,
            self.container,
            self.dialect,
            self.encoding,
            tuple(t.dtype if t.dtype == pl.String else dtype for t, dtype in zip(self.tallies, dtypes, strict=True)),
            dtypes,
            (*self.offsets, self.end),
            (*self.firsts, self.rows),
            tuple(self.ways),
            tuple(self.folded),
            self.proof,
        )
        if not hold:
            reached = self.container == "text" and self.encoding.plain  # else a piece costs reading all before it
            return RawTable(scan.frame(), self.rows, sliceable=False, costly=True, cut=scan.frame if reached else None, proof=self.proof)
        if any(t.typed and dtype == pl.String for t, dtype in zip(self.tallies, dtypes, strict=True)):
            return RawTable(scan.frame().collect(engine="streaming").lazy(), self.rows)  # numbers don't say how they were written
        self.frames.reverse()
        held = []
        while self.frames:
            frame = self.frames.pop()
            held.append(pl.DataFrame([converted(c, dtype).alias(n) for c, dtype, n in zip(frame, dtypes, self.dialect.names, strict=True)]))
        return RawTable(pl.concat(held).lazy(), self.rows)


def _begun(piece: Piece, dialect: Dialect) -> list[Tally]:
    """As what the columns are parsed, by the first rows; nothing where they cannot be told."""
    import polars as pl

    try:
        schema = pl.scan_csv(piece.data, separator=dialect.delimiter, has_header=False, infer_schema_length=_HEAD_ROWS).collect_schema()
        if len(schema) != len(dialect.names):
            return []
        text: list[pl.DataType] = [pl.String() for _ in schema]
        head = parsed(piece.data, dialect.delimiter, text, rows=_HEAD_ROWS, folded=False)
    except pl.exceptions.PolarsError:
        return []
    out = []
    for cells, dtype in zip(head, schema.dtypes(), strict=True):
        if dtype == pl.String:
            out.append(Tally(dtype, counted=maybe_numbers(cells)))
        else:  # "007" is a code, not the number 7
            out.append(Tally(pl.String() if dtype.is_numeric() and cells.str.contains(LEADING_ZERO).any() else dtype))
    return out
