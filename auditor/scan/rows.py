"""Access to rows for studies: projected, in file order, sampled by content where a study has a cap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.scan.request import FILE, ROW, SPLIT

if TYPE_CHECKING:
    import polars as pl

    from auditor.model import Dataset
    from auditor.settings import Settings
    from auditor.sources.types import Source


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
        """Rows of `columns` with the technical columns; above `cap` those of least content hash."""
        import polars as pl

        frame = self.lazy(splits).select(FILE, ROW, SPLIT, *columns)
        if cap is None or self.count(splits) <= cap or not columns:
            return frame.collect(engine="streaming")
        schema = frame.collect_schema()
        content = pl.struct(columns)
        if any(schema[c].is_nested() for c in columns):
            content = content.struct.json_encode()
        chosen = frame.with_columns(content.hash(0).alias("__key")).bottom_k(cap, by=["__key", FILE, ROW]).drop("__key")
        return chosen.collect(engine="streaming").sort(FILE, ROW)
