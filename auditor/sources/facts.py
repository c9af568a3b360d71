"""Small facts about each column that the choice of roles rests on, from a sample of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from auditor.scan.days import are_days
from auditor.sources import votes
from auditor.sources.several import delimiter_of

if TYPE_CHECKING:
    import polars as pl

SAMPLE_ROWS: Final = 20_000
MAX_LISTED: Final = 80
"""Characters (mean) of a cell that may be a list of classes."""
RECURRING: Final = 2 / 3
"""Of 20,000 rows over 22,000 classes, so many values are different."""
MEDIA_SHARE: Final = 0.9
"""Share of a column's values that must be names of media for it to count as media: our choice."""
_ENCODED_LEAST: Final = 500
"""Characters of bytes in base64 at least: an image of 400 bytes; below it there are tokens and keys."""
LETTERS: Final = 0.2
"""Share of letters from which text may be written prose: times, telephone numbers and vectors have fewer."""
ALL_LETTERS: Final = 0.95
FEW_WORDS: Final = 20
"""Share of letters, and number of values, from which and up to which text is words chosen from a list: our choice."""
_DATES: Final = r"(?i)\b(mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\b|\b([ap]m|utc|gmt|[pecm][sd]t)\b"
"""Days, months and zones, of which there is nothing to read in a point in time."""
_MEDIA: Final = r"(?i)^(\S*[\\/])?[^\s\\/][^\\/\n]{0,200}\.(png|jpe?g|jfif|gif|bmp|tiff?|webp|heic|avif|svg|ico|dcm|nii(\.gz)?|npy|npz|wav|mp3|flac|ogg|opus|m4a|aac|mp4|avi|mov|mkv|webm|mpe?g)([?#]\S*)?$"
"""A path or address that ends like the name of an image, a scan, an array, a sound or a film."""
MESSAGE_KEYS: Final = (({"role"}, {"content", "value", "parts", "text", "tool_calls"}), ({"from"}, {"value"}))


@dataclass(frozen=True)
class ColumnFacts:
    """What the sample says of one column."""

    name: str
    kind: str
    """`text`, `integer`, `float`, `boolean`, `time`, `messages`, `spans`, `list`, `nested` or `media`."""
    rows: int
    filled: int
    distinct: int
    mean_length: float
    """Characters; 0 for anything but text."""
    spaced: float
    """Share of filled cells with white space inside, 0 to 1."""
    keys: tuple[str, ...] = ()
    """Field names inside a nested column."""
    delimiter: str = ""
    """What stands between several classes in a cell, see `several`."""
    whole: bool = True
    """Whether no number has a fraction."""
    letters: float = 1.0
    """Share of the characters of text that are letters of any script but for the words of dates, 0 to 1."""

    votes: bool = False
    """Whether the values are votes for and against, see `votes`."""
    dated: bool = False
    """Whether text is days, or points in time, in a form that `scan.days` reads."""

    @property
    def worded(self) -> bool:
        """Whether the values are a few words without a figure: `OverTime` of yes and no is no point in time."""
        return self.kind == "text" and self.letters > ALL_LETTERS and self.is_choice(FEW_WORDS)

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.filled == self.rows and self.distinct == self.rows and self.rows > 1

    @property
    def is_prose(self) -> bool:
        """Whether the values look written rather than chosen from a list."""
        if self.kind != "text" or not self.filled or self.delimiter or self.letters < LETTERS:
            return False
        return self.distinct > 0.5 * self.filled and (self.mean_length >= 20 or (self.spaced > 0.5 and self.mean_length >= 8))

    @property
    def may_be_label(self) -> bool:
        """Whether values of this kind may be labels, whatever there are of them."""
        return self.kind in ("text", "integer", "boolean", "float", "list") and not self.is_prose

    @property
    def recurs(self) -> bool:
        """Whether short values come again, as the names of very many classes do in a sample that holds only a few rows of each."""
        return self.kind == "text" and self.distinct > 1 and self.distinct <= self.filled * RECURRING and self.mean_length < MAX_LISTED

    def is_choice(self, most: int = 1000) -> bool:
        """Whether the values look chosen from a list of 2 to `most` (and at most a third of the rows, for more than 20 rows)."""
        if self.kind not in ("text", "integer", "boolean") or not 2 <= self.distinct <= most:
            return False
        return self.distinct <= max(5, self.filled / 3) and self.mean_length < 80


def column_facts(sample: pl.DataFrame) -> tuple[ColumnFacts, ...]:
    """Facts of every column of the sample."""
    return tuple(_facts(sample[name]) for name in sample.columns)


def _facts(series: pl.Series) -> ColumnFacts:
    import polars as pl

    kind, keys = kind_of(series.dtype)
    filled = series.len() - series.null_count()
    if kind == "text":
        text = series.drop_nulls()
        if names_media(text):
            return ColumnFacts(series.name, "media", series.len(), filled, text.n_unique(), 0.0, 0.0)
        lengths = text.str.len_chars()
        mean, spaced = (float(cast("float", v) or 0) for v in (lengths.mean(), text.str.contains(r"\S\s\S").mean()))
        letters = float(cast("float", text.cast(pl.String).str.replace_all(_DATES, "").str.count_matches(r"\pL").sum() or 0)) / max(1.0, float(cast("float", lengths.sum() or 0)))
        listed = delimiter_of(text.cast(pl.String)) if mean < MAX_LISTED else ""
        distinct = text.n_unique()
        thumbs = distinct <= votes.MOST and votes.are_votes(text.cast(pl.String))
        return ColumnFacts(series.name, kind, series.len(), filled, distinct, mean, spaced, delimiter=listed, letters=letters, dated=are_days(text), votes=thumbs)
    distinct = series.drop_nulls().n_unique() if kind in ("integer", "float", "boolean", "time") else 0
    whole = kind != "float" or bool((series.to_physical().cast(pl.Float64) % 1 == 0).all())
    thumbs = kind == "integer" and distinct <= votes.MOST and votes.are_votes(series)
    return ColumnFacts(series.name, kind, series.len(), filled, distinct, 0.0, 0.0, keys, whole=whole, votes=thumbs)


def kind_of(dtype: pl.DataType) -> tuple[str, tuple[str, ...]]:
    """Kind of a column by its type, and the field names inside it."""
    import polars as pl

    from auditor.scan.hashes import has_bytes

    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "text", ()
    if dtype.is_integer():
        return "integer", ()
    if dtype.is_float() or dtype.is_decimal() or dtype.base_type() in (pl.Duration, pl.Time):
        return "float", ()
    if dtype == pl.Boolean:
        return "boolean", ()
    if dtype.is_temporal():
        return "time", ()
    if has_bytes(dtype):
        return "media", ()
    if isinstance(dtype, pl.List | pl.Array) and isinstance(dtype.inner, pl.Struct):
        keys = tuple(f.name for f in dtype.inner.fields)
        names = set(keys)
        if any(who <= names and names & what for who, what in MESSAGE_KEYS):
            return "messages", keys
        if any(n.startswith(("start", "begin")) for n in names) and any(n.startswith("end") for n in names):
            return "spans", keys
        return "nested", keys
    if isinstance(dtype, pl.List | pl.Array):
        return "list", ()
    if isinstance(dtype, pl.Struct):
        return "nested", tuple(f.name for f in dtype.fields)
    return "nested", ()


def names_media(text: pl.Series) -> bool:
    """Whether strings are names of images, sound or video, or such things themselves in base64: what a row says is not in the text."""
    if text.is_empty():
        return False
    share = max(float(cast("float", text.str.contains(_MEDIA).mean()) or 0), float(cast("float", is_encoded(text).mean()) or 0))
    return share >= MEDIA_SHARE


def is_encoded(text: pl.Series) -> pl.Series:
    """Which strings are bytes in base64, with or without the head of a data URI; hexadecimal digits and letters of genes are not."""
    long = text.str.len_bytes() >= _ENCODED_LEAST
    if not long.any():
        return long
    body = text.str.head(_ENCODED_LEAST).str.replace(r"^data:[\w.+-]+/[\w.+-]+;base64,", "")
    return long & body.str.contains(r"^[A-Za-z0-9+/\r\n]+={0,2}$") & body.str.contains("[a-z]") & body.str.contains("[A-Z]") & body.str.contains(r"\d")
