"""Polars frames as pandas frames without pyarrow, and Polars types as pandas types."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl

from auditor.suites.gx.columns import Family, family


@cache
def text_dtype() -> Any:
    """The type of text columns: pandas' `str`, judged value by value where a type expectation asks.

    Great Expectations compares a `str` column's type with a list of type names in a way that nothing matches, and knows
    text columns as objects from before pandas 3. A scalar type of `object_` makes it look at the values instead, so that
    "str", "object" and `expect_column_type_to_be` "str" are all met.
    """
    import numpy as np
    import pandas as pd

    class TextDtype(pd.StringDtype):  # type: ignore[misc] # untyped base
        @property
        def type(self) -> Any:
            return np.object_

    return TextDtype(na_value=np.nan)


def pandas_dtype(dtype: pl.DataType) -> Any:
    """The pandas type that stands for a Polars type, as type expectations see it.

    Polars keeps nulls beside integers and booleans, so those stay what they are.
    """
    import numpy as np
    import pandas as pd

    kind = family(dtype)
    if kind is Family.INTEGER or kind is Family.FLOAT:
        return np.dtype(str(dtype).lower()) if str(dtype) not in ("Int128", "UInt128", "Float16") else np.dtype("O")
    if dtype.base_type() in (pl.Categorical, pl.Enum):
        return pd.CategoricalDtype()
    if kind is Family.BOOLEAN:
        return np.dtype("bool")
    if kind is Family.TEXT:
        return text_dtype()
    if kind is Family.DATETIME:
        unit, zone = getattr(dtype, "time_unit", "us"), getattr(dtype, "time_zone", None)
        return pd.DatetimeTZDtype(unit, zone) if zone else np.dtype(f"datetime64[{unit}]")
    if kind is Family.DURATION:
        return np.dtype(f"timedelta64[{getattr(dtype, 'time_unit', 'us')}]")
    return np.dtype("O")


def to_series(series: pl.Series) -> Any:
    """A pandas series with the same values; nulls become None, NaN or NaT as pandas has it for the type."""
    import numpy as np
    import pandas as pd

    kind, dtype, name = family(series.dtype), series.dtype, series.name
    if kind is Family.DATETIME:
        zone = getattr(dtype, "time_zone", None)
        naive = series if zone is None else series.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        made = pd.Series(naive.to_numpy().astype(f"datetime64[{getattr(dtype, 'time_unit', 'us')}]"), name=name)
        return made if zone is None else made.dt.tz_localize("UTC").dt.tz_convert(zone)
    if kind in (Family.INTEGER, Family.BOOLEAN) and series.null_count():
        if kind is Family.BOOLEAN:
            return pd.Series(series.to_list(), name=name, dtype=object)
        return pd.Series(series.cast(pl.Float64).to_numpy(), name=name)
    if kind in (Family.INTEGER, Family.BOOLEAN, Family.FLOAT, Family.DURATION):
        return pd.Series(series.to_numpy(), name=name)
    if dtype.base_type() in (pl.Categorical, pl.Enum):
        return pd.Series(pd.Categorical(series.cast(pl.String).to_list()), name=name)
    if kind is Family.TEXT:
        return pd.Series(series.to_list(), name=name, dtype=pd.StringDtype(na_value=np.nan))
    return pd.Series(series.to_list(), name=name, dtype=object)


def to_pandas(frame: pl.DataFrame, index: str | None = None) -> Any:
    """A pandas frame with the same columns; `index` names the column that becomes the (unnamed) row index."""
    import pandas as pd

    names = [c for c in frame.columns if c != index]
    made = pd.DataFrame({i: to_series(frame[c]) for i, c in enumerate(names)})
    made.columns = pd.Index(names, dtype=object)
    if index is not None:
        made.index = pd.Index(frame[index].to_numpy().astype("int64"))
    return made
