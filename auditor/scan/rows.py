"""Access to rows for studies: projected, in file order, sampled by content where a study has a cap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from auditor.scan.chunk import batches
from auditor.scan.hashes import row_hashes
from auditor.scan.request import FILE, ROW, SPLIT

if TYPE_CHECKING:
    import polars as pl

    from auditor.model import Dataset
    from auditor.settings import Settings
    from auditor.sources.types import Source


_KEY: Final = "__key"


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
        return pl.concat([p.lazy() for p in parts])

    def select(self, columns: tuple[str, ...], *, splits: tuple[str, ...] | None = None, cap: int | None = None) -> pl.DataFrame:
        """Rows of `columns` with the technical columns, in file order; above `cap` those of least content hash.

        A capped selection goes through the parts once and never holds more than a few times `cap` rows.
        """
        if cap is None or self.count(splits) <= cap or not columns:
            return self.lazy(splits).select(FILE, ROW, SPLIT, *columns).collect(engine="streaming")
        return self._least(columns, splits, cap)

    def _least(self, columns: tuple[str, ...], splits: tuple[str, ...] | None, cap: int) -> pl.DataFrame:
        import polars as pl

        kept: pl.DataFrame | None = None
        held: list[pl.DataFrame] = []
        limit: int | None = None
        for part in self.source.parts:
            if splits is not None and part.split not in splits:
                continue
            for batch in batches(part.lazy().select(FILE, ROW, SPLIT, *columns), part.chunk_rows):
                keyed = batch.with_columns(pl.Series(_KEY, row_hashes(batch, columns)))
                held.append(keyed if limit is None else keyed.filter(pl.col(_KEY) <= limit))
                if sum(h.height for h in held) > cap:
                    kept = pl.concat([*([kept] if kept is not None else []), *held]).bottom_k(cap, by=[_KEY, FILE, ROW])
                    held = []
                    limit = int(cast("int", kept[_KEY].max()))
        whole = pl.concat([*([kept] if kept is not None else []), *held])
        return whole.bottom_k(cap, by=[_KEY, FILE, ROW]).drop(_KEY).sort(FILE, ROW)
