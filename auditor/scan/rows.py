"""Access to rows for studies: projected, in file order, sampled by content where a study has a cap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from auditor.model import Role
from auditor.scan.chunk import batches, compact
from auditor.scan.hashes import as_text, has_bytes, mix, row_hashes, without_bytes
from auditor.scan.request import FILE, ROW, SPLIT
from auditor.sources.types import Join, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from auditor.model import Dataset
    from auditor.settings import Settings
    from auditor.sources.types import Part, Source


_KEY: Final = "__key"
_BYTES: Final = "__bytes"
_PLAIN: Final = ("csv", "json", "jsonl", "text", "arrow", "sqlite")
"""Formats whose files are about as large as their rows in memory."""
_GROWTH: Final = 4
"""Times that compressed or encoded files grow; Parquet of text with zstd grows 3 to 6 times."""
_LEAST_MB: Final = 64
"""A study gets so much memory at least, whatever the settings say."""
_JOINED: Final = 3
_PIECE_BYTES: Final = 32 << 20


@dataclass(frozen=True)
class SourceRows:
    """The rows of a source."""

    source: Source
    settings: Settings

    @property
    def dataset(self) -> Dataset:
        """Description of the data."""
        return self.source.dataset

    def count(self, splits: tuple[str, ...] | None = None) -> int:
        """Rows of the splits (all when None)."""
        return sum(p.rows for p in self.source.parts if splits is None or p.split in splits)

    def lazy(self, splits: tuple[str, ...] | None = None) -> pl.LazyFrame:
        """All columns plus `FILE`, `ROW`, `SPLIT`, in file order; an empty frame of the same schema where a split has no rows."""
        import polars as pl

        parts = [p for p in self.source.parts if splits is None or p.split in splits]
        if not parts:
            return self.source.parts[0].lazy().head(0)
        return pl.concat([p.lazy() for p in joined(parts)])

    def select(self, columns: tuple[str, ...], *, splits: tuple[str, ...] | None = None, cap: int | None = None, together: tuple[str, ...] = ()) -> pl.DataFrame:
        """Rows of `columns` with the technical columns, in file order; above `cap` those of least content hash.

        Copies of a row are drawn each for itself; `together` names columns whose equal rows are all in the sample or none.

        A capped selection goes through the parts once and holds little more than `cap` rows. From data that may be larger than
        `memory_mb` it takes no more rows than fit half of that (duplicates of texts take nearly four times as much), again those of least hash: callers see it by the number of rows.
        """
        memory = max(self.settings.memory_mb, _LEAST_MB) << 20
        room = memory // 2
        large = cap is not None and self._decoded(splits) > memory
        if cap is None or not columns or (self.count(splits) <= cap and not large):
            return self._light(self.lazy(splits).select(FILE, ROW, SPLIT, *columns)).collect(engine="streaming")
        return self._least(columns, splits, cap, room if large else None, together)

    def alike(self, columns: tuple[str, ...], column: str, counts: Mapping[object, int], *, splits: tuple[str, ...] | None, cap: int) -> pl.DataFrame:
        """About as many rows of each value of `column` that `counts` has (with how many rows there are of it), at most `cap` in all, in file order."""
        import numpy as np
        import polars as pl

        most = max(counts.values())
        sample = _Sample(cap, (max(self.settings.memory_mb, _LEAST_MB) << 20) // 4)
        for batch in self._batches((p for p in self.source.parts if splits is None or p.split in splits), columns):
            dtype = batch.schema[column]
            chosen = batch.filter(pl.col(column).is_in(pl.Series(list(counts), dtype=dtype).implode()))
            # hashes are even, so that of a value with half as many rows a hash twice as dense below any limit gives as many
            share = np.array([counts[v] / most for v in chosen[column].to_list()], dtype=np.float64)
            key = (_fair(chosen, columns).astype(np.float64) * share * (1 - 2**-50)).astype(np.uint64)
            sample.add(chosen.with_columns(pl.Series(_KEY, key), _size(chosen, columns)))
        return sample.rows().drop(_KEY, _BYTES)

    def hashes(self, file: int, one_of: int = 1) -> NDArray[np.uint64]:
        """Content hashes of a file's rows over all columns, sorted and each once; of all hashes only one in `one_of`, the same ones in every file."""
        import numpy as np

        columns = tuple(c.name for c in self.dataset.columns)
        found = [np.zeros(0, np.uint64)]
        for batch in self._batches((p for p in self.source.parts if p.file == file), columns):
            keys = row_hashes(batch, columns)
            found.append(np.unique(keys[keys % np.uint64(one_of) == 0]))
        return np.unique(np.concatenate(found))

    def _batches(self, parts: Iterable[Part], columns: tuple[str, ...]) -> Iterator[pl.DataFrame]:
        """The rows of some parts, a chunk at a time."""
        for part in joined(parts, Join.COSTLY):
            yield from batches(self._light(part.lazy().select(FILE, ROW, SPLIT, *columns)), part.chunk_rows)

    def _light(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows with a hash in place of images and sounds, which nobody reads."""
        import polars as pl

        if not self.dataset.role(Role.MEDIA):
            return rows
        return rows.with_columns(without_bytes(pl.col(name), dtype).alias(name) for name, dtype in rows.collect_schema().items() if has_bytes(dtype))

    def _decoded(self, splits: tuple[str, ...] | None) -> int:
        """Bytes that the files of the splits may take when they are decoded."""
        files = {p.file for p in self.source.parts if splits is None or p.split in splits}
        return sum(f.bytes * (1 if f.format in _PLAIN else _GROWTH) for i, f in enumerate(self.dataset.files) if i in files)

    def _least(self, columns: tuple[str, ...], splits: tuple[str, ...] | None, cap: int, room: int | None, together: tuple[str, ...]) -> pl.DataFrame:
        import polars as pl

        sample = _Sample(cap, room)
        for batch in self._batches((p for p in self.source.parts if splits is None or p.split in splits), columns):
            keyed = batch.with_columns(pl.Series(_KEY, row_hashes(batch, together) if together else _fair(batch, columns)))
            sample.add(keyed if room is None else keyed.with_columns(_size(batch, columns)))
        return sample.rows().drop(_KEY, _BYTES, strict=False)


def _fair(batch: pl.DataFrame, columns: tuple[str, ...]) -> NDArray[np.uint64]:
    """Hashes by which rows are drawn: of the content, and for what is there already in the batch of the place too.

    By content alone a table of few different rows would be sampled as a few of these with all their copies, whose shares are those of
    no column, and a label that has nothing to do with the other columns would follow from them.
    """
    import numpy as np

    content = row_hashes(batch, columns)
    order = np.argsort(content, kind="stable")
    again = np.zeros(len(content), np.bool_)
    again[order[1:]] = content[order[1:]] == content[order[:-1]]
    if not again.any():
        return content
    place = (batch[FILE].to_numpy().astype(np.uint64) << np.uint64(40)) + batch[ROW].to_numpy().astype(np.uint64)
    return np.where(again, mix(content ^ mix(place)), content)


def _size(batch: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    """Bytes of the text of each row, and 8 for every other cell; three times as many where studies join several columns or take lists apart."""
    import polars as pl

    text = [c for c in columns if batch.schema[c] in (pl.String, pl.Binary, pl.Categorical, pl.Enum) or batch.schema[c].is_nested()]
    weight = 1 if all(batch.schema[c] == pl.String for c in text) and len(text) < _JOINED else _JOINED
    total = pl.Series(_BYTES, [8 * (len(columns) - len(text))], dtype=pl.Int64).new_from_index(0, batch.height)
    for name in text:
        total = total + as_text(batch[name]).cast(pl.String).str.len_bytes().fill_null(0).cast(pl.Int64)
    return (total * weight).alias(_BYTES)


class _Sample:
    """Rows of least hash: at most `cap`, and no more than take `room` bytes together (the first always).

    A row is in the sample when it and all of smaller hash fit. One that does not fit is out for good, and so is all that comes after
    it; so the sample depends on the rows and not on their order or on how they come.
    """

    def __init__(self, cap: int, room: int | None) -> None:
        self._cap, self._room = cap, room
        self._held: list[pl.DataFrame] = []
        self._limit: int | None = None
        self._rows = self._bytes = 0

    def add(self, keyed: pl.DataFrame) -> None:
        """Take rows with their hash (and size); they come in file order."""
        import polars as pl

        new = keyed if self._limit is None else compact(keyed.filter(pl.col(_KEY) < self._limit))
        self._held.append(new)
        self._rows += new.height
        self._bytes += int(new[_BYTES].sum()) if self._room is not None else 0
        if self._rows > self._cap or (self._room is not None and self._bytes > self._room // 4):
            self._cut()

    def rows(self) -> pl.DataFrame:
        """The sample, in the order in which its rows came."""
        import polars as pl

        self._cut()
        return pl.concat(self._held)

    def _cut(self) -> None:
        """Drop what is not in the sample of what came so far."""
        import polars as pl

        self._rows = self._bytes = 0
        look = [_KEY, FILE, ROW, *([_BYTES] if self._room is not None else [])]
        places = pl.concat([f.select(*look, pl.lit(i, pl.UInt32).alias("part"), pl.int_range(pl.len(), dtype=pl.UInt32).alias("at")) for i, f in enumerate(self._held)])
        places = places.sort(_KEY, FILE, ROW)
        kept = min(self._cap, places.height)
        if self._room is not None:
            kept = min(kept, max(1, int(cast("int", (places[_BYTES].cum_sum() <= self._room).sum()))))
        if kept < places.height:
            self._limit = int(places[_KEY][kept])  # what comes later and is equal stands behind it
            self._keep(places.head(kept))

    def _keep(self, places: pl.DataFrame) -> None:
        """Only the rows at `places`, copied a few frames at a time and each frame let go: no more than a piece of them is there twice."""
        import polars as pl

        chosen = {int(at["part"][0]): at["at"].sort() for at in places.select("part", "at").partition_by("part")}
        frames, self._held = self._held[::-1], []
        piece: list[pl.DataFrame] = []
        for part in range(len(frames)):
            frame = frames.pop()
            if part in chosen:
                piece.append(frame[chosen[part]])
            del frame
            if piece and (not frames or sum(f.estimated_size() for f in piece) >= _PIECE_BYTES):
                self._held.append(compact(pl.concat(piece)))
                piece = []
