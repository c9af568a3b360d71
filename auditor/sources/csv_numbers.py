"""Columns of text that are numbers: but for spaces at their ends, words for missing ones, and a few odd cells, which are told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from auditor.model import FileNote, Reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

LEADING_ZERO: Final = r"^[+-]?0\d"
MISSING: Final = (
    "NA", "N/A", "n/a", "na", "n.a.", "<NA>", "#N/A", "#NA", "NULL", "Null", "null", "None", "none", "?", "-", "--", ".", "\\N", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "TBD", "TODO",
)  # fmt: skip
"""Words for a missing number: those of pandas' reader, spreadsheets, databases and SAS, and the question mark of old repositories; in a
column of text they are text."""
MISTYPED_SHARE: Final = 0.01
"""Up to this share of cells that don't fit a numeric column are reported and read as null; above it the column is text."""
_MOSTLY: Final = 0.5
"""From this share of numbers among the first cells on, a column with odd cells is counted to its end."""
MAX_TOLD: Final = 1000


def plain_numbers(cells: pl.Expr) -> pl.Expr:
    """Cells without white space at their ends, and null where they say that a number is missing."""
    import polars as pl

    stripped = cells.str.strip_chars()
    return pl.when(stripped.is_in(MISSING)).then(None).otherwise(stripped)


def plain(cells: pl.Series) -> pl.Series:
    """The same of a series."""
    import polars as pl

    return cells.to_frame("x").select(plain_numbers(pl.col("x"))).to_series()


@dataclass
class Tally:
    """What the cells of a column are, added up over pieces of a file."""

    dtype: pl.DataType
    """As which the cells are parsed."""
    counted: bool = False
    """Whether cells that are parsed as text may be numbers or truth values, which counting all of them decides."""
    typed: int = 0
    """Cells that were parsed as another type than text."""
    filled: int = 0
    """Cells of text."""
    truth: int = 0
    """Those that are `true` or `false`."""
    missing: int = 0
    """Those with a word for a missing number."""
    zero: bool = False
    """Whether any of them begins with a zero as a code does."""
    not_whole: int = 0
    not_number: int = 0
    odd_lines: list[int] = field(default_factory=list)
    """Lines of the first cells that are no numbers."""

    @classmethod
    def of_text(cls, cells: pl.Series, lines: Sequence[int]) -> Tally:
        """From the first cells, some rows of which may be faulty."""
        import polars as pl

        tally = cls(pl.String(), counted=True)
        tally.add(cells, lines)
        numbers = tally.filled - tally.missing
        found = tally.settled()
        tally.counted = found == pl.String and not tally.zero and tally.not_number <= numbers * (1 - _MOSTLY)
        tally.dtype = found
        return tally

    def add(self, cells: pl.Series, lines: Sequence[int]) -> None:
        """Count the cells of some rows, which begin in these lines."""
        import polars as pl

        if cells.dtype != pl.String:
            self.typed += cells.len() - cells.null_count()
            return
        if self.dtype == pl.String and not self.counted:
            return
        present = cells.is_not_null()
        self.filled += int(present.sum())
        self.truth += int(_truth(cells).is_in(["true", "false"]).sum() or 0)
        bare = plain(cells)
        self.missing += int((present & bare.is_null()).sum())
        self.zero = self.zero or bool(bare.str.contains(LEADING_ZERO).any())
        whole, number = (bare.is_not_null() & bare.cast(t, strict=False).is_null() for t in (self._whole, pl.Float64()))
        self.not_whole += int(whole.sum())
        self.not_number += int(number.sum())
        if len(self.odd_lines) < MAX_TOLD and self.not_number <= MAX_TOLD:
            self.odd_lines += [lines[i] for i in number.arg_true().to_list()]

    @property
    def _whole(self) -> pl.DataType:
        import polars as pl

        return self.dtype if self.dtype.is_integer() else pl.Int64()

    def settled(self) -> pl.DataType:
        """The type of the column."""
        import polars as pl

        if self.dtype == pl.String and not self.counted:
            return pl.String()
        numbers = self.typed + self.filled - self.missing
        if self.truth == self.filled and (self.dtype == pl.Boolean or (self.filled and not self.typed)):
            return pl.Boolean()
        if self.dtype == pl.Boolean or not numbers or self.zero:
            return pl.String()
        if not self.not_whole and self.dtype != pl.Float64:
            return self._whole
        return pl.Float64() if self.not_number <= numbers * MISTYPED_SHARE else pl.String()


def _truth(cells: pl.Series) -> pl.Series:
    return cells.str.to_lowercase()


def converted(cells: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Cells as another type; of text those that don't fit are null."""
    import polars as pl

    if cells.dtype == dtype:
        return cells
    if cells.dtype != pl.String:
        return cells.cast(dtype)
    if dtype == pl.Boolean:
        return _truth(cells) == "true"
    return plain(cells).cast(dtype, strict=False).alias(cells.name)


def maybe_numbers(cells: pl.Series) -> bool:
    """Whether text is numbers but for spaces and words for missing ones, by the first rows; no cells at all may become numbers."""
    import polars as pl

    bare = plain(cells).drop_nulls()
    if not bare.len():
        return cells.null_count() == cells.len()
    return not bare.cast(pl.Float64, strict=False).null_count() and not bare.str.contains(LEADING_ZERO).any()


def number_notes(file: str, columns: dict[str, Tally]) -> tuple[list[FileNote], list[Reject]]:
    """What is said of words for missing numbers and of cells that are none, in columns of numbers."""
    numeric = {name: tally for name, tally in columns.items() if tally.settled().is_numeric()}
    notes = [
        FileNote(file, "missing_marks", f"column '{c}': {t.missing} cells hold a word for a missing number (NA, n/a, NULL, ? ...) and were read as missing, which not every reader does", count=t.missing)
        for c, t in numeric.items()
        if t.missing
    ]
    odd = {c: t for c, t in numeric.items() if t.not_number}
    faults = [Reject(file, line, f"column '{c}': not a number (read as missing)", lost=False) for c, t in odd.items() for line in t.odd_lines]
    if faults:
        total = sum(t.not_number for t in odd.values())
        notes.append(FileNote(file, "mistyped", f"{total} cells do not fit their column's type and were read as missing", faults[0].line, total))
    return notes, faults
