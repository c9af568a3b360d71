"""Hashes that are the same in every process, on every machine and under every Polars version.

Polars' own `hash` is documented as unstable between versions, so nothing that a report rests on may use it. Text is
hashed by XXH3 (64 bits, Collet 2020, a fixed specification), numbers by the finaliser of SplitMix64 (Steele, Lea and
Flood, 2014) over their 64 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray


def mix(h: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Finaliser of SplitMix64: a bijection in which every input bit reaches every output bit."""
    import numpy as np

    h = h + np.uint64(0x9E3779B97F4A7C15)
    shifted = np.empty_like(h)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        h ^= np.right_shift(h, np.uint64(shift), out=shifted)
        if factor > 1:
            h *= np.uint64(factor)
    return h


def fingerprints(values: pl.Series) -> NDArray[np.uint64]:
    """One hash a value; nulls hash like a value of their own, all NaN are equal, and so are 0.0 and -0.0."""
    import numpy as np
    import polars as pl

    dtype = values.dtype
    if dtype.is_float():
        x = _filled(values.cast(pl.Float64), -6.2e201).to_numpy() + 0.0
        missing = np.isnan(x)
        if missing.any():
            x[missing] = -6.1e201
        return mix(x.view(np.uint64))
    if dtype == pl.Boolean:
        return mix(_filled(values.cast(pl.UInt64), 2).to_numpy())
    if dtype.is_integer() and dtype not in (pl.Int128, pl.UInt128):
        raw = values.to_physical()
        whole = raw if raw.dtype == pl.UInt64 else raw.cast(pl.Int64)
        return mix(_filled(whole, -6_917_529_027_641_081_850 if raw.dtype != pl.UInt64 else 11_529_215_046_068_469_766).to_numpy().view(np.uint64))
    if dtype.is_temporal():
        return mix(_filled(values.to_physical().cast(pl.Int64), -6_917_529_027_641_081_850).to_numpy().view(np.uint64))
    return _text(as_text(values))


def _filled(values: pl.Series, missing: float) -> pl.Series:
    return values.fill_null(missing) if values.null_count() else values  # looking costs nothing, a call of the engine does


def as_text(values: pl.Series) -> pl.Series:
    """Values of any type as text: nested ones as JSON, bytes as the digits of their hash (an image is not written out)."""
    import polars as pl

    if values.dtype == pl.String:
        return values
    if has_bytes(values.dtype):
        values = values.alias("x").to_frame().select(without_bytes(pl.col("x"), values.dtype)).to_series()
    if values.dtype.is_nested():
        return values.alias("x").to_frame().select(pl.struct("x").struct.json_encode()).to_series()
    return values.cast(pl.String)


def has_bytes(dtype: pl.DataType) -> bool:
    """Whether values are bytes, or lists or structs with bytes in them, as Hugging Face's images and sounds are."""
    import polars as pl

    if isinstance(dtype, pl.List | pl.Array):
        return has_bytes(cast("pl.DataType", dtype.inner))
    if isinstance(dtype, pl.Struct):
        return any(has_bytes(cast("pl.DataType", f.dtype)) for f in dtype.fields)
    return dtype == pl.Binary


def without_bytes(values: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """The same values with a hash in place of all bytes."""
    import polars as pl
    import polars_hash  # noqa: F401 - registers `nchash`

    if not has_bytes(dtype):
        return values
    if isinstance(dtype, pl.Array):
        return without_bytes(values.arr.to_list(), pl.List(dtype.inner))
    if isinstance(dtype, pl.List):
        return values.list.eval(without_bytes(pl.element(), cast("pl.DataType", dtype.inner)))
    if isinstance(dtype, pl.Struct):
        fields = (without_bytes(values.struct.field(f.name), cast("pl.DataType", f.dtype)).alias(f.name) for f in dtype.fields)
        return pl.struct(*fields)
    hashed: pl.Expr = values.nchash.xxh3_64()  # type: ignore[attr-defined]
    return hashed


def _text(values: pl.Series) -> NDArray[np.uint64]:
    import polars_hash

    column = polars_hash.col("x").nchash.xxh3_64()
    hashed = values.alias("x").to_frame().select(column).to_series()
    return _filled(hashed, 0x9E6C_63D0_876A_3F6B).to_numpy(writable=True)


def row_hashes(frame: pl.DataFrame, columns: Sequence[str]) -> NDArray[np.uint64]:
    """One hash a row over `columns`; it depends on the values and the order of the columns, not on their names."""
    import numpy as np

    total = np.zeros(frame.height, np.uint64)
    for column in columns:
        total = mix(total ^ fingerprints(frame[column]))
    return total
