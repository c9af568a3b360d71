"""Hashes that are the same in every process, on every machine and under every Polars version.

Polars' own `hash` is documented as unstable between versions, so nothing that a report rests on may use it. Text is
hashed by XXH3 (64 bits, Collet 2020, a fixed specification), numbers by the finaliser of SplitMix64 (Steele, Lea and
Flood, 2014) over their 64 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


def mix(h: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finaliser of SplitMix64: a bijection in which every input bit reaches every output bit."""
    import numpy as np

    h = h + np.uint64(0x9E3779B97F4A7C15)
    h ^= h >> np.uint64(30)
    h *= np.uint64(0xBF58476D1CE4E5B9)
    h ^= h >> np.uint64(27)
    h *= np.uint64(0x94D049BB133111EB)
    h ^= h >> np.uint64(31)
    return h


def fingerprints(values: pl.Series) -> NDArray[np.uint64]:
    """One hash a value; nulls hash like a value of their own, all NaN are equal, and so are 0.0 and -0.0."""
    import numpy as np
    import polars as pl

    dtype = values.dtype
    if dtype.is_float():
        x = values.cast(pl.Float64).fill_null(-6.2e201).to_numpy() + 0.0
        return mix(np.where(np.isnan(x), -6.1e201, x).view(np.uint64))
    if dtype == pl.Boolean:
        return mix(values.cast(pl.UInt64).fill_null(2).to_numpy().copy())
    if dtype.is_integer() and dtype not in (pl.Int128, pl.UInt128):
        raw = values.to_physical()
        whole = raw if raw.dtype == pl.UInt64 else raw.cast(pl.Int64)
        return mix(whole.fill_null(-6_917_529_027_641_081_850 if raw.dtype != pl.UInt64 else 11_529_215_046_068_469_766).to_numpy().view(np.uint64))
    if dtype.is_temporal():
        return mix(values.to_physical().cast(pl.Int64).fill_null(-6_917_529_027_641_081_850).to_numpy().view(np.uint64))
    return _text(as_text(values))


def as_text(values: pl.Series) -> pl.Series:
    """Values of any type as text: nested ones as JSON, bytes as hexadecimal digits."""
    import polars as pl

    if values.dtype == pl.String:
        return values
    if values.dtype == pl.Binary:
        return values.bin.encode("hex")
    if values.dtype.is_nested():
        return values.alias("x").to_frame().select(pl.struct("x").struct.json_encode()).to_series()
    return values.cast(pl.String)


def _text(values: pl.Series) -> NDArray[np.uint64]:
    import polars as pl
    import polars_hash

    column = polars_hash.col("x").nchash.xxh3_64()
    return values.alias("x").to_frame().select(column.fill_null(pl.lit(0x9E6C_63D0_876A_3F6B, pl.UInt64))).to_series().to_numpy().copy()


def row_hashes(frame: pl.DataFrame, columns: Sequence[str]) -> NDArray[np.uint64]:
    """One hash a row over `columns`; it depends on the values and the order of the columns, not on their names."""
    import numpy as np

    total = np.zeros(frame.height, np.uint64)
    for column in columns:
        total = mix(total ^ fingerprints(frame[column]))
    return total
