"""Columns of text that are numbers: but for spaces at their ends, words for missing ones, and a few odd cells, which are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from auditor.model import FileNote, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

LEADING_ZERO: Final = r"^[+-]?0\d"
MISSING: Final = ("NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "NULL", "null", "None", "?")
"""Words for a missing number, those of pandas' reader and the question mark of old repositories; in a column of text they are text."""
MISTYPED_SHARE: Final = 0.01
"""Up to this share of cells that don't fit a numeric column are reported and read as null; above it the column is text."""


def plain_numbers(cells: pl.Expr) -> pl.Expr:
    """Cells without white space at their ends, and null where they say that a number is missing."""
    import polars as pl

    stripped = cells.str.strip_chars()
    return pl.when(stripped.is_in(MISSING)).then(None).otherwise(stripped)


def maybe_numbers(head: pl.DataFrame) -> list[str]:
    """Columns of text that are numbers but for spaces and words for missing ones, by their first rows."""
    import polars as pl

    out = []
    for name in head.columns:
        plain = head.select(plain_numbers(pl.col(name)).alias("x"))["x"].drop_nulls()
        if plain.len() and not plain.cast(pl.Float64, strict=False).null_count() and not plain.str.contains(LEADING_ZERO).any():
            out.append(name)
    return out


def number_counts(maybe: list[str]) -> Iterator[pl.Expr]:
    """What decides, over all rows, on columns that may be numbers."""
    import polars as pl

    for name in maybe:
        plain = plain_numbers(pl.col(name))
        odd = plain.cast(pl.Float64, strict=False).is_null() | plain.str.contains(LEADING_ZERO)
        yield (plain.is_not_null() & odd).sum().alias(f"\0odd {name}")
        yield (plain.is_not_null() & plain.cast(pl.Int64, strict=False).is_null()).sum().alias(f"\0broken {name}")
        yield (pl.col(name).is_not_null() & plain.is_null()).sum().alias(f"\0missing {name}")


def as_numbers(scan: pl.LazyFrame, maybe: list[str], counts: dict[str, int], file: str) -> tuple[pl.LazyFrame, list[FileNote]]:
    """The rows with those columns as numbers that `number_counts` found to be, and what is to be said of it."""
    import polars as pl

    sure = [c for c in maybe if not counts[f"\0odd {c}"]]
    made = [plain_numbers(pl.col(c)).cast(pl.Float64 if counts[f"\0broken {c}"] else pl.Int64).alias(c) for c in sure]
    return scan.with_columns(made) if made else scan, missing_notes(file, {c: counts[f"\0missing {c}"] for c in sure})


def missing_notes(file: str, missing: dict[str, int]) -> list[FileNote]:
    """What is said of words for missing numbers, by column."""
    return [FileNote(file, "missing_marks", f"column '{c}': {n} cells hold a word for a missing number (NA, n/a, NULL, ? ...) and were read as missing, which not every reader does", count=n) for c, n in missing.items() if n]


def typed_cells(frame: pl.DataFrame, lines: list[int], name: str) -> tuple[pl.DataFrame, list[Reject], dict[str, int]]:
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
