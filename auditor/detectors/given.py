"""The user's own probabilities or embeddings, used instead of ours.

A file (.npy, .npz, .parquet) with one row for every labelled training row, in file order.
Probabilities have one column a class, in the order of the class names sorted as text (a Parquet file may name its columns);
embeddings have any number of columns.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from auditor.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from auditor.detectors.inputs import Inputs


def matrix(path: str, what: str) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Numbers of a file and its column names (empty where it has none).

    Raises:
        ConfigError: when it cannot be read as a table of finite numbers. Pickled objects are never loaded.
    """
    target = Path(path)
    names: tuple[str, ...] = ()
    try:
        if target.suffix == ".parquet":
            import polars as pl

            frame = pl.read_parquet(target)
            if frame.width == 1 and frame.dtypes[0].is_nested():
                found = np.array(frame.to_series().to_list(), dtype=np.float32)
            else:
                names = tuple(frame.columns)
                found = frame.select(pl.all().cast(pl.Float32)).to_numpy()
        elif target.suffix == ".npz":
            with np.load(target, allow_pickle=False) as archive:
                found = archive[archive.files[0]]
        elif target.suffix == ".npy":
            found = np.load(target, allow_pickle=False, mmap_mode="r")
        else:
            raise ConfigError(f"{what} = '{target.name}': the suffix must be .npy, .npz or .parquet")
        found = np.asarray(found, dtype=np.float32)
    except (OSError, ValueError, IndexError, TypeError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{what} = '{target.name}': cannot be read as a table of numbers ({type(error).__name__})") from None
    if found.ndim != 2 or not found.size or not np.isfinite(found).all():
        raise ConfigError(f"{what} = '{target.name}': must be a table (rows x columns) of finite numbers")
    return found, names


def aligned(found: NDArray[np.float32], inputs: Inputs, labelled: NDArray[np.int64], what: str) -> NDArray[np.float32]:
    """Rows of the file in the order of `labelled` (the labelled training rows, indices into `inputs`).

    Raises:
        ConfigError: when the numbers of rows differ.
    """
    if len(found) != len(labelled):
        sampled = "; more rows than labels.max_rows are sampled, raise it" if inputs.sampled else ""
        raise ConfigError(f"{what}: {len(found):,} rows, but there are {len(labelled):,} labelled training rows{sampled}")
    out = np.empty_like(found)
    out[np.lexsort((inputs.row[labelled], inputs.file[labelled]))] = found
    return out


def probabilities(path: str, inputs: Inputs, labelled: NDArray[np.int64], train: NDArray[np.int64], names: tuple[str, ...]) -> NDArray[np.float32]:
    """Class probabilities of the rows `train` (some of `labelled`) for the classes `names`.

    Raises:
        ConfigError: when rows, columns or values don't fit.
    """
    what = "labels.pred_probs"
    found, columns = matrix(path, what)
    p = aligned(found, inputs, labelled, what)[np.searchsorted(labelled, train)]
    every = inputs.labels.names
    if columns and set(names) <= set(columns):
        p = p[:, [columns.index(n) for n in names]]
    elif p.shape[1] == len(every):
        p = p[:, [every.index(n) for n in names]]
    else:
        raise ConfigError(f"{what}: {p.shape[1]} columns, but there are {len(every)} classes ({', '.join(every[:5])}...)")
    if (p < 0).any() or (p.sum(axis=1) <= 0).any():
        raise ConfigError(f"{what}: probabilities must not be negative, nor all zero in a row")
    return np.asarray(p / p.sum(axis=1, keepdims=True), dtype=np.float32)
