"""Type names of type expectations, and the Python types that Polars' values come out as."""

from __future__ import annotations

import datetime as dt
import decimal

import polars as pl

from auditor.suites.gx.columns import Family, family


def scalar_types(names: list[str]) -> list[type]:
    """Scalar types that numpy, pandas or Python know by these names, as Great Expectations looks them up."""
    import numpy as np
    import pandas as pd
    from great_expectations.expectations.type_comparison import native_type_type_map

    found: list[type] = []
    for name in names:
        try:
            found.append(np.dtype(name).type)
        except TypeError:
            for place in (pd, pd.core.dtypes.dtypes):
                candidate = getattr(place, name, None)
                if isinstance(candidate, type):
                    found.append(candidate)
        found.extend(native_type_type_map(name) or ())
    return found


_PYTHON: dict[Family, tuple[type, ...]] = {
    Family.INTEGER: (int,),
    Family.FLOAT: (float,),
    Family.DECIMAL: (decimal.Decimal,),
    Family.BOOLEAN: (bool,),
    Family.TEXT: (str,),
    Family.DATE: (dt.date,),
    Family.DATETIME: (dt.datetime,),
    Family.TIME: (dt.time,),
    Family.DURATION: (dt.timedelta,),
    Family.BINARY: (bytes,),
    Family.NOTHING: (),
    Family.OBJECT: (object,),
}


def python_types_of(dtype: pl.DataType) -> tuple[type, ...]:
    """Python type of a value of a Polars type; lists and structs are `list` and `dict`."""
    kind = family(dtype)
    if kind is Family.NESTED:
        return (dict,) if dtype.base_type() is pl.Struct else (list,)
    return _PYTHON[kind]
