"""How the numbers and days of a text column are written: by decimal comma or point, with a unit, the day or the month first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from auditor.scan.request import ColumnMeasure

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from auditor.scan.chunk import Chunk

UNITS: Final[Mapping[str, str]] = {
    unit: kind
    for kind, units in {
        "mass": "mg g gr kg t lb lbs oz gram grams pound pounds tonnes tons",
        "length": "mm cm m km in inch inches ft feet yd yards mi mile miles",
        "area": "m2 m² qm sqm sqft sq.ft ft2 ft² ha acre acres",
        "volume": "ml cl dl l ltr liter liters litre litres gal gallon gallons",
        "temperature": "c f k °c °f",
        "money": "$ € £ ¥ usd eur gbp chf jpy",
        "time": "ms s sec secs second seconds min mins minute minutes h hr hrs hour hours d day days week weeks month months yr yrs year years",
        "share": "%",
        "size": "kb mb gb tb",
        "power": "w kw mw hp ps bhp",
        "speed": "km/h kmh mph",
        "consumption": "kmpl mpg km/kg",
    }.items()
    for unit in units.split()
}
"""Units that are told, in small letters, and what they measure: a word behind a number is a unit only if it is one of these."""
_LONGEST: Final = 28
"""Bytes of a cell that is looked at."""
_ISO: Final = 7
_DAYS_FROM: Final = 6
_LOOK: Final = 256
_KEPT: Final = 3
"""Different cells that do not begin as a number up to which they are counted."""
_NUMBER: Final = r"[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:[ '’\x{a0}\x{202f}]\d{3})+(?:[.,]\d+)?|\d{1,18}(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?"
_CELL: Final = rf"^\s*([$€£¥]?)\s*({_NUMBER})\s*([^\d\s]\S{{0,8}})?\s*$"
_COMMA: Final = r"\d,(?:\d{1,2}|\d{4,})$|^\D*0?,\d+$|\.\d{3},\d+$"
"""A comma before other than three figures, or behind points between thousands, stands before a fraction."""
_POINT: Final = r"\d\.(?:\d{1,2}|\d{4,})$|^\D*0?\.\d+$|,\d{3}\.\d+$"
_DAY: Final = r"^\s*(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})(?:\D|$)"


@dataclass(frozen=True, slots=True)
class FormState:
    """Cells of a text column by how they are written."""

    plain: int = 0
    """Numbers with nothing beside them."""
    comma: int = 0
    """Numbers, with a unit or without, of which the comma is sure to stand before a fraction; and the point."""
    point: int = 0
    grouped: int = 0
    """Numbers with separators between thousands."""
    units: Mapping[str, int] = field(default_factory=dict)
    """Numbers with a unit, by unit."""
    words: frozenset[int] = frozenset()
    """Hashes of the different cells that do not begin as a number, at most four."""
    worded: int = 0
    """Their rows."""
    day_first: int = 0
    """Days of which the first number is above twelve, and of which the second is."""
    month_first: int = 0
    days: int = 0

    @property
    def numbers(self) -> int:
        """Cells that are numbers, with a unit or without."""
        return self.plain + sum(self.units.values())


@dataclass(frozen=True)
class Forms(ColumnMeasure[FormState]):
    """How the cells of a text column are written; long ones are not looked at."""

    by_value = True

    def of(self, chunk: Chunk) -> FormState:
        """Of one chunk."""
        import numpy as np
        import polars as pl

        text = chunk.text(self.column)
        short = np.flatnonzero((text.bytes <= _LONGEST) & ~text.blank)
        if not len(short):
            return FormState()
        rows = np.ones(len(short), np.int64) if text.cells.rows is None else text.cells.rows[short]
        figure = _begins().take(text.first[short])
        far = np.flatnonzero(figure & (text.bytes[short] > _ISO))
        figure[far[text.flat.take(text.starts[short[far]] + 4) == ord("-")]] = False  # a day in ISO form
        words, worded = _different(text.cells.values, short[~figure]), int(rows[~figure].sum())
        short, rows = short[figure], rows[figure]
        if not len(short):
            return FormState(words=words, worded=worded)
        cells = text.cells.values.gather(short)
        groups = cells.to_frame("c").select(pl.col("c").str.extract_groups(_CELL).alias("g")).unnest("g")
        days = cells.to_frame("c").select(pl.when(pl.col("c").str.len_bytes() >= _DAYS_FROM).then(pl.col("c")).str.extract_groups(_DAY).alias("g")).unnest("g")
        parts = pl.DataFrame({
            "number": groups["2"],
            "unit": groups["3"].fill_null(groups["1"]).replace("", None).str.to_lowercase(),
            "first": days["1"].cast(pl.Int32),
            "second": days["2"].cast(pl.Int32),
        })
        known = parts["unit"].is_in(list(UNITS))
        number = parts["number"].is_not_null() & (parts["unit"].is_null() | known)
        first, second = parts["first"], parts["second"]

        def total(mask: pl.Series) -> int:
            return int(rows[_mask(mask)].sum())

        units = {u: total(number & (parts["unit"] == u)) for u in parts.filter(number & known)["unit"].unique().sort().to_list()}
        return FormState(
            plain=total(number & parts["unit"].is_null()),
            comma=total(number & parts["number"].str.contains(_COMMA)),
            point=total(number & parts["number"].str.contains(_POINT)),
            grouped=total(number & parts["number"].str.contains(r"\d[.,' ’\x{a0}\x{202f}]\d{3}(?:\D|$)")),
            units=units,
            words=words,
            worded=worded,
            day_first=total((first > 12) & (second <= 12)),
            month_first=total((second > 12) & (first <= 12)),
            days=total(first.is_not_null()),
        )

    def merge(self, a: FormState, b: FormState) -> FormState:
        """Sums."""
        units = {u: a.units.get(u, 0) + b.units.get(u, 0) for u in sorted({*a.units, *b.units})}
        words = a.words | b.words if len(a.words | b.words) <= _KEPT else frozenset(range(_KEPT + 1))
        return FormState(
            a.plain + b.plain, a.comma + b.comma, a.point + b.point, a.grouped + b.grouped, units, words, a.worded + b.worded,
            a.day_first + b.day_first, a.month_first + b.month_first, a.days + b.days,
        )  # fmt: skip


def _different(cells: pl.Series, at: NDArray[np.int64]) -> frozenset[int]:
    """Hashes of the different cells at these places, the least ones, at most `_KEPT` + 1; where the first few differ the others are not read."""
    for some in (at[:_LOOK], at):
        found = cells.gather(some).str.strip_chars().unique().hash().sort()
        if len(found) > _KEPT:
            return frozenset(range(_KEPT + 1))
    return frozenset(found.to_list())


@cache
def _begins() -> NDArray[np.bool_]:
    """Whether a byte may begin a number: a figure, a sign, a currency, white space, or a letter of another script."""
    import numpy as np

    begins = np.zeros(256, np.bool_)
    begins[list(b"0123456789+-.,$\t\n\x0b\x0c\r ")] = True
    begins[0x80:] = True
    return begins


def _mask(mask: pl.Series) -> NDArray[np.bool_]:
    return mask.fill_null(value=False).to_numpy()
